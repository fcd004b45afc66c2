//! Apps: what their owner can do with a signed token, and their installation in our organization.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{message, not_found, number, page};
use super::{APP_USER, Answer, Github, INSTALLATION, INSTALLATION_TOKEN, ORG, REFRESH, REPOSITORY};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Principal, State};
use crate::population::ALNUM;
use crate::times::iso;

/// How long an installation token lives.
pub(super) const LIFETIME: Duration = Duration::from_secs(3600);

impl Github {
    /// Everything below `/app`.
    pub(super) fn app(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let app = match self.app_caller(request, now) {
            Ok(app) => app,
            Err(refusal) => return Some(Err(refusal)),
        };
        let answer = match (method, rest) {
            ("GET", []) => self.who_is_app(&app),
            ("GET", ["installations"]) => {
                let own = self.installations(|p| p.text("app") == app);
                Ok(page(request, None, own))
            }
            ("POST", ["installations", id, "access_tokens"]) => self.mint(&app, id, now),
            ("PUT", ["installations", id, "suspended"]) => {
                self.end_installation(&app, id, State::Suspended, now)
            }
            ("DELETE", ["installations", id, "suspended"]) => {
                self.end_installation(&app, id, State::Active, now)
            }
            ("DELETE", ["installations", id]) => {
                self.end_installation(&app, id, State::Deleted, now)
            }
            _ => return None,
        };
        Some(answer)
    }

    fn who_is_app(&self, app: &str) -> Answer {
        let app = self.kernel.presented(app).ok_or_else(not_found)?;
        Ok(Response::json(
            200,
            &json!({
                "id": number(app.id.trim_start_matches("app/")),
                "slug": app.login,
                "name": app.name,
                "client_id": app.text("client"),
                "owner": {"login": app.text("owner")},
            }),
        ))
    }

    fn installation(&self, app: &str, id: &str) -> Result<Principal, Response> {
        let installation = self.kernel.principal(&format!("inst/{id}"));
        let installation = installation.filter(|p| p.text("app") == app);
        installation.filter(|p| p.state() != State::Deleted).cloned().ok_or_else(not_found)
    }

    /// Makes an installation token, unless the organization has suspended or removed the app.
    fn mint(&mut self, app: &str, id: &str, now: SystemTime) -> Answer {
        let installation = self.kernel.principal(&format!("inst/{id}")).cloned();
        let installation = installation.filter(|p| p.text("app") == app).ok_or_else(not_found)?;
        match installation.effective(now) {
            State::Active => {}
            State::Suspended => return Err(message(403, "This installation has been suspended")),
            State::Deactivated | State::Deleted => return Err(not_found()),
        }
        let secret = self.kernel.fresh("ghs_", 36, ALNUM);
        let number = self.new_id();
        let token = Credential::new(INSTALLATION_TOKEN, &number, &secret)
            .of(&installation.id)
            .client(app)
            .expires(now + LIFETIME)
            .hidden_by(&installation.id, INACTIVE);
        self.kernel.issue(token, now);
        Ok(Response::json(
            201,
            &json!({
                "token": secret,
                "expires_at": iso(now + LIFETIME),
                "permissions": {"contents": "read", "metadata": "read"},
                "repository_selection": "all",
            }),
        ))
    }

    fn end_installation(&mut self, app: &str, id: &str, state: State, now: SystemTime) -> Answer {
        self.installation(app, id)?;
        let done = self.hand_installation(id, state, now);
        done.map_err(|_| not_found())?;
        Ok(Response::empty(204))
    }

    /// Suspends, un-suspends or removes an installation. Removal ends what members had authorized;
    /// suspension leaves that; the deploy keys the app made stay in both cases.
    pub(super) fn hand_installation(
        &mut self,
        id: &str,
        state: State,
        now: SystemTime,
    ) -> Result<(), String> {
        let name = format!("inst/{id}");
        let found = self.kernel.principal(&name).filter(|p| p.state() != State::Deleted);
        let found = found.ok_or_else(|| format!("there is no installation {id:?}"))?;
        let (app, client) = (found.text("app").to_owned(), found.text("client").to_owned());
        self.kernel.set_state(&name, state, now);
        if state == State::Deleted {
            self.kernel.revoke_where(Cause::Deactivation, now, |c| {
                let theirs = matches!(c.kind, APP_USER | REFRESH) && c.is_for(&client);
                theirs || (c.kind == INSTALLATION_TOKEN && c.is_for(&app))
            });
        }
        let what = match state {
            State::Active => "integration_installation.unsuspend",
            State::Suspended => "integration_installation.suspend",
            State::Deactivated | State::Deleted => "integration_installation.delete",
        };
        self.record("owner", what, &name, now);
        Ok(())
    }

    /// Renders the installations in our organization.
    pub(super) fn installations(&self, wanted: impl Fn(&Principal) -> bool) -> Vec<Value> {
        let there =
            |p: &&Principal| p.kind == INSTALLATION && p.state() != State::Deleted && wanted(p);
        let found = self.kernel.principals().iter().filter(there);
        let found = found.map(|installation| {
            let app = installation.text("app");
            let slug = self.kernel.principal(app).map(|app| app.login.clone());
            json!({
                "id": number(installation.id.trim_start_matches("inst/")),
                "app_id": number(app.trim_start_matches("app/")),
                "app_slug": slug,
                "client_id": installation.text("client"),
                "account": {"login": ORG},
                "repository_selection": "all",
                "permissions": {"contents": "read"},
                "suspended_at": (installation.state() == State::Suspended).then_some("suspended"),
                "created_at": installation.text("created_at"),
            })
        });
        found.collect()
    }

    /// Lists what an installation token can reach.
    pub(super) fn repositories(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        if caller.kind != INSTALLATION_TOKEN {
            return Err(message(403, "Resource not accessible by personal access token"));
        }
        let name = format!("{ORG}/{REPOSITORY}");
        let owner = json!({"login": ORG});
        let body = vec![json!({"id": 8001, "full_name": name, "private": true, "owner": owner})];
        Ok(page(request, Some("repositories"), body))
    }
}
