//! The chase: every credential followed to its verdict after a termination.
//!
//! One scheduler, no task per credential: a queue of due probes, executed with bounded concurrency, on a
//! real or a simulated clock.

pub mod budget;
mod demand;
pub mod passwords;
mod quiet;
pub mod schedule;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::Notify;

use self::budget::Budgets;
use self::passwords::{Account, Locked};
use self::quiet::Quiet;
use self::schedule::{Pace, next_due};
use crate::clock::{Clock, Moment};
use crate::id::{ChannelId, CredentialId, PlatformId};
use crate::journal::event::{Event, LockedOut, Probed, Role, Withheld};
use crate::journal::{Ledger, ScenarioView, SubjectView};
use crate::platform::schema::{Budget, Channel, Kind};
use crate::probe::{Held, Observation, Prober, Variant};

/// Shorter than any documented life of an access token that a bystander mints.
const RENEW_BYSTANDERS: Duration = Duration::from_secs(600);

/// Says stop to everything that waits: a signal, a stop file.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    flag: Arc<AtomicBool>,
    woken: Arc<Notify>,
}

impl Stop {
    /// Asks everything to stop.
    pub fn stop(&self) {
        self.flag.store(true, Ordering::SeqCst);
        self.woken.notify_waiters();
    }

    /// Whether a stop was asked for.
    pub fn is_stopped(&self) -> bool {
        self.flag.load(Ordering::SeqCst)
    }

    /// Waits until a stop is asked for.
    pub async fn stopped(&self) {
        let woken = self.woken.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        if !self.is_stopped() {
            woken.await;
        }
    }
}

/// Whether a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is.
    Answered,
    /// Not yet; given up at this moment, if any.
    Open {
        /// When to give up.
        until: Option<Moment>,
    },
}

/// How one kind on one channel may be asked.
#[derive(Clone, Copy, Debug)]
struct Manners {
    polite: Duration,
    budget: Budget,
    /// How many requests one probe sends.
    requests: u32,
}

#[derive(Debug)]
struct Slot {
    credential: CredentialId,
    channel: ChannelId,
    platform: PlatformId,
    root: CredentialId,
    manners: Manners,
    due: Moment,
    last: Option<Moment>,
    /// The account that its refusals could lock.
    account: Option<Account>,
    /// Until when it is known to be withheld.
    withheld: Option<Moment>,
    /// While its probe is in flight it stands in no queue; who wants it sooner says so here.
    in_flight: bool,
    /// Its probes yield further credentials.
    mints: bool,
    /// Moments at which a claim needs an answer, whatever the back-off says.
    deadlines: BTreeSet<Moment>,
    wanted: Option<Moment>,
}

/// The scheduler of one scenario.
pub struct Chase {
    prober: Arc<dyn Prober>,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
    budgets: Arc<Budgets>,
    pace: Pace,
    at_once: usize,
    slots: Vec<Slot>,
    queue: BTreeSet<(Moment, usize)>,
    known: HashMap<(CredentialId, ChannelId), usize>,
    stop: Stop,
    describe: Describe,
    vantage: String,
    quiet: Quiet,
}

/// Enlists a credential that a probe yielded, and gives its kind's manners.
pub type Describe = Arc<dyn Fn(Held) -> Option<Newcomer> + Send + Sync>;

/// A credential to be chased.
pub struct Newcomer {
    /// Which.
    pub held: Held,
    /// Its kind.
    pub kind: Kind,
    /// The platform's pace.
    pub polite: crate::platform::schema::Polite,
}

impl std::fmt::Debug for Chase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chase({} slots)", self.slots.len())
    }
}

