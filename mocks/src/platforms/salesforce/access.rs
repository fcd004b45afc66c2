//! Who is calling, and whether they may.

use std::time::SystemTime;

use super::answers;
use super::{ACCESS, IDLE, JWT, SESSION, Salesforce, USER};
use crate::http::{Request, Response};
use crate::identity::{Key, Principal, State};

/// A caller who has proven to be somebody.
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) key: Key,
}

impl Salesforce {
    /// Finds who a session id or access token stands for, and starts its time-out anew.
    pub(super) fn caller(&mut self, request: &Request, now: SystemTime) -> Option<Caller> {
        let sent = request.bearer().or_else(|| request.cookie("sid"))?;
        let kinds = [ACCESS, SESSION, JWT].into_iter();
        let key = kinds.filter_map(|kind| self.kernel.authenticate(kind, sent, now).ok()).next()?;
        let credential = self.kernel.credential_mut(key);
        if credential.kind != JWT {
            credential.expires = Some(now + IDLE);
        }
        Some(Caller { user: credential.principal.clone()?, key })
    }

    /// Demands a caller who may use the data API.
    pub(super) fn api(&mut self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let caller = self.caller(request, now).ok_or_else(answers::invalid_session)?;
        self.calls += 1;
        if !self.has_scope(&caller, &["api", "full"]) {
            return Err(answers::not_for_rest());
        }
        let user = self.kernel.principal(&caller.user);
        if user.is_some_and(|user| user.text("type") == "PowerPartner") {
            return Err(answers::api_disabled());
        }
        Ok(caller)
    }

    /// Tells whether a caller may manage users.
    pub(super) fn is_manager(&self, caller: &Caller) -> bool {
        let user = self.kernel.principal(&caller.user);
        user.is_some_and(|user| user.text("profile") == "admin")
    }

    /// Tells whether a caller's scopes hold one of `words`; a login's session may do everything.
    pub(super) fn has_scope(&self, caller: &Caller, words: &[&str]) -> bool {
        let credential = self.kernel.credential(caller.key);
        credential.kind == SESSION || credential.scope.split(' ').any(|word| words.contains(&word))
    }

    /// Finds an object of a kind by its id of 15 or 18 characters.
    pub(super) fn object(&self, kind: &str, id: &str) -> Option<&Principal> {
        let wanted = id.get(..15)?;
        let mut all = self.kernel.principals().iter().filter(|p| p.kind == kind);
        all.find(|p| p.id.starts_with(wanted) && p.state() != State::Deleted)
    }

    /// Finds a user by username.
    pub(super) fn user_named(&self, username: &str) -> Option<&Principal> {
        self.kernel.by_login(USER, username)
    }
}
