//! People, their grants, and the order in which a leaver must be taken apart.

use super::*;

#[test]
fn every_credential_works_at_first_and_says_whose_it_is() {
    let mut tenant = tenant();
    for name in ["MAYA_REFRESH", "MAYA_MAIL_REFRESH", "LEO_REFRESH"] {
        assert_eq!(tenant.refresh(name).status, 200, "{name}");
    }
    let token = tenant.var("LEO_ACCESS");
    assert_eq!(tenant.drive(&token).value()["user"]["emailAddress"], "leo@acme.example");
    let info = Request::new("GET", &format!("/tokeninfo?access_token={token}")).on(OAUTH);
    let shown = tenant.send(&info).value();
    assert_eq!(
        (&shown["email"], &shown["expires_in"]),
        (&json!("leo@acme.example"), &json!("3599"))
    );
    let mail = tenant.var("MAYA_MAIL_ACCESS");
    assert_eq!(tenant.drive(&mail).value()["error"]["status"], "PERMISSION_DENIED");
    let request = Request::new("GET", "/gmail/v1/users/me/profile").on(API).auth("Bearer", &mail);
    assert_eq!(tenant.send(&request).value()["emailAddress"], "maya@acme.example");
    assert_eq!(tenant.bystander(), 200);
}

#[test]
fn suspension_hides_grants_and_the_list_of_them_and_unsuspension_brings_both_back() {
    let mut tenant = tenant();
    tenant.admin("PATCH", MAYA, &json!({"suspended": true}));
    assert_eq!(tenant.refresh("MAYA_REFRESH").value()["error"], "invalid_grant");
    assert_eq!(tenant.drive_with("MAYA_ACCESS"), 401);
    assert_eq!(tenant.admin("GET", &format!("{MAYA}/tokens"), &Value::Null).status, 401);
    let codes = format!("{MAYA}/verificationCodes/invalidate");
    assert_eq!(tenant.admin("POST", &codes, &Value::Null).status, 400);
    let factors = format!("{MAYA}/twoStepVerification/turnOff");
    assert_eq!(tenant.admin("POST", &factors, &Value::Null).status, 400);
    tenant.admin("PATCH", MAYA, &json!({"suspended": false}));
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 200);
    assert_eq!(tenant.admin("POST", &factors, &Value::Null).status, 204);
    assert_eq!(tenant.admin("POST", &factors, &Value::Null).status, 400, "not enrolled any more");
    assert_eq!(tenant.bystander(), 200);
}

#[test]
fn a_new_password_ends_mail_grants_only() {
    let mut tenant = tenant();
    tenant.admin("PATCH", MAYA, &json!({"password": "Next-1"}));
    let dead = tenant.refresh("MAYA_MAIL_REFRESH").value();
    assert_eq!(dead["error_description"], "Token has been expired or revoked.");
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 200);
    assert_eq!(tenant.drive_with("MAYA_ACCESS"), 200);
}

#[test]
fn signing_out_answers_and_leaves_every_token() {
    let mut tenant = tenant();
    assert_eq!(tenant.admin("POST", &format!("{MAYA}/signOut"), &Value::Null).status, 204);
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 200);
    assert_eq!(tenant.drive_with("MAYA_ACCESS"), 200);
}

#[test]
fn deleting_a_grant_ends_all_its_tokens_and_no_other_grant() {
    let mut tenant = tenant();
    let client = tenant.var("CLIENT_ID");
    let target = format!("{MAYA}/tokens/{client}");
    assert_eq!(tenant.admin("DELETE", &target, &Value::Null).status, 204);
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 400);
    assert_eq!(tenant.drive_with("MAYA_ACCESS"), 401);
    assert_eq!(tenant.refresh("MAYA_MAIL_REFRESH").status, 200);
    assert_eq!(tenant.refresh("LEO_REFRESH").status, 200, "another user's grant of the same app");
    assert_eq!(tenant.admin("DELETE", &target, &Value::Null).status, 404);
    let left = tenant.admin("GET", &format!("{MAYA}/tokens"), &Value::Null).value();
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn revoking_an_access_token_takes_its_refresh_token_and_an_unknown_one_is_an_error() {
    let mut tenant = tenant();
    let token = tenant.var("MAYA_ACCESS");
    let request = Request::new("POST", &format!("/revoke?token={token}")).on(OAUTH);
    assert_eq!(tenant.send(&request).status, 200);
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 400);
    assert_eq!(tenant.refresh("MAYA_MAIL_REFRESH").status, 200);
    let again = tenant.send(&request);
    assert_eq!((again.status, &again.value()["error"]), (400, &json!("invalid_token")));
}

