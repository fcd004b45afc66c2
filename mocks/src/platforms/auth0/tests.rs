//! What survives what at Auth0, by use of the credential, never by the answer to the action.

use super::*;
use crate::platforms::Variables;
use crate::times::from_epoch;

struct Tenant {
    auth0: Auth0,
    variables: Variables,
    now: SystemTime,
}

fn tenant() -> Tenant {
    let now = from_epoch(1_790_000_000);
    let (auth0, variables) = Auth0::seeded(now);
    Tenant { auth0, variables, now }
}

const MAYA: &str = "/users/auth0%7CACMEMAYA";

impl Tenant {
    fn var(&self, name: &str) -> String {
        self.variables[&format!("ACME_AUTH0_{name}")].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.auth0.handle(request, self.now).expect("the route exists")
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.variables["AUTH0_ADMIN_TOKEN"].clone();
        let target = format!("/api/v2{target}");
        self.send(&Request::new(method, &target).auth("Bearer", &token).with_json(body))
    }

    fn token(&mut self, body: &Value) -> Response {
        self.send(&Request::new("POST", "/oauth/token").with_json(body))
    }

    fn refresh_value(&mut self, supplier: &str, value: &str) -> Response {
        let var = |what: &str| self.variables[&format!("{supplier}_AUTH0_{what}")].clone();
        let body = json!({"grant_type": "refresh_token", "refresh_token": value,
            "client_id": var("CLIENT_ID"), "client_secret": var("CLIENT_SECRET")});
        self.token(&body)
    }

    fn refresh(&mut self, name: &str) -> Response {
        let value = self.var(name);
        self.refresh_value("ACME", &value)
    }

    fn rotate(&mut self, value: &str) -> Response {
        let client = self.var("SPA_CLIENT_ID");
        let body =
            json!({"grant_type": "refresh_token", "refresh_token": value, "client_id": client});
        self.token(&body)
    }

    fn bystander(&mut self) -> u16 {
        let value = self.variables["GLOBEX_AUTH0_MAYA_REFRESH"].clone();
        self.refresh_value("GLOBEX", &value).status
    }

    fn machine(&mut self, audience: &str) -> Response {
        let body = json!({"grant_type": "client_credentials", "audience": audience,
            "client_id": self.var("M2M_CLIENT_ID"), "client_secret": self.var("M2M_CLIENT_SECRET")});
        self.token(&body)
    }

    fn sign_in(&mut self, password: &str) -> Response {
        let body = json!({"grant_type": "password", "username": "support-eu@acme.example",
            "password": password, "scope": "openid offline_access",
            "client_id": self.var("CLIENT_ID"), "client_secret": self.var("CLIENT_SECRET")});
        self.token(&body)
    }

    fn bearer(&mut self, name: &str, target: &str, server: &'static str) -> Response {
        let token = self.var(name);
        self.send(&Request::new("GET", target).on(server).auth("Bearer", &token))
    }

    fn userinfo(&mut self, name: &str) -> u16 {
        self.bearer(name, "/userinfo", TENANT).status
    }

    fn own_api(&mut self, name: &str) -> u16 {
        self.bearer(name, "/whoami", RESOURCE).status
    }

    fn session(&mut self, name: &str) -> bool {
        let cookie = format!("auth0={}", self.var(name));
        let answer =
            self.send(&Request::new("GET", "/authorize?prompt=none").with("Cookie", &cookie));
        answer.header("location").is_some_and(|l| l.contains("code="))
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.auth0.by_hand(action, object, self.now).expect("an action by hand");
    }
}

#[test]
fn every_credential_works_at_first_and_says_whose_it_is() {
    let mut tenant = tenant();
    for name in ["MAYA_REFRESH", "MAYA_DEVICE_REFRESH", "LEO_REFRESH"] {
        assert_eq!(tenant.refresh(name).status, 200, "{name}");
    }
    assert_eq!(tenant.bearer("LEO_ACCESS", "/userinfo", TENANT).value()["sub"], "auth0|ACMELEO");
    assert_eq!(tenant.bearer("MAYA_ACCESS", "/whoami", RESOURCE).value()["sub"], "auth0|ACMEMAYA");
    assert_eq!(tenant.bearer("M2M_API_ACCESS", "/whoami", RESOURCE).value()["sub"], "ACMEM2M");
    assert_eq!(tenant.bearer("M2M_ACCESS", "/api/v2/clients?per_page=1", TENANT).status, 200);
    assert!(tenant.session("MAYA_SESSION") && tenant.session("SHARED_SESSION"));
    let password = tenant.var("SHARED_PASSWORD");
    assert_eq!(tenant.sign_in(&password).status, 200);
    assert_eq!(tenant.machine(OWN_API).status, 200);
    let assertion = tenant.var("CLIENT_ASSERTION");
    let body = json!({"grant_type": "client_credentials", "audience": OWN_API,
        "client_assertion": assertion});
    assert_eq!(tenant.token(&body).status, 200);
    assert_eq!(tenant.bystander(), 200);
}

