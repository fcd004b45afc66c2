//! What a rehearsal makes, and what it leaves out and why. Pure: `plan` prints what a drill makes.
//!
//! A rehearsal has a supplier of its own. It has the ids of the inventory, so that steps and reports speak of
//! the same things, and nothing else: every principal, grant and credential is made by the run.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use crate::id::{CredentialId, GrantId, PlatformId, PrincipalId, SupplierId};
use crate::inventory::Supplier;
use crate::inventory::supplier::{Credential, Grant, HeldBy, Principal};
use crate::journal::event::{CanarySort, Rehearsal};
use crate::platform::Catalogue;
use crate::platform::schema::{Description, Kind, Minting, OwnedBy};
use crate::probe::wallet::Values;

/// Where canaries can be made, and how many seats they may take.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The parameters of the platforms that have a `mint` identity.
    pub sites: BTreeMap<PlatformId, Values>,
    /// Paid seats that may be taken.
    pub seats: u32,
}

/// A canary to be made.
#[derive(Clone, Debug)]
pub struct Canary {
    /// Its number, from 1.
    pub number: u32,
    /// At which platform.
    pub platform: PlatformId,
    /// What it is.
    pub sort: CanarySort,
    /// The name that marks it.
    pub name: String,
    /// The canaries it is made for.
    pub of: Vec<u32>,
}

/// What a rehearsal makes.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The supplier that is made: what is terminated.
    pub supplier: Supplier,
    /// The supplier that is made to stand by.
    pub control: Supplier,
    /// Everything to be made, in order.
    pub canaries: Vec<Canary>,
    /// The canaries that each credential has its secrets from: its own, its user's, its client's.
    pub held: BTreeMap<CredentialId, Vec<u32>>,
    /// What is not rehearsed, and why.
    pub left_out: BTreeMap<CredentialId, String>,
    /// What it stands in for.
    pub rehearsal: Rehearsal,
}

impl Plan {
    /// Plans the rehearsal of a supplier's end. `mark` is in the name of everything that is made, and
    /// nowhere else; the names of what is to be ended begin with the id of the supplier that is made.
    pub fn new(real: &Supplier, catalogue: &Catalogue, ground: &Ground, mark: &str) -> Self {
        let mut maker = Maker { catalogue, ground, real, seats: 0, canaries: Vec::new() };
        let id = SupplierId::new(format!("{}-drill-{mark}", real.supplier));
        let mut supplier = empty(real, id, format!("{} (canaries)", real.name));
        let mut held = BTreeMap::new();
        let mut left_out = BTreeMap::new();
        let all: Vec<&Credential> = real.credentials.iter().map(|item| &item.value).collect();
        for credential in &all {
            match maker.make(credential, "", &mut supplier) {
                Ok(from) => {
                    held.insert(credential.id.clone(), from);
                }
                Err(why) => {
                    left_out.insert(credential.id.clone(), why);
                }
            }
        }
        let id = SupplierId::new(format!("control-drill-{mark}"));
        let mut control = empty(real, id, "Control (canaries)".to_owned());
        control.accepted.clear();
        let mut controlled = BTreeSet::new();
        let made: Vec<&Credential> =
            all.iter().copied().filter(|one| held.contains_key(&one.id)).collect();
        for credential in &made {
            if !controlled.insert((&credential.platform, &credential.kind)) {
                continue;
            }
            // Without one, nothing of the kind can be proven; the report says so by itself.
            if let Ok(from) = maker.make(credential, CONTROL, &mut control) {
                held.insert(CredentialId::new(format!("{}{CONTROL}", credential.id)), from);
            }
        }
        let kinds = |of: &[&Credential]| {
            of.iter().map(|one| (&one.platform, &one.kind)).collect::<BTreeSet<_>>().len()
        };
        let rehearsal =
            Rehearsal { of: real.supplier.clone(), kinds: kinds(&all), rehearsed: kinds(&made) };
        let canaries = maker.canaries;
        Self { supplier, control, canaries, held, left_out, rehearsal }
    }
}

/// What the ids of the control account end in.
const CONTROL: &str = "-control";

fn empty(real: &Supplier, supplier: SupplierId, name: String) -> Supplier {
    Supplier {
        supplier,
        name,
        principals: Vec::new(),
        grants: Vec::new(),
        credentials: Vec::new(),
        bystanders: Vec::new(),
        ..real.clone()
    }
}

