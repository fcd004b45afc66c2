//! What survives what at Front; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{API, CONSOLE, Front, Platform as _};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::from_epoch;

struct Company {
    mock: Front,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Company {
    let now = from_epoch(1_790_000_000);
    let (mock, variables) = Front::seeded(now);
    Company { mock, variables, now }
}

impl Company {
    fn acme(&self, name: &str) -> String {
        self.variables[&format!("ACME_FRONT_{name}")].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.mock.handle(request, self.now).unwrap()
    }

    fn bearer(&mut self, method: &str, target: &str, name: &str, body: &Value) -> Response {
        let token = self.variables[name].clone();
        let request = Request::new(method, target).on(API).auth("Bearer", &token);
        self.send(&request.with_json(body))
    }

    fn lives(&mut self, name: &str) -> bool {
        let answer = self.bearer("GET", "/me", name, &Value::Null);
        answer.status == 200 && answer.value()["id"] == "cmp_ours"
    }

    fn refresh(&mut self) -> Response {
        let (id, secret, token) =
            (self.acme("CLIENT_ID"), self.acme("CLIENT_SECRET"), self.acme("APP_REFRESH"));
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
        let request = Request::new("POST", "/oauth/token").on(CONSOLE).with_form(&form);
        self.send(&request.with_basic(&id, &secret))
    }

    fn login(&mut self, password: &str) -> u16 {
        let body = json!({"email": "support-eu@acme.example", "password": password});
        self.send(&Request::new("POST", "/login").on(CONSOLE).with_json(&body)).status
    }

