//! The program alone in an empty folder: its own estate, its own drills. Run once, loudly, and shared.

use std::sync::LazyLock;

use crate::desk::{Desk, Ran, journal, rulings};

/// The bundled drills, with every probe said aloud.
pub(crate) static DRILLS: LazyLock<(Desk, Ran)> = LazyLock::new(|| {
    let desk = Desk::new();
    let ran = desk.run(&["run", "-vv"]);
    (desk, ran)
});

#[test]
fn the_program_alone_in_an_empty_folder_plays_the_bundled_drills_and_all_of_them_pass() {
    let (desk, ran) = &*DRILLS;
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    let events = journal(&desk.run_folder());
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((of("scenario-started"), of("scenario-ended"), of("step-failed")), (30, 30, 0));
    assert_eq!(events[0]["scenarios"], 30);
    assert_eq!(of("claimed"), of("judged"));
    assert!(rulings(&desk.run_folder()).len() > 300);
}

#[test]
fn a_mocked_run_says_on_every_page_that_it_is_no_evidence() {
    let (desk, ran) = &*DRILLS;
    let caveat = "it is no evidence that a supplier lost access";
    assert!(ran.stdout.contains(caveat), "{}", ran.stdout);
    for page in ["report.html", "report.md", "junit.xml", "summary.json"] {
        let text = std::fs::read_to_string(desk.run_folder().join(page)).unwrap();
        assert!(text.contains(caveat), "{page}");
    }
}

#[test]
fn data_goes_to_stdout_and_every_event_of_two_v_to_stderr() {
    let (desk, ran) = &*DRILLS;
    assert!(ran.stdout.starts_with("Mocked platforms: "), "{}", ran.stdout);
    assert!(ran.stdout.contains("\nExit 0: every demand is met.\n"), "{}", ran.stdout);
    assert_eq!(ran.stderr.lines().count(), journal(&desk.run_folder()).len());
}

#[test]
#[cfg_attr(not(feature = "default"), ignore = "it is of the whole program")]
fn every_bundled_feature_lints_clean() {
    let ran = Desk::new().run(&["check"]);
    insta::assert_snapshot!(ran.whole());
}
