use super::*;
use crate::claim::Expectation;
use crate::journal::event::Hand;
use crate::journal::script::{Script, at, claim, facts, started};
use crate::track::Standing;

fn standing(script: &Script, who: &str) -> Standing {
    let run = script.clone().run();
    run.scenarios[&1].subject(&who.into()).unwrap().tracks.values().next().unwrap().standing()
}

#[test]
fn a_bystander_let_in_at_the_same_moment_controls_the_refusal() {
    let script = Script::pair().terminated(10);
    let script = script.probes(&[("b", 20, 'a'), ("s", 20, 'd'), ("s", 25, 'd'), ("s", 30, 'd')]);
    assert!(matches!(standing(&script, "s"), Standing::Dead { .. }));
    let script = Script::pair().terminated(10);
    let script = script.probes(&[("b", 19, 'a'), ("s", 20, 'd'), ("s", 25, 'd'), ("s", 30, 'd')]);
    assert!(matches!(standing(&script, "s"), Standing::Refused { .. }));
    // What it answered last is what counts.
    let script = Script::pair().terminated(10).probes(&[("b", 20, 'a'), ("b", 20, '?')]);
    let script = script.probes(&[("s", 20, 'd'), ("s", 25, 'd'), ("s", 30, 'd')]);
    assert!(matches!(standing(&script, "s"), Standing::Refused { .. }));
}

#[test]
fn the_platform_refuses_everybody_only_if_every_bystander_is_refused() {
    let two = || {
        Script::default()
            .enlist("b", Role::Bystander, &[])
            .enlist("c", Role::Bystander, &[])
            .enlist("s", Role::Suspect, &["b", "c"])
            .terminated(10)
            .probes(&[("s", 20, 'd'), ("s", 25, 'd'), ("s", 30, 'd')])
    };
    let one_lives = two().probes(&[("c", 31, 'a'), ("b", 32, 'd')]);
    assert!(matches!(standing(&one_lives, "s"), Standing::Dead { .. }));
    let one_is_silent = two().probes(&[("c", 31, '?'), ("b", 32, 'd')]);
    assert!(matches!(standing(&one_is_silent, "s"), Standing::Refused { .. }));
    let all_refused = two().probes(&[("c", 31, 'd'), ("b", 32, 'd')]);
    assert!(matches!(standing(&all_refused, "s"), Standing::Doubtful { .. }));
    // One that has retired says nothing about the others; nor do all, if all have.
    let one_retired = two().probes(&[("c", 31, 'x'), ("b", 32, 'd')]);
    assert!(matches!(standing(&one_retired, "s"), Standing::Doubtful { .. }));
    let all_retired = two().probes(&[("c", 31, 'x'), ("b", 32, 'x')]);
    assert!(matches!(standing(&all_retired, "s"), Standing::Refused { .. }));
    // Nobody else's bystander counts.
    let stranger = two().enlist("d", Role::Bystander, &[]).probes(&[("d", 31, 'd')]);
    assert!(matches!(standing(&stranger, "s"), Standing::Refused { .. }));
}

#[test]
fn the_rules_of_confirmation_are_those_of_the_run() {
    let mut view = RunView::default();
    let mut facts = started();
    facts.confirmation.refusals = 7;
    let event = Event::RunStarted(facts);
    view.apply(&Entry { v: 1, n: 0, scenario: None, at: Moment::START, event });
    assert_eq!(view.scenario_mut(1).confirmation().refusals, 7);
    assert_eq!(RunView::default().scenario_mut(1).confirmation(), Confirmation::default());
}

#[test]
fn before_the_first_demand_for_an_end_everything_is_asked_about() {
    let about = |expects| {
        let run = Script::pair().claimed(&claim(1, expects, Some(900))).run();
        let view = &run.scenarios[&1];
        let asks = |who: &str| view.asks_about(&facts(who, Role::Suspect));
        (asks("s"), asks("other"))
    };
    assert_eq!(about(Expectation::Proven), (true, true));
    for expects in [Expectation::Dead, Expectation::Contained, Expectation::NoReturn] {
        assert_eq!(about(expects), (true, false), "{expects:?}");
    }
}

