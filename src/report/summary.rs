//! One run in figures and findings: what every format shows, and what `summary.json` holds.
//!
//! Pure and complete: formats add shape, never facts. Lengths of time are whole microseconds; offsets
//! count from the start of the termination, or of the scenario where nothing was terminated.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::inert::Inert;
use super::words;
use crate::claim::{Expectation, Finding, Severity};
use crate::journal::event::{Hand, HarmCourse};
use crate::journal::{RunView, exit};

mod build;
mod canaries;
mod counts;
mod lock_out;
mod outcome;
mod results;
mod state;
mod window;

pub use canaries::{Canary, CanaryState};
pub use counts::Counts;
pub use lock_out::LockOut;
pub use outcome::{ChannelOutcome, Death, Explained, LastAnswer, Outcome, Part};
pub use results::{ActionState, ControlState, Course, ListingState};
pub use state::State;
pub use window::{Largest, Window, WindowState};

/// The version of the summary's form.
pub const FORM: u32 = 1;

/// A whole run.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// [`FORM`].
    pub form: u32,
    /// The facts of the run; none if its journal lost them.
    pub run: Option<RunFacts>,
    /// What a reader must know first: that platforms were mocked.
    pub caveat: Option<Inert>,
    /// How it ended.
    pub exit: Exit,
    /// The signal that ended it early.
    pub interrupted: Option<Inert>,
    /// The figures.
    pub counts: Counts,
    /// Rulings by finding.
    pub findings: BTreeMap<&'static str, usize>,
    /// The offboarding revocation window.
    pub window: Window,
    /// What the record can and cannot show.
    pub evidence: &'static str,
    /// Scenarios, in order.
    pub scenarios: Vec<Scenario>,
}

/// The facts of a run.
#[derive(Clone, Debug, Serialize)]
pub struct RunFacts {
    /// Its id.
    pub id: Inert,
    /// doornail's version.
    pub version: Inert,
    /// When it began, in UTC.
    pub began: Timestamp,
    /// Which platforms.
    pub environment: Inert,
    /// Whether they are mocks.
    pub mocked: bool,
    /// Whether time is simulated.
    pub simulated: bool,
    /// The user and machine that probed.
    pub vantage: Inert,
    /// Which scenarios were asked for.
    pub selection: Inert,
    /// How many scenarios were to be played.
    pub scenarios: usize,
    /// Refusals in a row that confirm a death.
    pub refusals: u32,
    /// Least time from the first of them to the last.
    pub spread_us: u64,
    /// SHA-256 of every file that shaped the run.
    pub files: BTreeMap<Inert, Inert>,
    /// The change under which it wrote, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Inert>,
    /// What else a reader should know of its environment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Inert>,
}

/// How a run ended.
#[derive(Clone, Debug, Serialize)]
pub struct Exit {
    /// Its exit code; by its rulings so far, if it has not ended.
    pub code: u8,
    /// The exit code its rulings alone ask for.
    pub by_rulings: u8,
    /// Whether its journal has an end.
    pub finished: bool,
    /// In words, accepted risks and a missing end included.
    pub meaning: Inert,
}

/// One scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Scenario {
    /// Its number in the run, from 1.
    pub number: u32,
    /// The run's id.
    #[serde(skip)]
    pub run: Inert,
    /// Its feature.
    pub feature: Inert,
    /// Its name.
    pub name: Inert,
    /// Its file and line.
    pub place: Inert,
    /// Its tags.
    pub tags: Vec<Inert>,
    /// Its steps as written.
    pub steps: Vec<Inert>,
    /// The wall time at its first moment.
    pub began: Option<Timestamp>,
    /// How long it took, in its own time.
    pub length_us: i64,
    /// How far it ran.
    pub course: Course,
    /// The worst it found.
    #[serde(serialize_with = "severity")]
    pub severity: Severity,
    /// The supplier and the population.
    pub supplier: Option<Supplier>,
    /// The termination.
    pub termination: Option<Termination>,
    /// What was made for the drill.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub canaries: Vec<Canary>,
    /// Accounts that were seen to be locked out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lock_outs: Vec<LockOut>,
    /// Credentials, in the order in which they were enlisted.
    pub credentials: Vec<Outcome>,
    /// Suspects and derived credentials that no claim demands the end of.
    pub not_claimed: Vec<Inert>,
    /// Claims, in order.
    pub claims: Vec<ClaimSummary>,
    /// Controls.
    pub controls: Vec<ControlSummary>,
    /// Actions, in order.
    pub actions: Vec<ActionSummary>,
    /// Bystanders refused while a procedure was at work, and what became of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub harms: Vec<HarmSummary>,
    /// Listings, in order.
    pub listings: Vec<ListingSummary>,
    /// From where credentials were seen.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub vantages: BTreeSet<Inert>,
    /// Steps that could not be carried out.
    pub failures: Vec<StepFailure>,
    /// What was made in the drill and cannot be rechecked, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub not_kept: BTreeMap<Inert, Inert>,
    /// When it was taken up again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taken_up: Vec<TakenUpSummary>,
}

