//! Feature text: what the framework would swallow in silence, the lint must say.

use std::path::{Path, PathBuf};

use doornail::steps::Features;

use super::problems;

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

/// Every line after the first scenario's begin is one that runs, or is a comment; and no scenario is lost.
fn nothing_is_swallowed(text: &str, count: usize) {
    let (mut begun, mut scenarios, mut outlines) = (false, 0, false);
    let mut quoted: Option<&str> = None;
    for line in text.lines().map(str::trim) {
        if let Some(end) = quoted {
            quoted = Some(end).filter(|end| !line.starts_with(end));
            continue;
        }
        quoted = ["\"\"\"", "```"].into_iter().find(|quote| line.starts_with(quote));
        if quoted.is_some() || line.is_empty() || line.starts_with('#') {
            continue;
        }
        begun |= BEGIN.iter().any(|word| line.starts_with(word));
        scenarios += usize::from(line.starts_with("Scenario:") || line.starts_with("Example:"));
        outlines |= line.starts_with("Scenario Outline:") || line.starts_with("Scenario Template:");
        outlines |= line.starts_with("Examples:") || line.starts_with("Scenarios:");
        let known = LINES.iter().any(|word| line.starts_with(word));
        assert!(!begun || known, "{line:?} is swallowed");
    }
    assert!(outlines || count == scenarios, "{scenarios} scenarios are written, {count} would run");
}
