//! Rotation: everything a supplier holds gets a new value while its service goes on, and the old values end.

use std::collections::{BTreeMap, BTreeSet};

use super::estate::only_on_mocks;
use super::expand::{Object, Part, Planned, PlannedAction, on_objects};
use super::secrets::SecretSource;
use super::{Drill, DrillError};
use crate::claim::Expectation;
use crate::id::{ActionId, CredentialId};
use crate::inventory::supplier::Credential;
use crate::journal::event::Role;
use crate::platform::schema::{Class, Description, Kind, Scope};
use crate::platform::template::Template;
use crate::probe::Held;
use crate::secret::Secret;

/// How one credential is rotated.
enum Way {
    /// Its platform takes a new value in place of the old one: the action, and the secret field.
    Replace(ActionId, String),
    /// Its platform makes a new value in place of the old one: the action, and each secret field by its capture.
    Renew(ActionId, BTreeMap<String, String>),
    /// A second one is made as its kind is minted, and the first is ended then.
    MakeThenEnd(ActionId),
    /// It is ended and needs no successor: whoever needs another session signs in again.
    End(ActionId),
    /// Not at all.
    No(&'static str),
}

/// What a rotation comes to.
#[derive(Default)]
struct Rotation {
    planned: Vec<Planned>,
    /// With values that doornail made up.
    renewed: Vec<Held>,
    /// With values that platforms are going to make.
    given: Vec<Given>,
    /// The old ones of those of which a second one was made, and what ends them.
    seconds: Vec<(Held, ActionId)>,
}

/// A new value that an action is going to give.
struct Given {
    old: Held,
    action: ActionId,
    object: Object,
    fields: BTreeMap<String, String>,
}

impl Drill {
    /// Rotates everything the supplier holds, at once. Where a second credential can be made it is, and the old one is
    /// ended only once the new one is seen to work. What cannot be rotated is recorded as not done, and goes on
    /// working.
    ///
    /// # Errors
    /// On a real environment, where nobody would know the new values.
    pub async fn rotate_everything(&mut self) -> Result<(), DrillError> {
        self.check_stop()?;
        if self.mocks.is_none() {
            return Err(only_on_mocks(
                "nobody would know the new values: rotate by a procedure of your own, and say in the inventory \
                 where each new value is, with `renewed:`",
            ));
        }
        if !self.armed {
            return Err(DrillError::OutOfOrder(
                "nothing was proven to work yet: add `Given every credential of the supplier is proven to work` \
                 before the rotation",
            ));
        }
        let supplier = self.supplier()?.clone();
        let catalogue = self.shared.catalogue.clone();
        let mut rotation = Rotation::default();
        for credential in supplier.credentials.iter().map(|item| &item.value) {
            let Some(held) = self.prober.wallet.get(&credential.id) else { continue };
            let described = catalogue.get(&credential.platform);
            let kind = described.and_then(|known| known.credentials.get(&credential.kind));
            let (Some(description), Some(kind)) = (described, kind) else { continue };
            match self.way(&held, description, kind) {
                Way::Replace(action, field) => {
                    let secret = self.new_secret(held.id.as_str(), "rotation");
                    self.prober.wallet.scrubber().learn(&secret);
                    let mut one = self.plan_reset(&held, &action)?;
                    one.values.set_secret(format!("new.{field}"), secret.clone());
                    rotation.planned.push(Planned::Action(Box::new(one)));
                    rotation.renewed.push(successor(&held, [(field, secret)]));
                }
                Way::Renew(action, fields) => {
                    if let Some(one) = self.renewal(&held, description, &action) {
                        let object = one.object.clone();
                        rotation.planned.push(Planned::Action(Box::new(one)));
                        rotation.given.push(Given { old: held, action, object, fields });
                    }
                }
                Way::MakeThenEnd(action) => {
                    // One that cannot be made is recorded so, and the old one is not ended.
                    if self.make_second(&held, credential, (kind, description)).await? {
                        rotation.seconds.push((held, action));
                    }
                }
                Way::End(action) => rotation.planned.extend(self.ends(&held, description, &action)),
                Way::No(why) => self.leave_unrotated(&held, why),
            }
        }
        // The service goes on with the new ones, or the old ones are not ended.
        self.settle_arming(self.clock.now() + self.shared.arm_within).await;
        for (old, action) in rotation.seconds {
            match (self.works(&successor_id(&old.id)), catalogue.get(&old.platform)) {
                (true, Some(description)) => {
                    rotation.planned.extend(self.ends(&old, description, &action));
                }
                (true, None) | (false, _) => self.leave_unrotated(
                    &old,
                    "its new value was not seen to work: to end the old one would end the service",
                ),
            }
        }
        self.carry_out("rotation", rotation.planned).await?;
        for one in rotation.given {
            rotation.renewed.push(self.given(one));
        }
        for held in rotation.renewed {
            self.hold_back_login(&held);
            self.enlist(held);
        }
        Ok(())
    }

