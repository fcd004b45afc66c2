//! A rehearsal that is killed or stopped at any moment leaves nothing that `clean` does not find.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::place::{Place, REHEARSE};
use crate::desk::{Running, only_entry};

/// Where the program stops for good, to be killed.
const HOLD: &str = "DOORNAIL_TEST_HOLD_AFTER";

/// How many runs are killed side by side.
const SIDE_BY_SIDE: usize = 2;

fn lines(runs: &Path) -> Option<usize> {
    let run = fs::read_dir(runs).ok()?.next()?.ok()?.path();
    Some(fs::read_to_string(run.join("journal.ndjson")).ok()?.lines().count())
}

/// Starts the program, which holds right after this entry, and kills it there; says whether it came so far.
fn killed_at(place: &Place, index: usize, arguments: &[&str], runs: &Path) -> bool {
    let index_text = index.to_string();
    let variables = [place.variables(), vec![(HOLD, &index_text)]].concat();
    let mut running = place.desk.start(arguments, &variables);
    while lines(runs).is_none_or(|count| count <= index) {
        if running.child.try_wait().unwrap().is_some() {
            // What a crowded machine makes of real time is not asked about here; that all is gone, it is.
            let ran = running.end();
            assert!(ran.code.is_some_and(|code| code != 6), "{}", ran.whole());
            return false;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    running.child.kill().unwrap();
    assert_eq!(running.end().code, None, "it ended by itself");
    true
}

fn signal(running: &Running, signal: &str) {
    let id = running.child.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

/// One folder for each run, so that each can be told from the others.
fn runs(place: &Place, name: &str) -> PathBuf {
    place.desk.path().join("doornail-runs").join(name)
}

/// Cleans the runs there, and gives how many canaries were removed.
fn cleaned(place: &Place, runs: &Path) -> usize {
    let ran = place.run(&["clean", "--all", "--out", runs.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}: {}", runs.display(), ran.whole());
    let run = only_entry(runs);
    let checked = place.run(&["verify-journal", run.to_str().unwrap()]);
    assert_eq!(checked.code, Some(0), "{}", checked.whole());
    ran.stdout.lines().filter(|line| line.ends_with(" removed")).count()
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures, for those who ask for them")]
fn killed_after_any_event_it_leaves_nothing_that_is_not_cleaned() {
    let place = Place::new(&["aws", "gitlab", "keycloak", "okta", "zendesk"], 500);
    let whole = runs(&place, "whole");
    place.run(&[&REHEARSE[..], &["--out", whole.to_str().unwrap()]].concat());
    let whole = lines(&whole).unwrap();
    let [next, points, removed] = [const { AtomicUsize::new(0) }; 3];
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    // Where the machine is too busy for its real time, a drill ends before it comes so far.
                    let reached = (0..3).find_map(|attempt| {
                        let runs = runs(&place, &format!("{index:04}-{attempt}"));
                        let arguments = [&REHEARSE[..], &["--out", runs.to_str().unwrap()]];
                        killed_at(&place, index, &arguments.concat(), &runs).then_some(runs)
                    });
                    let Some(runs) = reached else {
                        match index < whole {
                            true => continue,
                            false => break,
                        }
                    };
                    points.fetch_add(1, Ordering::SeqCst);
                    removed.fetch_add(cleaned(&place, &runs), Ordering::SeqCst);
                }
            });
        }
    });
    let (points, removed) = (points.into_inner(), removed.into_inner());
    assert!(points >= 200, "{points}");
    assert!(removed > points, "only {removed} canaries were left to clean");
    assert_eq!(place.left(), Vec::<String>::new());
    println!("killed at {points} points, 0 leaked: {removed} canaries were left and removed");
}

#[test]
fn cleaning_that_is_killed_is_cleaned_again() {
    let place = Place::new(&["gitlab", "okta", "zendesk"], 500);
    for extra in 1..8 {
        let runs = runs(&place, &format!("{extra}"));
        let out = runs.to_str().unwrap();
        assert!(killed_at(&place, 60, &[&REHEARSE[..], &["--out", out]].concat(), &runs));
        assert!(killed_at(&place, 60 + extra, &["clean", "--all", "--out", out], &runs));
        let ran = place.run(&["clean", "--all", "--out", out]);
        assert_eq!((ran.code, place.left()), (Some(0), Vec::new()), "{}", ran.whole());
    }
}

#[test]
fn stopped_at_any_moment_it_removes_what_it_made_and_reports() {
    let place = Place::new(&["gitlab", "okta", "zendesk"], 500);
    let whole = runs(&place, "whole");
    let ran = place.run(&[&REHEARSE[..], &["--out", whole.to_str().unwrap()]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    let last = lines(&whole).unwrap() - 20;
    let mut stopped = 0;
    for moment in 0..20 {
        let (name, code) = [("-INT", 130), ("-TERM", 143)][moment % 2];
        let index = 3 + moment * (last - 3) / 20;
        let runs = runs(&place, &format!("{moment}"));
        let out = runs.to_str().unwrap();
        let arguments = [&REHEARSE[..], &["--out", out]].concat();
        let mut running = place.desk.start(&arguments, &place.variables());
        running.until("its moment", || lines(&runs).filter(|count| *count > index));
        signal(&running, name);
        let ran = running.end();
        // One that was through before the signal came has its own code.
        let heard = ran.stderr.contains("stopping: ");
        assert!(ran.code == Some(code) || !heard, "at {index}: {}", ran.whole());
        stopped += usize::from(heard);
        assert_eq!(place.left(), Vec::<String>::new(), "at {index}: {}", ran.whole());
        for file in ["report.html", "report.md", "junit.xml", "summary.json"] {
            assert!(fs::metadata(only_entry(&runs).join(file)).unwrap().len() > 500, "{file}");
        }
    }
    assert!(stopped >= 15, "{stopped} of 20 were stopped");
}
