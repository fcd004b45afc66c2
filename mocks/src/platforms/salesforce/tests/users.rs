//! Users: deactivation, freeze, passwords, SCIM.

use super::*;
use crate::faults::Fault;

#[test]
fn every_seeded_token_proves_its_owner_for_both_suppliers() {
    let mut org = start();
    let tokens = [
        ("MAYA_ACCESS", "maya"),
        ("LEO_JWT", "leo"),
        ("LEO_SESSION", "leo"),
        ("LEO_ID_ACCESS", "leo"),
        ("SHARED_SESSION", "support-eu"),
    ];
    for supplier in ["acme", "globex"] {
        for (name, who) in tokens {
            let token = org.secret(&format!("{}_SALESFORCE_{name}", supplier.to_uppercase()));
            assert_eq!(org.who(&token), Some(format!("{who}@{supplier}.example")));
        }
    }
    assert_eq!(org.login("SHARED", "support-eu@acme.example"), 200);
    assert_eq!(org.login("SYNC", "sync@acme.example"), 200);
    assert_eq!(org.refreshes().status, 200);
}

#[test]
fn a_password_alone_is_right_and_not_enough_and_a_wrong_one_is_one_code() {
    let mut org = start();
    let password = org.secret("ACME_SALESFORCE_MAYA_PASSWORD");
    let text = |answer: Response| String::from_utf8(answer.body).unwrap();
    let half = org.soap("maya@acme.example", &password, "");
    assert_eq!(half.status, 500);
    assert!(text(half).contains("LOGIN_MUST_USE_SECURITY_TOKEN"));
    let wrong = org.soap("maya@acme.example", "nonsense", "");
    assert!(text(wrong).contains("<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>"));
    for _ in 0..10 {
        org.soap("maya@acme.example", "nonsense", "");
    }
    assert_eq!(org.login("MAYA", "maya@acme.example"), 500);
    org.now += 15 * MINUTE;
    assert_eq!(org.login("MAYA", "maya@acme.example"), 200);
}

