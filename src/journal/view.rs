//! The state of a run as its journal tells it: folded from the events, one by one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use super::event::{
    ActionIntended, ActionResult, CanaryEnd, CanaryIntended, CanaryMade, Control, ControlResult,
    Controlled, Enlisted, Entry, Event, Harm, Judged, Listed, LockedOut, Looked, NotHeld, Probed,
    Role, RunStarted, ScenarioResult, ScenarioStarted, SupplierBound, Withheld, WitnessAsked,
};
use crate::claim::Claim;
use crate::clock::Moment;
use crate::id::{ChannelId, CredentialId, KindId, PlatformId};
use crate::track::{Confirmation, Exposure, Trace, Track};
use crate::verdict::{AliveReason, DeadReason, DoubtReason, Means, Verdict};

/// More than any account takes in a window.
const MOST_REMEMBERED: usize = 64;

/// A whole run.
#[derive(Debug, Default)]
pub struct RunView {
    /// The facts of the run.
    pub started: Option<RunStarted>,
    /// Its scenarios by number.
    pub scenarios: BTreeMap<u32, ScenarioView>,
    /// The signal that ended it early.
    pub interrupted: Option<String>,
    /// Its exit code, once over.
    pub exit: Option<u8>,
}

/// One scenario.
#[derive(Debug, Default)]
pub struct ScenarioView {
    /// Its facts.
    pub started: Option<ScenarioStarted>,
    /// The supplier under drill.
    pub supplier: Option<SupplierBound>,
    /// What was made for the drill, in order.
    pub canaries: Vec<CanaryView>,
    /// The credentials that take part, in the order they were enlisted.
    pub subjects: Vec<SubjectView>,
    /// Where each is in `subjects`.
    index: BTreeMap<CredentialId, usize>,
    /// Controls by platform, kind and channel.
    pub controls: BTreeMap<(PlatformId, KindId, ChannelId), BTreeMap<Control, ControlResult>>,
    /// The start of the termination.
    pub termination: Option<Termination>,
    /// The actions, in order.
    pub actions: Vec<ActionView>,
    /// Bystanders refused while a procedure was at work, in order.
    pub harms: Vec<(Moment, Harm)>,
    /// The listings, in order.
    pub listings: Vec<Listed>,
    /// The claims, in order.
    pub claims: Vec<ClaimView>,
    /// What the supplier was asked to use, in order.
    pub asked_for: Vec<WitnessAsked>,
    /// The nonces that were answered.
    pub answered: BTreeSet<String>,
    /// Steps that could not be carried out.
    pub failures: Vec<(String, String)>,
    /// When it was taken up again.
    pub taken_up: Vec<TakenUp>,
    /// Accounts that were seen to be locked out, and when.
    pub lock_outs: Vec<(Moment, LockedOut)>,
    /// What was made in the drill and cannot be rechecked, and why.
    pub not_kept: BTreeMap<CredentialId, String>,
    /// How it went.
    pub result: Option<ScenarioResult>,
    /// The credentials whose end is demanded.
    asked: BTreeSet<CredentialId>,
    confirmation: Confirmation,
    /// The last moment anything was recorded at.
    pub last: Moment,
}

/// One time that a scenario was taken up again.
#[derive(Clone, Debug)]
pub struct TakenUp {
    /// How long after the scenario began.
    pub at: Moment,
    /// The wall time, in UTC.
    pub wall: Timestamp,
    /// From when on nobody had looked, if the journal says so.
    pub since: Option<Moment>,
    /// What took no part this time, and why.
    pub without: BTreeMap<CredentialId, String>,
}

/// Something made for the drill.
#[derive(Clone, Debug)]
pub struct CanaryView {
    /// What was intended.
    pub intended: CanaryIntended,
    /// What came of making it; none if nothing came back.
    pub made: Option<CanaryMade>,
    /// Whether it is gone; none if it was not looked for.
    pub ended: Option<CanaryEnd>,
}

