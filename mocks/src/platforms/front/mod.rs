//! Front: one company with teammates, company-owned API tokens, OAuth apps and SCIM.
//!
//! Survivors that are documented and therefore on: API tokens and OAuth grants are the company's and
//! outlive every teammate; the API cannot block anybody, whatever is sent; an administrator who lost
//! the role keeps the tokens once copied; who-am-I names the company only. Unconfirmed, and here the
//! worse case: access tokens outlive the grant they came from until they expire. Not covered:
//! channel, chat and webhook secrets, application triggers, mailboxes.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel, Principal};
use crate::jwt;
use crate::population::Supplier;

mod api;
mod hand;
mod login;
mod scim;
mod seed;
#[cfg(test)]
mod tests;

const API: &str = "FRONT_URL";
const CONSOLE: &str = "FRONT_APP_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "front",
    servers: &[API, CONSOLE],
    seed: |_, now| {
        let (company, variables) = Front::seeded(now);
        (Box::new(company), variables)
    },
};

const COMPANY_ID: &str = "cmp_ours";
const ADMIN: &str = "tea_ADMIN";
const COMPANY: &str = "company";
const TEAMMATE: &str = "teammate";
const APP: &str = "app";
const API_TOKEN: &str = "api_token";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";
const PASSWORD: &str = "password";
const SESSION: &str = "session";

/// Unconfirmed figures.
const ACCESS_LIFE: Duration = Duration::from_secs(3600);
const REFRESH_LIFE: Duration = Duration::from_secs(180 * 86_400);
/// The key the company's tokens are signed with; nobody but the platform checks them.
const SIGNING: &str = "front/api-token";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One company.
struct Front {
    kernel: Kernel,
    next_passwords: BTreeMap<String, String>,
}

/// Refuses in the one shape all errors have; the wording is unconfirmed.
fn error(status: u16, title: &str, message: &str) -> Response {
    let body = json!({"_error": {"status": status, "title": title, "message": message}});
    Response::json(status, &body)
}

fn unauthenticated() -> Response {
    error(401, "Unauthenticated", "JSON Web Token error: invalid token")
}

fn not_found() -> Response {
    error(404, "Not found", "Unknown resource")
}

/// Makes a token in the vendor's shape; it never says whose it is.
fn token(id: &str, scopes: &[&str]) -> String {
    let claims = json!({"scopes": scopes, "iss": "front", "sub": COMPANY_ID, "jti": id});
    jwt::sign(SIGNING, "JWT", &claims)
}

impl Platform for Front {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let answer = match (request.server, segments.as_slice()) {
            (CONSOLE, _) => self.console(request, now),
            (_, ["scim", "v2", rest @ ..]) => self.scim(method, rest, request, now),
            _ => self.api(request, now),
        };
        Some(answer?.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match (request.server, request.path.as_str()) {
            (CONSOLE, "/oauth/token") => login::invalid_grant(),
            (CONSOLE, _) => login::wrong(),
            _ => unauthenticated(),
        }
    }

    /// Tokens cannot be listed; what shows the extra one is its bot among the teammates.
    fn plant(&mut self, now: SystemTime) {
        let number = self.kernel.next_number();
        let id = format!("tok_{number}");
        let secret = token(&id, &["shared:*"]);
        let extra = Credential::new(API_TOKEN, &id, &secret).supplier(Some(Supplier::Acme));
        self.kernel.plant(extra.scope("shared"), now);
        let login = format!("maya-backup-{number}@acme.example");
        let bot = Principal::new(TEAMMATE, &format!("tea_{number}"), &login).of(Supplier::Acme);
        self.kernel.add(bot.with("type", "api"));
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.by_admin(action, object, now)
    }
}
