use std::time::Duration;

use super::*;
use crate::journal::event::{Enlisted, Entry, Event, Probed, Role};
use crate::journal::view::RunView;
use crate::verdict::{Death, DoubtReason, RuleName, Verdict};

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

/// A scenario: bystander `b`, suspect `s`, termination at 10 s, and probes `(who, second, what)`.
fn scenario(controlled: bool, probes: &[(&str, u64, char)]) -> RunView {
    let mut events = vec![
        (at(0), enlisted("b", Role::Bystander, &[])),
        (at(0), enlisted("s", Role::Suspect, if controlled { &["b"] } else { &[] })),
    ];
    let mut begun = false;
    for (who, second, what) in probes {
        if *second >= 10 && !begun {
            begun = true;
            events.push((at(10), Event::TerminationBegan { by: "p".into() }));
        }
        let verdict = match what {
            'a' => Verdict::alive(AliveReason::Identified, RuleName::new("r")),
            'd' => Verdict::Dead(Death::by_rule(DeadReason::Refused, RuleName::new("r"))),
            '?' => Verdict::doubt(DoubtReason::RateLimited, ""),
            'i' => Verdict::doubt(DoubtReason::IdentityDrift, ""),
            other => panic!("{other}"),
        };
        let probed = Probed {
            credential: (*who).into(),
            channel: "rest".into(),
            host: "x".into(),
            sent: at(*second),
            received: at(*second),
            verdict,
            status: None,
            code: None,
            excerpt: String::new(),
        };
        events.push((at(*second), Event::Probed(Box::new(probed))));
    }
    let entries: Vec<Entry> = events
        .into_iter()
        .enumerate()
        .map(|(n, (at, event))| Entry { v: 1, n: n as u64, scenario: Some(1), at, event })
        .collect();
    RunView::of(&entries)
}

fn finding(
    run: &RunView,
    who: &str,
    expects: Expectation,
    deadline: Option<u64>,
) -> (Finding, bool) {
    let claim = Claim {
        id: 1,
        text: String::new(),
        expects,
        subjects: Vec::new(),
        none_declared: false,
        made: at(60),
    };
    let subject = Subject { credential: who.into(), deadline: deadline.map(at) };
    let judgement = judge(&claim, &subject, &run.scenarios[&1]);
    let ruled = matches!(judgement, Judgement::Ruled(_));
    (judgement.into_ruling().finding, ruled)
}

const DIES: [(&str, u64, char); 8] = [
    ("b", 1, 'a'),
    ("s", 2, 'a'),
    ("s", 12, 'a'),
    ("s", 20, 'd'),
    ("b", 21, 'a'),
    ("s", 25, 'd'),
    ("s", 30, 'd'),
    ("b", 61, 'a'),
];

#[test]
fn a_deadline_before_inside_and_after_the_interval_is_judged_as_designed() {
    let run = scenario(true, &DIES);
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(11)), (Finding::Survivor, true));
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(15)), (Finding::NotConfirmed, true));
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(20)), (Finding::Holds, true));
}

#[test]
fn without_a_positive_control_nothing_is_dead() {
    let run = scenario(
        true,
        &[("b", 1, 'a'), ("s", 12, 'd'), ("s", 20, 'd'), ("s", 30, 'd'), ("b", 31, 'a')],
    );
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(900)).0, Finding::Unproven);
}

#[test]
fn without_a_bystander_nothing_is_dead() {
    let run = scenario(false, &DIES);
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(900)).0, Finding::Uncontrolled);
}

#[test]
fn another_principal_in_an_answer_voids_the_channel() {
    let mut probes = DIES.to_vec();
    probes.push(("b", 62, 'i'));
    let run = scenario(true, &probes);
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(900)).0, Finding::ControlFailed);
}

#[test]
fn a_death_before_the_termination_is_not_its_doing() {
    let run = scenario(
        true,
        &[
            ("b", 1, 'a'),
            ("s", 2, 'a'),
            ("s", 5, 'd'),
            ("b", 6, 'a'),
            ("s", 12, 'd'),
            ("s", 20, 'd'),
        ],
    );
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(900)).0, Finding::DiedBefore);
}

#[test]
fn refusals_of_everybody_are_nobodys_death() {
    let mut probes = DIES[..5].to_vec();
    probes.extend([("b", 24, 'd'), ("s", 25, 'd'), ("s", 30, 'd'), ("b", 31, 'd'), ("b", 36, 'd')]);
    let run = scenario(true, &probes);
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(900)), (Finding::NotConfirmed, false));
    assert_eq!(finding(&run, "b", Expectation::Unharmed, None).0, Finding::BystanderHarmed);
}

#[test]
fn a_watch_holds_only_when_it_was_watched_to_its_end() {
    let mut probes = DIES.to_vec();
    assert_eq!(
        finding(&scenario(true, &probes), "s", Expectation::NoReturn, Some(100)),
        (Finding::NotConfirmed, false)
    );
    probes.push(("s", 100, 'd'));
    // Nobody was seen to be let in at the end of the watch.
    assert_eq!(
        finding(&scenario(true, &probes), "s", Expectation::NoReturn, Some(100)),
        (Finding::NotConfirmed, false)
    );
    probes.push(("b", 100, 'a'));
    assert_eq!(
        finding(&scenario(true, &probes), "s", Expectation::NoReturn, Some(100)),
        (Finding::Holds, true)
    );
    probes.push(("s", 110, 'a'));
    assert_eq!(
        finding(&scenario(true, &probes), "s", Expectation::NoReturn, Some(100)).0,
        Finding::Revenant
    );
}

#[test]
fn a_bystander_is_unharmed_only_if_seen_since_the_claim() {
    let run = scenario(true, &DIES);
    assert_eq!(finding(&run, "b", Expectation::Unharmed, None), (Finding::Holds, true));
    let run = scenario(true, &DIES[..7]);
    assert_eq!(finding(&run, "b", Expectation::Unharmed, None), (Finding::NotConfirmed, false));
}

#[test]
fn a_credential_nobody_can_use_is_unproven_and_not_missed() {
    let mut facts = enlisted("s", Role::Suspect, &["b"]);
    if let Event::Enlisted(facts) = &mut facts {
        facts.channels.clear();
    }
    let events = [facts, Event::TerminationBegan { by: "p".into() }];
    let entries: Vec<Entry> = events
        .into_iter()
        .enumerate()
        .map(|(n, event)| Entry { v: 1, n: n as u64, scenario: Some(1), at: at(0), event })
        .collect();
    let run = RunView::of(&entries);
    for expects in [Expectation::Dead, Expectation::NoReturn, Expectation::Contained] {
        assert_eq!(finding(&run, "s", expects, Some(900)), (Finding::Unproven, true));
    }
}
