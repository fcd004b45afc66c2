//! `oauth.v2.access`: what proves that a client id and secret still go together.

use std::time::SystemTime;

use super::{APP, Answer, CLIENT_SECRET, Slack, argument, failed};
use crate::http::{Request, Response};

impl Slack {
    /// Checks the client first, then refuses whatever was to be exchanged: no browser consents
    /// here, and no app of this organisation has turned token rotation on.
    pub(super) fn oauth_access(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.proven_client(request, now)?;
        let refreshing = argument(request, "grant_type").as_deref() == Some("refresh_token");
        Err(failed(if refreshing { "invalid_refresh_token" } else { "invalid_code" }))
    }

    /// Gives the app whose client id and secret were sent, in the body or as HTTP Basic.
    pub(super) fn proven_client(
        &self,
        request: &Request,
        now: SystemTime,
    ) -> Result<String, Response> {
        let sent = request.basic().or_else(|| {
            let secret = argument(request, "client_secret").unwrap_or_default();
            Some((argument(request, "client_id")?, secret))
        });
        let (id, secret) = sent.ok_or_else(|| failed("invalid_client_id"))?;
        let mut apps = self.kernel.principals().iter().filter(|p| p.kind == APP);
        let app = apps.find(|app| app.login == id).ok_or_else(|| failed("invalid_client_id"))?;
        let proven = self.kernel.authenticate_as(CLIENT_SECRET, &app.id, &secret, now);
        proven.map_err(|_| failed("bad_client_secret"))?;
        Ok(app.id.clone())
    }
}
