//! What survives what at Freshdesk; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{ACCOUNT, Freshdesk, ORG, OTHER_ACCOUNT, Platform as _};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::jwt;
use crate::platforms::Variables;
use crate::times::{epoch, from_epoch};

const ME: &str = "/api/v2/agents/me";

struct Desk {
    mock: Freshdesk,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Desk {
    let now = from_epoch(1_790_000_000);
    let (mock, variables) = Freshdesk::seeded(now);
    Desk { mock, variables, now }
}

impl Desk {
    fn secret(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.mock.handle(request, self.now).unwrap()
    }

    fn key(&mut self, method: &str, target: &str, name: &str, body: &Value) -> Response {
        let key = self.secret(name);
        let request = Request::new(method, target).on(ACCOUNT).with_basic(&key, "X");
        self.send(&request.with_json(body))
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        self.key(method, &format!("/api/v2/{target}"), "FRESHDESK_ADMIN_API_KEY", body)
    }

    fn who(&mut self, name: &str) -> Option<u64> {
        self.key("GET", ME, name, &Value::Null).value()["id"].as_u64()
    }

    fn bearer(&mut self, token: &str) -> u16 {
        self.send(&Request::new("GET", ME).on(ACCOUNT).auth("Bearer", token)).status
    }

    fn cookie(&mut self, server: &'static str, cookie: &str) -> u16 {
        let cookie = format!("fw-session={cookie}");
        self.send(&Request::new("GET", ME).on(server).with("cookie", &cookie)).status
    }

    fn login(&mut self, password: &str) -> Response {
        let form = [("email", "support-eu@acme.example"), ("password", password)];
        self.send(&Request::new("POST", "/login").on(ORG).with_form(&form))
    }

    fn portal(&mut self, password: &str) -> Response {
        let form = [("email", "support-eu@acme.example"), ("password", password)];
        self.send(&Request::new("POST", "/support/login").on(ACCOUNT).with_form(&form))
    }

    fn refresh(&mut self, who: &str) -> Response {
        let (id, secret, token) = (
            self.secret(&format!("ACME_FRESHDESK_{who}_CLIENT_ID")),
            self.secret(&format!("ACME_FRESHDESK_{who}_CLIENT_SECRET")),
            self.secret(&format!("ACME_FRESHDESK_{who}_REFRESH")),
        );
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
        let request = Request::new("POST", "/oauth/v2/token").on(ORG).with_form(&form);
        self.send(&request.with_basic(&id, &secret))
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.mock.by_hand(action, object, self.now).unwrap();
    }
}

#[test]
fn every_credential_proves_its_agent() {
    let mut desk = start();
    for (name, id) in [("MAYA", 6001), ("LEO", 6002), ("SYNC", 6003)] {
        assert_eq!(desk.who(&format!("ACME_FRESHDESK_{name}_API_KEY")), Some(id));
        assert_eq!(desk.who(&format!("GLOBEX_FRESHDESK_{name}_API_KEY")), Some(id + 100));
    }
    let password = desk.secret("ACME_FRESHDESK_SHARED_PASSWORD");
    assert_eq!(desk.login(&password).status, 302);
    let basic =
        Request::new("GET", ME).on(ACCOUNT).with_basic("support-eu@acme.example", &password);
    assert_eq!(desk.send(&basic).value()["id"], 6004);
    let cookie = desk.secret("ACME_FRESHDESK_SHARED_SESSION");
    assert_eq!((desk.cookie(ACCOUNT, &cookie), desk.cookie(OTHER_ACCOUNT, &cookie)), (200, 200));
    for who in ["MAYA", "APP"] {
        let token = desk.secret(&format!("ACME_FRESHDESK_{who}_ACCESS"));
        assert_eq!((desk.bearer(&token), desk.refresh(who).status), (200, 200));
    }
    let mcp = desk.key("POST", "/mcp", "ACME_FRESHDESK_MAYA_API_KEY", &json!({"id": 1}));
    assert_eq!(mcp.value()["result"]["agent"]["email"], "maya@acme.example");
}

#[test]
fn nothing_and_nonsense_are_refused_alike() {
    let mut desk = start();
    let nobody = desk.send(&Request::new("GET", ME).on(ACCOUNT));
    let unknown = desk.send(&Request::new("GET", ME).on(ACCOUNT).with_basic("nonsense", "X"));
    for answer in [nobody, unknown] {
        assert_eq!((answer.status, &answer.value()["code"]), (401, &json!("invalid_credentials")));
    }
    assert_eq!(desk.bearer("nonsense"), 401);
    assert_eq!(desk.login("nonsense").status, 200, "the form again");
}

#[test]
fn a_key_outlives_password_reset_logout_downgrade_and_address() {
    let mut desk = start();
    let session = desk.secret("ACME_FRESHDESK_SHARED_SESSION");
    desk.hand("reset_password", "6501");
    desk.hand("force_logout", "6501");
    let dummy = json!({"email": "dummy-1@ours.example", "occasional": true});
    assert_eq!(desk.admin("PUT", "agents/6001", &dummy).status, 200);
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), Some(6001));
    let role: u64 = desk.secret("FRESHDESK_RESTRICTED_ROLE").parse().unwrap();
    desk.admin("PUT", "agents/6001", &json!({"role_ids": [role]}));
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), Some(6001));
    let refused = desk.key("GET", "/api/v2/agents", "ACME_FRESHDESK_MAYA_API_KEY", &Value::Null);
    assert_eq!((refused.status, &refused.value()["code"]), (403, &json!("access_denied")));
    assert_eq!(desk.cookie(ACCOUNT, &session), 200, "somebody else's session");
}

