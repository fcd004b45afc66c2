//! doornail: offboarding drills that prove, by use, that a departed supplier's credentials have
//! stopped working.

pub mod drill;
pub mod error;
pub mod id;
pub mod platform;
pub mod probe;
pub mod report;
pub mod secret;
pub mod span;
pub mod steps;
pub mod verdict;
pub mod clock;
pub mod track;
pub mod chase;
pub mod claim;
pub mod config;
pub mod inventory;
pub mod journal;