impl Chase {
    /// An empty chase. `describe` enlists what probes yield.
    pub fn new(
        prober: Arc<dyn Prober>,
        clock: Arc<dyn Clock>,
        ledger: Ledger,
        pace: Pace,
        stop: Stop,
        budgets: Arc<Budgets>,
        describe: Describe,
    ) -> Self {
        let at_once = if clock.is_simulated() { 1 } else { 16 };
        Self {
            budgets,
            prober,
            clock,
            ledger,
            pace,
            at_once,
            slots: Vec::new(),
            queue: BTreeSet::new(),
            known: HashMap::new(),
            stop,
            describe,
            vantage: String::new(),
            quiet: Quiet::default(),
        }
    }

    /// The same, with the name of the place its probes are sent from.
    #[must_use]
    pub fn from_vantage(self, vantage: impl Into<String>) -> Self {
        Self { vantage: vantage.into(), ..self }
    }

    /// Takes a credential into the chase; its first probe on each channel is due now.
    pub fn follow(&mut self, newcomer: &Newcomer) {
        let now = self.clock.now();
        let is_held_back = self.quiet.is_held_back(&newcomer.held.id);
        for channel in &newcomer.held.channels {
            let Some(described) = newcomer.kind.probe.get(channel) else { continue };
            let key = (newcomer.held.id.clone(), channel.clone());
            if self.known.contains_key(&key) {
                continue;
            }
            let account = Account::of(&newcomer.held, &newcomer.kind, described);
            if let Some(account) = &account {
                self.budgets.passwords.learn(account, described.lockout);
                self.recall(account, &newcomer.held.id, channel);
            }
            let every = described.every.unwrap_or(newcomer.polite.every).0;
            let slot = Slot {
                credential: newcomer.held.id.clone(),
                channel: channel.clone(),
                platform: newcomer.held.platform.clone(),
                root: newcomer.held.root.clone(),
                manners: Manners {
                    polite: every.max(newcomer.polite.every.0),
                    budget: newcomer.polite.budget,
                    requests: requests(described),
                },
                due: if is_held_back { Moment::after_start(Duration::MAX) } else { now },
                last: None,
                account,
                withheld: None,
                in_flight: false,
                deadlines: BTreeSet::new(),
                mints: newcomer
                    .kind
                    .derives
                    .iter()
                    .any(|derivation| derivation.channel == *channel),
                wanted: None,
            };
            self.known.insert(key, self.slots.len());
            if !is_held_back {
                self.queue.insert((now, self.slots.len()));
            }
            self.slots.push(slot);
        }
    }

    /// Makes sure that these credentials are probed at `moment`, on every channel.
    pub fn probe_at(&mut self, credentials: &[CredentialId], moment: Moment) {
        let now = self.clock.now();
        for place in 0..self.slots.len() {
            let slot = &mut self.slots[place];
            if !credentials.contains(&slot.credential) {
                continue;
            }
            if moment > now {
                slot.deadlines.insert(moment);
            }
            if slot.due > moment {
                // A deadline in the past means "as soon as manners allow".
                let earliest = slot.last.map_or(now, |last| last + slot.manners.polite);
                self.reschedule(place, if moment > now { moment } else { earliest.max(now) });
            }
        }
    }

    fn reschedule(&mut self, place: usize, due: Moment) {
        let slot = &mut self.slots[place];
        if self.quiet.is_held_back(&slot.credential) {
            return;
        }
        if slot.in_flight {
            slot.wanted = Some(slot.wanted.map_or(due, |wanted| wanted.min(due)));
            return;
        }
        self.queue.remove(&(slot.due, place));
        slot.due = due;
        self.queue.insert((due, place));
    }