impl CanaryView {
    /// Whether it may still be at its platform.
    pub fn is_left(&self) -> bool {
        match &self.ended {
            Some(CanaryEnd::Removed | CanaryEnd::NotThere) => false,
            Some(CanaryEnd::Left { .. }) | None => true,
        }
    }

    /// Whether nobody knows if it was made.
    pub fn is_uncertain(&self) -> bool {
        match &self.made {
            Some(CanaryMade::Made { .. }) => false,
            Some(CanaryMade::Failed { .. }) | None => true,
        }
    }

    /// Its id at the platform, if it is known.
    pub fn id(&self) -> Option<&str> {
        match &self.made {
            Some(CanaryMade::Made { id }) => id.as_deref(),
            Some(CanaryMade::Failed { .. }) | None => None,
        }
    }
}

/// The termination under test.
#[derive(Clone, Debug)]
pub struct Termination {
    /// By which procedure or action.
    pub by: String,
    /// When it began: exposure counts from here.
    pub began: Moment,
    /// When its last step was through.
    pub ended: Option<Moment>,
}

/// An action and what came of it.
#[derive(Clone, Debug)]
pub struct ActionView {
    /// What was intended.
    pub intended: ActionIntended,
    /// When.
    pub at: Moment,
    /// What it answered, and when; none if nothing came back.
    pub ended: Option<(Moment, ActionResult)>,
}

/// A claim and its rulings.
#[derive(Clone, Debug)]
pub struct ClaimView {
    /// The claim.
    pub claim: Claim,
    /// The rulings; empty until it is judged.
    pub rulings: Vec<Judged>,
    /// Whether it was judged.
    pub judged: bool,
}

/// One credential that takes part.
#[derive(Clone, Debug)]
pub struct SubjectView {
    /// Its facts.
    pub facts: Enlisted,
    /// When it was enlisted.
    pub since: Moment,
    /// Its tracks by channel.
    pub tracks: BTreeMap<ChannelId, Track>,
    /// The probe that decided last, by channel, for the reader.
    pub last: BTreeMap<ChannelId, Probed>,
    /// Confirmed deaths that did not last, by channel, in order: each is followed by a return.
    pub past: BTreeMap<ChannelId, Vec<Exposure>>,
    /// When it was last asked and not let in, by channel: the last few times, in order.
    pub not_let_in: BTreeMap<ChannelId, VecDeque<Moment>>,
    /// Why it is not asked now, by channel.
    pub withheld: BTreeMap<ChannelId, Withheld>,
    /// Why it outlives what is done to it, as its platform's description says.
    pub explanations: Vec<Explanation>,
    /// That its secret is not ours, and what is accepted instead of its use.
    pub not_held: Option<NotHeld>,
    /// What is known of it by other means than its use from here.
    pub traces: BTreeMap<Means, Trace>,
    /// The look that decided last, by means, for the reader.
    pub looked: BTreeMap<Means, Looked>,
    /// From where it was let in, by channel.
    pub let_in_from: BTreeMap<ChannelId, BTreeSet<String>>,
}

impl SubjectView {
    /// What a probe shows where it was sent from. A refusal from a place where it was never let in, while it was
    /// from another, may be of the place.
    fn as_seen_from(&mut self, probed: &Probed) -> Probed {
        let places = self.let_in_from.entry(probed.channel.clone()).or_default();
        match &probed.verdict {
            Verdict::Alive(_) => {
                places.insert(probed.vantage.clone());
                probed.clone()
            }
            Verdict::Dead(_) if !places.is_empty() && !places.contains(&probed.vantage) => {
                let from: Vec<&str> = places.iter().map(String::as_str).collect();
                let why = format!("from {}, let in from {} only", probed.vantage, from.join(", "));
                Probed { verdict: Verdict::doubt(DoubtReason::OtherVantage, why), ..probed.clone() }
            }
            Verdict::Dead(_) | Verdict::Inconclusive(_) => probed.clone(),
        }
    }

