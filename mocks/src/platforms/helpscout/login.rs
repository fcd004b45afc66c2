//! The console's login; its paths are made up, as the vendor documents none.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{Answer, HelpScout, PASSWORD, SESSION, USER};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE};
use crate::population::ALNUM;

/// How long a session lasts; the vendor's figure is not known.
pub(super) const LIFE: Duration = Duration::from_secs(3 * 86_400);

/// Refuses a password or a session: the form.
pub(super) fn wrong() -> Response {
    let page = "<!DOCTYPE html><html><body><form action=\"/members/login/\" method=\"post\">\
        <p class=\"error\">Invalid email or password</p></form></body></html>";
    Response::html(200, page)
}

fn to_login() -> Response {
    Response::redirect("/members/login/")
}

impl HelpScout {
    /// Everything on the console's host.
    pub(super) fn console(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("POST", ["members", "login"]) => Some(self.login(request, now)),
            ("GET", ["members", "logout"]) => Some(self.logout(request, now)),
            ("GET", ["api", "session"]) => Some(self.session(request, now)),
            _ => None,
        }
    }

    fn login(&mut self, request: &Request, now: SystemTime) -> Answer {
        let email = request.form("email").unwrap_or_default();
        let sent = request.form("password").unwrap_or_default();
        let user = self.kernel.principals().iter().find(|p| p.kind == USER && p.login == email);
        let user = user.map(|user| user.id.clone());
        let user = user.ok_or_else(wrong)?;
        self.kernel.authenticate_as(PASSWORD, &user, &sent, now).map_err(|_| wrong())?;
        let (id, secret) =
            (self.kernel.next_number().to_string(), self.kernel.fresh("", 48, ALNUM));
        let session = Credential::new(SESSION, &id, &secret).of(&user).expires(now + LIFE);
        self.kernel.issue(session.hidden_by(&user, INACTIVE), now);
        let cookie = format!("hs-session={secret}; path=/; HttpOnly");
        Ok(Response::redirect("/dashboard").with("Set-Cookie", &cookie))
    }

    fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.cookie("hs-session").unwrap_or_default();
        let key = self.kernel.authenticate(SESSION, sent, now).map_err(|_| to_login())?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(to_login())
    }

    fn session(&self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.cookie("hs-session").unwrap_or_default();
        let key = self.kernel.authenticate(SESSION, sent, now).map_err(|_| to_login())?;
        let owner = self.kernel.credential(key).principal.as_deref();
        let user = owner.and_then(|id| self.kernel.presented(id)).ok_or_else(to_login)?;
        Ok(Response::json(200, &json!({"user": {"id": user.id, "email": user.login}})))
    }
}
