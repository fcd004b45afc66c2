//! From the view of a scenario to its summary.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::outcome::{Outcome, Part};
use super::{
    ActionState, ActionSummary, Canary, ClaimSummary, ControlState, ControlSummary, Course,
    HarmSummary, LeftoverSummary, ListingState, ListingSummary, LockOut, RulingSummary, RunFacts,
    Scenario, StepFailure, Supplier, TakenUpSummary, Termination,
};
use crate::claim::Severity;
use crate::clock::Moment;
use crate::journal::ScenarioView;
use crate::journal::event::{
    ActionResult, Control, ControlResult, Harm, HarmCourse, Listed, ListingResult, Role,
    RunStarted, ScenarioResult, SupplierBound,
};
use crate::journal::view::{ActionView, ClaimView, SubjectView, TakenUp};
use crate::report::inert::Inert;

/// Microseconds from `origin` to `moment`, negative before it.
pub(super) fn micros(moment: Moment, origin: Moment) -> i64 {
    let length = |later: Moment, earlier: Moment| {
        i64::try_from(later.since(earlier).as_micros()).unwrap_or(i64::MAX)
    };
    if moment >= origin { length(moment, origin) } else { -length(origin, moment) }
}

fn inert_map<K: Display, V: Display>(map: &BTreeMap<K, V>) -> BTreeMap<Inert, Inert> {
    map.iter().map(|(key, value)| (Inert::new(key), Inert::new(value))).collect()
}

fn inert_list<T: Display>(list: &[T]) -> Vec<Inert> {
    list.iter().map(Inert::new).collect()
}

pub(super) fn facts(started: &RunStarted) -> RunFacts {
    RunFacts {
        id: Inert::new(&started.run),
        version: Inert::new(&started.version),
        began: started.began,
        environment: Inert::new(&started.environment),
        mocked: started.mocked,
        simulated: started.simulated,
        vantage: Inert::new(&started.vantage),
        selection: Inert::new(&started.selection),
        scenarios: started.scenarios,
        refusals: started.confirmation.refusals,
        spread_us: u64::try_from(started.confirmation.spread.as_micros()).unwrap_or(u64::MAX),
        files: inert_map(&started.files),
        change: started.change.as_ref().map(Inert::new),
        remarks: inert_list(&started.remarks),
    }
}

fn harm(at: Moment, harm: &Harm, origin: Moment) -> HarmSummary {
    HarmSummary {
        at_us: micros(at, origin),
        bystander: Inert::new(&harm.bystander),
        course: harm.course,
        words: Inert::new(match harm.course {
            HarmCourse::Stopped => format!("stopped: {harm}"),
            HarmCourse::Paused
            | HarmCourse::Resumed
            | HarmCourse::Allowed
            | HarmCourse::Continued => harm.to_string(),
        }),
    }
}

fn taken_up(one: &TakenUp) -> TakenUpSummary {
    let without = one.without.iter();
    TakenUpSummary {
        wall: one.wall,
        without: without.map(|(id, why)| (Inert::new(id), Inert::new(why))).collect(),
    }
}

pub(super) fn scenario(number: u32, run: &Inert, view: &ScenarioView) -> Scenario {
    let origin = view.termination_began().unwrap_or(Moment::START);
    let claims: Vec<ClaimSummary> =
        view.claims.iter().map(|claim| claim_summary(claim, origin)).collect();
    let credentials: Vec<Outcome> =
        view.subjects.iter().map(|seen| Outcome::of(seen, view, &claims, origin)).collect();
    let course = course(view);
    let not_claimed = credentials
        .iter()
        .filter(|outcome| outcome.under_test() && !demanded(view, outcome))
        .map(|outcome| outcome.credential.clone())
        .collect();
    let started = view.started.as_ref();
    Scenario {
        number,
        run: run.clone(),
        feature: Inert::new(started.map_or("(unknown feature)", |started| &started.feature)),
        name: Inert::new(started.map_or("(unknown scenario)", |started| &started.name)),
        place: started
            .map(|started| match started.file.as_str() {
                "" => Inert::new("no feature file"),
                file => Inert::new(format!("{file}:{}", started.line)),
            })
            .unwrap_or_default(),
        tags: started.map(|started| inert_list(&started.tags)).unwrap_or_default(),
        steps: started.map(|started| inert_list(&started.steps)).unwrap_or_default(),
        began: started.map(|started| started.began),
        length_us: micros(view.last, Moment::START),
        severity: severity(&claims, course).max(clean(view)),
        course,
        supplier: view.supplier.as_ref().map(supplier),
        termination: view.termination.as_ref().map(|termination| Termination {
            by: Inert::new(&termination.by),
            began_us: micros(termination.began, Moment::START),
            took_us: termination.ended.map(|ended| micros(ended, termination.began)),
        }),
        canaries: view.canaries.iter().map(Canary::of).collect(),
        lock_outs: view
            .lock_outs
            .iter()
            .map(|(at, event)| LockOut::of(*at, event, origin))
            .collect(),
        credentials,
        not_claimed,
        claims,
        controls: controls(view),
        actions: actions(view, origin),
        harms: view.harms.iter().map(|(at, harm)| self::harm(*at, harm, origin)).collect(),
        listings: view.listings.iter().map(listing).collect(),
        vantages: vantages(view),
        failures: view
            .failures
            .iter()
            .map(|(step, why)| StepFailure { step: Inert::new(step), why: Inert::new(why) })
            .collect(),
        not_kept: inert_map(&view.not_kept),
        taken_up: view.taken_up.iter().map(taken_up).collect(),
    }
}

