//! What only the portals offer, or what people do in a browser.

use std::time::SystemTime;

use serde_json::json;

use super::passwords::{ADMIN_CENTER, PORTAL};
use super::tokens::graph_service;
use super::{CONSENT, Entra, SERVICE, SESSION, USER};
use crate::identity::{Cause, Credential, Principal, State};
use crate::population::ALNUM;
use crate::times::epoch;

impl Entra {
    pub(super) fn hand(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        if action == "consent_to_app" {
            return self.consent_again(object, now);
        }
        let known = self.kernel.principal(object).filter(|p| p.kind == USER);
        if known.is_none() {
            return Err(format!("entra has no user {object:?}"));
        }
        match action {
            "reset_password_azure_portal" | "self_service_reset_password" => {
                let fresh = self.kernel.fresh("Hp-", 14, ALNUM);
                self.new_password(object, &fresh, PORTAL, now);
            }
            "reset_password_entra_admin_center" => {
                let fresh = self.kernel.fresh("Hp-", 14, ALNUM);
                self.new_password(object, &fresh, ADMIN_CENTER, now);
            }
            "expire_password" => self.mark(object, "password", json!("expired")),
            "require_mfa" => self.mark(object, "policy", json!("mfa")),
            "block_by_policy" => self.mark(object, "policy", json!("block")),
            "lift_policy" => self.mark(object, "policy", json!("")),
            "change_policy" => self.mark(object, "policy_changed", json!(epoch(now) + 1)),
            "single_sign_out" => {
                let own = |c: &Credential| c.kind == SESSION && c.is_of(object);
                self.kernel.revoke_where(Cause::Action, now, own);
            }
            _ => return Err(format!("entra has no manual action {action:?}")),
        }
        Ok(())
    }

    fn mark(&mut self, user: &str, name: &str, value: serde_json::Value) {
        if let Some(user) = self.kernel.principal_mut(user) {
            user.data.insert(name.into(), value);
        }
    }

    /// Anybody's consent to a multi-tenant app makes its service principal again.
    fn consent_again(&mut self, client: &str, now: SystemTime) -> Result<(), String> {
        let known = |p: &&Principal| p.kind == SERVICE && p.login == client;
        let earlier = self.kernel.principals().iter().rfind(known).cloned();
        let earlier = earlier.ok_or_else(|| format!("entra knows no app {client:?}"))?;
        let id = if earlier.state() == State::Deleted {
            let id = self.new_id();
            let mut service =
                Principal::new(SERVICE, &id, client).with("tenant", earlier.text("tenant"));
            service.name.clone_from(&earlier.name);
            service.supplier = earlier.supplier;
            self.kernel.add(service);
            id
        } else {
            earlier.id
        };
        let grant = format!("grant-{}", self.kernel.next_number());
        let consent = Credential::new(CONSENT, &grant, "")
            .client(&id)
            .scope("User.Read")
            .with("resource", graph_service())
            .supplier(earlier.supplier);
        self.kernel.issue(consent, now);
        self.record("Consent to application", "ApplicationManagement", &id, now);
        Ok(())
    }
}
