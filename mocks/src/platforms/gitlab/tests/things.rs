//! What belongs to projects, and the listings.

use super::*;

pub(super) fn deploy_status(lab: &mut Lab) -> u16 {
    let user = lab.variables["ACME_GITLAB_DEPLOY_USER"].clone();
    let token = lab.variables["ACME_GITLAB_DEPLOY_TOKEN"].clone();
    let target = "/ours/canary.git/info/refs?service=git-upload-pack";
    lab.send(&Request::new("GET", target).with_basic(&user, &token)).status
}

pub(super) fn trigger_status(lab: &mut Lab) -> u16 {
    let token = lab.variables["ACME_GITLAB_TRIGGER_TOKEN"].clone();
    let target = "/api/v4/projects/1/trigger/pipeline";
    lab.send(&Request::new("POST", target).with_form(&[("token", &token), ("ref", "main")])).status
}

pub(super) fn runner_status(lab: &mut Lab) -> u16 {
    let token = lab.variables["ACME_GITLAB_RUNNER_TOKEN"].clone();
    lab.send(&Request::new("POST", "/api/v4/runners/verify").with_form(&[("token", &token)])).status
}

fn feed_status(lab: &mut Lab) -> u16 {
    let token = lab.variables["ACME_GITLAB_MAYA_FEED_TOKEN"].clone();
    lab.send(&Request::new("GET", &format!("/ours/canary.atom?feed_token={token}"))).status
}

fn listed(lab: &mut Lab, target: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut target = target.to_owned();
    loop {
        let answer = lab.call("GITLAB_ADMIN_TOKEN", "GET", &target, &Value::Null);
        found.extend(answer.value().as_array().unwrap().clone());
        let next = answer
            .header("link")
            .map(|link| link.split(['<', '>']).nth(1).unwrap().replace("http://mock.test", ""));
        match next {
            Some(next) => target = next,
            None => return found,
        }
    }
}

#[test]
fn listings_are_followed_to_their_end() {
    let mut lab = start();
    for (target, count) in [
        ("personal_access_tokens?per_page=2", 13),
        ("personal_access_tokens?user_id=9001&state=active&per_page=1", 2),
        ("users?per_page=5", 13),
        ("groups/1/members?per_page=5", 13),
        ("groups/1/access_tokens?per_page=1", 2),
        ("projects/1/access_tokens?per_page=1", 2),
        ("projects/1/deploy_tokens?per_page=1", 2),
        ("deploy_tokens?per_page=1", 2),
        ("projects/2/deploy_keys?per_page=1", 2),
        ("projects/1/triggers?per_page=1", 2),
        ("projects/1/hooks?per_page=1", 2),
        ("runners/all?per_page=1", 2),
        ("applications?per_page=1", 2),
    ] {
        assert_eq!(listed(&mut lab, &format!("/api/v4/{target}")).len(), count, "{target}");
    }
}

#[test]
fn revoked_tokens_stay_listed_as_inactive_and_an_extra_one_shows() {
    let mut lab = start();
    lab.admin("DELETE", "personal_access_tokens/501");
    let target = "/api/v4/personal_access_tokens?user_id=9001";
    assert_eq!(listed(&mut lab, target).len(), 2);
    assert_eq!(listed(&mut lab, &format!("{target}&state=active")).len(), 1);
    lab.gitlab.plant(lab.now);
    assert_eq!(listed(&mut lab, &format!("{target}&state=active")).len(), 2);
}

#[test]
fn a_bot_goes_with_its_token_and_only_with_it() {
    let mut lab = start();
    assert_eq!(lab.admin("DELETE", "projects/1/access_tokens/505"), 204);
    assert_eq!(lab.both("PROJECT_TOKEN"), (401, 401));
    assert_eq!(lab.admin("GET", "users/9005"), 404);
    assert_eq!(lab.both("GROUP_TOKEN"), (200, 200));
    assert_eq!(lab.admin("DELETE", "groups/1/access_tokens/506"), 204);
    assert_eq!(lab.both("GROUP_TOKEN"), (401, 401));
}

