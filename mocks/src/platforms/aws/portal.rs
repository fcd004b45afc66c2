//! The single sign-on portal and its token endpoint: where people and their tools get role sessions.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{Refusal, oidc_error, portal_error, refuse};
use super::services::text;
use super::{ACCOUNT, ASSIGNMENT, Answer, Aws, PORTAL, PORTAL_CLIENT, PORTAL_REFRESH, ROLE, seed};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Key, Standing};
use crate::population::URL_SAFE;
use crate::times::epoch;

/// How long a role session from the portal lasts: the permission set's duration.
const ROLE_LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// How long an access token from the token endpoint lasts.
const ACCESS_LIFETIME: Duration = Duration::from_secs(3600);

impl Aws {
    /// Answers the portal and the token endpoint; `None` where there is no such route.
    pub(super) fn portal(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("GET", ["federation", "credentials"]) => self.role_credentials(request, now),
            ("GET", ["assignment", "accounts"]) => self.portal_accounts(request, now),
            ("GET", ["assignment", "roles"]) => self.portal_roles(request, now),
            ("POST", ["logout"]) => self.portal_logout(request, now),
            ("POST", ["token"]) => self.portal_token(request, now),
            _ => return None,
        };
        Some(answer)
    }

    fn portal_session(
        &self,
        request: &Request,
        now: SystemTime,
    ) -> Result<(Key, String), Response> {
        let token = request.header("x-amz-sso_bearer_token").unwrap_or_default();
        let key = self.kernel.authenticate(PORTAL, token, now);
        let key = key.map_err(|_| refuse(request, Refusal::UnknownKey))?;
        let person = self.kernel.credential(key).principal.clone().unwrap_or_default();
        Ok((key, person))
    }

    fn assigned(&self, person: &str, now: SystemTime) -> bool {
        let key = self.kernel.find(ASSIGNMENT, person);
        key.is_some_and(|key| self.kernel.standing(key, now) == Standing::Alive)
    }

    /// Hands out a role session, which from then on has nothing to do with the portal.
    fn role_credentials(&mut self, request: &Request, now: SystemTime) -> Answer {
        let (_, person) = self.portal_session(request, now)?;
        let role = request.query("role_name").unwrap_or_default();
        let account = request.query("account_id").unwrap_or_default();
        if role != seed::PERMISSION || account != ACCOUNT || !self.assigned(&person, now) {
            return Err(portal_error(403, "ForbiddenException", "No access"));
        }
        let role = self.kernel.by_login(ROLE, seed::PERMISSION_ROLE).map(|role| role.id.clone());
        let role = role.unwrap_or_default();
        let named = self.kernel.presented(&person).map(|person| person.login.clone());
        let name = named.unwrap_or_default();
        let key = self.role_session(&role, &name, &person, ROLE_LIFETIME, now);
        let session = self.kernel.credential(key);
        Ok(Response::json(
            200,
            &json!({"roleCredentials": {
                "accessKeyId": session.id,
                "secretAccessKey": session.secret,
                "sessionToken": session.text("token"),
                "expiration": session.expires.map(|at| epoch(at) * 1000),
            }}),
        ))
    }

    fn portal_accounts(&self, request: &Request, now: SystemTime) -> Answer {
        let (_, person) = self.portal_session(request, now)?;
        let mut accounts = Vec::new();
        if self.assigned(&person, now) {
            accounts.push(json!({"accountId": ACCOUNT, "accountName": "ours"}));
        }
        Ok(Response::json(200, &json!({"accountList": accounts})))
    }

    fn portal_roles(&self, request: &Request, now: SystemTime) -> Answer {
        let (_, person) = self.portal_session(request, now)?;
        let mut roles = Vec::new();
        if self.assigned(&person, now) {
            roles.push(json!({"accountId": ACCOUNT, "roleName": seed::PERMISSION}));
        }
        Ok(Response::json(200, &json!({"roleList": roles})))
    }

    /// Ends a portal session. Role sessions taken from it go on.
    fn portal_logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let (key, _) = self.portal_session(request, now)?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(200))
    }

    /// Renews an access token. Whether the refresh token changes with it is unconfirmed; it stays.
    fn portal_token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let body: Value = request.json();
        let (client, secret) = (text(&body, "clientId"), text(&body, "clientSecret"));
        let known = self.kernel.authenticate(PORTAL_CLIENT, &secret, now);
        if known.map_or(true, |key| self.kernel.credential(key).id != client) {
            let why = "Invalid client id or secret";
            return Err(oidc_error(401, "InvalidClientException", "invalid_client", why));
        }
        if text(&body, "grantType") != "refresh_token" {
            let (name, code) = ("UnsupportedGrantTypeException", "unsupported_grant_type");
            return Err(oidc_error(400, name, code, "Only refresh tokens are exchanged here"));
        }
        let refresh = text(&body, "refreshToken");
        let key = self.kernel.authenticate(PORTAL_REFRESH, &refresh, now);
        let key = key.map_err(|_| refuse(request, Refusal::UnknownKey))?;
        let person = self.kernel.credential(key).principal.clone().unwrap_or_default();
        let token = self.kernel.fresh("aoaAAAAAG", 120, URL_SAFE);
        let id = format!("portal-{}", self.kernel.next_number());
        let session = Credential::new(PORTAL, &id, &token).of(&person);
        let session = session.expires(now + ACCESS_LIFETIME).hidden_by(&person, INACTIVE);
        self.kernel.issue(session, now);
        Ok(Response::json(
            200,
            &json!({
                "accessToken": token,
                "tokenType": "Bearer",
                "expiresIn": ACCESS_LIFETIME.as_secs(),
                "refreshToken": refresh,
            }),
        ))
    }
}
