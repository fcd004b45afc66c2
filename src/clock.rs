//! Time as the drill sees it: a monotonic [`Moment`] since the scenario began, on a real or a simulated
//! clock.
//!
//! The simulated clock jumps to the next moment somebody waits for, once everybody waits, so that a
//! 24-hour watch takes milliseconds and gives the same bytes every time.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::sync::Notify;

/// Time since the scenario began, on the monotonic clock. Written as whole microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Duration);

impl Moment {
    /// The beginning.
    pub const START: Self = Self(Duration::ZERO);

    /// So long after the beginning.
    pub fn after_start(elapsed: Duration) -> Self {
        Self(Duration::from_micros(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long after the beginning.
    pub fn since_start(self) -> Duration {
        self.0
    }

    /// How long after `earlier`; zero if it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, length: Duration) -> Self {
        Self::after_start(self.0.saturating_add(length))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Duration::from_micros(u64::deserialize(deserializer)?)))
    }
}

/// A source of time that can be waited on.
#[async_trait]
pub trait Clock: Send + Sync + fmt::Debug {
    /// The moment it is.
    fn now(&self) -> Moment;

    /// The wall time at which the scenario began, in UTC.
    fn began(&self) -> Timestamp;

    /// Waits until `moment`. Dropping the future is safe.
    async fn wait_until(&self, moment: Moment);

    /// Whether time is simulated; then one request is in flight at a time.
    fn is_simulated(&self) -> bool;

    /// One more party takes part until the guard is dropped: simulated time stands still while any
    /// party is busy.
    fn take_part(self: Arc<Self>) -> Party;

    /// Something outside (a command, a person) is at work until the guard is dropped: simulated time
    /// follows real time.
    fn follow_real_time(self: Arc<Self>) -> Party;

    /// The wall time now, in UTC.
    fn wall(&self) -> Timestamp {
        let elapsed = jiff::SignedDuration::try_from(self.now().since_start()).unwrap_or_default();
        self.began().saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }
}

/// Undoes what taking part did, when dropped.
pub struct Party(Option<Box<dyn FnOnce() + Send>>);

impl Drop for Party {
    fn drop(&mut self) {
        if let Some(leave) = self.0.take() {
            leave();
        }
    }
}

/// How fast time runs: as fast as it does, or faster on mocks of another process whose time runs so too.
/// Written `60@2026-01-05T09:00:00Z`: 60 times as fast, since then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    scale: u32,
    since: Timestamp,
}

impl Default for Tempo {
    fn default() -> Self {
        Self { scale: 1, since: Timestamp::UNIX_EPOCH }
    }
}

impl Tempo {
    /// So many times as fast, since then.
    pub fn new(scale: u32, since: Timestamp) -> Self {
        Self { scale: scale.max(1), since }
    }

    /// How many times as fast as real time.
    pub fn scale(self) -> u32 {
        self.scale
    }

    /// What the clocks show that run so.
    pub fn now(self) -> Timestamp {
        let real = Timestamp::now();
        let ahead = real
            .duration_since(self.since)
            .saturating_mul(self.scale.saturating_sub(1).cast_signed());
        real.saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }
}

impl std::str::FromStr for Tempo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is no tempo, expected one such as 60@2026-01-05T09:00:00Z");
        let (scale, since) = text.split_once('@').ok_or_else(bad)?;
        let scale = scale.parse().ok().filter(|scale| *scale > 0).ok_or_else(bad)?;
        Ok(Self { scale, since: since.parse().map_err(|_| bad())? })
    }
}

impl fmt::Display for Tempo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.scale, self.since)
    }
}

/// Real time.
#[derive(Debug)]
pub struct WallClock {
    began: Timestamp,
    /// How long it had run when this process took it up.
    elapsed: Duration,
    origin: Instant,
    scale: u32,
}

impl WallClock {
    /// A clock that begins now.
    pub fn start(tempo: Tempo) -> Arc<Self> {
        Self::since(tempo.now(), tempo)
    }

    /// A clock that began then, perhaps days ago in another process: the wall clock says how long it has
    /// run, once, and the monotonic clock from there on.
    pub fn since(began: Timestamp, tempo: Tempo) -> Arc<Self> {
        let elapsed = Duration::try_from(tempo.now().duration_since(began)).unwrap_or_default();
        Arc::new(Self { began, elapsed, origin: Instant::now(), scale: tempo.scale })
    }
}

#[async_trait]
impl Clock for WallClock {
    fn now(&self) -> Moment {
        Moment::after_start(self.elapsed + self.origin.elapsed().saturating_mul(self.scale))
    }

    fn began(&self) -> Timestamp {
        self.began
    }

    async fn wait_until(&self, moment: Moment) {
        let left = moment.since_start().saturating_sub(self.elapsed);
        tokio::time::sleep_until((self.origin + left / self.scale).into()).await;
    }

    fn is_simulated(&self) -> bool {
        false
    }

    fn take_part(self: Arc<Self>) -> Party {
        Party(None)
    }

    fn follow_real_time(self: Arc<Self>) -> Party {
        Party(None)
    }
}

