//! Arming: the supplier is bound, bystanders stand by, every credential is proven to work, and the
//! controls are made. Nothing is terminated before.

use std::collections::BTreeSet;
use std::time::Duration;

use super::roster::{not_usable, ready};
use super::{Drill, DrillError, unknown};
use crate::chase::passwords::Account;
use crate::claim::{Expectation, Subject};
use crate::id::{ChannelId, CredentialId, KindId, PlatformId, SupplierId};
use crate::inventory::Supplier;
use crate::inventory::supplier::Credential;
use crate::journal::event::{Control, ControlResult, Controlled, Event, Role, SupplierBound};
use crate::platform::schema::{Budget, Kind};
use crate::probe::{Held, Prober as _, Variant};
use crate::verdict::Verdict;

/// A control that gets no usable answer is tried so often.
const CONTROL_TRIES: u32 = 3;

impl Drill {
    /// Binds the supplier under drill.
    ///
    /// # Errors
    /// If there is no such supplier.
    pub fn bind_supplier(
        &mut self,
        name: Option<&str>,
        at: Option<&str>,
    ) -> Result<(), DrillError> {
        let inventory = self.shared.inventory.clone();
        let id = match (name, &self.shared.supplier) {
            (Some(name), _) => SupplierId::new(name),
            (None, Some(id)) => id.clone(),
            (None, None) => {
                return Err(DrillError::OutOfOrder(
                    "which supplier? name it: `--supplier NAME`, or `Given the supplier \"NAME\"`",
                ));
            }
        };
        let known = inventory.suppliers.keys().map(SupplierId::as_str);
        let (file, supplier) = inventory
            .suppliers
            .get(&id)
            .ok_or_else(|| unknown("the supplier", id.as_str(), known))?;
        let narrowed;
        let supplier = match at {
            None => supplier,
            Some(at) => {
                let catalogue = &self.shared.catalogue;
                let platform = PlatformId::new(at);
                if catalogue.get(&platform).is_none() {
                    return Err(unknown("the platform", at, catalogue.names()));
                }
                narrowed = supplier.clone().only_at(&platform);
                &narrowed
            }
        };
        let rehearsed = self.rehearse(supplier);
        let rehearsal = rehearsed.map(|plan| plan.rehearsal.clone());
        // Whom the scenario is about from here on: nothing of the real one is in it.
        let (bound, not_tested) = match rehearsed {
            Some(plan) => (plan.supplier.clone(), plan.left_out.clone()),
            None => {
                let all = supplier.credentials.iter().map(|item| &item.value);
                let all = all.filter(|one| !Self::proven_otherwise(one));
                let spared = all.filter_map(|one| Some((one.id.clone(), self.not_tested(one)?)));
                (supplier.clone(), spared.collect())
            }
        };
        self.ledger.record(Event::SupplierBound(SupplierBound {
            supplier: bound.supplier.clone(),
            name: bound.name.clone(),
            contract: supplier
                .contract
                .as_ref()
                .map(|contract| match contract.ends {
                    Some(ends) => format!("{}, ends {ends}", contract.reference),
                    None => contract.reference.clone(),
                })
                .unwrap_or_default(),
            owners: supplier.owners.clone(),
            source: file.display().to_string(),
            population: supplier.credentials.len(),
            not_tested,
            none: supplier.none.clone(),
            rehearsal,
        }));
        self.supplier = Some(bound);
        Ok(())
    }

    /// Leaves alone what each use would replace: the contract has not ended, and its owner still needs it.
    pub fn leave_rotating(&mut self) {
        self.leaves_rotating = true;
    }

    fn rotates(&self, credential: &Credential) -> bool {
        let description = self.shared.catalogue.get(&credential.platform);
        let kind = description.and_then(|known| known.credentials.get(&credential.kind));
        kind.is_some_and(Kind::rotates)
    }

    pub(super) fn not_tested(&self, credential: &Credential) -> Option<String> {
        let spared = self.leaves_rotating && self.rotates(credential);
        let spared = spared.then(|| "each use would replace it, and it is still needed".to_owned());
        spared.or_else(|| not_usable(credential)).or_else(|| {
            (!self.prober.stage.platforms.contains_key(&credential.platform)).then(|| {
                format!("the environment does not name the platform {}", credential.platform)
            })
        })
    }

