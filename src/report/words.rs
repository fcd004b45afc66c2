//! The words all formats share.

use std::time::Duration;

use crate::claim::Severity;
use crate::journal::event::Rehearsal;
use crate::span::Span;

/// Said at the top of every report of a mocked run.
pub(super) const MOCKED: &str =
    "Mocked platforms: this tests the procedure; it is no evidence that a supplier lost access.";

/// Said at the top of every report of a run whose time ran faster than real time.
pub(super) const SCALED: &str = "Time ran faster than real time, as it does on mocks only: this is no evidence that a supplier lost access.";

/// Said at the top of every report of a rehearsal.
pub(super) fn rehearsed(one: &Rehearsal, name: &str) -> String {
    format!(
        "A rehearsal on canaries: it tests the procedure on {} of {} kinds of credentials; it is no evidence that {} \
         lost access, and touched nothing of it.",
        one.rehearsed, one.kinds, name
    )
}

/// Said where the journal lacks the facts of its run.
pub(super) const UNKNOWN_PLATFORMS: &str = "The journal does not say whether these platforms were real: \
     this is no evidence that a supplier lost access.";

/// What the record can and cannot show.
pub(super) const EVIDENCE: &str = "Every statement here is a projection of journal.ndjson in the run's \
     folder. Its hash chain shows accidental damage only: the journal is neither signed nor anchored \
     outside the machine that wrote it, so it does not resist deliberate rewriting.";

/// A length of time since the termination, in words: `12s`, `3s before`.
pub(super) fn offset(micros: i64) -> String {
    let length = Span(Duration::from_micros(micros.unsigned_abs()));
    if micros < 0 { format!("{length} before") } else { length.to_string() }
}

/// `at 12s`, `3s before`.
pub(super) fn moment(micros: i64) -> String {
    if micros < 0 { offset(micros) } else { format!("at {}", offset(micros)) }
}

/// `12s after the termination began`, or the like.
pub(super) fn when(micros: i64, terminated: bool) -> String {
    match (terminated, micros < 0) {
        (true, false) => format!("{} after the termination began", offset(micros)),
        (true, true) => format!("{} the termination began", offset(micros)),
        (false, _) => format!("{} into the scenario", offset(micros)),
    }
}

/// What an exit code means.
pub(super) fn meaning(code: u8) -> &'static str {
    match code {
        0 => "every demand is met",
        1 => "something still works, or came back",
        2 => "the drill could not begin: usage, configuration or unreadable input",
        3 => "inconclusive: not every demand has a definitive answer",
        4 => {
            "nothing proven: a control failed, a demand was never judged, or too little was executed"
        }
        5 => "somebody else was harmed: a bystander stopped working",
        6 => "clean-up is incomplete",
        130 => "stopped by an interrupt before its end",
        143 => "stopped by a termination signal before its end",
        _ => "an exit code this version does not know",
    }
}

/// The stable code of a severity.
pub(super) fn severity_code(severity: Severity) -> &'static str {
    match severity {
        Severity::Fine => "fine",
        Severity::Inconclusive => "inconclusive",
        Severity::NothingProven => "nothing-proven",
        Severity::Unclean => "unclean",
        Severity::StillWorks => "still-works",
        Severity::Harmed => "harmed",
    }
}

/// A severity as the head of a line.
pub(super) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Fine => "ok",
        Severity::Inconclusive => "INCONCLUSIVE",
        Severity::NothingProven => "NOTHING PROVEN",
        Severity::Unclean => "UNCLEAN",
        Severity::StillWorks => "FAILED",
        Severity::Harmed => "HARMED",
    }
}

/// `1 claim`, `2 claims`.
pub(super) fn many(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// Up to three names, and how many more there are.
pub(super) fn names<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.into_iter().collect();
    match all.as_slice() {
        [one, two, three, rest @ ..] if !rest.is_empty() => {
            format!("{one}, {two}, {three} and {} more", rest.len())
        }
        few => few.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_told_apart_from_lengths() {
        assert_eq!(offset(12_000_000), "12s");
        assert_eq!(offset(-3_000_000), "3s before");
        assert_eq!(when(-3_000_000, true), "3s before the termination began");
    }

    #[test]
    fn many_names_are_cut() {
        assert_eq!(names(["a", "b", "c"]), "a, b, c");
        assert_eq!(names(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
    }
}
