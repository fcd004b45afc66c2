//! Ending credentials: revocation, replacement, switching off, and what the faults make of them.

use std::time::{Duration, SystemTime};

use super::credential::{Credential, Key, Revocation};
use super::{Cause, Kernel};
use crate::faults::Fault;
use crate::population::Supplier;

impl Kernel {
    /// Ends one credential, as far as the fault lets it.
    pub(crate) fn revoke(&mut self, key: Key, cause: Cause, now: SystemTime) {
        self.revoke_later(key, cause, now, Duration::ZERO);
    }

    /// Lets a credential end when the one it was made of ends.
    pub(crate) fn inherit_end(&mut self, heir: Key, of: Key) {
        self.credential_mut(heir).revoked = self.credential(of).revoked;
    }

    /// Ends one credential after `wait`, as an asynchronous job does.
    pub(crate) fn revoke_later(&mut self, key: Key, cause: Cause, now: SystemTime, wait: Duration) {
        if self.spares(cause) {
            return;
        }
        let protocol = cause == Cause::Protocol;
        let effective = if protocol { now } else { now + self.delay() + wait };
        let until = self.comes_back(effective).filter(|_| !protocol);
        let credential = self.credential_mut(key);
        let earlier = credential.revoked.filter(|r| r.until.is_none_or(|until| until > now));
        if protocol || earlier.is_none_or(|r| r.effective > effective) {
            credential.revoked = Some(Revocation { effective, until });
        }
        if !protocol {
            let victim = (credential.kind, credential.supplier);
            self.kill_bystanders(vec![victim.0], victim.1, now);
        }
    }

    /// Ends all existing credentials that `wanted` picks, and says how many there were.
    pub(crate) fn revoke_where(
        &mut self,
        cause: Cause,
        now: SystemTime,
        wanted: impl Fn(&Credential) -> bool,
    ) -> usize {
        let keys = self.kept_where(now, |c| !c.planted && wanted(c));
        for key in &keys {
            self.revoke(*key, cause, now);
        }
        keys.len()
    }

    /// Gives a principal a new secret of a kind (a password reset) and ends the old one.
    ///
    /// `None` where it had none, or where the fault makes resets do nothing.
    pub(crate) fn replace_secret(
        &mut self,
        kind: &'static str,
        principal: &str,
        secret: &str,
        now: SystemTime,
    ) -> Option<Key> {
        let old = self.kept_where(now, |c| c.kind == kind && c.is_of(principal));
        let mut fresh = self.credential(*old.last()?).clone();
        if self.spares(Cause::Action) {
            return None;
        }
        for key in old {
            self.revoke(key, Cause::Action, now);
        }
        secret.clone_into(&mut fresh.secret);
        fresh.revoked = None;
        fresh.switches.clear();
        Some(self.issue(fresh, now))
    }

    /// Switches a credential off or on again, where a platform can do that without ending it.
    pub(crate) fn set_enabled(&mut self, key: Key, on: bool, now: SystemTime) {
        if !on && self.spares(Cause::Action) {
            return;
        }
        let effective = if on { now } else { now + self.delay() };
        let back = self.comes_back(effective).filter(|_| !on);
        let credential = self.credential_mut(key);
        credential.switches.retain(|(from, _)| *from <= now);
        credential.switches.push((effective, on));
        if let Some(back) = back {
            credential.switches.push((back, true));
        }
        if !on {
            let victim = (credential.kind, credential.supplier);
            self.kill_bystanders(vec![victim.0], victim.1, now);
        }
    }

    /// Tells whether the fault makes an action of that cause do nothing, for what a platform keeps
    /// outside the kernel (a password status, an extra flag).
    pub(crate) fn spares(&self, cause: Cause) -> bool {
        match cause {
            Cause::Protocol => false,
            Cause::Action => self.fault == Some(Fault::RevokeDoesNothing),
            Cause::Deactivation => {
                matches!(self.fault, Some(Fault::RevokeDoesNothing | Fault::SurvivesDeactivation))
            }
        }
    }

    pub(super) fn delay(&self) -> Duration {
        match self.fault {
            Some(Fault::SlowDeath(delay)) => self.propagation + delay,
            Some(_) | None => self.propagation,
        }
    }

    pub(super) fn comes_back(&self, from: SystemTime) -> Option<SystemTime> {
        match self.fault {
            Some(Fault::ComesBack(after)) => Some(from + after),
            Some(_) | None => None,
        }
    }

    pub(super) fn kill_bystanders(
        &mut self,
        kinds: Vec<&'static str>,
        victim: Option<Supplier>,
        now: SystemTime,
    ) {
        let due = self.fault == Some(Fault::KillsBystander) && !self.bystander_killed;
        // A state that hides nothing (a person without a credential) is no revocation yet.
        if !due || kinds.is_empty() || victim == Some(Supplier::Globex) {
            return;
        }
        self.bystander_killed = true;
        let hit = |c: &Credential| c.supplier == Some(Supplier::Globex) && kinds.contains(&c.kind);
        self.revoke_where(Cause::Protocol, now, hit);
    }
}
