//! `doornail recheck`, `resume` and `verify`: a run's journal goes on, perhaps days later.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use doornail::drill::Drill;
use doornail::drill::resume::is_open;
use doornail::drill::sealed::Vault;
use doornail::drill::secrets::SecretSource;
use doornail::id::SupplierId;
use doornail::journal::chain::replay;
use doornail::journal::event::RunStarted;
use doornail::journal::{Journal, RunView, ScenarioView};
use doornail::secret::Secret;
use doornail::steps::Project;

use super::ground::{Leave, Needs, ground, leave};
use super::load;
use super::options::{ArmOptions, FollowOptions, GroundOptions, RecheckOptions};
use super::output::Output;
use super::person::person;
use super::session::{Beginning, Session, secrets};
use super::witness::read_all;

/// Nothing proven.
const NOTHING_PROVEN: u8 = 4;

pub(crate) async fn recheck(
    options: &RecheckOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let earlier = Earlier::read(&options.run)?;
    earlier.demand_what_was_made()?;
    let numbers = earlier.ended()?;
    let Some(session) = earlier.again(&options.confirm, root, *output).await? else {
        return Ok(NOTHING_PROVEN);
    };
    let today = jiff::Timestamp::now().strftime("%F");
    let step = format!("nothing is back at the recheck of {today}");
    let files = read_all(&options.witnessed.files)?;
    for (index, number) in numbers.into_iter().enumerate() {
        let drill = Drill::again(session.shared.clone(), number)?;
        let files = if index == 0 { files.as_slice() } else { &[] };
        let witnessed = drill.witnessed(files, None)?;
        drill.recheck(&step, witnessed).await;
    }
    session.end(|| {})
}

pub(crate) async fn verify(
    options: &FollowOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let earlier = Earlier::read(&options.armed)?;
    earlier.demand_no_rehearsal()?;
    let number = earlier.armed()?;
    let Some(session) = earlier.again(&options.confirm, root, *output).await? else {
        return Ok(NOTHING_PROVEN);
    };
    let drill = Drill::again(session.shared.clone(), number)?;
    let within = options.within.map(|span| span.0);
    let files = read_all(&options.witnessed.files)?;
    let witnessed = drill.witnessed(&files, Some(options.terminated_at))?;
    let times = (within, options.first_action_at);
    drill.verify(options.terminated_at, &options.ticket, times, witnessed).await?;
    session.end(|| {})
}

pub(crate) async fn resume(
    options: &RecheckOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    if !options.witnessed.files.is_empty() {
        bail!("`recheck` and `verify` take in what a supplier signed, `resume` does not");
    }
    let earlier = Earlier::read(&options.run)?;
    earlier.demand_no_rehearsal()?;
    let numbers = earlier.open()?;
    let never_begun = earlier.started.scenarios.saturating_sub(earlier.view.scenarios.len());
    let Some(session) = earlier.again(&options.confirm, root, *output).await? else {
        return Ok(NOTHING_PROVEN);
    };
    if never_begun > 0 {
        output.note(format!("note: {never_begun} scenarios had not begun: run them again"));
    }
    let now = jiff::Timestamp::now().strftime("%F %H:%M UTC");
    let step = format!("nothing is back when it is gone on with, {now}");
    for number in numbers {
        doornail::steps::resume::resume(session.shared.clone(), number, &step).await?;
    }
    session.end(|| {})
}

/// Arms a run once more.
pub(crate) async fn arm_again(
    run: &Path,
    options: &ArmOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let earlier = Earlier::read(run)?;
    let number = earlier.armed()?;
    let Some(session) = earlier.again(&options.confirm, root, *output).await? else {
        return Ok(NOTHING_PROVEN);
    };
    let drill = Drill::again(session.shared.clone(), number)?;
    let witnessed = drill.witnessed(&read_all(&options.witnessed.files)?, None)?;
    let now = jiff::Timestamp::now().strftime("%F %H:%M UTC");
    let step = format!("every credential of the supplier is proven to work again, {now}");
    drill.arm_again(&step, witnessed).await;
    session.end(|| {})
}

