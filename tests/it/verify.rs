//! `doornail arm` and `doornail verify`: an offboarding that somebody else carries out, followed from before
//! it began, in one chain of evidence.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::desk::{journal, only_entry, rulings};
use crate::own_platform::{Manner, doornail, project, said};

struct Armed {
    folder: tempfile::TempDir,
    run: PathBuf,
}

fn arm(manner: Manner) -> (Output, Armed) {
    let folder = project(manner);
    let runs = folder.path().join("runs");
    let output = doornail(folder.path())
        .args([
            "arm",
            "--supplier",
            "acme",
            "--env",
            "desk-live",
            "--confirm",
            "desk-live",
            "--out",
        ])
        .arg(&runs)
        .output()
        .unwrap();
    let run = only_entry(&runs);
    (output, Armed { folder, run })
}

/// Everything was proven to work.
fn armed() -> Armed {
    let (output, armed) = arm(Manner::Sound);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("doornail verify --armed "), "{}", said(&output));
    armed
}

impl Armed {
    /// What an offboarding by hand comes to, and when it was ordered.
    fn end(&self) -> String {
        let now = jiff::Timestamp::now().to_string();
        fs::write(self.folder.path().join("revoked"), "").unwrap();
        now
    }

    fn verify(&self, at: &str, extra: &[&str]) -> Output {
        doornail(self.folder.path())
            .args(["verify", "--armed"])
            .arg(&self.run)
            .args(["--terminated-at", at, "--ticket", "CHG-77", "--confirm", "desk-live"])
            .args(extra)
            .output()
            .unwrap()
    }

    fn findings(&self) -> Vec<String> {
        rulings(&self.run).into_iter().map(|(finding, ..)| finding).collect()
    }
}

#[test]
fn an_offboarding_by_hand_is_armed_verified_and_rechecked_in_one_chain() {
    let armed = armed();
    let at = armed.end();
    let output = armed.verify(&at, &["--within", "1h"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("desk token: cannot be listed here"), "{}", said(&output));
    assert!(report(&armed).contains("Terminated by <b>CHG-77</b>"), "the ticket is named");
    let dead = |event: &serde_json::Value| event["verdict"]["verdict"] == "dead";
    let events = journal(&armed.run);
    let began = events.iter().find(|event| event["event"] == "termination-began").unwrap();
    let first = events.iter().find(|event| dead(event)).unwrap();
    assert!(began["at"].as_u64() < first["at"].as_u64(), "exposure counts from the order");
    let again = doornail(armed.folder.path())
        .arg("recheck")
        .arg(&armed.run)
        .args(["--confirm", "desk-live"])
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    assert!(report(&armed).contains("nothing is back at the recheck of "), "in one report");
    let checked =
        doornail(armed.folder.path()).arg("verify-journal").arg(&armed.run).output().unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
}

fn report(armed: &Armed) -> String {
    fs::read_to_string(armed.run.join("report.html")).unwrap()
}

#[test]
fn what_worked_before_the_end_was_ordered_is_no_survivor_without_having_been_used_since() {
    let armed = armed();
    let at = armed.end();
    let output = armed.verify(&at, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn what_nobody_ended_is_a_survivor() {
    let armed = armed();
    let at = jiff::Timestamp::now().to_string();
    let output = armed.verify(&at, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(armed.findings().iter().any(|one| one == "survivor"), "{}", said(&output));
}

#[test]
fn a_time_before_the_last_proof_of_life_or_yet_to_come_is_refused_and_nothing_sent() {
    let armed = armed();
    armed.end();
    let before = journal(&armed.run).len();
    for at in ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"] {
        let output = armed.verify(at, &[]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("arm again"), "{}", said(&output));
    }
    assert_eq!(journal(&armed.run).len(), before);
}

#[test]
fn what_was_never_proven_to_work_is_not_proven_dead() {
    let folder = project(Manner::Sound);
    fs::write(folder.path().join("revoked"), "").unwrap();
    let runs = folder.path().join("runs");
    let output = doornail(folder.path())
        .args([
            "arm",
            "--supplier",
            "acme",
            "--env",
            "desk-live",
            "--confirm",
            "desk-live",
            "--out",
        ])
        .arg(&runs)
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(0), "{}", said(&output));
    let armed = Armed { run: only_entry(&runs), folder };
    let output = armed.verify(&jiff::Timestamp::now().to_string(), &[]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    let dead = |(finding, subject, _): &(String, String, String)| {
        finding == "holds" && subject == "acme-token"
    };
    assert!(!rulings(&armed.run).iter().any(dead), "{}", said(&output));
}

#[test]
fn a_run_is_verified_once_and_only_if_it_was_armed() {
    let armed = armed();
    let at = armed.end();
    armed.verify(&at, &[]);
    let output = armed.verify(&at, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("recheck"), "{}", said(&output));
}

#[test]
fn arming_never_loads_who_acts() {
    let folder = project(Manner::Sound);
    let file = folder.path().join("doornail.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("desk: {", "desk: {act: {token: 'env:NOWHERE'}, ")).unwrap();
    let common = ["--supplier", "acme", "--env", "desk-live", "--confirm", "desk-live"];
    let with = |command: &str, more: &[&str]| {
        let mut doornail = doornail(folder.path());
        doornail.arg(command).args(common).args(more);
        doornail.arg("--out").arg(folder.path().join("runs")).output().unwrap()
    };
    let armed = with("arm", &[]);
    assert_eq!(armed.status.code(), Some(0), "{}", said(&armed));
    let acting = with("run", &["--terminate", "acme"]);
    assert_eq!(acting.status.code(), Some(2), "{}", said(&acting));
    assert!(said(&acting).contains("the `act` secret of desk is missing"), "{}", said(&acting));
}
