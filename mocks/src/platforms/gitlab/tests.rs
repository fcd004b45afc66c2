//! What survives what at GitLab; names are claims.

use std::time::Duration;

use serde_json::json;

use super::seed::instance;
use super::*;
use crate::faults::Fault;
use crate::platforms::Variables;
use crate::times::from_epoch;

mod things;

const MINUTE: Duration = Duration::from_secs(60);
const SELF: &str = "/api/v4/personal_access_tokens/self";
const PROJECT: &str = "/api/v4/projects/1";

struct Lab {
    gitlab: Gitlab,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Lab {
    let now = from_epoch(1_790_000_000);
    let (gitlab, variables) = instance(now);
    Lab { gitlab, variables, now }
}

impl Lab {
    fn send(&mut self, request: &Request) -> Response {
        self.gitlab.handle(request, self.now).unwrap()
    }

    fn call(&mut self, name: &str, method: &str, target: &str, body: &Value) -> Response {
        let token = self.variables[name].clone();
        let request = Request::new(method, target).with("PRIVATE-TOKEN", &token);
        self.send(&request.with_json(body))
    }

    fn get(&mut self, what: &str, target: &str) -> Response {
        self.call(&format!("ACME_GITLAB_{what}"), "GET", target, &Value::Null)
    }

    fn admin(&mut self, method: &str, path: &str) -> u16 {
        let target = format!("/api/v4/{path}");
        self.call("GITLAB_ADMIN_TOKEN", method, &target, &Value::Null).status
    }

    /// Tells the statuses of identity and reach of one of ACME's tokens.
    fn both(&mut self, what: &str) -> (u16, u16) {
        (self.get(what, SELF).status, self.get(what, PROJECT).status)
    }

    fn why(&mut self, what: &str) -> String {
        let body = self.get(what, SELF).value();
        let text = body["error_description"].as_str().or_else(|| body["message"].as_str());
        text.unwrap_or_default().to_owned()
    }

    fn exchange(&mut self, fields: &[(&str, &str)]) -> Response {
        self.client_call("/oauth/token", fields)
    }

    fn client_call(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let get = |name: &str| self.variables[&format!("ACME_GITLAB_{name}")].clone();
        let (client, secret) = (get("APP_ID"), get("APP_SECRET"));
        let mut all = vec![("client_id", client.as_str()), ("client_secret", secret.as_str())];
        all.extend(fields);
        self.send(&Request::new("POST", path).with_form(&all))
    }

