//! What only a human in the settings or the developer hub can do.

use std::time::SystemTime;

use serde_json::json;

use super::{
    ADMIN_USER, APP, CLIENT_SECRET, Intercom, MESSENGER_SECRET, PASSWORD, SCIM_TOKEN, SESSION,
    TEAMMATE, TOKEN,
};
use crate::identity::{Cause, State};
use crate::population::HEX;

impl Intercom {
    pub(super) fn by_admin(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        match action {
            "remove_teammate" => {
                self.known(TEAMMATE, object)?;
                self.remove(object, "admin_deletion", now);
            }
            "reinvite_teammate" => {
                self.known(TEAMMATE, object)?;
                self.kernel.set_state(object, State::Active, now);
                self.record("admin_invite_creation", ADMIN_USER, &json!({"id": object}), now);
            }
            "change_teammate_email" => {
                let person = self.kernel.principal_mut(object).filter(|p| p.kind == TEAMMATE);
                let person = person.ok_or_else(|| format!("no teammate {object:?}"))?;
                person.login = format!("handover-{object}@ours.example");
            }
            "sign_out_teammate" => {
                self.known(TEAMMATE, object)?;
                let hit = |c: &crate::identity::Credential| c.kind == SESSION && c.is_of(object);
                self.kernel.revoke_where(Cause::Action, now, hit);
            }
            "reset_password" => self.reset_password(object, now)?,
            // Open sessions are not asked how they were opened.
            "force_sso" => {
                if !self.kernel.spares(Cause::Action) {
                    self.sso_forced = true;
                }
                let metadata = json!({"setting": "sso"});
                self.record("security_settings_change", ADMIN_USER, &metadata, now);
            }
            "regenerate_app_token" => {
                self.known(APP, object)?;
                let hit = |c: &crate::identity::Credential| c.kind == TOKEN && c.is_for(object);
                self.kernel.revoke_where(Cause::Action, now, hit);
                self.remint(object, "app_package_token_regeneration", now);
            }
            "uninstall_app" => {
                self.known(APP, object)?;
                self.uninstall(object, ADMIN_USER, now);
            }
            "install_app" => {
                self.known(APP, object)?;
                self.remint(object, "app_package_installation", now);
            }
            "rotate_client_secret" => {
                self.known(APP, object)?;
                let fresh = self.kernel.fresh("", 40, HEX);
                self.kernel.replace_secret(CLIENT_SECRET, object, &fresh, now);
            }
            "delete_messenger_secret" => {
                self.end(MESSENGER_SECRET, object, now)?;
                let metadata = json!({"id": object});
                self.record("messenger_api_secret_deletion", ADMIN_USER, &metadata, now);
            }
            "regenerate_scim_token" => self.end(SCIM_TOKEN, object, now)?,
            _ => return Err(format!("the console has no action {action:?}")),
        }
        Ok(())
    }

    fn known(&self, kind: &str, id: &str) -> Result<(), String> {
        let there = self.kernel.principal(id).is_some_and(|p| p.kind == kind);
        if there { Ok(()) } else { Err(format!("no {kind} {id:?}")) }
    }

    fn end(&mut self, kind: &str, id: &str, now: SystemTime) -> Result<(), String> {
        let key = self.kernel.find(kind, id).ok_or_else(|| format!("no {kind} {id:?}"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(())
    }

    /// Mints the token that nobody but the app's owner gets to see.
    fn remint(&mut self, app: &str, kind: &str, now: SystemTime) {
        let owner = self.kernel.principal(app).map(|app| app.text("owner").to_owned());
        self.mint(app, &owner.unwrap_or_default(), now);
        self.record(kind, ADMIN_USER, &json!({"app_package_code": app}), now);
    }

    /// The person follows the mail. That open sessions stay is unconfirmed, and the worse case.
    fn reset_password(&mut self, person: &str, now: SystemTime) -> Result<(), String> {
        let next = self.next_passwords.get(person).cloned();
        let next = next.ok_or_else(|| format!("nobody resets the password of {person:?}"))?;
        self.kernel.replace_secret(PASSWORD, person, &next, now);
        self.record("admin_password_reset_success", person, &json!({}), now);
        Ok(())
    }
}