    /// Whether it was used last from there, or never.
    fn is_seen_from(&self, channel: &ChannelId, vantage: &str) -> bool {
        self.last.get(channel).is_none_or(|last| last.vantage == vantage)
    }
}

/// Why a credential outlives what is done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Why it survives.
    pub why: String,
    /// What does end it.
    pub remedy: String,
    /// Where that is documented.
    pub source: String,
}

impl RunView {
    /// Takes in one entry.
    pub fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::RunStarted(started) => self.started = Some(started.clone()),
            Event::Interrupted { by } => self.interrupted = Some(by.clone()),
            Event::RunEnded { exit } => self.exit = Some(*exit),
            Event::Recovered { .. } => {}
            Event::ScenarioStarted(_)
            | Event::SupplierBound(_)
            | Event::CanaryIntended(_)
            | Event::CanaryMade { .. }
            | Event::CanaryEnded { .. }
            | Event::Enlisted(_)
            | Event::NotHeld(_)
            | Event::WitnessAsked(_)
            | Event::Looked(_)
            | Event::Explained { .. }
            | Event::Controlled(_)
            | Event::Probed(_)
            | Event::Withheld(_)
            | Event::LockedOut(_)
            | Event::TerminationBegan { .. }
            | Event::ActionIntended(_)
            | Event::ActionEnded { .. }
            | Event::Harm(_)
            | Event::TerminationEnded
            | Event::Listed(_)
            | Event::Claimed(_)
            | Event::Judged { .. }
            | Event::StepFailed { .. }
            | Event::TakenUp { .. }
            | Event::Kept { .. }
            | Event::ScenarioEnded { .. } => {
                if let Some(number) = entry.scenario {
                    self.scenario_mut(number).apply(entry.at, &entry.event);
                }
            }
        }
    }

    /// Folds a whole journal.
    pub fn of(entries: &[Entry]) -> Self {
        let mut view = Self::default();
        for entry in entries {
            view.apply(entry);
        }
        view
    }

    pub(crate) fn scenario_mut(&mut self, number: u32) -> &mut ScenarioView {
        let confirmation =
            self.started.as_ref().map(|started| started.confirmation).unwrap_or_default();
        self.scenarios
            .entry(number)
            .or_insert_with(|| ScenarioView { confirmation, ..ScenarioView::default() })
    }
}