/// Time that passes only when everybody waits for it.
pub struct SimulatedClock {
    began: Timestamp,
    state: Mutex<Simulation>,
    changed: Notify,
}

#[derive(Default)]
struct Simulation {
    now: Moment,
    parties: usize,
    waiting: BTreeSet<(Moment, u64)>,
    tickets: u64,
    real: Option<Real>,
}

struct Real {
    since: Instant,
    from: Moment,
    guards: usize,
}

enum Step {
    Arrived,
    Sleep(Duration),
    Wait,
}

impl SimulatedClock {
    /// A clock that begins at a fixed wall time.
    pub fn start_at(began: Timestamp) -> Arc<Self> {
        Arc::new(Self { began, state: Mutex::default(), changed: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, Simulation> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, target: Moment, ticket: u64) -> Step {
        let mut state = self.state();
        if let Some(real) = &state.real {
            state.now = state.now.max(real.from + real.since.elapsed());
        }
        if state.now >= target {
            return Step::Arrived;
        }
        if state.real.is_some() {
            return Step::Sleep(target.since(state.now));
        }
        let everybody_waits = state.waiting.len() >= state.parties.max(1);
        if everybody_waits && state.waiting.first() == Some(&(target, ticket)) {
            state.now = target;
            return Step::Arrived;
        }
        Step::Wait
    }
}

impl fmt::Debug for SimulatedClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimulatedClock({:?})", self.now())
    }
}

/// Leaves the queue when the waiting future ends or is dropped.
struct Waiting<'c> {
    clock: &'c SimulatedClock,
    entry: (Moment, u64),
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.clock.state().waiting.remove(&self.entry);
        self.clock.changed.notify_waiters();
    }
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> Moment {
        let mut state = self.state();
        if let Some(real) = &state.real {
            state.now = state.now.max(real.from + real.since.elapsed());
        }
        state.now
    }

    fn began(&self) -> Timestamp {
        self.began
    }

    async fn wait_until(&self, moment: Moment) {
        let entry = {
            let mut state = self.state();
            state.tickets += 1;
            let entry = (moment, state.tickets);
            state.waiting.insert(entry);
            entry
        };
        let _waiting = Waiting { clock: self, entry };
        self.changed.notify_waiters();
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.step(moment, entry.1) {
                Step::Arrived => return,
                Step::Sleep(length) => tokio::select! {
                    () = tokio::time::sleep(length) => {}
                    () = changed => {}
                },
                Step::Wait => changed.await,
            }
        }
    }

    fn is_simulated(&self) -> bool {
        true
    }

    fn take_part(self: Arc<Self>) -> Party {
        self.state().parties += 1;
        Party(Some(Box::new(move || {
            self.state().parties -= 1;
            self.changed.notify_waiters();
        })))
    }

    fn follow_real_time(self: Arc<Self>) -> Party {
        {
            let mut state = self.state();
            let from = state.now;
            state.real.get_or_insert(Real { since: Instant::now(), from, guards: 0 }).guards += 1;
        }
        self.changed.notify_waiters();
        Party(Some(Box::new(move || {
            let mut state = self.state();
            if let Some(real) = &mut state.real {
                let reached = real.from + real.since.elapsed();
                real.guards -= 1;
                let done = real.guards == 0;
                state.now = state.now.max(reached);
                if done {
                    state.real = None;
                }
            }
            drop(state);
            self.changed.notify_waiters();
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(count: u64) -> Moment {
        Moment::after_start(Duration::from_secs(3600 * count))
    }

    #[tokio::test]
    async fn a_day_passes_at_once_when_everybody_waits() {
        let clock = SimulatedClock::start_at(Timestamp::UNIX_EPOCH);
        clock.wait_until(hours(24)).await;
        assert_eq!(clock.now(), hours(24));
        assert_eq!(clock.wall(), "1970-01-02T00:00:00Z".parse().unwrap());
    }

    #[tokio::test]
    async fn time_stands_still_while_a_party_is_busy() {
        let clock = SimulatedClock::start_at(Timestamp::UNIX_EPOCH);
        let (one, two) = (clock.clone().take_part(), clock.clone().take_part());
        let order = Mutex::new(Vec::new());
        let early = async {
            let _part = one;
            for hour in [1, 3] {
                clock.wait_until(hours(hour)).await;
                order.lock().unwrap().push(clock.now());
            }
        };
        let late = async {
            let _part = two;
            tokio::task::yield_now().await;
            for hour in [2, 4] {
                clock.wait_until(hours(hour)).await;
                order.lock().unwrap().push(clock.now());
            }
        };
        tokio::join!(early, late);
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 4].map(hours));
    }

    #[tokio::test]
    async fn it_follows_real_time_while_somebody_outside_works() {
        let clock = SimulatedClock::start_at(Timestamp::UNIX_EPOCH);
        let outside = clock.clone().follow_real_time();
        let target = Moment::after_start(Duration::from_millis(20));
        let begun = Instant::now();
        clock.wait_until(target).await;
        assert!(begun.elapsed() >= Duration::from_millis(19));
        drop(outside);
        clock.wait_until(hours(1)).await;
        assert_eq!(clock.now(), hours(1));
    }
}
