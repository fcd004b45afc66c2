//! What an admin does to a user, and what of the user's access it ends.

use std::time::SystemTime;

use serde_json::json;

use super::Okta;
use super::auth::{self, Caller, Right};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, State};
use crate::population::ALNUM;

impl Okta {
    pub(super) fn lifecycle(
        &mut self,
        request: &Request,
        id: &str,
        action: &str,
        caller: &Caller,
        now: SystemTime,
    ) -> Option<Response> {
        let state = self.kernel.principal(id)?.state();
        let done = || Some(Response::json(200, &json!({})));
        match (action, state) {
            ("deactivate", _) => {
                self.deactivate(id, caller, now);
                done()
            }
            ("suspend", State::Active) => {
                self.kernel.set_state(id, State::Suspended, now);
                // The role documentation says so; the tokens are only hidden, and all come back.
                let kind = |c: &Credential| c.kind == "session" && c.is_of(id);
                self.kernel.revoke_where(Cause::Deactivation, now, kind);
                self.record("user.lifecycle.suspend", &caller.id, id, now);
                done()
            }
            ("unsuspend", State::Suspended) => {
                self.kernel.set_state(id, State::Active, now);
                self.record("user.lifecycle.unsuspend", &caller.id, id, now);
                done()
            }
            ("activate" | "reactivate", State::Deactivated) => {
                self.kernel.set_state(id, State::Active, now);
                self.record("user.lifecycle.activate", &caller.id, id, now);
                done()
            }
            ("reset_password", State::Active) => {
                self.reset_password(request, id, now);
                self.record("user.account.reset_password", &caller.id, id, now);
                let link = format!("{}/reset_password/XE6wE17zmphl3KqAPFxO", self.org);
                Some(Response::json(200, &json!({"resetPasswordUrl": link})))
            }
            ("expire_password", State::Active) => {
                // The old password still signs in, as far as the demand for a new one. There is no
                // revokeSessions here.
                if !self.kernel.spares(Cause::Action) {
                    self.set_status(id, "PASSWORD_EXPIRED");
                }
                self.record("user.account.expire_password", &caller.id, id, now);
                done()
            }
            ("expire_password_with_temp_password", State::Active) => {
                let fresh = self.kernel.fresh("Tp-", 12, ALNUM);
                self.set_password(id, &fresh, "PASSWORD_EXPIRED", now);
                if request.query("revokeSessions").as_deref() == Some("true") {
                    self.end_sessions(id, caller.session.as_deref(), now);
                }
                self.record("user.account.expire_password", &caller.id, id, now);
                Some(Response::json(200, &json!({"tempPassword": fresh})))
            }
            ("reset_factors", _) => done(),
            (
                "suspend"
                | "unsuspend"
                | "activate"
                | "reactivate"
                | "reset_password"
                | "expire_password"
                | "expire_password_with_temp_password",
                _,
            ) => Some(auth::error(
                403,
                "E0000016",
                "This operation is not allowed in the user's current status.",
            )),
            _ => None,
        }
    }

    fn reset_password(&mut self, request: &Request, id: &str, now: SystemTime) {
        if !self.kernel.spares(Cause::Action) {
            self.set_status(id, "RECOVERY");
        }
        let own = |c: &Credential| c.kind == "password" && c.is_of(id);
        self.kernel.revoke_where(Cause::Action, now, own);
        if request.query("revokeSessions").as_deref() == Some("true") {
            self.end_sessions(id, None, now);
        }
    }

    fn deactivate(&mut self, id: &str, caller: &Caller, now: SystemTime) {
        self.kernel.set_state(id, State::Deactivated, now);
        // Sessions and OAuth tokens end for good. API tokens and the password are only hidden:
        // reactivating the same account brings the API tokens back.
        let ended = ["session", "session_token", "refresh", "access"];
        let own = |c: &Credential| ended.contains(&c.kind) && c.is_of(id);
        self.kernel.revoke_where(Cause::Deactivation, now, own);
        self.record("user.lifecycle.deactivate", &caller.id, id, now);
    }

    /// Deletes; the first call on an active user only deactivates.
    pub(super) fn delete_user(&mut self, id: &str, caller: &Caller, now: SystemTime) -> Response {
        if self.kernel.principal(id).map(|p| p.state()) == Some(State::Deactivated) {
            self.kernel.set_state(id, State::Deleted, now);
            self.kernel.revoke_where(Cause::Deactivation, now, |c| c.is_of(id));
            self.record("user.lifecycle.delete.completed", &caller.id, id, now);
        } else {
            self.deactivate(id, caller, now);
        }
        Response::empty(204)
    }

    /// Clears sessions; OAuth tokens only if asked for, API tokens never.
    pub(super) fn clear_sessions(
        &mut self,
        request: &Request,
        id: &str,
        caller: &Caller,
        now: SystemTime,
    ) {
        self.end_sessions(id, None, now);
        if request.query("oauthTokens").as_deref() == Some("true") {
            let own = |c: &Credential| ["refresh", "access"].contains(&c.kind) && c.is_of(id);
            self.kernel.revoke_where(Cause::Action, now, own);
        }
        self.record("user.session.clear", &caller.id, id, now);
    }

    /// Ends a user's sessions, save the one the caller is in.
    pub(super) fn end_sessions(&mut self, id: &str, but: Option<&str>, now: SystemTime) {
        let own = |c: &Credential| c.kind == "session" && c.is_of(id) && Some(c.id.as_str()) != but;
        self.kernel.revoke_where(Cause::Action, now, own);
    }

    /// Ends all tokens and sessions, API tokens included; password and clients survive.
    pub(super) fn global_token_revocation(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Response {
        let caller = match self.admin(request, now, Right::Manage) {
            Ok(caller) => caller,
            Err(refusal) => return refusal,
        };
        let body = request.json();
        let subject = &body["sub_id"];
        let text = |name: &str| subject[name].as_str().unwrap_or_default();
        let id = match text("format") {
            "opaque" => text("id"),
            "iss_sub" if text("iss") == self.org => text("sub"),
            _ => return auth::error(400, "E0000001", "Api validation failed: sub_id"),
        };
        let id = id.to_owned();
        if self.kernel.principal(&id).is_none_or(|p| p.kind != "user") {
            return auth::not_found(&id, "User");
        }
        let ended = ["session", "session_token", "refresh", "access", "ssws"];
        let own = |c: &Credential| ended.contains(&c.kind) && c.is_of(&id);
        self.kernel.revoke_where(Cause::Action, now, own);
        self.record("user.authentication.universal_logout", &caller.id, &id, now);
        Response::empty(204)
    }
}