#[test]
fn blocking_hides_and_leaves_access_tokens_to_their_exp() {
    let mut tenant = tenant();
    tenant.admin("PATCH", MAYA, &json!({"blocked": true}));
    let dead = tenant.refresh("MAYA_REFRESH");
    assert_eq!((dead.status, &dead.value()["error_description"]), (403, &json!("user is blocked")));
    assert!(!tenant.session("MAYA_SESSION"));
    assert_eq!((tenant.userinfo("MAYA_ACCESS"), tenant.own_api("MAYA_ACCESS")), (200, 200));
    tenant.now += ACCESS_LIFE;
    assert_eq!((tenant.userinfo("MAYA_ACCESS"), tenant.own_api("MAYA_ACCESS")), (401, 401));
    tenant.admin("PATCH", MAYA, &json!({"blocked": false}));
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 200);
    assert!(tenant.session("MAYA_SESSION"));
}

#[test]
fn revoking_access_ends_sessions_and_refresh_tokens_unless_told_to_keep_them() {
    for keep in [true, false] {
        let mut tenant = tenant();
        let body = json!({"preserve_refresh_tokens": keep});
        assert_eq!(tenant.admin("POST", &format!("{MAYA}/revoke-access"), &body).status, 204);
        assert!(!tenant.session("MAYA_SESSION"));
        assert_eq!(tenant.refresh("MAYA_REFRESH").status == 200, keep);
        assert_eq!(tenant.userinfo("MAYA_ACCESS"), 200);
        assert_eq!(tenant.refresh("LEO_REFRESH").status, 200);
    }
}

#[test]
fn a_deleted_session_leaves_its_refresh_token_and_a_revoked_one_does_not() {
    let mut tenant = tenant();
    assert_eq!(tenant.admin("DELETE", "/sessions/ses_ACMEMAYA", &Value::Null).status, 202);
    assert!(!tenant.session("MAYA_SESSION"));
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 200);
    let mut tenant = self::tenant();
    assert_eq!(tenant.admin("POST", "/sessions/ses_ACMEMAYA/revoke", &json!({})).status, 202);
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 403);
    assert_eq!(tenant.refresh("MAYA_DEVICE_REFRESH").status, 200, "not of that session");
}

#[test]
fn a_revoked_refresh_token_leaves_its_siblings_in_a_new_tenant_and_not_in_an_old_one() {
    for old in [false, true] {
        let mut tenant = tenant();
        if old {
            tenant.hand("enable_revocation_deletes_grant", "");
        }
        let body = json!({"client_id": tenant.var("CLIENT_ID"), "token": tenant.var("MAYA_REFRESH"),
            "client_secret": tenant.var("CLIENT_SECRET")});
        assert_eq!(
            tenant.send(&Request::new("POST", "/oauth/revoke").with_json(&body)).status,
            200
        );
        assert_eq!(tenant.refresh("MAYA_REFRESH").status, 403);
        assert_eq!(tenant.refresh("MAYA_DEVICE_REFRESH").status == 200, !old);
        assert_eq!(tenant.userinfo("MAYA_ACCESS"), 200);
    }
    let mut tenant = tenant();
    let body = json!({"client_id": tenant.var("CLIENT_ID"), "token": "v1.Munknown",
        "client_secret": tenant.var("CLIENT_SECRET")});
    assert_eq!(tenant.send(&Request::new("POST", "/oauth/revoke").with_json(&body)).status, 200);
}

