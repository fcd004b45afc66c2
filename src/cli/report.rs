//! `doornail report` and `doornail verify-journal`: everything people read, again from the journal.

use std::path::Path;

use anyhow::{Context as _, bail};
use doornail::journal::chain::replay;
use doornail::journal::{Journal, RunView};
use doornail::report::{FORMATS, by_name};

use super::load;
use super::options::{ReportOptions, VerifyOptions};
use super::output::Output;

/// Writes every report of a run that has just ended, and prints the one for the terminal.
pub(crate) fn write_all(journal: &Journal, folder: &Path, output: Output) -> anyhow::Result<()> {
    write_files(journal, folder)?;
    output.data(journal.view(|view| text(view, output))?);
    output.line(format!("report   {}", folder.join("report.html").display()));
    output.line(format!("journal  {}", folder.join("journal.ndjson").display()));
    output.line(format!("head     {}  (anchor it elsewhere to resist rewriting)", journal.head()));
    Ok(())
}

/// Writes every report of a run, and prints none.
pub(crate) fn write_files(journal: &Journal, folder: &Path) -> anyhow::Result<()> {
    journal.view(|view| -> anyhow::Result<()> {
        for format in FORMATS {
            if format.name() == "text" {
                continue;
            }
            let bytes = format.render(view)?;
            let file = folder.join(format.file_name());
            std::fs::write(&file, bytes)
                .with_context(|| format!("{}: cannot be written", file.display()))?;
        }
        Ok(())
    })
}

fn text(view: &RunView, output: Output) -> anyhow::Result<Vec<u8>> {
    Ok(doornail::report::render_coloured(view, output.color())?.into_bytes())
}

pub(crate) fn report(options: &ReportOptions, output: &Output) -> anyhow::Result<u8> {
    let file = load::journal(&options.run)?;
    let replayed = replay(&file)?;
    if replayed.torn.is_some() {
        output.note(
            "note: the last line of the journal is torn: the run was killed while writing it",
        );
    }
    let view = RunView::of(&replayed.entries);
    let Some(format) = by_name(&options.format) else {
        let known: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
        bail!("unknown form `{}`\n  hint: known: {}", options.format, known.join(", "));
    };
    if format.name() == "text" {
        output.data(text(&view, *output)?);
    } else {
        output.data(format.render(&view)?);
    }
    Ok(0)
}

pub(crate) fn verify(options: &VerifyOptions, output: &Output) -> anyhow::Result<u8> {
    let file = load::journal(&options.run)?;
    let replayed = replay(&file)?;
    output.line(format!("{}: {} entries, the chain holds", file.display(), replayed.entries.len()));
    output.line(format!("head {}", replayed.head));
    if let Some(torn) = &replayed.torn {
        output.line(format!(
            "the last line is torn ({} bytes): the run was killed while writing it",
            torn.len()
        ));
    }
    output.line(
        "a chain detects accidents; only a signature, or a head kept elsewhere, resists rewriting",
    );
    Ok(0)
}
