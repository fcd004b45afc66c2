//! What survives what among apps: installation, bot, webhook, app-level token, client.

use serde_json::json;

use super::start;
use crate::http::Request;
use crate::platforms::Platform as _;

#[test]
fn auth_revoke_ends_one_token_unless_it_is_a_test() {
    let mut org = start();
    let token = org.secret("ACME_SLACK_MAYA_TOKEN");
    assert_eq!(org.call("auth.revoke", &token, &[("test", "1")])["revoked"], false);
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "U0ACMEMAYA");
    assert_eq!(org.call("auth.revoke", &token, &[])["revoked"], true);
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "token_revoked");
    assert_eq!(org.call("auth.revoke", &token, &[])["error"], "token_revoked");
    assert_eq!(org.call("auth.revoke", "xoxp-1-2-3-f", &[])["error"], "invalid_auth");
    assert_eq!(org.who("ACME_SLACK_LEO_TOKEN"), "U0ACMELEO");
    assert_eq!(org.hook(&json!({})).0, 400);
}

#[test]
fn a_revoked_bot_token_is_an_inactive_account() {
    let mut org = start();
    let token = org.secret("ACME_SLACK_BOT_TOKEN");
    org.call("auth.revoke", &token, &[]);
    assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "account_inactive");
}

#[test]
fn uninstalling_leaves_the_app_token_and_the_client_secret() {
    let mut org = start();
    assert_eq!(org.uninstall()["ok"], true);
    assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "account_inactive");
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "token_revoked");
    assert_eq!(org.hook(&json!({})), (404, "no_service".into()));
    assert_eq!(org.socket(), "ok");
    assert_eq!(org.session(), "U0ACMEMAYA");
    assert_eq!(org.who("GLOBEX_SLACK_BOT_TOKEN"), "U0GLOBEXBOT");
    let log = org.admin("team.integrationLogs", &[("app_id", "A0ACME")]);
    assert_eq!(log["logs"][0]["change_type"], "removed");
    let now = org.now;
    org.slack.by_hand("revoke_app_token", "A0ACME", now).unwrap();
    assert_eq!(org.socket(), "invalid_auth");
}

#[test]
fn an_uninstall_without_a_place_does_nothing() {
    let mut org = start();
    let answer = org.admin("admin.apps.uninstall", &[("app_id", "A0ACME")]);
    assert_eq!(answer["error"], "invalid_arguments");
    assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "U0ACMEBOT");
}

#[test]
fn a_list_of_teams_is_read_in_every_form_the_sdks_send_it() {
    for teams in ["T0OURS", "T0ELSE,T0OURS", r#"["T0ELSE","T0OURS"]"#] {
        let mut org = start();
        org.admin("admin.apps.uninstall", &[("app_id", "A0ACME"), ("team_ids", teams)]);
        assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "account_inactive", "{teams}");
    }
    let mut org = start();
    let none = org.admin("admin.apps.uninstall", &[("app_id", "A0ACME"), ("team_ids", "[]")]);
    assert_eq!(none["error"], "invalid_arguments");
    org.admin("admin.apps.uninstall", &[("app_id", "A0ACME"), ("team_ids", r#"["T0ELSE"]"#)]);
    assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "U0ACMEBOT");
}

#[test]
fn restricting_an_app_leaves_its_tokens() {
    let mut org = start();
    org.admin("admin.apps.restrict", &[("app_id", "A0ACME"), ("team_id", "T0OURS")]);
    assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "U0ACMEBOT");
    let approved = org.admin("admin.apps.approved.list", &[]);
    assert_eq!(approved["approved_apps"].as_array().unwrap().len(), 3);
    let restricted = org.admin("admin.apps.restricted.list", &[]);
    assert_eq!(restricted["restricted_apps"][0]["app"]["id"], "A0ACME");
}