    /// Drives the chase until `question` is answered, given up, nothing is due any more, or a stop is
    /// asked for.
    pub async fn drive(
        &mut self,
        mut question: impl FnMut(&ScenarioView, Moment) -> Progress,
        halt: Option<&Stop>,
    ) {
        let mut in_flight = FuturesUnordered::new();
        let mut busy = Busy::default();
        loop {
            let now = self.clock.now();
            let progress = self.ledger.view(|view| question(view, now));
            let stopping = self.stop.is_stopped() || halt.is_some_and(Stop::is_stopped);
            let done = match progress {
                Progress::Answered => true,
                Progress::Open { until } => until.is_some_and(|until| now >= until),
            };
            if !(done || stopping) {
                while in_flight.len() < self.at_once {
                    let Some(place) = self.next_place(now, &busy) else { break };
                    let slot = &self.slots[place];
                    busy.families.insert(slot.root.clone());
                    busy.accounts.extend(slot.account.clone());
                    let (prober, credential, channel) =
                        (self.prober.clone(), slot.credential.clone(), slot.channel.clone());
                    self.queue.remove(&(slot.due, place));
                    self.slots[place].in_flight = true;
                    in_flight.push(async move {
                        let seen = prober.probe(&credential, &channel, Variant::Genuine).await;
                        (place, seen)
                    });
                }
            }
            if in_flight.is_empty() {
                if done || stopping {
                    return;
                }
                let give_up = match progress {
                    Progress::Open { until } => until,
                    Progress::Answered => None,
                };
                let next = self.queue.first().map(|(due, _)| *due);
                let target = match (next, give_up) {
                    (Some(next), Some(give_up)) => next.min(give_up),
                    (Some(only), None) | (None, Some(only)) => only,
                    (None, None) => match halt {
                        // Nothing to probe, but somebody else is still at work.
                        Some(halt) => {
                            tokio::select! {
                                biased;
                                () = halt.stopped() => {}
                                () = self.stop.stopped() => {}
                            }
                            continue;
                        }
                        None => return,
                    },
                };
                let never = Stop::default();
                // In this order: time must not jump on once there is nothing left to wait for.
                tokio::select! {
                    biased;
                    () = self.stop.stopped() => {}
                    () = halt.unwrap_or(&never).stopped() => {}
                    () = self.clock.wait_until(target) => {}
                }
            } else {
                // What is due already waits for one of these to end.
                let next = self.queue.range((now, usize::MAX)..).next().map(|(due, _)| *due);
                let room = in_flight.len() < self.at_once && !(done || stopping);
                let finished = match next {
                    Some(due) if room && !self.clock.is_simulated() => tokio::select! {
                        biased;
                        finished = in_flight.next() => finished,
                        () = self.clock.wait_until(due) => None,
                    },
                    Some(_) | None => in_flight.next().await,
                };
                if let Some((place, seen)) = finished {
                    busy.families.remove(&self.slots[place].root);
                    if let Some(account) = &self.slots[place].account {
                        busy.accounts.remove(account);
                    }
                    self.settle(place, seen);
                }
            }
        }
    }

    /// The first slot that is due, whose family is not in use, and whose platform may be asked.
    fn next_place(&mut self, now: Moment, busy: &Busy) -> Option<usize> {
        let mut due: Vec<usize> = self
            .queue
            .range(..=(now, usize::MAX))
            .map(|(_, place)| *place)
            .filter(|place| !busy.with(&self.slots[*place]))
            .collect();
        // Whoever waited longest goes first: with a spent budget all are due at once, and none may starve.
        due.sort_by_key(|place| self.slots[*place].last);
        for place in due {
            if !self.may_try(place, now) {
                continue;
            }
            let slot = &self.slots[place];
            match self.budgets.ask(&slot.platform, slot.manners.budget, slot.manners.requests) {
                Ok(()) => return Some(place),
                Err(again) => {
                    if let Some(account) = &slot.account {
                        self.budgets.passwords.give_back(account);
                    }
                    self.reschedule(place, again.max(now + Duration::from_millis(1)));
                }
            }
        }
        None
    }

