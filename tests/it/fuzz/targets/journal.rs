//! A journal: reading it back, its chain, its torn tails and cuts, judging what was read, and every report
//! of it. The lines of an input are sealed again before the second reading, so that a changed event is
//! looked at and not only refused.

use std::path::Path;

use doornail::claim::Severity;
use doornail::journal::chain::{JournalError, Replay, digest, replay_bytes};
use doornail::journal::event::{Judged, ScenarioResult};
use doornail::journal::exit::exit_code;
use doornail::journal::judge::judge;
use doornail::journal::{Entry, Event, RunView};
use doornail::report::{FORMATS, render_coloured};
use serde_json::Value;

/// The chain before the first line.
const GENESIS: &str = "doornail";

pub(crate) fn run(data: &[u8]) {
    // What reads as it stands is what is sealed again, apart from numbers: once is enough to look at it.
    let _ = back(data);
    let (entries, sealed) = seal(data);
    let read = back(&sealed).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.entries, entries, "read back otherwise than written");
    assert_eq!(read.torn, None);
    project(&entries);
    if !sealed.is_empty() {
        let place = usize::from_str_radix(&digest(data)[..8], 16).unwrap() % sealed.len();
        changed(&sealed, place, data.len());
        cut(&sealed, place, &entries);
    }
}

fn back(bytes: &[u8]) -> Result<Replay, JournalError> {
    replay_bytes(Path::new("journal.ndjson"), bytes)
}

/// The events of an input, numbered and chained anew; lines that are none are left out.
fn seal(data: &[u8]) -> (Vec<Entry>, Vec<u8>) {
    let (mut entries, mut sealed) = (Vec::new(), Vec::new());
    let mut chain = GENESIS.to_owned();
    for line in String::from_utf8_lossy(data).lines().take(400) {
        let Ok(Value::Object(mut fields)) = serde_json::from_str(line) else { continue };
        fields.shift_remove("chain");
        fields.insert("v".into(), 1.into());
        fields.insert("n".into(), entries.len().into());
        let Ok(entry) = serde_json::from_value::<Entry>(Value::Object(fields)) else { continue };
        let text = serde_json::to_string(&entry).unwrap();
        chain = digest(format!("{chain}{text}").as_bytes());
        let open = text.strip_suffix('}').unwrap();
        sealed.extend_from_slice(format!("{open},\"chain\":\"{chain}\"}}\n").as_bytes());
        entries.push(entry);
    }
    (entries, sealed)
}

/// Everything that is made of a journal, twice: the same entries always say the same.
fn project(entries: &[Entry]) {
    let view = RunView::of(entries);
    let again = RunView::of(entries);
    for interruption in [None, Some(130)] {
        assert_eq!(exit_code(&view, interruption), exit_code(&again, interruption));
    }
    if exit_code(&view, None) == 0 {
        all_was_judged(entries);
    }
    for scenario in view.scenarios.values() {
        for claim in scenario.claims.iter().map(|claim| &claim.claim) {
            for subject in claim.subjects.iter().take(20) {
                let one = judge(claim, subject, scenario);
                assert_eq!(one, judge(claim, subject, scenario));
            }
        }
    }
    for format in FORMATS {
        let one = format.render(&view).unwrap_or_else(|error| panic!("{}: {error}", format.name()));
        if format.name() == "markdown" {
            assert!(one == format.render(&again).unwrap(), "two renderings differ");
        }
        let text =
            String::from_utf8(one).unwrap_or_else(|_| panic!("{}: not UTF-8", format.name()));
        if format.name() == "json" {
            // Everything people read says the same as the exit code.
            let summary: Value = serde_json::from_str(&text).unwrap();
            let over = entries.iter().any(|entry| matches!(entry.event, Event::RunEnded { .. }));
            assert_eq!(summary["exit"]["finished"], over, "{text}");
            assert_eq!(summary["exit"]["by_rulings"], exit_code(&view, None));
        }
    }
    render_coloured(&view, true).unwrap();
}

/// What exit code 0 says, read off the entries alone: every scenario ran to its end, something was
/// demanded in each, and each demand was ruled on and met.
fn all_was_judged(entries: &[Entry]) {
    let mut numbers: Vec<u32> = entries.iter().filter_map(|entry| entry.scenario).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert!(!numbers.is_empty(), "green without a scenario");
    for number in numbers {
        let of = || entries.iter().filter(|entry| entry.scenario == Some(number));
        let ended = of().rev().find_map(|entry| {
            let Event::ScenarioEnded { result } = &entry.event else { return None };
            Some(*result)
        });
        assert_eq!(
            ended,
            Some(ScenarioResult::Completed),
            "green, and scenario {number} is not over"
        );
        let failed = of().any(|entry| matches!(entry.event, Event::StepFailed { .. }));
        assert!(!failed, "green, and a step of {number} failed");
        let claims = || {
            of().enumerate().filter_map(|(place, entry)| {
                let Event::Claimed(claim) = &entry.event else { return None };
                Some((place, claim.id))
            })
        };
        assert!(claims().next().is_some(), "green, and scenario {number} claims nothing");
        for (place, id) in claims() {
            let fine = |judged: &Judged| judged.ruling.finding.severity() == Severity::Fine;
            let met = of().skip(place + 1).any(|entry| {
                let Event::Judged { claim, rulings } = &entry.event else { return false };
                *claim == id && !rulings.is_empty() && rulings.iter().all(fine)
            });
            assert!(met, "green, and claim {id} of scenario {number} was never met");
        }
    }
}

/// One changed byte is found, wherever it is; in the last line break it makes a torn line.
fn changed(sealed: &[u8], place: usize, by: usize) {
    let mut bytes = sealed.to_vec();
    bytes[place] ^= u8::try_from(by % 255).unwrap() + 1;
    match back(&bytes) {
        Err(error) => {
            let line = sealed[..place].iter().filter(|byte| **byte == b'\n').count() + 1;
            let told = error.to_string();
            let (here, next) =
                (format!("journal.ndjson:{line}:"), format!("journal.ndjson:{}:", line + 1));
            assert!(told.starts_with(&here) || told.starts_with(&next), "{told}, not in {line}");
        }
        Ok(read) => assert!(
            place == sealed.len() - 1 && read.torn.is_some(),
            "byte {place} was changed, and nothing is said"
        ),
    }
}

/// A journal whose writer was killed: whole lines are kept, the torn one is told, and a run that was not
/// judged whole is never green.
fn cut(sealed: &[u8], place: usize, entries: &[Entry]) {
    let read = back(&sealed[..place]).unwrap_or_else(|error| panic!("cut at {place}: {error}"));
    let whole = sealed[..place].iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(read.entries, entries[..whole]);
    let rest = sealed[..place].iter().rev().take_while(|byte| **byte != b'\n').count();
    assert_eq!(read.torn.is_some(), rest > 0);
    let view = RunView::of(&read.entries);
    if exit_code(&view, None) == 0 {
        all_was_judged(&read.entries);
    }
}
