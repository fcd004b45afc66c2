use super::*;
use crate::journal::RunView;
use crate::journal::event::{ActionResult, Control, ControlResult, Event, Role};
use crate::journal::script::{Script, at, claim};

/// A scenario: bystander `b`, suspect `s`, termination at 10 s, and probes `(who, second, what)`.
fn scenario(controlled: bool, probes: &[(&str, u64, char)]) -> RunView {
    let script = Script::default().enlist("b", Role::Bystander, &[]);
    let script = script.enlist("s", Role::Suspect, if controlled { &["b"] } else { &[] });
    let begun = probes.iter().position(|(_, second, _)| *second >= 10).unwrap_or(probes.len());
    script.probes(&probes[..begun]).terminated(10).probes(&probes[begun..]).run()
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
fn a_death_at_the_very_moment_of_the_termination_is_its_doing() {
    let probes = [
        ("b", 1, 'a'),
        ("s", 2, 'a'),
        ("s", 10, 'd'),
        ("s", 15, 'd'),
        ("s", 20, 'd'),
        ("b", 20, 'a'),
    ];
    let run = scenario(true, &probes);
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(900)), (Finding::Holds, true));
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(10)), (Finding::Holds, true));
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
    let script = Script::default().enlist_on("s", Role::Suspect, &["b"], &[]);
    let run = script.terminated(0).run();
    for expects in [Expectation::Dead, Expectation::NoReturn, Expectation::Contained] {
        assert_eq!(finding(&run, "s", expects, Some(900)), (Finding::Unproven, true));
    }
}

/// Histories of `s`: what it answers from the first second on, every five seconds, the termination at 10 s.
/// `b` is let in a second after each.
const HISTORIES: [(&str, &str); 24] = [
    ("never asked", ""),
    ("alive", "aaaaaaaaaaaaaaaaaaaaaaaa"),
    ("dies at once", "aadddddddddddddddddddddd"),
    ("dies at 41 s", "aaaaaaaadddddddddddddddd"),
    ("dies at 96 s", "aaaaaaaaaaaaaaaaaaaddddd"),
    ("refused twice", "aadd"),
    ("refused, then silent", "aadd????????????????????"),
    ("silent from the start", "????????????????????????"),
    ("silent from 11 s", "aa??????????????????????"),
    ("alive at 41 s, then silent", "aaaaaaaaa???????????????"),
    ("dead, then silent", "aadddddd????????????????"),
    ("dead, then its client is", "aaddddddkkkkkkkkkkkkkkkk"),
    ("comes back at 61 s", "aadddddddddda"),
    ("comes back and dies again", "aaddddddaaadddddddddddddd"),
    ("masked", "aammmmmmmmmmmmmmmmmmmmmm"),
    ("expires", "aaxxxxxxxxxxxxxxxxxxxxxx"),
    ("never alive", "dddddddddddddddddddddddd"),
    ("dead before", "addddddddddddddddddddddd"),
    ("contained", "aacccccccccccccccccccccc"),
    ("contained at 41 s", "aaaaaaaacccccccccccccccc"),
    ("contained, then dead", "aaccccccccdddddddddddddd"),
    ("contained, then freed", "aacccccccccccccaaaaaaaaa"),
    ("contained, freed, contained", "aacccccaaacccccccccccccc"),
    ("flaps", "aadadadadadadadadadadada"),
];

fn history(answers: &str, channel: &str, script: Script) -> Script {
    let mut script = script;
    for (index, what) in answers.chars().enumerate() {
        let second = 1 + 5 * index as u64;
        if index == 2 {
            script = script.terminated(10);
        }
        script = script.probe_on("s", channel, second, what);
        script = script.probe_on("b", channel, second + 1, 'a');
    }
    if answers.len() <= 2 { script.terminated(10) } else { script }
}

const DEMANDS: [(&str, Expectation, Option<u64>); 11] = [
    ("proven", Expectation::Proven, None),
    ("dead by 30 s", Expectation::Dead, Some(30)),
    ("dead by 100 s", Expectation::Dead, Some(100)),
    ("dead", Expectation::Dead, None),
    ("watched to 100 s", Expectation::NoReturn, Some(100)),
    ("watched", Expectation::NoReturn, None),
    ("contained by 30 s", Expectation::Contained, Some(30)),
    ("contained", Expectation::Contained, None),
    ("never works", Expectation::NeverWorks, None),
    ("still works", Expectation::StillWorks, None),
    ("returns", Expectation::Returns, None),
];

