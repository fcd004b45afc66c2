//! Rehearsals on mocks of another process, through `--env`, as against a real tenant: everything that is used
//! and ended was made by the run, nothing else is touched, and nothing is left, wherever the run is killed.

mod guards;
mod identities;
mod kill;
pub(crate) mod place;
mod runbook;
pub(crate) mod tap;

use crate::desk::journal;
use place::{Place, REHEARSE};

#[test]
fn a_rehearsal_proves_the_procedure_and_touches_nothing_of_the_supplier() {
    let place = Place::new(&["aws", "gitlab", "keycloak", "okta", "zendesk"], 200);
    let ran = place.run(&REHEARSE);
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    assert!(
        ran.stdout.contains("A rehearsal on canaries: it tests the procedure on 6 of 7 kinds"),
        "{}",
        ran.whole()
    );
    let said = place.sent();
    assert!(said.iter().any(|text| text.contains("acme-drill-")), "nothing was made");
    assert_eq!(place::of_the_supplier(&said), Vec::new());
    let run = place.desk.run_folder();
    let events = journal(&run);
    let ends: Vec<&str> = events
        .iter()
        .filter(|event| event["event"] == "canary-ended")
        .map(|event| event["result"].as_str().unwrap_or("left"))
        .collect();
    let made = events.iter().filter(|event| event["event"] == "canary-intended").count();
    assert_eq!(ends.len(), made, "{ends:?}");
    assert!(ends.iter().all(|end| matches!(*end, "removed" | "not-there")), "{ends:?}");
    assert_eq!(place.left(), Vec::<String>::new());
    place.the_supplier_still_works();
    let again = place.run(&["clean", "--all"]);
    assert_eq!(
        (again.code, again.stdout.contains("nothing to remove")),
        (Some(0), true),
        "{}",
        again.whole()
    );
    for file in ["report.html", "report.md", "junit.xml", "summary.json"] {
        let text = std::fs::read_to_string(run.join(file)).unwrap();
        assert!(text.contains("A rehearsal on canaries"), "{file}");
        let left_out = file == "junit.xml" || text.contains("needs a real login");
        assert!(left_out, "{file} does not say what was not rehearsed");
    }
    let again = place.run(&["recheck", run.to_str().unwrap(), "--confirm", "sandbox"]);
    assert_eq!(again.code, Some(2), "{}", again.whole());
    assert!(again.stderr.contains("was a rehearsal"), "{}", again.whole());
}

#[test]
fn a_canary_that_cannot_be_removed_fails_the_run_until_it_can() {
    let place = Place::new(&["gitlab", "okta", "zendesk"], 200);
    // It says yes to the deletion of users, and keeps them.
    place.taps["okta"].say_yes_to("DELETE /api/v1/users/");
    let ran = place.run(&REHEARSE);
    assert_eq!(ran.code, Some(6), "{}", ran.whole());
    assert!(
        ran.stdout.contains("may be left: it is still found after its removal answered 204"),
        "{}",
        ran.whole()
    );
    assert_eq!(place.left().len(), 2, "{:?}", place.left());
    let status = place.run(&["status"]);
    assert!(status.stdout.contains("2 canaries may be left"), "{}", status.whole());
    let run = place.desk.run_folder();
    let run = run.file_name().unwrap().to_str().unwrap().to_owned();
    let clean = place.run(&["clean", &run]);
    assert_eq!(clean.code, Some(6), "{}", clean.whole());
    place.taps["okta"].say_yes_to("nothing any more");
    let clean = place.run(&["clean", &run]);
    assert_eq!((clean.code, place.left()), (Some(0), Vec::new()), "{}", clean.whole());
    let status = place.run(&["status"]);
    assert!(
        status.stdout.contains("exit 0") && !status.stdout.contains("may be left"),
        "{}",
        status.whole()
    );
}
