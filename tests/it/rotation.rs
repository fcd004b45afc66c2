//! Rotation: old values die, new ones work, nobody else is harmed; and each way in which that can be untrue is
//! seen.

use std::fs;
use std::path::Path;

use crate::desk::{Desk, Ran, only_entry, rulings};
use crate::own_platform::{LEAVE, Manner, doornail, project, said};

const FEATURE: &str = r#"
Feature: Breached
  Scenario: Rotation
    Given the supplier "acme-sendgrid"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When everything the supplier holds is rotated
    Then every credential of the supplier stops working within 15 minutes
    And every new value works
    And nothing comes back for 1 hour
    And every bystander still works
"#;

fn rotated(fault: &[&str]) -> (Desk, Ran) {
    let desk = Desk::with(&[("rotation.feature", FEATURE)]);
    let ran = desk.run(&[&["run", "rotation.feature"], fault].concat());
    (desk, ran)
}

/// Everything that a run left, as text.
fn written(folder: &Path) -> String {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn old_values_die_new_ones_work_and_neither_is_written_down() {
    let (desk, ran) = rotated(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    let run = desk.run_folder();
    let works = rulings(&run).into_iter().filter(|(_, subject, _)| subject.ends_with(" (new)"));
    assert!(works.count() >= 4, "every key has a new value: {}", ran.whole());
    assert!(!written(&run).contains("SG."), "a key is written down");
}

#[test]
fn a_rotation_that_leaves_the_old_value_alive_is_found() {
    let (desk, ran) = rotated(&["--mock-fault", "sendgrid=revoke-does-nothing"]);
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    let survivors = rulings(&desk.run_folder());
    assert!(survivors.iter().any(|(finding, ..)| finding == "survivor"), "{}", ran.whole());
}

#[test]
fn a_rotation_that_harms_somebody_else_is_found() {
    let (_desk, ran) = rotated(&["--mock-fault", "sendgrid=kills-bystander"]);
    assert_eq!(ran.code, Some(5), "{}", ran.whole());
}

#[test]
fn what_comes_back_after_a_rotation_is_found() {
    let (_desk, ran) = rotated(&["--mock-fault", "sendgrid=comes-back"]);
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
}

/// A drill on a desk of the user's own, rotated by a command of theirs; the new token is where the inventory says.
fn by_a_procedure_of_ones_own(
    renewed: &str,
    new: &str,
) -> (tempfile::TempDir, Option<i32>, String) {
    let folder = project(Manner::Sound);
    let change = |name: &str, from: &str, to: &str| {
        let file = folder.path().join(name);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{name} lacks {from:?}");
        fs::write(file, text.replace(from, to)).unwrap();
    };
    change(
        "suppliers/acme.yaml",
        "secret: {token: env:ACME_TOKEN}",
        &format!("secret: {{token: env:ACME_TOKEN}}{renewed}"),
    );
    change(
        "features/end.feature",
        "    And nothing comes",
        "    And every new value works\n    And nothing comes",
    );
    let runs = folder.path().join("runs");
    let ran = doornail(folder.path())
        .args(["run", "--env", "desk-live", "--out"])
        .arg(&runs)
        .args(LEAVE)
        .env("ACME_NEW_TOKEN", new)
        .output()
        .unwrap();
    let all = written(&only_entry(&runs));
    assert!(!all.contains("secret-token-"), "a token is written down");
    let code = ran.status.code();
    (folder, code, said(&ran))
}

const RENEWED: &str = "\n    renewed: {token: env:ACME_NEW_TOKEN}";

#[test]
fn the_new_value_of_ones_own_rotation_is_used_where_the_inventory_says_it_is() {
    let (_folder, code, said) = by_a_procedure_of_ones_own(RENEWED, "acme-secret-token-2");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_new_value_that_does_not_work_is_no_rotation() {
    for wrong in ["acme-secret-token-3", "globex-secret-token-1"] {
        let (_folder, code, said) = by_a_procedure_of_ones_own(RENEWED, wrong);
        assert!(matches!(code, Some(1 | 4)), "{wrong}: {said}");
    }
}

#[test]
fn a_credential_without_a_known_new_value_proves_no_service() {
    let (_folder, code, said) = by_a_procedure_of_ones_own("", "");
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("no new value of it is known"), "{said}");
}
