//! Google Workspace: the directory, the token endpoint, two user APIs, and service accounts.
//!
//! Documented survivors are on: a suspended user's grants only hide, and can no longer be listed or
//! deleted meanwhile; a new password ends mail grants only; signing out leaves every token; tokens of
//! service accounts cannot be revoked; domain-wide delegation impersonates anybody until somebody
//! removes it by hand. Not covered: sign-in itself (there is no supported probe), and app passwords on
//! IMAP and SMTP, which are listed and deleted here but speak no HTTP.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, State};
use crate::population::{Supplier, URL_SAFE, secret};
use crate::times::iso;

mod api;
mod assertion;
mod iam;
mod oauth;
mod personal;
mod seed;
#[cfg(test)]
mod tests;
mod users;

const ADMIN: &str = "GOOGLE_WORKSPACE_URL";
const OAUTH: &str = "GOOGLE_WORKSPACE_OAUTH_URL";
const API: &str = "GOOGLE_WORKSPACE_API_URL";
const IAM: &str = "GOOGLE_WORKSPACE_IAM_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "google-workspace",
    servers: &[ADMIN, OAUTH, API, IAM],
    seed: |_, now| {
        let (google, variables) = Google::seeded(now);
        (Box::new(google), variables)
    },
};

/// An access token's life.
const ACCESS_LIFE: Duration = Duration::from_secs(3599);
/// A refresh token dies of six months without use.
const REFRESH_IDLE: Duration = Duration::from_secs(180 * 86_400);

const USER: &str = "user";
const CLIENT: &str = "client";
const ROBOT: &str = "service_account";

const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const CLIENT_SECRET: &str = "client_secret";
const ROBOT_KEY: &str = "service_account_key";
const DELEGATION: &str = "delegation";
const API_KEY: &str = "api_key";
const APP_PASSWORD: &str = "app_password";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One Workspace tenant and the projects beside it.
pub(crate) struct Google {
    kernel: Kernel,
    events: Vec<Value>,
}

impl Google {
    /// Notes an event for the Reports API; a thousand are kept.
    fn record(&mut self, application: &str, name: &str, target: &str, now: SystemTime) {
        if self.events.len() < 1000 {
            let number = self.events.len() + 1;
            self.events.push(json!({
                "kind": "admin#reports#activity",
                "id": {"time": iso(now), "uniqueQualifier": number.to_string(), "applicationName": application},
                "actor": {"email": "admin@ours.example"},
                "events": [{"name": name, "parameters": [{"name": "USER_EMAIL", "value": target}]}],
            }));
        }
    }
}

impl Platform for Google {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let answer = match request.server {
            OAUTH => self.oauth(request, now)?,
            API => self.api(request, now)?,
            IAM => self.iam(request, now)?,
            _ => self.directory(request, now)?,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.server {
            OAUTH => oauth::dead(request),
            API if request.query("key").is_some() => api::bad_key(),
            _ => api::unauthenticated(),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let value = secret("google-workspace/planted", "1//0", 60, URL_SAFE);
        let planted = Credential::new(REFRESH, "planted", &value)
            .of(&seed::person(Supplier::Acme, 9001))
            .client("999-backup.apps.googleusercontent.com")
            .supplier(Some(Supplier::Acme))
            .scope("https://www.googleapis.com/auth/drive");
        self.kernel.plant(planted, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        let flag = match action {
            "require_reauth" => Some(("reauth", "required")),
            "lift_reauth" => Some(("reauth", "")),
            "disable_drive" => Some(("drive", "off")),
            "enable_drive" => Some(("drive", "")),
            _ => None,
        };
        if let Some((name, value)) = flag {
            let user = self.kernel.principal_mut(object).filter(|p| p.kind == USER);
            let user = user.ok_or_else(|| format!("google-workspace has no user {object:?}"))?;
            user.data.insert(name.into(), json!(value));
            return Ok(());
        }
        let client = |google: &Self| {
            let known = google.kernel.principal(object).is_some_and(|p| p.kind == CLIENT);
            known.then_some(()).ok_or_else(|| format!("google-workspace has no client {object:?}"))
        };
        match action {
            "remove_dwd_entry" => self.end_by_hand(DELEGATION, object, now),
            "delete_api_key" => self.end_by_hand(API_KEY, object, now),
            "reset_client_secret" => {
                client(self)?;
                let fresh = self.kernel.fresh("GOCSPX-", 28, URL_SAFE);
                self.kernel.replace_secret(CLIENT_SECRET, object, &fresh, now);
                Ok(())
            }
            "delete_client" => {
                client(self)?;
                self.kernel.set_state(object, State::Deleted, now);
                Ok(())
            }
            "disable_client" => {
                client(self)?;
                self.kernel.set_state(object, State::Deactivated, now);
                Ok(())
            }
            // Blocks new consents; whether it touches existing grants is unconfirmed, so they live.
            "block_app" => client(self),
            _ => Err(format!("google-workspace has no manual action {action:?}")),
        }
    }
}

impl Google {
    fn end_by_hand(&mut self, kind: &'static str, id: &str, now: SystemTime) -> Result<(), String> {
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| format!("google-workspace has no {kind} {id:?}"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(())
    }
}
