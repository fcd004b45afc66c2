//! `doornail check --env`: who our administrators are, and what they may read, before a drill depends on it.

use super::place::Place;
use crate::desk::Ran;

const CHECK: [&str; 5] = ["check", "--env", "sandbox", "--confirm", "sandbox"];

fn with(place: &Place, name: &str, value: &str) -> Ran {
    let mut variables = place.variables();
    variables.retain(|(known, _)| *known != name);
    variables.push((name, value));
    place.desk.run_with(&CHECK, &variables)
}

#[test]
fn each_identity_says_who_it_is_and_nothing_is_written() {
    let place = Place::new(&["gitlab", "okta", "zendesk"], 1);
    let ran = place.run(&CHECK);
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    for platform in ["gitlab", "okta", "zendesk"] {
        for identity in ["observe", "mint", "act"] {
            let line = format!("{platform} {identity} is ");
            assert!(ran.stdout.contains(&line), "{line}\n{}", ran.whole());
        }
    }
    assert!(
        ran.stdout.contains("may list group_token, personal_access_token, project_token"),
        "{}",
        ran.stdout
    );
    for sent in place.sent() {
        assert!(sent.starts_with("GET "), "{sent}");
        assert!(!sent.contains("real-secret-"), "{sent}");
    }
}

#[test]
fn nothing_is_sent_until_the_environment_is_typed() {
    let place = Place::new(&["okta", "zendesk"], 1);
    for arguments in [&CHECK[..3], &["check", "--env", "sandbox", "--confirm", "sandbux"]] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(4), "{}", ran.whole());
        assert!(ran.stdout.contains("would ask okta as observe, mint, act"), "{}", ran.stdout);
    }
    assert_eq!(place.sent(), Vec::<String>::new());
}

#[test]
fn an_identity_that_is_not_let_in_is_told_with_what_would_not_be_found() {
    let place = Place::new(&["okta", "zendesk"], 1);
    let ran = with(&place, "ZENDESK_ADMIN_TOKEN", "of-another-day");
    assert_eq!(ran.code, Some(4), "{}", ran.whole());
    assert!(ran.stdout.contains("zendesk observe NOT LET IN: it answered 401"), "{}", ran.stdout);
    assert!(ran.stdout.contains("MAY NOT LIST oauth_access"), "{}", ran.stdout);
    assert!(ran.stdout.contains("okta act is "), "{}", ran.stdout);
    assert!(!ran.whole().contains("of-another-day"), "{}", ran.whole());
}

#[test]
fn a_secret_that_is_missing_is_told_before_anything_is_sent() {
    let place = Place::new(&["okta", "zendesk"], 1);
    let mut variables = place.variables();
    variables.retain(|(name, _)| *name != "OKTA_ADMIN_TOKEN");
    let ran = place.desk.run_with(&CHECK, &variables);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert_eq!(place.sent(), Vec::<String>::new());
}