#[test]
fn a_swapped_address_blocks_the_login_to_this_account_only() {
    let mut desk = start();
    let cookie = desk.secret("ACME_FRESHDESK_SHARED_SESSION");
    desk.admin("PUT", "agents/6004", &json!({"email": "dummy-2@ours.example"}));
    assert_eq!((desk.cookie(ACCOUNT, &cookie), desk.cookie(OTHER_ACCOUNT, &cookie)), (403, 200));
}

#[test]
fn deactivation_is_per_account_reversible_and_leaves_the_key() {
    let mut desk = start();
    let (cookie, password) = (
        desk.secret("ACME_FRESHDESK_SHARED_SESSION"),
        desk.secret("ACME_FRESHDESK_SHARED_PASSWORD"),
    );
    desk.hand("deactivate_agent", "6004");
    desk.hand("deactivate_agent", "6001");
    assert_eq!((desk.cookie(ACCOUNT, &cookie), desk.cookie(OTHER_ACCOUNT, &cookie)), (403, 200));
    assert_eq!(desk.login(&password).status, 302, "the org does not care");
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), Some(6001));
    desk.hand("reactivate_agent", "6004");
    assert_eq!(desk.cookie(ACCOUNT, &cookie), 200);
}

#[test]
fn a_deleted_agent_loses_the_key_and_stays_as_a_contact_with_a_portal_login() {
    let mut desk = start();
    let password = desk.secret("ACME_FRESHDESK_SHARED_PASSWORD");
    for id in ["6001", "6004"] {
        assert_eq!(desk.admin("DELETE", &format!("agents/{id}"), &Value::Null).status, 204);
    }
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), None);
    assert_eq!(desk.who("GLOBEX_FRESHDESK_MAYA_API_KEY"), Some(6101));
    let token = desk.secret("ACME_FRESHDESK_APP_ACCESS");
    assert_eq!((desk.bearer(&token), desk.refresh("APP").status), (200, 200));
    let answer = desk.portal(&password);
    assert_eq!(answer.status, 302);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let portal = Request::new("GET", "/support/profile").on(ACCOUNT).with("cookie", &cookie);
    assert_eq!(desk.send(&portal).value()["user"]["email"], "support-eu@acme.example");
    let found = desk.admin("GET", "contacts?email=support-eu@acme.example", &Value::Null).value();
    let contact = found[0]["id"].as_u64().unwrap();
    assert_eq!(
        desk.admin("PUT", &format!("contacts/{contact}/make_agent"), &Value::Null).status,
        200
    );
    assert_eq!(desk.admin("DELETE", "agents/6001", &Value::Null).status, 404);
}

