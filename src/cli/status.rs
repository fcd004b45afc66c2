//! `doornail status`: the runs there are.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use doornail::drill::resume::is_open;
use doornail::journal::chain::{JournalError, replay};
use doornail::journal::{RunView, ScenarioView};

use super::options::StatusOptions;
use super::output::Output;

pub(crate) fn status(options: &StatusOptions, output: &Output) -> anyhow::Result<u8> {
    let parent = &options.out;
    if !parent.is_dir() {
        output.line(format!("no runs: {} is no folder", parent.display()));
        return Ok(0);
    }
    let folders = folders(parent)?;
    for folder in &folders {
        output.line(line(folder));
    }
    output.line(format!("{} runs in {}", folders.len(), parent.display()));
    Ok(0)
}

/// The folders of all runs, in the order they began.
pub(super) fn folders(parent: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("{}: cannot be read", parent.display());
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(parent).with_context(unreadable)? {
        let folder = entry.with_context(unreadable)?.path();
        if folder.join("journal.ndjson").is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

fn line(folder: &Path) -> String {
    let file = folder.join("journal.ndjson");
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let held = match std::fs::File::open(&file) {
        Ok(open) => matches!(open.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)),
        Err(_) => false,
    };
    let replayed = match replay(&file) {
        Ok(replayed) => replayed,
        Err(error) => return format!("{name}  unreadable: {}", kind(&error)),
    };
    let view = RunView::of(&replayed.entries);
    let Some(started) = &view.started else { return format!("{name}  never began") };
    let state = match (held, view.exit, replayed.torn.is_some()) {
        (true, ..) => "running".to_owned(),
        (false, Some(exit), false) => format!("exit {exit}"),
        (false, _, true) => "killed while writing its journal".to_owned(),
        (false, None, false) => "killed: it has no end".to_owned(),
    };
    let rechecked: usize = view.scenarios.values().map(|scenario| scenario.taken_up.len()).sum();
    let rechecks =
        if rechecked == 0 { String::new() } else { format!(", taken up again: {rechecked}") };
    let proven = if started.mocked { ", mocks: no evidence" } else { "" };
    let left: usize =
        view.scenarios.values().map(|scenario| scenario.canaries_left().count()).sum();
    let goes_on = match (held, view.scenarios.values().any(goes_on) && !started.mocked) {
        (false, true) => ", `doornail resume` goes on with it",
        (false, false) | (true, _) => "",
    };
    let left = if left == 0 { String::new() } else { format!(", {left} canaries may be left") };
    format!(
        "{name}  {}  {} of {} scenarios  {state}{left}{goes_on}{rechecks}{proven}",
        started.environment,
        view.scenarios.values().filter(|scenario| scenario.result.is_some()).count(),
        started.scenarios,
    )
}

/// Whether it can be gone on with: not a rehearsal, whose secrets are gone.
pub(super) fn goes_on(scenario: &ScenarioView) -> bool {
    let is_real = scenario.supplier.as_ref().is_some_and(|bound| bound.rehearsal.is_none());
    is_real && is_open(scenario)
}

fn kind(error: &JournalError) -> &'static str {
    match error {
        JournalError::Unreadable { .. } => "the file cannot be read",
        JournalError::Malformed { .. } => "a line is no entry",
        JournalError::BrokenChain { .. } => "the chain is broken",
        JournalError::InUse { .. } => "in use",
        JournalError::Unwritable { .. } => "it cannot be written",
    }
}
