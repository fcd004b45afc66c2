//! Everything people read of a run: projections of its journal, rendered live or years later.
//!
//! One file a format. No clock, no network, no files: a view goes in, bytes come out. A new format is one
//! file with a [`Report`] and one line in [`FORMATS`].

mod html;
mod json;
mod junit;
mod leftovers;
mod markdown;
pub mod summary;
mod text;
mod words;

pub use crate::inert;
pub use html::Html;
pub use json::Json;
pub use junit::Junit;
pub use markdown::{Markdown, markdown_text};
pub use text::{Text, render_coloured};

use crate::journal::RunView;

/// One format.
pub trait Report: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// The file it has in a run's folder.
    fn file_name(&self) -> &'static str;

    /// Renders a run, finished or not.
    ///
    /// # Errors
    /// If the format cannot express what was recorded; never because of what a drill found.
    fn render(&self, run: &RunView) -> Result<Vec<u8>, ReportError>;
}

/// Every format.
pub const FORMATS: &[&dyn Report] = &[&Html, &Markdown, &Junit, &Json, &Text];

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Report> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

/// A report that cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// As JSON.
    #[error("the run cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// As JUnit XML.
    #[error("the run cannot be written as JUnit XML")]
    Junit(#[from] quick_junit::SerializeError),
    /// As text.
    #[error("the run cannot be written as text")]
    Text(#[from] std::fmt::Error),
}

#[cfg(test)]
mod tests;
