//! Claims: a demand is recorded, the chase is driven until it is answered, and the ruling is recorded.

use std::time::Duration;

use super::{Drill, DrillError, Ground};
use crate::chase::Progress;
use crate::claim::{Claim, Expectation, Finding, Ruling, Subject};
use crate::clock::Moment;
use crate::id::CredentialId;
use crate::journal::event::{ActionResult, Event, Judged};
use crate::journal::judge::judge;
use crate::journal::revise::revised;
use crate::journal::view::{ScenarioView, SubjectView};
use crate::span::{BadSpan, Span};

/// By when.
#[derive(Clone, Copy, Debug)]
pub enum Deadline {
    /// So long after the start of the termination.
    Within(Duration),
    /// The supplier's target for a planned end.
    PlannedTarget,
    /// The supplier's target for an adverse end.
    AdverseTarget,
}

impl std::str::FromStr for Deadline {
    type Err = BadSpan;

    /// Reads what stands after "within".
    fn from_str(text: &str) -> Result<Self, BadSpan> {
        match text {
            "the supplier's own target" => Ok(Self::PlannedTarget),
            "the supplier's adverse target" => Ok(Self::AdverseTarget),
            length => length.parse::<Span>().map(|span| Self::Within(span.0)),
        }
    }
}

impl Drill {
    /// Demands that credentials die by a deadline.
    ///
    /// # Errors
    /// If there was no termination, or no target is given for one of them.
    pub async fn demand_dead(
        &mut self,
        step: &str,
        expects: Expectation,
        credentials: Vec<CredentialId>,
        deadline: Deadline,
        class: Option<&str>,
    ) -> Result<(), DrillError> {
        let began = self.termination_began()?;
        let mut subjects = Vec::new();
        for credential in credentials {
            let length = self.allowed(&credential, deadline)?;
            subjects.push(Subject { credential, deadline: Some(began + length) });
        }
        self.claimed_dead.extend(subjects.iter().map(|subject| subject.credential.clone()));
        let none = class.is_some_and(|class| self.declared_none(class));
        self.demand(step, expects, subjects, self.shared.patience, none).await
    }

    /// Demands that everything that was demanded dead stays so for a while from now.
    ///
    /// # Errors
    /// If there was no termination.
    pub async fn demand_no_return(
        &mut self,
        step: &str,
        length: Duration,
    ) -> Result<(), DrillError> {
        self.termination_began()?;
        let until = self.clock.now() + length;
        let credentials: Vec<CredentialId> = if self.claimed_dead.is_empty() {
            self.suspects()
        } else {
            self.claimed_dead.iter().cloned().collect()
        };
        let subjects = credentials
            .into_iter()
            .map(|credential| Subject { credential, deadline: Some(until) })
            .collect();
        self.demand(step, Expectation::NoReturn, subjects, self.shared.patience, false).await
    }

    /// Makes a demand about the present.
    ///
    /// # Errors
    /// If the drill was stopped.
    pub async fn demand_now(
        &mut self,
        step: &str,
        expects: Expectation,
        credentials: Vec<CredentialId>,
    ) -> Result<(), DrillError> {
        let subjects: Vec<Subject> = credentials
            .into_iter()
            .map(|credential| Subject { credential, deadline: None })
            .collect();
        self.demand(step, expects, subjects, self.shared.patience, false).await
    }

    /// The next claim, made now.
    pub(super) fn claim(
        &mut self,
        step: &str,
        expects: Expectation,
        subjects: Vec<Subject>,
        none_declared: bool,
    ) -> Claim {
        self.claims += 1;
        let made = self.clock.now();
        Claim { id: self.claims, text: step.to_owned(), expects, subjects, none_declared, made }
    }