#[test]
fn a_deleted_grant_takes_the_tokens_of_its_context() {
    let mut tenant = tenant();
    assert_eq!(tenant.admin("DELETE", "/grants/grant-ACMEMAYA", &Value::Null).status, 204);
    for name in ["MAYA_REFRESH", "MAYA_DEVICE_REFRESH"] {
        assert_eq!(tenant.refresh(name).status, 403);
    }
    let spa = tenant.var("MAYA_ROTATING_REFRESH");
    assert_eq!(tenant.rotate(&spa).status, 200);
    assert_eq!(tenant.userinfo("MAYA_ACCESS"), 200);
    assert_eq!(tenant.admin("DELETE", "/grants/grant-ACMEMAYA", &Value::Null).status, 404);
}

#[test]
fn replaying_a_rotated_token_ends_its_family() {
    let mut tenant = tenant();
    let first = tenant.var("MAYA_ROTATING_REFRESH");
    let second = tenant.rotate(&first).value()["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(tenant.rotate(&first).status, 403);
    assert_eq!(tenant.rotate(&second).status, 403);
    assert_eq!(tenant.admin("GET", "/logs?q=type:ferrt", &Value::Null).value()[0]["type"], "ferrt");
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 200);
}

#[test]
fn a_rotated_secret_and_a_deleted_client_grant_leave_minted_tokens() {
    let mut tenant = tenant();
    assert_eq!(tenant.admin("DELETE", "/client-grants/cgr_ACME2", &Value::Null).status, 204);
    assert_eq!(tenant.machine(OWN_API).status, 403, "the secret is right, the grant is gone");
    assert_eq!(tenant.machine(MANAGEMENT).status, 200);
    assert_eq!(tenant.admin("POST", "/clients/ACMEM2M/rotate-secret", &json!({})).status, 200);
    let dead = tenant.machine(MANAGEMENT);
    assert_eq!((dead.status, &dead.value()["error"]), (401, &json!("access_denied")));
    assert_eq!(tenant.own_api("M2M_API_ACCESS"), 200);
    assert_eq!(tenant.bearer("M2M_ACCESS", "/api/v2/clients", TENANT).status, 200);
    tenant.now += ACCESS_LIFE;
    assert_eq!(tenant.bearer("M2M_ACCESS", "/api/v2/clients", TENANT).status, 401);
}

#[test]
fn a_deleted_key_ends_the_assertion_and_secrets_of_keyed_clients_cannot_be_rotated() {
    let mut tenant = tenant();
    assert_eq!(tenant.admin("POST", "/clients/ACMEKEYED/rotate-secret", &json!({})).status, 400);
    let target = "/clients/ACMEKEYED/credentials/cred_ACME1";
    assert_eq!(tenant.admin("DELETE", target, &Value::Null).status, 204);
    let body = json!({"grant_type": "client_credentials", "audience": OWN_API,
        "client_assertion": tenant.var("CLIENT_ASSERTION")});
    assert_eq!(tenant.token(&body).status, 401);
}

#[test]
fn only_the_signing_keys_end_kills_a_jwt_early_and_it_kills_the_bystanders() {
    let mut tenant = tenant();
    tenant.admin("DELETE", MAYA, &Value::Null);
    assert_eq!(tenant.own_api("MAYA_ACCESS"), 200);
    assert_eq!(tenant.admin("PUT", "/keys/signing/mock-1/revoke", &json!({})).status, 200);
    assert_eq!(tenant.own_api("MAYA_ACCESS"), 401);
    assert_eq!(tenant.userinfo("LEO_ACCESS"), 401);
    assert_eq!(tenant.bystander(), 200, "refresh tokens are no JWTs");
}

#[test]
fn a_new_password_leaves_sessions_and_refresh_tokens() {
    let mut tenant = tenant();
    tenant.admin("PATCH", "/users/auth0%7CACMESHARED", &json!({"password": "Next-1"}));
    let old = tenant.var("SHARED_PASSWORD");
    assert_eq!(tenant.sign_in(&old).value()["error"], "invalid_grant");
    assert_eq!(tenant.sign_in("Next-1").status, 200);
    assert!(tenant.session("SHARED_SESSION"));
}

#[test]
fn a_second_factor_proves_the_password_and_ten_wrong_ones_lock() {
    let mut tenant = tenant();
    let password = tenant.var("SHARED_PASSWORD");
    tenant.hand("require_mfa", "auth0|ACMESHARED");
    assert_eq!(tenant.sign_in(&password).value()["error"], "mfa_required");
    for _ in 0..10 {
        assert_eq!(tenant.sign_in("wrong").status, 403);
    }
    assert_eq!(tenant.sign_in(&password).status, 429);
}

