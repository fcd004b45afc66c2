//! What survives what at HubSpot; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{API, CONSOLE, HubSpot, Platform as _};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::from_epoch;

const DETAILS: &str = "/account-info/v3/details";
const MINUTE: Duration = Duration::from_secs(60);

struct Hub {
    mock: HubSpot,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Hub {
    let now = from_epoch(1_790_000_000);
    let (mock, variables) = HubSpot::seeded(now);
    Hub { mock, variables, now }
}

impl Hub {
    fn secret(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.mock.handle(request, self.now).unwrap()
    }

    fn bearer(&mut self, method: &str, target: &str, token: &str, body: &Value) -> Response {
        let request = Request::new(method, target).on(API).auth("Bearer", token);
        self.send(&request.with_json(body))
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.secret("HUBSPOT_ADMIN_TOKEN");
        self.bearer(method, target, &token, body)
    }

    fn details(&mut self, name: &str) -> Response {
        let token = self.secret(name);
        self.bearer("GET", DETAILS, &token, &Value::Null)
    }

    fn lives(&mut self, name: &str) -> bool {
        self.details(name).value()["portalId"] == 4_700_001
    }

    fn token(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let (id, secret) =
            (self.secret("ACME_HUBSPOT_CLIENT_ID"), self.secret("ACME_HUBSPOT_CLIENT_SECRET"));
        let mut form = vec![("client_id", &*id), ("client_secret", &*secret)];
        form.extend(fields);
        self.send(&Request::new("POST", path).on(API).with_form(&form))
    }

    fn refresh(&mut self) -> Response {
        let token = self.secret("ACME_HUBSPOT_MAYA_REFRESH");
        self.token("/oauth/v3/token", &[("grant_type", "refresh_token"), ("refresh_token", &token)])
    }

    fn personal(&mut self) -> Response {
        let key = self.secret("ACME_HUBSPOT_MAYA_PERSONAL_KEY");
        let body = json!({"encodedOAuthRefreshToken": key});
        self.send(&Request::new("POST", "/localdevauth/v1/auth/refresh").on(API).with_json(&body))
    }

    fn login(&mut self, password: &str) -> u16 {
        let body = json!({"email": "support-eu@acme.example", "password": password});
        self.send(&Request::new("POST", "/login-api/v1/login").on(CONSOLE).with_json(&body)).status
    }

