//! The token endpoint. A dead refresh token is a 403 here, unlike almost anywhere else.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{
    ACCESS_LIFE, Answer, Auth0, CLIENT, CLIENT_GRANT, CLIENT_KEY, CLIENT_SECRET, GRANT, OWN_API,
    PASSWORD, REFRESH, REFRESH_IDLE, USER,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key, Standing, State};
use crate::times::epoch;

const UNKNOWN: &str = "Unknown or invalid refresh token.";
/// How many wrong passwords lock an account against an address.
const ATTEMPTS: u64 = 10;

impl Auth0 {
    pub(super) fn exchange(&mut self, request: &Request, now: SystemTime) -> Answer {
        let grant = request.field("grant_type").unwrap_or_default();
        let client = self.client(request, now)?;
        match grant.as_str() {
            "client_credentials" => self.by_client(request, &client, now),
            "refresh_token" => self.refresh(request, &client, now),
            "password" | "http://auth0.com/oauth/grant-type/password-realm" => {
                self.by_password(request, &client, now)
            }
            "authorization_code" => Err(refuse(403, "invalid_grant", "Invalid authorization code")),
            _ => {
                let why = format!("Unsupported grant type: {grant}");
                Err(refuse(403, "unsupported_grant_type", &why))
            }
        }
    }

    /// Authenticates a client: by secret, by a key's assertion, or not at all where it is public.
    fn client(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let denied = || refuse(401, "access_denied", "Unauthorized");
        if let Some(assertion) = request.field("client_assertion") {
            return self.by_key(&assertion, now).ok_or_else(denied);
        }
        let field = |name: &str| request.field(name).unwrap_or_default();
        let (id, value) =
            request.basic().unwrap_or_else(|| (field("client_id"), field("client_secret")));
        let known = self.kernel.principal(&id).filter(|p| p.kind == CLIENT);
        let known = known.filter(|p| p.effective(now) == State::Active).ok_or_else(denied)?;
        if !known.text("rotating").is_empty() {
            return Ok(id);
        }
        let good = self.kernel.authenticate_as(CLIENT_SECRET, &id, &value, now);
        good.map(|_| id).map_err(|_| denied())
    }

