//! Who is calling an account, and whether they may.

use std::time::SystemTime;

use super::answers::{denied, not_allowed, not_logged_in};
use super::{ACCESS, ACCOUNT, ADMIN, AGENT, API_KEY, Freshdesk, PASSWORD, PERSON, SESSION};
use crate::http::{Request, Response};
use crate::identity::{Principal, State};

impl Freshdesk {
    /// Finds the agent a request speaks for: by key, password, OAuth token or session.
    pub(super) fn caller(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        if request.server != ACCOUNT {
            // Keys and tokens are an account's own; the other one knows the org's people only.
            let person = self.by_cookie(request, now)?;
            return Ok(person);
        }
        if let Some((name, secret)) = request.basic() {
            return self.by_basic(&name, &secret, now);
        }
        if let Some(token) = request.bearer() {
            let key = self.kernel.authenticate(ACCESS, token, now).map_err(|_| not_logged_in())?;
            let owner = self.kernel.credential(key).principal.clone();
            return owner.ok_or_else(not_logged_in);
        }
        let person = self.by_cookie(request, now)?;
        self.agent_of(&person, now).ok_or_else(not_allowed)
    }

    fn by_basic(&self, name: &str, secret: &str, now: SystemTime) -> Result<String, Response> {
        // An address before the colon means a password, which old accounts still take.
        if name.contains('@') {
            let person = self.person_named(name).ok_or_else(not_logged_in)?;
            let right = self.kernel.authenticate_as(PASSWORD, &person.id, secret, now);
            right.map_err(|_| not_logged_in())?;
            return self.agent_of(&person.id, now).ok_or_else(not_logged_in);
        }
        if self.keys_disabled {
            return Err(not_logged_in());
        }
        let key = self.kernel.authenticate(API_KEY, name, now).map_err(|_| not_logged_in())?;
        self.kernel.credential(key).principal.clone().ok_or_else(not_logged_in)
    }

    fn by_cookie(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let sent = request.cookie("fw-session").ok_or_else(not_logged_in)?;
        let key = self.kernel.authenticate(SESSION, sent, now).map_err(|_| not_logged_in())?;
        self.kernel.credential(key).principal.clone().ok_or_else(not_logged_in)
    }

    /// Finds a person by address, whatever its state: what that hides is up to the credential.
    pub(super) fn person_named(&self, email: &str) -> Option<&Principal> {
        self.kernel.principals().iter().find(|p| p.kind == PERSON && p.login == email)
    }

    /// Gives the person's active agent of the account; by address, as the login page does.
    fn agent_of(&self, person: &str, now: SystemTime) -> Option<String> {
        let email = &self.kernel.principal(person)?.login;
        let agent = self.kernel.by_login(AGENT, email)?;
        (agent.effective(now) == State::Active).then(|| agent.id.clone())
    }

    /// Demands an administrator of the account.
    pub(super) fn admin(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let caller = self.caller(request, now)?;
        if caller == ADMIN { Ok(caller) } else { Err(denied()) }
    }

    /// Demands an agent whose role has not been taken down.
    pub(super) fn agent(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let caller = self.caller(request, now)?;
        let role = self.kernel.principal(&caller).map(|agent| agent.text("role").to_owned());
        if role.as_deref() == Some("restricted") { Err(denied()) } else { Ok(caller) }
    }
}
