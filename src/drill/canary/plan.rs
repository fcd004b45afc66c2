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
use crate::platform::schema::{Description, Minting, OwnedBy};
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
        let of = kind.mint.of.clone().unwrap_or_else(|| vec![kind.owned_by]);
        let given = given(description, &of);
        let comes_along = kind.secret.iter().all(|field| given.contains(field.as_str()));
        if !comes_along {
            possible(&kind.mint)?;
            let mint = &kind.mint;
            let made = |field: &&String| {
                !given.contains(field.as_str())
                    && !mint.secret.contains_key(*field)
                    && !mint.fresh.contains(field)
            };
            if let Some(field) = kind.secret.iter().find(made) {
                return Err(format!("nothing is known to make its `{field}`"));
            }
        }
        // Everything that could fail comes first: nothing is planned in part.
        let principal = match of.contains(&OwnedBy::Principal) {
            false => None,
            true => Some(self.principal(like, description)?),
        };
        let grant = match of.contains(&OwnedBy::Client) {
            false => None,
            true => Some(self.grant(like, description)?),
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
            secret: BTreeMap::new(),
            remote_id: None,
            authorization: None,
            ..like.clone()
        }));
        Ok(canary_of)
    }

    fn principal<'d>(
        &self,
        like: &Credential,
        description: &'d Description,
    ) -> Result<(&'p Principal, &'d Minting), String> {
        let minting = description.canaries.principal.as_ref();
        let minting = minting.ok_or_else(|| format!("no user can be made at {}", like.platform))?;
        possible(minting)?;
        let principal = like.principal.as_ref().and_then(|id| self.real.principal(id));
        let principal = principal.ok_or("the inventory does not say whose it is")?;
        Ok((principal, minting))
    }

    fn grant<'d>(
        &self,
        like: &Credential,
        description: &'d Description,
    ) -> Result<(&'p Grant, &'d Minting), String> {
        let minting = description.canaries.grant.as_ref();
        let minting = minting.ok_or_else(|| format!("no app can be made at {}", like.platform))?;
        possible(minting)?;
        let grant = like.grant.as_ref().and_then(|id| self.real.grant(id));
        let grant = grant.ok_or("the inventory does not say by which grant it is used")?;
        Ok((grant, minting))
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

/// The secret fields that come with the making of a user and a client.
fn given<'d>(description: &'d Description, of: &[OwnedBy]) -> BTreeSet<&'d str> {
    let owners = of.iter().filter_map(|owner| match owner {
        OwnedBy::Principal => description.canaries.principal.as_ref(),
        OwnedBy::Client => description.canaries.grant.as_ref(),
        OwnedBy::Account => None,
    });
    owners
        .flat_map(|minting| minting.secret.keys().chain(&minting.fresh))
        .map(String::as_str)
        .collect()
}
