//! What keeps a rehearsal from touching what it did not make: each guard, with what was sent.

use std::fs;

use super::place::{Place, REHEARSE, of_the_supplier};
use crate::desk::Ran;

/// Puts something else in a file of the project.
fn changed(place: &Place, file: &str, from: &str, to: &str) {
    crate::cli_real::changed(&place.desk, file, from, to);
}

/// Refused with that code, before anything was sent.
fn refused(place: &Place, code: i32, why: &str) -> Ran {
    let ran = place.run(&REHEARSE);
    assert_eq!(ran.code, Some(code), "{}", ran.whole());
    assert!(ran.stderr.contains(why), "{}", ran.whole());
    assert_eq!(place.sent(), Vec::<String>::new());
    ran
}

#[test]
fn without_anybody_to_make_canaries_nothing_is_sent() {
    let place = Place::new(&["okta"], 1);
    changed(&place, "doornail.yaml", "mint: {token: env:OKTA_ADMIN_TOKEN}, ", "");
    refused(&place, 4, "the environment has no `mint` identity at okta");
}

#[test]
fn commands_are_rehearsed_only_where_they_are_said_to_be_safe() {
    let place = Place::new(&["okta"], 1);
    changed(&place, "procedures/contract-end.yaml", "steps:", "steps:\n  - {command: [./end.sh]}");
    refused(&place, 2, "add `drill_safe: true` to it");
}

#[test]
fn no_more_canaries_are_made_than_are_allowed() {
    let place = Place::new(&["okta"], 1);
    changed(&place, "doornail.yaml", "safety: {", "safety: {max_credentials: 1, ");
    refused(&place, 2, "2 canaries would be made, 1 are allowed");
}

#[test]
fn no_paid_seat_is_taken_that_is_not_allowed() {
    let place = Place::new(&["okta"], 1);
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/src/platforms/okta.yaml");
    let text = fs::read_to_string(built_in).unwrap();
    let (before, after) = text.split_once("canaries:\n  principal:\n").unwrap();
    let paid = format!("{before}canaries:\n  principal:\n    seats: 1\n{after}");
    place.desk.write("platforms/okta.yaml", &paid);
    refused(&place, 4, "it takes a paid seat, and `safety.max_paid_seats` allows 0");
}

#[test]
fn time_runs_faster_on_this_machine_only() {
    let place = Place::new(&["okta"], 2);
    changed(&place, "doornail.yaml", "['127.0.0.1']", "['127.0.0.1', '*.okta.com']");
    refused(&place, 2, "not all on this machine");
}

#[test]
fn an_action_on_the_whole_account_is_not_rehearsed() {
    let place = Place::new(&["keycloak", "okta"], 1000);
    let with = "steps:\n  - {platform: keycloak, action: logout_all}";
    changed(&place, "procedures/contract-end.yaml", "steps:", with);
    let ran = place.run(&REHEARSE);
    let sent = place.sent();
    assert!(sent.iter().any(|text| text.contains("/admin/realms/ours/clients")), "{}", ran.whole());
    assert!(!sent.iter().any(|text| text.contains("logout-all")), "it was carried out");
    let report = fs::read_to_string(place.desk.run_folder().join("report.md")).unwrap();
    assert!(report.contains("not in a rehearsal: it would touch the whole account"), "{report}");
}

#[test]
fn a_run_that_takes_too_long_is_stopped_and_cleans_up() {
    let place = Place::new(&["okta"], 1);
    changed(&place, "doornail.yaml", "safety: {", "safety: {max_duration: 3s, ");
    let ran = place.run(&REHEARSE);
    assert_eq!(ran.code, Some(130), "{}", ran.whole());
    assert_eq!(place.left(), Vec::<String>::new());
    let journal = fs::read_to_string(place.desk.run_folder().join("journal.ndjson")).unwrap();
    assert!(journal.contains("\"by\":\"safety.max_duration\""), "{journal}");
    assert!(journal.contains("canary-made"), "it was stopped before anything was made");
}

#[test]
fn what_a_person_was_to_do_and_did_not_is_told() {
    let place = Place::new(&["okta"], 500);
    changed(&place, "procedures/contract-end.yaml", "steps:", "steps:\n  - {ask: \"Unplug it\"}");
    let ran = place.run(&[&REHEARSE[..], &["--non-interactive"]].concat());
    assert!(ran.stdout.contains("not done: Unplug it (acme-drill-"), "{}", ran.whole());
    assert!(ran.stdout.contains("nobody was there to ask"), "{}", ran.whole());
}

#[test]
fn those_who_watch_the_logs_are_told_beforehand_and_nothing_is_sent() {
    let place = Place::new(&["okta", "zendesk"], 1);
    let ran = place.run(&["plan", "--env", "sandbox", "--supplier", "acme", "--announce"]);
    insta::assert_snapshot!(ran.whole());
    assert_eq!(place.sent(), Vec::<String>::new());
    let ran = place.run(&["plan", "--env", "sandbox", "--supplier", "acme"]);
    insta::assert_snapshot!(ran.whole());
    assert_eq!(place.sent(), Vec::<String>::new());
}

#[test]
fn a_person_who_answers_is_asked_about_the_canaries_only() {
    let place = Place::new(&["okta"], 1000);
    let with = "steps:\n  - {ask: \"End {{ supplier }} at the telephone console\"}";
    changed(&place, "procedures/contract-end.yaml", "steps:", with);
    place.run(&REHEARSE);
    let journal = fs::read_to_string(place.desk.run_folder().join("journal.ndjson")).unwrap();
    assert!(journal.contains("End acme-drill-"), "{journal}");
    assert!(!journal.contains("End acme at"), "{journal}");
    assert!(of_the_supplier(&place.sent()).is_empty());
}
