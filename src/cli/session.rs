//! A run at work: what its drills share, from its journal's opening to the exit code.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use doornail::approval::Change;
use doornail::chase::Stop;
use doornail::chase::schedule::Pace;
use doornail::drill::canary::Rehearse;
use doornail::drill::mocked::MockFault;
use doornail::drill::person::Person;
use doornail::drill::resume::watched_until;
use doornail::drill::sealed::Vault;
use doornail::drill::secrets::{SecretSource, variables};
use doornail::drill::{Ground, Shared};
use doornail::id::{RunId, SupplierId};
use doornail::journal::event::Event;
use doornail::journal::exit::exit_code;
use doornail::journal::{Journal, RunView, ScenarioView};
use doornail::platform::Catalogue;
use doornail::secret::{FingerprintKey, Secret};
use doornail::steps::Project;

use super::connect;
use super::output::Output;
use super::person::prompt;
use super::report::write_all;
use super::status::goes_on;

/// A run at work.
pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    folder: PathBuf,
    signal: Arc<OnceLock<Interruption>>,
    output: Output,
}

/// What ended a run early.
struct Interruption {
    code: u8,
    by: &'static str,
}

/// What a run is begun with.
pub(super) struct Beginning<'p> {
    pub(super) project: &'p Project,
    pub(super) run: &'p RunId,
    pub(super) folder: PathBuf,
    pub(super) journal: Arc<Journal>,
    pub(super) ground: Ground,
    pub(super) secrets: SecretSource,
    pub(super) supplier: Option<SupplierId>,
    pub(super) faults: Vec<MockFault>,
    pub(super) rehearse: Option<Rehearse>,
    pub(super) person: Arc<dyn Person>,
    /// The change under which it writes, where its environment asks for one.
    pub(super) change: Option<Change>,
    /// Opens what was kept sealed.
    pub(super) unseal: Option<Secret>,
}

impl Session {
    pub(super) async fn begin(beginning: Beginning<'_>, output: Output) -> anyhow::Result<Self> {
        let signal = Arc::new(OnceLock::new());
        let settings = connect::environment(beginning.project, &beginning.ground);
        let safety = settings.map(|environment| &environment.safety);
        let stop_file = safety.and_then(|safety| safety.stop_file.clone());
        let longest = safety.and_then(|safety| safety.max_duration).map(|span| span.0);
        let folder = beginning.folder.clone();
        let shared = shared(beginning).await?;
        tokio::spawn(watch_signals(
            shared.stop.clone(),
            signal.clone(),
            (stop_file, longest),
            output,
        ));
        Ok(Self { shared, folder, signal, output })
    }

    /// The signal that asked it to stop.
    pub(super) fn interruption(&self) -> Option<u8> {
        self.signal.get().map(|interruption| interruption.code)
    }

    /// Ends it, writes its reports, and gives its exit code. `last` is done before they are printed.
    pub(super) fn end(self, last: impl FnOnce()) -> anyhow::Result<u8> {
        let interruption = self.interruption();
        let journal = &self.shared.journal;
        if let Some(Interruption { by, .. }) = self.signal.get() {
            journal.record(Event::Interrupted { by: (*by).to_owned() });
        }
        let code = journal.view(|view| exit_code(view, interruption));
        journal.record(Event::RunEnded { exit: code });
        last();
        if let Some(failure) = journal.failure() {
            return Err(failure).context("the journal is not whole, so nothing is proven");
        }
        write_all(journal, &self.folder, self.output)?;
        if let Some(hint) = journal.view(going_on) {
            self.output.note(hint);
        }
        Ok(code)
    }
}

/// How a run is gone on with that has no definitive end; none if it has, or cannot be gone on with.
fn going_on(view: &RunView) -> Option<String> {
    let started = view.started.as_ref().filter(|started| !started.mocked)?;
    let open: Vec<&ScenarioView> =
        view.scenarios.values().filter(|scenario| goes_on(scenario)).collect();
    open.first()?;
    let ends = open.iter().filter_map(|scenario| watched_until(scenario)).max();
    let ends = ends.map(|at| format!(", the last time after {}", at.strftime("%F %H:%M:%S UTC")));
    Some(format!(
        "hint: `doornail resume {} --confirm {}` goes on with it{}",
        started.run,
        started.environment,
        ends.unwrap_or_default()
    ))
}

