//! Users: reading, creating, changing; what else hangs on a user's address.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::Okta;
use super::auth::{self, Caller, Right};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, INACTIVE, Principal, State};
use crate::times::iso;

impl Okta {
    pub(super) fn users(
        &mut self,
        request: &Request,
        rest: &[&str],
        now: SystemTime,
    ) -> Option<Response> {
        let (method, right) = (request.method.as_str(), needed(request, rest));
        let caller = match self.admin(request, now, right) {
            Ok(caller) => caller,
            Err(refusal) => return Some(refusal),
        };
        Some(match (method, rest) {
            ("GET", []) => self.list_users(request),
            ("POST", []) => self.create_user(request, &caller, now),
            ("GET", ["me"]) => {
                // `me` is the admin who owns the token.
                let shown = self.kernel.presented(&caller.id);
                shown.map_or_else(|| auth::not_found("me", "User"), |user| self.show(user))
            }
            (_, [user, ..]) => {
                let Some(id) = self.user_id(user, &caller) else {
                    return Some(auth::not_found(user, "User"));
                };
                return self.user(request, &id, &rest[1..], &caller, now);
            }
            _ => return None,
        })
    }

    fn user(
        &mut self,
        request: &Request,
        id: &str,
        rest: &[&str],
        caller: &Caller,
        now: SystemTime,
    ) -> Option<Response> {
        Some(match (request.method.as_str(), rest) {
            ("GET", []) => self.show(self.kernel.principal(id)?),
            ("POST" | "PUT", []) => self.update_user(request, id, caller, now),
            ("DELETE", []) => self.delete_user(id, caller, now),
            ("POST", ["lifecycle", action]) => {
                return self.lifecycle(request, id, action, caller, now);
            }
            ("POST", ["credentials", "change_password"]) => {
                self.change_password(request, id, caller, now)
            }
            ("DELETE", ["sessions"]) => {
                self.clear_sessions(request, id, caller, now);
                Response::empty(204)
            }
            ("GET", ["clients"]) => self.list_clients(request, id, now),
            ("GET", ["grants"]) => self.list_grants(request, id, None, now),
            (_, ["clients", client, kind @ ("tokens" | "grants"), one @ ..]) => {
                return self.user_tokens(request, id, client, (kind, one.first().copied()), now);
            }
            _ => return None,
        })
    }

    /// Accepts an id, a login, or `me`.
    fn user_id(&self, given: &str, caller: &Caller) -> Option<String> {
        if given == "me" {
            return Some(caller.id.clone());
        }
        let given = decode_segment(given);
        let by_id = self.kernel.principal(&given).filter(|p| p.kind == "user");
        let by_id = by_id.filter(|p| p.state() != State::Deleted);
        by_id.or_else(|| self.kernel.by_login("user", &given)).map(|p| p.id.clone())
    }

    /// Gives the status Okta shows.
    pub(super) fn status(&self, id: &str) -> &str {
        let Some(user) = self.kernel.principal(id) else {
            return "DEPROVISIONED";
        };
        match user.state() {
            State::Suspended => "SUSPENDED",
            State::Deactivated | State::Deleted => "DEPROVISIONED",
            State::Active if user.text("password_status").is_empty() => "ACTIVE",
            State::Active => user.text("password_status"),
        }
    }

    fn show(&self, user: &Principal) -> Response {
        Response::json(200, &self.user_json(user))
    }

    fn user_json(&self, user: &Principal) -> Value {
        json!({
            "id": user.id,
            "status": self.status(&user.id),
            "transitioningToStatus": null,
            "profile": {
                "login": user.login, "email": user.login, "firstName": user.name,
                "lastName": "Mock", "organization": user.text("organization"),
            },
            "credentials": {"password": {}, "provider": {"type": "OKTA", "name": "OKTA"}},
        })
    }

    /// Lists users; without a filter deprovisioned ones are left out, as in Okta.
    fn list_users(&self, request: &Request) -> Response {
        let asked = request.query("search").or_else(|| request.query("filter"));
        let quoted =
            asked.as_deref().and_then(|text| text.split('"').nth(1)).map(str::to_lowercase);
        let start = request.query("q").map(|q| q.to_lowercase());
        let wanted = |user: &&Principal| {
            let login = user.login.to_lowercase();
            let fits = quoted.as_ref().is_none_or(|text| {
                login.contains(text)
                    || user.text("organization").to_lowercase() == *text
                    || self.status(&user.id).to_lowercase() == *text
            });
            let shown = quoted.is_some() || user.state() != State::Deactivated;
            fits && shown && start.as_ref().is_none_or(|q| login.starts_with(q))
        };
        let users = self.kernel.principals().iter();
        let users = users.filter(|p| p.kind == "user" && p.state() != State::Deleted);
        let users: Vec<Value> = users.filter(wanted).map(|user| self.user_json(user)).collect();
        auth::page(request, &users, 3)
    }

    fn create_user(&mut self, request: &Request, caller: &Caller, now: SystemTime) -> Response {
        let body = request.json();
        let login = body["profile"]["login"].as_str().unwrap_or_default().to_owned();
        if login.is_empty() || self.kernel.by_login("user", &login).is_some() {
            let cause =
                "login: An object with this field already exists in the current organization";
            return auth::error_with(400, "E0000001", "Api validation failed: login", &[cause]);
        }
        let id = format!("00u{}", self.kernel.next_number());
        let organization = body["profile"]["organization"].as_str().unwrap_or_default();
        let user = Principal::new("user", &id, &login).with("organization", organization);
        let shown = self.user_json(&user);
        self.kernel.add(user);
        if let Some(password) = body["credentials"]["password"]["value"].as_str() {
            self.issue_password(&id, password, now);
        }
        self.record("user.lifecycle.create", &caller.id, &id, now);
        let mut shown = shown;
        shown["status"] = json!("ACTIVE");
        Response::json(200, &shown)
    }

