//! Gorgias: one account with users, their API keys, OAuth apps and integrations.
//!
//! Survivors that are documented and therefore on: a key keeps working with whatever role its user
//! has left; it knows nothing of password resets; OAuth apps, HTTP integrations, rules and shop links
//! outlive the user who set them up. Unconfirmed, and here the worse case: a deactivated user's key
//! goes on, the address beside a key is not checked, a disconnected app's access token lives out its
//! day. Not covered: chat secrets, shops and mailboxes themselves.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel};
use crate::population::{HEX, Supplier};
use crate::times::iso;

mod api;
mod hand;
mod login;
mod seed;
#[cfg(test)]
mod tests;
mod users;

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "gorgias",
    servers: &["GORGIAS_URL"],
    seed: |_, now| {
        let (account, variables) = Gorgias::seeded(now);
        (Box::new(account), variables)
    },
};

/// The account's name, as its address and `GET /api/account` have it.
const DOMAIN: &str = "ours";
const ADMIN: &str = "1999";
const ACCOUNT: &str = "account";
const USER: &str = "user";
const APP: &str = "app";
const API_KEY: &str = "api_key";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";
const INTEGRATION: &str = "integration";
const PASSWORD: &str = "password";
const SESSION: &str = "session";

/// Unconfirmed figure.
const ACCESS_LIFE: Duration = Duration::from_secs(24 * 3600);

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One account.
struct Gorgias {
    kernel: Kernel,
    events: Vec<Value>,
    next_passwords: BTreeMap<String, String>,
}

/// Refuses in the one shape all errors have; the wording is unconfirmed.
fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"error": {"msg": message}}))
}

fn unauthorized() -> Response {
    error(401, "Invalid credentials").with("WWW-Authenticate", "Basic realm=\"Login Required\"")
}

fn forbidden() -> Response {
    error(403, "You do not have permission to access this resource")
}

fn not_found() -> Response {
    error(404, "Not found")
}

impl Gorgias {
    /// Notes an event for the feed.
    fn record(&mut self, kind: &str, object: &str, id: &str, user: &str, now: SystemTime) {
        if self.events.len() < 1000 {
            let entry = json!({
                "id": self.events.len() + 1, "type": kind, "object_type": object,
                "object_id": id.parse::<u64>().ok(), "user_id": user.parse::<u64>().ok(),
                "created_datetime": iso(now),
            });
            self.events.push(entry);
        }
    }
}

impl Platform for Gorgias {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("POST", ["oauth", "token"]) => self.token(request, now),
            ("POST", ["login"]) => self.login(request, now),
            ("POST", ["logout"]) => self.logout(request, now),
            (_, ["api", rest @ ..]) => self.api(method, rest, request, now)?,
            _ => return None,
        };
        let answer = answer.unwrap_or_else(|refusal| refusal);
        Some(answer.with("X-Gorgias-Account-Api-Call-Limit", "1/40"))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.path.as_str() {
            "/oauth/token" => login::invalid_grant(),
            _ => unauthorized(),
        }
    }

    /// Keys and grants cannot be listed; what shows the extra one is an integration.
    fn plant(&mut self, now: SystemTime) {
        let maya = Supplier::Acme.number(1001).to_string();
        let (id, secret) =
            ((90_000 + self.kernel.next_number()).to_string(), self.kernel.fresh("", 64, HEX));
        self.kernel.plant(Credential::new(API_KEY, &id, &secret).of(&maya), now);
        let hook = Credential::new(INTEGRATION, &id, "").of(&maya).with("type", "http");
        let hook = hook.with("url", "https://hooks.acme.example/planted");
        self.kernel.plant(hook.with("name", "planted"), now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.by_admin(action, object, now)
    }
}
