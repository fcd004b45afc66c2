//! How scenarios, controls, actions and listings went, in a word each.

use serde::Serialize;

/// How far a scenario ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// Every step ran.
    Completed,
    /// A step failed: later steps did not run.
    Broken,
    /// It was stopped.
    Stopped,
    /// Its journal has no end.
    Unfinished,
}

/// What came of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlState {
    /// As it must be.
    Held,
    /// Not so: verdicts of its kind and channel are void.
    Failed,
    /// Could not be made out.
    Open,
    /// Not made.
    Skipped,
}

/// What an action answered, which is no evidence of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionState {
    /// It said yes.
    Accepted,
    /// It said no, or could not be made out.
    Refused,
    /// Nobody carried it out.
    NotDone,
    /// Nothing came back: it may have been carried out.
    NoAnswer,
}

/// What came of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListingState {
    /// Read to its end.
    Complete,
    /// Broke off.
    Incomplete,
    /// The platform cannot list this kind.
    Impossible,
}

impl Course {
    /// As a sentence about the scenario; none where there is nothing to say.
    pub fn warning(self) -> Option<&'static str> {
        match self {
            Self::Completed => None,
            Self::Broken => Some("a step could not be carried out: later steps did not run"),
            Self::Stopped => Some("it was stopped before its end"),
            Self::Unfinished => Some("its journal has no end: it crashed, or is still running"),
        }
    }
}

impl ControlState {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Failed => "FAILED",
            Self::Open => "open",
            Self::Skipped => "skipped",
        }
    }
}

impl ActionState {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Accepted => "said yes",
            Self::Refused => "said no",
            Self::NotDone => "not done",
            Self::NoAnswer => "no answer",
        }
    }
}

impl ListingState {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Complete => "read to its end",
            Self::Incomplete => "broke off",
            Self::Impossible => "cannot be listed here",
        }
    }
}
