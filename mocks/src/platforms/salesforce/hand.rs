//! Setup: what only a human in the org's pages can do.

use std::time::SystemTime;

use super::{
    ACCESS, ADMIN, APP, CERTIFICATE, JWT, JWT_DELAY, PACKAGE, REFRESH, SECRET, Salesforce, USER,
};
use crate::identity::{Cause, State};
use crate::population::HEX;

impl Salesforce {
    /// Does one action of Setup; apps are named by id, consumer key or name.
    pub(super) fn setup(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        match action {
            "block_app" => self.block(&self.app_named(object)?, now),
            "unblock_app" => {
                let app = self.app_named(object)?;
                self.kernel.set_state(&app, State::Active, now);
            }
            "uninstall_app" => self.uninstall(&self.app_named(object)?),
            "uninstall_package" => {
                let package = self.kernel.principal(object).filter(|p| p.kind == PACKAGE);
                let package = package.ok_or_else(|| format!("no package {object:?}"))?;
                let app = package.text("app").to_owned();
                self.kernel.set_state(object, State::Deleted, now);
                self.uninstall(&app);
            }
            "expire_refresh_tokens" => {
                let app = self.app_named(object)?;
                let hit = |c: &crate::identity::Credential| c.kind == REFRESH && c.is_for(&app);
                self.kernel.revoke_where(Cause::Action, now, hit);
            }
            // The button knows no app: the object is only there to be recorded.
            "revoke_jwt_access_tokens" => {
                for key in self.kernel.kept(JWT, now) {
                    self.kernel.revoke_later(key, Cause::Action, now, JWT_DELAY);
                }
            }
            "rotate_consumer_secret" => {
                let app = self.app_named(object)?;
                let fresh = self.kernel.fresh("", 64, HEX);
                self.kernel.replace_secret(SECRET, &app, &fresh, now);
            }
            "remove_certificate" => {
                let app = self.app_named(object).ok();
                let hit = |c: &crate::identity::Credential| {
                    let of_app = app.as_deref().is_some_and(|app| c.is_of(app));
                    c.kind == CERTIFICATE && (c.id == object || of_app)
                };
                let gone = self.kernel.revoke_where(Cause::Action, now, hit);
                if gone == 0 && !self.kernel.spares(Cause::Action) {
                    return Err(format!("no certificate {object:?}"));
                }
            }
            "change_default_owner" => {
                let user = self.kernel.principal_mut(object).filter(|p| p.kind == USER);
                let user = user.ok_or_else(|| format!("no user {object:?}"))?;
                user.data.remove("default_owner");
            }
            _ => return Err(format!("Setup has no action {action:?}")),
        }
        self.record(ADMIN, action, object, now);
        Ok(())
    }

    fn app_named(&self, object: &str) -> Result<String, String> {
        let mut apps = self.kernel.principals().iter().filter(|p| p.kind == APP);
        let app = apps.find(|p| p.id == object || p.login == object || p.name == object);
        app.map(|app| app.id.clone()).ok_or_else(|| format!("no app {object:?}"))
    }

    /// Ends the app's sessions and refuses new ones, for everybody. The approvals stay and are worth
    /// something again once it is unblocked.
    fn block(&mut self, app: &str, now: SystemTime) {
        self.kernel.set_state(app, State::Suspended, now);
        self.kernel.revoke_where(Cause::Action, now, |c| {
            (c.kind == ACCESS || c.kind == JWT) && c.is_for(app)
        });
    }

    /// Removes the policy record. Who had approved the app before goes on using it.
    fn uninstall(&mut self, app: &str) {
        if let Some(app) = self.kernel.principal_mut(app) {
            app.data.insert("uninstalled".into(), "yes".into());
        }
    }
}
