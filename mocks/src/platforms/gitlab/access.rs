//! Who is calling, with what scope, and whether the group lets them in.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{expired, forbidden, insufficient, message, not_found, number, revoked};
use super::answers::{unauthorized, unknown};
use super::{
    ACCESS, Answer, DEPLOY_TOKEN, FEED, Gitlab, MEMBERSHIP, PASSWORD, REFRESH, TOKENS, USER,
};
use crate::http::{Request, Response};
use crate::identity::{Credential, Key, Principal, Standing, State};
use crate::times::iso;

/// Somebody whose token works.
pub(super) struct Caller {
    pub(super) key: Key,
    pub(super) user: String,
}

/// Takes the token from either header.
pub(super) fn sent(request: &Request) -> Option<String> {
    let token = request.header("private-token").or_else(|| request.bearer());
    token.filter(|token| !token.is_empty()).map(str::to_owned)
}

/// Words a refusal by the owner's state, which leaves the token as it is.
fn masked(state: State, base: &str) -> Response {
    let why = if state == State::Deactivated {
        format!(
            "Your account has been deactivated by your administrator. Please log back in from a \
             web browser to reactivate your account at {base}"
        )
    } else {
        "Your account has been blocked.".to_owned()
    };
    message(403, &format!("403 Forbidden - {why}"))
}

impl Gitlab {
    /// Finds a token by what was sent, whatever became of it.
    pub(super) fn lookup(&self, token: &str) -> Option<Key> {
        let mut kinds = TOKENS.iter().chain([ACCESS].iter());
        kinds.find_map(|kind| self.kernel.lookup(kind, token))
    }

    /// Finds out whose token was sent; each way of being dead has its own words.
    pub(super) fn caller(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        let token = sent(request).ok_or_else(unauthorized)?;
        let key = self.lookup(&token).ok_or_else(unknown)?;
        match self.kernel.standing(key, now) {
            Standing::Alive => {}
            Standing::Unknown => return Err(unknown()),
            Standing::Expired => return Err(expired()),
            Standing::Revoked | Standing::Disabled => return Err(revoked()),
            Standing::Masked(state) => return Err(masked(state, &request.base)),
        }
        let token = self.kernel.credential_mut(key);
        token.data.insert("last_used_at".into(), iso(now).into());
        Ok(Caller { key, user: token.principal.clone().unwrap_or_default() })
    }

    /// Demands a token with one of some scopes.
    pub(super) fn scoped(
        &mut self,
        scopes: &str,
        request: &Request,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        let caller = self.caller(request, now)?;
        let scope = &self.kernel.credential(caller.key).scope;
        let fits = scope.split(' ').any(|word| scopes.split(' ').any(|it| it == word));
        if fits { Ok(caller) } else { Err(insufficient(scopes)) }
    }

    /// Demands an administrator of the instance.
    pub(super) fn admin(&mut self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let caller = self.scoped("api", request, now)?;
        let user = self.kernel.principal(&caller.user);
        let admin = user.is_some_and(|user| user.text("admin") == "yes");
        if admin { Ok(caller) } else { Err(forbidden()) }
    }

    /// Names the user behind a token.
    pub(super) fn me(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.scoped("api read_user", request, now)?;
        let user = self.kernel.presented(&caller.user).ok_or_else(unauthorized)?;
        Ok(Response::json(200, &render(user)))
    }

    /// Tells whether somebody is a member of the group.
    pub(super) fn is_member(&self, user: &str, now: SystemTime) -> bool {
        let admin = self.kernel.principal(user).is_some_and(|user| user.text("admin") == "yes");
        let key = self.kernel.find(MEMBERSHIP, user);
        admin || key.is_some_and(|key| self.kernel.standing(key, now) == Standing::Alive)
    }

    /// Shows the private project to members; to others it is not there.
    pub(super) fn show_project(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let caller = self.scoped("api read_api", request, now)?;
        if !self.is_member(&caller.user, now) {
            return Err(not_found("Project Not Found"));
        }
        let name = if id == "1" { "canary" } else { "second" };
        let path = format!("ours/{name}");
        let body = json!({
            "id": number(id), "name": name, "path_with_namespace": path, "visibility": "private",
        });
        Ok(Response::json(200, &body))
    }

