//! `doornail recheck` and `doornail status`: a run's journal goes on in the same chain, and what came back
//! since is found.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::desk::{journal, only_entry, rulings};
use crate::own_platform::{LEAVE, Manner, doornail, project, said};

struct Played {
    folder: tempfile::TempDir,
    run: PathBuf,
}

/// A drill that ended green, on a real platform.
fn played() -> Played {
    let folder = project(Manner::Sound);
    let runs = folder.path().join("runs");
    let ran = doornail(folder.path())
        .args(["run", "--env", "desk-live", "--out"])
        .arg(&runs)
        .args(LEAVE)
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    let run = only_entry(&runs);
    Played { folder, run }
}

impl Played {
    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn recheck(&self) -> Output {
        let mut command = doornail(self.root());
        command.arg("recheck").arg(&self.run).args(["--confirm", "desk-live"]).output().unwrap()
    }

    fn findings(&self) -> Vec<String> {
        rulings(&self.run).into_iter().map(|(finding, ..)| finding).collect()
    }

    fn assert_whole(&self) {
        let checked = doornail(self.root()).arg("verify-journal").arg(&self.run).output().unwrap();
        assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    }
}

#[test]
fn what_is_still_dead_at_the_recheck_stays_green_in_one_chain() {
    let played = played();
    let before = journal(&played.run).len();
    let output = played.recheck();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("taken up again "), "{said}");
    let after = journal(&played.run);
    let probes = after[before..].iter().filter(|event| event["event"] == "probed").count();
    assert!(probes >= 2, "suspect and bystander were used again");
    let html = fs::read_to_string(played.run.join("report.html")).unwrap();
    assert!(html.contains("Taken up again "), "the reports are written again");
    played.assert_whole();
}

#[test]
fn what_came_back_between_run_and_recheck_is_a_revenant() {
    let played = played();
    fs::remove_file(played.root().join("revoked")).unwrap();
    let output = played.recheck();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(played.findings().iter().any(|finding| finding == "revenant"), "{}", said(&output));
    played.assert_whole();
}

#[test]
fn another_secret_than_the_one_proven_to_work_is_no_recheck() {
    let played = played();
    fs::remove_file(played.root().join("revoked")).unwrap();
    let output = doornail(played.root())
        .arg("recheck")
        .arg(&played.run)
        .args(["--confirm", "desk-live"])
        .env("ACME_TOKEN", "acme-secret-token-2")
        .output()
        .unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("another one than was proven to work"), "{said}");
    let probed = |event: &&serde_json::Value| event["event"] == "probed";
    let taken_up = |event: &serde_json::Value| event["event"] == "taken-up";
    let after: Vec<_> =
        journal(&played.run).into_iter().skip_while(|event| !taken_up(event)).collect();
    assert_eq!(after.iter().filter(probed).count(), 0, "nothing was sent");
}

#[test]
fn a_torn_journal_is_mended_before_it_goes_on() {
    let played = played();
    let file = played.run.join("journal.ndjson");
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend_from_slice(b"{\"v\":1,\"n\":");
    // Cut in the middle of a character.
    bytes.push(0xc3);
    fs::write(&file, bytes).unwrap();
    let output = played.recheck();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(fs::read(played.run.join("journal.torn")).unwrap().len(), 12);
    assert!(journal(&played.run).iter().any(|event| event["event"] == "recovered"));
    played.assert_whole();
}

#[test]
fn nothing_is_sent_to_recheck_until_the_environment_is_typed() {
    let played = played();
    let before = fs::read(played.run.join("journal.ndjson")).unwrap();
    let output = doornail(played.root()).arg("recheck").arg(&played.run).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("--confirm desk-live"), "{}", said(&output));
    assert_eq!(fs::read(played.run.join("journal.ndjson")).unwrap(), before);
}

#[test]
fn without_a_key_of_fingerprints_no_secret_can_be_known_again() {
    let played = played();
    let file = played.root().join("doornail.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("fingerprint_key: env:FINGERPRINTS\n", "")).unwrap();
    let output = played.recheck();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("fingerprint_key"), "{}", said(&output));
}

#[test]
fn a_mocked_run_cannot_be_rechecked_and_says_why() {
    let desk = crate::desk::Desk::new();
    let ran = desk.run(&["run", "--tags", "@demo"]);
    assert!(ran.code.is_some(), "{}", ran.whole());
    let run = desk.run_folder();
    let again = desk.run(&["recheck", &run.to_string_lossy()]);
    assert_eq!(again.code, Some(2), "{}", again.whole());
    assert!(again.stderr.contains("mocks"), "{}", again.stderr);
}

#[test]
fn the_status_tells_how_every_run_ended() {
    let played = played();
    played.recheck();
    let runs = played.root().join("runs");
    let cut = runs.join("2026-01-01T000000Z-dead");
    fs::create_dir(&cut).unwrap();
    let whole = fs::read_to_string(played.run.join("journal.ndjson")).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').take(3).collect();
    fs::write(cut.join("journal.ndjson"), lines.concat()).unwrap();
    let output = doornail(played.root()).args(["status", "--out"]).arg(&runs).output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("exit 0, taken up again: 1"), "{said}");
    assert!(said.contains("-dead  desk-live  0 of 1 scenarios  killed: it has no end"), "{said}");
    assert!(said.contains("2 runs in "), "{said}");
}
