//! GitHub: one organization with single sign-on, its people, tokens, and the suppliers' apps.
//!
//! Two truths rule it: a token can be alive although the organization no longer lets it in, and most
//! credentials are invisible to owners. Documented survivors are on: removing a member leaves every
//! token and the deploy keys; a fine-grained token the organization revoked still answers who it is;
//! bulk revocation is accepted first and done later, and spares installation tokens; uninstalling an
//! app leaves the deploy keys it made. Not covered: SSH itself, web sessions, SCIM, GitHub Enterprise
//! Server.

use std::collections::HashMap;
use std::time::SystemTime;

use serde_json::Value;

use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, State};
use crate::platforms::{Platform, Registration};
use crate::population::ALNUM;

mod access;
mod answers;
mod apps;
mod members;
mod organization;
mod pem;
mod repository;
mod seed;
#[cfg(test)]
mod tests;
mod tokens;

const API: &str = "GITHUB_URL";
/// The site itself: the token endpoint, and git over HTTPS.
const WEB: &str = "GITHUB_WEB_URL";

/// How the estate starts this platform.
pub(crate) const REGISTRATION: Registration =
    Registration { name: "github", servers: &[API, WEB], seed: seed::seed };

/// The organization, and its private repository that shows reach.
const ORG: &str = "ours";
const REPOSITORY: &str = "canary";

const USER: &str = "user";
const APP: &str = "app";
const INSTALLATION: &str = "installation";

const PAT: &str = "pat_classic";
const FINE: &str = "pat_fine_grained";
const OAUTH: &str = "oauth_token";
const APP_USER: &str = "app_user_token";
const REFRESH: &str = "app_refresh_token";
const INSTALLATION_TOKEN: &str = "installation_token";
const APP_KEY: &str = "app_key";
const CLIENT_SECRET: &str = "client_secret";
const DEPLOY_KEY: &str = "deploy_key";
const USER_KEY: &str = "user_key";
const SECRET: &str = "actions_secret";
const RUNNER: &str = "runner";
const HOOK: &str = "hook";
const INVITATION: &str = "invitation";
/// That a user is in the organization, or collaborates on the repository.
const MEMBERSHIP: &str = "membership";
/// That the organization lets a fine-grained token in.
const ORG_GRANT: &str = "org_grant";
/// That a classic token or a key is authorized for single sign-on.
const SSO: &str = "sso_authorization";
/// That the organization approves of an OAuth app.
const APPROVAL: &str = "oauth_app_approval";

/// Ids of objects made during a run start above those of the population.
const NEW_IDS: u64 = 10_000;

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// The organization and everybody who touches it.
struct Github {
    kernel: Kernel,
    audit: Vec<Value>,
    /// When dead tokens of a user were tried.
    failures: HashMap<String, Vec<SystemTime>>,
}

impl Github {
    fn new() -> Self {
        Self { kernel: Kernel::new("github"), audit: Vec::new(), failures: HashMap::new() }
    }

    fn new_id(&mut self) -> String {
        (NEW_IDS + self.kernel.next_number()).to_string()
    }

    fn api(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("GET", ["user"]) => self.me(request, now),
            ("POST", ["user", "keys"]) => self.add_user_key(request, now),
            ("GET", ["users", login, "keys"]) => self.user_keys(login, request, now),
            ("POST", ["credentials", "revoke"]) => self.revoke_credentials(request, now),
            (_, ["app", rest @ ..]) => self.app(method, rest, request, now)?,
            ("GET", ["installation", "repositories"]) => self.repositories(request, now),
            ("DELETE", ["installation", "token"]) => self.revoke_own(request, now),
            (_, ["applications", client, rest @ ..]) => {
                self.application(method, client, rest, request, now)?
            }
            (_, ["orgs", ORG, rest @ ..]) => self.org(method, rest, request, now)?,
            (_, ["repos", ORG, name, rest @ ..]) => {
                self.repository(method, name, rest, request, now)?
            }
            _ => return None,
        };
        Some(answer)
    }
}

impl Platform for Github {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let answer = if request.server == WEB {
            self.web(request, now)?
        } else if request.header("user-agent").is_none_or(str::is_empty) {
            Err(answers::no_user_agent())
        } else {
            self.api(request, now)?
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        if request.server == WEB && request.path == "/login/oauth/access_token" {
            return answers::token_error("bad_refresh_token", "The refresh token is invalid.");
        }
        if request.path.starts_with("/repos/") {
            return answers::not_found();
        }
        answers::bad_credentials()
    }

    /// Plants a fine-grained token, since nothing else that people have can be listed by an owner.
    fn plant(&mut self, now: SystemTime) {
        let id = self.new_id();
        let secret = self.kernel.fresh("github_pat_", 82, ALNUM);
        let token = Credential::new(FINE, &id, &secret).of("9001").with("name", "backup");
        self.kernel.plant(token, now);
        let grant = Credential::new(ORG_GRANT, &id, "").of("9001").with("token", id.as_str());
        self.kernel.plant(grant, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        match action {
            "suspend_installation" => self.hand_installation(object, State::Suspended, now),
            "unsuspend_installation" => self.hand_installation(object, State::Active, now),
            "uninstall_app" => self.hand_installation(object, State::Deleted, now),
            "suspend_user" => self.hand_user(object, State::Suspended, now),
            "unsuspend_user" => self.hand_user(object, State::Active, now),
            "delete_pat" => self.hand_pat(object, true, now),
            "regenerate_pat" => self.hand_pat(object, false, now),
            "reinstate_member" => self.reinstate(object, now),
            "deny_oauth_app" | "allow_oauth_app" => {
                let key = self.kernel.find(APPROVAL, object);
                let key = key.ok_or_else(|| format!("there is no OAuth app {object:?}"))?;
                self.kernel.set_enabled(key, action == "allow_oauth_app", now);
                Ok(())
            }
            "delete_app_key" => {
                let key = self.kernel.find(APP_KEY, object);
                let key = key.ok_or_else(|| format!("there is no app {object:?}"))?;
                self.kernel.revoke(key, Cause::Action, now);
                Ok(())
            }
            "revoke_all_sso_authorizations" => {
                if object != ORG {
                    return Err(format!("there is no organization {object:?}"));
                }
                // Whatever has no person behind it is not asked for single sign-on.
                let ours = |c: &Credential| c.kind == SSO && !c.is_of(seed::OWNER);
                self.kernel.revoke_where(Cause::Action, now, ours);
                Ok(())
            }
            _ => Err(format!("the settings pages have no action {action:?}")),
        }
    }
}