    fn update_user(
        &mut self,
        request: &Request,
        id: &str,
        caller: &Caller,
        now: SystemTime,
    ) -> Response {
        let body = request.json();
        if let Some(password) = body["credentials"]["password"]["value"].as_str() {
            self.set_password(id, password, "", now);
            self.record("user.account.update_password", &caller.id, id, now);
        }
        if let (Some(name), Some(user)) =
            (body["profile"]["firstName"].as_str(), self.kernel.principal_mut(id))
        {
            name.clone_into(&mut user.name);
        }
        let user = self.kernel.principal(id);
        user.map_or_else(|| auth::not_found(id, "User"), |user| self.show(user))
    }

    /// Changes a password by its owner, who must know the old one.
    fn change_password(
        &mut self,
        request: &Request,
        id: &str,
        caller: &Caller,
        now: SystemTime,
    ) -> Response {
        if caller.id != id && self.admin(request, now, Right::Manage).is_err() {
            return auth::error(
                403,
                "E0000006",
                "You do not have permission to perform the requested action",
            );
        }
        let body = request.json();
        let old = body["oldPassword"]["value"].as_str().unwrap_or_default();
        if self.kernel.authenticate_as("password", id, old, now).is_err() {
            let cause = "Old Password is not correct";
            return auth::error_with(403, "E0000014", "Update of credentials failed", &[cause]);
        }
        let Some(fresh) = body["newPassword"]["value"].as_str() else {
            return auth::error(400, "E0000001", "Api validation failed: newPassword");
        };
        self.set_password(id, fresh, "", now);
        if body["revokeSessions"] == json!(true) {
            self.end_sessions(id, caller.session.as_deref(), now);
        }
        self.record("user.account.update_password", &caller.id, id, now);
        Response::json(200, &json!({"password": {}, "provider": {"type": "OKTA", "name": "OKTA"}}))
    }

    /// Gives a user a password and shows the status that comes of it.
    pub(super) fn set_password(&mut self, id: &str, fresh: &str, status: &str, now: SystemTime) {
        if self.kernel.spares(Cause::Action) {
            return;
        }
        if self.kernel.replace_secret("password", id, fresh, now).is_none() {
            self.issue_password(id, fresh, now);
        }
        self.set_status(id, status);
    }

    pub(super) fn set_status(&mut self, id: &str, status: &str) {
        if let Some(user) = self.kernel.principal_mut(id) {
            user.data.insert("password_status".into(), json!(status));
        }
    }

    pub(super) fn issue_password(&mut self, id: &str, value: &str, now: SystemTime) {
        let password = Credential::new("password", id, value).of(id).hidden_by(id, INACTIVE);
        self.kernel.issue(password, now);
    }

    pub(super) fn api_tokens(
        &mut self,
        request: &Request,
        rest: &[&str],
        now: SystemTime,
    ) -> Option<Response> {
        let right = match (request.method.as_str(), rest) {
            ("DELETE", ["current"]) => Right::Own,
            ("GET", _) => Right::Read,
            _ => Right::Manage,
        };
        let caller = match self.admin(request, now, right) {
            Ok(caller) => caller,
            Err(refusal) => return Some(refusal),
        };
        let id = match (rest, caller.ssws) {
            (["current"], Some(own)) => own,
            (["current"], None) => return Some(auth::invalid_token()),
            ([id], _) => (*id).to_owned(),
            _ => String::new(),
        };
        let key = self.kernel.find("ssws", &id).filter(|key| self.kernel.exists(*key, now));
        Some(match (request.method.as_str(), rest, key) {
            ("GET", [], _) => {
                let keys = self.kernel.kept("ssws", now);
                // Not paginated in Okta's specification.
                let tokens = keys.iter().map(|key| self.api_token(*key)).collect();
                Response::json(200, &Value::Array(tokens))
            }
            (_, [_], None) => auth::not_found(&id, "ApiToken"),
            ("GET", [_], Some(key)) => Response::json(200, &self.api_token(key)),
            ("DELETE", [_], Some(key)) => {
                self.kernel.revoke(key, Cause::Action, now);
                self.record("system.api_token.revoke", &caller.id, &id, now);
                Response::empty(204)
            }
            _ => return None,
        })
    }

    fn api_token(&self, key: crate::identity::Key) -> Value {
        let token = self.kernel.credential(key);
        json!({
            "id": token.id, "name": token.text("name"), "userId": token.principal,
            "clientName": "Okta API", "created": iso(token.created),
            "lastUpdated": iso(token.created), "expiresAt": token.expires.map(iso),
            "tokenWindow": "P30D", "network": {"connection": "ANYWHERE"},
        })
    }
}

fn needed(request: &Request, rest: &[&str]) -> Right {
    match (request.method.as_str(), rest) {
        ("GET", ["me"]) | ("POST", [_, "credentials", "change_password"]) => Right::Own,
        ("GET", _) => Right::Read,
        _ => Right::Manage,
    }
}
