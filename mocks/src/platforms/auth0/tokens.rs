//! Making tokens, and the two places that take them: `userinfo`, which asks, and our API, which reads.

use std::time::SystemTime;

use serde_json::json;

use super::{ACCESS, ACCESS_LIFE, Answer, Auth0, MANAGEMENT, REFRESH, REFRESH_IDLE};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Standing};
use crate::jwt::{self, Refused};
use crate::population::URL_SAFE;
use crate::times::epoch;

const KEY: &str = "auth0/signing";
/// The most refresh tokens a user holds with one application; the oldest goes first.
const MOST: usize = 200;

impl Auth0 {
    /// Issues an access token: nothing but its age and the end of the signing key touches it.
    ///
    /// `owner` is a user, or the client itself. The issuer is a name rather than this server's
    /// address, whose free port would make the token another one in every run.
    pub(super) fn issue_access(
        &mut self,
        owner: &str,
        client: &str,
        audience: &str,
        scope: &str,
        now: SystemTime,
    ) -> String {
        let id = format!("at-{}", self.kernel.next_number());
        let shown = self.kernel.presented(owner);
        let machine = owner == client;
        let subject = shown.map(|p| p.id.clone()).unwrap_or_default();
        let subject = if machine { format!("{subject}@clients") } else { subject };
        let claims = json!({
            "iss": "https://ours.auth0.example/", "sub": subject, "aud": audience, "azp": client,
            "iat": epoch(now), "exp": epoch(now + ACCESS_LIFE), "scope": scope, "jti": id,
            "gty": if machine { "client-credentials" } else { "password" },
        });
        let value = jwt::sign(KEY, "at+jwt", &claims);
        let token = Credential::new(ACCESS, &id, &value)
            .of(owner)
            .client(client)
            .scope(scope)
            .with("audience", audience)
            .expires(now + ACCESS_LIFE);
        self.kernel.issue(token, now);
        value
    }

    /// Issues a refresh token. `family` is what reuse detection goes by.
    pub(super) fn issue_refresh(
        &mut self,
        (id, value): (Option<&str>, Option<&str>),
        (user, client): (&str, &str),
        (family, scope): (Option<&str>, &str),
        now: SystemTime,
    ) -> String {
        let id = id.map_or_else(|| format!("rt_{}", self.kernel.next_number()), str::to_owned);
        let value = value.map_or_else(|| self.kernel.fresh("v1.M", 43, URL_SAFE), str::to_owned);
        let rotating =
            self.kernel.principal(client).is_some_and(|p| !p.text("rotating").is_empty());
        let token = Credential::new(REFRESH, &id, &value)
            .of(user)
            .client(client)
            .grant(family.unwrap_or(&id))
            .scope(scope)
            .with("rotating", rotating)
            .expires(now + REFRESH_IDLE)
            .hidden_by(user, INACTIVE)
            .hidden_by(client, INACTIVE);
        self.kernel.issue(token, now);
        let own = |c: &Credential| c.kind == REFRESH && c.is_of(user) && c.is_for(client);
        let held = self.kernel.kept_where(now, own);
        if held.len() > MOST {
            self.kernel.revoke(held[0], Cause::Protocol, now);
        }
        value
    }

    pub(super) fn userinfo(&self, request: &Request, now: SystemTime) -> Answer {
        let given = request.bearer().unwrap_or_default();
        let key = self.kernel.authenticate(ACCESS, given, now).map_err(|_| unauthorized())?;
        let token = self.kernel.credential(key);
        if token.text("audience") == MANAGEMENT || !token.scope.contains("openid") {
            return Err(unauthorized());
        }
        let user = token.principal.as_deref().and_then(|id| self.kernel.presented(id));
        let user = user.ok_or_else(unauthorized)?;
        let body = json!({
            "sub": user.id, "nickname": user.name, "name": user.login, "email": user.login,
            "email_verified": true,
        });
        Ok(Response::json(200, &body))
    }

    /// Our API: it checks signature and `exp`, and knows the current signing keys.
    pub(super) fn resource(&self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        if (method, segments.as_slice()) != ("GET", ["whoami"].as_slice()) {
            return None;
        }
        let Some(token) = request.bearer() else {
            return Some(Response::empty(401).with("WWW-Authenticate", "Bearer"));
        };
        let claims = match jwt::verify(KEY, token, now) {
            Ok(claims) => claims,
            Err(Refused::Expired) => return Some(invalid("The token expired")),
            Err(Refused::Invalid) => return Some(invalid("The signature is invalid")),
        };
        // Only the revocation of the signing key ever revokes one of these.
        let key = self.kernel.lookup(ACCESS, token);
        if key.map(|key| self.kernel.standing(key, now)) == Some(Standing::Revoked) {
            return Some(invalid("The signing key is unknown"));
        }
        let owner = key.and_then(|key| self.kernel.credential(key).principal.as_deref());
        let shown = owner.and_then(|id| self.kernel.presented(id));
        let body = json!({"sub": shown.map(|p| &p.id), "azp": claims["azp"]});
        Some(Response::json(200, &body))
    }
}

pub(super) fn unauthorized() -> Response {
    Response::text(401, "text/plain; charset=utf-8", "Unauthorized")
}

pub(super) fn invalid(why: &str) -> Response {
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{why}\"");
    Response::empty(401).with("WWW-Authenticate", &challenge)
}
