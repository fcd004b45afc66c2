//! Incoming webhooks: a URL that is the credential, answered in plain text.

use std::time::SystemTime;

use serde_json::Value;

use super::{Slack, TEAM, WEBHOOK};
use crate::http::{Request, Response};
use crate::identity::Standing;

/// Answers in plain text, as hooks do.
pub(super) fn plain(status: u16, text: &str) -> Response {
    Response::text(status, "text/html", text)
}

impl Slack {
    /// Checks the URL, then the body. That order is unconfirmed on the real platform.
    pub(super) fn webhook(
        &self,
        team: &str,
        service: &str,
        secret: &str,
        request: &Request,
        now: SystemTime,
    ) -> Response {
        if team != TEAM {
            return plain(404, "no_team");
        }
        let path = format!("{team}/{service}/{secret}");
        match self.kernel.authenticate(WEBHOOK, &path, now) {
            Ok(_) => accept(request),
            Err(Standing::Unknown) if self.kernel.find(WEBHOOK, service).is_some() => {
                plain(403, "invalid_token")
            }
            // A hook that was removed is no service any more.
            Err(
                Standing::Unknown
                | Standing::Alive
                | Standing::Revoked
                | Standing::Expired
                | Standing::Disabled
                | Standing::Masked(_),
            ) => plain(404, "no_service"),
        }
    }
}

fn accept(request: &Request) -> Response {
    let message = match request.form("payload") {
        Some(payload) => serde_json::from_str(&payload).unwrap_or(Value::Null),
        None => request.json(),
    };
    let Value::Object(fields) = message else {
        return plain(400, "invalid_payload");
    };
    let said = ["text", "blocks", "attachments"].iter().any(|name| fields.contains_key(*name));
    if said { plain(200, "ok") } else { plain(400, "no_text") }
}