/// From where anything was seen.
fn vantages(view: &ScenarioView) -> BTreeSet<Inert> {
    let used = view.subjects.iter().flat_map(|seen| {
        let let_in = seen.let_in_from.values().flatten();
        let_in.chain(seen.last.values().map(|probed| &probed.vantage))
    });
    let looked = view.subjects.iter().flat_map(|seen| seen.looked.values());
    let all = used.chain(looked.map(|looked| &looked.vantage));
    all.filter(|vantage| !vantage.is_empty()).map(Inert::new).collect()
}

/// Whether everything that was made is gone.
fn clean(view: &ScenarioView) -> Severity {
    view.canaries_left().next().map_or(Severity::Fine, |_| Severity::Unclean)
}

/// As the exit code has it, for one scenario.
fn severity(claims: &[ClaimSummary], course: Course) -> Severity {
    let worst = claims.iter().map(|claim| claim.severity).max();
    let end = match course {
        Course::Completed => Severity::Fine,
        Course::Stopped => Severity::Inconclusive,
        Course::Broken | Course::Unfinished => Severity::NothingProven,
    };
    worst.unwrap_or(Severity::NothingProven).max(end)
}

fn course(view: &ScenarioView) -> Course {
    match view.result {
        Some(ScenarioResult::Completed) if view.failures.is_empty() => Course::Completed,
        Some(ScenarioResult::Completed | ScenarioResult::Broken) => Course::Broken,
        Some(ScenarioResult::Stopped) => Course::Stopped,
        None => Course::Unfinished,
    }
}

/// Whether any claim demands that it ends.
fn demanded(view: &ScenarioView, outcome: &Outcome) -> bool {
    view.claims.iter().filter(|view| view.claim.expects.demands_an_end()).any(|view| {
        let mut subjects = view.claim.subjects.iter();
        subjects.any(|subject| Inert::new(&subject.credential) == outcome.credential)
    })
}

fn claim_summary(view: &ClaimView, origin: Moment) -> ClaimSummary {
    let claim = &view.claim;
    let rulings: Vec<RulingSummary> = view
        .rulings
        .iter()
        .map(|judged| RulingSummary {
            subject: Inert::new(&judged.subject),
            deadline_us: claim
                .subjects
                .iter()
                .find(|subject| subject.credential.as_str() == judged.subject)
                .and_then(|subject| subject.deadline)
                .map(|deadline| micros(deadline, origin)),
            finding: judged.ruling.finding,
            why: Inert::new(&judged.ruling.why),
        })
        .collect();
    let unjudged = (!view.judged || rulings.is_empty()).then_some(Severity::NothingProven);
    let worst = rulings.iter().map(|ruling| ruling.finding.severity()).chain(unjudged).max();
    ClaimSummary {
        id: claim.id,
        text: Inert::new(&claim.text),
        expects: claim.expects,
        rehearsal: claim.expects.is_rehearsal(),
        made_us: micros(claim.made, origin),
        judged: view.judged,
        severity: worst.unwrap_or(Severity::NothingProven),
        rulings,
    }
}

fn supplier(bound: &SupplierBound) -> Supplier {
    Supplier {
        id: Inert::new(&bound.supplier),
        name: Inert::new(&bound.name),
        contract: Inert::new(&bound.contract),
        owners: inert_map(&bound.owners),
        source: Inert::new(&bound.source),
        population: bound.population,
        not_tested: inert_map(&bound.not_tested),
        none: inert_list(&bound.none),
    }
}

