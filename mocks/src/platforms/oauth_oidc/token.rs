//! The token endpoint: refreshing with rotation and reuse detection, codes, client credentials.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::Oidc;
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Key, Principal, Standing};
use crate::jwt;
use crate::population::URL_SAFE;
use crate::times::epoch;

pub(super) const ACCESS_LIFE: Duration = Duration::from_secs(3600);
pub(super) const REFRESH_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// Signs access tokens. Kept like a principal, whose state hides what it signed: its id is the key,
/// which the local resource server knows while it is published.
pub(super) const SIGNING_KEY: &str = "signing_key";

/// What a new access token is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    /// How long its tokens live.
    pub(super) life: Duration,
    /// Nobody for client credentials.
    pub(super) user: Option<&'a str>,
    pub(super) client: &'a str,
    /// The family, if a refresh token or a code stands behind it.
    pub(super) family: Option<&'a str>,
    pub(super) scope: &'a str,
}

impl Oidc {
    pub(super) fn token(&mut self, request: &Request, now: SystemTime) -> Response {
        let Some(client) = self.client(request, now) else {
            return invalid_client(request);
        };
        match request.form("grant_type").as_deref() {
            Some("refresh_token") => self.refresh(request, &client, now),
            Some("authorization_code") => self.redeem(request, &client, now),
            Some("client_credentials") => {
                let scope = request.form("scope").unwrap_or_else(|| "api".into());
                if !scope.split(' ').all(|s| s == "api") {
                    return refuse(
                        400,
                        "invalid_scope",
                        "the scope exceeds what the client may ask",
                    );
                }
                let terms = Terms {
                    life: ACCESS_LIFE,
                    user: None,
                    client: &client,
                    family: None,
                    scope: &scope,
                };
                self.answer(terms, None, now)
            }
            Some(_) => refuse(400, "unsupported_grant_type", "the grant type is not supported"),
            None => refuse(400, "invalid_request", "grant_type is missing"),
        }
    }

    /// Authenticates a client by Basic or by form and gives its id.
    pub(super) fn client(&self, request: &Request, now: SystemTime) -> Option<String> {
        let form = || Some((request.form("client_id")?, request.form("client_secret")?));
        let (id, secret) = request.basic().or_else(form)?;
        self.kernel.authenticate_as("client_secret", &id, &secret, now).ok().map(|_| id)
    }

    fn refresh(&mut self, request: &Request, client: &str, now: SystemTime) -> Response {
        let given = request.form("refresh_token").unwrap_or_default();
        let known = self.kernel.lookup("refresh", &given);
        let own = known.filter(|key| self.kernel.credential(*key).is_for(client));
        let Some(key) = own else {
            return self.invalid_grant();
        };
        let token = self.kernel.credential(key).clone();
        let family = token.grant.clone().unwrap_or_default();
        if !self.works(key, now) {
            // A replay: the server cannot tell the thief from the owner.
            if token.data.contains_key("rotated") && self.knobs.reuse_kills_family {
                self.kernel.revoke_where(Cause::Protocol, now, |c| c.is_from(&family));
            }
            return self.invalid_grant();
        }
        let scope = request.form("scope").filter(|s| !s.is_empty());
        let scope = scope.unwrap_or_else(|| token.scope.clone());
        if !scope.split(' ').all(|wanted| token.scope.split(' ').any(|s| s == wanted)) {
            return refuse(400, "invalid_scope", "the scope exceeds the grant");
        }
        let user = token.principal.as_deref();
        let newest = match self.knobs.rotation {
            None => given,
            Some(grace) => {
                self.kernel.credential_mut(key).data.insert("rotated".into(), json!(true));
                // Not an action anybody took, so no fault keeps a spent token alive.
                self.kernel.credential_mut(key).expires = Some(now + grace);
                self.issue_refresh((&family, user.unwrap_or_default()), client, &token.scope, now)
            }
        };
        let terms = Terms { life: ACCESS_LIFE, user, client, family: Some(&family), scope: &scope };
        // What is minted for a named API (RFC 8707) is a JWT, which that API reads by itself.
        let named = request.form("resource").is_some_and(|api| !api.is_empty());
        let body = self.answer_json(terms, Some(newest), named, now);
        Response::json(200, &body).with("Cache-Control", "no-store")
    }

