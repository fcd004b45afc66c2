//! The authorization servers: the org's own and the custom one, `default`.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::Okta;
use super::resource::{CUSTOM_KEY, ORG_KEY};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Key, Principal, State};
use crate::jwt;
use crate::population::URL_SAFE;
use crate::times::epoch;

/// Both servers' access tokens live an hour here.
pub(super) const ACCESS_LIFE: Duration = Duration::from_secs(3600);
/// A refresh token dies after a week without use.
pub(super) const REFRESH_IDLE: Duration = Duration::from_secs(7 * 86_400);

impl Okta {
    pub(super) fn oauth(
        &mut self,
        request: &Request,
        server: &'static str,
        action: &str,
        now: SystemTime,
    ) -> Option<Response> {
        if action == "userinfo" {
            return Some(self.userinfo(request, now));
        }
        if request.method != "POST" || !["token", "introspect", "revoke"].contains(&action) {
            return None;
        }
        let client = match self.client(request, now) {
            Ok(client) => client,
            Err(why) => return Some(refuse(401, "invalid_client", why)),
        };
        Some(match action {
            "token" => self.token(request, server, &client, now),
            "introspect" => self.introspect(request, server, &client, now),
            _ => self.revoke_token(request, &client, now),
        })
    }

    /// Authenticates a client by Basic or by form.
    fn client(&self, request: &Request, now: SystemTime) -> Result<String, &'static str> {
        let form = || Some((request.form("client_id")?, request.form("client_secret")?));
        let (id, given) = request.basic().or_else(form).unwrap_or_default();
        let known = self.kernel.principal(&id).filter(|p| p.kind == "client");
        if known.is_none_or(|p| p.effective(now) != State::Active) {
            return Err("Invalid value for 'client_id' parameter.");
        }
        let good = self.kernel.authenticate_as("client_secret", &id, &given, now);
        good.map(|_| id)
            .map_err(|_| "The client secret supplied for a confidential client is invalid.")
    }

    fn token(
        &mut self,
        request: &Request,
        server: &'static str,
        client: &str,
        now: SystemTime,
    ) -> Response {
        let scope = request.form("scope").unwrap_or_default();
        match request.form("grant_type").as_deref() {
            Some("refresh_token") => self.refresh(request, server, client, now),
            Some("client_credentials") => {
                // The facts' service apps need a key; OIN API service integrations may use a secret,
                // and the bundled clients are of that sort.
                let granted = |s: &str| match server {
                    "org" => s == "okta.users.read",
                    _ => matches!(s, "api" | "api.read" | "offline_access"),
                };
                if scope.is_empty() || !scope.split(' ').all(granted) {
                    let why = "One or more scopes are not configured for the authorization server resource.";
                    return refuse(400, "invalid_scope", why);
                }
                let access = self.issue_access(server, None, client, None, &scope, now);
                Response::json(200, &grant_json(&access, &scope))
            }
            Some("password") => self.by_password(request, server, client, &scope, now),
            Some(_) => refuse(400, "unsupported_grant_type", "The grant type is not supported."),
            None => refuse(400, "invalid_request", "The token request must specify a grant type."),
        }
    }

    fn refresh(
        &mut self,
        request: &Request,
        server: &'static str,
        client: &str,
        now: SystemTime,
    ) -> Response {
        let given = request.form("refresh_token").unwrap_or_default();
        let dead = || refuse(400, "invalid_grant", "The refresh token is invalid or expired.");
        let Ok(key) = self.kernel.authenticate("refresh", &given, now) else {
            return dead();
        };
        let token = self.kernel.credential(key);
        if !token.is_for(client) {
            let why = "The grant was issued to another client.";
            return refuse(400, "invalid_grant", why);
        }
        if token.text("server") != server {
            return dead();
        }
        let (user, grant) = (token.principal.clone(), token.grant.clone());
        let granted = token.scope.clone();
        let scope =
            request.form("scope").filter(|s| !s.is_empty()).unwrap_or_else(|| granted.clone());
        if !scope.split(' ').all(|wanted| granted.split(' ').any(|s| s == wanted)) {
            return refuse(400, "invalid_scope", "One or more scopes were not granted.");
        }
        self.kernel.credential_mut(key).expires = Some(now + REFRESH_IDLE);
        let access =
            self.issue_access(server, user.as_deref(), client, grant.as_deref(), &scope, now);
        let mut body = grant_json(&access, &scope);
        // Rotation is off by default, so the same one is handed back.
        body["refresh_token"] = json!(given);
        Response::json(200, &body)
    }

    fn by_password(
        &mut self,
        request: &Request,
        server: &'static str,
        client: &str,
        scope: &str,
        now: SystemTime,
    ) -> Response {
        let form = |name: &str| request.form(name).unwrap_or_default();
        let user = self.kernel.by_login("user", &form("username")).map(|u| u.id.clone());
        let good = user.filter(|id| {
            self.kernel.authenticate_as("password", id, &form("password"), now).is_ok()
        });
        let Some(user) = good else {
            return refuse(400, "invalid_grant", "The credentials provided were invalid.");
        };
        if !self.is_assigned(client, &user, now) {
            let why = "User is not assigned to the client application.";
            return refuse(400, "access_denied", why);
        }
        let offline = scope.split(' ').any(|s| s == "offline_access");
        let family = offline.then(|| format!("oar{}", self.kernel.next_number()));
        let access = self.issue_access(server, Some(&user), client, family.as_deref(), scope, now);
        let mut body = grant_json(&access, scope);
        if let Some(id) = family {
            let value = self.kernel.fresh("", 43, URL_SAFE);
            self.issue_refresh((&id, &value), server, &user, client, scope, now);
            body["refresh_token"] = json!(value);
        }
        Response::json(200, &body)
    }

    /// Issues a refresh token; its id names the family its access tokens belong to.
    pub(super) fn issue_refresh(
        &mut self,
        (id, value): (&str, &str),
        server: &str,
        user: &str,
        client: &str,
        scope: &str,
        now: SystemTime,
    ) {
        let token = Credential::new("refresh", id, value)
            .of(user)
            .client(client)
            .grant(id)
            .scope(scope)
            .with("server", server)
            .expires(now + REFRESH_IDLE)
            .hidden_by(user, INACTIVE);
        self.kernel.issue(token, now);
    }

    /// Issues an access token and gives its value.
    ///
    /// It is not hidden by the state of its client: whether the org server refuses it before its
    /// time is unconfirmed, so it lives on. The issuer inside is a name rather than this server's
    /// address, whose free port would make the token another one in every run.
    pub(super) fn issue_access(
        &mut self,
        server: &str,
        user: Option<&str>,
        client: &str,
        family: Option<&str>,
        scope: &str,
        now: SystemTime,
    ) -> String {
        let owner = user.and_then(|id| self.kernel.principal(id));
        let sub = owner.map_or_else(|| client.to_owned(), |p| p.login.clone());
        let id = format!("AT.{}", self.kernel.next_number());
        let custom = server == "default";
        let (issuer, key) = if custom {
            ("https://ours.okta.example/oauth2/default", CUSTOM_KEY)
        } else {
            ("https://ours.okta.example", ORG_KEY)
        };
        let claims = json!({
            "ver": 1, "jti": id, "iss": issuer, "aud": if custom { "api://default" } else { issuer },
            "iat": epoch(now), "exp": epoch(now + ACCESS_LIFE),
            "cid": client, "uid": user, "scp": scope.split(' ').collect::<Vec<_>>(), "sub": sub,
        });
        let value = jwt::sign(key, "application/okta-internal-at+jwt", &claims);
        let mut token = Credential::new("access", &id, &value)
            .client(client)
            .scope(scope)
            .with("server", server)
            .expires(now + ACCESS_LIFE);
        if let Some(user) = user {
            token = token.of(user).hidden_by(user, INACTIVE);
        }
        token.grant = family.map(str::to_owned);
        self.kernel.issue(token, now);
        value
    }

    fn introspect(
        &self,
        request: &Request,
        server: &str,
        client: &str,
        now: SystemTime,
    ) -> Response {
        let inactive = || Response::json(200, &json!({"active": false}));
        let given = request.form("token").unwrap_or_default();
        let found = self.any_token(&given);
        let live =
            found.filter(|key| self.kernel.standing(*key, now) == crate::identity::Standing::Alive);
        let Some(token) = live.map(|key| self.kernel.credential(key)) else {
            return inactive();
        };
        // Of another server, or of another client: not this caller's business (RFC 7662).
        if token.text("server") != server || !token.is_for(client) {
            return inactive();
        }
        let shown = token.principal.as_deref().and_then(|id| self.kernel.presented(id));
        let shown: Option<&Principal> = shown.or_else(|| self.kernel.presented(client));
        let body = json!({
            "active": true, "token_type": "Bearer", "scope": token.scope,
            "client_id": token.client, "username": shown.map(|p| &p.login),
            "sub": shown.map(|p| &p.login), "exp": token.expires.map(epoch),
            "iat": epoch(token.created),
        });
        Response::json(200, &body)
    }

    fn revoke_token(&mut self, request: &Request, client: &str, now: SystemTime) -> Response {
        let Some(given) = request.form("token").filter(|t| !t.is_empty()) else {
            let why = "The 'token' parameter must be provided.";
            return refuse(400, "invalid_request", why);
        };
        let own = |key: &Key| self.kernel.credential(*key).is_for(client);
        if let Some(key) = self.any_token(&given).filter(own) {
            let token = self.kernel.credential(key).clone();
            self.kernel.revoke(key, Cause::Action, now);
            if token.kind == "refresh" {
                let family = |c: &Credential| c.kind == "access" && c.is_from(&token.id);
                self.kernel.revoke_where(Cause::Action, now, family);
            }
            self.record("app.oauth2.token.revoke", client, &token.id, now);
        }
        // The same for invalid, expired, unknown and foreign tokens.
        Response::empty(200)
    }

    fn any_token(&self, given: &str) -> Option<Key> {
        self.kernel.lookup("refresh", given).or_else(|| self.kernel.lookup("access", given))
    }

    fn userinfo(&self, request: &Request, now: SystemTime) -> Response {
        let Some(given) = request.bearer() else {
            return Response::empty(401).with("WWW-Authenticate", "Bearer");
        };
        let key = match self.kernel.authenticate("access", given, now) {
            Ok(key) => key,
            Err(standing) => return invalid_bearer(Self::why(standing)),
        };
        let token = self.kernel.credential(key);
        let user = token.principal.as_deref().and_then(|id| self.kernel.presented(id));
        let user = user.filter(|_| token.scope.split(' ').any(|s| s == "openid"));
        let Some(user) = user else {
            let why = "The access token must provide access to at least one of these scopes - profile, email, address or phone";
            let challenge =
                format!("Bearer error=\"insufficient_scope\", error_description=\"{why}\"");
            return Response::empty(403).with("WWW-Authenticate", &challenge);
        };
        let body: Value = json!({
            "sub": user.id, "name": user.name, "preferred_username": user.login, "email": user.login,
        });
        Response::json(200, &body)
    }
}

fn grant_json(access: &str, scope: &str) -> Value {
    json!({"token_type": "Bearer", "expires_in": 3600, "access_token": access, "scope": scope})
}

fn refuse(status: u16, code: &str, why: &str) -> Response {
    let body = json!({"error": code, "error_description": why});
    Response::json(status, &body).with("Cache-Control", "no-store")
}

/// The answer to a dead bearer: no body, only the challenge.
pub(super) fn invalid_bearer(why: &str) -> Response {
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{why}\"");
    Response::empty(401).with("WWW-Authenticate", &challenge)
}

/// What a token endpoint says to something dead, by the grant that was asked for.
pub(super) fn dead_grant(request: &Request) -> Response {
    match request.form("grant_type").as_deref() {
        Some("refresh_token") => {
            refuse(400, "invalid_grant", "The refresh token is invalid or expired.")
        }
        Some("password") => refuse(400, "invalid_grant", "The credentials provided were invalid."),
        _ => {
            let why = "The client secret supplied for a confidential client is invalid.";
            refuse(401, "invalid_client", why)
        }
    }
}