struct Maker<'p> {
    catalogue: &'p Catalogue,
    ground: &'p Ground,
    real: &'p Supplier,
    seats: u32,
    canaries: Vec<Canary>,
}

impl<'p> Maker<'p> {
    /// Plans a credential and what it belongs to; gives the canaries that it has its secrets from.
    fn make(
        &mut self,
        like: &Credential,
        suffix: &str,
        to: &mut Supplier,
    ) -> Result<Vec<u32>, String> {
        let platform = &like.platform;
        let known = self.catalogue.get(platform);
        let (description, kind) = known
            .and_then(|known| Some((known, known.credentials.get(&like.kind)?)))
            .ok_or_else(|| "its kind is not described".to_owned())?;
        if !self.ground.sites.contains_key(platform) {
            return Err(format!("the environment has no `mint` identity at {platform}"));
        }
        // Everything that could fail comes first: nothing is planned in part.
        let Way { principal, grant, comes_along } = Way::of(description, kind)?;
        let principal = match principal {
            None => None,
            Some(minting) => {
                let known = like.principal.as_ref().and_then(|id| self.real.principal(id));
                Some((known.ok_or("the inventory does not say whose it is")?, minting))
            }
        };
        let grant = match grant {
            None => None,
            Some(minting) => {
                let known = like.grant.as_ref().and_then(|id| self.real.grant(id));
                Some((
                    known.ok_or("the inventory does not say by which grant it is used")?,
                    minting,
                ))
            }
        };
        let mut seats = if comes_along { 0 } else { kind.mint.seats };
        if let Some((one, minting)) = principal
            && to.principal(&PrincipalId::new(format!("{}{suffix}", one.id))).is_none()
        {
            seats += minting.seats;
        }
        if let Some((one, minting)) = grant
            && to.grant(&GrantId::new(format!("{}{suffix}", one.id))).is_none()
        {
            seats += minting.seats;
        }
        if seats > 0 && self.seats + seats > self.ground.seats {
            return Err(format!(
                "it takes a paid seat, and `safety.max_paid_seats` allows {}",
                self.ground.seats
            ));
        }
        self.seats += seats;
        let mut canary_of = Vec::new();
        let principal = principal.map(|(principal, minting)| {
            let id = PrincipalId::new(format!("{}{suffix}", principal.id));
            let sort = CanarySort::Principal { id: id.clone() };
            let (number, name) = self.once(platform, sort, minting, (&[], to));
            canary_of.push(number);
            if to.principal(&id).is_none() {
                let made =
                    Principal { id: id.clone(), login: name, remote_id: None, ..principal.clone() };
                to.principals.push(unplaced(made));
            }
            id
        });
        let grant = grant.map(|(grant, minting)| {
            let id = GrantId::new(format!("{}{suffix}", grant.id));
            let sort = CanarySort::Grant { id: id.clone() };
            let (number, name) = self.once(platform, sort, minting, (&[], to));
            canary_of.push(number);
            if to.grant(&id).is_none() {
                let made = Grant {
                    id: id.clone(),
                    platform: platform.clone(),
                    principal: principal.clone(),
                    client_id: name,
                    remote_id: None,
                };
                to.grants.push(unplaced(made));
            }
            id
        });
        let id = CredentialId::new(format!("{}{suffix}", like.id));
        if !comes_along {
            let sort = CanarySort::Credential { id: id.clone(), kind: like.kind.clone() };
            let (number, _) = self.once(platform, sort, &kind.mint, (&canary_of, to));
            canary_of.push(number);
        }
        to.credentials.push(unplaced(Credential {
            id,
            principal,
            grant,
            held_by: HeldBy::Us,
            accept_proof: Vec::new(),
            ask: None,
            secret: BTreeMap::new(),
            renewed: BTreeMap::new(),
            remote_id: None,
            authorization: None,
            ..like.clone()
        }));
        Ok(canary_of)
    }

