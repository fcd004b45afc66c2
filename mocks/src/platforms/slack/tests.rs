//! What survives what at Slack; names are claims.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::seed::organisation;
use super::{Platform as _, Slack};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::from_epoch;

mod apps;
mod sessions;

const MAYA: &str = "/scim/v2/Users/U0ACMEMAYA";

struct Organisation {
    slack: Slack,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Organisation {
    let now = from_epoch(1_790_000_000);
    let (slack, variables) = organisation(now);
    Organisation { slack, variables, now }
}

impl Organisation {
    fn secret(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.slack.handle(request, self.now).unwrap()
    }

    fn call(&mut self, method: &str, token: &str, fields: &[(&str, &str)]) -> Value {
        let request = Request::new("POST", &format!("/api/{method}"));
        let answer = self.send(&request.auth("Bearer", token).with_form(fields));
        assert_eq!(answer.status, 200, "the Web API answers 200, whatever happened");
        answer.value()
    }

    fn admin(&mut self, method: &str, fields: &[(&str, &str)]) -> Value {
        let token = self.secret("SLACK_ADMIN_TOKEN");
        self.call(method, &token, fields)
    }

    fn scim(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.secret("SLACK_ADMIN_TOKEN");
        self.send(&Request::new(method, target).auth("Bearer", &token).with_json(body))
    }

    /// Gives the user id a token proves, or the error.
    fn who(&mut self, name: &str) -> String {
        let token = self.secret(name);
        verdict(&self.call("auth.test", &token, &[]), "user_id")
    }

    fn session(&mut self) -> String {
        let token = self.secret("ACME_SLACK_MAYA_SESSION");
        let cookie = format!("d={}", self.secret("ACME_SLACK_MAYA_COOKIE"));
        let request = Request::new("POST", "/api/auth.test").with("Cookie", &cookie);
        verdict(&self.send(&request.with_form(&[("token", &token)])).value(), "user_id")
    }

    fn socket(&mut self) -> String {
        let token = self.secret("ACME_SLACK_APP_TOKEN");
        let answer = self.call("apps.connections.open", &token, &[]);
        if answer["ok"] == true { "ok".into() } else { verdict(&answer, "url") }
    }

    fn hook(&mut self, body: &Value) -> (u16, String) {
        let path = self.secret("ACME_SLACK_WEBHOOK_PATH");
        let answer = self.send(&Request::new("POST", &path).with_json(body));
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    fn uninstall(&mut self) -> Value {
        self.admin("admin.apps.uninstall", &[("app_id", "A0ACME"), ("team_ids", "T0OURS")])
    }
}

fn verdict(answer: &Value, name: &str) -> String {
    let field = if answer["ok"] == true { name } else { "error" };
    answer[field].as_str().unwrap().to_owned()
}

#[test]
fn every_seeded_token_proves_its_owner() {
    let mut org = start();
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "U0ACMEMAYA");
    assert_eq!(org.who("ACME_SLACK_LEO_TOKEN"), "U0ACMELEO");
    assert_eq!(org.who("GLOBEX_SLACK_BOT_TOKEN"), "U0GLOBEXBOT");
    assert_eq!((org.session(), org.socket()), ("U0ACMEMAYA".into(), "ok".into()));
    assert_eq!(org.hook(&json!({})), (400, "no_text".into()));
    let token = org.secret("ACME_SLACK_BOT_TOKEN");
    assert_eq!(org.call("auth.test", &token, &[])["bot_id"], "B0ACME");
}

#[test]
fn every_variable_of_the_population_is_handed_out_and_different() {
    let org = start();
    let names = "MAYA_TOKEN LEO_TOKEN BOT_TOKEN APP_TOKEN WEBHOOK_PATH MAYA_SESSION MAYA_COOKIE \
                 CLIENT_ID CLIENT_SECRET EXPORT_CLIENT_ID EXPORT_CLIENT_SECRET EXPORT_REFRESH";
    let mut expected = vec!["SLACK_ADMIN_TOKEN".to_owned()];
    for supplier in ["ACME", "GLOBEX"] {
        expected.extend(names.split_whitespace().map(|name| format!("{supplier}_SLACK_{name}")));
    }
    expected.sort();
    assert_eq!(org.variables.keys().cloned().collect::<Vec<_>>(), expected);
    let mut secrets: Vec<&String> = org.variables.values().collect();
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), expected.len());
}

#[test]
fn a_never_issued_token_is_invalid_and_none_is_a_mistake() {
    let mut org = start();
    for token in ["xoxp-1-2-3-f", "xoxb-1-2-f", "hello"] {
        assert_eq!(org.call("auth.test", token, &[])["error"], "invalid_auth");
    }
    let answer = org.send(&Request::new("POST", "/api/auth.test"));
    assert_eq!((answer.status, answer.value()["error"].clone()), (200, json!("not_authed")));
}

#[test]
fn an_unknown_method_is_no_answer() {
    let mut org = start();
    assert!(org.slack.handle(&Request::new("POST", "/api/chat.postMessage"), org.now).is_none());
}

#[test]
fn deactivation_leaves_bot_hook_and_app_token_of_the_installer() {
    let mut org = start();
    assert_eq!(org.scim("DELETE", MAYA, &Value::Null).status, 204);
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "token_revoked");
    assert_eq!(org.session(), "invalid_auth");
    assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "U0ACMEBOT");
    assert_eq!(org.hook(&json!({"text": "hi"})), (200, "ok".into()));
    assert_eq!(org.socket(), "ok");
    assert_eq!(org.who("ACME_SLACK_LEO_TOKEN"), "U0ACMELEO");
    let token = org.secret("SLACK_ADMIN_TOKEN");
    let request = Request::new("GET", "/audit/v1/logs?action=app_token_preserved");
    let log = org.send(&request.auth("Bearer", &token)).value();
    let kept = log["entries"].as_array().unwrap().iter().map(|e| &e["entity"]["app"]["id"]);
    assert_eq!(kept.collect::<Vec<_>>(), ["A0ACMEEXPORT", "A0ACME"]);
}

