//! Whose token it is: an app's, sometimes in the name of a member of staff.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Answer, EXPIRING, OFFLINE, ONLINE, Shopify};
use crate::http::{Request, Response};
use crate::identity::{Credential, Key};

/// Refuses a token: whatever is wrong with it, and none at all.
pub(super) fn dead() -> Response {
    let why = "[API] Invalid API key or access token (unrecognized login or wrong password)";
    Response::json(401, &json!({"errors": why}))
}

impl Shopify {
    /// Finds out whose token was sent.
    pub(super) fn caller(&self, request: &Request, now: SystemTime) -> Result<Key, Response> {
        let token = request.header("x-shopify-access-token").unwrap_or_default();
        let kinds = [OFFLINE, EXPIRING, ONLINE];
        let mut found =
            kinds.iter().filter_map(|kind| self.kernel.authenticate(kind, token, now).ok());
        found.next().ok_or_else(dead)
    }

    /// Demands a token with a scope. The refusal's text is unconfirmed.
    pub(super) fn scoped(
        &self,
        scope: &str,
        request: &Request,
        now: SystemTime,
    ) -> Result<Key, Response> {
        let key = self.caller(request, now)?;
        if has(self.kernel.credential(key), scope) {
            return Ok(key);
        }
        let why = format!("[API] This action requires merchant approval for {scope} scope.");
        Err(Response::json(403, &json!({"errors": why})))
    }

    /// Tells a token what it may do.
    pub(super) fn scopes(&self, request: &Request, now: SystemTime) -> Answer {
        let key = self.caller(request, now)?;
        let scopes = self.kernel.credential(key).scope.split_whitespace();
        let scopes: Vec<Value> = scopes.map(|handle| json!({"handle": handle})).collect();
        Ok(Response::json(200, &json!({"access_scopes": scopes})))
    }
}

/// Tells whether a token has a scope; writing includes reading.
pub(super) fn has(token: &Credential, scope: &str) -> bool {
    let write = scope.replace("read_", "write_");
    token.scope.split_whitespace().any(|word| word == scope || word == write)
}
