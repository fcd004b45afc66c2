//! What a rehearsal made, and whether it is gone.

use serde::Serialize;

use crate::journal::event::CanaryEnd;
use crate::journal::view::CanaryView;
use crate::report::inert::Inert;

/// Something made for the drill.
#[derive(Clone, Debug, Serialize)]
pub struct Canary {
    /// At which platform.
    pub platform: Inert,
    /// What it is.
    pub what: Inert,
    /// Its name there.
    pub name: Inert,
    /// Its id there, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Inert>,
    /// Whether it is gone.
    pub state: CanaryState,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Inert>,
}

/// Whether a canary is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CanaryState {
    /// Found and removed, and found no more.
    Removed,
    /// Not there: ended by the procedure, or never made.
    NotThere,
    /// There, or that it is not cannot be made out.
    Left,
    /// Not looked for.
    NotLookedFor,
}

impl CanaryState {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::NotThere => "not there any more",
            Self::Left => "may be left",
            Self::NotLookedFor => "not removed yet",
        }
    }

    /// Whether somebody has to look after it.
    pub fn is_left(self) -> bool {
        match self {
            Self::Removed | Self::NotThere => false,
            Self::Left | Self::NotLookedFor => true,
        }
    }
}

impl Canary {
    pub(super) fn of(view: &CanaryView) -> Self {
        let (state, why) = match &view.ended {
            Some(CanaryEnd::Removed) => (CanaryState::Removed, None),
            Some(CanaryEnd::NotThere) => (CanaryState::NotThere, None),
            Some(CanaryEnd::Left { why }) => (CanaryState::Left, Some(Inert::new(why))),
            None => (CanaryState::NotLookedFor, None),
        };
        Self {
            platform: Inert::new(&view.intended.platform),
            what: Inert::new(&view.intended.sort),
            name: Inert::new(&view.intended.name),
            id: view.id().map(Inert::new),
            state,
            why,
        }
    }
}
