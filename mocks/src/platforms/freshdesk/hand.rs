//! What only a human in the account's or the organisation's pages can do.

use std::time::SystemTime;

use super::{
    ACCESS, AGENT, API_KEY, APP, Freshdesk, PASSWORD, PERSON, REFRESH, SCIM_TOKEN, SESSION,
    SSO_SECRET,
};
use crate::identity::{Cause, Credential, State};
use crate::population::ALNUM;

impl Freshdesk {
    pub(super) fn by_admin(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        match action {
            // Documented for the login only; the agent's key is another matter.
            "deactivate_agent" => {
                self.there(AGENT, object)?;
                self.kernel.set_state(object, State::Deactivated, now);
            }
            "reactivate_agent" => {
                self.there(AGENT, object)?;
                self.kernel.set_state(object, State::Active, now);
            }
            "reset_api_key" => {
                self.there(AGENT, object)?;
                let fresh = self.kernel.fresh("", 20, ALNUM);
                self.kernel.replace_secret(API_KEY, object, &fresh, now);
            }
            "disable_api_key" | "enable_api_key" => {
                let of_agent = |c: &Credential| c.kind == API_KEY && c.is_of(object);
                let keys = self.kernel.kept_where(now, of_agent);
                let key = *keys.last().ok_or_else(|| format!("no key of agent {object:?}"))?;
                self.kernel.set_enabled(key, action == "enable_api_key", now);
            }
            // For the whole account: every key, a bystander's and the administrator's too.
            "disable_api_keys" => self.keys_disabled = !self.kernel.spares(Cause::Action),
            "enable_api_keys" => self.keys_disabled = false,
            "reset_password" => {
                let next = self.next_passwords.get(object).cloned();
                let next = next.ok_or_else(|| format!("nobody resets {object:?}"))?;
                self.kernel.replace_secret(PASSWORD, object, &next, now);
            }
            "force_logout" => {
                self.there(PERSON, object)?;
                self.end_sessions(object, now);
            }
            "delete_org_user" => {
                self.there(PERSON, object)?;
                self.end_sessions(object, now);
                self.kernel.set_state(object, State::Deleted, now);
            }
            "uninstall_app" => {
                self.there(APP, object)?;
                let tokens = [ACCESS, REFRESH];
                let hit = |c: &Credential| tokens.contains(&c.kind) && c.is_for(object);
                self.kernel.revoke_where(Cause::Action, now, hit);
            }
            "rotate_sso_secret" => self.end(SSO_SECRET, object, now)?,
            "regenerate_scim_token" => self.end(SCIM_TOKEN, object, now)?,
            _ => return Err(format!("the admin pages have no action {action:?}")),
        }
        self.record(action, object, now);
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

    fn end_sessions(&mut self, person: &str, now: SystemTime) {
        let hit = |c: &Credential| c.kind == SESSION && c.is_of(person);
        self.kernel.revoke_where(Cause::Action, now, hit);
    }
}
