//! What survives what among passwords and sessions.

use serde_json::{Value, json};

use super::{MINUTE, start};
use crate::http::Request;
use crate::platforms::Platform as _;

#[test]
fn logout_with_a_token_answers_204_and_ends_no_session() {
    let mut account = start();
    let token = account.secret("ACME_ZENDESK_MAYA_ACCESS");
    assert_eq!(account.bearer("DELETE", "/api/v2/users/me/logout.json", &token).status, 204);
    assert_eq!(account.by_session(), 200);
}

#[test]
fn a_password_reset_leaves_the_open_session() {
    let mut account = start();
    let old = account.secret("ACME_ZENDESK_SHARED_PASSWORD");
    let target = "/api/v2/users/9004/password.json";
    assert_eq!(account.admin("POST", target, &json!({"password": "brand-new"})).status, 200);
    assert_eq!((account.by_password(&old), account.by_password("brand-new")), (401, 200));
    assert_eq!(account.by_session(), 200);
    account.admin("DELETE", "/api/v2/users/9004/sessions.json", &Value::Null);
    assert_eq!((account.by_session(), account.by_password("brand-new")), (401, 200));
}

#[test]
fn a_password_change_without_the_previous_one_is_refused() {
    let mut account = start();
    let old = account.secret("ACME_ZENDESK_SHARED_PASSWORD");
    let cookie = format!("_zendesk_session={}", account.secret("ACME_ZENDESK_SHARED_SESSION"));
    let bodies = [
        (json!({"password": "brand-new"}), 422),
        (json!({"password": "brand-new", "previous_password": "guess"}), 422),
        (json!({"password": "brand-new", "previous_password": old}), 200),
    ];
    for (body, status) in bodies {
        let request = Request::new("PUT", "/api/v2/users/9004/password.json");
        let request = request.with("Cookie", &cookie).with_json(&body);
        assert_eq!(account.send(&request).status, status);
    }
    assert_eq!(account.by_password("brand-new"), 200);
}

#[test]
fn a_bulk_logout_is_a_promise() {
    let mut account = start();
    let target = "/api/v2/users/logout_many.json?ids=9004";
    assert_eq!(account.admin("POST", target, &Value::Null).status, 202);
    assert_eq!(account.by_session(), 200);
    account.now += MINUTE;
    assert_eq!(account.by_session(), 401);
}

#[test]
fn an_idle_session_ends_and_a_used_one_does_not() {
    let mut account = start();
    for _ in 0..3 {
        account.now += 7 * 60 * MINUTE;
        assert_eq!(account.by_session(), 200);
    }
    account.now += 8 * 60 * MINUTE;
    assert_eq!(account.by_session(), 401);
}

#[test]
fn switched_off_api_tokens_are_refused_for_everybody_and_come_back() {
    let mut account = start();
    account.zendesk.by_hand("disable_api_token_access", "", account.now).unwrap();
    assert_eq!(account.by_api_token("maya@acme.example").status, 401);
    assert_eq!((account.by_session(), account.who("ACME_ZENDESK_MAYA_ACCESS")), (200, Some(9001)));
    account.zendesk.by_hand("enable_api_token_access", "", account.now).unwrap();
    assert_eq!(account.by_api_token("maya@acme.example").status, 200);
    account.zendesk.by_hand("deactivate_api_token", "501", account.now).unwrap();
    account.zendesk.by_hand("enable_api_token_access", "", account.now).unwrap();
    assert_eq!(account.by_api_token("maya@acme.example").status, 401, "its own switch is off");
}
