//! OAuth clients, certificates, API keys and roles.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::times::epoch;

#[test]
fn a_deactivated_client_grants_nothing_and_its_tokens_go_on() {
    let mut instance = start();
    let own = [("grant_type", "client_credentials")];
    let minted = instance.token(&own).value()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(who(&instance.bearer(&minted)), "sync@acme.example");
    let entity = format!("oauth_entity/{}", sys_id(3301));
    instance.admin("PATCH", &entity, &json!({"active": "false"}));
    assert_eq!((instance.token(&own).status, instance.refresh().status), (401, 401));
    let token = instance.acme("MAYA_ACCESS");
    assert_eq!((instance.bearer(&token).status, instance.bearer(&minted).status), (200, 200));
    instance.admin("PATCH", &entity, &json!({"active": "true"}));
    assert_eq!(instance.refresh().status, 200);
    instance.admin("PATCH", &entity, &json!({"client_secret": "rotated"}));
    assert_eq!((instance.refresh().status, instance.bearer(&token).status), (401, 200));
    assert_eq!(instance.admin("DELETE", &entity, &Value::Null).status, 204);
}

#[test]
fn client_credentials_outlive_the_users_of_the_supplier() {
    let mut instance = start();
    for number in [3001, 3002, 3003, 3004] {
        instance.user(number, &json!({"active": "false"}));
    }
    assert_eq!(instance.token(&[("grant_type", "client_credentials")]).status, 200);
}

#[test]
fn a_password_grant_asks_for_the_lock_and_a_refresh_does_not() {
    let mut instance = start();
    let password = instance.acme("MAYA_PASSWORD");
    let form =
        [("grant_type", "password"), ("username", "maya@acme.example"), ("password", &*password)];
    let answer = instance.token(&form).value();
    assert_eq!(answer["refresh_token"], instance.acme("MAYA_REFRESH"));
    assert_eq!(answer["expires_in"], 1799);
    instance.user(3001, &json!({"locked_out": "true"}));
    assert_eq!((instance.token(&form).status, instance.refresh().status), (401, 200));
}

#[test]
fn a_certificate_speaks_for_active_users_until_it_is_removed() {
    let mut instance = start();
    let client = instance.acme("CLIENT_ID");
    let exp = epoch(instance.now) + 300;
    let claims = json!({"iss": client, "aud": client, "sub": "leo@acme.example", "exp": exp});
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let assertion = |kid: &str| {
        format!("{}.{}.c2ln", encode(&json!({"alg": "RS256", "kid": kid})), encode(&claims))
    };
    let (good, bad) = (assertion("acme-certificate"), assertion("globex-certificate"));
    let kind = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let ask = |sent: &str, instance: &mut Instance| {
        instance.token(&[("grant_type", kind), ("assertion", sent)])
    };
    let token = ask(&good, &mut instance).value()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(who(&instance.bearer(&token)), "leo@acme.example");
    assert_eq!(ask(&bad, &mut instance).status, 401);
    instance.mock.by_hand("remove_certificate", "acme-certificate", instance.now).unwrap();
    assert_eq!(ask(&good, &mut instance).status, 401);
}

#[test]
fn an_api_key_is_switched_off_on_and_deleted_alone() {
    let mut instance = start();
    let (key, other) = (instance.acme("MAYA_API_KEY"), instance.acme("SYNC_API_KEY"));
    let record = format!("api_key/{}", sys_id(3701));
    let off = instance.admin("PATCH", &record, &json!({"active": "false"})).value();
    assert_eq!((&off["result"]["active"], &off["result"]["expiry"]), (&json!("false"), &json!("")));
    assert_eq!((instance.key(&key).status, instance.key(&other).status), (401, 200));
    instance.admin("PATCH", &record, &json!({"active": "true"}));
    assert_eq!(instance.key(&key).status, 200);
    assert_eq!(instance.admin("DELETE", &record, &Value::Null).status, 204);
    assert_eq!(instance.key(&key).status, 401);
    assert_eq!(instance.admin("DELETE", &record, &Value::Null).status, 404);
}

#[test]
fn removed_roles_leave_the_login_and_no_rights() {
    let mut instance = start();
    let role = format!("sys_user_has_role/role-{}", sys_id(3001));
    assert_eq!(instance.admin("DELETE", &role, &Value::Null).status, 204);
    let token = instance.acme("MAYA_ACCESS");
    let refused = instance.bearer(&token);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.value()["error"]["message"], "Insufficient rights to query records");
}

#[test]
fn without_single_sign_on_password_key_token_and_session_go_on() {
    let mut instance = start();
    for user in [3001, 3003, 3004] {
        instance.mock.by_hand("disable_sso", &sys_id(user), instance.now).unwrap();
    }
    let password = instance.acme("SYNC_PASSWORD");
    assert_eq!(who(&instance.basic("sync", &password)), "sync@acme.example");
    let key = instance.acme("MAYA_API_KEY");
    assert_eq!(who(&instance.key(&key)), "maya@acme.example");
    assert_eq!((instance.refresh().status, instance.session("SHARED_SESSION")), (200, 200));
    assert!(instance.mock.by_hand("disable_sso", "nobody", instance.now).is_err());
}