    /// Bystanders will stand by on every platform of the supplier.
    ///
    /// # Errors
    /// If a platform of the supplier has none: name one, or nothing there can be proven.
    pub fn with_bystanders(&mut self) -> Result<(), DrillError> {
        let supplier = self.supplier()?;
        let controlled: BTreeSet<PlatformId> = self
            .bystanders_of(supplier)
            .into_iter()
            .map(|(_, credential)| credential.platform)
            .collect();
        let lacking: BTreeSet<&PlatformId> = supplier
            .credentials
            .iter()
            .map(|item| &item.value.platform)
            .filter(|platform| !controlled.contains(*platform))
            .collect();
        if let Some(platform) = lacking.first() {
            return Err(DrillError::Nothing(format!(
                "no bystander on {platform}\n  hint: add one under `bystanders:` in the file of {}",
                supplier.supplier
            )));
        }
        self.with_bystanders = true;
        Ok(())
    }

    pub(super) fn bystanders_of(&self, supplier: &Supplier) -> Vec<(Supplier, Credential)> {
        if let Some(control) = self.control_account() {
            let all = control.credentials.iter().map(|item| item.value.clone());
            return all.map(|credential| (control.clone(), credential)).collect();
        }
        let here = supplier.platforms();
        supplier
            .bystanders
            .iter()
            .filter_map(|item| {
                let other = self.shared.inventory.supplier(&item.value.supplier)?;
                let credential = other.credential(&item.value.credential)?;
                let spared = self.leaves_rotating && self.rotates(credential);
                if !here.contains(&credential.platform) || spared {
                    return None;
                }
                Some((other.clone(), credential.clone()))
            })
            .collect()
    }

    /// Proves every credential of the supplier to work, and makes the controls.
    ///
    /// # Errors
    /// If a secret is missing. That one does not work is no error: the claim says so.
    pub async fn arm(&mut self, step: &str) -> Result<(), DrillError> {
        self.check_stop()?;
        self.supplier()?;
        self.mint_canaries().await?;
        let supplier = self.supplier()?.clone();
        let give_up = self.clock.now() + self.shared.arm_within;
        if self.with_bystanders {
            for (other, credential) in self.bystanders_of(&supplier) {
                self.make_ready(&other, &credential, Role::Bystander).await?;
            }
            self.settle_arming(give_up).await;
        }
        for item in &supplier.credentials {
            match self.not_tested(&item.value) {
                None => self.make_ready(&supplier, &item.value, Role::Suspect).await?,
                Some(_) => self.enlist_unused(&supplier, &item.value),
            }
        }
        self.settle_arming(give_up).await;
        self.look_before().await?;
        self.controls(|held| held.role != Role::Bystander).await;
        self.armed = true;
        self.keep_sealed(false);
        let subjects = self.suspects();
        let subjects =
            subjects.into_iter().map(|credential| Subject { credential, deadline: None });
        let patience = give_up.since(self.clock.now());
        self.demand(step, Expectation::Proven, subjects.collect(), patience, false).await
    }

    async fn make_ready(
        &mut self,
        supplier: &Supplier,
        credential: &Credential,
        role: Role,
    ) -> Result<(), DrillError> {
        if let Some((held, _)) = self.ready_here(supplier, credential, role).await? {
            self.enlist(held);
        }
        Ok(())
    }

    /// A credential ready for use on this stage; nothing if no description knows its kind.
    pub(super) async fn ready_here(
        &self,
        supplier: &Supplier,
        credential: &Credential,
        role: Role,
    ) -> Result<Option<(Held, Kind)>, DrillError> {
        if self.control_account().is_some() {
            return self.canary_of(supplier, credential, role);
        }
        let site = self.prober.stage.platforms.get(&credential.platform);
        let site = site.map(|site| &site.parameters);
        ready(supplier, credential, role, &self.shared.catalogue, site, &self.secrets)
            .await
            .map_err(|error| DrillError::Roster(Box::new(error)))
    }

    /// Every suspect and what was minted from it.
    pub(crate) fn suspects(&self) -> Vec<CredentialId> {
        self.ledger.view(|view| {
            view.subjects
                .iter()
                .filter(|subject| match subject.facts.role {
                    Role::Suspect | Role::Derived { .. } => true,
                    Role::Bystander | Role::Renewed { .. } | Role::Attempted { .. } => false,
                })
                .map(|subject| subject.facts.credential.clone())
                .collect()
        })
    }

