//! Demands that access ends: by a deadline, for good, or at least in reach.

use super::{Judgement, last_doubt, open, ruled, span};
use crate::claim::{Finding, Ruling};
use crate::clock::Moment;
use crate::id::ChannelId;
use crate::journal::view::{ScenarioView, SubjectView};
use crate::track::{Standing, Track};
use crate::verdict::{AliveReason, DeadReason};

pub(super) fn dead_by(deadline: Option<Moment>, from: Moment, track: &Track) -> Judgement {
    let late = |last: Moment| deadline.is_some_and(|deadline| last >= deadline);
    match track.standing() {
        Standing::CameBack { at } => ruled(
            Finding::Revenant,
            format!("it was dead, and worked again {} after the termination", span(at, from)),
        ),
        Standing::Dead { exposure, reason } => {
            let Some(deadline) = deadline else {
                return ruled(Finding::Holds, death(from, exposure.first_dead, reason));
            };
            if exposure.first_dead <= deadline {
                ruled(Finding::Holds, death(from, exposure.first_dead, reason))
            } else if exposure.last_alive.is_some_and(late) {
                ruled(
                    Finding::Survivor,
                    format!(
                        "it still worked {} after the termination, {} allowed; {}",
                        span(exposure.last_alive.unwrap_or(deadline), from),
                        span(deadline, from),
                        death(from, exposure.first_dead, reason),
                    ),
                )
            } else {
                ruled(
                    Finding::NotConfirmed,
                    format!(
                        "it died between {} and {}, and the deadline lies between them",
                        exposure
                            .last_alive
                            .map_or_else(|| "the beginning".to_owned(), |last| span(last, from)),
                        span(exposure.first_dead, from)
                    ),
                )
            }
        }
        Standing::Alive { last, reason } => {
            let how = match reason {
                AliveReason::Identified => "works",
                AliveReason::NotPermitted => "still authenticates (not permitted)",
                AliveReason::Contained => "still authenticates (contained)",
            };
            let text = format!("it {how}, last proven {} after the termination", span(last, from));
            // That it worked before anybody ended it says nothing of what was ended.
            if late(last) || deadline.is_none() && last >= from {
                ruled(Finding::Survivor, text)
            } else {
                open(text)
            }
        }
        Standing::Refused { since } => {
            // Alive at the deadline is a survivor, whatever became of it later.
            match track.last_alive().filter(|last| late(*last)) {
                Some(last) => ruled(
                    Finding::Survivor,
                    format!("it still worked {} after the termination", span(last, from)),
                ),
                None => open(format!(
                    "refused since {} after the termination, not yet confirmed",
                    span(since, from)
                )),
            }
        }
        Standing::Doubtful { reason } => match track.last_alive().filter(|last| late(*last)) {
            Some(last) => ruled(
                Finding::Survivor,
                format!("it still worked {} after the termination", span(last, from)),
            ),
            None => open(format!("no definitive answer: {reason}")),
        },
        Standing::Unknown => open("never probed"),
    }
}

fn death(from: Moment, first_dead: Moment, reason: DeadReason) -> String {
    let after = span(first_dead, from);
    match reason {
        DeadReason::Refused | DeadReason::Revoked => {
            format!("refused {after} after the termination began")
        }
        DeadReason::Expired => format!("expired by itself {after} after the termination began"),
        DeadReason::PrincipalDisabled => {
            format!(
                "refused {after} after the termination began; reversible: its principal is disabled"
            )
        }
    }
}

pub(super) fn no_return(until: Option<Moment>, from: Moment, track: &Track) -> Judgement {
    match track.standing() {
        Standing::CameBack { at } => ruled(
            Finding::Revenant,
            format!("it was dead, and worked again {} after the termination", span(at, from)),
        ),
        Standing::Dead { reason, exposure } => {
            // After a confirmed death a refused client cannot use it either.
            let watched = track.last_unusable();
            match until {
                Some(until) if watched.is_some_and(|last| last >= until) => ruled(
                    Finding::Holds,
                    format!(
                        "{}; watched for {}",
                        death(from, exposure.first_dead, reason),
                        span(until, from)
                    ),
                ),
                None => ruled(Finding::Holds, death(from, exposure.first_dead, reason)),
                Some(_) => open(match track.last_doubt() {
                    Some(reason) => format!("the watch has no answer at its end: {reason}"),
                    None => "the watch is not over".to_owned(),
                }),
            }
        }
        Standing::Alive { last, .. } => match until {
            Some(until) if last < until => {
                open(format!("it works, last proven {} after the termination", span(last, from)))
            }
            Some(_) | None => ruled(
                Finding::Survivor,
                format!("it works, last proven {} after the termination", span(last, from)),
            ),
        },
        Standing::Refused { since } => {
            open(format!("refused since {}, not yet confirmed", span(since, from)))
        }
        Standing::Doubtful { reason } => open(format!("no definitive answer: {reason}")),
        Standing::Unknown => open("never probed"),
    }
}

