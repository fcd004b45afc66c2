//! Events about credentials that are not used from here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::CredentialId;
use crate::track::{Look, Shows};
use crate::verdict::Means;

/// A credential whose secret we do not hold, and what else is taken for proof of its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotHeld {
    /// Which.
    pub credential: CredentialId,
    /// Who holds it: `supplier` or `nobody`.
    pub held_by: String,
    /// What the inventory accepts.
    pub accepts: Vec<Means>,
}

/// One look at a credential by other means than its use from here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// At which credential.
    pub credential: CredentialId,
    /// By what.
    pub means: Means,
    /// When it was begun.
    pub sent: Moment,
    /// When it was answered.
    pub received: Moment,
    /// From where.
    pub vantage: String,
    /// What it showed.
    pub shows: Shows,
    /// In words, scrubbed.
    pub why: String,
    /// Who says so: a person, or the key that signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Which request of ours it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// A fingerprint of what was used, made by the supplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<String>,
}

impl Looked {
    /// What of it counts.
    pub fn look(&self) -> Look<'_> {
        Look {
            means: self.means,
            sent: self.sent,
            received: self.received,
            vantage: &self.vantage,
            shows: self.shows,
            why: &self.why,
        }
    }
}

/// The supplier was asked to use a credential itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WitnessAsked {
    /// Which.
    pub credential: CredentialId,
    /// What only the answer to this request can carry.
    pub nonce: String,
    /// SHA-256 of the request.
    pub request: String,
    /// When, in UTC.
    pub wall: Timestamp,
    /// Whether after the end of access, or before it.
    pub after: bool,
}
