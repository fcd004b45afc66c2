//! What can be recorded: one event per line of the journal.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::approval::Change;
use crate::claim::{Claim, Ruling};
use crate::clock::Moment;
use crate::id::{
    ActionId, ChannelId, CredentialId, EnvironmentId, GrantId, KindId, PlatformId, PrincipalId,
    RunId, SupplierId,
};
use crate::secret::Fingerprint;
use crate::track::Confirmation;
use crate::verdict::Verdict;

mod canary;
mod harm;
mod otherwise;
mod password;

pub use canary::{CanaryEnd, CanaryIntended, CanaryMade, CanarySort, Rehearsal};
pub use harm::{Harm, HarmCourse};
pub use otherwise::{Looked, NotHeld, WitnessAsked};
pub use password::{LockedOut, Withheld};

/// The version of the journal's form.
pub const VERSION: u32 = 1;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The form's version.
    pub v: u32,
    /// Its number, from 0 without gaps.
    pub n: u64,
    /// The scenario it belongs to, from 1; none for the run as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<u32>,
    /// Microseconds since the scenario began.
    pub at: Moment,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A run begins.
    RunStarted(RunStarted),
    /// A scenario begins.
    ScenarioStarted(ScenarioStarted),
    /// The supplier under drill is known.
    SupplierBound(SupplierBound),
    /// A canary is about to be made.
    CanaryIntended(CanaryIntended),
    /// It was made, or not.
    CanaryMade {
        /// Which, as in its intention.
        canary: u32,
        /// What came of it.
        result: CanaryMade,
    },
    /// It was looked for, to remove it.
    CanaryEnded {
        /// Which.
        canary: u32,
        /// What came of it.
        result: CanaryEnd,
    },
    /// A credential takes part.
    Enlisted(Box<Enlisted>),
    /// Its secret is not ours to use. Recorded once it is enlisted.
    NotHeld(NotHeld),
    /// The supplier was asked to use it.
    WitnessAsked(WitnessAsked),
    /// It was looked at by other means than its use.
    Looked(Box<Looked>),
    /// Its platform's description says why a credential outlives what is done to it. Recorded once it
    /// is enlisted.
    Explained {
        /// Which credential.
        credential: CredentialId,
        /// Why it survives.
        why: String,
        /// What does end it.
        remedy: String,
        /// Where that is documented.
        source: String,
    },
    /// A control was made.
    Controlled(Controlled),
    /// A probe was sent and answered.
    Probed(Box<Probed>),
    /// A password was due to be tried, and one more wrong one could lock its account.
    Withheld(Withheld),
    /// A platform says that an account is locked out.
    LockedOut(LockedOut),
    /// The termination begins: exposure counts from here.
    TerminationBegan {
        /// By which procedure or single action.
        by: String,
    },
    /// An action is about to be sent.
    ActionIntended(ActionIntended),
    /// It was answered, or failed.
    ActionEnded {
        /// Which, as in its intention.
        action: u32,
        /// What it answered. Never evidence of anything.
        result: ActionResult,
    },
    /// A bystander was refused while a procedure was at work.
    Harm(Harm),
    /// The procedure is through.
    TerminationEnded,
    /// A platform was listed.
    Listed(Listed),
    /// A demand is made.
    Claimed(Claim),
    /// A demand is ruled on.
    Judged {
        /// The claim.
        claim: u32,
        /// A ruling per subject, in the order of the claim; one for the claim as a whole if it has no
        /// subjects.
        rulings: Vec<Judged>,
    },
    /// A step could not be carried out.
    StepFailed {
        /// The step as written.
        step: String,
        /// Why, with all causes.
        why: String,
    },
    /// The scenario was taken up again, perhaps days later and in another process.
    TakenUp {
        /// When, in UTC.
        wall: Timestamp,
        /// Until when it was looked at before: nobody looked from then on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Moment>,
        /// What takes no part this time, and why.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        without: BTreeMap<CredentialId, String>,
    },
    /// What was made in the drill was kept for a recheck, sealed.
    Kept {
        /// What was.
        sealed: Vec<CredentialId>,
        /// What was not, and why.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        without: BTreeMap<CredentialId, String>,
    },
    /// A scenario is over.
    ScenarioEnded {
        /// How it went, apart from its claims.
        result: ScenarioResult,
    },
    /// A signal or a stop file ended the run early.
    Interrupted {
        /// The signal's name.
        by: String,
    },
    /// The run is over.
    RunEnded {
        /// Its exit code.
        exit: u8,
    },
    /// A torn last line was moved away.
    Recovered {
        /// SHA-256 of what was moved.
        torn: String,
    },
}

