//! What a rehearsal never does: touch anything that it did not make.

use std::collections::BTreeSet;

use crate::drill::expand::{Object, PlannedAction};
use crate::inventory::{Inventory, Supplier};
use crate::journal::event::CanarySort;
use crate::platform::schema::{Action, Scope};

use super::Canaries;

/// What may be acted on in a rehearsal.
#[derive(Clone, Debug, Default)]
pub(in crate::drill) struct Bounds {
    made: BTreeSet<String>,
    clients: BTreeSet<String>,
    real: BTreeSet<String>,
}

impl Bounds {
    /// Those of a rehearsal: what it made, and nothing that the inventory knows.
    pub(in crate::drill) fn new(canaries: &Canaries, inventory: &Inventory) -> Self {
        let held = canaries.plan.held.keys().map(|id| Object::Credential(id.clone()).to_string());
        let owners = canaries.plan.canaries.iter().filter_map(|canary| match &canary.sort {
            CanarySort::Principal { id } => Some(Object::Principal(id.clone()).to_string()),
            CanarySort::Grant { id } => Some(Object::Grant(id.clone()).to_string()),
            CanarySort::Credential { .. } => None,
        });
        let clients = canaries.plan.canaries.iter().filter_map(|canary| match &canary.sort {
            CanarySort::Grant { .. } => Some(canary.name.clone()),
            CanarySort::Principal { .. } | CanarySort::Credential { .. } => None,
        });
        let real = inventory.suppliers.values().flat_map(|(_, supplier)| names(supplier));
        Self {
            made: held.chain(owners).collect(),
            clients: clients.collect(),
            real: real.map(str::to_owned).collect(),
        }
    }

    /// Whether an action touches only what was made, or why it must not be carried out.
    pub(in crate::drill) fn allow(
        &self,
        action: &Action,
        planned: &PlannedAction,
    ) -> Result<(), String> {
        let made = |object: &Object| self.made.contains(&object.to_string());
        let own = match (&planned.object, action.scope) {
            (_, Scope::Account) | (Object::Account, _) => {
                return Err(
                    "it would touch the whole account, not only what the drill made".to_owned()
                );
            }
            (Object::Client(id), Scope::Client) => self.clients.contains(id),
            (object @ Object::Credential(_), Scope::Credential)
            | (object @ Object::Principal(_), Scope::Principal)
            | (object @ Object::Grant(_), Scope::Grant) => made(object),
            (
                Object::Credential(_) | Object::Principal(_) | Object::Grant(_) | Object::Client(_),
                Scope::Credential | Scope::Principal | Scope::Grant | Scope::Client,
            ) => false,
        };
        if !own {
            return Err(format!("the drill did not make {}", planned.object));
        }
        match planned.values.iter_plain().find(|(_, value)| self.real.contains(*value)) {
            None => Ok(()),
            Some((name, _)) => Err(format!("its `{name}` is of a supplier in the inventory")),
        }
    }
}

/// Everything that names somebody at a platform.
fn names(supplier: &Supplier) -> impl Iterator<Item = &str> {
    let principals = supplier.principals.iter().map(|item| &item.value);
    let principals = principals.flat_map(|one| [Some(&one.login), one.remote_id.as_ref()]);
    let grants = supplier.grants.iter().map(|item| &item.value);
    let grants = grants.flat_map(|one| [Some(&one.client_id), one.remote_id.as_ref()]);
    let credentials = supplier.credentials.iter().map(|item| item.value.remote_id.as_ref());
    principals.chain(grants).chain(credentials).flatten().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::plan::tests::{MAYA, catalogue, plan, supplier};
    use super::*;
    use crate::drill::expand::{Part, on_objects};
    use crate::id::PlatformId;

    /// Why an action on everything of this supplier is refused, for each object.
    fn refused(action: &str, on: &Supplier) -> Vec<Option<String>> {
        let canaries = Canaries { plan: plan(9, MAYA), minted: BTreeMap::new() };
        let mut inventory = Inventory::default();
        let real = supplier(MAYA);
        inventory.suppliers.insert(real.supplier.clone(), ("acme.yaml".into(), real));
        let bounds = Bounds::new(&canaries, &inventory);
        let catalogue = catalogue();
        let description = catalogue.get(&PlatformId::new("desk")).unwrap();
        let planned = on_objects(description, &action.into(), None, on, &Part::default());
        let form = &description.actions[&crate::id::ActionId::from(action)];
        planned.iter().map(|one| bounds.allow(form, one).err()).collect()
    }

    #[test]
    fn what_was_made_may_be_ended() {
        let made = plan(9, MAYA).supplier;
        assert_eq!(refused("end_key", &made), [None]);
        assert_eq!(refused("end_user", &made), [None]);
    }

    #[test]
    fn what_is_the_real_suppliers_is_never_ended_even_under_the_same_id() {
        for action in ["end_key", "end_user"] {
            let why = refused(action, &supplier(MAYA));
            assert!(!why.is_empty() && why.iter().all(Option::is_some), "{action}: {why:?}");
        }
        assert_eq!(
            refused("end_user", &supplier(MAYA))[0].as_deref(),
            Some("its `principal.id` is of a supplier in the inventory")
        );
    }

    #[test]
    fn what_was_not_made_is_not_ended() {
        let other = MAYA.replace("maya", "nina").replace("'9'", "'77'");
        let text = supplier(&other);
        assert_eq!(
            refused("end_user", &text)[0].as_deref(),
            Some("the drill did not make principal nina")
        );
    }

    #[test]
    fn the_whole_account_is_never_touched() {
        let why = refused("end_all", &plan(9, MAYA).supplier);
        assert_eq!(
            why[0].as_deref(),
            Some("it would touch the whole account, not only what the drill made")
        );
    }
}
