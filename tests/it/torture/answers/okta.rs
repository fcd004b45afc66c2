//! The built-in description of Okta against the traps of that platform.

use crate::torture::case::*;
use crate::torture::say::*;

const PASSWORD: [&str; 3] = ["okta", "password", "authn"];
const SESSION: [&str; 3] = ["okta", "session", "web"];
const SSWS: [&str; 3] = ["okta", "ssws", "rest"];
const REFRESH: [&str; 3] = ["okta", "oauth_refresh", "redemption"];
const CUSTOM: [&str; 3] = ["okta", "oauth_access_custom", "introspection"];
const LOCAL: [&str; 3] = ["okta", "oauth_access_custom", "resource_server"];
const ORG: [&str; 3] = ["okta", "oauth_access_org", "userinfo"];
const CLIENT: [&str; 3] = ["okta", "client_secret", "token_endpoint"];

pub(super) fn cases() -> Vec<Case> {
    let of = |used, name: &str, demand, status, body: &str| {
        Case::new(name, demand, json(status, body)).of(used)
    };
    let code = |code: &str| {
        format!("{{\"errorCode\":\"{code}\",\"errorSummary\":\"x\",\"errorCauses\":[]}}")
    };
    let wrong = |name: &str, demand, readback: &str| {
        of(PASSWORD, name, demand, 401, &code("E0000004")).then(json(200, readback))
    };
    let challenged = |name: &str, demand, value: &str| {
        Case::new(name, demand, bare(401, &[("www-authenticate", value)])).of(ORG)
    };
    vec![
        of(
            PASSWORD,
            "a password that works",
            ALIVE,
            200,
            r#"{"status":"SUCCESS","_embedded":{"user":{"id":"u-1"}}}"#,
        ),
        of(
            PASSWORD,
            "a right password that has expired",
            NOT_PERMITTED,
            200,
            r#"{"status":"PASSWORD_EXPIRED"}"#,
        ),
        of(
            PASSWORD,
            "a right password before a second factor",
            NOT_PERMITTED,
            200,
            r#"{"status":"MFA_REQUIRED"}"#,
        ),
        of(PASSWORD, "locked out, and said so", LOCKED_OUT, 200, r#"{"status":"LOCKED_OUT"}"#),
        wrong("a wrong password of an active user", DEAD, r#"{"id":"u-1","status":"ACTIVE"}"#),
        wrong(
            "a password of a deprovisioned user",
            DISABLED,
            r#"{"id":"u-1","status":"DEPROVISIONED"}"#,
        ),
        wrong("a password of a suspended user", DISABLED, r#"{"id":"u-1","status":"SUSPENDED"}"#),
        // The default hides a lock-out behind the code of a wrong password.
        wrong(
            "locked out behind the code of a wrong password",
            LOCKED_OUT,
            r#"{"id":"u-1","status":"LOCKED_OUT"}"#,
        ),
        wrong("a status of next year", POLICY, r#"{"id":"u-1","status":"HIBERNATING"}"#),
        of(PASSWORD, "a deleted user", DEAD, 401, &code("E0000004"))
            .then(json(404, code("E0000007"))),
        of(PASSWORD, "a read-back that finds the wrong host", POLICY, 401, &code("E0000004"))
            .then(json(401, code("E0000011"))),
        of(PASSWORD, "a limit of one user", RATE_LIMITED, 429, &code("E0000047")),
        of(PASSWORD, "a sign-on policy that says so", UNRECOGNISED, 403, &code("E0000006")),
        of(SESSION, "a session that works", ALIVE, 200, r#"{"status":"ACTIVE","userId":"u-1"}"#),
        of(
            SESSION,
            "a session that still wants a factor",
            UNRECOGNISED,
            200,
            r#"{"status":"MFA_REQUIRED","userId":"u-1"}"#,
        ),
        of(SESSION, "a session that is not found", DEAD, 404, &code("E0000007")),
        of(SESSION, "an address that is not found", UNRECOGNISED, 404, &code("E0000022")),
        of(SESSION, "a session that policy refuses", POLICY, 403, &code("E0000005")),
        of(SSWS, "an API token that works", ALIVE, 200, r#"{"id":"u-1","status":"ACTIVE"}"#),
        of(SSWS, "an API token that is refused", DEAD, 401, &code("E0000011")),
        of(SSWS, "an API token without the right", NOT_PERMITTED, 403, &code("E0000006")),
        of(SSWS, "a feature that is off", POLICY, 401, &code("E0000015")),
        of(SSWS, "a refusal in another case of letters", UNRECOGNISED, 401, &code("e0000011")),
        of(SSWS, "an API token in a limit", RATE_LIMITED, 429, &code("E0000011")),
        of(
            REFRESH,
            "a refresh token that is refused",
            DEAD,
            400,
            r#"{"error":"invalid_grant","error_description":"The refresh token is invalid or expired."}"#,
        ),
        of(
            REFRESH,
            "a limit in the words of a refusal",
            RATE_LIMITED,
            429,
            r#"{"error":"invalid_grant","error_description":"API call exceeded rate limit due to too many requests."}"#,
        ),
        of(
            REFRESH,
            "a refresh token of another client",
            AMBIGUOUS,
            400,
            r#"{"error":"invalid_grant","error_description":"The refresh token is invalid: issued to another client."}"#,
        ),
        of(
            REFRESH,
            "a user no longer assigned",
            NOT_PERMITTED,
            400,
            r#"{"error":"access_denied","error_description":"User is not assigned to the client application."}"#,
        ),
        of(
            REFRESH,
            "a refresh token, and the new one inactive",
            UNRECOGNISED,
            200,
            r#"{"access_token":"a","refresh_token":"r"}"#,
        )
        .then(json(200, r#"{"active":false}"#)),
        of(
            REFRESH,
            "a refresh token that mints",
            ALIVE,
            200,
            r#"{"access_token":"a","refresh_token":"r"}"#,
        )
        .then(json(200, r#"{"active":true,"uid":"u-1"}"#)),
        of(CUSTOM, "introspected: active", ALIVE, 200, r#"{"active":true,"uid":"u-1"}"#),
        of(CUSTOM, "introspected: inactive", DEAD, 200, r#"{"active":false}"#),
        of(CUSTOM, "introspected: inactive in quotes", UNRECOGNISED, 200, r#"{"active":"false"}"#),
        of(CUSTOM, "introspected: inactive as a number", UNRECOGNISED, 200, r#"{"active":0}"#),
        of(
            CUSTOM,
            "introspected: both",
            UNPARSABLE,
            200,
            r#"{"active":true,"uid":"u-1","active":false}"#,
        ),
        of(
            CUSTOM,
            "introspected by a client that is refused",
            CLIENT_REFUSED,
            401,
            r#"{"error":"invalid_client"}"#,
        ),
        of(
            CUSTOM,
            "introspected, and nobody named",
            UNRECOGNISED,
            200,
            r#"{"active":true,"client_id":"c-1"}"#,
        ),
        of(
            LOCAL,
            "a resource server that checks by itself",
            ALIVE,
            200,
            r#"{"sub":"maya@acme.example"}"#,
        ),
        Case::new(
            "a resource server's challenge",
            DEAD,
            bare(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")]),
        )
        .of(LOCAL),
        challenged(
            "an access token that was revoked",
            REVOKED,
            "Bearer error=\"invalid_token\", error_description=\"The access token has been revoked.\"",
        ),
        challenged(
            "an access token that has expired",
            EXPIRED,
            "Bearer error=\"invalid_token\", error_description=\"The token has expired.\"",
        ),
        challenged("an access token refused without a reason", UNRECOGNISED, "Bearer"),
        of(CLIENT, "a client secret that is refused", DEAD, 401, r#"{"error":"invalid_client"}"#),
        of(
            CLIENT,
            "a client secret outside its network zone",
            POLICY,
            403,
            r#"{"error":"access_denied"}"#,
        ),
        of(
            CLIENT,
            "a client secret that is accepted, for nothing",
            NOT_PERMITTED,
            400,
            r#"{"error":"invalid_scope"}"#,
        ),
    ]
}
