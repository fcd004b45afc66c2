//! The cells of the sabotage table that may be green, and why. Every line was argued; a cell that is green
//! without one fails the test, and so does a line whose cell is not green.

/// Platform, fault, and why nothing is to be seen there.
pub(crate) const GREENS: &[(&str, &str, &str)] = &[];
