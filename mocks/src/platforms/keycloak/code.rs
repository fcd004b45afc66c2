//! The browser's silent sign-in, and the exchange of the code it gives.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::token::{refuse, tokens};
use super::tokens::Bearer;
use super::{Answer, CLIENT, CODE, Keycloak, SESSION};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Standing, State};

const CODE_LIFE: Duration = Duration::from_secs(60);

impl Keycloak {
    /// Signs in silently with the browser's cookie, or says that it cannot.
    pub(super) fn authorize(&mut self, request: &Request, now: SystemTime) -> Answer {
        let back =
            request.query("redirect_uri").unwrap_or_else(|| "https://ours.example/cb".into());
        let cookie = request.cookie("KEYCLOAK_IDENTITY").unwrap_or_default();
        let session = self.kernel.authenticate(SESSION, cookie, now).ok();
        let session = session.map(|key| self.kernel.credential(key)).and_then(|session| {
            let user = self.kernel.principal(session.principal.as_deref()?)?;
            (user.effective(now) == State::Active).then(|| (user.id.clone(), session.id.clone()))
        });
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        match session {
            Some((user, session)) => {
                let shown = self.kernel.presented(&user).map(|p| p.login.clone());
                let name = request.query("client_id").unwrap_or_default();
                let client = self.kernel.by_login(CLIENT, &name).map(|p| p.id.clone());
                let code = format!("code-{}", self.kernel.next_number());
                let stored = Credential::new(CODE, &code, &code)
                    .of(&user)
                    .client(client.as_deref().unwrap_or_default())
                    .grant(&session)
                    .scope(&request.query("scope").unwrap_or_default())
                    .with("redirect_uri", back.as_str())
                    .expires(now + CODE_LIFE);
                self.kernel.issue(stored, now);
                query.append_pair("code", &code);
                query.append_pair("login_hint", &shown.unwrap_or_default());
            }
            None => {
                query.append_pair("error", "login_required");
            }
        }
        if let Some(state) = request.query("state") {
            query.append_pair("state", &state);
        }
        Ok(Response::redirect(&format!("{back}?{}", query.finish())))
    }

    /// Exchanges a code (RFC 6749 4.1.3): once, by its own client, with its own address.
    pub(super) fn by_code(&mut self, request: &Request, client: &str, now: SystemTime) -> Answer {
        let refused = |why: &str| refuse(400, "invalid_grant", why);
        let given = request.form("code").unwrap_or_default();
        let key = self.kernel.authenticate(CODE, &given, now);
        let key = key.map_err(|_| refused("Code not valid"))?;
        let code = self.kernel.credential(key).clone();
        if !code.is_for(client) {
            return Err(refused("Code not valid"));
        }
        if request.form("redirect_uri").as_deref() != Some(code.text("redirect_uri")) {
            return Err(refused("Incorrect redirect_uri"));
        }
        self.kernel.revoke(key, Cause::Protocol, now);
        if self.session_standing(&code, now) != Standing::Alive {
            return Err(refused("Session not active"));
        }
        let user = code.principal.clone().unwrap_or_default();
        let owner = self.kernel.principal(&user);
        if owner.is_none_or(|p| p.effective(now) != State::Active) {
            return Err(refused("User disabled"));
        }
        let bearer = Bearer {
            owner: &user,
            client,
            session: code.grant.as_deref(),
            offline: false,
            scope: &code.scope,
        };
        let access = self.issue_access(bearer, now);
        let next = self.issue_refresh(bearer, now);
        let mut body: Value = tokens(&access, Some(next), &code.scope);
        if code.scope.split(' ').any(|s| s == "openid") {
            body["id_token"] = json!(self.id_token(bearer, now));
        }
        self.event("CODE_TO_TOKEN", client, &user, now);
        Ok(Response::json(200, &body))
    }
}