/// The facts of a run that every report states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Its id, and the name of its folder.
    pub run: RunId,
    /// doornail's version.
    pub version: String,
    /// When, in UTC.
    pub began: Timestamp,
    /// Which platforms.
    pub environment: EnvironmentId,
    /// Whether the platforms are mocks: then the run is no evidence that anybody lost access.
    pub mocked: bool,
    /// Whether time is simulated.
    pub simulated: bool,
    /// Rules of confirmation.
    pub confirmation: Confirmation,
    /// The user and machine that probed.
    pub vantage: String,
    /// Which scenarios were asked for.
    pub selection: String,
    /// How many scenarios were to be played.
    pub scenarios: usize,
    /// SHA-256 of every file that shaped the run, by name.
    pub files: BTreeMap<String, String>,
    /// How many times as fast as real its time ran, on mocks of another process; none where it was real.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_scale: Option<u32>,
    /// The change under which it writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// What a reader should know of its environment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// The facts of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioStarted {
    /// Its feature.
    pub feature: String,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: usize,
    /// Its tags and its feature's.
    pub tags: Vec<String>,
    /// Its steps as written, background first.
    pub steps: Vec<String>,
    /// The wall time at its first moment, in UTC.
    pub began: Timestamp,
}

/// The supplier under drill and the population that was considered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SupplierBound {
    /// Its id.
    pub supplier: SupplierId,
    /// Its name.
    pub name: String,
    /// The contract, as the inventory names it.
    pub contract: String,
    /// Who answers for it.
    pub owners: BTreeMap<String, String>,
    /// Where the population was read.
    pub source: String,
    /// Credentials in the inventory.
    pub population: usize,
    /// Credentials not tested, with the reason.
    pub not_tested: BTreeMap<CredentialId, String>,
    /// Kinds and classes the inventory declares to be none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub none: Vec<String>,
    /// What it stands in for, if it is made for the drill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Rehearsal>,
}

/// A credential that takes part, with everything a report says about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enlisted {
    /// Its id.
    pub credential: CredentialId,
    /// In which part.
    pub role: Role,
    /// Whose it is.
    pub supplier: SupplierId,
    /// At which platform.
    pub platform: PlatformId,
    /// Of which kind.
    pub kind: KindId,
    /// The kind's name for people.
    pub title: String,
    /// The class steps speak of.
    pub class: String,
    /// What it was minted from during the drill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<CredentialId>,
    /// To whom it belongs: `principal`, `client` or `account`.
    pub owned_by: String,
    /// Of which principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<PrincipalId>,
    /// Its channels, with the strength of proof of each.
    pub channels: BTreeMap<ChannelId, String>,
    /// Who may end it: `ours` or `supplier`.
    pub authority: String,
    /// A fingerprint of each secret field.
    pub fingerprints: BTreeMap<String, Fingerprint>,
    /// When it ends by itself, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// The bystanders that control it: same platform and kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bystanders: Vec<CredentialId>,
    /// The accepted risk on it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
}

/// Why a credential takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It must stop working.
    Suspect,
    /// It must not.
    Bystander,
    /// It was minted from another during the drill, and shares its fate.
    Derived {
        /// From which.
        from: CredentialId,
    },
    /// The new secret after a reset of another.
    Renewed {
        /// Of which.
        of: CredentialId,
    },
    /// The secret of an attempt that had to be refused.
    Attempted {
        /// On which.
        of: CredentialId,
    },
}

/// An accepted risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Until when, inclusive.
    pub until: jiff::civil::Date,
    /// Why.
    pub reason: String,
    /// By whom.
    pub approver: String,
}

