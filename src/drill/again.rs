//! A scenario taken up again, perhaps days later and in another process: its journal goes on, its clock runs
//! on, and what was proven then still counts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::claims::{Deadline, rulings};
use super::{Drill, DrillError, Ground, Shared};
use crate::chase::Progress;
use crate::claim::{Expectation, Subject};
use crate::clock::{Clock, Moment, WallClock};
use crate::id::{CredentialId, SupplierId};
use crate::journal::event::{
    ActionIntended, ActionResult, Enlisted, Event, Hand, Looked, Role, ScenarioResult,
};
use crate::journal::view::ScenarioView;
use crate::platform::schema::Kind;
use crate::probe::Held;
use crate::probe::wallet::Value;
use crate::span::Span;
use crate::verdict::Means;

impl Drill {
    /// Takes up a scenario of a journal that was opened again.
    ///
    /// # Errors
    /// If the scenario was about no supplier of the inventory, or was played on mocks, which are gone.
    pub fn again(shared: Arc<Shared>, number: u32) -> Result<Self, DrillError> {
        let Ground::Real(stage) = &shared.ground else {
            return Err(DrillError::OutOfOrder(
                "it was played on mocks, which are gone with the run",
            ));
        };
        let facts = shared.journal.view(|view| {
            let scenario = view.scenarios.get(&number)?;
            let bound = scenario.supplier.as_ref()?;
            let began = scenario.started.as_ref()?.began;
            let supplier = (bound.supplier.clone(), bound.rehearsal.is_some());
            Some((began, supplier, scenario.last, counters(scenario)))
        });
        let Some((began, (supplier, was_made), last, (claims, actions))) = facts else {
            return Err(DrillError::OutOfOrder("the scenario was about no supplier"));
        };
        let clock: Arc<dyn Clock> = WallClock::since(began, shared.tempo);
        if clock.now() < last {
            return Err(DrillError::OutOfOrder(
                "the clock of this machine is behind what the journal has recorded",
            ));
        }
        let (stage, secrets) = (stage.clone(), shared.secrets.clone());
        let mut drill = Self::assemble(shared, number, clock, (stage, secrets, None));
        // One that was made for a drill is in no inventory, and gone with it.
        if !was_made {
            let inventory = drill.shared.inventory.clone();
            let known = inventory.suppliers.keys().map(SupplierId::as_str);
            let supplier = inventory
                .supplier(&supplier)
                .ok_or_else(|| super::unknown("the supplier", supplier.as_str(), known))?;
            drill.supplier = Some(supplier.clone());
        }
        drill.unseal().map_err(DrillError::Sealed)?;
        (drill.claims, drill.actions) = (claims, actions);
        drill.armed = true;
        Ok(drill)
    }

    /// Looks again, some time later, at everything that was demanded to end: each is used until its refusals
    /// would confirm a death anew, and so is every bystander. What cannot be used again is recorded, with the
    /// reason, and takes no part. That the whole cannot be done is recorded as the step's failure.
    pub async fn recheck(mut self, step: &str, witnessed: Vec<Looked>) {
        let seen: Vec<Subject> = witnessed
            .iter()
            .map(|looked| Subject {
                credential: looked.credential.clone(),
                deadline: Some(looked.received),
            })
            .collect();
        self.take_in(witnessed);
        let result = self.look_again(step, seen).await;
        self.close(step, result).await;
    }

    /// Follows, to its end, an offboarding that somebody else carries out: it began at `terminated`, by what
    /// `by` names, and everything proven to work before has to be dead now, and by the deadline if one is
    /// given. Exposure counts from `terminated`.
    ///
    /// # Errors
    /// If something was proven to work after `terminated` already, or it is yet to come: then there is no
    /// knowing what ended when. Nothing was sent.
    pub async fn verify(
        mut self,
        terminated: Timestamp,
        by: &str,
        (within, acted): (Option<Duration>, Option<Timestamp>),
        witnessed: Vec<Looked>,
    ) -> Result<(), DrillError> {
        let moment = self.moment(terminated);
        let last = self.ledger.view(|view| view.last);
        if moment <= last || moment > self.clock.now() {
            return Err(DrillError::OutOfOrder(
                "the termination has to lie between the end of arming and now: arm again, or correct the \
                 time",
            ));
        }
        let acted = acted.map(|acted| self.moment(acted));
        if acted.is_some_and(|acted| acted < moment || acted > self.clock.now()) {
            return Err(DrillError::OutOfOrder(
                "the first action has to lie between the decision and now: correct its time",
            ));
        }
        self.ledger.record_at(moment, Event::TerminationBegan { by: by.to_owned() });
        if let Some(acted) = acted {
            self.record_first_action(acted, by);
        }
        self.ledger.record_at(acted.unwrap_or(moment), Event::TerminationEnded);
        self.take_in(witnessed);
        let result = self.follow(within).await;
        self.close("what was armed is followed", result).await;
        Ok(())
    }