/// Whether a bystander was let in at the end of a watch. One whose own time was up has retired, and is not
/// missed.
pub(super) fn others_let_in(
    view: &ScenarioView,
    seen: &SubjectView,
    channel: &ChannelId,
    until: Option<Moment>,
) -> bool {
    let bystanders = seen.facts.bystanders.iter().filter_map(|id| view.subject(id));
    bystanders.filter_map(|bystander| bystander.tracks.get(channel)).any(|track| {
        let let_in = track.last_alive().is_some_and(|last| until.is_none_or(|until| last >= until));
        let_in || track.last_reason() == Some(DeadReason::Expired)
    })
}

/// Whether a bystander reached what it may at the end of a watch.
pub(super) fn others_reach(
    view: &ScenarioView,
    seen: &SubjectView,
    channel: &ChannelId,
    until: Option<Moment>,
) -> bool {
    let bystanders = seen.facts.bystanders.iter().filter_map(|id| view.subject(id));
    bystanders.filter_map(|bystander| bystander.tracks.get(channel)).any(|track| {
        track.last_reaching().is_some_and(|last| until.is_none_or(|until| last >= until))
    })
}

/// What reaches nothing any more still does so at the end of a watch, and others still reach what they may. What is
/// dead reaches nothing either.
pub(super) fn stays_out(
    until: Option<Moment>,
    from: Moment,
    (view, track): (&ScenarioView, &Track),
    others_reach: bool,
) -> Judgement {
    let so_far = contained_by(None, from, view, track);
    let Judgement::Ruled(Ruling { finding: Finding::Holds, why }) = so_far else { return so_far };
    let Some(until) = until else { return ruled(Finding::Holds, why) };
    if track.last_out_of_reach().is_none_or(|last| last < until) {
        return open("the watch is not over");
    }
    if !others_reach {
        return open("no bystander reached anything at the end of the watch: nobody may reach it");
    }
    ruled(Finding::Holds, format!("{why}; watched for {}", span(until, from)))
}

/// Contained is not reaching anything, by the deadline and for good, while others reach what they may. What is
/// dead reaches nothing either.
pub(super) fn contained_by(
    deadline: Option<Moment>,
    from: Moment,
    view: &ScenarioView,
    track: &Track,
) -> Judgement {
    let out_of_reach_since = track.out_of_reach_since(view.confirmation());
    match track.standing() {
        Standing::CameBack { .. } => return dead_by(deadline, from, track),
        Standing::Dead { .. } if out_of_reach_since.is_none() => {
            return dead_by(deadline, from, track);
        }
        Standing::Dead { .. }
        | Standing::Unknown
        | Standing::Alive { .. }
        | Standing::Refused { .. }
        | Standing::Doubtful { .. } => {}
    }
    if let Some(at) = track.reached_again() {
        let after = span(at, from);
        let text = format!("it was contained, and reached something {after} after the termination");
        return ruled(Finding::Revenant, text);
    }
    let late = |last: Moment| deadline.is_some_and(|deadline| last >= deadline);
    if let Some(last) = track.last_reaching().filter(|last| late(*last)) {
        let text = format!("it still reached something {} after the termination", span(last, from));
        return ruled(Finding::Survivor, text);
    }
    let Some(since) = out_of_reach_since else {
        let reaches = deadline.is_none() && track.last_reaching() == track.last_alive();
        return if reaches {
            dead_by(deadline, from, track)
        } else {
            open(format!("not seen to be contained yet{}", last_doubt(track)))
        };
    };
    if deadline.is_none_or(|deadline| since <= deadline) {
        ruled(
            Finding::Holds,
            format!("contained: everything it reaches is refused since {}", span(since, from)),
        )
    } else {
        ruled(
            Finding::NotConfirmed,
            format!("contained since {}, and the deadline was before", span(since, from)),
        )
    }
}
