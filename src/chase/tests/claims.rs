//! Claims put to the chase: asked in time, and given up in time.

use super::*;
use crate::claim::{Claim, Expectation, Subject};

const PATIENCE: Duration = Duration::from_secs(1_800);

/// Puts a claim about `who` to the chase; gives the second at which it was settled.
async fn settled(stand: &mut Stand, expects: Expectation, who: &str, deadline: Option<u64>) -> u64 {
    let deadline = deadline.map(|at| Moment::after_start(Duration::from_secs(at)));
    let claim = Claim {
        id: 1,
        text: String::new(),
        expects,
        subjects: vec![Subject { credential: who.into(), deadline }],
        none_declared: false,
        made: stand.chase.clock.now(),
    };
    stand.ledger.record(Event::Claimed(claim.clone()));
    stand.chase.settle_claim(&claim, PATIENCE).await;
    stand.chase.clock.now().since_start().as_secs()
}

/// A stand whose suspect was proven to work before the termination, and dies at `death`.
async fn dying_at(death: u64) -> Stand {
    let mut stand = stand("", move |who, at| if who == "s" && at >= death { 'd' } else { 'a' });
    drive_until(&mut stand, 1).await;
    stand
}

#[tokio::test]
async fn a_survivor_is_ruled_at_its_deadline_and_not_later() {
    for expects in [Expectation::Dead, Expectation::Contained] {
        let mut stand = dying_at(u64::MAX).await;
        assert_eq!(settled(&mut stand, expects, "s", Some(5_001)).await, 5_001, "{expects:?}");
        assert!(asked(&stand, "s").contains(&5_001));
    }
}

#[tokio::test]
async fn a_death_is_ruled_as_soon_as_it_is_confirmed() {
    let mut stand = dying_at(100).await;
    let at = settled(&mut stand, Expectation::Dead, "s", Some(50_000)).await;
    assert!((110..140).contains(&at), "{at}");
}

#[tokio::test]
async fn at_the_end_of_a_watch_suspect_and_bystander_are_asked_to_the_moment() {
    let mut stand = dying_at(10).await;
    let end = settled(&mut stand, Expectation::NoReturn, "s", Some(40_000)).await;
    assert_eq!(end, 40_000);
    assert!(asked(&stand, "s").contains(&40_000) && asked(&stand, "b").contains(&40_000));
    // What is dead is not asked about for its bystander's sake alone.
    let mut stand = dying_at(10).await;
    settled(&mut stand, Expectation::Dead, "s", Some(40_000)).await;
    drive_until(&mut stand, 40_001).await;
    assert!(!asked(&stand, "b").contains(&40_000));
}

#[tokio::test]
async fn a_demand_about_the_present_is_asked_at_once() {
    let mut stand = dying_at(u64::MAX).await;
    drive_until(&mut stand, 30_000).await;
    let at = settled(&mut stand, Expectation::Unharmed, "b", None).await;
    assert!((30_000..=30_005).contains(&at), "{at}");
}

#[tokio::test]
async fn a_claim_that_nothing_answers_is_given_up_after_its_patience() {
    let mut stand = stand("", |who, at| match (who, at) {
        ("s", 1..) => 'r',
        _ => 'a',
    });
    drive_until(&mut stand, 1).await;
    let at = settled(&mut stand, Expectation::Dead, "s", Some(600)).await;
    assert_eq!(at, 600 + PATIENCE.as_secs());
}

#[tokio::test]
async fn what_is_answered_already_asks_nothing() {
    let mut stand = stand("", |_, _| 'a');
    stand.chase.drive(|_, _| Progress::Answered, None).await;
    assert!(asked(&stand, "s").is_empty());
}

#[tokio::test]
async fn a_deadline_costs_no_question_before_its_time() {
    let mut stand = dying_at(u64::MAX).await;
    drive_until(&mut stand, 10_000).await;
    let last = *asked(&stand, "s").last().unwrap();
    stand.chase.probe_at(&["s".into()], Moment::after_start(Duration::from_secs(10_100)));
    drive_until(&mut stand, 10_101).await;
    let later: Vec<u64> = asked(&stand, "s").into_iter().filter(|at| *at > last).collect();
    assert_eq!(later, [10_100], "last asked at {last}");
}
