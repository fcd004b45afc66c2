//! Resets of shared logins: a new secret is set, the old one and its sessions must end.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{RngCore as _, SeedableRng as _};

use super::expand::{Object, Part, Planned, PlannedAction, on_objects};
use super::{Drill, DrillError, unknown};
use crate::chase::passwords::Account;
use crate::claim::Expectation;
use crate::clock::Moment;
use crate::id::{ActionId, CredentialId, PlatformId, PrincipalId};
use crate::journal::event::{ActionResult, Role};
use crate::platform::schema::Class;
use crate::probe::Held;
use crate::secret::Secret;

/// A reset that was made, for the steps that speak of "its" old and new password.
#[derive(Clone, Debug)]
pub struct Reset {
    /// The credential with the old secret.
    pub old: CredentialId,
    /// The credential with the new one.
    pub new: CredentialId,
    /// The platform.
    pub platform: PlatformId,
    /// The principal.
    pub principal: Option<PrincipalId>,
}

/// Who sets a new secret, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// An administrator.
    ByAdministrator,
    /// Its owner, who gives the old one.
    ByOwner,
    /// Whoever is signed in, without giving anything.
    WithoutStepUp,
}

impl Way {
    /// Whether its action is without step-up, and by the owner.
    fn marks(self) -> (bool, bool) {
        match self {
            Self::ByAdministrator => (false, false),
            Self::ByOwner => (false, true),
            Self::WithoutStepUp => (true, false),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::ByAdministrator => "reset",
            Self::ByOwner => "change by the owner",
            Self::WithoutStepUp => "reset without step-up",
        }
    }
}

impl Drill {
    /// Resets a shared login by the platform's own action.
    ///
    /// # Errors
    /// If there is no such login, or its platform describes no reset.
    pub async fn reset_login(&mut self, name: &str) -> Result<(), DrillError> {
        let held = self.login(name)?;
        self.reset_by(held, name, Way::ByAdministrator).await
    }

    /// Has its own owner change the password of a login, giving the old one.
    ///
    /// # Errors
    /// If there is no such login, or its platform describes no such change.
    pub async fn change_by_owner(&mut self, name: &str) -> Result<(), DrillError> {
        let held = self.login(name)?;
        self.reset_by(held, name, Way::ByOwner).await
    }

    async fn reset_by(&mut self, held: Held, name: &str, way: Way) -> Result<(), DrillError> {
        let action = self.reset_action(&held, way)?;
        let field = action.1;
        let secret = self.new_secret(held.id.as_str(), "reset");
        self.prober.wallet.scrubber().learn(&secret);
        let mut planned = self.plan_reset(&held, &action.0)?;
        planned.values.set_secret(format!("new.{field}"), secret.clone());
        let new = CredentialId::new(format!("{name} (new)"));
        self.chase.hold_back(new.clone());
        // Only the owner's way sends a password, and it is the right one unless somebody changed it before.
        let account = self.account_of(&held).filter(|_| way == Way::ByOwner);
        if let Some(account) = &account {
            self.leave_to_try(account).await?;
        }
        let done =
            self.carry_out(action.0.as_str(), vec![Planned::Action(Box::new(planned))]).await;
        if let Some(account) = &account {
            self.tried(account);
        }
        done?;
        let mut renewed = held.clone();
        renewed.id = new.clone();
        renewed.role = Role::Renewed { of: held.id.clone() };
        renewed.root = new.clone();
        renewed.values.set_secret(field, secret);
        self.reset =
            Some(Reset { old: held.id, new, platform: held.platform, principal: held.principal });
        self.enlist(renewed);
        Ok(())
    }

    /// Demands that the password set by the last reset works. It is used for the first time then, once the old one's
    /// end is known.
    ///
    /// # Errors
    /// If no login was reset before.
    pub async fn demand_new_works(&mut self, step: &str) -> Result<(), DrillError> {
        let Reset { old, new, .. } = self.last_reset()?.clone();
        self.let_in_new(&[(old, new.clone())]).await;
        self.demand_now(step, Expectation::Works, vec![new]).await
    }

    /// Lets new passwords be used, once the ends of the old ones are known. From then on neither is used of its own
    /// accord: nobody's sign-ins are mixed with wrong passwords.
    pub(super) async fn let_in_new(&mut self, pairs: &[(CredentialId, CredentialId)]) {
        let olds: Vec<CredentialId> = pairs.iter().map(|(old, _)| old.clone()).collect();
        self.settle_old(&olds).await;
        for (old, new) in pairs {
            let is_dead = self.ledger.view(|view| {
                view.subject(old).is_some_and(|seen| {
                    seen.tracks.values().all(|track| track.confirmed_at().is_some())
                })
            });
            if is_dead {
                self.chase.quieten(old.clone());
            }
            self.chase.quieten(new.clone());
            self.chase.release(new);
        }
    }

