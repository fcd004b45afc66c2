//! Carrying out a procedure, with the chase running beside it.
//!
//! Intent is recorded before each action, so that whoever reads a torn journal knows what may have
//! happened. What an action answers is recorded, and is evidence of nothing.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::canary::guard::Bounds;
use super::expand::{Object, Part, Planned, PlannedAction, expand, on_objects};
use super::secrets::SecretSource;
use super::{Drill, DrillError, Shared, unknown};
use crate::chase::budget::Budgets;
use crate::chase::{Progress, Stop};
use crate::clock::Clock;
use crate::id::{ActionId, PlatformId, PrincipalId};
use crate::journal::Ledger;
use crate::journal::event::{ActionIntended, ActionResult, Event, Hand};
use crate::platform::schema::{Action, Description, Scope};
use crate::probe::{HttpProber, Identity, Values};
use crate::secret::without_opaque;

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
        self.carry_out(procedure, planned).await
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
        });
        actor.ended(number, ActionResult::NotDone { why: why.to_owned() });
        self.actions = actor.next;
    }

    /// Runs actions and the chase side by side, so that no bystander is unwatched while a runbook works.
    pub(crate) async fn carry_out(
        &mut self,
        by: &str,
        planned: Vec<Planned>,
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
        let mut actor = self.actor();
        let halt = Stop::default();
        let parts = (self.clock.clone().take_part(), self.clock.clone().take_part());
        let procedure = async {
            let _part = parts.0;
            actor.run(planned).await;
            halt.stop();
        };
        let chase = async {
            let _part = parts.1;
            self.chase.drive(|_, _| Progress::Open { until: None }, Some(&halt)).await;
        };
        tokio::join!(procedure, chase);
        self.actions = actor.next;
        self.yielded = actor.yielded;
        self.ledger.record(Event::TerminationEnded);
        self.check_stop()
    }
}

impl Actor {
    /// Carries out everything in order; a stop leaves the rest undone, and says so.
    pub(crate) async fn run(&mut self, planned: Vec<Planned>) {
        for step in planned {
            let stopped = self.shared.stop.is_stopped();
            match step {
                Planned::Action(planned) => self.action(*planned, stopped).await,
                Planned::Command { words, timeout, secrets, kills } => {
                    self.command(&words, (timeout, &secrets), kills, stopped).await;
                }
                Planned::Webhook { url, sign, kills } => {
                    self.webhook(&url, sign.as_ref(), kills, stopped).await;
                }
                Planned::Ask { text, kills } => self.ask(&text, kills, stopped).await,
                Planned::Wait(length) => {
                    let until = self.clock.now() + length.0;
                    tokio::select! {
                        biased;
                        () = self.shared.stop.stopped() => {}
                        () = self.clock.wait_until(until) => {}
                    }
                }
            }
        }
    }

    fn intend(&mut self, intended: ActionIntended) -> u32 {
        let number = intended.action;
        self.ledger.record(Event::ActionIntended(intended));
        number
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn ended(&self, action: u32, result: ActionResult) {
        self.ledger.record(Event::ActionEnded { action, result });
    }

    /// Carries out one platform action.
    pub(crate) async fn action(&mut self, planned: PlannedAction, stopped: bool) {
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
            kills: planned.kills.iter().map(ToString::to_string).collect(),
        });
        if stopped {
            self.ended(number, ActionResult::NotDone { why: "the drill was stopped".to_owned() });
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
