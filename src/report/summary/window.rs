//! The offboarding revocation window: how long the slowest credential went on working.

use serde::Serialize;

use super::{Outcome, Scenario, State};
use crate::report::inert::Inert;
use crate::report::words::{moment, names, offset};
use crate::verdict::DeadReason;

/// The largest exposure of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Window {
    /// Whether it has an end.
    pub state: WindowState,
    /// The largest exposure that has one.
    pub largest: Option<Largest>,
    /// Credentials that work when last seen.
    pub open: Vec<Inert>,
    /// Credentials whose end is not demonstrated.
    pub undecided: Vec<Inert>,
    /// Whose it is, in words.
    pub words: Inert,
    /// The same length from the first action on, where the largest exposure has an end and an action is known.
    pub from_first_action_us: Option<i64>,
    /// Whether the termination was carried out elsewhere, and nobody said when it began.
    #[serde(skip)]
    first_action_unknown: bool,
}

/// Whether a revocation window has an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowState {
    /// Every credential under test is dead, or contained.
    Closed,
    /// Something still works, or came back.
    OpenEnded,
    /// The end of some is not demonstrated.
    AtLeast,
    /// Nothing was terminated, or no death after it was demonstrated.
    NotMeasured,
}

/// One exposure, as the interval (last alive, first dead].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Largest {
    /// In which scenario.
    pub scenario: u32,
    /// Of which credential.
    pub credential: Inert,
    /// On which channel.
    pub channel: Inert,
    /// The last sign of life, from the start of the termination.
    pub last_alive_us: Option<i64>,
    /// The first refusal, from the start of the termination.
    pub first_dead_us: i64,
    /// Whether its time was up, rather than anybody's doing.
    pub expired: bool,
}

impl Window {
    pub(super) fn of(scenarios: &[Scenario]) -> Self {
        let terminated = scenarios.iter().filter(|scenario| scenario.termination.is_some());
        let mut largest: Option<Largest> = None;
        let (mut open, mut undecided) = (Vec::new(), Vec::new());
        for scenario in terminated {
            for outcome in scenario.credentials.iter().filter(|outcome| outcome.under_test()) {
                match outcome.state {
                    State::Alive | State::CameBack => note(&mut open, &outcome.credential),
                    State::Dead | State::Gone | State::Expired | State::Contained => {}
                    State::Harmed
                    | State::Unproven
                    | State::Uncontrolled
                    | State::Void
                    | State::DiedBefore
                    | State::Inconclusive => note(&mut undecided, &outcome.credential),
                }
                for exposure in exposures(scenario.number, outcome) {
                    if largest
                        .as_ref()
                        .is_none_or(|known| exposure.first_dead_us > known.first_dead_us)
                    {
                        largest = Some(exposure);
                    }
                }
            }
        }
        let state = match (&largest, open.is_empty(), undecided.is_empty()) {
            (_, false, _) => WindowState::OpenEnded,
            (None, true, _) => WindowState::NotMeasured,
            (Some(_), true, true) => WindowState::Closed,
            (Some(_), true, false) => WindowState::AtLeast,
        };
        let words = Inert::new(describe(state, largest.as_ref(), &open, &undecided));
        let scenario = largest
            .as_ref()
            .and_then(|one| scenarios.iter().find(|scenario| scenario.number == one.scenario));
        let first_action =
            scenario.and_then(|scenario| scenario.actions.iter().map(|action| action.at_us).min());
        let from_first_action_us =
            largest.as_ref().zip(first_action).map(|(one, action)| one.first_dead_us - action);
        let first_action_unknown = largest.is_some() && first_action.is_none();
        Self { state, largest, open, undecided, words, from_first_action_us, first_action_unknown }
    }

    /// How long after the first action, where that is another figure than after the decision.
    pub fn from_first_action(&self) -> Option<String> {
        let decided = self.largest.as_ref()?.first_dead_us;
        if self.first_action_unknown {
            return Some("not known: nobody recorded when the first action was taken".to_owned());
        }
        let figure = self.from_first_action_us.filter(|length| *length != decided)?;
        let least = if self.state == WindowState::Closed { "" } else { "at least " };
        Some(format!("{least}{}; the revocation window counts from the decision", offset(figure)))
    }

    /// The figure alone: `20s`, `open-ended`, `at least 20s`, `not measured`.
    pub fn figure(&self) -> String {
        let longest =
            self.largest.as_ref().map(|largest| offset(largest.first_dead_us)).unwrap_or_default();
        match self.state {
            WindowState::Closed => longest,
            WindowState::OpenEnded => "open-ended".to_owned(),
            WindowState::AtLeast => format!("at least {longest}"),
            WindowState::NotMeasured => "not measured".to_owned(),
        }
    }
}

fn note(list: &mut Vec<Inert>, credential: &Inert) {
    if !list.contains(credential) {
        list.push(credential.clone());
    }
}

fn exposures(scenario: u32, outcome: &Outcome) -> impl Iterator<Item = Largest> {
    outcome.channels.iter().filter(|channel| channel.demonstrated).filter_map(move |channel| {
        Some(Largest {
            scenario,
            credential: outcome.credential.clone(),
            channel: channel.channel.clone(),
            last_alive_us: channel.last_alive_us,
            first_dead_us: channel.first_dead_us?,
            expired: channel.reason == Some(DeadReason::Expired),
        })
    })
}

fn describe(
    state: WindowState,
    largest: Option<&Largest>,
    open: &[Inert],
    undecided: &[Inert],
) -> String {
    let measured = largest.map(Largest::words);
    let list = |names_of: &[Inert]| names(names_of.iter().map(Inert::as_str));
    match (state, measured) {
        (WindowState::Closed, Some(measured)) => measured,
        (WindowState::AtLeast, Some(measured)) => {
            format!("{measured}; the end of {} is not demonstrated", list(undecided))
        }
        (WindowState::OpenEnded, Some(measured)) => {
            format!("working or back: {}; longest that ended: {measured}", list(open))
        }
        (WindowState::OpenEnded, None) => format!("working or back: {}", list(open)),
        (WindowState::NotMeasured, _) | (WindowState::Closed | WindowState::AtLeast, None) => {
            "no death after a termination was demonstrated".to_owned()
        }
    }
}

impl Largest {
    fn words(&self) -> String {
        let Self { credential, channel, first_dead_us, .. } = self;
        let alive = self.last_alive_us.map_or_else(
            || "never alive".to_owned(),
            |last| format!("last alive {}", moment(last)),
        );
        let how = if self.expired { "expired by itself" } else { "refused" };
        format!("{credential} on {channel}, {alive}, {how} {}", moment(*first_dead_us))
    }
}