#[test]
fn deploy_trigger_and_runner_tokens_end_one_by_one() {
    let mut lab = start();
    assert_eq!(deploy_status(&mut lab), 200);
    assert_eq!(lab.admin("DELETE", "projects/1/deploy_tokens/601"), 204);
    assert_eq!(deploy_status(&mut lab), 401);
    assert_eq!(trigger_status(&mut lab), 201);
    assert_eq!(lab.admin("DELETE", "projects/1/triggers/711"), 204);
    assert_eq!(trigger_status(&mut lab), 404);
    assert_eq!(runner_status(&mut lab), 200);
    assert_eq!(lab.admin("POST", "runners/721/reset_authentication_token"), 201);
    assert_eq!(runner_status(&mut lab), 403);
    assert_eq!(lab.admin("DELETE", "runners/721"), 204);
    assert_eq!(lab.admin("DELETE", "projects/1/hooks/731"), 204);
    assert_eq!(lab.admin("DELETE", "projects/1/hooks/731"), 404);
}

#[test]
fn a_shared_deploy_key_outlives_its_deletion_in_one_project() {
    let mut lab = start();
    assert_eq!(lab.admin("DELETE", "projects/1/deploy_keys/701"), 204);
    assert_eq!(listed(&mut lab, "/api/v4/projects/1/deploy_keys").len(), 1);
    assert_eq!(listed(&mut lab, "/api/v4/projects/2/deploy_keys").len(), 2);
    assert_eq!(lab.admin("DELETE", "projects/2/deploy_keys/701"), 204);
    assert_eq!(listed(&mut lab, "/api/v4/projects/2/deploy_keys").len(), 1);
}

#[test]
fn a_feed_token_ends_by_its_own_reset() {
    let mut lab = start();
    lab.gitlab.by_hand("reset_password", "9001", lab.now).unwrap();
    assert_eq!(feed_status(&mut lab), 200);
    lab.gitlab.by_hand("reset_feed_token", "9001", lab.now).unwrap();
    assert_eq!(feed_status(&mut lab), 401);
    assert!(lab.gitlab.by_hand("no_such_action", "9001", lab.now).is_err());
    assert!(lab.gitlab.by_hand("reset_password", "1", lab.now).is_err());
}

#[test]
fn tokens_are_minted_for_users_and_projects() {
    let mut lab = start();
    let body = json!({"name": "canary", "scopes": ["api"]});
    for path in ["users/9003/personal_access_tokens", "projects/1/access_tokens"] {
        let made = lab.call("GITLAB_ADMIN_TOKEN", "POST", &format!("/api/v4/{path}"), &body);
        assert_eq!(made.status, 201);
        let token = made.value()["token"].as_str().unwrap().to_owned();
        lab.variables.insert("ACME_GITLAB_CANARY".into(), token);
        assert_eq!(lab.both("CANARY"), (200, 200), "{path}");
    }
    let target = "/api/v4/projects/1/deploy_tokens";
    let made = lab.call("GITLAB_ADMIN_TOKEN", "POST", target, &body).value();
    assert!(made["token"].as_str().unwrap().starts_with("gldt-"));
}

#[test]
fn an_impersonation_token_is_found_under_its_user_only() {
    let mut lab = start();
    let target = "/api/v4/users/9001/impersonation_tokens";
    assert_eq!(listed(&mut lab, target).len(), 1);
    assert_eq!(lab.admin("DELETE", "users/9001/impersonation_tokens/504"), 204);
    assert_eq!((lab.both("MAYA_IMPERSONATION").0, lab.both("MAYA_PAT").0), (401, 200));
}

#[test]
fn the_audit_log_names_what_was_done() {
    let mut lab = start();
    lab.admin("DELETE", "groups/1/members/9001");
    let log = listed(&mut lab, "/api/v4/audit_events?entity_id=9001");
    assert_eq!(log[0]["event_name"], "member_destroyed");
}
