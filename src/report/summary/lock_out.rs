//! Accounts that were seen to be locked out.

use serde::Serialize;

use super::build::micros;
use crate::clock::Moment;
use crate::journal::event::LockedOut;
use crate::report::inert::Inert;
use crate::report::words;

/// An account that was seen to be locked out.
#[derive(Clone, Debug, Serialize)]
pub struct LockOut {
    /// At which platform.
    pub platform: Inert,
    /// Its name there.
    pub account: Inert,
    /// The credential whose use showed it.
    pub credential: Inert,
    /// When it was seen.
    pub at_us: i64,
    /// How many wrong passwords of ours it got in the window before.
    pub ours: u32,
    /// Until when nothing more was tried.
    pub until_us: i64,
}

impl LockOut {
    pub(super) fn of(at: Moment, event: &LockedOut, origin: Moment) -> Self {
        Self {
            platform: Inert::new(&event.platform),
            account: Inert::new(&event.account),
            credential: Inert::new(&event.credential),
            at_us: micros(at, origin),
            ours: event.ours,
            until_us: micros(event.until, origin),
        }
    }

    /// What was seen, but for the names.
    pub fn seen(&self) -> String {
        format!(
            "locked out, seen at {}, after {} of ours",
            words::offset(self.at_us),
            words::many(self.ours as usize, "wrong password", "wrong passwords")
        )
    }

    /// What is to be done.
    pub fn to_do(&self) -> String {
        format!(
            "nothing more was tried before {}: tell its owner, have it unlocked, and go on with `doornail resume`; \
             more wrong passwords than doornail's come from somebody else",
            words::offset(self.until_us)
        )
    }
}
