//! The summary for programs: `summary.json`.

use super::summary::Summary;
use super::{Report, ReportError};
use crate::journal::RunView;

/// JSON: the whole [`Summary`], lengths of time in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Report for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn file_name(&self) -> &'static str {
        "summary.json"
    }

    fn render(&self, run: &RunView) -> Result<Vec<u8>, ReportError> {
        let mut bytes = serde_json::to_vec_pretty(&Summary::of(run))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
