//! Wrong passwords: each brings an account nearer to its lock-out, whoever sends it and on whatever channel.
//!
//! Whatever was not let in counts, also where nobody knows what was made of it. A description says how many an
//! account takes; a confirmation that needs more is drawn out over several windows.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::id::PlatformId;
use crate::platform::schema::{Cap, Channel, Class, Kind, Lockout, Proof};
use crate::probe::Held;
use crate::span::Span;
use crate::verdict::{DoubtReason, Verdict};

/// How long an account that is seen to be locked is left alone, where its description names no window.
const LEFT_ALONE: Duration = Duration::from_secs(3600);

/// How long an answer that is due is waited for, before anybody else is asked.
const AWAITED: Duration = Duration::from_secs(1);

/// An account that passwords are tried on: the same for every credential, channel and new secret of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// At which platform.
    pub platform: PlatformId,
    /// Its name there.
    pub login: String,
}

impl Account {
    /// The account that a use of this credential on this channel could lock; none if it is no password.
    pub fn of(held: &Held, kind: &Kind, channel: &Channel) -> Option<Self> {
        if !tries_a_password(kind, channel) {
            return None;
        }
        let named = ["principal.login", "login", "username", "user"];
        let login = named.iter().find_map(|name| held.values.plain(name));
        let login = login.map(str::to_owned).or_else(|| Some(held.principal.as_ref()?.to_string()));
        let login = login.unwrap_or_else(|| held.root.to_string());
        Some(Self::named(held.platform.clone(), &login))
    }

    /// The account of this name.
    pub fn named(platform: PlatformId, login: &str) -> Self {
        Self { platform, login: login.to_lowercase() }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.login, self.platform)
    }
}

/// Whether a refused use of it is a wrong password.
pub fn tries_a_password(kind: &Kind, channel: &Channel) -> bool {
    let login = kind.class == Class::Login && channel.proof == Proof::Use && !channel.kept;
    login || channel.lockout.is_some()
}

/// Why nothing may be sent to an account now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// From when on it may be asked again.
    pub until: Timestamp,
    /// In words.
    pub why: String,
}

/// An account seen to be locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locked {
    /// How many wrong passwords of ours it got in the window before.
    pub ours: u32,
    /// Until when it is left alone.
    pub until: Timestamp,
}

/// The wrong passwords of a run, by account and by platform.
#[derive(Debug, Default)]
pub struct WrongPasswords(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    accounts: BTreeMap<Account, Tally>,
    /// From this address, whatever the account.
    addresses: BTreeMap<PlatformId, Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    caps: Vec<Cap>,
    /// Sent, and not answered yet: each may turn out wrong.
    open: u32,
    /// When each wrong one was answered.
    wrong: Vec<Timestamp>,
    locked_until: Option<Timestamp>,
}

impl WrongPasswords {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An account takes part; of several caps that are named for it every one holds.
    pub fn learn(&self, account: &Account, lockout: Option<Lockout>) {
        let mut state = self.lock();
        let own = state.accounts.entry(account.clone()).or_default();
        if let Some(lockout) = lockout {
            own.cap(Cap { refusals: lockout.refusals, per: lockout.per });
            if let Some(cap) = lockout.address {
                state.addresses.entry(account.platform.clone()).or_default().cap(cap);
            }
        }
    }

    /// Asks leave to try one password: `Ok` counts it until it is answered.
    ///
    /// # Errors
    /// From when on the account may be asked again, and why not before.
    pub fn ask(&self, account: &Account, now: Timestamp) -> Result<(), Wait> {
        let mut state = self.lock();
        let State { accounts, addresses } = &mut *state;
        let own = accounts.entry(account.clone()).or_default();
        let shared = addresses.entry(account.platform.clone()).or_default();
        if let Some(until) = own.locked_until.filter(|until| *until > now) {
            return Err(Wait { until, why: format!("{account} is locked out") });
        }
        own.wait(now, || account.to_string())?;
        shared.wait(now, || format!("{} from this address", account.platform))?;
        own.open += 1;
        shared.open += 1;
        Ok(())
    }

    /// What leave was given for was not sent.
    pub fn give_back(&self, account: &Account) {
        let mut state = self.lock();
        let State { accounts, addresses } = &mut *state;
        let tallies =
            [accounts.get_mut(account), addresses.get_mut(&account.platform)].into_iter().flatten();
        tallies.for_each(|tally| tally.open = tally.open.saturating_sub(1));
    }

