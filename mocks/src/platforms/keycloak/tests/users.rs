//! What an action on a user or a session ends.

use super::*;

#[test]
fn every_credential_works_at_first_and_says_whose_it_is() {
    let mut realm = realm();
    for name in ["MAYA_REFRESH", "MAYA_OFFLINE", "LEO_REFRESH", "SHARED_REFRESH"] {
        assert_eq!(realm.refresh(name), "", "{name}");
    }
    for name in ["MAYA_ACCESS", "MAYA_OFFLINE_ACCESS", "SYNC_ACCESS", "MAYA_REFRESH"] {
        assert!(realm.active(name), "{name}");
    }
    assert_eq!(realm.userinfo("LEO_ACCESS").value()["sub"], "user-ACMELEO");
    let shown = realm.bearer("MAYA_ACCESS", "/whoami", RESOURCE).value();
    assert_eq!(shown["preferred_username"], "maya@acme.example");
    assert!(realm.session("MAYA_SESSION"));
    let password = realm.var("SHARED_PASSWORD");
    assert_eq!(realm.sign_in(&password).status, 200);
    assert_eq!(realm.bystander(), 200);
}

#[test]
fn disabling_removes_no_session_and_enabling_revives_all() {
    let mut realm = realm();
    assert_eq!(realm.admin("PUT", MAYA, &json!({"enabled": false})).status, 204);
    assert_eq!(realm.refresh("MAYA_REFRESH"), "User disabled");
    assert_eq!(realm.refresh("MAYA_OFFLINE"), "User disabled");
    assert!(!realm.active("MAYA_ACCESS") && !realm.session("MAYA_SESSION"));
    let dead = realm.userinfo("MAYA_ACCESS");
    assert_eq!((dead.status, &dead.value()["error"]), (401, &json!("invalid_token")));
    assert!(dead.header("www-authenticate").unwrap().contains("invalid_token"));
    assert_eq!(realm.resource("MAYA_ACCESS"), 200, "a local validator asks nobody");
    realm.admin("PUT", MAYA, &json!({"enabled": true}));
    assert_eq!(realm.refresh("MAYA_REFRESH"), "");
    assert!(realm.session("MAYA_SESSION"));
    realm.now += ACCESS_LIFE;
    assert_eq!(realm.resource("MAYA_ACCESS"), 401);
}

#[test]
fn the_account_api_takes_a_disabled_users_offline_token_until_it_is_fixed() {
    let mut realm = realm();
    realm.admin("PUT", MAYA, &json!({"enabled": false}));
    let account = "/realms/ours/account";
    assert_eq!(realm.bearer("MAYA_OFFLINE_ACCESS", account, SERVER).status, 200);
    assert_eq!(realm.bearer("MAYA_ACCESS", account, SERVER).status, 401);
    realm.keycloak.by_hand("apply_fix_of_2025", "", realm.now).unwrap();
    assert_eq!(realm.bearer("MAYA_OFFLINE_ACCESS", account, SERVER).status, 401);
}

#[test]
fn logging_out_a_user_or_everybody_leaves_offline_tokens() {
    for everybody in [false, true] {
        let mut realm = realm();
        let target = if everybody { "/logout-all".to_owned() } else { format!("{MAYA}/logout") };
        assert!(realm.admin("POST", &target, &json!({})).status < 300);
        assert_eq!(realm.refresh("MAYA_REFRESH"), "Session not active");
        assert!(!realm.session("MAYA_SESSION"));
        assert_eq!(realm.refresh("MAYA_OFFLINE"), "");
        assert_eq!(realm.resource("MAYA_ACCESS"), 200);
        assert_eq!(realm.bystander() == 200, !everybody, "logout-all knows no supplier");
    }
}

#[test]
fn deleting_a_session_leaves_its_offline_copy() {
    let mut realm = realm();
    let target = "/sessions/session-ACMEMAYA";
    assert_eq!(realm.admin("DELETE", target, &Value::Null).status, 204);
    assert_eq!(realm.refresh("MAYA_REFRESH"), "Session not active");
    assert_eq!(realm.refresh("MAYA_OFFLINE"), "");
    let offline = format!("{target}?isOffline=true");
    assert_eq!(realm.admin("DELETE", &offline, &Value::Null).status, 204);
    assert_eq!(realm.refresh("MAYA_OFFLINE"), "Offline user session not found");
    assert_eq!(realm.admin("DELETE", &offline, &Value::Null).status, 404);
}

