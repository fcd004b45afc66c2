//! doornail: offboarding drills that prove, by use, that a departed supplier's credentials have
//! stopped working.

pub mod chase;
pub mod claim;
pub mod clock;
pub mod config;
pub mod drill;
pub mod error;
pub mod id;
pub mod inventory;
pub mod journal;
pub mod platform;
pub mod probe;
pub mod report;
pub mod secret;
pub mod span;
pub mod steps;
pub mod track;
pub mod verdict;