    fn home(&mut self, portal: &str) -> u16 {
        let cookie = format!("hubspotapi={}", self.secret("ACME_HUBSPOT_SHARED_SESSION"));
        let request = Request::new("GET", &format!("/home/{portal}")).on(CONSOLE);
        self.send(&request.with("cookie", &cookie)).status
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.mock.by_hand(action, object, self.now).unwrap();
    }
}

fn category(answer: &Response) -> (u16, String) {
    (answer.status, answer.value()["category"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn every_bearer_names_the_account_and_nothing_else_does() {
    let mut hub = start();
    for name in ["PRIVATE_APP_TOKEN", "NARROW_TOKEN", "SERVICE_KEY", "MAYA_ACCESS"] {
        assert!(hub.lives(&format!("ACME_HUBSPOT_{name}")), "{name}");
        assert!(hub.lives(&format!("GLOBEX_HUBSPOT_{name}")), "{name}");
    }
    let dated = hub.admin("GET", "/account-info/2026-03/details", &Value::Null);
    assert_eq!(dated.value()["portalId"], 4_700_001);
    assert!(hub.secret("ACME_HUBSPOT_PRIVATE_APP_TOKEN").starts_with("pat-na1-"));
    let unknown = hub.bearer("GET", DETAILS, "nonsense", &Value::Null);
    assert_eq!(category(&unknown), (401, "INVALID_AUTHENTICATION".into()));
    let nobody = hub.send(&Request::new("GET", DETAILS).on(API));
    assert_eq!(category(&nobody), (401, "INVALID_AUTHENTICATION".into()));
}

#[test]
fn a_missing_scope_is_forbidden_and_alive() {
    let mut hub = start();
    let token = hub.secret("ACME_HUBSPOT_NARROW_TOKEN");
    let refused = hub.bearer("GET", "/settings/v3/users", &token, &Value::Null);
    assert_eq!(category(&refused), (403, "MISSING_SCOPES".into()));
    for (method, target) in [
        ("DELETE", "/settings/v3/users/4002"),
        ("POST", "/settings/v3/users"),
        ("GET", "/account-info/v3/activity/security"),
        ("DELETE", "/marketing/v3/transactional/smtp-tokens/smtp-ACME"),
    ] {
        let token = hub.secret("ACME_HUBSPOT_PRIVATE_APP_TOKEN");
        assert_eq!(hub.bearer(method, target, &token, &json!({})).status, 403, "{target}");
        assert_eq!(hub.bearer(method, target, "nonsense", &json!({})).status, 401, "{target}");
    }
}

#[test]
fn an_aged_access_token_says_so_and_a_refresh_makes_another() {
    let mut hub = start();
    hub.now += 330 * MINUTE;
    let expired = hub.details("ACME_HUBSPOT_MAYA_ACCESS");
    assert_eq!(category(&expired), (401, "EXPIRED_AUTHENTICATION".into()));
    assert!(expired.value()["message"].as_str().unwrap().contains("expired 5 hour(s) ago"));
    let answer = hub.refresh().value();
    assert_eq!(answer["refresh_token"], hub.secret("ACME_HUBSPOT_MAYA_REFRESH"));
    let token = answer["access_token"].as_str().unwrap().to_owned();
    assert_eq!(hub.bearer("GET", DETAILS, &token, &Value::Null).status, 200);
}

#[test]
fn removing_a_user_takes_the_personal_key_and_leaves_what_is_the_accounts() {
    let mut hub = start();
    let short = hub.personal().value()["oauthAccessToken"].as_str().unwrap().to_owned();
    assert_eq!(hub.bearer("GET", DETAILS, &short, &Value::Null).status, 200);
    assert_eq!(hub.admin("DELETE", "/settings/v3/users/4001", &Value::Null).status, 204);
    assert_eq!(hub.personal().status, 401);
    assert_eq!(hub.bearer("GET", DETAILS, &short, &Value::Null).status, 401);
    for name in ["PRIVATE_APP_TOKEN", "SERVICE_KEY", "MAYA_ACCESS"] {
        assert!(hub.lives(&format!("ACME_HUBSPOT_{name}")), "{name}");
    }
    assert_eq!(hub.refresh().status, 200);
    assert_eq!(hub.admin("DELETE", "/settings/v3/users/4001", &Value::Null).status, 404);
}

#[test]
fn deactivation_is_a_mask_on_this_account_only() {
    let mut hub = start();
    hub.hand("deactivate_user", "4001");
    hub.hand("deactivate_user", "4004");
    assert_eq!((hub.personal().status, hub.home("4700001"), hub.home("4900001")), (401, 403, 200));
    assert!(hub.lives("ACME_HUBSPOT_MAYA_ACCESS"));
    hub.hand("reactivate_user", "4001");
    hub.hand("reactivate_user", "4004");
    assert_eq!((hub.personal().status, hub.home("4700001")), (200, 200));
}

#[test]
fn archiving_the_crm_object_takes_nothing_from_the_user() {
    let mut hub = start();
    assert_eq!(hub.admin("DELETE", "/crm/v3/objects/users/4004", &Value::Null).status, 204);
    assert_eq!(hub.home("4700001"), 200);
}

#[test]
fn removed_people_rejoin_by_their_domain_until_it_is_taken_off_the_list() {
    let mut hub = start();
    hub.admin("DELETE", "/settings/v3/users/4004", &Value::Null);
    assert_eq!(hub.home("4700001"), 403);
    hub.hand("join_by_domain_invite", "support-eu@acme.example");
    assert_eq!(hub.home("4700001"), 200);
    hub.hand("remove_invite_domain", "acme.example");
    assert!(hub.mock.by_hand("join_by_domain_invite", "x@acme.example", hub.now).is_err());
}

#[test]
fn a_rotated_private_token_dies_now_or_in_seven_days_as_one_chose() {
    let mut hub = start();
    hub.hand("rotate_private_app_token_later", "4301");
    hub.hand("rotate_private_app_token_now", "4302");
    assert!(hub.lives("ACME_HUBSPOT_PRIVATE_APP_TOKEN"));
    assert!(!hub.lives("ACME_HUBSPOT_NARROW_TOKEN"));
    hub.now += 7 * 24 * 60 * MINUTE - MINUTE;
    assert!(hub.lives("ACME_HUBSPOT_PRIVATE_APP_TOKEN"));
    hub.now += MINUTE;
    assert!(!hub.lives("ACME_HUBSPOT_PRIVATE_APP_TOKEN"));
    assert!(hub.lives("GLOBEX_HUBSPOT_PRIVATE_APP_TOKEN"));
}

#[test]
fn keys_end_one_by_one() {
    let mut hub = start();
    hub.hand("delete_private_app", "4301");
    hub.hand("deactivate_service_key", "4401");
    hub.hand("deactivate_personal_access_key", "4501");
    assert!(!hub.lives("ACME_HUBSPOT_PRIVATE_APP_TOKEN") && !hub.lives("ACME_HUBSPOT_SERVICE_KEY"));
    assert_eq!(hub.personal().status, 401);
    assert!(hub.lives("ACME_HUBSPOT_NARROW_TOKEN") && hub.lives("GLOBEX_HUBSPOT_SERVICE_KEY"));
}

#[test]
fn a_deleted_refresh_token_leaves_the_access_token() {
    let mut hub = start();
    let token = hub.secret("ACME_HUBSPOT_MAYA_REFRESH");
    let target = format!("/oauth/v1/refresh-tokens/{token}");
    assert_eq!(
        hub.send(&Request::new("GET", &target).on(API)).value()["user"],
        "maya@acme.example"
    );
    assert_eq!(hub.send(&Request::new("DELETE", &target).on(API)).status, 204);
    assert_eq!(hub.send(&Request::new("GET", &target).on(API)).status, 404);
    let dead = hub.refresh();
    assert_eq!((dead.status, &dead.value()["status"]), (400, &json!("BAD_REFRESH_TOKEN")));
    assert!(hub.lives("ACME_HUBSPOT_MAYA_ACCESS"));
    let mut hub = start();
    let token = hub.secret("ACME_HUBSPOT_MAYA_REFRESH");
    assert_eq!(hub.token("/oauth/v3/token/revoke", &[("token", &token)]).status, 200);
    assert_eq!(hub.refresh().status, 400);
}

#[test]
fn an_uninstalled_app_cannot_refresh_and_its_access_token_lags() {
    let mut hub = start();
    let token = hub.secret("ACME_HUBSPOT_MAYA_ACCESS");
    let target = "/appinstalls/v3/external-install";
    assert_eq!(hub.bearer("DELETE", target, &token, &Value::Null).status, 204);
    assert_eq!(hub.refresh().status, 400);
    assert!(hub.lives("ACME_HUBSPOT_MAYA_ACCESS"));
    hub.now += 10 * MINUTE;
    assert_eq!(category(&hub.details("ACME_HUBSPOT_MAYA_ACCESS")).1, "INVALID_AUTHENTICATION");
    assert!(hub.lives("ACME_HUBSPOT_PRIVATE_APP_TOKEN"), "the same supplier's other door");
    assert!(hub.lives("GLOBEX_HUBSPOT_MAYA_ACCESS"));
}

#[test]
fn introspection_and_client_credentials() {
    let mut hub = start();
    let token = hub.secret("ACME_HUBSPOT_MAYA_ACCESS");
    let alive = hub.token("/oauth/v3/token/introspect", &[("token", &token)]).value();
    assert_eq!((&alive["active"], &alive["user_id"]), (&json!(true), &json!(4001)));
    let dead = hub.token("/oauth/v3/token/introspect", &[("token", "nonsense")]).value();
    assert_eq!(dead, json!({"active": false}));
    let minted = hub.token("/oauth/v3/token", &[("grant_type", "client_credentials")]).value();
    let token = minted["access_token"].as_str().unwrap().to_owned();
    let home = hub.bearer("GET", DETAILS, &token, &Value::Null);
    assert_eq!(home.value()["portalId"], 4_710_001, "the supplier's own account");
    hub.hand("rotate_client_secret", "4601");
    assert_eq!(hub.refresh().value()["status"], "BAD_CLIENT_SECRET");
    assert!(hub.lives("ACME_HUBSPOT_MAYA_ACCESS"));
}

#[test]
fn a_reset_and_required_sso_leave_sessions_and_tokens() {
    let mut hub = start();
    let (old, new) = (
        hub.secret("ACME_HUBSPOT_SHARED_PASSWORD"),
        hub.secret("ACME_HUBSPOT_SHARED_NEW_PASSWORD"),
    );
    assert_eq!(hub.login(&old), 200);
    hub.hand("reset_password", "4004");
    assert_eq!((hub.login(&old), hub.login(&new), hub.home("4700001")), (401, 200, 200));
    hub.hand("require_sso", "account");
    assert_eq!((hub.login(&new), hub.login(&old), hub.home("4700001")), (403, 401, 200));
    let logins = hub.admin("GET", "/account-info/v3/activity/login", &Value::Null).value();
    assert_eq!(logins["results"][0]["loginSucceeded"], true);
}

#[test]
fn users_are_listed_page_by_page() {
    let mut hub = start();
    let (mut after, mut seen) = (String::new(), 0);
    loop {
        let target = format!("/settings/v3/users?limit=3&after={after}");
        let page = hub.admin("GET", &target, &Value::Null).value();
        seen += page["results"].as_array().unwrap().len();
        let Some(next) = page["paging"]["next"]["after"].as_str() else { break };
        next.clone_into(&mut after);
    }
    assert_eq!(seen, 8);
    let body = json!({"email": "drill@acme.example"});
    assert_eq!(hub.admin("POST", "/settings/v3/users", &body).status, 201);
    assert_eq!(hub.admin("POST", "/settings/v3/users", &body).status, 409);
}

#[test]
fn smtp_tokens_are_made_listed_and_deleted() {
    let mut hub = start();
    let base = "/marketing/v3/transactional/smtp-tokens";
    let made = hub.admin("POST", base, &json!({"campaignName": "drill"})).value();
    assert!(made["password"].is_string());
    let count = |hub: &mut Hub| {
        hub.admin("GET", base, &Value::Null).value()["results"].as_array().unwrap().len()
    };
    assert_eq!(count(&mut hub), 3);
    assert_eq!(hub.admin("DELETE", &format!("{base}/smtp-ACME"), &Value::Null).status, 204);
    assert_eq!(hub.admin("DELETE", &format!("{base}/smtp-ACME"), &Value::Null).status, 404);
    assert_eq!(count(&mut hub), 2);
}

#[test]
fn the_security_activity_shows_who_did_what_and_the_extra_token() {
    let mut hub = start();
    hub.hand("deactivate_user", "4001");
    hub.mock.plant(hub.now);
    let target = "/account-info/v3/activity/security";
    let log = hub.admin("GET", target, &Value::Null).value();
    assert_eq!(
        (&log["results"][0]["type"], &log["results"][0]["userId"]),
        (&json!("DEACTIVATE_USER"), &json!(4999))
    );
    let log = hub.admin("GET", &format!("{target}?userId=4001"), &Value::Null).value();
    assert_eq!(log["results"][0]["type"], "PRIVATE_APP_ACCESS_TOKEN_CREATE");
}

#[test]
fn faults_reach_deletion_removal_and_identity() {
    let mut hub = start();
    hub.mock.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    hub.hand("delete_private_app", "4301");
    assert!(hub.lives("ACME_HUBSPOT_PRIVATE_APP_TOKEN"));
    hub.mock.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    hub.admin("DELETE", "/settings/v3/users/4001", &Value::Null);
    assert_eq!(hub.personal().status, 200);
    hub.mock.kernel().set_fault(Some(Fault::OtherIdentity));
    let other = hub.details("ACME_HUBSPOT_PRIVATE_APP_TOKEN");
    assert_eq!((other.status, &other.value()["portalId"]), (200, &json!(4_900_001)));
    assert!(hub.mock.by_hand("fly", "x", hub.now).is_err());
    assert!(hub.mock.handle(&Request::new("GET", "/crm/v3/deals").on(API), hub.now).is_none());
}
