//! What belongs to a project, and not to whoever made it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{forbidden, message, not_found, number, page};
use super::{
    Answer, DEPLOY_KEY, DEPLOY_TOKEN, Gitlab, HOOK, MEMBERSHIP, PROJECT_TOKEN, RUNNER, TRIGGER,
    USER,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key, Principal};
use crate::population::URL_SAFE;
use crate::times::iso;

impl Gitlab {
    /// Everything below `/projects/{id}`; there are two, which share deploy keys.
    pub(super) fn project(
        &mut self,
        method: &str,
        id: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if id != "1" && id != "2" {
            return Some(Err(not_found("Project Not Found")));
        }
        match (method, rest) {
            ("GET", []) => return Some(self.show_project(id, request, now)),
            ("POST", ["trigger", "pipeline"]) => return Some(self.trigger(request, now)),
            _ => {}
        }
        let kind = match rest.first() {
            Some(&"access_tokens") => PROJECT_TOKEN,
            Some(&"deploy_tokens") => DEPLOY_TOKEN,
            Some(&"deploy_keys") => DEPLOY_KEY,
            Some(&"triggers") => TRIGGER,
            Some(&"hooks") => HOOK,
            Some(_) | None => return None,
        };
        if !matches!((method, rest), ("GET" | "POST", [_]) | ("DELETE", [_, _])) {
            return None;
        }
        if let Err(refusal) = self.admin(request, now) {
            return Some(Err(refusal));
        }
        let answer = match (method, rest) {
            ("GET", _) if kind == PROJECT_TOKEN => Ok(self.list_of(kind, |_| true, request, now)),
            ("GET", _) => Ok(self.list_things(kind, Some(id), request, now)),
            ("POST", _) => self.make_thing(kind, id, request, now)?,
            (_, [_, thing]) if kind == PROJECT_TOKEN => self.revoke_bot_token(kind, thing, now),
            (_, [_, thing]) if kind == DEPLOY_KEY => self.disable_key(id, thing, now),
            (_, [_, thing]) => self.end_thing(kind, thing, now),
            _ => return None,
        };
        Some(answer)
    }

    fn list_things(
        &self,
        kind: &'static str,
        project: Option<&str>,
        request: &Request,
        now: SystemTime,
    ) -> Response {
        let of = |c: &Credential| {
            let projects = c.text("projects");
            c.kind == kind
                && (projects.is_empty()
                    || project.is_none_or(|id| projects.split(' ').any(|it| it == id)))
        };
        let kept = self.kernel.kept_where(now, of);
        page(request, kept.into_iter().map(|key| self.thing(key)).collect())
    }

    /// Renders a thing; the deploy key's owner is not told, as in the real listing.
    fn thing(&self, key: Key) -> Value {
        let thing = self.kernel.credential(key);
        let mut body = json!({"id": number(&thing.id), "created_at": iso(thing.created)});
        for name in ["name", "username", "title", "key", "description", "url", "status"] {
            if !thing.text(name).is_empty() {
                body[name] = thing.text(name).into();
            }
        }
        if thing.kind == TRIGGER {
            let short = thing.secret.get(..10).unwrap_or_default();
            body["token"] = short.into();
            let owner = thing.principal.as_deref().and_then(|id| self.kernel.principal(id));
            body["owner"] = owner.map_or(Value::Null, super::access::render);
        }
        if thing.kind == DEPLOY_TOKEN {
            body["expires_at"] = thing.expires.map(iso).into();
            body["revoked"] = false.into();
        }
        body
    }

    fn make_thing(
        &mut self,
        kind: &'static str,
        project: &str,
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let id = self.new_id();
        let name = request.field("name").unwrap_or_else(|| "drill".into());
        let answer = match kind {
            PROJECT_TOKEN => {
                let bot = self.new_id();
                let login = format!("project_{project}_bot_{bot}");
                self.kernel.add(Principal::new(USER, &bot, &login).with("bot", "yes"));
                self.kernel.issue(Credential::new(MEMBERSHIP, &bot, "").of(&bot), now);
                let key = self.make_token(kind, &bot, request, now);
                self.revealed(key, 201, now)
            }
            DEPLOY_TOKEN => {
                let secret = self.kernel.fresh("gldt-", 20, URL_SAFE);
                let token = Credential::new(kind, &id, &secret)
                    .with("name", name)
                    .with("username", format!("gitlab+deploy-token-{id}"))
                    .with("projects", project);
                let key = self.kernel.issue(token, now);
                let mut body = self.thing(key);
                body["token"] = secret.into();
                Response::json(201, &body)
            }
            DEPLOY_KEY => {
                let key = request.field("key").unwrap_or_default();
                let title = request.field("title").unwrap_or_default();
                let deploy = Credential::new(kind, &id, "").with("key", key).with("title", title);
                let key = self.kernel.issue(deploy.with("projects", project), now);
                Response::json(201, &self.thing(key))
            }
            _ => return None,
        };
        self.record("admin", "project_credential_created", &id, now);
        Some(Ok(answer))
    }