#[test]
fn keys_are_reset_one_by_one_and_disabled_for_all() {
    let mut desk = start();
    desk.hand("reset_api_key", "6001");
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), None);
    assert_eq!(desk.who("ACME_FRESHDESK_LEO_API_KEY"), Some(6002));
    desk.hand("disable_api_key", "6002");
    assert_eq!(desk.who("ACME_FRESHDESK_LEO_API_KEY"), None);
    desk.hand("enable_api_key", "6002");
    assert_eq!(desk.who("ACME_FRESHDESK_LEO_API_KEY"), Some(6002));
    desk.hand("disable_api_keys", "account");
    assert_eq!(desk.who("GLOBEX_FRESHDESK_LEO_API_KEY"), None, "bystanders too");
    desk.hand("enable_api_keys", "account");
    assert_eq!(desk.who("GLOBEX_FRESHDESK_LEO_API_KEY"), Some(6102));
}

#[test]
fn a_reset_password_leaves_sessions_and_oauth_and_the_new_one_works() {
    let mut desk = start();
    let (old, new) = (
        desk.secret("ACME_FRESHDESK_SHARED_PASSWORD"),
        desk.secret("ACME_FRESHDESK_SHARED_NEW_PASSWORD"),
    );
    let cookie = desk.secret("ACME_FRESHDESK_SHARED_SESSION");
    desk.hand("reset_password", "6504");
    assert_eq!((desk.login(&old).status, desk.login(&new).status), (200, 302));
    assert_eq!(desk.cookie(ACCOUNT, &cookie), 200);
    desk.hand("force_logout", "6504");
    assert_eq!(desk.cookie(ACCOUNT, &cookie), 401);
}

#[test]
fn a_person_deleted_at_the_org_is_out_of_all_accounts_and_the_key_is_not() {
    let mut desk = start();
    let (cookie, password) = (
        desk.secret("ACME_FRESHDESK_SHARED_SESSION"),
        desk.secret("ACME_FRESHDESK_SHARED_PASSWORD"),
    );
    desk.hand("delete_org_user", "6504");
    desk.hand("delete_org_user", "6501");
    assert_eq!((desk.cookie(ACCOUNT, &cookie), desk.cookie(OTHER_ACCOUNT, &cookie)), (401, 401));
    assert_eq!(desk.login(&password).status, 200);
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), Some(6001));
}

#[test]
fn an_uninstalled_app_loses_its_tokens_and_no_key() {
    let mut desk = start();
    desk.hand("uninstall_app", "6301");
    let token = desk.secret("ACME_FRESHDESK_MAYA_ACCESS");
    assert_eq!(desk.bearer(&token), 401);
    assert_eq!(desk.refresh("MAYA").value()["error"], "invalid_grant");
    assert_eq!(desk.refresh("APP").status, 200);
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), Some(6001));
}

#[test]
fn an_access_token_dies_of_age_and_its_refresh_token_makes_another() {
    let mut desk = start();
    let token = desk.secret("ACME_FRESHDESK_MAYA_ACCESS");
    desk.now += Duration::from_secs(1800);
    assert_eq!(desk.bearer(&token), 401);
    let fresh = desk.refresh("MAYA").value()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(desk.bearer(&fresh), 200);
}

#[test]
fn a_sso_secret_makes_anybody_until_it_is_rotated_and_the_session_stays() {
    let mut desk = start();
    let claims = json!({"email": "leo@globex.example", "exp": epoch(desk.now) + 60});
    let sent = jwt::sign(&desk.secret("ACME_FRESHDESK_SSO_SECRET"), "JWT", &claims);
    let request = Request::new("GET", &format!("/login/jwt?jwt={sent}")).on(ACCOUNT);
    let answer = desk.send(&request);
    let cookie = answer.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
    desk.hand("rotate_sso_secret", "6601");
    assert_eq!(desk.send(&request).status, 401);
    assert_eq!(desk.cookie(ACCOUNT, &cookie), 200);
}

#[test]
fn scim_hides_the_login_and_leaves_the_key() {
    let mut desk = start();
    let token = desk.secret("ACME_FRESHDESK_SCIM_TOKEN");
    let mut scim = |method: &str, target: &str, body: &Value| {
        let request = Request::new(method, target).on(ORG).auth("Bearer", &token);
        desk.send(&request.with_json(body))
    };
    let body = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    assert_eq!(scim("PATCH", "/scim/v2/Users/6501", &body).value()["active"], false);
    assert_eq!(
        scim("GET", "/scim/v2/Users?startIndex=7&count=5", &Value::Null).value()["itemsPerPage"],
        2
    );
    assert_eq!(scim("DELETE", "/scim/v2/Users/6504", &Value::Null).status, 204);
    assert_eq!(scim("GET", "/scim/v2/Users/1", &Value::Null).status, 404);
    let cookie = desk.secret("ACME_FRESHDESK_SHARED_SESSION");
    assert_eq!(desk.cookie(ACCOUNT, &cookie), 401);
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), Some(6001));
    desk.hand("regenerate_scim_token", "6701");
    let request = Request::new("GET", "/scim/v2/Users").on(ORG).auth("Bearer", &token);
    assert_eq!(desk.send(&request).status, 401);
}

