//! `doornail run`: plays scenarios, writes the journal and its reports, and gives the exit code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use doornail::approval::Change;
use doornail::drill::Ground;
use doornail::drill::canary::{self, Rehearse};
use doornail::drill::mocked::MockFault;
use doornail::drill::person::Nobody;
use doornail::drill::secrets::SecretSource;
use doornail::id::{EnvironmentId, PlatformId, ProcedureId, RunId, SupplierId};
use doornail::journal::event::{Event, RunStarted};
use doornail::journal::{Entry, Journal};
use doornail::steps::{Features, Project};

use super::change::{self, Intent};
use super::connect::{self, scaled};
use super::ground::{Leave, Needs, ground, leave};
use super::options::RunOptions;
use super::output::Output;
use super::person::person;
use super::progress::Progress;
use super::rehearsal::rehearsal;
use super::session::{Beginning, Session, secrets};
use super::{hold, load};

/// Nothing proven.
const NOTHING_PROVEN: u8 = 4;

pub(crate) async fn run(options: &RunOptions, root: &Path, output: &Output) -> anyhow::Result<u8> {
    let project = load::project(root)?;
    let features = load::features(&options.features, root)?;
    if features.files.is_empty() {
        output.note("error: no feature files found\n  hint: name a .feature file or a folder that holds some; without any, the bundled drills run");
        return Ok(NOTHING_PROVEN);
    }
    let features = features.select(options.tags.as_deref())?;
    if !features.lint.problems.is_empty() {
        let problems: Vec<String> =
            features.lint.problems.iter().map(ToString::to_string).collect();
        bail!("{}", problems.join("\n"));
    }
    if features.count() == 0 {
        output.note(format!(
            "error: no scenario is selected by {:?}: nothing would be proven\n  hint: `doornail check` lists the tags there are",
            options.tags.as_deref().unwrap_or("not @demo")
        ));
        return Ok(NOTHING_PROVEN);
    }
    if !features.lint.undefined.is_empty() {
        for error in &features.lint.undefined {
            output.note(format!("error: {error}"));
        }
        return Ok(NOTHING_PROVEN);
    }
    let default = load::supplier(&project, options.supplier.as_deref())?;
    let suppliers = suppliers(&features, default.as_ref());
    for supplier in &suppliers {
        load::supplier(&project, Some(supplier.as_str()))?;
    }
    load::procedures(&project, &features)?;
    if let Some(name) = &options.ground.environment {
        load::environment(&project, name)?;
    }
    let name = options.ground.environment.as_deref();
    let rehearsal = match leave(&options.ground, &suppliers)? {
        Leave::Given => Ok(None),
        Leave::DryRun(why) => Err(why),
        Leave::Rehearse => {
            rehearsal(&project, name.unwrap_or_default(), &suppliers, &features)?.map(Some)
        }
    };
    let rehearsal = match rehearsal {
        Ok(rehearsal) => rehearsal,
        Err(why) => {
            output.note(format!(
                "dry run: nothing was sent and nothing is proven\n  hint: {why}; `doornail plan --env {}` prints what would be done",
                name.unwrap_or_default()
            ));
            return Ok(NOTHING_PROVEN);
        }
    };
    let secrets = secrets(&project, *output);
    signatures(&project, &features, &secrets).await?;
    let change = match name {
        None => None,
        Some(environment) => {
            let intent = Intent {
                environment,
                suppliers: &suppliers,
                for_real: rehearsal.is_none(),
                tags: options.tags.as_deref(),
            };
            let of = (root, options.approval.as_deref());
            change::demand(&project, &features, &intent, of, &secrets).await?
        }
    };
    let needs = if rehearsal.is_some() { Needs::Rehearsing } else { Needs::Acting };
    let ground = ground(&project, name, &secrets, needs, &suppliers).await?;
    let stage = (ground, secrets, rehearsal, change);
    play(options, project, features, stage, (default, suppliers), *output).await
}

/// What webhooks are signed with is there before anything is sent.
async fn signatures(
    project: &Project,
    features: &Features,
    secrets: &SecretSource,
) -> anyhow::Result<()> {
    for name in load::procedure_names(features) {
        let procedure = project.inventory.procedure(&ProcedureId::new(name));
        let steps = procedure.into_iter().flat_map(|procedure| &procedure.steps);
        for reference in steps.filter_map(|step| step.value.sign.as_ref()) {
            secrets.find(reference).await.with_context(|| {
                format!("procedure `{name}`: what its webhook is signed with is missing; nothing was sent")
            })?;
        }
    }
    Ok(())
}

