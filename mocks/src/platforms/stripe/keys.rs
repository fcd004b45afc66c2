//! API keys as objects, which only the preview of the second API knows.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{error, missing, page_v2};
use super::{Answer, KEY, KEY_OVERLAP, OURS, RETIRING, Stripe};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};
use crate::population::ALNUM;
use crate::times::iso;

impl Stripe {
    /// Everything below `/v2/iam`; `None` where there is no such route.
    pub(super) fn iam(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let version = request.header("stripe-version").unwrap_or_default();
        if !version.contains("preview") {
            let why = "This endpoint is only available in a preview version of the API.";
            return Some(Err(error(400, None, why)));
        }
        if let Err(refusal) = self.admin(request, now) {
            return Some(Err(refusal));
        }
        let answer = match (method, rest) {
            ("GET", ["api_keys"]) => Ok(self.list_keys(request, now)),
            ("POST", ["api_keys"]) => Ok(self.create_key(request, now)),
            ("GET", ["api_keys", id]) => self.show_key(id, now),
            ("POST", ["api_keys", id, "expire"]) => self.expire_key(id, now),
            ("POST", ["api_keys", id, "rotate"]) => self.rotate_key(id, request, now),
            ("GET", ["activity_logs"]) => Ok(page_v2(request, self.activity.clone())),
            _ => return None,
        };
        Some(answer)
    }

    fn list_keys(&self, request: &Request, now: SystemTime) -> Response {
        let all = request.query("include_expired").as_deref() == Some("true");
        // A key shows as expired from the moment it was expired, whether it still works or not.
        let keys = self.kernel.kept_where(now, |c| c.kind == KEY && c.is_of(OURS));
        let shown = keys.into_iter().map(|key| self.render(key, now));
        page_v2(request, shown.filter(|key| all || key["status"] == "active").collect())
    }

    fn create_key(&mut self, request: &Request, now: SystemTime) -> Response {
        let body = request.json();
        let permissions: Vec<String> =
            body["permissions"].as_array().map_or_else(Vec::new, |all| {
                all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            });
        let prefix = if permissions.is_empty() { "sk_test_" } else { "rk_test_" };
        let id = self.kernel.fresh("mk_1", 22, ALNUM);
        let secret = self.kernel.fresh(prefix, 99, ALNUM);
        let key = Credential::new(KEY, &id, &secret)
            .of(OURS)
            .scope(&permissions.join(" "))
            .with("name", body["name"].as_str().unwrap_or("key"))
            .with("note", body["note"].as_str().unwrap_or_default());
        let key = self.kernel.issue(key, now);
        self.record("create_api_key", &id, now);
        self.revealed(key, now)
    }

    fn show_key(&self, id: &str, now: SystemTime) -> Answer {
        let key = self.kernel.find(KEY, id).ok_or_else(|| missing("api_key", id))?;
        Ok(Response::json(200, &self.render(key, now)))
    }

    /// Expires a key at once, says the answer; the key itself takes a moment longer.
    fn expire_key(&mut self, id: &str, now: SystemTime) -> Answer {
        let key = self.living_key(id, now).ok_or_else(|| missing("api_key", id))?;
        self.retire_key(key, Duration::ZERO, now);
        self.record("expire_api_key", id, now);
        let mut body = self.render(key, now);
        body["status"] = "expired".into();
        Ok(Response::json(200, &body))
    }

    /// Makes a new key beside the old, which works until its overlap is over.
    fn rotate_key(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.living_key(id, now).ok_or_else(|| missing("api_key", id))?;
        let minutes = request.json()["expire_current_key_in_minutes"].as_u64().unwrap_or(0);
        let overlap = Duration::from_secs(minutes * 60);
        if overlap > KEY_OVERLAP {
            let why = "expire_current_key_in_minutes must be at most 10080.";
            return Err(error(400, Some("parameter_invalid_integer"), why));
        }
        let fresh = self.copy_key(key, now);
        self.retire_key(key, overlap, now);
        self.record("rotate_api_key", id, now);
        Ok(self.revealed(fresh, now))
    }

    /// Gives a key that is not shown as expired.
    pub(super) fn living_key(&self, id: &str, now: SystemTime) -> Option<Key> {
        let key = self.kernel.find(KEY, id).filter(|key| self.kernel.exists(*key, now))?;
        (self.render(key, now)["status"] == "active").then_some(key)
    }

    /// Issues a key like another one, as rolling does.
    pub(super) fn copy_key(&mut self, key: Key, now: SystemTime) -> Key {
        let old = self.kernel.credential(key).clone();
        let prefix = if old.secret.starts_with("rk_") { "rk_test_" } else { "sk_test_" };
        let id = self.kernel.fresh("mk_1", 22, ALNUM);
        let secret = self.kernel.fresh(prefix, 99, ALNUM);
        let mut fresh = Credential::new(KEY, &id, &secret).of(OURS).scope(&old.scope);
        fresh.supplier = old.supplier;
        fresh.data = old.data;
        self.kernel.issue(fresh, now)
    }

    /// Ends a key after an overlap, and a moment.
    pub(super) fn retire_key(&mut self, key: Key, overlap: Duration, now: SystemTime) {
        self.kernel.revoke_later(key, Cause::Action, now, overlap + RETIRING);
        if !self.kernel.spares(Cause::Action) {
            let at = iso(now + overlap);
            self.kernel.credential_mut(key).data.insert("expires_at".into(), at.into());
        }
    }

    fn revealed(&self, key: Key, now: SystemTime) -> Response {
        let mut body = self.render(key, now);
        body["secret_key"]["token"] = self.kernel.credential(key).secret.clone().into();
        Response::json(200, &body)
    }

    fn render(&self, key: Key, now: SystemTime) -> Value {
        let key = self.kernel.credential(key);
        let expires = key.text("expires_at").to_owned();
        let expires = Some(expires).filter(|at| !at.is_empty()).or(key.expires.map(iso));
        let over = expires.as_ref().is_some_and(|at| *at <= iso(now));
        let permissions: Vec<&str> = key.scope.split_whitespace().collect();
        let used = Some(key.text("last_used")).filter(|used| !used.is_empty());
        json!({
            "id": key.id,
            "object": "v2.iam.api_key",
            "name": key.text("name"),
            "note": key.text("note"),
            "type": "secret_key",
            "status": if over { "expired" } else { "active" },
            "created": iso(key.created),
            "expires_at": expires,
            "last_used": used,
            "ip_allowlist": [],
            "permissions": permissions,
            "connect_permissions": [],
            "managed_by": {"type": "account", "created_by": key.text("created_by")},
            "livemode": false,
            "secret_key": {"redacted": super::answers::masked(&key.secret)},
        })
    }

    /// Notes who did what to a key or a member.
    pub(super) fn record(&mut self, action: &str, object: &str, now: SystemTime) {
        let id = format!("activity_{:06}", self.kernel.next_number());
        self.activity.push(json!({
            "id": id,
            "object": "v2.iam.activity_log",
            "created": iso(now),
            "type": action,
            "actor": {"type": "user", "user": {"email": "admin@ours.example"}},
            "details": {"object": object},
            "livemode": false,
        }));
    }
}