    fn moment(&self, wall: Timestamp) -> Moment {
        let length = Duration::try_from(wall.duration_since(self.clock.began()));
        length.map(Moment::after_start).unwrap_or_default()
    }

    /// What was done first elsewhere: exposure is told from here, too.
    fn record_first_action(&mut self, at: Moment, by: &str) {
        self.actions += 1;
        let action = self.actions;
        let supplier = self.supplier.as_ref().map(|supplier| supplier.supplier.to_string());
        self.ledger.record_at(
            at,
            Event::ActionIntended(ActionIntended {
                action,
                platform: None,
                name: None,
                title: format!("The first action of {by}, carried out elsewhere"),
                object: format!("supplier {}", supplier.unwrap_or_default()),
                by: Hand::Person,
                kills: Vec::new(),
                preserve: None,
            }),
        );
        let answer = "as its operator says".to_owned();
        let result = ActionResult::Accepted { answer };
        self.ledger.record_at(at, Event::ActionEnded { action, result });
    }

    /// Proves everything to work once more, perhaps days later: what was not proven then may be now, and what
    /// has died meanwhile is found before anybody is ended. That it cannot be done is recorded.
    pub async fn arm_again(mut self, step: &str, witnessed: Vec<Looked>) {
        self.take_in(witnessed);
        let result = self.prove_again(step).await;
        self.close(step, result).await;
    }

    async fn prove_again(&mut self, step: &str) -> Result<(), DrillError> {
        let since = self.clock.now();
        let give_up = since + self.shared.arm_within;
        self.leave_rotating();
        let taken = self.take_up(Extent::Whole).await?;
        loop {
            let missing = self.choose(|subject| {
                (taken.contains(&subject.facts.credential)
                    || subject.facts.role == Role::Bystander && subject.facts.from.is_none())
                    && subject
                        .tracks
                        .values()
                        .any(|track| track.last_alive().is_none_or(|last| last < since))
            });
            let now = self.clock.now();
            if missing.is_empty() || now >= give_up || self.shared.stop.is_stopped() {
                break;
            }
            self.chase.probe_at(&missing, now);
            let until = (now + self.spread()).min(give_up);
            self.chase.drive(|_, _| Progress::Open { until: Some(until) }, None).await;
            if self.clock.now() < until && !self.shared.stop.is_stopped() {
                let again = self.choose(|subject| {
                    missing.contains(&subject.facts.credential)
                        && subject
                            .tracks
                            .values()
                            .any(|track| track.last_alive().is_none_or(|last| last < since))
                });
                if again.is_empty() {
                    continue;
                }
                self.clock.wait_until(until).await;
            }
        }
        self.controls(|held| held.role != Role::Bystander).await;
        self.look_before().await?;
        let subjects = self.choose(|subject| subject.facts.role == Role::Suspect);
        let subjects = subjects
            .into_iter()
            .map(|credential| Subject { credential, deadline: Some(since) })
            .collect();
        self.rule_on_arming_again();
        let patience = give_up.since(self.clock.now());
        self.demand(step, Expectation::Proven, subjects, patience, false).await
    }

    /// What was not proven when it was armed first, and is now, counts as proven.
    fn rule_on_arming_again(&self) {
        let ruled: Vec<_> = self.ledger.view(|view| {
            let armed = view.claims.iter().filter(|one| one.claim.expects == Expectation::Proven);
            armed.map(|one| (one.claim.id, rulings(&one.claim, view))).collect()
        });
        for (claim, rulings) in ruled {
            self.ledger.record(Event::Judged { claim, rulings });
        }
    }

