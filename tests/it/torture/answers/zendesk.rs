//! The built-in description of Zendesk against the traps of that platform.

use crate::torture::case::*;
use crate::torture::say::*;

const ACCESS: [&str; 3] = ["zendesk", "oauth_access", "rest"];
const REFRESH: [&str; 3] = ["zendesk", "oauth_refresh", "redemption"];
const API: [&str; 3] = ["zendesk", "api_token", "own"];
const COLLEAGUE: [&str; 3] = ["zendesk", "api_token", "colleague"];
const SESSION: [&str; 3] = ["zendesk", "session", "web"];
const PASSWORD: [&str; 3] = ["zendesk", "password", "rest"];
const CLIENT: [&str; 3] = ["zendesk", "oauth_client", "token_endpoint"];

const GUEST: &str = r#"{"user":{"id":null,"name":"Anonymous user","email":"invalid@example.com"}}"#;
const BASIC_REFUSED: &str = r#"{"error":"Couldn't authenticate you"}"#;

pub(super) fn cases() -> Vec<Case> {
    let of = |used, name: &str, demand, status, body: &str| {
        Case::new(name, demand, json(status, body)).of(used)
    };
    let suspended =
        |state: bool| json(200, format!("{{\"user\":{{\"id\":\"u-1\",\"suspended\":{state}}}}}"));
    vec![
        of(ACCESS, "an access token that works", ALIVE, 200, ME),
        of(ACCESS, "an access token after a 204 of the revocation", ALIVE, 200, ME),
        of(ACCESS, "an access token of which the answer is the guest's", ANONYMOUS, 200, GUEST),
        of(
            ACCESS,
            "an access token that is refused",
            DEAD,
            401,
            r#"{"error":"invalid_token","error_description":"The access token provided is expired, revoked, malformed or invalid for other reasons."}"#,
        ),
        of(
            ACCESS,
            "an access token refused in the words for passwords",
            UNRECOGNISED,
            401,
            BASIC_REFUSED,
        ),
        of(
            ACCESS,
            "an access token without the scope",
            NOT_PERMITTED,
            403,
            r#"{"error":"Forbidden","description":"You do not have access to this page."}"#,
        ),
        of(
            ACCESS,
            "no help desk of this name",
            UNRECOGNISED,
            404,
            r#"{"error":{"title":"No help desk at acme.zendesk.com","message":"x"}}"#,
        ),
        of(
            ACCESS,
            "refused while the account is maintained",
            SERVER_ERROR,
            503,
            r#"{"error":"invalid_token"}"#,
        ),
        of(
            ACCESS,
            "the agent demoted to an end user",
            ALIVE,
            200,
            r#"{"user":{"id":"u-1","email":"maya@acme.example","role":"end-user","suspended":false}}"#,
        ),
        of(
            ACCESS,
            "the agent suspended, and still answered",
            ALIVE,
            200,
            r#"{"user":{"id":"u-1","email":"maya@acme.example","suspended":true}}"#,
        ),
        of(
            ACCESS,
            "the agent's e-mail replaced by a dummy",
            OTHER_PRINCIPAL,
            200,
            r#"{"user":{"id":"u-1","email":"former-1@acme.example"}}"#,
        ),
        of(API, "an API token that works", ALIVE, 200, ME),
        of(API, "an API token that leaves its user a guest", ANONYMOUS, 200, GUEST),
        of(API, "an API token that is refused", DEAD, 401, BASIC_REFUSED),
        of(API, "a refusal without its words", UNRECOGNISED, 401, "{}"),
        of(
            COLLEAGUE,
            "an API token under a colleague's name",
            ALIVE,
            200,
            r#"{"user":{"id":7,"email":"ours@example.com"}}"#,
        ),
        of(
            COLLEAGUE,
            "an API token that answers for the supplier instead",
            OTHER_PRINCIPAL,
            200,
            ME,
        ),
        of(SESSION, "a session that works", ALIVE, 200, ME),
        of(SESSION, "a session that has become the guest's", DEAD, 200, GUEST),
        of(SESSION, "a guest without a name", UNRECOGNISED, 200, r#"{"user":{"id":null}}"#),
        Case::new(
            "a session sent to the sign-in",
            REDIRECT,
            bare(302, &[("location", "/access/unauthenticated")]),
        )
        .of(SESSION),
        Case::new(
            "a session before a wall",
            HTML,
            html(403, "<!DOCTYPE html><title>Just a moment...</title>"),
        )
        .of(SESSION),
        of(PASSWORD, "a password refused, the user at work", DEAD, 401, BASIC_REFUSED)
            .then(suspended(false)),
        of(PASSWORD, "a password refused, the user suspended", DISABLED, 401, BASIC_REFUSED)
            .then(suspended(true)),
        of(PASSWORD, "a password refused, and the read-back too", POLICY, 401, BASIC_REFUSED)
            .then(json(401, BASIC_REFUSED)),
        of(PASSWORD, "a password refused, the read-back limited", RATE_LIMITED, 401, BASIC_REFUSED)
            .then(bare(429, &[])),
        of(PASSWORD, "a password refused, nobody of this id", POLICY, 401, BASIC_REFUSED)
            .then(json(404, r#"{"error":"RecordNotFound"}"#)),
        of(REFRESH, "a refresh token that is refused", DEAD, 400, r#"{"error":"invalid_grant"}"#),
        of(
            REFRESH,
            "a refresh token whose client is gone",
            CLIENT_REFUSED,
            401,
            r#"{"error":"invalid_client"}"#,
        ),
        of(
            REFRESH,
            "a refresh token that mints, without the scope to say who",
            NOT_PERMITTED,
            200,
            r#"{"access_token":"a","refresh_token":"r"}"#,
        )
        .then(json(403, r#"{"error":"Forbidden"}"#)),
        of(
            REFRESH,
            "a refresh token that mints what is refused",
            UNRECOGNISED,
            200,
            r#"{"access_token":"a","refresh_token":"r"}"#,
        )
        .then(json(401, r#"{"error":"invalid_token"}"#)),
        of(
            REFRESH,
            "a refresh token, and the new one is a guest's",
            UNRECOGNISED,
            200,
            r#"{"access_token":"a","refresh_token":"r"}"#,
        )
        .then(json(200, GUEST)),
        of(CLIENT, "a client secret that is refused", DEAD, 401, r#"{"error":"invalid_client"}"#),
        of(
            CLIENT,
            "a client secret that is accepted, for nothing",
            NOT_PERMITTED,
            400,
            r#"{"error":"invalid_scope"}"#,
        ),
        of(
            CLIENT,
            "a client that mints without naming anybody",
            UNRECOGNISED,
            200,
            r#"{"access_token":"a"}"#,
        ),
    ]
}