impl ScenarioView {
    fn apply(&mut self, at: Moment, event: &Event) {
        // Asking is no look: a termination may lie before it.
        if !matches!(event, Event::WitnessAsked(_)) {
            self.last = self.last.max(at);
        }
        match event {
            Event::ScenarioStarted(started) => self.started = Some(started.clone()),
            Event::SupplierBound(bound) => self.supplier = Some(bound.clone()),
            Event::CanaryIntended(intended) => self.canaries.push(CanaryView {
                intended: intended.clone(),
                made: None,
                ended: None,
            }),
            Event::CanaryMade { canary, result } => {
                if let Some(view) = self.canary_mut(*canary) {
                    view.made = Some(result.clone());
                }
            }
            Event::CanaryEnded { canary, result } => {
                if let Some(view) = self.canary_mut(*canary) {
                    view.ended = Some(result.clone());
                }
            }
            Event::Enlisted(facts) => self.enlist(at, facts),
            Event::NotHeld(facts) => {
                if let Some(place) = self.index.get(&facts.credential) {
                    self.subjects[*place].not_held = Some(facts.clone());
                }
            }
            Event::WitnessAsked(asked) => self.asked_for.push(asked.clone()),
            Event::Looked(looked) => self.looked(looked),
            Event::Explained { credential, why, remedy, source } => {
                let explanation = Explanation {
                    why: why.clone(),
                    remedy: remedy.clone(),
                    source: source.clone(),
                };
                self.explain(credential, explanation);
            }
            Event::Controlled(controlled) => self.control(controlled),
            Event::Probed(probed) => self.probed(probed),
            Event::Withheld(withheld) => self.withheld(withheld),
            Event::LockedOut(locked_out) => self.lock_outs.push((at, locked_out.clone())),
            Event::TerminationBegan { by } => {
                self.termination = Some(Termination { by: by.clone(), began: at, ended: None });
                for seen in &mut self.subjects {
                    seen.tracks.values_mut().for_each(Track::termination_began);
                    seen.traces.values_mut().for_each(Trace::termination_began);
                }
            }
            Event::TerminationEnded => {
                if let Some(termination) = &mut self.termination {
                    termination.ended = Some(at);
                }
            }
            Event::ActionIntended(intended) => {
                self.actions.push(ActionView { intended: intended.clone(), at, ended: None });
            }
            Event::ActionEnded { action, result } => {
                let known = self.actions.iter_mut().find(|view| view.intended.action == *action);
                if let Some(view) = known {
                    view.ended = Some((at, result.clone()));
                }
                let tracks = self.subjects.iter_mut().flat_map(|seen| seen.tracks.values_mut());
                tracks.for_each(|track| track.action_ended(at));
            }
            Event::Harm(harm) => self.harms.push((at, harm.clone())),
            Event::Listed(listed) => self.listings.push(listed.clone()),
            Event::Claimed(claim) => {
                let claim = claim.clone();
                if claim.expects.demands_an_end() {
                    let subjects = claim.subjects.iter();
                    self.asked.extend(subjects.map(|subject| subject.credential.clone()));
                }
                self.claims.push(ClaimView { claim, rulings: Vec::new(), judged: false });
            }
            Event::Judged { claim, rulings } => {
                if let Some(view) = self.claims.iter_mut().find(|view| view.claim.id == *claim) {
                    view.rulings.clone_from(rulings);
                    view.judged = true;
                }
            }
            Event::StepFailed { step, why } => self.failures.push((step.clone(), why.clone())),
            Event::TakenUp { wall, since, without } => {
                let (wall, since, without) = (*wall, *since, without.clone());
                self.taken_up.push(TakenUp { at, wall, since, without });
                // What a stop kept from being done is done now, or fails anew.
                if self.result.take() == Some(ScenarioResult::Stopped) {
                    self.failures.clear();
                }
            }
            Event::Kept { without, .. } => self.not_kept.clone_from(without),
            Event::ScenarioEnded { result } => self.result = Some(*result),
            Event::RunStarted(_)
            | Event::Interrupted { .. }
            | Event::RunEnded { .. }
            | Event::Recovered { .. } => {}
        }
    }

    /// For how long nobody looked, from one moment to another.
    pub fn unwatched(&self, from: Moment, until: Moment) -> Duration {
        let gaps = self.taken_up.iter().filter_map(|one| {
            let (began, ended) = (one.since?.max(from), one.at.min(until));
            (began < ended).then(|| ended.since(began))
        });
        gaps.sum()
    }

    fn canary_mut(&mut self, number: u32) -> Option<&mut CanaryView> {
        self.canaries.iter_mut().find(|view| view.intended.canary == number)
    }

    /// The canaries that may still be at their platforms, in the order they were made.
    pub fn canaries_left(&self) -> impl Iterator<Item = &CanaryView> {
        self.canaries.iter().filter(|view| view.is_left())
    }

    fn enlist(&mut self, at: Moment, facts: &Enlisted) {
        let tracks =
            facts.channels.keys().map(|channel| (channel.clone(), Track::default())).collect();
        let subject = SubjectView {
            facts: facts.clone(),
            since: at,
            tracks,
            last: BTreeMap::new(),
            past: BTreeMap::new(),
            not_let_in: BTreeMap::new(),
            withheld: BTreeMap::new(),
            explanations: Vec::new(),
            not_held: None,
            traces: BTreeMap::new(),
            looked: BTreeMap::new(),
            let_in_from: BTreeMap::new(),
        };
        // A credential derived anew from the same parent takes the place of the older one.
        match self.index.get(&facts.credential) {
            Some(place) => self.subjects[*place].facts = facts.clone(),
            None => {
                self.index.insert(facts.credential.clone(), self.subjects.len());
                self.subjects.push(subject);
            }
        }
    }

