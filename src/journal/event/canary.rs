//! Canaries: what a drill makes at a platform, and whether it is gone again.

use serde::{Deserialize, Serialize};

use crate::id::{CredentialId, GrantId, KindId, PlatformId, PrincipalId, SupplierId};

/// A canary about to be made. Recorded before the first request, so that whoever reads a torn journal knows
/// what may be left at the platform, and by which name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryIntended {
    /// Its number in the scenario, from 1.
    pub canary: u32,
    /// At which platform.
    pub platform: PlatformId,
    /// What it is.
    pub sort: CanarySort,
    /// The name that marks it, the same nowhere else.
    pub name: String,
    /// The canaries it is made for: its user, its app.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<u32>,
}

/// What a canary is, and what it stands for in the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CanarySort {
    /// A user, a service account.
    Principal {
        /// Which.
        id: PrincipalId,
    },
    /// An app, a client.
    Grant {
        /// Which.
        id: GrantId,
    },
    /// A credential.
    Credential {
        /// Which.
        id: CredentialId,
        /// Of which kind.
        kind: KindId,
    },
}

impl std::fmt::Display for CanarySort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Principal { id } => write!(f, "principal {id}"),
            Self::Grant { id } => write!(f, "grant {id}"),
            Self::Credential { id, kind } => write!(f, "{kind} {id}"),
        }
    }
}

/// What became of making a canary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CanaryMade {
    /// It is there.
    Made {
        /// Its id at the platform, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// It was refused, or nothing can be said: it may be there all the same.
    Failed {
        /// What was seen, scrubbed.
        why: String,
    },
}

/// Whether a canary is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CanaryEnd {
    /// It was found and removed, and is found no more.
    Removed,
    /// It is not there: never made, ended by the procedure, or removed before.
    NotThere,
    /// It is there, or that it is not cannot be made out.
    Left {
        /// Why.
        why: String,
    },
}

/// What a rehearsal stands in for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The supplier whose end is rehearsed; nothing of it is touched.
    pub of: SupplierId,
    /// Kinds of credentials that it has.
    pub kinds: usize,
    /// Of these, kinds of which a canary is used.
    pub rehearsed: usize,
}
