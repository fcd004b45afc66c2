//! The built-in description of Slack against the traps of that platform: nearly everything is a 200.

use crate::torture::case::*;
use crate::torture::say::*;

pub(super) fn cases() -> Vec<Case> {
    let user = |name: &str, demand: Demand, body: &str| {
        Case::new(name, demand, json(200, body)).of(["slack", "user_token", "web_api"])
    };
    let error = |code: &str, demand: Demand| {
        user(&format!("200 {code}"), demand, &format!("{{\"ok\":false,\"error\":\"{code}\"}}"))
    };
    let hook = |name: &str, demand: Demand, status: u16, body: &str| {
        Case::new(name, demand, html(status, body)).of(["slack", "webhook", "hook"])
    };
    let refresh = |name: &str, demand: Demand, body: &str| {
        Case::new(name, demand, json(200, body)).of(["slack", "refresh_token", "redemption"])
    };
    vec![
        user("a user token that works", ALIVE, r#"{"ok":true,"user_id":"u-1","team_id":"T1"}"#),
        user(
            "a user token of somebody else",
            OTHER_PRINCIPAL,
            r#"{"ok":true,"user_id":"u-9","team_id":"T1"}"#,
        ),
        user("ok without anybody", UNRECOGNISED, r#"{"ok":true}"#),
        user("ok in quotes", UNRECOGNISED, r#"{"ok":"true","user_id":"u-1"}"#),
        user("not ok in quotes", UNRECOGNISED, r#"{"ok":"false","error":"token_revoked"}"#),
        user("an error without ok", UNRECOGNISED, r#"{"error":"token_revoked"}"#),
        error("token_revoked", REVOKED),
        error("account_inactive", DISABLED),
        error("token_expired", EXPIRED),
        error("invalid_auth", DEAD),
        error("missing_scope", NOT_PERMITTED),
        error("not_allowed_token_type", NOT_PERMITTED),
        error("ratelimited", RATE_LIMITED),
        error("accesslimited", POLICY),
        error("two_factor_setup_required", POLICY),
        error("team_added_to_org", POLICY),
        error("internal_error", UNAVAILABLE),
        error("request_timeout", UNAVAILABLE),
        // The request carried no token, as far as the platform could see.
        error("not_authed", UNRECOGNISED),
        error("a_code_of_next_year", UNRECOGNISED),
        Case::new(
            "429 in words of a limit",
            RATE_LIMITED,
            json_with(429, &[("retry-after", "30")], r#"{"ok":false,"error":"ratelimited"}"#),
        )
        .of(["slack", "user_token", "web_api"])
        .leaves_alone(Some(std::time::Duration::from_secs(30))),
        Case::new(
            "429 in words of death",
            RATE_LIMITED,
            json(429, r#"{"ok":false,"error":"token_revoked"}"#),
        )
        .of(["slack", "user_token", "web_api"]),
        Case::new(
            "503 in words of death",
            SERVER_ERROR,
            json(503, r#"{"ok":false,"error":"token_revoked"}"#),
        )
        .of(["slack", "user_token", "web_api"]),
        Case::new(
            "401 in words of death",
            UNRECOGNISED,
            json(401, r#"{"ok":false,"error":"token_revoked"}"#),
        )
        .of(["slack", "user_token", "web_api"]),
        Case::new(
            "a status page in 200",
            HTML,
            html(200, "<!DOCTYPE html><title>Slack is down</title>"),
        )
        .of(["slack", "user_token", "web_api"]),
        // The workspace moved: its own sign-in page is one redirect away.
        Case::new(
            "sent to the workspace's sign-in",
            REDIRECT,
            bare(302, &[("location", "https://acme.slack.com/")]),
        )
        .of(["slack", "user_token", "web_api"]),
        // The installer left, the app stays: the bot answers for itself, not for him.
        Case::new(
            "a bot that outlives who installed it",
            ALIVE,
            json(200, r#"{"ok":true,"user_id":"u-7","bot_id":"B1"}"#),
        )
        .of(["slack", "bot_token", "web_api"]),
        Case::new(
            "another bot of the same app",
            OTHER_PRINCIPAL,
            json(200, r#"{"ok":true,"user_id":"u-7","bot_id":"B2"}"#),
        )
        .of(["slack", "bot_token", "web_api"]),
        refresh(
            "a refresh token that is refused",
            DEAD,
            r#"{"ok":false,"error":"invalid_refresh_token"}"#,
        ),
        refresh(
            "a refresh token whose client is refused",
            CLIENT_REFUSED,
            r#"{"ok":false,"error":"bad_client_secret"}"#,
        ),
        refresh(
            "a refresh token that mints",
            ALIVE,
            r#"{"ok":true,"access_token":"xoxe.xoxp-1","refresh_token":"xoxe-2"}"#,
        )
        .then(json(200, r#"{"ok":true,"user_id":"u-1"}"#)),
        refresh(
            "a refresh token whose new token is refused",
            UNRECOGNISED,
            r#"{"ok":true,"access_token":"xoxe.xoxp-1","refresh_token":"xoxe-2"}"#,
        )
        .then(json(200, r#"{"ok":false,"error":"token_revoked"}"#)),
        hook("a webhook that waits for a text", NOT_PERMITTED, 400, "no_text"),
        hook("a webhook that is gone", DEAD, 404, "no_service"),
        hook("a webhook whose token is refused", DEAD, 403, "invalid_token"),
        hook("a webhook whose channel is archived", NOT_PERMITTED, 410, "channel_is_archived"),
        hook("a page of nothing found", UNRECOGNISED, 404, "<html><body>no_service</body></html>"),
        hook("a webhook that says ok to anything", UNRECOGNISED, 200, "ok"),
        hook("a webhook gone in another status", UNRECOGNISED, 200, "no_service"),
        hook("a webhook gone in a limit", RATE_LIMITED, 429, "no_service"),
        hook("a webhook in trouble", UNAVAILABLE, 500, "rollup_error"),
    ]
}
