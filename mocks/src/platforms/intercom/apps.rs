//! Apps: installation, what it mints, and its end.

use std::time::SystemTime;

use serde_json::json;

use super::{APP, Answer, CLIENT_SECRET, CODE, Intercom, TOKEN, error};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};

impl Intercom {
    /// Exchanges a code. The token has no expiry, and there is nothing to refresh.
    pub(super) fn code_for_token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let refused = || error(401, "unauthorized", "Unauthorized code or client");
        let client = request.field("client_id").unwrap_or_default();
        let app = self.kernel.by_login(APP, &client).map(|app| app.id.clone());
        let app = app.ok_or_else(refused)?;
        let sent = request.field("client_secret").unwrap_or_default();
        self.kernel.authenticate_as(CLIENT_SECRET, &app, &sent, now).map_err(|_| refused())?;
        let code = request.field("code").unwrap_or_default();
        let key = self.kernel.authenticate(CODE, &code, now).map_err(|_| refused())?;
        let code = self.kernel.credential(key).clone();
        if !code.is_for(&app) {
            return Err(refused());
        }
        self.kernel.revoke(key, Cause::Protocol, now);
        let owner = code.principal.unwrap_or_default();
        let token = self.mint(&app, &owner, now);
        Ok(Response::json(
            200,
            &json!({
                "token_type": "Bearer", "token": token, "access_token": token,
            }),
        ))
    }

    /// Mints a token of an app for who installed it. Nothing of that person's state is asked later.
    pub(super) fn mint(&mut self, app: &str, owner: &str, now: SystemTime) -> String {
        let secret = self.new_token();
        let id = self.kernel.next_number().to_string();
        let token = Credential::new(TOKEN, &id, &secret).of(owner).client(app);
        self.kernel.issue(token.scope("read_admins"), now);
        secret
    }

    /// An app may uninstall itself; whether the real endpoint does is unconfirmed.
    pub(super) fn uninstall_self(&mut self, key: Key, now: SystemTime) -> Response {
        let token = self.kernel.credential(key).clone();
        let app = token.client.unwrap_or_default();
        self.uninstall(&app, token.principal.as_deref().unwrap_or_default(), now);
        Response::json(200, &json!({}))
    }

    /// Ends the tokens of an app in this workspace, and no other app's.
    pub(super) fn uninstall(&mut self, app: &str, by: &str, now: SystemTime) {
        self.kernel.revoke_where(Cause::Action, now, |c| c.kind == TOKEN && c.is_for(app));
        self.record("app_package_uninstallation", by, &json!({"app_package_code": app}), now);
    }
}
