//! The truth: what every replica of a platform would answer about a credential at any time.

/// Milliseconds since the beginning.
pub(super) type Millis = u64;

/// What one replica answers while a phase lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Lets it in.
    Alive,
    /// Refuses it.
    Dead,
    /// Refuses it because its principal is disabled.
    Masked,
    /// Refuses it because its time is up.
    Expired,
    /// Breaks down.
    Broken,
    /// Asks to be left alone for so many seconds.
    Limited(u16),
}

impl Phase {
    pub(super) fn refuses(self) -> bool {
        match self {
            Self::Dead | Self::Masked | Self::Expired => true,
            Self::Alive | Self::Broken | Self::Limited(_) => false,
        }
    }

    pub(super) fn is_silent(self) -> bool {
        match self {
            Self::Broken | Self::Limited(_) => true,
            Self::Alive | Self::Dead | Self::Masked | Self::Expired => false,
        }
    }
}

/// One replica's mind: alive, until the first of these times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Life(pub(super) Vec<(Millis, Phase)>);

impl Life {
    pub(super) fn at(&self, when: Millis) -> Phase {
        let passed = self.0.iter().rfind(|(from, _)| *from <= when);
        passed.map_or(Phase::Alive, |(_, phase)| *phase)
    }

    /// Every phase with the time it begins and the time it ends.
    pub(super) fn phases(&self) -> impl Iterator<Item = (Millis, Millis, Phase)> {
        let starts = std::iter::once((0, Phase::Alive)).chain(self.0.iter().copied());
        let ends = self.0.iter().map(|(from, _)| *from).chain([Millis::MAX]);
        starts.zip(ends).map(|((from, phase), to)| (from, to, phase))
    }
}

/// Which replica a request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Balance {
    /// Each in turn.
    InTurn,
    /// Any, by this seed.
    Any(u64),
}

/// One credential as its platform keeps it.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    pub(super) replicas: Vec<Life>,
}

impl Truth {
    /// Whether any replica lets it in at some time in `[from, to]`.
    pub(super) fn is_let_in_between(&self, from: Millis, to: Millis) -> bool {
        self.replicas.iter().any(|life| {
            life.phases()
                .any(|(begins, ends, phase)| phase == Phase::Alive && begins <= to && ends > from)
        })
    }

    /// Whether any replica refuses it at some time in `[from, to]`.
    pub(super) fn is_refused_between(&self, from: Millis, to: Millis) -> bool {
        self.replicas.iter().any(|life| {
            life.phases()
                .any(|(begins, ends, phase)| phase.refuses() && begins <= to && ends > from)
        })
    }

    /// The times at which some replica stops letting it in.
    pub(super) fn deaths(&self) -> Vec<Millis> {
        let mut deaths = Vec::new();
        for life in &self.replicas {
            let phases: Vec<_> = life.phases().collect();
            for pair in phases.windows(2) {
                if pair[0].2 == Phase::Alive && pair[1].2 != Phase::Alive {
                    deaths.push(pair[1].0);
                }
            }
        }
        deaths
    }

    /// The one death of a simple life: alive, then refused for good by everybody at once.
    pub(super) fn only_death(&self) -> Option<Millis> {
        let [life] = &self.replicas[..] else { return None };
        match life.0[..] {
            [(at, phase)] if phase.refuses() => Some(at),
            _ => None,
        }
    }

    /// Alive throughout.
    pub(super) fn is_immortal(&self) -> bool {
        self.replicas.iter().all(|life| life.0.iter().all(|(_, phase)| *phase == Phase::Alive))
    }
}

/// A random life and the settings it is chased with.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub(super) suspect: Truth,
    pub(super) bystanders: Vec<Truth>,
    pub(super) balance: Balance,
    /// How long an answer takes, and after how many hundredths of that it is decided.
    pub(super) latency: Millis,
    pub(super) decided_after: u64,
    pub(super) settings: Settings,
}

/// How it is chased, and what is demanded. Times count from the termination.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) refusals: u32,
    pub(super) spread: Millis,
    pub(super) resolution: f64,
    pub(super) polite: Millis,
    /// Requests a minute.
    pub(super) budget: u32,
    /// Refusals allowed in ten minutes.
    pub(super) lockout: Option<u32>,
    pub(super) deadline: Millis,
    pub(super) watch: Option<Millis>,
    pub(super) patience: Millis,
    /// How long before the termination it is proven once more, if it is.
    pub(super) proven_again: Option<Millis>,
}

/// When the termination begins: everything is proven to work before.
pub(super) const TERMINATED: Millis = 60_000;