    /// Plans a canary, unless it is planned already; gives its number and name.
    fn once(
        &mut self,
        platform: &PlatformId,
        sort: CanarySort,
        minting: &Minting,
        (of, to): (&[u32], &Supplier),
    ) -> (u32, String) {
        if let Some(known) =
            self.canaries.iter().find(|one| one.sort == sort && one.platform == *platform)
        {
            return (known.number, known.name.clone());
        }
        let number = u32::try_from(self.canaries.len()).unwrap_or(u32::MAX).saturating_add(1);
        // By this name a runbook finds what is the supplier's.
        let mark = format!("{}-{number}", to.supplier);
        let site = self.ground.sites.get(platform);
        let render = |name: &str| match name {
            "canary.mark" => Some(mark.as_str().into()),
            _ => site?.lookup(name),
        };
        // A name that cannot be filled is the mark alone, which is as good a mark.
        let name = minting.name.as_ref().and_then(|name| name.render(render).ok());
        let name = name.unwrap_or_else(|| mark.clone());
        self.canaries.push(Canary {
            number,
            platform: platform.clone(),
            sort,
            name: name.clone(),
            of: of.to_vec(),
        });
        (number, name)
    }
}

/// What is written in no file.
fn unplaced<T>(value: T) -> Spanned<T> {
    Spanned::new(value, serde_saphyr::Location::UNKNOWN, serde_saphyr::Location::UNKNOWN)
}

/// Whether a canary of it can be made and, which is as important, removed.
fn possible(minting: &Minting) -> Result<(), String> {
    match (&minting.cannot, minting.flow.is_empty(), minting.remove.is_empty()) {
        (Some(why), ..) => Err(why.clone()),
        (None, true, _) => Err("nothing is known to make it".to_owned()),
        (None, false, true) => Err("nothing is known to remove it again".to_owned()),
        (None, false, false) => Ok(()),
    }
}

/// How a canary of a kind is come by.
#[derive(Clone, Copy, Debug)]
pub struct Way<'d> {
    principal: Option<&'d Minting>,
    grant: Option<&'d Minting>,
    /// All its secrets come with the making of its user and its client.
    comes_along: bool,
}

