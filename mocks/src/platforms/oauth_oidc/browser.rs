//! What a browser does: single sign-on by the server's cookie, and logging out.

use std::time::{Duration, SystemTime};

use super::Oidc;
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, State};
use crate::population::URL_SAFE;

const CODE_LIFE: Duration = Duration::from_secs(60);
/// Long, so that no bystander's session ends by its age within a day; use extends it.
const SESSION_IDLE: Duration = Duration::from_secs(86_400);

impl Oidc {
    /// Answers an authorization request: a code for a live cookie, otherwise `login_required` or
    /// the login page.
    pub(super) fn authorize(&mut self, request: &Request, now: SystemTime) -> Response {
        let client = request.query("client_id").unwrap_or_default();
        let known = self.kernel.by_login("client", &client);
        let Some(known) = known.filter(|c| c.effective(now) == State::Active) else {
            // Nothing may be sent to the redirect address of a client nobody knows.
            return Response::html(400, "<html><body>unknown client</body></html>");
        };
        let registered = known.text("redirect_uri").to_owned();
        let target = request.query("redirect_uri").unwrap_or_else(|| registered.clone());
        if target != registered {
            return Response::html(400, "<html><body>redirect_uri mismatch</body></html>");
        }
        let silent = request.query("prompt").as_deref() == Some("none");
        let Some(user) = self.signed_in(request, now) else {
            return if silent {
                back(request, &target, &[("error", "login_required")])
            } else {
                Response::redirect(&format!("{}/login", request.base))
            };
        };
        let consent = |c: &Credential| c.kind == "grant" && c.is_of(&user) && c.is_for(&client);
        if silent && self.kernel.kept_where(now, consent).is_empty() {
            return back(request, &target, &[("error", "consent_required")]);
        }
        let scope = request.query("scope").unwrap_or_else(|| "openid".into());
        let code = self.kernel.fresh("", 32, URL_SAFE);
        let family = format!("g{}", self.kernel.next_number());
        let stored = Credential::new("code", &family, &code)
            .of(&user)
            .client(&client)
            .grant(&family)
            .scope(&scope)
            .expires(now + CODE_LIFE)
            .hidden_by(&user, INACTIVE);
        self.kernel.issue(stored, now);
        back(request, &target, &[("code", &code)])
    }

    fn signed_in(&mut self, request: &Request, now: SystemTime) -> Option<String> {
        let cookie = request.cookie("op_session")?;
        let key = self.kernel.authenticate("session", cookie, now).ok()?;
        let session = self.kernel.credential_mut(key);
        session.expires = Some(now + SESSION_IDLE);
        session.principal.clone()
    }

    /// Opens a session and gives its cookie.
    pub(super) fn open_session(&mut self, user: &str, now: SystemTime) -> String {
        let cookie = self.kernel.fresh("", 43, URL_SAFE);
        self.keep_session(&cookie, user, now);
        cookie
    }

    /// Opens a session with a given cookie.
    pub(super) fn keep_session(&mut self, cookie: &str, user: &str, now: SystemTime) {
        let id = format!("s{}", self.kernel.next_number());
        let session = Credential::new("session", &id, cookie)
            .of(user)
            .expires(now + SESSION_IDLE)
            .hidden_by(user, INACTIVE);
        self.kernel.issue(session, now);
    }

    /// Logs out: the cookie and the refresh tokens that are not offline.
    pub(super) fn end_session(&mut self, request: &Request, now: SystemTime) -> Response {
        if let Some(user) = self.signed_in(request, now) {
            let cookie = request.cookie("op_session").unwrap_or_default();
            if let Some(key) = self.kernel.lookup("session", cookie) {
                self.kernel.revoke(key, Cause::Action, now);
            }
            let all = self.knobs.logout_kills_offline;
            let offline = |c: &Credential| c.scope.split(' ').any(|s| s == "offline_access");
            let ended =
                |c: &Credential| c.kind == "refresh" && c.is_of(&user) && (all || !offline(c));
            self.kernel.revoke_where(Cause::Action, now, ended);
        }
        match request.query("post_logout_redirect_uri") {
            Some(target) => back(request, &target, &[]),
            None => Response::html(200, "<html><body>Signed out</body></html>"),
        }
    }
}

/// The answer to a silent request without a live session.
pub(super) fn login_required(request: &Request) -> Response {
    let target = request.query("redirect_uri").unwrap_or_else(|| format!("{}/", request.base));
    back(request, &target, &[("error", "login_required")])
}

fn back(request: &Request, target: &str, parameters: &[(&str, &str)]) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    if let Some(state) = request.query("state") {
        query.append_pair("state", &state);
    }
    let separator = if target.contains('?') { '&' } else { '?' };
    Response::redirect(&format!("{target}{separator}{}", query.finish()))
}
