//! Whether a statement answers what was asked, now.

use std::time::Duration;

use jiff::Timestamp;

use super::{FRESH, Statement, WitnessError};
use crate::id::{CredentialId, RunId};

/// Clocks differ by so much.
const SKEW: Duration = Duration::from_secs(120);

/// A request of this run, as its journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Of which credential.
    pub credential: CredentialId,
    /// Its nonce.
    pub nonce: String,
    /// SHA-256 of its text.
    pub request: String,
    /// When it was made.
    pub wall: Timestamp,
    /// Whether it asks for a use after the end of access.
    pub after: bool,
}

/// What a statement is held against.
#[derive(Clone, Copy)]
pub struct Admission<'a> {
    /// The run.
    pub run: &'a RunId,
    /// Its requests.
    pub asked: &'a [Asked],
    /// Whether a nonce was answered already.
    pub answered: &'a dyn Fn(&str) -> bool,
    /// The fingerprint that was used for a credential before.
    pub print: &'a dyn Fn(&CredentialId) -> Option<String>,
    /// When the termination began, if it has.
    pub terminated: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

impl std::fmt::Debug for Admission<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Admission({})", self.run)
    }
}

/// Takes a statement whose signature is right for an answer, or says why not.
///
/// # Errors
/// If it answers another run, another credential or nothing, was given before, is too old, or cannot have been
/// made when it says.
pub fn admit<'a>(statement: &Statement, by: Admission<'a>) -> Result<&'a Asked, WitnessError> {
    if statement.run != *by.run {
        let (found, run) = (statement.run.clone(), by.run.clone());
        return Err(WitnessError::OtherRun { found, run });
    }
    let asked = by.asked.iter().find(|asked| asked.nonce == statement.nonce);
    let asked = asked.ok_or(WitnessError::NeverAsked)?;
    if asked.credential != statement.credential {
        let (found, asked) = (statement.credential.clone(), asked.credential.clone());
        return Err(WitnessError::OtherCredential { found, asked });
    }
    if asked.request != statement.request {
        return Err(WitnessError::OtherRequest);
    }
    if (by.answered)(&statement.nonce) {
        return Err(WitnessError::Replayed);
    }
    let later =
        |a: Timestamp, b: Timestamp| Duration::try_from(a.duration_since(b)).unwrap_or_default();
    let wrong = |why| Err(WitnessError::Time { at: statement.sent, why });
    if later(asked.wall, statement.sent) > SKEW {
        return wrong("before it was asked for");
    }
    if later(statement.received, by.now) > SKEW || later(statement.sent, statement.received) > SKEW
    {
        return wrong("which is yet to come");
    }
    if later(by.now, statement.sent) > FRESH {
        return Err(WitnessError::Stale { at: statement.sent });
    }
    if let Some(terminated) = by.terminated
        && asked.after
        && statement.sent < terminated
    {
        return wrong("before the termination began, and a use after it was asked for");
    }
    let before = (by.print)(&statement.credential);
    if before.is_some_and(|before| before != statement.print) {
        return Err(WitnessError::OtherSecret);
    }
    Ok(asked)
}