/// Whom the scenarios are about.
pub(super) fn suppliers(features: &Features, default: Option<&SupplierId>) -> BTreeSet<SupplierId> {
    let mut named: BTreeSet<SupplierId> = BTreeSet::new();
    for text in features.step_texts() {
        if let Some(rest) = text.strip_prefix("the supplier \"") {
            named.extend(rest.split('"').next().map(SupplierId::new));
        } else if text == "the supplier" || text.starts_with("the supplier at \"") {
            named.extend(default.cloned());
        }
    }
    named
}

/// Where a run is played, and under which change.
type Stage = (Ground, SecretSource, Option<canary::Ground>, Option<Change>);

async fn play(
    options: &RunOptions,
    project: Project,
    features: Features,
    (ground, secrets, rehearsal, change): Stage,
    (supplier, suppliers): (Option<SupplierId>, BTreeSet<SupplierId>),
    output: Output,
) -> anyhow::Result<u8> {
    let (environment, mocked) = match &ground {
        Ground::Mocks { .. } => (EnvironmentId::new("mocks"), true),
        Ground::Real(stage) => (stage.environment.clone(), false),
    };
    let faults = faults(&options.mock_fault, &project, &suppliers)?;
    let tempo = connect::tempo(&project, &ground)?;
    let (run, folder) = run_folder(&options.out)?;
    let progress = Arc::new(Progress::new(output, options.verbose, features.count()));
    let shown = progress.clone();
    let see = move |entry: &Entry| {
        shown.see(entry);
        hold::at(entry);
    };
    let journal = Journal::create(&folder, Some(Box::new(see)))?;
    let mut files = project.files.clone();
    for (path, text) in &features.files {
        files.insert(path.display().to_string(), doornail::journal::chain::digest(text.as_bytes()));
    }
    journal.record(Event::RunStarted(RunStarted {
        run: run.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        began: jiff::Timestamp::now(),
        environment,
        mocked,
        simulated: mocked,
        confirmation: project.config.chase.confirmation(),
        vantage: vantage(),
        selection: options.tags.clone().unwrap_or_else(|| "not @demo".to_owned()),
        scenarios: features.count(),
        files,
        clock_scale: scaled(tempo),
        change: change.clone(),
        remarks: connect::remarks(&project, &ground),
    }));
    // In lower case, as some platforms know names no other way.
    let mark = run.as_str().to_lowercase();
    let beginning = Beginning {
        project: &project,
        run: &run,
        folder,
        journal,
        ground,
        secrets,
        supplier,
        faults,
        rehearse: rehearsal.map(|ground| Rehearse { ground, mark }),
        person: if options.non_interactive { Arc::new(Nobody) } else { person(output) },
        change,
        unseal: None,
    };
    let session = Session::begin(beginning, output).await?;
    let errors = doornail::steps::run(features, session.shared.clone()).await;
    if session.interruption().is_none() {
        for error in &errors {
            output.note(format!("error: {error}"));
        }
    }
    session.end(|| progress.finish())
}

/// A folder that no other run has.
pub(super) fn run_folder(parent: &Path) -> anyhow::Result<(RunId, PathBuf)> {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H%M%SZ").to_string();
    std::fs::create_dir_all(parent)
        .with_context(|| format!("{}: the folder for runs cannot be made", parent.display()))?;
    for attempt in 0..1000_u32 {
        let mark = format!("{now}{}", std::process::id().wrapping_add(attempt));
        let mark = doornail::journal::chain::digest(mark.as_bytes());
        let id = RunId::new(format!("{now}-{}", &mark[..4]));
        let folder = parent.join(id.as_str());
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok((id, folder)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{}: cannot be made", folder.display()));
            }
        }
    }
    bail!("{}: no free name for the run", parent.display())
}

pub(super) fn vantage() -> String {
    let user = std::env::var("USER").unwrap_or_else(|_| "unknown user".to_owned());
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    format!("{user}@{}", host.trim())
}

/// A sabotage that hits nothing would let what tests with it pass.
fn faults(
    typed: &[String],
    project: &Project,
    suppliers: &BTreeSet<SupplierId>,
) -> anyhow::Result<Vec<MockFault>> {
    let known = suppliers.iter().filter_map(|id| project.inventory.supplier(id));
    let visited: BTreeSet<PlatformId> = known.flat_map(|supplier| supplier.platforms()).collect();
    let read = |text: &String| {
        let fault = MockFault::parse(text)
            .with_context(|| format!("{text:?} is no PLATFORM=FAULT that the mocks know"))?;
        if !visited.contains(&fault.platform()) {
            bail!("{text:?} would break nothing: no scenario comes to that platform");
        }
        Ok(fault)
    };
    typed.iter().map(read).collect()
}