    /// Waits until the ends of old passwords are known, as far as the scenario asks about them.
    async fn settle_old(&mut self, olds: &[CredentialId]) {
        let unruled: Vec<CredentialId> =
            olds.iter().filter(|old| !self.is_ruled(old)).cloned().collect();
        if unruled.is_empty() {
            return;
        }
        let now = self.clock.now();
        let named = unruled.iter().flat_map(|old| self.deadlines_named(old));
        let by = named.max().map_or(now, |latest| latest.max(now));
        self.chase.settle_ends(&unruled, by, self.shared.patience).await;
    }

    /// Whether a demand that it ends was ruled on.
    fn is_ruled(&self, id: &CredentialId) -> bool {
        self.ledger.view(|view| {
            view.claims.iter().any(|one| {
                let mut subjects = one.claim.subjects.iter();
                one.judged
                    && one.claim.expects == Expectation::Dead
                    && subjects.any(|subject| subject.credential == *id)
            })
        })
    }

    /// Attempts the same without step-up verification, and demands that its secret never works.
    ///
    /// # Errors
    /// If no login was reset before, or its platform describes no such attempt.
    pub async fn demand_step_up(&mut self, step: &str) -> Result<(), DrillError> {
        let reset = self.last_reset()?.clone();
        // The attempt is made by whoever has the new password.
        self.let_in_new(&[(reset.old.clone(), reset.new.clone())]).await;
        let held = self.prober.wallet.get(&reset.new).ok_or(DrillError::OutOfOrder("no reset"))?;
        let (name, field) = self.reset_action(&held, Way::WithoutStepUp)?;
        let secret = self.new_secret(held.id.as_str(), "attempt");
        self.prober.wallet.scrubber().learn(&secret);
        let mut planned = self.plan_reset(&held, &name)?;
        let mut values = held.values.clone();
        values.extend(&planned.values);
        planned.values = values;
        planned.values.set_secret(format!("new.{field}"), secret.clone());
        let account = self.account_of(&held);
        if let Some(account) = &account {
            self.leave_to_try(account).await?;
        }
        let mut actor = self.actor();
        actor.run(vec![Planned::Action(Box::new(planned))]).await;
        self.actions += 1;
        if let Some(account) = &account {
            self.tried(account);
        }
        self.check_attempted(&name)?;
        let mut attempted = held.clone();
        attempted.id = CredentialId::new(format!("{} (attempted)", reset.old));
        attempted.role = Role::Attempted { of: reset.old.clone() };
        attempted.root = attempted.id.clone();
        attempted.values.set_secret(field, secret);
        let subjects = vec![attempted.id.clone()];
        self.chase.quieten(attempted.id.clone());
        self.enlist(attempted);
        self.demand_now(step, Expectation::NeverWorks, subjects).await
    }

    /// What was made before the last reset, and lets whoever has it set a new password.
    ///
    /// # Errors
    /// If there was no reset.
    pub fn reset_links(&self) -> Result<Vec<CredentialId>, DrillError> {
        let reset = self.last_reset()?.clone();
        let catalogue = self.shared.catalogue.clone();
        Ok(self.choose(|subject| {
            let facts = &subject.facts;
            let described = catalogue.get(&facts.platform);
            let kind = described.and_then(|known| known.credentials.get(&facts.kind));
            kind.is_some_and(|kind| kind.recovers)
                && facts.role == Role::Suspect
                && facts.platform == reset.platform
                && facts.principal == reset.principal
        }))
    }

    /// The account that a login's passwords are tried on.
    pub(super) fn account_of(&self, held: &Held) -> Option<Account> {
        let description = self.shared.catalogue.get(&held.platform)?;
        let kind = description.credentials.get(&held.kind)?;
        kind.probe.values().find_map(|channel| Account::of(held, kind, channel))
    }

    /// Waits until an account takes one more wrong password: what an action sends may turn out to be one.
    pub(super) async fn leave_to_try(&self, account: &Account) -> Result<(), DrillError> {
        while let Err(wait) = self.budgets.passwords.ask(account, self.clock.wall()) {
            self.check_stop()?;
            let until = wait.until.duration_since(self.clock.began());
            let until = Moment::after_start(Duration::try_from(until).unwrap_or_default());
            let soon = self.clock.now() + Duration::from_millis(1);
            tokio::select! {
                biased;
                () = self.shared.stop.stopped() => {}
                () = self.clock.wait_until(until.max(soon)) => {}
            }
        }
        Ok(())
    }

