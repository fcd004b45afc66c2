//! Listings: access of the supplier that the inventory does not know.

use std::collections::BTreeSet;

use serde_json::Value as JsonValue;

use super::paging::{Pages, text_at};
use super::{Drill, DrillError};
use crate::claim::{Expectation, Finding, Ruling};
use crate::id::{GrantId, KindId, PrincipalId};
use crate::inventory::Supplier;
use crate::inventory::supplier::{Grant, Principal};
use crate::journal::event::{Event, Judged, Leftover, Listed, ListingResult, NO_ID};
use crate::platform::matcher::Found;
use crate::platform::schema::{Description, Kind, Listing};
use crate::probe::Identity;
use crate::probe::wallet::Values;

impl Drill {
    /// Demands that no platform that can be listed knows access of the supplier that the inventory lacks.
    ///
    /// # Errors
    /// If no supplier is bound, or the drill was stopped.
    pub async fn demand_nothing_unrecorded(&mut self, step: &str) -> Result<(), DrillError> {
        self.check_stop()?;
        let claim = self.claim(step, Expectation::NothingUnrecorded, Vec::new(), false);
        self.ledger.record(Event::Claimed(claim.clone()));
        let mut rulings = self.list_all().await?;
        if rulings.is_empty() {
            let why = "no platform of this supplier can be listed".to_owned();
            let ruling = Ruling { finding: Finding::EmptyClaim, why };
            rulings.push(Judged { subject: "(nothing)".to_owned(), ruling });
        }
        self.check_stop()?;
        self.ledger.record(Event::Judged { claim: claim.id, rulings });
        Ok(())
    }

    /// The same where anything can be listed. Where nothing can, it is only said, and nothing is claimed.
    ///
    /// # Errors
    /// If no supplier is bound, or the drill was stopped.
    pub(super) async fn look_for_unrecorded(&mut self, step: &str) -> Result<(), DrillError> {
        self.check_stop()?;
        let rulings = self.list_all().await?;
        self.check_stop()?;
        if !rulings.is_empty() {
            let claim = self.claim(step, Expectation::NothingUnrecorded, Vec::new(), false);
            let id = claim.id;
            self.ledger.record(Event::Claimed(claim));
            self.ledger.record(Event::Judged { claim: id, rulings });
        }
        Ok(())
    }

    /// Lists everything at every platform of the supplier, and rules on what could be listed.
    async fn list_all(&self) -> Result<Vec<Judged>, DrillError> {
        let supplier = self.supplier()?.clone();
        let mut rulings = Vec::new();
        for description in self.shared.catalogue.clone().iter() {
            // Where it has but an app or a key, it can have more of them.
            let present = supplier.platforms().contains(&description.platform);
            if !present || !self.prober.stage.platforms.contains_key(&description.platform) {
                continue;
            }
            for (name, kind) in &description.credentials {
                let result = self.list(description, kind, name.as_str(), &supplier).await;
                let subject = format!("{} {}", description.platform, kind.title);
                rulings.extend(ruling(&result).map(|ruling| Judged { subject, ruling }));
                self.ledger.record(Event::Listed(listed(description, name, kind, result)));
            }
        }
        Ok(rulings)
    }

