//! What only a human in the account's settings can do.

use std::time::{Duration, SystemTime};

use super::{
    ADMIN, APP, CLIENT_SECRET, HubSpot, PASSWORD, PERSONAL_KEY, PORTAL, PRIVATE_APP, PRIVATE_TOKEN,
    SERVICE_KEY, USER,
};
use crate::identity::{Cause, Credential, Principal, State};
use crate::population::ALNUM;

/// How long "rotate and expire later" leaves the old token.
const GRACE: Duration = Duration::from_secs(7 * 86_400);

impl HubSpot {
    pub(super) fn by_admin(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        let event = match action {
            "deactivate_user" => {
                self.there(USER, object)?;
                self.kernel.set_state(object, State::Deactivated, now);
                "DEACTIVATE_USER"
            }
            "reactivate_user" => {
                self.there(USER, object)?;
                self.kernel.set_state(object, State::Active, now);
                "REACTIVATE_USER"
            }
            "reset_password" => {
                let next = self.next_passwords.get(object).cloned();
                let next = next.ok_or_else(|| format!("nobody resets {object:?}"))?;
                self.kernel.replace_secret(PASSWORD, object, &next, now);
                "CHANGE_PASSWORD"
            }
            "require_sso" => {
                self.sso_required = !self.kernel.spares(Cause::Action);
                "SSO_REQUIRED"
            }
            "rotate_private_app_token_now" => {
                self.there(PRIVATE_APP, object)?;
                self.end_private(object, Duration::ZERO, now);
                self.private_token(object, now);
                "PRIVATE_APP_ACCESS_TOKEN_ROTATE"
            }
            "rotate_private_app_token_later" => {
                self.there(PRIVATE_APP, object)?;
                self.end_private(object, GRACE, now);
                self.private_token(object, now);
                "PRIVATE_APP_ACCESS_TOKEN_ROTATE"
            }
            "delete_private_app" => {
                self.there(PRIVATE_APP, object)?;
                self.end_private(object, Duration::ZERO, now);
                "PRIVATE_APP_ACCESS_TOKEN_DELETE"
            }
            "deactivate_service_key" => {
                self.end(SERVICE_KEY, object, now)?;
                "SERVICE_KEY_DEACTIVATE"
            }
            "deactivate_personal_access_key" => {
                self.end(PERSONAL_KEY, object, now)?;
                "PERSONAL_ACCESS_KEY_DEACTIVATE"
            }
            "uninstall_app" => {
                self.there(APP, object)?;
                self.uninstall(object, now);
                return Ok(());
            }
            "rotate_client_secret" => {
                self.there(APP, object)?;
                let fresh = self.kernel.fresh("", 36, ALNUM);
                self.kernel.replace_secret(CLIENT_SECRET, object, &fresh, now);
                "PUBLIC_APP_CLIENT_SECRET_ROTATE"
            }
            "remove_invite_domain" => {
                let before = self.invite_domains.len();
                if !self.kernel.spares(Cause::Action) {
                    self.invite_domains.retain(|domain| domain != object);
                    if self.invite_domains.len() == before {
                        return Err(format!("no invited domain {object:?}"));
                    }
                }
                "DOMAIN_BASED_INVITE_DELETED"
            }
            "join_by_domain_invite" => {
                self.join(object, now)?;
                "JOINED_PORTAL_VIA_DOMAIN_BASED_INVITE"
            }
            _ => return Err(format!("the settings have no action {action:?}")),
        };
        self.record(event, ADMIN, object, now);
        Ok(())
    }

    fn there(&self, kind: &str, id: &str) -> Result<(), String> {
        let there = self.kernel.principal(id).is_some_and(|p| p.kind == kind);
        if there { Ok(()) } else { Err(format!("no {kind} {id:?}")) }
    }

    fn end(&mut self, kind: &str, id: &str, now: SystemTime) -> Result<(), String> {
        let key = self.kernel.find(kind, id).ok_or_else(|| format!("no {kind} {id:?}"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(())
    }

    fn end_private(&mut self, app: &str, wait: Duration, now: SystemTime) {
        let of_app = |c: &Credential| c.kind == PRIVATE_TOKEN && c.is_for(app);
        for key in self.kernel.kept_where(now, of_app) {
            self.kernel.revoke_later(key, Cause::Action, now, wait);
        }
    }

    /// Makes the token that takes a rotated one's place; only the settings show it.
    fn private_token(&mut self, app: &str, now: SystemTime) {
        let (id, secret) = (self.kernel.next_number().to_string(), self.new_uuid("pat-na1-"));
        let supplier = self.kernel.principal(app).and_then(|app| app.supplier);
        let token = Credential::new(PRIVATE_TOKEN, &id, &secret).client(app).supplier(supplier);
        self.kernel.issue(token.with("portal", PORTAL).scope("settings.users.read"), now);
    }

    /// Somebody with an address of an invited domain joins, removed before or not.
    fn join(&mut self, email: &str, now: SystemTime) -> Result<(), String> {
        let domain = email.split_once('@').map(|(_, domain)| domain).unwrap_or_default();
        if !self.invite_domains.iter().any(|invited| invited == domain) {
            return Err(format!("{domain:?} is not invited"));
        }
        let known = self.kernel.principals().iter().find(|p| p.kind == USER && p.login == email);
        match known.map(|user| user.id.clone()) {
            Some(id) => self.kernel.set_state(&id, State::Active, now),
            None => {
                let id = (40_000 + self.kernel.next_number()).to_string();
                self.kernel.add(Principal::new(USER, &id, email));
            }
        }
        Ok(())
    }
}
