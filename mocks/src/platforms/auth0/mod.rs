//! Auth0: one tenant with its Authentication and Management APIs, and an API of ours that trusts it.
//!
//! Documented survivors are on: access tokens live a day whatever happens, short of the tenant's
//! signing key being revoked; deleting a session leaves its refresh token where revoking it does not;
//! a revoked refresh token leaves its siblings, as the tenant is a new one; blocking only hides.
//! Not covered: Universal Login, actions, hooks, log streams' contents, tenant members.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel};
use crate::population::{Supplier, URL_SAFE, secret};
use crate::times::iso;

mod clients;
mod exchange;
mod management;
mod seed;
mod sessions;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

const TENANT: &str = "AUTH0_URL";
const RESOURCE: &str = "AUTH0_RESOURCE_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "auth0",
    servers: &[TENANT, RESOURCE],
    seed: |_, now| {
        let (auth0, variables) = Auth0::seeded(now);
        (Box::new(auth0), variables)
    },
};

const USER: &str = "user";
const CLIENT: &str = "client";

const PASSWORD: &str = "password";
const SESSION: &str = "session";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";
const CLIENT_KEY: &str = "client_key";
const CLIENT_GRANT: &str = "client_grant";
const GRANT: &str = "grant";
const SCIM: &str = "scim_token";

/// Access tokens, for APIs and for the Management API alike.
const ACCESS_LIFE: Duration = Duration::from_secs(86_400);
/// A refresh token's idle life.
const REFRESH_IDLE: Duration = Duration::from_secs(30 * 86_400);
/// The Management API, as tokens name it.
const MANAGEMENT: &str = "https://ours.auth0.example/api/v2/";
/// Our own API.
const OWN_API: &str = "https://api.ours.example";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One tenant.
pub(crate) struct Auth0 {
    kernel: Kernel,
    events: Vec<Value>,
    /// "Refresh Token Revocation Deletes Grant": off for tenants made after 13 January 2021.
    revocation_deletes_grant: bool,
}

impl Auth0 {
    /// Notes an event for the tenant's log; a thousand are kept.
    fn record(&mut self, kind: &str, user: &str, now: SystemTime) {
        if self.events.len() < 1000 {
            let id = format!("9002{:016}", self.events.len() + 1);
            let event =
                json!({"_id": id, "log_id": id, "date": iso(now), "type": kind, "user_id": user});
            self.events.push(event);
        }
    }
}

impl Platform for Auth0 {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        if request.server == RESOURCE {
            return self.resource(request, now);
        }
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("POST", ["oauth", "token"]) => self.exchange(request, now),
            ("POST", ["oauth", "revoke"]) => self.revoke(request, now),
            ("GET" | "POST", ["userinfo"]) => self.userinfo(request, now),
            ("GET", ["authorize"]) => self.authorize(request, now),
            ("GET", ["v2", "logout"]) => self.logout(request, now),
            ("GET", ["scim", "v2", "connections", connection, "Users"]) => {
                self.scim_users(connection, request, now)
            }
            (_, ["api", "v2", rest @ ..]) => self.management(method, rest, request, now)?,
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.path.as_str() {
            _ if request.server == RESOURCE => tokens::invalid("The token is invalid"),
            "/userinfo" => tokens::unauthorized(),
            "/oauth/token" => exchange::dead(request),
            _ => management::invalid_token("Invalid token"),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let value = secret("auth0/planted", "v1.M", 43, URL_SAFE);
        let planted = Credential::new(REFRESH, "rt_PLANTED", &value)
            .of("auth0|ACMEMAYA")
            .client("ACMEBRIDGE")
            .grant("rt_PLANTED")
            .scope("openid offline_access")
            .supplier(Some(Supplier::Acme));
        self.kernel.plant(planted, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, _now: SystemTime) -> Result<(), String> {
        if action == "enable_revocation_deletes_grant" {
            self.revocation_deletes_grant = true;
            return Ok(());
        }
        let value = match action {
            "require_mfa" => "required",
            "lift_mfa" => "",
            _ => return Err(format!("auth0 has no manual action {action:?}")),
        };
        let user = self.kernel.principal_mut(object).filter(|p| p.kind == USER);
        let user = user.ok_or_else(|| format!("auth0 has no user {object:?}"))?;
        user.data.insert("mfa".into(), json!(value));
        Ok(())
    }
}
