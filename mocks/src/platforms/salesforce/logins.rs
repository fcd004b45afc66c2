//! Passwords: who logs in with one, where, and when the org stops listening.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::answers::{login_page, to_login};
use super::{Answer, IDLE, LOG, PASSWORD, SECURITY_TOKEN, SESSION, Salesforce};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE};
use crate::population::URL_SAFE;
use crate::times::iso;

/// The org's policy: so many failures in a row, for so long. Facts name no figure.
const FAILURES: u32 = 10;
const LOCKED_FOR: Duration = Duration::from_secs(15 * 60);

/// What a username and a password came to.
pub(super) enum Login {
    /// Right; the user's id.
    User(String),
    /// Right, but from an address that needs the security token behind it.
    NeedsToken,
    /// Wrong, locked, frozen or inactive: one answer for all.
    Refused,
}

impl Salesforce {
    /// Checks a password with the security token behind it, as API logins from anywhere need it.
    pub(super) fn api_login(&mut self, username: &str, sent: &str, now: SystemTime) -> Login {
        let Some(user) = self.user_named(username).map(|user| user.id.clone()) else {
            return Login::Refused;
        };
        if self.is_locked(&user, now) {
            return Login::Refused;
        }
        let tokens = self.kernel.kept_where(now, |c| c.kind == SECURITY_TOKEN && c.is_of(&user));
        let token = tokens.last().map(|key| self.kernel.credential(*key).secret.clone());
        let whole = token.as_deref().and_then(|token| sent.strip_suffix(token));
        let fits =
            |password: &str| self.kernel.authenticate_as(PASSWORD, &user, password, now).is_ok();
        let login = if whole.is_some_and(fits) {
            Login::User(user.clone())
        } else if fits(sent) {
            Login::NeedsToken
        } else {
            Login::Refused
        };
        self.count(&user, !matches!(login, Login::Refused), now);
        login
    }

    /// Checks a password alone, as a browser known to the org does.
    pub(super) fn browser_login(
        &mut self,
        username: &str,
        sent: &str,
        now: SystemTime,
    ) -> Option<String> {
        let user = self.user_named(username)?.id.clone();
        if self.is_locked(&user, now) {
            return None;
        }
        let right = self.kernel.authenticate_as(PASSWORD, &user, sent, now).is_ok();
        self.count(&user, right, now);
        right.then_some(user)
    }

    /// Tells whether a user is shut out by failed logins.
    pub(super) fn is_locked(&self, user: &str, now: SystemTime) -> bool {
        let failures = self.failures.get(user);
        failures.is_some_and(|(count, last)| *count >= FAILURES && *last + LOCKED_FOR > now)
    }

    fn count(&mut self, user: &str, right: bool, now: SystemTime) {
        let status = if right { "Success" } else { "Invalid Password" };
        if self.login_history.len() < LOG {
            let row = json!({
                "Id": format!("0Ya{:0>12}AAA", self.login_history.len() + 1),
                "UserId": user,
                "LoginTime": iso(now),
                "Status": status,
                "LoginType": "Other Apex API",
                "SourceIp": "127.0.0.1",
                "Application": "Unknown",
            });
            self.login_history.push(row);
        }
        if right {
            self.failures.remove(user);
        } else {
            let failures = self.failures.entry(user.to_owned()).or_insert((0, now));
            let over = failures.0 >= FAILURES;
            *failures = (if over { 1 } else { failures.0 + 1 }, now);
        }
    }

    /// Opens a session: a session id is what an access token is, too.
    pub(super) fn open_session(&mut self, user: &str, kind: &str, now: SystemTime) -> String {
        let (id, secret) = (self.new_id("0Ak"), self.new_session_id());
        let session = Credential::new(SESSION, &id, &secret)
            .of(user)
            .with("type", kind)
            .expires(now + IDLE)
            .hidden_by(user, GONE);
        self.kernel.issue(session, now);
        secret
    }

    pub(super) fn new_session_id(&mut self) -> String {
        self.kernel.fresh("00DOURS00000001!AQ", 94, URL_SAFE)
    }

    /// The login form of the org or of the shared login host. The browser counts as known: whether
    /// an unknown one is asked for a code says nothing about the password.
    pub(super) fn web_login(&mut self, request: &Request, now: SystemTime) -> Answer {
        let username = request.form("username").or_else(|| request.form("un")).unwrap_or_default();
        let sent = request.form("pw").unwrap_or_default();
        let user = self.browser_login(&username, &sent, now).ok_or_else(login_page)?;
        if self.is_external(&user) {
            return Err(login_page());
        }
        Ok(self.enter(&user, "UI", "/secur/frontdoor.jsp", now))
    }

    /// The login form of the partners' site, which only external users have.
    pub(super) fn site_login(&mut self, request: &Request, now: SystemTime) -> Answer {
        let username = request.form("username").unwrap_or_default();
        let sent = request.form("password").unwrap_or_default();
        let user = self.browser_login(&username, &sent, now).ok_or_else(login_page)?;
        if !self.is_external(&user) {
            return Err(login_page());
        }
        Ok(self.enter(&user, "ExternalUser", "/partners/s/", now))
    }

    fn is_external(&self, user: &str) -> bool {
        self.kernel.principal(user).is_some_and(|user| user.text("type") == "PowerPartner")
    }

    fn enter(&mut self, user: &str, kind: &str, to: &str, now: SystemTime) -> Response {
        let secret = self.open_session(user, kind, now);
        let cookie = format!("sid={secret}; path=/; HttpOnly");
        Response::redirect(&format!("{}{to}", self.home)).with("Set-Cookie", &cookie)
    }

    /// Ends the browser's own session.
    pub(super) fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now).ok_or_else(|| to_login(request))?;
        self.kernel.revoke(caller.key, Cause::Action, now);
        Ok(to_login(request))
    }
}