    async fn follow(&mut self, within: Option<Duration>) -> Result<(), DrillError> {
        let taken = self.take_up(Extent::Asked).await?;
        if self.ledger.view(|view| !view.answered.is_empty()) {
            self.rule_on_arming_again();
        }
        // What cannot be used any more was not shown to be dead: it stays in the demand.
        let all = self.choose(|subject| subject.facts.role == Role::Suspect);
        self.claimed_dead.extend(taken);
        if let Some(length) = within {
            let step = format!("everything stops working within {}", Span(length));
            let deadline = Deadline::Within(length);
            self.demand_dead(&step, Expectation::Dead, all.clone(), deadline, None).await?;
        }
        self.demand_now("nothing of the supplier's works any more", Expectation::Dead, all).await?;
        // What only its supplier can use is not watched.
        let watched = self.looked_at();
        let unwatched = self.choose(|subject| {
            let id = &subject.facts.credential;
            subject.not_held.is_some() && subject.tracks.is_empty() && !watched.contains(id)
        });
        self.claimed_dead.retain(|id| !unwatched.contains(id));
        let spread = self.spread();
        self.demand_no_return("nothing comes back meanwhile", spread).await?;
        self.look_for_unrecorded(
            "no unrecorded access of the supplier remains on any platform that can be listed",
        )
        .await?;
        let others = self.choose(|subject| {
            subject.facts.role == Role::Bystander && subject.facts.from.is_none()
        });
        self.demand_now("every bystander still works", Expectation::Unharmed, others).await
    }

    /// Ends the scenario again, by how going on with it went.
    pub(crate) async fn close(self, step: &str, result: Result<(), DrillError>) {
        let result = match result {
            Ok(()) => ScenarioResult::Completed,
            Err(DrillError::Stopped) => ScenarioResult::Stopped,
            Err(error) => {
                self.step_failed(step, &error.with_causes());
                ScenarioResult::Broken
            }
        };
        self.end(result).await;
    }

    async fn look_again(&mut self, step: &str, seen: Vec<Subject>) -> Result<(), DrillError> {
        self.termination_began()?;
        let again = self.take_up(Extent::Asked).await?;
        let until = self.clock.now() + self.spread();
        let again = again.into_iter();
        let subjects = again
            .map(|credential| Subject { credential, deadline: Some(until) })
            // What only its supplier can use was looked at when the supplier did.
            .chain(seen)
            .collect();
        self.demand(step, Expectation::NoReturn, subjects, self.shared.patience, false).await
    }

    pub(super) fn spread(&self) -> Duration {
        self.ledger.view(|view| view.confirmation().spread)
    }

    /// Enlists everything that can be used again, and gives what of it is to end.
    pub(super) async fn take_up(
        &mut self,
        extent: Extent,
    ) -> Result<Vec<CredentialId>, DrillError> {
        self.check_stop()?;
        let since = Some(self.ledger.view(|view| view.last));
        let (bystanders, others) = self.ledger.view(|view| {
            let facts = view.subjects.iter().map(|subject| &subject.facts);
            let (bystanders, others): (Vec<_>, Vec<_>) =
                facts.cloned().partition(|facts| facts.role == Role::Bystander);
            let asked = others.into_iter().filter(|facts| match extent {
                Extent::Asked => view.asks_about(facts),
                Extent::Whole => true,
            });
            (bystanders, asked.collect::<Vec<Enlisted>>())
        });
        let looked_at = self.looked_at();
        let (mut ready, mut without) = (Vec::new(), BTreeMap::new());
        // Bystanders first: they control the others.
        for facts in bystanders.iter().chain(&others) {
            match self.held_again(facts).await? {
                Ok(held) => ready.push(held),
                Err(_) if looked_at.contains(&facts.credential) => {}
                Err(why) => {
                    without.insert(facts.credential.clone(), why);
                }
            }
        }
        let again = others.into_iter().map(|facts| facts.credential);
        let again: Vec<CredentialId> = again.filter(|id| !without.contains_key(id)).collect();
        self.ledger.record(Event::TakenUp { wall: self.clock.wall(), since, without });
        let witnessed = self.choose(|subject| subject.traces.contains_key(&Means::Witness));
        if again.is_empty() && witnessed.is_empty() {
            return Err(DrillError::Nothing(
                "nothing that was demanded to end can be used again".to_owned(),
            ));
        }
        ready.into_iter().for_each(|held| self.enlist(held));
        Ok(again)
    }

