//! Making canaries: intent first, then the platform's own requests, then what is known of them.

use std::collections::BTreeMap;

use super::guard::Bounds;
use super::plan::Canary;
use super::{Canaries, Plan};
use crate::drill::roster::held;
use crate::drill::{Drill, DrillError};
use crate::id::CredentialId;
use crate::inventory::Supplier;
use crate::inventory::supplier::Credential;
use crate::journal::event::{CanaryIntended, CanaryMade, CanarySort, Event, Role};
use crate::platform::schema::{Description, Kind, Minting};
use crate::probe::flow::FlowEnd;
use crate::probe::wallet::Values;
use crate::probe::{Held, Identity};
use crate::secret::{Secret, without_opaque};

/// What is known of a thing that was made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Minted {
    /// Its id at the platform, where it has one.
    pub(crate) id: Option<String>,
    /// Its secret fields.
    pub(crate) secrets: BTreeMap<String, Secret>,
    /// What else its minting tells.
    pub(crate) sets: BTreeMap<String, String>,
}

impl Minted {
    /// Reads it off the end of its flow.
    pub(crate) fn read(minting: &Minting, end: &FlowEnd, fresh: &Values) -> Result<Self, String> {
        if !end.complete {
            return Err(format!("the platform answered {}", end.seen()));
        }
        let captured = |name: &String| end.captures.get(name).map(|value| value.text().to_owned());
        let mut made =
            Self { id: minting.remote_id.as_ref().and_then(captured), ..Self::default() };
        for field in &minting.fresh {
            let secret = fresh.get(&format!("new.{field}")).map(|value| value.text().to_owned());
            let secret = secret.ok_or_else(|| format!("nothing gives its `{field}`"))?;
            made.secrets.insert(field.clone(), Secret::new(secret));
        }
        for (field, capture) in &minting.secret {
            let secret = captured(capture).ok_or_else(|| format!("nothing gives its `{field}`"))?;
            made.secrets.insert(field.clone(), Secret::new(secret));
        }
        for (field, capture) in &minting.sets {
            let value = captured(capture).ok_or_else(|| format!("nothing gives its `{field}`"))?;
            made.sets.insert(field.clone(), value);
        }
        Ok(made)
    }
}

impl Drill {
    /// Plans the rehearsal of a supplier's end, if this run rehearses.
    pub(in crate::drill) fn rehearse(&mut self, real: &Supplier) -> Option<&Plan> {
        let rehearse = self.shared.rehearse.as_ref()?;
        let mark = format!("{}-{}", rehearse.mark, self.ledger.scenario());
        let plan = Plan::new(real, &self.shared.catalogue, &rehearse.ground, &mark);
        let canaries = Canaries { plan, minted: BTreeMap::new() };
        Some(&self.canaries.insert(canaries).plan)
    }

    /// Makes everything that was planned, and takes it for the supplier's.
    ///
    /// # Errors
    /// If one cannot be made; what was made is removed at the end all the same.
    pub(in crate::drill) async fn mint_canaries(&mut self) -> Result<(), DrillError> {
        let planned = match &self.canaries {
            Some(canaries) => canaries.plan.canaries.clone(),
            None => return Ok(()),
        };
        for canary in &planned {
            self.check_stop()?;
            if let Some(window) = self.shared.window
                && !window.is_open(self.clock.wall())
            {
                let why = format!("the window of the change is closed: {window}");
                return Err(DrillError::Nothing(why));
            }
            let made = self.mint_canary(canary).await?;
            if let Some(canaries) = &mut self.canaries {
                canaries.minted.insert(canary.number, made);
            }
        }
        if let Some(canaries) = &mut self.canaries {
            let Canaries { plan, minted } = canaries;
            fill_in(&mut plan.supplier, &plan.canaries, minted);
            fill_in(&mut plan.control, &plan.canaries, minted);
            self.supplier = Some(plan.supplier.clone());
        }
        Ok(())
    }

    async fn mint_canary(&self, canary: &Canary) -> Result<Minted, DrillError> {
        let failed = |why: String| {
            let Canary { sort, platform, .. } = canary;
            DrillError::Nothing(format!("the canary of {sort} was not made at {platform}: {why}"))
        };
        let catalogue = self.shared.catalogue.clone();
        let (description, minting) = catalogue
            .get(&canary.platform)
            .and_then(|known| Some((known, minting(known, &canary.sort)?)))
            .ok_or_else(|| failed("its description is gone".to_owned()))?;
        let mut values = self.made_for(canary);
        values.set("canary.name", &*canary.name);
        for field in &minting.fresh {
            let secret = self.new_secret(&canary.name, field);
            self.prober.wallet.scrubber().learn(&secret);
            values.set_secret(format!("new.{field}"), secret);
        }
        self.ledger.record(Event::CanaryIntended(CanaryIntended {
            canary: canary.number,
            platform: canary.platform.clone(),
            sort: canary.sort.clone(),
            name: canary.name.clone(),
            of: canary.of.clone(),
        }));
        self.budgets.wait_for(&canary.platform, description.polite.budget).await;
        let end =
            self.prober.administrate(description, Identity::Mint, &minting.flow, &values).await;
        let made = Minted::read(minting, &end, &values);
        let scrubber = self.prober.wallet.scrubber();
        if let Ok(made) = &made {
            made.secrets.values().for_each(|secret| scrubber.learn(secret));
        }
        let result = match &made {
            Ok(made) => CanaryMade::Made { id: made.id.as_deref().map(|id| scrubber.scrub(id)) },
            Err(why) => CanaryMade::Failed { why: without_opaque(&scrubber.scrub(why)) },
        };
        self.ledger.record(Event::CanaryMade { canary: canary.number, result });
        made.map_err(failed)
    }

