//! What survives what at Zendesk; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::seed::account;
use super::{Platform as _, Zendesk};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::from_epoch;

mod logins;
mod oauth;

const MINUTE: Duration = Duration::from_secs(60);
const ME: &str = "/api/v2/users/me.json";

struct Account {
    zendesk: Zendesk,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Account {
    let now = from_epoch(1_790_000_000);
    let (zendesk, variables) = account(now);
    Account { zendesk, variables, now }
}

impl Account {
    fn secret(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.zendesk.handle(request, self.now).unwrap()
    }

    fn bearer(&mut self, method: &str, target: &str, token: &str) -> Response {
        self.send(&Request::new(method, target).auth("Bearer", token))
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.secret("ZENDESK_ADMIN_TOKEN");
        self.send(&Request::new(method, target).auth("Bearer", &token).with_json(body))
    }

    fn suspend(&mut self, user: u64, suspended: bool) {
        let target = format!("/api/v2/users/{user}.json");
        let answer = self.admin("PUT", &target, &json!({"user": {"suspended": suspended}}));
        assert_eq!(answer.value()["user"]["suspended"], suspended);
    }

    /// Gives the id that the token of a variable proves, or none.
    fn who(&mut self, name: &str) -> Option<u64> {
        let token = self.secret(name);
        self.bearer("GET", ME, &token).value()["user"]["id"].as_u64()
    }

    fn by_api_token(&mut self, email: &str) -> Response {
        let token = self.secret("ACME_ZENDESK_API_TOKEN");
        self.send(&Request::new("GET", ME).with_basic(&format!("{email}/token"), &token))
    }

    fn by_password(&mut self, password: &str) -> u16 {
        let request = Request::new("GET", ME).with_basic("support-eu@acme.example", password);
        self.send(&request).status
    }

    fn by_session(&mut self) -> u16 {
        let cookie =
            format!("a=b; _zendesk_session={}", self.secret("ACME_ZENDESK_SHARED_SESSION"));
        let target = "/api/v2/users/me/session.json";
        self.send(&Request::new("GET", target).with("Cookie", &cookie)).status
    }

    fn exchange(&mut self, fields: &Value) -> Response {
        let mut body = json!({
            "client_id": "acme-bridge",
            "client_secret": self.secret("ACME_ZENDESK_CLIENT_SECRET"),
        });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.send(&Request::new("POST", "/oauth/tokens").with_json(&body))
    }

    fn refresh(&mut self, token: &str) -> Response {
        self.exchange(&json!({"grant_type": "refresh_token", "refresh_token": token}))
    }
}

#[test]
fn every_seeded_token_proves_its_owner() {
    let mut account = start();
    for (name, id) in [("LEGACY_ACCESS", 9003), ("LEO_ACCESS", 9002), ("MAYA_ACCESS", 9001)] {
        assert_eq!(account.who(&format!("ACME_ZENDESK_{name}")), Some(id));
        assert_eq!(account.who(&format!("GLOBEX_ZENDESK_{name}")), Some(id + 100));
    }
    let password = account.secret("ACME_ZENDESK_SHARED_PASSWORD");
    assert_eq!((account.by_password(&password), account.by_session()), (200, 200));
}

#[test]
fn every_variable_of_the_population_is_handed_out_and_different() {
    let account = start();
    let names = "SHARED_PASSWORD SHARED_SESSION API_TOKEN LEGACY_ACCESS LEO_ACCESS MAYA_ACCESS \
                 MAYA_REFRESH CLIENT_SECRET";
    let mut expected = vec!["ZENDESK_ADMIN_TOKEN".to_owned()];
    for supplier in ["ACME", "GLOBEX"] {
        expected.extend(names.split_whitespace().map(|name| format!("{supplier}_ZENDESK_{name}")));
    }
    expected.sort();
    assert_eq!(account.variables.keys().cloned().collect::<Vec<_>>(), expected);
    let mut secrets: Vec<&String> = account.variables.values().collect();
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), expected.len());
}

#[test]
fn nobody_is_the_anonymous_user_with_a_200() {
    let mut account = start();
    let answer = account.send(&Request::new("GET", ME));
    assert_eq!((answer.status, answer.value()["user"]["id"].clone()), (200, Value::Null));
    assert_eq!(account.send(&Request::new("GET", "/api/v2/users.json")).status, 401);
}

#[test]
fn an_unknown_route_is_no_answer() {
    let mut account = start();
    let request = Request::new("GET", "/api/v2/tickets.json");
    assert!(account.zendesk.handle(&request, account.now).is_none());
}

#[test]
fn an_api_token_works_with_a_colleagues_email_after_its_user_is_suspended() {
    let mut account = start();
    account.suspend(9001, true);
    let refused = account.by_api_token("maya@acme.example");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.value()["error"], "Couldn't authenticate you");
    let nina = account.by_api_token("nina@ours.example");
    assert_eq!(nina.value()["user"]["id"], 9900);
    account.suspend(9001, false);
    assert_eq!(account.by_api_token("maya@acme.example").status, 200);
}

#[test]
fn a_deactivated_api_token_can_come_back_and_a_deleted_one_cannot() {
    let mut account = start();
    let (mut by_hand, now) = (Vec::new(), account.now);
    let actions = ["deactivate_api_token", "activate_api_token", "delete_api_token"];
    for action in actions {
        account.zendesk.by_hand(action, "501", now).unwrap();
        by_hand.push(account.by_api_token("nina@ours.example").status);
    }
    assert_eq!(by_hand, [401, 200, 401]);
    assert!(account.zendesk.by_hand("activate_api_token", "501", now).is_err());
    assert!(account.zendesk.by_hand("fly", "601", now).is_err());
}