    /// Tells whether a token would be honoured; a mask by the user counts only if it is looked at.
    pub(super) fn works(&self, key: Key, now: SystemTime) -> bool {
        match self.kernel.standing(key, now) {
            Standing::Alive => true,
            Standing::Masked(_) => {
                let token = self.kernel.credential(key);
                let client = token.client.as_deref().and_then(|id| self.kernel.principal(id));
                let usable = client.is_some_and(|c| !INACTIVE.contains(&c.effective(now)));
                token.kind == "refresh" && usable && !self.knobs.disable_user_checked_at_refresh
            }
            Standing::Unknown | Standing::Revoked | Standing::Expired | Standing::Disabled => false,
        }
    }

    fn redeem(&mut self, request: &Request, client: &str, now: SystemTime) -> Response {
        let given = request.form("code").unwrap_or_default();
        let known = self.kernel.lookup("code", &given);
        let own = known.filter(|key| self.kernel.credential(*key).is_for(client));
        let Some(key) = own else {
            return self.invalid_grant();
        };
        let code = self.kernel.credential(key).clone();
        let family = code.grant.clone().unwrap_or_default();
        if self.kernel.standing(key, now) == Standing::Revoked {
            // A code used twice: RFC 6749 4.1.2 asks to end what came of it.
            self.kernel.revoke_where(Cause::Protocol, now, |c| c.is_from(&family));
            return self.invalid_grant();
        }
        if self.kernel.standing(key, now) != Standing::Alive {
            return self.invalid_grant();
        }
        self.kernel.revoke(key, Cause::Protocol, now);
        let user = code.principal.as_deref();
        let offline = code.scope.split(' ').any(|s| s == "offline_access");
        let refresh = offline.then(|| {
            self.issue_refresh((&family, user.unwrap_or_default()), client, &code.scope, now)
        });
        let terms =
            Terms { life: ACCESS_LIFE, user, client, family: Some(&family), scope: &code.scope };
        let openid = code.scope.split(' ').any(|s| s == "openid");
        let mut answer = self.answer_json(terms, refresh, false, now);
        if openid {
            // OpenID Connect Core 3.1.3.3: the code exchange also gives an ID token.
            let claims = json!({
                "iss": "https://op.example", "sub": user.unwrap_or_default(), "aud": client,
                "iat": epoch(now), "exp": epoch(now + ACCESS_LIFE),
            });
            answer["id_token"] = json!(jwt::sign(&self.signing_key(), "JWT", &claims));
        }
        Response::json(200, &answer).with("Cache-Control", "no-store")
    }

    fn answer(&mut self, terms: Terms<'_>, refresh: Option<String>, now: SystemTime) -> Response {
        let body = self.answer_json(terms, refresh, false, now);
        Response::json(200, &body).with("Cache-Control", "no-store")
    }

    fn answer_json(
        &mut self,
        terms: Terms<'_>,
        refresh: Option<String>,
        as_jwt: bool,
        now: SystemTime,
    ) -> serde_json::Value {
        let as_jwt = as_jwt || self.knobs.jwt_access_tokens;
        let access = self.issue_access(terms, as_jwt, now);
        let mut body = json!({
            "access_token": access, "token_type": "Bearer", "expires_in": 3600, "scope": terms.scope,
        });
        if let Some(refresh) = refresh {
            body["refresh_token"] = json!(refresh);
        }
        body
    }

    /// Issues a refresh token of a family and gives its value.
    pub(super) fn issue_refresh(
        &mut self,
        (family, user): (&str, &str),
        client: &str,
        scope: &str,
        now: SystemTime,
    ) -> String {
        let value = self.kernel.fresh("rt_", 40, URL_SAFE);
        self.keep_refresh(&value, (family, user), client, scope, now);
        value
    }

