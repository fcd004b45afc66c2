//! Ending tokens: in bulk by whoever found them, by the app that got them, by the user herself.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::access::sent;
use super::answers::{bad_credentials, message, not_found, token_error};
use super::{
    APP_USER, Answer, CLIENT_SECRET, DEPLOY_KEY, FINE, Github, OAUTH, ORG, PAT, REFRESH,
    REPOSITORY, USER,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, State};
use crate::population::ALNUM;

/// When a bulk revocation is done; nothing is documented but that it is not done at once.
const DONE: Duration = Duration::from_secs(30);
/// How long a user's token of an app lives, and what renews it.
const ACCESS_LIFETIME: Duration = Duration::from_secs(28_800);
pub(super) const REFRESH_LIFETIME: Duration = Duration::from_secs(15_811_200);

impl Github {
    /// Takes a list of exposed credentials from anybody, and ends those it knows, later.
    pub(super) fn revoke_credentials(&mut self, request: &Request, now: SystemTime) -> Answer {
        if request.has_authorization() {
            return Err(message(403, "This endpoint must be called without authentication"));
        }
        let body = request.json();
        let given: Vec<&str> = body["credentials"]
            .as_array()
            .map_or_else(Vec::new, |all| all.iter().filter_map(Value::as_str).collect());
        if given.is_empty() || given.len() > 1000 {
            return Err(message(422, "Validation failed, or the endpoint has been spammed."));
        }
        for token in given {
            let kinds = [PAT, FINE, OAUTH, APP_USER, REFRESH];
            let found = kinds.iter().find_map(|kind| self.kernel.lookup(kind, token));
            if let Some(key) = found {
                self.kernel.revoke_later(key, Cause::Action, now, DONE);
            }
        }
        // What it did not know it does not tell.
        Ok(Response::json(202, &json!({})))
    }

