//! Intercom: one workspace with teammates, apps and their tokens, the Messenger and SCIM.
//!
//! Survivors that are documented and therefore on: tokens have no expiry and no refresh; they outlive
//! a changed e-mail address and a password reset; forced single sign-on leaves open sessions; a
//! rotated client secret leaves every token; an IP list revokes nothing; an uninstalled app is back
//! with one click. Contested, and here the worse case: a token outlives its maker's removal.
//! Not covered: conversations, outbound webhooks, custom sender domains.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel};
use crate::population::{ALNUM, Supplier};
use crate::times::epoch;

mod api;
mod apps;
mod hand;
mod login;
mod messenger;
mod scim;
mod seed;
#[cfg(test)]
mod tests;

const API: &str = "INTERCOM_URL";
const EU_API: &str = "INTERCOM_EU_URL";
const CONSOLE: &str = "INTERCOM_APP_URL";
const MESSENGER: &str = "INTERCOM_MESSENGER_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "intercom",
    servers: &[API, EU_API, CONSOLE, MESSENGER],
    seed: |_, now| {
        let (workspace, variables) = Intercom::seeded(now);
        (Box::new(workspace), variables)
    },
};

const ADMIN_USER: &str = "5999";
const TEAMMATE: &str = "teammate";
const APP: &str = "app";
const PASSWORD: &str = "password";
const SESSION: &str = "session";
const TOKEN: &str = "token";
const CODE: &str = "code";
const CLIENT_SECRET: &str = "client_secret";
const MESSENGER_SECRET: &str = "messenger_secret";
const VISITOR: &str = "messenger_session";
const SCIM_TOKEN: &str = "scim_token";

/// The workspace, as `app.id_code` names it.
const WORKSPACE: &str = "ours1abc";
/// What teammates' people see besides: the other workspace of whoever works for a supplier.
const OTHER_WORKSPACE: &str = "other2xyz";
/// Entries of the activity log that are kept.
const LOG: usize = 1000;

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One workspace.
struct Intercom {
    kernel: Kernel,
    activity: Vec<Value>,
    allowlist: Value,
    sso_forced: bool,
    /// What the password-reset mail of a teammate will set, known to the drill beforehand.
    next_passwords: std::collections::BTreeMap<String, String>,
}

/// Refuses: every error is a list of one.
fn error(status: u16, code: &str, message: &str) -> Response {
    let body = json!({
        "type": "error.list",
        "request_id": "mock",
        "errors": [{"code": code, "message": message}],
    });
    Response::json(status, &body)
}

fn invalid_token() -> Response {
    error(401, "unauthorized", "Access Token Invalid")
}

fn not_found() -> Response {
    error(404, "not_found", "Resource Not Found")
}

impl Intercom {
    /// Makes a token in the vendor's shape: base64 of something that begins with `tok:`.
    fn new_token(&mut self) -> String {
        self.kernel.fresh("dG9rO", 54, ALNUM) + "="
    }

    /// Notes an activity; the newest come first in the log.
    fn record(&mut self, kind: &str, by: &str, metadata: &Value, now: SystemTime) {
        let by = self.kernel.principal(by);
        let entry = json!({
            "id": format!("log-{}", self.activity.len() + 1),
            "performed_by": {
                "type": "admin",
                "id": by.map(|by| by.id.clone()),
                "email": by.map(|by| by.login.clone()),
                "ip": "127.0.0.1",
            },
            "metadata": metadata,
            "created_at": epoch(now),
            "activity_type": kind,
            "activity_description": kind.replace('_', " "),
        });
        if self.activity.len() < LOG {
            self.activity.insert(0, entry);
        }
    }
}

impl Platform for Intercom {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let answer = match request.server {
            CONSOLE => self.console(request, now),
            MESSENGER => self.messenger(request, now),
            _ => {
                let (method, segments) = request.route();
                match segments.as_slice() {
                    ["scim", "v2", rest @ ..] => self.scim(method, rest, request, now),
                    _ => self.api(request, now),
                }
            }
        };
        Some(answer?.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.server {
            CONSOLE if request.method == "POST" => login::wrong(),
            CONSOLE => login::to_login(request),
            MESSENGER => messenger::refused(),
            _ if request.path.starts_with("/scim/") => scim::invalid(),
            _ => invalid_token(),
        }
    }

    /// No listing shows tokens here: what shows the extra one is the log.
    fn plant(&mut self, now: SystemTime) {
        let maya = Supplier::Acme.number(5101).to_string();
        let (id, secret) = (self.kernel.next_number().to_string(), self.new_token());
        let token = Credential::new(TOKEN, &id, &secret).of(&maya).client("planted");
        self.kernel.plant(token.scope("read_admins"), now);
        let metadata = json!({"app_package_code": "planted"});
        self.record("app_package_installation", &maya, &metadata, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.by_admin(action, object, now)
    }
}
