//! `doornail witness`: the supplier uses what only it holds, and signs what came of it. The secret stays with it, and
//! what is forged, replayed, another's or another run's is refused before anything is sent.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::desk::{journal, only_entry, rulings};
use crate::own_platform::{Manner, doornail, project, said};

const SECRET: &str = "acme-secret-token-1";

struct Both {
    ours: tempfile::TempDir,
    theirs: tempfile::TempDir,
    run: PathBuf,
}

impl Both {
    /// Armed: what only the supplier can use is not proven yet.
    fn new() -> Self {
        let (ours, theirs) = (project(Manner::Sound), tempfile::tempdir().unwrap());
        let platforms = theirs.path().join("platforms");
        fs::create_dir(&platforms).unwrap();
        fs::copy(ours.path().join("platforms/desk.yaml"), platforms.join("desk.yaml")).unwrap();
        let mut both = Self { ours, theirs, run: PathBuf::new() };
        let key = both.supplier(&["--new-key", "key.pem"]);
        assert_eq!(key.status.code(), Some(0), "{}", said(&key));
        both.pin(String::from_utf8(key.stdout).unwrap().trim());
        let (code, run) = both.arm("runs");
        assert_eq!(code, Some(4), "it was never seen to work");
        both.run = run;
        both
    }

    fn pin(&self, key: &str) {
        let file = self.ours.path().join("suppliers/acme.yaml");
        let text = fs::read_to_string(&file).unwrap();
        let before = text.split("\n  - id: acme-hidden").next().unwrap();
        let (head, tail) = before.split_once("bystanders:").unwrap_or((before, ""));
        let tail = tail.lines().next().unwrap_or_default();
        let head = head.split("\nwitness:").next().unwrap();
        fs::write(
            &file,
            format!(
                "{}\nwitness: {{key: '{key}'}}\nbystanders:{tail}\n",
                head.trim_end().replace(
                    "credentials:\n",
                    "credentials:\n  - {id: acme-hidden, platform: desk, kind: token, principal: maya, held_by: supplier, accept_proof: [witness]}\n"
                )
            ),
        )
        .unwrap();
    }

    fn arm(&self, runs: &str) -> (Option<i32>, PathBuf) {
        let runs = self.ours.path().join(runs);
        let common = ["arm", "--supplier", "acme", "--env", "desk-live", "--confirm", "desk-live"];
        let output =
            doornail(self.ours.path()).args(common).arg("--out").arg(&runs).output().unwrap();
        (output.status.code(), only_entry(&runs))
    }

    /// The program at the supplier's, which has nothing of ours.
    fn supplier(&self, arguments: &[&str]) -> Output {
        doornail(self.theirs.path())
            .env_remove("ACME_TOKEN")
            .env_remove("GLOBEX_TOKEN")
            .env_remove("FINGERPRINTS")
            .env("OURS_ALONE", SECRET)
            .current_dir(self.theirs.path())
            .arg("witness")
            .args(arguments)
            .output()
            .unwrap()
    }

    fn we(&self, arguments: &[&str]) -> Output {
        doornail(self.ours.path())
            .current_dir(self.ours.path())
            .args(arguments)
            .args(["--confirm", "desk-live"])
            .output()
            .unwrap()
    }

