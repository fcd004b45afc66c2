//! Two resource servers: one asks the issuer about each token, the other checks JWTs by itself.

use std::time::SystemTime;

use serde_json::json;

use super::token::SIGNING_KEY;
use super::{JWT_API, Oidc};
use crate::http::{Request, Response};
use crate::identity::State;
use crate::jwt;

impl Oidc {
    pub(super) fn resource(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        // The same data call at the root, for whoever is given the bare address.
        if method != "GET" || !matches!(segments.as_slice(), ["me"] | [] | [""]) {
            return None;
        }
        let Some(token) = request.bearer() else {
            return Some(no_token());
        };
        let subject =
            if request.server == JWT_API { self.local(token, now) } else { self.asked(token, now) };
        Some(subject.map_or_else(invalid_token, |sub| Response::json(200, &json!({"sub": sub}))))
    }

    pub(super) fn userinfo(&self, request: &Request, now: SystemTime) -> Response {
        let Some(token) = request.bearer() else {
            return no_token();
        };
        let Some(key) = self.access(token, now) else {
            return invalid_token();
        };
        let token = self.kernel.credential(key);
        if !token.scope.split(' ').any(|s| s == "openid") {
            let challenge = "Bearer error=\"insufficient_scope\", scope=\"openid\"";
            return Response::empty(403).with("WWW-Authenticate", challenge);
        }
        let sub = self.subject(key);
        Response::json(200, &json!({"sub": sub, "email": sub}))
    }

    /// Signature and expiry only: what was revoked still gets in. Keys are read anew each time; how
    /// long a real server keeps a withdrawn one is its own.
    fn local(&self, token: &str, now: SystemTime) -> Option<String> {
        let mut keys = self.kernel.principals().iter().filter(|p| p.kind == SIGNING_KEY);
        let claims = keys.find_map(|key| {
            let published = key.effective(now) == State::Active;
            jwt::verify(&key.id, token, now).ok().filter(|_| published)
        })?;
        let sub = claims["sub"].as_str()?;
        self.kernel.presented(sub).map(|shown| shown.login.clone())
    }

    /// Asks the issuer, or believes what it said within the time of the cache.
    fn asked(&mut self, token: &str, now: SystemTime) -> Option<String> {
        if let (Some(life), Some((at, said))) =
            (self.knobs.introspection_cache, self.cache.get(token))
            && now < *at + life
        {
            return said.clone();
        }
        let said = self.access(token, now).and_then(|key| self.subject(key));
        if self.knobs.introspection_cache.is_some() {
            self.cache.insert(token.to_owned(), (now, said.clone()));
        }
        said
    }

    fn access(&self, token: &str, now: SystemTime) -> Option<crate::identity::Key> {
        let opaque = self.kernel.authenticate("access", token, now);
        opaque.or_else(|_| self.kernel.authenticate("jwt", token, now)).ok()
    }
}

fn no_token() -> Response {
    // No error code: the request carried no credential (RFC 6750 3.1).
    Response::empty(401).with("WWW-Authenticate", "Bearer realm=\"api\"")
}

/// One answer for expired, revoked, malformed and unknown tokens.
pub(super) fn invalid_token() -> Response {
    let why = "the access token expired, was revoked or is malformed";
    let challenge =
        format!("Bearer realm=\"api\", error=\"invalid_token\", error_description=\"{why}\"");
    let body = json!({"error": "invalid_token", "error_description": why});
    Response::json(401, &body).with("WWW-Authenticate", &challenge)
}
