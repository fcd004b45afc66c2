//! Zendesk Support: one account with users, sessions, account-wide API tokens and OAuth.
//!
//! Documented survivors are on: an API token works with any verified user's e-mail, sessions outlive
//! a suspension and a password reset, deleting a token row leaves the refresh token beside it, and
//! revoking the "current" token without the scope `write` answers 204 and does nothing. Not covered: tickets, Chat, SCIM.

use std::time::SystemTime;

use serde_json::Value;

use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, Key, Standing, State};
use crate::platforms::{Platform, Registration, Wanted};
use crate::population::{HEX, Supplier};

mod access;
mod answers;
mod audit;
mod clients;
mod exchange;
mod jobs;
mod passwords;
mod seed;
mod sessions;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

/// How the estate starts this platform.
pub(crate) const REGISTRATION: Registration =
    Registration { name: "zendesk", servers: &["ZENDESK_URL"], seed: seed::seed };

const USER: &str = "user";
const CLIENT: &str = "client";
const PASSWORD: &str = "password";
const SESSION: &str = "session";
const API_TOKEN: &str = "api_token";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";

/// The account's switch for API tokens, kept like a principal whose state hides them all.
const API_TOKEN_ACCESS: &str = "api_token_access";

/// The administrator whose bearer token the drill gets.
const ADMIN: &str = "9999";
/// Ids of objects made during a run start above those of the population.
const NEW_IDS: u64 = 10_000;

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// The whole account.
struct Zendesk {
    kernel: Kernel,
    jobs: Vec<jobs::Job>,
    audit: Vec<Value>,
}

impl Zendesk {
    fn new() -> Self {
        Self { kernel: Kernel::new("zendesk"), jobs: Vec::new(), audit: Vec::new() }
    }

    fn new_id(&mut self) -> String {
        (NEW_IDS + self.kernel.next_number()).to_string()
    }

    /// Gives a token that can still be addressed by its id; old age does not remove the row.
    fn addressed(&self, kind: &str, id: &str, now: SystemTime) -> Option<Key> {
        let key = self.kernel.find(kind, id)?;
        (self.kernel.standing(key, now) != Standing::Revoked).then_some(key)
    }
}

impl Platform for Zendesk {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        self.settle(now);
        let (method, mut segments) = request.route();
        if let Some(last) = segments.last_mut() {
            *last = last.strip_suffix(".json").unwrap_or(last);
        }
        let answer = match segments.as_slice() {
            ["oauth", "tokens"] if method == "POST" => self.exchange(request, now),
            ["api", "v2", "users", rest @ ..] => self.users(method, rest, request, now)?,
            ["api", "v2", "deleted_users", rest @ ..] => {
                self.deleted_users(method, rest, request, now)?
            }
            ["api", "v2", "search"] if method == "GET" => self.search(request, now),
            ["api", "v2", "sessions"] if method == "GET" => self.all_sessions(request, now),
            ["api", "v2", "job_statuses", id] if method == "GET" => self.job(id, request, now),
            ["api", "v2", "oauth", "tokens", rest @ ..] => {
                self.tokens(method, rest, request, now)?
            }
            ["api", "v2", "oauth", "clients", rest @ ..] => {
                self.clients(method, rest, request, now)?
            }
            ["api", "v2", "audit_logs"] if method == "GET" => self.audit_logs(request, now),
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        if request.path == "/oauth/tokens" {
            let own = request.field("grant_type").as_deref() == Some("client_credentials");
            return if own { answers::invalid_client() } else { answers::invalid_grant() };
        }
        if request.bearer().is_some() {
            return answers::invalid_token();
        }
        answers::not_authenticated()
    }

    fn plant(&mut self, now: SystemTime) {
        let id = self.new_id();
        let secret = self.kernel.fresh("", 64, HEX);
        let owner = Supplier::Acme.number(9001).to_string();
        let client = Supplier::Acme.number(302).to_string();
        let extra = Credential::new(ACCESS, &id, &secret).of(&owner).client(&client);
        self.kernel.plant(extra.scope("read write"), now);
    }

    fn provision(&mut self, login: &str, wanted: Wanted, now: SystemTime) {
        self.provision_user(login, wanted, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.settle(now);
        if let "disable_api_token_access" | "enable_api_token_access" = action {
            // The account's one switch, over the tokens' own: it has no object.
            let off = action == "disable_api_token_access";
            let state = if off { State::Deactivated } else { State::Active };
            self.kernel.set_state(API_TOKEN_ACCESS, state, now);
            self.record(ADMIN, "update", "account_setting", API_TOKEN_ACCESS, now);
            return Ok(());
        }
        // API tokens exist in the Admin Center only: there is no public endpoint for them.
        let key = self.addressed(API_TOKEN, object, now);
        let key = key.ok_or_else(|| format!("there is no API token {object:?}"))?;
        let what = match action {
            "delete_api_token" => {
                self.kernel.revoke(key, Cause::Action, now);
                "destroy"
            }
            "deactivate_api_token" => {
                self.kernel.set_enabled(key, false, now);
                "update"
            }
            "activate_api_token" => {
                self.kernel.set_enabled(key, true, now);
                "update"
            }
            _ => return Err(format!("the Admin Center has no action {action:?}")),
        };
        self.record(ADMIN, what, API_TOKEN, object, now);
        Ok(())
    }
}