    /// What leave was given for was sent. Whatever was not taken may have been a wrong password.
    pub(super) fn tried(&self, account: &Account) {
        let is_taken = self.ledger.view(|view| {
            let ended = view.actions.last().and_then(|action| action.ended.as_ref());
            matches!(ended, Some((_, ActionResult::Accepted { .. })))
        });
        self.budgets.passwords.sent(account, !is_taken, self.clock.wall());
    }

    /// An attempt that did not reach what it was to change shows nothing.
    fn check_attempted(&self, name: &ActionId) -> Result<(), DrillError> {
        let missed = self.ledger.view(|view| {
            let (_, result) = view.actions.last()?.ended.as_ref()?;
            match result {
                ActionResult::Accepted { .. } => None,
                ActionResult::NotDone { why } => Some(why.clone()),
                ActionResult::Refused { why } => {
                    let status = why.split(' ').next().and_then(|text| text.parse::<u16>().ok());
                    let refused = status.is_some_and(|status| {
                        (400..500).contains(&status) && ![404, 405, 408, 425, 429].contains(&status)
                    });
                    (!refused).then(|| why.clone())
                }
            }
        });
        match missed {
            None => Ok(()),
            Some(why) => Err(DrillError::Nothing(format!(
                "`{name}` did not reach what it was to change, so its failure shows nothing: {why}"
            ))),
        }
    }

    /// The reset made last.
    ///
    /// # Errors
    /// If there was none.
    pub fn last_reset(&self) -> Result<&Reset, DrillError> {
        self.reset.as_ref().ok_or(DrillError::OutOfOrder(
            "no login was reset: begin with `When the shared login \"NAME\" is reset`",
        ))
    }

    pub(super) fn login(&self, name: &str) -> Result<Held, DrillError> {
        self.prober
            .wallet
            .get(&CredentialId::new(name))
            .filter(|held| self.is_login(held))
            .ok_or_else(|| {
                let known: Vec<String> = self
                    .prober
                    .wallet
                    .all()
                    .iter()
                    .filter(|held| held.role == Role::Suspect && self.is_login(held))
                    .map(|held| held.id.to_string())
                    .collect();
                unknown("the shared login", name, known.iter().map(String::as_str))
            })
    }

    pub(super) fn is_login(&self, held: &Held) -> bool {
        self.shared
            .catalogue
            .get(&held.platform)
            .and_then(|description| description.credentials.get(&held.kind))
            .is_some_and(|kind| kind.class == Class::Login)
    }

    pub(super) fn reset_action(
        &self,
        held: &Held,
        way: Way,
    ) -> Result<(ActionId, String), DrillError> {
        self.shared
            .catalogue
            .get(&held.platform)
            .into_iter()
            .flat_map(|description| &description.actions)
            .find_map(|(name, action)| {
                let fits = (action.without_step_up, action.by_owner) == way.marks()
                    && action.of.contains(&held.kind);
                Some((name.clone(), action.resets.clone().filter(|_| fits)?))
            })
            .ok_or_else(|| {
                DrillError::Nothing(format!(
                    "{} describes no {} of a {}",
                    held.platform,
                    way.words(),
                    held.kind
                ))
            })
    }

    pub(super) fn plan_reset(
        &self,
        held: &Held,
        name: &ActionId,
    ) -> Result<PlannedAction, DrillError> {
        let original = match &held.role {
            Role::Renewed { of } | Role::Attempted { of } | Role::Derived { from: of } => {
                of.clone()
            }
            Role::Suspect | Role::Bystander => held.id.clone(),
        };
        let supplier = self.supplier()?;
        let planned = self.shared.catalogue.get(&held.platform).and_then(|description| {
            on_objects(description, name, Some(original.as_str()), supplier, &Part::default()).pop()
        });
        planned
            .map(|planned| PlannedAction { object: Object::Credential(held.id.clone()), ..planned })
            .ok_or_else(|| DrillError::Nothing(format!("`{name}` does not fit `{original}`")))
    }

    /// A strong secret; on the simulated clock always the same one, so that runs repeat.
    pub(super) fn new_secret(&self, of: &str, purpose: &str) -> Secret {
        let mut bytes = [0_u8; 24];
        if self.clock.is_simulated() {
            let seed = crate::journal::chain::digest(format!("{of} {purpose}").as_bytes());
            let seed = u64::from_str_radix(&seed[..16], 16).unwrap_or_default();
            rand::rngs::StdRng::seed_from_u64(seed).fill_bytes(&mut bytes);
        } else {
            rand::rngs::StdRng::from_os_rng().fill_bytes(&mut bytes);
        }
        Secret::new(format!("Dn1-{}", URL_SAFE_NO_PAD.encode(bytes)))
    }
}
