//! What an action on a user ends, and what of it comes back.

use std::time::Duration;

use super::*;

#[test]
fn every_credential_of_both_suppliers_works_at_first() {
    let mut org = org();
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").value()["id"], "00uACMEMAYA");
    assert_eq!(org.ssws("GLOBEX_OKTA_LEO_SSWS").value()["id"], "00uGLOBEXLEO");
    assert_eq!(org.maya_signs_in(), 200);
    assert_eq!(org.session(), 200);
    assert_eq!(org.refresh().status, 200);
    assert_eq!(org.active("ACME_OKTA_MAYA_ACCESS"), true);
    assert_eq!(org.resource("ACME_OKTA_MAYA_ACCESS").value()["sub"], "maya@acme.example");
    assert_eq!(org.userinfo("ACME_OKTA_LEO_ACCESS").value()["sub"], "00uACMELEO");
}

#[test]
fn deactivation_hides_api_tokens_and_reactivation_brings_them_back() {
    let mut org = org();
    assert_eq!(org.admin("POST", &format!("{MAYA}/lifecycle/deactivate")).status, 200);
    let refused = org.ssws("ACME_OKTA_MAYA_SSWS");
    assert_eq!((refused.status, &refused.value()["errorCode"]), (401, &json!("E0000011")));
    assert_eq!(org.maya_signs_in(), 401);
    assert_eq!(org.refresh().value()["error"], "invalid_grant");
    org.admin("POST", &format!("{MAYA}/lifecycle/activate"));
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").status, 200);
    assert_eq!(org.refresh().status, 400, "refresh tokens were ended for good");
    assert_eq!(org.ssws("GLOBEX_OKTA_MAYA_SSWS").status, 200);
}

#[test]
fn a_custom_servers_jwt_outlives_deactivation_at_a_local_validator_until_it_expires() {
    let mut org = org();
    org.admin("POST", &format!("{MAYA}/lifecycle/deactivate"));
    assert_eq!(org.active("ACME_OKTA_MAYA_ACCESS"), false);
    assert_eq!(org.resource("ACME_OKTA_MAYA_ACCESS").status, 200);
    org.now += Duration::from_secs(3600);
    let refused = org.resource("ACME_OKTA_MAYA_ACCESS");
    assert!(refused.header("www-authenticate").is_some_and(|h| h.contains("invalid_token")));
}

#[test]
fn clearing_sessions_leaves_oauth_tokens_unless_asked_and_api_tokens_always() {
    let mut org = org();
    assert_eq!(org.admin("DELETE", &format!("{MAYA}/sessions")).status, 204);
    assert_eq!(org.session(), 404);
    assert_eq!(org.refresh().status, 200);
    org.admin("DELETE", &format!("{MAYA}/sessions?oauthTokens=true"));
    assert_eq!(org.refresh().status, 400);
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").status, 200);
    assert_eq!(org.maya_signs_in(), 200);
}

#[test]
fn suspension_clears_sessions_and_everything_else_returns() {
    let mut org = org();
    org.admin("POST", &format!("{MAYA}/lifecycle/suspend"));
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").status, 401);
    assert_eq!(org.admin("GET", MAYA).value()["status"], "SUSPENDED");
    org.admin("POST", &format!("{MAYA}/lifecycle/unsuspend"));
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").status, 200);
    assert_eq!(org.refresh().status, 200);
    assert_eq!(org.session(), 404);
}

#[test]
fn the_first_delete_only_deactivates() {
    let mut org = org();
    assert_eq!(org.admin("DELETE", MAYA).status, 204);
    assert_eq!(org.admin("GET", MAYA).value()["status"], "DEPROVISIONED");
    assert_eq!(org.admin("DELETE", MAYA).status, 204);
    assert_eq!(org.admin("GET", MAYA).status, 404);
}

#[test]
fn global_token_revocation_ends_api_tokens_but_not_the_password_nor_the_client() {
    let mut org = org();
    let body = json!({"sub_id": {"format": "opaque", "id": "00uACMEMAYA"}});
    let path = "/oauth2/v1/global-token-revocation";
    assert_eq!(org.admin_json("POST", path, &body).status, 204);
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").status, 401);
    assert_eq!(org.session(), 404);
    assert_eq!(org.refresh().status, 400);
    assert_eq!(org.maya_signs_in(), 200);
    let form = [("grant_type", "client_credentials"), ("scope", "okta.users.read")];
    assert_eq!(org.as_client("/oauth2/v1/token", &form).status, 200);
}