#[test]
fn refresh_tokens_are_listed_to_the_last_checkpoint_and_end_by_id() {
    let mut tenant = tenant();
    tenant.auth0.kernel.set_fault(Some(crate::Fault::ExtraToken));
    tenant.auth0.plant(tenant.now);
    let (mut ids, mut from) = (Vec::new(), String::new());
    loop {
        let target = format!("/refresh-tokens?user_id=auth0%7CACMEMAYA&take=1{from}");
        let page = tenant.admin("GET", &target, &Value::Null).value();
        ids.push(page["refresh_tokens"][0]["id"].clone());
        let Some(next) = page["next"].as_str() else { break };
        from = format!("&from={next}");
    }
    assert_eq!(ids.len(), 4);
    assert!(ids.contains(&json!("rt_PLANTED")));
    assert_eq!(tenant.admin("DELETE", "/refresh-tokens/rt_ACMEMAYA", &Value::Null).status, 202);
    assert_eq!(tenant.refresh("MAYA_REFRESH").status, 403);
    let body = json!({"user_id": "auth0|ACMEMAYA", "client_id": "ACMEBRIDGE"});
    assert_eq!(tenant.admin("POST", "/refresh-tokens/revoke", &body).status, 204);
    assert_eq!(tenant.refresh("MAYA_DEVICE_REFRESH").status, 403);
    let users = tenant.admin("GET", "/users?include_totals=true&page=1", &Value::Null).value();
    assert_eq!((&users["total"], &users["start"]), (&json!(6), &json!(2)));
}

#[test]
fn the_oldest_of_two_hundred_refresh_tokens_is_dropped() {
    let mut tenant = tenant();
    let password = tenant.var("SHARED_PASSWORD");
    let first = tenant.sign_in(&password).value()["refresh_token"].as_str().unwrap().to_owned();
    for _ in 0..199 {
        tenant.sign_in(&password);
    }
    assert_eq!(tenant.refresh_value("ACME", &first).status, 200);
    tenant.sign_in(&password);
    assert_eq!(tenant.refresh_value("ACME", &first).status, 403);
}

#[test]
fn admin_calls_without_the_admin_are_refused() {
    let mut tenant = tenant();
    let bare = tenant.send(&Request::new("GET", "/api/v2/users"));
    assert_eq!((bare.status, &bare.value()["error"]), (401, &json!("Unauthorized")));
    let token = tenant.var("M2M_ACCESS");
    let request = Request::new("DELETE", &format!("/api/v2{MAYA}")).auth("Bearer", &token);
    assert_eq!(tenant.send(&request).value()["errorCode"], "insufficient_scope");
    assert_eq!(tenant.bearer("MAYA_ACCESS", "/api/v2/users", TENANT).status, 401);
}

#[test]
fn a_connections_scim_token_is_listed_and_deleted() {
    let mut tenant = tenant();
    let users = "/scim/v2/connections/con_ACME/Users";
    assert_eq!(tenant.bearer("SCIM_TOKEN", users, TENANT).status, 200);
    let tokens = "/connections/con_ACME/scim-configuration/tokens";
    assert_eq!(tenant.admin("GET", tokens, &Value::Null).value()[0]["token_id"], "tok_ACME1");
    tenant.admin("DELETE", &format!("{tokens}/tok_ACME1"), &Value::Null);
    assert_eq!(tenant.bearer("SCIM_TOKEN", users, TENANT).status, 401);
}

#[test]
fn a_minted_client_works_until_it_is_deleted() {
    let mut tenant = tenant();
    let client = tenant.admin("POST", "/clients", &json!({"name": "drill"})).value();
    let grant = json!({"client_id": client["client_id"], "audience": OWN_API, "scope": ["read:x"]});
    assert_eq!(tenant.admin("POST", "/client-grants", &grant).status, 201);
    let body = json!({"grant_type": "client_credentials", "audience": OWN_API,
        "client_id": client["client_id"], "client_secret": client["client_secret"]});
    assert_eq!(tenant.token(&body).status, 200);
    let target = format!("/clients/{}", client["client_id"].as_str().unwrap());
    assert_eq!(tenant.admin("DELETE", &target, &Value::Null).status, 204);
    assert_eq!(tenant.token(&body).status, 401);
}
