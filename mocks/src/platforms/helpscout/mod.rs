//! Help Scout: one company with users, their OAuth apps, the Docs API and webhooks.
//!
//! Survivors that are documented and therefore on: access tokens live two days; webhooks keep posting
//! to a supplier whose users are gone; a password reset touches neither OAuth nor the Docs key.
//! Unconfirmed, and here the worse case: tokens outlive the app and its rotated secret, the Docs key
//! its owner, and a removed owner's tokens die only after a while. Not covered: mailboxes, Beacon and
//! custom-app secrets.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel};
use crate::population::{ALNUM, Supplier};

mod api;
mod hand;
mod login;
mod oauth;
mod seed;
#[cfg(test)]
mod tests;

const API: &str = "HELPSCOUT_URL";
const DOCS: &str = "HELPSCOUT_DOCS_URL";
const CONSOLE: &str = "HELPSCOUT_APP_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "helpscout",
    servers: &[API, DOCS, CONSOLE],
    seed: |_, now| {
        let (company, variables) = HelpScout::seeded(now);
        (Box::new(company), variables)
    },
};

const ADMIN: &str = "2999";
const USER: &str = "user";
const APP: &str = "app";
const WEBHOOK: &str = "webhook";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const APP_SECRET: &str = "app_secret";
const DOCS_KEY: &str = "docs_api_key";
const PASSWORD: &str = "password";
const SESSION: &str = "session";

/// How long an access token lives.
const ACCESS_LIFE: Duration = Duration::from_secs(172_800);
/// When a removed owner's tokens die is unconfirmed; later than a hurried look.
const REMOVAL: Duration = Duration::from_secs(600);

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One company.
struct HelpScout {
    kernel: Kernel,
    next_passwords: BTreeMap<String, String>,
}

/// Refuses a token or a key; the body is unconfirmed, and what little is read of it is the status.
fn unauthorized() -> Response {
    let body = json!({"error": "invalid_token", "error_description": "Unauthorized"});
    Response::json(401, &body).with("WWW-Authenticate", "Bearer realm=\"api\"")
}

fn forbidden() -> Response {
    Response::json(403, &json!({"error": "forbidden", "message": "Not permitted"}))
}

fn not_found() -> Response {
    Response::json(404, &json!({"error": "not_found", "message": "Not found"}))
}

impl Platform for HelpScout {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let answer = match request.server {
            CONSOLE => self.console(request, now),
            DOCS => self.docs(request, now),
            _ => self.api(request, now),
        };
        Some(answer?.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match (request.server, request.path.as_str()) {
            (CONSOLE, _) => login::wrong(),
            (_, "/v2/oauth2/token") => match request.field("grant_type").as_deref() {
                Some("refresh_token") => oauth::invalid_refresh(),
                Some(_) | None => oauth::invalid_client(),
            },
            _ => unauthorized(),
        }
    }

    /// Nothing of tokens can be listed, so the extra one shows as a webhook nobody recorded.
    fn plant(&mut self, now: SystemTime) {
        let maya = Supplier::Acme.number(2001).to_string();
        let (id, secret) =
            ((90_000 + self.kernel.next_number()).to_string(), self.kernel.fresh("", 32, ALNUM));
        self.kernel.plant(Credential::new(ACCESS, &id, &secret).of(&maya), now);
        let url = "https://hooks.acme.example/planted";
        let hook = Credential::new(WEBHOOK, &id, "").of(&maya).with("url", url);
        self.kernel.plant(hook, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.by_admin(action, object, now)
    }
}
