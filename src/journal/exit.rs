//! From the rulings to the exit code. The worst wins: 5 > 1 > 6 > 4 > 3 > 0.

use super::event::{Role, ScenarioResult};
use super::view::{RunView, ScenarioView};
use crate::claim::Severity;
use crate::verdict::DeadReason;

/// How a run ends, by its journal alone.
///
/// A run without scenarios, a broken scenario, a claim never judged and a scenario without claims prove
/// nothing. An interruption yields to harm and to survivors, and hides everything else.
pub fn exit_code(view: &RunView, interruption: Option<u8>) -> u8 {
    let worst = severity(view);
    match (worst, interruption) {
        (Severity::Harmed | Severity::StillWorks | Severity::Unclean, _) | (_, None) => {
            worst.exit_code()
        }
        (Severity::Fine | Severity::Inconclusive | Severity::NothingProven, Some(code)) => code,
    }
}

/// The worst that a run found.
pub fn severity(view: &RunView) -> Severity {
    if view.scenarios.is_empty() {
        return Severity::NothingProven;
    }
    let planned = view.started.as_ref().map_or(0, |started| started.scenarios);
    let missing = view.scenarios.len() < planned;
    let scenarios = view.scenarios.values().map(|scenario| {
        let claims = scenario.claims.iter().flat_map(|claim| {
            let unjudged =
                (!claim.judged || claim.rulings.is_empty()).then_some(Severity::NothingProven);
            let rulings = claim.rulings.iter().map(|judged| judged.ruling.finding.severity());
            rulings.chain(unjudged)
        });
        let worst = claims.max().unwrap_or(Severity::NothingProven);
        let course = match scenario.result {
            Some(ScenarioResult::Completed) if scenario.failures.is_empty() => Severity::Fine,
            Some(ScenarioResult::Stopped) => Severity::Inconclusive,
            Some(ScenarioResult::Completed | ScenarioResult::Broken) | None => {
                Severity::NothingProven
            }
        };
        let harm = if harmed(scenario) { Severity::Harmed } else { Severity::Fine };
        worst.max(course).max(harm)
    });
    let worst = scenarios.max().unwrap_or(Severity::NothingProven);
    if missing { worst.max(Severity::NothingProven) } else { worst }
}

/// Whether a bystander was refused for good, asked after or not. One whose own time was up was not harmed.
fn harmed(scenario: &ScenarioView) -> bool {
    let Some(began) = scenario.termination_began() else { return false };
    scenario.subjects.iter().any(|subject| {
        subject.facts.role == Role::Bystander
            && subject.facts.from.is_none()
            && subject.tracks.values().any(|track| {
                track.refusals() >= scenario.confirmation().refusals
                    && track.first_alive().is_some()
                    && track.last_reason() != Some(DeadReason::Expired)
                    && track.refused_since().is_some_and(|since| since >= began)
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Claim, Expectation, Finding, Ruling};
    use crate::clock::Moment;
    use crate::journal::event::{Entry, Event, Judged};

    fn run(findings: &[Finding], result: ScenarioResult) -> RunView {
        let claim = Claim {
            id: 1,
            text: "x".into(),
            expects: Expectation::Dead,
            subjects: Vec::new(),
            none_declared: false,
            made: Moment::START,
        };
        let rulings = findings
            .iter()
            .map(|finding| Judged {
                subject: "s".into(),
                ruling: Ruling { finding: *finding, why: String::new() },
            })
            .collect();
        let events = [
            Event::Claimed(claim),
            Event::Judged { claim: 1, rulings },
            Event::ScenarioEnded { result },
        ];
        let entries: Vec<Entry> = events
            .into_iter()
            .enumerate()
            .map(|(n, event)| Entry {
                v: 1,
                n: n as u64,
                scenario: Some(1),
                at: Moment::START,
                event,
            })
            .collect();
        RunView::of(&entries)
    }

    #[test]
    fn the_worst_ruling_decides() {
        use Finding::*;
        let done = ScenarioResult::Completed;
        for (findings, code) in [
            (vec![Holds], 0),
            (vec![Holds, AcceptedRisk], 0),
            (vec![Holds, NotConfirmed], 3),
            (vec![NotConfirmed, Unproven], 4),
            (vec![Unproven, Survivor], 1),
            (vec![Survivor, BystanderHarmed], 5),
            (vec![], 4),
        ] {
            assert_eq!(exit_code(&run(&findings, done), None), code, "{findings:?}");
        }
    }

    #[test]
    fn nothing_executed_is_never_green() {
        assert_eq!(exit_code(&RunView::default(), None), 4);
        assert_eq!(exit_code(&run(&[Finding::Holds], ScenarioResult::Broken), None), 4);
        let mut unfinished = run(&[Finding::Holds], ScenarioResult::Completed);
        unfinished.scenarios.get_mut(&1).unwrap().result = None;
        assert_eq!(exit_code(&unfinished, None), 4);
        let mut unjudged = run(&[Finding::Holds], ScenarioResult::Completed);
        unjudged.scenarios.get_mut(&1).unwrap().claims[0].judged = false;
        assert_eq!(exit_code(&unjudged, None), 4);
    }

    #[test]
    fn an_interruption_yields_to_harm_and_survivors_only() {
        let stopped = ScenarioResult::Stopped;
        assert_eq!(exit_code(&run(&[Finding::Holds], stopped), Some(130)), 130);
        assert_eq!(exit_code(&run(&[Finding::NotConfirmed], stopped), Some(143)), 143);
        assert_eq!(exit_code(&run(&[Finding::Survivor], stopped), Some(130)), 1);
        assert_eq!(exit_code(&run(&[Finding::BystanderHarmed], stopped), Some(130)), 5);
    }
}