    /// What fills placeholders of the canaries that one is made for.
    fn made_for(&self, canary: &Canary) -> Values {
        let mut values = Values::default();
        let Some(canaries) = &self.canaries else { return values };
        for number in &canary.of {
            let owner = canaries.plan.canaries.iter().find(|one| one.number == *number);
            let (Some(owner), Some(made)) = (owner, canaries.minted.get(number)) else { continue };
            values.extend(&owner_values(&owner.sort, &owner.name, made.id.as_deref()));
            for (field, value) in &made.sets {
                values.set(field.clone(), &**value);
            }
            for (field, secret) in &made.secrets {
                values.set_secret(field.clone(), secret.clone());
            }
        }
        values
    }

    /// The canary that stands for a credential of the supplier, ready for use.
    pub(in crate::drill) fn canary_of(
        &self,
        supplier: &Supplier,
        credential: &Credential,
        role: Role,
    ) -> Result<Option<(Held, Kind)>, DrillError> {
        let site = self.prober.stage.platforms.get(&credential.platform);
        let site = site.map(|site| &site.parameters);
        let ready = held(supplier, credential, role, &self.shared.catalogue, site)
            .map_err(|error| DrillError::Roster(Box::new(error)))?;
        Ok(ready.map(|(mut held, kind)| {
            let secrets = self.secrets_of(&credential.id);
            for field in &kind.secret {
                if let Some(secret) = secrets.get(field) {
                    held.values.set_secret(field.clone(), secret.clone());
                }
            }
            (held, kind)
        }))
    }

    /// The secrets of a credential's canaries.
    fn secrets_of(&self, id: &CredentialId) -> BTreeMap<String, Secret> {
        let mut secrets = BTreeMap::new();
        let Some(canaries) = &self.canaries else { return secrets };
        let from = canaries.plan.held.get(id).into_iter().flatten();
        for made in from.filter_map(|number| canaries.minted.get(number)) {
            secrets.extend(made.secrets.clone());
        }
        secrets
    }

    /// What may be acted on, if this run rehearses.
    pub(in crate::drill) fn bounds(&self) -> Option<Bounds> {
        Some(Bounds::new(self.canaries.as_ref()?, &self.shared.inventory))
    }

    /// The control account that stands by, with its credentials.
    pub(in crate::drill) fn control_account(&self) -> Option<&Supplier> {
        self.canaries.as_ref().map(|canaries| &canaries.plan.control)
    }
}

/// How a sort of canary is made at a platform.
pub(super) fn minting<'d>(description: &'d Description, sort: &CanarySort) -> Option<&'d Minting> {
    match sort {
        CanarySort::Principal { .. } => description.canaries.principal.as_ref(),
        CanarySort::Grant { .. } => description.canaries.grant.as_ref(),
        CanarySort::Credential { kind, .. } => {
            description.credentials.get(kind).map(|kind| &kind.mint)
        }
    }
}

/// What fills the placeholders of a canary that others are made for.
pub(super) fn owner_values(sort: &CanarySort, name: &str, id: Option<&str>) -> Values {
    let mut values = Values::default();
    match sort {
        CanarySort::Principal { .. } => {
            values.set("principal.login", name);
            if let Some(id) = id {
                values.set("principal.id", id);
            }
        }
        CanarySort::Grant { .. } => {
            values.set("grant.client_id", name);
            values.set("grant.remote_id", id.unwrap_or(name));
        }
        CanarySort::Credential { .. } => {}
    }
    values
}

/// Takes over what the platform said of everything that was made.
fn fill_in(supplier: &mut Supplier, planned: &[Canary], minted: &BTreeMap<u32, Minted>) {
    for canary in planned {
        let Some(made) = minted.get(&canary.number) else { continue };
        match &canary.sort {
            CanarySort::Principal { id } => {
                let all = supplier.principals.iter_mut().map(|item| &mut item.value);
                for principal in all.filter(|one| one.id == *id) {
                    principal.remote_id.clone_from(&made.id);
                }
            }
            CanarySort::Grant { id } => {
                let all = supplier.grants.iter_mut().map(|item| &mut item.value);
                for grant in all.filter(|one| one.id == *id) {
                    grant.remote_id.clone_from(&made.id);
                }
                // What came with its client is known by the client's id.
                let all = supplier.credentials.iter_mut().map(|item| &mut item.value);
                for credential in all.filter(|one| one.grant.as_ref() == Some(id)) {
                    credential.remote_id.clone_from(&made.id);
                }
            }
            CanarySort::Credential { id, .. } => {
                let all = supplier.credentials.iter_mut().map(|item| &mut item.value);
                for credential in all.filter(|one| one.id == *id) {
                    credential.remote_id.clone_from(&made.id);
                    credential.with.extend(made.sets.clone());
                }
            }
        }
    }
}