    /// The site: the token endpoint, and git over HTTPS.
    pub(super) fn web(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("POST", ["login", "oauth", "access_token"]) => Some(self.exchange(request, now)),
            ("GET", [ORG, name, "info", "refs"]) => Some(self.git(name, request, now)),
            _ => None,
        }
    }

    /// Lets a token in by git. A refusal asks for a password; what the repository is is not told.
    fn git(&mut self, name: &str, request: &Request, now: SystemTime) -> Answer {
        let refused = || {
            Response::text(401, "text/plain", "Repository not found.")
                .with("WWW-Authenticate", "Basic realm=\"GitHub\"")
        };
        let caller = self.caller(request, now).map_err(|_| refused())?;
        if name.strip_suffix(".git") != Some(REPOSITORY) {
            return Err(Response::text(404, "text/plain", "Repository not found."));
        }
        let reach = self.reaches(&caller, now);
        reach.map_err(|_| Response::text(403, "text/plain", "Write access not granted."))?;
        let kind = "application/x-git-upload-pack-advertisement";
        Ok(Response::text(200, kind, "001e# service=git-upload-pack\n0000"))
    }

    /// Renews a user's token of an app. Every failure is a 200 with an `error`.
    fn exchange(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = request.field("client_id").unwrap_or_default();
        let secret = request.field("client_secret").unwrap_or_default();
        let known = self.kernel.authenticate(CLIENT_SECRET, &secret, now);
        if known.map_or(true, |key| !self.kernel.credential(key).is_for(&client)) {
            let why = "The client_id and/or client_secret passed are incorrect.";
            return Err(token_error("incorrect_client_credentials", why));
        }
        if request.field("grant_type").as_deref() != Some("refresh_token") {
            let why = "The code passed is incorrect or expired.";
            return Err(token_error("bad_verification_code", why));
        }
        let token = request.field("refresh_token").unwrap_or_default();
        let key = self.kernel.authenticate(REFRESH, &token, now);
        let key = key.ok().filter(|key| self.kernel.credential(*key).is_for(&client));
        // A recorded answer has another code; which one is given today is unconfirmed.
        let why = "The refresh token passed is incorrect or expired.";
        let key = key.ok_or_else(|| token_error("bad_refresh_token", why))?;
        let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
        self.kernel.revoke_where(Cause::Protocol, now, |c| {
            matches!(c.kind, APP_USER | REFRESH) && c.is_of(&user) && c.is_for(&client)
        });
        let access = self.kernel.fresh("ghu_", 36, ALNUM);
        let refresh = self.kernel.fresh("ghr_", 76, ALNUM);
        for (kind, secret, lifetime) in
            [(APP_USER, &access, ACCESS_LIFETIME), (REFRESH, &refresh, REFRESH_LIFETIME)]
        {
            let id = self.new_id();
            let token = Credential::new(kind, &id, secret).of(&user).client(&client);
            self.kernel.issue(token.expires(now + lifetime).hidden_by(&user, INACTIVE), now);
        }
        Ok(Response::json(
            200,
            &json!({
                "access_token": access,
                "expires_in": ACCESS_LIFETIME.as_secs(),
                "refresh_token": refresh,
                "refresh_token_expires_in": REFRESH_LIFETIME.as_secs(),
                "scope": "",
                "token_type": "bearer",
            }),
        ))
    }

    /// What the owner of an app can do with a token of a user: look at it, end it, end them all.
    pub(super) fn application(
        &mut self,
        method: &str,
        client: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let known = request.basic().is_some_and(|(name, secret)| {
            let key = self.kernel.authenticate(CLIENT_SECRET, &secret, now);
            name == client && key.is_ok_and(|key| self.kernel.credential(key).is_for(client))
        });
        let answer = match (method, rest) {
            ("POST" | "DELETE", ["token"]) | ("DELETE", ["grant"]) if !known => {
                Err(bad_credentials())
            }
            ("POST", ["token"]) => self.check_token(client, request, now),
            ("DELETE", ["token"]) => self.end_token(client, false, request, now),
            ("DELETE", ["grant"]) => self.end_token(client, true, request, now),
            _ => return None,
        };
        Some(answer)
    }

    fn check_token(&self, client: &str, request: &Request, now: SystemTime) -> Answer {
        let token = request.field("access_token").unwrap_or_default();
        let found = [OAUTH, APP_USER]
            .iter()
            .find_map(|kind| self.kernel.authenticate(kind, &token, now).ok());
        let found = found.filter(|key| self.kernel.credential(*key).is_for(client));
        let credential = self.kernel.credential(found.ok_or_else(not_found)?);
        let user = credential.principal.as_deref().and_then(|id| self.kernel.presented(id));
        Ok(Response::json(
            200,
            &json!({
                "id": super::answers::number(&credential.id),
                "token": token,
                "user": user.map(|user| json!({"login": user.login})),
                "app": {"client_id": client},
            }),
        ))
    }

    fn end_token(&mut self, client: &str, all: bool, request: &Request, now: SystemTime) -> Answer {
        let token = request.field("access_token").unwrap_or_default();
        let found = [OAUTH, APP_USER].iter().find_map(|kind| self.kernel.lookup(kind, &token));
        let found = found.filter(|key| self.kernel.credential(*key).is_for(client));
        let key = found.ok_or_else(not_found)?;
        let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
        if all {
            self.kernel.revoke_where(Cause::Action, now, |c| {
                matches!(c.kind, OAUTH | APP_USER | REFRESH) && c.is_of(&user) && c.is_for(client)
            });
        } else {
            self.kernel.revoke(key, Cause::Action, now);
        }
        Ok(Response::empty(204))
    }

    /// Ends the installation token it is called with; the app mints the next one.
    pub(super) fn revoke_own(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        if caller.kind != super::INSTALLATION_TOKEN || sent(request).is_none() {
            return Err(message(403, "Resource not accessible by personal access token"));
        }
        self.kernel.revoke(caller.key, Cause::Action, now);
        Ok(Response::empty(204))
    }

    /// Deletes a user's token, and with it the deploy keys made with it; or gives it a new value,
    /// which keeps them.
    pub(super) fn hand_pat(
        &mut self,
        id: &str,
        delete: bool,
        now: SystemTime,
    ) -> Result<(), String> {
        let key = [PAT, FINE].iter().find_map(|kind| self.kernel.find(kind, id));
        let key = key.filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| format!("there is no token {id:?}"))?;
        let old = self.kernel.credential(key).clone();
        self.kernel.revoke(key, Cause::Action, now);
        if delete {
            let made = |c: &Credential| c.kind == DEPLOY_KEY && c.text("made_with") == id;
            self.kernel.revoke_where(Cause::Action, now, made);
        } else {
            let prefix = if old.kind == PAT { "ghp_" } else { "github_pat_" };
            let secret = self.kernel.fresh(prefix, old.secret.len() - prefix.len(), ALNUM);
            let owner = old.principal.clone().unwrap_or_default();
            let fresh = Credential::new(old.kind, id, &secret).of(&owner).scope(&old.scope);
            self.kernel.issue(fresh.hidden_by(&owner, INACTIVE), now);
        }
        Ok(())
    }

    /// Suspends a user everywhere, or lifts that; GitHub's own staff do this.
    pub(super) fn hand_user(
        &mut self,
        id: &str,
        state: State,
        now: SystemTime,
    ) -> Result<(), String> {
        let user = self.kernel.principal(id).filter(|p| p.kind == USER);
        user.ok_or_else(|| format!("there is no user {id:?}"))?;
        self.kernel.set_state(id, state, now);
        Ok(())
    }
}
