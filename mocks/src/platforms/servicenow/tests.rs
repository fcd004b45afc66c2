//! What survives what at ServiceNow; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform as _, ServiceNow, sys_id};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::from_epoch;

mod clients;

const MINUTE: Duration = Duration::from_secs(60);
const SELF: &str = "/api/now/table/sys_user?sysparm_query=sys_id=javascript:gs.getUserID()";
const ANYBODY: &str = "/api/now/table/sys_user?sysparm_limit=1&sysparm_fields=sys_id,user_name";

struct Instance {
    mock: ServiceNow,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Instance {
    let now = from_epoch(1_790_000_000);
    let (mock, variables) = ServiceNow::seeded(now);
    Instance { mock, variables, now }
}

fn who(answer: &Response) -> String {
    answer.value()["result"][0]["user_name"].as_str().unwrap_or_default().to_owned()
}

impl Instance {
    fn secret(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn acme(&self, name: &str) -> String {
        self.secret(&format!("ACME_SERVICENOW_{name}"))
    }

    fn send(&mut self, request: &Request) -> Response {
        self.mock.handle(request, self.now).unwrap()
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let key = self.secret("SERVICENOW_ADMIN_API_KEY");
        let target = format!("/api/now/table/{target}");
        self.send(&Request::new(method, &target).with("x-sn-apikey", &key).with_json(body))
    }

    fn user(&mut self, number: u64, body: &Value) {
        let answer = self.admin("PATCH", &format!("sys_user/{}", sys_id(number)), body);
        assert_eq!(answer.status, 200, "{}", answer.value());
    }

    fn basic(&mut self, who: &str, password: &str) -> Response {
        let login = format!("{who}@acme.example");
        self.send(&Request::new("GET", SELF).with_basic(&login, password))
    }

    fn bearer(&mut self, token: &str) -> Response {
        self.send(&Request::new("GET", SELF).auth("Bearer", token))
    }

    fn key(&mut self, key: &str) -> Response {
        self.send(&Request::new("GET", SELF).with("x-sn-apikey", key))
    }

    fn cookie(&mut self, cookie: &str) -> u16 {
        self.send(&Request::new("GET", ANYBODY).with("cookie", cookie)).status
    }

    fn session(&mut self, name: &str) -> u16 {
        let cookie = format!("JSESSIONID={}", self.acme(name));
        self.cookie(&cookie)
    }

    fn login(&mut self, who: &str, password: &str) -> Response {
        let login = format!("{who}@acme.example");
        let form = [("user_name", &*login), ("user_password", password), ("remember_me", "true")];
        self.send(&Request::new("POST", "/login.do").with_form(&form))
    }

    fn token(&mut self, fields: &[(&str, &str)]) -> Response {
        let (id, secret) = (self.acme("CLIENT_ID"), self.acme("CLIENT_SECRET"));
        let mut form = vec![("client_id", &*id), ("client_secret", &*secret)];
        form.extend(fields);
        self.send(&Request::new("POST", "/oauth_token.do").with_form(&form))
    }

    fn refresh(&mut self) -> Response {
        let token = self.acme("MAYA_REFRESH");
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", &token)])
    }

    fn revoke(&mut self, token: &str) -> u16 {
        self.send(&Request::new("POST", &format!("/oauth_revoke_token.do?token={token}"))).status
    }
}

#[test]
fn every_credential_names_its_user() {
    let mut instance = start();
    for (name, who_) in [("MAYA_API_KEY", "maya"), ("SYNC_API_KEY", "sync")] {
        let key = instance.acme(name);
        assert_eq!(who(&instance.key(&key)), format!("{who_}@acme.example"));
        let key = instance.secret(&format!("GLOBEX_SERVICENOW_{name}"));
        assert_eq!(who(&instance.key(&key)), format!("{who_}@globex.example"));
    }
    let token = instance.acme("MAYA_ACCESS");
    assert_eq!(who(&instance.bearer(&token)), "maya@acme.example");
    let token = instance.acme("LEO_IDP_TOKEN");
    assert_eq!(who(&instance.bearer(&token)), "leo@acme.example");
    for (name, login) in [("SYNC", "sync"), ("SHARED", "support-eu"), ("MID", "mid")] {
        let password = instance.acme(&format!("{name}_PASSWORD"));
        assert_eq!(who(&instance.basic(login, &password)), format!("{login}@acme.example"));
    }
    assert_eq!(instance.session("SHARED_SESSION"), 200);
    assert_eq!(instance.session("SHARED_OTHER_NODE_SESSION"), 200);
    assert_eq!(instance.refresh().status, 200);
}

#[test]
fn the_gate_and_the_second_factor_hide_a_right_password() {
    let mut instance = start();
    let password = instance.acme("MAYA_PASSWORD");
    let gate = instance.basic("maya", &password);
    let wrong = instance.basic("support-eu", "nonsense");
    assert_eq!((gate.status, gate.body), (401, wrong.body), "one body for both");
    assert_eq!(instance.login("maya", &password).status, 302);
    let password = instance.acme("LEO_PASSWORD");
    let factor = instance.basic("leo", &password);
    assert_eq!((factor.status, factor.header("X-MFA_TOKEN")), (401, Some("invalid")));
    assert_eq!(instance.basic("leo", "nonsense").header("X-MFA_TOKEN"), None);
    assert_eq!(instance.send(&Request::new("GET", ANYBODY)).status, 401);
}

#[test]
fn five_wrong_passwords_shut_a_user_out_for_a_while() {
    let mut instance = start();
    let password = instance.acme("SYNC_PASSWORD");
    for _ in 0..5 {
        instance.basic("sync", "nonsense");
    }
    assert_eq!(instance.basic("sync", &password).status, 401);
    instance.now += 15 * MINUTE;
    assert_eq!(instance.basic("sync", &password).status, 200);
}

#[test]
fn a_cookie_outlives_the_revoked_token_it_came_with() {
    let mut instance = start();
    let token = instance.acme("MAYA_ACCESS");
    let answer = instance.bearer(&token);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(instance.revoke(&token), 200);
    assert_eq!((instance.bearer(&token).status, instance.cookie(&cookie)), (401, 200));
    for _ in 0..10 {
        instance.now += 4 * MINUTE;
        assert_eq!(instance.cookie(&cookie), 200, "polling keeps it alive");
    }
    let strict = "glide.authenticate.oauth.post.token.expiration.cookie_auth.disabled=true";
    instance.mock.by_hand("set_property", strict, instance.now).unwrap();
    assert_eq!(instance.cookie(&cookie), 401);
}

#[test]
fn an_idle_cookie_dies() {
    let mut instance = start();
    let token = instance.acme("MAYA_ACCESS");
    let answer = instance.bearer(&token);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    instance.now += 5 * MINUTE;
    assert_eq!(instance.cookie(&cookie), 401);
}

#[test]
fn a_revoked_token_leaves_its_sibling_and_an_unknown_one_is_told_the_same() {
    let mut instance = start();
    let (access, refresh) = (instance.acme("MAYA_ACCESS"), instance.acme("MAYA_REFRESH"));
    instance.revoke(&access);
    let renewed = instance.refresh().value();
    assert_ne!(renewed["access_token"], access);
    instance.revoke(&refresh);
    let dead = instance.refresh();
    assert_eq!((dead.status, &dead.value()["error"]), (401, &json!("server_error")));
    let token = renewed["access_token"].as_str().unwrap().to_owned();
    assert_eq!(instance.bearer(&token).status, 200);
    assert_eq!(instance.revoke("nonsense"), 200);
}

#[test]
fn a_second_token_is_the_first_with_more_time() {
    let mut instance = start();
    instance.now += 20 * MINUTE;
    let same = instance.refresh().value()["access_token"].clone();
    assert_eq!(same, instance.acme("MAYA_ACCESS"));
    instance.now += 20 * MINUTE;
    let token = instance.acme("MAYA_ACCESS");
    assert_eq!(instance.bearer(&token).status, 200);
    instance.now += 30 * MINUTE;
    assert_eq!(instance.bearer(&token).status, 401);
}

#[test]
fn a_lock_ends_sessions_and_hides_passwords_and_nothing_else() {
    let mut instance = start();
    let (password, remember) =
        (instance.acme("SHARED_PASSWORD"), instance.acme("SHARED_REMEMBER_ME"));
    let remember = format!("glide_user={remember}");
    assert_eq!(instance.cookie(&remember), 200);
    instance.user(3004, &json!({"locked_out": "true"}));
    instance.user(3001, &json!({"locked_out": "true"}));
    assert_eq!(instance.session("SHARED_SESSION"), 401);
    assert_eq!(instance.basic("support-eu", &password).status, 401);
    assert_eq!(instance.cookie(&remember), 401);
    let (token, key) = (instance.acme("MAYA_ACCESS"), instance.acme("MAYA_API_KEY"));
    assert_eq!((instance.bearer(&token).status, instance.key(&key).status), (200, 200));
    assert_eq!(instance.refresh().status, 200);
    let bystander = instance.secret("GLOBEX_SERVICENOW_SHARED_SESSION");
    assert_eq!(instance.cookie(&format!("JSESSIONID={bystander}")), 200);
    instance.user(3004, &json!({"locked_out": "false"}));
    assert_eq!(instance.basic("support-eu", &password).status, 200);
    assert_eq!((instance.cookie(&remember), instance.session("SHARED_SESSION")), (200, 401));
}

#[test]
fn deactivation_locks_unless_the_instance_lets_the_inactive_in() {
    let mut instance = start();
    let password = instance.acme("SHARED_PASSWORD");
    instance.user(3004, &json!({"active": "false"}));
    assert_eq!(instance.basic("support-eu", &password).status, 401);
    instance.user(3004, &json!({"active": "true"}));
    assert_eq!(instance.basic("support-eu", &password).status, 200);
    let lax = "glide.authenticate.only.allow.active.user.login=false";
    instance.mock.by_hand("set_property", lax, instance.now).unwrap();
    instance.user(3004, &json!({"active": "false"}));
    assert_eq!(instance.basic("support-eu", &password).status, 200);
}

#[test]
fn a_changed_password_leaves_sessions_cookies_tokens_and_keys() {
    let mut instance = start();
    let (old, remember) = (instance.acme("SHARED_PASSWORD"), instance.acme("SHARED_REMEMBER_ME"));
    instance.user(3004, &json!({"user_password": "Brand-New-1"}));
    assert_eq!(instance.login("support-eu", &old).status, 200, "the form again");
    let answer = instance.login("support-eu", "Brand-New-1");
    assert_eq!(answer.status, 302);
    assert_eq!(answer.headers.iter().filter(|(name, _)| name == "Set-Cookie").count(), 2);
    assert_eq!(instance.session("SHARED_SESSION"), 200);
    assert_eq!(instance.cookie(&format!("glide_user={remember}")), 200);
}

#[test]
fn needs_reset_does_not_bind_the_api_until_a_property_says_so() {
    let mut instance = start();
    let password = instance.acme("SYNC_PASSWORD");
    instance.user(3003, &json!({"password_needs_reset": "true"}));
    assert_eq!(instance.basic("sync", &password).status, 200);
    let strict = "glide.authenticate.api.user.reset_password.mandatory=true";
    instance.mock.by_hand("set_property", strict, instance.now).unwrap();
    assert_eq!(instance.basic("sync", &password).status, 401);
    assert!(instance.mock.by_hand("set_property", "x=maybe", instance.now).is_err());
}

#[test]
fn one_session_ends_and_that_of_another_node_cannot() {
    let mut instance = start();
    let now = instance.now;
    let rows = instance.admin("GET", "v_user_session", &Value::Null).value();
    let rows = rows["result"].as_array().unwrap().clone();
    assert!(rows.iter().all(|row| row["node"] == "1"));
    instance.mock.by_hand("end_session", &sys_id(3804), now).unwrap();
    assert!(instance.mock.by_hand("end_session", &sys_id(3805), now).is_err());
    assert_eq!(instance.session("SHARED_SESSION"), 401);
    assert_eq!(instance.session("SHARED_OTHER_NODE_SESSION"), 200);
    instance.now += 8 * 60 * MINUTE;
    assert_eq!(instance.session("SHARED_OTHER_NODE_SESSION"), 401, "idle");
    let remember = instance.acme("SHARED_REMEMBER_ME");
    assert_eq!(instance.cookie(&format!("glide_user={remember}")), 200, "survives idleness");
}

#[test]
fn a_browser_session_shows_its_user_and_ends_at_logout() {
    let mut instance = start();
    let password = instance.acme("MAYA_PASSWORD");
    let answer = instance.login("maya", &password);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let page = instance.send(&Request::new("GET", "/nav_to.do").with("cookie", &cookie));
    assert!(String::from_utf8(page.body).unwrap().contains("maya@acme.example"));
    instance.send(&Request::new("GET", "/logout.do").with("cookie", &cookie));
    assert_eq!(instance.send(&Request::new("GET", "/").with("cookie", &cookie)).status, 302);
    let api_only = instance.acme("SYNC_PASSWORD");
    assert_eq!(instance.login("sync", &api_only).status, 200, "the form again");
}

#[test]
fn token_rows_are_listed_with_the_extra_one_and_deleted() {
    let mut instance = start();
    instance.mock.plant(instance.now);
    let query = format!("oauth_credential?sysparm_query=user={}", sys_id(3001));
    let rows = instance.admin("GET", &query, &Value::Null).value();
    assert_eq!(rows["result"].as_array().unwrap().len(), 3);
    let target = format!("oauth_credential/{}", sys_id(3602));
    assert_eq!(instance.admin("DELETE", &target, &Value::Null).status, 204);
    assert_eq!(instance.refresh().status, 401);
    let token = instance.acme("MAYA_ACCESS");
    assert_eq!(instance.bearer(&token).status, 200);
}

#[test]
fn users_are_found_by_domain_and_pages_are_followed_to_the_end() {
    let mut instance = start();
    instance.user(3002, &json!({"active": "false"}));
    let mut target =
        "sys_user?sysparm_query=emailENDSWITH@acme.example&sysparm_limit=2&sysparm_fields=user_name"
            .to_owned();
    let mut seen = Vec::new();
    loop {
        let page = instance.admin("GET", &target, &Value::Null);
        assert_eq!(page.header("X-Total-Count"), Some("5"));
        seen.extend(page.value()["result"].as_array().unwrap().clone());
        let Some(link) = page.header("link") else { break };
        let next = link.trim_start_matches("<http://mock.test/api/now/table/");
        target = next.split('>').next().unwrap().to_owned();
    }
    assert_eq!((seen.len(), &seen[1]), (5, &json!({"user_name": "leo@acme.example"})));
    let token = instance.acme("MAYA_ACCESS");
    let target = "/api/now/table/sys_user?sysparm_query=user_name=leo@acme.example";
    let hidden = instance.send(&Request::new("GET", target).auth("Bearer", &token));
    assert_eq!(hidden.value()["result"], json!([]), "from those who are no administrators");
}

#[test]
fn records_are_made_for_canaries() {
    let mut instance = start();
    let body = json!({"user_name": "drill@acme.example", "user_password": "Canary-123",
        "web_service_access_only": "true"});
    let user = instance.admin("POST", "sys_user", &body).value()["result"]["sys_id"].clone();
    let patch = json!({"web_service_access_only": "true"});
    instance.admin("PATCH", &format!("sys_user/{}", user.as_str().unwrap()), &patch);
    assert_eq!(instance.basic("drill", "Canary-123").status, 200);
    let made = instance.admin("POST", "api_key", &json!({"name": "drill", "user": user})).value();
    let key = made["result"]["token"].as_str().unwrap().to_owned();
    assert_eq!(who(&instance.key(&key)), "drill@acme.example");
    let made = instance.admin("POST", "oauth_entity", &json!({"name": "drill"})).value();
    assert!(made["result"]["client_secret"].is_string());
    let target = format!("sys_user/{}", user.as_str().unwrap());
    assert_eq!(instance.admin("DELETE", &target, &Value::Null).status, 204);
    assert_eq!(instance.key(&key).status, 401);
    let events = instance.admin("GET", "sysevent?sysparm_query=name=login", &Value::Null).value();
    assert_eq!(events["result"][0]["parm1"], "drill@acme.example");
}

#[test]
fn administration_is_refused_to_everybody_but_an_administrator() {
    let mut instance = start();
    let token = instance.acme("MAYA_ACCESS");
    for (method, target) in [
        ("PATCH", format!("sys_user/{}", sys_id(3002))),
        ("GET", "oauth_credential".into()),
        ("DELETE", format!("api_key/{}", sys_id(3702))),
        ("DELETE", format!("oauth_entity/{}", sys_id(3301))),
        ("GET", "v_user_session".into()),
    ] {
        let target = format!("/api/now/table/{target}");
        let request = Request::new(method, &target).with_json(&json!({}));
        assert_eq!(instance.send(&request.clone().auth("Bearer", &token)).status, 403, "{target}");
        assert_eq!(instance.send(&request.auth("Bearer", "nonsense")).status, 401, "{target}");
    }
}

#[test]
fn faults_reach_locks_revocation_and_identity() {
    let mut instance = start();
    instance.mock.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    let token = instance.acme("MAYA_ACCESS");
    instance.revoke(&token);
    assert_eq!(instance.bearer(&token).status, 200);
    instance.mock.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    instance.user(3004, &json!({"active": "false"}));
    let password = instance.acme("SHARED_PASSWORD");
    assert_eq!(instance.session("SHARED_SESSION"), 200);
    assert_eq!(instance.basic("support-eu", &password).status, 200);
    instance.mock.kernel().set_fault(Some(Fault::OtherIdentity));
    assert_ne!(who(&instance.bearer(&token)), "maya@acme.example");
    assert!(instance.mock.by_hand("fly", "x", instance.now).is_err());
    assert!(
        instance
            .mock
            .handle(&Request::new("GET", "/api/now/table/incident"), instance.now)
            .is_none()
    );
}
