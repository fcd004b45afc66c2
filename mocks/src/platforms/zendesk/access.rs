//! Who is calling, and whether they may.

use std::time::{Duration, SystemTime};

use super::answers::{forbidden, invalid_token, not_authenticated};
use super::{ACCESS, API_TOKEN, PASSWORD, SESSION, USER, Zendesk};
use crate::http::{Request, Response};
use crate::identity::{Key, State};
use crate::times::iso;

/// The browser session's cookie.
const COOKIE: &str = "_zendesk_session";
/// Zendesk's default; every use, background polling too, starts it anew.
pub(super) const IDLE: Duration = Duration::from_secs(8 * 3600);

/// Somebody who has proven who they are.
pub(super) struct Caller {
    pub(super) user: String,
    /// What they proved it with.
    pub(super) key: Key,
    role: String,
}

impl Caller {
    pub(super) fn is_admin(&self) -> bool {
        self.role == "admin"
    }
}

impl Zendesk {
    /// Finds out who is calling; `None` for somebody who sent nothing, or a cookie that is no more.
    pub(super) fn caller(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Result<Option<Caller>, Response> {
        let caller = if let Some(token) = request.bearer() {
            let key = self.kernel.authenticate(ACCESS, token, now);
            let key = key.map_err(|_| invalid_token())?;
            let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
            let caller = self.known(user, key);
            self.within_scope(request, key)?;
            caller
        } else if request.has_authorization() {
            let given = request.basic().ok_or_else(not_authenticated)?;
            self.basic(&given.0, &given.1, now).ok_or_else(not_authenticated)?
        } else {
            let cookie = request.cookie(COOKIE);
            let key = cookie.and_then(|it| self.kernel.authenticate(SESSION, it, now).ok());
            let Some(key) = key else { return Ok(None) };
            self.kernel.credential_mut(key).expires = Some(now + IDLE);
            let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
            self.known(user, key)
        };
        let used = self.kernel.credential_mut(caller.key);
        used.data.insert("used_at".into(), iso(now).into());
        Ok(Some(caller))
    }

    /// Demands somebody who is known, whoever it is.
    pub(super) fn user(&mut self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        self.caller(request, now)?.ok_or_else(not_authenticated)
    }

    /// Demands a team member.
    pub(super) fn agent(&mut self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let caller = self.user(request, now)?;
        if caller.role == "end-user" { Err(forbidden()) } else { Ok(caller) }
    }

    /// Demands an administrator.
    pub(super) fn admin(&mut self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let caller = self.user(request, now)?;
        if caller.is_admin() { Ok(caller) } else { Err(forbidden()) }
    }

    /// Checks `email/token:token` or `email:password`.
    fn basic(&self, name: &str, secret: &str, now: SystemTime) -> Option<Caller> {
        if let Some(email) = name.strip_suffix("/token") {
            let key = self.kernel.authenticate(API_TOKEN, secret, now).ok()?;
            // The token is the account's: any verified user's e-mail goes with it, but the user
            // must be one who could sign in.
            let active = self.kernel.principals().iter().find(|p| {
                p.kind == USER
                    && p.login.eq_ignore_ascii_case(email)
                    && p.effective(now) == State::Active
            });
            return Some(self.known(active?.id.clone(), key));
        }
        let users = self.kernel.principals().iter().filter(|p| p.kind == USER);
        let mut named = users.filter(|user| user.login.eq_ignore_ascii_case(name));
        named.find_map(|user| {
            let key = self.kernel.authenticate_as(PASSWORD, &user.id, secret, now);
            Some(self.known(user.id.clone(), key.ok()?))
        })
    }

    fn known(&self, user: String, key: Key) -> Caller {
        let role = self.kernel.principal(&user).map(|user| user.text("role").to_owned());
        Caller { user, key, role: role.unwrap_or_default() }
    }

    fn within_scope(&self, request: &Request, key: Key) -> Result<(), Response> {
        let needed = if request.method == "GET" { "read" } else { "write" };
        let scope = &self.kernel.credential(key).scope;
        let fits =
            |word: &str| word == needed || word.rsplit_once(':').is_some_and(|w| w.1 == needed);
        if scope.split(' ').any(fits) { Ok(()) } else { Err(forbidden()) }
    }
}
