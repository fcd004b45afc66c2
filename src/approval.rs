//! The approval of a change: a signature over a plan's hash, by somebody else than whoever carries it out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// From when until when steps may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
}

impl Window {
    /// Whether a step may begin at that time.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = "%F %H:%M:%S UTC";
        write!(f, "{} to {}", self.from.strftime(form), self.to.strftime(form))
    }
}
