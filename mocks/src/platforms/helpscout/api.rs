//! The Mailbox API and the Docs API.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{
    ACCESS, ADMIN, Answer, DOCS_KEY, HelpScout, REMOVAL, USER, WEBHOOK, forbidden, not_found,
    unauthorized,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Principal, State};

/// What a page of a listing holds where nothing is asked for.
const PAGE: usize = 50;

impl HelpScout {
    /// Everything on the API host; `None` where there is no such route.
    pub(super) fn api(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("POST", ["v2", "oauth2", "token"]) => self.token(request, now),
            ("GET", ["v2", "users", "me"]) => self.me(request, now),
            ("GET", ["v2", "users"]) => self.users(request, now),
            ("GET", ["v2", "users", id]) => self.user(id, request, now),
            ("DELETE", ["v2", "users", id]) => self.delete_user(id, request, now),
            ("GET", ["v2", "webhooks"]) => self.webhooks(request, now),
            ("DELETE", ["v2", "webhooks", id]) => self.delete_webhook(id, request, now),
            ("GET", ["v2", "mailboxes" | "teams"]) => {
                let name = segments[1];
                self.caller(request, now).map(|_| page(request, name, &[json!({"id": 1})]))
            }
            _ => return None,
        };
        Some(answer.map(|answer| {
            answer
                .with("X-RateLimit-Limit-Minute", "400")
                .with("X-RateLimit-Remaining-Minute", "399")
        }))
    }

    /// Finds the user a bearer token stands for, who must be active.
    pub(super) fn caller(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let sent = request.bearer().ok_or_else(unauthorized)?;
        let key = self.kernel.authenticate(ACCESS, sent, now).map_err(|_| unauthorized())?;
        self.kernel.credential(key).principal.clone().ok_or_else(unauthorized)
    }

    fn admin(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let caller = self.caller(request, now)?;
        if caller == ADMIN { Ok(caller) } else { Err(forbidden()) }
    }

    fn me(&self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        let user = self.kernel.presented(&caller).ok_or_else(unauthorized)?;
        Ok(Response::json(200, &render(user)))
    }

    fn users(&self, request: &Request, now: SystemTime) -> Answer {
        self.caller(request, now)?;
        let there = |p: &&Principal| p.kind == USER && p.state() != State::Deleted;
        let all: Vec<Value> = self.kernel.principals().iter().filter(there).map(render).collect();
        Ok(page(request, "users", &all))
    }

    fn known(&self, id: &str) -> Result<&Principal, Response> {
        let user = self.kernel.principal(id).filter(|p| p.kind == USER);
        user.filter(|p| p.state() != State::Deleted).ok_or_else(not_found)
    }

    fn user(&self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.caller(request, now)?;
        Ok(Response::json(200, &render(self.known(id)?)))
    }

    /// Removes a user; whether the real API can is unconfirmed.
    fn delete_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        self.known(id)?;
        if id == ADMIN {
            return Err(forbidden());
        }
        self.remove(id, now);
        Ok(Response::empty(204))
    }

    /// Takes a user out: the login at once, OAuth some time later. The Docs API is another service,
    /// and webhooks are the company's: both go on.
    pub(super) fn remove(&mut self, id: &str, now: SystemTime) {
        self.kernel.set_state(id, State::Deleted, now);
        let kinds = [ACCESS, super::REFRESH];
        let own = |c: &Credential| kinds.contains(&c.kind) && c.is_of(id);
        for key in self.kernel.kept_where(now, own) {
            self.kernel.revoke_later(key, Cause::Deactivation, now, REMOVAL);
        }
    }

    fn webhooks(&self, request: &Request, now: SystemTime) -> Answer {
        self.caller(request, now)?;
        let hooks = self.kernel.kept(WEBHOOK, now).into_iter().map(|key| {
            let hook = self.kernel.credential(key);
            json!({
                "id": number(&hook.id), "url": hook.text("url"), "state": "enabled",
                "events": ["convo.created"],
            })
        });
        let hooks: Vec<Value> = hooks.collect();
        Ok(page(request, "webhooks", &hooks))
    }

    fn delete_webhook(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let key = self.kernel.find(WEBHOOK, id).filter(|key| self.kernel.exists(*key, now));
        self.kernel.revoke(key.ok_or_else(not_found)?, Cause::Action, now);
        Ok(Response::empty(204))
    }

    /// The Docs API, which has keys of its own and names nobody.
    pub(super) fn docs(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let (("GET", ["v1", "collections" | "sites"]), Some((sent, _))) =
            ((method, segments.as_slice()), request.basic().or_else(|| Some(Default::default())))
        else {
            return None;
        };
        let collection = json!({"id": "5a1", "name": "Help", "visibility": "private"});
        let body =
            json!({"collections": {"page": 1, "pages": 1, "count": 1, "items": [collection]}});
        let answer = self.kernel.authenticate(DOCS_KEY, &sent, now);
        let answer = answer.map_err(|_| unauthorized());
        Some(answer.and_then(|key| {
            let narrow = self.kernel.credential(key).scope == "none";
            if narrow { Err(forbidden()) } else { Ok(Response::json(200, &body)) }
        }))
    }
}

fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}

fn render(user: &Principal) -> Value {
    json!({
        "id": number(&user.id),
        "firstName": user.name,
        "lastName": "Mock",
        "email": user.login,
        "role": if user.id == ADMIN { "owner" } else { "user" },
        "type": "user",
    })
}

/// Renders one page the HAL way. `size` is honoured so that following the pages matters.
fn page(request: &Request, name: &str, items: &[Value]) -> Response {
    let asked = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let size = asked("size").unwrap_or(PAGE).clamp(1, PAGE);
    let number = asked("page").unwrap_or(1).max(1);
    let pages = items.len().div_ceil(size);
    let shown: Vec<&Value> = items.iter().skip((number - 1) * size).take(size).collect();
    let link = |number: usize| json!({"href": format!("{}{}?page={number}&size={size}", request.base, request.path)});
    let mut links = json!({"self": link(number)});
    if number < pages {
        links["next"] = link(number + 1);
    }
    let body = json!({
        "_embedded": {name: shown},
        "_links": links,
        "page": {"size": size, "totalElements": items.len(), "totalPages": pages, "number": number},
    });
    Response::json(200, &body)
}
