//! `doornail resume`: what was cut off, or handed over, goes on in the same chain, ends nothing, and never turns
//! green by having been away.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::desk::{journal, only_entry, rulings};
use crate::own_platform::{LEAVE, Manner, doornail, project, said};

/// Where the program stops for good, to be killed.
const HOLD: &str = "DOORNAIL_TEST_HOLD_AFTER";

struct Place {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Place {
    fn new(manner: Manner) -> Self {
        Self { folder: project(manner), variables: Vec::new() }
    }

    /// A watch of two hours, handed over at once, on a desk where time runs 600 times as fast.
    fn with_a_long_watch() -> Self {
        let mut place = Self::new(Manner::Sound);
        let now = jiff::Timestamp::now();
        place.variables.push(("DOORNAIL_CLOCK", format!("600@{now}")));
        place.change("doornail.yaml", "arm_within: 3s", "arm_within: 10m, longest_wait: 20m");
        place.change("features/end.feature", "within 5 seconds", "within 10 minutes");
        place.change("features/end.feature", "for 1 second", "for 2 hours");
        place
    }

    fn change(&self, name: &str, from: &str, to: &str) {
        let file = self.folder.path().join(name);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{name} lacks {from:?}");
        fs::write(file, text.replace(from, to)).unwrap();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = doornail(self.folder.path());
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
        command
    }

    fn start(&self) -> Command {
        let mut command = self.command();
        command.args(["run", "--env", "desk-live", "--out"]).arg(self.file("runs")).args(LEAVE);
        command
    }

    fn run(&self) -> Output {
        self.start().output().unwrap()
    }

    fn journal_file(&self) -> Option<PathBuf> {
        let run = fs::read_dir(self.file("runs")).ok()?.next()?.ok()?.path();
        Some(run.join("journal.ndjson"))
    }

    fn events(&self) -> usize {
        let text = self.journal_file().and_then(|file| fs::read_to_string(file).ok());
        text.map_or(0, |text| text.lines().count())
    }

    /// Kills a run right after this event; says whether it came so far.
    fn killed_at(&self, index: usize) -> bool {
        let mut command = self.start();
        command.env(HOLD, index.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        while self.events() <= index {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            thread::park_timeout(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        true
    }

    fn again(&self, how: &str) -> Output {
        let run = only_entry(&self.file("runs"));
        self.command().arg(how).arg(run).args(["--confirm", "desk-live"]).output().unwrap()
    }

    fn resume(&self) -> Output {
        self.again("resume")
    }

    fn run_folder(&self) -> PathBuf {
        only_entry(&self.file("runs"))
    }

    fn findings(&self) -> Vec<String> {
        rulings(&self.run_folder()).into_iter().map(|(finding, ..)| finding).collect()
    }

    fn assert_whole(&self) {
        let run = self.run_folder();
        let checked = self.command().arg("verify-journal").arg(run).output().unwrap();
        assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    }
}

fn has(run: &Path, event: &str) -> bool {
    journal(run).iter().any(|entry| entry["event"] == event)
}

/// How far a drill had come when it was killed.
struct Killed {
    began: bool,
    procedure_ended: bool,
    run_ended: bool,
}

impl Killed {
    fn at(place: &Place) -> Self {
        let run = place.run_folder();
        Self {
            began: has(&run, "termination-began"),
            procedure_ended: has(&run, "termination-ended"),
            run_ended: has(&run, "run-ended"),
        }
    }
}

/// Kills a drill after each event in turn, and goes on with it. Gives how often it was gone on with.
fn killed_everywhere(
    end_it: bool,
    fits: impl Fn(&Place, &Killed, Option<i32>, &str) + Sync,
) -> usize {
    let [next, resumed] = [const { AtomicUsize::new(0) }; 2];
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let place = Place::new(Manner::Sound);
                    if !end_it {
                        place.change("procedures/end.yaml", "touch", "echo");
                        place.change(
                            "features/end.feature",
                            "within 5 seconds",
                            "within 2 seconds",
                        );
                    }
                    if !place.killed_at(next.fetch_add(1, Ordering::SeqCst)) {
                        break;
                    }
                    let killed = Killed::at(&place);
                    let ran = place.resume();
                    fits(&place, &killed, ran.status.code(), &said(&ran));
                    if ran.status.code() != Some(2) {
                        resumed.fetch_add(1, Ordering::SeqCst);
                        place.assert_whole();
                    }
                }
            });
        }
    });
    resumed.into_inner()
}

#[test]
fn killed_after_any_event_it_is_gone_on_with_to_the_same_end() {
    let resumed = killed_everywhere(true, |place, killed, code, said| {
        let run = place.run_folder();
        if !killed.began {
            assert_eq!(code, Some(2), "{said}");
            assert!(said.contains("nothing was ended"), "{said}");
        } else if killed.run_ended {
            assert!(code == Some(2) && said.contains("nothing left to go on with"), "{said}");
        } else if killed.procedure_ended {
            assert_eq!(code, Some(0), "{said}");
            let claims = journal(&run).iter().filter(|entry| entry["event"] == "claimed").count();
            assert!(claims >= 4, "every demand of the scenario was made: {said}");
            assert!(run.join("report.html").exists());
        } else {
            // Whether the one action had been carried out by then is seen, not guessed.
            let wanted = if place.file("revoked").exists() { 4 } else { 1 };
            assert_eq!(code, Some(wanted), "{said}");
            assert!(said.contains("it was cut off after"), "{said}");
        }
    });
    assert!(resumed >= 10, "gone on with at {resumed} points");
}

