//! Rulings looked at once more when a scenario is over: what was ruled dead and seen to work since.

use std::collections::BTreeSet;

use super::event::Judged;
use super::judge::judge;
use super::view::{ClaimView, ScenarioView};
use crate::claim::{Expectation, Finding};
use crate::id::CredentialId;

/// The rulings on a claim for death once more, if something it ruled on was seen to come back since. What a
/// rehearsal expects to come back is no finding.
pub fn revised(judged: &ClaimView, view: &ScenarioView) -> Option<Vec<Judged>> {
    match judged.claim.expects {
        Expectation::Dead
        | Expectation::DeadByUse
        | Expectation::Contained
        | Expectation::NoReturn => {}
        Expectation::Proven
        | Expectation::Unharmed
        | Expectation::NeverWorks
        | Expectation::Works
        | Expectation::StillWorks
        | Expectation::Returns
        | Expectation::NothingUnrecorded
        | Expectation::FoundUnrecorded
        | Expectation::Planned
        | Expectation::Guarded => return None,
    }
    let rehearsed: BTreeSet<&CredentialId> = view
        .claims
        .iter()
        .filter(|other| other.claim.expects.is_rehearsal() && other.claim.id > judged.claim.id)
        .flat_map(|other| &other.claim.subjects)
        .map(|subject| &subject.credential)
        .collect();
    let mut rulings = judged.rulings.clone();
    let mut changed = false;
    for (ruled, subject) in rulings.iter_mut().zip(&judged.claim.subjects) {
        let now = judge(&judged.claim, subject, view).into_ruling();
        let is_worse = now.finding.severity() > ruled.ruling.finding.severity();
        if is_worse && now.finding == Finding::Revenant && !rehearsed.contains(&subject.credential)
        {
            ruled.ruling = now;
            changed = true;
        }
    }
    changed.then_some(rulings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::RunView;
    use crate::journal::event::Event;
    use crate::journal::script::{Script, at, claim};

    /// Dead at 20 s and ruled so; `later` says what else is claimed, and whether it works again at 700 s.
    fn scenario(first: Expectation, later: &[Expectation], comes_back: bool) -> RunView {
        let mut script = Script::pair().probes(&[("b", 1, 'a'), ("s", 2, 'a')]).terminated(10);
        for second in [20, 25, 30] {
            script = script.probes(&[("s", second, 'd'), ("b", second + 1, 'a')]);
        }
        script = script.probes(&[("s", 50, 'd'), ("b", 51, 'a')]);
        let demanded = claim(1, first, Some(50));
        script = script.claimed(&demanded);
        let run = script.clone().run();
        let ruling = judge(&demanded, &demanded.subjects[0], &run.scenarios[&1]).into_ruling();
        assert_eq!(ruling.finding, Finding::Holds, "{}", ruling.why);
        let rulings = vec![Judged { subject: "s".into(), ruling }];
        script = script.event(61, Event::Judged { claim: 1, rulings });
        for (index, expects) in later.iter().enumerate() {
            let mut rehearsed = claim(2 + index as u32, *expects, None);
            rehearsed.made = at(62);
            script = script.claimed(&rehearsed);
        }
        if comes_back {
            script = script.probe("s", 700, 'a');
        }
        script.run()
    }

    fn revision(run: &RunView) -> Option<Vec<Finding>> {
        let view = &run.scenarios[&1];
        revised(&view.claims[0], view)
            .map(|rulings| rulings.iter().map(|judged| judged.ruling.finding).collect())
    }

    #[test]
    fn what_comes_back_after_its_ruling_is_a_revenant_even_if_no_step_watches() {
        for expects in [Expectation::Dead, Expectation::Contained, Expectation::NoReturn] {
            let run = scenario(expects, &[], true);
            assert_eq!(revision(&run), Some(vec![Finding::Revenant]), "{expects:?}");
            assert_eq!(revision(&scenario(expects, &[], false)), None, "{expects:?}");
        }
    }

    #[test]
    fn a_return_that_a_rehearsal_expects_is_no_finding() {
        let dead = Expectation::Dead;
        assert_eq!(revision(&scenario(dead, &[Expectation::Returns], true)), None);
        assert_eq!(revision(&scenario(dead, &[Expectation::StillWorks], true)), None);
        let proven = scenario(dead, &[Expectation::Proven], true);
        assert_eq!(revision(&proven), Some(vec![Finding::Revenant]));
    }

    #[test]
    fn what_was_ruled_worse_is_not_ruled_anew() {
        let mut run = scenario(Expectation::Dead, &[], true);
        let view = run.scenarios.get_mut(&1).unwrap();
        view.claims[0].rulings[0].ruling.finding = Finding::Survivor;
        assert_eq!(revision(&run), None);
    }

    #[test]
    fn a_demand_does_not_excuse_itself() {
        // Its own number is not later than itself, whatever it expects.
        let mut run = scenario(Expectation::Dead, &[Expectation::Returns], true);
        run.scenarios.get_mut(&1).unwrap().claims[1].claim.id = 1;
        assert_eq!(revision(&run), Some(vec![Finding::Revenant]));
    }

    #[test]
    fn a_rehearsal_made_before_the_demand_expects_nothing_of_it() {
        let mut run = scenario(Expectation::Dead, &[Expectation::Returns], true);
        run.scenarios.get_mut(&1).unwrap().claims[1].claim.id = 0;
        assert_eq!(revision(&run), Some(vec![Finding::Revenant]));
    }
}
