//! OAuth: applications, their tokens, and revocation that says yes to everything.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{invalid_client, invalid_grant, not_found, number, page};
use super::{ACCESS, APP_SECRET, APPLICATION, Answer, Gitlab, PASSWORD, REFRESH, USER};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE, INACTIVE, State};
use crate::population::HEX;
use crate::times::epoch;

/// How long an access token lives.
pub(super) const LIFETIME: Duration = Duration::from_secs(7200);

impl Gitlab {
    fn client(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let basic = request.basic();
        let (client, secret) = match basic {
            Some(pair) => pair,
            None => (
                request.field("client_id").unwrap_or_default(),
                request.field("client_secret").unwrap_or_default(),
            ),
        };
        let key = self.kernel.authenticate(APP_SECRET, &secret, now);
        let key = key.ok().filter(|key| self.kernel.credential(*key).is_for(&client));
        key.map(|_| client).ok_or_else(invalid_client)
    }

    /// The token endpoint.
    pub(super) fn exchange(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = self.client(request, now)?;
        match request.field("grant_type").unwrap_or_default().as_str() {
            "refresh_token" => {
                let token = request.field("refresh_token").unwrap_or_default();
                let key = self.kernel.authenticate(REFRESH, &token, now);
                let key = key.ok().filter(|key| self.kernel.credential(*key).is_for(&client));
                let old = self.kernel.credential(key.ok_or_else(invalid_grant)?).clone();
                // The old pair is gone, both halves of it.
                let pair = old.grant.clone().unwrap_or_default();
                self.kernel.revoke_where(Cause::Protocol, now, |c| c.is_from(&pair));
                let user = old.principal.unwrap_or_default();
                Ok(self.pair(&user, &client, &old.scope, now))
            }
            "password" => {
                let login = request.field("username").unwrap_or_default();
                let password = request.field("password").unwrap_or_default();
                let user = self.kernel.by_login(USER, &login).ok_or_else(invalid_grant)?;
                let user = user.id.clone();
                let right = self.kernel.authenticate_as(PASSWORD, &user, &password, now);
                right.map_err(|_| invalid_grant())?;
                Ok(self.pair(&user, &client, "api", now))
            }
            // The secret was right; no application here may act for itself.
            "client_credentials" => {
                let why = "The requested scope is invalid, unknown, or malformed.";
                Err(Response::json(
                    400,
                    &json!({"error": "invalid_scope", "error_description": why}),
                ))
            }
            _ => {
                let why = "The authorization grant type is not supported by the authorization \
                           server.";
                let body = json!({"error": "unsupported_grant_type", "error_description": why});
                Err(Response::json(400, &body))
            }
        }
    }

    fn pair(&mut self, user: &str, client: &str, scope: &str, now: SystemTime) -> Response {
        let id = self.new_id();
        let (access, refresh) = (self.kernel.fresh("", 64, HEX), self.kernel.fresh("", 64, HEX));
        self.issue(
            pair_half(ACCESS, &id, &access, user, client, scope).expires(now + LIFETIME),
            now,
        );
        self.issue(pair_half(REFRESH, &id, &refresh, user, client, scope), now);
        Response::json(
            200,
            &json!({
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": LIFETIME.as_secs(),
                "refresh_token": refresh,
                "scope": scope,
                "created_at": epoch(now),
            }),
        )
    }

    /// Ends the token that was sent, and answers the same for one it does not know. The other half
    /// of the pair stays, which is unconfirmed.
    pub(super) fn oauth_revoke(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = self.client(request, now)?;
        let token = request.field("token").unwrap_or_default();
        let found = [ACCESS, REFRESH].iter().find_map(|kind| self.kernel.lookup(kind, &token));
        if let Some(key) = found.filter(|key| self.kernel.credential(*key).is_for(&client)) {
            self.kernel.revoke(key, Cause::Action, now);
        }
        Ok(Response::json(200, &json!({})))
    }

    /// Everything below `/applications`.
    pub(super) fn applications(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if !matches!((method, rest), ("GET", []) | ("DELETE", [_])) {
            return None;
        }
        if let Err(refusal) = self.admin(request, now) {
            return Some(Err(refusal));
        }
        let answer = match rest {
            [id] => self.delete_application(id, now),
            _ => {
                let all = self.kernel.principals().iter();
                let all = all.filter(|p| p.kind == APPLICATION && p.state() != State::Deleted);
                let all: Vec<Value> = all
                    .map(|app| {
                        json!({
                            "id": number(app.text("number")),
                            "application_id": app.id,
                            "application_name": app.login,
                            "confidential": true,
                        })
                    })
                    .collect();
                Ok(page(request, all))
            }
        };
        Some(answer)
    }

    /// Deletes an application with its secret and its tokens.
    fn delete_application(&mut self, number: &str, now: SystemTime) -> Answer {
        let mut all = self.kernel.principals().iter().filter(|p| p.kind == APPLICATION);
        let app = all.find(|p| p.text("number") == number && p.state() != State::Deleted);
        let id = app.ok_or_else(|| not_found("Application Not Found"))?.id.clone();
        self.kernel.set_state(&id, State::Deleted, now);
        self.kernel.revoke_where(Cause::Action, now, |c| c.is_for(&id));
        self.record("admin", "application_deleted", number, now);
        Ok(Response::empty(204))
    }
}

/// Makes one half of a pair of tokens.
pub(super) fn pair_half(
    kind: &'static str,
    id: &str,
    secret: &str,
    user: &str,
    client: &str,
    scope: &str,
) -> Credential {
    Credential::new(kind, id, secret)
        .of(user)
        .client(client)
        .grant(&format!("oauth/{id}"))
        .scope(scope)
        .hidden_by(user, INACTIVE)
        .hidden_by(client, GONE)
}
