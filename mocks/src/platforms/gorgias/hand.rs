//! What only a human in the settings can do.

use std::time::SystemTime;

use super::{ADMIN, API_KEY, APP, CLIENT_SECRET, Gorgias, PASSWORD, REFRESH, USER};
use crate::identity::{Cause, Credential};
use crate::population::{ALNUM, HEX};

impl Gorgias {
    pub(super) fn by_admin(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        match action {
            "reset_api_key" => {
                self.there(USER, object)?;
                let fresh = self.kernel.fresh("", 64, HEX);
                self.kernel.replace_secret(API_KEY, object, &fresh, now);
            }
            "revoke_api_key" => {
                self.there(USER, object)?;
                let hit = |c: &Credential| c.kind == API_KEY && c.is_of(object);
                self.kernel.revoke_where(Cause::Action, now, hit);
            }
            // The grant ends; what it has minted lives out its day.
            "uninstall_app" => {
                self.there(APP, object)?;
                let hit = |c: &Credential| c.kind == REFRESH && c.is_for(object);
                self.kernel.revoke_where(Cause::Action, now, hit);
            }
            // The developer does this, which is the supplier.
            "rotate_client_secret" => {
                self.there(APP, object)?;
                let fresh = self.kernel.fresh("", 48, HEX);
                self.kernel.replace_secret(CLIENT_SECRET, object, &fresh, now);
            }
            "reset_password" => {
                self.there(USER, object)?;
                // Only the shared login's next one is known; whoever else is reset gets a link.
                let next = self.next_passwords.get(object).cloned();
                let next = next.unwrap_or_else(|| self.kernel.fresh("", 20, ALNUM));
                self.kernel.replace_secret(PASSWORD, object, &next, now);
            }
            _ => return Err(format!("the settings have no action {action:?}")),
        }
        self.record(action, "User", object, ADMIN, now);
        Ok(())
    }

    fn there(&self, kind: &str, id: &str) -> Result<(), String> {
        let there = self.kernel.principal(id).is_some_and(|p| p.kind == kind);
        if there { Ok(()) } else { Err(format!("no {kind} {id:?}")) }
    }
}
