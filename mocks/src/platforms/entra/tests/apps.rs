//! What an action on an application or a service principal ends, and which second door stays open.

use super::*;

const ID: &str = "ACME_ENTRA_CLIENT_ID";

fn service(number: u64) -> String {
    format!("/servicePrincipals/{}", guid(number))
}

#[test]
fn secrets_certificate_and_federated_trust_each_work_and_each_end_alone() {
    let mut tenant = tenant();
    let app = format!("/applications/{}", guid(301));
    for secret in ["ACME_ENTRA_APP_SECRET", "ACME_ENTRA_SP_SECRET"] {
        assert_eq!(tenant.client(ID, secret), 0);
    }
    for assertion in ["ACME_ENTRA_CERT_ASSERTION", "ACME_ENTRA_FEDERATED_ASSERTION"] {
        assert_eq!(tenant.assertion(assertion), 0);
    }
    let key = json!({"keyId": guid(501)});
    assert_eq!(tenant.admin("POST", &format!("{app}/removePassword"), &key).status, 204);
    assert_eq!(tenant.admin("POST", &format!("{app}/removePassword"), &key).status, 400);
    assert_eq!(tenant.client(ID, "ACME_ENTRA_APP_SECRET"), 7_000_215);
    assert_eq!(tenant.client(ID, "ACME_ENTRA_SP_SECRET"), 0, "a secret of the service principal");
    assert_eq!(tenant.assertion("ACME_ENTRA_CERT_ASSERTION"), 0);
    tenant.admin("PATCH", &app, &json!({"keyCredentials": []}));
    assert_eq!(tenant.assertion("ACME_ENTRA_CERT_ASSERTION"), 700_027);
    let trust = format!("{app}/federatedIdentityCredentials/{}", guid(504));
    assert_eq!(tenant.assertion("ACME_ENTRA_FEDERATED_ASSERTION"), 0);
    assert_eq!(tenant.admin("DELETE", &trust, &Value::Null).status, 204);
    assert_eq!(tenant.assertion("ACME_ENTRA_FEDERATED_ASSERTION"), 70021);
    let key = json!({"keyId": guid(502)});
    tenant.admin("POST", &format!("{}/removePassword", service(321)), &key);
    assert_eq!(tenant.client(ID, "ACME_ENTRA_SP_SECRET"), 7_000_215);
    assert_eq!(tenant.client("GLOBEX_ENTRA_CLIENT_ID", "GLOBEX_ENTRA_APP_SECRET"), 0);
}

#[test]
fn a_minted_token_outlives_its_secret() {
    let mut tenant = tenant();
    let target = format!("/applications/{}/removePassword", guid(301));
    tenant.admin("POST", &target, &json!({"keyId": guid(501)}));
    let own = format!("/v1.0{}", service(321));
    tenant.now += MINUTE * 70;
    for token in ["ACME_ENTRA_APP_ACCESS", "ACME_ENTRA_APP_CAE_ACCESS"] {
        assert_eq!(tenant.with_token(token, &own).value()["id"], guid(321), "{token}");
    }
}

#[test]
fn disabling_a_service_principal_is_a_mask_and_reaches_only_cae_tokens() {
    let mut tenant = tenant();
    tenant.admin("PATCH", &service(321), &json!({"accountEnabled": false}));
    assert_eq!(tenant.client(ID, "ACME_ENTRA_APP_SECRET"), 7_000_112);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 7_000_112);
    let target = "/v1.0/organization";
    assert_eq!(tenant.with_token("ACME_ENTRA_APP_ACCESS", target).status, 200);
    assert_eq!(tenant.with_token("ACME_ENTRA_APP_CAE_ACCESS", target).status, 401);
    tenant.admin("PATCH", &service(321), &json!({"accountEnabled": true}));
    assert_eq!(tenant.client(ID, "ACME_ENTRA_APP_SECRET"), 0);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 0);
}

#[test]
fn a_consent_recreates_the_deleted_service_principal_of_a_foreign_app() {
    let mut tenant = tenant();
    let (id, secret) = ("ACME_ENTRA_FOREIGN_CLIENT_ID", "ACME_ENTRA_FOREIGN_SECRET");
    assert_eq!(tenant.client(id, secret), 0);
    assert_eq!(tenant.admin("DELETE", &service(331), &Value::Null).status, 204);
    assert_eq!(tenant.client(id, secret), 700_016);
    tenant.entra.by_hand("consent_to_app", &guid(341), tenant.now).unwrap();
    assert_eq!(tenant.client(id, secret), 0, "the secret was never ours to remove");
}

#[test]
fn one_consent_of_two_is_not_enough_to_end_a_refresh_token() {
    let mut tenant = tenant();
    let shown = tenant.get(&format!("{}/oauth2PermissionGrants", maya()));
    assert_eq!(
        shown["value"].as_array().map(Vec::len),
        Some(1),
        "the tenant-wide one is not shown"
    );
    tenant.admin("DELETE", "/oauth2PermissionGrants/ACMEMAYAGRANT", &Value::Null);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 0);
    tenant.admin("DELETE", "/oauth2PermissionGrants/ACMEALLGRANT", &Value::Null);
    assert_eq!(tenant.refresh("ACME_ENTRA_MAYA_REFRESH"), 65001);
    assert_eq!(tenant.me("ACME_ENTRA_MAYA_ACCESS"), 200, "existing access tokens stay");
}

#[test]
fn a_removed_role_leaves_minted_tokens_and_takes_the_right_of_new_ones() {
    let mut tenant = tenant();
    let target = format!("{}/appRoleAssignedTo/ACMEROLE", service(900));
    assert_eq!(tenant.admin("DELETE", &target, &Value::Null).status, 204);
    assert_eq!(tenant.with_token("ACME_ENTRA_APP_ACCESS", "/v1.0/organization").status, 200);
    let (id, secret) = (tenant.var(ID), tenant.var("ACME_ENTRA_APP_SECRET"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let token = tenant.sts(&form).value()["access_token"].as_str().unwrap().to_owned();
    let request = Request::new("GET", "/v1.0/organization").on(GRAPH).auth("Bearer", &token);
    let refused = tenant.send(&request);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.value()["error"]["code"], "Authorization_RequestDenied");
}

#[test]
fn a_minted_secret_works_until_it_is_removed() {
    let mut tenant = tenant();
    let app = tenant.admin("POST", "/applications", &json!({"displayName": "drill"})).value();
    let (id, client) = (app["id"].as_str().unwrap(), app["appId"].as_str().unwrap());
    let made = tenant.admin("POST", "/servicePrincipals", &json!({"appId": client}));
    assert_eq!(made.status, 201);
    let body = json!({"passwordCredential": {"displayName": "drill-1"}});
    let secret = tenant.admin("POST", &format!("/applications/{id}/addPassword"), &body).value();
    tenant.variables.insert("DRILL_ID".into(), client.into());
    tenant.variables.insert("DRILL".into(), secret["secretText"].as_str().unwrap().into());
    assert_eq!(tenant.client("DRILL_ID", "DRILL"), 0);
    let key = json!({"keyId": secret["keyId"]});
    tenant.admin("POST", &format!("/applications/{id}/removePassword"), &key);
    assert_eq!(tenant.client("DRILL_ID", "DRILL"), 7_000_215);
}
