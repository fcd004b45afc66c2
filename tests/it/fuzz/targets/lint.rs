//! Feature text: what the framework would swallow in silence, the lint must say.

use std::path::{Path, PathBuf};

use doornail::steps::Features;

use super::problems;
use super::sections::bars;

const BEGIN: [&str; 6] =
    ["Background:", "Scenario:", "Scenario Outline:", "Example:", "Scenario Template:", "Rule:"];

/// What a line may be once the first scenario or background has begun.
const LINES: [&str; 16] = [
    "Background:",
    "Scenario:",
    "Scenario Outline:",
    "Scenario Template:",
    "Example:",
    "Examples:",
    "Scenarios:",
    "Rule:",
    "Given ",
    "When ",
    "Then ",
    "And ",
    "But ",
    "* ",
    "|",
    "@",
];

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let file = PathBuf::from("features/own.feature");
    let read = || Features::of(vec![(file.clone(), text.clone().into_owned())]);
    let features = match read() {
        Ok(features) => features,
        Err(found) => {
            if data.len().is_multiple_of(8) {
                assert_eq!(Some(&found), read().err().as_ref(), "the same text, other problems");
            }
            assert!(found.0.iter().all(|problem| problem.file == file), "{found}");
            return;
        }
    };
    let lint = &features.lint;
    for error in lint.problems.iter().chain(&lint.undefined) {
        problems::check(&error.clone().into(), &[(Path::new("features/own.feature"), &text)]);
    }
    let clean = lint.problems.is_empty() && lint.undefined.is_empty();
    // Other languages have other keywords.
    if clean && !text.to_lowercase().contains("language") {
        nothing_is_swallowed(&text, features.count());
    }
    let count = features.count();
    let tags = text.lines().next().filter(|_| data.len().is_multiple_of(2));
    if let Ok(kept) = features.select(Some(tags.unwrap_or("@a and not (@b or @c)"))) {
        assert!(kept.count() <= count);
    }
}

const STEPS: [&str; 6] = ["Given ", "When ", "Then ", "And ", "But ", "* "];

/// A scenario may begin on the line of its tags.
fn after_tags(mut line: &str) -> &str {
    while let Some((_, rest)) =
        line.split_once(char::is_whitespace).filter(|(tag, _)| tag.starts_with('@'))
    {
        line = rest.trim_start();
    }
    line
}

/// Every line after the first scenario's begin is one that runs, or is a comment; no scenario is lost, and
/// no cell of a table.
fn nothing_is_swallowed(text: &str, count: usize) {
    let (mut begun, mut stepped, mut scenarios, mut outlines) = (false, false, 0, false);
    let mut quoted: Option<&str> = None;
    let mut row: Option<usize> = None;
    for line in text.lines().map(str::trim) {
        if let Some(end) = quoted {
            quoted = Some(end).filter(|end| !line.contains(end));
            continue;
        }
        // Before the first step it would be part of a description.
        let quote = ["\"\"\"", "```"].into_iter().find(|quote| stepped && line.starts_with(quote));
        if let Some(quote) = quote {
            quoted = Some(quote).filter(|quote| !line[3..].contains(quote));
            row = None;
            continue;
        }
        let cells = line.starts_with('|').then(|| bars(line));
        assert!(!begun || row.is_none() || cells.is_none() || row == cells, "{line:?} is cut");
        row = cells;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = after_tags(line);
        begun |= BEGIN.iter().any(|word| line.starts_with(word));
        stepped |= begun && STEPS.iter().any(|word| line.starts_with(word));
        scenarios += usize::from(line.starts_with("Scenario:") || line.starts_with("Example:"));
        outlines |= line.starts_with("Scenario Outline:") || line.starts_with("Scenario Template:");
        outlines |= line.starts_with("Examples:") || line.starts_with("Scenarios:");
        let known = LINES.iter().any(|word| line.starts_with(word));
        assert!(!begun || known, "{line:?} is swallowed");
    }
    assert!(outlines || count == scenarios, "{scenarios} scenarios are written, {count} would run");
}
