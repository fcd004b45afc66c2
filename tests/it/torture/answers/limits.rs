//! Limits: 429 and 503, and `Retry-After` in every form (RFC 9110 section 10.2.3). A limit says nothing about the
//! credential; the wish is heard where it can be read, and never for longer than an hour.

use std::time::Duration;

use crate::torture::case::*;
use crate::torture::say::*;

pub(super) fn cases() -> Vec<Case> {
    let secs = |count| Some(Duration::from_secs(count));
    let wish = |name: &str, value: &str, length: Option<Duration>| {
        let reply = json_with(429, &[("retry-after", value)], REFUSED);
        Case::new(name, RATE_LIMITED, reply).leaves_alone(length)
    };
    vec![
        Case::new("429 without a wish", RATE_LIMITED, bare(429, &[])).leaves_alone(None),
        wish("in seconds", "30", secs(30)),
        wish("of no time", "0", secs(0)),
        wish("with blanks", "  30  ", secs(30)),
        wish("of a year", "31536000", secs(3600)),
        wish("longer than the universe", "99999999999999999999999999", secs(3600)),
        wish("with a sign", "+30", None),
        wish("a date far ahead, as of 1985", "Friday, 31-Dec-49 23:59:59 GMT", secs(3600)),
        wish("a date far ahead, as in C", "Tue Dec 31 23:59:59 2999", secs(3600)),
        Case::new(
            "two wishes",
            RATE_LIMITED,
            bare(429, &[("retry-after", "10"), ("retry-after", "20")]),
        )
        .leaves_alone(secs(20)),
        wish("negative", "-30", None),
        wish("with a fraction", "1.5", None),
        wish("in words", "soon", None),
        wish("empty", "", None),
        wish("with a unit", "30s", None),
        wish("in hexadecimal", "0x1e", None),
        wish("a date long past", "Wed, 21 Oct 2015 07:28:00 GMT", None),
        wish("a date far ahead", "Tue, 31 Dec 2999 23:59:59 GMT", secs(3600)),
        wish("a date that never was", "Fri, 31 Feb 2999 00:00:00 GMT", None),
        wish("a date in ISO form", "2999-12-31T23:59:59Z", None),
        Case::new(
            "a wish beside a server in trouble",
            SERVER_ERROR,
            bare(503, &[("retry-after", "120")]),
        )
        .leaves_alone(secs(120)),
        Case::new(
            "a wish with a documented refusal",
            DEAD,
            json_with(401, &[("retry-after", "60")], REFUSED),
        )
        .leaves_alone(secs(60)),
        Case::new(
            "a limit that has run out, but the answer stands",
            ALIVE,
            json_with(200, &[("x-ratelimit-remaining", "0")], ME),
        )
        .leaves_alone(None),
        Case::new(
            "a limit said in the body of a refusal",
            UNRECOGNISED,
            json(401, r#"{"error":"rate_limit_exceeded"}"#),
        ),
        Case::new("a limit as 420", UNRECOGNISED, json(420, r#"{"error":"enhance_your_calm"}"#)),
        Case::new("a limit as 509", SERVER_ERROR, text(509, "Bandwidth Limit Exceeded")),
        Case::new("a limit as 529", SERVER_ERROR, json(529, r#"{"error":"overloaded_error"}"#)),
    ]
}