/// A bystander that was refused while a procedure was at work.
#[derive(Clone, Debug, Serialize)]
pub struct HarmSummary {
    /// When.
    pub at_us: i64,
    /// Whom.
    pub bystander: Inert,
    /// What became of the procedure.
    pub course: HarmCourse,
    /// In words.
    pub words: Inert,
}

/// One time that a scenario was taken up again.
#[derive(Clone, Debug, Serialize)]
pub struct TakenUpSummary {
    /// When, in UTC.
    pub wall: Timestamp,
    /// What took no part, and why.
    pub without: Vec<(Inert, Inert)>,
}

/// The supplier under drill and the population that was considered.
#[derive(Clone, Debug, Serialize)]
pub struct Supplier {
    /// Its id.
    pub id: Inert,
    /// Its name.
    pub name: Inert,
    /// The contract.
    pub contract: Inert,
    /// Who answers for it.
    pub owners: BTreeMap<Inert, Inert>,
    /// Where the population was read.
    pub source: Inert,
    /// Credentials in the inventory.
    pub population: usize,
    /// Credentials not tested, with the reason.
    pub not_tested: BTreeMap<Inert, Inert>,
    /// What the inventory declares to be none.
    pub none: Vec<Inert>,
}

/// The termination under test.
#[derive(Clone, Debug, Serialize)]
pub struct Termination {
    /// By which procedure or action.
    pub by: Inert,
    /// When it began, from the start of the scenario.
    pub began_us: i64,
    /// How long the procedure took, if it came to its end.
    pub took_us: Option<i64>,
}

/// A claim and its rulings.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimSummary {
    /// Its number in the scenario.
    pub id: u32,
    /// The step as written.
    pub text: Inert,
    /// What is demanded.
    pub expects: Expectation,
    /// Whether it documents a platform and proves no death.
    pub rehearsal: bool,
    /// When it was made.
    pub made_us: i64,
    /// Whether it was judged.
    pub judged: bool,
    /// The worst ruling; nothing proven if it was never judged.
    #[serde(serialize_with = "severity")]
    pub severity: Severity,
    /// The rulings.
    pub rulings: Vec<RulingSummary>,
}

/// What was ruled on one subject.
#[derive(Clone, Debug, Serialize)]
pub struct RulingSummary {
    /// On whom.
    pub subject: Inert,
    /// By when, or until when.
    pub deadline_us: Option<i64>,
    /// The finding.
    pub finding: Finding,
    /// In words.
    pub why: Inert,
}

/// One control of one kind on one channel.
#[derive(Clone, Debug, Serialize)]
pub struct ControlSummary {
    /// Which control.
    pub control: &'static str,
    /// At which platform.
    pub platform: Inert,
    /// For which kind.
    pub kind: Inert,
    /// On which channel.
    pub channel: Inert,
    /// What came of it.
    pub result: ControlState,
    /// Why, unless it held.
    pub why: Option<Inert>,
}

/// One action. What it answered is no evidence of anything.
#[derive(Clone, Debug, Serialize)]
pub struct ActionSummary {
    /// When it was intended.
    pub at_us: i64,
    /// At which platform.
    pub platform: Option<Inert>,
    /// What it does.
    pub title: Inert,
    /// To what.
    pub object: Inert,
    /// By whom.
    pub by: Hand,
    /// What came of it.
    pub result: ActionState,
    /// What it answered.
    pub answer: Inert,
    /// How long it took.
    pub took_us: Option<i64>,
    /// What it was to end, as the procedure says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kills: Vec<Inert>,
    /// What was let in before it, or before the next one at the latest, and refused for good after it began: by
    /// the times alone, it may have ended these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Inert>,
}

/// One listing.
#[derive(Clone, Debug, Serialize)]
pub struct ListingSummary {
    /// At which platform.
    pub platform: Inert,
    /// Of which kind.
    pub kind: Inert,
    /// The secret fields of that kind.
    #[serde(skip)]
    pub secret: Vec<Inert>,
    /// The public fields that an inventory must give.
    #[serde(skip)]
    pub needs: Vec<Inert>,
    /// What came of it.
    pub result: ListingState,
    /// Live items of anybody, if it was read to its end.
    pub items: Option<usize>,
    /// What the inventory lacks: id and owner.
    pub leftovers: Vec<LeftoverSummary>,
    /// Why it was not read to its end.
    pub why: Option<Inert>,
}

