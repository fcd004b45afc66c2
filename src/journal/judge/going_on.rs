//! Demands that access goes on, or was never given: bystanders, new secrets, attempts, rehearsals.

use super::{Judgement, Ruling, last_doubt, open, ruled, span, voided};
use crate::claim::Finding;
use crate::clock::Moment;
use crate::id::ChannelId;
use crate::journal::view::{ScenarioView, SubjectView};
use crate::track::{Standing, Track};
use crate::verdict::DeadReason;

pub(super) fn unharmed(made: Moment, view: &ScenarioView, track: &Track) -> Judgement {
    if track.first_alive().is_none() {
        return ruled(
            Finding::Unproven,
            format!("it was never proven to work{}", last_doubt(track)),
        );
    }
    if track.last_reason() == Some(DeadReason::Expired) {
        return ruled(Finding::Holds, "its time was up, as it says itself; it was not harmed");
    }
    if track.refusals() >= view.confirmation().refusals {
        let since = track.refused_since().unwrap_or(made);
        let from = view.termination_began().unwrap_or(Moment::START);
        if since < from {
            let text = format!("it was refused {} before the termination began", span(from, since));
            return ruled(Finding::DiedBefore, text);
        }
        return ruled(
            Finding::BystanderHarmed,
            format!("it is refused since {} after the termination began", span(since, from)),
        );
    }
    match track.last_alive_since_action() {
        Some(last) if last >= made && track.refused_since().is_none() => {
            ruled(Finding::Holds, "it works")
        }
        Some(_) | None => open(format!("not seen to work since{}", last_doubt(track))),
    }
}

pub(super) fn never_works(
    view: &ScenarioView,
    seen: &SubjectView,
    channel: &ChannelId,
    track: &Track,
) -> Judgement {
    if let Some(void) = voided(view, seen, channel) {
        return void;
    }
    if track.first_alive().is_some() {
        return ruled(Finding::StepUpMissing, "the attempted secret works");
    }
    if seen.facts.bystanders.is_empty() {
        return ruled(Finding::Uncontrolled, "nobody shows that others are let in here");
    }
    match track.standing() {
        Standing::Dead { .. } => ruled(Finding::Holds, "the attempted secret is refused"),
        Standing::Unknown
        | Standing::Alive { .. }
        | Standing::Refused { .. }
        | Standing::CameBack { .. }
        | Standing::Doubtful { .. } => {
            open(format!("its refusal is not confirmed{}", last_doubt(track)))
        }
    }
}

pub(super) fn works(view: &ScenarioView, track: &Track, otherwise: Finding) -> Judgement {
    let is_alive = match track.standing() {
        Standing::Alive { .. } => true,
        Standing::CameBack { .. } => track.refused_since().is_none(),
        Standing::Unknown
        | Standing::Refused { .. }
        | Standing::Dead { .. }
        | Standing::Doubtful { .. } => false,
    };
    if is_alive {
        ruled(Finding::Holds, "it works")
    } else if track.refusals() >= view.confirmation().refusals {
        ruled(otherwise, "it is refused")
    } else {
        open(format!("not seen to work{}", last_doubt(track)))
    }
}

pub(super) fn still_works(made: Moment, view: &ScenarioView, track: &Track) -> Judgement {
    match track.last_alive_since_action() {
        Some(last) if last >= made && track.refused_since().is_none() => {
            ruled(Finding::Holds, "it still works, as the platform is known to behave")
        }
        Some(_) | None if track.refusals() >= view.confirmation().refusals => {
            ruled(Finding::RehearsalDiffers, "it stopped working")
        }
        Some(_) | None => open(format!("not seen to work since{}", last_doubt(track))),
    }
}

pub(super) fn returns(made: Moment, track: &Track) -> Judgement {
    match track.returns().last() {
        Some(_) if track.last_alive_since_action().is_some_and(|last| last >= made) => ruled(
            Finding::Holds,
            "it was dead, and works again, as the platform is known to behave",
        ),
        Some(_) | None => match track.standing() {
            Standing::Dead { .. } if track.last_refused().is_some_and(|last| last > made) => {
                Judgement::Open(Ruling {
                    finding: Finding::RehearsalDiffers,
                    why: "it stayed dead".to_owned(),
                })
            }
            Standing::Alive { .. } => ruled(Finding::RehearsalDiffers, "it was never dead"),
            Standing::Unknown
            | Standing::Refused { .. }
            | Standing::Dead { .. }
            | Standing::CameBack { .. }
            | Standing::Doubtful { .. } => open("not seen to work again"),
        },
    }
}
