//! What an action on a user ends, and after how long.

use super::*;

#[test]
fn every_credential_of_both_suppliers_works_at_first() {
    let mut tenant = tenant();
    for s in ["ACME", "GLOBEX"] {
        for token in ["MAYA_ACCESS", "MAYA_CAE_ACCESS", "SHARED_ACCESS", "LEO_ACCESS"] {
            assert_eq!(tenant.me(&format!("{s}_ENTRA_{token}")), 200, "{s} {token}");
        }
        for token in ["MAYA_REFRESH", "MAYA_DEVICE_REFRESH", "SHARED_REFRESH", "LEO_REFRESH"] {
            assert_eq!(tenant.refresh(&format!("{s}_ENTRA_{token}")), 0, "{s} {token}");
        }
        for cookie in ["MAYA_SESSION", "SHARED_SESSION"] {
            assert!(tenant.session(&format!("{s}_ENTRA_{cookie}")));
        }
    }
    assert_eq!(tenant.shared_signs_in(), 0);
    assert_eq!(tenant.resource().value()["upn"], "maya@acme.example");
    let me = tenant.with_token("GLOBEX_ENTRA_MAYA_ACCESS", "/v1.0/me?$select=id").value();
    assert_eq!(me["id"], guid(9101));
}

#[test]
fn disabling_hides_refresh_tokens_and_leaves_access_tokens_to_their_exp() {
    let mut tenant = tenant();
    let off = json!({"accountEnabled": false});
    assert_eq!(tenant.admin("PATCH", &maya(), &off).status, 204);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 50057);
    assert!(!tenant.session("ACME_ENTRA_MAYA_SESSION"));
    assert_eq!(tenant.me("ACME_ENTRA_MAYA_ACCESS"), 200);
    assert_eq!(tenant.me("ACME_ENTRA_MAYA_CAE_ACCESS"), 200, "up to 15 minutes");
    tenant.now += MINUTE * 15;
    let refused = tenant.with_token("ACME_ENTRA_MAYA_CAE_ACCESS", "/v1.0/me");
    let message = refused.value()["error"]["message"].to_string();
    assert!(message.contains("TokenIssuedBeforeRevocationTimestamp"));
    assert!(refused.header("www-authenticate").unwrap().contains("insufficient_claims"));
    assert_eq!(tenant.me("ACME_ENTRA_MAYA_ACCESS"), 200);
    tenant.now += MINUTE * 60;
    assert_eq!(tenant.me("ACME_ENTRA_MAYA_ACCESS"), 401);
    tenant.admin("PATCH", &maya(), &json!({"accountEnabled": true}));
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 0);
    assert_eq!(tenant.refresh("GLOBEX_ENTRA_MAYA_REFRESH"), 0);
}

#[test]
fn an_api_that_checks_tokens_by_itself_sees_only_their_exp() {
    let mut tenant = tenant();
    tenant.admin("DELETE", &maya(), &Value::Null);
    assert_eq!(tenant.resource().status, 200);
    tenant.now += MINUTE * 75;
    assert_eq!(tenant.resource().status, 401);
}

#[test]
fn revoking_sessions_takes_minutes_and_spares_the_password() {
    let mut tenant = tenant();
    let answer = tenant.admin("POST", &format!("{}/revokeSignInSessions", maya()), &json!({}));
    assert_eq!((answer.status, &answer.value()["value"]), (200, &json!(true)));
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 0);
    tenant.now += MINUTE * 3;
    for token in ["MAYA_REFRESH", "MAYA_DEVICE_REFRESH"] {
        assert_eq!(tenant.refresh(&format!("ACME_ENTRA_{token}")), 50173);
    }
    assert!(!tenant.session("ACME_ENTRA_MAYA_SESSION"));
    let password = tenant.var("ACME_ENTRA_MAYA_PASSWORD");
    assert_eq!(tenant.sign_in("maya@acme.example", &password), 0);
    assert_eq!(tenant.refresh("GLOBEX_ENTRA_MAYA_REFRESH"), 0);
}

#[test]
fn revoking_a_guests_sessions_answers_true_and_does_nothing() {
    let mut tenant = tenant();
    let target = format!("/users/{}/revokeSignInSessions", guid(9002));
    assert_eq!(tenant.admin("POST", &target, &json!({})).value()["value"], true);
    tenant.now += MINUTE * 30;
    assert_eq!(tenant.refresh("ACME_ENTRA_LEO_REFRESH"), 0);
    assert_eq!(tenant.me("ACME_ENTRA_LEO_ACCESS"), 200);
}

#[test]
fn a_deleted_guests_access_token_lives_on_because_cae_does_not_cover_guests() {
    let mut tenant = tenant();
    tenant.admin("DELETE", &format!("/users/{}", guid(9002)), &Value::Null);
    assert_eq!(tenant.refresh("ACME_ENTRA_LEO_REFRESH"), 50020);
    tenant.now += MINUTE * 60 * 27;
    assert_eq!(tenant.me("ACME_ENTRA_LEO_ACCESS"), 200);
    tenant.now += MINUTE * 60;
    assert_eq!(tenant.me("ACME_ENTRA_LEO_ACCESS"), 401);
}