#[test]
fn a_deleted_user_can_be_restored_with_the_grants() {
    let mut tenant = tenant();
    assert_eq!(tenant.admin("DELETE", MAYA, &Value::Null).status, 204);
    let why = tenant.refresh("MAYA_REFRESH").value()["error_description"].clone();
    assert_eq!(why, "The account has been deleted");
    let target = format!("/{}/undelete", seed::person(Supplier::Acme, 9001));
    assert_eq!(tenant.admin("POST", &target, &Value::Null).status, 204);
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 200);
}

#[test]
fn a_wanted_reauthentication_and_a_switched_off_drive_are_no_deaths() {
    let mut tenant = tenant();
    let id = seed::person(Supplier::Acme, 9001);
    tenant.google.by_hand("require_reauth", &id, tenant.now).unwrap();
    assert_eq!(tenant.refresh("MAYA_REFRESH").value()["error_subtype"], "invalid_rapt");
    tenant.google.by_hand("lift_reauth", &id, tenant.now).unwrap();
    tenant.google.by_hand("disable_drive", &id, tenant.now).unwrap();
    let token = tenant.var("MAYA_ACCESS");
    let refused = tenant.drive(&token).value();
    assert!(refused["error"]["message"].as_str().unwrap().starts_with("Active session is invalid"));
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 200);
}

#[test]
fn a_reset_client_secret_leaves_refresh_tokens_and_a_deleted_client_does_not() {
    let mut tenant = tenant();
    let client = tenant.var("CLIENT_ID");
    tenant.google.by_hand("reset_client_secret", &client, tenant.now).unwrap();
    assert_eq!(tenant.refresh("MAYA_REFRESH").value()["error"], "invalid_client");
    assert_eq!(tenant.drive_with("MAYA_ACCESS"), 200);
    tenant.google.by_hand("delete_client", &client, tenant.now).unwrap();
    assert_eq!(tenant.refresh("MAYA_REFRESH").value()["error"], "deleted_client");
    assert_eq!(tenant.refresh("MAYA_MAIL_REFRESH").status, 200);
}

#[test]
fn app_passwords_and_codes_are_listed_and_deleted_one_by_one() {
    let mut tenant = tenant();
    let listed = tenant.admin("GET", &format!("{MAYA}/asps"), &Value::Null).value();
    assert_eq!(listed["items"][0]["codeId"], 1);
    assert_eq!(tenant.admin("DELETE", &format!("{MAYA}/asps/1"), &Value::Null).status, 204);
    assert_eq!(tenant.admin("DELETE", &format!("{MAYA}/asps/1"), &Value::Null).status, 404);
    let codes = format!("{MAYA}/verificationCodes");
    tenant.admin("POST", &format!("{codes}/invalidate"), &Value::Null);
    assert_eq!(tenant.admin("GET", &codes, &Value::Null).value()["items"], json!([]));
}

#[test]
fn users_are_listed_page_by_page_and_only_for_an_admin() {
    let mut tenant = tenant();
    let (mut count, mut target) = (0, "?customer=my_customer&maxResults=2".to_owned());
    loop {
        let page = tenant.admin("GET", &target, &Value::Null).value();
        count += page["users"].as_array().unwrap().len();
        let Some(next) = page["nextPageToken"].as_str() else { break };
        target = format!("?customer=my_customer&maxResults=2&pageToken={next}");
    }
    assert_eq!(count, 5);
    let token = tenant.var("MAYA_ACCESS");
    let bare = Request::new("GET", "/admin/directory/v1/users").on(ADMIN);
    assert_eq!(tenant.send(&bare).status, 401);
    assert_eq!(tenant.send(&bare.auth("Bearer", &token)).status, 403);
}

#[test]
fn the_admin_report_names_the_suspended_user() {
    let mut tenant = tenant();
    tenant.admin("PATCH", MAYA, &json!({"suspended": true}));
    let token = tenant.variables["GOOGLE_WORKSPACE_ADMIN_TOKEN"].clone();
    let target = "/admin/reports/v1/activity/users/all/applications/admin";
    let items = tenant.send(&Request::new("GET", target).on(ADMIN).auth("Bearer", &token)).value();
    assert_eq!(items["items"][0]["events"][0]["name"], "SUSPEND_USER");
}

#[test]
fn the_planted_grant_is_listed() {
    let mut tenant = tenant();
    tenant.google.kernel.set_fault(Some(crate::Fault::ExtraToken));
    tenant.google.plant(tenant.now);
    let listed = tenant.admin("GET", &format!("{MAYA}/tokens"), &Value::Null).value();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3));
}
