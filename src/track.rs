//! One credential on one channel over one drill: from single verdicts to a dated, confirmed death.
//!
//! Pure: the same observations always give the same track, whether they come from the network or from a
//! journal read years later.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::verdict::{AliveReason, DeadReason, DoubtReason, Verdict};

mod trace;

pub use trace::{Look, Shows, Trace};

/// What turns refusals into a confirmed death.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Refusals in a row, at least one. Twice as many after each time a refusal was followed by life.
    pub refusals: u32,
    /// Least time from the first of them to the last.
    pub spread: Duration,
}

impl Default for Confirmation {
    fn default() -> Self {
        Self { refusals: 3, spread: Duration::from_secs(5) }
    }
}

/// When a death happened: after the last sign of life, and no later than the first refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// Send time of the last probe that was let in; none if it was never let in.
    pub last_alive: Option<Moment>,
    /// Receipt time of the first refusal of the final unbroken run.
    pub first_dead: Moment,
}

/// An unbroken run of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: Moment,
    last: Moment,
    count: u32,
    reason: DeadReason,
    bystander_since: bool,
}

/// What is known of one credential on one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    first_alive: Option<Moment>,
    last_alive: Option<(Moment, AliveReason)>,
    /// When an action last ended, and when a probe sent since was let in. Moments alone do not tell: on
    /// the simulated clock a probe, an action and a claim can share one.
    acted: Option<Moment>,
    alive_since_acted: Option<Moment>,
    run: Option<Run>,
    confirmed: Option<(Moment, Exposure)>,
    returns: Vec<Moment>,
    doubt: Option<(Moment, DoubtReason)>,
    probes: u32,
    voids: u32,
    flips: u32,
    refused_since_alive: bool,
    out_of_reach: Option<OutOfReach>,
    last_reaching: Option<Moment>,
    reached_again: Option<Moment>,
}

/// An unbroken run of answers by which nothing was reached: contained, or refused altogether.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OutOfReach {
    first: Moment,
    last: Moment,
    count: u32,
    others_reach: bool,
}

/// Most doublings of the refusals demanded: the rest is the watch's.
const MOST_DOUBLINGS: u32 = 3;

/// Where a track stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Never probed with a usable answer.
    Unknown,
    /// The last usable answer let it in.
    Alive {
        /// Send time of that probe.
        last: Moment,
        /// Why it counts as alive.
        reason: AliveReason,
    },
    /// Refused, but not yet often, long or controlled enough.
    Refused {
        /// The first refusal of the run.
        since: Moment,
    },
    /// Refused for good, as far as anybody has seen.
    Dead {
        /// When.
        exposure: Exposure,
        /// Why.
        reason: DeadReason,
    },
    /// Confirmed dead, then alive again.
    CameBack {
        /// When it was first seen alive again.
        at: Moment,
    },
    /// The last answers say nothing.
    Doubtful {
        /// Why.
        reason: DoubtReason,
    },
}

impl Track {
    /// Takes in one verdict.
    ///
    /// An inconclusive answer breaks a run that is not confirmed yet: the credential may have been alive
    /// behind it. It never undoes a confirmed death.
    pub fn observe(
        &mut self,
        sent: Moment,
        received: Moment,
        verdict: &Verdict,
        confirmation: Confirmation,
    ) {
        self.probes += 1;
        self.observe_reach(sent, received, verdict, confirmation);
        match verdict {
            Verdict::Alive(life) => {
                self.first_alive.get_or_insert(sent);
                self.last_alive = Some((sent, life.reason));
                if self.acted.is_none_or(|at| sent >= at) {
                    self.alive_since_acted = Some(sent);
                }
                if self.confirmed.take().is_some() {
                    self.returns.push(sent);
                }
                if std::mem::take(&mut self.refused_since_alive) {
                    self.flips += 1;
                }
                self.run = None;
                self.doubt = None;
            }
            Verdict::Dead(death) => {
                self.doubt = None;
                self.refused_since_alive = true;
                let run = self.run.get_or_insert(Run {
                    first: received,
                    last: received,
                    count: 0,
                    reason: death.reason(),
                    bystander_since: false,
                });
                run.count += 1;
                run.last = received;
                run.reason = death.reason();
                self.confirm(received, confirmation);
            }
            Verdict::Inconclusive(doubt) => {
                self.doubt = Some((received, doubt.reason));
                if self.confirmed.is_none() {
                    self.run = None;
                }
            }
        }
    }

    fn observe_reach(
        &mut self,
        sent: Moment,
        received: Moment,
        verdict: &Verdict,
        confirmation: Confirmation,
    ) {
        let reaches_nothing = match verdict {
            Verdict::Alive(life) => match life.reason {
                AliveReason::Contained => true,
                AliveReason::Identified | AliveReason::NotPermitted => {
                    self.last_reaching = Some(sent);
                    if self.out_of_reach_since(confirmation).is_some() {
                        self.reached_again.get_or_insert(sent);
                    }
                    false
                }
            },
            Verdict::Dead(_) => true,
            Verdict::Inconclusive(_) => false,
        };
        if reaches_nothing {
            let fresh =
                OutOfReach { first: received, last: received, count: 0, others_reach: false };
            let run = self.out_of_reach.get_or_insert(fresh);
            run.count += 1;
            run.last = received;
        } else {
            self.out_of_reach = None;
        }
    }

    /// An action ended: what was let in before says nothing of what it spares.
    pub fn action_ended(&mut self, at: Moment) {
        self.acted = Some(at);
        self.alive_since_acted = None;
    }

    /// The last time a probe sent after the last action was let in.
    pub fn last_alive_since_action(&self) -> Option<Moment> {
        self.alive_since_acted
    }

