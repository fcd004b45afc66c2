//! Sessions of browsers and phones. Ending them never touches a token.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{
    Answer, BOT, OWNER, SESSION, Slack, TEAM, USER, argument, failed, flag, page, required,
    succeeded,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential};
use crate::times::epoch;

/// How long a bulk reset waits in its queue; no figure is documented.
const QUEUE: Duration = Duration::from_secs(60);

impl Slack {
    pub(super) fn session_list(&self, request: &Request, now: SystemTime) -> Answer {
        self.admin("admin.users:read", request, now)?;
        let user = argument(request, "user_id");
        let keys = self.kernel.kept_where(now, |c| {
            c.kind == SESSION && user.as_deref().is_none_or(|user| c.is_of(user))
        });
        let sessions = keys.into_iter().map(|key| {
            let session = self.kernel.credential(key);
            json!({
                "user_id": session.principal,
                "team_id": TEAM,
                "session_id": session.id.parse::<u64>().unwrap_or_default(),
                "created": {"date": epoch(session.created)},
                "recent": {"date": epoch(session.created)},
            })
        });
        Ok(page(request, "active_sessions", sessions.collect::<Vec<Value>>()))
    }

    pub(super) fn session_reset(&mut self, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin("admin.users:write", request, now)?.principal;
        let user = required(request, "user_id")?;
        self.resettable(&user)?;
        let hit = chosen(request, &user);
        self.kernel.revoke_where(Cause::Action, now, hit);
        self.record(&actor, "user_session_reset_by_admin", "user", &user, now);
        Ok(succeeded(json!({})))
    }

    /// Queues the reset: the answer only says that somebody will get to it.
    pub(super) fn session_reset_bulk(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin("admin.users:write", request, now)?;
        let users = required(request, "user_ids")?;
        for user in users.split(',').map(str::trim) {
            self.resettable(user)?;
            for key in self.kernel.kept_where(now, chosen(request, user)) {
                self.kernel.revoke_later(key, Cause::Action, now, QUEUE);
            }
        }
        Ok(succeeded(json!({})))
    }

    pub(super) fn session_invalidate(&mut self, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin("admin.users:write", request, now)?.principal;
        let session = required(request, "session_id")?;
        let key = self.kernel.find(SESSION, &session).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| failed("session_not_found"))?;
        self.kernel.revoke(key, Cause::Action, now);
        let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
        self.record(&actor, "user_session_invalidated", "user", &user, now);
        Ok(succeeded(json!({})))
    }

    fn resettable(&self, user: &str) -> Result<(), Response> {
        if user == OWNER {
            return Err(failed("cannot_reset_primary_owner"));
        }
        match self.kernel.principal(user).map(|p| p.kind) {
            Some(BOT) => Err(failed("cannot_reset_bot")),
            Some(USER) => Ok(()),
            Some(_) | None => Err(failed("user_not_found")),
        }
    }
}

/// Picks a user's sessions, by device where that was asked.
fn chosen(request: &Request, user: &str) -> impl Fn(&Credential) -> bool + use<> {
    let user = user.to_owned();
    let (mobile, web) = (flag(request, "mobile_only"), flag(request, "web_only"));
    move |c| {
        let on_mobile = c.text("device") == "mobile";
        let device = if mobile { on_mobile } else { !(web && on_mobile) };
        c.kind == SESSION && c.is_of(&user) && device
    }
}
