//! Carrying out a procedure, with the chase running beside it.
//!
//! Intent is recorded before each action, so that whoever reads a torn journal knows what may have
//! happened. What an action answers is recorded, and is evidence of nothing.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use self::care::Manner;
use super::canary::guard::Bounds;
use super::expand::{Object, Part, Planned, PlannedAction, expand, on_objects};
use super::secrets::SecretSource;
use super::{Drill, DrillError, Shared, unknown};
use crate::chase::budget::Budgets;
use crate::clock::Clock;
use crate::id::{ActionId, CredentialId, PlatformId, PrincipalId};
use crate::journal::Ledger;
use crate::journal::event::{ActionIntended, ActionResult, Event, Hand};
use crate::platform::schema::{Action, Description, Scope};
use crate::probe::{HttpProber, Identity, Values};
use crate::secret::without_opaque;

mod care;
mod command;
mod outside;

/// What carries out actions, apart from the chase that runs beside it.
pub(crate) struct Actor {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
    prober: Arc<HttpProber>,
    budgets: Arc<Budgets>,
    supplier: String,
    secrets: SecretSource,
    /// What may be acted on, if this run rehearses.
    bounds: Option<Bounds>,
    manner: Manner,
    /// Why nothing more is carried out: a bystander is harmed.
    halted: Option<String>,
    /// Bystanders whose harm was told of, or allowed.
    spared: Vec<CredentialId>,
    /// What was to be preserved and was not.
    not_kept: Option<String>,
    /// Something came too late for the window of the change.
    late: bool,
    /// Whether the last action was accepted.
    said_yes: bool,
    /// What actions gave that give new values.
    yielded: Vec<(ActionId, Object, Values)>,
    next: u32,
}

impl Drill {
    /// Terminates the supplier, or a part of it, with a procedure.
    ///
    /// # Errors
    /// If the procedure is unknown, is about nothing here, or the drill was stopped.
    pub async fn terminate(&mut self, procedure: &str, part: Part) -> Result<(), DrillError> {
        self.check_stop()?;
        let form = self.procedure(procedure)?;
        let rehearses = self.bounds().is_some();
        if rehearses && !form.is_drill_safe() {
            return Err(DrillError::NotSafe(form.procedure));
        }
        let (planned, empty) = expand(&form, self.supplier()?, &part, &self.shared.catalogue);
        if planned.is_empty() {
            return Err(DrillError::Nothing(format!(
                "the procedure `{procedure}` does nothing to this supplier"
            )));
        }
        // A step for a platform on which only somebody else has something is no mistake when a single
        // person is offboarded; for a whole supplier it is.
        // A rehearsal says what it leaves out.
        if let (Some(step), None, false) = (empty.first(), &part.principals, rehearses) {
            return Err(DrillError::Nothing(format!("procedure `{procedure}`: {step}")));
        }
        let manner = self.manner(Some(&form));
        self.carry_out_as(procedure, planned, manner).await
    }

    /// Takes one action of a platform on one object of the supplier, or on everything that fits.
    ///
    /// # Errors
    /// If platform, action or object are unknown.
    pub async fn take_action(
        &mut self,
        action: &str,
        platform: &str,
        on: Option<&str>,
    ) -> Result<(), DrillError> {
        self.check_stop()?;
        let catalogue = self.shared.catalogue.clone();
        let description = catalogue
            .get(&PlatformId::new(platform))
            .ok_or_else(|| unknown("the platform", platform, catalogue.names()))?;
        let name = ActionId::new(action);
        if !description.actions.contains_key(&name) {
            let known = description.actions.keys().map(ActionId::as_str);
            return Err(unknown("the action", action, known));
        }
        let mut planned = on_objects(description, &name, on, self.supplier()?, &Part::default());
        // What replaces an old value must be nobody's.
        let field = description.actions[&name].resets.as_deref().unwrap_or("secret");
        for one in &mut planned {
            let secret = self.new_secret(&one.object.to_string(), action);
            self.prober.wallet.scrubber().learn(&secret);
            one.values.set_secret(format!("new.{field}"), secret);
        }
        if planned.is_empty() {
            return Err(DrillError::Nothing(format!(
                "`{action}` of {platform} fits nothing of this supplier{}",
                on.map(|on| format!(" named `{on}`")).unwrap_or_default()
            )));
        }
        let planned = planned.into_iter().map(|one| Planned::Action(Box::new(one))).collect();
        self.carry_out(action, planned).await
    }

