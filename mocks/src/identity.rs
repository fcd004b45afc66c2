//! The identity kernel: principals, credentials, and what ends them, on the injected clock.
//!
//! Every platform keeps its tokens here and revokes through here, so that a fault of revocation
//! needs no code in a platform. The kernel knows no protocol: it never sees a request.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use crate::faults::Fault;
use crate::population::secret;

mod credential;
mod ending;
mod principal;
#[cfg(test)]
mod tests;

pub(crate) use credential::{Credential, Key, Standing};
pub(crate) use principal::{GONE, INACTIVE, Principal, State};

/// So many wrong passwords an account takes; one more locks it, where a fault does.
const MOST_FAILURES: usize = 5;

/// Why a credential is ended; faults treat the three differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody asked for it. Subject to all faults of revocation.
    Action,
    /// It follows from a principal's new state. `SurvivesDeactivation` skips it as well.
    Deactivation,
    /// The protocol demands it (rotation, single use, reuse detection). No fault touches it.
    Protocol,
}

/// All principals and credentials of one platform.
#[derive(Debug)]
pub(crate) struct Kernel {
    platform: &'static str,
    principals: Vec<Principal>,
    credentials: Vec<Credential>,
    by_secret: HashMap<(&'static str, String), Key>,
    counter: u64,
    fault: Option<Fault>,
    /// Wrong passwords by account, where a fault counts them.
    failures: RefCell<BTreeMap<String, Vec<SystemTime>>>,
    bystander_killed: bool,
    /// How long any revocation takes to have an effect on a healthy platform.
    pub(crate) propagation: Duration,
}

impl Kernel {
    /// Makes an empty one; the name keeps the secrets of platforms apart.
    pub(crate) fn new(platform: &'static str) -> Self {
        Self {
            platform,
            principals: Vec::new(),
            credentials: Vec::new(),
            by_secret: HashMap::new(),
            counter: 0,
            fault: None,
            failures: RefCell::default(),
            bystander_killed: false,
            propagation: Duration::ZERO,
        }
    }

    /// Sets the fault and takes back what an earlier one had planted.
    pub(crate) fn set_fault(&mut self, fault: Option<Fault>) {
        self.fault = fault;
        self.bystander_killed = false;
        for credential in self.credentials.iter_mut().filter(|c| c.planted) {
            credential.expires = Some(SystemTime::UNIX_EPOCH);
        }
    }

    /// Counts up; ids of new objects are made of it, never of randomness.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Makes a secret nobody has seen yet, the same in every run.
    pub(crate) fn fresh(&mut self, prefix: &str, length: usize, alphabet: &[u8]) -> String {
        let number = self.next_number();
        secret(&format!("{}/{number}", self.platform), prefix, length, alphabet)
    }

    /// Adds a principal.
    pub(crate) fn add(&mut self, principal: Principal) {
        self.principals.push(principal);
    }

    /// Gives all principals, deleted ones too, in the order they were added.
    pub(crate) fn principals(&self) -> &[Principal] {
        &self.principals
    }

    /// Gives a principal by its id, whatever its state.
    pub(crate) fn principal(&self, id: &str) -> Option<&Principal> {
        self.principals.iter().find(|p| p.id == id)
    }

    /// Gives a principal to change its attributes; its state changes by [`Self::set_state`] only.
    pub(crate) fn principal_mut(&mut self, id: &str) -> Option<&mut Principal> {
        self.principals.iter_mut().find(|p| p.id == id)
    }

    /// Finds a principal of a kind by its login, deleted ones left out.
    pub(crate) fn by_login(&self, kind: &str, login: &str) -> Option<&Principal> {
        let mut alike = self.principals.iter().filter(|p| p.kind == kind);
        alike.find(|p| p.login.eq_ignore_ascii_case(login) && p.state() != State::Deleted)
    }

    /// Gives the principal a who-am-I answer shall name: somebody else under `OtherIdentity`.
    pub(crate) fn presented(&self, id: &str) -> Option<&Principal> {
        let own = self.principal(id)?;
        if self.fault != Some(Fault::OtherIdentity) {
            return Some(own);
        }
        let mut others = self.principals.iter().filter(|p| p.kind == own.kind);
        others.find(|p| p.id != own.id && p.supplier != own.supplier).or(Some(own))
    }

    /// Changes a principal's state and with it, by their masks, its credentials.
    ///
    /// Revokes nothing: what a platform ends for good it must revoke with `Cause::Deactivation`.
    pub(crate) fn set_state(&mut self, id: &str, state: State, now: SystemTime) {
        let harmful = state != State::Active;
        if harmful && self.fault == Some(Fault::RevokeDoesNothing) {
            return;
        }
        let effective = if harmful { now + self.delay() } else { now };
        let back = self.comes_back(now).filter(|_| harmful);
        let masked = !(harmful && self.fault == Some(Fault::SurvivesDeactivation));
        let Some(principal) = self.principal_mut(id) else {
            return;
        };
        principal.show(state);
        if masked {
            principal.forget_pending(now);
            principal.take_effect(effective, state);
            if let Some(back) = back {
                principal.take_effect(back, State::Active);
            }
        }
        let supplier = principal.supplier;
        if harmful {
            let hit = |c: &&Credential| c.is_of(id) || c.masks.iter().any(|m| m.principal == id);
            let kinds = self.credentials.iter().filter(hit).map(|c| c.kind).collect();
            self.kill_bystanders(kinds, supplier, now);
        }
    }

