//! Users: blocking, deleting, passwords, and revoking access as a whole.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::management::{checkpoint, error, page};
use super::{Answer, Auth0, PASSWORD, REFRESH, SESSION, USER};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, INACTIVE, Principal, State};

impl Auth0 {
    pub(super) fn users(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let [given, rest @ ..] = rest else {
            return Some(match method {
                "GET" => Ok(self.list_users(request)),
                "POST" => self.create_user(request, now),
                _ => return None,
            });
        };
        let id = decode_segment(given);
        let there = |p: &&Principal| p.kind == USER && p.state() != State::Deleted;
        if self.kernel.principal(&id).filter(there).is_none() {
            return Some(Err(error(
                404,
                "Not Found",
                "The user does not exist.",
                Some("inexistent_user"),
            )));
        }
        let own = |kind: &'static str| {
            let id = id.clone();
            move |c: &Credential| c.kind == kind && c.is_of(&id)
        };
        Some(match (method, rest) {
            ("GET", []) => Ok(Response::json(200, &user_json(self.kernel.principal(&id)?))),
            ("PATCH", []) => Ok(self.update_user(&id, request, now)),
            ("DELETE", []) => {
                self.kernel.set_state(&id, State::Deleted, now);
                let ended = |c: &Credential| [REFRESH, SESSION].contains(&c.kind) && c.is_of(&id);
                self.kernel.revoke_where(Cause::Deactivation, now, ended);
                self.record("sdu", &id, now);
                Ok(Response::empty(204))
            }
            ("POST", ["revoke-access"]) => Ok(self.revoke_access(&id, request, now)),
            ("GET", ["sessions"]) => {
                Ok(checkpoint(request, "sessions", &self.session_list(own(SESSION), now)))
            }
            ("DELETE", ["sessions"]) => {
                self.kernel.revoke_where(Cause::Action, now, own(SESSION));
                Ok(Response::empty(202))
            }
            ("GET", ["refresh-tokens"]) => {
                Ok(checkpoint(request, "tokens", &self.refresh_list(own(REFRESH), now)))
            }
            ("DELETE", ["refresh-tokens"]) => {
                self.kernel.revoke_where(Cause::Action, now, own(REFRESH));
                self.record("srrt", &id, now);
                Ok(Response::empty(202))
            }
            ("GET", ["logs"]) => {
                let events = self.events.iter().rev().filter(|e| e["user_id"] == *id);
                Ok(page(request, "logs", &events.cloned().collect::<Vec<_>>()))
            }
            _ => return None,
        })
    }

    fn list_users(&self, request: &Request) -> Response {
        let query = request.query("q").unwrap_or_default();
        let wanted = query.split_once(':').map(|(_, v)| v.trim_matches(['"', '*']).to_owned());
        let users = self.kernel.principals().iter();
        let users = users.filter(|p| p.kind == USER && p.state() != State::Deleted);
        let users = users.filter(|p| wanted.as_ref().is_none_or(|text| p.login.contains(text)));
        page(request, "users", &users.map(user_json).collect::<Vec<_>>())
    }

    fn create_user(&mut self, request: &Request, now: SystemTime) -> Answer {
        let email = request.field("email").unwrap_or_default();
        if email.is_empty() || self.kernel.by_login(USER, &email).is_some() {
            return Err(error(
                409,
                "Conflict",
                "The user already exists.",
                Some("auth0_idp_error"),
            ));
        }
        let id = format!("auth0|{:024x}", 0x00d0_0000 + self.kernel.next_number());
        let user = Principal::new(USER, &id, &email);
        let shown = user_json(&user);
        self.kernel.add(user);
        if let Some(password) = request.field("password") {
            self.issue_password(&id, &password, now);
        }
        self.record("sapi", &id, now);
        Ok(Response::json(201, &shown))
    }

    pub(super) fn issue_password(&mut self, id: &str, value: &str, now: SystemTime) {
        let password = Credential::new(PASSWORD, id, value).of(id).hidden_by(id, INACTIVE);
        self.kernel.issue(password, now);
    }

    fn update_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Response {
        let body = request.json();
        match body["blocked"].as_bool() {
            // Sessions and refresh tokens are not said to be deleted: they come back.
            Some(true) => self.kernel.set_state(id, State::Suspended, now),
            Some(false) => self.kernel.set_state(id, State::Active, now),
            None => {}
        }
        if let Some(fresh) = body["password"].as_str() {
            // Whether sessions and refresh tokens end is unconfirmed: they live on.
            let fresh = fresh.to_owned();
            let had =
                !self.kernel.kept_where(now, |c| c.kind == PASSWORD && c.is_of(id)).is_empty();
            if had {
                self.kernel.replace_secret(PASSWORD, id, &fresh, now);
            } else {
                self.issue_password(id, &fresh, now);
            }
            self.record("scp", id, now);
        }
        self.record("sapi", id, now);
        Response::json(200, &self.kernel.principal(id).map(user_json).unwrap_or_default())
    }

    /// Ends sessions and, unless told otherwise, refresh tokens; never access tokens.
    fn revoke_access(&mut self, id: &str, request: &Request, now: SystemTime) -> Response {
        let body = request.json();
        let session = body["session_id"].as_str();
        let keep = body["preserve_refresh_tokens"] == json!(true);
        let ended = |c: &Credential| {
            let of_session = session.is_none_or(|s| c.id == s || c.text("session") == s);
            let kind = c.kind == SESSION || (c.kind == REFRESH && !keep);
            kind && of_session && c.is_of(id)
        };
        self.kernel.revoke_where(Cause::Action, now, ended);
        self.record("srrt", id, now);
        Response::empty(204)
    }
}

fn user_json(user: &Principal) -> Value {
    json!({
        "user_id": user.id, "email": user.login, "email_verified": true, "name": user.name,
        "blocked": user.state() == State::Suspended,
        "identities": [{
            "connection": "Username-Password-Authentication", "provider": "auth0",
            "user_id": user.id.split('|').next_back(), "isSocial": false,
        }],
    })
}
