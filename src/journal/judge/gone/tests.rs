use super::super::judge;
use super::*;
use crate::journal::RunView;
use crate::journal::event::{Event, Looked, Role};
use crate::journal::script::{Script, at, claim};
use crate::track::Shows;

/// A suspect that is not used from here, of which these are accepted.
fn script(accepts: &[Means]) -> Script {
    let not_held = NotHeld {
        credential: "s".into(),
        held_by: "supplier".to_owned(),
        accepts: accepts.to_vec(),
    };
    Script::default().enlist_on("s", Role::Suspect, &[], &[]).event(0, Event::NotHeld(not_held))
}

fn look(script: Script, means: Means, second: u64, what: char) -> Script {
    let vantage = if what.is_ascii_uppercase() { "there" } else { "here" };
    let shows = match what.to_ascii_lowercase() {
        't' => Shows::There,
        'g' => Shows::Gone,
        _ => Shows::Nothing,
    };
    let looked = Looked {
        credential: "s".into(),
        means,
        sent: at(second),
        received: at(second),
        vantage: vantage.to_owned(),
        shows,
        why: "503".to_owned(),
        by: None,
        nonce: None,
        print: None,
    };
    script.event(second, Event::Looked(Box::new(looked)))
}

/// Looks by one means, the termination being at 10 s.
fn story(means: Means, accepts: &[Means], looks: &[(u64, char)]) -> RunView {
    let mut script = script(accepts);
    let mut began = false;
    for (second, what) in looks {
        if *second > 10 && !began {
            script = script.terminated(10);
            began = true;
        }
        script = look(script, means, *second, *what);
    }
    if !began {
        script = script.terminated(10);
    }
    script.run()
}

fn ruled_on(run: &RunView, expects: Expectation, deadline: Option<u64>) -> Judgement {
    let claim = claim(1, expects, deadline);
    judge(&claim, &claim.subjects[0], &run.scenarios[&1])
}

fn finding(run: &RunView, expects: Expectation, deadline: Option<u64>) -> Finding {
    ruled_on(run, expects, deadline).into_ruling().finding
}

const LISTING: &[Means] = &[Means::Listing];

#[test]
fn gone_twice_in_a_row_after_having_been_listed_is_gone_and_the_proof_is_named() {
    let run = story(Means::Listing, LISTING, &[(1, 't'), (20, 'g'), (30, 'g')]);
    let ruling = ruled_on(&run, Expectation::Dead, Some(60)).into_ruling();
    assert_eq!(ruling.finding, Finding::Holds);
    assert_eq!(ruling.why, "gone by listing 10s after the termination began");
    let view = &run.scenarios[&1];
    assert_eq!(gone_by(view.subject(&"s".into()).unwrap(), view), Some(Means::Listing));
    assert_eq!(finding(&run, Expectation::DeadByUse, Some(60)), Finding::WeakProof);
    assert_eq!(finding(&run, Expectation::NoReturn, Some(30)), Finding::Holds);
    assert_eq!(finding(&run, Expectation::NoReturn, Some(31)), Finding::NotConfirmed);
}

#[test]
fn nothing_that_is_no_proof_is_one() {
    for (looks, what) in [
        (&[(1, 't'), (20, 'g')][..], "lacking once"),
        (&[(1, 't'), (20, 'g'), (25, '?'), (30, 'g')], "a listing that failed in between"),
        (&[(1, 't'), (20, '?'), (30, '?')], "no listing"),
        (&[(1, '?'), (20, 'g'), (30, 'g')], "never seen to be there"),
        (&[(20, 'g'), (30, 'g')], "never looked at before"),
        (&[(1, 't'), (4, 'g'), (9, 'g'), (20, 'g')], "gone before anybody ended it"),
        (&[(1, 't')], "not looked at since"),
        (&[(1, 't'), (20, 't')], "still listed"),
        (&[(1, 't'), (20, 'g'), (30, 'g'), (40, 't')], "listed again"),
    ] {
        let run = story(Means::Listing, LISTING, looks);
        for expects in [Expectation::Dead, Expectation::Contained, Expectation::NoReturn] {
            assert_ne!(finding(&run, expects, Some(60)), Finding::Holds, "{what}: {expects:?}");
        }
    }
}

