use super::*;
use crate::verdict::{Death, RuleName};

fn at(secs: u64) -> Moment {
    Moment::after_start(Duration::from_secs(secs))
}

fn alive() -> Verdict {
    Verdict::alive(AliveReason::Identified, RuleName::new("r"))
}

fn dead() -> Verdict {
    Verdict::Dead(Death::by_rule(DeadReason::Refused, RuleName::new("r")))
}

fn doubt() -> Verdict {
    Verdict::doubt(DoubtReason::RateLimited, "429")
}

/// `a`live, `d`ead, `?` inconclusive, `b`ystander alive, `x` bystander refused; 5 s apart.
fn track(history: &str) -> Track {
    let mut track = Track::default();
    let rules = Confirmation::default();
    for (index, step) in history.chars().enumerate() {
        let (sent, received) = (at(index as u64 * 5), at(index as u64 * 5 + 1));
        match step {
            'a' => track.observe(sent, received, &alive(), rules),
            'd' => track.observe(sent, received, &dead(), rules),
            '?' => track.observe(sent, received, &doubt(), rules),
            'b' => track.bystander_let_in(sent, received, rules),
            'x' => track.bystander_refused(received),
            other => panic!("{other}"),
        }
    }
    track
}

#[test]
fn death_needs_k_refusals_and_a_living_bystander() {
    assert!(matches!(track("add").standing(), Standing::Refused { .. }));
    assert!(matches!(track("addd").standing(), Standing::Refused { .. }));
    assert!(matches!(track("baddd").standing(), Standing::Refused { .. }));
    let Standing::Dead { exposure, .. } = track("adbdd").standing() else { panic!() };
    assert_eq!(exposure, Exposure { last_alive: Some(at(0)), first_dead: at(6) });
    assert!(matches!(track("adddb").standing(), Standing::Dead { .. }));
}

#[test]
fn an_inconclusive_answer_never_counts_and_breaks_the_run() {
    assert!(matches!(track("adb?d?d").standing(), Standing::Refused { .. }));
    let Standing::Dead { exposure, .. } = track("adb?ddbd").standing() else { panic!() };
    assert_eq!(exposure.first_dead, at(21));
    assert!(matches!(track("adb??").standing(), Standing::Doubtful { .. }));
    assert!(matches!(track("addbd??").standing(), Standing::Dead { .. }));
}

#[test]
fn when_everybody_is_refused_nobody_is_dead() {
    assert_eq!(track("addx").standing(), Standing::Doubtful { reason: DoubtReason::PlatformWide });
    assert!(matches!(track("addxddb").standing(), Standing::Refused { .. }));
}

#[test]
fn what_comes_back_never_counts_as_dead_again() {
    assert_eq!(track("adbdda").standing(), Standing::CameBack { at: at(25) });
    assert!(matches!(track("adbddadbdd").standing(), Standing::CameBack { .. }));
}

#[test]
fn out_of_reach_is_dated_confirmed_and_controlled() {
    let rules = Confirmation::default();
    let contained = || Verdict::alive(AliveReason::Contained, RuleName::new("r"));
    let mut track = Track::default();
    let mut second = 0;
    let mut ask = |track: &mut Track, verdict: Verdict| {
        second += 5;
        track.observe(at(second), at(second), &verdict, rules);
        at(second)
    };
    let reached = ask(&mut track, alive());
    let first = ask(&mut track, contained());
    assert!(track.needs_bystander());
    track.bystander_reached(reached);
    assert!(track.needs_bystander(), "that was before");
    track.bystander_reached(first);
    assert!(!track.needs_bystander());
    assert_eq!(track.probes(), 2);
    ask(&mut track, dead());
    assert!(track.needs_bystander(), "a refusal is controlled on its own");
    assert_eq!(track.out_of_reach_since(rules), None, "not often enough");
    ask(&mut track, contained());
    assert_eq!(track.out_of_reach_since(rules), Some(first));
    assert_eq!(track.reached_again(), None);
    assert_eq!(track.last_reaching(), Some(reached));
    let again = ask(&mut track, doubt());
    assert_eq!(track.out_of_reach_since(rules), None, "a doubt breaks the run");
    ask(&mut track, Verdict::alive(AliveReason::NotPermitted, RuleName::new("r")));
    assert!(track.last_reaching() > Some(again));
    assert_eq!(track.reached_again(), None, "it was in doubt before");
    let mut first = None;
    for _ in 0..3 {
        first = first.or(Some(ask(&mut track, contained())));
        track.bystander_reached(at(1_000));
    }
    let back = ask(&mut track, alive());
    assert_eq!(track.reached_again(), Some(back));
    ask(&mut track, alive());
    assert_eq!(track.reached_again(), Some(back));
    track.termination_began();
    assert_eq!(track.reached_again(), None);
}

#[test]
fn what_came_back_before_the_termination_is_no_revenant() {
    let mut slow = track("dbdda");
    slow.termination_began();
    assert!(matches!(slow.standing(), Standing::Alive { .. }));
    let rules = Confirmation::default();
    for second in [50, 55, 60, 65, 70, 75] {
        slow.observe(at(second), at(second), &dead(), rules);
        slow.bystander_let_in(at(second), at(second), rules);
    }
    assert!(matches!(slow.standing(), Standing::Dead { .. }));
    slow.observe(at(80), at(80), &alive(), rules);
    assert_eq!(slow.standing(), Standing::CameBack { at: at(80) });
}

#[test]
fn a_flapping_credential_is_dated_by_its_final_run() {
    let Standing::Dead { exposure, .. } = track("adadbddddd").standing() else { panic!() };
    assert_eq!(exposure, Exposure { last_alive: Some(at(10)), first_dead: at(16) });
}

#[test]
fn each_return_to_life_doubles_the_refusals_that_confirm() {
    assert!(matches!(track("adadbdddd").standing(), Standing::Refused { .. }));
    assert!(matches!(track("adadbddddd").standing(), Standing::Dead { .. }));
    let flapping = track("adadadadadad");
    assert_eq!(flapping.refusals_demanded(Confirmation::default()), 24);
    // Where everybody was refused, the refusal was the platform's.
    assert!(matches!(track("adxabdddb").standing(), Standing::Dead { .. }));
}
