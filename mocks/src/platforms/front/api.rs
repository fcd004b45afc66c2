//! The Core API: who am I, teammates, channels, rules.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{
    ACCESS, API_TOKEN, Answer, COMPANY_ID, Front, TEAMMATE, error, not_found, unauthenticated,
};
use crate::http::{Request, Response};
use crate::identity::{Key, Principal, State};

impl Front {
    /// Everything on the API host but SCIM; `None` where there is no such route.
    pub(super) fn api(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let scope = match (method, segments.as_slice()) {
            ("GET", ["me"]) => "",
            ("GET", ["teammates" | "channels" | "inboxes" | "rules" | "events"])
            | ("GET", ["company", "rules"])
            | ("GET" | "PATCH", ["teammates", _]) => "shared",
            _ => return None,
        };
        if let Err(refusal) = self.caller(request, now).and_then(|key| self.within(key, scope)) {
            return Some(Err(refusal));
        }
        let answer = match (method, segments.as_slice()) {
            (_, ["me"]) => self.me(request),
            (_, ["teammates"]) => Ok(page(request, &self.teammates())),
            ("GET", ["teammates", id]) => self.teammate(id),
            (_, ["teammates", id]) => self.rename(id, request),
            (_, ["channels"]) => Ok(page(request, &channels())),
            (_, [.., "rules"]) => Ok(page(request, &rules())),
            _ => Ok(page(request, &[])),
        };
        Some(answer.map(|answer| {
            answer.with("X-RateLimit-Limit", "100").with("X-RateLimit-Remaining", "99")
        }))
    }

    /// Finds the credential of a bearer token: the company's own, or an app's.
    pub(super) fn caller(&self, request: &Request, now: SystemTime) -> Result<Key, Response> {
        let sent = request.bearer().ok_or_else(unauthenticated)?;
        let kinds = [API_TOKEN, ACCESS].into_iter();
        let found = kinds.filter_map(|kind| self.kernel.authenticate(kind, sent, now).ok()).next();
        found.ok_or_else(unauthenticated)
    }

    /// Demands a token's feature.
    pub(super) fn within(&self, key: Key, scope: &str) -> Result<Key, Response> {
        let held = &self.kernel.credential(key).scope;
        if scope.is_empty() || held.split(' ').any(|word| word == scope) {
            return Ok(key);
        }
        Err(error(403, "Forbidden", "The token does not have the required scope"))
    }

    /// Names the company, never the token: a bystander's looks the same.
    fn me(&self, request: &Request) -> Answer {
        let company = self.kernel.presented(COMPANY_ID).ok_or_else(not_found)?;
        let links = json!({"self": format!("{}/me", request.base)});
        Ok(Response::json(200, &json!({"_links": links, "id": company.id, "name": company.name})))
    }

    fn teammates(&self) -> Vec<Value> {
        let there = |p: &&Principal| p.kind == TEAMMATE && p.state() != State::Deleted;
        self.kernel.principals().iter().filter(there).map(render).collect()
    }

    fn teammate(&self, id: &str) -> Answer {
        let found = self.kernel.principal(id).filter(|p| p.kind == TEAMMATE);
        let found = found.filter(|p| p.state() != State::Deleted).ok_or_else(not_found)?;
        Ok(Response::json(200, &render(found)))
    }

    /// Changes names and availability. Anything else is accepted and ignored, `is_blocked` too.
    fn rename(&mut self, id: &str, request: &Request) -> Answer {
        let found = self.kernel.principal_mut(id).filter(|p| p.kind == TEAMMATE);
        let found = found.filter(|p| p.state() != State::Deleted).ok_or_else(not_found)?;
        if let Some(name) = request.json()["first_name"].as_str() {
            name.clone_into(&mut found.name);
        }
        Ok(Response::empty(204))
    }
}

fn render(teammate: &Principal) -> Value {
    let kind = teammate.text("type");
    json!({
        "id": teammate.id,
        "email": teammate.login,
        "username": teammate.name,
        "first_name": teammate.name,
        "is_admin": teammate.text("admin") == "yes",
        "is_available": true,
        "is_blocked": teammate.state() != State::Active,
        "type": if kind.is_empty() { "user" } else { kind },
        "license_type": "full",
    })
}

fn channels() -> Vec<Value> {
    vec![json!({"id": "cha_1", "type": "smtp", "address": "support@ours.example"})]
}

/// One rule that posts to the supplier; nobody's end changes it.
fn rules() -> Vec<Value> {
    vec![json!({
        "id": "rul_1", "name": "Tell the supplier", "is_private": false,
        "actions": ["Send to webhook https://hooks.acme.example/in"],
    })]
}

/// Renders one page; `_pagination.next` leads on.
fn page(request: &Request, items: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let (size, from) =
        (number("limit").unwrap_or(50).clamp(1, 100), number("page_token").unwrap_or(0));
    let end = (from + size).min(items.len());
    let next = (end < items.len())
        .then(|| format!("{}{}?limit={size}&page_token={end}", request.base, request.path));
    let body = json!({
        "_pagination": {"next": next},
        "_links": {"self": format!("{}{}", request.base, request.path)},
        "_results": items.get(from..end).unwrap_or_default(),
    });
    Response::json(200, &body)
}
