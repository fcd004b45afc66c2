//! The token endpoint, its revocation, and `tokeninfo`.

use std::time::SystemTime;

use serde_json::json;

use super::{
    ACCESS, ACCESS_LIFE, Answer, CLIENT, CLIENT_SECRET, Google, REFRESH, REFRESH_IDLE, ROBOT, USER,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Standing, State};
use crate::population::URL_SAFE;
use crate::times::epoch;

const GONE: &str = "Token has been expired or revoked.";

impl Google {
    pub(super) fn oauth(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("POST", ["token"]) => Some(self.token(request, now)),
            ("POST", ["revoke"]) => Some(self.revoke(request, now)),
            ("GET" | "POST", ["tokeninfo"]) => Some(self.token_info(request, now)),
            _ => None,
        }
    }

    fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        match request.field("grant_type").as_deref() {
            Some("refresh_token") => self.refresh(request, now),
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => self.by_assertion(request, now),
            _ => Err(refuse(400, "unsupported_grant_type", "Invalid grant_type.")),
        }
    }

    fn client(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let given = |name: &str| request.field(name);
        let (id, value) = request
            .basic()
            .or_else(|| Some((given("client_id")?, given("client_secret").unwrap_or_default())))
            .unwrap_or_default();
        let client = self.kernel.principal(&id).filter(|p| p.kind == CLIENT);
        let invalid = |why| Err(refuse(401, "invalid_client", why));
        match client.map(|p| p.effective(now)) {
            None => return invalid("The OAuth client was not found."),
            Some(State::Deleted) => {
                return Err(refuse(401, "deleted_client", "The OAuth client was deleted."));
            }
            Some(State::Deactivated | State::Suspended) => {
                return Err(refuse(401, "disabled_client", "The OAuth client was disabled."));
            }
            Some(State::Active) => {}
        }
        if self.kernel.authenticate_as(CLIENT_SECRET, &id, &value, now).is_err() {
            return invalid("The provided client secret is invalid.");
        }
        Ok(id)
    }

    fn refresh(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = self.client(request, now)?;
        let given = request.field("refresh_token").unwrap_or_default();
        let key = match self.kernel.authenticate(REFRESH, &given, now) {
            Ok(key) => key,
            Err(standing) => return Err(dead_refresh(standing)),
        };
        let token = self.kernel.credential(key);
        if !token.is_for(&client) {
            return Err(refuse(401, "unauthorized_client", "Unauthorized"));
        }
        let (user, scope) = (token.principal.clone().unwrap_or_default(), token.scope.clone());
        if self.kernel.principal(&user).is_some_and(|p| p.text("reauth") == "required") {
            let why = "reauth related error (invalid_rapt)";
            let body = json!({
                "error": "invalid_grant", "error_description": why, "error_subtype": "invalid_rapt",
            });
            return Err(Response::json(400, &body));
        }
        self.kernel.credential_mut(key).expires = Some(now + REFRESH_IDLE);
        let access = self.issue_access(&user, Some(&client), &scope, now);
        Ok(Response::json(
            200,
            &json!({
                "access_token": access, "expires_in": ACCESS_LIFE.as_secs(), "scope": scope,
                "token_type": "Bearer",
            }),
        ))
    }

    /// Issues an access token; those of people die with the state of the person, a robot's does not.
    pub(super) fn issue_access(
        &mut self,
        owner: &str,
        client: Option<&str>,
        scope: &str,
        now: SystemTime,
    ) -> String {
        let value = self.kernel.fresh("ya29.", 180, URL_SAFE);
        let id = format!("access-{}", self.kernel.next_number());
        let mut token =
            Credential::new(ACCESS, &id, &value).of(owner).scope(scope).expires(now + ACCESS_LIFE);
        if self.kernel.principal(owner).is_some_and(|p| p.kind == USER) {
            token = token.hidden_by(owner, INACTIVE);
        }
        if let Some(client) = client {
            token = token.client(client).grant(&family(owner, client));
        }
        self.kernel.issue(token, now);
        value
    }

    /// Revokes by the token itself. Either token takes the whole grant of that user and client.
    fn revoke(&mut self, request: &Request, now: SystemTime) -> Answer {
        let given = request.query("token").or_else(|| request.form("token")).unwrap_or_default();
        let key = self.kernel.lookup(REFRESH, &given);
        let key = key.or_else(|| self.kernel.lookup(ACCESS, &given));
        let invalid = || refuse(400, "invalid_token", "Token expired or revoked");
        let key = key.filter(|key| self.kernel.exists(*key, now)).ok_or_else(invalid)?;
        // A service account's token has no grant: it cannot be revoked at all.
        let Some(grant) = self.kernel.credential(key).grant.clone() else {
            return Err(invalid());
        };
        let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
        self.kernel.revoke_where(Cause::Action, now, |c| c.is_from(&grant));
        let login = self.kernel.principal(&user).map(|p| p.login.clone()).unwrap_or_default();
        self.record("token", "revoke", &login, now);
        Ok(Response::json(200, &json!({})))
    }

    fn token_info(&self, request: &Request, now: SystemTime) -> Answer {
        let given = request.query("access_token").or_else(|| request.form("access_token"));
        let key = self.kernel.authenticate(ACCESS, &given.unwrap_or_default(), now);
        let key = key.map_err(|_| refuse(400, "invalid_token", "Invalid Value"))?;
        let token = self.kernel.credential(key);
        let shown = token.principal.as_deref().and_then(|id| self.kernel.presented(id));
        let expires = token.expires.map(epoch).unwrap_or_default();
        let robot = shown.is_some_and(|p| p.kind == ROBOT);
        let audience = token.client.clone().or_else(|| shown.map(|p| p.id.clone()));
        Ok(Response::json(
            200,
            &json!({
                "azp": audience, "aud": audience, "sub": shown.map(|p| &p.id), "scope": token.scope,
                "exp": expires.to_string(),
                "expires_in": expires.saturating_sub(epoch(now)).to_string(),
                "email": shown.map(|p| &p.login), "email_verified": "true",
                "access_type": if robot { "online" } else { "offline" },
            }),
        ))
    }
}

/// Names the grant of a user to a client: what all its tokens belong to.
pub(super) fn family(user: &str, client: &str) -> String {
    format!("{user}|{client}")
}

fn dead_refresh(standing: Standing) -> Response {
    let why = match standing {
        Standing::Masked(State::Deleted) => "The account has been deleted",
        // The facts know no text of its own for a suspended user.
        Standing::Masked(_) | Standing::Unknown | Standing::Alive => "Bad Request",
        Standing::Revoked | Standing::Expired | Standing::Disabled => GONE,
    };
    refuse(400, "invalid_grant", why)
}

pub(super) fn refuse(status: u16, code: &str, why: &str) -> Response {
    Response::json(status, &json!({"error": code, "error_description": why}))
}

/// What these endpoints say to something dead, by what was asked.
pub(super) fn dead(request: &Request) -> Response {
    match request.path.as_str() {
        "/tokeninfo" => refuse(400, "invalid_token", "Invalid Value"),
        "/revoke" => refuse(400, "invalid_token", "Token expired or revoked"),
        _ if request.field("assertion").is_some() => {
            refuse(400, "invalid_grant", "Invalid JWT Signature.")
        }
        _ => refuse(400, "invalid_grant", GONE),
    }
}