    /// Re-activates every user of the supplier, wherever the platform has an action for it.
    ///
    /// # Errors
    /// If no platform has one.
    pub async fn reactivate(&mut self) -> Result<(), DrillError> {
        self.check_stop()?;
        let supplier = self.supplier()?;
        let catalogue = self.shared.catalogue.clone();
        let mut planned = Vec::new();
        for description in catalogue.iter() {
            for (name, action) in &description.actions {
                if action.restores && action.scope == Scope::Principal {
                    planned.extend(
                        on_objects(description, name, None, supplier, &Part::default())
                            .into_iter()
                            .map(|one| Planned::Action(Box::new(one))),
                    );
                }
            }
        }
        if planned.is_empty() {
            return Err(DrillError::Nothing(
                "no platform can re-activate this supplier's users".into(),
            ));
        }
        let mut actor = self.actor();
        actor.run(planned).await;
        self.actions = actor.next;
        self.check_stop()
    }

    /// The principals of one person at every platform.
    ///
    /// # Errors
    /// If nobody of the supplier is called so.
    pub fn person(&self, name: &str) -> Result<BTreeSet<PrincipalId>, DrillError> {
        let supplier = self.supplier()?;
        let principals = supplier.principals.iter().map(|item| &item.value);
        let found: BTreeSet<PrincipalId> = principals
            .clone()
            .filter(|principal| {
                principal.person.as_deref() == Some(name)
                    || principal.id.as_str() == name
                    || principal.login == name
            })
            .map(|principal| principal.id.clone())
            .collect();
        if found.is_empty() {
            let known: BTreeSet<&str> = principals
                .map(|principal| principal.person.as_deref().unwrap_or(principal.id.as_str()))
                .collect();
            return Err(unknown("the user", name, known.iter().copied()));
        }
        Ok(found)
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor {
            shared: self.shared.clone(),
            clock: self.clock.clone(),
            ledger: self.ledger.clone(),
            prober: self.prober.clone(),
            budgets: self.budgets.clone(),
            supplier: self
                .supplier
                .as_ref()
                .map(|known| known.supplier.to_string())
                .unwrap_or_default(),
            secrets: self.secrets.clone(),
            bounds: self.bounds(),
            manner: self.manner(None),
            halted: None,
            spared: Vec::new(),
            not_kept: None,
            late: false,
            said_yes: false,
            yielded: Vec::new(),
            next: self.actions,
        }
    }

    /// Records that something was to be done at a platform, and was not.
    pub(crate) fn leave_undone(
        &mut self,
        platform: &PlatformId,
        title: &str,
        object: String,
        why: &str,
    ) {
        let mut actor = self.actor();
        let action = actor.number();
        let number = actor.intend(ActionIntended {
            action,
            platform: Some(platform.clone()),
            name: None,
            title: title.to_owned(),
            object,
            by: Hand::Api,
            kills: Vec::new(),
            preserve: None,
        });
        actor.ended(number, ActionResult::NotDone { why: why.to_owned() });
        self.actions = actor.next;
    }

    /// Carries out actions in the manner that is due here.
    pub(crate) async fn carry_out(
        &mut self,
        by: &str,
        planned: Vec<Planned>,
    ) -> Result<(), DrillError> {
        let manner = self.manner(None);
        self.carry_out_as(by, planned, manner).await
    }