#[test]
fn what_survives_is_found_wherever_the_drill_was_killed() {
    let resumed = killed_everywhere(false, |place, killed, code, said| {
        if killed.began && !killed.run_ended {
            assert_eq!(code, Some(1), "{said}");
            assert!(place.findings().iter().any(|finding| finding == "survivor"), "{said}");
        } else {
            assert_eq!(code, Some(2), "{said}");
        }
    });
    assert!(resumed >= 10, "gone on with at {resumed} points");
}

#[test]
fn a_procedure_that_was_cut_off_is_never_gone_on_with() {
    let place = Place::new(Manner::Sound);
    let mut index = 0;
    let begun = |entry: &Value| entry["event"] == "termination-began";
    while place.killed_at(index) && !journal(&place.run_folder()).iter().any(begun) {
        fs::remove_dir_all(place.file("runs")).unwrap();
        index += 1;
    }
    let ran = place.resume();
    assert_eq!(ran.status.code(), Some(1), "the token works on: {}", said(&ran));
    assert!(said(&ran).contains("it was cut off after 0 actions"), "{}", said(&ran));
    assert!(!place.file("revoked").exists(), "the procedure was carried out");
    let seconds = journal(&place.run_folder());
    let intended = seconds.iter().filter(|entry| entry["event"] == "action-intended").count();
    assert_eq!(intended, 0);
}

#[test]
fn another_secret_than_before_is_never_proven_dead() {
    let place = Place::new(Manner::Sound);
    let mut index = 8;
    while place.killed_at(index) && !has(&place.run_folder(), "termination-ended") {
        fs::remove_dir_all(place.file("runs")).unwrap();
        let _ = fs::remove_file(place.file("revoked"));
        index += 1;
    }
    fs::remove_file(place.file("revoked")).unwrap();
    let mut command = place.command();
    command.arg("resume").arg(place.run_folder()).args(["--confirm", "desk-live"]);
    let ran = command.env("ACME_TOKEN", "acme-secret-token-2").output().unwrap();
    assert_eq!(ran.status.code(), Some(4), "{}", said(&ran));
    assert!(said(&ran).contains("another one than was proven to work"), "{}", said(&ran));
}

/// Goes on with a watch, again and again, until it is over.
fn watched_to_its_end(place: &Place) -> Output {
    let mut looks = 0;
    loop {
        let ran = place.resume();
        if ran.status.code() != Some(3) {
            assert!(looks >= 1, "the watch was over at once: {}", said(&ran));
            return ran;
        }
        looks += 1;
        assert!(looks < 500, "{}", said(&ran));
        thread::park_timeout(Duration::from_millis(500));
    }
}

#[test]
fn a_long_watch_is_handed_over_and_holds_only_once_it_is_over() {
    let place = Place::with_a_long_watch();
    let ran = place.run();
    assert_eq!(ran.status.code(), Some(3), "{}", said(&ran));
    assert!(said(&ran).contains("the watch is not over"), "{}", said(&ran));
    assert!(said(&ran).contains("doornail resume"), "{}", said(&ran));
    let ran = watched_to_its_end(&place);
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    let html = fs::read_to_string(place.run_folder().join("report.html")).unwrap();
    assert!(html.contains("of which nobody looked for"), "the gaps of the watch are told");
    place.assert_whole();
    let ran = place.resume();
    assert_eq!(ran.status.code(), Some(2), "{}", said(&ran));
}

#[test]
fn what_comes_back_while_a_watch_is_handed_over_is_a_revenant() {
    let place = Place::with_a_long_watch();
    let ran = place.run();
    assert_eq!(ran.status.code(), Some(3), "{}", said(&ran));
    assert_eq!(place.resume().status.code(), Some(3));
    fs::remove_file(place.file("revoked")).unwrap();
    let ran = place.resume();
    assert_eq!(ran.status.code(), Some(1), "{}", said(&ran));
    assert!(place.findings().iter().any(|finding| finding == "revenant"), "{}", said(&ran));
    place.assert_whole();
}

#[test]
fn nothing_is_sent_to_go_on_until_the_environment_is_typed() {
    let place = Place::with_a_long_watch();
    assert_eq!(place.run().status.code(), Some(3));
    let before = place.events();
    let ran = place.command().arg("resume").arg(place.run_folder()).output().unwrap();
    assert_eq!(ran.status.code(), Some(4), "{}", said(&ran));
    assert!(said(&ran).contains("--confirm desk-live"), "{}", said(&ran));
    assert_eq!(place.events(), before);
}
