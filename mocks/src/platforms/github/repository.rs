//! The private repository: reach, collaborators, deploy keys, secrets, hooks.

use std::time::SystemTime;

use serde_json::json;

use super::answers::{message, not_found, page};
use super::{
    Answer, DEPLOY_KEY, Github, HOOK, INSTALLATION_TOKEN, ORG, REPOSITORY, SECRET, USER, USER_KEY,
};
use crate::http::{Request, Response};
use crate::identity::Credential;

impl Github {
    /// Everything below `/repos/ours/{name}`.
    pub(super) fn repository(
        &mut self,
        method: &str,
        name: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let known = matches!(
            (method, rest),
            ("GET", [] | ["keys" | "collaborators" | "hooks"] | ["actions", "secrets"])
                | ("GET", ["keys", _])
                | ("POST", ["keys"])
                | ("DELETE", ["keys" | "collaborators" | "hooks", _] | ["actions", "secrets", _])
        );
        if !known {
            return None;
        }
        // Not authorized, not authenticated and not there look the same.
        let caller = match self.caller(request, now) {
            Ok(caller) => caller,
            Err(refusal) if refusal.status == 401 && rest.is_empty() => {
                return Some(Err(not_found()));
            }
            Err(refusal) => return Some(Err(refusal)),
        };
        if let Err(refusal) = self.reaches(&caller, now) {
            return Some(Err(refusal));
        }
        if name != REPOSITORY {
            return Some(Err(not_found()));
        }
        if rest.is_empty() {
            let full = format!("{ORG}/{REPOSITORY}");
            let body = json!({"id": 8001, "name": name, "full_name": full, "private": true});
            return Some(Ok(Response::json(200, &body)));
        }
        let user = self.kernel.principal(&caller.user);
        let administers = user.is_some_and(|user| user.text("administers") == "yes");
        let mints = caller.kind == INSTALLATION_TOKEN && rest == ["keys"];
        if !administers && !mints {
            return Some(Err(message(403, "Must have admin rights to Repository.")));
        }
        let answer = match (method, rest) {
            ("GET", ["keys"]) => Ok(self.things(DEPLOY_KEY, None, request, now)),
            ("GET", ["keys", id]) => self
                .found_thing(DEPLOY_KEY, id, now)
                .map(|key| Response::json(200, &self.thing(key))),
            ("POST", ["keys"]) => self.add_deploy_key(&caller, request, now),
            ("DELETE", ["keys", id]) => self.end_thing(DEPLOY_KEY, id, now),
            ("GET", ["collaborators"]) => Ok(self.people("outside_collaborator", request, now)),
            ("DELETE", ["collaborators", login]) => {
                self.remove(login, &["outside_collaborator"], now)
            }
            ("GET", ["hooks"]) => Ok(self.things(HOOK, None, request, now)),
            ("DELETE", ["hooks", id]) => self.end_thing(HOOK, id, now),
            ("GET", _) => Ok(self.things(SECRET, Some("secrets"), request, now)),
            (_, [_, _, id]) => self.end_thing(SECRET, id, now),
            _ => return None,
        };
        Some(answer)
    }

    /// Adds a deploy key, and remembers by which token: its fate hangs on that.
    fn add_deploy_key(
        &mut self,
        caller: &super::access::Caller,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let body = request.json();
        let Some(key) = body["key"].as_str() else {
            return Err(message(422, "Validation Failed"));
        };
        let token = self.kernel.credential(caller.key);
        let (made_with, supplier) = (token.id.clone(), token.supplier);
        let added_by = self.kernel.principal(&caller.user).map(|user| user.login.clone());
        let id = self.new_id();
        let deploy = Credential::new(DEPLOY_KEY, &id, "")
            .supplier(supplier)
            .with("key", key)
            .with("title", body["title"].as_str().unwrap_or("key"))
            .with("read_only", body["read_only"].as_bool().unwrap_or(false))
            .with("added_by", added_by)
            .with("made_with", made_with);
        let key = self.kernel.issue(deploy, now);
        self.record("user", "public_key.create", &id, now);
        Ok(Response::json(201, &self.thing(key)))
    }

    /// Adds a key of the user's own.
    pub(super) fn add_user_key(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        let scoped = self.kernel.credential(caller.key).scope.contains("admin:public_key");
        let body = request.json();
        let key = body["key"].as_str().filter(|_| scoped).ok_or_else(not_found)?;
        let id = self.new_id();
        let owned = Credential::new(USER_KEY, &id, "").of(&caller.user).with("key", key);
        let key = self.kernel.issue(owned, now);
        Ok(Response::json(201, &self.thing(key)))
    }

    /// Lists somebody's keys, for anybody who asks.
    pub(super) fn user_keys(&self, login: &str, request: &Request, now: SystemTime) -> Answer {
        let user = self.kernel.by_login(USER, login).ok_or_else(not_found)?;
        let kept = self.kernel.kept_where(now, |c| c.kind == USER_KEY && c.is_of(&user.id));
        Ok(page(request, None, kept.into_iter().map(|key| self.thing(key)).collect()))
    }
}
