//! Slack: one workspace of one organisation, with users, an installed app, sessions and SCIM.
//!
//! Nearly every answer is HTTP 200; `ok` and `error` carry the verdict. Documented survivors are on:
//! deactivating a person leaves the bot token, the webhook and the app-level token of the app that
//! person installed; ending sessions leaves tokens; uninstalling leaves the app-level token and the
//! client secret, which belong to the app and not to the installation. Not covered: Slack Connect,
//! configuration tokens, guests.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, Kernel, Principal, State};
use crate::platforms::{Platform, Registration, Wanted};
use crate::population::{ALNUM, HEX, Supplier};

mod access;
mod apps;
mod audit;
mod oauth;
mod reading;
mod scim;
mod seed;
mod sessions;
#[cfg(test)]
mod tests;
mod users;
mod webhooks;

/// How the estate starts this platform.
pub(crate) const REGISTRATION: Registration =
    Registration { name: "slack", servers: &["SLACK_URL"], seed: seed::seed };

const TEAM: &str = "T0OURS";
const USER: &str = "user";
const BOT: &str = "bot";
const APP: &str = "app";
const USER_TOKEN: &str = "user_token";
const BOT_TOKEN: &str = "bot_token";
const APP_TOKEN: &str = "app_token";
const SESSION: &str = "session";
const WEBHOOK: &str = "webhook";
/// Renews the tokens of an app that has token rotation on.
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";

/// The organisation's primary owner, whose token the drill gets.
const OWNER: &str = "U0ADMIN";
/// Ids of sessions made during a run start above those of the population.
const NEW_IDS: u64 = 10_000;

/// Either the answer or the refusal that came first; both are mostly HTTP 200.
type Answer = Result<Response, Response>;

/// The whole organisation.
struct Slack {
    kernel: Kernel,
    audit: Vec<Value>,
    installs: Vec<Value>,
}

impl Slack {
    fn new() -> Self {
        Self { kernel: Kernel::new("slack"), audit: Vec::new(), installs: Vec::new() }
    }

    fn api(&mut self, method: &str, request: &Request, now: SystemTime) -> Option<Answer> {
        let answer = match method {
            "auth.test" => self.auth_test(request, now),
            "auth.revoke" => self.auth_revoke(request, now),
            "users.list" => self.users_list(request, now),
            "conversations.list" => self.conversations_list(request, now),
            "team.integrationLogs" => self.integration_logs(request, now),
            "apps.connections.open" => self.connections_open(request, now),
            "apps.uninstall" => self.apps_uninstall(request, now),
            "oauth.v2.access" => self.oauth_access(request, now),
            "admin.users.list" => self.admin_users_list(request, now),
            "admin.users.remove" => self.admin_users_remove(request, now),
            "admin.users.assign" => self.admin_users_assign(request, now),
            "admin.users.deactivate" => self.admin_users_deactivate(request, now),
            "admin.users.session.list" => self.session_list(request, now),
            "admin.users.session.reset" => self.session_reset(request, now),
            "admin.users.session.resetBulk" => self.session_reset_bulk(request, now),
            "admin.users.session.invalidate" => self.session_invalidate(request, now),
            "admin.apps.uninstall" => self.admin_apps_uninstall(request, now),
            "admin.apps.restrict" => self.admin_apps_restrict(request, now),
            "admin.apps.approved.list" => self.admin_apps_list("approved_apps", request, now),
            "admin.apps.restricted.list" => self.admin_apps_list("restricted_apps", request, now),
            _ => return None,
        };
        Some(answer)
    }
}

impl Platform for Slack {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (http, segments) = request.route();
        let answer = match segments.as_slice() {
            // The Web API takes GET and POST alike.
            ["api", method] if http == "POST" || http == "GET" => self.api(method, request, now)?,
            ["scim", "v1" | "v2", rest @ ..] => self.scim(http, rest, request, now)?,
            ["services", team, service, secret] if http == "POST" => {
                let [service, secret] = [service, secret].map(|part| decode_segment(part));
                Ok(self.webhook(team, &service, &secret, request, now))
            }
            ["audit", "v1", "logs"] if http == "GET" => self.audit_logs(request, now),
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        if request.path.starts_with("/scim/") {
            return scim::refused(401, "invalid_authentication");
        }
        if request.path.starts_with("/services/") {
            return webhooks::plain(404, "no_service");
        }
        if request.path == "/api/oauth.v2.access" {
            let refreshing = request.field("grant_type").as_deref() == Some("refresh_token");
            return failed(if refreshing { "invalid_refresh_token" } else { "bad_client_secret" });
        }
        failed(access::dead_code(&access::sent(request).unwrap_or_default()))
    }

