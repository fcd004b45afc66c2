//! What keeps a password from being tried: the cap on wrong ones, and a lock-out.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{ChannelId, CredentialId, PlatformId};

/// A password that was due to be tried and was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Which credential.
    pub credential: CredentialId,
    /// On which channel.
    pub channel: ChannelId,
    /// From when on it may be tried.
    pub until: Moment,
    /// Why not before.
    pub why: String,
}

/// An account that its platform says is locked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockedOut {
    /// At which platform.
    pub platform: PlatformId,
    /// Its name there.
    pub account: String,
    /// The credential whose use showed it.
    pub credential: CredentialId,
    /// On which channel.
    pub channel: ChannelId,
    /// How many wrong passwords of ours it got in the window before.
    pub ours: u32,
    /// Until when nothing more is tried.
    pub until: Moment,
}
