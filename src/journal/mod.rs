//! The append-only record of everything that happened: the source of truth.
//!
//! Reports, rulings and exit codes are projections of it, live or read back years later.

pub mod chain;
pub mod event;
pub mod exit;
pub mod judge;
pub mod revise;
#[cfg(test)]
pub(crate) mod script;
pub mod view;
pub mod writer;

pub use event::{Entry, Event};
pub use view::{RunView, ScenarioView, SubjectView};
pub use writer::{Journal, Ledger};
