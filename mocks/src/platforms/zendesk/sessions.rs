//! Browser sessions: listing and ending them. Ending one never touches the password behind it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{forbidden, not_authenticated, not_found, number, page};
use super::jobs::{self, DONE};
use super::{Answer, SESSION, Zendesk};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};
use crate::times::iso;

impl Zendesk {
    pub(super) fn own_session(&mut self, request: &Request, now: SystemTime) -> Answer {
        let key = self.by_cookie(request, now)?;
        let mut session = self.session(key, request);
        let own = self.kernel.credential(key).principal.clone().unwrap_or_default();
        session["user_id"] = self.kernel.presented(&own).map_or(Value::Null, |p| number(&p.id));
        Ok(Response::json(200, &json!({"session": session})))
    }

    pub(super) fn renew_session(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.by_cookie(request, now)?;
        Ok(Response::json(200, &json!({"authenticity_token": null})))
    }

    /// Signs the calling session out. With a token or Basic it answers the same and does nothing.
    pub(super) fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.user(request, now)?;
        if self.kernel.credential(caller.key).kind == SESSION {
            self.kernel.revoke(caller.key, Cause::Action, now);
        }
        Ok(Response::empty(204))
    }

    pub(super) fn all_sessions(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let sessions = self.listed(request, now, |_| true);
        Ok(page(request, "sessions", sessions))
    }

    pub(super) fn sessions_of(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.for_own_or_admin(id, request, now)?;
        let sessions = self.listed(request, now, |session| session.is_of(id));
        Ok(page(request, "sessions", sessions))
    }

    pub(super) fn end_sessions(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.for_own_or_admin(id, request, now)?;
        let own = |c: &Credential| c.kind == SESSION && c.is_of(id);
        self.kernel.revoke_where(Cause::Action, now, own);
        Ok(Response::empty(204))
    }

    pub(super) fn end_session(
        &mut self,
        id: &str,
        session: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        self.for_own_or_admin(id, request, now)?;
        let key = self
            .kernel
            .find(SESSION, session)
            .filter(|key| self.kernel.exists(*key, now) && self.kernel.credential(*key).is_of(id));
        self.kernel.revoke(key.ok_or_else(not_found)?, Cause::Action, now);
        Ok(Response::empty(204))
    }

    /// Ends the sessions of many users, later: 202 is a promise.
    pub(super) fn logout_many(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let users = jobs::ids(request);
        let theirs = |c: &Credential| c.kind == SESSION && users.iter().any(|user| c.is_of(user));
        for key in self.kernel.kept_where(now, theirs) {
            self.kernel.revoke_later(key, Cause::Action, now, DONE);
        }
        Ok(Response::empty(202))
    }

    fn by_cookie(&mut self, request: &Request, now: SystemTime) -> Result<Key, Response> {
        let caller = self.user(request, now)?;
        let by_cookie = self.kernel.credential(caller.key).kind == SESSION;
        if by_cookie { Ok(caller.key) } else { Err(not_authenticated()) }
    }

    fn for_own_or_admin(
        &mut self,
        id: &str,
        request: &Request,
        now: SystemTime,
    ) -> Result<(), Response> {
        let caller = self.user(request, now)?;
        if caller.user != id && !caller.is_admin() {
            return Err(forbidden());
        }
        self.living(id)
    }

    fn listed(
        &self,
        request: &Request,
        now: SystemTime,
        wanted: impl Fn(&Credential) -> bool,
    ) -> Vec<Value> {
        let keys = self.kernel.kept_where(now, |c| c.kind == SESSION && wanted(c));
        keys.into_iter().map(|key| self.session(key, request)).collect()
    }

    fn session(&self, key: Key, request: &Request) -> Value {
        let session = self.kernel.credential(key);
        let user = session.principal.as_deref().unwrap_or_default();
        let created = iso(session.created);
        let seen = Some(session.text("used_at")).filter(|seen| !seen.is_empty());
        json!({
            "id": number(&session.id),
            "url": format!("{}/api/v2/users/{user}/sessions/{}.json", request.base, session.id),
            "user_id": number(user),
            "authenticated_at": created,
            "last_seen_at": seen.unwrap_or(&created),
        })
    }
}
