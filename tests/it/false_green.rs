//! Everything the framework underneath would call a success although nothing was proven.

use crate::desk::{Desk, Ran, journal, rulings};
use crate::estate::only;

const GIVEN: &str = "    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work
";
const WHEN: &str = "    When the supplier is terminated with the procedure \"contract-end\"\n";

/// A feature with one scenario of these steps, on the smallest platform of the estate.
fn play(scenario: &str) -> (Desk, Ran) {
    let desk = only("slack");
    desk.write("a.feature", &format!("Feature: F\n  Scenario: S\n{scenario}"));
    let ran = desk.run(&["run", "a.feature"]);
    (desk, ran)
}

fn refused(text: &str, code: i32, says: &str) {
    let desk = Desk::with(&[("a.feature", text)]);
    for command in ["run", "check"] {
        let ran = desk.run(&[command, "a.feature"]);
        assert_eq!(ran.code, Some(code), "{command}: {}", ran.whole());
        assert!(ran.stderr.contains(says) || command == "check", "{command}: {}", ran.whole());
    }
    assert!(!desk.path().join("doornail-runs").exists(), "a run was begun");
}

#[test]
fn the_frameworks_tag_for_skipping_does_not_make_an_undefined_step_green() {
    let steps = format!("{GIVEN}{WHEN}    Then all is well\n");
    let text = format!("@allow.skipped\nFeature: F\n  @allow.skipped\n  Scenario: S\n{steps}");
    refused(&text, 4, "undefined step: Then all is well");
}

#[test]
fn a_scenario_without_steps_is_unreadable_input() {
    refused("Feature: F\n  Scenario: S\n", 2, "scenario \"S\" has no steps");
}

#[test]
fn a_feature_without_scenarios_proves_nothing() {
    refused("Feature: F\n", 4, "nothing would be proven");
}

#[test]
fn an_outline_without_rows_is_unreadable_input() {
    let text = format!(
        "Feature: F\n  Scenario Outline: S\n{GIVEN}{WHEN}    Then every bystander still works\n    \
         Examples:\n      | a |\n"
    );
    refused(&text, 2, "has examples without a row");
}

#[test]
fn a_scenario_that_does_nothing_or_demands_nothing_is_unreadable_input() {
    let demand = "    Then every bystander still works\n";
    let nothing_done = format!("Feature: F\n  Scenario: S\n{GIVEN}{demand}");
    refused(&nothing_done, 2, "has no When: nothing would happen");
    refused(
        &format!("Feature: F\n  Scenario: S\n{GIVEN}{WHEN}"),
        2,
        "has no Then: nothing would be demanded",
    );
}

#[test]
fn a_step_under_the_wrong_keyword_is_undefined() {
    let text = format!("Feature: F\n  Scenario: S\n{GIVEN}{WHEN}    Then the supplier\n");
    refused(&text, 4, "undefined step: Then the supplier");
}

#[test]
fn words_after_a_step_that_is_known_make_it_undefined() {
    let text = format!(
        "Feature: F\n  Scenario: S\n{GIVEN}{WHEN}    Then every bystander still works, mostly\n"
    );
    refused(&text, 4, "undefined step: Then every bystander still works, mostly");
}

#[test]
fn a_termination_before_anything_was_proven_to_work_proves_nothing() {
    let (_, ran) = play(&format!(
        "    Given the supplier\n{WHEN}    Then every credential of the supplier stops working within 90 minutes\n"
    ));
    assert_eq!(ran.code, Some(4), "{}", ran.whole());
    assert!(ran.stdout.contains("nothing was proven to work yet"), "{}", ran.whole());
}

#[test]
fn without_bystanders_nothing_is_proven_dead() {
    let given = GIVEN.replace("    And a bystander on every platform\n", "");
    let (desk, ran) = play(&format!(
        "{given}{WHEN}    Then every credential of the supplier stops working within 90 minutes\n"
    ));
    assert_eq!(ran.code, Some(4), "{}", ran.whole());
    let uncontrolled =
        rulings(&desk.run_folder()).iter().filter(|one| one.0 == "uncontrolled").count();
    assert_eq!(uncontrolled, 6);
}

#[test]
fn a_demand_about_nothing_is_no_pass_unless_the_inventory_says_so() {
    let steps =
        format!("{GIVEN}{WHEN}    Then every shared login stops working within 90 minutes\n");
    let (desk, ran) = play(&steps);
    assert_eq!(ran.code, Some(4), "{}", ran.whole());
    assert!(ran.stdout.contains("empty-claim"), "{}", ran.whole());
    let file = desk.path().join("suppliers/acme.yaml");
    let acme = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{acme}none: [logins]\n")).unwrap();
    let ran = desk.run(&["run", "a.feature", "--out", "second"]);
    assert!(ran.stdout.contains("none: [logins]") || ran.code == Some(0), "{}", ran.whole());
}

#[test]
fn a_failed_scenario_is_never_tried_again() {
    let desk = only("slack");
    let steps = format!("{GIVEN}{WHEN}    Then the bot token \"slack-bot\" still works\n");
    desk.write(
        "a.feature",
        &format!("@retry(3)\nFeature: F\n  @retry(3).after(1s)\n  Scenario: S\n{steps}"),
    );
    let ran = desk.run(&["run", "a.feature"]);
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    let events = journal(&desk.run_folder());
    let begun = events.iter().filter(|event| event["event"] == "scenario-started").count();
    assert_eq!(begun, 1);
}

#[test]
fn a_step_that_cannot_be_carried_out_proves_nothing_even_if_all_before_it_held() {
    let (_, ran) = play(&format!(
        "{GIVEN}{WHEN}    Then every bystander still works\n    And the token \"no-such\" stops working within 1 minute\n"
    ));
    assert_eq!(ran.code, Some(4), "{}", ran.whole());
    assert!(ran.stdout.contains("no-such"), "{}", ran.whole());
}

#[test]
fn a_green_run_names_the_credentials_nobody_demanded_the_end_of() {
    let (_, ran) = play(&format!("{GIVEN}{WHEN}    Then every bystander still works\n"));
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    assert!(
        ran.stdout.contains("not claimed to end: slack-maya, slack-leo, slack-bot"),
        "{}",
        ran.whole()
    );
}