    /// Runs actions and the chase side by side, so that no bystander is unwatched while a runbook works.
    async fn carry_out_as(
        &mut self,
        by: &str,
        planned: Vec<Planned>,
        manner: Manner,
    ) -> Result<(), DrillError> {
        if !self.armed {
            return Err(DrillError::OutOfOrder(
                "nothing was proven to work yet: add `Given every credential of the supplier is \
                 proven to work` before the termination",
            ));
        }
        let first = self.ledger.view(|view| view.termination.is_none());
        if first {
            self.ledger.record(Event::TerminationBegan { by: by.to_owned() });
        }
        self.chase.wake_all();
        if first {
            self.foresee_deadlines();
        }
        let mut actor = Actor { manner, ..self.actor() };
        if manner.waits() {
            for (number, step) in planned.into_iter().enumerate() {
                if number > 0 && actor.held_back(false).is_none() {
                    actor.halted = self.look_after_bystanders(&mut actor).await;
                }
                match actor.held_back(step.purpose().deletes) {
                    // Nothing is done, so nothing has to be followed meanwhile.
                    Some(_) => actor.step(step).await,
                    None => self.beside_the_chase(actor.step(step)).await,
                }
            }
        } else {
            self.beside_the_chase(actor.run(planned)).await;
        }
        self.actions = actor.next;
        self.yielded = std::mem::take(&mut actor.yielded);
        self.ledger.record(Event::TerminationEnded);
        self.check_stop()?;
        self.say_what_was_held_back(&actor);
        match actor.halted {
            Some(why) => Err(DrillError::Harmed(why)),
            None => Ok(()),
        }
    }
}

impl Actor {
    /// Carries out everything in order; a stop leaves the rest undone, and says so.
    pub(crate) async fn run(&mut self, planned: Vec<Planned>) {
        for step in planned {
            self.alert();
            self.step(step).await;
        }
    }

    /// Carries out one step, or says why not.
    async fn step(&mut self, step: Planned) {
        let purpose = step.purpose();
        let preserve = purpose.preserve.clone();
        let held_back = self.held_back(purpose.deletes);
        self.late |= held_back.is_some() && self.closed_window().is_some();
        self.said_yes = false;
        match step {
            Planned::Action(planned) => self.action(*planned, held_back).await,
            Planned::Command { words, timeout, secrets, purpose } => {
                self.command(&words, (timeout, &secrets), purpose, held_back).await;
            }
            Planned::Webhook { url, sign, purpose } => {
                self.webhook(&url, sign.as_ref(), purpose, held_back).await;
            }
            Planned::Ask { text, purpose } => self.ask(&text, purpose, held_back).await,
            Planned::Wait(length) if held_back.is_none() => {
                let until = self.clock.now() + length.0;
                tokio::select! {
                    biased;
                    () = self.shared.stop.stopped() => {}
                    () = self.clock.wait_until(until) => {}
                }
            }
            Planned::Wait(_) => {}
        }
        if let (Some(kept), false) = (preserve, self.said_yes) {
            self.not_kept.get_or_insert(kept);
        }
    }

