//! What survives what at Gorgias; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Gorgias, Platform as _};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::from_epoch;

struct Account {
    mock: Gorgias,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Account {
    let now = from_epoch(1_790_000_000);
    let (mock, variables) = Gorgias::seeded(now);
    Account { mock, variables, now }
}

impl Account {
    fn acme(&self, name: &str) -> String {
        self.variables[&format!("ACME_GORGIAS_{name}")].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.mock.handle(request, self.now).unwrap()
    }

    fn key(&mut self, method: &str, target: &str, name: &str, body: &Value) -> Response {
        let key = self.variables[name].clone();
        let request = Request::new(method, target).with_basic("somebody@ours.example", &key);
        self.send(&request.with_json(body))
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        self.key(method, target, "GORGIAS_ADMIN_API_KEY", body)
    }

    fn who(&mut self, name: &str) -> Option<u64> {
        self.key("GET", "/api/users/0", name, &Value::Null).value()["id"].as_u64()
    }

    fn bearer(&mut self, token: &str) -> u16 {
        self.send(&Request::new("GET", "/api/account").auth("Bearer", token)).status
    }

    fn refresh(&mut self) -> Response {
        let (id, secret, token) =
            (self.acme("CLIENT_ID"), self.acme("CLIENT_SECRET"), self.acme("APP_REFRESH"));
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
        let request = Request::new("POST", "/oauth/token").with_form(&form);
        self.send(&request.with_basic(&id, &secret))
    }

    fn login(&mut self, password: &str) -> u16 {
        let body = json!({"email": "support-eu@acme.example", "password": password});
        self.send(&Request::new("POST", "/login").with_json(&body)).status
    }

