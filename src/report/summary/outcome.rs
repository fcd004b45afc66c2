//! One credential over one scenario: its outcome.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::ClaimSummary;
use super::build::micros;
use super::state::{State, died_of, state};
use crate::claim::{Expectation, Finding};
use crate::clock::Moment;
use crate::id::ChannelId;
use crate::journal::event::{Enlisted, Probed, Role};
use crate::journal::judge::gone_by;
use crate::journal::{ScenarioView, SubjectView};
use crate::report::inert::Inert;
use crate::track::{Standing, Trace, Track};
use crate::verdict::{AliveReason, DeadReason, Means, Verdict};

/// One credential over one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Its id.
    pub credential: Inert,
    /// In which part.
    pub part: Part,
    /// The credential it was derived from, renews or was tried on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Inert>,
    /// Whose it is.
    pub supplier: Inert,
    /// At which platform.
    pub platform: Inert,
    /// Of which kind.
    pub kind: Inert,
    /// The kind's name for people.
    pub title: Inert,
    /// The class steps speak of.
    pub class: Inert,
    /// To whom it belongs: `principal`, `client` or `account`.
    pub owned_by: Inert,
    /// Of which principal.
    pub principal: Option<Inert>,
    /// Who may end it.
    pub authority: Inert,
    /// A keyed fingerprint of each secret field.
    pub fingerprints: BTreeMap<Inert, Inert>,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// The bystanders that control it.
    pub bystanders: Vec<Inert>,
    /// The accepted risk on it, in words.
    pub accepted: Option<Inert>,
    /// What became of it.
    pub state: State,
    /// How its end was shown, if it was: by `use`, `introspection`, `listing`, `witness` or `attestation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Inert>,
    /// Whether re-activation of its principal may bring it back.
    pub reversible: bool,
    /// Whether it was proven to work on every channel.
    pub proven: bool,
    /// Its channels.
    pub channels: Vec<ChannelOutcome>,
    /// The worst ruling on it, if any claim names it.
    pub finding: Option<Finding>,
    /// That ruling in words.
    pub why: Option<Inert>,
    /// The deadline of the first claim that demands its end.
    pub deadline_us: Option<i64>,
    /// Why it outlives what is done to it, as its platform's description says.
    pub explanations: Vec<Explained>,
}

/// Why a credential takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// It must stop working.
    Suspect,
    /// It must not.
    Bystander,
    /// It was minted from another.
    Derived,
    /// The new secret after a reset.
    Renewed,
    /// The secret of an attempt that had to be refused.
    Attempted,
}

/// One credential on one channel.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelOutcome {
    /// Which channel.
    pub channel: Inert,
    /// How strong a proof it gives: `use`, `introspection`, `listing`, `witness` or `attestation`.
    pub proof: Inert,
    /// Where it stands, in words.
    pub standing: Inert,
    /// How often it was probed.
    pub probes: u32,
    /// The first proof of life.
    pub first_alive_us: Option<i64>,
    /// Send time of the last probe that was let in.
    pub last_alive_us: Option<i64>,
    /// Receipt time of the first refusal of the present run of refusals.
    pub first_dead_us: Option<i64>,
    /// When that death was confirmed.
    pub confirmed_us: Option<i64>,
    /// The last refusal seen.
    pub last_refused_us: Option<i64>,
    /// Why it was refused.
    pub reason: Option<DeadReason>,
    /// Whether the death is demonstrated: proven alive, controlled, after the termination, for good.
    pub demonstrated: bool,
    /// Confirmed deaths that did not last.
    pub past: Vec<Death>,
    /// The answer that decided last.
    pub last: Option<LastAnswer>,
}

/// A death that did not last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Death {
    /// The last sign of life before it.
    pub last_alive_us: Option<i64>,
    /// Its first refusal.
    pub first_dead_us: i64,
    /// When it worked again.
    pub returned_us: Option<i64>,
}