fn controls(view: &ScenarioView) -> Vec<ControlSummary> {
    let mut all = Vec::new();
    for ((platform, kind, channel), results) in &view.controls {
        for (control, result) in results {
            let (result, why) = match result {
                ControlResult::Held => (ControlState::Held, None),
                ControlResult::Failed { why } => (ControlState::Failed, Some(Inert::new(why))),
                ControlResult::Open { why } => (ControlState::Open, Some(Inert::new(why))),
                ControlResult::Skipped { why } => (ControlState::Skipped, Some(Inert::new(why))),
            };
            all.push(ControlSummary {
                control: match control {
                    Control::Bogus => "bogus",
                    Control::Empty => "empty",
                    Control::Identity => "identity",
                },
                platform: Inert::new(platform),
                kind: Inert::new(kind),
                channel: Inert::new(channel),
                result,
                why,
            });
        }
    }
    all
}

fn actions(view: &ScenarioView, origin: Moment) -> Vec<ActionSummary> {
    let nexts = view.actions.iter().skip(1).map(|next| Some(next.at)).chain([None]);
    let all = view.actions.iter().zip(nexts);
    all.map(|(action, next)| {
        let by_time = |subject: &&SubjectView| match (&subject.facts.role, end(subject)) {
            (Role::Suspect | Role::Derived { .. }, Some((alive, dead))) => {
                action.at < dead && next.is_none_or(|next| alive < next)
            }
            (Role::Suspect | Role::Derived { .. }, None)
            | (Role::Bystander | Role::Renewed { .. } | Role::Attempted { .. }, _) => false,
        };
        let ended = view.subjects.iter().filter(by_time);
        let ended = ended.map(|subject| Inert::new(&subject.facts.credential)).collect();
        ActionSummary { ended, ..action_summary(action, origin) }
    })
    .collect()
}

/// When a credential was let in last and refused first, by whichever door was closed last; none while one is
/// open.
fn end(subject: &SubjectView) -> Option<(Moment, Moment)> {
    let ends = subject.tracks.values().map(|track| {
        let dead = track.confirmed_at().and_then(|_| track.refused_since())?;
        Some((track.last_alive()?, dead))
    });
    ends.collect::<Option<Vec<_>>>()?.into_iter().max_by_key(|(_, dead)| *dead)
}

fn action_summary(view: &ActionView, origin: Moment) -> ActionSummary {
    let (result, answer) = match &view.ended {
        Some((_, ActionResult::Accepted { answer })) => (ActionState::Accepted, Inert::new(answer)),
        Some((_, ActionResult::Refused { why })) => (ActionState::Refused, Inert::new(why)),
        Some((_, ActionResult::NotDone { why })) => (ActionState::NotDone, Inert::new(why)),
        None => {
            (ActionState::NoAnswer, Inert::new("none was recorded, it may have been carried out"))
        }
    };
    ActionSummary {
        at_us: micros(view.at, origin),
        platform: view.intended.platform.as_ref().map(Inert::new),
        title: Inert::new(&view.intended.title),
        object: Inert::new(&view.intended.object),
        by: view.intended.by,
        result,
        answer,
        took_us: view.ended.as_ref().map(|(at, _)| micros(*at, view.at)),
        kills: view.intended.kills.iter().map(Inert::new).collect(),
        ended: Vec::new(),
    }
}

fn listing(listed: &Listed) -> ListingSummary {
    let (result, items, leftovers, why) = match &listed.result {
        ListingResult::Complete { items, leftovers } => {
            (ListingState::Complete, Some(*items), leftovers.as_slice(), None)
        }
        ListingResult::Incomplete { why } => {
            (ListingState::Incomplete, None, &[][..], Some(Inert::new(why)))
        }
        ListingResult::Impossible { why } => {
            (ListingState::Impossible, None, &[][..], Some(Inert::new(why)))
        }
    };
    ListingSummary {
        platform: Inert::new(&listed.platform),
        kind: Inert::new(&listed.kind),
        secret: inert_list(&listed.secret),
        needs: inert_list(&listed.needs),
        result,
        items,
        leftovers: leftovers
            .iter()
            .map(|left| LeftoverSummary {
                id: Inert::new(&left.remote_id),
                owner: Inert::new(&left.owner),
                principal: left.principal.as_ref().map(Inert::new),
                grant: left.grant.as_ref().map(Inert::new),
            })
            .collect(),
        why,
    }
}

impl Outcome {
    /// Whether its end is what the drill is about.
    pub fn under_test(&self) -> bool {
        match self.part {
            Part::Suspect | Part::Derived => true,
            Part::Bystander | Part::Renewed | Part::Attempted => false,
        }
    }
}