/// Every demand on every history, with `?` where further answers could still change it.
#[test]
fn every_demand_is_judged_as_the_design_says() {
    let mut table = String::new();
    for (name, answers) in HISTORIES {
        let run = history(answers, "rest", Script::pair()).run();
        table.push_str(&format!("{name}\n"));
        for (demand, expects, deadline) in DEMANDS {
            let claim = claim(1, expects, deadline);
            let judgement = judge(&claim, &claim.subjects[0], &run.scenarios[&1]);
            let open = if matches!(judgement, Judgement::Open(_)) { "?" } else { "" };
            let Ruling { finding, why } = judgement.into_ruling();
            table.push_str(&format!("  {demand:<18} {}{open}: {why}\n", finding.code()));
        }
    }
    insta::assert_snapshot!(table);
}

/// A bystander, the new secret of a reset, and the new secret of an attempt.
#[test]
fn what_must_go_on_working_is_judged_by_its_last_answers() {
    let mut table = String::new();
    for (name, answers) in HISTORIES {
        let run = history(answers, "rest", Script::pair()).run();
        for expects in [Expectation::Unharmed, Expectation::Works] {
            let (finding, ruled) = finding(&run, "s", expects, None);
            let open = if ruled { "" } else { "?" };
            table.push_str(&format!("{name:<28} {expects:?}: {}{open}\n", finding.code()));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_worst_channel_decides_on_death_and_the_best_on_life() {
    let script = Script::default()
        .enlist_on("b", Role::Bystander, &[], &["api", "chat"])
        .enlist_on("s", Role::Suspect, &["b"], &["api", "chat"]);
    let mut script = script;
    for (second, api, chat) in [
        (1, 'a', 'a'),
        (6, 'a', 'a'),
        (11, 'd', 'a'),
        (16, 'd', 'a'),
        (21, 'd', 'a'),
        (66, 'd', 'a'),
    ] {
        if second == 11 {
            script = script.terminated(10);
        }
        script = script.probe_on("s", "api", second, api).probe_on("b", "api", second + 1, 'a');
        script = script.probe_on("s", "chat", second, chat).probe_on("b", "chat", second + 1, 'a');
    }
    let run = script.run();
    assert_eq!(finding(&run, "s", Expectation::Dead, Some(30)), (Finding::Survivor, true));
    assert_eq!(finding(&run, "s", Expectation::StillWorks, None), (Finding::Holds, true));
    let view = &run.scenarios[&1];
    let dead = claim(1, Expectation::Dead, Some(30));
    let why = judge(&dead, &dead.subjects[0], view).into_ruling().why;
    assert!(why.starts_with("chat: it works"), "{why}");
    // While one channel is open, a worse ruling is awaited, not the better one taken.
    let open = claim(1, Expectation::Dead, Some(900));
    assert!(matches!(judge(&open, &open.subjects[0], view), Judgement::Open(_)));
}

#[test]
fn a_failed_control_voids_whatever_was_seen() {
    let failed = || ControlResult::Failed { why: "let in".into() };
    let held = || ControlResult::Held;
    for (first, second, voided) in [
        (failed(), held(), true),
        (held(), failed(), true),
        (held(), held(), false),
        (ControlResult::Open { why: "x".into() }, held(), false),
        (ControlResult::Skipped { why: "x".into() }, held(), false),
    ] {
        let script = Script::pair().control(Control::Bogus, first).control(Control::Bogus, second);
        let run = history("aadddddddddddddddddddddd", "rest", script).run();
        for (_, expects, deadline) in DEMANDS {
            let of_life = matches!(expects, Expectation::Returns);
            if of_life {
                continue;
            }
            let is_void = finding(&run, "s", expects, deadline).0 == Finding::ControlFailed;
            assert_eq!(is_void, voided, "{expects:?}");
        }
        let unharmed = finding(&run, "b", Expectation::Unharmed, None).0;
        assert_eq!(unharmed == Finding::ControlFailed, voided);
    }
}

#[test]
fn an_accepted_risk_is_accepted_to_its_last_day_and_only_for_what_works() {
    let accept = |until: &str| {
        let mut facts = crate::journal::script::facts("s", Role::Suspect);
        facts.bystanders = vec!["b".into()];
        facts.accepted = Some(crate::journal::event::Accepted {
            until: until.parse().unwrap(),
            reason: "annex 3".into(),
            approver: "ciso".into(),
        });
        let started = crate::journal::event::ScenarioStarted {
            feature: String::new(),
            name: String::new(),
            file: String::new(),
            line: 1,
            tags: Vec::new(),
            steps: Vec::new(),
            began: "2026-11-23T23:59:59Z".parse().unwrap(),
        };
        Script::default()
            .event(0, crate::journal::Event::ScenarioStarted(started))
            .enlist("b", Role::Bystander, &[])
            .event(0, crate::journal::Event::Enlisted(Box::new(facts)))
    };
    let ruled = |until: &str, answers: &str| {
        let run = history(answers, "rest", accept(until)).run();
        finding(&run, "s", Expectation::Dead, Some(30)).0
    };
    assert_eq!(ruled("2026-11-23", "aaaaaaaaaa"), Finding::AcceptedRisk);
    assert_eq!(ruled("2026-11-22", "aaaaaaaaaa"), Finding::Survivor);
    assert_eq!(ruled("2026-11-23", "aadddddddadd"), Finding::AcceptedRisk);
    assert_eq!(ruled("2026-11-23", "aad???????"), Finding::NotConfirmed);
    assert_eq!(ruled("2026-11-23", "aaddddddd"), Finding::Holds);
}

#[test]
fn what_never_took_part_is_unproven() {
    let run = Script::pair().terminated(10).run();
    assert_eq!(finding(&run, "nobody", Expectation::Dead, None), (Finding::Unproven, true));
    assert_eq!(finding(&run, "s", Expectation::NothingUnrecorded, None).0, Finding::NotListed);
}

/// Without somebody else who is let in at its end, a watch shows nothing.
#[test]
fn at_the_end_of_a_watch_somebody_else_must_be_let_in() {
    let watched = |others: &[(u64, char)]| {
        let mut script = history("aadddddddddddddddddddd", "rest", Script::pair());
        for (second, what) in others {
            script = script.probe("b", *second, *what);
        }
        finding(&script.run(), "s", Expectation::NoReturn, Some(106))
    };
    assert_eq!(watched(&[(107, 'a')]), (Finding::Holds, true));
    assert_eq!(watched(&[(108, '?')]).0, Finding::Holds);
    let until_109 = |others: &[(u64, char)]| {
        let mut script = history("aadddddddddddddddddddd", "rest", Script::pair());
        for (second, what) in others {
            script = script.probe("b", *second, *what);
        }
        finding(&script.probe("s", 109, 'd').run(), "s", Expectation::NoReturn, Some(109))
    };
    assert_eq!(until_109(&[]), (Finding::NotConfirmed, false));
    assert_eq!(until_109(&[(109, 'a')]), (Finding::Holds, true));
    assert_eq!(until_109(&[(108, 'a')]), (Finding::NotConfirmed, false));
    assert_eq!(until_109(&[(109, '?')]), (Finding::NotConfirmed, false));
    // One whose own time was up is not missed.
    assert_eq!(until_109(&[(108, 'x')]), (Finding::Holds, true));
    assert_eq!(until_109(&[(108, 'd')]), (Finding::NotConfirmed, false));
}

#[test]
fn what_works_at_the_very_end_of_a_watch_has_survived_it() {
    let run = scenario(true, &[("b", 1, 'a'), ("s", 2, 'a'), ("s", 100, 'a')]);
    assert_eq!(finding(&run, "s", Expectation::NoReturn, Some(100)), (Finding::Survivor, true));
    assert_eq!(
        finding(&run, "s", Expectation::NoReturn, Some(101)),
        (Finding::NotConfirmed, false)
    );
}

#[test]
fn a_bystander_refused_at_the_very_moment_of_the_termination_is_harmed() {
    let probes = [("b", 1, 'a'), ("b", 10, 'd'), ("b", 11, 'd'), ("b", 12, 'd')];
    let run = scenario(true, &probes);
    assert_eq!(finding(&run, "b", Expectation::Unharmed, None).0, Finding::BystanderHarmed);
}

#[test]
fn a_return_counts_if_it_works_since_it_was_asked_after() {
    let dead = [
        ("b", 1, 'a'),
        ("s", 2, 'a'),
        ("s", 11, 'd'),
        ("s", 16, 'd'),
        ("s", 21, 'd'),
        ("b", 22, 'a'),
    ];
    let returns = |more: &[(&str, u64, char)]| {
        let run = scenario(true, &[&dead[..], more].concat());
        finding(&run, "s", Expectation::Returns, None)
    };
    // The claim is made at 60 s.
    assert_eq!(returns(&[("s", 50, 'a')]), (Finding::NotConfirmed, false));
    assert_eq!(returns(&[("s", 50, 'a'), ("s", 65, 'a')]), (Finding::Holds, true));
    assert_eq!(returns(&[("s", 60, 'a')]), (Finding::Holds, true));
    assert_eq!(returns(&[("s", 60, 'd')]), (Finding::NotConfirmed, false));
    assert_eq!(returns(&[("s", 61, 'd')]), (Finding::RehearsalDiffers, false));
}

/// A probe, an action and a demand share a moment of the simulated clock.
#[test]
fn a_probe_before_an_action_shows_nothing_of_what_it_spares() {
    let before = || {
        let result = ActionResult::Accepted { answer: "200".into() };
        Script::pair()
            .probes(&[("b", 60, 'a'), ("s", 60, 'a')])
            .terminated(60)
            .event(60, Event::ActionEnded { action: 1, result })
    };
    for (who, expects) in [("s", Expectation::StillWorks), ("b", Expectation::Unharmed)] {
        let found = finding(&before().run(), who, expects, None);
        assert_eq!(found, (Finding::NotConfirmed, false), "{expects:?}");
        let found = finding(&before().probe(who, 60, 'a').run(), who, expects, None);
        assert_eq!(found, (Finding::Holds, true), "{expects:?}");
    }
}

/// A probe that was on its way when the action ended met the platform before it.
#[test]
fn a_probe_sent_before_the_action_and_answered_after_it_shows_nothing_either() {
    let result = ActionResult::Accepted { answer: "200".into() };
    let script = Script::pair()
        .probes(&[("b", 1, 'a'), ("s", 2, 'a')])
        .terminated(60)
        .event(70, Event::ActionEnded { action: 1, result })
        .probe("s", 65, 'a');
    let found = finding(&script.run(), "s", Expectation::StillWorks, None);
    assert_eq!(found, (Finding::NotConfirmed, false));
}

/// The same scenario, and one in which only the supplier can end the suspect.
fn of_both(probes: &[(&str, u64, char)]) -> [RunView; 2] {
    let ours = scenario(true, probes);
    let mut theirs = scenario(true, probes);
    for subject in &mut theirs.scenarios.get_mut(&1).unwrap().subjects {
        subject.facts.authority = "supplier".to_owned();
    }
    [ours, theirs]
}

#[test]
fn what_only_the_supplier_can_end_has_ended_once_it_reaches_nothing_of_ours() {
    let probes = [
        ("b", 1, 'a'),
        ("s", 2, 'a'),
        ("s", 12, 'c'),
        ("b", 13, 'a'),
        ("s", 20, 'c'),
        ("s", 30, 'c'),
        ("b", 70, 'a'),
        ("s", 70, 'c'),
    ];
    let [ours, theirs] = of_both(&probes);
    assert_eq!(finding(&ours, "s", Expectation::Dead, Some(30)), (Finding::Survivor, true));
    assert_eq!(finding(&theirs, "s", Expectation::Dead, Some(30)), (Finding::Holds, true));
    assert_eq!(finding(&theirs, "s", Expectation::NoReturn, Some(69)), (Finding::Holds, true));
    assert_eq!(finding(&theirs, "s", Expectation::NoReturn, Some(90)).0, Finding::NotConfirmed);
    // One that does not even reach us late enough is a survivor all the same.
    assert_eq!(finding(&theirs, "s", Expectation::Dead, Some(11)).0, Finding::NotConfirmed);
}

#[test]
fn out_of_reach_is_nothing_while_nobody_else_is_seen_to_reach_it() {
    let alone = [("b", 1, 'a'), ("s", 2, 'a'), ("s", 12, 'c'), ("s", 20, 'c'), ("s", 30, 'c')];
    let everybody = [&alone[..], &[("b", 31, 'c'), ("s", 70, 'c')]].concat();
    for probes in [&alone[..], &everybody] {
        let [_, theirs] = of_both(probes);
        assert_eq!(finding(&theirs, "s", Expectation::Dead, Some(30)).0, Finding::NotConfirmed);
    }
    let gone_by_the_end = [&alone[..], &[("b", 31, 'a'), ("b", 69, 'c'), ("s", 70, 'c')]].concat();
    let [_, theirs] = of_both(&gone_by_the_end);
    assert_eq!(finding(&theirs, "s", Expectation::Dead, Some(30)).0, Finding::Holds);
    assert_eq!(finding(&theirs, "s", Expectation::NoReturn, Some(60)).0, Finding::NotConfirmed);
}

#[test]
fn what_reaches_us_again_or_still_is_found_whoever_may_end_it() {
    let freed = [
        ("b", 1, 'a'),
        ("s", 2, 'a'),
        ("s", 12, 'c'),
        ("b", 13, 'a'),
        ("s", 20, 'c'),
        ("s", 30, 'c'),
        ("s", 40, 'a'),
        ("b", 70, 'a'),
    ];
    let [_, theirs] = of_both(&freed);
    for expects in [Expectation::Dead, Expectation::NoReturn] {
        assert_eq!(finding(&theirs, "s", expects, Some(30)).0, Finding::Revenant, "{expects:?}");
    }
    let reaches = [("b", 1, 'a'), ("s", 2, 'a'), ("s", 40, 'a'), ("b", 70, 'a'), ("s", 71, 'a')];
    let [_, theirs] = of_both(&reaches);
    for expects in [Expectation::Dead, Expectation::NoReturn] {
        assert_eq!(finding(&theirs, "s", expects, Some(30)).0, Finding::Survivor, "{expects:?}");
    }
}
