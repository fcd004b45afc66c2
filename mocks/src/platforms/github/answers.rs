//! GitHub's bodies: refusals and paging.

use serde_json::{Value, json};

use crate::http::{Request, Response};

/// Refuses with a message.
pub(super) fn message(status: u16, message: &str) -> Response {
    let body = json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    });
    Response::json(status, &body).with("X-GitHub-Media-Type", "github.v3; format=json")
}

/// Refuses a token: revoked, expired and never issued look the same.
pub(super) fn bad_credentials() -> Response {
    message(401, "Bad credentials")
}

/// Says that an object does not exist, or that the caller may not know that it does.
pub(super) fn not_found() -> Response {
    message(404, "Not Found")
}

/// Refuses a caller without a name.
pub(super) fn no_user_agent() -> Response {
    message(403, "Missing or invalid User Agent string. See https://docs.github.com/rest")
}

/// Refuses a token that the organization's single sign-on has not authorized.
pub(super) fn not_authorized(what: &str) -> Response {
    let why = format!(
        "Resource protected by organization SAML enforcement. You must grant your {what} access \
         to this organization."
    );
    let link = "required; url=https://github.com/orgs/ours/sso?authorization_request=mock";
    message(403, &why).with("X-GitHub-SSO", link)
}

/// Refuses a token request the way the token endpoint does: with 200.
pub(super) fn token_error(error: &str, why: &str) -> Response {
    Response::json(200, &json!({"error": error, "error_description": why}))
}

/// Renders an id as the number it is.
pub(super) fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}

/// Cuts a page out of a listing and links the next one; `name` wraps the items where GitHub does.
pub(super) fn page(request: &Request, name: Option<&str>, mut items: Vec<Value>) -> Response {
    items.sort_by_key(|item| item["id"].as_u64());
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("per_page").unwrap_or(30).clamp(1, 100);
    let page = number("page").unwrap_or(1).max(1);
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip((page - 1) * size).take(size).collect();
    let body = match name {
        Some(name) => json!({"total_count": total, name: shown}),
        None => shown.into(),
    };
    let answer = Response::json(200, &body);
    if page * size >= total {
        return answer;
    }
    let next = link(request, "page", &(page + 1).to_string());
    let last = link(request, "page", &total.div_ceil(size).to_string());
    answer.with("Link", &format!("<{next}>; rel=\"next\", <{last}>; rel=\"last\""))
}

/// Gives the caller's address with one parameter changed.
pub(super) fn link(request: &Request, parameter: &str, value: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, kept) in url::form_urlencoded::parse(request.query_text.as_bytes()) {
        if name != parameter {
            query.append_pair(&name, &kept);
        }
    }
    query.append_pair(parameter, value);
    format!("{}{}?{}", request.base, request.path, query.finish())
}