#[test]
fn revoking_a_consent_ends_offline_tokens_and_not_the_online_session() {
    let mut realm = realm();
    let target = format!("{MAYA}/consents/acme-bridge");
    let listed = realm.get(&format!("{MAYA}/consents"));
    assert_eq!(listed[0]["additionalGrants"][0]["key"], "Offline Token");
    assert_eq!(realm.admin("DELETE", &target, &Value::Null).status, 204);
    assert_eq!(realm.refresh("MAYA_OFFLINE"), "Offline user session not found");
    assert_eq!(realm.refresh("MAYA_REFRESH"), "");
    assert_eq!(realm.admin("DELETE", &target, &Value::Null).status, 404);
    assert_eq!(realm.refresh("LEO_OFFLINE"), "");
}

#[test]
fn revoking_an_access_token_spares_its_refresh_token_and_a_refresh_token_takes_all() {
    let mut realm = realm();
    let (access, refresh) = (realm.var("MAYA_ACCESS"), realm.var("MAYA_REFRESH"));
    assert_eq!(realm.as_client("ACME", "revoke", &[("token", &access)]).status, 200);
    assert!(!realm.active("MAYA_ACCESS"));
    assert_eq!(realm.resource("MAYA_ACCESS"), 200);
    assert_eq!(realm.refresh("MAYA_REFRESH"), "");
    assert_eq!(realm.as_client("ACME", "revoke", &[("token", &refresh)]).status, 200);
    assert_eq!(realm.refresh("MAYA_REFRESH"), "Client session not active");
    assert_ne!(realm.refresh("MAYA_OFFLINE"), "");
    assert_eq!(realm.refresh("LEO_REFRESH"), "");
}

#[test]
fn revoking_nonsense_answers_200_with_an_error_inside_and_a_foreign_token_400() {
    let mut realm = realm();
    let answer = realm.as_client("ACME", "revoke", &[("token", "nonsense")]);
    assert_eq!((answer.status, &answer.value()["error"]), (200, &json!("invalid_token")));
    let foreign = realm.variables["GLOBEX_KEYCLOAK_MAYA_REFRESH"].clone();
    let answer = realm.as_client("ACME", "revoke", &[("token", &foreign)]);
    assert_eq!((answer.status, &answer.value()["error"]), (400, &json!("invalid_request")));
    assert_eq!(realm.bystander(), 200);
}

#[test]
fn a_not_before_ends_older_tokens_at_keycloak_only() {
    let mut realm = realm();
    let later = crate::times::epoch(realm.now) + 1;
    assert_eq!(realm.admin("PUT", MAYA, &json!({"notBefore": later})).status, 204);
    assert_eq!(realm.refresh("MAYA_REFRESH"), "Stale token");
    assert_eq!(realm.refresh("MAYA_OFFLINE"), "Stale token");
    assert!(!realm.active("MAYA_ACCESS"));
    assert_eq!(realm.resource("MAYA_ACCESS"), 200);
    assert_eq!(realm.bystander(), 200);
    realm.admin("PUT", "", &json!({"notBefore": later}));
    assert_ne!(realm.bystander(), 200, "the realm's is everybody's");
    assert!(realm.session("MAYA_SESSION"));
}

#[test]
fn a_reset_password_leaves_sessions_and_tokens() {
    let mut realm = realm();
    let target = "/users/user-ACMESHARED/reset-password";
    let body = json!({"type": "password", "value": "Next-1", "temporary": false});
    assert_eq!(realm.admin("PUT", target, &body).status, 204);
    let old = realm.var("SHARED_PASSWORD");
    let dead = realm.sign_in(&old);
    assert_eq!((dead.status, &dead.value()["error"]), (401, &json!("invalid_grant")));
    assert_eq!(realm.sign_in("Next-1").status, 200);
    assert_eq!(realm.refresh("SHARED_REFRESH"), "");
    assert!(realm.session("SHARED_SESSION"));
}

#[test]
fn a_lock_says_what_a_wrong_password_says() {
    let mut realm = realm();
    for _ in 0..30 {
        realm.sign_in("wrong");
    }
    let password = realm.var("SHARED_PASSWORD");
    let locked = realm.sign_in(&password).value();
    assert_eq!(locked["error_description"], "Invalid user credentials");
    realm.admin("DELETE", "/attack-detection/brute-force/users/user-ACMESHARED", &Value::Null);
    assert_eq!(realm.sign_in(&password).status, 200);
    realm.keycloak.by_hand("require_action", "user-ACMESHARED", realm.now).unwrap();
    let waiting = realm.sign_in(&password).value();
    assert_eq!(waiting["error_description"], "Account is not fully set up");
    realm.admin("PUT", "/users/user-ACMESHARED", &json!({"enabled": false}));
    assert_eq!(realm.sign_in(&password).value()["error_description"], "Account disabled");
}

