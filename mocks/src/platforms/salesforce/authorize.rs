//! Approvals: made in a browser, at most five for a user and an app.

use std::time::{Duration, SystemTime};

use super::answers::{error, to_login};
use super::{APP, APPROVAL, Answer, CODE, REFRESH, Salesforce};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE};
use crate::population::URL_SAFE;

/// Documented: the sixth silently revokes the oldest.
const APPROVALS: usize = 5;
const CODE_LIFETIME: Duration = Duration::from_secs(15 * 60);

impl Salesforce {
    /// The web-server flow's first half, for a browser that is logged in and approves at once.
    pub(super) fn authorize(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now).ok_or_else(|| to_login(request))?;
        let client = request.query("client_id").unwrap_or_default();
        let app = self.kernel.by_login(APP, &client);
        let unknown = || error(400, "invalid_client_id", "client identifier invalid");
        let app = app.ok_or_else(unknown)?;
        // An uninstalled app keeps those who had approved it and gets nobody new.
        if app.text("uninstalled") == "yes" {
            return Err(error(400, "OAUTH_APP_ACCESS_DENIED", "user is not admin approved"));
        }
        let app = app.id.clone();
        self.admits(&app, now)?;
        let scope = request.query("scope").unwrap_or_else(|| "api id refresh_token".into());
        let secret = self.kernel.fresh("aPrx", 60, URL_SAFE);
        let id = self.new_id("0CC");
        let code = Credential::new(CODE, &id, &secret).of(&caller.user).client(&app).scope(&scope);
        let code = code.expires(now + CODE_LIFETIME).hidden_by(&caller.user, GONE);
        self.kernel.issue(code, now);
        let back = request.query("redirect_uri").unwrap_or_default();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("code", &secret);
        if let Some(state) = request.query("state") {
            query.append_pair("state", &state);
        }
        Ok(Response::redirect(&format!("{back}?{}", query.finish())))
    }

    /// Makes an approval with its refresh token, and evicts the oldest where there are five.
    pub(super) fn approve(
        &mut self,
        user: &str,
        app: &str,
        scope: &str,
        now: SystemTime,
    ) -> (String, String) {
        let before =
            self.kernel.kept_where(now, |c| c.kind == APPROVAL && c.is_of(user) && c.is_for(app));
        if before.len() >= APPROVALS {
            let oldest = self.kernel.credential(before[0]).id.clone();
            self.end_approval(&oldest, Cause::Protocol, now);
        }
        let (id, delete) = (self.new_id("0CQ"), self.new_delete_token());
        let refresh = self.new_refresh_token();
        self.issue_approval((&id, &delete, &refresh), user, app, scope, now);
        (id, refresh)
    }

    /// Issues the `OauthToken` row and the refresh token. Deactivation hides both, ends neither:
    /// whether a reactivation revives them is unconfirmed, and this is the worse case.
    pub(super) fn issue_approval(
        &mut self,
        (id, delete, refresh): (&str, &str, &str),
        user: &str,
        app: &str,
        scope: &str,
        now: SystemTime,
    ) {
        let row = Credential::new(APPROVAL, id, delete).of(user).client(app).grant(id);
        self.kernel.issue(row.scope(scope), now);
        let token = Credential::new(REFRESH, id, refresh).of(user).client(app).grant(id);
        self.kernel.issue(token.scope(scope).hidden_by(user, GONE), now);
    }

    /// Counts a use of an approval.
    pub(super) fn touch(&mut self, approval: &str) {
        if let Some(key) = self.kernel.find(APPROVAL, approval) {
            let row = self.kernel.credential_mut(key);
            let uses = row.data.get("uses").and_then(serde_json::Value::as_u64).unwrap_or(0);
            row.data.insert("uses".into(), (uses + 1).into());
        }
    }

    pub(super) fn new_refresh_token(&mut self) -> String {
        self.kernel.fresh("5Aep861", 80, URL_SAFE)
    }

    pub(super) fn new_delete_token(&mut self) -> String {
        self.kernel.fresh("5Aep862", 80, URL_SAFE)
    }
}
