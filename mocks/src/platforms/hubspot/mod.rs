//! HubSpot: one account with users, private apps, service keys, OAuth apps and personal keys.
//!
//! Survivors that are documented and therefore on: private apps and service keys are the account's
//! and outlive everybody; "rotate and expire later" keeps the old token for seven days; deleting a
//! refresh token leaves access tokens and the installation; archiving the CRM's user object touches
//! no login; removed people rejoin by a domain invite; the same login opens other accounts.
//! Not covered: SMTP logins (their tokens are listed and deleted only), connected inboxes, webhook
//! signatures, serverless secrets.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel};
use crate::population::{HEX, Supplier, secret};
use crate::times::iso;

mod access;
mod hand;
mod login;
mod oauth;
mod seed;
mod settings;
#[cfg(test)]
mod tests;

const API: &str = "HUBSPOT_URL";
const CONSOLE: &str = "HUBSPOT_APP_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "hubspot",
    servers: &[API, CONSOLE],
    seed: |_, now| {
        let (hub, variables) = HubSpot::seeded(now);
        (Box::new(hub), variables)
    },
};

const PORTAL: &str = "4700001";
/// Another account, which the suppliers' people are in as well.
const OTHER_PORTAL: &str = "4900001";
const ADMIN: &str = "4999";

const ACCOUNT: &str = "account";
const USER: &str = "user";
const APP: &str = "app";
const PRIVATE_APP: &str = "private_app";

const PRIVATE_TOKEN: &str = "private_app_token";
const SERVICE_KEY: &str = "service_key";
const PERSONAL_KEY: &str = "personal_access_key";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";
const SMTP_TOKEN: &str = "smtp_token";
const PASSWORD: &str = "password";
const SESSION: &str = "session";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One account.
struct HubSpot {
    kernel: Kernel,
    events: Vec<Value>,
    logins: Vec<Value>,
    sso_required: bool,
    invite_domains: Vec<String>,
    next_passwords: BTreeMap<String, String>,
}

/// Refuses in the one shape all errors have.
fn error(status: u16, category: &str, message: &str) -> Response {
    let body = json!({
        "status": "error",
        "message": message,
        "correlationId": "00000000-0000-4000-8000-000000000000",
        "category": category,
    });
    Response::json(status, &body)
}

/// Refuses garbage, rotated and deleted tokens alike.
fn not_authenticated() -> Response {
    let why = "Authentication credentials not found. This API supports OAuth 2.0 authentication \
        and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview";
    error(401, "INVALID_AUTHENTICATION", why)
}

fn not_found() -> Response {
    error(404, "OBJECT_NOT_FOUND", "resource not found")
}

impl HubSpot {
    /// Makes a token in the vendor's shape: a prefix and a UUID.
    fn new_uuid(&mut self, prefix: &str) -> String {
        let number = self.kernel.next_number();
        uuid(&format!("hubspot/{number}"), prefix)
    }

    /// Notes an event of the security activity log.
    fn record(&mut self, kind: &str, user: &str, object: &str, now: SystemTime) {
        if self.events.len() < 1000 {
            let entry = json!({
                "id": (self.events.len() + 1).to_string(),
                "type": kind,
                "userId": user.parse::<u64>().ok(),
                "objectId": object,
                "createdAt": iso(now),
                "ipAddress": "127.0.0.1",
            });
            self.events.push(entry);
        }
    }
}

/// Derives a UUID from a name.
fn uuid(name: &str, prefix: &str) -> String {
    let hex = secret(name, "", 32, HEX);
    let cut = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let (a, b, c, d, e) = (cut(0, 8), cut(8, 12), cut(12, 16), cut(16, 20), cut(20, 32));
    format!("{prefix}{a}-{b}-{c}-{d}-{e}")
}

impl Platform for HubSpot {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let answer = if request.server == CONSOLE {
            self.console(request, now)?
        } else {
            match segments.as_slice() {
                ["oauth", ..] | ["localdevauth", ..] | ["appinstalls", ..] => {
                    self.oauth(request, now)?
                }
                _ => self.settings(method, &segments, request, now)?,
            }
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        let (_, segments) = request.route();
        match segments.as_slice() {
            _ if request.server == CONSOLE => login::refused(),
            ["oauth", "v3", "token", "introspect"] => {
                Response::json(200, &json!({"active": false}))
            }
            ["oauth", _, "token"] => oauth::bad_refresh_token(),
            ["oauth", "v1", "access-tokens" | "refresh-tokens", _] => not_found(),
            _ => not_authenticated(),
        }
    }

    /// No listing shows keys: what shows the extra one is the security activity.
    fn plant(&mut self, now: SystemTime) {
        let (id, key) = (self.kernel.next_number().to_string(), self.new_uuid("pat-na1-"));
        let maya = Supplier::Acme.number(4001).to_string();
        let token = Credential::new(PRIVATE_TOKEN, &id, &key).supplier(Some(Supplier::Acme));
        self.kernel.plant(token.with("portal", PORTAL).scope("oauth"), now);
        self.record("PRIVATE_APP_ACCESS_TOKEN_CREATE", &maya, &id, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.by_admin(action, object, now)
    }
}
