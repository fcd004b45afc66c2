//! Service accounts, delegation and API keys: what no user's end touches.

use super::*;

#[test]
fn a_deleted_key_stops_new_tokens_and_leaves_minted_ones() {
    let mut tenant = tenant();
    assert_eq!(tenant.assertion("SA_ASSERTION").status, 200);
    let key = tenant.var("SA_KEY_ID");
    assert_eq!(tenant.iam("DELETE", &format!("/keys/{key}")).status, 200);
    let dead = tenant.assertion("SA_ASSERTION").value();
    assert_eq!(dead["error_description"], "Invalid JWT Signature.");
    assert_eq!(tenant.drive_with("SA_ACCESS"), 200);
    let token = tenant.var("SA_ACCESS");
    let revoke = Request::new("POST", "/revoke").on(OAUTH).with_form(&[("token", &token)]);
    assert_eq!(tenant.send(&revoke).status, 400, "not revocable");
    assert_eq!(tenant.drive_with("SA_ACCESS"), 200);
    tenant.now += Duration::from_secs(3600);
    assert_eq!(tenant.drive_with("SA_ACCESS"), 401);
}

#[test]
fn a_disabled_service_account_can_be_enabled_again() {
    let mut tenant = tenant();
    tenant.iam("POST", ":disable");
    let dead = tenant.assertion("SA_ASSERTION").value();
    assert_eq!(dead["error_description"], "Robot is disabled.");
    assert_eq!(tenant.drive_with("SA_ACCESS"), 200);
    tenant.iam("POST", ":enable");
    assert_eq!(tenant.assertion("SA_ASSERTION").status, 200);
}

#[test]
fn delegation_outlives_the_user_and_ends_only_by_hand() {
    let mut tenant = tenant();
    assert_eq!(tenant.assertion("DWD_ASSERTION").status, 200);
    tenant.admin("DELETE", MAYA, &Value::Null);
    let gone = tenant.assertion("DWD_ASSERTION").value();
    assert_eq!(gone["error_description"], "Invalid email or User ID");
    let minted = tenant.assertion("DWD_OTHER_ASSERTION").value();
    let token = minted["access_token"].as_str().unwrap().to_owned();
    assert_eq!(tenant.drive(&token).value()["user"]["emailAddress"], "admin@ours.example");
    let robot = seed::person(Supplier::Acme, 9003);
    tenant.google.by_hand("remove_dwd_entry", &robot, tenant.now).unwrap();
    let refused = tenant.assertion("DWD_OTHER_ASSERTION");
    assert_eq!((refused.status, &refused.value()["error"]), (401, &json!("unauthorized_client")));
    assert_eq!(tenant.drive(&token).status, 200, "minted before");
    assert_eq!(tenant.assertion("SA_ASSERTION").status, 200);
}

#[test]
fn keys_are_listed_and_made_and_the_bystanders_stay() {
    let mut tenant = tenant();
    assert_eq!(tenant.iam("POST", "/keys").status, 200);
    let keys = tenant.iam("GET", "/keys").value();
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(2));
    let other = tenant.variables["GLOBEX_GOOGLE_WORKSPACE_SA_ASSERTION"].clone();
    tenant.variables.insert("ACME_GOOGLE_WORKSPACE_OTHER".into(), other);
    let key = tenant.var("SA_KEY_ID");
    tenant.iam("DELETE", &format!("/keys/{key}"));
    assert_eq!(tenant.assertion("OTHER").status, 200);
}

#[test]
fn an_api_key_lives_until_it_is_deleted() {
    let mut tenant = tenant();
    let target = format!("/drive/v3/files?key={}", tenant.var("API_KEY"));
    let request = Request::new("GET", &target).on(API);
    assert_eq!(tenant.send(&request).status, 200);
    tenant.google.by_hand("delete_api_key", "key-acme", tenant.now).unwrap();
    let refused = tenant.send(&request).value();
    assert_eq!(refused["error"]["details"][0]["reason"], "API_KEY_INVALID");
    assert!(tenant.google.by_hand("delete_api_key", "key-acme", tenant.now).is_err());
}