#[test]
fn gone_after_its_deadline_is_not_in_time() {
    let run = story(Means::Listing, LISTING, &[(1, 't'), (70, 'g'), (80, 'g')]);
    assert_eq!(finding(&run, Expectation::Dead, Some(60)), Finding::NotConfirmed);
    let run = story(Means::Listing, LISTING, &[(1, 't'), (65, 't'), (70, 'g'), (80, 'g')]);
    assert_eq!(finding(&run, Expectation::Dead, Some(60)), Finding::Survivor);
}

#[test]
fn what_the_inventory_does_not_accept_proves_nothing() {
    let looks = [(1, 't'), (20, 'g'), (30, 'g')];
    for means in [Means::Listing, Means::Witness, Means::Attestation] {
        let others = [Means::Introspection];
        let run = story(means, &others, &looks);
        assert_eq!(finding(&run, Expectation::Dead, Some(60)), Finding::Unproven);
        let run = story(means, &[means], &looks);
        assert_eq!(finding(&run, Expectation::Dead, Some(60)), Finding::Holds);
    }
}

#[test]
fn still_there_at_the_deadline_is_a_survivor_whatever_weaker_proof_says() {
    let run = story(Means::Listing, LISTING, &[(1, 't'), (61, 't')]);
    assert_eq!(finding(&run, Expectation::Dead, Some(60)), Finding::Survivor);
    let both = [Means::Listing, Means::Witness];
    for (second, expected) in [(61, Finding::Survivor), (50, Finding::NotConfirmed)] {
        let mut script = script(&both);
        script = look(script, Means::Listing, 1, 't');
        script = look(script, Means::Witness, 2, 't').terminated(10);
        script = look(script, Means::Witness, 20, 'g');
        let run = look(script, Means::Listing, second, 't').run();
        assert_eq!(finding(&run, Expectation::Dead, Some(60)), expected, "listed at {second}");
    }
}

#[test]
fn the_strongest_proof_counts() {
    let both = [Means::Witness, Means::Listing];
    let mut script = script(&both);
    for (means, second, what) in [(Means::Listing, 1, 't'), (Means::Witness, 2, 't')] {
        script = look(script, means, second, what);
    }
    script = script.terminated(10);
    for (means, second) in [(Means::Witness, 15), (Means::Listing, 20), (Means::Listing, 30)] {
        script = look(script, means, second, 'g');
    }
    let run = script.run();
    let view = &run.scenarios[&1];
    assert_eq!(gone_by(view.subject(&"s".into()).unwrap(), view), Some(Means::Listing));
}

#[test]
fn a_witness_or_a_person_elsewhere_than_where_it_was_let_in_proves_nothing() {
    for means in [Means::Witness, Means::Attestation] {
        let run = story(means, &[means], &[(1, 't'), (20, 'G')]);
        let ruling = ruled_on(&run, Expectation::Dead, Some(60)).into_ruling();
        assert_eq!(ruling.finding, Finding::NotConfirmed);
        assert!(ruling.why.contains("let in from here only"), "{}", ruling.why);
    }
}

#[test]
fn the_positive_control_is_that_it_was_there() {
    let run = story(Means::Listing, LISTING, &[(1, 't')]);
    assert_eq!(finding(&run, Expectation::Proven, None), Finding::Holds);
    let run = story(Means::Listing, LISTING, &[(1, '?')]);
    assert_eq!(finding(&run, Expectation::Proven, None), Finding::Unproven);
}

#[test]
fn nothing_else_can_be_demanded_of_it() {
    let run = story(Means::Listing, LISTING, &[(1, 't'), (20, 't')]);
    for expects in [Expectation::StillWorks, Expectation::Unharmed, Expectation::Works] {
        assert_eq!(finding(&run, expects, None), Finding::Unproven, "{expects:?}");
    }
}
