//! Canaries: what a rehearsal makes, uses, ends and removes, so that nothing of the real supplier is touched.

pub mod clean;
pub(super) mod guard;
pub(super) mod mint;
pub mod plan;

use std::collections::BTreeMap;

use self::mint::Minted;
pub use self::plan::{Ground, Plan, Way};

/// Says that a run rehearses: what it ends it has made before.
#[derive(Clone, Debug)]
pub struct Rehearse {
    /// Where canaries can be made.
    pub ground: Ground,
    /// What is in the name of everything the run makes, and nowhere else.
    pub mark: String,
}

/// The canaries of one scenario.
#[derive(Debug)]
pub(super) struct Canaries {
    plan: Plan,
    minted: BTreeMap<u32, Minted>,
}
