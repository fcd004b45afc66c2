//! The audit log: who did what to which object. Minimal, and without addresses.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{number, page};
use super::{Answer, Zendesk};
use crate::http::Request;
use crate::times::iso;

const LIMIT: usize = 10_000;

impl Zendesk {
    /// Writes an entry.
    pub(super) fn record(
        &mut self,
        actor: &str,
        action: &str,
        source_type: &str,
        source: &str,
        now: SystemTime,
    ) {
        let id = super::NEW_IDS + self.kernel.next_number();
        let name = self.kernel.principal(actor).map(|actor| actor.name.clone());
        self.audit.push(json!({
            "id": id,
            "actor_id": number(actor),
            "actor_name": name,
            "source_id": number(source),
            "source_type": source_type,
            "action": action,
            "created_at": iso(now),
        }));
        if self.audit.len() > LIMIT {
            self.audit.remove(0);
        }
    }

    pub(super) fn audit_logs(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let filters = ["source_type", "source_id", "actor_id", "action"];
        let asked = |entry: &&Value| {
            filters.iter().all(|name| {
                let wanted = request.query(&format!("filter[{name}]"));
                wanted.is_none_or(|wanted| plain(&entry[*name]) == wanted)
            })
        };
        let found = self.audit.iter().filter(asked).cloned().collect();
        Ok(page(request, "audit_logs", found))
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