    pub(super) async fn list(
        &self,
        description: &Description,
        kind: &Kind,
        name: &str,
        supplier: &Supplier,
    ) -> ListingResult {
        let Some(pages) = Pages::of(&kind.list) else {
            let why = kind.list.cannot.clone().unwrap_or_default();
            return ListingResult::Impossible { why };
        };
        let here: Vec<&Principal> = supplier
            .principals
            .iter()
            .map(|item| &item.value)
            .filter(|principal| principal.platform == description.platform)
            .collect();
        let owners = owners(supplier, description, &here);
        let list = &kind.list;
        let rounds = rounds(list, supplier, description, &here);
        // Nobody to ask for, or nobody to know again in the answer: that nothing is found says nothing.
        if rounds.is_empty() || (owners.is_empty() && !list.owner.is_empty()) {
            let why =
                "the inventory has nobody there, no principal or grant, to ask for".to_owned();
            return ListingResult::Impossible { why };
        }
        let mut live: Vec<(JsonValue, Option<String>)> = Vec::new();
        for Round { values, of } in rounds {
            match self.pages(Identity::Observe, description, pages, &values).await {
                Ok(found) => {
                    live.extend(found.into_iter().filter(|item| is_live(item, list)).map(|item| {
                        let owner = match list.owner.is_empty() {
                            true => of.clone(),
                            false => owner_of(&item, list, &owners),
                        };
                        (item, owner)
                    }));
                }
                Err(why) => return ListingResult::Incomplete { why },
            }
        }
        let recorded: BTreeSet<&str> = supplier
            .credentials
            .iter()
            .map(|item| &item.value)
            .filter(|credential| {
                credential.platform == description.platform && credential.kind.as_str() == name
            })
            .filter_map(|credential| credential.remote_id.as_deref())
            // A client is recorded as a grant.
            .chain(supplier.grants.iter().filter_map(|item| item.value.remote_id.as_deref()))
            .collect();
        let mut leftovers = Vec::new();
        for (item, owner) in &live {
            let Some(owner) = owner else { continue };
            // What has no id cannot be recorded by it, whatever an inventory says.
            let remote_id = text_at(item, &kind.list.id).filter(|id| !id.trim().is_empty());
            if remote_id.as_deref().is_some_and(|id| recorded.contains(id)) {
                continue;
            }
            let (principal, grant) = named(owner, supplier, description, &here);
            // A platform may take the secret itself for an id.
            let clean = |text: &str| self.prober.wallet.scrubber().scrub(text);
            let remote_id = remote_id.map_or_else(|| NO_ID.to_owned(), |id| clean(&id));
            leftovers.push(Leftover { remote_id, owner: clean(owner), principal, grant });
        }
        ListingResult::Complete { items: live.len(), leftovers }
    }
}

/// What is recorded of a listing: its result, and what an inventory needs to take a leftover in.
pub(super) fn listed(
    description: &Description,
    name: &KindId,
    kind: &Kind,
    result: ListingResult,
) -> Listed {
    let needs = kind.fields.iter().filter(|(_, field)| field.default.is_none());
    Listed {
        platform: description.platform.clone(),
        kind: name.clone(),
        secret: kind.secret.clone(),
        needs: needs.map(|(name, _)| name.clone()).collect(),
        result,
    }
}

/// One time that a listing is asked for.
pub(super) struct Round {
    pub(super) values: Values,
    /// Whose items it gives, if it is asked for one principal or grant.
    of: Option<String>,
}

pub(super) fn rounds(
    list: &Listing,
    supplier: &Supplier,
    description: &Description,
    here: &[&Principal],
) -> Vec<Round> {
    let mut rounds = Vec::new();
    if list.per_principal {
        rounds.extend(here.iter().map(|principal| Round {
            values: of_principal(principal),
            of: Some(principal.login.clone()),
        }));
    }
    if list.per_grant {
        let grants = supplier.grants.iter().map(|item| &item.value);
        let grants = grants.filter(|grant| grant.platform == description.platform);
        rounds.extend(grants.map(|grant| {
            let principal = here.iter().find(|one| Some(&one.id) == grant.principal.as_ref());
            Round { values: of_grant(grant, principal), of: Some(grant.client_id.clone()) }
        }));
    }
    if !list.per_principal && !list.per_grant {
        rounds.push(Round { values: Values::default(), of: None });
    }
    rounds
}

pub(super) fn is_live(item: &JsonValue, list: &Listing) -> bool {
    list.live
        .iter()
        .all(|(pointer, matcher)| matcher.test(item.pointer(pointer), &|_| None) == Found::Match)
}

