//! The receiver's administration: routes, secrets, outbound hooks. Secrets are never shown again.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{ADMIN, Answer, OUTBOUND, ROUTE, SIGNING, STATIC, SUPPLIER, Webhooks};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key, Standing};
use crate::population::ALNUM;
use crate::times::iso;

/// How long the old of two secrets is believed when nothing else is asked for.
const OVERLAP: u64 = 24 * 3600;

/// Refuses somebody who is no administrator.
pub(super) fn unauthorized() -> Response {
    Response::json(401, &json!({"error": "unauthorized"}))
}

fn missing() -> Response {
    Response::json(404, &json!({"error": "not found"}))
}

impl Webhooks {
    /// Everything below `/admin`.
    pub(super) fn manage(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let known = matches!(
            (method, rest),
            ("GET", ["routes" | "secrets" | "outbound"])
                | ("POST", ["secrets" | "records"] | ["secrets", _, "rotate"])
                | ("DELETE", ["routes" | "secrets" | "outbound", _])
        );
        if !known {
            return None;
        }
        let token = request.bearer().unwrap_or_default();
        if self.kernel.authenticate(ADMIN, token, now).is_err() {
            return Some(Err(unauthorized()));
        }
        let answer = match (method, rest) {
            ("GET", ["routes"]) => Ok(self.list(&[ROUTE], "routes", request, now)),
            ("GET", ["secrets"]) => Ok(self.list(&[SIGNING, STATIC], "secrets", request, now)),
            ("GET", _) => Ok(self.list(&[OUTBOUND], "outbound", request, now)),
            ("POST", ["secrets"]) => self.make_secret(request, now),
            ("POST", ["records"]) => self.make_record(request, now),
            ("POST", [_, id, _]) => self.rotate(id, request, now),
            (_, ["routes", id]) => self.end(&[ROUTE], id, now),
            (_, ["secrets", id]) => self.end(&[SIGNING, STATIC], id, now),
            (_, [_, id]) => self.end(&[OUTBOUND], id, now),
            _ => return None,
        };
        Some(answer)
    }

    fn list(&self, kinds: &[&str], name: &str, request: &Request, now: SystemTime) -> Response {
        let after = request.query("after").unwrap_or_default();
        let size = request.query("limit").and_then(|text| text.parse::<usize>().ok());
        let size = size.unwrap_or(100).clamp(1, 100);
        let kept = self.kernel.kept_where(now, |c| kinds.contains(&c.kind) && c.id > after);
        let mut items: Vec<Value> = kept.into_iter().map(|key| self.render(key)).collect();
        items.sort_by_key(|item| item["id"].as_str().unwrap_or_default().to_owned());
        let more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| more).map(|last| last["id"].clone());
        Response::json(200, &json!({name: items, "next": next}))
    }

    fn render(&self, key: Key) -> Value {
        let thing = self.kernel.credential(key);
        let mut body = json!({
            "id": thing.id,
            "kind": thing.kind,
            "supplier": thing.principal,
            "created": iso(thing.created),
        });
        for name in ["url", "route", "via"] {
            if let Some(value) = thing.data.get(name) {
                body[name] = value.clone();
            }
        }
        body
    }

    fn make_secret(&mut self, request: &Request, now: SystemTime) -> Answer {
        let supplier = request.field("supplier").unwrap_or_default();
        let known = self.kernel.principal(&supplier).is_some_and(|p| p.kind == SUPPLIER);
        if !known {
            return Err(missing());
        }
        let secret = self.kernel.fresh("whsec_", 40, ALNUM);
        let id = format!("{supplier}-{}", self.kernel.next_number());
        let credential = Credential::new(SIGNING, &id, &secret).of(&supplier);
        self.kernel.issue(credential.with("route", supplier), now);
        Ok(Response::json(201, &json!({"id": id, "secret": secret})))
    }

    /// Makes a secret beside the old one, which is believed until the overlap is over.
    fn rotate(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.thing(&[SIGNING, STATIC], id, now)?;
        let overlap = request.json()["overlap_seconds"].as_u64().unwrap_or(OVERLAP);
        let old = self.kernel.credential(key).clone();
        self.kernel.revoke_later(key, Cause::Action, now, Duration::from_secs(overlap));
        let secret = self.kernel.fresh("whsec_", 40, ALNUM);
        let fresh = format!("{id}-{}", self.kernel.next_number());
        let mut credential = Credential::new(old.kind, &fresh, &secret);
        credential.principal = old.principal;
        credential.data = old.data;
        self.kernel.issue(credential, now);
        Ok(Response::json(201, &json!({"id": fresh, "secret": secret})))
    }

    fn end(&mut self, kinds: &[&'static str], id: &str, now: SystemTime) -> Answer {
        let key = self.thing(kinds, id, now)?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }

    fn thing(&self, kinds: &[&'static str], id: &str, now: SystemTime) -> Result<Key, Response> {
        let found = kinds.iter().find_map(|kind| self.kernel.find(kind, id));
        let there = found.filter(|key| self.kernel.standing(*key, now) != Standing::Revoked);
        there.ok_or_else(missing)
    }
}
