//! The state of one scenario: the drill being played.

use std::convert::Infallible;
use std::fmt;

use crate::drill::{Drill, DrillError};

/// What the steps of one scenario share. Empty until the scenario begins.
#[derive(Default)]
pub(crate) struct DrillWorld {
    pub(crate) drill: Option<Drill>,
    pub(crate) failure: Option<DrillError>,
}

impl DrillWorld {
    pub(crate) fn drill(&mut self) -> Result<&mut Drill, StepError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure.into());
        }
        self.drill.as_mut().ok_or_else(|| StepError("the scenario did not begin".to_owned()))
    }
}

// By hand: writers of the framework print the world when a step fails.
impl fmt::Debug for DrillWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DrillWorld(..)")
    }
}

impl cucumber::World for DrillWorld {
    type Error = Infallible;

    async fn new() -> Result<Self, Infallible> {
        Ok(Self::default())
    }
}

/// Why a step could not be carried out: the whole chain of causes, since the framework prints only the
/// first.
#[derive(Debug)]
pub(crate) struct StepError(pub(crate) String);

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StepError {}

impl From<DrillError> for StepError {
    fn from(error: DrillError) -> Self {
        Self(error.with_causes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_the_world_shows_nothing() {
        assert_eq!(format!("{:?}", DrillWorld::default()), "DrillWorld(..)");
    }
}