    fn leave_unrotated(&mut self, held: &Held, why: &str) {
        let object = format!("credential {}", held.id);
        self.leave_undone(&held.platform, "Rotate it", object, why);
    }

    /// Whether it was let in on every channel.
    fn works(&self, id: &CredentialId) -> bool {
        self.ledger.view(|view| {
            view.subject(id).is_some_and(|subject| {
                subject.tracks.values().all(|track| track.first_alive().is_some())
            })
        })
    }

    /// The credential with the value that the platform gave; one that takes part without being used if it gave none.
    fn given(&self, one: Given) -> Held {
        let mut all = self.yielded.iter();
        let found = all.find(|(name, of, _)| *name == one.action && *of == one.object);
        let value = |(field, capture): (String, String)| {
            let value = found.and_then(|(_, _, captures)| captures.get(&capture))?;
            Some((field, Secret::new(value.text().to_owned())))
        };
        let count = one.fields.len();
        let values: Vec<(String, Secret)> = one.fields.into_iter().filter_map(value).collect();
        let is_whole = values.len() == count;
        let mut held = successor(&one.old, values);
        if !is_whole {
            held.channels.clear();
        }
        held
    }

    /// Makes a second credential of the same kind, for the same owner; says whether it was made.
    async fn make_second(
        &mut self,
        old: &Held,
        credential: &Credential,
        (kind, description): (&Kind, &Description),
    ) -> Result<bool, DrillError> {
        let sought = Credential { id: successor_id(&old.id), ..credential.clone() };
        let values = self.values_of(&sought, kind, description)?;
        let title = format!("Make a second one, to take its place: {}", kind.title);
        let mut made = match self.mint(&sought, title, (kind, description), &values).await {
            Ok(made) => made,
            Err(DrillError::Nothing(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        // Fields that are the old one's id are the new one's now.
        for (name, field) in &kind.fields {
            let of_id =
                |default: &Template| default.names().any(|name| name == "credential.remote_id");
            if let Some(default) = field.default.as_ref().filter(|default| of_id(default))
                && !kind.mint.sets.contains_key(name)
                && let Ok(value) = default.render(|name| made.lookup(name))
            {
                made.set(name.clone(), value);
            }
        }
        let mut new = successor(old, []);
        new.values = made;
        self.enlist(new);
        Ok(true)
    }

    /// The action that has the platform make a new value of one credential.
    fn renewal(
        &self,
        held: &Held,
        description: &Description,
        action: &ActionId,
    ) -> Option<PlannedAction> {
        let supplier = self.supplier.as_ref()?;
        let all = on_objects(description, action, None, supplier, &Part::default());
        all.into_iter().find(|one| match &one.object {
            Object::Credential(id) => *id == held.id,
            Object::Client(_) | Object::Grant(_) => {
                held.values.plain("grant.client_id") == one.values.plain("grant.client_id")
            }
            Object::Principal(_) | Object::Account => false,
        })
    }

    /// Demands that the new value of every credential that was rotated works, but of those named. Where the
    /// rotation was somebody else's, the inventory says where each new value is.
    ///
    /// # Errors
    /// If one that is named is unknown, or a new value cannot be found where the inventory says.
    pub async fn demand_renewed(
        &mut self,
        step: &str,
        but: &BTreeSet<CredentialId>,
    ) -> Result<(), DrillError> {
        self.termination_began()?;
        let supplier = self.supplier()?.clone();
        let known = supplier.credentials.iter().map(|item| item.value.id.as_str());
        for name in but {
            if supplier.credential(name).is_none() {
                return Err(super::unknown("the credential", name.as_str(), known));
            }
        }
        let mut subjects = Vec::new();
        for item in &supplier.credentials {
            let credential = &item.value;
            if but.contains(&credential.id) || !self.has_successor(credential) {
                continue;
            }
            let new = successor_id(&credential.id);
            if self.prober.wallet.get(&new).is_none() {
                let held = self.found_renewed(credential).await?;
                self.hold_back_login(&held);
                self.enlist(held);
            }
            subjects.push(new);
        }
        let new = subjects.iter().filter_map(|id| self.prober.wallet.get(id));
        let logins = new.filter(|held| self.is_login(held)).filter_map(|held| match held.role {
            Role::Renewed { of } => Some((of, held.id)),
            Role::Suspect | Role::Bystander | Role::Derived { .. } | Role::Attempted { .. } => None,
        });
        let logins: Vec<(CredentialId, CredentialId)> = logins.collect();
        self.let_in_new(&logins).await;
        self.demand_now(step, Expectation::Works, subjects).await
    }

    /// A new password is not used before the old one's end is known.
    fn hold_back_login(&mut self, held: &Held) {
        if self.is_login(held) {
            self.chase.hold_back(held.id.clone());
        }
    }

    /// Whether somebody needs a new one: of a session nobody does.
    fn has_successor(&self, credential: &Credential) -> bool {
        let description = self.shared.catalogue.get(&credential.platform);
        let kind = description.and_then(|known| known.credentials.get(&credential.kind));
        kind.is_some_and(|kind| match kind.class {
            Class::Token | Class::Key | Class::Grant | Class::Login => true,
            Class::Session | Class::Outflow => false,
        })
    }

    /// The new value, where the inventory says it is; one that takes part without being used if it does not say.
    async fn found_renewed(&self, credential: &Credential) -> Result<Held, DrillError> {
        let supplier = self.supplier()?;
        let old = self.prober.wallet.get(&credential.id);
        let old = old.unwrap_or_else(|| super::roster::unused(supplier, credential));
        let mut fields = Vec::new();
        for (field, reference) in &credential.renewed {
            let secret = renewed(&self.secrets, reference, credential, field).await?;
            fields.push((field.clone(), secret));
        }
        let mut held = successor(&old, fields);
        if credential.renewed.is_empty() {
            held.channels.clear();
        }
        Ok(held)
    }

    fn way(&self, held: &Held, description: &Description, kind: &Kind) -> Way {
        let end = ending(held, description);
        match (kind.class, end) {
            (Class::Session | Class::Outflow, Some(end)) => return Way::End(end),
            (Class::Session | Class::Outflow, None) => {
                return Way::No("its platform describes no action that ends it alone");
            }
            (Class::Token | Class::Key | Class::Grant | Class::Login, _) => {}
        }
        if let Ok((action, field)) = self.reset_action(held, super::reset::Way::ByAdministrator) {
            return Way::Replace(action, field);
        }
        if let Some((action, fields)) = renewing(held, description) {
            return Way::Renew(action, fields);
        }
        let can_be_made = !kind.mint.flow.is_empty() && kind.mint.fresh.is_empty();
        match ending(held, description) {
            Some(end) if can_be_made => Way::MakeThenEnd(end),
            Some(_) => Way::No("no second one can be made: to end it would end the service"),
            None => Way::No("its platform describes no action that replaces or ends it alone"),
        }
    }

    fn ends(&self, held: &Held, description: &Description, action: &ActionId) -> Vec<Planned> {
        let Some(supplier) = &self.supplier else { return Vec::new() };
        let on = Some(held.id.as_str());
        let planned = on_objects(description, action, on, supplier, &Part::default());
        let object = Object::Credential(held.id.clone());
        let planned =
            planned.into_iter().map(|one| PlannedAction { object: object.clone(), ..one });
        planned.map(|one| Planned::Action(Box::new(one))).collect()
    }
}

/// The action by API that ends one credential of its kind alone, for good.
fn ending(held: &Held, description: &Description) -> Option<ActionId> {
    let mut fits = description.actions.iter().filter(|(_, action)| {
        let ends = action.kills.get(&held.kind).is_some_and(|kill| !kill.reversible);
        action.scope == Scope::Credential
            && action.of.contains(&held.kind)
            && !action.manual
            && action.resets.is_none()
            && ends
    });
    fits.next().map(|(name, _)| name.clone())
}

/// The action by which the platform makes a new value of this kind.
fn renewing(
    held: &Held,
    description: &Description,
) -> Option<(ActionId, BTreeMap<String, String>)> {
    let mut fits = description.actions.iter().filter(|(_, action)| !action.manual);
    fits.find_map(|(name, action)| Some((name.clone(), action.renews.get(&held.kind)?.clone())))
}

fn successor_id(of: &CredentialId) -> CredentialId {
    CredentialId::new(format!("{of} (new)"))
}

/// The credential with its new value.
fn successor(old: &Held, fields: impl IntoIterator<Item = (String, Secret)>) -> Held {
    let mut held = old.clone();
    held.id = successor_id(&old.id);
    held.role = Role::Renewed { of: old.id.clone() };
    held.root = held.id.clone();
    held.accepted = None;
    for (field, secret) in fields {
        held.values.set_secret(field, secret);
    }
    held
}

async fn renewed(
    secrets: &SecretSource,
    reference: &crate::inventory::secret_ref::SecretRef,
    credential: &Credential,
    field: &str,
) -> Result<Secret, DrillError> {
    secrets.find(reference).await.map_err(|source| {
        DrillError::Roster(Box::new(super::roster::RosterError::Secret {
            credential: successor_id(&credential.id),
            supplier: "the inventory's `renewed:`".to_owned(),
            field: field.to_owned(),
            source: Box::new(source),
        }))
    })
}
