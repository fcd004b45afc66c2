//! Keycloak: one realm with its admin API, and a resource server that reads JWTs by itself.
//!
//! Documented survivors are on: logging out leaves offline sessions; deleting a session leaves its
//! offline copy; disabling a user removes no session; the rotated client secret keeps working; an
//! unknown token is revoked with 200 and an error inside; and the version played is older than the fix
//! of 2025, so the account API takes a disabled user's token of an offline session. Not covered:
//! brokering itself, SAML, client JWT keys, adapters' push revocation.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel};
use crate::population::Supplier;
use crate::times::epoch;

mod admin;
mod clients;
mod code;
mod registration;
mod revocation;
mod seed;
mod sessions;
#[cfg(test)]
mod tests;
mod token;
mod tokens;
mod users;

const SERVER: &str = "KEYCLOAK_URL";
const RESOURCE: &str = "KEYCLOAK_RESOURCE_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "keycloak",
    servers: &[SERVER, RESOURCE],
    seed: |_, now| {
        let (keycloak, variables) = Keycloak::seeded(now);
        (Box::new(keycloak), variables)
    },
};

const USER: &str = "user";
const CLIENT: &str = "client";

const PASSWORD: &str = "password";
/// A browser's session; its secret is the cookie.
const SESSION: &str = "session";
/// An offline session: no cookie, only the tokens that name it.
const OFFLINE: &str = "offline_session";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";
/// What a silent sign-in gives, to be exchanged once.
const CODE: &str = "code";
const CONSENT: &str = "consent";
const INITIAL: &str = "initial_access";
const MANAGING: &str = "registration_access";
const LINK: &str = "federated_identity";

/// The realm's own setting; the default of five minutes is unconfirmed and shorter than a drill.
const ACCESS_LIFE: Duration = Duration::from_secs(3600);
/// The realm's own setting: long, so that no bystander's session ends by its age within a watch.
const SESSION_IDLE: Duration = Duration::from_secs(30 * 86_400);

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One realm.
pub(crate) struct Keycloak {
    kernel: Kernel,
    events: Vec<Value>,
    admin_events: Vec<Value>,
    /// Whether the 2025 fix of the account API is in.
    fixed: bool,
}

impl Keycloak {
    /// Notes a login event. The realm has them switched on, as the facts tell an admin to do.
    fn event(&mut self, kind: &str, client: &str, user: &str, now: SystemTime) {
        if self.events.len() < 1000 {
            self.events.push(json!({
                "time": epoch(now) * 1000, "type": kind, "realmId": "ours", "clientId": client,
                "userId": user,
            }));
        }
    }

    /// Notes what an admin did.
    fn admin_event(&mut self, operation: &str, path: &str, now: SystemTime) {
        if self.admin_events.len() < 1000 {
            self.admin_events.push(json!({
                "time": epoch(now) * 1000, "realmId": "ours", "operationType": operation,
                "resourcePath": path,
            }));
        }
    }
}

impl Platform for Keycloak {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        if request.server == RESOURCE {
            return self.resource(request, now);
        }
        let (method, segments) = request.route();
        let answer = match segments.as_slice() {
            ["realms", "ours", "protocol", "openid-connect", rest @ ..] => match (method, rest) {
                ("POST", ["token"]) => self.token(request, now),
                ("POST", ["token", "introspect"]) => self.introspect(request, now),
                ("POST", ["revoke"]) => self.revoke(request, now),
                ("GET" | "POST", ["userinfo"]) => self.userinfo(request, now),
                ("POST", ["logout"]) => self.logout(request, now),
                ("GET", ["auth"]) => self.authorize(request, now),
                _ => return None,
            },
            ["realms", "ours", "account"] if method == "GET" => self.account(request, now),
            ["realms", "ours", "clients-registrations", "default", rest @ ..] => {
                self.registrations(method, rest, request, now)?
            }
            ["admin", "realms", "ours", rest @ ..] => self.admin(method, rest, request, now)?,
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        let path = request.path.as_str();
        match path.rsplit('/').next().unwrap_or_default() {
            _ if request.server == RESOURCE || path.ends_with("/userinfo") => tokens::unverified(),
            "token" => token::dead(request),
            "introspect" => Response::json(200, &json!({"active": false})),
            _ => admin::error(401, "HTTP 401 Unauthorized"),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let planted = Credential::new(OFFLINE, "offline-PLANTED", "")
            .of("user-ACMEMAYA")
            .client("client-ACMEBRIDGE")
            .supplier(Some(Supplier::Acme));
        self.kernel.plant(planted, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, _now: SystemTime) -> Result<(), String> {
        match action {
            "apply_fix_of_2025" => self.fixed = true,
            "require_action" | "lift_required_action" => {
                let value = if action == "require_action" { "UPDATE_PASSWORD" } else { "" };
                let user = self.kernel.principal_mut(object).filter(|p| p.kind == USER);
                let user = user.ok_or_else(|| format!("keycloak has no user {object:?}"))?;
                user.data.insert("required".into(), json!(value));
            }
            _ => return Err(format!("keycloak has no manual action {action:?}")),
        }
        Ok(())
    }
}
