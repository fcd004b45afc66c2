//! The application's host: OAuth's token endpoint, and the login, whose paths are made up.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{
    ACCESS, ACCESS_LIFE, APP, Answer, CLIENT_SECRET, Front, PASSWORD, REFRESH, SESSION, TEAMMATE,
    token,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE};
use crate::population::ALNUM;

/// How long a session lasts; the vendor's figure is not known.
pub(super) const LIFE: Duration = Duration::from_secs(3 * 86_400);

/// Refuses a refresh token; unconfirmed, the standard's.
pub(super) fn invalid_grant() -> Response {
    Response::json(400, &json!({"error": "invalid_grant"}))
}

/// Refuses a password or a session.
pub(super) fn wrong() -> Response {
    super::error(401, "Unauthenticated", "Wrong email or password")
}

impl Front {
    /// Everything on the application's host.
    pub(super) fn console(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("POST", ["oauth", "token"]) => Some(self.refresh(request, now)),
            ("POST", ["login"]) => Some(self.login(request, now)),
            ("POST", ["logout"]) => Some(self.logout(request, now)),
            ("GET", ["boot"]) => Some(self.session(request, now)),
            _ => None,
        }
    }

    /// Refreshes for the company: whoever authorised the app is not asked for.
    fn refresh(&mut self, request: &Request, now: SystemTime) -> Answer {
        let (id, sent) = request.basic().unwrap_or_default();
        let app = self.kernel.by_login(APP, &id).map(|app| app.id.clone()).unwrap_or_default();
        if self.kernel.authenticate_as(CLIENT_SECRET, &app, &sent, now).is_err() {
            return Err(Response::json(401, &json!({"error": "invalid_client"})));
        }
        if request.field("grant_type").as_deref() != Some("refresh_token") {
            return Err(Response::json(400, &json!({"error": "unsupported_grant_type"})));
        }
        let sent = request.field("refresh_token").unwrap_or_default();
        let key = self.kernel.authenticate(REFRESH, &sent, now).map_err(|_| invalid_grant())?;
        let refresh = self.kernel.credential(key);
        if !refresh.is_for(&app) {
            return Err(invalid_grant());
        }
        let (scope, supplier) = (refresh.scope.clone(), refresh.supplier);
        let id = format!("oat_{}", self.kernel.next_number());
        let secret = token(&id, &["shared:*"]);
        let access = Credential::new(ACCESS, &id, &secret).client(&app).scope(&scope);
        self.kernel.issue(access.supplier(supplier).expires(now + ACCESS_LIFE), now);
        Ok(Response::json(
            200,
            &json!({
                "access_token": secret, "refresh_token": sent, "token_type": "Bearer",
                "expires_in": ACCESS_LIFE.as_secs(),
            }),
        ))
    }

    fn login(&mut self, request: &Request, now: SystemTime) -> Answer {
        let email = request.field("email").unwrap_or_default();
        let sent = request.field("password").unwrap_or_default();
        let person =
            self.kernel.principals().iter().find(|p| p.kind == TEAMMATE && p.login == email);
        let person = person.map(|person| person.id.clone()).ok_or_else(wrong)?;
        self.kernel.authenticate_as(PASSWORD, &person, &sent, now).map_err(|_| wrong())?;
        let (id, secret) =
            (self.kernel.next_number().to_string(), self.kernel.fresh("", 48, ALNUM));
        let session = Credential::new(SESSION, &id, &secret).of(&person).expires(now + LIFE);
        self.kernel.issue(session.hidden_by(&person, INACTIVE), now);
        let cookie = format!("front.id={secret}; path=/; HttpOnly");
        Ok(Response::json(200, &json!({"ok": true})).with("Set-Cookie", &cookie))
    }

    fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.cookie("front.id").unwrap_or_default();
        let key = self.kernel.authenticate(SESSION, sent, now).map_err(|_| wrong())?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }

    fn session(&self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.cookie("front.id").unwrap_or_default();
        let key = self.kernel.authenticate(SESSION, sent, now).map_err(|_| wrong())?;
        let owner = self.kernel.credential(key).principal.as_deref();
        let person = owner.and_then(|id| self.kernel.presented(id)).ok_or_else(wrong)?;
        Ok(Response::json(200, &json!({"teammate": {"id": person.id, "email": person.login}})))
    }
}
