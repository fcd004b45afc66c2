//! Sessions: the browser's, the API's, and the cookie that outlives both. And the lock-outs.

use std::time::{Duration, SystemTime};

use super::{INTEGRATION, LOCK, REMEMBER, SESSION, ServiceNow};
use crate::http::Request;
use crate::identity::{Cause, State};

/// The browser's idle time-out: this instance has raised the default of 30 minutes.
pub(super) const IDLE: Duration = Duration::from_secs(8 * 3600);
/// The API's; 1 and 5 minutes are both documented, and every use starts it anew.
pub(super) const INTEGRATION_IDLE: Duration = Duration::from_secs(300);
/// How long a remember-me cookie is good; each visit extends it.
pub(super) const REMEMBERED: Duration = Duration::from_secs(15 * 86_400);
/// So many failures, for so long.
const FAILURES: u32 = 5;
const LOCKED_FOR: Duration = Duration::from_secs(15 * 60);

/// Names the principal a user's `locked_out` is kept on.
pub(super) fn lock_of(user: &str) -> String {
    format!("lock-{user}")
}

impl ServiceNow {
    /// Finds the user a session or remember-me cookie stands for, and lengthens its life.
    pub(super) fn by_cookie(&mut self, request: &Request, now: SystemTime) -> Option<String> {
        let session = request.cookie("JSESSIONID");
        let kinds = [(SESSION, IDLE), (INTEGRATION, INTEGRATION_IDLE)].into_iter();
        let found = session.and_then(|sent| {
            let mut kinds = kinds.filter_map(|(kind, idle)| {
                Some((self.kernel.authenticate(kind, sent, now).ok()?, idle))
            });
            kinds.next()
        });
        let found = found.or_else(|| {
            let sent = request.cookie("glide_user")?;
            Some((self.kernel.authenticate(REMEMBER, sent, now).ok()?, REMEMBERED))
        });
        let (key, idle) = found?;
        let credential = self.kernel.credential(key);
        let strict = "glide.authenticate.oauth.post.token.expiration.cookie_auth.disabled";
        if credential.kind == INTEGRATION && self.property(strict) {
            let source = credential.grant.clone().unwrap_or_default();
            let from_token = self.kernel.lookup(super::ACCESS, &source).is_some();
            let alive = self.kernel.authenticate(super::ACCESS, &source, now).is_ok();
            if from_token && !alive {
                return None;
            }
        }
        let credential = self.kernel.credential_mut(key);
        credential.expires = Some(now + idle);
        credential.principal.clone()
    }

    /// Sets `locked_out`: no login, and running sessions end. Tokens are not asked.
    pub(super) fn lock_out(&mut self, user: &str, locked: bool, now: SystemTime) {
        let lock = lock_of(user);
        let state = if locked { State::Suspended } else { State::Active };
        self.kernel.set_state(&lock, state, now);
        if locked {
            self.end_sessions(user, Cause::Deactivation, now);
        }
    }

    fn end_sessions(&mut self, user: &str, cause: Cause, now: SystemTime) {
        self.kernel.revoke_where(cause, now, |c| {
            (c.kind == SESSION || c.kind == INTEGRATION) && c.is_of(user)
        });
    }

    /// Tells what a record's `locked_out` shows.
    pub(super) fn shows_locked(&self, user: &str) -> bool {
        let lock = self.kernel.principal(&lock_of(user)).filter(|p| p.kind == LOCK);
        lock.is_some_and(|lock| lock.state() != State::Active)
    }

    /// Tells whether failed logins have shut a user out for a while.
    pub(super) fn is_shut_out(&self, user: &str, now: SystemTime) -> bool {
        let failures = self.failures.get(user);
        failures.is_some_and(|(count, last)| *count >= FAILURES && *last + LOCKED_FOR > now)
    }

    /// Counts a login.
    pub(super) fn count(&mut self, user: &str, right: bool, now: SystemTime) {
        if right {
            self.failures.remove(user);
            return;
        }
        let failures = self.failures.entry(user.to_owned()).or_insert((0, now));
        let over = failures.0 >= FAILURES;
        *failures = (if over { 1 } else { failures.0 + 1 }, now);
    }
}
