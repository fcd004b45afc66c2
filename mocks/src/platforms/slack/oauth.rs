//! `oauth.v2.access`: what proves that a client id and secret still go together, and what renews
//! tokens where an app has token rotation on.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{
    APP, Answer, CLIENT_SECRET, REFRESH, Slack, TEAM, USER_TOKEN, argument, failed, succeeded,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE};
use crate::population::{ALNUM, HEX};

/// How long a rotated access token lives.
const ROTATED_LIFE: Duration = Duration::from_secs(12 * 3600);
/// The letters of a refresh token after its prefix.
pub(super) const REFRESH_LENGTH: usize = 146;

impl Slack {
    /// Checks the client first, then renews, or refuses the code: no browser consents here.
    pub(super) fn oauth_access(&mut self, request: &Request, now: SystemTime) -> Answer {
        let app = self.proven_client(request, now)?;
        if argument(request, "grant_type").as_deref() != Some("refresh_token") {
            return Err(failed("invalid_code"));
        }
        let given = argument(request, "refresh_token").unwrap_or_default();
        let key = self.kernel.authenticate(REFRESH, &given, now);
        let key = key.map_err(|_| failed("invalid_refresh_token"))?;
        let old = self.kernel.credential(key).clone();
        if !old.is_for(&app) {
            return Err(failed("invalid_refresh_token"));
        }
        // Each is good for once; the pair that takes its place is all there is.
        self.kernel.revoke(key, Cause::Protocol, now);
        let user = old.principal.clone().unwrap_or_default();
        let refresh = self.kernel.fresh("xoxe-1-", REFRESH_LENGTH, ALNUM);
        let next = Credential::new(REFRESH, &old.id, &refresh).of(&user).client(&app);
        self.kernel.issue(next.scope(&old.scope), now);
        let access = self.kernel.fresh("xoxe.xoxp-1-", 64, HEX);
        let token = Credential::new(USER_TOKEN, &user, &access)
            .of(&user)
            .client(&app)
            .scope(&old.scope)
            .expires(now + ROTATED_LIFE)
            .hidden_by(&user, INACTIVE);
        self.kernel.issue(token, now);
        Ok(succeeded(json!({
            "access_token": access, "expires_in": ROTATED_LIFE.as_secs(), "refresh_token": refresh,
            "token_type": "user", "app_id": app, "scope": old.scope.replace(' ', ","),
            "team": {"id": TEAM, "name": "Ours"},
        })))
    }

    /// Gives the app whose client id and secret were sent, in the body or as HTTP Basic.
    pub(super) fn proven_client(
        &self,
        request: &Request,
        now: SystemTime,
    ) -> Result<String, Response> {
        let sent = request.basic().or_else(|| {
            let secret = argument(request, "client_secret").unwrap_or_default();
            Some((argument(request, "client_id")?, secret))
        });
        let (id, secret) = sent.ok_or_else(|| failed("invalid_client_id"))?;
        let mut apps = self.kernel.principals().iter().filter(|p| p.kind == APP);
        let app = apps.find(|app| app.login == id).ok_or_else(|| failed("invalid_client_id"))?;
        let proven = self.kernel.authenticate_as(CLIENT_SECRET, &app.id, &secret, now);
        proven.map_err(|_| failed("bad_client_secret"))?;
        Ok(app.id.clone())
    }
}