    pub(super) async fn demand(
        &mut self,
        step: &str,
        expects: Expectation,
        subjects: Vec<Subject>,
        patience: Duration,
        none_declared: bool,
    ) -> Result<(), DrillError> {
        self.check_stop()?;
        let claim = self.claim(step, expects, subjects, none_declared);
        self.ledger.record(Event::Claimed(claim.clone()));
        self.rule_on(&claim, patience).await
    }

    /// Drives the chase until a claim is ruled, and records the ruling. A watch that is handed over is ruled as
    /// things stand: it is not over.
    pub(super) async fn rule_on(
        &mut self,
        claim: &Claim,
        patience: Duration,
    ) -> Result<(), DrillError> {
        if !self.is_handed_over(claim) {
            self.settle(claim, patience).await;
        }
        self.check_stop()?;
        let rulings = self.ledger.view(|view| rulings(claim, view));
        self.explain(&rulings);
        self.consult_audit(&rulings).await;
        self.ledger.record(Event::Judged { claim: claim.id, rulings });
        Ok(())
    }

    /// Whether its end is left to a later process.
    pub(super) fn is_handed_over(&self, claim: &Claim) -> bool {
        let (Some(longest), Ground::Real(_)) = (self.shared.longest_wait, &self.shared.ground)
        else {
            return false;
        };
        let last = claim.subjects.iter().filter_map(|subject| subject.deadline).max();
        claim.expects == Expectation::NoReturn
            && last.is_some_and(|last| last > self.clock.now() + longest)
    }

    /// Looks at what was ruled dead once more, now that the scenario is over: what was seen to work again
    /// since is a revenant, whether or not a step asked to watch it.
    pub(super) fn rule_on_returns(&self) {
        let revised: Vec<(u32, Vec<Judged>)> = self.ledger.view(|view| {
            let claims = view.claims.iter().filter(|claim| claim.judged);
            claims.filter_map(|claim| Some((claim.claim.id, revised(claim, view)?))).collect()
        });
        for (claim, rulings) in revised {
            self.explain(&rulings);
            self.ledger.record(Event::Judged { claim, rulings });
        }
    }

    /// Probes everything at every deadline the scenario is going to name, since a claim made late could
    /// not be answered exactly any more.
    pub(crate) fn foresee_deadlines(&mut self) {
        let suspects = self.suspects();
        for suspect in &suspects {
            for moment in self.deadlines_named(suspect) {
                self.chase.probe_at(std::slice::from_ref(suspect), moment);
            }
        }
    }

    /// Every deadline that the scenario names, for one credential.
    pub(super) fn deadlines_named(&self, credential: &CredentialId) -> Vec<Moment> {
        let Ok(began) = self.termination_began() else { return Vec::new() };
        let steps = self.ledger.view(|view| {
            view.started.as_ref().map(|started| started.steps.clone()).unwrap_or_default()
        });
        // A row of a table ends with its last cell's bar.
        let named = steps.iter().filter_map(|step| {
            step.trim_end_matches(['|', ' ']).rsplit_once(" within ").map(|(_, by)| by)
        });
        let deadlines = named.filter_map(|by| by.parse::<Deadline>().ok());
        let allowed = deadlines.filter_map(|deadline| self.allowed(credential, deadline).ok());
        allowed.map(|length| began + length).collect()
    }

    /// Lets the first probes of arming be answered.
    pub(crate) async fn settle_arming(&mut self, give_up: Moment) {
        let question = |view: &ScenarioView, _: Moment| {
            let proven = view
                .subjects
                .iter()
                .all(|subject| subject.tracks.values().all(|track| track.first_alive().is_some()));
            if proven { Progress::Answered } else { Progress::Open { until: Some(give_up) } }
        };
        self.chase.drive(question, None).await;
    }

    /// The credentials of a choice, in the order they were enlisted.
    pub fn choose(&self, choice: impl Fn(&SubjectView) -> bool) -> Vec<CredentialId> {
        self.ledger.view(|view| {
            view.subjects
                .iter()
                .filter(|subject| choice(subject))
                .map(|subject| subject.facts.credential.clone())
                .collect()
        })
    }

