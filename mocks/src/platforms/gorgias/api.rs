//! The REST API: who is calling, the account, integrations, rules and the feed.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{
    ACCESS, ACCOUNT, API_KEY, Answer, DOMAIN, Gorgias, INTEGRATION, SESSION, forbidden, not_found,
    unauthorized,
};
use crate::http::{Request, Response};
use crate::identity::Cause;

/// Whoever proved to be somebody: a user, or an app, which acts for nobody.
pub(super) struct Caller {
    pub(super) user: Option<String>,
    role: String,
}

impl Gorgias {
    /// Everything below `/api`; `None` where there is no such route.
    pub(super) fn api(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let answer = match (method, rest) {
            ("GET", ["account"]) => self.account(request, now),
            (_, ["users", rest @ ..]) => self.users(method, rest, request, now)?,
            ("GET", ["integrations"]) => self.integrations(request, now),
            ("DELETE", ["integrations", id]) => self.delete_integration(id, request, now),
            ("GET", ["rules"]) => self.rules(request, now),
            ("GET", ["events"]) => self.feed(request, now),
            _ => return None,
        };
        Some(answer)
    }

    /// Finds who is calling. The address beside a key is not checked; whether the real one is, is
    /// unconfirmed.
    pub(super) fn caller(&self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let found = if let Some((_, sent)) = request.basic() {
            self.kernel.authenticate(API_KEY, &sent, now)
        } else if let Some(sent) = request.bearer() {
            self.kernel.authenticate(ACCESS, sent, now)
        } else {
            let sent = request.cookie("session").ok_or_else(unauthorized)?;
            self.kernel.authenticate(SESSION, sent, now)
        };
        let credential = self.kernel.credential(found.map_err(|_| unauthorized())?);
        if credential.kind == ACCESS {
            return Ok(Caller { user: None, role: credential.scope.clone() });
        }
        let user = credential.principal.clone().ok_or_else(unauthorized)?;
        let role = self.kernel.principal(&user).map(|user| user.text("role").to_owned());
        Ok(Caller { user: Some(user), role: role.unwrap_or_default() })
    }

    /// Demands a role that may read, which all but an observer's may.
    pub(super) fn reader(&self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let caller = self.caller(request, now)?;
        if caller.role == "observer-agent" { Err(forbidden()) } else { Ok(caller) }
    }

    /// Demands an administrator.
    pub(super) fn admin(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let caller = self.caller(request, now)?;
        let user = caller.user.filter(|_| caller.role == "admin");
        user.ok_or_else(forbidden)
    }

    /// Names the account; no key is asked for its rights.
    fn account(&self, request: &Request, now: SystemTime) -> Answer {
        self.caller(request, now)?;
        let account = self.kernel.presented(DOMAIN).filter(|p| p.kind == ACCOUNT);
        let account = account.ok_or_else(not_found)?;
        let body = json!({
            "domain": account.id, "status": {"status": "active"}, "deactivated_datetime": null,
            "settings": [],
        });
        Ok(Response::json(200, &body))
    }

    fn integrations(&self, request: &Request, now: SystemTime) -> Answer {
        self.reader(request, now)?;
        let all = self.kernel.kept(INTEGRATION, now).into_iter().map(|key| {
            let integration = self.kernel.credential(key);
            json!({
                "id": integration.id.parse::<u64>().ok(),
                "type": integration.text("type"),
                "name": integration.text("name"),
                "http": {"url": integration.text("url")},
                "user": {"id": integration.principal.as_deref().and_then(|id| id.parse::<u64>().ok())},
            })
        });
        Ok(page(request, &all.collect::<Vec<_>>()))
    }

    fn delete_integration(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?;
        let key = self.kernel.find(INTEGRATION, id).filter(|key| self.kernel.exists(*key, now));
        self.kernel.revoke(key.ok_or_else(not_found)?, Cause::Action, now);
        self.record("integration-deleted", "Integration", id, &actor, now);
        Ok(Response::empty(204))
    }

    /// One rule that calls an integration; nobody's end changes it.
    fn rules(&self, request: &Request, now: SystemTime) -> Answer {
        self.reader(request, now)?;
        let rule = json!({"id": 1, "name": "Tell the supplier", "deactivated_datetime": null});
        Ok(page(request, &[rule]))
    }

    fn feed(&self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let wanted = request.query("object_type");
        let found: Vec<Value> = self
            .events
            .iter()
            .filter(|event| wanted.as_ref().is_none_or(|kind| event["object_type"] == **kind))
            .cloned()
            .collect();
        Ok(page(request, &found))
    }
}

/// Renders one page; `meta.next_cursor` leads on.
pub(super) fn page(request: &Request, items: &[Value]) -> Response {
    let limit = request.query("limit").and_then(|text| text.parse::<usize>().ok());
    let size = limit.unwrap_or(30).clamp(1, 100);
    let cursor = request.query("cursor");
    let from = cursor.and_then(|cursor| cursor.strip_prefix('c')?.parse::<usize>().ok());
    let from = from.unwrap_or(0).min(items.len());
    let end = (from + size).min(items.len());
    let next = (end < items.len()).then(|| format!("c{end}"));
    let body = json!({
        "data": items[from..end],
        "object": "list",
        "uri": request.path,
        "meta": {"prev_cursor": null, "next_cursor": next},
    });
    Response::json(200, &body)
}
