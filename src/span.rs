//! Lengths of time as people write them: `15m`, `24h`, `90 days`, `1 hour`.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time, read from and shown in words. A day is 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub Duration);

/// A text that is no length of time.
#[derive(Debug, thiserror::Error)]
#[error(
    "{found:?} is no length of time, expected one such as 30s, 15m, 24h, 90d or \"15 minutes\""
)]
pub struct BadSpan {
    found: String,
}

impl std::str::FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let bad = || BadSpan { found: text.to_owned() };
        let span: jiff::Span = text.trim().parse().map_err(|_| bad())?;
        let length =
            span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| bad())?;
        Duration::try_from(length).map(Self).map_err(|_| bad())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0.as_secs();
        let millis = self.0.subsec_millis();
        let parts = [
            (secs / 86_400, "d"),
            (secs / 3_600 % 24, "h"),
            (secs / 60 % 60, "m"),
            (secs % 60, "s"),
        ];
        if secs < 10 && millis > 0 {
            return if secs == 0 {
                write!(f, "{millis}ms")
            } else {
                write!(f, "{:.1}s", self.0.as_secs_f64())
            };
        }
        let shown: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .take(2)
            .map(|(count, unit)| format!("{count}{unit}"))
            .collect();
        f.write_str(if shown.is_empty() { "0s" } else { "" })?;
        f.write_str(&shown.join(" "))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A length of time, such as 30s, 15m, 24h, 90d or \"15 minutes\". A day is 24 hours.",
            "type": "string",
            // Wider than the reader, which knows every unit. The two other letters are the ways of writing micro.
            "pattern": "^\\s*[+]?[Pp]?[Tt]?[0-9][0-9.,:\\sA-Za-z\u{b5}\u{3bc}]*([A-Za-z\u{b5}\u{3bc}]|:[0-9.,]+)\\s*$",
            "examples": ["15m", "24h", "90d", "15 minutes"],
        })
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&jiff::SignedDuration::try_from(self.0).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, secs) in [
            ("15m", 900),
            ("15 minutes", 900),
            ("1 hour", 3600),
            ("90d", 7_776_000),
            ("24h", 86_400),
        ] {
            assert_eq!(text.parse::<Span>().unwrap().0.as_secs(), secs, "{text}");
        }
        for text in ["", "soon", "15", "-5m"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn shows_two_units_at_most() {
        for (secs, text) in
            [(0, "0s"), (59, "59s"), (900, "15m"), (93_784, "1d 2h"), (86_400, "1d")]
        {
            assert_eq!(Span(Duration::from_secs(secs)).to_string(), text);
        }
    }
}
