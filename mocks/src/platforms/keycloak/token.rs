//! The token endpoint: passwords, refreshing, and clients on their own behalf.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::tokens::{Bearer, is_offline};
use super::{
    ACCESS_LIFE, Answer, CLIENT, CLIENT_SECRET, CONSENT, Keycloak, OFFLINE, PASSWORD, REFRESH,
    SESSION, SESSION_IDLE, USER,
};
use crate::http::{Request, Response};
use crate::identity::{Credential, Key, Standing, State};
use crate::population::{HEX, URL_SAFE};

/// Wrong passwords until the brute-force detection locks, in the realm's setting.
const FAILURES: u64 = 30;

impl Keycloak {
    pub(super) fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = self.client(request, now)?;
        match request.form("grant_type").as_deref() {
            Some("client_credentials") => self.by_client(request, &client, now),
            Some("refresh_token") => self.refresh(request, &client, now),
            Some("password") => self.by_password(request, &client, now),
            Some("authorization_code") => self.by_code(request, &client, now),
            _ => Err(refuse(400, "unsupported_grant_type", "Unsupported grant_type")),
        }
    }

    /// Authenticates a client and gives its id of the admin API.
    pub(super) fn client(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let form = || Some((request.form("client_id")?, request.form("client_secret")?));
        let (name, value) = request.basic().or_else(form).unwrap_or_default();
        let client = self.kernel.by_login(CLIENT, &name);
        let client = client.filter(|p| p.effective(now) == State::Active);
        let client = client.ok_or_else(bad_client)?;
        let good = self.kernel.authenticate_as(CLIENT_SECRET, &client.id, &value, now);
        good.map(|_| client.id.clone()).map_err(|_| bad_client())
    }

    fn by_client(&mut self, request: &Request, client: &str, now: SystemTime) -> Answer {
        let off = self.kernel.principal(client).is_some_and(|p| p.text("service_account") == "off");
        if off {
            let why = "Client not enabled to retrieve service account";
            return Err(refuse(400, "unauthorized_client", why));
        }
        let scope = request.form("scope").unwrap_or_else(|| "profile email".into());
        let bearer = Bearer { owner: client, client, session: None, offline: false, scope: &scope };
        let access = self.issue_access(bearer, now);
        self.event("CLIENT_LOGIN", client, client, now);
        Ok(Response::json(200, &tokens(&access, None, &scope)))
    }

    /// Says whether a refresh token still works, or with which words it is refused.
    pub(super) fn usable(&self, key: Key, now: SystemTime) -> Result<(), &'static str> {
        let token = self.kernel.credential(key);
        match self.kernel.standing(key, now) {
            Standing::Alive => {}
            Standing::Expired => return Err("Token is not active"),
            Standing::Revoked if token.data.contains_key("stale") => return Err("Stale token"),
            Standing::Unknown | Standing::Revoked | Standing::Disabled | Standing::Masked(_) => {
                return Err("Client session not active");
            }
        }
        if self.session_standing(token, now) != Standing::Alive {
            let offline = "Offline user session not found";
            return Err(if is_offline(token) { offline } else { "Session not active" });
        }
        let owner = token.principal.as_deref().and_then(|id| self.kernel.principal(id));
        if owner.is_none_or(|p| p.effective(now) != State::Active) {
            return Err("User disabled");
        }
        Ok(())
    }

    fn refresh(&mut self, request: &Request, client: &str, now: SystemTime) -> Answer {
        let given = request.form("refresh_token").unwrap_or_default();
        let refused = |why: &str| refuse(400, "invalid_grant", why);
        let key = self.kernel.lookup(REFRESH, &given);
        let key = key.ok_or_else(|| refused("Invalid refresh token"))?;
        let token = self.kernel.credential(key).clone();
        if !token.is_for(client) {
            return Err(refused("Unmatching clients"));
        }
        let owner = token.principal.clone().unwrap_or_default();
        if let Err(why) = self.usable(key, now) {
            self.event("REFRESH_TOKEN_ERROR", client, &owner, now);
            return Err(refused(why));
        }
        let offline = is_offline(&token);
        let session = token.grant.clone();
        let kind = if offline { OFFLINE } else { SESSION };
        let idle = session.as_deref().and_then(|id| self.kernel.find(kind, id));
        if let (Some(key), false) = (idle, offline) {
            self.kernel.credential_mut(key).expires = Some(now + SESSION_IDLE);
        }
        let bearer = Bearer {
            owner: &owner,
            client,
            session: session.as_deref(),
            offline,
            scope: &token.scope,
        };
        let access = self.issue_access(bearer, now);
        // "Revoke refresh token" is off by default: the old one goes on working beside the new one.
        let next = self.issue_refresh(bearer, now);
        self.event("REFRESH_TOKEN", client, &owner, now);
        Ok(Response::json(200, &tokens(&access, Some(next), &token.scope)))
    }

    fn by_password(&mut self, request: &Request, client: &str, now: SystemTime) -> Answer {
        let form = |name: &str| request.form(name).unwrap_or_default();
        let wrong = || refuse(401, "invalid_grant", "Invalid user credentials");
        let user = self.kernel.by_login(USER, &form("username")).map(|u| u.id.clone());
        let user = user.ok_or_else(wrong)?;
        let failures = self.failures(&user);
        let good = self.kernel.authenticate_as(PASSWORD, &user, &form("password"), now).is_ok();
        // A lock says the same as a wrong password, by design.
        if !good || failures >= FAILURES {
            self.set_failures(&user, failures + 1);
            self.event("LOGIN_ERROR", client, &user, now);
            return Err(wrong());
        }
        self.set_failures(&user, 0);
        let owner = self.kernel.principal(&user);
        if owner.is_none_or(|p| p.effective(now) != State::Active) {
            return Err(refuse(400, "invalid_grant", "Account disabled"));
        }
        if owner.is_some_and(|p| !p.text("required").is_empty()) {
            return Err(refuse(400, "invalid_grant", "Account is not fully set up"));
        }
        let scope = request.form("scope").unwrap_or_else(|| "profile email".into());
        let offline = scope.split(' ').any(|s| s == "offline_access");
        let session = self.open_session(&user, client, now);
        if offline {
            self.open_offline(&session, &user, client, now);
        }
        let bearer =
            Bearer { owner: &user, client, session: Some(&session), offline, scope: &scope };
        let access = self.issue_access(bearer, now);
        let next = self.issue_refresh(bearer, now);
        self.event("LOGIN", client, &user, now);
        Ok(Response::json(200, &tokens(&access, Some(next), &scope)))
    }

    fn open_session(&mut self, user: &str, client: &str, now: SystemTime) -> String {
        let id = self.kernel.fresh("", 32, HEX);
        let cookie = self.kernel.fresh("", 60, URL_SAFE);
        let session = Credential::new(SESSION, &id, &cookie)
            .of(user)
            .with("client", client)
            .expires(now + SESSION_IDLE);
        self.kernel.issue(session, now);
        id
    }

    /// Opens the offline copy of a session, under the same id, and the consent that goes with it.
    pub(super) fn open_offline(&mut self, id: &str, user: &str, client: &str, now: SystemTime) {
        self.kernel.issue(Credential::new(OFFLINE, id, "").of(user).client(client), now);
        let held = |c: &Credential| c.kind == CONSENT && c.is_of(user) && c.is_for(client);
        if self.kernel.kept_where(now, held).is_empty() {
            let id = format!("consent-{}", self.kernel.next_number());
            let scope = "profile email offline_access";
            let consent = Credential::new(CONSENT, &id, "").of(user).client(client).scope(scope);
            self.kernel.issue(consent, now);
        }
    }

    fn failures(&self, user: &str) -> u64 {
        let user = self.kernel.principal(user);
        user.and_then(|p| p.data.get("failures")).and_then(Value::as_u64).unwrap_or(0)
    }

    pub(super) fn set_failures(&mut self, user: &str, count: u64) {
        if let Some(user) = self.kernel.principal_mut(user) {
            user.data.insert("failures".into(), json!(count));
        }
    }
}

pub(super) fn tokens(access: &str, refresh: Option<String>, scope: &str) -> Value {
    let mut body = json!({
        "access_token": access, "expires_in": ACCESS_LIFE.as_secs(), "token_type": "Bearer",
        "not-before-policy": 0, "scope": scope,
    });
    if let Some(refresh) = refresh {
        body["refresh_token"] = json!(refresh);
        body["refresh_expires_in"] = json!(SESSION_IDLE.as_secs());
    }
    body
}

pub(super) fn refuse(status: u16, code: &str, why: &str) -> Response {
    Response::json(status, &json!({"error": code, "error_description": why}))
}

fn bad_client() -> Response {
    refuse(401, "unauthorized_client", "Invalid client or Invalid client credentials")
}

/// What the token endpoint says to something dead, by the grant that was asked for.
pub(super) fn dead(request: &Request) -> Response {
    match request.form("grant_type").as_deref() {
        Some("refresh_token") => refuse(400, "invalid_grant", "Session not active"),
        Some("authorization_code") => refuse(400, "invalid_grant", "Code not valid"),
        Some("password") => refuse(401, "invalid_grant", "Invalid user credentials"),
        _ => bad_client(),
    }
}
