//! The OAuth server: rotating refresh tokens with a leeway, and service accounts' clients.

use std::time::SystemTime;

use serde_json::json;

use super::{
    ACCESS, ACCESS_LIFE, ACCOUNT, APP, Answer, Atlassian, CLIENT_SECRET, LEEWAY, REFRESH,
    REFRESH_IDLE,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};
use crate::jwt;
use crate::population::URL_SAFE;
use crate::times::epoch;

impl Atlassian {
    pub(super) fn auth(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        if (method, segments.as_slice()) != ("POST", ["oauth", "token"].as_slice()) {
            return None;
        }
        let client = match self.client(request, now) {
            Ok(client) => client,
            Err(refusal) => return Some(Err(refusal)),
        };
        Some(match request.field("grant_type").as_deref() {
            Some("refresh_token") => self.refresh(request, &client, now),
            Some("client_credentials") => self.by_client(&client, now),
            _ => Err(refuse(403, "unsupported_grant_type", "Unsupported grant type")),
        })
    }

    fn client(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let field = |name: &str| request.field(name).unwrap_or_default();
        let (id, value) =
            request.basic().unwrap_or_else(|| (field("client_id"), field("client_secret")));
        let good = self.kernel.authenticate_as(CLIENT_SECRET, &id, &value, now);
        good.map(|_| id).map_err(|_| refuse(401, "access_denied", "Unauthorized"))
    }

    /// A service account's client is one whose principal is an account.
    fn by_client(&mut self, client: &str, now: SystemTime) -> Answer {
        let account = self.kernel.principal(client).map(|p| p.text("account").to_owned());
        let Some(account) = account.filter(|id| !id.is_empty()) else {
            return Err(refuse(403, "unauthorized_client", "Grant type not allowed."));
        };
        let access = self.issue_access(&account, client, None, now);
        let life = ACCESS_LIFE.as_secs();
        let body = json!({"access_token": access, "expires_in": life, "token_type": "Bearer"});
        Ok(Response::json(200, &body))
    }

    fn refresh(&mut self, request: &Request, client: &str, now: SystemTime) -> Answer {
        let given = request.field("refresh_token").unwrap_or_default();
        let key = self.kernel.authenticate(REFRESH, &given, now).map_err(|_| unknown())?;
        let token = self.kernel.credential(key).clone();
        if !token.is_for(client) {
            return Err(refuse(403, "unauthorized_client", "refresh_token is invalid"));
        }
        let used = token.data.get("used").and_then(serde_json::Value::as_u64);
        if used.is_some_and(|at| epoch(now) >= at + LEEWAY.as_secs()) {
            // Reuse after the leeway means a thief: the whole family ends.
            let family = token.grant.clone().unwrap_or_default();
            let kin = |c: &Credential| c.kind == REFRESH && c.is_from(&family);
            self.kernel.revoke_where(Cause::Protocol, now, kin);
            return Err(unknown());
        }
        if used.is_none() {
            let stored = self.kernel.credential_mut(key);
            stored.data.insert("used".into(), json!(epoch(now)));
        }
        let account = token.principal.clone().unwrap_or_default();
        let consent = token.text("consent").to_owned();
        let next = self.kernel.fresh("eyJ", 120, URL_SAFE);
        let family = token.grant.as_deref().unwrap_or_default();
        let heir = self.issue_refresh(&next, (&account, client), (family, &consent), now);
        // The job of an uninstallation ends what its tokens have become by then.
        self.kernel.inherit_end(heir, key);
        let access = self.issue_access(&account, client, Some(&consent), now);
        let body = json!({
            "access_token": access, "refresh_token": next, "scope": token.scope,
            "expires_in": ACCESS_LIFE.as_secs(), "token_type": "Bearer",
        });
        Ok(Response::json(200, &body))
    }

    pub(super) fn issue_refresh(
        &mut self,
        value: &str,
        (account, client): (&str, &str),
        (family, consent): (&str, &str),
        now: SystemTime,
    ) -> Key {
        let id = format!("refresh-{}", self.kernel.next_number());
        let token = Credential::new(REFRESH, &id, value)
            .of(account)
            .client(client)
            .grant(family)
            .with("consent", consent)
            .scope("read:jira-work offline_access")
            .expires(now + REFRESH_IDLE)
            .hidden_by(account, crate::identity::INACTIVE);
        self.kernel.issue(token, now)
    }

    /// Issues an access token: it cannot be revoked, and whether a deactivated account's is refused
    /// before its time is unconfirmed, so it lives to its `exp`.
    pub(super) fn issue_access(
        &mut self,
        account: &str,
        client: &str,
        consent: Option<&str>,
        now: SystemTime,
    ) -> String {
        let id = format!("access-{}", self.kernel.next_number());
        let claims = json!({
            "iss": "https://auth.atlassian.com", "aud": "api.atlassian.com", "jti": id,
            "sub": self.kernel.presented(account).filter(|p| p.kind == ACCOUNT).map(|p| &p.id),
            "client_id": self.kernel.principal(client).filter(|p| p.kind == APP).map(|p| &p.id),
            "iat": epoch(now), "exp": epoch(now + ACCESS_LIFE),
        });
        let value = jwt::sign("jira-service-management/access", "JWT", &claims);
        let token = Credential::new(ACCESS, &id, &value)
            .of(account)
            .client(client)
            .with("consent", consent.unwrap_or_default())
            .expires(now + ACCESS_LIFE);
        self.kernel.issue(token, now);
        value
    }
}

fn refuse(status: u16, code: &str, why: &str) -> Response {
    Response::json(status, &json!({"error": code, "error_description": why}))
}

/// The answer to a dead refresh token.
pub(super) fn unknown() -> Response {
    refuse(403, "invalid_grant", "Unknown or invalid refresh token.")
}
