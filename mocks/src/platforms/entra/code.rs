//! The browser's silent sign-in, and the exchange of the code it gives.

use std::time::{Duration, SystemTime};

use super::sts::{error, with_query};
use super::{Answer, CODE, Entra, SESSION};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential};

const CODE_LIFE: Duration = Duration::from_secs(600);

impl Entra {
    /// Signs in silently with the browser's cookie, or says that it cannot.
    pub(super) fn authorize(&mut self, request: &Request, now: SystemTime) -> Answer {
        let back =
            request.query("redirect_uri").unwrap_or_else(|| "https://ours.example/cb".into());
        let state = request.query("state").unwrap_or_default();
        let cookie = request.cookie("ESTSAUTH").or_else(|| request.cookie("ESTSAUTHPERSISTENT"));
        let key = cookie.and_then(|value| self.kernel.authenticate(SESSION, value, now).ok());
        let Some(key) = key else {
            let why = "AADSTS50058: A silent sign-in request was sent but no user is signed in.";
            let mut pairs = vec![("error", "login_required"), ("error_description", why)];
            if !state.is_empty() {
                pairs.push(("state", &state));
            }
            return Ok(Response::redirect(&with_query(&back, &pairs)));
        };
        let session = self.kernel.credential(key);
        let (user, id) = (session.principal.clone().unwrap_or_default(), session.id.clone());
        let class = session.text("class").to_owned();
        let shown = self.kernel.presented(&user).map(|p| p.login.clone()).unwrap_or_default();
        let code = format!("0.code-{}", self.kernel.next_number());
        let stored = Credential::new(CODE, &code, &code)
            .of(&user)
            .client(&request.query("client_id").unwrap_or_default())
            .scope(&request.query("scope").unwrap_or_default())
            .with("redirect_uri", back.as_str())
            .with("class", class)
            .expires(now + CODE_LIFE);
        self.kernel.issue(stored, now);
        let mut pairs =
            vec![("code", code.as_str()), ("session_state", &id), ("login_hint", &shown)];
        if !state.is_empty() {
            pairs.push(("state", &state));
        }
        Ok(Response::redirect(&with_query(&back, &pairs)))
    }

    /// Exchanges a code (RFC 6749 4.1.3): once, by its own client, with its own address.
    pub(super) fn by_code(&mut self, request: &Request, service: &str, now: SystemTime) -> Answer {
        let confidential = self.is_confidential(service);
        if confidential {
            self.prove_client(request, service, now)?;
        }
        let given = request.form("code").unwrap_or_default();
        let key = self.kernel.authenticate(CODE, &given, now).map_err(|_| refused(now))?;
        let code = self.kernel.credential(key).clone();
        let asked = self.kernel.principal(service).is_some_and(|p| code.is_for(&p.login));
        let same = request.form("redirect_uri").as_deref() == Some(code.text("redirect_uri"));
        if !asked || !same {
            return Err(refused(now));
        }
        self.kernel.revoke(key, Cause::Protocol, now);
        let user = code.principal.clone().unwrap_or_default();
        if self.consented(service, &user, now).is_none() {
            let text = "The user or administrator has not consented to use the application.";
            return Err(error(400, "invalid_grant", 65001, text, now));
        }
        let class = if confidential { "confidential" } else { code.text("class") };
        let next = self.issue_refresh(None, (&user, service), class, now);
        let scope = request.form("scope").unwrap_or_else(|| code.scope.clone());
        Ok(self.delegated(request, &scope, (&user, service), next, now))
    }
}

/// One refusal for a code that is unknown, used, old, or somebody else's: the facts name no number.
pub(super) fn refused(now: SystemTime) -> Response {
    let text = "The provided authorization code is invalid, used or expired.";
    error(400, "invalid_grant", 70000, text, now)
}