    fn explain(&mut self, credential: &CredentialId, explanation: Explanation) {
        let Some(place) = self.index.get(credential) else { return };
        let known = &mut self.subjects[*place].explanations;
        if !known.contains(&explanation) {
            known.push(explanation);
        }
    }

    fn control(&mut self, controlled: &Controlled) {
        let Controlled { control, platform, kind, channel, result } = controlled;
        let key = (platform.clone(), kind.clone(), channel.clone());
        let results = self.controls.entry(key).or_default();
        // A control that failed once stays failed: it voids what was seen before and after.
        let failed = |result: &ControlResult| matches!(result, ControlResult::Failed { .. });
        if !results.get(control).is_some_and(failed) {
            results.insert(*control, result.clone());
        }
    }

    fn looked(&mut self, looked: &Looked) {
        self.answered.extend(looked.nonce.clone());
        let confirmation = self.confirmation;
        let Some(place) = self.index.get(&looked.credential) else { return };
        let subject = &mut self.subjects[*place];
        let trace = subject.traces.entry(looked.means).or_default();
        trace.observe(&looked.look(), confirmation);
        subject.looked.insert(looked.means, looked.clone());
    }

    fn withheld(&mut self, withheld: &Withheld) {
        let Some(place) = self.index.get(&withheld.credential) else { return };
        let known = &mut self.subjects[*place].withheld;
        known.insert(withheld.channel.clone(), withheld.clone());
    }

    fn probed(&mut self, probed: &Probed) {
        let confirmation = self.confirmation;
        let Some(place) = self.index.get(&probed.credential).copied() else { return };
        let subject = &mut self.subjects[place];
        let probed = &subject.as_seen_from(probed);
        if let Some(track) = subject.tracks.get_mut(&probed.channel) {
            if let (Verdict::Alive(_), Some(_), Some(first_dead)) =
                (&probed.verdict, track.confirmed_at(), track.refused_since())
            {
                let past = Exposure { last_alive: track.last_alive(), first_dead };
                subject.past.entry(probed.channel.clone()).or_default().push(past);
            }
            track.observe(probed.sent, probed.received, &probed.verdict, confirmation);
        }
        subject.last.insert(probed.channel.clone(), probed.clone());
        subject.withheld.remove(&probed.channel);
        if !matches!(probed.verdict, Verdict::Alive(_)) {
            let times = subject.not_let_in.entry(probed.channel.clone()).or_default();
            times.push_back(probed.received);
            if times.len() > MOST_REMEMBERED {
                times.pop_front();
            }
        }
        let is_bystander = subject.facts.role == Role::Bystander;
        if let Verdict::Inconclusive(doubt) = &probed.verdict
            && doubt.reason == DoubtReason::IdentityDrift
        {
            let failed = Controlled {
                control: Control::Identity,
                platform: subject.facts.platform.clone(),
                kind: subject.facts.kind.clone(),
                channel: probed.channel.clone(),
                result: ControlResult::Failed { why: "another principal answered".to_owned() },
            };
            self.control(&failed);
        }
        if is_bystander {
            self.bystander_answered(probed);
        } else if let Verdict::Dead(_) = &probed.verdict {
            self.see_bystanders(place, &probed.channel);
        }
    }

    /// A refusal counts only against a bystander that was let in after it began.
    fn bystander_answered(&mut self, probed: &Probed) {
        let confirmation = self.confirmation;
        let controlled: Vec<usize> = self
            .subjects
            .iter()
            .enumerate()
            .filter(|(_, subject)| subject.facts.bystanders.contains(&probed.credential))
            .filter(|(_, subject)| subject.is_seen_from(&probed.channel, &probed.vantage))
            .map(|(place, _)| place)
            .collect();
        for place in controlled {
            match &probed.verdict {
                Verdict::Alive(life) => {
                    if let Some(track) = self.subjects[place].tracks.get_mut(&probed.channel) {
                        track.bystander_let_in(probed.sent, probed.received, confirmation);
                        if life.reason != AliveReason::Contained {
                            track.bystander_reached(probed.sent);
                        }
                    }
                }
                Verdict::Dead(_) => {
                    if self.all_bystanders_refused(place, &probed.channel)
                        && let Some(track) = self.subjects[place].tracks.get_mut(&probed.channel)
                    {
                        track.bystander_refused(probed.received);
                    }
                }
                Verdict::Inconclusive(_) => {}
            }
        }
    }

