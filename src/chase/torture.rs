//! The chase under random lives: a reference model of credentials that live, are masked, die, come back and
//! flap, replica by replica, and what the chase says of them.
//!
//! The model knows the truth; the chase sees only answers. Whatever is said must follow from the truth, and
//! in a world without disturbance it must be said exactly. Not for single answers: that is the classifier's.

mod checks;
mod play;
mod strategy;
mod world;

use std::collections::BTreeMap;

use proptest::strategy::Strategy as _;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::checks::check;
use self::play::play;
use self::strategy::history;

/// How many histories, and from which seed: `DOORNAIL_HISTORIES` and `DOORNAIL_SEED` ask for others.
fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[test]
fn whatever_the_chase_says_of_a_random_life_is_true() {
    let (count, seed) = (asked("DOORNAIL_HISTORIES", 10_000), asked("DOORNAIL_SEED", 1));
    let mut runner = runner(seed);
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let mut probes = 0;
    for number in 0..count {
        let mut tree = history().new_tree(&mut runner).unwrap();
        let played = play(&tree.current());
        let mut broken = check(&played).err();
        if broken.is_none() {
            probes += played.log.len();
            for word in checks::outcome(&played) {
                *outcomes.entry(word).or_default() += 1;
            }
            continue;
        }
        // The smallest history that breaks the same way is the one to read.
        let mut smallest = tree.current();
        for _ in 0..400 {
            let moved = if broken.is_some() { tree.simplify() } else { tree.complicate() };
            if !moved {
                break;
            }
            broken = check(&play(&tree.current())).err();
            if broken.is_some() {
                smallest = tree.current();
            }
        }
        let played = play(&smallest);
        let why = check(&played).err().unwrap_or_default();
        panic!("history {number} of seed {seed}: {why}\n{smallest:#?}\n{played}");
    }
    let told: Vec<String> =
        outcomes.iter().map(|(outcome, times)| format!("  {times:>6} {outcome}\n")).collect();
    // Shown by `cargo test torture -- --nocapture`.
    std::io::Write::write_all(
        &mut std::io::stdout(),
        format!(
            "torture: {count} histories, {probes} probes, 0 false dead, 0 false alive\n{}",
            told.concat()
        )
        .as_bytes(),
    )
    .unwrap();
    for demanded in ["holds", "survivor", "revenant", "not-confirmed", "died-before", "unproven"] {
        let seen = outcomes.keys().any(|outcome| outcome.contains(demanded));
        assert!(seen || count < 10_000, "no history ended as {demanded}");
    }
}

#[test]
fn the_same_history_is_told_the_same_way_twice() {
    let mut runner = runner(7);
    for _ in 0..50 {
        let history = history().new_tree(&mut runner).unwrap().current();
        assert_eq!(play(&history).to_string(), play(&history).to_string());
    }
}
