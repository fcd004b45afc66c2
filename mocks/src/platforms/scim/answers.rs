//! SCIM's envelopes: lists, errors, and what the provider says about itself.

use serde_json::{Value, json};

use crate::http::{Request, Response};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

pub(super) fn json(status: u16, body: &Value) -> Response {
    Response::text(status, "application/scim+json", body.to_string())
}

/// Makes an error; `status` in the body is a text, as in the RFC.
pub(super) fn error(status: u16, kind: Option<&str>, detail: &str) -> Response {
    let mut body = json!({"schemas": [ERROR], "status": status.to_string(), "detail": detail});
    if let Some(kind) = kind {
        body["scimType"] = json!(kind);
    }
    json(status, &body)
}

pub(super) fn unauthorized() -> Response {
    let answer = error(401, None, "Authorization failure: invalid or expired token");
    answer.with("WWW-Authenticate", "Bearer realm=\"scim\", error=\"invalid_token\"")
}

/// Cuts a list: `startIndex` counts from one; three without `count`, so that a client which ignores
/// `totalResults` misses something even in this small population.
pub(super) fn list(request: &Request, items: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
    let start = number("startIndex").unwrap_or(1).max(1);
    let from = (start - 1).min(items.len());
    let end = (from + number("count").unwrap_or(3)).min(items.len());
    let body = json!({
        "schemas": [LIST], "totalResults": items.len(), "startIndex": start,
        "itemsPerPage": end - from, "Resources": items[from..end],
    });
    json(200, &body)
}

pub(super) fn provider() -> Value {
    json!({
        "schemas": [CONFIG], "patch": {"supported": true}, "bulk": {"supported": false},
        "filter": {"supported": true, "maxResults": 200}, "changePassword": {"supported": true},
        "sort": {"supported": false}, "etag": {"supported": false},
        "authenticationSchemes": [{"type": "oauthbearertoken", "name": "OAuth Bearer Token"}],
    })
}
