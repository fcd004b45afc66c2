//! Who is assigned to which app: by the user's own assignment, never by a group here.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::Okta;
use super::auth;
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};
use crate::times::iso;

const ASSIGNMENT: &str = "assignment";

impl Okta {
    /// Assigns a user to an app.
    pub(super) fn assign(&mut self, app: &str, user: &str, now: SystemTime) {
        let id = format!("{app}/{user}");
        self.kernel.issue(Credential::new(ASSIGNMENT, &id, "").of(user).client(app), now);
    }

    /// Tells whether new tokens of the app may be made for a user.
    ///
    /// Asked at a sign-in only: that a refresh is refused too is inferred, so a refresh token goes on.
    pub(super) fn is_assigned(&self, app: &str, user: &str, now: SystemTime) -> bool {
        let held = |c: &Credential| c.kind == ASSIGNMENT && c.is_for(app) && c.is_of(user);
        !self.kernel.kept_where(now, held).is_empty()
    }

    /// Lists an app's users, shows one, or takes the app away from one.
    pub(super) fn assignments(
        &mut self,
        request: &Request,
        app: &str,
        one: &[&str],
        caller: &str,
        now: SystemTime,
    ) -> Option<Response> {
        let held = self.kernel.kept_where(now, |c| c.kind == ASSIGNMENT && c.is_for(app));
        let own = one.first().map(|user| {
            held.iter().copied().find(|key| self.kernel.credential(*key).is_of(user)).ok_or(*user)
        });
        Some(match (request.method.as_str(), one, own) {
            ("GET", [], None) => {
                let users: Vec<Value> = held.iter().map(|key| self.assignment_json(*key)).collect();
                auth::page(request, &users, 2)
            }
            (_, [_], Some(Err(user))) => auth::not_found(user, "AppUser"),
            ("GET", [_], Some(Ok(key))) => Response::json(200, &self.assignment_json(key)),
            ("DELETE", [user], Some(Ok(key))) => {
                self.kernel.revoke(key, Cause::Action, now);
                self.record("application.user_membership.remove", caller, user, now);
                Response::empty(204)
            }
            _ => return None,
        })
    }

    fn assignment_json(&self, key: Key) -> Value {
        let held = self.kernel.credential(key);
        let owner = held.principal.as_deref().and_then(|id| self.kernel.principal(id));
        json!({
            "id": held.principal, "scope": "USER", "status": "ACTIVE", "created": iso(held.created),
            "credentials": {"userName": owner.map(|p| &p.login)},
        })
    }
}
