//! Zendesk's bodies: refusals, users, and the two ways of paging.

use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::identity::{Principal, State};

/// Refuses Basic, a cookie, or nothing at all.
pub(super) fn not_authenticated() -> Response {
    Response::json(401, &json!({"error": "Couldn't authenticate you"}))
        .with("WWW-Authenticate", "Basic realm=\"Web Password\"")
}

/// Refuses a bearer token; revoked and expired look the same.
pub(super) fn invalid_token() -> Response {
    let why = "The access token provided is expired, revoked, malformed or invalid for other \
               reasons.";
    let challenge = format!(
        "Bearer realm=\"Zendesk::OAuth Bearer Token Authentication\", error=\"invalid_token\", \
         error_description=\"{why}\""
    );
    Response::json(401, &json!({"error": "invalid_token", "error_description": why}))
        .with("WWW-Authenticate", &challenge)
}

/// Refuses a refresh token or an authorization code.
pub(super) fn invalid_grant() -> Response {
    let why = "The provided access grant is invalid, expired, or revoked (e.g. invalid \
               authorization code, or the refresh token is not valid for this client)";
    Response::json(400, &json!({"error": "invalid_grant", "error_description": why}))
}

/// Refuses a client. Whether the status is 400 or 401 is unconfirmed; RFC 6749 says 401.
pub(super) fn invalid_client() -> Response {
    let why = "Client authentication failed due to unknown client, no client authentication \
               included, or unsupported authentication method.";
    Response::json(401, &json!({"error": "invalid_client", "error_description": why}))
}

/// Refuses somebody who is known but lacks the role or the scope; the wording is unconfirmed.
pub(super) fn forbidden() -> Response {
    let why = "You do not have access to this page.";
    Response::json(403, &json!({"error": "Forbidden", "description": why}))
}

/// Says that an object does not exist.
pub(super) fn not_found() -> Response {
    Response::json(404, &json!({"error": "RecordNotFound", "description": "Not found"}))
}

/// Says that the body was understood and is not acceptable.
pub(super) fn unprocessable(field: &str, why: &str) -> Response {
    let details = json!({field: [{"description": why}]});
    let body = json!({
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": details,
    });
    Response::json(422, &body)
}

/// Renders an id as the number it is.
pub(super) fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}

/// Renders a user.
pub(super) fn user(user: &Principal, base: &str) -> Value {
    json!({
        "id": number(&user.id),
        "url": format!("{base}/api/v2/users/{}.json", user.id),
        "name": user.name,
        "email": user.login,
        "role": user.text("role"),
        "verified": true,
        "active": user.state() != State::Deleted,
        "suspended": user.state() == State::Suspended,
        "created_at": user.text("created_at"),
        "updated_at": user.text("updated_at"),
    })
}

/// Renders the user that nobody is.
pub(super) fn anonymous() -> Value {
    json!({
        "id": null,
        "name": "Anonymous user",
        "email": "invalid@example.com",
        "role": "end-user",
        "verified": false,
        "active": true,
        "suspended": false,
    })
}

/// Renders one page of a listing: by cursor where `page[...]` is asked for, else by number.
///
/// Items are in the order of their ids, and a cursor is the last id seen: what was deleted between
/// two pages shifts nothing.
pub(super) fn page(request: &Request, name: &str, mut items: Vec<Value>) -> Response {
    items.sort_by_key(id_of);
    let (size, after) = (request.query("page[size]"), request.query("page[after]"));
    if size.is_some() || after.is_some() {
        by_cursor(request, name, items, size, after)
    } else {
        by_number(request, name, items)
    }
}

fn by_cursor(
    request: &Request,
    name: &str,
    items: Vec<Value>,
    size: Option<String>,
    after: Option<String>,
) -> Response {
    let size = limit(size);
    let after = after.and_then(|cursor| cursor.strip_prefix('c')?.parse::<u64>().ok());
    let mut rest = items;
    rest.retain(|item| after.is_none_or(|after| id_of(item) > after));
    let more = rest.len() > size;
    rest.truncate(size);
    let cursor = rest.last().map(|last| format!("c{}", id_of(last)));
    let cursor = cursor.filter(|_| more);
    let next = cursor.as_ref().map(|cursor| link(request, "page[after]", cursor));
    let body = json!({
        name: rest,
        "meta": {"has_more": more, "after_cursor": cursor, "before_cursor": null},
        "links": {"next": next, "prev": null},
    });
    Response::json(200, &body)
}

fn by_number(request: &Request, name: &str, items: Vec<Value>) -> Response {
    let size = limit(request.query("per_page"));
    let page = request.query("page").and_then(|page| page.parse::<usize>().ok());
    let page = page.unwrap_or(1).max(1);
    let count = items.len();
    let shown: Vec<Value> = items.into_iter().skip((page - 1) * size).take(size).collect();
    let link = |page: usize| link(request, "page", &page.to_string());
    let body = json!({
        name: shown,
        "next_page": (page * size < count).then(|| link(page + 1)),
        "previous_page": (page > 1).then(|| link(page - 1)),
        "count": count,
    });
    Response::json(200, &body)
}

fn limit(asked: Option<String>) -> usize {
    asked.and_then(|size| size.parse().ok()).unwrap_or(100).clamp(1, 100)
}

fn id_of(item: &Value) -> u64 {
    item["id"].as_u64().unwrap_or(u64::MAX)
}

fn link(request: &Request, parameter: &str, value: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, kept) in url::form_urlencoded::parse(request.query_text.as_bytes()) {
        if name != parameter {
            query.append_pair(&name, &kept);
        }
    }
    query.append_pair(parameter, value);
    format!("{}{}?{}", request.base, request.path, query.finish())
}
