//! From the record to a ruling: whether a claim holds for one credential, and why.
//!
//! Pure. Anything that is not a demonstrated pass is a finding.

mod ending;
mod going_on;
mod gone;

use jiff::Timestamp;

use self::ending::{contained_by, dead_by, no_return, others_let_in, others_reach, stays_out};
use self::going_on::{never_works, returns, still_works, unharmed, works};
pub use self::gone::gone_by;
use self::gone::judge_gone;
use super::event::Role;
use super::view::{ScenarioView, SubjectView};
use crate::claim::{Claim, Expectation, Finding, Ruling, Subject};
use crate::clock::Moment;
use crate::id::ChannelId;
use crate::span::Span;
use crate::track::{Standing, Track};

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
    if let Some(not_held) = &seen.not_held {
        let judgement = judge_gone(claim, subject, view, (seen, not_held));
        return accepted(seen, view, judgement);
    }
    // A credential is dead when it is dead on every channel, so it still works if it works on any.
    let any_will_do = match claim.expects {
        Expectation::StillWorks | Expectation::Returns => true,
        Expectation::Proven
        | Expectation::Dead
        | Expectation::DeadByUse
        | Expectation::NoReturn
        | Expectation::Unharmed
        | Expectation::Contained
        | Expectation::NeverWorks
        | Expectation::Works
        | Expectation::NothingUnrecorded
        | Expectation::FoundUnrecorded
        | Expectation::Planned
        | Expectation::Guarded => false,
    };
    let judgements = seen.tracks.iter().map(|(channel, track)| {
        let judgement = judge_channel(claim, subject.deadline, view, seen, channel, track);
        let judgement = waiting(view, seen, channel, judgement);
        if seen.tracks.len() > 1 { on_channel(channel, judgement) } else { judgement }
    });
    let weight = |judgement: &Judgement| {
        (judgement.ruling().finding.severity(), matches!(judgement, Judgement::Open(_)))
    };
    let decisive =
        if any_will_do { judgements.min_by_key(weight) } else { judgements.max_by_key(weight) };
    let Some(decisive) = decisive else {
        return ruled(
            Finding::Unproven,
            match seen.facts.role {
                Role::Renewed { .. } => {
                    "no new value of it is known: say in the inventory where it is, with `renewed:`"
                }
                Role::Suspect | Role::Bystander | Role::Derived { .. } | Role::Attempted { .. } => {
                    "it has no channel to use it on"
                }
            },
        );
    };
    accepted(seen, view, decisive)
}

/// What is open because nothing may be sent says so, and when it may.
fn waiting(
    view: &ScenarioView,
    seen: &SubjectView,
    channel: &ChannelId,
    judgement: Judgement,
) -> Judgement {
    let Some(withheld) = seen.withheld.get(channel) else { return judgement };
    match judgement {
        Judgement::Ruled(_) => judgement,
        Judgement::Open(Ruling { finding, why }) => {
            let from = view.termination_began().unwrap_or(Moment::START);
            let why = format!(
                "{why}; not asked any more: {}; it may be asked again {} after the termination began",
                withheld.why,
                span(withheld.until, from)
            );
            Judgement::Open(Ruling { finding, why })
        }
    }
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
        Expectation::Proven => proven(deadline, view, seen, channel, track),
        Expectation::Dead => match foundation(view, seen, channel, track) {
            Some(finding) => finding,
            // What only the supplier can end has ended for us once it reaches nothing of ours.
            None if is_left_to_the_supplier(seen, track) => {
                contained_by(deadline, from, view, track)
            }
            None => dead_by(deadline, from, track),
        },
        Expectation::DeadByUse => match foundation(view, seen, channel, track) {
            Some(finding) => finding,
            None => by_use(seen, channel, dead_by(deadline, from, track)),
        },
        Expectation::NoReturn => match foundation(view, seen, channel, track) {
            Some(finding) => finding,
            None if is_left_to_the_supplier(seen, track) => {
                let others = others_reach(view, seen, channel, deadline);
                unwatched(stays_out(deadline, from, (view, track), others), view, from, deadline)
            }
            None => match no_return(deadline, from, track) {
                Judgement::Ruled(Ruling { finding: Finding::Holds, .. })
                    if !others_let_in(view, seen, channel, deadline) =>
                {
                    open(
                        "no bystander was let in at the end of the watch: whatever refuses may refuse everybody",
                    )
                }
                ruling @ (Judgement::Ruled(_) | Judgement::Open(_)) => {
                    unwatched(ruling, view, from, deadline)
                }
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
        Expectation::NothingUnrecorded | Expectation::FoundUnrecorded => {
            ruled(Finding::NotListed, "a listing is judged by its own record")
        }
        Expectation::Guarded => {
            ruled(Finding::NotConfirmed, "a read-back is judged by its own record")
        }
        Expectation::Planned => ruled(Finding::NotPlanned, "a plan is judged by its own record"),
    }
}

/// A death that was not seen by use is none where proof by use is demanded.
fn by_use(seen: &SubjectView, channel: &ChannelId, judgement: Judgement) -> Judgement {
    let proof = seen.facts.channels.get(channel).map_or("", String::as_str);
    match judgement {
        Judgement::Ruled(Ruling { finding: Finding::Holds, why }) if proof != "use" => {
            ruled(Finding::WeakProof, format!("{why}, by {proof} alone; proof by use is demanded"))
        }
        other @ (Judgement::Ruled(_) | Judgement::Open(_)) => other,
    }
}

/// Whether only the supplier can end it, who has not.
fn is_left_to_the_supplier(seen: &SubjectView, track: &Track) -> bool {
    let is_dead = match track.standing() {
        Standing::Dead { .. } => true,
        Standing::Unknown
        | Standing::Alive { .. }
        | Standing::Refused { .. }
        | Standing::CameBack { .. }
        | Standing::Doubtful { .. } => false,
    };
    seen.facts.authority == "supplier" && !is_dead
}

/// A watch that was not held all the time says so: what came back and went again meanwhile was not seen.
fn unwatched(
    judgement: Judgement,
    view: &ScenarioView,
    from: Moment,
    until: Option<Moment>,
) -> Judgement {
    let length = until.map(|until| view.unwatched(from, until)).unwrap_or_default();
    match judgement {
        Judgement::Ruled(Ruling { finding: Finding::Holds, why }) if !length.is_zero() => {
            ruled(Finding::Holds, format!("{why}, of which nobody looked for {}", Span(length)))
        }
        other @ (Judgement::Ruled(_) | Judgement::Open(_)) => other,
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
    since: Option<Moment>,
    view: &ScenarioView,
    seen: &SubjectView,
    channel: &ChannelId,
    track: &Track,
) -> Judgement {
    if let Some(void) = voided(view, seen, channel) {
        return void;
    }
    if let (Some(since), Some(last)) = (since, track.last_alive())
        && last < since
    {
        return Judgement::Open(Ruling {
            finding: Finding::Unproven,
            why: format!("it worked before, and was not let in again{}", last_doubt(track)),
        });
    }
    match track.first_alive() {
        Some(at) => ruled(Finding::Holds, format!("let in at {}", span(at, Moment::START))),
        None => Judgement::Open(Ruling {
            finding: Finding::Unproven,
            why: format!("it was never proven to work{}", last_doubt(track)),
        }),
    }
}

fn span(later: Moment, earlier: Moment) -> String {
    Span(later.since(earlier)).to_string()
}

#[cfg(test)]
mod tests;
