//! What became of a credential, whatever was claimed about it.

use serde::Serialize;

use crate::claim::{Claim, Expectation, Finding, Subject};
use crate::clock::Moment;
use crate::journal::event::Role;
use crate::journal::judge::judge;
use crate::journal::{ScenarioView, SubjectView};
use crate::track::Standing;
use crate::verdict::{AliveReason, DeadReason};

/// What became of a credential, whatever was claimed about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It works.
    Alive,
    /// It authenticates, and everything it reaches is refused.
    Contained,
    /// Refused for good on every channel, with its controls.
    Dead,
    /// Not used from here, and gone by what the inventory accepts as proof.
    Gone,
    /// Dead because its time was up, which proves nothing about revocation.
    Expired,
    /// Confirmed dead, then alive again.
    CameBack,
    /// Stopped working, and had to go on.
    Harmed,
    /// Never proven alive.
    Unproven,
    /// No bystander controls it.
    Uncontrolled,
    /// A control failed, so nothing is known.
    Void,
    /// Dead before the termination began.
    DiedBefore,
    /// No definitive answer.
    Inconclusive,
}

impl State {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Alive => "works",
            Self::Contained => "contained",
            Self::Dead => "dead",
            Self::Gone => "gone",
            Self::Expired => "expired by itself",
            Self::CameBack => "came back",
            Self::Harmed => "harmed",
            Self::Unproven => "unproven",
            Self::Uncontrolled => "uncontrolled",
            Self::Void => "void: a control failed",
            Self::DiedBefore => "died before",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Refused for its age, on any channel.
fn aged(seen: &SubjectView) -> bool {
    seen.tracks.values().any(|track| track.last_reason() == Some(DeadReason::Expired))
}

/// Dead for that reason, on any channel.
pub(super) fn died_of(seen: &SubjectView, cause: DeadReason) -> bool {
    seen.tracks
        .values()
        .any(|track| matches!(track.standing(), Standing::Dead { reason, .. } if reason == cause))
}

/// What the judge says of it under a demand without a deadline, whatever was really demanded.
pub(super) fn state(seen: &SubjectView, view: &ScenarioView) -> State {
    let expects = match &seen.facts.role {
        Role::Suspect | Role::Derived { .. } => Expectation::Dead,
        Role::Bystander => Expectation::Unharmed,
        Role::Renewed { .. } => Expectation::Works,
        Role::Attempted { .. } => Expectation::NeverWorks,
    };
    let claim = Claim {
        id: 0,
        text: String::new(),
        expects,
        subjects: Vec::new(),
        none_declared: false,
        made: view.termination_began().unwrap_or(Moment::START),
    };
    let subject = Subject { credential: seen.facts.credential.clone(), deadline: None };
    match judge(&claim, &subject, view).into_ruling().finding {
        Finding::Holds if seen.not_held.is_some() => State::Gone,
        // An aged bystander was not harmed, and does not work either.
        Finding::Holds if aged(seen) => State::Expired,
        Finding::Holds if matches!(expects, Expectation::Unharmed | Expectation::Works) => {
            State::Alive
        }
        // What only the supplier can end may end so.
        Finding::Holds if contained(seen) => State::Contained,
        Finding::Holds => State::Dead,
        Finding::Survivor | Finding::AcceptedRisk if contained(seen) => State::Contained,
        Finding::Revenant => State::CameBack,
        Finding::AcceptedRisk if came_back(seen) => State::CameBack,
        Finding::Survivor | Finding::AcceptedRisk | Finding::StepUpMissing => State::Alive,
        Finding::BystanderHarmed | Finding::DoesNotWork => State::Harmed,
        Finding::Unproven => State::Unproven,
        Finding::Uncontrolled => State::Uncontrolled,
        Finding::ControlFailed => State::Void,
        Finding::DiedBefore => State::DiedBefore,
        Finding::Leftover
        | Finding::RehearsalDiffers
        | Finding::EmptyClaim
        | Finding::NotConfirmed
        | Finding::NotListed
        | Finding::WayBack
        | Finding::NotPlanned
        | Finding::WeakProof => State::Inconclusive,
    }
}

fn came_back(seen: &SubjectView) -> bool {
    seen.tracks.values().any(|track| matches!(track.standing(), Standing::CameBack { .. }))
}

/// Alive somewhere, and nowhere more than contained.
fn contained(seen: &SubjectView) -> bool {
    let mut alive = seen.tracks.values().filter_map(|track| match track.standing() {
        Standing::Alive { reason, .. } => Some(reason == AliveReason::Contained),
        Standing::CameBack { .. } => Some(false),
        Standing::Unknown
        | Standing::Refused { .. }
        | Standing::Dead { .. }
        | Standing::Doubtful { .. } => None,
    });
    alive.next().is_some_and(|first| first && alive.all(|contained| contained))
}
