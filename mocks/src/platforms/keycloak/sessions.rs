//! Sessions as the admin API lists them.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::Keycloak;
use super::admin::page;
use crate::http::{Request, Response};
use crate::identity::{Credential, Key};
use crate::times::epoch;

impl Keycloak {
    pub(super) fn session_page(
        &self,
        request: &Request,
        wanted: impl Fn(&Credential) -> bool,
        now: SystemTime,
    ) -> Response {
        let render = |key: &Key| {
            let session = self.kernel.credential(*key);
            let user = session.principal.as_deref().and_then(|id| self.kernel.principal(id));
            json!({
                "id": session.id, "userId": session.principal, "username": user.map(|p| &p.login),
                "ipAddress": "192.0.2.1", "start": epoch(session.created) * 1000,
                "lastAccess": epoch(session.created) * 1000,
            })
        };
        let sessions: Vec<Value> = self.kernel.kept_where(now, wanted).iter().map(render).collect();
        page(request, &sessions)
    }
}