#[test]
fn suspension_hides_oauth_and_password_and_leaves_the_session() {
    let mut account = start();
    let password = account.secret("ACME_ZENDESK_SHARED_PASSWORD");
    for user in [9001, 9003, 9004] {
        account.suspend(user, true);
    }
    assert_eq!(account.who("ACME_ZENDESK_MAYA_ACCESS"), None);
    assert_eq!(account.who("ACME_ZENDESK_LEGACY_ACCESS"), None);
    assert_eq!(account.who("GLOBEX_ZENDESK_MAYA_ACCESS"), Some(9101));
    assert_eq!((account.by_password(&password), account.by_session()), (401, 200));
    for user in [9001, 9004] {
        account.suspend(user, false);
    }
    assert_eq!(account.who("ACME_ZENDESK_MAYA_ACCESS"), Some(9001));
    assert_eq!(account.by_password(&password), 200);
}

#[test]
fn deletion_ends_what_the_user_owned_and_nothing_else() {
    let mut account = start();
    let answer = account.admin("DELETE", "/api/v2/users/9004.json", &Value::Null);
    assert_eq!((answer.status, answer.value()["user"]["active"].clone()), (200, json!(false)));
    assert_eq!(account.by_session(), 401);
    assert_eq!(account.by_api_token("support-eu@acme.example").status, 401);
    assert_eq!(account.by_api_token("leo@acme.example").status, 200);
    assert_eq!(account.admin("DELETE", "/api/v2/users/9004.json", &Value::Null).status, 404);
}

#[test]
fn a_bulk_deletion_kills_nobody_until_its_job_is_done() {
    let mut account = start();
    let target = "/api/v2/users/destroy_many.json?ids=9001,9002";
    let job = account.admin("DELETE", target, &Value::Null).value();
    assert_eq!(job["job_status"]["status"], "queued");
    assert_eq!(account.who("ACME_ZENDESK_MAYA_ACCESS"), Some(9001));
    account.now += MINUTE;
    let id = job["job_status"]["id"].as_str().unwrap();
    let job = account.admin("GET", &format!("/api/v2/job_statuses/{id}.json"), &Value::Null);
    assert_eq!(job.value()["job_status"]["status"], "completed");
    assert_eq!(account.who("ACME_ZENDESK_MAYA_ACCESS"), None);
    assert_eq!(account.who("ACME_ZENDESK_LEGACY_ACCESS"), Some(9003));
}

#[test]
fn a_downgraded_user_is_alive_and_not_permitted() {
    let mut account = start();
    account.admin("PUT", "/api/v2/users/9001.json", &json!({"user": {"role": "end-user"}}));
    let token = account.secret("ACME_ZENDESK_MAYA_ACCESS");
    assert_eq!(account.who("ACME_ZENDESK_MAYA_ACCESS"), Some(9001));
    let refused = account.bearer("GET", "/api/v2/users.json", &token);
    assert_eq!((refused.status, refused.value()["error"].clone()), (403, json!("Forbidden")));
}

#[test]
fn administration_is_refused_to_everybody_but_an_administrator() {
    let mut account = start();
    let token = account.secret("ACME_ZENDESK_MAYA_ACCESS");
    let calls = [
        ("PUT", "/api/v2/users/9002.json"),
        ("DELETE", "/api/v2/users/9002.json"),
        ("GET", "/api/v2/oauth/tokens.json?all=true"),
        ("DELETE", "/api/v2/oauth/tokens/602.json"),
        ("DELETE", "/api/v2/oauth/clients/301.json"),
        ("DELETE", "/api/v2/users/9004/sessions.json"),
        ("POST", "/api/v2/users/9004/password.json"),
    ];
    for (method, target) in calls {
        assert_eq!(account.bearer(method, target, &token).status, 403, "{method} {target}");
        assert_eq!(account.bearer(method, target, "never-issued").status, 401);
    }
}

#[test]
fn users_are_found_by_the_suppliers_domain() {
    let mut account = start();
    let target = "/api/v2/search.json?query=type:user+email:*@acme.example";
    let found = account.admin("GET", target, &Value::Null).value();
    assert_eq!(found["count"], 4);
    let target = "/api/v2/users/search.json?query=leo@acme.example";
    assert_eq!(account.admin("GET", target, &Value::Null).value()["users"][0]["id"], 9002);
}

#[test]
fn faults_of_revocation_reach_suspension_and_deletion() {
    let mut account = start();
    account.zendesk.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    let gone = account.admin("DELETE", "/api/v2/users/9001.json", &Value::Null);
    assert_eq!(gone.value()["user"]["active"], false);
    account.admin("DELETE", "/api/v2/oauth/tokens/603.json", &Value::Null);
    assert_eq!(account.who("ACME_ZENDESK_MAYA_ACCESS"), Some(9001));
    account.zendesk.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    account.admin("DELETE", "/api/v2/users/9001.json", &Value::Null);
    assert_eq!(account.who("ACME_ZENDESK_MAYA_ACCESS"), Some(9001));
    assert_eq!(account.by_api_token("maya@acme.example").status, 200);
}

#[test]
fn another_identity_shows_in_who_am_i() {
    let mut account = start();
    account.zendesk.kernel().set_fault(Some(Fault::OtherIdentity));
    assert!(account.who("ACME_ZENDESK_MAYA_ACCESS").is_some_and(|id| id != 9001));
}

#[test]
fn the_audit_log_names_the_actor() {
    let mut account = start();
    account.suspend(9001, true);
    let target = "/api/v2/audit_logs.json?filter[source_type]=user&filter[source_id]=9001";
    let log = account.admin("GET", target, &Value::Null).value();
    assert_eq!(log["audit_logs"][0]["actor_id"], 9999);
}
