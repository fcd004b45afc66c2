//! Salesforce's refusals: arrays on the data API, objects on OAuth, pages elsewhere.

use serde_json::json;

use crate::http::{Request, Response};

/// Refuses on the data API, where every error is an array of one.
pub(super) fn error(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, &json!([{"message": message, "errorCode": code}]))
}

/// Refuses a session id or access token: revoked, expired and deactivated look the same.
pub(super) fn invalid_session() -> Response {
    error(401, "INVALID_SESSION_ID", "Session expired or invalid")
}

/// Refuses a good session on a channel it may not use. The code is that of a dead one.
pub(super) fn not_for_rest() -> Response {
    error(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API")
}

/// Refuses a user who lacks the right.
pub(super) fn insufficient() -> Response {
    error(403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id")
}

/// Refuses a user whose licence has no API.
pub(super) fn api_disabled() -> Response {
    error(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.")
}

/// Says that an object does not exist.
pub(super) fn not_found() -> Response {
    error(404, "NOT_FOUND", "The requested resource does not exist")
}

/// Refuses on the token endpoint.
pub(super) fn oauth(error: &str, description: &str) -> Response {
    Response::json(400, &json!({"error": error, "error_description": description}))
}

/// Refuses a refresh token that is no good.
pub(super) fn expired_grant() -> Response {
    oauth("invalid_grant", "expired access/refresh token")
}

/// Refuses a client whose secret is wrong.
pub(super) fn invalid_client() -> Response {
    oauth("invalid_client", "invalid client credentials")
}

/// Refuses a client nobody knows.
pub(super) fn invalid_client_id() -> Response {
    oauth("invalid_client_id", "client identifier invalid")
}

/// Refuses on the identity endpoints; the body is a bare word.
pub(super) fn bad_oauth_token() -> Response {
    Response::text(403, "text/html;charset=UTF-8", "Bad_OAuth_Token")
}

/// Refuses a browser login: the form again, with status 200.
pub(super) fn login_page() -> Response {
    let page = "<!DOCTYPE html><html><head><title>Login | Salesforce</title></head><body>\
        <div id=\"error\">Please check your username and password. If you still can't log in, \
        contact your Salesforce administrator.</div><form method=\"post\"></form></body></html>";
    Response::html(200, page)
}

/// Sends a browser without a session to the login form.
pub(super) fn to_login(request: &Request) -> Response {
    Response::redirect(&format!("{}/?ec=302", request.base))
}
