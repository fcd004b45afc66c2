//! Jira Service Management: one site, the Atlassian organisation over it, and the OAuth server.
//!
//! Documented survivors are on: a deactivated account's tokens come back with it; an organisation key
//! belongs to no admin; an external supplier's tokens can be neither listed nor deleted by us; removing
//! access leaves the account alive elsewhere; uninstalling is a slow job; a used refresh token answers
//! for ten minutes more and kills its family afterwards; open endpoints answer 200 to a dead token. Not
//! covered: Connect and Forge secrets, webhooks, Ops keys, mail channels, Bitbucket.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, State};
use crate::population::{Supplier, URL_SAFE, secret};
use crate::times::iso;

mod accounts;
mod auth;
mod org;
mod seed;
mod site;
#[cfg(test)]
mod tests;

const SITE: &str = "JIRA_SERVICE_MANAGEMENT_URL";
const GATEWAY: &str = "JIRA_SERVICE_MANAGEMENT_API_URL";
const AUTH: &str = "JIRA_SERVICE_MANAGEMENT_AUTH_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "jira-service-management",
    servers: &[SITE, GATEWAY, AUTH],
    seed: |_, now| {
        let (atlassian, variables) = Atlassian::seeded(now);
        (Box::new(atlassian), variables)
    },
};

const ACCOUNT: &str = "account";
/// An account's access to our site: what the organisation can take from an external one.
const SEAT: &str = "seat";
const CUSTOMER: &str = "customer";
const APP: &str = "app";

const API_TOKEN: &str = "api_token";
const SCOPED_TOKEN: &str = "scoped_api_token";
const ORG_KEY: &str = "org_api_key";
const SESSION: &str = "session";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const GRANT: &str = "grant";
const CLIENT_SECRET: &str = "client_secret";
const SCIM: &str = "scim_token";
const PORTAL: &str = "portal_session";

const ORG: &str = "org-OURS";
const CLOUD: &str = "cloud-OURS";
const ACCESS_LIFE: Duration = Duration::from_secs(3600);
/// A refresh token's life without use.
const REFRESH_IDLE: Duration = Duration::from_secs(90 * 86_400);
/// How long a used refresh token still answers.
const LEEWAY: Duration = Duration::from_secs(600);
/// How long the background job of an uninstallation takes here; the facts only call it slow.
const UNINSTALL: Duration = Duration::from_secs(600);

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One organisation with one site.
pub(crate) struct Atlassian {
    kernel: Kernel,
    events: Vec<Value>,
}

impl Atlassian {
    /// Notes an event for the organisation's audit log; a thousand are kept.
    fn record(&mut self, action: &str, target: &str, now: SystemTime) {
        if self.events.len() < 1000 {
            let id = format!("event-{}", self.events.len() + 1);
            self.events.push(json!({
                "id": id, "type": "events",
                "attributes": {"time": iso(now), "action": action, "context": [{"id": target}]},
            }));
        }
    }

    fn end_by_hand(&mut self, kind: &'static str, id: &str, now: SystemTime) -> Result<(), String> {
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| format!("jira-service-management has no {kind} {id:?}"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(())
    }

    fn known(&self, kind: &str, id: &str) -> Result<(), String> {
        let found = self.kernel.principal(id).is_some_and(|p| p.kind == kind);
        found.then_some(()).ok_or_else(|| format!("jira-service-management has no {kind} {id:?}"))
    }
}

impl Platform for Atlassian {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let answer = match request.server {
            AUTH => self.auth(request, now)?,
            GATEWAY => self.gateway(request, now)?,
            _ => self.site(request, now)?,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.server {
            AUTH => auth::unknown(),
            GATEWAY => org::unauthorized(),
            _ => site::unauthenticated(),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let value = secret("jira-service-management/planted", "ATATT3", 180, URL_SAFE);
        let planted = Credential::new(API_TOKEN, "token-PLANTED", &value)
            .of("account-ACMEMAYA")
            .with("label", "backup")
            .supplier(Some(Supplier::Acme));
        self.kernel.plant(planted, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        match action {
            "revoke_org_api_key" => self.end_by_hand(ORG_KEY, object, now),
            "delete_scim_token" => self.end_by_hand(SCIM, object, now),
            "revoke_app_grant" => {
                self.end_by_hand(GRANT, object, now)?;
                let own = |c: &Credential| c.kind == REFRESH && c.text("consent") == object;
                self.kernel.revoke_where(Cause::Action, now, own);
                Ok(())
            }
            "uninstall_app" => {
                self.known(APP, object)?;
                let own = |c: &Credential| [GRANT, REFRESH].contains(&c.kind) && c.is_for(object);
                for key in self.kernel.kept_where(now, own) {
                    self.kernel.revoke_later(key, Cause::Action, now, UNINSTALL);
                }
                Ok(())
            }
            "rotate_client_secret" => {
                self.known(APP, object)?;
                let fresh = self.kernel.fresh("ATOA", 60, URL_SAFE);
                self.kernel.replace_secret(CLIENT_SECRET, object, &fresh, now);
                Ok(())
            }
            "change_password" => {
                self.known(ACCOUNT, object)?;
                let own = |c: &Credential| c.kind == REFRESH && c.is_of(object);
                self.kernel.revoke_where(Cause::Action, now, own);
                Ok(())
            }
            "end_sessions" | "force_password_reset" => {
                self.known(ACCOUNT, object)?;
                let own = |c: &Credential| c.kind == SESSION && c.is_of(object);
                self.kernel.revoke_where(Cause::Action, now, own);
                Ok(())
            }
            "sync_from_google" => {
                self.known(ACCOUNT, object)?;
                if let Some(account) = self.kernel.principal_mut(object) {
                    account.data.insert("synced".into(), json!("google"));
                }
                Ok(())
            }
            "reactivate_account" => {
                self.known(ACCOUNT, object)?;
                self.kernel.set_state(object, State::Active, now);
                Ok(())
            }
            _ => Err(format!("jira-service-management has no manual action {action:?}")),
        }
    }
}