#[test]
fn a_deleted_user_leaves_only_the_jwt() {
    let mut realm = realm();
    assert_eq!(realm.admin("DELETE", MAYA, &Value::Null).status, 204);
    for name in ["MAYA_REFRESH", "MAYA_OFFLINE"] {
        assert_ne!(realm.refresh(name), "");
    }
    assert!(!realm.active("MAYA_ACCESS"));
    assert_eq!(realm.resource("MAYA_ACCESS"), 200);
    assert_eq!(realm.admin("GET", MAYA, &Value::Null).status, 404);
}

#[test]
fn logging_out_with_a_refresh_token_ends_its_own_session() {
    let mut realm = realm();
    let token = realm.var("MAYA_REFRESH");
    assert_eq!(realm.as_client("ACME", "logout", &[("refresh_token", &token)]).status, 204);
    assert_eq!(realm.refresh("MAYA_REFRESH"), "Session not active");
    assert_eq!(realm.refresh("MAYA_OFFLINE"), "");
}

#[test]
fn users_and_sessions_are_listed_to_the_end_and_events_name_what_happened() {
    let mut realm = realm();
    let mut count = 0;
    for first in [0, 2, 4, 6] {
        count += realm.get(&format!("/users?first={first}&max=2")).as_array().unwrap().len();
    }
    assert_eq!(count, 6);
    let offline = format!("{MAYA}/offline-sessions/client-ACMEBRIDGE");
    assert_eq!(realm.get(&offline)[0]["id"], "session-ACMEMAYA");
    realm.keycloak.kernel.set_fault(Some(crate::Fault::ExtraToken));
    realm.keycloak.plant(realm.now);
    assert_eq!(realm.get(&offline).as_array().map(Vec::len), Some(2));
    realm.keycloak.kernel.set_fault(None);
    realm.admin("POST", &format!("{MAYA}/logout"), &json!({}));
    assert_eq!(realm.get("/events?type=LOGOUT")[0]["userId"], "user-ACMEMAYA");
    assert_eq!(realm.get("/admin-events")[0]["resourcePath"], "users/user-ACMEMAYA/logout");
}

#[test]
fn the_code_of_a_silent_sign_in_names_the_user_once_and_to_its_own_client_only() {
    let mut realm = realm();
    let code = realm.silent("acme-bridge");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://x.test/cb"),
    ];
    assert_eq!(realm.as_client("GLOBEX", "token", &form).value()["error"], "invalid_grant");
    let answer = realm.as_client("ACME", "token", &form).value();
    let access = answer["access_token"].as_str().expect("a token").to_owned();
    assert!(answer["id_token"].is_string());
    let target = "/realms/ours/protocol/openid-connect/userinfo";
    let who = realm.send(&Request::new("GET", target).auth("Bearer", &access)).value();
    assert_eq!(who["sub"], "user-ACMEMAYA");
    assert_eq!(realm.as_client("ACME", "token", &form).value()["error"], "invalid_grant");
}

#[test]
fn a_code_is_worth_nothing_once_its_session_is_over() {
    let mut realm = realm();
    let code = realm.silent("acme-bridge");
    realm.admin("POST", &format!("{MAYA}/logout"), &Value::Null);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://x.test/cb"),
    ];
    assert_eq!(realm.as_client("ACME", "token", &form).value()["error"], "invalid_grant");
    assert!(!realm.session("MAYA_SESSION"));
}

impl Realm {
    /// Signs Maya in silently for a client and gives the code.
    fn silent(&mut self, client: &str) -> String {
        let cookie = format!("KEYCLOAK_IDENTITY={}", self.var("MAYA_SESSION"));
        let target = format!(
            "/realms/ours/protocol/openid-connect/auth?prompt=none&client_id={client}\
             &redirect_uri=https://x.test/cb&scope=openid"
        );
        let answer = self.send(&Request::new("GET", &target).with("Cookie", &cookie));
        let location = answer.header("location").unwrap_or_default().to_owned();
        let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next());
        code.expect("a code").to_owned()
    }
}