    /// The empty and the bogus control, once for each kind and channel in use by what is wanted.
    pub(super) async fn controls(&mut self, wanted: impl Fn(&Held) -> bool) {
        let mut done: BTreeSet<(PlatformId, KindId, ChannelId)> = BTreeSet::new();
        let catalogue = self.shared.catalogue.clone();
        for held in self.prober.wallet.all() {
            if !wanted(&held) {
                continue;
            }
            let Some(description) = catalogue.get(&held.platform) else { continue };
            let Some(kind) = description.credentials.get(&held.kind) else { continue };
            for channel in &held.channels {
                let key = (held.platform.clone(), held.kind.clone(), channel.clone());
                if !done.insert(key) {
                    continue;
                }
                let budget = description.polite.budget;
                for control in [Control::Empty, Control::Bogus] {
                    let result = self.control(&held, kind, channel, control, budget).await;
                    self.ledger.record(Event::Controlled(Controlled {
                        control,
                        platform: held.platform.clone(),
                        kind: held.kind.clone(),
                        channel: channel.clone(),
                        result,
                    }));
                }
            }
        }
    }

    /// Why a control would cost the account what its end needs, if it would.
    fn has_no_room(&self, account: &Account) -> Option<String> {
        let needed = self.ledger.view(|view| view.confirmation().refusals.max(1));
        let room = self.budgets.passwords.room(account, self.clock.wall())?;
        (room <= needed).then(|| {
            format!("{account} takes {room} more wrong passwords now, and its end needs {needed}")
        })
    }

    async fn control(
        &self,
        held: &Held,
        kind: &Kind,
        channel: &ChannelId,
        control: Control,
        budget: Budget,
    ) -> ControlResult {
        let variant = match control {
            Control::Empty | Control::Identity => Variant::Empty,
            Control::Bogus => {
                if let Some(why) = skipped(kind, channel) {
                    return ControlResult::Skipped { why };
                }
                Variant::Bogus
            }
        };
        let described = kind.probe.get(channel);
        let account = described.and_then(|described| Account::of(held, kind, described));
        let account = account.filter(|_| variant == Variant::Bogus || names_it(kind, channel));
        if let Some(why) = account.as_ref().and_then(|account| self.has_no_room(account)) {
            return ControlResult::Skipped { why };
        }
        let mut last = String::new();
        for attempt in 0..CONTROL_TRIES {
            if self.shared.stop.is_stopped() {
                return ControlResult::Open { why: "stopped".to_owned() };
            }
            if attempt > 0 {
                self.clock.wait_until(self.clock.now() + Duration::from_secs(5)).await;
            }
            self.budgets.wait_for(&held.platform, budget).await;
            let passwords = &self.budgets.passwords;
            if let Some(account) = &account
                && let Err(wait) = passwords.ask(account, self.clock.wall())
            {
                return ControlResult::Skipped { why: wait.why };
            }
            let seen = self.prober.probe(&held.id, channel, variant).await;
            if let Some(account) = &account
                && let Some(locked) = passwords.answered(account, &seen.verdict, self.clock.wall())
            {
                self.chase.tell_of(locked, account, (&held.id, channel));
            }
            if let Some(length) = seen.retry_after {
                self.budgets.pause(&held.platform, length.min(self.shared.arm_within));
            }
            match (&seen.verdict, variant) {
                (Verdict::Alive(_), Variant::Empty) => {
                    let why = "let in without any credential: the endpoint is public";
                    return ControlResult::Failed { why: why.to_owned() };
                }
                (Verdict::Alive(_), _) => {
                    let why = "a credential that was never issued is let in";
                    return ControlResult::Failed { why: why.to_owned() };
                }
                (Verdict::Dead(_), _) | (Verdict::Inconclusive(_), Variant::Empty) => {
                    return ControlResult::Held;
                }
                (Verdict::Inconclusive(_), _) => last = seen.verdict.to_string(),
            }
        }
        // A probe that does not see a made-up credential refused cannot see death at all.
        ControlResult::Failed { why: format!("a never-issued credential is not refused: {last}") }
    }
}

/// Whether the account is named even where no credential is sent.
fn names_it(kind: &Kind, channel: &ChannelId) -> bool {
    let Some(described) = kind.probe.get(channel) else { return false };
    let sends = |field: &String| described.requests().iter().any(|request| request.sends(field));
    described.sign_in.is_some() || kind.secret.iter().any(sends)
}

/// Why no bogus control is made, if none is.
pub(super) fn skipped(kind: &Kind, channel: &ChannelId) -> Option<String> {
    let described = kind.probe.get(channel)?;
    if described.lockout.is_some() {
        return Some("it could lock an account".to_owned());
    }
    if let Some(why) = described.no_bogus.as_ref().or(described.no_dead.as_ref()) {
        return Some(why.clone());
    }
    let made_up = described.certificates().next().is_some();
    (kind.bogus.is_empty() && !made_up).then(|| "no pattern is described".to_owned())
}
