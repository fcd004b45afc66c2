//! The admin API's front door and the realm as a whole.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{ACCESS, Answer, CLIENT, INITIAL, Keycloak, LINK, REFRESH, SESSION};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};
use crate::times::epoch;

impl Keycloak {
    pub(super) fn admin(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if let Err(refusal) = self.permitted(request, now) {
            return Some(Err(refusal));
        }
        if method != "GET" {
            let operation = match method {
                "POST" => "ACTION",
                "PUT" => "UPDATE",
                _ => "DELETE",
            };
            self.admin_event(operation, &rest.join("/"), now);
        }
        Some(match (method, rest) {
            ("GET", []) => Ok(Response::json(200, &json!({"realm": "ours", "enabled": true}))),
            ("PUT", []) => {
                if let Some(before) = request.json()["notBefore"].as_u64() {
                    self.not_before(before, |_| true, now);
                }
                Ok(Response::empty(204))
            }
            ("POST", ["push-revocation"]) => {
                // No client here has an admin address: nobody is told.
                Ok(Response::json(200, &json!({"successRequests": [], "failedRequests": []})))
            }
            ("POST", ["logout-all"]) => {
                self.kernel.revoke_where(Cause::Action, now, |c| c.kind == SESSION);
                Ok(Response::json(200, &json!({"successRequests": [], "failedRequests": []})))
            }
            ("DELETE", ["sessions", id]) => self.delete_session(id, request, now),
            ("GET", ["events"]) => Ok(self.event_page(request)),
            ("GET", ["admin-events"]) => Ok(page(request, &self.admin_events)),
            (_, ["users", rest @ ..]) => return self.users(method, rest, request, now),
            (_, ["clients", rest @ ..]) => return self.clients(method, rest, request, now),
            ("GET", ["clients-initial-access"]) => Ok(self.list_initial(now)),
            ("POST", ["clients-initial-access"]) => Ok(self.create_initial(request, now)),
            ("DELETE", ["clients-initial-access", id]) => self.end(INITIAL, id, now),
            ("DELETE", ["attack-detection", "brute-force", "users", id]) => {
                self.set_failures(id, 0);
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }

    /// Lets in whoever holds a token of a client that manages the realm.
    fn permitted(&self, request: &Request, now: SystemTime) -> Result<(), Response> {
        let given = request.bearer().unwrap_or_default();
        let key = self.kernel.authenticate(ACCESS, given, now);
        let key = key.map_err(|_| error(401, "HTTP 401 Unauthorized"))?;
        let owner = self.kernel.credential(key).principal.as_deref();
        let owner = owner.and_then(|id| self.kernel.principal(id));
        if owner.is_some_and(|p| p.kind == CLIENT && p.text("role") == "realm-admin") {
            return Ok(());
        }
        Err(error(403, "HTTP 403 Forbidden"))
    }

    /// Voids all tokens of before; only Keycloak itself looks at this.
    pub(super) fn not_before(
        &mut self,
        before: u64,
        wanted: impl Fn(&Credential) -> bool,
        now: SystemTime,
    ) {
        let old = |c: &Credential| {
            let kind = c.kind == REFRESH || c.kind == ACCESS;
            let managing = c.data.contains_key("managing");
            kind && !managing && epoch(c.created) < before && wanted(c)
        };
        for key in self.kernel.kept_where(now, old) {
            self.kernel.credential_mut(key).data.insert("stale".into(), json!(true));
            self.kernel.revoke(key, Cause::Action, now);
        }
    }

    fn event_page(&self, request: &Request) -> Response {
        let kinds = request.query("type");
        let wanted = |event: &&Value| {
            let kind = event["type"].as_str().unwrap_or_default();
            kinds.as_deref().is_none_or(|kinds| kinds.split(',').any(|k| k == kind))
        };
        let events: Vec<Value> = self.events.iter().rev().filter(wanted).cloned().collect();
        page(request, &events)
    }

    /// Ends one thing that is addressed by its id alone.
    pub(super) fn end(&mut self, kind: &'static str, id: &str, now: SystemTime) -> Answer {
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| error(404, "Could not find resource"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }

    pub(super) fn links(&self, user: &str, now: SystemTime) -> Response {
        let keys = self.kernel.kept_where(now, |c| c.kind == LINK && c.is_of(user));
        let render = |key: &Key| {
            let link = self.kernel.credential(*key);
            json!({
                "identityProvider": link.text("provider"), "userId": link.text("remote"),
                "userName": link.text("remote"),
            })
        };
        Response::json(200, &Value::Array(keys.iter().map(render).collect()))
    }
}

pub(super) fn error(status: u16, text: &str) -> Response {
    Response::json(status, &json!({"error": text}))
}

/// Cuts a listing by `first` and `max`; there is no link, a client counts on by itself.
pub(super) fn page(request: &Request, items: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
    let start = number("first").unwrap_or(0).min(items.len());
    let end = (start + number("max").unwrap_or(100)).min(items.len());
    Response::json(200, &json!(items[start..end]))
}
