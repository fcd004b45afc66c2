//! The audit log of the instance and of the group, which here are one.

use std::time::SystemTime;

use serde_json::json;

use super::answers::{number, page};
use super::{Answer, Gitlab};
use crate::http::Request;
use crate::times::iso;

impl Gitlab {
    /// Writes an entry.
    pub(super) fn record(&mut self, actor: &str, event: &str, object: &str, now: SystemTime) {
        let id = self.kernel.next_number();
        self.audit.push(json!({
            "id": id,
            "author_id": number(super::ADMIN),
            "entity_id": number(object),
            "entity_type": "User",
            "event_name": event,
            "details": {"author_name": actor, "target_id": number(object)},
            "created_at": iso(now),
        }));
        if self.audit.len() > 10_000 {
            self.audit.remove(0);
        }
    }

    /// Reads the log.
    pub(super) fn audit_events(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let entity = request.query("entity_id");
        let fits = |entry: &&serde_json::Value| {
            entity.as_deref().is_none_or(|id| entry["entity_id"] == number(id))
        };
        Ok(page(request, self.audit.iter().filter(fits).cloned().collect()))
    }
}