    pub(crate) fn termination_began(&self) -> Result<Moment, DrillError> {
        self.ledger.view(ScenarioView::termination_began).ok_or(DrillError::OutOfOrder(
            "nothing was terminated yet: a `When` step must come first",
        ))
    }

    /// The latest deadline demanded so far, from the start of the termination.
    ///
    /// # Errors
    /// If none was.
    pub fn latest_deadline(&self) -> Result<Duration, DrillError> {
        let began = self.termination_began()?;
        let latest = self.ledger.view(|view| {
            let subjects = view.claims.iter().flat_map(|claim| &claim.claim.subjects);
            subjects.filter_map(|subject| subject.deadline).max()
        });
        latest.map(|latest| latest.since(began)).ok_or(DrillError::OutOfOrder(
            "no deadline yet: say by when, as in `nothing derived from them works after 15 minutes`",
        ))
    }

    /// Records that a step could not be carried out.
    pub(crate) fn step_failed(&self, step: &str, why: &str) {
        let why = self.prober.wallet.scrubber().scrub(why);
        self.ledger.record(Event::StepFailed { step: step.to_owned(), why });
    }

    /// The first action that was not carried out, and why. An answer proves nothing, but what a platform
    /// refused to do shows nothing of what it would spare.
    pub(crate) fn undone(&self) -> Option<String> {
        self.ledger.view(|view| {
            view.actions.iter().find_map(|action| {
                let name = action.intended.name.as_ref()?;
                match &action.ended.as_ref()?.1 {
                    ActionResult::Accepted { .. } => None,
                    ActionResult::Refused { why } => Some(format!("`{name}` was refused ({why})")),
                    ActionResult::NotDone { why } => Some(format!("`{name}` was not done ({why})")),
                }
            })
        })
    }

    /// Whether every step so far could be carried out.
    pub(crate) fn has_no_failure(&self) -> bool {
        self.ledger.view(|view| view.failures.is_empty())
    }

    fn allowed(
        &self,
        credential: &CredentialId,
        deadline: Deadline,
    ) -> Result<Duration, DrillError> {
        let targets = &self.supplier()?.targets;
        let general = match deadline {
            Deadline::Within(length) => return Ok(length),
            Deadline::PlannedTarget => targets.planned,
            Deadline::AdverseTarget => targets.adverse,
        };
        let kind = self.ledger.view(|view| {
            let facts = &view.subject(credential)?.facts;
            Some(format!("{}.{}", facts.platform, facts.kind))
        });
        let own = kind.and_then(|kind| targets.per_kind.get(&kind).copied());
        own.or(general).map(|span| span.0).ok_or_else(|| {
            DrillError::Nothing(
                "the supplier has no target\n  hint: add `targets: {planned: 24h, adverse: 15m}` \
                 to its file"
                    .to_owned(),
            )
        })
    }

    fn declared_none(&self, class: &str) -> bool {
        self.supplier.as_ref().is_some_and(|supplier| {
            supplier.none.iter().any(|none| none.trim_end_matches('s') == class)
        })
    }
}

/// The rulings on every subject as things stand.
pub fn rulings(claim: &Claim, view: &ScenarioView) -> Vec<Judged> {
    if claim.subjects.is_empty() {
        let (finding, why) = if claim.none_declared {
            (Finding::Holds, "the inventory declares that there are none")
        } else {
            (
                Finding::EmptyClaim,
                "it is about nothing: the inventory has none, and does not say so",
            )
        };
        let ruling = Ruling { finding, why: why.to_owned() };
        return vec![Judged { subject: "(nothing)".to_owned(), ruling }];
    }
    claim
        .subjects
        .iter()
        .map(|subject| Judged {
            subject: subject.credential.to_string(),
            ruling: judge(claim, subject, view).into_ruling(),
        })
        .collect()
}