    /// Issues a refresh token of a given value.
    pub(super) fn keep_refresh(
        &mut self,
        value: &str,
        (family, user): (&str, &str),
        client: &str,
        scope: &str,
        now: SystemTime,
    ) {
        let id = format!("r{}", self.kernel.next_number());
        let token = Credential::new("refresh", &id, value)
            .of(user)
            .client(client)
            .grant(family)
            .scope(scope)
            .expires(now + REFRESH_LIFE)
            .hidden_by(user, INACTIVE)
            .hidden_by(client, INACTIVE);
        self.kernel.issue(token, now);
    }

    /// Issues an access token and gives its value.
    ///
    /// Neither its user's nor its client's state hides it: it lives to its expiry. The issuer in a
    /// JWT is a name, because the free port of an address would make it another one in every run.
    pub(super) fn issue_access(
        &mut self,
        terms: Terms<'_>,
        as_jwt: bool,
        now: SystemTime,
    ) -> String {
        let opaque = (!as_jwt).then(|| self.kernel.fresh("at_", 40, URL_SAFE));
        let value = opaque.unwrap_or_else(|| {
            let number = self.kernel.next_number();
            let claims = json!({
                "iss": "https://op.example", "aud": "api", "sub": terms.user.unwrap_or(terms.client),
                "client_id": terms.client, "scope": terms.scope, "jti": format!("j{number}"),
                "iat": epoch(now), "exp": epoch(now + terms.life),
            });
            jwt::sign(&self.signing_key(), "at+jwt", &claims)
        });
        self.keep_access(if as_jwt { "jwt" } else { "access" }, &value, terms, now);
        value
    }

    /// Issues an access token of a given value.
    pub(super) fn keep_access(
        &mut self,
        kind: &'static str,
        value: &str,
        terms: Terms<'_>,
        now: SystemTime,
    ) {
        let id = format!("a{}", self.kernel.next_number());
        let mut token = Credential::new(kind, &id, value)
            .client(terms.client)
            .scope(terms.scope)
            .expires(now + terms.life);
        if kind == "jwt" {
            token = token.hidden_by(&self.signing_key(), INACTIVE);
        }
        token.principal = terms.user.map(str::to_owned);
        token.grant = terms.family.map(str::to_owned);
        self.kernel.issue(token, now);
    }

    /// Gives the newest key, which signs.
    pub(super) fn signing_key(&self) -> String {
        let mut keys = self.kernel.principals().iter().filter(|p| p.kind == SIGNING_KEY);
        keys.next_back().map(|key| key.id.clone()).unwrap_or_default()
    }

    /// Publishes a new key to sign with.
    pub(super) fn add_signing_key(&mut self) {
        let older = self.kernel.principals().iter().filter(|p| p.kind == SIGNING_KEY).count();
        let id = format!(
            "oauth-oidc/signing{}",
            if older == 0 { String::new() } else { format!("/{older}") }
        );
        self.kernel.add(Principal::new(SIGNING_KEY, &id, &id));
    }

    fn invalid_grant(&self) -> Response {
        refuse(self.knobs.invalid_grant_status, "invalid_grant", DEAD_GRANT)
    }
}

const DEAD_GRANT: &str = "the grant is invalid, expired, revoked, or was issued to another client";

/// Makes an error of RFC 6749 5.2.
pub(super) fn refuse(status: u16, code: &str, why: &str) -> Response {
    let body = json!({"error": code, "error_description": why});
    Response::json(status, &body).with("Cache-Control", "no-store")
}

/// The answer to a client that is unknown, deleted, or has the wrong secret.
pub(super) fn invalid_client(request: &Request) -> Response {
    let answer = refuse(401, "invalid_client", "client authentication failed");
    // Only a client that used the header is challenged.
    if request.has_authorization() {
        answer.with("WWW-Authenticate", "Basic realm=\"token\"")
    } else {
        answer
    }
}

/// What the token endpoint says to something dead, by the grant that was asked for.
pub(super) fn dead(request: &Request, invalid_grant_status: u16) -> Response {
    match request.form("grant_type").as_deref() {
        Some("refresh_token" | "authorization_code") => {
            refuse(invalid_grant_status, "invalid_grant", DEAD_GRANT)
        }
        _ => invalid_client(request),
    }
}
