//! What every refusal of a file must be: placed, bounded, and the same each time.

use std::path::Path;

use doornail::error::Problems;

/// A place without a line is at least a path of keys, or speaks of the file as a whole.
const WITHOUT_LINE: [&str; 7] = [
    "credentials.",
    "actions.",
    "environments.",
    "targets.per_kind",
    "unknown class",
    "has no steps",
    "stands in",
];

/// Panics unless each problem names one of `files` and a place that is in it.
pub(crate) fn check(problems: &Problems, files: &[(&Path, &str)]) {
    assert!(!problems.0.is_empty(), "refused without a reason");
    let input: usize = files.iter().map(|(_, text)| text.len()).sum();
    let shown = problems.to_string();
    assert!(shown.len() <= 100_000 + 100 * input, "{} bytes of problems", shown.len());
    for problem in &problems.0 {
        let found = files.iter().find(|(file, _)| *file == problem.file);
        let (file, text) = found.unwrap_or_else(|| panic!("of no file: {problem}"));
        assert!(problem.to_string().starts_with(&*file.to_string_lossy()), "{problem}");
        assert!(!problem.problem.is_empty(), "{problem}");
        match problem.place {
            Some((line, column)) => {
                // Any of the line breaks of YAML or Unicode may be counted.
                let breaks = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
                let lines = text.matches(breaks).count() as u64 + 1;
                assert!((1..=lines + 1).contains(&line), "line {line} of {lines}: {problem}");
                assert!(column >= 1, "{problem}");
            }
            None => assert!(
                WITHOUT_LINE.iter().any(|place| problem.problem.contains(place)),
                "without a place: {problem}"
            ),
        }
    }
}
