//! Introspection (RFC 7662), revocation (RFC 7009), and the test-only mint.

use std::time::SystemTime;

use serde_json::json;

use super::Oidc;
use super::token::{ACCESS_LIFE, Terms, invalid_client, refuse};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};
use crate::times::epoch;

/// The client that may introspect everything.
pub(super) const INSPECTOR: &str = "introspector";

impl Oidc {
    pub(super) fn introspect(&self, request: &Request, now: SystemTime) -> Response {
        let Some(client) = self.client(request, now) else {
            return invalid_client(request);
        };
        let found = self.any_token(&request.form("token").unwrap_or_default());
        let shown = found.filter(|key| {
            let allowed = client == INSPECTOR
                || self.kernel.credential(*key).is_for(&client)
                || !self.knobs.introspect_foreign_inactive;
            allowed && self.works(*key, now)
        });
        let Some(key) = shown else {
            return Response::json(200, &json!({"active": false}));
        };
        let token = self.kernel.credential(key);
        let subject = self.subject(key);
        let kind = if token.kind == "refresh" { "refresh_token" } else { "Bearer" };
        let body = json!({
            "active": true, "scope": token.scope, "client_id": token.client, "username": subject,
            "sub": subject, "token_type": kind, "exp": token.expires.map(epoch),
            "iat": epoch(token.created), "iss": self.issuer,
        });
        Response::json(200, &body)
    }

    /// Names who a token stands for: its user, or its client where it has none.
    pub(super) fn subject(&self, key: Key) -> Option<String> {
        let token = self.kernel.credential(key);
        let owner = token.principal.as_deref().or(token.client.as_deref())?;
        self.kernel.presented(owner).map(|shown| shown.login.clone())
    }

    /// Finds a token whatever the hint says: the server must search all types.
    pub(super) fn any_token(&self, given: &str) -> Option<Key> {
        let kinds = ["refresh", "access", "jwt"];
        kinds.iter().find_map(|kind| self.kernel.lookup(kind, given))
    }

    pub(super) fn revoke(&mut self, request: &Request, now: SystemTime) -> Response {
        let Some(client) = self.client(request, now) else {
            return invalid_client(request);
        };
        let Some(given) = request.form("token").filter(|token| !token.is_empty()) else {
            return refuse(400, "invalid_request", "token is missing");
        };
        let live = self.any_token(&given).filter(|key| self.kernel.exists(*key, now));
        let Some(key) = live else {
            let error = json!({"error": "invalid_token"});
            return match self.knobs.revoke_unknown {
                200 if self.knobs.error_in_200_body => Response::json(200, &error),
                200 => Response::empty(200),
                status => Response::json(status, &error),
            };
        };
        let token = self.kernel.credential(key).clone();
        if !token.is_for(&client) {
            return refuse(400, "invalid_grant", "the token was issued to another client");
        }
        self.kernel.revoke(key, Cause::Action, now);
        if let Some(family) = &token.grant {
            let refresh = token.kind == "refresh";
            let cascades = if refresh {
                self.knobs.revoke_refresh_cascades
            } else {
                self.knobs.revoke_access_cascades
            };
            let with = |c: &Credential| c.is_from(family) && (c.kind == "refresh") != refresh;
            if cascades {
                self.kernel.revoke_where(Cause::Action, now, with);
            }
        }
        Response::empty(200)
    }

    /// Mints a canary for the inspector: `{"kind": "refresh|access|jwt|session", "login", "client_id"}`.
    ///
    /// No real server has this; it stands for the human who signs in and consents.
    pub(super) fn mint(&mut self, request: &Request, now: SystemTime) -> Response {
        if self.client(request, now).as_deref() != Some(INSPECTOR) {
            return invalid_client(request);
        }
        let field = |name: &str| request.field(name).unwrap_or_default();
        let (kind, login, client) = (field("kind"), field("login"), field("client_id"));
        let known = self.kernel.by_login("user", &login).is_some();
        let for_client = self.kernel.by_login("client", &client).is_some();
        if !known || !(for_client || kind == "session") {
            return refuse(400, "invalid_request", "no such login or client_id");
        }
        let family = format!("g{}", self.kernel.next_number());
        let scope = "openid offline_access api";
        let terms = Terms {
            life: ACCESS_LIFE,
            user: Some(&login),
            client: &client,
            family: Some(&family),
            scope,
        };
        let value = match kind.as_str() {
            "refresh" => self.issue_refresh((&family, &login), &client, scope, now),
            "access" => self.issue_access(terms, false, now),
            "jwt" => self.issue_access(terms, true, now),
            "session" => self.open_session(&login, now),
            _ => return refuse(400, "invalid_request", "no such kind"),
        };
        Response::json(201, &json!({"value": value, "sub": login, "grant": family}))
    }
}
