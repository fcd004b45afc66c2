//! Reading the parts of a step: durations, classes, deadlines.

use super::world::StepError;
use crate::drill::claims::Deadline;
use crate::span::{BadSpan, Span};

/// A duration as people write it.
pub(crate) fn duration(text: &str) -> Result<std::time::Duration, StepError> {
    text.parse::<Span>().map(|span| span.0).map_err(|error| StepError(error.to_string()))
}

/// A time of day, since midnight: `02:00`.
pub(crate) fn time_of_day(text: &str) -> Result<std::time::Duration, StepError> {
    let read = text.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
        (hours < 24 && minutes < 60).then_some(60 * (60 * hours + minutes))
    });
    let wrong = || StepError(format!("{text:?} is no time of day, expected one such as 02:00"));
    read.map(std::time::Duration::from_secs).ok_or_else(wrong)
}

/// `within 15 minutes`, `within the supplier's own target`, `within the supplier's adverse target`.
pub(crate) fn deadline(text: &str) -> Result<Deadline, StepError> {
    text.parse().map_err(|error: BadSpan| StepError(error.to_string()))
}

/// The words steps use for classes of credentials, and the classes each stands for. "Token" stands for
/// keys too: whoever writes "every token" does not mean to leave API keys out.
pub(crate) fn classes(word: &str) -> &'static [&'static str] {
    match word {
        "token" => &["token", "key"],
        "key" => &["key"],
        "grant" => &["grant"],
        "shared login" | "login" => &["login"],
        "session" | "open session" => &["session"],
        _ => &["token", "key", "grant", "login", "session"],
    }
}