    /// A password that leave was given for was answered. Tells of a lock-out that the answer shows.
    pub fn answered(&self, account: &Account, verdict: &Verdict, now: Timestamp) -> Option<Locked> {
        self.give_back(account);
        if is_wrong(verdict) {
            self.recall(account, now);
        }
        if !is_locked_out(verdict) {
            return None;
        }
        let mut state = self.lock();
        let own = state.accounts.entry(account.clone()).or_default();
        let window = own.caps.iter().map(|cap| cap.per.0).max().unwrap_or(LEFT_ALONE);
        let until = after(now, window);
        own.locked_until = own.locked_until.max(Some(until));
        Some(Locked { ours: own.within(window, now), until })
    }

    /// What leave was given for was sent beside the chase, as a part of something else.
    pub fn sent(&self, account: &Account, is_wrong: bool, now: Timestamp) {
        self.give_back(account);
        if is_wrong {
            self.recall(account, now);
        }
    }

    /// A wrong password was sent then, perhaps by another process.
    pub fn recall(&self, account: &Account, at: Timestamp) {
        let mut state = self.lock();
        let State { accounts, addresses } = &mut *state;
        accounts.entry(account.clone()).or_default().add(at);
        addresses.entry(account.platform.clone()).or_default().add(at);
    }

    /// How many more an account takes now; none if nobody says.
    pub fn room(&self, account: &Account, now: Timestamp) -> Option<u32> {
        let state = self.lock();
        let tallies =
            [state.accounts.get(account), state.addresses.get(&account.platform)].into_iter();
        let rooms = tallies.flatten().flat_map(|tally| {
            tally
                .caps
                .iter()
                .map(|cap| cap.refusals.saturating_sub(tally.within(cap.per.0, now) + tally.open))
        });
        rooms.min()
    }

    /// How long so many wrong passwords of one account take at the most.
    pub fn drawn_out(&self, account: &Account, wrong: u32) -> Duration {
        let state = self.lock();
        let Some(own) = state.accounts.get(account) else { return Duration::ZERO };
        let lengths = own
            .caps
            .iter()
            .map(|cap| cap.per.0.saturating_mul(wrong.div_ceil(cap.refusals.max(1))));
        lengths.max().unwrap_or_default()
    }
}

impl Tally {
    fn cap(&mut self, cap: Cap) {
        if !self.caps.contains(&cap) {
            self.caps.push(cap);
        }
    }

    fn add(&mut self, at: Timestamp) {
        let longest = self.caps.iter().map(|cap| cap.per.0).max().unwrap_or_default();
        self.wrong.retain(|before| is_within(*before, longest.max(LEFT_ALONE), at));
        self.wrong.push(at);
        self.wrong.sort_unstable();
    }

    fn within(&self, window: Duration, now: Timestamp) -> u32 {
        let recent = self.wrong.iter().filter(|at| is_within(**at, window, now));
        u32::try_from(recent.count()).unwrap_or(u32::MAX)
    }

    fn wait(&self, now: Timestamp, whose: impl Fn() -> String) -> Result<(), Wait> {
        for cap in &self.caps {
            let recent: Vec<Timestamp> =
                self.wrong.iter().copied().filter(|at| is_within(*at, cap.per.0, now)).collect();
            let all = recent.len() + self.open as usize;
            let Some(too_many) = all.checked_sub(cap.refusals as usize) else { continue };
            let until = recent.get(too_many).map(|first| after(*first, cap.per.0));
            return Err(Wait {
                until: until.unwrap_or_else(|| after(now, AWAITED)),
                why: format!(
                    "{} got {} wrong passwords within {}, and no more than {} may be sent",
                    whose(),
                    recent.len(),
                    cap.per,
                    cap.refusals
                ),
            });
        }
        Ok(())
    }
}

/// Whether it was a wrong password, or may have been one: whatever reached the platform and was not let in.
fn is_wrong(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Alive(_) => false,
        Verdict::Dead(_) => true,
        Verdict::Inconclusive(doubt) => {
            !matches!(doubt.reason, DoubtReason::HostNotAllowed | DoubtReason::Dns)
        }
    }
}

fn is_locked_out(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Inconclusive(doubt) => doubt.reason == DoubtReason::LockedOut,
        Verdict::Alive(_) | Verdict::Dead(_) => false,
    }
}

/// What lies ahead, by a clock that was set back since, counts too.
fn is_within(at: Timestamp, window: Duration, now: Timestamp) -> bool {
    let window = SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
    now.duration_since(at) < window
}

fn after(at: Timestamp, length: Duration) -> Timestamp {
    let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
    at.saturating_add(length).unwrap_or(Timestamp::MAX)
}

