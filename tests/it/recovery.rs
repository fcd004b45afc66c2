//! A run that is stopped, killed or tampered with: what was seen is kept, and nothing is claimed beyond it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::desk::{Desk, Ran, journal};

/// A day's watch of the whole estate: long enough to be stopped in the middle.
const LONG: [&str; 3] = ["run", "--tags", "@quarterly"];

/// How many lines a journal has when its run is in the middle of the chase.
const MIDDLE: usize = 700;

/// Starts the long drill, waits for its middle, and sends it a signal.
fn signalled(signal: &str) -> (Desk, Ran) {
    let desk = Desk::new();
    let mut running = desk.start(&LONG, &[]);
    let runs = desk.path().join("doornail-runs");
    running.until("the middle of the chase", || {
        let folder = fs::read_dir(&runs).ok()?.next()?.ok()?.path();
        let text = fs::read_to_string(folder.join("journal.ndjson")).ok()?;
        let begun = text.contains("\"event\":\"termination-began\"");
        (begun && text.lines().count() >= MIDDLE).then_some(())
    });
    let id = running.child.id().to_string();
    let sent = std::process::Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(sent.success());
    (desk, running.end())
}

fn lines(run: &Path) -> usize {
    journal(run).len()
}

fn reports(run: &Path) -> Vec<PathBuf> {
    ["report.html", "report.md", "junit.xml", "summary.json"].map(|name| run.join(name)).to_vec()
}

#[test]
fn an_interrupted_run_ends_in_good_order_and_says_that_it_was_stopped() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (desk, ran) = signalled(signal);
        assert_eq!(ran.code, Some(code), "{}", ran.whole());
        assert!(ran.stderr.contains("stopping: "), "{}", ran.whole());
        let run = desk.run_folder();
        for report in reports(&run) {
            assert!(fs::metadata(&report).unwrap().len() > 500, "{}", report.display());
        }
        let events = journal(&run);
        let last = &events[events.len() - 1];
        assert_eq!(
            (last["event"].as_str(), last["exit"].as_i64()),
            (Some("run-ended"), Some(code.into()))
        );
        assert!(
            events
                .iter()
                .any(|event| event["event"] == "scenario-ended" && event["result"] == "stopped")
        );
        let checked = desk.run(&["verify-journal", run.to_str().unwrap()]);
        assert_eq!(checked.code, Some(0), "{}", checked.whole());
    }
}

#[test]
fn the_reports_of_an_interrupted_run_say_so_and_promise_nothing() {
    let (desk, ran) = signalled("-INT");
    assert!(!ran.stdout.contains("Exit 0"), "{}", ran.stdout);
    let text = fs::read_to_string(desk.run_folder().join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summary["exit"]["code"], 130);
    assert_eq!(summary["counts"]["incomplete_scenarios"], 1);
}

#[test]
fn a_killed_run_can_be_reported_in_every_form_and_proves_nothing() {
    let (desk, ran) = signalled("-KILL");
    assert_eq!(ran.code, None);
    let run = desk.run_folder();
    assert!(reports(&run).iter().all(|report| !report.exists()));
    let name = run.to_str().unwrap();
    for format in ["text", "html", "markdown", "junit", "json"] {
        let ran = desk.run(&["report", name, "--format", format]);
        assert_eq!(ran.code, Some(0), "{format}: {}", ran.whole());
        assert!(ran.stdout.len() > 300, "{format}: {}", ran.stdout);
        assert!(!ran.stdout.contains("Exit 0"), "{format}");
    }
    let id = run.file_name().unwrap().to_str().unwrap();
    let by_id = desk.run(&["report", id, "--format", "json"]);
    let summary: serde_json::Value = serde_json::from_str(&by_id.stdout).unwrap();
    assert_eq!(summary["exit"]["by_rulings"], 4);
    assert_eq!(summary["exit"]["finished"], false);
    let checked = desk.run(&["verify-journal", name]);
    assert_eq!(checked.code, Some(0), "{}", checked.whole());
}

#[test]
fn a_torn_last_line_is_said_and_the_rest_is_kept() {
    let desk = small_run();
    let file = desk.run_folder().join("journal.ndjson");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 20]).unwrap();
    let run = desk.run_folder();
    let checked = desk.run(&["verify-journal", run.to_str().unwrap()]);
    assert_eq!(checked.code, Some(0), "{}", checked.whole());
    assert!(checked.stdout.contains("the last line is torn"), "{}", checked.whole());
    let reported = desk.run(&["report", run.to_str().unwrap()]);
    assert!(reported.stderr.contains("torn"), "{}", reported.whole());
    assert!(reported.stdout.contains("so this is not final"), "{}", reported.whole());
}

#[test]
fn a_changed_byte_is_found_with_its_line() {
    let desk = small_run();
    let run = desk.run_folder();
    let file = run.join("journal.ndjson");
    let whole = fs::read_to_string(&file).unwrap();
    let middle = lines(&run) / 2;
    let offset = whole.lines().take(middle).map(|line| line.len() + 1).sum::<usize>();
    let place = offset + whole[offset..].find("\"at\":").unwrap() + 5;
    let mut bytes = whole.clone().into_bytes();
    bytes[place] = if bytes[place] == b'9' { b'8' } else { bytes[place] + 1 };
    fs::write(&file, bytes).unwrap();
    for command in ["verify-journal", "report"] {
        let ran = desk.run(&[command, run.to_str().unwrap()]);
        assert_eq!(ran.code, Some(2), "{}", ran.whole());
        let place = format!("journal.ndjson:{}: the chain is broken", middle + 1);
        assert!(ran.stderr.contains(&place), "{}", ran.whole());
    }
}

#[test]
fn a_removed_an_added_and_a_swapped_line_are_found() {
    let desk = small_run();
    let run = desk.run_folder();
    let file = run.join("journal.ndjson");
    let whole = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let mut removed = lines.clone();
    removed.remove(10);
    let mut added = lines.clone();
    added.insert(10, lines[10]);
    let mut swapped = lines.clone();
    swapped.swap(10, 11);
    for changed in [removed, added, swapped] {
        fs::write(&file, changed.join("\n") + "\n").unwrap();
        let ran = desk.run(&["verify-journal", run.to_str().unwrap()]);
        assert_eq!(ran.code, Some(2), "{}", ran.whole());
    }
}

#[test]
fn a_report_rendered_again_is_the_report_that_was_written() {
    let desk = small_run();
    let run = desk.run_folder();
    for (format, name) in [
        ("html", "report.html"),
        ("markdown", "report.md"),
        ("junit", "junit.xml"),
        ("json", "summary.json"),
    ] {
        let again = desk.run(&["report", run.to_str().unwrap(), "--format", format]);
        assert!(again.stdout == fs::read_to_string(run.join(name)).unwrap(), "{format} differs");
    }
}

fn small_run() -> Desk {
    let desk = crate::estate::only("slack");
    desk.write("drill.feature", crate::estate::DRILL);
    let ran = desk.run(&["run", "drill.feature"]);
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    desk
}