    /// A bystander reached what it may by a probe sent at `sent`.
    pub fn bystander_reached(&mut self, sent: Moment) {
        if let Some(run) = &mut self.out_of_reach
            && sent >= run.first
        {
            run.others_reach = true;
        }
    }

    /// The first answer of the unbroken run by which nothing was reached any more, once there are enough of
    /// them and a bystander still reaches what it may.
    pub fn out_of_reach_since(&self, confirmation: Confirmation) -> Option<Moment> {
        let run = self.out_of_reach?;
        let enough = run.count >= confirmation.refusals.max(1)
            && run.last.since(run.first) >= confirmation.spread
            && run.others_reach;
        enough.then_some(run.first)
    }

    /// The last answer of the present run of those by which nothing was reached.
    pub fn last_out_of_reach(&self) -> Option<Moment> {
        self.out_of_reach.map(|run| run.last)
    }

    /// When it first reached something again, having been out of reach for good.
    pub fn reached_again(&self) -> Option<Moment> {
        self.reached_again
    }

    /// Send time of the last probe that reached anything.
    pub fn last_reaching(&self) -> Option<Moment> {
        self.last_reaching
    }

    /// A bystander was let in by a probe sent at `sent`.
    pub fn bystander_let_in(&mut self, sent: Moment, received: Moment, confirmation: Confirmation) {
        if let Some(run) = &mut self.run
            && sent >= run.first
        {
            run.bystander_since = true;
            self.confirm(received, confirmation);
        }
    }

    /// Every bystander was refused: what refuses may refuse everybody, so an unconfirmed run is void.
    pub fn bystander_refused(&mut self, received: Moment) {
        if self.confirmed.is_none() && self.run.take().is_some() {
            self.doubt = Some((received, DoubtReason::PlatformWide));
            self.voids += 1;
            self.refused_since_alive = false;
        }
    }

    /// The termination begins: what came back before it is no access regained, only a slow start.
    pub fn termination_began(&mut self) {
        self.returns.clear();
        self.reached_again = None;
    }

    fn confirm(&mut self, at: Moment, confirmation: Confirmation) {
        let Some(run) = self.run else { return };
        let enough = run.count >= self.refusals_demanded(confirmation)
            && run.last.since(run.first) >= confirmation.spread
            && run.bystander_since;
        if enough && self.confirmed.is_none() {
            let last_alive = self.last_alive.map(|(moment, _)| moment);
            self.confirmed = Some((at, Exposure { last_alive, first_dead: run.first }));
        }
    }

    /// Where it stands now.
    pub fn standing(&self) -> Standing {
        if let Some(at) = self.returns.first() {
            return Standing::CameBack { at: *at };
        }
        if let (Some((_, exposure)), Some(run)) = (self.confirmed, self.run) {
            return Standing::Dead { exposure, reason: run.reason };
        }
        match (self.doubt, self.run, self.last_alive) {
            (Some((_, reason)), _, _) => Standing::Doubtful { reason },
            (None, Some(run), _) => Standing::Refused { since: run.first },
            (None, None, Some((last, reason))) => Standing::Alive { last, reason },
            (None, None, None) => Standing::Unknown,
        }
    }

    /// The first sign of life, which is the positive control.
    pub fn first_alive(&self) -> Option<Moment> {
        self.first_alive
    }

    /// Send time of the last probe that was let in.
    pub fn last_alive(&self) -> Option<Moment> {
        self.last_alive.map(|(moment, _)| moment)
    }

    /// The first refusal of the present run.
    pub fn refused_since(&self) -> Option<Moment> {
        self.run.map(|run| run.first)
    }

    /// The last refusal of the present run.
    pub fn last_refused(&self) -> Option<Moment> {
        self.run.map(|run| run.last)
    }

    /// Why it was refused last, in the present run.
    pub fn last_reason(&self) -> Option<DeadReason> {
        self.run.map(|run| run.reason)
    }

    /// The last time it could not be used: refused, or its client was refused before it was looked at.
    pub fn last_unusable(&self) -> Option<Moment> {
        let refused_client = self
            .doubt
            .filter(|(_, reason)| *reason == DoubtReason::ClientRefused)
            .map(|(at, _)| at);
        self.last_refused().max(refused_client)
    }

    /// Why the last answer said nothing, if it did not.
    pub fn last_doubt(&self) -> Option<DoubtReason> {
        self.doubt.map(|(_, reason)| reason)
    }

    /// How often a run was void because every bystander was refused too.
    pub fn voids(&self) -> u32 {
        self.voids
    }

    /// How many refusals the present run has.
    pub fn refusals(&self) -> u32 {
        self.run.map_or(0, |run| run.count)
    }

    /// How many refusals in a row confirm a death here.
    ///
    /// Where a refusal was followed by life, a refusal is not the last word: replicas disagree, or a cache
    /// answers by turns. Each such turn doubles the demand.
    pub fn refusals_demanded(&self, confirmation: Confirmation) -> u32 {
        confirmation.refusals.max(1).saturating_mul(1 << self.flips.min(MOST_DOUBLINGS))
    }

    /// When the present death was confirmed.
    pub fn confirmed_at(&self) -> Option<Moment> {
        self.confirmed.map(|(at, _)| at)
    }

    /// When it was seen alive after a confirmed death.
    pub fn returns(&self) -> &[Moment] {
        &self.returns
    }

    /// How often it was probed.
    pub fn probes(&self) -> u32 {
        self.probes
    }

    /// Whether it waits for a bystander to show that not everybody is refused, or kept from everything.
    pub fn needs_bystander(&self) -> bool {
        let refused = self.confirmed.is_none() && self.run.is_some_and(|run| !run.bystander_since);
        refused || self.out_of_reach.is_some_and(|run| !run.others_reach)
    }
}

#[cfg(test)]
mod tests;
