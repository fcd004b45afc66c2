//! ServiceNow: one instance with users, sessions, OAuth, API keys and the Table API.
//!
//! Survivors that are documented and therefore on: the cookie that came with an API answer outlives
//! the token it came for; "needs reset" does not bind the API; a changed password leaves tokens, keys,
//! sessions and the remember-me cookie; ending a session ends that one, and only on this node; a
//! second token is the first one with more time. Unconfirmed, and here the worse case: tokens and API
//! keys of a locked or inactive user go on, and so does a revoked token's sibling.
//! Not covered: HMAC keys, client certificates, SCIM, inbound mail, mobile sessions.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel};
use crate::population::{Supplier, URL_SAFE};
use crate::times::epoch;

mod access;
mod assertion;
mod hand;
mod login;
mod oauth;
mod query;
mod seed;
mod sessions;
mod tables;
#[cfg(test)]
mod tests;
mod writes;

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "servicenow",
    servers: &["SERVICENOW_URL"],
    seed: |_, now| {
        let (instance, variables) = ServiceNow::seeded(now);
        (Box::new(instance), variables)
    },
};

const USER: &str = "user";
/// What `locked_out` is written on; apart from `active`, because each blocks by itself.
const LOCK: &str = "lock";
const ENTITY: &str = "oauth_entity";
const ROLE: &str = "role";

const PASSWORD: &str = "password";
const SESSION: &str = "session";
/// The cookie that any API answer hands out.
const INTEGRATION: &str = "integration_session";
const REMEMBER: &str = "remember_me";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";
const CERTIFICATE: &str = "certificate";
const API_KEY: &str = "api_key";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One instance.
struct ServiceNow {
    kernel: Kernel,
    properties: BTreeMap<String, bool>,
    failures: BTreeMap<String, (u32, SystemTime)>,
    events: Vec<Value>,
}

/// Gives a record's id from its number in the population.
fn sys_id(number: u64) -> String {
    format!("{number:0>32}")
}

/// Refuses in the Table API's envelope.
fn error(status: u16, message: &str, detail: Option<&str>) -> Response {
    let body = json!({"error": {"message": message, "detail": detail}, "status": "failure"});
    Response::json(status, &body)
}

fn not_authenticated() -> Response {
    error(401, "User Not Authenticated", Some("Required to provide Auth information"))
        .with("WWW-Authenticate", "BASIC realm=\"Service-now\"")
}

fn not_found() -> Response {
    error(
        404,
        "No Record found",
        Some("Record doesn't exist or ACL restricts the record retrieval"),
    )
}

impl ServiceNow {
    /// Tells whether a security property is on.
    fn property(&self, name: &str) -> bool {
        self.properties.get(name).copied().unwrap_or(false)
    }

    fn new_sys_id(&mut self) -> String {
        sys_id(900_000 + self.kernel.next_number())
    }

    /// Queues an event of the event log.
    fn event(&mut self, name: &str, user: &str, now: SystemTime) {
        if self.events.len() < 1000 {
            let id = sys_id(800_000 + u64::try_from(self.events.len()).unwrap_or(0));
            let row = json!({
                "sys_id": id, "name": name, "parm1": user, "parm2": "127.0.0.1",
                "sys_created_on": epoch(now).to_string(),
            });
            self.events.push(row);
        }
    }
}

impl Platform for ServiceNow {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("GET", [] | ["nav_to.do"]) => Ok(self.front_page(request, now)),
            ("GET", ["login.do"]) => Ok(login::form()),
            ("POST", ["login.do"]) => self.login(request, now),
            ("GET", ["logout.do"]) => Ok(self.logout(request, now)),
            ("POST", ["oauth_token.do"]) => self.token(request, now),
            ("GET" | "POST", ["oauth_revoke_token.do"]) => Ok(self.revoke(request, now)),
            (_, ["api", "now", "table", rest @ ..]) => self.table(method, rest, request, now)?,
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.path.as_str() {
            "/oauth_token.do" => oauth::denied(),
            "/login.do" => login::wrong(),
            "/" | "/nav_to.do" => login::to_login(request),
            _ => not_authenticated(),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let maya = sys_id(Supplier::Acme.number(3001));
        let (id, secret) = (self.new_sys_id(), self.kernel.fresh("", 86, URL_SAFE));
        let client = sys_id(Supplier::Acme.number(3301));
        let token = Credential::new(REFRESH, &id, &secret).of(&maya).client(&client);
        self.kernel.plant(token, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.by_admin(action, object, now)
    }
}
