//! Users: members and guests, and what ends their access or only hides it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::graph::{self, Right, filtered, page};
use super::{
    ACCESS, APP, Answer, CAE_DELAY, Entra, PASSWORD, REFRESH, REVOCATION_DELAY, SESSION, USER,
};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, INACTIVE, Principal, State};
use crate::times::{epoch, iso};

impl Entra {
    pub(super) fn users(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let right = if method == "GET" { Right::Read } else { Right::Write };
        if let Err(refusal) = self.caller(request, now, right) {
            return Some(Err(refusal));
        }
        let [given, rest @ ..] = rest else {
            return Some(match method {
                "GET" => Ok(self.list_users(request)),
                "POST" => self.create_user(request, now),
                _ => return None,
            });
        };
        let given = decode_segment(given);
        let Some(id) = self.user_id(&given) else {
            return Some(Err(graph::not_found(&given)));
        };
        Some(match (method, rest) {
            ("GET", []) => Ok(Response::json(200, &self.user_json(self.kernel.principal(&id)?))),
            ("PATCH", []) => self.update_user(&id, request, now),
            ("DELETE", []) => {
                self.kernel.set_state(&id, State::Deleted, now);
                self.cae_event(&id, Cause::Deactivation, now);
                self.record("Delete user", "UserManagement", &id, now);
                Ok(Response::empty(204))
            }
            ("POST", ["revokeSignInSessions"]) => Ok(self.revoke_sessions(&id, now)),
            ("GET", ["oauth2PermissionGrants"]) => Ok(self.grants_of_user(&id, request, now)),
            ("GET", ["appRoleAssignments"]) => Ok(page(request, "appRoleAssignments", &[])),
            ("GET", ["ownedObjects"]) => Ok(self.owned(&id, request)),
            ("GET", ["authentication", "methods"]) => Ok(self.methods(&id, request, now)),
            ("POST", ["authentication", "methods", method, "resetPassword"]) => {
                self.reset_method(&id, method, request, now)
            }
            ("GET", ["authentication", "operations", operation]) => {
                let body = json!({"id": operation, "status": "succeeded"});
                Ok(Response::json(200, &body))
            }
            _ => return None,
        })
    }

    fn user_id(&self, given: &str) -> Option<String> {
        let by_id = self.kernel.principal(given);
        let by_id = by_id.filter(|p| p.kind == USER && p.state() != State::Deleted);
        by_id.or_else(|| self.kernel.by_login(USER, given)).map(|p| p.id.clone())
    }

    pub(super) fn user_json(&self, user: &Principal) -> Value {
        let guest = user.text("type") == "Guest";
        let upn = if guest {
            format!("{}#EXT#@ours.example", user.login.replace('@', "_"))
        } else {
            user.login.clone()
        };
        let since = user.data.get("valid_from").and_then(Value::as_u64).unwrap_or(0);
        let since = std::time::UNIX_EPOCH + std::time::Duration::from_secs(since);
        json!({
            "id": user.id, "displayName": user.name, "userPrincipalName": upn, "mail": user.login,
            "userType": user.text("type"), "accountEnabled": user.state() == State::Active,
            "externalUserState": if guest { json!("Accepted") } else { Value::Null },
            "signInSessionsValidFromDateTime": iso(since),
        })
    }

    fn list_users(&self, request: &Request) -> Response {
        let kind = filtered(request, "userType");
        let login = filtered(request, "userPrincipalName").or_else(|| filtered(request, "mail"));
        let wanted = |p: &&Principal| {
            kind.as_ref().is_none_or(|kind| p.text("type") == kind)
                && login.as_ref().is_none_or(|login| p.login.eq_ignore_ascii_case(login))
        };
        let users = self.kernel.principals().iter();
        let users = users.filter(|p| p.kind == USER && p.state() != State::Deleted);
        let users: Vec<Value> = users.filter(wanted).map(|p| self.user_json(p)).collect();
        page(request, "users", &users)
    }

    fn create_user(&mut self, request: &Request, now: SystemTime) -> Answer {
        let body = request.json();
        let login = body["userPrincipalName"].as_str().unwrap_or_default();
        if login.is_empty() || self.kernel.by_login(USER, login).is_some() {
            let why =
                "Another object with the same value for property userPrincipalName already exists.";
            return Err(graph::error(400, "Request_BadRequest", why));
        }
        let id = self.new_id();
        let user = Principal::new(USER, &id, login).with("type", "Member");
        let shown = self.user_json(&user);
        self.kernel.add(user);
        if let Some(password) = body["passwordProfile"]["password"].as_str() {
            self.kernel.issue(
                Credential::new(PASSWORD, &id, password).of(&id).hidden_by(&id, INACTIVE),
                now,
            );
        }
        self.record("Add user", "UserManagement", &id, now);
        Ok(Response::json(201, &shown))
    }

