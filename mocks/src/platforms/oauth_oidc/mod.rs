//! A generic OAuth 2.0 / OpenID Connect server with two resource servers.
//!
//! Survivors by RFC or habit, on by default: access tokens outlive their user's deactivation and
//! their client's deletion; a revoked access token leaves its refresh token; a JWT works at a server
//! that checks it locally until its `exp`; `offline_access` survives a logout.

use crate::population::URL_SAFE;
use std::collections::HashMap;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Platform, Registration, Urls};
use crate::http::{Request, Response};
use crate::identity::{Cause, Kernel, State};

mod browser;
mod knobs;
mod manage;
mod resource;
mod seed;
#[cfg(test)]
mod tests;
mod token;

pub use knobs::OidcKnobs;

const ISSUER: &str = "OAUTH_OIDC_URL";
const API: &str = "OAUTH_OIDC_API_URL";
const JWT_API: &str = "OAUTH_OIDC_JWT_API_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "oauth-oidc",
    servers: &[ISSUER, API, JWT_API],
    seed: |urls, now| {
        let (oidc, variables) = Oidc::seeded(urls, now);
        (Box::new(oidc), variables)
    },
};

/// One issuer and the resource servers that trust it.
pub(crate) struct Oidc {
    kernel: Kernel,
    issuer: String,
    knobs: OidcKnobs,
    /// What the introspecting resource server remembers: when it asked, and whom it was told.
    cache: HashMap<String, (SystemTime, Option<String>)>,
}

impl Oidc {
    fn new(urls: &Urls) -> Self {
        Self {
            kernel: Kernel::new("oauth-oidc"),
            issuer: urls.get(ISSUER).cloned().unwrap_or_default(),
            knobs: OidcKnobs::default(),
            cache: HashMap::new(),
        }
    }

    fn issuer_routes(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        Some(match (method, segments.as_slice()) {
            ("GET", [".well-known", "openid-configuration" | "oauth-authorization-server"]) => {
                Response::json(200, &self.discovery())
            }
            // The signing key is an HMAC secret: there is nothing to publish.
            ("GET", ["jwks"]) => Response::json(200, &json!({"keys": []})),
            ("GET", ["authorize"]) => self.authorize(request, now),
            ("GET", ["login"]) => Response::html(200, "<html><body>Sign in</body></html>"),
            ("GET" | "POST", ["end_session"]) => self.end_session(request, now),
            ("POST", ["token"]) => self.token(request, now),
            ("POST", ["introspect"]) => self.introspect(request, now),
            ("POST", ["revoke"]) => self.revoke(request, now),
            ("POST", ["mint"]) => self.mint(request, now),
            ("GET" | "POST", ["userinfo"]) => self.userinfo(request, now),
            _ => return None,
        })
    }

    fn discovery(&self) -> Value {
        let at = |path: &str| format!("{}/{path}", self.issuer);
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "introspection_endpoint": at("introspect"),
            "revocation_endpoint": at("revoke"),
            "userinfo_endpoint": at("userinfo"),
            "end_session_endpoint": at("end_session"),
            "jwks_uri": at("jwks"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": ["openid", "offline_access", "api"],
            "backchannel_logout_supported": false,
        })
    }
}

impl Platform for Oidc {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        self.kernel.propagation = self.knobs.propagation_delay;
        match request.server {
            API | JWT_API => self.resource(request, now),
            _ => self.issuer_routes(request, now),
        }
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        let (_, segments) = request.route();
        match segments.as_slice() {
            ["token"] => token::dead(request, self.knobs.invalid_grant_status),
            ["introspect"] => Response::json(200, &json!({"active": false})),
            ["authorize"] => browser::login_required(request),
            ["revoke" | "mint"] => token::invalid_client(request),
            _ => resource::invalid_token(),
        }
    }

    /// Nothing: no standard endpoint lists tokens or grants, so there is nowhere to show one.
    fn plant(&mut self, _now: SystemTime) {}

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        if action == "rotate_client_secret" {
            if self.kernel.by_login("client", object).is_none() {
                return Err(format!("oauth-oidc has no client {object:?}"));
            }
            let secret = self.kernel.fresh("cs_", 40, URL_SAFE);
            self.kernel.replace_secret("client_secret", object, &secret, now);
            return Ok(());
        }
        if action == "delete_consent" {
            // What tokens it ends is each vendor's own: here none, as the longest life has it.
            let key = self.kernel.find("grant", &format!("consent-{object}"));
            let key = key.filter(|key| self.kernel.exists(*key, now));
            let key = key.ok_or_else(|| format!("oauth-oidc has no consent of {object:?}"))?;
            self.kernel.revoke(key, Cause::Action, now);
            return Ok(());
        }
        if action == "rotate_signing_key" {
            let old = self.signing_key();
            self.add_signing_key();
            self.kernel.set_state(&old, State::Deleted, now);
            return Ok(());
        }
        let (kind, state) = match action {
            "disable_user" => ("user", State::Deactivated),
            "enable_user" => ("user", State::Active),
            "delete_client" => ("client", State::Deleted),
            _ => return Err(format!("oauth-oidc has no manual action {action:?}")),
        };
        if self.kernel.by_login(kind, object).is_none() {
            return Err(format!("oauth-oidc has no {kind} {object:?}"));
        }
        self.kernel.propagation = self.knobs.propagation_delay;
        self.kernel.set_state(object, state, now);
        Ok(())
    }

    fn set_oidc_knobs(&mut self, knobs: &OidcKnobs) {
        self.knobs.clone_from(knobs);
    }
}
