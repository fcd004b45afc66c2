//! GitLab's bodies: refusals and paging.

use serde_json::{Value, json};

use crate::http::{Request, Response};

/// Refuses with a message.
pub(super) fn message(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"message": message}))
}

/// Refuses a caller without any token.
pub(super) fn unauthorized() -> Response {
    message(401, "401 Unauthorized")
}

/// Says that an object does not exist, or that the caller may not know that it does.
pub(super) fn not_found(what: &str) -> Response {
    message(404, &format!("404 {what}"))
}

/// Refuses somebody who may not.
pub(super) fn forbidden() -> Response {
    message(403, "403 Forbidden")
}

fn invalid_token(why: &str) -> Response {
    let body = json!({"error": "invalid_token", "error_description": why});
    let challenge = format!(
        "Bearer realm=\"Protected by OAuth 2.0\", error=\"invalid_token\", error_description=\"{why}\""
    );
    Response::json(401, &body).with("WWW-Authenticate", &challenge)
}

/// Refuses a token nobody has issued.
pub(super) fn unknown() -> Response {
    invalid_token("Bad Access Token.")
}

/// Refuses a token past its date.
pub(super) fn expired() -> Response {
    invalid_token("Token is expired. You can either do re-authorization or token refresh.")
}

/// Refuses a token that was ended.
pub(super) fn revoked() -> Response {
    invalid_token("Token was revoked. You have to re-authorize from the user.")
}

/// Refuses a living token without the scope.
pub(super) fn insufficient(scope: &str) -> Response {
    let body = json!({
        "error": "insufficient_scope",
        "error_description": "The request requires higher privileges than provided by the access \
                              token.",
        "scope": scope,
    });
    Response::json(403, &body)
}

/// Refuses a grant. The status and code are unconfirmed for refresh tokens.
pub(super) fn invalid_grant() -> Response {
    let why = "The provided authorization grant is invalid, expired, revoked, does not match the \
               redirection URI used in the authorization request, or was issued to another client.";
    Response::json(400, &json!({"error": "invalid_grant", "error_description": why}))
}

/// Refuses an application.
pub(super) fn invalid_client() -> Response {
    let why = "Client authentication failed due to unknown client, no client authentication \
               included, or unsupported authentication method.";
    Response::json(401, &json!({"error": "invalid_client", "error_description": why}))
}

/// Renders an id as the number it is.
pub(super) fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}

/// Cuts a page out of a listing; the address of the next one is in a header.
pub(super) fn page(request: &Request, mut items: Vec<Value>) -> Response {
    items.sort_by_key(|item| item["id"].as_u64());
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("per_page").unwrap_or(20).clamp(1, 100);
    let page = number("page").unwrap_or(1).max(1);
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip((page - 1) * size).take(size).collect();
    let more = page * size < total;
    let next = if more { (page + 1).to_string() } else { String::new() };
    let answer = Response::json(200, &shown.into())
        .with("X-Page", &page.to_string())
        .with("X-Per-Page", &size.to_string())
        .with("X-Total", &total.to_string())
        .with("X-Next-Page", &next);
    if !more {
        return answer;
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, kept) in url::form_urlencoded::parse(request.query_text.as_bytes()) {
        if name != "page" {
            query.append_pair(&name, &kept);
        }
    }
    query.append_pair("page", &next);
    let address = format!("{}{}?{}", request.base, request.path, query.finish());
    answer.with("Link", &format!("<{address}>; rel=\"next\""))
}
