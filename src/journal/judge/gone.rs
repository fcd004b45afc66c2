//! Demands on credentials that are not used from here: what a listing, the authorization server, the supplier
//! or a person says is taken for proof where the inventory accepts it, and is told apart from death by use.

use super::{Judgement, judge_channel, open, ruled, span, unwatched};
use crate::claim::{Claim, Expectation, Finding, Ruling, Severity, Subject};
use crate::clock::Moment;
use crate::journal::event::NotHeld;
use crate::journal::view::{ScenarioView, SubjectView};
use crate::track::{Standing, Trace};
use crate::verdict::Means;

pub(super) fn judge_gone(
    claim: &Claim,
    subject: &Subject,
    view: &ScenarioView,
    (seen, not_held): (&SubjectView, &NotHeld),
) -> Judgement {
    let all = by_means(claim, subject.deadline, view, (seen, not_held));
    let best = match claim.expects {
        Expectation::Proven
        | Expectation::Dead
        | Expectation::DeadByUse
        | Expectation::Contained
        | Expectation::NoReturn => best(all),
        Expectation::Unharmed
        | Expectation::NeverWorks
        | Expectation::Works
        | Expectation::StillWorks
        | Expectation::Returns
        | Expectation::NothingUnrecorded
        | Expectation::FoundUnrecorded
        | Expectation::Planned
        | Expectation::Guarded => None,
    };
    let Some(Said { judgement, .. }) = best else {
        let accepted: Vec<String> = not_held.accepts.iter().map(Means::to_string).collect();
        return ruled(
            Finding::Unproven,
            format!(
                "it cannot be used from here, and there is no proof by {}",
                accepted.join(" or ")
            ),
        );
    };
    match (claim.expects, judgement) {
        (Expectation::DeadByUse, Judgement::Ruled(Ruling { finding: Finding::Holds, why })) => {
            ruled(Finding::WeakProof, format!("{why}; proof by use is demanded"))
        }
        (_, judgement) => judgement,
    }
}

/// By what its end is demonstrated, the strongest first; none if it is not.
pub fn gone_by(seen: &SubjectView, view: &ScenarioView) -> Option<Means> {
    let not_held = seen.not_held.as_ref()?;
    let claim = Claim {
        id: 0,
        text: String::new(),
        expects: Expectation::Dead,
        subjects: Vec::new(),
        none_declared: false,
        made: Moment::START,
    };
    let all = by_means(&claim, None, view, (seen, not_held));
    let said = best(all)?;
    (said.judgement.into_ruling().finding == Finding::Holds).then_some(said.means)
}

/// What one means says.
struct Said {
    means: Means,
    /// It was there when it was looked at last.
    there: bool,
    judgement: Judgement,
}

/// What each accepted means says.
fn by_means(
    claim: &Claim,
    deadline: Option<Moment>,
    view: &ScenarioView,
    (seen, not_held): (&SubjectView, &NotHeld),
) -> Vec<Said> {
    let from = view.termination_began().unwrap_or(Moment::START);
    let mut all = Vec::new();
    if not_held.accepts.contains(&Means::Introspection) {
        let channels = seen.tracks.iter().map(|(channel, track)| {
            let judgement = judge_channel(claim, deadline, view, seen, channel, track);
            let means = Means::Introspection;
            let there = matches!(track.standing(), Standing::Alive { last, .. } if last >= from);
            Said { means, there, judgement: said_by(means, judgement) }
        });
        // Asked about in several ways, it has ended once every one says so.
        all.extend(channels.max_by_key(|said| {
            let is_open = matches!(said.judgement, Judgement::Open(_));
            (said.there, said.judgement.ruling().finding.severity(), is_open)
        }));
    }
    for (means, trace) in seen.traces.iter().rev() {
        if !not_held.accepts.contains(means) {
            continue;
        }
        let judgement = match claim.expects {
            Expectation::Proven => there_before(*means, trace, deadline),
            Expectation::NoReturn => {
                unwatched(stays_gone(*means, trace, deadline, from), view, from, deadline)
            }
            Expectation::Dead
            | Expectation::DeadByUse
            | Expectation::Contained
            | Expectation::Unharmed
            | Expectation::NeverWorks
            | Expectation::Works
            | Expectation::StillWorks
            | Expectation::Returns
            | Expectation::NothingUnrecorded
            | Expectation::FoundUnrecorded
            | Expectation::Planned
            | Expectation::Guarded => ended_by(*means, trace, deadline, from),
        };
        let is_open = trace.gone_since().is_some() || trace.unclear().is_some();
        let there = !is_open && trace.last_there().is_some_and(|last| last >= from);
        all.push(Said { means: *means, there, judgement });
    }
    all
}