#[test]
fn agents_are_listed_page_by_page_with_the_extra_one() {
    let mut desk = start();
    desk.mock.plant(desk.now);
    let (mut target, mut seen) = ("agents?per_page=4".to_owned(), Vec::new());
    loop {
        let page = desk.admin("GET", &target, &Value::Null);
        seen.extend(page.value().as_array().unwrap().clone());
        let Some(link) = page.header("link") else { break };
        let next = link.trim_start_matches("<http://mock.test/api/v2/");
        target = next.split('>').next().unwrap().to_owned();
    }
    assert_eq!(seen.len(), 11);
    assert!(seen[10]["contact"]["email"].as_str().unwrap().ends_with("@acme.example"));
    desk.admin("PUT", "agents/6002", &json!({"occasional": true}));
    let found = desk.admin("GET", "agents?state=occasional", &Value::Null).value();
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(6002)));
}

#[test]
fn administration_is_refused_to_everybody_but_an_administrator() {
    let mut desk = start();
    for (method, target) in [
        ("POST", "/api/v2/agents"),
        ("PUT", "/api/v2/agents/6002"),
        ("DELETE", "/api/v2/agents/6002"),
        ("POST", "/api/v2/audit_log/export"),
    ] {
        let refused = desk.key(method, target, "ACME_FRESHDESK_MAYA_API_KEY", &json!({}));
        assert_eq!(refused.status, 403, "{method} {target}");
        let request = Request::new(method, target).on(ACCOUNT);
        assert_eq!(desk.send(&request).status, 401, "{method} {target}");
    }
}

#[test]
fn an_export_of_the_audit_log_takes_its_time() {
    let mut desk = start();
    desk.hand("reset_api_key", "6001");
    let job = desk.admin("POST", "audit_log/export", &Value::Null);
    assert_eq!(job.status, 202);
    let target = format!("audit_log/export/{}", job.value()["id"].as_str().unwrap());
    assert_eq!(desk.admin("GET", &target, &Value::Null).value()["status"], "in progress");
    desk.now += Duration::from_secs(30);
    assert_eq!(
        desk.admin("GET", &target, &Value::Null).value()["data"][0]["event"],
        "reset_api_key"
    );
}

#[test]
fn agents_are_made_and_rules_outlive_them() {
    let mut desk = start();
    let made = desk.admin("POST", "agents", &json!({"email": "drill@acme.example"}));
    assert_eq!(made.status, 201);
    let twice = desk.admin("POST", "agents", &json!({"email": "drill@acme.example"}));
    assert_eq!(twice.status, 400);
    desk.admin("DELETE", "agents/6001", &Value::Null);
    let rules = desk.admin("GET", "automations/1/rules", &Value::Null).value();
    assert_eq!(rules[0]["actions"][0]["url"], "https://hooks.acme.example/in");
}

#[test]
fn faults_reach_deletion_reset_and_identity() {
    let mut desk = start();
    desk.mock.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    desk.hand("reset_api_key", "6001");
    desk.hand("disable_api_keys", "account");
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), Some(6001));
    desk.mock.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    desk.admin("DELETE", "agents/6001", &Value::Null);
    assert_eq!(desk.who("ACME_FRESHDESK_MAYA_API_KEY"), Some(6001));
    desk.mock.kernel().set_fault(Some(Fault::OtherIdentity));
    assert_ne!(desk.who("ACME_FRESHDESK_LEO_API_KEY"), Some(6002));
    assert!(desk.mock.by_hand("fly", "x", desk.now).is_err());
    assert!(
        desk.mock.handle(&Request::new("GET", "/api/v2/tickets").on(ACCOUNT), desk.now).is_none()
    );
}
