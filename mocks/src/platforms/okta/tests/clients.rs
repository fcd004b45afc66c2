//! What an action on a token, a client or its secrets ends.

use super::*;
use crate::identity::Standing;

#[test]
fn revoking_an_access_token_leaves_the_refresh_token_and_not_the_reverse() {
    let mut org = org();
    let access = org.var("ACME_OKTA_MAYA_ACCESS");
    org.as_client("/oauth2/default/v1/revoke", &[("token", &access)]);
    assert_eq!(org.active("ACME_OKTA_MAYA_ACCESS"), false);
    let minted = org.refresh().value()["access_token"].clone();
    org.variables.insert("MINTED".into(), minted.as_str().expect("minted").into());
    assert_eq!(org.active("MINTED"), true);
    let refresh = org.var("ACME_OKTA_MAYA_REFRESH");
    org.as_client("/oauth2/default/v1/revoke", &[("token", &refresh)]);
    assert_eq!(org.active("MINTED"), false);
    assert_eq!(org.resource("MINTED").status, 200);
}

#[test]
fn revoking_an_unknown_or_foreign_token_is_answered_with_success() {
    let mut org = org();
    let foreign = org.var("GLOBEX_OKTA_MAYA_REFRESH");
    for token in ["nonsense", &foreign] {
        let answer = org.as_client("/oauth2/default/v1/revoke", &[("token", token)]);
        assert_eq!(answer.status, 200);
    }
    let key = org.okta.kernel.lookup("refresh", &foreign).expect("seeded");
    assert_eq!(org.okta.kernel.standing(key, org.now), Standing::Alive);
}

#[test]
fn an_apps_tokens_end_except_those_issued_without_a_refresh_token() {
    let mut org = org();
    assert_eq!(org.admin("DELETE", "/api/v1/apps/0oaACMEBRIDGE/tokens").status, 204);
    assert_eq!(org.refresh().status, 400);
    assert_eq!(org.active("ACME_OKTA_MAYA_ACCESS"), false);
    assert_eq!(org.userinfo("ACME_OKTA_LEO_ACCESS").status, 200);
}

#[test]
fn ending_tokens_of_a_user_and_client_leaves_the_consent() {
    let mut org = org();
    let at = format!("{MAYA}/clients/0oaACMEBRIDGE");
    assert_eq!(org.admin("GET", &format!("{at}/tokens")).value()[0]["id"], "oarACMEMAYA");
    assert_eq!(org.admin("DELETE", &format!("{at}/tokens")).status, 204);
    assert_eq!(org.refresh().status, 400);
    assert_eq!(org.admin("GET", &format!("{at}/grants")).value()[0]["id"], "oagACMEMAYA");
}

#[test]
fn a_deactivated_app_cannot_mint_but_its_tokens_live_on() {
    let mut org = org();
    org.admin("POST", "/api/v1/apps/0oaACMEBRIDGE/lifecycle/deactivate");
    let refused = org.refresh();
    assert_eq!((refused.status, &refused.value()["error"]), (401, &json!("invalid_client")));
    assert_eq!(org.userinfo("ACME_OKTA_LEO_ACCESS").status, 200);
}

#[test]
fn the_only_active_secret_cannot_be_deactivated_and_a_second_survives_the_first() {
    let mut org = org();
    let at = "/api/v1/apps/0oaACMEBRIDGE/credentials/secrets";
    let off = format!("{at}/ocsACME1/lifecycle/deactivate");
    assert_eq!(org.admin("POST", &off).status, 400);
    let second = org.admin("POST", at).value()["client_secret"].clone();
    assert_eq!(org.admin("DELETE", &format!("{at}/ocsACME1")).status, 400, "still active");
    assert_eq!(org.admin("POST", &off).value()["status"], "INACTIVE");
    assert_eq!(org.refresh().value()["error"], "invalid_client");
    assert_eq!(org.admin("DELETE", &format!("{at}/ocsACME1")).status, 204);
    let second = second.as_str().expect("a secret").to_owned();
    org.variables.insert("ACME_OKTA_CLIENT_SECRET".into(), second);
    assert_eq!(org.refresh().status, 200, "refresh tokens work with the other secret");
}

#[test]
fn a_service_token_reads_what_its_scope_allows_and_administers_nothing() {
    let mut org = org();
    let form = [("grant_type", "client_credentials"), ("scope", "okta.users.read")];
    let minted = org.as_client("/oauth2/v1/token", &form).value()["access_token"].clone();
    let token = minted.as_str().expect("a token");
    let list = Request::new("GET", "/api/v1/users").auth("Bearer", token);
    assert_eq!(org.send(&list).status, 200);
    let act = Request::new("POST", "/api/v1/users/00uACMELEO/lifecycle/suspend");
    assert_eq!(org.send(&act.auth("Bearer", token)).status, 403);
    let userinfo = Request::new("GET", "/oauth2/v1/userinfo").auth("Bearer", token);
    assert_eq!(org.send(&userinfo).status, 403, "alive, but without the openid scope");
    let beyond = [("grant_type", "client_credentials"), ("scope", "okta.users.manage")];
    assert_eq!(org.as_client("/oauth2/v1/token", &beyond).value()["error"], "invalid_scope");
}

#[test]
fn a_minted_api_token_is_its_users_and_can_be_revoked() {
    let mut org = org();
    let body = json!({"userId": "00uACMELEO", "name": "acme-drill-1"});
    let minted = org.admin_json("POST", "/mint/api-token", &body).value();
    let token = minted["token"].as_str().expect("a token").to_owned();
    org.variables.insert("MINTED".into(), token);
    assert_eq!(org.ssws("MINTED").value()["id"], "00uACMELEO");
    let at = format!("/api/v1/api-tokens/{}", minted["id"].as_str().expect("an id"));
    assert_eq!(org.admin("DELETE", &at).status, 204);
    assert_eq!(org.ssws("MINTED").status, 401);
    assert_eq!(org.ssws("ACME_OKTA_LEO_SSWS").status, 200);
}
