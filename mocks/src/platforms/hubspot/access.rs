//! Who is calling: every bearer kind, and why one is refused.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{
    ACCESS, Answer, HubSpot, PORTAL, PRIVATE_TOKEN, SERVICE_KEY, error, not_authenticated,
};
use crate::http::{Request, Response};
use crate::identity::{Key, Standing};

impl HubSpot {
    /// Finds the bearer's credential. One that merely aged is told so, in words of its own.
    pub(super) fn caller(&self, request: &Request, now: SystemTime) -> Result<Key, Response> {
        let sent = request.bearer().ok_or_else(not_authenticated)?;
        let kinds = [PRIVATE_TOKEN, SERVICE_KEY, ACCESS].into_iter();
        let key = kinds.filter_map(|kind| self.kernel.lookup(kind, sent)).next();
        let key = key.ok_or_else(not_authenticated)?;
        match self.kernel.standing(key, now) {
            Standing::Alive => Ok(key),
            Standing::Expired => {
                let since = self.kernel.credential(key).expires;
                let since = since.and_then(|at| now.duration_since(at).ok()).unwrap_or_default();
                let (count, unit) = match since.as_secs() {
                    seconds @ 0..60 => (seconds, "second(s)"),
                    seconds @ 60..3600 => (seconds / 60, "minute(s)"),
                    seconds => (seconds / 3600, "hour(s)"),
                };
                let why =
                    format!("The OAuth token used to make this call expired {count} {unit} ago.");
                Err(error(401, "EXPIRED_AUTHENTICATION", &why))
            }
            Standing::Unknown | Standing::Revoked | Standing::Disabled | Standing::Masked(_) => {
                Err(not_authenticated())
            }
        }
    }

    /// Demands a scope; every app has `oauth`.
    pub(super) fn scoped(
        &self,
        request: &Request,
        scope: &str,
        now: SystemTime,
    ) -> Result<Key, Response> {
        let key = self.caller(request, now)?;
        let held = &self.kernel.credential(key).scope;
        if held.split(' ').any(|word| word == scope) || scope == "oauth" {
            return Ok(key);
        }
        let why = "This app hasn't been granted all required scopes to make this call. Read more \
            about required scopes here: https://developers.hubspot.com/scopes.";
        let mut body = error(403, "MISSING_SCOPES", why);
        let mut value: Value = serde_json::from_slice(&body.body).unwrap_or(Value::Null);
        value["errors"] = json!([{
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": [scope]},
        }]);
        body.body = value.to_string().into_bytes();
        Err(body)
    }

    /// Names the account behind the token, which is all any token here says of itself.
    pub(super) fn details(&self, request: &Request, now: SystemTime) -> Answer {
        let key = self.scoped(request, "oauth", now)?;
        let portal = self.kernel.credential(key).text("portal");
        let portal = self.kernel.presented(portal).map_or(PORTAL, |account| &account.id);
        let portal: u64 = portal.parse().unwrap_or(0);
        let body = json!({
            "portalId": portal, "accountType": "STANDARD", "timeZone": "US/Eastern",
            "companyCurrency": "USD", "uiDomain": "app.hubspot.com", "dataHostingLocation": "na1",
        });
        Ok(Response::json(200, &body))
    }
}
