//! `doornail clean`: what rehearsals made and left behind is removed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use doornail::drill::Drill;
use doornail::drill::person::Nobody;
use doornail::journal::chain::replay;
use doornail::journal::event::{CanaryEnd, Event};
use doornail::journal::exit::exit_code;
use doornail::journal::{Journal, RunView};

use super::ground::{Needs, ground};
use super::options::CleanOptions;
use super::output::Output;
use super::report::write_files;
use super::session::{Beginning, secrets, shared};
use super::{hold, load, status};

/// Something is left, or may be.
const UNCLEAN: u8 = 6;

pub(crate) async fn clean(
    options: &CleanOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let Some(run) = &options.run else { return all(options, root, *output).await };
    let folder = options.out.join(run);
    let folder = if folder.join("journal.ndjson").is_file() { folder } else { run.clone() };
    let file = load::journal(&folder)?;
    one(file.parent().unwrap_or(Path::new(".")), root, *output).await
}

/// One run that cannot be cleaned does not keep the others from it.
async fn all(options: &CleanOptions, root: &Path, output: Output) -> anyhow::Result<u8> {
    let mut code = 0;
    for folder in status::folders(&options.out)? {
        code = code.max(match one(&folder, root, output).await {
            Ok(code) => code,
            Err(error) => {
                output.error(&error.context(format!("{}: not cleaned", folder.display())));
                UNCLEAN
            }
        });
    }
    Ok(code)
}

async fn one(folder: &Path, root: &Path, output: Output) -> anyhow::Result<u8> {
    let name = folder.file_name().unwrap_or_default().display().to_string();
    let before = RunView::of(&replay(&folder.join("journal.ndjson"))?.entries);
    let dirty = dirty(&before);
    if dirty.is_empty() {
        output.line(format!("{name}  nothing to remove"));
        return Ok(0);
    }
    let started = before.started.as_ref().context("the journal has no beginning")?;
    let project = load::project(root)?;
    let secrets = secrets(&project, output);
    let environment = started.environment.to_string();
    let journal = Journal::reopen(folder, Some(Box::new(hold::at)))?;
    let none = [].into();
    let ground = ground(&project, Some(&environment), &secrets, Needs::Cleaning, &none).await?;
    let beginning = Beginning {
        project: &project,
        run: &started.run,
        folder: PathBuf::new(),
        journal: journal.clone(),
        ground,
        secrets,
        supplier: None,
        faults: Vec::new(),
        rehearse: None,
        person: Arc::new(Nobody),
        change: None,
        unseal: None,
    };
    let shared = shared(beginning).await?;
    for number in dirty {
        Drill::clean(shared.clone(), number).await?;
    }
    // How it ended is what the whole journal says now; that it was stopped early stays so.
    let stopped = before.exit.filter(|code| matches!(code, 130 | 143));
    let exit = journal.view(|view| exit_code(view, stopped));
    journal.record(Event::RunEnded { exit });
    if let Some(failure) = journal.failure() {
        return Err(failure).context("the journal is not whole");
    }
    write_files(&journal, folder)?;
    let (lines, left) = journal.view(|view| told(&before, view));
    for line in lines {
        output.line(format!("{name}  {line}"));
    }
    Ok(if left { UNCLEAN } else { 0 })
}

/// The scenarios of a real environment that may have left something.
fn dirty(view: &RunView) -> Vec<u32> {
    let real = view.started.as_ref().is_some_and(|started| !started.mocked);
    let all = view.scenarios.iter().filter(|_| real);
    let dirty = all.filter(|(_, scenario)| scenario.canaries_left().next().is_some());
    dirty.map(|(number, _)| *number).collect()
}

/// A line for everything that was looked for, and whether something is left.
fn told(before: &RunView, view: &RunView) -> (Vec<String>, bool) {
    let (mut lines, mut left) = (Vec::new(), false);
    for (number, scenario) in &view.scenarios {
        let earlier = before.scenarios.get(number).into_iter();
        let sought: Vec<u32> = earlier
            .flat_map(|scenario| scenario.canaries_left())
            .map(|canary| canary.intended.canary)
            .collect();
        let canaries = scenario.canaries.iter();
        for canary in canaries.filter(|one| sought.contains(&one.intended.canary)) {
            let end = match &canary.ended {
                Some(CanaryEnd::Removed) => "removed".to_owned(),
                Some(CanaryEnd::NotThere) => "is not there".to_owned(),
                Some(CanaryEnd::Left { why }) => format!("LEFT: {why}"),
                None => "LEFT: not looked for".to_owned(),
            };
            left |= canary.is_left();
            let facts = &canary.intended;
            lines.push(format!("{} {} ({}) {end}", facts.platform, facts.name, facts.sort));
        }
    }
    (lines, left)
}