    fn request(&self, when: &str, name: &str) -> PathBuf {
        let file = self.theirs.path().join(name);
        let output = self.we(&[
            "witness",
            "--for",
            &self.run.to_string_lossy(),
            "--credential",
            "acme-hidden",
            when,
            "--to",
            &file.to_string_lossy(),
        ]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        file
    }

    /// A request and its answer.
    fn answer(&self, when: &str, vantage: &str) -> PathBuf {
        let name = format!("{}{}", when.trim_start_matches("--"), vantage.replace(' ', "-"));
        let request = self.request(when, &format!("{name}.request"));
        let output = self.answered(&request, &format!("{name}.answer"), vantage, "127.0.0.1");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(!said(&output).contains(SECRET));
        let answer = self.theirs.path().join(format!("{name}.answer"));
        for file in [&request, &answer] {
            assert!(!fs::read_to_string(file).unwrap().contains(SECRET), "the secret left them");
        }
        answer
    }

    fn answered(&self, request: &Path, to: &str, vantage: &str, host: &str) -> Output {
        self.supplier(&[
            "--request",
            &request.to_string_lossy(),
            "--key",
            "file:key.pem",
            "--secret",
            "token=env:OURS_ALONE",
            "--host",
            host,
            "--vantage",
            vantage,
            "--to",
            to,
        ])
    }

    fn arm_again(&self, answer: &Path) -> Output {
        let (run, answer) = (self.run.to_string_lossy(), answer.to_string_lossy());
        self.we(&["arm", "--again", &run, "--witnessed", &answer])
    }

    fn end(&self) -> String {
        let now = jiff::Timestamp::now().to_string();
        fs::write(self.ours.path().join("revoked"), "").unwrap();
        now
    }

    fn verify(&self, at: &str, answers: &[&Path]) -> Output {
        let run = self.run.to_string_lossy();
        let mut all = vec!["verify", "--armed", &run, "--terminated-at", at, "--ticket", "CHG-77"];
        let answers: Vec<_> = answers.iter().map(|answer| answer.to_string_lossy()).collect();
        all.extend(answers.iter().flat_map(|answer| ["--witnessed", &**answer]));
        self.we(&all)
    }

    /// Refused with these words, and nothing was recorded.
    fn refused(&self, output: &Output, before: usize, says: &str) {
        assert_eq!(output.status.code(), Some(2), "{}", said(output));
        assert!(said(output).contains(says), "{says}: {}", said(output));
        assert_eq!(journal(&self.run).len(), before, "{says}: it was taken in");
    }
}

#[test]
fn what_the_supplier_saw_before_and_after_is_proof_by_witness_and_counted_apart() {
    let both = Both::new();
    let before = both.answer("--before", "acme office");
    let armed = both.arm_again(&before);
    assert_eq!(armed.status.code(), Some(0), "{}", said(&armed));
    let at = both.end();
    let after = both.answer("--after", "acme office");
    let verified = both.verify(&at, &[&after]);
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
    let said = said(&verified);
    assert!(said.contains("Dead               1 by use"), "{said}");
    assert!(said.contains("Gone               1 by witness, not used from here"), "{said}");
    let looked = journal(&both.run);
    let looked: Vec<_> = looked.iter().filter(|event| event["event"] == "looked").collect();
    assert!(looked.iter().all(|event| event["by"].as_str().unwrap().starts_with("ed25519:")));
    assert_eq!(looked.len(), 2);
    let recheck = both.we(&["recheck", &both.run.to_string_lossy()]);
    assert_eq!(recheck.status.code(), Some(0), "{}", crate::own_platform::said(&recheck));
}

#[test]
fn what_still_works_at_the_suppliers_is_a_survivor() {
    let both = Both::new();
    let before = both.answer("--before", "acme office");
    both.arm_again(&before);
    let at = jiff::Timestamp::now().to_string();
    let after = both.answer("--after", "acme office");
    let verified = both.verify(&at, &[&after]);
    assert_eq!(verified.status.code(), Some(1), "{}", said(&verified));
    let survivor =
        |(finding, on, _): &(String, String, String)| finding == "survivor" && on == "acme-hidden";
    assert!(rulings(&both.run).iter().any(survivor), "{}", said(&verified));
}

#[test]
fn an_end_without_a_proof_of_life_or_from_another_place_proves_nothing() {
    let both = Both::new();
    let at = both.end();
    let after = both.answer("--after", "acme office");
    let verified = both.verify(&at, &[&after]);
    assert_eq!(verified.status.code(), Some(4), "{}", said(&verified));
    assert!(said(&verified).contains("never was: that proves nothing"), "{}", said(&verified));
    let both = Both::new();
    let before = both.answer("--before", "acme office");
    both.arm_again(&before);
    let at = both.end();
    let after = both.answer("--after", "acme home");
    let verified = both.verify(&at, &[&after]);
    assert_eq!(verified.status.code(), Some(3), "{}", said(&verified));
    assert!(said(&verified).contains("let in from acme office only"), "{}", said(&verified));
}

#[test]
fn what_is_forged_replayed_or_foreign_is_refused_and_nothing_is_taken_in() {
    let both = Both::new();
    let before = both.answer("--before", "acme office");
    let text = fs::read_to_string(&before).unwrap();
    let count = journal(&both.run).len();
    let forged = both.theirs.path().join("forged");
    fs::write(&forged, text.replacen("there", "gone", 1)).unwrap();
    both.refused(&both.arm_again(&forged), count, "its signature does not fit");
    fs::write(&forged, "{}").unwrap();
    both.refused(&both.arm_again(&forged), count, "it is no statement");
    // Another key than the one that is pinned.
    let other = both.supplier(&["--new-key", "other.pem"]);
    let own = both.supplier(&["--new-key", "key.pem"]);
    assert_eq!(own.status.code(), Some(2), "a key is never written over");
    let file = both.ours.path().join("suppliers/acme.yaml");
    let pinned = fs::read_to_string(&file).unwrap();
    let key = pinned.split("key: '").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let other = String::from_utf8(other.stdout).unwrap();
    fs::write(&file, pinned.replace(&key, other.trim())).unwrap();
    both.refused(&both.arm_again(&before), count, "the inventory expects");
    fs::write(&file, pinned).unwrap();
    // Another run's.
    let (_, second) = both.arm("more");
    let first = both.run.to_string_lossy().into_owned();
    let theirs = Both { run: second, ..both };
    let count = journal(&theirs.run).len();
    theirs.refused(&theirs.arm_again(&before), count, "it answers a request of run");
    // Twice.
    let both = Both { run: PathBuf::from(first), ..theirs };
    assert_eq!(both.arm_again(&before).status.code(), Some(0));
    let count = journal(&both.run).len();
    both.refused(&both.arm_again(&before), count, "its request was answered before");
    let at = both.end();
    both.refused(&both.verify(&at, &[&before]), count, "its request was answered before");
}

#[test]
fn the_supplier_uses_it_only_at_the_host_it_typed_and_never_on_a_request_that_was_changed() {
    let both = Both::new();
    let request = both.request("--before", "one.request");
    let elsewhere = both.answered(&request, "a", "office", "desk.example");
    assert_eq!(elsewhere.status.code(), Some(2), "{}", said(&elsewhere));
    assert!(said(&elsewhere).contains("nothing was sent"), "{}", said(&elsewhere));
    assert!(!both.theirs.path().join("a").exists());
    let text = fs::read_to_string(&request).unwrap();
    let changed = both.theirs.path().join("two.request");
    fs::write(&changed, text.replace("\"maya\"", "\"nina\"")).unwrap();
    let output = both.answered(&changed, "b", "office", "127.0.0.1");
    assert!(output.status.code() != Some(2), "{}", said(&output));
    let count = journal(&both.run).len();
    let answer = both.theirs.path().join("b");
    both.refused(&both.arm_again(&answer), count, "something in it was changed");
}