/// The cap of a lock-out in words.
pub fn in_words(lockout: &Lockout) -> String {
    format!("{} within {}", lockout.refusals, Span(lockout.per.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{AliveReason, DeadReason, Death, RuleName};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn lockout(refusals: u32, seconds: u64) -> Lockout {
        Lockout { refusals, per: Span(Duration::from_secs(seconds)), address: None }
    }

    fn dead() -> Verdict {
        Verdict::Dead(Death::by_rule(DeadReason::Refused, RuleName::new("r")))
    }

    fn alive() -> Verdict {
        Verdict::alive(AliveReason::Identified, RuleName::new("r"))
    }

    fn account(login: &str) -> Account {
        Account::named(PlatformId::new("x"), login)
    }

    #[test]
    fn what_is_let_in_costs_nothing_and_everything_else_does() {
        let passwords = WrongPasswords::default();
        let maya = account("Maya");
        passwords.learn(&maya, Some(lockout(2, 60)));
        for _ in 0..5 {
            passwords.ask(&maya, at(0)).unwrap();
            assert_eq!(passwords.answered(&maya, &alive(), at(0)), None);
        }
        for verdict in [dead(), Verdict::doubt(DoubtReason::Timeout, "")] {
            passwords.ask(&maya, at(10)).unwrap();
            passwords.answered(&maya, &verdict, at(10));
        }
        let wait = passwords.ask(&account("MAYA"), at(69)).unwrap_err();
        assert_eq!(wait.until, at(70));
        assert!(wait.why.contains("maya at x got 2 wrong passwords within 1m"), "{}", wait.why);
        assert!(passwords.ask(&account("leo"), at(69)).is_ok(), "somebody else's account");
        assert!(passwords.ask(&maya, at(70)).is_ok());
    }

    #[test]
    fn what_is_not_answered_yet_may_turn_out_wrong() {
        let passwords = WrongPasswords::default();
        let maya = account("maya");
        passwords.learn(&maya, Some(lockout(2, 60)));
        passwords.ask(&maya, at(0)).unwrap();
        passwords.ask(&maya, at(0)).unwrap();
        assert_eq!(passwords.ask(&maya, at(0)).unwrap_err().until, at(1));
        passwords.give_back(&maya);
        assert_eq!(passwords.room(&maya, at(0)), Some(1));
        assert!(passwords.ask(&maya, at(0)).is_ok());
    }

    #[test]
    fn of_several_caps_every_one_holds_and_one_of_the_address_holds_for_all_accounts() {
        let passwords = WrongPasswords::default();
        let (maya, leo) = (account("maya"), account("leo"));
        let address = Some(Cap { refusals: 3, per: Span(Duration::from_secs(600)) });
        passwords.learn(&maya, Some(lockout(5, 60)));
        passwords.learn(&maya, Some(Lockout { address, ..lockout(2, 10) }));
        passwords.learn(&leo, None);
        for second in [0, 0, 10] {
            passwords.ask(&maya, at(second)).unwrap();
            passwords.answered(&maya, &dead(), at(second));
        }
        let wait = passwords.ask(&leo, at(20)).unwrap_err();
        assert_eq!((wait.until, passwords.room(&leo, at(20))), (at(600), Some(0)));
        assert!(wait.why.starts_with("x from this address"), "{}", wait.why);
        assert_eq!(passwords.drawn_out(&maya, 3), Duration::from_secs(60));
        assert_eq!(passwords.drawn_out(&leo, 3), Duration::ZERO);
    }

    #[test]
    fn a_locked_account_is_left_alone_and_it_is_told_how_many_were_ours() {
        let passwords = WrongPasswords::default();
        let maya = account("maya");
        passwords.learn(&maya, Some(lockout(5, 600)));
        let locked = Verdict::doubt(DoubtReason::LockedOut, "");
        for verdict in [dead(), dead()] {
            passwords.ask(&maya, at(0)).unwrap();
            assert_eq!(passwords.answered(&maya, &verdict, at(0)), None);
        }
        passwords.ask(&maya, at(60)).unwrap();
        let told = passwords.answered(&maya, &locked, at(60)).unwrap();
        assert_eq!(told, Locked { ours: 3, until: at(660) });
        assert_eq!(passwords.ask(&maya, at(659)).unwrap_err().until, at(660));
        assert!(passwords.ask(&maya, at(660)).is_ok());
        // Without a window in its description, an hour.
        passwords.answered(&account("leo"), &locked, at(0));
        assert_eq!(passwords.ask(&account("leo"), at(1)).unwrap_err().until, at(3600));
    }
}