/// The answer that decided last.
#[derive(Clone, Debug, Serialize)]
pub struct LastAnswer {
    /// When it was read.
    pub received_us: i64,
    /// The verdict in words.
    pub verdict: Inert,
    /// The rule that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Inert>,
    /// HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The platform's machine-readable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Inert>,
    /// The beginning of the body, scrubbed.
    #[serde(skip_serializing_if = "Inert::is_empty")]
    pub excerpt: Inert,
    /// From where it was seen.
    #[serde(skip_serializing_if = "Inert::is_empty")]
    pub vantage: Inert,
    /// Who says so, if it is not doornail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Inert>,
}

/// Why a credential outlives what is done to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Why.
    pub why: Inert,
    /// What does end it.
    pub remedy: Inert,
    /// Where that is documented.
    pub source: Inert,
}

impl Outcome {
    pub(super) fn of(
        seen: &SubjectView,
        view: &ScenarioView,
        claims: &[ClaimSummary],
        origin: Moment,
    ) -> Self {
        let facts = &seen.facts;
        let credential = Inert::new(&facts.credential);
        let state = state(seen, view);
        let worst = worst(&credential, claims);
        let (part, of) = match &facts.role {
            Role::Suspect => (Part::Suspect, None),
            Role::Bystander => (Part::Bystander, None),
            Role::Derived { from } => (Part::Derived, Some(Inert::new(from))),
            Role::Renewed { of } => (Part::Renewed, Some(Inert::new(of))),
            Role::Attempted { of } => (Part::Attempted, Some(Inert::new(of))),
        };
        Self {
            part,
            of,
            supplier: Inert::new(&facts.supplier),
            platform: Inert::new(&facts.platform),
            kind: Inert::new(&facts.kind),
            title: Inert::new(&facts.title),
            class: Inert::new(&facts.class),
            owned_by: Inert::new(&facts.owned_by),
            principal: facts.principal.as_ref().map(Inert::new),
            authority: Inert::new(&facts.authority),
            fingerprints: facts
                .fingerprints
                .iter()
                .map(|(field, print)| (Inert::new(field), Inert::new(print)))
                .collect(),
            expires: facts.expires,
            bystanders: facts.bystanders.iter().map(Inert::new).collect(),
            accepted: facts.accepted.as_ref().map(|accepted| {
                let (until, by, why) = (accepted.until, &accepted.approver, &accepted.reason);
                Inert::new(format!("accepted until {until} by {by}: {why}"))
            }),
            state,
            proof: proof(seen, view, state),
            reversible: state == State::Dead && died_of(seen, DeadReason::PrincipalDisabled),
            proven: !seen.tracks.is_empty()
                && seen.tracks.values().all(|track| track.first_alive().is_some()),
            channels: seen
                .tracks
                .iter()
                .map(|(channel, track)| channel_outcome(channel, track, seen, view, origin))
                .chain(
                    seen.traces
                        .iter()
                        .map(|(means, trace)| trace_outcome(*means, trace, seen, view, origin)),
                )
                .collect(),
            finding: worst.as_ref().map(|(finding, _)| *finding),
            why: worst.map(|(_, why)| why),
            deadline_us: deadline(&credential, claims),
            explanations: seen
                .explanations
                .iter()
                .map(|known| Explained {
                    why: Inert::new(&known.why),
                    remedy: Inert::new(&known.remedy),
                    source: Inert::new(&known.source),
                })
                .collect(),
            credential,
        }
    }

    /// The last proof of life on any channel.
    pub fn last_alive_us(&self) -> Option<i64> {
        self.channels.iter().filter_map(|channel| channel.last_alive_us).max()
    }

    /// What became of it, in words.
    pub fn words(&self) -> String {
        match (&self.proof, self.state) {
            (Some(proof), State::Gone) => format!("gone by {proof}"),
            (_, state) => state.words().to_owned(),
        }
    }

