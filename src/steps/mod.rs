//! The Gherkin vocabulary: what every step means, and how features are read, checked and run.
//!
//! Glue only: a step's body hands over to the drill. A `Then` records a claim and its ruling and returns
//! `Ok`; only a failure of the harness is an `Err`.

mod effects;
pub mod features;
mod given;
pub mod lint;
mod parameter;
mod project;
pub mod resume;
mod runner;
mod then;
pub mod vocabulary;
mod when;
mod world;
mod writer;

pub use features::{Features, Origin};
pub use project::{Project, ProjectError};
pub use runner::run;