/// What the drills of a run share.
pub(super) async fn shared(beginning: Beginning<'_>) -> anyhow::Result<Arc<Shared>> {
    let Beginning {
        project,
        run,
        journal,
        ground,
        secrets,
        supplier,
        faults,
        rehearse,
        person,
        folder,
        change,
        unseal,
    } = beginning;
    let tempo = connect::tempo(project, &ground)?;
    let mocked = match &ground {
        Ground::Mocks { .. } => true,
        Ground::Real(_) => false,
    };
    let key = fingerprint_key(project, &secrets, mocked, run).await?;
    let vantage = connect::vantage(project, &ground);
    let shared = Shared {
        catalogue: budgeted(project, &ground),
        inventory: project.inventory.clone(),
        journal,
        client: connect::client(project, &ground, &format!("run {run}"))?,
        user_agent: connect::user_agent(project, &ground, &format!("run {run}")),
        key,
        stop: Stop::default(),
        ground,
        secrets,
        pace: pace(project),
        arm_within: project.config.chase.arm_within(),
        patience: project.config.chase.patience(),
        longest_wait: project.config.chase.longest_wait.map(|span| span.0),
        supplier,
        person,
        faults,
        rehearse,
        tempo,
        vantage,
        passwords: Arc::default(),
        window: change.map(|change| change.window),
        vault: Some(Vault {
            folder,
            sealed_to: project.config.sealed_to.as_ref().map(|recipient| recipient.0.clone()),
            identity: unseal,
        }),
    };
    Ok(Arc::new(shared))
}

/// The descriptions, with the budgets of the environment.
fn budgeted(project: &Project, ground: &Ground) -> Arc<Catalogue> {
    let environment = connect::environment(project, ground);
    match environment.map(|known| &known.budgets).filter(|budgets| !budgets.is_empty()) {
        None => project.catalogue.clone(),
        Some(budgets) => {
            let own = budgets.iter().map(|(platform, form)| (platform.clone(), form.at_most));
            Arc::new(project.catalogue.with_budgets(own))
        }
    }
}

/// Where secrets come from.
pub(super) fn secrets(project: &Project, output: Output) -> SecretSource {
    SecretSource {
        environment: true,
        prompt: prompt(output),
        withheld: variables(&project.inventory, &project.config),
        ..SecretSource::default()
    }
}

fn pace(project: &Project) -> Pace {
    let default = Pace::default();
    match project.config.chase.resolution_percent {
        Some(percent) => Pace { resolution: f64::from(percent.max(1)) / 100.0, ..default },
        None => default,
    }
}

/// The first signal, or the stop file, asks everything to stop in good order; another signal ends the
/// process.
async fn watch_signals(
    stop: Stop,
    interruption: Arc<OnceLock<Interruption>>,
    (stop_file, longest): (Option<PathBuf>, Option<Duration>),
    output: Output,
) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    let time_is_up = async {
        match longest {
            Some(longest) => tokio::time::sleep(longest).await,
            None => std::future::pending().await,
        }
    };
    let (code, by) = tokio::select! {
        _ = interrupt.recv() => (130, "SIGINT"),
        _ = terminate.recv() => (143, "SIGTERM"),
        () = connect::stop_file_appears(stop_file) => (130, "the stop file"),
        () = time_is_up => (130, "safety.max_duration"),
    };
    let _ = interruption.set(Interruption { code, by });
    output.note("stopping: the remaining steps are not carried out, reports are written; once more to quit at once");
    stop.stop();
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    quit(code);
}

#[expect(
    clippy::exit,
    reason = "the second signal means at once; what was to be kept is journalled"
)]
fn quit(code: u8) -> ! {
    std::process::exit(i32::from(code))
}

/// Fixed on mocks, so that runs repeat; from the configuration otherwise, or made up for this run.
async fn fingerprint_key(
    project: &Project,
    secrets: &SecretSource,
    mocked: bool,
    run: &RunId,
) -> anyhow::Result<FingerprintKey> {
    let key = match (&project.config.fingerprint_key, mocked) {
        (_, true) => Secret::new("doornail mocks"),
        (Some(reference), false) => {
            secrets.find(reference).await.context("doornail.yaml: fingerprint_key")?
        }
        (None, false) => Secret::new(format!("{run} {}", std::process::id())),
    };
    Ok(FingerprintKey::new(key))
}