#[test]
fn a_soap_session_works_on_the_data_api_and_ends_at_logout() {
    let mut org = start();
    let password = org.secret("ACME_SALESFORCE_MAYA_PASSWORD")
        + &org.secret("ACME_SALESFORCE_MAYA_SECURITY_TOKEN");
    let body = String::from_utf8(org.soap("maya@acme.example", &password, "").body).unwrap();
    let session = body.split("<sessionId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(session.starts_with("00D") && body.contains("<serverUrl>http://home.test/services"));
    assert_eq!(org.who(&session).as_deref(), Some("maya@acme.example"));
    let mut logout = Request::new("POST", "/services/Soap/u/60.0");
    logout.body = format!("<s><h><sessionId>{session}</sessionId></h><logout/></s>").into_bytes();
    assert_eq!(org.send(&logout).status, 200);
    assert_eq!(org.who(&session), None);
}

#[test]
fn partners_log_in_to_a_named_org_or_their_site_and_have_no_api() {
    let mut org = start();
    let password = org.secret("ACME_SALESFORCE_PARTNER_PASSWORD");
    let whole = password.clone() + &org.secret("ACME_SALESFORCE_PARTNER_SECURITY_TOKEN");
    assert_eq!(org.soap("partner@acme.example", &whole, "").status, 500);
    assert_eq!(org.soap("partner@acme.example", &whole, "00DOURS00000001").status, 200);
    let form = [("username", "partner@acme.example"), ("password", &*password)];
    let answer = org.send(&Request::new("POST", "/partners/login").with_form(&form));
    assert_eq!(answer.status, 302);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let limits = Request::new("GET", "/services/data/v60.0/limits").with("cookie", &cookie);
    let refused = org.send(&limits);
    assert_eq!(
        (refused.status, &refused.value()[0]["errorCode"]),
        (403, &json!("API_DISABLED_FOR_ORG"))
    );
    assert_eq!(org.active("005ACME0000PARTAAA", false), 204);
    let again = org.send(&Request::new("POST", "/partners/login").with_form(&form));
    assert_eq!(again.status, 200, "the form again");
}

#[test]
fn deactivation_hides_everything_of_the_user_and_reactivation_brings_it_back() {
    let mut org = start();
    assert_eq!(org.active(MAYA, false), 204);
    let refused = org.refreshes();
    assert_eq!(
        (refused.status, &refused.value()["error_description"]),
        (400, &json!("inactive user"))
    );
    assert!(!org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    assert_eq!(org.login("MAYA", "maya@acme.example"), 500);
    assert!(org.lives("GLOBEX_SALESFORCE_MAYA_ACCESS"), "a bystander");
    assert_eq!(org.active(MAYA, true), 204);
    assert_eq!(org.refreshes().status, 200);
    assert!(org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
}

#[test]
fn the_app_outlives_the_user_who_installed_it() {
    let mut org = start();
    org.active(MAYA, false);
    let minted = org.own_credentials("ACME_SALESFORCE_CLIENT");
    let token = minted.value()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(org.who(&token).as_deref(), Some("sync@acme.example"));
    org.active(SYNC, false);
    assert_eq!(org.who(&token), None);
    assert_eq!(org.own_credentials("ACME_SALESFORCE_CLIENT").value()["error"], "invalid_grant");
}

#[test]
fn a_jwt_dies_half_an_hour_after_its_user_was_deactivated() {
    let mut org = start();
    org.active(LEO, false);
    org.now += 29 * MINUTE;
    assert!(org.lives("ACME_SALESFORCE_LEO_JWT"));
    org.now += MINUTE;
    assert!(!org.lives("ACME_SALESFORCE_LEO_JWT"));
}

#[test]
fn the_default_owner_can_be_frozen_and_not_deactivated() {
    let mut org = start();
    assert_eq!(org.active("005ACME0000DUTYAAA", false), 400);
    let frozen = json!({"IsFrozen": true});
    assert_eq!(org.admin("PATCH", "sobjects/UserLogin/0YwACME0000DUTYAAA", &frozen).status, 204);
    org.hand("change_default_owner", "005ACME0000DUTYAAA");
    assert_eq!(org.active("005ACME0000DUTYAAA", false), 204);
}

#[test]
fn a_freeze_stops_logins_and_neither_sessions_nor_oauth() {
    let mut org = start();
    for who in ["MAYA", "SUEU"] {
        let target = format!("sobjects/UserLogin/0YwACME0000{who}AAA");
        org.admin("PATCH", &target, &json!({"IsFrozen": true}));
    }
    assert_eq!(org.login("MAYA", "maya@acme.example"), 500);
    assert_eq!(org.login("SHARED", "support-eu@acme.example"), 500);
    assert!(org.lives("ACME_SALESFORCE_SHARED_SESSION"));
    assert!(org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    assert_eq!(org.refreshes().status, 200);
    let frozen = org.soql("SELECT UserId FROM UserLogin WHERE IsFrozen = true");
    assert_eq!(frozen.len(), 2);
    let target = "sobjects/UserLogin/0YwACME0000MAYAAAA";
    org.admin("PATCH", target, &json!({"IsFrozen": false}));
    assert_eq!(org.login("MAYA", "maya@acme.example"), 200);
}

#[test]
fn a_password_reset_ends_password_and_security_token_and_nothing_else() {
    let mut org = start();
    let target = "sobjects/User/005ACME0000SUEUAAA/password";
    let body = json!({"NewPassword": "Brand-New-1"});
    assert_eq!(org.admin("POST", target, &body).status, 204);
    assert_eq!(org.login("SHARED", "support-eu@acme.example"), 500);
    let answer = org.soap("support-eu@acme.example", "Brand-New-1", "");
    assert!(String::from_utf8(answer.body).unwrap().contains("LOGIN_MUST_USE_SECURITY_TOKEN"));
    let form = [("username", "support-eu@acme.example"), ("pw", "Brand-New-1")];
    assert_eq!(org.send(&Request::new("POST", "/").with_form(&form)).status, 302);
    assert!(org.lives("ACME_SALESFORCE_SHARED_SESSION"));
    let generated = org.admin("DELETE", target, &Value::Null);
    assert!(generated.value()["NewPassword"].as_str().is_some());
}

#[test]
fn scim_deactivates_like_an_administrator() {
    let mut org = start();
    let token = org.secret("SALESFORCE_ADMIN_TOKEN");
    let patch = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    let target = format!("/services/scim/v2/Users/{MAYA}");
    let request = Request::new("PATCH", &target).auth("Bearer", &token).with_json(&patch);
    assert_eq!(org.send(&request).value()["active"], false);
    assert!(!org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    let users = "/services/scim/v2/Users?count=5&startIndex=6";
    let list = org.send(&Request::new("GET", users).auth("Bearer", &token)).value();
    assert_eq!((&list["totalResults"], &list["itemsPerPage"]), (&json!(13), &json!(5)));
    let leo = org.secret("ACME_SALESFORCE_MAYA_REFRESH");
    assert_eq!(org.send(&Request::new("GET", users).auth("Bearer", &leo)).status, 401);
    let leo = org.secret("ACME_SALESFORCE_LEO_SESSION");
    assert_eq!(org.send(&Request::new("GET", users).auth("Bearer", &leo)).status, 403);
}

#[test]
fn faults_reach_deactivation_and_identity() {
    let mut org = start();
    org.org.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    assert_eq!(org.active(MAYA, false), 204);
    assert!(org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    org.org.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    org.active(MAYA, false);
    assert_eq!(org.refreshes().status, 200);
    org.org.kernel().set_fault(Some(Fault::OtherIdentity));
    let token = org.secret("GLOBEX_SALESFORCE_MAYA_ACCESS");
    assert_ne!(org.who(&token).as_deref(), Some("maya@globex.example"));
}
