//! A shell runbook with curl is the procedure under test: it ends whatever supplier it is given, and is given
//! the drill's.

use super::place::{Place, REHEARSE, of_the_supplier};
use crate::desk::{Ran, rulings};

/// A rehearsal of the runbook, with this after the supplier's name.
fn rehearsed(more: &str) -> (Place, Ran) {
    let place = Place::new(&["gitlab", "okta", "zendesk"], 100);
    place.desk.write("end.sh", include_str!("end.sh"));
    place.desk.write(
        "procedures/contract-end.yaml",
        &format!(
            "procedure: contract-end\ndrill_safe: true\nsteps:\n  - {{command: [sh, ./end.sh, '{{{{ supplier }}}}'{more}]}}\n"
        ),
    );
    let ran = place.run(&REHEARSE);
    assert!(of_the_supplier(&place.sent()).is_empty(), "{:?}", of_the_supplier(&place.sent()));
    assert_eq!(place.left(), Vec::<String>::new());
    place.the_supplier_still_works();
    (place, ran)
}

#[test]
fn a_naive_runbook_that_forgets_nothing_passes_and_never_touches_the_real_supplier() {
    let (place, ran) = rehearsed("");
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    let deleted = place.sent().iter().filter(|text| text.starts_with("DELETE ")).count();
    assert!(deleted > 0, "the runbook did nothing");
}

#[test]
fn a_runbook_that_forgets_the_account_wide_token_fails_and_the_token_is_named() {
    let (place, ran) = rehearsed(", forgets-tokens");
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    let found = rulings(&place.desk.run_folder());
    let survivors: Vec<&str> = found
        .iter()
        .filter(|(finding, ..)| finding == "survivor")
        .map(|(_, subject, _)| subject.as_str())
        .collect();
    assert!(survivors.iter().all(|subject| *subject == "gl-token"), "{survivors:?}");
    assert!(!survivors.is_empty());
}
