//! OAuth: an app speaks for the user who made it, who must be active.

use std::time::SystemTime;

use serde_json::json;

use super::{ACCESS, ACCESS_LIFE, APP, APP_SECRET, Answer, HelpScout, REFRESH, unauthorized};
use crate::http::{Request, Response};
use crate::identity::{Credential, State};
use crate::population::ALNUM;

/// Refuses a refresh token. The code is not the standard's.
pub(super) fn invalid_refresh() -> Response {
    let body = json!({"error_description": "Invalid refresh_token", "error": "invalid_request"});
    Response::json(400, &body)
}

/// Refuses an app; unconfirmed, the standard's.
pub(super) fn invalid_client() -> Response {
    let body =
        json!({"error_description": "Client authentication failed", "error": "invalid_client"});
    Response::json(401, &body)
}

impl HelpScout {
    /// `POST /v2/oauth2/token`, as a form or JSON.
    pub(super) fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let app = self.app(request, now)?;
        match request.field("grant_type").as_deref() {
            Some("client_credentials") => {
                // For the app's maker, who must be active and invited. No refresh token comes along.
                let owner = self.kernel.principal(&app).map(|app| app.text("owner").to_owned());
                let owner = owner.unwrap_or_default();
                let active = self.kernel.principal(&owner).map(|p| p.effective(now));
                if active != Some(State::Active) {
                    return Err(unauthorized());
                }
                let secret = self.mint(&owner, &app, now);
                Ok(Response::json(
                    200,
                    &json!({
                        "token_type": "bearer", "access_token": secret,
                        "expires_in": ACCESS_LIFE.as_secs(),
                    }),
                ))
            }
            Some("refresh_token") => {
                let sent = request.field("refresh_token").unwrap_or_default();
                let key = self.kernel.authenticate(REFRESH, &sent, now);
                let token = self.kernel.credential(key.map_err(|_| invalid_refresh())?);
                let owner = token.principal.clone().filter(|_| token.is_for(&app));
                let owner = owner.ok_or_else(invalid_refresh)?;
                let secret = self.mint(&owner, &app, now);
                Ok(Response::json(
                    200,
                    &json!({
                        "refresh_token": sent, "token_type": "bearer", "access_token": secret,
                        "expires_in": ACCESS_LIFE.as_secs(),
                    }),
                ))
            }
            Some(_) | None => Err(Response::json(400, &json!({"error": "unsupported_grant_type"}))),
        }
    }

    fn app(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let field = |name: &str| request.field(name).unwrap_or_default();
        let (id, sent) = (field("client_id"), field("client_secret"));
        let app = self.kernel.by_login(APP, &id).map(|app| app.id.clone());
        let app = app.ok_or_else(invalid_client)?;
        let proven = self.kernel.authenticate_as(APP_SECRET, &app, &sent, now).is_ok();
        if proven { Ok(app) } else { Err(invalid_client()) }
    }

    fn mint(&mut self, owner: &str, app: &str, now: SystemTime) -> String {
        let (id, secret) =
            (self.kernel.next_number().to_string(), self.kernel.fresh("", 32, ALNUM));
        let token = Credential::new(ACCESS, &id, &secret).of(owner).client(app);
        self.kernel.issue(token.expires(now + ACCESS_LIFE), now);
        secret
    }
}