/// A run read back, to go on with.
pub(super) struct Earlier {
    folder: PathBuf,
    view: RunView,
    started: RunStarted,
}

impl Earlier {
    pub(super) fn read(run: &Path) -> anyhow::Result<Self> {
        let file = load::journal(run)?;
        let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
        let view = RunView::of(&replay(&file)?.entries);
        let started = view.started.clone().context("the journal has no beginning")?;
        if started.mocked {
            bail!(
                "run {} was played on mocks, which are gone with it\n  hint: run it again; only a run with \
                 --env can be gone on with",
                started.run
            );
        }
        Ok(Self { folder, view, started })
    }

    fn was_rehearsed(&self) -> bool {
        let rehearsed = |scenario: &ScenarioView| {
            scenario.supplier.as_ref().is_some_and(|bound| bound.rehearsal.is_some())
        };
        self.view.scenarios.values().any(rehearsed)
    }

    /// What a rehearsal makes is gone with it, and nothing of it can be gone on with.
    fn demand_no_rehearsal(&self) -> anyhow::Result<()> {
        if self.was_rehearsed() {
            bail!(
                "run {} was a rehearsal, and what it made is gone with it\n  hint: `doornail clean` removes what it may \
                 have left; then run it again",
                self.started.run
            );
        }
        Ok(())
    }

    /// A rehearsal can be rechecked only with what was kept of it.
    fn demand_what_was_made(&self) -> anyhow::Result<()> {
        if self.was_rehearsed() && !self.has_kept_anything() {
            bail!(
                "run {} was a rehearsal, and the secrets of what it made were not kept\n  hint: with `sealed_to: age1...` \
                 in doornail.yaml they are, sealed, and a rehearsal can be rechecked",
                self.started.run
            );
        }
        Ok(())
    }

    fn has_kept_anything(&self) -> bool {
        self.view.scenarios.keys().any(|number| Vault::file(&self.folder, *number).is_file())
    }

    /// The identity that opens what was kept.
    async fn unseal(
        &self,
        project: &Project,
        secrets: &SecretSource,
    ) -> anyhow::Result<Option<Secret>> {
        match (&project.config.unseal, self.has_kept_anything()) {
            (_, false) => Ok(None),
            (Some(reference), true) => {
                let found = secrets.find(reference).await;
                Ok(Some(found.context("doornail.yaml: unseal; nothing was sent")?))
            }
            (None, true) if self.was_rehearsed() => bail!(
                "what run {} made is kept sealed, and nothing says who opens it\n  hint: add `unseal: \"cmd:...\"` to \
                 doornail.yaml, which gives the identity of age",
                self.started.run
            ),
            // What was minted on the way takes no part, and that is said.
            (None, true) => Ok(None),
        }
    }

    /// The scenarios in which something was ended.
    fn ended(&self) -> anyhow::Result<Vec<u32>> {
        let scenarios = self.view.scenarios.iter();
        let ended = scenarios.filter(|(_, scenario)| scenario.termination.is_some());
        let numbers: Vec<u32> = ended.map(|(number, _)| *number).collect();
        if numbers.is_empty() {
            bail!("nothing was ended in run {}, so nothing can be back", self.started.run);
        }
        Ok(numbers)
    }

    /// The scenarios that were cut off, or whose watch is not over.
    fn open(&self) -> anyhow::Result<Vec<u32>> {
        let run = &self.started.run;
        if self.started.selection == ARMED && self.view.scenarios.values().all(not_ended) {
            bail!(
                "run {run} was armed, and nothing was ended yet\n  hint: `doornail verify --armed {run}` follows \
                 it once it was"
            );
        }
        let open = self.view.scenarios.iter().filter(|(_, scenario)| is_open(scenario));
        let numbers: Vec<u32> = open.map(|(number, _)| *number).collect();
        if numbers.is_empty() && self.view.scenarios.values().all(not_ended) {
            bail!("nothing was ended in run {run} before it was cut off\n  hint: run it again");
        }
        // One that was killed while it ended still lacks its reports.
        if numbers.is_empty() && self.view.exit.is_some() {
            bail!(
                "run {run} has nothing left to go on with\n  hint: `doornail recheck {run}` looks whether \
                 something is back"
            );
        }
        Ok(numbers)
    }

