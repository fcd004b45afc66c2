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

#[test]
fn of_two_secrets_one_can_be_deactivated_and_the_refresh_token_works_with_the_other() {
    let mut org = org();
    let off = "/api/v1/apps/0oaACMEEXPORT/credentials/secrets/ocsACME3/lifecycle";
    let id = org.var("ACME_OKTA_EXPORT_CLIENT_ID");
    let token = org.var("ACME_OKTA_EXPORT_REFRESH");
    let (first, second) =
        (org.var("ACME_OKTA_EXPORT_CLIENT_SECRET"), org.var("ACME_OKTA_EXPORT_CLIENT_SECRET_2"));
    let redeem = |org: &mut Org, secret: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let request = Request::new("POST", "/oauth2/default/v1/token").with_basic(&id, secret);
        org.send(&request.with_form(&form)).status
    };
    assert_eq!(org.admin("POST", &format!("{off}/deactivate")).value()["status"], "INACTIVE");
    assert_eq!((redeem(&mut org, &first), redeem(&mut org, &second)), (200, 401));
    assert_eq!(org.admin("POST", &format!("{off}/activate")).value()["status"], "ACTIVE");
    assert_eq!(redeem(&mut org, &second), 200);
}

#[test]
fn an_unassigned_user_gets_no_new_token_and_keeps_those_there_are() {
    let mut org = org();
    let at = "/api/v1/apps/0oaACMEBRIDGE/users";
    assert_eq!(org.admin("GET", at).value().as_array().map(Vec::len), Some(2));
    assert_eq!(org.admin("DELETE", &format!("{at}/00uACMEMAYA")).status, 204);
    assert_eq!(org.admin("DELETE", &format!("{at}/00uACMEMAYA")).status, 404);
    let password = org.var("ACME_OKTA_MAYA_PASSWORD");
    let form = [
        ("grant_type", "password"),
        ("username", "maya@acme.example"),
        ("password", password.as_str()),
        ("scope", "openid"),
    ];
    let refused = org.as_client("/oauth2/default/v1/token", &form);
    assert_eq!((refused.status, &refused.value()["error"]), (400, &json!("access_denied")));
    assert_eq!((org.refresh().status, org.maya_signs_in()), (200, 200));
    assert_eq!(org.active("ACME_OKTA_MAYA_ACCESS"), true);
    let nobody = Request::new("DELETE", &format!("{at}/00uACMELEO"));
    assert_eq!(org.send(&nobody).status, 403);
}
