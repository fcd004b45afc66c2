//! Freshdesk's bodies.

use serde_json::{Value, json};

use crate::http::{Request, Response};

/// Refuses whatever was sent: reset, unknown, deleted and nothing at all look the same.
pub(super) fn not_logged_in() -> Response {
    let why = "You have to be logged in to perform this action.";
    Response::json(401, &json!({"code": "invalid_credentials", "message": why}))
}

/// Refuses a known caller who lacks the role.
pub(super) fn denied() -> Response {
    let why = "You are not authorized to perform this action.";
    Response::json(403, &json!({"code": "access_denied", "message": why}))
}

/// Refuses a session of somebody who is no agent of this account any more.
pub(super) fn not_allowed() -> Response {
    let why = "You're not allowed to access this page";
    Response::json(403, &json!({"code": "access_denied", "message": why}))
}

/// Says that an object does not exist; the body is empty there.
pub(super) fn not_found() -> Response {
    Response::empty(404)
}

/// Says which field is no good.
pub(super) fn invalid(field: &str, code: &str, message: &str) -> Response {
    let errors = [json!({"field": field, "message": message, "code": code})];
    Response::json(400, &json!({"description": "Validation failed", "errors": errors}))
}

/// Refuses a code or refresh token; the body is the standard's, the vendor's is unconfirmed.
pub(super) fn invalid_grant() -> Response {
    Response::json(400, &json!({"error": "invalid_grant"}))
}

/// Refuses a browser login: the form again.
pub(super) fn login_page() -> Response {
    let page = "<!DOCTYPE html><html><body><form method=\"post\"><p>The email and password you \
        entered does not match</p></form></body></html>";
    Response::html(200, page)
}

/// Renders one page; `Link` leads to the next one.
pub(super) fn page(request: &Request, items: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("per_page").unwrap_or(30).clamp(1, 100);
    let page = number("page").unwrap_or(1).max(1);
    let shown: Vec<&Value> = items.iter().skip((page - 1) * size).take(size).collect();
    let answer = Response::json(200, &json!(shown));
    if page * size >= items.len() {
        return answer;
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(request.query_text.as_bytes()) {
        if name != "page" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("page", &(page + 1).to_string());
    let next = format!("<{}{}?{}>; rel=\"next\"", request.base, request.path, query.finish());
    answer.with("Link", &next)
}
