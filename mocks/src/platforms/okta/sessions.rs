//! Signing in with a password, and the sessions that come of it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::Okta;
use super::auth::{self, Right, SESSION_IDLE};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Key};
use crate::population::URL_SAFE;
use crate::times::iso;

impl Okta {
    /// Primary authentication. Wrong password, suspended, deactivated and recovering users all get
    /// the same refusal; an expired password is an accepted one.
    pub(super) fn authn(&mut self, request: &Request, now: SystemTime) -> Response {
        let body = request.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let refused = || auth::error(401, "E0000004", "Authentication failed");
        let Some(user) = self.kernel.by_login("user", text("username")) else {
            return refused();
        };
        let id = user.id.clone();
        if self.kernel.authenticate_as("password", &id, text("password"), now).is_err() {
            return refused();
        }
        let status = match self.status(&id) {
            "PASSWORD_EXPIRED" => "PASSWORD_EXPIRED",
            _ => "SUCCESS",
        };
        let Some(shown) = self.kernel.presented(&id) else {
            return refused();
        };
        let user =
            json!({"id": shown.id, "profile": {"login": shown.login, "firstName": shown.name}});
        let mut answer = json!({
            "expiresAt": iso(now + std::time::Duration::from_secs(300)),
            "status": status,
            "_embedded": {"user": user},
        });
        if status == "SUCCESS" {
            let token = self.kernel.fresh("20111", 38, URL_SAFE);
            let once = Credential::new("session_token", &token, &token)
                .of(&id)
                .expires(now + std::time::Duration::from_secs(300))
                .hidden_by(&id, INACTIVE);
            self.kernel.issue(once, now);
            answer["sessionToken"] = json!(token);
        }
        Response::json(200, &answer)
    }

    pub(super) fn sessions(
        &mut self,
        request: &Request,
        rest: &[&str],
        now: SystemTime,
    ) -> Option<Response> {
        Some(match (request.method.as_str(), rest) {
            ("POST", []) => self.open_session(request, now),
            ("GET", ["me"]) => self.session_of(request, now).map_or_else(gone, |(id, _)| {
                self.kernel.find("session", &id).map_or_else(gone, |key| self.session(key))
            }),
            ("DELETE", ["me"]) => match self.session_of(request, now) {
                Some((id, user)) => self.end_session(&id, &user, now),
                None => gone(),
            },
            ("GET" | "DELETE", [id]) => {
                let right = if request.method == "GET" { Right::Read } else { Right::Manage };
                let caller = match self.admin(request, now, right) {
                    Ok(caller) => caller,
                    Err(refusal) => return Some(refusal),
                };
                let found = self.kernel.kept_where(now, |c| c.kind == "session" && c.id == *id);
                match (found.first(), request.method.as_str()) {
                    (None, _) => auth::not_found(id, "AppSession"),
                    (Some(key), "GET") => self.session(*key),
                    (Some(_), _) => self.end_session(id, &caller.id, now),
                }
            }
            _ => return None,
        })
    }

    /// Turns the one-time token of primary authentication into a session.
    ///
    /// That this is one call which also sets the cookie is general knowledge, not in the facts.
    fn open_session(&mut self, request: &Request, now: SystemTime) -> Response {
        let token = request.field("sessionToken").unwrap_or_default();
        let Ok(key) = self.kernel.authenticate("session_token", &token, now) else {
            return auth::error(401, "E0000004", "Authentication failed");
        };
        let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
        self.kernel.revoke(key, Cause::Protocol, now);
        let id = format!("102{}", self.kernel.next_number());
        let cookie = self.kernel.fresh("", 32, URL_SAFE);
        let session = Credential::new("session", &id, &cookie)
            .of(&user)
            .expires(now + SESSION_IDLE)
            .hidden_by(&user, INACTIVE);
        let key = self.kernel.issue(session, now);
        self.record("user.session.start", &user, &id, now);
        self.session(key).with("Set-Cookie", &format!("sid={cookie}; Path=/; Secure; HttpOnly"))
    }

    fn end_session(&mut self, id: &str, actor: &str, now: SystemTime) -> Response {
        if let Some(key) = self.kernel.find("session", id) {
            self.kernel.revoke(key, Cause::Action, now);
        }
        self.record("user.session.end", actor, id, now);
        Response::empty(204)
    }

    fn session(&self, key: Key) -> Response {
        let session = self.kernel.credential(key);
        let shown = session.principal.as_deref().and_then(|id| self.kernel.presented(id));
        let user = |part: fn(&crate::identity::Principal) -> &str| shown.map(part);
        let body: Value = json!({
            "id": session.id,
            "login": user(|p| &p.login),
            "userId": user(|p| &p.id),
            "createdAt": iso(session.created),
            "expiresAt": session.expires.map(iso),
            "status": "ACTIVE",
        });
        Response::json(200, &body)
    }
}

/// The answer to a dead session cookie; the facts mark it unconfirmed for today's OpenAPI.
pub(super) fn gone() -> Response {
    auth::not_found("me", "Session")
}