    /// Checks a `private_key_jwt` assertion but for its signature: it is RSA, for which there is no
    /// library here. A deleted key is refused by its id.
    fn by_key(&self, assertion: &str, now: SystemTime) -> Option<String> {
        let mut parts = assertion.split('.');
        let read = |part: Option<&str>| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part?).ok()?).ok()
        };
        let (header, claims) = (read(parts.next())?, read(parts.next())?);
        let (issuer, subject) = (claims["iss"].as_str()?, claims["sub"].as_str()?);
        let timely = claims["exp"].as_u64()? > epoch(now) && claims["aud"].is_string();
        let key = self.kernel.authenticate(CLIENT_KEY, header["kid"].as_str()?, now).ok()?;
        let own = self.kernel.credential(key).is_of(issuer) && issuer == subject;
        (own && timely).then(|| issuer.to_owned())
    }

    fn by_client(&mut self, request: &Request, client: &str, now: SystemTime) -> Answer {
        let audience = request.field("audience").unwrap_or_default();
        let held = |c: &Credential| {
            c.kind == CLIENT_GRANT && c.is_of(client) && c.text("audience") == audience
        };
        let Some(grant) = self.kernel.kept_where(now, held).first().copied() else {
            let why = format!(
                "Client is not authorized to access \"{audience}\". You need to create a \
                 \"client-grant\" associated to this API."
            );
            return Err(refuse(403, "access_denied", &why));
        };
        let scope = self.kernel.credential(grant).scope.clone();
        let access = self.issue_access(client, client, &audience, &scope, now);
        self.record("seccft", client, now);
        Ok(Response::json(200, &tokens(&access, &scope)))
    }

    fn refresh(&mut self, request: &Request, client: &str, now: SystemTime) -> Answer {
        let given = request.field("refresh_token").unwrap_or_default();
        let key = match self.kernel.authenticate(REFRESH, &given, now) {
            Ok(key) => key,
            Err(standing) => return Err(self.dead_refresh(&given, standing, now)),
        };
        let token = self.kernel.credential(key).clone();
        if !token.is_for(client) {
            return Err(refuse(403, "invalid_grant", UNKNOWN));
        }
        let user = token.principal.clone().unwrap_or_default();
        let audience = request.field("audience").unwrap_or_else(|| OWN_API.into());
        let access = self.issue_access(&user, client, &audience, &token.scope, now);
        let mut body = tokens(&access, &token.scope);
        if token.data.get("rotating") == Some(&json!(true)) {
            self.kernel.revoke(key, Cause::Protocol, now);
            let whose = (user.as_str(), client);
            let family = (token.grant.as_deref(), token.scope.as_str());
            body["refresh_token"] = json!(self.issue_refresh((None, None), whose, family, now));
        } else {
            self.kernel.credential_mut(key).expires = Some(now + REFRESH_IDLE);
        }
        self.record("sertft", &user, now);
        Ok(Response::json(200, &body))
    }

    fn dead_refresh(&mut self, given: &str, standing: Standing, now: SystemTime) -> Response {
        let token = self.kernel.lookup(REFRESH, given).map(|key| self.kernel.credential(key));
        let (user, family, rotating) = token.map_or_else(Default::default, |t| {
            let rotating = t.data.get("rotating") == Some(&json!(true));
            (t.principal.clone().unwrap_or_default(), t.grant.clone(), rotating)
        });
        if let Standing::Masked(State::Suspended) = standing {
            self.record("fertft", &user, now);
            return refuse(403, "invalid_grant", "user is blocked");
        }
        // A used one of a rotating family means a thief: the whole family ends.
        if let (Standing::Revoked, Some(family), true) = (standing, family, rotating) {
            let kin = |c: &Credential| c.kind == REFRESH && c.is_from(&family);
            if self.kernel.revoke_where(Cause::Protocol, now, kin) > 0 {
                self.record("ferrt", &user, now);
            }
        }
        self.record("fertft", &user, now);
        refuse(403, "invalid_grant", UNKNOWN)
    }

    fn by_password(&mut self, request: &Request, client: &str, now: SystemTime) -> Answer {
        let field = |name: &str| request.field(name).unwrap_or_default();
        let wrong = || refuse(403, "invalid_grant", "Wrong email or password.");
        let user = self.kernel.by_login(USER, &field("username")).map(|u| u.id.clone());
        let user = user.ok_or_else(wrong)?;
        let failures = self.failures(&user);
        if failures >= ATTEMPTS {
            let why = "Your account has been blocked after multiple consecutive login attempts.";
            return Err(refuse(429, "too_many_attempts", why));
        }
        let good = self.kernel.authenticate_as(PASSWORD, &user, &field("password"), now);
        match good {
            Ok(_) => self.set_failures(&user, 0),
            Err(Standing::Masked(State::Suspended)) => {
                return Err(refuse(403, "unauthorized", "user is blocked"));
            }
            Err(
                Standing::Unknown
                | Standing::Revoked
                | Standing::Expired
                | Standing::Disabled
                | Standing::Alive
                | Standing::Masked(_),
            ) => {
                self.set_failures(&user, failures + 1);
                self.record("f", &user, now);
                return Err(wrong());
            }
        }
        if self.kernel.principal(&user).is_some_and(|u| !u.text("mfa").is_empty()) {
            let mut body = json!({
                "error": "mfa_required", "error_description": "Multifactor authentication required",
            });
            body["mfa_token"] = json!("Fe26.2*mock");
            return Err(Response::json(403, &body));
        }
        let scope = request.field("scope").unwrap_or_else(|| "openid".into());
        let audience = request.field("audience").unwrap_or_else(|| OWN_API.into());
        let access = self.issue_access(&user, client, &audience, &scope, now);
        let mut body = tokens(&access, &scope);
        if scope.split(' ').any(|s| s == "offline_access") {
            let whose = (user.as_str(), client);
            body["refresh_token"] =
                json!(self.issue_refresh((None, None), whose, (None, &scope), now));
            let held = |c: &Credential| c.kind == GRANT && c.is_of(&user) && c.is_for(client);
            if self.kernel.kept_where(now, held).is_empty() {
                let id = format!("grant-{}", self.kernel.next_number());
                let grant = Credential::new(GRANT, &id, "").of(&user).client(client).scope(&scope);
                self.kernel.issue(grant, now);
            }
        }
        self.record("s", &user, now);
        Ok(Response::json(200, &body))
    }

    fn failures(&self, user: &str) -> u64 {
        let user = self.kernel.principal(user);
        user.and_then(|u| u.data.get("failures")).and_then(Value::as_u64).unwrap_or(0)
    }

    fn set_failures(&mut self, user: &str, count: u64) {
        if let Some(user) = self.kernel.principal_mut(user) {
            user.data.insert("failures".into(), json!(count));
        }
    }

    /// RFC 7009: 200 whatever was sent. Siblings stay unless the tenant's setting says otherwise.
    pub(super) fn revoke(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = self.client(request, now)?;
        let given = request.field("token").unwrap_or_default();
        let own = |key: &Key| self.kernel.credential(*key).is_for(&client);
        if let Some(key) = self.kernel.lookup(REFRESH, &given).filter(own) {
            self.kernel.revoke(key, Cause::Action, now);
            let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
            if self.revocation_deletes_grant {
                let same = |c: &Credential| {
                    [REFRESH, GRANT].contains(&c.kind) && c.is_of(&user) && c.is_for(&client)
                };
                self.kernel.revoke_where(Cause::Action, now, same);
            }
            self.record("srrt", &user, now);
        }
        Ok(Response::empty(200))
    }
}

fn tokens(access: &str, scope: &str) -> Value {
    json!({
        "access_token": access, "scope": scope, "expires_in": ACCESS_LIFE.as_secs(),
        "token_type": "Bearer",
    })
}

pub(super) fn refuse(status: u16, code: &str, why: &str) -> Response {
    Response::json(status, &json!({"error": code, "error_description": why}))
}

/// What the token endpoint says to something dead, by the grant that was asked for.
pub(super) fn dead(request: &Request) -> Response {
    match request.field("grant_type").as_deref() {
        Some("refresh_token") => refuse(403, "invalid_grant", UNKNOWN),
        Some("client_credentials") | None => refuse(401, "access_denied", "Unauthorized"),
        Some(_) => refuse(403, "invalid_grant", "Wrong email or password."),
    }
}
