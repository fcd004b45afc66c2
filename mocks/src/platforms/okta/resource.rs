//! A resource server that validates the custom server's JWTs by itself: it cannot see revocation.

use std::time::SystemTime;

use serde_json::json;

use super::Okta;
use crate::http::{Request, Response};
use crate::jwt::{self, Refused};

/// Signs tokens of the custom authorization server; the resource server knows it.
pub(super) const CUSTOM_KEY: &str = "okta/custom-server";
/// Signs tokens of the org server, which nobody but Okta may read.
pub(super) const ORG_KEY: &str = "okta/org-server";

impl Okta {
    pub(super) fn resource(&self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        if (method, segments.as_slice()) != ("GET", ["whoami"].as_slice()) {
            return None;
        }
        let Some(token) = request.bearer() else {
            return Some(Response::empty(401).with("WWW-Authenticate", "Bearer"));
        };
        Some(match jwt::verify(CUSTOM_KEY, token, now) {
            Ok(claims) => {
                let owner = claims["uid"].as_str().or_else(|| claims["cid"].as_str());
                let shown = owner.and_then(|id| self.kernel.presented(id));
                let sub = shown.map_or_else(|| claims["sub"].clone(), |p| json!(p.login));
                Response::json(200, &json!({"sub": sub, "client_id": claims["cid"]}))
            }
            Err(Refused::Expired) => invalid("The token has expired."),
            Err(Refused::Invalid) => invalid("The token is invalid."),
        })
    }
}

pub(super) fn invalid(why: &str) -> Response {
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{why}\"");
    Response::empty(401).with("WWW-Authenticate", &challenge)
}
