//! What survives what among sessions.

use std::time::Duration;

use super::start;
use crate::platforms::Platform as _;

#[test]
fn a_session_reset_leaves_the_tokens() {
    let mut org = start();
    let mobile = [("user_id", "U0ACMEMAYA"), ("mobile_only", "true")];
    org.admin("admin.users.session.reset", &mobile);
    assert_eq!(org.session(), "U0ACMEMAYA");
    let answer = org.admin("admin.users.session.reset", &[("user_id", "U0ACMEMAYA")]);
    assert_eq!(answer["ok"], true);
    assert_eq!(org.session(), "invalid_auth");
    assert_eq!(org.who("ACME_SLACK_MAYA_TOKEN"), "U0ACMEMAYA");
}

#[test]
fn bots_and_the_primary_owner_cannot_be_reset() {
    let mut org = start();
    let cases = [("U0ACMEBOT", "cannot_reset_bot"), ("U0ADMIN", "cannot_reset_primary_owner")];
    for (user, error) in cases {
        assert_eq!(org.admin("admin.users.session.reset", &[("user_id", user)])["error"], error);
    }
}

#[test]
fn a_listed_session_can_be_invalidated_by_its_number() {
    let mut org = start();
    let listed = org.admin("admin.users.session.list", &[("user_id", "U0ACMEMAYA")]);
    assert_eq!(listed["active_sessions"][0]["session_id"], 8001);
    org.admin("admin.users.session.invalidate", &[("session_id", "8001")]);
    assert_eq!(org.session(), "invalid_auth");
    let listed = org.admin("admin.users.session.list", &[]);
    assert_eq!(listed["active_sessions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_bulk_reset_is_queued() {
    let mut org = start();
    org.admin("admin.users.session.resetBulk", &[("user_ids", "U0ACMEMAYA,U0ACMELEO")]);
    assert_eq!(org.session(), "U0ACMEMAYA");
    org.now += Duration::from_secs(120);
    assert_eq!(org.session(), "invalid_auth");
}

#[test]
fn half_a_session_is_refused() {
    let mut org = start();
    let token = org.secret("ACME_SLACK_MAYA_SESSION");
    assert_eq!(org.call("auth.test", &token, &[])["error"], "invalid_auth");
}

#[test]
fn a_planted_session_is_listed_and_outlives_the_reset() {
    let mut org = start();
    let now = org.now;
    org.slack.plant(now);
    org.admin("admin.users.session.reset", &[("user_id", "U0ACMEMAYA")]);
    let listed = org.admin("admin.users.session.list", &[("user_id", "U0ACMEMAYA")]);
    assert_eq!(listed["active_sessions"].as_array().unwrap().len(), 1);
}
