//! Stripe's bodies: refusals and listings.

use serde_json::{Value, json};

use crate::http::{Request, Response};

/// Refuses in the usual envelope.
pub(super) fn error(status: u16, code: Option<&str>, message: &str) -> Response {
    let mut error = json!({"message": message, "type": "invalid_request_error"});
    if let Some(code) = code {
        let page = code.replace('_', "-");
        error["code"] = code.into();
        error["doc_url"] = format!("https://stripe.com/docs/error-codes/{page}").into();
    }
    Response::json(status, &json!({"error": error})).with("Request-Id", "req_mock")
}

/// Refuses a key that once was one.
pub(super) fn expired_key(key: &str) -> Response {
    error(401, Some("api_key_expired"), &format!("Expired API Key provided: {}", masked(key)))
}

/// Refuses a key that never was one. What does not look like one is echoed as it came.
pub(super) fn invalid_key(key: &str) -> Response {
    let looks = ["sk_", "rk_", "pk_"].iter().any(|prefix| key.starts_with(prefix));
    let shown = if looks { masked(key) } else { key.to_owned() };
    error(401, None, &format!("Invalid API Key provided: {shown}"))
}

/// Refuses a call without a key.
pub(super) fn no_key() -> Response {
    let why = "You did not provide an API key. You need to provide your API key in the \
               Authorization header, using Bearer auth (e.g. 'Authorization: Bearer \
               YOUR_SECRET_KEY').";
    error(401, None, why).with("WWW-Authenticate", "Basic realm=\"Stripe\"")
}

/// Refuses a key that works, but not for this.
pub(super) fn not_permitted(key: &str, account: &str, permission: &str) -> Response {
    let key = masked(key);
    let why = format!(
        "The provided key '{key}' does not have the required permissions for this endpoint on \
         account '{account}'. Having the '{permission}' permission would allow this request to \
         continue."
    );
    error(403, None, &why)
}

/// Refuses a platform that is not connected to the account it names.
pub(super) fn not_connected(key: &str, account: &str) -> Response {
    let key = masked(key);
    let why = format!(
        "The provided key '{key}' does not have access to account '{account}' (or that account \
         does not exist). Application access may have been revoked."
    );
    error(403, Some("account_invalid"), &why)
}

/// Says that an object does not exist.
pub(super) fn missing(what: &str, id: &str) -> Response {
    error(404, Some("resource_missing"), &format!("No such {what}: '{id}'"))
}

/// Refuses a token request.
pub(super) fn invalid_grant(why: &str) -> Response {
    oauth_error(400, "invalid_grant", why)
}

/// Refuses in the words of OAuth.
pub(super) fn oauth_error(status: u16, error: &str, why: &str) -> Response {
    Response::json(status, &json!({"error": error, "error_description": why}))
}

/// Shows the start and the last characters of a key.
pub(super) fn masked(key: &str) -> String {
    let prefix = key.rsplit_once('_').map_or("", |(prefix, _)| prefix);
    let tail = key.len().checked_sub(6).and_then(|at| key.get(at..)).unwrap_or_default();
    format!("{prefix}_{}{tail}", "*".repeat(20))
}

/// Renders one page; a cursor is the last id seen, so what was deleted between pages shifts nothing.
pub(super) fn page(request: &Request, mut items: Vec<Value>) -> Response {
    let of = |item: &Value| item["id"].as_str().unwrap_or_default().to_owned();
    items.sort_by_key(of);
    let size = request.query("limit").and_then(|size| size.parse().ok());
    let size: usize = size.unwrap_or(10).clamp(1, 100);
    if let Some(after) = request.query("starting_after") {
        items.retain(|item| of(item) > after);
    }
    let more = items.len() > size;
    items.truncate(size);
    let body = json!({"object": "list", "url": request.path, "has_more": more, "data": items});
    Response::json(200, &body)
}

/// Renders one page the way the second API does: with the address of the next.
pub(super) fn page_v2(request: &Request, mut items: Vec<Value>) -> Response {
    let of = |item: &Value| item["id"].as_str().unwrap_or_default().to_owned();
    items.sort_by_key(of);
    let size = request.query("limit").and_then(|size| size.parse().ok());
    let size: usize = size.unwrap_or(10).clamp(1, 100);
    if let Some(after) = request.query("page") {
        items.retain(|item| of(item) > after);
    }
    let more = items.len() > size;
    items.truncate(size);
    let next = items.last().map(of).filter(|_| more).map(|last| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, kept) in url::form_urlencoded::parse(request.query_text.as_bytes()) {
            if name != "page" {
                query.append_pair(&name, &kept);
            }
        }
        query.append_pair("page", &last);
        format!("{}?{}", request.path, query.finish())
    });
    let body = json!({"data": items, "next_page_url": next, "previous_page_url": null});
    Response::json(200, &body)
}