    /// Lets git in: by a token as password, by a deploy token, or by the user's own password.
    pub(super) fn git(&mut self, name: &str, request: &Request, now: SystemTime) -> Answer {
        let refused = || {
            Response::text(401, "text/plain", "HTTP Basic: Access denied")
                .with("WWW-Authenticate", "Basic realm=\"GitLab\"")
        };
        let (user, password) = request.basic().ok_or_else(refused)?;
        let alive = |key: &Key| self.kernel.standing(*key, now) == Standing::Alive;
        let deploy = self.kernel.authenticate(DEPLOY_TOKEN, &password, now).ok();
        let deploy = deploy.filter(|key| self.kernel.credential(*key).text("username") == user);
        let token = self.lookup(&password).filter(alive);
        let person = self.kernel.by_login(USER, &user).map(|p| p.id.clone());
        let by_password =
            person.and_then(|id| self.kernel.authenticate_as(PASSWORD, &id, &password, now).ok());
        let key = deploy.or(token).or(by_password).ok_or_else(refused)?;
        let credential = self.kernel.credential(key);
        let member = credential.principal.as_deref().is_none_or(|id| self.is_member(id, now));
        if !member || name != "canary.git" {
            return Err(Response::text(
                404,
                "text/plain",
                "The project you were looking for could \
                not be found or you don't have permission to view it.",
            ));
        }
        let kind = "application/x-git-upload-pack-advertisement";
        Ok(Response::text(200, kind, "001e# service=git-upload-pack\n0000"))
    }

    /// Shows a feed to whoever has its address.
    pub(super) fn feed(&mut self, request: &Request, now: SystemTime) -> Answer {
        let token = request.query("feed_token").unwrap_or_default();
        let key = self.kernel.authenticate(FEED, &token, now).map_err(|_| unauthorized())?;
        let owner = self.kernel.credential(key).principal.clone().unwrap_or_default();
        if !self.is_member(&owner, now) {
            return Err(not_found("Not Found"));
        }
        let name = self.kernel.presented(&owner).map(|user| user.login.clone());
        let body = format!("<feed><author>{}</author></feed>", name.unwrap_or_default());
        Ok(Response::text(200, "application/atom+xml", body))
    }

    /// Says what an OAuth token is.
    pub(super) fn token_info(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        let user = self.kernel.presented(&caller.user).ok_or_else(unauthorized)?;
        let token = self.kernel.credential(caller.key);
        let left = token.expires.and_then(|at| at.duration_since(now).ok());
        let scopes: Vec<&str> = token.scope.split(' ').collect();
        Ok(Response::json(
            200,
            &json!({
                "resource_owner_id": number(&user.id),
                "scope": scopes,
                "expires_in": left.map(|left| left.as_secs()),
                "application": {"uid": token.client},
                "created_at": crate::times::epoch(token.created),
            }),
        ))
    }

    /// Ends everything a deleted user had. Bots, deploy and trigger tokens are the project's.
    pub(super) fn is_persons(credential: &Credential, user: &str) -> bool {
        let kinds = [ACCESS, REFRESH, PASSWORD, FEED, MEMBERSHIP];
        let token = TOKENS.contains(&credential.kind) || kinds.contains(&credential.kind);
        token && credential.is_of(user)
    }
}

/// Renders a user.
pub(super) fn render(user: &Principal) -> Value {
    let state = match user.state() {
        State::Active => "active",
        State::Deactivated => "deactivated",
        State::Suspended if user.text("banned") == "yes" => "banned",
        State::Suspended | State::Deleted => "blocked",
    };
    json!({
        "id": number(&user.id),
        "username": user.login,
        "name": user.name,
        "email": user.text("email"),
        "state": state,
        "bot": user.text("bot") == "yes",
    })
}
