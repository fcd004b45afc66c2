//! What only a human in the settings can do, which at this platform is nearly everything.

use std::time::SystemTime;

use super::{ADMIN, API_TOKEN, APP, CLIENT_SECRET, Front, PASSWORD, REFRESH, TEAMMATE};
use crate::identity::{Cause, Credential, State};
use crate::population::ALNUM;

impl Front {
    pub(super) fn by_admin(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        match action {
            "delete_teammate" => self.teammate_to(object, State::Deleted, now)?,
            "block_teammate" => self.teammate_to(object, State::Deactivated, now)?,
            "unblock_teammate" => self.teammate_to(object, State::Active, now)?,
            "revoke_api_token" => {
                let key = self.kernel.find(API_TOKEN, object);
                let key = key.ok_or_else(|| format!("no API token {object:?}"))?;
                self.kernel.revoke(key, Cause::Action, now);
            }
            // The grant ends; what it has minted is not looked for.
            "revoke_app_access" => {
                self.there(APP, object)?;
                let hit = |c: &Credential| c.kind == REFRESH && c.is_for(object);
                self.kernel.revoke_where(Cause::Action, now, hit);
            }
            "rotate_app_secret" => {
                self.there(APP, object)?;
                let fresh = self.kernel.fresh("", 32, ALNUM);
                self.kernel.replace_secret(CLIENT_SECRET, object, &fresh, now);
            }
            "remove_admin_role" => {
                self.there(TEAMMATE, object)?;
                if let Some(person) = self.kernel.principal_mut(object) {
                    person.data.remove("admin");
                }
            }
            "reset_password" => {
                let next = self.next_passwords.get(object).cloned();
                let next = next.ok_or_else(|| format!("nobody resets {object:?}"))?;
                self.kernel.replace_secret(PASSWORD, object, &next, now);
            }
            _ => return Err(format!("the settings have no action {action:?}")),
        }
        Ok(())
    }

    fn teammate_to(&mut self, id: &str, state: State, now: SystemTime) -> Result<(), String> {
        self.there(TEAMMATE, id)?;
        if id == ADMIN {
            return Err("the owner stays".into());
        }
        self.kernel.set_state(id, state, now);
        Ok(())
    }

    fn there(&self, kind: &str, id: &str) -> Result<(), String> {
        let there = self.kernel.principal(id).is_some_and(|p| p.kind == kind);
        if there { Ok(()) } else { Err(format!("no {kind} {id:?}")) }
    }
}
