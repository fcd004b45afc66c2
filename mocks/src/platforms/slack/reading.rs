//! What any member's token may read: users, channels, and the log of installations.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{APP, Answer, BOT, Slack, TEAM, USER, page, succeeded};
use crate::http::Request;
use crate::identity::{Principal, State};
use crate::times::epoch;

impl Slack {
    pub(super) fn users_list(&self, request: &Request, now: SystemTime) -> Answer {
        self.scoped("users:read", request, now)?;
        let members = self.kernel.principals().iter();
        let members = members.filter(|p| p.kind == USER || p.kind == BOT);
        Ok(page(request, "members", members.map(member).collect()))
    }

    pub(super) fn conversations_list(&self, request: &Request, now: SystemTime) -> Answer {
        self.scoped("channels:read", request, now)?;
        let general = json!({
            "id": "C0GENERAL", "name": "general", "is_channel": true, "is_archived": false,
        });
        Ok(page(request, "channels", vec![general]))
    }

    pub(super) fn integration_logs(&self, request: &Request, now: SystemTime) -> Answer {
        self.admin("admin", request, now)?;
        let wanted = super::argument(request, "app_id");
        let hit = |log: &&Value| wanted.as_deref().is_none_or(|app| log["app_id"] == app);
        // The newest first, as in the page of the same name.
        let logs: Vec<&Value> = self.installs.iter().rev().filter(hit).collect();
        let paging = json!({"count": 100, "total": logs.len(), "page": 1, "pages": 1});
        Ok(succeeded(json!({"logs": logs, "paging": paging})))
    }

    /// Writes that an app was added or removed, and by whom.
    pub(super) fn log_install(&mut self, app: &str, user: &str, change: &str, now: SystemTime) {
        let scope = "users:read,channels:read,chat:write,incoming-webhook";
        let named = |id: &str, kind: &str| {
            let found = self.kernel.principal(id).filter(|p| p.kind == kind);
            found.map(|p| p.name.clone())
        };
        let entry = json!({
            "app_id": app,
            "app_type": named(app, APP),
            "user_id": user,
            "user_name": named(user, USER),
            "date": epoch(now).to_string(),
            "change_type": change,
            "scope": scope,
        });
        self.installs.push(entry);
    }
}

/// Renders a member. A deactivated one lacks most fields, so nobody may require them.
fn member(user: &Principal) -> Value {
    let deleted = user.state() == State::Deactivated || user.state() == State::Deleted;
    let mut member = json!({
        "id": user.id,
        "team_id": TEAM,
        "name": user.name,
        "deleted": deleted,
        "is_bot": user.kind == BOT,
        "profile": {"email": user.login},
    });
    if !deleted {
        member["real_name"] = user.name.clone().into();
        member["tz"] = "Europe/Berlin".into();
        member["is_admin"] = (user.text("role") == "owner").into();
        member["has_2fa"] = false.into();
    }
    if user.kind == BOT {
        member["profile"] = json!({"bot_id": user.text("bot_id"), "api_app_id": user.text("app")});
    }
    member
}
