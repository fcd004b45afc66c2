//! The audit log. `app_token_preserved` is the platform's own word for a survivor.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Answer, Slack, page};
use crate::http::Request;
use crate::times::epoch;

const LIMIT: usize = 10_000;

impl Slack {
    /// Writes an entry about a user or an app.
    pub(super) fn record(
        &mut self,
        actor: &str,
        action: &str,
        entity_type: &str,
        entity: &str,
        now: SystemTime,
    ) {
        let id = format!("audit-{}", self.kernel.next_number());
        let shown = |id: &str| {
            let found = self.kernel.principal(id);
            json!({
                "id": id,
                "name": found.map(|p| p.name.clone()),
                "email": found.map(|p| p.login.clone()).filter(|login| login.contains('@')),
            })
        };
        let entry = json!({
            "id": id,
            "date_create": epoch(now),
            "action": action,
            "actor": {"type": "user", "user": shown(actor)},
            "entity": {"type": entity_type, entity_type: shown(entity)},
        });
        self.audit.push(entry);
        if self.audit.len() > LIMIT {
            self.audit.remove(0);
        }
    }

    pub(super) fn audit_logs(&self, request: &Request, now: SystemTime) -> Answer {
        self.admin("auditlogs:read", request, now)?;
        let (action, actor) = (request.query("action"), request.query("actor"));
        let oldest = request.query("oldest").and_then(|oldest| oldest.parse::<u64>().ok());
        let wanted = |entry: &&Value| {
            let since = entry["date_create"].as_u64() >= oldest;
            let acted = actor.as_deref().is_none_or(|id| entry["actor"]["user"]["id"] == id);
            since && acted && action.as_deref().is_none_or(|name| entry["action"] == name)
        };
        // The newest first.
        let entries = self.audit.iter().rev().filter(wanted).cloned().collect();
        Ok(page(request, "entries", entries))
    }
}
