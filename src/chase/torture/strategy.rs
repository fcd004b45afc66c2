//! Random histories: mostly what platforms do, now and then what they should not.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::{option, prop_oneof};

use super::world::{Balance, History, Life, Millis, Phase, Settings, TERMINATED, Truth};

/// Long enough for a life with several turns, short enough for ten thousand of them.
const HORIZON: Millis = 2 * 3_600_000;

fn moment() -> impl Strategy<Value = Millis> {
    prop_oneof![
        // Within the first minutes, where everything is asked often; and over the whole time.
        4 => TERMINATED..TERMINATED + 600_000,
        3 => TERMINATED..TERMINATED + HORIZON,
        1 => 0..TERMINATED,
    ]
}

fn phase() -> impl Strategy<Value = Phase> {
    prop_oneof![
        4 => Just(Phase::Dead),
        1 => Just(Phase::Masked),
        1 => Just(Phase::Expired),
        4 => Just(Phase::Alive),
        1 => Just(Phase::Broken),
        1 => (1..600u16).prop_map(Phase::Limited),
    ]
}

fn life() -> impl Strategy<Value = Life> {
    let death = (TERMINATED..TERMINATED + HORIZON).prop_map(|at| Life(vec![(at, Phase::Dead)]));
    let soon = (TERMINATED..TERMINATED + 300_000).prop_map(|at| Life(vec![(at, Phase::Dead)]));
    let revived = (TERMINATED..TERMINATED + 300_000, 1..HORIZON)
        .prop_map(|(dead, later)| Life(vec![(dead, Phase::Masked), (dead + later, Phase::Alive)]));
    let any = vec((moment(), phase()), 0..7).prop_map(|mut turns| {
        turns.sort_by_key(|(at, _)| *at);
        turns.dedup_by_key(|(at, _)| *at);
        Life(turns)
    });
    prop_oneof![
        3 => death,
        3 => soon,
        2 => revived,
        1 => Just(Life(Vec::new())),
        1 => Just(Life(vec![(0, Phase::Dead)])),
        6 => any,
    ]
}

/// One replica, or up to three that mostly live alike but for some seconds.
fn truth() -> impl Strategy<Value = Truth> {
    let late = (life(), vec(0..400_000u64, 1..3)).prop_map(|(first, delays)| {
        let mut replicas = vec![first.clone()];
        for delay in delays {
            let turns = first.0.iter().map(|(at, phase)| (at + delay, *phase)).collect();
            replicas.push(Life(turns));
        }
        Truth { replicas }
    });
    prop_oneof![
        6 => life().prop_map(|life| Truth { replicas: vec![life] }),
        2 => late,
        1 => vec(life(), 2..4).prop_map(|replicas| Truth { replicas }),
    ]
}

fn bystander() -> impl Strategy<Value = Truth> {
    prop_oneof![
        8 => Just(Truth { replicas: vec![Life(Vec::new())] }),
        2 => life().prop_map(|life| Truth { replicas: vec![life] }),
    ]
}

fn bystanders() -> impl Strategy<Value = Vec<Truth>> {
    prop_oneof![
        12 => vec(bystander(), 1..3),
        1 => Just(Vec::new()),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    let demands = (
        prop_oneof![1_000..900_000u64, 1_000..HORIZON],
        option::weighted(0.6, 1_000..HORIZON),
        60_000..1_800_000u64,
    );
    let manners = (
        prop_oneof![3 => Just(5_000u64), 2 => 500..60_000u64],
        prop_oneof![4 => Just(6_000u32), 1 => 2..60u32],
        option::weighted(0.1, 1..20u32),
    );
    let proofs = option::weighted(0.5, 1..20_000u64);
    let pace = (1..6u32, prop_oneof![Just(5_000u64), 0..30_000u64], 0.01..0.4f64);
    (demands, manners, pace, proofs).prop_map(|(demands, manners, pace, proofs)| Settings {
        refusals: pace.0,
        spread: pace.1,
        resolution: pace.2,
        polite: manners.0,
        budget: manners.1,
        lockout: manners.2,
        deadline: demands.0,
        watch: demands.1,
        patience: demands.2,
        proven_again: proofs,
    })
}

pub(super) fn history() -> impl Strategy<Value = History> {
    let balance = prop_oneof![Just(Balance::InTurn), any::<u64>().prop_map(Balance::Any)];
    let latency = prop_oneof![3 => Just(0u64), 1 => 1..20_000u64];
    (truth(), bystanders(), balance, latency, 0..=100u64, settings()).prop_map(
        |(suspect, bystanders, balance, latency, decided_after, settings)| History {
            suspect,
            bystanders,
            balance,
            latency,
            decided_after,
            settings,
        },
    )
}