#[test]
fn an_app_uninstalls_itself_with_a_users_token_only() {
    let mut org = start();
    let (id, secret) = (org.secret("ACME_SLACK_CLIENT_ID"), org.secret("ACME_SLACK_CLIENT_SECRET"));
    let client = [("client_id", id.as_str()), ("client_secret", secret.as_str())];
    let bot = org.secret("ACME_SLACK_BOT_TOKEN");
    assert_eq!(org.call("apps.uninstall", &bot, &client)["error"], "no_permission");
    let maya = org.secret("ACME_SLACK_MAYA_TOKEN");
    assert_eq!(org.call("apps.uninstall", &maya, &client)["ok"], true);
    assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "account_inactive");
}

#[test]
fn a_bogus_code_tells_a_good_client_from_a_bad_one() {
    let mut org = start();
    let (id, secret) = (org.secret("ACME_SLACK_CLIENT_ID"), org.secret("ACME_SLACK_CLIENT_SECRET"));
    let cases = [
        (id.as_str(), secret.as_str(), "invalid_code"),
        (id.as_str(), "guess", "bad_client_secret"),
        ("1.2", secret.as_str(), "invalid_client_id"),
    ];
    for (id, secret, error) in cases {
        let fields = [("client_id", id), ("client_secret", secret), ("code", "bogus")];
        let request = Request::new("POST", "/api/oauth.v2.access").with_form(&fields);
        assert_eq!(org.send(&request).value()["error"], error);
    }
    let now = org.now;
    org.slack.by_hand("rotate_client_secret", "A0ACME", now).unwrap();
    let fields = [("client_id", id.as_str()), ("client_secret", secret.as_str())];
    let request = Request::new("POST", "/api/oauth.v2.access").with_form(&fields);
    assert_eq!(org.send(&request).value()["error"], "bad_client_secret");
    assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "U0ACMEBOT");
}

#[test]
fn a_webhook_tells_a_wrong_secret_from_no_service() {
    let mut org = start();
    let cases = [
        ("/services/T0OURS/B0ACMEHOOK/guess", 403, "invalid_token"),
        ("/services/T0OURS/B0NOTHING/guess", 404, "no_service"),
        ("/services/T0OTHER/B0ACMEHOOK/guess", 404, "no_team"),
    ];
    for (path, status, text) in cases {
        let answer = org.send(&Request::new("POST", path).with_json(&json!({"text": "hi"})));
        assert_eq!((answer.status, answer.body.as_slice()), (status, text.as_bytes()));
    }
    assert_eq!(org.hook(&json!([])), (400, "invalid_payload".into()));
}

#[test]
fn a_refresh_token_is_good_for_once_and_outlives_sessions_until_the_app_goes() {
    let mut org = start();
    let id = org.secret("ACME_SLACK_EXPORT_CLIENT_ID");
    let secret = org.secret("ACME_SLACK_EXPORT_CLIENT_SECRET");
    let redeem = |org: &mut super::Organisation, token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let request = Request::new("POST", "/api/oauth.v2.access").with_basic(&id, &secret);
        org.send(&request.with_form(&form)).value()
    };
    let old = org.secret("ACME_SLACK_EXPORT_REFRESH");
    org.admin("admin.users.session.reset", &[("user_id", "U0ACMEMAYA")]);
    let pair = redeem(&mut org, &old);
    let access = pair["access_token"].as_str().unwrap();
    assert_eq!(org.call("auth.test", access, &[])["user_id"], "U0ACMEMAYA");
    assert_eq!(redeem(&mut org, &old)["error"], "invalid_refresh_token");
    let next = pair["refresh_token"].as_str().unwrap();
    org.admin("admin.apps.uninstall", &[("app_id", "A0ACMEEXPORT"), ("team_ids", "T0OURS")]);
    assert_eq!(redeem(&mut org, next)["error"], "invalid_refresh_token");
    assert_eq!(org.call("auth.test", access, &[])["error"], "token_revoked");
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "U0ACMEMAYA");
}
