//! Making tokens, and what each of the places that take them looks at.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{ACCESS, ACCESS_LIFE, Answer, Keycloak, OFFLINE, REFRESH, SESSION, SESSION_IDLE};
use crate::http::{Request, Response};
use crate::identity::{Credential, Key, Standing, State};
use crate::jwt;
use crate::times::epoch;

const KEY: &str = "keycloak/ours";
const ISSUER: &str = "https://sso.ours.example/realms/ours";

/// Whose token it shall be, in which session, for which client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bearer<'a> {
    /// The user, or the client itself for a service account.
    pub(super) owner: &'a str,
    /// The client's id in the admin API.
    pub(super) client: &'a str,
    /// The session's id; none for a service account.
    pub(super) session: Option<&'a str>,
    /// Whether that is an offline session.
    pub(super) offline: bool,
    /// Space separated.
    pub(super) scope: &'a str,
}

impl Keycloak {
    pub(super) fn issue_access(&mut self, bearer: Bearer<'_>, now: SystemTime) -> String {
        self.issue(ACCESS, "Bearer", bearer, now)
    }

    /// Issues a refresh or an offline token; the session it names decides on its life.
    pub(super) fn issue_refresh(&mut self, bearer: Bearer<'_>, now: SystemTime) -> String {
        let kind = if bearer.offline { "Offline" } else { "Refresh" };
        self.issue(REFRESH, kind, bearer, now)
    }

    /// Makes the ID token that says who signed in (OpenID Connect Core 3.1.3.3).
    pub(super) fn id_token(&self, bearer: Bearer<'_>, now: SystemTime) -> String {
        let shown = self.kernel.presented(bearer.owner);
        let claims = json!({
            "iss": ISSUER, "typ": "ID", "sid": bearer.session,
            "aud": self.kernel.principal(bearer.client).map(|p| &p.login),
            "sub": shown.map(|p| &p.id), "preferred_username": shown.map(|p| &p.login),
            "iat": epoch(now), "exp": epoch(now + ACCESS_LIFE),
        });
        jwt::sign(KEY, "JWT", &claims)
    }

    fn issue(
        &mut self,
        kind: &'static str,
        typ: &str,
        bearer: Bearer<'_>,
        now: SystemTime,
    ) -> String {
        let id = format!("jti-{}", self.kernel.next_number());
        let life = if kind == ACCESS { ACCESS_LIFE } else { SESSION_IDLE };
        let shown = self.kernel.presented(bearer.owner);
        let azp = self.kernel.principal(bearer.client).map(|p| &p.login);
        let mut claims = json!({
            "jti": id, "iss": ISSUER, "aud": if kind == ACCESS { "account" } else { ISSUER },
            "sub": shown.map(|p| &p.id), "typ": typ, "azp": azp, "sid": bearer.session,
            "iat": epoch(now), "scope": bearer.scope,
            "preferred_username": shown.map(|p| &p.login),
        });
        if typ != "Offline" {
            claims["exp"] = json!(epoch(now + life));
        }
        let value = jwt::sign(KEY, "JWT", &claims);
        let mut token = Credential::new(kind, &id, &value)
            .of(bearer.owner)
            .client(bearer.client)
            .scope(bearer.scope)
            .with("offline", bearer.offline);
        if typ != "Offline" {
            token = token.expires(now + life);
        }
        if let Some(session) = bearer.session {
            token = token.grant(session);
        }
        self.kernel.issue(token, now);
        value
    }

    /// Gives the standing of the session a token names; service accounts have none.
    pub(super) fn session_standing(&self, token: &Credential, now: SystemTime) -> Standing {
        let Some(id) = token.grant.as_deref() else {
            return Standing::Alive;
        };
        let kind = if is_offline(token) { OFFLINE } else { SESSION };
        let key = self.kernel.find(kind, id);
        key.map_or(Standing::Unknown, |key| self.kernel.standing(key, now))
    }

    /// Finds an access token that Keycloak itself would still honour.
    ///
    /// `lenient` is the account API before its fix: it looks at no user for an offline session.
    fn honoured(&self, given: &str, lenient: bool, now: SystemTime) -> Option<Key> {
        let key = self.kernel.authenticate(ACCESS, given, now).ok()?;
        let token = self.kernel.credential(key);
        if self.session_standing(token, now) != Standing::Alive {
            return None;
        }
        let owner = token.principal.as_deref()?;
        let enabled = self.kernel.principal(owner)?.effective(now) == State::Active;
        let user = self.kernel.principal(owner)?.kind == super::USER;
        let spared = lenient && is_offline(token);
        (enabled || !user || spared).then_some(key)
    }