    fn refresh(&mut self) -> Response {
        let token = self.variables["ACME_GITLAB_MAYA_REFRESH"].clone();
        self.exchange(&[("grant_type", "refresh_token"), ("refresh_token", &token)])
    }
}

#[test]
fn every_seeded_token_proves_its_owner_and_reaches_the_project() {
    let mut lab = start();
    for (what, id) in [
        ("MAYA_PAT", 9001),
        ("SYNC_PAT", 9003),
        ("MAYA_IMPERSONATION", 9001),
        ("PROJECT_TOKEN", 9005),
        ("GROUP_TOKEN", 9006),
    ] {
        for (supplier, more) in [("ACME", 0), ("GLOBEX", 100)] {
            let name = format!("{supplier}_GITLAB_{what}");
            let body = lab.call(&name, "GET", SELF, &Value::Null).value();
            assert_eq!((&body["user_id"], &body["active"]), (&json!(id + more), &json!(true)));
        }
        assert_eq!(lab.both(what), (200, 200), "{what}");
    }
    let token = lab.variables["ACME_GITLAB_MAYA_ACCESS"].clone();
    let info = lab.send(&Request::new("GET", "/oauth/token/info").auth("Bearer", &token));
    assert_eq!(info.value()["resource_owner_id"], 9001);
}

#[test]
fn a_token_without_the_scope_is_alive_and_not_permitted() {
    let mut lab = start();
    let answer = lab.get("LEO_PAT", "/api/v4/user");
    assert_eq!((answer.status, &answer.value()["error"]), (403, &json!("insufficient_scope")));
    assert_eq!(lab.get("LEO_PAT", SELF).status, 200);
}

#[test]
fn unknown_revoked_and_expired_differ_in_words() {
    let mut lab = start();
    lab.variables.insert("ACME_GITLAB_NEVER".into(), "glpat-neverissuedneveriss".into());
    assert_eq!(lab.why("NEVER"), "Bad Access Token.");
    assert_eq!(lab.admin("DELETE", "personal_access_tokens/501"), 204);
    assert!(lab.why("MAYA_PAT").starts_with("Token was revoked."));
    lab.now += Duration::from_secs(366 * 24 * 3600);
    assert!(lab.why("SYNC_PAT").starts_with("Token is expired."));
    let none = lab.send(&Request::new("GET", SELF));
    assert_eq!((none.status, &none.value()["message"]), (401, &json!("401 Unauthorized")));
}

#[test]
fn revoking_one_token_spares_its_siblings() {
    let mut lab = start();
    lab.admin("DELETE", "personal_access_tokens/501");
    assert_eq!(lab.both("MAYA_PAT"), (401, 401));
    assert_eq!(lab.both("MAYA_IMPERSONATION"), (200, 200));
    assert_eq!(lab.call("GLOBEX_GITLAB_MAYA_PAT", "GET", SELF, &Value::Null).status, 200);
    let own = lab.call("ACME_GITLAB_SYNC_PAT", "DELETE", SELF, &Value::Null);
    assert_eq!((own.status, lab.both("SYNC_PAT").0), (204, 401));
}

#[test]
fn a_blocked_user_is_masked_and_the_bots_are_not() {
    let mut lab = start();
    assert_eq!(lab.admin("POST", "users/9001/block"), 201);
    assert_eq!(lab.why("MAYA_PAT"), "403 Forbidden - Your account has been blocked.");
    assert_eq!(lab.both("MAYA_IMPERSONATION"), (403, 403));
    assert_eq!((lab.both("PROJECT_TOKEN"), lab.both("GROUP_TOKEN")), ((200, 200), (200, 200)));
    assert_eq!(lab.admin("POST", "users/9001/unblock"), 201);
    assert_eq!(lab.both("MAYA_PAT"), (200, 200), "and all is back");
    assert_eq!(lab.admin("POST", "users/9001/ban"), 201);
    assert_eq!(lab.both("MAYA_PAT"), (403, 403));
    assert_eq!(lab.admin("POST", "users/9001/unban"), 201);
    assert_eq!(lab.both("MAYA_PAT"), (200, 200));
}

#[test]
fn a_deactivated_user_comes_back_by_signing_in() {
    let mut lab = start();
    assert_eq!(lab.admin("POST", "users/9001/deactivate"), 403, "seen within 90 days");
    assert_eq!(lab.admin("POST", "users/9002/deactivate"), 201);
    assert!(lab.why("LEO_PAT").contains("deactivated by your administrator"));
    lab.gitlab.by_hand("user_signs_in", "9002", lab.now).unwrap();
    assert_eq!(lab.get("LEO_PAT", SELF).status, 200);
    lab.admin("POST", "users/9002/deactivate");
    assert_eq!(lab.admin("POST", "users/9002/activate"), 201);
    assert_eq!(lab.get("LEO_PAT", SELF).status, 200);
    lab.admin("POST", "users/9002/block");
    assert!(lab.gitlab.by_hand("user_signs_in", "9002", lab.now).is_err());
}

#[test]
fn removing_a_member_leaves_her_tokens_and_everything_she_made() {
    let mut lab = start();
    assert_eq!(lab.admin("DELETE", "groups/1/members/9001"), 204);
    assert_eq!(lab.both("MAYA_PAT"), (200, 404));
    assert_eq!((lab.both("PROJECT_TOKEN"), lab.both("GROUP_TOKEN")), ((200, 200), (200, 200)));
    assert_eq!(things::deploy_status(&mut lab), 200);
    assert_eq!(things::trigger_status(&mut lab), 201);
    assert_eq!(things::runner_status(&mut lab), 200);
    assert_eq!(lab.admin("DELETE", "groups/1/members/9001"), 404);
}

#[test]
fn deleting_a_user_ends_personal_tokens_and_spares_the_projects() {
    let mut lab = start();
    assert_eq!(lab.admin("DELETE", "users/9001"), 204);
    assert_eq!((lab.both("MAYA_PAT"), lab.both("MAYA_IMPERSONATION")), ((401, 401), (401, 401)));
    assert_eq!(lab.both("MAYA_ACCESS"), (401, 401));
    assert_eq!(lab.refresh().value()["error"], "invalid_grant");
    assert_eq!((lab.both("PROJECT_TOKEN"), things::deploy_status(&mut lab)), ((200, 200), 200));
    let keys =
        lab.call("GITLAB_ADMIN_TOKEN", "GET", "/api/v4/projects/1/deploy_keys", &Value::Null);
    assert_eq!(keys.value().as_array().unwrap().len(), 2);
    assert_eq!(lab.admin("GET", "users/9001"), 404);
}

#[test]
fn rotation_ends_the_old_at_once_and_a_supplier_can_do_it_too() {
    let mut lab = start();
    let target = format!("{SELF}/rotate");
    let fresh = lab.call("ACME_GITLAB_SYNC_PAT", "POST", &target, &Value::Null);
    let token = fresh.value()["token"].as_str().unwrap().to_owned();
    lab.variables.insert("ACME_GITLAB_FRESH".into(), token);
    assert_eq!((lab.both("SYNC_PAT").0, lab.both("FRESH")), (401, (200, 200)));
    assert_eq!(lab.call("ACME_GITLAB_LEO_PAT", "POST", &target, &Value::Null).status, 403);
    lab.now += Duration::from_secs(7 * 24 * 3600);
    assert!(lab.why("FRESH").starts_with("Token is expired."), "a week by default");
}

#[test]
fn rotating_a_dead_token_brings_its_family_down() {
    let mut lab = start();
    let target = format!("{SELF}/rotate");
    let fresh = lab.call("ACME_GITLAB_SYNC_PAT", "POST", &target, &Value::Null);
    let token = fresh.value()["token"].as_str().unwrap().to_owned();
    lab.variables.insert("ACME_GITLAB_FRESH".into(), token);
    assert_eq!(lab.call("ACME_GITLAB_SYNC_PAT", "POST", &target, &Value::Null).status, 401);
    assert_eq!(lab.both("FRESH"), (401, 401));
    assert_eq!(lab.both("MAYA_PAT"), (200, 200));
}

#[test]
fn a_refresh_rotates_both_and_revocation_says_yes_to_anything() {
    let mut lab = start();
    let fresh = lab.refresh();
    assert_eq!(fresh.value()["expires_in"], 7200);
    assert_eq!((lab.both("MAYA_ACCESS").0, lab.refresh().status), (401, 400));
    let token = fresh.value()["access_token"].as_str().unwrap().to_owned();
    lab.variables.insert("ACME_GITLAB_FRESH".into(), token.clone());
    assert_eq!(lab.client_call("/oauth/revoke", &[("token", "unknown")]).status, 200);
    let revoked = lab.client_call("/oauth/revoke", &[("token", &token)]);
    assert_eq!((revoked.status, revoked.value()), (200, json!({})));
    assert_eq!(lab.both("FRESH"), (401, 401));
    let refresh = fresh.value()["refresh_token"].as_str().unwrap().to_owned();
    let again = lab.exchange(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
    assert_eq!(again.status, 200, "the other half stays");
}

#[test]
fn an_application_is_proven_by_the_scope_it_may_not_have() {
    let mut lab = start();
    let right = lab.exchange(&[("grant_type", "client_credentials")]);
    assert_eq!((right.status, &right.value()["error"]), (400, &json!("invalid_scope")));
    assert_eq!(lab.admin("DELETE", "applications/301"), 204);
    let wrong = lab.exchange(&[("grant_type", "client_credentials")]);
    assert_eq!((wrong.status, &wrong.value()["error"]), (401, &json!("invalid_client")));
    assert_eq!(lab.both("MAYA_ACCESS"), (401, 401));
    assert_eq!(lab.both("MAYA_PAT"), (200, 200));
}

#[test]
fn a_password_reset_leaves_tokens() {
    let mut lab = start();
    let password = lab.variables["ACME_GITLAB_MAYA_PASSWORD"].clone();
    let sign_in = |lab: &mut Lab| {
        let fields =
            [("grant_type", "password"), ("username", "acme-maya"), ("password", &*password)];
        lab.exchange(&fields).status
    };
    assert_eq!(sign_in(&mut lab), 200);
    lab.gitlab.by_hand("reset_password", "9001", lab.now).unwrap();
    assert_eq!(sign_in(&mut lab), 400);
    assert_eq!((lab.both("MAYA_PAT"), lab.both("MAYA_ACCESS")), ((200, 200), (200, 200)));
}

#[test]
fn only_administrators_administer() {
    let mut lab = start();
    assert_eq!(lab.get("MAYA_PAT", "/api/v4/users").status, 403);
    let target = "/api/v4/personal_access_tokens?user_id=9002";
    assert_eq!(lab.get("MAYA_PAT", target).status, 401, "as documented for others' tokens");
    assert_eq!(lab.send(&Request::new("GET", "/api/v4/users")).status, 401);
    assert_eq!(lab.send(&Request::new("POST", "/api/v4/users/9001/block")).status, 401);
}

#[test]
fn faults_of_the_revocation_reach_tokens_and_users() {
    for (fault, alive) in [
        (Fault::RevokeDoesNothing, true),
        (Fault::SlowDeath(10 * MINUTE), true),
        (Fault::ComesBack(Duration::from_secs(30)), true),
        (Fault::KillsBystander, false),
    ] {
        let mut lab = start();
        lab.gitlab.kernel().set_fault(Some(fault));
        lab.admin("DELETE", "personal_access_tokens/503");
        lab.admin("POST", "users/9001/block");
        lab.now += MINUTE;
        assert_eq!(lab.both("SYNC_PAT").0 == 200, alive, "{}", fault.name());
        assert_eq!(lab.both("MAYA_PAT").0 == 200, alive, "{}", fault.name());
        let bystander = lab.call("GLOBEX_GITLAB_SYNC_PAT", "GET", SELF, &Value::Null).status;
        assert_eq!(bystander == 200, fault != Fault::KillsBystander);
    }
    let mut lab = start();
    lab.gitlab.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    lab.admin("DELETE", "users/9001");
    assert_eq!(lab.get("MAYA_PAT", SELF).status, 200);
    let mut lab = start();
    lab.gitlab.kernel().set_fault(Some(Fault::OtherIdentity));
    assert_ne!(lab.get("MAYA_PAT", SELF).value()["user_id"], 9001);
}