#[test]
fn a_deleted_scim_user_is_still_there_and_inactive() {
    let mut org = start();
    org.scim("DELETE", MAYA, &Value::Null);
    let user = org.scim("GET", MAYA, &Value::Null);
    assert_eq!((user.status, user.value()["active"].clone()), (200, json!(false)));
}

#[test]
fn reactivation_brings_no_token_back() {
    let mut org = start();
    let off = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    assert_eq!(org.scim("PATCH", MAYA, &off).value()["active"], false);
    let now = org.now;
    org.slack.by_hand("reactivate_user", "U0ACMEMAYA", now).unwrap();
    assert_eq!(org.scim("GET", MAYA, &Value::Null).value()["active"], true);
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "token_revoked");
    assert_eq!(org.session(), "invalid_auth");
    assert!(org.slack.by_hand("reactivate_user", "U0NOBODY", now).is_err());
}

#[test]
fn both_shapes_of_a_patch_deactivate_and_text_does_not() {
    let patches = [
        (json!({"Operations": [{"op": "Replace", "value": {"active": false}}]}), false),
        (json!({"active": false}), false),
        (json!({"Operations": [{"op": "replace", "path": "active", "value": "False"}]}), true),
    ];
    for (patch, active) in patches {
        let mut org = start();
        let answer = org.scim("PATCH", MAYA, &patch);
        assert_eq!((answer.status, answer.value()["active"].clone()), (200, json!(active)));
    }
}

#[test]
fn the_service_provider_config_is_public_and_users_are_not() {
    let mut org = start();
    let config = org.send(&Request::new("GET", "/scim/v2/ServiceProviderConfig"));
    assert_eq!(config.status, 200);
    let users = org.send(&Request::new("GET", "/scim/v2/Users?count=1"));
    assert_eq!((users.status, users.value()["Errors"]["code"].clone()), (401, json!(401)));
    let token = org.secret("ACME_SLACK_MAYA_TOKEN");
    let users = org.send(&Request::new("GET", "/scim/v2/Users").auth("Bearer", &token));
    assert_eq!(users.status, 403);
}

#[test]
fn a_removed_member_is_back_with_all_tokens_after_assignment() {
    let mut org = start();
    let fields = [("team_id", "T0OURS"), ("user_id", "U0ACMEMAYA")];
    assert_eq!(org.admin("admin.users.remove", &fields)["ok"], true);
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "token_revoked");
    assert_eq!(org.scim("GET", MAYA, &Value::Null).value()["active"], true);
    org.admin("admin.users.assign", &fields);
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "U0ACMEMAYA");
}

#[test]
fn a_missing_scope_is_no_death() {
    let mut org = start();
    let token = org.secret("ACME_SLACK_LEO_TOKEN");
    let answer = org.call("users.list", &token, &[("limit", "1")]);
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!(answer["needed"], "users:read");
    assert_eq!(org.call("conversations.list", &token, &[])["ok"], true);
}

#[test]
fn administration_is_refused_to_members_and_bots() {
    let mut org = start();
    let methods = [
        "admin.users.deactivate",
        "admin.users.remove",
        "admin.users.session.reset",
        "admin.users.session.list",
        "admin.apps.uninstall",
        "admin.apps.restrict",
        "team.integrationLogs",
    ];
    for name in ["ACME_SLACK_MAYA_TOKEN", "ACME_SLACK_BOT_TOKEN"] {
        let token = org.secret(name);
        for method in methods {
            assert_eq!(org.call(method, &token, &[])["error"], "missing_scope", "{method}");
        }
    }
}

#[test]
fn a_deactivated_member_loses_most_fields_and_stays_listed() {
    let mut org = start();
    org.admin("admin.users.deactivate", &[("user_id", "U0ACMEMAYA")]);
    let mut cursor = String::new();
    let mut members = Vec::new();
    loop {
        let page = org.admin("users.list", &[("limit", "2"), ("cursor", &cursor)]);
        members.extend(page["members"].as_array().unwrap().clone());
        page["response_metadata"]["next_cursor"].as_str().unwrap().clone_into(&mut cursor);
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(members.len(), 7);
    let maya = members.iter().find(|member| member["id"] == "U0ACMEMAYA").unwrap();
    assert_eq!((&maya["deleted"], &maya["real_name"]), (&json!(true), &Value::Null));
}

#[test]
fn faults_of_revocation_reach_deactivation_and_uninstallation() {
    let mut org = start();
    org.slack.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    org.scim("DELETE", MAYA, &Value::Null);
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "U0ACMEMAYA");
    org.slack.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    assert_eq!(org.uninstall()["ok"], true);
    assert_eq!(org.who("ACME_SLACK_BOT_TOKEN"), "U0ACMEBOT");
    org.slack.kernel().set_fault(Some(Fault::KillsBystander));
    org.uninstall();
    assert_eq!(org.who("GLOBEX_SLACK_MAYA_TOKEN"), "token_revoked");
}

#[test]
fn another_identity_shows_in_who_am_i() {
    let mut org = start();
    org.slack.kernel().set_fault(Some(Fault::OtherIdentity));
    assert_ne!(org.who("ACME_SLACK_MAYA_TOKEN"), "U0ACMEMAYA");
    assert_ne!(org.who("ACME_SLACK_BOT_TOKEN"), "U0ACMEBOT");
}
