//! Resets of shared logins: a new secret is set, the old one and its sessions must end.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{RngCore as _, SeedableRng as _};

use super::expand::{Object, Part, Planned, PlannedAction, on_objects};
use super::{Drill, DrillError, unknown};
use crate::claim::Expectation;
use crate::id::{ActionId, CredentialId, PlatformId, PrincipalId};
use crate::journal::event::Role;
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

impl Drill {
    /// Resets a shared login by the platform's own action.
    ///
    /// # Errors
    /// If there is no such login, or its platform describes no reset.
    pub async fn reset_login(&mut self, name: &str) -> Result<(), DrillError> {
        let held = self.login(name)?;
        let action = self.reset_action(&held, false)?;
        let field = action.1;
        let secret = self.new_secret(held.id.as_str(), "reset");
        self.prober.wallet.scrubber().learn(&secret);
        let mut planned = self.plan_reset(&held, &action.0)?;
        planned.values.set_secret(format!("new.{field}"), secret.clone());
        let new = CredentialId::new(format!("{name} (new)"));
        self.carry_out(action.0.as_str(), vec![Planned::Action(Box::new(planned))]).await?;
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

    /// Attempts the same without step-up verification, and demands that its secret never works.
    ///
    /// # Errors
    /// If no login was reset before, or its platform describes no such attempt.
    pub async fn demand_step_up(&mut self, step: &str) -> Result<(), DrillError> {
        let reset = self.last_reset()?.clone();
        let held = self.prober.wallet.get(&reset.new).ok_or(DrillError::OutOfOrder("no reset"))?;
        let (name, field) = self.reset_action(&held, true)?;
        let secret = self.new_secret(held.id.as_str(), "attempt");
        self.prober.wallet.scrubber().learn(&secret);
        let mut planned = self.plan_reset(&held, &name)?;
        let mut values = held.values.clone();
        values.extend(&planned.values);
        planned.values = values;
        planned.values.set_secret(format!("new.{field}"), secret.clone());
        let mut actor = self.actor();
        actor.run(vec![Planned::Action(Box::new(planned))]).await;
        self.actions += 1;
        let mut attempted = held.clone();
        attempted.id = CredentialId::new(format!("{} (attempted)", reset.old));
        attempted.role = Role::Attempted { of: reset.old.clone() };
        attempted.root = attempted.id.clone();
        attempted.values.set_secret(field, secret);
        let subjects = vec![attempted.id.clone()];
        self.enlist(attempted);
        self.demand_now(step, Expectation::NeverWorks, subjects).await
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

    fn login(&self, name: &str) -> Result<Held, DrillError> {
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

    fn is_login(&self, held: &Held) -> bool {
        self.shared
            .catalogue
            .get(&held.platform)
            .and_then(|description| description.credentials.get(&held.kind))
            .is_some_and(|kind| kind.class == Class::Login)
    }

    pub(super) fn reset_action(
        &self,
        held: &Held,
        without_step_up: bool,
    ) -> Result<(ActionId, String), DrillError> {
        self.shared
            .catalogue
            .get(&held.platform)
            .into_iter()
            .flat_map(|description| &description.actions)
            .find_map(|(name, action)| {
                let fits =
                    action.without_step_up == without_step_up && action.of.contains(&held.kind);
                Some((name.clone(), action.resets.clone().filter(|_| fits)?))
            })
            .ok_or_else(|| {
                DrillError::Nothing(format!(
                    "{} describes no {} of a {}",
                    held.platform,
                    if without_step_up { "reset without step-up" } else { "reset" },
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