    fn end_thing(&mut self, kind: &'static str, id: &str, now: SystemTime) -> Answer {
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| not_found("Not Found"))?;
        self.kernel.revoke(key, Cause::Action, now);
        self.record("admin", "project_credential_revoked", id, now);
        Ok(Response::empty(204))
    }

    /// Takes a deploy key out of one project; it is deleted only with the last.
    fn disable_key(&mut self, project: &str, id: &str, now: SystemTime) -> Answer {
        let key = self.kernel.find(DEPLOY_KEY, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| not_found("Deploy Key Not Found"))?;
        let projects = self.kernel.credential(key).text("projects").to_owned();
        let left: Vec<&str> = projects.split(' ').filter(|it| *it != project).collect();
        if left.len() == projects.split(' ').count() {
            return Err(not_found("Deploy Key Not Found"));
        }
        if left.is_empty() {
            self.kernel.revoke(key, Cause::Action, now);
        } else if !self.kernel.spares(Cause::Action) {
            let left = left.join(" ");
            self.kernel.credential_mut(key).data.insert("projects".into(), left.into());
        }
        Ok(Response::empty(204))
    }

    /// Starts a pipeline, with the rights of whoever made the trigger.
    fn trigger(&mut self, request: &Request, now: SystemTime) -> Answer {
        let token = request.field("token").unwrap_or_default();
        let key = self.kernel.authenticate(TRIGGER, &token, now);
        let key = key.map_err(|_| not_found("Not Found"))?;
        if request.field("ref").unwrap_or_default() != "main" {
            return Err(message(400, "400 Bad request - Reference not found"));
        }
        let owner = self.kernel.credential(key).principal.clone().unwrap_or_default();
        let user = self.kernel.presented(&owner).map_or(Value::Null, super::access::render);
        let id = self.kernel.next_number();
        Ok(Response::json(201, &json!({"id": id, "ref": "main", "user": user})))
    }

    /// Lists the deploy tokens of the whole instance.
    pub(super) fn all_deploy_tokens(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        Ok(self.list_things(DEPLOY_TOKEN, None, request, now))
    }

    /// Tells a runner whether its token is good.
    pub(super) fn verify_runner(&mut self, request: &Request, now: SystemTime) -> Answer {
        let token = request.field("token").unwrap_or_default();
        let key = self.kernel.authenticate(RUNNER, &token, now).map_err(|_| forbidden())?;
        let runner = self.kernel.credential(key);
        Ok(Response::json(200, &json!({"id": number(&runner.id), "token": token})))
    }

    /// Everything below `/runners`.
    pub(super) fn runners(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let known = matches!(
            (method, rest),
            ("GET", ["all"]) | ("DELETE", [_]) | ("POST", [_, "reset_authentication_token"])
        );
        if !known {
            return None;
        }
        if let Err(refusal) = self.admin(request, now) {
            return Some(Err(refusal));
        }
        let answer = match (method, rest) {
            ("GET", _) => Ok(self.list_things(RUNNER, None, request, now)),
            ("DELETE", [id]) => self.end_thing(RUNNER, id, now),
            (_, [id, _]) => self.reset_runner(id, now),
            _ => return None,
        };
        Some(answer)
    }

    fn reset_runner(&mut self, id: &str, now: SystemTime) -> Answer {
        let key = self.kernel.find(RUNNER, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| not_found("Runner Not Found"))?;
        let old = self.kernel.credential(key).clone();
        self.kernel.revoke(key, Cause::Action, now);
        let secret = self.kernel.fresh("glrt-", 20, URL_SAFE);
        let mut fresh = Credential::new(RUNNER, id, &secret).supplier(old.supplier);
        fresh.data = old.data;
        self.kernel.issue(fresh, now);
        Ok(Response::json(201, &json!({"token": secret})))
    }
}
