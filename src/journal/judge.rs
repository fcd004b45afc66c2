//! From the record to a ruling: whether a claim holds for one credential, and why.
//!
//! Pure. Anything that is not a demonstrated pass is a finding.

use jiff::Timestamp;

use super::view::{ScenarioView, SubjectView};
use crate::claim::{Claim, Expectation, Finding, Ruling, Subject};
use crate::clock::Moment;
use crate::id::ChannelId;
use crate::span::Span;
use crate::track::{Standing, Track};
use crate::verdict::{AliveReason, DeadReason};

/// A ruling, or what is still missing for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Ruled; nothing that could still be observed would change it in the credential's favour.
    Ruled(Ruling),
    /// Still open; the ruling it becomes when nothing more is observed.
    Open(Ruling),
}

impl Judgement {
    /// The ruling as things stand.
    pub fn into_ruling(self) -> Ruling {
        match self {
            Self::Ruled(ruling) | Self::Open(ruling) => ruling,
        }
    }

    fn ruling(&self) -> &Ruling {
        match self {
            Self::Ruled(ruling) | Self::Open(ruling) => ruling,
        }
    }
}

fn ruled(finding: Finding, why: impl Into<String>) -> Judgement {
    Judgement::Ruled(Ruling { finding, why: why.into() })
}

fn open(why: impl Into<String>) -> Judgement {
    Judgement::Open(Ruling { finding: Finding::NotConfirmed, why: why.into() })
}

/// Judges one subject of a claim by everything recorded so far. The worst channel decides, save for
/// rehearsals that something still works.
pub fn judge(claim: &Claim, subject: &Subject, view: &ScenarioView) -> Judgement {
    let Some(seen) = view.subject(&subject.credential) else {
        return ruled(Finding::Unproven, "it never took part in the drill");
    };
    // A credential is dead when it is dead on every channel, so it still works if it works on any.
    let any_will_do = match claim.expects {
        Expectation::StillWorks | Expectation::Returns => true,
        Expectation::Proven
        | Expectation::Dead
        | Expectation::NoReturn
        | Expectation::Unharmed
        | Expectation::Contained
        | Expectation::NeverWorks
        | Expectation::Works
        | Expectation::NothingUnrecorded => false,
    };
    let judgements = seen.tracks.iter().map(|(channel, track)| {
        let judgement = judge_channel(claim, subject.deadline, view, seen, channel, track);
        if seen.tracks.len() > 1 { on_channel(channel, judgement) } else { judgement }
    });
    let weight = |judgement: &Judgement| {
        (judgement.ruling().finding.severity(), matches!(judgement, Judgement::Open(_)))
    };
    let decisive =
        if any_will_do { judgements.min_by_key(weight) } else { judgements.max_by_key(weight) };
    let Some(decisive) = decisive else {
        return ruled(Finding::Unproven, "it has no channel to use it on");
    };
    accepted(seen, view, decisive)
}

fn on_channel(channel: &ChannelId, judgement: Judgement) -> Judgement {
    let prefix = |ruling: Ruling| Ruling {
        finding: ruling.finding,
        why: format!("{channel}: {}", ruling.why),
    };
    match judgement {
        Judgement::Ruled(ruling) => Judgement::Ruled(prefix(ruling)),
        Judgement::Open(ruling) => Judgement::Open(prefix(ruling)),
    }
}

fn accepted(seen: &SubjectView, view: &ScenarioView, judgement: Judgement) -> Judgement {
    let Some(accepted) = &seen.facts.accepted else { return judgement };
    let today = view.started.as_ref().map_or(Timestamp::MAX, |started| started.began);
    let today = today.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let finding = judgement.ruling().finding;
    let works = finding == Finding::Survivor || finding == Finding::Revenant;
    if !works || today > accepted.until {
        return judgement;
    }
    ruled(
        Finding::AcceptedRisk,
        format!(
            "{}; accepted until {} by {}: {}",
            judgement.ruling().why,
            accepted.until,
            accepted.approver,
            accepted.reason
        ),
    )
}

fn judge_channel(
    claim: &Claim,
    deadline: Option<Moment>,
    view: &ScenarioView,
    seen: &SubjectView,
    channel: &ChannelId,
    track: &Track,
) -> Judgement {
    let from = view.termination_began().unwrap_or(Moment::START);
    match claim.expects {
        Expectation::Proven => proven(view, seen, channel, track),
        Expectation::Dead => match foundation(view, seen, channel, track) {
            Some(finding) => finding,
            None => dead_by(deadline, from, track),
        },
        Expectation::NoReturn => match foundation(view, seen, channel, track) {
            Some(finding) => finding,
            None => match no_return(deadline, from, track) {
                Judgement::Ruled(Ruling { finding: Finding::Holds, .. })
                    if !others_let_in(view, seen, channel, deadline) =>
                {
                    open(
                        "no bystander was let in at the end of the watch: whatever refuses may refuse everybody",
                    )
                }
                ruling @ (Judgement::Ruled(_) | Judgement::Open(_)) => ruling,
            },
        },
        Expectation::Contained => match foundation(view, seen, channel, track) {
            Some(finding) => finding,
            None => contained_by(deadline, from, view, track),
        },
        Expectation::Unharmed => match voided(view, seen, channel) {
            Some(void) => void,
            None => unharmed(claim.made, view, track),
        },
        Expectation::NeverWorks => never_works(view, seen, channel, track),
        Expectation::Works => works(view, track, Finding::DoesNotWork),
        Expectation::StillWorks => match foundation(view, seen, channel, track) {
            Some(finding) => finding,
            None => still_works(claim.made, view, track),
        },
        Expectation::Returns => returns(claim.made, track),
        Expectation::NothingUnrecorded => {
            ruled(Finding::NotListed, "a listing is judged by its own record")
        }
    }
}