    /// Invites a guest. An invitation is redeemed by hand, so it opens nothing by itself.
    pub(super) fn invite(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.caller(request, now, Right::Write)?;
        let body = request.json();
        let email = body["invitedUserEmailAddress"].as_str().unwrap_or_default();
        if email.is_empty() {
            return Err(graph::error(
                400,
                "BadRequest",
                "The invited user email address is empty.",
            ));
        }
        let known = self.kernel.by_login(USER, email).map(|p| p.id.clone());
        let id = known.unwrap_or_else(|| {
            let id = self.new_id();
            self.kernel.add(Principal::new(USER, &id, email).with("type", "Guest"));
            id
        });
        self.record("Invite external user", "UserManagement", &id, now);
        let link = format!("https://login.microsoftonline.com/redeem?rd={id}");
        let body = json!({
            "id": id, "invitedUserEmailAddress": email, "inviteRedeemUrl": link,
            "status": "PendingAcceptance", "invitedUser": {"id": id},
        });
        Ok(Response::json(201, &body))
    }

    fn update_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let body = request.json();
        match body["accountEnabled"].as_bool() {
            Some(false) => {
                self.kernel.set_state(id, State::Deactivated, now);
                self.cae_event(id, Cause::Deactivation, now);
                self.record("Disable account", "UserManagement", id, now);
            }
            Some(true) => {
                self.kernel.set_state(id, State::Active, now);
                self.record("Enable account", "UserManagement", id, now);
            }
            None => {}
        }
        if let Some(password) = body["passwordProfile"]["password"].as_str() {
            // Which row of Microsoft's table a reset by Graph follows is not stated; this is the one
            // in which more tokens live on.
            self.new_password(id, password, super::passwords::PORTAL, now);
            self.record("Reset user password", "UserManagement", id, now);
        }
        Ok(Response::empty(204))
    }

    /// Moves the date before which no token counts. Says `true` whatever it did.
    fn revoke_sessions(&mut self, id: &str, now: SystemTime) -> Response {
        let guest = self.kernel.principal(id).is_some_and(|p| p.text("type") == "Guest");
        if !guest {
            self.valid_from(id, now);
            let ended = [REFRESH, SESSION];
            let keys = self.kernel.kept_where(now, |c| ended.contains(&c.kind) && c.is_of(id));
            for key in keys {
                self.kernel.revoke_later(key, Cause::Action, now, REVOCATION_DELAY);
            }
            self.cae_event(id, Cause::Action, now);
        }
        self.record("Update StsRefreshTokenValidFrom Timestamp", "UserManagement", id, now);
        let context = "https://graph.microsoft.com/v1.0/$metadata#Edm.Boolean";
        Response::json(200, &json!({"@odata.context": context, "value": true}))
    }

    pub(super) fn valid_from(&mut self, id: &str, now: SystemTime) {
        if self.kernel.spares(Cause::Action) {
            return;
        }
        if let Some(user) = self.kernel.principal_mut(id) {
            user.data.insert("valid_from".into(), json!(epoch(now)));
        }
    }

    /// Tells resources with continuous access evaluation, which does not cover guests.
    ///
    /// The end is final, also where the account is enabled again: a token refused once has been
    /// replaced by then.
    pub(super) fn cae_event(&mut self, id: &str, cause: Cause, now: SystemTime) {
        if self.kernel.principal(id).is_some_and(|p| p.text("type") == "Guest") {
            return;
        }
        let live = |c: &Credential| {
            c.kind == ACCESS && c.is_of(id) && c.data.get("cae") == Some(&json!(true))
        };
        for key in self.kernel.kept_where(now, live) {
            self.kernel.revoke_later(key, cause, now, CAE_DELAY);
        }
    }

    fn owned(&self, id: &str, request: &Request) -> Response {
        let owned = |p: &&Principal| p.kind == APP && p.text("owner") == id;
        let apps = self.kernel.principals().iter().filter(owned);
        let kind = "#microsoft.graph.application";
        let apps: Vec<Value> = apps
            .map(|p| json!({"@odata.type": kind, "id": p.id, "appId": p.login, "displayName": p.name}))
            .collect();
        page(request, "directoryObjects", &apps)
    }
}
