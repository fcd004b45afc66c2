//! `doornail recheck`: a run's journal goes on, days later.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::{Context as _, bail};
use doornail::chase::Stop;
use doornail::drill::secrets::{SecretSource, all_variables};
use doornail::drill::{Drill, Shared};
use doornail::id::{RunId, SupplierId};
use doornail::journal::chain::replay;
use doornail::journal::event::{Event, RunStarted};
use doornail::journal::exit::exit_code;
use doornail::journal::{Journal, RunView};
use doornail::probe::http::client;
use doornail::steps::Project;

use super::ground::{Leave, ground, leave, preflight};
use super::load;
use super::options::{GroundOptions, RecheckOptions};
use super::output::Output;
use super::person::{person, prompt};
use super::report::write_all;
use super::run::{fingerprint_key, pace, watch_signals};

/// Nothing proven.
const NOTHING_PROVEN: u8 = 4;

pub(crate) async fn recheck(
    options: &RecheckOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let file = load::journal(&options.run)?;
    let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
    let before = RunView::of(&replay(&file)?.entries);
    let started = before.started.clone().context("the journal has no beginning")?;
    let project = load::project(root)?;
    let numbers = to_recheck(&before, &started, &project)?;
    let named = |number: &u32| Some(before.scenarios[number].supplier.as_ref()?.supplier.clone());
    let suppliers: BTreeSet<SupplierId> = numbers.iter().filter_map(named).collect();
    let name = started.environment.to_string();
    load::environment(&project, &name)?;
    let given = GroundOptions {
        environment: Some(name.clone()),
        confirm: options.confirm.clone(),
        terminate: None,
    };
    // It reads only: nobody's access is ended, so no supplier has to be typed.
    if let Leave::DryRun(why) = leave(&given, &BTreeSet::new())? {
        output.note(format!("dry run: nothing was sent and nothing is proven\n  hint: {why}"));
        return Ok(NOTHING_PROVEN);
    }
    for changed in started
        .files
        .iter()
        .filter(|(path, hash)| project.files.get(*path).is_some_and(|now| now != *hash))
    {
        output.note(format!("note: {} was changed since the run", changed.0));
    }
    let secrets = SecretSource {
        environment: true,
        prompt: prompt(*output),
        withheld: all_variables(&project.inventory, &project.config),
        ..SecretSource::default()
    };
    let ground = ground(&project, Some(&name), &secrets).await?;
    preflight(&project, &ground, &suppliers, &secrets).await?;
    let key = fingerprint_key(&project, &secrets, false, &started.run).await?;
    let journal = Journal::reopen(&folder, None)?;
    let stop = Stop::default();
    let signal = Arc::new(AtomicU8::new(0));
    tokio::spawn(watch_signals(stop.clone(), signal.clone(), *output));
    let shared = Arc::new(Shared {
        catalogue: project.catalogue.clone(),
        inventory: project.inventory.clone(),
        journal: journal.clone(),
        client: client(&agent(&started.run))?,
        key,
        stop,
        ground,
        secrets,
        pace: pace(&project),
        arm_within: project.config.chase.arm_within(),
        patience: project.config.chase.patience(),
        supplier: None,
        person: person(*output),
        faults: Vec::new(),
    });
    let step =
        format!("nothing is back at the recheck of {}", jiff::Timestamp::now().strftime("%F"));
    for number in numbers {
        Drill::again(shared.clone(), number)?.recheck(&step).await;
    }
    let interruption = Some(signal.load(Ordering::SeqCst)).filter(|code| *code != 0);
    let code = journal.view(|view| exit_code(view, interruption));
    journal.record(Event::RunEnded { exit: code });
    if let Some(failure) = journal.failure() {
        return Err(failure).context("the journal is not whole, so nothing is proven");
    }
    write_all(&journal, &folder, *output)?;
    Ok(code)
}

fn agent(run: &RunId) -> String {
    format!("doornail/{} (run {run})", env!("CARGO_PKG_VERSION"))
}

/// The scenarios in which something was ended.
fn to_recheck(view: &RunView, started: &RunStarted, project: &Project) -> anyhow::Result<Vec<u32>> {
    if started.mocked {
        bail!(
            "run {} was played on mocks, which are gone with it\n  hint: run it again; a recheck is for \
             runs with --env",
            started.run
        );
    }
    if project.config.fingerprint_key.is_none() {
        bail!(
            "without `fingerprint_key` nobody can tell whether a secret is still the one that was proven to \
             work\n  hint: set it in doornail.yaml before the run: `fingerprint_key: env:NAME`"
        );
    }
    let ended = view.scenarios.iter().filter(|(_, scenario)| scenario.termination.is_some());
    let numbers: Vec<u32> = ended.map(|(number, _)| *number).collect();
    if numbers.is_empty() {
        bail!("nothing was ended in run {}, so nothing can be back", started.run);
    }
    Ok(numbers)
}
