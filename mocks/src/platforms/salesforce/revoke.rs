//! Ending tokens: by their own value, by the row's `DeleteToken`, and asking what they are worth.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{invalid_client, invalid_client_id};
use super::{ACCESS, APPROVAL, Answer, JWT, JWT_DELAY, REFRESH, SESSION, Salesforce};
use crate::http::{Request, Response};
use crate::identity::{Cause, Key};
use crate::times::epoch;

/// Says that a token is unknown, or not there any more.
pub(super) fn unknown(request: &Request) -> Response {
    let body = json!({"error": "invalid_token", "error_description": "invalid token"});
    match request.query("callback") {
        Some(name) => script(&name, &body.to_string()),
        None => Response::json(400, &body),
    }
}

fn script(name: &str, argument: &str) -> Response {
    Response::text(200, "application/javascript", format!("{name}({argument});"))
}

impl Salesforce {
    /// `/services/oauth2/revoke`, which needs no authentication: knowing the token is enough.
    pub(super) fn revoke(&mut self, request: &Request, now: SystemTime) -> Response {
        let sent = request.form("token").or_else(|| request.query("token")).unwrap_or_default();
        let found = [ACCESS, SESSION, JWT, REFRESH, APPROVAL]
            .into_iter()
            .filter_map(|kind| self.kernel.lookup(kind, &sent))
            .find(|key| self.kernel.exists(*key, now));
        let Some(key) = found else {
            return unknown(request);
        };
        let token = self.kernel.credential(key).clone();
        match token.kind {
            // Takes its time, as documented; the session it goes with is not touched.
            JWT => self.kernel.revoke_later(key, Cause::Action, now, JWT_DELAY),
            REFRESH | APPROVAL => {
                self.end_approval(token.grant.as_deref().unwrap_or_default(), Cause::Action, now);
            }
            _ => self.kernel.revoke(key, Cause::Action, now),
        }
        self.record(token.principal.as_deref().unwrap_or_default(), "revokedToken", &token.id, now);
        match request.query("callback") {
            Some(name) => script(&name, "{}"),
            None => Response::empty(200),
        }
    }

    /// Ends an approval: its refresh token and opaque access tokens. JWT access tokens stay, as they
    /// do in the real org unless they are revoked as such; so do the user's other approvals.
    pub(super) fn end_approval(&mut self, id: &str, cause: Cause, now: SystemTime) {
        let kinds = [APPROVAL, REFRESH, ACCESS];
        for key in self.kernel.kept_where(now, |c| kinds.contains(&c.kind) && c.is_from(id)) {
            self.kernel.revoke(key, cause, now);
        }
    }

    /// `POST /services/oauth2/introspect`. Every client may ask about every token here; that a real
    /// one sees only its own is a setting.
    pub(super) fn introspect(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.client(request, false, now).map_err(|_| {
            let body = if request.form("client_id").is_none() {
                invalid_client_id().body
            } else {
                invalid_client().body
            };
            let mut refused = Response::json(401, &Value::Null);
            refused.body = body;
            refused
        })?;
        let sent = request.form("token").unwrap_or_default();
        let kinds = [ACCESS, SESSION, JWT, REFRESH].into_iter();
        let found = kinds.filter_map(|kind| self.kernel.lookup(kind, &sent)).next();
        let Some(key) = found else {
            let refresh = request.form("token_type_hint").as_deref() == Some("refresh_token");
            if refresh {
                return Err(unknown(request));
            }
            return Ok(Response::json(200, &json!({"active": false})));
        };
        Ok(Response::json(200, &self.worth(key, now)))
    }

    fn worth(&self, key: Key, now: SystemTime) -> Value {
        let token = self.kernel.credential(key);
        if self.kernel.authenticate(token.kind, &token.secret, now).is_err() {
            return json!({"active": false});
        }
        let user = token.principal.as_deref().and_then(|id| self.kernel.presented(id));
        let client = token.client.as_deref().and_then(|id| self.kernel.principal(id));
        json!({
            "active": true,
            "scope": token.scope,
            "client_id": client.map(|client| client.login.clone()),
            "username": user.map(|user| user.login.clone()),
            "sub": user.map(|user| self.identity_of(&user.id)),
            "token_type": if token.kind == REFRESH { "refresh_token" } else { "access_token" },
            "exp": token.expires.map(epoch),
            "iat": epoch(token.created),
        })
    }
}