#[test]
fn an_admins_reset_ends_the_password_and_sessions_only_when_asked() {
    let mut org = org();
    org.admin("POST", &format!("{MAYA}/lifecycle/reset_password?sendEmail=false"));
    assert_eq!(org.maya_signs_in(), 401);
    assert_eq!(org.session(), 200);
    let body = json!({"credentials": {"password": {"value": "Brand-new-1"}}});
    assert_eq!(org.admin_json("POST", MAYA, &body).value()["status"], "ACTIVE");
    assert_eq!(org.password("Brand-new-1").value()["status"], "SUCCESS");
    org.admin("POST", &format!("{MAYA}/lifecycle/reset_password?revokeSessions=true"));
    assert_eq!(org.session(), 404);
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").status, 200);
}

#[test]
fn an_expired_password_is_still_accepted() {
    let mut org = org();
    org.admin("POST", &format!("{MAYA}/lifecycle/expire_password"));
    let password = org.var("ACME_OKTA_MAYA_PASSWORD");
    assert_eq!(org.password(&password).value()["status"], "PASSWORD_EXPIRED");
}

#[test]
fn changing_a_password_without_the_old_one_is_refused() {
    let mut org = org();
    let at = format!("{MAYA}/credentials/change_password");
    for old in ["", "wrong"] {
        let body = json!({"oldPassword": {"value": old}, "newPassword": {"value": "n"}});
        assert_eq!(org.admin_json("POST", &at, &body).value()["errorCode"], "E0000014");
    }
    let old = org.var("ACME_OKTA_MAYA_PASSWORD");
    let body = json!({"oldPassword": {"value": old}, "newPassword": {"value": "Next-1"}});
    assert_eq!(org.admin_json("POST", &at, &body).status, 200);
    assert_eq!(org.maya_signs_in(), 401);
    assert_eq!(org.password("Next-1").status, 200);
    assert_eq!(org.session(), 200);
}

#[test]
fn an_api_token_revokes_itself_and_not_its_sibling() {
    let mut org = org();
    let token = org.var("ACME_OKTA_MAYA_SSWS");
    let request = Request::new("DELETE", "/api/v1/api-tokens/current").auth("SSWS", &token);
    assert_eq!(org.send(&request).status, 204);
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").status, 401);
    assert_eq!(org.ssws("ACME_OKTA_LEO_SSWS").status, 200);
    assert_eq!(org.admin("DELETE", "/api/v1/api-tokens/00TACMEMAYA").status, 404);
    let listed = org.admin("GET", "/api/v1/api-tokens").value();
    assert_eq!(listed.as_array().map(Vec::len), Some(4));
}

#[test]
fn an_api_token_lives_thirty_days_from_its_last_use() {
    let mut org = org();
    org.now += Duration::from_secs(29 * 86_400);
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").status, 200);
    org.now += Duration::from_secs(29 * 86_400);
    assert_eq!(org.ssws("ACME_OKTA_MAYA_SSWS").status, 200);
    assert_eq!(org.ssws("ACME_OKTA_LEO_SSWS").status, 401);
}

#[test]
fn a_reset_that_does_nothing_leaves_the_old_password_and_no_new_one() {
    let mut org = org();
    org.okta.kernel.set_fault(Some(crate::faults::Fault::RevokeDoesNothing));
    let body = json!({"credentials": {"password": {"value": "Brand-new-1"}}});
    assert_eq!(org.admin_json("POST", MAYA, &body).status, 200);
    assert_eq!(org.admin("POST", &format!("{MAYA}/lifecycle/reset_password")).status, 200);
    assert_eq!(org.maya_signs_in(), 200);
    assert_eq!(org.password("Brand-new-1").status, 401);
    assert_eq!(org.admin("GET", MAYA).value()["status"], "ACTIVE");
}

#[test]
fn a_session_opened_with_the_password_outlives_a_plain_reset() {
    let mut org = org();
    let password = org.var("ACME_OKTA_MAYA_PASSWORD");
    let token = org.password(&password).value()["sessionToken"].clone();
    let open = Request::new("POST", "/api/v1/sessions").with_json(&json!({"sessionToken": token}));
    let opened = org.send(&open);
    let cookie = opened.header("set-cookie").and_then(|c| c.split(';').next()).expect("a cookie");
    assert_eq!(org.send(&open).status, 401, "the token works once");
    org.admin("POST", &format!("{MAYA}/lifecycle/reset_password"));
    let me = Request::new("GET", "/api/v1/sessions/me").with("Cookie", cookie);
    assert_eq!(org.send(&me).value()["login"], "maya@acme.example");
}