    fn session(&mut self) -> u16 {
        let cookie = format!("front.id={}", self.acme("SHARED_SESSION"));
        self.send(&Request::new("GET", "/boot").on(CONSOLE).with("cookie", &cookie)).status
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.mock.by_hand(action, object, self.now).unwrap();
    }
}

#[test]
fn every_token_names_the_company_and_none_its_owner() {
    let mut company = start();
    for name in ["API_TOKEN", "NARROW_TOKEN", "MAYA_PRIVATE_TOKEN", "SCIM_TOKEN", "APP_ACCESS"] {
        assert!(company.lives(&format!("ACME_FRONT_{name}")), "{name}");
        assert!(company.lives(&format!("GLOBEX_FRONT_{name}")), "{name}");
    }
    let length = company.acme("API_TOKEN").len();
    assert!((220..=280).contains(&length), "{length}");
    let password = company.acme("SHARED_PASSWORD");
    assert_eq!((company.login(&password), company.session()), (200, 200));
    assert_eq!(company.refresh().status, 200);
}

#[test]
fn nonsense_nothing_and_a_missing_feature_are_told_apart() {
    let mut company = start();
    let nonsense = company.send(&Request::new("GET", "/me").on(API).auth("Bearer", "x.y.z"));
    assert_eq!(
        (nonsense.status, &nonsense.value()["_error"]["title"]),
        (401, &json!("Unauthenticated"))
    );
    assert_eq!(company.send(&Request::new("GET", "/me").on(API)).status, 401);
    let narrow = company.bearer("GET", "/teammates", "ACME_FRONT_NARROW_TOKEN", &Value::Null);
    assert_eq!((narrow.status, &narrow.value()["_error"]["title"]), (403, &json!("Forbidden")));
    assert_eq!(company.login("nonsense"), 401);
}

#[test]
fn tokens_and_grants_outlive_a_deleted_administrator() {
    let mut company = start();
    company.hand("remove_admin_role", "tea_ACMEMAYA");
    company.hand("delete_teammate", "tea_ACMEMAYA");
    company.hand("delete_teammate", "tea_ACMESHARED");
    for name in ["API_TOKEN", "MAYA_PRIVATE_TOKEN", "APP_ACCESS"] {
        assert!(company.lives(&format!("ACME_FRONT_{name}")), "{name}");
    }
    assert_eq!((company.refresh().status, company.session()), (200, 401));
    let target = "/teammates/tea_ACMEMAYA";
    let gone = company.bearer("GET", target, "FRONT_ADMIN_TOKEN", &Value::Null);
    assert_eq!(gone.status, 404);
}

#[test]
fn the_api_says_yes_to_blocking_and_blocks_nobody() {
    let mut company = start();
    let target = "/teammates/tea_ACMESHARED";
    let body = json!({"is_blocked": true, "first_name": "Shared"});
    assert_eq!(company.bearer("PATCH", target, "FRONT_ADMIN_TOKEN", &body).status, 204);
    let shown = company.bearer("GET", target, "FRONT_ADMIN_TOKEN", &Value::Null).value();
    assert_eq!((&shown["is_blocked"], &shown["first_name"]), (&json!(false), &json!("Shared")));
    assert_eq!(company.session(), 200);
}

#[test]
fn a_block_by_hand_or_scim_is_a_mask() {
    let mut company = start();
    company.hand("block_teammate", "tea_ACMESHARED");
    let password = company.acme("SHARED_PASSWORD");
    assert_eq!((company.login(&password), company.session()), (401, 401));
    company.hand("unblock_teammate", "tea_ACMESHARED");
    assert_eq!((company.login(&password), company.session()), (200, 200));
    let off = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    let target = "/scim/v2/Users/tea_ACMESHARED";
    let answer = company.bearer("PATCH", target, "ACME_FRONT_SCIM_TOKEN", &off);
    assert_eq!((&answer.value()["active"], company.session()), (&json!(false), 401));
    let on = json!({"Operations": [{"op": "replace", "path": "active", "value": true}]});
    company.bearer("PATCH", target, "ACME_FRONT_SCIM_TOKEN", &on);
    assert_eq!(company.session(), 200);
    let answer = company.bearer("DELETE", target, "ACME_FRONT_SCIM_TOKEN", &Value::Null);
    assert_eq!((answer.status, company.session()), (204, 401));
}

#[test]
fn a_revoked_token_dies_alone() {
    let mut company = start();
    company.hand("revoke_api_token", "tok_ACMESYNC");
    assert!(!company.lives("ACME_FRONT_API_TOKEN"));
    assert!(company.lives("ACME_FRONT_MAYA_PRIVATE_TOKEN"));
    assert!(company.lives("GLOBEX_FRONT_API_TOKEN"));
    assert!(company.mock.by_hand("revoke_api_token", "tok_none", company.now).is_err());
}

#[test]
fn a_revoked_app_cannot_refresh_and_its_access_token_lives_its_hour() {
    let mut company = start();
    company.hand("revoke_app_access", "app_ACME");
    let dead = company.refresh();
    assert_eq!((dead.status, &dead.value()["error"]), (400, &json!("invalid_grant")));
    assert!(company.lives("ACME_FRONT_APP_ACCESS"));
    company.now += Duration::from_secs(3600);
    assert!(!company.lives("ACME_FRONT_APP_ACCESS"));
}

#[test]
fn a_rotated_secret_stops_refreshing_only() {
    let mut company = start();
    let fresh = company.refresh().value()["access_token"].as_str().unwrap().to_owned();
    company.hand("rotate_app_secret", "app_ACME");
    assert_eq!(company.refresh().status, 401);
    let answer = company.send(&Request::new("GET", "/me").on(API).auth("Bearer", &fresh));
    assert_eq!(answer.status, 200);
}

#[test]
fn a_reset_password_leaves_session_and_tokens() {
    let mut company = start();
    let (old, new) = (company.acme("SHARED_PASSWORD"), company.acme("SHARED_NEW_PASSWORD"));
    company.hand("reset_password", "tea_ACMESHARED");
    assert_eq!((company.login(&old), company.login(&new), company.session()), (401, 200, 200));
    assert!(company.lives("ACME_FRONT_API_TOKEN"));
}

#[test]
fn teammates_are_listed_to_the_end_with_bots_and_the_extra_one() {
    let mut company = start();
    company.mock.plant(company.now);
    let (mut target, mut seen) = ("/teammates?limit=5".to_owned(), Vec::new());
    loop {
        let page = company.bearer("GET", &target, "FRONT_ADMIN_TOKEN", &Value::Null).value();
        seen.extend(page["_results"].as_array().unwrap().clone());
        let Some(next) = page["_pagination"]["next"].as_str() else { break };
        target = next.strip_prefix("http://mock.test").unwrap().to_owned();
    }
    assert_eq!(seen.len(), 13);
    assert_eq!(seen.iter().filter(|one| one["type"] == "api").count(), 3);
    let rules = company.bearer("GET", "/company/rules", "FRONT_ADMIN_TOKEN", &Value::Null);
    assert!(rules.value()["_results"][0]["actions"][0].as_str().unwrap().contains("acme.example"));
}

#[test]
fn scim_is_refused_without_its_feature() {
    let mut company = start();
    let refused = company.bearer("GET", "/scim/v2/Users", "ACME_FRONT_API_TOKEN", &Value::Null);
    assert_eq!(refused.status, 403);
    let request = Request::new("DELETE", "/scim/v2/Users/tea_ACMELEO").on(API);
    assert_eq!(company.send(&request.auth("Bearer", "nonsense")).status, 401);
    let list = company.bearer("GET", "/scim/v2/Users?count=3", "FRONT_ADMIN_TOKEN", &Value::Null);
    assert_eq!(
        (&list.value()["totalResults"], &list.value()["itemsPerPage"]),
        (&json!(8), &json!(3))
    );
}

#[test]
fn faults_reach_revocation_blocking_and_identity() {
    let mut company = start();
    company.mock.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    company.hand("revoke_api_token", "tok_ACMESYNC");
    assert!(company.lives("ACME_FRONT_API_TOKEN"));
    company.mock.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    company.hand("block_teammate", "tea_ACMESHARED");
    assert_eq!(company.session(), 200);
    company.mock.kernel().set_fault(Some(Fault::OtherIdentity));
    let other = company.bearer("GET", "/me", "ACME_FRONT_API_TOKEN", &Value::Null).value();
    assert_eq!(other["id"], "cmp_other");
    assert!(company.mock.by_hand("fly", "x", company.now).is_err());
    let unknown = Request::new("GET", "/conversations").on(API);
    assert!(company.mock.handle(&unknown, company.now).is_none());
}