    fn intend(&mut self, mut intended: ActionIntended) -> u32 {
        let number = intended.action;
        if let Some(kept) = &intended.preserve {
            intended.title = format!("preserve {kept}: {}", intended.title);
        }
        self.ledger.record(Event::ActionIntended(intended));
        number
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn ended(&mut self, action: u32, result: ActionResult) {
        self.said_yes = matches!(result, ActionResult::Accepted { .. });
        self.ledger.record(Event::ActionEnded { action, result });
    }

    /// Carries out one platform action.
    async fn action(&mut self, planned: PlannedAction, held_back: Option<String>) {
        let catalogue = self.shared.catalogue.clone();
        let Some(description) = catalogue.get(&planned.platform) else { return };
        let Some(action) = description.actions.get(&planned.name) else { return };
        let by = match (action.manual, self.prober.stage.mocked) {
            (false, _) => Hand::Api,
            (true, true) => Hand::SimulatedHand,
            (true, false) => Hand::Person,
        };
        let action_number = self.number();
        let number = self.intend(ActionIntended {
            action: action_number,
            platform: Some(planned.platform.clone()),
            name: Some(planned.name.clone()),
            title: action.title.clone(),
            object: planned.object.to_string(),
            by,
            kills: planned.purpose.kills.iter().map(ToString::to_string).collect(),
            preserve: planned.purpose.preserve.clone(),
        });
        if let Some(why) = held_back {
            self.ended(number, ActionResult::NotDone { why });
            return;
        }
        let allowed = self.bounds.as_ref().map_or(Ok(()), |bounds| bounds.allow(action, &planned));
        if let Err(why) = allowed {
            let why = format!("not in a rehearsal: {why}");
            self.ended(number, ActionResult::NotDone { why });
            return;
        }
        let result = match by {
            Hand::Api => self.by_api(description, action, &planned).await,
            Hand::SimulatedHand => self.by_simulated_hand(action, &planned),
            Hand::Person | Hand::Command | Hand::Webhook => self.by_person(action, &planned).await,
        };
        self.ended(number, result);
    }

    async fn by_api(
        &mut self,
        description: &Description,
        action: &Action,
        planned: &PlannedAction,
    ) -> ActionResult {
        self.budgets.wait_for(&planned.platform, description.polite.budget).await;
        let mut values = planned.values.clone();
        if let Object::Credential(id) = &planned.object
            && let Some(held) = self.prober.wallet.get(id)
        {
            // The newest secrets: a rotated token is revoked by its present value.
            let mut all = held.values;
            all.extend(&values);
            values = all;
        }
        let end = self.prober.administrate(description, Identity::Act, &action.flow, &values).await;
        // What an action was given on its way, such as a token for the next request, is a secret.
        end.captures.each_secret(|secret| self.prober.wallet.scrubber().learn(secret));
        let scrub = |text: &str| -> String {
            let clean = self.prober.wallet.scrubber().scrub(text);
            without_opaque(&clean).chars().take(240).collect()
        };
        match &end.answer {
            Err(doubt) => {
                ActionResult::Refused { why: scrub(&format!("{}: {}", doubt.reason, doubt.detail)) }
            }
            Ok(answer) if end.complete => {
                if !action.renews.is_empty() {
                    let (name, object) = (planned.name.clone(), planned.object.clone());
                    self.yielded.push((name, object, end.captures.clone()));
                }
                ActionResult::Accepted { answer: answer.status.to_string() }
            }
            Ok(answer) => ActionResult::Refused {
                why: scrub(&format!("{} {}", answer.status, answer.excerpt())),
            },
        }
    }

    fn by_simulated_hand(&self, action: &Action, planned: &PlannedAction) -> ActionResult {
        let values = &planned.values;
        let of_scope = || match &planned.object {
            Object::Credential(_) => values.lookup("credential.remote_id"),
            Object::Principal(_) => {
                values.lookup("principal.id").or_else(|| values.lookup("principal.login"))
            }
            Object::Grant(_) | Object::Client(_) => values.lookup("grant.remote_id"),
            Object::Account => Some("".into()),
        };
        let object = match &action.object {
            Some(named) => named.render(|name| values.lookup(name)).ok().map(Cow::Owned),
            None => of_scope(),
        };
        let (Some(hand), Some(object)) = (&self.prober.stage.by_hand, object) else {
            return ActionResult::NotDone { why: "its id at the platform is not known".to_owned() };
        };
        match hand(planned.platform.as_str(), planned.name.as_str(), &object) {
            Ok(()) => ActionResult::Accepted { answer: "by simulated hand".to_owned() },
            Err(why) => ActionResult::Refused { why },
        }
    }

    async fn by_person(&self, action: &Action, planned: &PlannedAction) -> ActionResult {
        let text = action
            .ask
            .as_ref()
            .and_then(|ask| ask.render(|name| planned.values.lookup(name)).ok())
            .unwrap_or_else(|| action.title.clone());
        self.put_question(&format!("{} ({}): {text}", planned.platform, planned.object)).await
    }
}
