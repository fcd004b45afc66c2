//! The built-in description of OAuth 2.0 and OpenID Connect against what servers really answer.

use crate::torture::case::*;
use crate::torture::say::*;

const REFRESH: [&str; 3] = ["oauth-oidc", "refresh_token", "redemption"];
const ASKED: [&str; 3] = ["oauth-oidc", "refresh_token", "introspection"];
const ACCESS: [&str; 3] = ["oauth-oidc", "access_token", "resource_server"];
const SESSION: [&str; 3] = ["oauth-oidc", "session", "authorize"];

pub(super) fn cases() -> Vec<Case> {
    let of = |used, name: &str, demand, status, body: &str| {
        Case::new(name, demand, json(status, body)).of(used)
    };
    let challenged = |name: &str, demand, status, value: &str| {
        Case::new(name, demand, bare(status, &[("www-authenticate", value)])).of(ACCESS)
    };
    let sent_to = |name: &str, demand, location: &str| {
        Case::new(name, demand, bare(302, &[("location", location)])).of(SESSION)
    };
    let tokens = r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#;
    let sub = || json(200, r#"{"sub":"u-1"}"#);
    vec![
        of(REFRESH, "a refresh token that works", ALIVE, 200, tokens).then(sub()),
        of(REFRESH, "a refresh token that is refused", DEAD, 400, r#"{"error":"invalid_grant"}"#),
        of(
            REFRESH,
            "refused with 403, as one vendor does",
            DEAD,
            403,
            r#"{"error":"invalid_grant"}"#,
        ),
        of(
            REFRESH,
            "refused with 401, as nobody documents",
            FLOW_BROKEN,
            401,
            r#"{"error":"invalid_grant"}"#,
        ),
        of(
            REFRESH,
            "a vendor asks for a new login, by sub-code",
            POLICY,
            400,
            r#"{"error":"invalid_grant","error_subtype":"invalid_rapt"}"#,
        ),
        of(
            REFRESH,
            "a vendor asks for a new login, by text",
            AMBIGUOUS,
            400,
            r#"{"error":"invalid_grant","error_description":"reauth related error (rapt_required)"}"#,
        ),
        of(
            REFRESH,
            "a vendor's conditional access",
            POLICY,
            400,
            r#"{"error":"invalid_grant","suberror":"basic_action"}"#,
        ),
        of(
            REFRESH,
            "a sub-code of null",
            DEAD,
            400,
            r#"{"error":"invalid_grant","error_subtype":null}"#,
        ),
        of(REFRESH, "the client is refused", CLIENT_REFUSED, 401, r#"{"error":"invalid_client"}"#),
        of(
            REFRESH,
            "the client may not",
            CLIENT_REFUSED,
            400,
            r#"{"error":"unauthorized_client"}"#,
        ),
        of(REFRESH, "slow down", UNAVAILABLE, 400, r#"{"error":"slow_down"}"#),
        of(
            REFRESH,
            "temporarily unavailable",
            UNAVAILABLE,
            503,
            r#"{"error":"temporarily_unavailable"}"#,
        ),
        of(REFRESH, "an invalid request", FLOW_BROKEN, 400, r#"{"error":"invalid_request"}"#),
        // A server that answers 500 for a deleted user: dead in truth, but nothing that anybody documents.
        of(
            REFRESH,
            "a server that breaks on a deleted user",
            SERVER_ERROR,
            500,
            r#"{"error":"server_error"}"#,
        ),
        of(REFRESH, "the new token refused by a cache that is behind", UNRECOGNISED, 200, tokens)
            .then(bare(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")])),
        of(
            REFRESH,
            "an error in 200, as one vendor does",
            FLOW_BROKEN,
            200,
            r#"{"error":"bad_refresh_token"}"#,
        ),
        of(ASKED, "introspected: active", ALIVE, 200, r#"{"active":true,"sub":"u-1"}"#),
        of(ASKED, "introspected: inactive", DEAD, 200, r#"{"active":false}"#),
        of(
            ASKED,
            "introspected: inactive, with a name all the same",
            DEAD,
            200,
            r#"{"active":false,"sub":"u-1"}"#,
        ),
        of(ASKED, "introspected: inactive in quotes", UNRECOGNISED, 200, r#"{"active":"false"}"#),
        of(ASKED, "introspected: null", UNRECOGNISED, 200, r#"{"active":null}"#),
        of(ASKED, "introspected: nothing", UNRECOGNISED, 200, "{}"),
        of(
            ASKED,
            "introspected: 200 with an error",
            UNRECOGNISED,
            200,
            r#"{"error":"invalid_token"}"#,
        ),
        of(
            ASKED,
            "introspected: first active, then not",
            UNPARSABLE,
            200,
            r#"{"active":true,"active":false}"#,
        ),
        of(
            ASKED,
            "introspected by a client that is refused",
            CLIENT_REFUSED,
            401,
            r#"{"error":"invalid_client"}"#,
        ),
        Case::new(
            "introspected as a signed JWT (RFC 9701)",
            UNRECOGNISED,
            http(
                200,
                &[("content-type", "application/token-introspection+jwt")],
                "eyJhbGciOiJSUzI1NiJ9.eyJhY3RpdmUiOmZhbHNlfQ.c2ln",
            ),
        )
        .of(ASKED),
        challenged("a token that is refused", DEAD, 401, "Bearer error=\"invalid_token\""),
        challenged(
            "a token that has expired, in the words of the standard",
            EXPIRED,
            401,
            "Bearer realm=\"example\", error=\"invalid_token\", error_description=\"The access token expired\"",
        ),
        challenged(
            "a stronger sign-in is asked for",
            POLICY,
            401,
            "Bearer error=\"insufficient_user_authentication\", acr_values=\"x\"",
        ),
        challenged(
            "claims are asked for",
            POLICY,
            401,
            "Bearer error=\"insufficient_claims\", claims=\"eyJ9\"",
        ),
        challenged("a nonce is asked for", POLICY, 401, "DPoP error=\"use_dpop_nonce\""),
        challenged("a scope is missing", NOT_PERMITTED, 403, "Bearer error=\"insufficient_scope\""),
        challenged(
            "an invalid request at the API",
            UNRECOGNISED,
            400,
            "Bearer error=\"invalid_request\"",
        ),
        challenged("a bare challenge", UNRECOGNISED, 401, "Bearer"),
        challenged(
            "a refusal while overloaded",
            SERVER_ERROR,
            503,
            "Bearer error=\"invalid_token\"",
        ),
        of(
            ACCESS,
            "the refusal in the body alone",
            UNRECOGNISED,
            401,
            r#"{"error":"invalid_token"}"#,
        ),
        sent_to(
            "a session that is gone",
            DEAD,
            "https://rp.example/cb?error=login_required&state=doornail",
        ),
        sent_to(
            "a session, and a consent is missing",
            NOT_PERMITTED,
            "https://rp.example/cb?error=consent_required",
        ),
        sent_to(
            "a session, and policy refuses",
            POLICY,
            "https://rp.example/cb?error=access_denied",
        ),
        sent_to(
            "a session, and the server is in trouble",
            UNAVAILABLE,
            "https://rp.example/cb?error=server_error",
        ),
        sent_to("a session sent to the sign-in page", REDIRECT, "https://op.example/login"),
        Case::new("a session shown the sign-in page", FLOW_BROKEN, html(200, LOGIN)).of(SESSION),
        sent_to("a session that gets a code and a name", ALIVE, "https://rp.example/cb?code=abc")
            .then(json(200, tokens))
            .then(sub()),
        sent_to("a session whose code is refused", FLOW_BROKEN, "https://rp.example/cb?code=abc")
            .then(json(400, r#"{"error":"invalid_grant"}"#)),
    ]
}
