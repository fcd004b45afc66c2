//! The browser's login.

use std::time::SystemTime;

use super::sessions::{IDLE, REMEMBERED, lock_of};
use super::{Answer, INTEGRATION, REMEMBER, SESSION, ServiceNow};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE};
use crate::population::HEX;

/// Shows the form.
pub(super) fn form() -> Response {
    Response::html(
        200,
        "<!DOCTYPE html><html><body><form action=\"login.do\"></form></body></html>",
    )
}

/// Refuses a password: the form again.
pub(super) fn wrong() -> Response {
    let page = "<!DOCTYPE html><html><body><div class=\"outputmsg_text\">User name or password \
        invalid</div><form action=\"login.do\"></form></body></html>";
    Response::html(200, page)
}

/// Sends a browser without a session to the form.
pub(super) fn to_login(request: &Request) -> Response {
    Response::redirect(&format!("{}/login.do", request.base))
}

impl ServiceNow {
    /// `POST /login.do`; `remember_me=true` gives the cookie that survives every idle time-out.
    pub(super) fn login(&mut self, request: &Request, now: SystemTime) -> Answer {
        let name = request.form("user_name").unwrap_or_default();
        let sent = request.form("user_password").unwrap_or_default();
        let user = self.by_password(&name, &sent, now).ok_or_else(wrong)?;
        let api_only = self.kernel.principal(&user);
        if api_only.is_some_and(|user| user.text("web_service_access_only") == "true") {
            return Err(wrong());
        }
        let secret = self.kernel.fresh("", 32, HEX).to_uppercase();
        let id = self.new_sys_id();
        let session = Credential::new(SESSION, &id, &secret).of(&user).with("node", "1");
        self.kernel.issue(session.expires(now + IDLE), now);
        let cookie = format!("JSESSIONID={secret}; Path=/; HttpOnly");
        let mut answer = Response::redirect("/nav_to.do").with("Set-Cookie", &cookie);
        if request.form("remember_me").as_deref() == Some("true") {
            let secret = self.kernel.fresh("", 64, HEX);
            let remember = Credential::new(REMEMBER, &secret, &secret)
                .of(&user)
                .expires(now + REMEMBERED)
                .hidden_by(&user, INACTIVE)
                .hidden_by(&lock_of(&user), INACTIVE);
            self.kernel.issue(remember, now);
            answer = answer.with("Set-Cookie", &format!("glide_user={secret}; Path=/; HttpOnly"));
        }
        Ok(answer)
    }

    /// A page only users see.
    pub(super) fn front_page(&mut self, request: &Request, now: SystemTime) -> Response {
        let Some(user) = self.by_cookie(request, now) else {
            return to_login(request);
        };
        let user = self.kernel.presented(&user).map(|user| user.login.clone());
        let page = format!(
            "<!DOCTYPE html><html><body><script>g_user_name = '{}'</script></body></html>",
            user.unwrap_or_default()
        );
        Response::html(200, &page)
    }

    pub(super) fn logout(&mut self, request: &Request, now: SystemTime) -> Response {
        let sent = request.cookie("JSESSIONID").unwrap_or_default().to_owned();
        for kind in [SESSION, INTEGRATION] {
            if let Ok(key) = self.kernel.authenticate(kind, &sent, now) {
                self.kernel.revoke(key, Cause::Action, now);
            }
        }
        to_login(request)
    }
}