    fn session(&mut self) -> u16 {
        let cookie = format!("session={}", self.acme("SHARED_SESSION"));
        self.send(&Request::new("GET", "/api/users/0").with("cookie", &cookie)).status
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.mock.by_hand(action, object, self.now).unwrap();
    }
}

#[test]
fn every_credential_proves_its_account_and_a_key_its_user() {
    let mut account = start();
    for (name, id) in [("MAYA", 1001), ("LEO", 1002), ("SYNC", 1003)] {
        assert_eq!(account.who(&format!("ACME_GORGIAS_{name}_API_KEY")), Some(id));
        assert_eq!(account.who(&format!("GLOBEX_GORGIAS_{name}_API_KEY")), Some(id + 100));
    }
    let body = account.key("GET", "/api/account", "ACME_GORGIAS_MAYA_API_KEY", &Value::Null);
    assert_eq!(body.value()["domain"], "ours");
    assert!(body.header("x-gorgias-account-api-call-limit").is_some());
    let token = account.acme("APP_ACCESS");
    assert_eq!((account.bearer(&token), account.refresh().status), (200, 200));
    let password = account.acme("SHARED_PASSWORD");
    assert_eq!((account.login(&password), account.session()), (200, 200));
}

#[test]
fn nonsense_and_nothing_are_refused_and_a_role_forbids() {
    let mut account = start();
    let nobody = account.send(&Request::new("GET", "/api/account"));
    let nonsense = Request::new("GET", "/api/account").with_basic("maya@acme.example", "x");
    let nonsense = account.send(&nonsense);
    assert_eq!((nobody.status, nonsense.status, account.bearer("x")), (401, 401, 401));
    assert!(nonsense.value()["error"]["msg"].is_string());
    let observer = account.key("GET", "/api/users", "ACME_GORGIAS_LEO_API_KEY", &Value::Null);
    assert_eq!(observer.status, 403);
    assert_eq!(account.login("nonsense"), 401);
}

#[test]
fn a_deleted_user_loses_login_and_key_and_nothing_that_is_the_accounts() {
    let mut account = start();
    assert_eq!(account.admin("DELETE", "/api/users/1001", &Value::Null).status, 204);
    assert_eq!(account.admin("DELETE", "/api/users/1004", &Value::Null).status, 204);
    assert_eq!(account.who("ACME_GORGIAS_MAYA_API_KEY"), None);
    assert_eq!(account.session(), 401);
    assert_eq!(account.who("ACME_GORGIAS_SYNC_API_KEY"), Some(1003), "a colleague's key");
    assert_eq!(account.who("GLOBEX_GORGIAS_MAYA_API_KEY"), Some(1101));
    let token = account.acme("APP_ACCESS");
    assert_eq!((account.bearer(&token), account.refresh().status), (200, 200));
    let hooks = account.admin("GET", "/api/integrations", &Value::Null).value();
    assert_eq!(hooks["data"][0]["http"]["url"], "https://hooks.acme.example/in");
    assert_eq!(account.admin("DELETE", "/api/users/1001", &Value::Null).status, 404);
}

#[test]
fn deactivation_masks_the_login_and_a_key_goes_on_with_the_role_left() {
    let mut account = start();
    account.admin("PUT", "/api/users/1004", &json!({"active": false}));
    account.admin("PUT", "/api/users/1001", &json!({"active": false}));
    let password = account.acme("SHARED_PASSWORD");
    assert_eq!((account.login(&password), account.session()), (401, 401));
    assert_eq!(account.who("ACME_GORGIAS_MAYA_API_KEY"), Some(1001));
    account.admin("PUT", "/api/users/1004", &json!({"active": true}));
    assert_eq!((account.login(&password), account.session()), (200, 200));
    account.admin("PUT", "/api/users/1003", &json!({"role": {"name": "observer-agent"}}));
    let name = "ACME_GORGIAS_SYNC_API_KEY";
    assert_eq!(account.key("GET", "/api/users", name, &Value::Null).status, 403);
    assert_eq!(account.key("GET", "/api/account", name, &Value::Null).status, 200);
}

#[test]
fn a_changed_address_leaves_the_key() {
    let mut account = start();
    account.admin("PUT", "/api/users/1001", &json!({"email": "dummy@ours.example"}));
    let key = account.acme("MAYA_API_KEY");
    for email in ["maya@acme.example", "dummy@ours.example"] {
        let request = Request::new("GET", "/api/users/0").with_basic(email, &key);
        assert_eq!(account.send(&request).value()["email"], "dummy@ours.example");
    }
}

#[test]
fn a_reset_or_revoked_key_dies_alone() {
    let mut account = start();
    account.hand("reset_api_key", "1001");
    account.hand("revoke_api_key", "1002");
    assert_eq!(account.who("ACME_GORGIAS_MAYA_API_KEY"), None);
    assert_eq!(account.who("ACME_GORGIAS_LEO_API_KEY"), None);
    assert_eq!(account.who("ACME_GORGIAS_SYNC_API_KEY"), Some(1003));
    assert_eq!(account.refresh().status, 200);
}

#[test]
fn a_reset_password_leaves_session_and_key() {
    let mut account = start();
    let (old, new) = (account.acme("SHARED_PASSWORD"), account.acme("SHARED_NEW_PASSWORD"));
    account.hand("reset_password", "1004");
    assert_eq!((account.login(&old), account.login(&new), account.session()), (401, 200, 200));
    assert_eq!(account.who("ACME_GORGIAS_MAYA_API_KEY"), Some(1001));
}

#[test]
fn an_uninstalled_app_cannot_refresh_and_its_access_token_lives_its_day() {
    let mut account = start();
    account.hand("uninstall_app", "1301");
    let dead = account.refresh();
    assert_eq!((dead.status, &dead.value()["error"]), (400, &json!("invalid_grant")));
    let token = account.acme("APP_ACCESS");
    assert_eq!(account.bearer(&token), 200);
    account.now += Duration::from_secs(24 * 3600);
    assert_eq!(account.bearer(&token), 401);
}

#[test]
fn a_rotated_client_secret_stops_refreshing_only() {
    let mut account = start();
    account.hand("rotate_client_secret", "1301");
    let token = account.acme("APP_ACCESS");
    assert_eq!((account.refresh().status, account.bearer(&token)), (401, 200));
}

#[test]
fn users_are_listed_to_the_end_and_the_extra_integration_shows() {
    let mut account = start();
    account.mock.plant(account.now);
    let (mut cursor, mut seen) = (String::new(), 0);
    loop {
        let target = format!("/api/users?limit=3&cursor={cursor}");
        let page = account.admin("GET", &target, &Value::Null).value();
        seen += page["data"].as_array().unwrap().len();
        let Some(next) = page["meta"]["next_cursor"].as_str() else { break };
        next.clone_into(&mut cursor);
    }
    assert_eq!(seen, 10);
    let hooks = account.admin("GET", "/api/integrations", &Value::Null).value();
    assert_eq!(hooks["data"].as_array().unwrap().len(), 3);
    assert_eq!(account.admin("DELETE", "/api/integrations/1701", &Value::Null).status, 204);
    assert_eq!(account.admin("DELETE", "/api/integrations/1701", &Value::Null).status, 404);
    assert_eq!(account.admin("GET", "/api/rules", &Value::Null).status, 200);
}

#[test]
fn users_are_made_and_the_feed_names_the_actor() {
    let mut account = start();
    let body = json!({"email": "drill@acme.example", "role": {"name": "agent"}});
    assert_eq!(account.admin("POST", "/api/users", &body).status, 201);
    assert_eq!(account.admin("POST", "/api/users", &body).status, 400);
    let feed = account.admin("GET", "/api/events?object_type=User", &Value::Null).value();
    assert_eq!(
        (&feed["data"][0]["type"], &feed["data"][0]["user_id"]),
        (&json!("user-created"), &json!(1999))
    );
}

#[test]
fn administration_is_refused_to_everybody_but_an_administrator() {
    let mut account = start();
    for (method, target) in [
        ("DELETE", "/api/users/1002"),
        ("PUT", "/api/users/1002"),
        ("POST", "/api/users"),
        ("DELETE", "/api/integrations/1701"),
        ("GET", "/api/events"),
    ] {
        let refused = account.key(method, target, "ACME_GORGIAS_MAYA_API_KEY", &json!({}));
        assert_eq!(refused.status, 403, "{method} {target}");
        assert_eq!(account.send(&Request::new(method, target)).status, 401, "{method} {target}");
    }
}

#[test]
fn faults_reach_deletion_reset_and_identity() {
    let mut account = start();
    account.mock.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    account.hand("reset_api_key", "1001");
    assert_eq!(account.who("ACME_GORGIAS_MAYA_API_KEY"), Some(1001));
    account.mock.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    account.admin("DELETE", "/api/users/1001", &Value::Null);
    assert_eq!(account.who("ACME_GORGIAS_MAYA_API_KEY"), Some(1001));
    account.mock.kernel().set_fault(Some(Fault::OtherIdentity));
    assert_ne!(account.who("ACME_GORGIAS_SYNC_API_KEY"), Some(1003));
    let other = account.key("GET", "/api/account", "ACME_GORGIAS_SYNC_API_KEY", &Value::Null);
    assert_eq!(other.value()["domain"], "other");
    assert!(account.mock.by_hand("fly", "x", account.now).is_err());
    let unknown = Request::new("GET", "/api/tickets");
    assert!(account.mock.handle(&unknown, account.now).is_none());
}

#[test]
fn anybodys_password_can_be_reset_and_the_key_goes_on() {
    let mut account = start();
    let password = account.acme("MAYA_PASSWORD");
    let login = |account: &mut Account| {
        let body = json!({"email": "maya@acme.example", "password": password});
        account.send(&Request::new("POST", "/login").with_json(&body)).status
    };
    assert_eq!(login(&mut account), 200);
    account.hand("reset_password", "1001");
    assert_eq!((login(&mut account), account.who("ACME_GORGIAS_MAYA_API_KEY")), (401, Some(1001)));
    assert!(account.mock.by_hand("reset_password", "nobody", account.now).is_err());
}