#[test]
fn the_same_reset_has_two_outcomes_in_two_portals() {
    for (action, spared) in
        [("reset_password_azure_portal", true), ("reset_password_entra_admin_center", false)]
    {
        let mut tenant = tenant();
        tenant.entra.by_hand(action, &guid(9001), tenant.now).unwrap();
        tenant.entra.by_hand(action, &guid(9004), tenant.now).unwrap();
        assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH") == 0, spared, "{action}");
        assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_DEVICE_REFRESH") == 0, spared, "{action}");
        assert_eq!(tenant.refresh("ACME_ENTRA_SHARED_REFRESH"), 50173);
        assert!(tenant.session("ACME_ENTRA_MAYA_SESSION"), "a cookie without password stays");
        assert!(!tenant.session("ACME_ENTRA_SHARED_SESSION"));
        assert_eq!(tenant.shared_signs_in(), 50126);
    }
}

#[test]
fn a_user_changes_the_password_only_with_the_old_one() {
    let mut tenant = tenant();
    let (token, old) =
        (tenant.var("ACME_ENTRA_SHARED_ACCESS"), tenant.var("ACME_ENTRA_SHARED_PASSWORD"));
    for (given, status) in [("wrong", 400), (old.as_str(), 204)] {
        let body = json!({"currentPassword": given, "newPassword": "Next-1"});
        let request = Request::new("POST", "/v1.0/me/changePassword").on(GRAPH);
        let answer = tenant.send(&request.auth("Bearer", &token).with_json(&body));
        assert_eq!(answer.status, status);
    }
    assert_eq!(tenant.shared_signs_in(), 50126);
    assert_eq!(tenant.sign_in("support-eu@acme.example", "Next-1"), 0);
    assert_eq!(tenant.refresh("ACME_ENTRA_SHARED_REFRESH"), 50173);
}

#[test]
fn an_expired_password_and_a_wanted_second_factor_prove_the_password_right() {
    let mut tenant = tenant();
    let shared = guid(9004);
    tenant.entra.by_hand("expire_password", &shared, tenant.now).unwrap();
    assert_eq!(tenant.shared_signs_in(), 50055);
    assert_eq!(tenant.refresh("ACME_ENTRA_SHARED_REFRESH"), 0, "expiry ends no token");
    tenant.entra.by_hand("require_mfa", &guid(9001), tenant.now).unwrap();
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 50076);
    let password = tenant.var("ACME_ENTRA_MAYA_PASSWORD");
    assert_eq!(tenant.sign_in("maya@acme.example", &password), 50076);
    tenant.entra.by_hand("lift_policy", &guid(9001), tenant.now).unwrap();
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 0);
}

#[test]
fn a_changed_policy_challenges_a_token_that_is_not_revoked() {
    let mut tenant = tenant();
    tenant.entra.by_hand("change_policy", &guid(9001), tenant.now).unwrap();
    let refused = tenant.with_token("ACME_ENTRA_MAYA_CAE_ACCESS", "/v1.0/me");
    assert_eq!(refused.status, 401);
    let message = refused.value()["error"]["message"].to_string();
    assert!(message.contains("TokenCreatedWithOutdatedPolicies"));
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 0);
}

#[test]
fn signing_out_ends_cookies_and_no_token() {
    let mut tenant = tenant();
    tenant.entra.by_hand("single_sign_out", &guid(9004), tenant.now).unwrap();
    assert!(!tenant.session("ACME_ENTRA_SHARED_SESSION"));
    assert_eq!(tenant.refresh("ACME_ENTRA_SHARED_REFRESH"), 0);
}

#[test]
fn use_of_a_refresh_token_does_not_end_it_and_idleness_does() {
    let mut tenant = tenant();
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 0);
    tenant.now += Duration::from_secs(89 * 86_400);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 0);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_DEVICE_REFRESH"), 0);
    tenant.now += Duration::from_secs(91 * 86_400);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 700_082);
}

#[test]
fn the_code_of_a_silent_sign_in_names_the_user_once() {
    let mut tenant = tenant();
    let (id, secret) = (tenant.var("ACME_ENTRA_CLIENT_ID"), tenant.var("ACME_ENTRA_APP_SECRET"));
    let cookie = format!("ESTSAUTH={}", tenant.var("ACME_ENTRA_MAYA_SESSION"));
    let target = format!(
        "/common/oauth2/v2.0/authorize?prompt=none&client_id={id}&redirect_uri=https://x.test\
         &scope=openid"
    );
    let answer = tenant.send(&Request::new("GET", &target).on(LOGIN).with("Cookie", &cookie));
    let location = answer.header("location").unwrap_or_default().to_owned();
    let given = location.split("code=").nth(1).and_then(|rest| rest.split('&').next());
    let given = given.expect("a code").to_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("code", given.as_str()),
        ("redirect_uri", "https://x.test"),
    ];
    let tokens = tenant.sts(&form).value();
    assert!(tokens["id_token"].is_string(), "{tokens}");
    let access = tokens["access_token"].as_str().expect("a token").to_owned();
    let me = Request::new("GET", "/v1.0/me").on(GRAPH).auth("Bearer", &access);
    assert_eq!(tenant.send(&me).value()["id"], guid(9001));
    assert_eq!(code(&tenant.sts(&form)), 70000);
}
