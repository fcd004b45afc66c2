//! Tokens: exchanged, introspected, revoked; the app that uninstalls itself; the personal key.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{
    ACCESS, APP, Answer, CLIENT_SECRET, HubSpot, PERSONAL_KEY, PORTAL, REFRESH, error,
    not_authenticated, not_found,
};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, INACTIVE, Key};
use crate::population::URL_SAFE;
use crate::times::epoch;

/// How long an access token lives.
pub(super) const ACCESS_LIFE: Duration = Duration::from_secs(1800);
/// When an uninstalled app's access tokens die is unconfirmed; longer than a hurried look takes.
const UNINSTALLED: Duration = Duration::from_secs(600);

/// Refuses a refresh token; that it is a 400 is known, the name less surely.
pub(super) fn bad_refresh_token() -> Response {
    let body = json!({
        "status": "BAD_REFRESH_TOKEN",
        "message": "missing or invalid refresh token",
        "error": "invalid_grant",
        "error_description": "missing or invalid refresh token",
    });
    Response::json(400, &body)
}

fn bad_client() -> Response {
    let body = json!({"status": "BAD_CLIENT_SECRET", "message": "client_secret does not match"});
    Response::json(400, &body)
}

impl HubSpot {
    /// Everything below `/oauth`, `/localdevauth` and `/appinstalls`.
    pub(super) fn oauth(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("POST", ["oauth", "v1" | "v3", "token"]) => self.token(request, now),
            ("POST", ["oauth", "v3", "token", "introspect"]) => self.introspect(request, now),
            ("POST", ["oauth", "v3", "token", "revoke"]) => {
                let sent = request.form("token").unwrap_or_default();
                self.revoke(&sent, now);
                Ok(Response::empty(200))
            }
            // Neither of these asks who is asking: the secret in the address is enough.
            ("GET", ["oauth", "v1", "access-tokens", token]) => {
                self.look(ACCESS, &decode_segment(token), now)
            }
            ("GET", ["oauth", "v1", "refresh-tokens", token]) => {
                self.look(REFRESH, &decode_segment(token), now)
            }
            ("DELETE", ["oauth", "v1", "refresh-tokens", token]) => {
                self.revoke(&decode_segment(token), now);
                Ok(Response::empty(204))
            }
            ("POST", ["localdevauth", "v1", "auth", "refresh"]) => self.personal(request, now),
            ("DELETE", ["appinstalls", "v3", "external-install"]) => {
                self.uninstall_self(request, now)
            }
            _ => return None,
        };
        Some(answer)
    }

    fn client(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let id = request.form("client_id").unwrap_or_default();
        let sent = request.form("client_secret").unwrap_or_default();
        let app =
            self.kernel.by_login(APP, &id).map(|app| app.id.clone()).ok_or_else(bad_client)?;
        let proven = self.kernel.authenticate_as(CLIENT_SECRET, &app, &sent, now).is_ok();
        if proven { Ok(app) } else { Err(bad_client()) }
    }

    fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let app = self.client(request, now)?;
        match request.form("grant_type").as_deref() {
            Some("refresh_token") => {
                let sent = request.form("refresh_token").unwrap_or_default();
                let key = self.kernel.authenticate(REFRESH, &sent, now);
                let refresh = self.kernel.credential(key.map_err(|_| bad_refresh_token())?).clone();
                if !refresh.is_for(&app) {
                    return Err(bad_refresh_token());
                }
                let access = Credential::new(ACCESS, "", "")
                    .of(&refresh.principal.clone().unwrap_or_default());
                let access = access.scope(&refresh.scope).grant(&refresh.id).with("portal", PORTAL);
                let secret = self.mint(access.client(&app), now);
                // The same refresh token comes back: it does not rotate.
                Ok(Response::json(
                    200,
                    &json!({
                        "token_type": "bearer", "access_token": secret, "refresh_token": sent,
                        "expires_in": ACCESS_LIFE.as_secs(),
                    }),
                ))
            }
            // For the account the app was made in, which may be the supplier's own.
            Some("client_credentials") => {
                let home = self.kernel.principal(&app).map(|app| app.text("portal").to_owned());
                let access =
                    Credential::new(ACCESS, "", "").with("portal", home.unwrap_or_default());
                let secret = self.mint(access.client(&app).with("from", "client"), now);
                Ok(Response::json(
                    200,
                    &json!({
                        "token_type": "bearer", "access_token": secret,
                        "expires_in": ACCESS_LIFE.as_secs(),
                    }),
                ))
            }
            Some(_) | None => Err(Response::json(
                400,
                &json!({"status": "BAD_GRANT_TYPE", "message": "bad grant"}),
            )),
        }
    }

    fn mint(&mut self, mut access: Credential, now: SystemTime) -> String {
        access.id = self.kernel.next_number().to_string();
        access.secret = self.kernel.fresh("C", 120, URL_SAFE);
        let secret = access.secret.clone();
        self.kernel.issue(access.expires(now + ACCESS_LIFE), now);
        secret
    }

    fn introspect(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.client(request, now)?;
        let sent = request.form("token").unwrap_or_default();
        let kinds = [ACCESS, REFRESH].into_iter();
        let found = kinds.filter_map(|kind| self.kernel.authenticate(kind, &sent, now).ok()).next();
        let body = found.map_or_else(|| json!({"active": false}), |key| self.worth(key, now));
        Ok(Response::json(200, &body))
    }

    fn look(&self, kind: &'static str, sent: &str, now: SystemTime) -> Answer {
        let key = self.kernel.authenticate(kind, sent, now).map_err(|_| not_found())?;
        Ok(Response::json(200, &self.worth(key, now)))
    }

    fn worth(&self, key: Key, now: SystemTime) -> Value {
        let token = self.kernel.credential(key);
        let user = token.principal.as_deref().and_then(|id| self.kernel.presented(id));
        let client = token.client.as_deref().and_then(|id| self.kernel.principal(id));
        let left = token.expires.map(|at| epoch(at).saturating_sub(epoch(now)));
        json!({
            "active": true,
            "hub_id": PORTAL.parse::<u64>().ok(),
            "user_id": user.and_then(|user| user.id.parse::<u64>().ok()),
            "user": user.map(|user| user.login.clone()),
            "client_id": client.map(|client| client.login.clone()),
            "scopes": token.scope.split(' ').collect::<Vec<_>>(),
            "token_type": if token.kind == REFRESH { "refresh" } else { "access" },
            "expires_in": left,
        })
    }

    /// Ends a refresh token and nothing else: access tokens live on, and the app stays installed.
    /// What an unknown token is told is the same.
    fn revoke(&mut self, sent: &str, now: SystemTime) {
        if let Some(key) = self.kernel.lookup(REFRESH, sent) {
            self.kernel.revoke(key, Cause::Action, now);
        }
    }

    /// Exchanges a developer's key for a short token that acts as the user.
    fn personal(&mut self, request: &Request, now: SystemTime) -> Answer {
        let sent =
            request.json()["encodedOAuthRefreshToken"].as_str().unwrap_or_default().to_owned();
        let key = self.kernel.authenticate(PERSONAL_KEY, &sent, now);
        let key = key.map_err(|_| not_authenticated())?;
        let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
        let access = Credential::new(ACCESS, "", "").of(&user).with("portal", PORTAL);
        let access =
            access.with("from", "key").scope("settings.users.read").hidden_by(&user, INACTIVE);
        let secret = self.mint(access, now);
        let user = self.kernel.presented(&user).and_then(|user| user.id.parse::<u64>().ok());
        Ok(Response::json(
            200,
            &json!({
                "oauthAccessToken": secret, "hubId": PORTAL.parse::<u64>().ok(), "userId": user,
                "expiresAtMillis": epoch(now + ACCESS_LIFE) * 1000,
            }),
        ))
    }

    fn uninstall_self(&mut self, request: &Request, now: SystemTime) -> Answer {
        let key = self.caller(request, now)?;
        let app = self.kernel.credential(key).client.clone();
        let why = "Only OAuth apps can be uninstalled";
        let app = app.ok_or_else(|| error(400, "VALIDATION_ERROR", why))?;
        self.uninstall(&app, now);
        Ok(Response::empty(204))
    }

    /// Ends an installation: the refresh token at once, access tokens some time later.
    pub(super) fn uninstall(&mut self, app: &str, now: SystemTime) {
        self.kernel.revoke_where(Cause::Action, now, |c| c.kind == REFRESH && c.is_for(app));
        let installed =
            |c: &Credential| c.kind == ACCESS && c.is_for(app) && c.text("from") != "client";
        for key in self.kernel.kept_where(now, installed) {
            self.kernel.revoke_later(key, Cause::Action, now, UNINSTALLED);
        }
        self.record("UNINSTALL_INTEGRATION", super::ADMIN, app, now);
    }
}
