//! What all probes of a platform share: its budget, and its wish to be left alone.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::passwords::WrongPasswords;
use crate::clock::{Clock, Moment};
use crate::id::PlatformId;
use crate::platform::schema::Budget;

/// The drill's clock, as the rate limiter reads it.
#[derive(Clone, Debug)]
struct DrillTime(Arc<dyn Clock>);

impl governor::clock::Clock for DrillTime {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.now().since_start().into()
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, DrillTime, NoOpMiddleware<Nanos>>;

/// Budgets and pauses by platform.
#[derive(Debug)]
pub struct Budgets {
    clock: Arc<dyn Clock>,
    /// How many wrong passwords each account got.
    pub passwords: Arc<WrongPasswords>,
    shares: Mutex<HashMap<PlatformId, Share>>,
}

#[derive(Debug)]
struct Share {
    limiter: Limiter,
    paused_until: Moment,
}

impl Budgets {
    /// No budget known yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::sharing(clock, Arc::default())
    }

    /// No budget known yet, but the wrong passwords that were sent before.
    pub fn sharing(clock: Arc<dyn Clock>, passwords: Arc<WrongPasswords>) -> Self {
        Self { clock, passwords, shares: Mutex::default() }
    }

    /// Asks leave for so many requests: `Ok` takes them from the budget, `Err` says when to ask again.
    ///
    /// # Errors
    /// The moment from which the platform may be asked again.
    pub fn ask(&self, platform: &PlatformId, budget: Budget, requests: u32) -> Result<(), Moment> {
        let now = self.clock.now();
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let share = shares.entry(platform.clone()).or_insert_with(|| Share {
            limiter: RateLimiter::direct_with_clock(quota(budget), DrillTime(self.clock.clone())),
            paused_until: Moment::START,
        });
        if share.paused_until > now {
            return Err(share.paused_until);
        }
        let count = NonZeroU32::new(requests).unwrap_or(NonZeroU32::MIN);
        match share.limiter.check_n(count) {
            // More than the whole budget at once is never to be had, so it takes what there is.
            Ok(Ok(())) | Err(_) => Ok(()),
            Ok(Err(not_until)) => {
                let at: Duration = not_until.earliest_possible().into();
                Err(Moment::after_start(at).max(now + Duration::from_millis(1)))
            }
        }
    }

    /// Waits for leave for one request outside the chase's own queue.
    pub async fn wait_for(&self, platform: &PlatformId, budget: Budget) {
        while let Err(again) = self.ask(platform, budget, 1) {
            self.clock.wait_until(again).await;
        }
    }

    /// The platform asked to be left alone.
    pub fn pause(&self, platform: &PlatformId, length: Duration) {
        let until = self.clock.now() + length;
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get_mut(platform) {
            share.paused_until = share.paused_until.max(until);
        }
    }
}

/// The whole budget may be spent at once, and comes back evenly.
fn quota(budget: Budget) -> Quota {
    let burst = NonZeroU32::new(budget.requests).unwrap_or(NonZeroU32::MIN);
    let each = (budget.per / budget.requests.max(1)).max(Duration::from_nanos(1));
    Quota::with_period(each).unwrap_or_else(|| Quota::per_second(burst)).allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;

    #[tokio::test]
    async fn a_budget_and_a_pause_are_shared_and_end() {
        let clock = SimulatedClock::start_at(jiff::Timestamp::UNIX_EPOCH);
        let budgets = Budgets::new(clock.clone());
        let budget = Budget { requests: 2, per: Duration::from_secs(60) };
        let platform = PlatformId::new("x");
        assert!(budgets.ask(&platform, budget, 1).is_ok());
        assert!(budgets.ask(&platform, budget, 1).is_ok());
        let again = budgets.ask(&platform, budget, 1).unwrap_err();
        clock.wait_until(again).await;
        assert!(budgets.ask(&platform, budget, 1).is_ok());
        budgets.pause(&platform, Duration::from_secs(300));
        let until = budgets.ask(&platform, budget, 1).unwrap_err();
        assert_eq!(until.since(clock.now()), Duration::from_secs(300));
        assert!(budgets.ask(&PlatformId::new("y"), budget, 1).is_ok());
    }

    #[tokio::test]
    async fn a_request_beside_the_queue_waits_for_its_leave() {
        let clock = SimulatedClock::start_at(jiff::Timestamp::UNIX_EPOCH);
        let budgets = Budgets::new(clock.clone());
        let budget = Budget { requests: 2, per: Duration::from_secs(60) };
        for waited in [0, 0, 30, 60] {
            budgets.wait_for(&PlatformId::new("x"), budget).await;
            assert_eq!(clock.now().since_start().as_secs(), waited);
        }
    }

    #[test]
    fn more_than_the_whole_budget_takes_what_there_is() {
        let clock = SimulatedClock::start_at(jiff::Timestamp::UNIX_EPOCH);
        let budgets = Budgets::new(clock);
        let budget = Budget { requests: 2, per: Duration::from_secs(60) };
        let platform = PlatformId::new("x");
        assert!(budgets.ask(&platform, budget, 3).is_ok());
        budgets.pause(&platform, Duration::from_secs(60));
        budgets.pause(&platform, Duration::from_secs(10));
        let until = budgets.ask(&platform, budget, 1).unwrap_err();
        assert_eq!(
            until.since_start().as_secs(),
            60,
            "a shorter wish does not shorten a longer one"
        );
    }
}
