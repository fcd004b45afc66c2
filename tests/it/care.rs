//! What holds a procedure back: harm to somebody who has nothing to do with it, and what was to be kept before
//! anything is deleted. Clean-up is never held back.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::desk::{Desk, journal, only_entry};
use crate::own_platform::{LEAVE, Manner, doornail, project, said};
use crate::rehearsal::place::{Place, REHEARSE, of_the_supplier};

/// A real end with these steps, of which `REVOKE` revokes the token.
fn ended(manner: Manner, head: &str, steps: &[&str]) -> (Output, tempfile::TempDir) {
    let folder = project(manner);
    let root = folder.path();
    let here = |step: &&str| {
        let step = step.replace("REVOKE", &format!("touch, '{}'", root.join("revoked").display()));
        format!("  - {}\n", step.replace("ROOT", &root.display().to_string()))
    };
    let steps: String = steps.iter().map(here).collect();
    let text = format!("procedure: end\n{head}\nsteps:\n{steps}");
    fs::write(root.join("procedures/end.yaml"), text).unwrap();
    if manner == Manner::RefusesEverybodyOnceRevoked {
        // Whether the token is dead cannot be made out then, and minutes would be waited for it.
        let file = root.join("features/end.feature");
        let text = fs::read_to_string(&file).unwrap();
        let (before, _) = text.split_once("Then every token").unwrap();
        fs::write(&file, format!("{before}Then every bystander still works\n")).unwrap();
    }
    let mut command = doornail(root);
    command.args(["run", "--env", "desk-live"]).args(LEAVE).arg("--out").arg(root.join("runs"));
    (command.output().unwrap(), folder)
}

/// What became of the procedure, in order, each with its bystander.
fn harms(run: &Path) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = journal(run).into_iter().filter(|event| event["event"] == "harm");
    all.map(|event| (text(&event["course"]), text(&event["bystander"]))).collect()
}

fn courses(root: &Path) -> Vec<String> {
    let all = harms(&only_entry(&root.join("runs")));
    assert!(all.iter().all(|(_, bystander)| bystander == "globex-token"), "{all:?}");
    all.into_iter().map(|(course, _)| course).collect()
}

const HARMFUL: [&str; 2] = ["{command: [REVOKE]}", "{command: [touch, ROOT/second]}"];

#[test]
fn a_planned_end_that_harms_a_bystander_asks_and_where_nobody_is_it_stops() {
    for head in ["", "on_harm: ask", "on_harm: stop", "end: adverse\non_harm: stop"] {
        let (output, folder) = ended(Manner::RefusesEverybodyOnceRevoked, head, &HARMFUL);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(5), "{head}: {said}");
        assert!(!folder.path().join("second").exists(), "{head}: it went on");
        assert_eq!(courses(folder.path()), ["paused", "stopped"], "{head}");
        // What is left of it is said.
        assert!(said.contains("not done: run touch (acme): the procedure was stopped"), "{said}");
        assert!(said.contains("HARM: paused: the bystander globex-token was refused"), "{said}");
        let run = only_entry(&folder.path().join("runs"));
        for file in ["report.html", "report.md", "summary.json"] {
            let text = fs::read_to_string(run.join(file)).unwrap();
            assert!(text.contains("was refused 3 times in a row on rest"), "{file}");
        }
    }
}

#[test]
fn an_adverse_end_goes_on_and_tells_of_the_harm() {
    for head in ["end: adverse", "on_harm: continue"] {
        let steps = [HARMFUL[0], "{wait: 3s}", HARMFUL[1]];
        let (output, folder) = ended(Manner::RefusesEverybodyOnceRevoked, head, &steps);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(5), "{head}: {said}");
        assert!(folder.path().join("second").exists(), "{head}: it was held up: {said}");
        assert_eq!(courses(folder.path()), ["continued"], "{head}");
        assert!(said.contains("and the procedure goes on"), "{head}: {said}");
    }
}

#[test]
fn an_answer_resumes_a_procedure_that_a_first_refusal_paused() {
    let steps = ["{command: [touch, ROOT/hiccup]}", "{command: [REVOKE]}"];
    let (output, folder) = ended(Manner::RefusesABystanderOnce, "on_harm: stop", &steps);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(courses(folder.path()), ["paused", "resumed"]);
    assert!(folder.path().join("revoked").exists());
}