#[test]
fn an_action_ends_the_one_that_was_intended() {
    let intended = |action: u32| {
        Event::ActionIntended(ActionIntended {
            action,
            platform: None,
            name: None,
            title: String::new(),
            object: String::new(),
            by: Hand::Api,
            kills: Vec::new(),
            preserve: None,
        })
    };
    let result = ActionResult::Accepted { answer: "200".into() };
    let ended = Event::ActionEnded { action: 2, result };
    let script = Script::pair().event(1, intended(1)).event(2, intended(2)).event(3, ended);
    let run = script.run();
    let ends: Vec<bool> =
        run.scenarios[&1].actions.iter().map(|action| action.ended.is_some()).collect();
    assert_eq!(ends, [false, true]);
}

#[test]
fn an_explanation_is_given_once() {
    let explained = |why: &str| Event::Explained {
        credential: "s".into(),
        why: why.into(),
        remedy: String::new(),
        source: String::new(),
    };
    let script = Script::pair().event(1, explained("a")).event(2, explained("b"));
    let run = script.event(3, explained("a")).run();
    let known = &run.scenarios[&1].subject(&"s".into()).unwrap().explanations;
    assert_eq!(known.iter().map(|known| known.why.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn a_death_that_did_not_last_is_remembered_with_its_interval() {
    let script = Script::pair().terminated(10).probes(&[("s", 11, 'a'), ("s", 20, 'd')]);
    let script = script.probes(&[("b", 21, 'a'), ("s", 25, 'd'), ("s", 30, 'd'), ("s", 40, 'a')]);
    let run = script.run();
    let past = &run.scenarios[&1].subject(&"s".into()).unwrap().past;
    let interval = Exposure { last_alive: Some(at(11)), first_dead: at(20) };
    assert_eq!(past.values().next().unwrap(), &[interval]);
    let flapped = Script::pair().terminated(10).probes(&[("s", 20, 'd'), ("s", 25, 'a')]).run();
    assert!(flapped.scenarios[&1].subject(&"s".into()).unwrap().past.is_empty());
}

/// Probes from places named by their first letter: `h`ere, `t`here.
fn from_places(probes: &[(char, &str, u64, char)]) -> crate::track::Standing {
    let mut script = Script::pair();
    let mut began = false;
    for (place, who, second, what) in probes {
        if *second > 10 && !began {
            script = script.terminated(10);
            began = true;
        }
        script = script.probe_from(&place.to_string(), who, "rest", *second, *what);
    }
    let run = script.run();
    run.scenarios[&1].subject(&"s".into()).unwrap().tracks.values().next().unwrap().standing()
}

const REFUSED_THERE: [(char, &str, u64, char); 5] = [
    ('t', "s", 20, 'd'),
    ('t', "b", 21, 'a'),
    ('t', "s", 25, 'd'),
    ('t', "s", 30, 'd'),
    ('t', "b", 31, 'a'),
];

#[test]
fn dead_where_it_was_never_let_in_proves_nothing() {
    use crate::track::Standing;
    use crate::verdict::DoubtReason;
    let before = [('h', "b", 1, 'a'), ('h', "s", 2, 'a')];
    let elsewhere = from_places(&[&before[..], &REFUSED_THERE].concat());
    assert_eq!(elsewhere, Standing::Doubtful { reason: DoubtReason::OtherVantage });
    let also_there = [('t', "b", 3, 'a'), ('t', "s", 4, 'a')];
    let there = from_places(&[&before[..], &also_there, &REFUSED_THERE].concat());
    assert!(matches!(there, Standing::Dead { .. }), "{there:?}");
}

#[test]
fn a_bystander_that_is_let_in_elsewhere_controls_nothing_here() {
    let story = [
        ('h', "b", 1, 'a'),
        ('h', "s", 2, 'a'),
        ('h', "s", 20, 'd'),
        ('t', "b", 21, 'a'),
        ('h', "s", 25, 'd'),
        ('h', "s", 30, 'd'),
        ('t', "b", 31, 'a'),
    ];
    let standing = from_places(&story);
    assert!(matches!(standing, crate::track::Standing::Refused { .. }), "{standing:?}");
}

#[test]
fn alive_from_anywhere_is_alive() {
    let story = [('h', "s", 2, 'a'), ('h', "s", 20, 'd'), ('t', "s", 25, 'a')];
    assert!(matches!(from_places(&story), crate::track::Standing::Alive { .. }));
}
