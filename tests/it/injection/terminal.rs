//! What is printed while the program works: by a run, by the other commands, and in errors.

use serde_json::Value;

use super::payloads::{PAYLOADS, acts, demand_quiet, mark, marked, yaml};
use super::project::HOSTILE;
use super::twin::TWINS;
use crate::desk::{Desk, journal};

#[test]
fn a_run_prints_nothing_that_acts() {
    let (desk, ran) = &*HOSTILE;
    demand_quiet("stdout", &ran.stdout);
    demand_quiet("stderr", &ran.stderr);
    // What is said aloud is the journal, in other spellings of the same values.
    let (hints, said): (Vec<&str>, Vec<&str>) =
        ran.stderr.lines().partition(|line| line.starts_with("hint: `doornail resume "));
    assert!(hints.len() <= 1, "{hints:?}");
    let said: Vec<Value> =
        said.into_iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut written = journal(&desk.run_folder());
    assert_eq!(said.len(), written.len());
    for (said, written) in said.iter().zip(&mut written) {
        written.as_object_mut().unwrap().remove("chain");
        assert_eq!(said, written);
    }
    for number in 0..PAYLOADS.len() {
        assert!(ran.stderr.contains(&mark(number)), "payload {number} was never said");
    }
}

#[test]
fn the_journal_holds_every_payload_and_its_chain() {
    let file = TWINS.journal("hostile");
    let text = std::fs::read_to_string(&file).unwrap();
    for number in 0..PAYLOADS.len() {
        assert!(text.contains(&mark(number)), "payload {number} is not recorded");
    }
    for line in text.lines() {
        demand_quiet("journal", line);
        assert!(serde_json::from_str::<Value>(line).unwrap().is_object());
    }
    for which in ["hostile", "harmless"] {
        let folder = TWINS.journal(which);
        let ran = Desk::new().run(&["verify-journal", &folder.parent().unwrap().to_string_lossy()]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
}

#[test]
fn a_line_no_reader_ends_is_cut() {
    let (desk, _) = &*HOSTILE;
    for entry in journal(&desk.run_folder()) {
        let why = entry["result"]["refused"]["why"].as_str().unwrap_or_default();
        assert!(why.chars().count() < 300, "{} characters of a command", why.len());
    }
}

#[test]
fn no_other_command_prints_anything_that_acts() {
    let (desk, _) = &*HOSTILE;
    for arguments in [
        &["check"][..],
        &["plan"],
        &["plan", "--color", "always"],
        &["plan", "--env", "live"],
        &["platforms"],
        &["platforms", "desk"],
        &["steps"],
    ] {
        let ran = desk.run(arguments);
        let printed = ran.stdout + &ran.stderr;
        assert!(!printed.is_empty());
        demand_quiet(&arguments.join(" "), &printed);
    }
    let plan = desk.run(&["plan"]).stdout;
    for number in 0..PAYLOADS.len() {
        assert!(plan.contains(&mark(number)), "payload {number} is not planned");
    }
}

/// What the program says to one hostile file, or one hostile argument, each by itself.
#[test]
fn no_error_prints_anything_that_acts() {
    // Those for terminals and build logs, which is where errors go; a few of the rest.
    let chosen = |number: &usize| matches!(number, 0..=10 | 25 | 39..=46 | 54..=58);
    // One by one this takes a minute.
    std::thread::scope(|scope| {
        for first in 0..4 {
            let numbers = (first..PAYLOADS.len()).step_by(4).filter(chosen);
            scope.spawn(move || numbers.for_each(errors_over));
        }
    });
    assert!(marked(0).chars().any(acts), "the first payload acts");
}

fn errors_over(number: usize) {
    let (text, quoted) = (marked(number), yaml(&marked(number)));
    let argument = text.replace('\0', "");
    let line: String = text.chars().filter(|c| !c.is_control() && *c != '"').collect();
    let scenario = |steps: &str| format!("Feature: {line}\n  Scenario: {line}\n{steps}");
    let files = [
        ("doornail.yaml", format!("{quoted}: 1\n")),
        (
            "doornail.yaml",
            format!(
                "environments: {{{quoted}: {{platforms: {{{quoted}: {{}}}}, safety: {{allow_hosts: []}}}}}}\n"
            ),
        ),
        (
            "suppliers/acme.yaml",
            format!(
                "supplier: {quoted}\nname: x\nowners: {{}}\ncredentials: [{{id: {quoted}, platform: {quoted}, kind: {quoted}}}]\nnone: [{quoted}]\n"
            ),
        ),
        ("suppliers/acme.yaml", format!("supplier: acme\nname: x\nowners: {quoted}\n")),
        (
            "procedures/end.yaml",
            format!("procedure: end\nsteps: [{{platform: {quoted}, action: {quoted}}}]\n"),
        ),
        (
            "platforms/desk.yaml",
            format!(
                "platform: {quoted}\ntitle: {quoted}\nbase_url: {quoted}\ncredentials: {{{quoted}: {{}}}}\n"
            ),
        ),
        (
            "features/a.feature",
            scenario(&format!("    Given {line}\n    When {line}\n    Then {line}\n")),
        ),
        (
            "features/a.feature",
            scenario(&format!(
                "    Given the supplier \"{line}\"\n    When the supplier is terminated with the procedure \"{line}\"\n    Then every token stops working within 1 minute\n"
            )),
        ),
        ("features/a.feature", scenario(&format!("    {line}\n    Then {line}\n"))),
        ("features/a.feature", format!("{line}\n{text}\n")),
    ];
    for (name, content) in files {
        let mut all = vec![(name, content.as_str())];
        // Without a supplier of its own a folder is no project.
        all.push(("suppliers/x.yaml", "supplier: x\nname: x\nowners: {}\n"));
        let desk = Desk::with(&all);
        let ran = desk.run(&["run"]);
        assert!(matches!(ran.code, Some(2 | 4)), "{name} {content}: {ran:?}");
        demand_quiet(name, &(ran.stdout + &ran.stderr));
    }
    let desk = Desk::new();
    for arguments in [
        &["run", "--supplier", &argument][..],
        &["run", "--env", &argument],
        &["run", "--tags", &argument],
        &["plan", "--procedure", &argument],
        &["platforms", &argument],
        &["report", &argument],
        &["report", ".", "--format", &argument],
    ] {
        let ran = desk.run(arguments);
        let printed = ran.stdout + &ran.stderr;
        // What the argument parser itself refuses is the caller's own doing, and repeated to nobody else.
        if !printed.contains("Usage: ") && !printed.contains("unexpected argument") {
            demand_quiet(&arguments.join(" "), &printed);
        }
    }
}
