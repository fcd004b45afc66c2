//! What only a human in the instance's pages can do.

use std::time::SystemTime;

use super::{CERTIFICATE, SESSION, ServiceNow, USER};
use crate::identity::Cause;

impl ServiceNow {
    pub(super) fn by_admin(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        match action {
            // "Logged in users" shows this node's sessions; those of another cannot be ended here.
            "end_session" => {
                let key = self.kernel.find(SESSION, object);
                let key = key.filter(|key| self.kernel.credential(*key).text("node") != "2");
                let key = key.ok_or_else(|| format!("no session {object:?} on this node"))?;
                self.kernel.revoke(key, Cause::Action, now);
            }
            "remove_certificate" => {
                let key = self.kernel.find(CERTIFICATE, object);
                let key = key.ok_or_else(|| format!("no certificate {object:?}"))?;
                self.kernel.revoke(key, Cause::Action, now);
            }
            // The provider's login ends; nothing that is checked here ever hears of it.
            "disable_sso" => {
                let user = self.kernel.principal_mut(object).filter(|user| user.kind == USER);
                let user = user.ok_or_else(|| format!("no user {object:?}"))?;
                user.data.insert("sso".into(), "false".into());
            }
            "set_property" => {
                let (name, value) = object.split_once('=').ok_or("name=value is needed")?;
                let value = value.parse().map_err(|_| format!("{value:?} is not true or false"))?;
                self.properties.insert(name.to_owned(), value);
            }
            _ => return Err(format!("the instance has no action {action:?}")),
        }
        Ok(())
    }
}