    fn see_bystanders(&mut self, place: usize, channel: &ChannelId) {
        let confirmation = self.confirmation;
        let alive = self.subjects[place]
            .facts
            .bystanders
            .iter()
            .filter_map(|id| self.subject(id)?.last.get(channel))
            .filter(|probed| matches!(probed.verdict, Verdict::Alive(_)))
            .filter(|probed| self.subjects[place].is_seen_from(channel, &probed.vantage))
            .map(|probed| (probed.sent, probed.received))
            .max();
        if let (Some((sent, received)), Some(track)) =
            (alive, self.subjects[place].tracks.get_mut(channel))
        {
            track.bystander_let_in(sent, received, confirmation);
        }
    }

    fn all_bystanders_refused(&self, place: usize, channel: &ChannelId) -> bool {
        // A bystander whose own time was up has retired: it says nothing about others.
        let retired = |probed: &&Probed| matches!(&probed.verdict, Verdict::Dead(death) if death.reason() == DeadReason::Expired);
        let mut answers = self.subjects[place]
            .facts
            .bystanders
            .iter()
            .filter_map(|id| self.subject(id)?.last.get(channel))
            .filter(|probed| !retired(probed))
            .peekable();
        answers.peek().is_some() && answers.all(|probed| matches!(probed.verdict, Verdict::Dead(_)))
    }

    /// The bystanders that worked and are refused since the termination began, with the refusals in a row on a
    /// channel. One whose own time was up is not among them.
    pub fn refused_bystanders(&self) -> impl Iterator<Item = (&CredentialId, &ChannelId, u32)> {
        let began = self.termination_began();
        let own = self.subjects.iter().filter(|subject| {
            subject.facts.role == Role::Bystander && subject.facts.from.is_none()
        });
        own.flat_map(move |subject| {
            let refused = subject.tracks.iter().filter(move |(_, track)| {
                track.refusals() > 0
                    && track.first_alive().is_some()
                    && track.last_reason() != Some(DeadReason::Expired)
                    && track.refused_since().zip(began).is_some_and(|(since, began)| since >= began)
            });
            let facts = &subject.facts;
            refused.map(move |(channel, track)| (&facts.credential, channel, track.refusals()))
        })
    }

    /// A credential that takes part.
    pub fn subject(&self, id: &CredentialId) -> Option<&SubjectView> {
        self.index.get(id).map(|place| &self.subjects[*place])
    }

    /// The rules of confirmation in force.
    pub fn confirmation(&self) -> Confirmation {
        self.confirmation
    }

    /// The control of a subject's channel that failed, if any.
    pub fn failed_control(
        &self,
        subject: &Enlisted,
        channel: &ChannelId,
    ) -> Option<(Control, &str)> {
        let key = (subject.platform.clone(), subject.kind.clone(), channel.clone());
        self.controls.get(&key)?.iter().find_map(|(control, result)| match result {
            ControlResult::Failed { why } => Some((*control, why.as_str())),
            ControlResult::Held | ControlResult::Open { .. } | ControlResult::Skipped { .. } => {
                None
            }
        })
    }

    /// Whether a claim asks about a credential's end, or may still: before the first such claim
    /// everything counts as asked about.
    pub fn asks_about(&self, facts: &Enlisted) -> bool {
        self.asked.is_empty() || self.asked.contains(&facts.credential)
    }

    /// The moment exposure counts from.
    pub fn termination_began(&self) -> Option<Moment> {
        self.termination.as_ref().map(|termination| termination.began)
    }
}

#[cfg(test)]
mod tests;
