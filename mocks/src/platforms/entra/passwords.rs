//! Passwords: the same reset through two portals has two outcomes.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::graph::{self, Right, page};
use super::{Answer, Entra, PASSWORD, REFRESH, SESSION};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE};
use crate::population::ALNUM;

/// The classes of refresh tokens that end with a change by the user or in the Azure portal.
pub(super) const PORTAL: &[&str] = &["password"];
/// The classes that end with a reset in the Entra admin center.
pub(super) const ADMIN_CENTER: &[&str] = &["password", "non_password", "confidential"];
/// The method id every password has.
const METHOD: &str = "28c10230-6103-485e-b985-444c60001490";

impl Entra {
    /// Sets a password and ends the cookies and the classes of refresh tokens that go with it.
    pub(super) fn new_password(
        &mut self,
        id: &str,
        fresh: &str,
        classes: &[&str],
        now: SystemTime,
    ) {
        if self.kernel.spares(Cause::Action) {
            return;
        }
        if self.kernel.replace_secret(PASSWORD, id, fresh, now).is_none() {
            let password = Credential::new(PASSWORD, id, fresh).of(id).hidden_by(id, INACTIVE);
            self.kernel.issue(password, now);
        }
        if let Some(user) = self.kernel.principal_mut(id) {
            user.data.remove("password");
        }
        let ended = |c: &Credential| {
            let by_class = match c.kind {
                REFRESH => classes.contains(&c.text("class")),
                SESSION => c.text("class") == "password",
                _ => false,
            };
            by_class && c.is_of(id)
        };
        self.kernel.revoke_where(Cause::Action, now, ended);
        self.valid_from(id, now);
        self.cae_event(id, Cause::Action, now);
    }

    /// A user's own change, which demands the old password.
    pub(super) fn change_own_password(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now, Right::Own)?;
        let old = request.field("currentPassword").unwrap_or_default();
        let Some(fresh) = request.field("newPassword").filter(|p| !p.is_empty()) else {
            return Err(graph::error(400, "BadRequest", "The new password is missing."));
        };
        if self.kernel.authenticate_as(PASSWORD, &caller.id, &old, now).is_err() {
            let why = "The specified password does not match the current password.";
            return Err(graph::error(400, "Request_BadRequest", why));
        }
        self.new_password(&caller.id, &fresh, PORTAL, now);
        self.record("Change user password", "UserManagement", &caller.id, now);
        Ok(Response::empty(204))
    }

    pub(super) fn methods(&self, id: &str, request: &Request, now: SystemTime) -> Response {
        let held = |c: &Credential| c.kind == PASSWORD && c.is_of(id);
        let methods: Vec<Value> = self
            .kernel
            .kept_where(now, held)
            .iter()
            .map(|_| {
                json!({"@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": METHOD})
            })
            .collect();
        page(request, "authentication/methods", &methods)
    }

    /// The asynchronous reset: 202 and an operation to ask about.
    pub(super) fn reset_method(
        &mut self,
        id: &str,
        method: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        if method != METHOD {
            return Err(graph::not_found(method));
        }
        let given = request.field("newPassword");
        let generated = given.is_none();
        let fresh = given.unwrap_or_else(|| self.kernel.fresh("Kx-", 12, ALNUM));
        self.new_password(id, &fresh, PORTAL, now);
        self.record("Reset user password", "UserManagement", id, now);
        let place = format!(
            "{}/v1.0/users/{id}/authentication/operations/{}",
            request.base,
            self.kernel.next_number()
        );
        let body = if generated { json!({"newPassword": fresh}) } else { json!({}) };
        Ok(Response::json(202, &body).with("Location", &place))
    }
}