#[test]
fn a_rehearsal_whose_step_ends_the_bystanders_is_stopped_and_cleans_up_whatever_it_says() {
    for head in ["", "on_harm: continue\n"] {
        let place = Place::new(&["gitlab", "okta", "zendesk"], 200);
        place.desk.write("end.sh", include_str!("rehearsal/end.sh"));
        // It takes the control account for the supplier.
        place.desk.write("wrong.sh", "exec sh ./end.sh \"control-${1#acme-}\"\n");
        place.desk.write(
            "procedures/contract-end.yaml",
            &format!(
                "procedure: contract-end\ndrill_safe: true\n{head}steps:\n  - {{command: [sh, ./wrong.sh, '{{{{ supplier \
                 }}}}'], secrets: [gitlab, okta, zendesk]}}\n  - {{platform: zendesk, action: delete_oauth_client}}\n  - \
                 {{platform: gitlab, action: revoke_project_token}}\n"
            ),
        );
        let ran = place.run(&REHEARSE);
        assert_eq!(ran.code, Some(5), "{}", ran.whole());
        let run = place.desk.run_folder();
        let told = harms(&run);
        assert_eq!(told.first().map(|(course, _)| course.as_str()), Some("paused"), "{told:?}");
        assert_eq!(told.last().map(|(course, _)| course.as_str()), Some("stopped"), "{told:?}");
        assert!(told.iter().all(|(_, who)| who.ends_with("-control")), "{told:?}");
        let events = journal(&run);
        let undone = events.iter().filter(|event| !event["result"]["not-done"].is_null());
        assert_eq!(undone.count(), 2, "{}", ran.whole());
        assert!(ran.stdout.contains("what was left of it was not carried out"), "{}", ran.whole());
        assert_eq!(place.left(), Vec::<String>::new(), "{}", ran.whole());
        assert!(of_the_supplier(&place.sent()).is_empty());
    }
}

const KEPT: [&str; 3] = [
    "{command: ['false'], preserve: legal hold on her mailbox}",
    "{command: [touch, ROOT/contained], deletes: false}",
    "{command: [REVOKE], deletes: true}",
];

#[test]
fn what_could_not_be_preserved_stops_deletions_and_not_containment() {
    let (output, folder) = ended(Manner::Sound, "", &KEPT);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(folder.path().join("contained").exists(), "{said}");
    assert!(!folder.path().join("revoked").exists(), "{said}");
    for text in [
        "step failed: preserve legal hold on her mailbox",
        "said no: preserve legal hold on her mailbox: run false (acme)",
        "nothing is deleted: `legal hold on her mailbox` was not preserved",
    ] {
        assert!(said.contains(text), "{text}\n{said}");
    }
    let events = journal(&only_entry(&folder.path().join("runs")));
    let kept = events.iter().filter(|event| event["preserve"] == "legal hold on her mailbox");
    assert_eq!(kept.count(), 1);
}

#[test]
fn an_adverse_end_deletes_all_the_same_and_is_not_green() {
    let (output, folder) = ended(Manner::Sound, "end: adverse", &KEPT);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(folder.path().join("revoked").exists());
    assert!(said(&output).contains("an adverse end goes on all the same"), "{}", said(&output));
}

#[test]
fn what_was_preserved_lets_everything_else_be_done() {
    let steps = ["{command: ['true'], preserve: legal hold}", KEPT[1], KEPT[2]];
    let (output, folder) = ended(Manner::Sound, "", &steps);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(folder.path().join("contained").exists());
    let plan = doornail(folder.path()).args(["plan", "--supplier", "acme"]).output().unwrap();
    assert!(said(&plan).contains("1. preserve legal hold: run true"), "{}", said(&plan));
}

#[test]
fn what_is_preserved_too_late_is_an_error_of_the_procedure() {
    let checked = |steps: &[&str]| {
        let steps: String = steps.iter().map(|step| format!("  - {step}\n")).collect();
        let text = format!("procedure: end\nsteps:\n{steps}");
        let supplier = "supplier: acme\nname: Acme\nowners: {technical: iam@ours.example}\n";
        let desk = Desk::with(&[("procedures/end.yaml", &text), ("suppliers/acme.yaml", supplier)]);
        desk.run(&["plan", "--supplier", "acme"])
    };
    let hold = "{command: [./hold.sh], preserve: legal hold}";
    let (delete, disable) = (
        "{platform: zendesk, action: delete_user, for: every principal}",
        "{platform: zendesk, action: suspend_user, for: every principal}",
    );
    for (steps, why) in [
        (&[delete, hold][..], "`legal hold` would be preserved after step 1 has deleted"),
        (&[disable, "{command: [./end.sh], deletes: true}", hold], "after step 2 has deleted"),
        (&["{command: [./end.sh]}", hold], "nothing says whether this step deletes"),
        (&[hold, "{ask: \"Remove it\"}"], "nothing says whether this step deletes"),
        (
            &["{command: [./hold.sh], preserve: legal hold, deletes: true}"],
            "is to preserve `legal hold`, and deletes",
        ),
    ] {
        let ran = checked(steps);
        assert_eq!(ran.code, Some(2), "{}", ran.whole());
        assert!(ran.stderr.contains(why), "{why}: {}", ran.whole());
        assert!(ran.stderr.contains("procedures/end.yaml:"), "{}", ran.whole());
    }
    for steps in [
        &[hold, delete][..],
        &[disable, hold, delete],
        &["{command: [./end.sh], deletes: false}", hold, "{ask: \"Remove it\", deletes: true}"],
        &["{command: [./end.sh]}", delete],
    ] {
        let ran = checked(steps);
        assert_eq!(ran.code, Some(0), "{}", ran.whole());
    }
}
