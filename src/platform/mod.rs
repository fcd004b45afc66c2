//! Platform descriptions: what credentials look like, what an answer means, what actions kill and spare.
//!
//! Data and pure functions only; nothing here sends anything.

pub mod answer;
pub mod catalogue;
mod check;
mod check_talk;
mod check_web;
pub(crate) mod html;
mod json;
pub mod matcher;
pub mod rules;
pub mod schema;
pub mod template;
mod xml;

pub use catalogue::Catalogue;
