//! A scenario that was cut off, or whose watch was handed over: the chase goes on. Nothing is ended by it, and no
//! access is given back.

use jiff::Timestamp;

use super::again::Extent;
use super::{Drill, DrillError};
use crate::claim::{Claim, Expectation, Finding, Subject};
use crate::clock::Moment;
use crate::id::CredentialId;
use crate::journal::event::ScenarioResult;
use crate::journal::view::{ClaimView, ScenarioView};

/// Whether there is something to go on with: it was cut off after its termination began, or a claim has no
/// definitive answer.
pub fn is_open(scenario: &ScenarioView) -> bool {
    let cut_off = match scenario.result {
        // A step that failed fails again.
        Some(ScenarioResult::Broken) => return false,
        Some(ScenarioResult::Completed) => false,
        Some(ScenarioResult::Stopped) | None => true,
    };
    scenario.termination.is_some() && (cut_off || scenario.claims.iter().any(is_undecided))
}

/// When the last of its watches that are not over is, in UTC.
pub fn watched_until(scenario: &ScenarioView) -> Option<Timestamp> {
    let began = scenario.started.as_ref()?.began;
    let watches = scenario
        .claims
        .iter()
        .filter(|view| view.claim.expects == Expectation::NoReturn && is_undecided(view));
    let subjects = watches.flat_map(|view| &view.claim.subjects);
    let last = subjects.filter_map(|subject| subject.deadline).max()?;
    began.checked_add(last.since(Moment::START)).ok()
}

/// Whether going on could rule it otherwise.
fn is_undecided(view: &ClaimView) -> bool {
    let inconclusive = |finding: Finding| finding == Finding::NotConfirmed;
    !view.judged || view.rulings.iter().any(|judged| inconclusive(judged.ruling.finding))
}

impl Drill {
    /// Takes up everything that can be used again, and looks at it. Says which part of the termination was never
    /// carried out: it is not carried out now.
    ///
    /// # Errors
    /// If nothing can be used again, or the drill was stopped.
    pub async fn go_on(&mut self, step: &str) -> Result<(), DrillError> {
        self.termination_began()?;
        self.claimed_dead = self.ledger.view(|view| {
            let ends = view.claims.iter().filter(|view| view.claim.expects.demands_an_end());
            let subjects = ends.flat_map(|view| &view.claim.subjects);
            subjects.map(|subject| subject.credential.clone()).collect()
        });
        let again = self.take_up(Extent::Whole).await?;
        self.say_what_was_cut_off();
        let open = self.ledger.view(|view| {
            let open = view.claims.iter().filter(|claim| is_undecided(claim));
            open.map(|claim| claim.claim.clone()).collect::<Vec<Claim>>()
        });
        // What was dead before anybody looked away is looked at, whatever is demanded of it later.
        let until = self.clock.now() + self.spread();
        let dead = again.into_iter().filter(|id| self.is_dead(id));
        let subjects: Vec<Subject> =
            dead.map(|credential| Subject { credential, deadline: Some(until) }).collect();
        if !subjects.is_empty() {
            self.demand(step, Expectation::NoReturn, subjects, self.shared.patience, false).await?;
        }
        for claim in open {
            self.rule_on(&claim, self.shared.patience).await?;
        }
        Ok(())
    }

    fn is_dead(&self, id: &CredentialId) -> bool {
        self.ledger.view(|view| {
            let subject = view.subject(id).filter(|subject| view.asks_about(&subject.facts));
            subject.is_some_and(|subject| {
                subject.tracks.values().all(|track| track.confirmed_at().is_some())
            })
        })
    }

    fn say_what_was_cut_off(&self) {
        let cut_off = self.ledger.view(|view| {
            let termination = view.termination.as_ref().filter(|one| one.ended.is_none())?;
            let answered = view.actions.iter().filter(|action| action.ended.is_some()).count();
            Some((termination.by.clone(), answered))
        });
        if let Some((by, answered)) = cut_off {
            let why = format!(
                "it was cut off after {answered} actions; what was left of it was not carried out, and is not \
                 carried out now: `doornail plan` lists it"
            );
            self.step_failed(&format!("the termination by {by:?}"), &why);
        }
    }
}