    /// Issues a credential; one of the same kind and secret takes the place of the earlier.
    pub(crate) fn issue(&mut self, mut credential: Credential, now: SystemTime) -> Key {
        let key = Key(self.credentials.len());
        credential.created = now;
        if credential.supplier.is_none() {
            let owner = credential.principal.as_deref().or(credential.client.as_deref());
            credential.supplier = owner.and_then(|id| self.principal(id)?.supplier);
        }
        if !credential.secret.is_empty() {
            self.by_secret.insert((credential.kind, credential.secret.clone()), key);
        }
        self.credentials.push(credential);
        key
    }

    /// Issues the extra token of `ExtraToken`: only a revocation aimed at itself ends it.
    pub(crate) fn plant(&mut self, mut credential: Credential, now: SystemTime) -> Key {
        credential.planted = true;
        credential.masks.clear();
        self.issue(credential, now)
    }

    /// Gives a credential by its key.
    pub(crate) fn credential(&self, key: Key) -> &Credential {
        &self.credentials[key.0]
    }

    /// Gives a credential to change its attributes or expiry; it is ended by `revoke` only.
    pub(crate) fn credential_mut(&mut self, key: Key) -> &mut Credential {
        &mut self.credentials[key.0]
    }

    /// Finds the latest credential of a kind with that id, whatever its standing.
    pub(crate) fn find(&self, kind: &str, id: &str) -> Option<Key> {
        let found = self.credentials.iter().rposition(|c| c.kind == kind && c.id == id);
        found.map(Key)
    }

    /// Finds a credential by what was sent, whatever its standing.
    pub(crate) fn lookup(&self, kind: &'static str, secret: &str) -> Option<Key> {
        self.by_secret.get(&(kind, secret.to_owned())).copied()
    }

    /// Says what a credential is worth now.
    pub(crate) fn standing(&self, key: Key, now: SystemTime) -> Standing {
        let credential = self.credential(key);
        if credential.is_revoked(now) {
            return Standing::Revoked;
        }
        if credential.is_expired(now) {
            return Standing::Expired;
        }
        if !credential.is_on(now) {
            return Standing::Disabled;
        }
        for mask in &credential.masks {
            let state = self.principal(&mask.principal).map(|p| p.effective(now));
            if let Some(state) = state.filter(|state| mask.states.contains(state)) {
                return Standing::Masked(state);
            }
        }
        Standing::Alive
    }

    /// Takes what was sent and gives its credential, or says why it is refused.
    pub(crate) fn authenticate(
        &self,
        kind: &'static str,
        secret: &str,
        now: SystemTime,
    ) -> Result<Key, Standing> {
        let key = self.lookup(kind, secret).ok_or(Standing::Unknown)?;
        match self.standing(key, now) {
            Standing::Alive => Ok(key),
            refused @ (Standing::Unknown
            | Standing::Revoked
            | Standing::Expired
            | Standing::Disabled
            | Standing::Masked(_)) => Err(refused),
        }
    }

    /// Like [`Self::authenticate`] for a secret that goes with a name, such as a password.
    pub(crate) fn authenticate_as(
        &self,
        kind: &'static str,
        principal: &str,
        secret: &str,
        now: SystemTime,
    ) -> Result<Key, Standing> {
        if kind == "password" && self.is_locked(principal, now) {
            return Err(self.failed(kind, principal, Standing::Unknown, now));
        }
        let fits = |c: &Credential| c.kind == kind && c.is_of(principal) && c.secret == secret;
        let found = self.credentials.iter().enumerate().filter(|(_, c)| fits(c));
        let mut refused = Standing::Unknown;
        for key in found.map(|(at, _)| Key(at)) {
            refused = self.standing(key, now);
            if refused == Standing::Alive {
                return Ok(key);
            }
        }
        Err(self.failed(kind, principal, refused, now))
    }

    /// Whether the fault has locked the account.
    fn is_locked(&self, principal: &str, now: SystemTime) -> bool {
        let Some(Fault::Locks(window)) = self.fault else { return false };
        let failures = self.failures.borrow();
        let all = failures.get(principal).into_iter().flatten();
        all.filter(|at| **at + window > now).count() > MOST_FAILURES
    }

    /// Counts a wrong password where the fault does.
    fn failed(&self, kind: &str, principal: &str, refused: Standing, now: SystemTime) -> Standing {
        if let ("password", Some(Fault::Locks(_))) = (kind, self.fault) {
            self.failures.borrow_mut().entry(principal.to_owned()).or_default().push(now);
        }
        refused
    }

    /// Gives what a listing of that kind shows: neither revoked nor expired; masked and disabled
    /// ones are included, because they still exist.
    pub(crate) fn kept(&self, kind: &'static str, now: SystemTime) -> Vec<Key> {
        self.kept_where(now, |c| c.kind == kind)
    }

    /// Like [`Self::kept`] with any condition.
    pub(crate) fn kept_where(
        &self,
        now: SystemTime,
        wanted: impl Fn(&Credential) -> bool,
    ) -> Vec<Key> {
        let there = |c: &Credential| !c.is_revoked(now) && !c.is_expired(now) && wanted(c);
        let found = self.credentials.iter().enumerate().filter(|(_, c)| there(c));
        found.map(|(at, _)| Key(at)).collect()
    }

    /// Tells whether a credential still exists, masked or not: what decides between 204 and 404.
    pub(crate) fn exists(&self, key: Key, now: SystemTime) -> bool {
        let credential = self.credential(key);
        !credential.is_revoked(now) && !credential.is_expired(now)
    }
}
