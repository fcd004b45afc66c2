//! The store's REST answers, and the one call by which an app removes itself.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Answer, HOOK, SHOP, Shopify};
use crate::http::{Request, Response};
use crate::times::iso;

impl Shopify {
    pub(super) fn shop(&self, request: &Request, now: SystemTime) -> Answer {
        self.caller(request, now)?;
        let shop = json!({"id": 1, "name": "Ours", "myshopify_domain": SHOP});
        Ok(Response::json(200, &json!({"shop": shop})))
    }

    /// Lists customers, of whom there are none; the scope is what is asked for.
    pub(super) fn customers(&self, request: &Request, now: SystemTime) -> Answer {
        self.scoped("read_customers", request, now)?;
        Ok(Response::json(200, &json!({"customers": []})))
    }

    /// Lists the hooks of the calling app, and of no other.
    pub(super) fn webhooks(&self, request: &Request, now: SystemTime) -> Answer {
        let key = self.caller(request, now)?;
        let app = self.kernel.credential(key).client.clone().unwrap_or_default();
        let kept = self.kernel.kept_where(now, |c| c.kind == HOOK && c.is_for(&app));
        let mut hooks: Vec<Value> = kept
            .into_iter()
            .map(|key| {
                let hook = self.kernel.credential(key);
                json!({
                    "id": hook.id.parse::<u64>().unwrap_or(0),
                    "address": hook.text("address"),
                    "topic": hook.text("topic"),
                    "format": "json",
                    "created_at": iso(hook.created),
                })
            })
            .collect();
        hooks.sort_by_key(|hook| hook["id"].as_u64());
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<u64>().ok());
        let after = number("page_info").unwrap_or(0);
        hooks.retain(|hook| hook["id"].as_u64() > Some(after));
        let size = usize::try_from(number("limit").unwrap_or(50).clamp(1, 250)).unwrap_or(50);
        let more = hooks.len() > size;
        hooks.truncate(size);
        let last = hooks.last().and_then(|hook| hook["id"].as_u64());
        let answer = Response::json(200, &json!({"webhooks": hooks}));
        Ok(match last.filter(|_| more) {
            Some(last) => {
                let (base, path) = (&request.base, &request.path);
                let next = format!("<{base}{path}?limit={size}&page_info={last}>; rel=\"next\"");
                answer.with("Link", &next)
            }
            None => answer,
        })
    }

    /// Uninstalls the calling app; its own token is the only key to this.
    pub(super) fn uninstall_self(&mut self, request: &Request, now: SystemTime) -> Answer {
        let key = self.caller(request, now)?;
        let app = self.kernel.credential(key).client.clone().unwrap_or_default();
        self.uninstall(&app, now);
        Ok(Response::json(200, &json!({})))
    }
}