    /// Whether it must stop working and does not.
    pub fn survives(&self) -> bool {
        self.under_test() && matches!(self.state, State::Alive | State::CameBack)
    }
}

/// How its end was shown. The weakest proof of its channels is the proof of all.
fn proof(seen: &SubjectView, view: &ScenarioView, state: State) -> Option<Inert> {
    let weakest = || {
        let of = |proof: &str| seen.facts.channels.values().any(|one| one == proof);
        let weak = ["listing", "introspection"].into_iter().find(|proof| of(proof));
        weak.unwrap_or("use").to_owned()
    };
    let proof = match state {
        State::Gone => gone_by(seen, view)?.to_string(),
        State::Dead => weakest(),
        State::Alive
        | State::Contained
        | State::Expired
        | State::CameBack
        | State::Harmed
        | State::Unproven
        | State::Uncontrolled
        | State::Void
        | State::DiedBefore
        | State::Inconclusive => return None,
    };
    Some(Inert::new(proof))
}

/// Rulings name their subject by its id; what listings rule on is no credential.
fn rulings_on<'a>(
    credential: &'a Inert,
    claims: &'a [ClaimSummary],
) -> impl Iterator<Item = (&'a ClaimSummary, &'a super::RulingSummary)> {
    claims
        .iter()
        .filter(|claim| claim.expects != Expectation::NothingUnrecorded)
        .flat_map(|claim| claim.rulings.iter().map(move |ruling| (claim, ruling)))
        .filter(move |(_, ruling)| ruling.subject == *credential)
}

fn worst(credential: &Inert, claims: &[ClaimSummary]) -> Option<(Finding, Inert)> {
    let weight = |finding: Finding| (finding.severity(), finding != Finding::Holds);
    let mut worst: Option<(Finding, Inert)> = None;
    for (_, ruling) in rulings_on(credential, claims) {
        if worst.as_ref().is_none_or(|(known, _)| weight(ruling.finding) > weight(*known)) {
            worst = Some((ruling.finding, ruling.why.clone()));
        }
    }
    worst
}

fn deadline(credential: &Inert, claims: &[ClaimSummary]) -> Option<i64> {
    rulings_on(credential, claims)
        .filter(|(claim, _)| {
            matches!(
                claim.expects,
                Expectation::Dead | Expectation::DeadByUse | Expectation::Contained
            )
        })
        .find_map(|(_, ruling)| ruling.deadline_us)
}

fn channel_outcome(
    channel: &ChannelId,
    track: &Track,
    seen: &SubjectView,
    view: &ScenarioView,
    origin: Moment,
) -> ChannelOutcome {
    let offset = |moment: Moment| micros(moment, origin);
    let reason = match track.standing() {
        Standing::Dead { reason, .. } => Some(reason),
        Standing::Unknown
        | Standing::Alive { .. }
        | Standing::Refused { .. }
        | Standing::CameBack { .. }
        | Standing::Doubtful { .. } => None,
    };
    let past = seen.past.get(channel).map_or(&[][..], Vec::as_slice);
    ChannelOutcome {
        channel: Inert::new(channel),
        proof: Inert::new(seen.facts.channels.get(channel).map_or("", String::as_str)),
        standing: Inert::new(standing(track)),
        probes: track.probes(),
        first_alive_us: track.first_alive().map(offset),
        last_alive_us: track.last_alive().map(offset),
        first_dead_us: track.refused_since().map(offset),
        confirmed_us: track.confirmed_at().map(offset),
        last_refused_us: track.last_refused().map(offset),
        reason,
        demonstrated: reason.is_some() && grounded(channel, track, &seen.facts, view),
        past: past
            .iter()
            .enumerate()
            .map(|(index, death)| Death {
                last_alive_us: death.last_alive.map(offset),
                first_dead_us: offset(death.first_dead),
                returned_us: track.returns().get(index).copied().map(offset),
            })
            .collect(),
        last: seen.last.get(channel).map(|probed| last_answer(probed, origin)),
    }
}

