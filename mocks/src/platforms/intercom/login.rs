//! The console's login. Its paths are made up where the vendor documents none; what they stand for
//! (a password that opens a session, a session that reaches a workspace) is not.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{
    APP, Answer, CODE, Intercom, OTHER_WORKSPACE, PASSWORD, SESSION, TEAMMATE, WORKSPACE, not_found,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key, State};
use crate::population::ALNUM;

/// The workspace's session length; configurable, and every use starts it anew.
pub(super) const LENGTH: Duration = Duration::from_secs(3 * 86_400);
const COOKIE: &str = "intercom-session";

/// Refuses a password: the form again.
pub(super) fn wrong() -> Response {
    let page = "<!DOCTYPE html><html><body><form method=\"post\"><p class=\"error\">Incorrect \
        email or password</p></form></body></html>";
    Response::html(200, page)
}

/// Sends a browser without a session to the form.
pub(super) fn to_login(request: &Request) -> Response {
    Response::redirect(&format!("{}/admins/sign_in", request.base))
}

impl Intercom {
    /// Everything on the console's host.
    pub(super) fn console(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("POST", ["admins", "sign_in"]) => self.sign_in(request, now),
            ("POST", ["admins", "sign_out"]) => self.sign_out(request, now),
            ("GET", ["a", "apps", workspace]) => self.workspace(workspace, request, now),
            ("GET", ["oauth"]) => self.authorize(request, now),
            _ => return None,
        };
        Some(answer)
    }

    /// One login for all workspaces of the person; each of them decides about its own teammates.
    fn sign_in(&mut self, request: &Request, now: SystemTime) -> Answer {
        let email = request.form("email").unwrap_or_default();
        let sent = request.form("password").unwrap_or_default();
        let person =
            self.kernel.principals().iter().find(|p| p.kind == TEAMMATE && p.login == email);
        let person = person.map(|p| p.id.clone()).ok_or_else(wrong)?;
        let right = self.kernel.authenticate_as(PASSWORD, &person, &sent, now).is_ok();
        if !right || self.sso_forced {
            let kind =
                if right { "admin_unauthorized_sign_in_method" } else { "admin_login_failure" };
            self.record(kind, &person, &json!({}), now);
            return Err(wrong());
        }
        let secret = self.kernel.fresh("", 64, ALNUM);
        let id = self.kernel.next_number().to_string();
        let session = Credential::new(SESSION, &id, &secret).of(&person).expires(now + LENGTH);
        self.kernel.issue(session, now);
        self.record("admin_login_success", &person, &json!({}), now);
        let to = format!("{}/a/apps/{WORKSPACE}", request.base);
        let cookie = format!("{COOKIE}={secret}; path=/; HttpOnly");
        Ok(Response::redirect(&to).with("Set-Cookie", &cookie))
    }

    fn session(&mut self, request: &Request, now: SystemTime) -> Result<(Key, String), Response> {
        let sent = request.cookie(COOKIE).unwrap_or_default();
        let key = self.kernel.authenticate(SESSION, sent, now).map_err(|_| to_login(request))?;
        let session = self.kernel.credential_mut(key);
        session.expires = Some(now + LENGTH);
        Ok((key, session.principal.clone().unwrap_or_default()))
    }

    fn sign_out(&mut self, request: &Request, now: SystemTime) -> Answer {
        let (key, person) = self.session(request, now)?;
        self.kernel.revoke(key, Cause::Action, now);
        self.record("admin_logout", &person, &json!({}), now);
        Ok(to_login(request))
    }

    /// Shows a workspace to its teammates. Removal is per workspace: the other one stays open.
    fn workspace(&mut self, asked: &str, request: &Request, now: SystemTime) -> Answer {
        let (_, person) = self.session(request, now)?;
        let here = self.kernel.principal(&person).map(|p| p.effective(now));
        let admitted = match asked {
            WORKSPACE => here == Some(State::Active),
            OTHER_WORKSPACE => self.kernel.principal(&person).is_some_and(|p| p.supplier.is_some()),
            _ => return Err(not_found()),
        };
        if !admitted {
            return Err(super::error(403, "forbidden", "You do not have access to this workspace"));
        }
        let shown = self.kernel.presented(&person).map(|p| (p.id.clone(), p.login.clone()));
        let (id, email) = shown.unwrap_or_default();
        let body = json!({"app": {"id_code": asked}, "admin": {"id": id, "email": email}});
        Ok(Response::json(200, &body))
    }

    /// A browser that is signed in approves a public app.
    fn authorize(&mut self, request: &Request, now: SystemTime) -> Answer {
        let (_, person) = self.session(request, now)?;
        let client = request.query("client_id").unwrap_or_default();
        let app = self.kernel.by_login(APP, &client).map(|app| app.id.clone());
        let app = app.ok_or_else(not_found)?;
        let secret = self.kernel.fresh("", 36, ALNUM);
        let code = Credential::new(CODE, &secret, &secret).of(&person).client(&app);
        self.kernel.issue(code.expires(now + Duration::from_secs(600)), now);
        let metadata = json!({"app_package_code": app});
        self.record("app_package_installation", &person, &metadata, now);
        let back = request.query("redirect_uri").unwrap_or_default();
        let state = request.query("state").unwrap_or_default();
        Ok(Response::redirect(&format!("{back}?code={secret}&state={state}")))
    }
}
