//! Clients, their two secrets, registration, and who may ask at all.

use super::*;

const CLIENT: &str = "/clients/client-ACMEBRIDGE";

fn works(realm: &mut Realm) -> Response {
    realm.as_client("ACME", "token", &[("grant_type", "client_credentials")])
}

#[test]
fn a_new_secret_leaves_the_rotated_one_until_that_is_deleted_too() {
    let mut realm = realm();
    let fresh = realm.admin("POST", &format!("{CLIENT}/client-secret"), &json!({})).value();
    assert_eq!(works(&mut realm).status, 200, "the old one");
    let rotated = format!("{CLIENT}/client-secret/rotated");
    assert_eq!(realm.admin("DELETE", &rotated, &Value::Null).status, 204);
    let dead = works(&mut realm);
    assert_eq!((dead.status, &dead.value()["error"]), (401, &json!("unauthorized_client")));
    assert_eq!(realm.userinfo("SYNC_ACCESS").status, 200, "minted before");
    let value = fresh["value"].as_str().unwrap().to_owned();
    realm.variables.insert("ACME_KEYCLOAK_CLIENT_SECRET".into(), value);
    assert_eq!(works(&mut realm).status, 200);
    assert_eq!(realm.admin("DELETE", &rotated, &Value::Null).status, 404);
}

#[test]
fn disabling_a_client_stops_issuance_and_leaves_minted_tokens() {
    let mut realm = realm();
    realm.admin("PUT", CLIENT, &json!({"enabled": false}));
    assert_eq!(works(&mut realm).status, 401);
    assert_eq!(realm.userinfo("MAYA_ACCESS").status, 200);
    realm.admin("PUT", CLIENT, &json!({"enabled": true, "serviceAccountsEnabled": false}));
    let refused = works(&mut realm);
    assert_eq!((refused.status, &refused.value()["error"]), (400, &json!("unauthorized_client")));
    assert_eq!(realm.refresh("MAYA_REFRESH"), "");
}

#[test]
fn registration_tokens_work_until_they_are_ended() {
    let mut realm = realm();
    let target = "/realms/ours/clients-registrations/default";
    let token = realm.var("INITIAL_ACCESS");
    let register = Request::new("POST", target).auth("Bearer", &token);
    let made = realm.send(&register.clone().with_json(&json!({"clientId": "drill"})));
    assert_eq!(made.status, 201);
    assert_eq!(realm.get("/clients-initial-access").as_array().map(Vec::len), Some(2));
    realm.admin("DELETE", "/clients-initial-access/initial-ACME", &Value::Null);
    assert_eq!(realm.send(&register).status, 401);
    let own = format!("{target}/acme-bridge");
    assert_eq!(realm.bearer("REGISTRATION_ACCESS", &own, SERVER).status, 200);
    realm.admin("POST", &format!("{CLIENT}/registration-access-token"), &json!({}));
    assert_eq!(realm.bearer("REGISTRATION_ACCESS", &own, SERVER).status, 401);
}

#[test]
fn a_minted_client_and_user_work_until_they_are_deleted() {
    let mut realm = realm();
    let client = json!({"clientId": "drill", "secret": "s3cret"});
    assert_eq!(realm.admin("POST", "/clients", &client).status, 201);
    let user = json!({"username": "drill@ours.example", "enabled": true,
        "credentials": [{"type": "password", "value": "Pw-1"}]});
    let made = realm.admin("POST", "/users", &user);
    let id = made.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
    let form = [
        ("grant_type", "password"),
        ("username", "drill@ours.example"),
        ("password", "Pw-1"),
        ("scope", "openid offline_access"),
    ];
    let request = Request::new("POST", "/realms/ours/protocol/openid-connect/token");
    let request = request.with_basic("drill", "s3cret").with_form(&form);
    let tokens = realm.send(&request).value();
    realm
        .variables
        .insert("ACME_KEYCLOAK_D".into(), tokens["access_token"].as_str().unwrap().into());
    assert_eq!(realm.userinfo("D").value()["sub"], id);
    realm.admin("DELETE", &format!("/users/{id}"), &Value::Null);
    assert_eq!(realm.userinfo("D").status, 401);
}

#[test]
fn admin_calls_without_the_admin_are_refused() {
    let mut realm = realm();
    let bare = realm.send(&Request::new("GET", "/admin/realms/ours/users"));
    assert_eq!((bare.status, &bare.value()["error"]), (401, &json!("HTTP 401 Unauthorized")));
    assert_eq!(realm.bearer("MAYA_ACCESS", "/admin/realms/ours", SERVER).status, 403);
    assert_eq!(realm.bearer("SYNC_ACCESS", "/admin/realms/ours/users", SERVER).status, 403);
}

#[test]
fn an_unlinked_identity_is_gone_and_the_password_is_not() {
    let mut realm = realm();
    let target = format!("{MAYA}/federated-identity");
    assert_eq!(realm.get(&target)[0]["identityProvider"], "corporate");
    assert_eq!(realm.admin("DELETE", &format!("{target}/corporate"), &Value::Null).status, 204);
    assert_eq!(realm.get(&target), json!([]));
    assert_eq!(realm.get(&format!("{MAYA}/credentials"))[0]["type"], "password");
}