/// What is known of it by other means, as of a channel.
fn trace_outcome(
    means: Means,
    trace: &Trace,
    seen: &SubjectView,
    view: &ScenarioView,
    origin: Moment,
) -> ChannelOutcome {
    let offset = |moment: Moment| micros(moment, origin);
    let standing = match (trace.returned(), trace.confirmed(), trace.unclear()) {
        (Some(_), _, _) => "there again",
        (None, Some(_), _) => "gone",
        (None, None, Some(_)) => "no answer",
        (None, None, None) if trace.gone_since().is_some() => "gone, not confirmed",
        (None, None, None) => "there",
    };
    let after = |at: Moment| view.termination_began().is_none_or(|began| at >= began);
    let accepted = seen.not_held.as_ref().is_some_and(|not_held| not_held.accepts.contains(&means));
    ChannelOutcome {
        channel: Inert::new("not used from here"),
        proof: Inert::new(means),
        standing: Inert::new(standing),
        probes: trace.looks(),
        first_alive_us: trace.first_there().map(offset),
        last_alive_us: trace.last_there().map(offset),
        first_dead_us: trace.gone_since().map(offset),
        confirmed_us: trace.confirmed().map(|(at, _)| offset(at)),
        last_refused_us: trace.last_gone().map(offset),
        reason: None,
        demonstrated: accepted
            && trace.returned().is_none()
            && trace.first_there().is_some()
            && trace.confirmed().is_some_and(|(_, exposure)| after(exposure.first_dead)),
        past: Vec::new(),
        last: seen.looked.get(&means).map(|looked| LastAnswer {
            received_us: micros(looked.received, origin),
            verdict: Inert::new(trace.unclear().unwrap_or(&looked.why)),
            rule: None,
            status: None,
            code: None,
            excerpt: Inert::default(),
            vantage: Inert::new(&looked.vantage),
            by: looked.by.as_ref().map(Inert::new),
        }),
    }
}

fn grounded(channel: &ChannelId, track: &Track, facts: &Enlisted, view: &ScenarioView) -> bool {
    let in_time = match (track.refused_since(), view.termination_began()) {
        (Some(refused), Some(began)) => refused >= began,
        (Some(_), None) => true,
        (None, _) => false,
    };
    in_time
        && track.first_alive().is_some()
        && !facts.bystanders.is_empty()
        && view.failed_control(facts, channel).is_none()
}

fn standing(track: &Track) -> String {
    match track.standing() {
        Standing::Unknown => "no usable answer".to_owned(),
        Standing::Alive { reason: AliveReason::Identified, .. } => "works".to_owned(),
        Standing::Alive { reason, .. } => format!("authenticates ({reason})"),
        Standing::Refused { .. } => "refused, not confirmed".to_owned(),
        Standing::Dead { reason: DeadReason::Refused, .. } => "dead".to_owned(),
        Standing::Dead { reason, .. } => format!("dead ({reason})"),
        Standing::CameBack { .. } => "came back".to_owned(),
        Standing::Doubtful { reason } => format!("inconclusive ({reason})"),
    }
}

fn last_answer(probed: &Probed, origin: Moment) -> LastAnswer {
    LastAnswer {
        received_us: micros(probed.received, origin),
        verdict: Inert::new(&probed.verdict),
        rule: match &probed.verdict {
            Verdict::Alive(life) => Some(Inert::new(&life.rule)),
            Verdict::Dead(death) => Some(Inert::new(death.rule())),
            Verdict::Inconclusive(_) => None,
        },
        status: probed.status,
        code: probed.code.as_ref().map(Inert::new),
        excerpt: Inert::new(&probed.excerpt),
        vantage: Inert::new(&probed.vantage),
        by: None,
    }
}