    /// A credential as it was, or why it cannot be used again.
    async fn held_again(&self, facts: &Enlisted) -> Result<Result<Held, String>, DrillError> {
        if let Some(held) = self.unsealed.get(&facts.credential).cloned() {
            return Ok(self.sealed_again(facts, held));
        }
        match &facts.role {
            Role::Suspect | Role::Bystander => {}
            Role::Derived { .. } => return Ok(Err("what was minted from it was not kept".into())),
            Role::Renewed { .. } | Role::Attempted { .. } => {
                return Ok(Err("what a reset set was not kept".into()));
            }
        }
        let inventory = self.shared.inventory.clone();
        let found = inventory
            .supplier(&facts.supplier)
            .and_then(|supplier| Some((supplier, supplier.credential(&facts.credential)?)));
        let Some((supplier, credential)) = found else {
            return Ok(Err("the inventory does not know it any more".into()));
        };
        if Self::proven_otherwise(credential) {
            let held = self.asked_about(supplier, credential);
            return Ok(match held.channels.is_empty() {
                false => Ok(held),
                true => {
                    Err("only its supplier can use it: take in what it saw, `--witnessed FILE`"
                        .into())
                }
            });
        }
        if let Some(why) = self.not_tested(credential) {
            return Ok(Err(why));
        }
        let made = self.ready_here(supplier, credential, facts.role.clone()).await?;
        let Some((held, kind)) = made else {
            return Ok(Err("no description knows its kind any more".into()));
        };
        Ok(self.is_the_same(facts, &held, &kind).map(|()| held))
    }

    /// What was kept sealed, or why it takes no part.
    fn sealed_again(&self, facts: &Enlisted, held: Held) -> Result<Held, String> {
        let description = self.shared.catalogue.get(&held.platform);
        let kind = description.and_then(|known| known.credentials.get(&held.kind)).cloned();
        let kind = kind.ok_or("no description knows its kind any more")?;
        if !self.prober.stage.platforms.contains_key(&held.platform) {
            return Err(format!("the environment does not name the platform {}", held.platform));
        }
        // Whoever stood by in a rehearsal was removed with it.
        if facts.role == Role::Bystander && self.supplier.is_none() {
            // It is known still whom it controlled.
            self.prober.wallet.take_in(held, &kind);
            return Err("it was made to stand by, and removed with the rehearsal".to_owned());
        }
        // The newest value was kept of what each use replaces.
        let same = if kind.rotates() { Ok(()) } else { self.has_the_same_secrets(facts, &held) };
        same.map(|()| held)
    }

    /// A secret that was replaced since would be refused, or work, for reasons of its own.
    fn is_the_same(&self, facts: &Enlisted, held: &Held, kind: &Kind) -> Result<(), String> {
        if kind.rotates() {
            return Err("each use replaced it, and what replaced it last was not kept".into());
        }
        self.has_the_same_secrets(facts, held)
    }

    fn has_the_same_secrets(&self, facts: &Enlisted, held: &Held) -> Result<(), String> {
        for (field, before) in &facts.fingerprints {
            let Some(Value::Secret(now)) = held.values.get(field) else {
                return Err(format!("its `{field}` is not given any more"));
            };
            if self.shared.key.fingerprint(now) != *before {
                return Err(format!("its `{field}` is another one than was proven to work"));
            }
        }
        Ok(())
    }
}

/// How much is taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// What a claim demands to end.
    Asked,
    /// Everything.
    Whole,
}

/// Where its claims and actions have got to.
fn counters(scenario: &ScenarioView) -> (u32, u32) {
    let claims = scenario.claims.iter().map(|claim| claim.claim.id).max();
    let actions = scenario.actions.iter().map(|action| action.intended.action).max();
    (claims.unwrap_or_default(), actions.unwrap_or_default())
}