fn of_grant(grant: &Grant, principal: Option<&&Principal>) -> Values {
    let mut values = principal.map_or_else(Values::default, |principal| of_principal(principal));
    values.set("grant.client_id", &*grant.client_id);
    if let Some(remote_id) = &grant.remote_id {
        values.set("grant.remote_id", &**remote_id);
    }
    values
}

fn of_principal(principal: &Principal) -> Values {
    let mut values = Values::default();
    values.set("principal.login", &*principal.login);
    if let Some(remote_id) = &principal.remote_id {
        values.set("principal.id", &**remote_id);
    }
    values
}

/// Everything that names the supplier at a platform.
fn owners(supplier: &Supplier, description: &Description, here: &[&Principal]) -> BTreeSet<String> {
    let principals = here
        .iter()
        .flat_map(|principal| [Some(principal.login.clone()), principal.remote_id.clone()]);
    let grants = supplier
        .grants
        .iter()
        .map(|item| &item.value)
        .filter(|grant| grant.platform == description.platform)
        .flat_map(|grant| [Some(grant.client_id.clone()), grant.remote_id.clone()]);
    principals.chain(grants).flatten().collect()
}

fn owner_of(item: &JsonValue, list: &Listing, owners: &BTreeSet<String>) -> Option<String> {
    list.owner
        .iter()
        .filter_map(|pointer| text_at(item, pointer))
        .find(|owner| owners.contains(owner))
}

/// The principal and the grant of the inventory that an owner's name stands for. Several of one name stand
/// for none: a guess would put it under the wrong hand.
fn named(
    owner: &str,
    supplier: &Supplier,
    description: &Description,
    here: &[&Principal],
) -> (Option<PrincipalId>, Option<GrantId>) {
    let mut principals = here
        .iter()
        .filter(|one| one.login == owner || one.remote_id.as_deref() == Some(owner))
        .map(|one| one.id.clone());
    let mut grants = supplier
        .grants
        .iter()
        .map(|item| &item.value)
        .filter(|one| one.platform == description.platform)
        .filter(|one| one.client_id == owner || one.remote_id.as_deref() == Some(owner))
        .map(|one| one.id.clone());
    let principal = principals.next().filter(|_| principals.next().is_none());
    let grant = grants.next().filter(|_| grants.next().is_none());
    (principal, grant)
}

/// What cannot be listed is no pass and no failure: the report says so.
fn ruling(result: &ListingResult) -> Option<Ruling> {
    match result {
        ListingResult::Impossible { .. } => None,
        ListingResult::Incomplete { why } => {
            Some(Ruling { finding: Finding::NotListed, why: why.clone() })
        }
        ListingResult::Complete { items, leftovers } if leftovers.is_empty() => Some(Ruling {
            finding: Finding::Holds,
            why: format!("listed to the end: {items} live, none of them unrecorded"),
        }),
        ListingResult::Complete { leftovers, .. } => {
            let named: Vec<String> = leftovers
                .iter()
                .map(|leftover| format!("{} of {}", leftover.remote_id, leftover.owner))
                .collect();
            Some(Ruling {
                finding: Finding::Leftover,
                why: format!("not in the inventory: {}", named.join(", ")),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leftover_is_a_finding_and_what_cannot_be_listed_is_no_pass() {
        let complete = |leftovers| ListingResult::Complete { items: 3, leftovers };
        assert_eq!(ruling(&complete(vec![])).unwrap().finding, Finding::Holds);
        let leftover =
            Leftover { remote_id: "9".into(), owner: "maya".into(), principal: None, grant: None };
        assert_eq!(ruling(&complete(vec![leftover])).unwrap().finding, Finding::Leftover);
        let impossible = ListingResult::Impossible { why: "no endpoint".into() };
        assert!(ruling(&impossible).is_none());
        let torn = ListingResult::Incomplete { why: "429".into() };
        assert_eq!(ruling(&torn).unwrap().finding, Finding::NotListed);
    }
}
