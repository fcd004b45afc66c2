//! The organisation: the login of all its accounts, and OAuth. Beside it the account's portal and
//! its single sign-on.
//!
//! Paths of the login forms are made up; what the facts say of them is who gets in where.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{invalid_grant, login_page, not_logged_in};
use super::{
    ACCESS, AGENT, APP, Answer, CLIENT_SECRET, CONTACT, Freshdesk, PASSWORD, PORTAL_SESSION,
    REFRESH, SESSION, SSO_SECRET,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, State};
use crate::jwt;
use crate::population::ALNUM;

/// The org's session policy.
pub(super) const SESSION_LIFE: Duration = Duration::from_secs(3 * 86_400);
/// Unconfirmed figures.
pub(super) const ACCESS_LIFE: Duration = Duration::from_secs(30 * 60);
pub(super) const REFRESH_LIFE: Duration = Duration::from_secs(365 * 86_400);

impl Freshdesk {
    /// Everything on the organisation's host.
    pub(super) fn org(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("POST", ["login"]) => Some(self.login(request, now)),
            ("POST", ["logout"]) => Some(self.logout(request, now)),
            ("GET", ["api", "me"]) => Some(self.person(request, now)),
            ("POST", ["oauth", "v2", "token"]) => Some(self.token(request, now)),
            (_, ["scim", "v2", rest @ ..]) => self.scim(method, rest, request, now),
            _ => None,
        }
    }

    /// Opens the session that all accounts of the org take.
    fn login(&mut self, request: &Request, now: SystemTime) -> Answer {
        let email = request.form("email").unwrap_or_default();
        let sent = request.form("password").unwrap_or_default();
        let person = self.person_named(&email).map(|p| p.id.clone());
        let person = person.ok_or_else(login_page)?;
        let right = self.kernel.authenticate_as(PASSWORD, &person, &sent, now);
        right.map_err(|_| login_page())?;
        Ok(self.enter(&person, now))
    }

    fn enter(&mut self, person: &str, now: SystemTime) -> Response {
        let secret = self.kernel.fresh("", 48, ALNUM);
        let id = self.kernel.next_number().to_string();
        let session = Credential::new(SESSION, &id, &secret).of(person);
        self.kernel.issue(session.expires(now + SESSION_LIFE).hidden_by(person, INACTIVE), now);
        let cookie = format!("fw-session={secret}; path=/; HttpOnly");
        Response::redirect("/a/dashboard").with("Set-Cookie", &cookie)
    }

    fn session(
        &self,
        request: &Request,
        now: SystemTime,
    ) -> Result<crate::identity::Key, Response> {
        let sent = request.cookie("fw-session").unwrap_or_default();
        self.kernel.authenticate(SESSION, sent, now).map_err(|_| not_logged_in())
    }

    fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let key = self.session(request, now)?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }

    fn person(&self, request: &Request, now: SystemTime) -> Answer {
        let key = self.session(request, now)?;
        let owner = self.kernel.credential(key).principal.as_deref();
        let person = owner.and_then(|id| self.kernel.presented(id)).ok_or_else(not_logged_in)?;
        Ok(Response::json(200, &json!({"user": {"id": person.id, "email": person.login}})))
    }

    /// Refreshes. The refresh token stays the same: whether the real one rotates is unconfirmed.
    fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let basic = request.basic();
        let (id, sent) = basic.unwrap_or_else(|| {
            let field = |name: &str| request.field(name).unwrap_or_default();
            (field("client_id"), field("client_secret"))
        });
        let app = self.kernel.by_login(APP, &id).map(|app| app.id.clone()).unwrap_or_default();
        let proven = self.kernel.authenticate_as(CLIENT_SECRET, &app, &sent, now).is_ok();
        if !proven {
            return Err(Response::json(401, &json!({"error": "invalid_client"})));
        }
        if request.field("grant_type").as_deref() != Some("refresh_token") {
            return Err(invalid_grant());
        }
        let sent = request.field("refresh_token").unwrap_or_default();
        let key = self.kernel.authenticate(REFRESH, &sent, now).map_err(|_| invalid_grant())?;
        let refresh = self.kernel.credential(key).clone();
        if !refresh.is_for(&app) {
            return Err(invalid_grant());
        }
        let (id, secret) = (self.kernel.next_number(), self.kernel.fresh("", 64, ALNUM));
        let owner = refresh.principal.clone().unwrap_or_default();
        let mut access = Credential::new(ACCESS, &id.to_string(), &secret)
            .of(&owner)
            .client(&app)
            .expires(now + ACCESS_LIFE);
        access.data = refresh.data;
        self.kernel.issue(access, now);
        let body = json!({
            "access_token": secret, "refresh_token": sent, "token_type": "bearer",
            "expires_in": ACCESS_LIFE.as_secs(),
        });
        Ok(Response::json(200, &body))
    }

    /// The customer portal: open to agents, and to the contacts that deleted agents become.
    pub(super) fn portal_login(&mut self, request: &Request, now: SystemTime) -> Answer {
        let email = request.form("email").unwrap_or_default();
        let sent = request.form("password").unwrap_or_default();
        let known = [AGENT, CONTACT].iter().any(|kind| {
            let found = self.kernel.by_login(kind, &email);
            found.is_some_and(|p| p.effective(now) == State::Active)
        });
        let person = self.person_named(&email).filter(|_| known).map(|p| p.id.clone());
        let person = person.ok_or_else(login_page)?;
        let right = self.kernel.authenticate_as(PASSWORD, &person, &sent, now);
        right.map_err(|_| login_page())?;
        let secret = self.kernel.fresh("", 48, ALNUM);
        let session = Credential::new(PORTAL_SESSION, &secret, &secret).of(&person);
        self.kernel.issue(session.expires(now + SESSION_LIFE), now);
        let cookie = format!("portal-session={secret}; path=/; HttpOnly");
        Ok(Response::redirect("/support/home").with("Set-Cookie", &cookie))
    }

    pub(super) fn portal(&mut self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.cookie("portal-session").unwrap_or_default();
        let key = self.kernel.authenticate(PORTAL_SESSION, sent, now);
        let key = key.map_err(|_| login_page())?;
        let owner = self.kernel.credential(key).principal.as_deref();
        let person = owner.and_then(|id| self.kernel.presented(id)).ok_or_else(login_page)?;
        Ok(Response::json(200, &json!({"user": {"email": person.login}})))
    }

    /// Single sign-on by a signed token: who holds the shared secret can be anybody.
    pub(super) fn single_sign_on(&mut self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.query("jwt").unwrap_or_default();
        let keys = self.kernel.kept(SSO_SECRET, now);
        let secrets = keys.iter().map(|key| self.kernel.credential(*key).secret.as_str());
        let claims: Option<Value> =
            secrets.filter_map(|secret| jwt::verify(secret, &sent, now).ok()).next();
        let claims = claims.ok_or_else(not_logged_in)?;
        let email = claims["email"].as_str().unwrap_or_default();
        let person = self.person_named(email).map(|p| p.id.clone());
        let person = person.ok_or_else(not_logged_in)?;
        Ok(self.enter(&person, now))
    }
}