    /// Answers a confidential client about anybody's token.
    pub(super) fn introspect(&self, request: &Request, now: SystemTime) -> Answer {
        self.client(request, now)?;
        let given = request.form("token").unwrap_or_default();
        let refresh = || {
            let key = self.kernel.lookup(REFRESH, &given)?;
            self.usable(key, now).is_ok().then_some(key)
        };
        let Some(key) = self.honoured(&given, false, now).or_else(refresh) else {
            return Ok(Response::json(200, &json!({"active": false})));
        };
        let mut body = self.describe(key);
        body["active"] = json!(true);
        Ok(Response::json(200, &body))
    }

    fn describe(&self, key: Key) -> Value {
        let token = self.kernel.credential(key);
        let shown = token.principal.as_deref().and_then(|id| self.kernel.presented(id));
        let client = token.client.as_deref().and_then(|id| self.kernel.principal(id));
        json!({
            "sub": shown.map(|p| &p.id), "username": shown.map(|p| &p.login),
            "preferred_username": shown.map(|p| &p.login), "email": shown.map(|p| &p.login),
            "client_id": client.map(|p| &p.login), "sid": token.grant, "scope": token.scope,
            "jti": token.id, "iat": epoch(token.created), "exp": token.expires.map(epoch),
        })
    }

    pub(super) fn userinfo(&self, request: &Request, now: SystemTime) -> Answer {
        let given = request.bearer().unwrap_or_default();
        let key = self.honoured(given, false, now).ok_or_else(unverified)?;
        let token = self.kernel.credential(key);
        if !token.scope.split(' ').any(|s| s == "openid") {
            let challenge = "Bearer realm=\"ours\", error=\"insufficient_scope\", \
                error_description=\"Missing openid scope\"";
            let body = json!({
                "error": "insufficient_scope", "error_description": "Missing openid scope",
            });
            return Err(Response::json(403, &body).with("WWW-Authenticate", challenge));
        }
        let shown = self.describe(key);
        let body = json!({
            "sub": shown["sub"], "preferred_username": shown["username"], "email": shown["email"],
            "email_verified": true,
        });
        Ok(Response::json(200, &body))
    }

    /// A person's own account, as JSON.
    pub(super) fn account(&self, request: &Request, now: SystemTime) -> Answer {
        let given = request.bearer().unwrap_or_default();
        let key = self.honoured(given, !self.fixed, now);
        let key = key.ok_or_else(|| super::admin::error(401, "HTTP 401 Unauthorized"))?;
        let shown = self.describe(key);
        let body =
            json!({"id": shown["sub"], "username": shown["username"], "email": shown["email"]});
        Ok(Response::json(200, &body))
    }

    /// A resource server that validates by itself: signature and `exp`, nothing else.
    pub(super) fn resource(&self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        if (method, segments.as_slice()) != ("GET", ["whoami"].as_slice()) {
            return None;
        }
        let Some(token) = request.bearer() else {
            return Some(Response::empty(401).with("WWW-Authenticate", "Bearer realm=\"ours\""));
        };
        let claims = jwt::verify(KEY, token, now).ok().filter(|c| c["typ"] == "Bearer");
        let Some(claims) = claims else {
            return Some(unverified());
        };
        // The owner is looked up by the token, as its `sub` is itself subject to the fault.
        let key = self.kernel.lookup(ACCESS, token);
        let owner = key.and_then(|key| self.kernel.credential(key).principal.as_deref());
        let shown = owner.and_then(|id| self.kernel.presented(id));
        let body = json!({
            "sub": shown.map(|p| &p.id), "preferred_username": shown.map(|p| &p.login),
            "azp": claims["azp"],
        });
        Some(Response::json(200, &body))
    }
}

pub(super) fn is_offline(token: &Credential) -> bool {
    token.data.get("offline") == Some(&json!(true))
}

pub(super) fn unverified() -> Response {
    let why = "Token verification failed";
    let challenge =
        format!("Bearer realm=\"ours\", error=\"invalid_token\", error_description=\"{why}\"");
    let body = json!({"error": "invalid_token", "error_description": why});
    Response::json(401, &body).with("WWW-Authenticate", &challenge)
}