    /// Plants a session, since sessions are all that Slack lists: tokens have no listing.
    fn plant(&mut self, now: SystemTime) {
        let id = (NEW_IDS + self.kernel.next_number()).to_string();
        let token = self.kernel.fresh("xoxc-", 64, HEX);
        let cookie = self.kernel.fresh("xoxd-", 120, ALNUM);
        let owner = format!("U0{}MAYA", Supplier::Acme.upper());
        let session = Credential::new(SESSION, &id, &token).of(&owner).with("cookie", cookie);
        self.kernel.plant(session, now);
    }

    fn provision(&mut self, login: &str, wanted: Wanted, now: SystemTime) {
        let known = self.kernel.by_login(USER, login).map(|user| user.id.clone());
        match (known, wanted) {
            (Some(id), Wanted::Inactive) => self.deactivate(&id, OWNER, now),
            (Some(id), Wanted::Active) => {
                self.kernel.set_state(&id, State::Active, now);
                self.record(OWNER, "user_reactivated", "user", &id, now);
            }
            (None, Wanted::Active) => {
                let id = format!("U0NEW{}", self.kernel.next_number());
                self.kernel.add(Principal::new(USER, &id, login).with("role", "member"));
                self.record(OWNER, "user_created", "user", &id, now);
            }
            (None, Wanted::Inactive) => {}
        }
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        let missing = |what: &str| format!("there is no {what} {object:?}");
        match action {
            "reactivate_user" => {
                let user = self.kernel.principal(object).filter(|p| p.kind == USER);
                user.ok_or_else(|| missing("user"))?;
                self.kernel.set_state(object, State::Active, now);
                self.record(OWNER, "user_reactivated", "user", object, now);
            }
            // App-level tokens are revoked on the app's own settings page, and nowhere else.
            "revoke_app_token" => {
                let app = self.kernel.principal(object).filter(|p| p.kind == APP);
                app.ok_or_else(|| missing("app"))?;
                let token = |c: &Credential| c.kind == APP_TOKEN && c.is_for(object);
                self.kernel.revoke_where(Cause::Action, now, token);
            }
            "rotate_client_secret" => {
                let app = self.kernel.principal(object).filter(|p| p.kind == APP);
                app.ok_or_else(|| missing("app"))?;
                let secret = self.kernel.fresh("", 32, HEX);
                self.kernel.replace_secret(CLIENT_SECRET, object, &secret, now);
            }
            _ => return Err(format!("the admin pages have no action {action:?}")),
        }
        Ok(())
    }
}

/// Says yes; `body` must be an object.
fn succeeded(mut body: Value) -> Response {
    body["ok"] = true.into();
    Response::json(200, &body)
}

/// Says no, with a code, and still HTTP 200.
fn failed(code: &str) -> Response {
    Response::json(200, &json!({"ok": false, "error": code}))
}

/// Reads an argument from the body (JSON of any type, or form) or the query.
fn argument(request: &Request, name: &str) -> Option<String> {
    let body = request.json();
    let given = match body.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(items)) => Some(listed(items)),
        Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Object(_))) => {
            Some(other.to_string())
        }
    };
    given.or_else(|| {
        let text = request.form(name).or_else(|| request.query(name))?;
        // The SDK for Node writes a list into a form as JSON, the one for Python with commas.
        let items = serde_json::from_str::<Vec<Value>>(&text);
        Some(items.map_or(text, |items| listed(&items)))
    })
}

fn listed(items: &[Value]) -> String {
    items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}

/// Demands an argument.
fn required(request: &Request, name: &str) -> Result<String, Response> {
    let given = argument(request, name).filter(|value| !value.is_empty());
    given.ok_or_else(|| failed("invalid_arguments"))
}

/// Tells whether a flag was given as true, in any of the ways Slack accepts.
fn flag(request: &Request, name: &str) -> bool {
    argument(request, name).is_some_and(|value| value == "1" || value == "true")
}

/// Renders one page of a listing; an empty cursor ends it.
///
/// The cursor counts items, which is safe here: users and apps are never taken out of their lists,
/// and sessions are few.
fn page(request: &Request, name: &str, items: Vec<Value>) -> Response {
    let limit = argument(request, "limit").and_then(|limit| limit.parse().ok());
    let limit: usize = limit.filter(|limit| *limit > 0).unwrap_or(100).min(1000);
    let start =
        argument(request, "cursor").and_then(|cursor| cursor.strip_prefix('c')?.parse().ok());
    let start: usize = start.unwrap_or(0);
    let more = start + limit < items.len();
    let next = if more { format!("c{}", start + limit) } else { String::new() };
    let shown: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
    succeeded(json!({name: shown, "response_metadata": {"next_cursor": next}}))
}
