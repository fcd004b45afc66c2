//! A drill: one scenario from the inventory to its rulings.

pub mod act;
pub mod again;
pub mod arming;
mod audit;
pub mod canary;
pub mod claims;
pub mod estate;
pub mod expand;
mod explain;
mod guarded;
#[cfg(test)]
mod hostile;
pub mod listing;
pub mod mocked;
mod otherwise;
mod paging;
pub mod person;
mod planned;
pub mod reset;
pub mod resume;
pub mod roster;
mod rotate;
pub mod sealed;
pub mod secrets;
pub mod standing;
pub mod tenant;
pub mod witness;
pub mod worst;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::approval::Window;
use crate::chase::budget::Budgets;
use crate::chase::passwords::WrongPasswords;
use crate::chase::schedule::Pace;
use crate::chase::{Chase, Describe, Newcomer, Stop};
use crate::clock::{Clock, SimulatedClock, Tempo, WallClock};
use crate::error::Problems;
use crate::id::{ActionId, CredentialId, PlatformId, ProcedureId, SupplierId};
use crate::inventory::{Inventory, Supplier};
use crate::journal::event::{Event, ScenarioResult, ScenarioStarted};
use crate::journal::{Journal, Ledger};
use crate::platform::Catalogue;
use crate::probe::http::Http;
use crate::probe::{Held, HttpProber, Stage, Wallet};
use crate::secret::{FingerprintKey, Scrubber};
use crate::witness::WitnessError;

use self::canary::{Canaries, Rehearse};
use self::mocked::{MockFault, Mocks};
use self::person::Person;
use self::roster::RosterError;
use self::sealed::{SealError, Vault};
use self::secrets::SecretSource;

/// What all scenarios of a run share.
pub struct Shared {
    /// The descriptions.
    pub catalogue: Arc<Catalogue>,
    /// Suppliers and procedures.
    pub inventory: Arc<Inventory>,
    /// The journal.
    pub journal: Arc<Journal>,
    /// The connection pool.
    pub client: reqwest::Client,
    /// The name under which other connections are made.
    pub user_agent: String,
    /// The key of fingerprints.
    pub key: FingerprintKey,
    /// Says stop.
    pub stop: Stop,
    /// Where the drill is played.
    pub ground: Ground,
    /// Where secrets are looked for on a real environment.
    pub secrets: SecretSource,
    /// How often is asked.
    pub pace: Pace,
    /// How long proving everything to work may take.
    pub arm_within: Duration,
    /// How long after a deadline a definitive answer is waited for.
    pub patience: Duration,
    /// Longer watches on a real environment are handed over to a later process.
    pub longest_wait: Option<Duration>,
    /// The supplier that "the supplier" stands for.
    pub supplier: Option<SupplierId>,
    /// Who answers questions.
    pub person: Arc<dyn Person>,
    /// How fast time runs on a real environment.
    pub tempo: Tempo,
    /// From where credentials are used.
    pub vantage: String,
    /// When steps may begin, if the environment asks for the approval of changes.
    pub window: Option<Window>,
    /// The wrong passwords that real accounts got: no scenario begins anew with them.
    pub passwords: Arc<WrongPasswords>,
    /// Where what is made is kept for a recheck.
    pub vault: Option<Vault>,
    /// What a run that rehearses needs; none if it ends the access of those it names, or plays on mocks.
    pub rehearse: Option<Rehearse>,
    /// Faults to inject into mocks; for doornail's own tests.
    pub faults: Vec<MockFault>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(..)")
    }
}

impl Shared {
    /// The platforms that the steps of a scenario can come to: those of the suppliers they name.
    fn visited(&self, steps: &[String]) -> BTreeSet<PlatformId> {
        let named = steps.iter().filter_map(|step| {
            let name = step.split_once("the supplier \"")?.1;
            name.split('"').next().map(SupplierId::new)
        });
        let suppliers: BTreeSet<SupplierId> = named.chain(self.supplier.clone()).collect();
        let known = suppliers.iter().filter_map(|id| self.inventory.supplier(id));
        known.flat_map(|supplier| supplier.platforms()).collect()
    }
}

/// Where a drill is played.
#[derive(Clone, Debug)]
pub enum Ground {
    /// On mocks of its own, on a clock of its own that begins at this instant.
    Mocks {
        /// The instant.
        began: jiff::Timestamp,
    },
    /// On a real environment, in real time.
    Real(Arc<Stage>),
}

