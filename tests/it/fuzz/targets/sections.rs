//! Several texts in one input: a line `=== name` begins the next one. Readable, so that a corpus is. Also
//! the bars of a table's row, which Markdown and features have in common.

/// The parts of an input with their names; what stands before the first line of that form is `first`.
pub(crate) fn sections<'t>(text: &'t str, first: &'static str) -> Vec<(&'t str, &'t str)> {
    let mut parts = Vec::new();
    let (mut name, mut begin, mut at) = (first, 0, 0);
    for line in text.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix("=== ") {
            parts.push((name, &text[begin..at]));
            (name, begin) = (next.trim(), at + line.len());
        }
        at += line.len();
    }
    parts.push((name, &text[begin..]));
    parts.retain(|(_, text)| !text.trim().is_empty());
    parts
}

/// How many bars end a cell: those without an odd number of backslashes before them.
pub(crate) fn bars(line: &str) -> usize {
    let ends = |at: usize| {
        let before = line[..at].chars().rev().take_while(|c| *c == '\\').count();
        before.is_multiple_of(2)
    };
    line.match_indices('|').filter(|(at, _)| ends(*at)).count()
}