/// A failed control voids every verdict of its channel.
fn voided(view: &ScenarioView, seen: &SubjectView, channel: &ChannelId) -> Option<Judgement> {
    let (control, why) = view.failed_control(&seen.facts, channel)?;
    Some(ruled(Finding::ControlFailed, format!("the {control:?} control failed: {why}")))
}

/// Without its controls no verdict stands.
fn foundation(
    view: &ScenarioView,
    seen: &SubjectView,
    channel: &ChannelId,
    track: &Track,
) -> Option<Judgement> {
    if let Some(void) = voided(view, seen, channel) {
        return Some(void);
    }
    if track.first_alive().is_none() {
        return Some(ruled(
            Finding::Unproven,
            format!("it was never proven to work{}", last_doubt(track)),
        ));
    }
    if seen.facts.bystanders.is_empty() {
        return Some(ruled(
            Finding::Uncontrolled,
            "no bystander of this platform and kind shows that others are let in",
        ));
    }
    let terminated = view.termination_began();
    if let (Some(began), Some(refused)) = (terminated, track.refused_since())
        && refused < began
    {
        return Some(ruled(
            Finding::DiedBefore,
            format!("it was refused {} before the termination began", span(began, refused)),
        ));
    }
    None
}

fn last_doubt(track: &Track) -> String {
    match track.standing() {
        Standing::Doubtful { reason } => format!(" ({reason})"),
        Standing::Refused { .. } | Standing::Dead { .. } => " (it is refused)".to_owned(),
        Standing::Unknown | Standing::Alive { .. } | Standing::CameBack { .. } => String::new(),
    }
}

fn proven(
    view: &ScenarioView,
    seen: &SubjectView,
    channel: &ChannelId,
    track: &Track,
) -> Judgement {
    if let Some(void) = voided(view, seen, channel) {
        return void;
    }
    match track.first_alive() {
        Some(at) => ruled(Finding::Holds, format!("let in at {}", span(at, Moment::START))),
        None => Judgement::Open(Ruling {
            finding: Finding::Unproven,
            why: format!("it was never proven to work{}", last_doubt(track)),
        }),
    }
}

fn dead_by(deadline: Option<Moment>, from: Moment, track: &Track) -> Judgement {
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
            if late(last) || deadline.is_none() {
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

fn no_return(until: Option<Moment>, from: Moment, track: &Track) -> Judgement {
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
                Some(_) => open("the watch is not over"),
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
fn others_let_in(
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

/// Contained is not reaching anything, by the deadline and for good, while others reach what they may. What is
/// dead reaches nothing either.
fn contained_by(
    deadline: Option<Moment>,
    from: Moment,
    view: &ScenarioView,
    track: &Track,
) -> Judgement {
    if let Standing::CameBack { .. } | Standing::Dead { .. } = track.standing()
        && track.out_of_reach_since(view.confirmation()).is_none()
    {
        return dead_by(deadline, from, track);
    }
    let late = |last: Moment| deadline.is_some_and(|deadline| last >= deadline);
    if let Some(last) = track.last_reaching().filter(|last| late(*last)) {
        let text = format!("it still reached something {} after the termination", span(last, from));
        return ruled(Finding::Survivor, text);
    }
    let Some(since) = track.out_of_reach_since(view.confirmation()) else {
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

fn unharmed(made: Moment, view: &ScenarioView, track: &Track) -> Judgement {
    if track.first_alive().is_none() {
        return ruled(
            Finding::Unproven,
            format!("it was never proven to work{}", last_doubt(track)),
        );
    }
    if track.refusals() > 0 && track.last_reason() == Some(DeadReason::Expired) {
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
    match track.last_alive() {
        Some(last) if last >= made && track.refused_since().is_none() => {
            ruled(Finding::Holds, "it works")
        }
        Some(_) | None => open(format!("not seen to work since{}", last_doubt(track))),
    }
}

fn never_works(
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

fn works(view: &ScenarioView, track: &Track, otherwise: Finding) -> Judgement {
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

fn still_works(made: Moment, view: &ScenarioView, track: &Track) -> Judgement {
    match track.last_alive() {
        Some(last) if last >= made && track.refused_since().is_none() => {
            ruled(Finding::Holds, "it still works, as the platform is known to behave")
        }
        Some(_) | None if track.refusals() >= view.confirmation().refusals => {
            ruled(Finding::RehearsalDiffers, "it stopped working")
        }
        Some(_) | None => open(format!("not seen to work since{}", last_doubt(track))),
    }
}

fn returns(made: Moment, track: &Track) -> Judgement {
    match track.returns().last() {
        Some(at) if *at >= made || track.last_alive().is_some_and(|last| last >= made) => ruled(
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

fn span(later: Moment, earlier: Moment) -> String {
    Span(later.since(earlier)).to_string()
}

#[cfg(test)]
mod tests;