    /// The one scenario of a run that was only armed.
    fn armed(&self) -> anyhow::Result<u32> {
        let run = &self.started.run;
        let scenario = self.view.scenarios.get(&1).filter(|_| self.started.selection == ARMED);
        let scenario = scenario.with_context(|| {
            format!(
                "run {run} was not made by `doornail arm`\n  hint: `doornail status` lists all runs"
            )
        })?;
        if scenario.termination.is_some() {
            bail!(
                "run {run} was verified before\n  hint: `doornail recheck {run}` looks whether something is \
                 back"
            );
        }
        Ok(1)
    }

    /// The first scenario, which is the only one of a run that was armed.
    pub(super) fn first(&self) -> anyhow::Result<u32> {
        if self.started.selection != ARMED {
            bail!(
                "run {} was not made by `doornail arm`, so no witness can be asked for it",
                self.started.run
            );
        }
        self.view.scenarios.keys().next().copied().context("the run has no scenario")
    }

    /// Opens the journal again, with everything that the drills need; nothing if that was not typed.
    pub(super) async fn again(
        &self,
        confirm: &Option<String>,
        root: &Path,
        output: Output,
    ) -> anyhow::Result<Option<Session>> {
        let project = load::project(root)?;
        demand_key(&project)?;
        let name = self.started.environment.to_string();
        load::environment(&project, &name)?;
        if !confirmed(&name, confirm, output)? {
            return Ok(None);
        }
        let changed =
            |path: &String, hash: &String| project.files.get(path).is_some_and(|now| now != hash);
        for (path, _) in self.started.files.iter().filter(|(path, hash)| changed(path, hash)) {
            output.note(format!("note: {path} was changed since the run"));
        }
        let bound = self.view.scenarios.values().filter_map(|scenario| scenario.supplier.as_ref());
        let suppliers: BTreeSet<SupplierId> = bound.map(|bound| bound.supplier.clone()).collect();
        let secrets = secrets(&project, output);
        let unseal = self.unseal(&project, &secrets).await?;
        let ground = ground(&project, Some(&name), &secrets, Needs::Reading, &suppliers).await?;
        let beginning = Beginning {
            project: &project,
            run: &self.started.run,
            folder: self.folder.clone(),
            journal: Journal::reopen(&self.folder, None)?,
            ground,
            secrets,
            supplier: None,
            faults: Vec::new(),
            rehearse: None,
            person: person(output),
            change: None,
            unseal,
        };
        Ok(Some(Session::begin(beginning, output).await?))
    }
}

fn not_ended(scenario: &ScenarioView) -> bool {
    scenario.termination.is_none()
}

/// What a run says of itself that was only armed.
pub(super) const ARMED: &str = "armed, to be verified";

/// Whether the environment was typed again. What only reads ends nobody's access: no supplier has to be typed.
pub(super) fn confirmed(
    environment: &str,
    confirm: &Option<String>,
    output: Output,
) -> anyhow::Result<bool> {
    let given = GroundOptions {
        environment: Some(environment.to_owned()),
        confirm: confirm.clone(),
        terminate: None,
    };
    match leave(&given, &BTreeSet::new())? {
        Leave::Given | Leave::Rehearse => Ok(true),
        Leave::DryRun(why) => {
            output.note(format!("dry run: nothing was sent and nothing is proven\n  hint: {why}"));
            Ok(false)
        }
    }
}

/// What is gone on with has to know its secrets again.
pub(super) fn demand_key(project: &Project) -> anyhow::Result<()> {
    if project.config.fingerprint_key.is_none() {
        bail!(
            "without `fingerprint_key` nobody can tell later whether a secret is still the one that was proven \
             to work\n  hint: add `fingerprint_key: env:NAME` to doornail.yaml before the run"
        );
    }
    Ok(())
}
