//! What only a human in the settings or in a profile can do.

use std::time::SystemTime;

use super::{ADMIN, APP, APP_SECRET, DOCS_KEY, HelpScout, PASSWORD, USER};
use crate::identity::{Cause, State};
use crate::population::{ALNUM, HEX};

impl HelpScout {
    pub(super) fn by_admin(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        match action {
            "delete_user" => {
                self.there(USER, object)?;
                if object == ADMIN {
                    return Err("the owner stays".into());
                }
                self.remove(object, now);
            }
            "deactivate_user" => {
                self.there(USER, object)?;
                self.kernel.set_state(object, State::Deactivated, now);
            }
            "activate_user" => {
                self.there(USER, object)?;
                self.kernel.set_state(object, State::Active, now);
            }
            // Both stop what comes next; the tokens that are out have two days.
            "delete_oauth_app" => {
                self.there(APP, object)?;
                let fits =
                    |c: &crate::identity::Credential| c.kind == APP_SECRET && c.is_of(object);
                self.kernel.revoke_where(Cause::Action, now, fits);
                self.kernel.set_state(object, State::Deleted, now);
            }
            "rotate_app_secret" => {
                self.there(APP, object)?;
                let fresh = self.kernel.fresh("", 32, ALNUM);
                self.kernel.replace_secret(APP_SECRET, object, &fresh, now);
            }
            "reset_password" => {
                self.there(USER, object)?;
                // Only the shared login's next one is known; whoever else is reset gets a link.
                let next = self.next_passwords.get(object).cloned();
                let next = next.unwrap_or_else(|| self.kernel.fresh("", 20, ALNUM));
                self.kernel.replace_secret(PASSWORD, object, &next, now);
            }
            "regenerate_docs_key" => {
                self.there(USER, object)?;
                let fresh = self.kernel.fresh("", 40, HEX);
                self.kernel.replace_secret(DOCS_KEY, object, &fresh, now);
            }
            _ => return Err(format!("the settings have no action {action:?}")),
        }
        Ok(())
    }

    fn there(&self, kind: &str, id: &str) -> Result<(), String> {
        let there = self.kernel.principal(id).is_some_and(|p| p.kind == kind);
        if there { Ok(()) } else { Err(format!("no {kind} {id:?}")) }
    }
}