/// One control and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controlled {
    /// Which control.
    pub control: Control,
    /// On which platform.
    pub platform: PlatformId,
    /// For which kind.
    pub kind: KindId,
    /// On which channel.
    pub channel: ChannelId,
    /// What came of it.
    pub result: ControlResult,
}

/// The controls that are observations of their own. The positive and the bystander control are read off
/// the probes of the credentials themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// A well-formed, never-issued credential must be refused as dead.
    Bogus,
    /// No credential at all must not be let in.
    Empty,
    /// The answer must name the credential's own principal.
    Identity,
}

/// What came of a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlResult {
    /// As it must be.
    Held,
    /// Not so: every verdict of this kind on this channel is void.
    Failed {
        /// What was seen.
        why: String,
    },
    /// Could not be made out: the platform gave no usable answer.
    Open {
        /// What was seen.
        why: String,
    },
    /// Not made.
    Skipped {
        /// Why not.
        why: String,
    },
}

/// One probe and its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probed {
    /// Of which credential.
    pub credential: CredentialId,
    /// On which channel.
    pub channel: ChannelId,
    /// The server by its logical name, never by a port.
    pub host: String,
    /// When it was sent.
    pub sent: Moment,
    /// When the answer was read.
    pub received: Moment,
    /// What it showed.
    pub verdict: Verdict,
    /// HTTP status of the deciding answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The platform's machine-readable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The beginning of the body, scrubbed. Not kept of answers that prove life.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
    /// From where it was sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vantage: String,
}

/// An action about to be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionIntended {
    /// Its number in the scenario, from 1.
    pub action: u32,
    /// At which platform; none for a command or a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<PlatformId>,
    /// Which action of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ActionId>,
    /// What it does, for people.
    pub title: String,
    /// To what.
    pub object: String,
    /// By whom.
    pub by: Hand,
    /// The kinds of credentials that it is to end, as `platform.kind`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kills: Vec<String>,
    /// What it keeps before anything is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preserve: Option<String>,
}

/// Who carries out an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hand {
    /// doornail, through the platform's API.
    Api,
    /// A person.
    Person,
    /// The mock, in a person's stead.
    SimulatedHand,
    /// A command of the user's.
    Command,
    /// An address that was told.
    Webhook,
}

/// What an action answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionResult {
    /// It said yes.
    Accepted {
        /// The last status or exit code.
        answer: String,
    },
    /// It said no, or could not be made out.
    Refused {
        /// What was seen, scrubbed.
        why: String,
    },
    /// Nobody carried it out.
    NotDone {
        /// Why.
        why: String,
    },
}

/// A listing of one kind at one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// At which platform.
    pub platform: PlatformId,
    /// Of which kind.
    pub kind: KindId,
    /// The secret fields of its kind, for an inventory that takes a leftover in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret: Vec<String>,
    /// The public fields an inventory must give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What came of it.
    pub result: ListingResult,
}

/// What came of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListingResult {
    /// Read to its end.
    Complete {
        /// Live items of anybody.
        items: usize,
        /// Live items of the supplier that the inventory lacks.
        leftovers: Vec<Leftover>,
    },
    /// Broke off.
    Incomplete {
        /// Why.
        why: String,
    },
    /// The platform cannot list this kind.
    Impossible {
        /// Why.
        why: String,
    },
}

/// Access that the inventory lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// Its id at the platform, or [`NO_ID`].
    pub remote_id: String,
    /// Whose it is, as the platform names them.
    pub owner: String,
    /// The principal of the inventory that is so named, if it is one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<PrincipalId>,
    /// The grant of the inventory that is so named, if it is one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
}

/// Stands for the id of a leftover to which the platform gives none.
pub const NO_ID: &str = "(no id)";

/// One ruling and whom it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The credential, or what else the ruling is about.
    pub subject: String,
    /// The ruling.
    #[serde(flatten)]
    pub ruling: Ruling,
}

/// How a scenario went, apart from its claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScenarioResult {
    /// Every step ran.
    Completed,
    /// A step failed, was undefined or ambiguous: later steps did not run.
    Broken,
    /// It was stopped.
    Stopped,
}
