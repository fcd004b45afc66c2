//! GitLab, self-managed: one group with two projects, its people and bots, and every sort of token.
//!
//! Documented survivors are on: removing a member leaves every token, and the bots, deploy tokens,
//! trigger tokens and runners the member made; blocking is a mask; a deactivated user comes back by
//! signing in; a deploy key shared by two projects outlives its deletion in one; a token with the
//! right scope rotates itself. Not covered: SSH itself, web sessions, job tokens, agents, SCIM.

use std::time::SystemTime;

use serde_json::Value;

use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, Key, State};
use crate::platforms::{Platform, Registration};
use crate::population::URL_SAFE;

mod access;
mod answers;
mod audit;
mod oauth;
mod projects;
mod seed;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

/// How the estate starts this platform.
pub(crate) const REGISTRATION: Registration =
    Registration { name: "gitlab", servers: &["GITLAB_URL"], seed: seed::seed };

const USER: &str = "user";
const APPLICATION: &str = "application";

const PAT: &str = "pat";
const IMPERSONATION: &str = "impersonation_token";
const PROJECT_TOKEN: &str = "project_token";
const GROUP_TOKEN: &str = "group_token";
/// All that look alike and are looked up alike.
const TOKENS: [&str; 4] = [PAT, IMPERSONATION, PROJECT_TOKEN, GROUP_TOKEN];
const ACCESS: &str = "oauth_access";
const REFRESH: &str = "oauth_refresh";
const APP_SECRET: &str = "app_secret";
const PASSWORD: &str = "password";
const DEPLOY_TOKEN: &str = "deploy_token";
const DEPLOY_KEY: &str = "deploy_key";
const TRIGGER: &str = "trigger_token";
const RUNNER: &str = "runner_token";
const FEED: &str = "feed_token";
const HOOK: &str = "hook";
/// That a user, or a bot, is a member of the group.
const MEMBERSHIP: &str = "membership";

/// The administrator whose token the drill gets.
const ADMIN: &str = "9999";
/// Ids of objects made during a run start above those of the population.
const NEW_IDS: u64 = 10_000;

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// The whole instance.
struct Gitlab {
    kernel: Kernel,
    /// Every token that was ever made: the listing shows revoked ones too.
    rows: Vec<Key>,
    audit: Vec<Value>,
}

impl Gitlab {
    fn new() -> Self {
        Self { kernel: Kernel::new("gitlab"), rows: Vec::new(), audit: Vec::new() }
    }

    fn new_id(&mut self) -> String {
        (NEW_IDS + self.kernel.next_number()).to_string()
    }

    /// Issues a token and gives it its row.
    fn issue(&mut self, token: Credential, now: SystemTime) -> Key {
        let key = self.kernel.issue(token, now);
        if TOKENS.contains(&self.kernel.credential(key).kind) {
            self.rows.push(key);
        }
        key
    }

    fn api(&mut self, rest: &[&str], request: &Request, now: SystemTime) -> Option<Answer> {
        let method = request.method.as_str();
        let answer = match (method, rest) {
            ("GET", ["user"]) => self.me(request, now),
            (_, ["personal_access_tokens", tail @ ..]) => self.pats(method, tail, request, now)?,
            (_, ["users", tail @ ..]) => self.users(method, tail, request, now)?,
            (_, ["projects", id, tail @ ..]) => self.project(method, id, tail, request, now)?,
            (_, ["groups", "1", tail @ ..]) => self.group(method, tail, request, now)?,
            ("GET", ["deploy_tokens"]) => self.all_deploy_tokens(request, now),
            ("POST", ["runners", "verify"]) => self.verify_runner(request, now),
            (_, ["runners", tail @ ..]) => self.runners(method, tail, request, now)?,
            (_, ["applications", tail @ ..]) => self.applications(method, tail, request, now)?,
            ("GET", ["audit_events"]) => self.audit_events(request, now),
            _ => return None,
        };
        Some(answer)
    }
}

impl Platform for Gitlab {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            (_, ["api", "v4", rest @ ..]) => {
                let rest: Vec<&str> = rest.to_vec();
                self.api(&rest, request, now)?
            }
            ("GET", ["oauth", "token", "info"]) => self.token_info(request, now),
            ("POST", ["oauth", "token"]) => self.exchange(request, now),
            ("POST", ["oauth", "revoke"]) => self.oauth_revoke(request, now),
            ("GET", ["ours", name, "info", "refs"]) => self.git(name, request, now),
            ("GET", ["ours", "canary.atom"]) => self.feed(request, now),
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.path.as_str() {
            "/oauth/token" if request.field("grant_type").as_deref() == Some("refresh_token") => {
                answers::invalid_grant()
            }
            "/oauth/token" => answers::invalid_client(),
            path if path.starts_with("/ours/") => answers::unauthorized(),
            path if path.ends_with("/trigger/pipeline") => answers::not_found("Not Found"),
            "/api/v4/runners/verify" => answers::message(403, "403 Forbidden"),
            _ => answers::revoked(),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let id = self.new_id();
        let secret = self.kernel.fresh("glpat-", 20, URL_SAFE);
        let token = Credential::new(PAT, &id, &secret).of("9001").scope("api");
        let key = self.kernel.plant(token.with("name", "backup").grant(&id), now);
        self.rows.push(key);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        let missing = || format!("there is no user {object:?}");
        let user = self.kernel.principal(object).filter(|p| p.kind == USER).ok_or_else(missing)?;
        let state = user.state();
        match action {
            // A deactivated user needs nobody's leave to come back.
            "user_signs_in" => {
                if state != State::Active && state != State::Deactivated {
                    return Err(format!("user {object:?} is blocked"));
                }
                self.kernel.set_state(object, State::Active, now);
            }
            "reset_password" => {
                let password = self.kernel.fresh("", 20, URL_SAFE);
                self.kernel.replace_secret(PASSWORD, object, &password, now);
            }
            "reset_feed_token" => {
                let token = self.kernel.fresh("glft-", 20, URL_SAFE);
                self.kernel.replace_secret(FEED, object, &token, now);
            }
            // Password expiry, terms and addresses not confirmed refuse in the same way.
            "revoke_oauth_authorizations" => {
                let theirs = |c: &Credential| matches!(c.kind, ACCESS | REFRESH) && c.is_of(object);
                self.kernel.revoke_where(Cause::Action, now, theirs);
            }
            _ => return Err(format!("the pages have no action {action:?}")),
        }
        self.record(object, action, object, now);
        Ok(())
    }
}
