//! The bin, listings, and who may ask at all.

use super::*;

#[test]
fn a_deleted_user_is_restored_with_every_token() {
    let mut tenant = tenant();
    assert_eq!(tenant.admin("DELETE", &maya(), &Value::Null).status, 204);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 50034);
    assert_eq!(tenant.admin("GET", &maya(), &Value::Null).status, 404);
    let binned = tenant.get("/directory/deletedItems/microsoft.graph.user");
    assert_eq!(binned["value"][0]["id"], guid(9001));
    let restore = format!("/directory/deletedItems/{}/restore", guid(9001));
    assert_eq!(tenant.admin("POST", &restore, &json!({})).status, 200);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 0);
}

#[test]
fn a_purged_user_does_not_come_back() {
    let mut tenant = tenant();
    tenant.admin("DELETE", &maya(), &Value::Null);
    let item = format!("/directory/deletedItems/{}", guid(9001));
    assert_eq!(tenant.admin("DELETE", &item, &Value::Null).status, 204);
    assert_eq!(tenant.admin("POST", &format!("{item}/restore"), &json!({})).status, 404);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 50173);
}

#[test]
fn restoring_an_application_restores_its_service_principal() {
    let mut tenant = tenant();
    tenant.admin("DELETE", &format!("/applications/{}", guid(301)), &Value::Null);
    assert_eq!(tenant.client("ACME_ENTRA_CLIENT_ID", "ACME_ENTRA_APP_SECRET"), 700_016);
    let restore = format!("/directory/deletedItems/{}/restore", guid(301));
    tenant.admin("POST", &restore, &json!({}));
    assert_eq!(tenant.client("ACME_ENTRA_CLIENT_ID", "ACME_ENTRA_APP_SECRET"), 0);
}

#[test]
fn listings_go_on_over_the_next_link_to_the_end() {
    let mut tenant = tenant();
    let mut target = "/users?$top=2".to_owned();
    let mut ids = Vec::new();
    loop {
        let page = tenant.get(&target);
        ids.extend(page["value"].as_array().unwrap().iter().map(|u| u["id"].clone()));
        let Some(next) = page["@odata.nextLink"].as_str() else { break };
        target = next.split_once("/v1.0").unwrap().1.to_owned();
    }
    assert_eq!(ids.len(), 6);
    let guests = tenant.get("/users?$filter=userType%20eq%20'Guest'");
    assert_eq!(guests["value"].as_array().map(Vec::len), Some(2));
    let secrets = tenant.get(&format!("/applications/{}", guid(301)));
    assert_eq!(secrets["passwordCredentials"][0]["keyId"], guid(501));
    assert_eq!(secrets["passwordCredentials"][0].get("secretText"), None);
}

#[test]
fn admin_calls_without_the_admin_are_refused() {
    let mut tenant = tenant();
    for target in ["/v1.0/users", "/v1.0/applications", "/v1.0/oauth2PermissionGrants"] {
        let answer = tenant.send(&Request::new("GET", target).on(GRAPH));
        assert_eq!(answer.value()["error"]["code"], "InvalidAuthenticationToken");
        assert_eq!(tenant.with_token("ACME_ENTRA_MAYA_ACCESS", target).status, 403);
    }
    let token = tenant.var("ACME_ENTRA_APP_ACCESS");
    let request = Request::new("DELETE", &format!("/v1.0{}", maya())).on(GRAPH);
    assert_eq!(tenant.send(&request.auth("Bearer", &token)).status, 403);
}

#[test]
fn the_directory_audit_names_what_was_done_to_whom() {
    let mut tenant = tenant();
    tenant.admin("PATCH", &maya(), &json!({"accountEnabled": false}));
    let audit = tenant.get("/auditLogs/directoryAudits");
    assert_eq!(audit["value"][0]["activityDisplayName"], "Disable account");
    assert_eq!(audit["value"][0]["targetResources"][0]["id"], guid(9001));
}

#[test]
fn the_planted_secret_is_listed_and_works() {
    let mut tenant = tenant();
    tenant.entra.kernel.set_fault(Some(crate::Fault::ExtraToken));
    tenant.entra.plant(tenant.now);
    let app = tenant.get(&format!("/servicePrincipals/{}", guid(321)));
    assert_eq!(app["passwordCredentials"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_reset_that_does_nothing_leaves_the_old_password_and_its_tokens() {
    let mut tenant = tenant();
    tenant.entra.kernel.set_fault(Some(crate::Fault::RevokeDoesNothing));
    let body = json!({"passwordProfile": {"password": "Next-1"}});
    assert_eq!(tenant.admin("PATCH", &format!("/users/{}", guid(9004)), &body).status, 204);
    assert_eq!(tenant.shared_signs_in(), 0);
    assert_eq!(tenant.refresh("ACME_ENTRA_SHARED_REFRESH"), 0);
}