/// What is still there by any of them is; then the strongest that shows an end counts, then what may still.
fn best(all: Vec<Said>) -> Option<Said> {
    all.into_iter().max_by_key(|said| {
        let finding = said.judgement.ruling().finding;
        let works = finding.severity() >= Severity::StillWorks;
        let is_open = matches!(said.judgement, Judgement::Open(_));
        (works, said.there, finding == Finding::Holds, is_open, said.means)
    })
}

fn said_by(means: Means, judgement: Judgement) -> Judgement {
    match judgement {
        Judgement::Ruled(Ruling { finding: Finding::Holds, why }) => {
            ruled(Finding::Holds, format!("by {means}: {why}"))
        }
        other @ (Judgement::Ruled(_) | Judgement::Open(_)) => other,
    }
}

/// The positive control: it was there before.
fn there_before(means: Means, trace: &Trace, since: Option<Moment>) -> Judgement {
    // The supplier is asked once before the end, however often it is armed.
    if let (Some(since), Some(last)) = (since, trace.last_there())
        && means != Means::Witness
        && last < since
    {
        let why = because(trace.unclear().unwrap_or_default());
        return ruled(Finding::Unproven, format!("seen by {means} before, and not again{why}"));
    }
    match trace.first_there() {
        Some(at) => ruled(
            Finding::Holds,
            format!(
                "seen by {means} at {}, which the inventory accepts; its use is not proven",
                span(at, Moment::START)
            ),
        ),
        None => ruled(
            Finding::Unproven,
            format!("never seen by {means}{}", because(trace.unclear().unwrap_or_default())),
        ),
    }
}

fn because(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(" ({why})") }
}

fn ended_by(means: Means, trace: &Trace, deadline: Option<Moment>, from: Moment) -> Judgement {
    let late = |last: Moment| deadline.is_none_or(|deadline| last >= deadline);
    if let Some(at) = trace.returned() {
        let text = format!(
            "it was gone by {means}, and there again {} after the termination",
            span(at, from)
        );
        return ruled(Finding::Revenant, text);
    }
    let still_there = trace.last_there().filter(|last| *last >= from && late(*last));
    let survivor = |last: Moment| {
        let text = format!("still there by {means} {} after the termination", span(last, from));
        ruled(Finding::Survivor, text)
    };
    if let Some((_, exposure)) = trace.confirmed() {
        let first = exposure.first_dead;
        if trace.first_there().is_none() {
            let text = format!("it is not there by {means}, and never was: that proves nothing");
            return ruled(Finding::Unproven, text);
        }
        if first < from {
            let text =
                format!("gone by {means} {} before the termination began", span(from, first));
            return ruled(Finding::DiedBefore, text);
        }
        if deadline.is_none_or(|deadline| first <= deadline) {
            return ruled(
                Finding::Holds,
                format!("gone by {means} {} after the termination began", span(first, from)),
            );
        }
        return match still_there {
            Some(last) => survivor(last),
            None => ruled(
                Finding::NotConfirmed,
                format!(
                    "gone by {means} {} after the termination, and nobody looked at its deadline",
                    span(first, from)
                ),
            ),
        };
    }
    if let Some(last) = still_there {
        return survivor(last);
    }
    match (trace.unclear(), trace.gone_since(), trace.last_there()) {
        (Some(why), _, _) => open(format!("no answer by {means}: {why}")),
        (None, Some(since), _) => {
            open(format!("gone by {means} since {}, not yet confirmed", span(since, from)))
        }
        (None, None, Some(last)) if last < from => {
            open(format!("not looked at by {means} since the termination"))
        }
        (None, None, Some(last)) => open(format!(
            "still there by {means}, last seen {} after the termination",
            span(last, from)
        )),
        (None, None, None) => open(format!("never looked at by {means}")),
    }
}

fn stays_gone(means: Means, trace: &Trace, until: Option<Moment>, from: Moment) -> Judgement {
    let so_far = ended_by(means, trace, None, from);
    let Judgement::Ruled(Ruling { finding: Finding::Holds, why }) = so_far else { return so_far };
    let Some(until) = until else { return ruled(Finding::Holds, why) };
    if trace.last_gone().is_none_or(|last| last < until) {
        return open(match trace.unclear() {
            Some(unclear) => format!("no answer by {means} at the end of the watch: {unclear}"),
            None => format!("nobody looked by {means} at the end of the watch"),
        });
    }
    ruled(Finding::Holds, format!("{why}; watched for {}", span(until, from)))
}

#[cfg(test)]
mod tests;
