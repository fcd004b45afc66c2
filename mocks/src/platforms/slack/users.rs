//! The life of users, as organisation admins see it. Deactivation is shared with SCIM.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{
    APP, Answer, OWNER, SESSION, Slack, TEAM, USER, USER_TOKEN, failed, page, required, succeeded,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, State};

/// Removed from the workspace, still in the organisation: the kernel has no fifth state, and a
/// suspension is just that, something a re-assignment lifts.
const REMOVED: State = State::Suspended;

impl Slack {
    pub(super) fn admin_users_list(&self, request: &Request, now: SystemTime) -> Answer {
        self.admin("admin.users:read", request, now)?;
        let users = self.kernel.principals().iter().filter(|p| p.kind == USER);
        let users = users.filter(|p| p.state() != REMOVED).map(|user| {
            json!({
                "id": user.id,
                "email": user.login,
                "username": user.name,
                "full_name": user.name,
                "is_active": user.state() == State::Active,
                "is_admin": user.id == OWNER,
                "is_owner": user.id == OWNER,
                "is_primary_owner": user.id == OWNER,
                "is_restricted": false,
                "is_ultra_restricted": false,
                "is_bot": false,
                "expiration_ts": 0,
                "workspaces": [TEAM],
            })
        });
        Ok(page(request, "users", users.collect::<Vec<Value>>()))
    }

    /// Takes a user out of the workspace. The account stays, and so does what works by itself.
    ///
    /// Whether the workspace's tokens are revoked or only unusable is not documented; here they are
    /// back once the user is, the worse case.
    pub(super) fn admin_users_remove(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin("admin.users:write", request, now)?;
        let user = self.of_team(request)?;
        self.may_act_on(&user)?;
        if self.state(&user) == Some(State::Active) {
            self.kernel.set_state(&user, REMOVED, now);
        }
        Ok(succeeded(json!({})))
    }

    pub(super) fn admin_users_assign(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin("admin.users:write", request, now)?;
        let user = self.of_team(request)?;
        if self.state(&user) == Some(REMOVED) {
            self.kernel.set_state(&user, State::Active, now);
        }
        Ok(succeeded(json!({})))
    }

    pub(super) fn admin_users_deactivate(&mut self, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin("admin.users:write", request, now)?.principal;
        let user = required(request, "user_id")?;
        self.may_act_on(&user)?;
        self.deactivate(&user, &actor, now);
        Ok(succeeded(json!({})))
    }

    /// Deactivates a person, with every session and user token, for good: re-activation brings
    /// none of them back. Bots, webhooks and app-level tokens belong to apps and are preserved.
    pub(super) fn deactivate(&mut self, user: &str, actor: &str, now: SystemTime) {
        self.kernel.set_state(user, State::Deactivated, now);
        self.kernel.revoke_where(Cause::Deactivation, now, |c| {
            c.is_of(user) && (c.kind == USER_TOKEN || c.kind == SESSION)
        });
        self.record(actor, "user_deactivated", "user", user, now);
        let installed = |p: &&crate::identity::Principal| {
            p.kind == APP && p.text("installed_by") == user && p.text("installed") == "yes"
        };
        let apps = self.kernel.principals().iter().filter(installed).map(|app| app.id.clone());
        for app in apps.collect::<Vec<String>>() {
            self.record(actor, "app_token_preserved", "app", &app, now);
        }
    }

    /// Refuses what no admin may do to that user.
    pub(super) fn may_act_on(&self, user: &str) -> Result<(), Response> {
        let known = self.kernel.principal(user).is_some_and(|p| p.kind == USER);
        if !known {
            return Err(failed("user_not_found"));
        }
        if user == OWNER { Err(failed("cannot_perform_operation")) } else { Ok(()) }
    }

    fn of_team(&self, request: &Request) -> Result<String, Response> {
        let (team, user) = (required(request, "team_id")?, required(request, "user_id")?);
        if team != TEAM {
            return Err(failed("team_not_found"));
        }
        let known = self.kernel.principal(&user).is_some_and(|p| p.kind == USER);
        if known { Ok(user) } else { Err(failed("user_not_found")) }
    }

    fn state(&self, user: &str) -> Option<State> {
        self.kernel.principal(user).map(crate::identity::Principal::state)
    }
}
