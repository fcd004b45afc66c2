//! OAuth's token endpoint, and the login, whose path is made up.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{
    ACCESS, ACCESS_LIFE, APP, Answer, CLIENT_SECRET, Gorgias, PASSWORD, REFRESH, SESSION, USER,
    error, unauthorized,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE};
use crate::population::{ALNUM, HEX};

/// How long a session lasts; the vendor's figure is not known.
pub(super) const LIFE: Duration = Duration::from_secs(3 * 86_400);

/// Refuses a refresh token; unconfirmed, the standard's.
pub(super) fn invalid_grant() -> Response {
    Response::json(400, &json!({"error": "invalid_grant"}))
}

impl Gorgias {
    /// Refreshes for the account. That the refresh token stays the same is unconfirmed.
    pub(super) fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let (id, sent) = request.basic().unwrap_or_else(|| {
            let field = |name: &str| request.field(name).unwrap_or_default();
            (field("client_id"), field("client_secret"))
        });
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
        let (id, secret) = (self.kernel.next_number().to_string(), self.kernel.fresh("", 64, HEX));
        let access = Credential::new(ACCESS, &id, &secret).client(&app).scope(&scope);
        self.kernel.issue(access.supplier(supplier).expires(now + ACCESS_LIFE), now);
        Ok(Response::json(
            200,
            &json!({
                "access_token": secret, "refresh_token": sent, "token_type": "Bearer",
                "expires_in": ACCESS_LIFE.as_secs(), "scope": format!("{scope} offline"),
            }),
        ))
    }

    pub(super) fn login(&mut self, request: &Request, now: SystemTime) -> Answer {
        let wrong = || error(401, "Wrong email or password");
        let email = request.field("email").unwrap_or_default();
        let sent = request.field("password").unwrap_or_default();
        let user = self.kernel.principals().iter().find(|p| p.kind == USER && p.login == email);
        let user = user.map(|user| user.id.clone()).ok_or_else(wrong)?;
        self.kernel.authenticate_as(PASSWORD, &user, &sent, now).map_err(|_| wrong())?;
        let (id, secret) =
            (self.kernel.next_number().to_string(), self.kernel.fresh("", 48, ALNUM));
        let session = Credential::new(SESSION, &id, &secret).of(&user).expires(now + LIFE);
        self.kernel.issue(session.hidden_by(&user, INACTIVE), now);
        let cookie = format!("session={secret}; path=/; HttpOnly");
        Ok(Response::json(200, &json!({"ok": true})).with("Set-Cookie", &cookie))
    }

    pub(super) fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.cookie("session").unwrap_or_default();
        let key = self.kernel.authenticate(SESSION, sent, now).map_err(|_| unauthorized())?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }
}