    /// Whether its account takes one more wrong password, which it then counts as. What has to wait is recorded once.
    fn may_try(&mut self, place: usize, now: Moment) -> bool {
        let slot = &self.slots[place];
        let Some(account) = &slot.account else { return true };
        let Err(wait) = self.budgets.passwords.ask(account, self.clock.wall()) else { return true };
        let until = self.moment(wait.until).max(now + Duration::from_millis(1));
        if slot.withheld != Some(until) {
            let (credential, channel) = (slot.credential.clone(), slot.channel.clone());
            let withheld = Withheld { credential, channel, until, why: wait.why };
            self.ledger.record(Event::Withheld(withheld));
            self.slots[place].withheld = Some(until);
        }
        self.reschedule(place, until);
        false
    }

    /// The wrong passwords that an earlier process sent count too.
    fn recall(&self, account: &Account, credential: &CredentialId, channel: &ChannelId) {
        let times = self.ledger.view(|view| {
            let seen = view.subject(credential);
            seen.and_then(|seen| seen.not_let_in.get(channel).cloned()).unwrap_or_default()
        });
        for at in times {
            let since = jiff::SignedDuration::try_from(at.since_start()).unwrap_or_default();
            let at = self.clock.began().saturating_add(since).unwrap_or(jiff::Timestamp::MAX);
            self.budgets.passwords.recall(account, at);
        }
    }

    /// Records that an account was seen to be locked out.
    pub fn tell_of(
        &self,
        locked: Locked,
        account: &Account,
        (credential, channel): (&CredentialId, &ChannelId),
    ) {
        self.ledger.record(Event::LockedOut(LockedOut {
            platform: account.platform.clone(),
            account: account.login.clone(),
            credential: credential.clone(),
            channel: channel.clone(),
            ours: locked.ours,
            until: self.moment(locked.until),
        }));
    }

    fn moment(&self, at: jiff::Timestamp) -> Moment {
        let since = Duration::try_from(at.duration_since(self.clock.began())).unwrap_or_default();
        Moment::after_start(since)
    }

    fn settle(&mut self, place: usize, seen: Observation) {
        let now = self.clock.now();
        let slot = &mut self.slots[place];
        slot.in_flight = false;
        slot.last = Some(seen.sent);
        slot.deadlines.retain(|deadline| *deadline > seen.sent);
        let account = slot.account.clone();
        let locked = account.as_ref().and_then(|account| {
            self.budgets.passwords.answered(account, &seen.verdict, self.clock.wall())
        });
        if let Some(length) = seen.retry_after {
            self.budgets.pause(&slot.platform, length);
        }
        let (credential, channel) = (slot.credential.clone(), slot.channel.clone());
        let probed = Probed {
            credential: credential.clone(),
            channel: channel.clone(),
            host: seen.host,
            sent: seen.sent,
            received: seen.received,
            verdict: seen.verdict,
            status: seen.status,
            code: seen.code,
            excerpt: seen.excerpt,
            vantage: self.vantage.clone(),
        };
        self.ledger.record(Event::Probed(Box::new(probed)));
        if let (Some(locked), Some(account)) = (locked, account) {
            self.tell_of(locked, &account, (&credential, &channel));
        }
        for held in seen.minted {
            if let Some(newcomer) = (self.describe)(held) {
                self.follow(&newcomer);
                // A fresh secret under a known name is probed at once: the old one is spent.
                self.probe_at(std::slice::from_ref(&newcomer.held.id), now);
            }
        }
        self.plan_next(place, now);
    }

