//! Okta: one org with its authorization servers, and a resource server that trusts one of them.
//!
//! Survivors that are documented and therefore on: a deactivated user's API tokens come back with
//! the user; clearing sessions leaves OAuth tokens unless asked for; a custom server's JWT works at
//! a resource server until its `exp` whatever was revoked; a client has two secrets; revoking an
//! access token leaves its refresh token.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Platform, Registration, Urls};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Kernel};
use crate::population::{Supplier, URL_SAFE, secret};
use crate::times::iso;

mod apps;
mod assignments;
mod auth;
mod lifecycle;
mod oauth;
mod resource;
mod seed;
mod sessions;
#[cfg(test)]
mod tests;
mod users;

const ORG: &str = "OKTA_URL";
const RESOURCE: &str = "OKTA_RESOURCE_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "okta",
    servers: &[ORG, RESOURCE],
    seed: |urls, now| {
        let (okta, variables) = Okta::seeded(urls, now);
        (Box::new(okta), variables)
    },
};

/// One org.
pub(crate) struct Okta {
    kernel: Kernel,
    org: String,
    events: Vec<Value>,
}

impl Okta {
    fn new(urls: &Urls) -> Self {
        let org = urls.get(ORG).cloned().unwrap_or_default();
        Self { kernel: Kernel::new("okta"), org, events: Vec::new() }
    }

    /// Notes an event for the System Log; a thousand are kept.
    fn record(&mut self, kind: &str, actor: &str, target: &str, now: SystemTime) {
        let login = self.kernel.principal(actor).map(|actor| actor.login.clone());
        if self.events.len() < 1000 {
            self.events.push(json!({
                "uuid": format!("evt{}", self.events.len() + 1),
                "published": iso(now),
                "eventType": kind,
                "outcome": {"result": "SUCCESS"},
                "actor": {"id": actor, "type": "User", "alternateId": login},
                "target": [{"id": target}],
            }));
        }
    }

    fn api(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let rest = segments.get(2..).unwrap_or_default();
        match (method, segments.as_slice()) {
            ("POST", ["api", "v1", "authn"]) => Some(self.authn(request, now)),
            (_, ["api", "v1", "sessions", ..]) => self.sessions(request, &rest[1..], now),
            (_, ["api", "v1", "users", ..]) => self.users(request, &rest[1..], now),
            (_, ["api", "v1", "api-tokens", ..]) => self.api_tokens(request, &rest[1..], now),
            (_, ["api", "v1", "apps", ..]) => self.apps(request, &rest[1..], now),
            (
                "DELETE",
                ["api", "v1", "authorizationServers", server, "clients", client, "tokens"],
            ) => Some(self.clear_server_tokens(request, server, client, now)),
            ("GET", ["api", "v1", "logs"]) => Some(self.logs(request, now)),
            ("POST", ["mint", "api-token"]) => Some(self.mint_api_token(request, now)),
            ("POST", ["oauth2", "v1", "global-token-revocation"]) => {
                Some(self.global_token_revocation(request, now))
            }
            ("POST" | "GET", ["oauth2", "v1", action]) => self.oauth(request, "org", action, now),
            ("POST" | "GET", ["oauth2", "default" | "aus1", "v1", action]) => {
                self.oauth(request, "default", action, now)
            }
            _ => None,
        }
    }

    fn logs(&mut self, request: &Request, now: SystemTime) -> Response {
        if let Err(refusal) = self.admin(request, now, auth::Right::Read) {
            return refusal;
        }
        auth::page(request, &self.events, 100)
    }
}

impl Platform for Okta {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        if request.server == RESOURCE {
            self.resource(request, now)
        } else {
            self.api(request, now)
        }
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        let (_, segments) = request.route();
        match segments.as_slice() {
            _ if request.server == RESOURCE => resource::invalid("The token is invalid."),
            ["api", "v1", "authn"] => auth::error(401, "E0000004", "Authentication failed"),
            ["api", "v1", "sessions", ..] => sessions::gone(),
            ["oauth2", .., "token"] => oauth::dead_grant(request),
            ["oauth2", .., "introspect"] => Response::json(200, &json!({"active": false})),
            ["oauth2", .., "userinfo"] => oauth::invalid_bearer("The access token is invalid"),
            _ => auth::invalid_token(),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let value = secret("okta/planted", "00", 40, URL_SAFE);
        let token = Credential::new("ssws", "00TPLANTED", &value)
            .of("00uACMEMAYA")
            .with("name", "backup")
            .supplier(Some(Supplier::Acme));
        self.kernel.plant(token, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        // Everything else a console offers, the API offers too; tokens are the one thing admins
        // habitually end by hand.
        if action != "delete_api_token" {
            return Err(format!("okta has no manual action {action:?}"));
        }
        let key = self.kernel.find("ssws", object);
        let key = key.ok_or_else(|| format!("okta has no API token {object:?}"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(())
    }
}

impl Okta {
    /// Makes the API token an admin would make in the console; Okta has no public call for it.
    fn mint_api_token(&mut self, request: &Request, now: SystemTime) -> Response {
        if let Err(refusal) = self.admin(request, now, auth::Right::Manage) {
            return refusal;
        }
        let body = request.json();
        let user = body["userId"].as_str().unwrap_or_default().to_owned();
        if self.kernel.principal(&user).is_none() {
            return auth::not_found(&user, "User");
        }
        let value = self.kernel.fresh("00", 40, URL_SAFE);
        let id = format!("00T{}", self.kernel.next_number());
        let name = body["name"].as_str().unwrap_or("minted");
        let token = Credential::new("ssws", &id, &value)
            .of(&user)
            .with("name", name)
            .expires(now + auth::SSWS_IDLE)
            .hidden_by(&user, INACTIVE);
        self.kernel.issue(token, now);
        Response::json(201, &json!({"id": id, "token": value, "userId": user}))
    }
}
