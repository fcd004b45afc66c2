//! What a naive offboarding leaves behind, and whether the plan says so beforehand.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use doornail::drill::expand::{Fate, Part, expand, predict};
use doornail::id::{ProcedureId, SupplierId};
use doornail::steps::Project;

use crate::desk::{Desk, Ran, rulings};

/// The demo, with every probe said aloud.
pub(crate) static DEMO: LazyLock<(Desk, Ran)> = LazyLock::new(|| {
    let desk = Desk::new();
    let ran = desk.run(&["run", "--tags", "@demo", "-vv"]);
    (desk, ran)
});

/// What the library predicts for the bundled supplier under the naive procedure.
fn predictions() -> Vec<(String, Fate)> {
    let empty = Desk::new();
    let project = Project::read(empty.path()).unwrap();
    let supplier = project.inventory.supplier(&SupplierId::new("acme")).unwrap();
    let procedure = project.inventory.procedure(&ProcedureId::new("naive")).unwrap();
    let (planned, nothing) = expand(procedure, supplier, &Part::default(), &project.catalogue);
    assert_eq!(nothing, []);
    let fates = predict(&planned, supplier, &project.catalogue);
    fates.into_iter().map(|(credential, fate)| (credential.to_string(), fate)).collect()
}

/// Credentials of the inventory (not what was minted from them) with this finding.
fn found(run: &Path, wanted: &str) -> BTreeSet<String> {
    rulings(run)
        .into_iter()
        .filter(|(finding, subject, why)| {
            finding == wanted && !subject.contains('/') && !why.starts_with("let in")
        })
        .map(|(_, subject, _)| subject)
        .collect()
}

#[test]
fn the_demo_fails_and_names_what_survives() {
    let (_, ran) = &*DEMO;
    assert_eq!(ran.code, Some(1));
    for survivor in
        ["zendesk-api", "slack-bot", "okta-access", "slack-session", "support-eu-session"]
    {
        let line = format!("    survivor  {survivor}: ");
        assert!(ran.stdout.contains(&line), "{survivor} is not named\n{}", ran.stdout);
    }
    insta::assert_snapshot!(ran.whole().split("--- stderr").next().unwrap());
}

#[test]
fn what_the_plan_predicts_to_survive_survives_and_what_it_predicts_to_die_dies() {
    let (desk, _) = &*DEMO;
    let survivors = found(&desk.run_folder(), "survivor");
    let held = found(&desk.run_folder(), "holds");
    let mut counted = (0, 0, 0);
    for (credential, fate) in predictions() {
        match fate {
            Fate::Spared { .. } | Fate::Untouched => {
                assert!(survivors.contains(&credential), "{credential} was to survive: {fate:?}");
                counted.0 += 1;
            }
            Fate::Killed { .. } => {
                assert!(held.contains(&credential), "{credential} was to die: {fate:?}");
                assert!(!survivors.contains(&credential), "{credential} was to die: {fate:?}");
                counted.1 += 1;
            }
            Fate::Unknown { .. } => counted.2 += 1,
        }
    }
    // Survive, die, unknown: none of them may shrink without anybody noticing.
    assert_eq!(counted, (22, 3, 3));
}

#[test]
fn every_survivor_of_the_demo_was_predicted_or_is_said_to_be_unknown() {
    let (desk, _) = &*DEMO;
    let predictions = predictions();
    for survivor in found(&desk.run_folder(), "survivor") {
        let (_, fate) = predictions.iter().find(|(credential, _)| *credential == survivor).unwrap();
        assert!(!matches!(fate, Fate::Killed { .. }), "{survivor}: {fate:?}");
    }
}

#[test]
fn the_summary_names_the_same_survivors_as_the_journal() {
    let (desk, _) = &*DEMO;
    let text = fs::read_to_string(desk.run_folder().join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summary["exit"]["code"], 1);
    let all: BTreeSet<String> = rulings(&desk.run_folder())
        .into_iter()
        .filter(|(finding, ..)| finding == "survivor")
        .map(|(_, subject, _)| subject)
        .collect();
    assert_eq!(summary["counts"]["survivors"], all.len());
}

#[test]
fn the_plan_of_the_naive_procedure_says_what_it_leaves_behind() {
    let ran = Desk::new().run(&["plan", "--procedure", "naive"]);
    insta::assert_snapshot!(ran.whole());
}