/// What keeps a drill from going on.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// The stage cannot be set.
    #[error("the stage cannot be set")]
    Stage(#[source] Problems),
    /// A name that the inventory does not know.
    #[error("{what} `{name}` is unknown{hint}")]
    Unknown {
        /// What it should be.
        what: &'static str,
        /// The name.
        name: String,
        /// What to type instead.
        hint: String,
    },
    /// A credential cannot be made ready.
    #[error("a credential cannot be made ready")]
    Roster(#[source] Box<RosterError>),
    /// A step came before the one it builds on.
    #[error("{0}")]
    OutOfOrder(&'static str),
    /// A step is about nothing.
    #[error("{0}")]
    Nothing(String),
    /// A step could touch what the drill did not make.
    #[error(
        "the procedure `{0}` has commands, and nothing says that they touch only the supplier they are \
         given\n  hint: add `drill_safe: true` to it if so"
    )]
    NotSafe(ProcedureId),
    /// A bystander was refused, so what was left of a procedure was not carried out.
    #[error("{0}; what was left of it was not carried out")]
    Harmed(String),
    /// What was kept sealed cannot be opened.
    #[error("what was kept sealed cannot be opened")]
    Sealed(#[source] SealError),
    /// The supplier cannot be asked.
    #[error("the supplier cannot be asked")]
    Witness(#[source] WitnessError),
    /// What the supplier handed over is not taken.
    #[error("{}: what was handed over is not taken; nothing was sent", file.display())]
    Witnessed {
        /// Its file.
        file: std::path::PathBuf,
        /// Why.
        #[source]
        source: WitnessError,
    },
    /// A stop was asked for.
    #[error("stopped")]
    Stopped,
}

impl DrillError {
    /// The error with all its causes.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(current) = cause {
            text = format!("{text}: {current}");
            cause = current.source();
        }
        text
    }
}

/// One scenario being played.
pub struct Drill {
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ledger: Ledger,
    pub(crate) prober: Arc<HttpProber>,
    pub(crate) budgets: Arc<Budgets>,
    pub(crate) chase: Chase,
    pub(crate) secrets: SecretSource,
    pub(crate) supplier: Option<Supplier>,
    pub(crate) with_bystanders: bool,
    /// What each use replaces is left alone: it is still needed.
    pub(crate) leaves_rotating: bool,
    pub(crate) armed: bool,
    pub(crate) claims: u32,
    pub(crate) actions: u32,
    /// Credentials of a shared login's reset, for the steps that speak of "its" passwords.
    pub(crate) reset: Option<reset::Reset>,
    /// What was made while notice ran, for the step that demands that it is found.
    pub(crate) backdoor: Option<estate::Backdoor>,
    /// What the scenario made, if it rehearses.
    canaries: Option<Canaries>,
    /// What the actions carried out last gave as new values.
    yielded: Vec<(ActionId, expand::Object, crate::probe::Values)>,
    /// Everything that "nothing comes back" watches.
    pub(crate) claimed_dead: BTreeSet<CredentialId>,
    /// What was kept of the scenario, if it was taken up again.
    unsealed: BTreeMap<CredentialId, Held>,
    describe: Describe,
    mocks: Option<Mocks>,
}

impl std::fmt::Debug for Drill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drill(..)")
    }
}

impl Drill {
    /// Begins a scenario: sets the stage and records its facts.
    ///
    /// # Errors
    /// If the stage cannot be set.
    pub async fn begin(
        shared: Arc<Shared>,
        number: u32,
        mut facts: ScenarioStarted,
    ) -> Result<Self, DrillError> {
        let (clock, mocks): (Arc<dyn Clock>, _) = match &shared.ground {
            Ground::Mocks { began } => {
                let clock: Arc<dyn Clock> = SimulatedClock::start_at(*began);
                let mocks = Mocks::start(clock.clone(), &shared.visited(&facts.steps)).await;
                for fault in &shared.faults {
                    mocks.inject(fault);
                }
                (clock, Some(mocks))
            }
            Ground::Real(_) => (WallClock::start(shared.tempo), None),
        };
        let (stage, secrets) = match (&shared.ground, &mocks) {
            (Ground::Real(stage), _) => (stage.clone(), shared.secrets.clone()),
            (Ground::Mocks { .. }, Some(mocks)) => {
                let stage = mocks.stage(&shared.catalogue).map_err(DrillError::Stage)?;
                let variables = mocks.variables.clone();
                (Arc::new(stage), SecretSource { variables, ..shared.secrets.clone() })
            }
            (Ground::Mocks { .. }, None) => {
                return Err(DrillError::OutOfOrder("the mocks did not start"));
            }
        };
        facts.began = clock.began();
        let drill = Self::assemble(shared, number, clock, (stage, secrets, mocks));
        drill.ledger.record(Event::ScenarioStarted(facts));
        Ok(drill)
    }

