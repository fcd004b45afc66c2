//! From the rulings to the exit code. The worst wins: 5 > 1 > 6 > 4 > 3 > 0.

use super::event::ScenarioResult;
use super::view::{RunView, ScenarioView};
use crate::claim::Severity;

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
        let left = scenario.canaries_left().next().map_or(Severity::Fine, |_| Severity::Unclean);
        worst.max(course).max(harm).max(left)
    });
    let worst = scenarios.max().unwrap_or(Severity::NothingProven);
    if missing { worst.max(Severity::NothingProven) } else { worst }
}

/// Whether a bystander was refused for good, asked after or not. One whose own time was up was not harmed.
fn harmed(scenario: &ScenarioView) -> bool {
    let enough = scenario.confirmation().refusals;
    scenario.refused_bystanders().any(|(.., refusals)| refusals >= enough)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Expectation, Finding};
    use crate::journal::event::{CanaryEnd, CanaryIntended, CanarySort, Event, Role};
    use crate::journal::script::{Script, claim};

    fn script(findings: &[Finding]) -> Script {
        Script::default().claimed(&claim(1, Expectation::Dead, None)).judged(1, findings)
    }

    fn run(findings: &[Finding], result: ScenarioResult) -> RunView {
        script(findings).ended(result).run()
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
    fn a_canary_that_may_be_left_is_unclean_until_it_is_gone() {
        let intended = Event::CanaryIntended(CanaryIntended {
            canary: 1,
            platform: "desk".into(),
            sort: CanarySort::Principal { id: "maya".into() },
            name: "acme-drill-1".into(),
            of: Vec::new(),
        });
        let ended = |result| Event::CanaryEnded { canary: 1, result };
        let code = |events: &[Event], findings: &[Finding]| {
            let mut script = script(findings).event(1, intended.clone());
            for event in events {
                script = script.event(2, event.clone());
            }
            exit_code(&script.ended(ScenarioResult::Completed).run(), None)
        };
        let left = ended(CanaryEnd::Left { why: "503".into() });
        let met = &[Finding::Holds];
        assert_eq!(code(&[], met), 6);
        assert_eq!(code(std::slice::from_ref(&left), met), 6);
        assert_eq!(code(&[ended(CanaryEnd::Removed)], met), 0);
        assert_eq!(code(&[ended(CanaryEnd::NotThere)], met), 0);
        assert_eq!(code(&[left, ended(CanaryEnd::Removed)], met), 0);
        for (finding, worst) in
            [(Finding::NotConfirmed, 6), (Finding::Unproven, 6), (Finding::Survivor, 1)]
        {
            assert_eq!(code(&[], &[finding]), worst, "{finding:?}");
        }
    }

    #[test]
    fn an_interruption_yields_to_harm_and_survivors_only() {
        let stopped = ScenarioResult::Stopped;
        assert_eq!(exit_code(&run(&[Finding::Holds], stopped), Some(130)), 130);
        assert_eq!(exit_code(&run(&[Finding::NotConfirmed], stopped), Some(143)), 143);
        assert_eq!(exit_code(&run(&[Finding::Survivor], stopped), Some(130)), 1);
        assert_eq!(exit_code(&run(&[Finding::BystanderHarmed], stopped), Some(130)), 5);
    }

    #[test]
    fn a_step_that_could_not_be_carried_out_and_a_scenario_not_played_prove_nothing() {
        let failed = Event::StepFailed { step: "x".into(), why: "y".into() };
        let done = ScenarioResult::Completed;
        let run = script(&[Finding::Holds]).event(900, failed).ended(done).run();
        assert_eq!(exit_code(&run, None), 4);
        let mut missing = self::run(&[Finding::Holds], done);
        assert_eq!(exit_code(&missing, None), 0);
        let mut started = crate::journal::script::started();
        started.scenarios = 1;
        missing.started = Some(started.clone());
        assert_eq!(exit_code(&missing, None), 0);
        started.scenarios = 2;
        missing.started = Some(started);
        assert_eq!(exit_code(&missing, None), 4);
    }

    /// Everything demanded holds; the bystander answers so from the termination at 10 s on.
    fn with_bystander(before: &str, answers: &str, role: Role) -> u8 {
        let mut script = Script::default().enlist("b", role, &[]);
        for (second, what) in before.chars().enumerate() {
            script = script.probe("b", second as u64, what);
        }
        script = script.terminated(10).claimed(&claim(1, Expectation::Dead, None));
        for (second, what) in answers.chars().enumerate() {
            script = script.probe("b", 10 + second as u64, what);
        }
        let done = script.judged(1, &[Finding::Holds]).ended(ScenarioResult::Completed).run();
        exit_code(&done, None)
    }

    #[test]
    fn a_bystander_refused_for_good_since_the_termination_is_harm_whoever_asks() {
        assert_eq!(with_bystander("a", "ddd", Role::Bystander), 5);
        assert_eq!(with_bystander("a", "mmmm", Role::Bystander), 5);
        for (before, answers, why) in [
            ("a", "dd", "not refused often enough"),
            ("a", "ddda", "let in again"),
            ("a", "dd?d", "not refused in a row"),
            ("a", "xxx", "its own time was up"),
            ("", "ddd", "it never worked"),
            ("addd", "", "it was refused before"),
        ] {
            assert_eq!(with_bystander(before, answers, Role::Bystander), 0, "{why}");
        }
        assert_eq!(with_bystander("a", "ddd", Role::Suspect), 0);
    }

    #[test]
    fn what_a_bystander_minted_may_die_of_old_age_unasked() {
        let script = Script::default().enlist_minted("b/access", Role::Bystander, "b");
        let script = script.probe("b/access", 1, 'a').terminated(10);
        let script = script.probes(&[("b/access", 11, 'd'), ("b/access", 12, 'd')]);
        let script = script.probe("b/access", 13, 'd').claimed(&claim(1, Expectation::Dead, None));
        let done = script.judged(1, &[Finding::Holds]).ended(ScenarioResult::Completed).run();
        assert_eq!(exit_code(&done, None), 0);
    }
}