    fn plan_next(&mut self, place: usize, now: Moment) {
        let slot = &self.slots[place];
        let (polite, pace, mints) = (slot.manners.polite, self.pace, slot.mints);
        // A watch leaves room in the window for its owner, who may mistype.
        let window =
            slot.account.as_ref().map(|account| self.budgets.passwords.drawn_out(account, 1));
        let (credential, channel) = (slot.credential.clone(), slot.channel.clone());
        let (due, calls_for) = self.ledger.view(|view| {
            let Some(subject) = view.subject(&credential) else { return (None, Vec::new()) };
            let Some(track) = subject.tracks.get(&channel) else { return (None, Vec::new()) };
            let Some(from) = view.termination_began() else {
                // Before the termination nothing is chased; doubtful controls are tried again.
                let again = track.first_alive().is_none();
                return (again.then_some(now + polite), Vec::new());
            };
            let is_bystander = subject.facts.role == Role::Bystander;
            // Of a bystander nothing is measured: it is asked when a refusal needs it, and watched.
            // Nor of what no claim asks about, once claims are made; deadlines are probed all the same.
            let measured = !is_bystander && view.asks_about(&subject.facts);
            let resolution = if measured { pace.resolution } else { pace.watch };
            let pace = Pace { resolution, ..pace };
            let mut due = next_due(track, polite, from, now, pace, view.confirmation());
            if is_bystander && mints && wanted_as_control(view, subject) {
                // What a bystander minted must not die of old age while it controls others.
                due = due.min(now + RENEW_BYSTANDERS);
            }
            let bystanders =
                if track.needs_bystander() { subject.facts.bystanders.clone() } else { Vec::new() };
            if let (Some(window), Some(_)) = (window, track.confirmed_at()) {
                due = due.max(now + window);
            }
            let is_quiet = self.quiet.is_settled(&credential, track);
            ((!is_quiet).then_some(due), bystanders)
        });
        let wanted = self.slots[place].wanted.take();
        let deadline = self.slots[place].deadlines.first().copied();
        match [due, wanted, deadline].into_iter().flatten().min() {
            Some(due) => {
                self.slots[place].due = due;
                self.queue.insert((due, place));
            }
            None => self.slots[place].due = Moment::after_start(Duration::MAX),
        }
        if !calls_for.is_empty() {
            self.probe_channel(&calls_for, &channel, now);
        }
    }

    /// A refusal waits for a bystander on the same channel.
    fn probe_channel(&mut self, credentials: &[CredentialId], channel: &ChannelId, now: Moment) {
        for credential in credentials {
            let key = (credential.clone(), channel.clone());
            if let Some(place) = self.known.get(&key).copied() {
                let slot = &self.slots[place];
                let earliest = slot.last.map_or(now, |last| last + slot.manners.polite).max(now);
                if slot.due > earliest {
                    self.reschedule(place, earliest);
                }
            }
        }
    }

    /// From now on everything is chased: the termination has begun.
    pub fn wake_all(&mut self) {
        let now = self.clock.now();
        for place in 0..self.slots.len() {
            let slot = &self.slots[place];
            if self.quiet.is_quiet(&slot.credential) {
                continue;
            }
            let earliest = slot.last.map_or(now, |last| last + slot.manners.polite).max(now);
            if slot.due > earliest {
                self.reschedule(place, earliest);
            }
        }
    }
}

/// Every request of a probe counts against the budget, also those beside the flow itself.
fn requests(channel: &Channel) -> u32 {
    let all = channel.steps() + channel.reach.len() + usize::from(channel.corroborate.is_some());
    u32::try_from(all).unwrap_or(u32::MAX)
}

/// Whether somebody whose end is not confirmed yet is controlled by what this one mints.
fn wanted_as_control(view: &ScenarioView, minting: &SubjectView) -> bool {
    let minted = view
        .subjects
        .iter()
        .filter(|subject| subject.facts.from.as_ref() == Some(&minting.facts.credential));
    minted.into_iter().any(|minted| {
        view.subjects.iter().any(|subject| {
            subject.facts.bystanders.contains(&minted.facts.credential)
                && subject.tracks.values().any(|track| track.confirmed_at().is_none())
        })
    })
}

/// What is in use: nothing else of the same family or account is used meanwhile.
#[derive(Debug, Default)]
struct Busy {
    families: BTreeSet<CredentialId>,
    accounts: BTreeSet<Account>,
}

impl Busy {
    fn with(&self, slot: &Slot) -> bool {
        let account = slot.account.as_ref();
        self.families.contains(&slot.root)
            || account.is_some_and(|account| self.accounts.contains(account))
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod torture;