impl<'d> Way<'d> {
    /// Finds it.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(description: &'d Description, kind: &'d Kind) -> Result<Self, String> {
        let owned_by = [kind.owned_by];
        let of = kind.mint.of.as_deref().unwrap_or(&owned_by);
        let owner =
            |which, minting: &'d Option<Minting>| minting.as_ref().filter(|_| of.contains(&which));
        let principal = owner(OwnedBy::Principal, &description.canaries.principal);
        let grant = owner(OwnedBy::Client, &description.canaries.grant);
        let owners = || principal.into_iter().chain(grant);
        let given = |field: &String| {
            owners().any(|one| one.secret.contains_key(field) || one.fresh.contains(field))
        };
        let comes_along = kind.secret.iter().all(given);
        if !comes_along {
            possible(&kind.mint)?;
        }
        for (which, found, what) in
            [(OwnedBy::Principal, principal, "user"), (OwnedBy::Client, grant, "app")]
        {
            match found {
                None if of.contains(&which) => {
                    return Err(format!("no {what} can be made for it"));
                }
                Some(minting) => possible(minting)?,
                None => {}
            }
        }
        let mint = &kind.mint;
        let made = |field: &String| mint.secret.contains_key(field) || mint.fresh.contains(field);
        match kind.secret.iter().find(|field| !given(field) && !made(field)) {
            Some(field) => Err(format!("nothing is known to make its `{field}`")),
            None => Ok(Self { principal, grant, comes_along }),
        }
    }

    /// Paid seats it takes, with its user and its app.
    pub fn seats(self, kind: &Kind) -> u32 {
        let own = if self.comes_along { 0 } else { kind.mint.seats };
        let owners = self.principal.into_iter().chain(self.grant);
        own + owners.map(|minting| minting.seats).sum::<u32>()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;

    use super::*;

    const DESK: &str = "
platform: desk
title: Desk
base_url: https://desk.example
polite: {every: 1s, budget: 10/s}
credentials:
  key: &key
    title: Key
    class: key
    owned_by: principal
    secret: [key]
    bogus: {key: '[a-z]{8}'}
    list: {cannot: no}
    mint:
      flow: [{post: /keys}]
      secret: {key: key}
      named: /name
      find: {request: {get: /keys}, id: /id}
      remove: [{delete: '/keys/{{ canary.id }}'}]
    probe:
      rest:
        identity: {get: /me, auth: {bearer: '{{ key }}'}}
        alive: [{status: 200, json: {/user: '{{ principal.login }}'}}]
        dead: [{status: 401, json: {/error: gone}}]
        samples: []
  pair: {<<: *key, secret: [key, other]}
  kept: {<<: *key, mint: {flow: [{post: /keys}], secret: {key: key}}}
  by_hand: {<<: *key, mint: {cannot: shown once to a person}}
  login: {<<: *key, secret: [password], bogus: {password: '[a-z]{8}'}, mint: {cannot: comes with a user}}
canaries:
  principal:
    fresh: [password]
    flow: [{post: /users}]
    named: /name
    seats: 1
    find: {request: {get: /users}, id: /id}
    remove: [{delete: '/users/{{ canary.id }}'}]
actions:
  end_key: {title: T, scope: credential, of: [key], flow: [{delete: /keys}]}
  end_user: {title: T, scope: principal, flow: [{delete: /users}]}
  end_all: {title: T, scope: account, flow: [{post: /end}]}
";

    pub(in crate::drill::canary) fn catalogue() -> Catalogue {
        Catalogue::default().add_text(Path::new("desk.yaml"), DESK).unwrap()
    }

    pub(in crate::drill::canary) fn supplier(principals: &str) -> Supplier {
        let kinds = ["key", "pair", "kept", "by_hand", "login"];
        let credentials: String = kinds
            .iter()
            .map(|kind| {
                format!("  - {{id: {kind}, platform: desk, kind: {kind}, principal: maya}}\n")
            })
            .collect();
        let text = format!(
            "supplier: acme\nname: Acme\nowners: {{}}\nprincipals:{principals}\ncredentials:\n{credentials}"
        );
        serde_saphyr::from_str(&text).unwrap()
    }

    pub(in crate::drill::canary) fn plan(seats: u32, principals: &str) -> Plan {
        let ground = Ground { sites: [("desk".into(), Values::default())].into(), seats };
        Plan::new(&supplier(principals), &catalogue(), &ground, "run-1")
    }

    pub(in crate::drill::canary) const MAYA: &str =
        " [{id: maya, platform: desk, login: maya@acme.example, remote_id: '9'}]";

    #[test]
    fn what_cannot_be_made_or_removed_is_left_out_with_the_reason() {
        let plan = plan(9, MAYA);
        let reason = |id: &str| plan.left_out.get(&CredentialId::from(id)).map(String::as_str);
        assert_eq!(reason("key"), None);
        assert_eq!(reason("login"), None, "it comes with its user");
        assert_eq!(reason("pair"), Some("nothing is known to make its `other`"));
        assert_eq!(reason("kept"), Some("nothing is known to remove it again"));
        assert_eq!(reason("by_hand"), Some("shown once to a person"));
        assert_eq!((plan.rehearsal.rehearsed, plan.rehearsal.kinds), (2, 5));
        let names: Vec<&str> = plan.canaries.iter().map(|one| one.name.as_str()).collect();
        let expected = [
            "acme-drill-run-1-1",
            "acme-drill-run-1-2",
            "control-drill-run-1-3",
            "control-drill-run-1-4",
        ];
        assert_eq!(names, expected);
        assert_eq!(plan.canaries[1].of, [1], "the key is of the user that was made");
    }

    #[test]
    fn nothing_that_names_the_real_supplier_is_in_the_one_that_is_made() {
        let plan = plan(9, MAYA);
        for made in [&plan.supplier, &plan.control] {
            let text = format!("{:?} {:?}", made.principals, made.credentials);
            assert!(!text.contains("maya@acme.example") && !text.contains("Some(\"9\")"), "{text}");
            assert_ne!(made.supplier.as_str(), "acme");
        }
    }

    #[test]
    fn no_more_paid_seats_are_taken_than_allowed() {
        assert!(plan(0, MAYA).canaries.is_empty());
        let one = plan(1, MAYA);
        assert_eq!(one.canaries.len(), 2, "the user takes its seat once, and the control none");
        assert!(one.control.credentials.is_empty());
        let why = plan(0, MAYA).left_out[&CredentialId::from("key")].clone();
        assert_eq!(why, "it takes a paid seat, and `safety.max_paid_seats` allows 0");
    }

    #[test]
    fn whose_user_is_not_known_is_not_rehearsed() {
        let plan = plan(9, " []");
        let why = plan.left_out[&CredentialId::from("key")].clone();
        assert_eq!(why, "the inventory does not say whose it is");
        assert!(plan.canaries.is_empty());
    }
}
