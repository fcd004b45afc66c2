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
        Expectation::Dead | Expectation::Contained | Expectation::NoReturn => {}
        Expectation::Proven
        | Expectation::Unharmed
        | Expectation::NeverWorks
        | Expectation::Works
        | Expectation::StillWorks
        | Expectation::Returns
        | Expectation::NothingUnrecorded => return None,
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
    use std::time::Duration;

    use super::*;
    use crate::claim::{Claim, Subject};
    use crate::clock::Moment;
    use crate::journal::RunView;
    use crate::journal::event::{Enlisted, Entry, Event, Probed, Role};
    use crate::verdict::{AliveReason, DeadReason, Death, RuleName, Verdict};

    fn at(secs: u64) -> Moment {
        Moment::after_start(Duration::from_secs(secs))
    }

    fn enlisted(id: &str, role: Role, bystanders: &[&str]) -> Event {
        Event::Enlisted(Box::new(Enlisted {
            credential: id.into(),
            role,
            supplier: "acme".into(),
            platform: "x".into(),
            kind: "token".into(),
            title: "Token".into(),
            class: "token".into(),
            from: None,
            owned_by: "principal".into(),
            principal: None,
            channels: [("rest".into(), "use".to_owned())].into(),
            authority: "ours".into(),
            fingerprints: [].into(),
            expires: None,
            bystanders: bystanders.iter().map(|id| (*id).into()).collect(),
            accepted: None,
        }))
    }

    fn probed(who: &str, second: u64, verdict: Verdict) -> Event {
        Event::Probed(Box::new(Probed {
            credential: who.into(),
            channel: "rest".into(),
            host: "x".into(),
            sent: at(second),
            received: at(second),
            verdict,
            status: None,
            code: None,
            excerpt: String::new(),
        }))
    }

    fn claim(id: u32, expects: Expectation) -> Claim {
        let deadline = match expects {
            Expectation::Returns => None,
            _ => Some(at(900)),
        };
        let subjects = vec![Subject { credential: "s".into(), deadline }];
        Claim { id, text: String::new(), expects, subjects, none_declared: false, made: at(60) }
    }

    /// Dead at 20 s and ruled so; `later` says what else is claimed, and whether it works again at 700 s.
    fn scenario(later: &[Expectation], comes_back: bool) -> RunView {
        let alive = || Verdict::alive(AliveReason::Identified, RuleName::new("r"));
        let dead = || Verdict::Dead(Death::by_rule(DeadReason::Refused, RuleName::new("r")));
        let mut events = vec![
            (at(0), enlisted("b", Role::Bystander, &[])),
            (at(0), enlisted("s", Role::Suspect, &["b"])),
            (at(1), probed("b", 1, alive())),
            (at(2), probed("s", 2, alive())),
            (at(10), Event::TerminationBegan { by: "p".into() }),
        ];
        for second in [20, 25, 30] {
            events.push((at(second), probed("s", second, dead())));
            events.push((at(second + 1), probed("b", second + 1, alive())));
        }
        let dead_claim = claim(1, Expectation::Dead);
        events.push((at(60), Event::Claimed(dead_claim.clone())));
        let entries = |events: &[(Moment, Event)]| -> Vec<Entry> {
            let numbered = events.iter().cloned().enumerate();
            numbered
                .map(|(n, (at, event))| Entry { v: 1, n: n as u64, scenario: Some(1), at, event })
                .collect()
        };
        let ruling = judge(
            &dead_claim,
            &dead_claim.subjects[0],
            &RunView::of(&entries(&events)).scenarios[&1],
        )
        .into_ruling();
        assert_eq!(ruling.finding, Finding::Holds);
        let rulings = vec![Judged { subject: "s".into(), ruling }];
        events.push((at(61), Event::Judged { claim: 1, rulings }));
        for (index, expects) in later.iter().enumerate() {
            events.push((at(62), Event::Claimed(claim(2 + index as u32, *expects))));
        }
        if comes_back {
            events.push((at(700), probed("s", 700, alive())));
        }
        RunView::of(&entries(&events))
    }

    fn revision(run: &RunView) -> Option<Vec<Finding>> {
        let view = &run.scenarios[&1];
        revised(&view.claims[0], view)
            .map(|rulings| rulings.iter().map(|judged| judged.ruling.finding).collect())
    }

    #[test]
    fn what_comes_back_after_its_ruling_is_a_revenant_even_if_no_step_watches() {
        assert_eq!(revision(&scenario(&[], true)), Some(vec![Finding::Revenant]));
        assert_eq!(revision(&scenario(&[], false)), None);
    }

    #[test]
    fn a_return_that_a_rehearsal_expects_is_no_finding() {
        assert_eq!(revision(&scenario(&[Expectation::Returns], true)), None);
        assert_eq!(
            revision(&scenario(&[Expectation::Proven], true)),
            Some(vec![Finding::Revenant])
        );
    }
}
