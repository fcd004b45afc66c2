//! Freshdesk: two accounts below one organisation, with agents, keys, OAuth apps and a portal.
//!
//! Survivors that are documented and therefore on: an agent's API key knows nothing of passwords,
//! addresses, seats, roles or logouts; deactivation is per account, and the org login still opens
//! the other one; a deleted agent is a contact with a portal login; an uninstalled app's vendor may
//! have copied a key. Unconfirmed, and here the worse case: a deactivated agent's key goes on.
//! Not covered: tickets, mail servers, the sandbox.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel};
use crate::population::{ALNUM, Supplier};
use crate::times::iso;

mod access;
mod agents;
mod answers;
mod hand;
mod org;
mod scim;
mod seed;
#[cfg(test)]
mod tests;

const ACCOUNT: &str = "FRESHDESK_URL";
const OTHER_ACCOUNT: &str = "FRESHDESK_OTHER_URL";
const ORG: &str = "FRESHDESK_ORG_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "freshdesk",
    servers: &[ACCOUNT, OTHER_ACCOUNT, ORG],
    seed: |_, now| {
        let (desk, variables) = Freshdesk::seeded(now);
        (Box::new(desk), variables)
    },
};

const ADMIN: &str = "6999";
const AGENT: &str = "agent";
const CONTACT: &str = "contact";
/// A person at the organisation, who logs in; an agent is what the person is in one account.
const PERSON: &str = "person";
const APP: &str = "app";
const API_KEY: &str = "api_key";
const PASSWORD: &str = "password";
const SESSION: &str = "session";
const PORTAL_SESSION: &str = "portal_session";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";
const SSO_SECRET: &str = "sso_secret";
const SCIM_TOKEN: &str = "scim_token";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// The organisation with its accounts.
struct Freshdesk {
    kernel: Kernel,
    keys_disabled: bool,
    exports: Vec<(String, SystemTime)>,
    audit: Vec<Value>,
    next_passwords: std::collections::BTreeMap<String, String>,
}

impl Freshdesk {
    /// Notes an event for the audit log's export.
    fn record(&mut self, action: &str, object: &str, now: SystemTime) {
        if self.audit.len() < 1000 {
            let entry = json!({
                "event": action, "object": object, "performer": {"type": "agent"}, "time": iso(now),
            });
            self.audit.push(entry);
        }
    }
}

impl Platform for Freshdesk {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let answer = match (request.server, segments.as_slice()) {
            (ORG, _) => self.org(request, now)?,
            (_, ["api", "v2", rest @ ..]) => self.account(method, rest, request, now)?,
            (ACCOUNT, ["support", "login"]) if method == "POST" => self.portal_login(request, now),
            (ACCOUNT, ["support", "profile"]) if method == "GET" => self.portal(request, now),
            (ACCOUNT, ["login", "jwt"]) if method == "GET" => self.single_sign_on(request, now),
            (ACCOUNT, ["mcp"]) if method == "POST" => self.mcp(request, now),
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match (request.server, request.path.as_str()) {
            (ORG, "/oauth/v2/token") => answers::invalid_grant(),
            (ORG, path) if path.starts_with("/scim/") => answers::not_logged_in(),
            (ORG, _) | (_, "/support/login") => answers::login_page(),
            _ => answers::not_logged_in(),
        }
    }

    /// No listing shows keys or grants, so the extra token shows as an agent nobody recorded, whose
    /// address is the supplier's.
    fn plant(&mut self, now: SystemTime) {
        let id = (90_000 + self.kernel.next_number()).to_string();
        let email = format!("maya+{id}@acme.example");
        self.kernel.add(agents::new_agent(&id, &email, now).of(Supplier::Acme));
        let key = self.kernel.fresh("", 20, ALNUM);
        self.kernel.plant(Credential::new(API_KEY, &id, &key).of(&id), now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.by_admin(action, object, now)
    }
}