/// Access of the supplier that the inventory lacks.
#[derive(Clone, Debug, Serialize)]
pub struct LeftoverSummary {
    /// Its id at the platform.
    pub id: Inert,
    /// Whose it is.
    pub owner: Inert,
    /// The inventory's principal of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Inert>,
    /// The inventory's grant of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<Inert>,
}

/// A step that could not be carried out.
#[derive(Clone, Debug, Serialize)]
pub struct StepFailure {
    /// As written.
    pub step: Inert,
    /// Why.
    pub why: Inert,
}

impl Summary {
    /// Sums a run up, finished or not.
    pub fn of(run: &RunView) -> Self {
        let id = run.started.as_ref().map(|started| Inert::new(&started.run));
        let id = id.unwrap_or_else(|| Inert::new("(unknown)"));
        let scenarios: Vec<Scenario> = run
            .scenarios
            .iter()
            .map(|(number, view)| build::scenario(*number, &id, view))
            .collect();
        let counts = Counts::of(&scenarios);
        let mut findings = BTreeMap::new();
        for ruling in scenarios.iter().flat_map(Scenario::rulings) {
            *findings.entry(ruling.finding.code()).or_default() += 1;
        }
        let caveat = match &run.started {
            Some(started) if started.mocked => vec![words::MOCKED.to_owned()],
            Some(started) if started.clock_scale.is_some() => vec![words::SCALED.to_owned()],
            Some(_) => Vec::new(),
            None => vec![words::UNKNOWN_PLATFORMS.to_owned()],
        };
        let rehearsals: BTreeSet<String> = run
            .scenarios
            .values()
            .filter_map(|scenario| scenario.supplier.as_ref()?.rehearsal.as_ref())
            .map(|one| words::rehearsed(one, one.of.as_str()))
            .collect();
        let caveats: Vec<String> = caveat.into_iter().chain(rehearsals).collect();
        let caveat = Some(Inert::new(caveats.join(" "))).filter(|_| !caveats.is_empty());
        Self {
            form: FORM,
            run: run.started.as_ref().map(build::facts),
            caveat,
            exit: Exit::of(run, &counts),
            interrupted: run.interrupted.as_ref().map(Inert::new),
            window: Window::of(&scenarios),
            counts,
            findings,
            evidence: words::EVIDENCE,
            scenarios,
        }
    }

    /// From where credentials were seen, if that is recorded.
    pub fn vantages(&self) -> Option<String> {
        let all: BTreeSet<&str> = self
            .scenarios
            .iter()
            .flat_map(|scenario| scenario.vantages.iter().map(Inert::as_str))
            .collect();
        (!all.is_empty()).then(|| all.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// How many scenarios were to be played and never began.
    pub fn never_began(&self) -> usize {
        let planned = self.run.as_ref().map_or(0, |run| run.scenarios);
        planned.saturating_sub(self.scenarios.len())
    }
}

impl Exit {
    fn of(run: &RunView, counts: &Counts) -> Self {
        let by_rulings = exit::exit_code(run, None);
        let code = run.exit.unwrap_or(by_rulings);
        let mut meaning = words::meaning(code).to_owned();
        if counts.accepted > 0 {
            let risks = words::many(counts.accepted, "accepted risk", "accepted risks");
            meaning.push_str(&format!(", with {risks} that still work"));
        }
        if run.exit.is_none() {
            meaning.push_str("; the run has no end in its journal, so this is not final");
        } else if by_rulings != code && matches!(code, 0..=5) {
            let asked = words::meaning(by_rulings);
            meaning.push_str(&format!("; the rulings alone ask for exit {by_rulings}: {asked}"));
        }
        Self { code, by_rulings, finished: run.exit.is_some(), meaning: Inert::new(meaning) }
    }
}

impl Scenario {
    /// Feature and name.
    pub fn title(&self) -> Inert {
        Inert::new(format!("{}: {}", self.feature, self.name))
    }

    /// Every ruling of every claim.
    pub fn rulings(&self) -> impl Iterator<Item = &RulingSummary> {
        self.claims.iter().flat_map(|claim| &claim.rulings)
    }

    /// The credential of that name, if the name is one.
    pub fn credential(&self, name: &Inert) -> Option<&Outcome> {
        self.credentials.iter().find(|outcome| outcome.credential == *name)
    }

    /// Its result in a word: the worst finding, or how it ended where that is all there is.
    pub fn word(&self) -> &'static str {
        match (self.severity, self.course) {
            (Severity::NothingProven, Course::Broken) => "BROKEN",
            (Severity::NothingProven, Course::Unfinished) => "UNFINISHED",
            (Severity::Inconclusive | Severity::NothingProven, Course::Stopped) => "STOPPED",
            (
                severity,
                Course::Completed | Course::Broken | Course::Stopped | Course::Unfinished,
            ) => words::severity_word(severity),
        }
    }
}

fn severity<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(words::severity_code(*severity))
}