    fn assemble(
        shared: Arc<Shared>,
        number: u32,
        clock: Arc<dyn Clock>,
        (stage, secrets, mocks): (Arc<Stage>, SecretSource, Option<Mocks>),
    ) -> Self {
        // A scrubber of its own: what other scenarios minted cannot turn up here.
        let scrubber = Scrubber::new();
        learn_admins(&stage, &scrubber);
        let ledger = shared.journal.ledger(number, clock.clone());
        let wallet = Arc::new(Wallet::new(shared.key.clone(), scrubber));
        let http = Http::new(shared.client.clone(), stage.allow_hosts.clone());
        let wire = stage.permits.wire.clone();
        let http = Arc::new(http.with_certificates(wire, shared.user_agent.clone()));
        let catalogue = shared.catalogue.clone();
        let prober = Arc::new(HttpProber::new(
            catalogue.clone(),
            stage,
            wallet.clone(),
            clock.clone(),
            http,
        ));
        let passwords = match &shared.ground {
            Ground::Real(_) => shared.passwords.clone(),
            Ground::Mocks { .. } => Arc::default(),
        };
        let budgets = Arc::new(Budgets::sharing(clock.clone(), passwords));
        let describe = enlister(catalogue, wallet, ledger.clone());
        let chase = Chase::new(
            prober.clone(),
            clock.clone(),
            ledger.clone(),
            shared.pace,
            shared.stop.clone(),
            budgets.clone(),
            describe.clone(),
        )
        .from_vantage(shared.vantage.clone());
        Self {
            shared,
            clock,
            ledger,
            prober,
            budgets,
            chase,
            secrets,
            supplier: None,
            with_bystanders: false,
            leaves_rotating: false,
            armed: false,
            claims: 0,
            actions: 0,
            reset: None,
            backdoor: None,
            canaries: None,
            yielded: Vec::new(),
            claimed_dead: BTreeSet::new(),
            unsealed: BTreeMap::new(),
            describe,
            mocks,
        }
    }

    /// Ends the scenario and its mocks, and removes what it made.
    pub async fn end(self, result: ScenarioResult) {
        let result = if self.shared.stop.is_stopped() { ScenarioResult::Stopped } else { result };
        self.rule_on_returns();
        self.clean_up().await;
        self.keep_sealed(true);
        self.ledger.record(Event::ScenarioEnded { result });
        let Self { mocks, prober, chase, describe, .. } = self;
        drop((prober, chase, describe));
        if let Some(mocks) = mocks {
            mocks.shutdown().await;
        }
    }

    /// Takes a credential into the drill: records it and follows it.
    pub(crate) fn enlist(&mut self, held: Held) {
        if let Some(newcomer) = (self.describe)(held) {
            self.chase.follow(&newcomer);
        }
    }

    pub(crate) fn supplier(&self) -> Result<&Supplier, DrillError> {
        self.supplier.as_ref().ok_or(DrillError::OutOfOrder(
            "no supplier yet: begin with `Given the supplier \"NAME\"`",
        ))
    }

    pub(crate) fn procedure(&self, name: &str) -> Result<crate::inventory::Procedure, DrillError> {
        let id = ProcedureId::new(name);
        self.shared.inventory.procedure(&id).cloned().ok_or_else(|| {
            let known = self.shared.inventory.procedures.keys().map(ProcedureId::as_str);
            unknown("the procedure", name, known)
        })
    }

    pub(crate) fn check_stop(&self) -> Result<(), DrillError> {
        if self.shared.stop.is_stopped() { Err(DrillError::Stopped) } else { Ok(()) }
    }
}

pub(crate) fn unknown<'a>(
    what: &'static str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> DrillError {
    let hint = crate::error::nearest_or_known(name, known);
    DrillError::Unknown { what, name: name.to_owned(), hint: format!("\n  hint: {hint}") }
}

/// The administrators' secrets are secrets too.
fn learn_admins(stage: &Stage, scrubber: &Scrubber) {
    for values in stage.platforms.values().flat_map(|site| site.admins.values()) {
        values.each_secret(|secret| scrubber.learn(secret));
    }
}

/// Records what takes part, and knows its kind's manners.
fn enlister(catalogue: Arc<Catalogue>, wallet: Arc<Wallet>, ledger: Ledger) -> Describe {
    Arc::new(move |held: Held| {
        let description = catalogue.get(&held.platform)?;
        let kind = description.credentials.get(&held.kind)?;
        let facts = wallet.take_in(held.clone(), kind);
        ledger.record(Event::Enlisted(Box::new(facts)));
        Some(Newcomer { held, kind: kind.clone(), polite: description.polite })
    })
}
