//! The scrubber: removes every known secret from text, in clear and however it was encoded on its way.
//!
//! Escapes (percent, JSON, HTML and the like) are undone before the search, so that any mixture of them is
//! seen through; base64, hexadecimal and quoting are looked for as they stand. A secret cut in two and
//! sent in two places is not recognised.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use super::reading::{Reading, readings};
use super::{Secret, hex, is_opaque};

/// Removes every known secret from text.
///
/// Secrets are added as they become known; text scrubbed earlier is not scrubbed again.
#[derive(Clone, Default)]
pub struct Scrubber {
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    values: BTreeSet<[u8; 32]>,
    needles: Vec<SecretString>,
    /// Finds all needles at once.
    finder: Option<AhoCorasick>,
    /// The forms learnt since the finder was built, looked for one by one: building costs more.
    recent: Vec<SecretString>,
}

/// So many recent forms are cheaper to look for one by one than to build a finder for.
const FEW: usize = 512;

/// A shorter form is removed only where no letter or digit touches it, or ordinary words would go blank.
const SHORTEST: usize = 6;

/// A shorter value is no secret: whoever knows that there is one has guessed it.
const LEAST: usize = 3;

/// Text this long may have been cut off in the middle of a secret.
const CUT: usize = 1_000;

impl Scrubber {
    /// A scrubber that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a secret known, in every encoding it may come back in, and with it its long parts: the lines
    /// of a private key, the values of several cookies.
    pub fn learn(&self, secret: &Secret) {
        let value = secret.expose();
        if value.len() < LEAST {
            return;
        }
        let mut known = self.known();
        if known.values.insert(Sha256::digest(value.as_bytes()).into()) {
            let parts = parts(value);
            let parts = parts.iter().map(String::as_str);
            let forms = std::iter::once(value).chain(parts).flat_map(encodings);
            known.recent.extend(forms.map(SecretString::from));
        }
    }

    /// The text without any known secret.
    pub fn scrub(&self, text: &str) -> String {
        let mut spans = self.known().find(text);
        if spans.is_empty() {
            return text.to_owned();
        }
        spans.sort_by_key(|span| (span.start, span.end));
        let mut clean = String::with_capacity(text.len());
        let mut done = 0;
        for span in spans {
            if span.start >= done {
                clean.push_str(text.get(done..span.start).unwrap_or_default());
                // What two secrets share, or where one follows the other, is one gap.
                if span.start > done || done == 0 {
                    clean.push_str("[secret]");
                }
            }
            done = done.max(span.end);
        }
        clean.push_str(text.get(done..).unwrap_or_default());
        clean
    }

    /// Whether a known secret stands in the text.
    pub(crate) fn finds(&self, text: &str) -> bool {
        !self.known().find(text).is_empty()
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber(..)")
    }
}

impl Known {
    /// Every part of the text that says a secret.
    fn find(&mut self, text: &str) -> Vec<Range<usize>> {
        if text.len() < LEAST || (self.needles.is_empty() && self.recent.is_empty()) {
            return Vec::new();
        }
        self.build();
        let mut spans = Vec::new();
        for reading in readings(text) {
            let whole = |found: &Range<usize>| {
                found.len() >= SHORTEST || stands_alone(&reading.bytes, found)
            };
            let mut see = |found: Range<usize>| {
                if whole(&found) {
                    spans.push(reading.origin(found));
                }
            };
            match &self.finder {
                // All of them, also where one lies across another: no end of either may be left standing.
                Some(finder) => {
                    finder.find_overlapping_iter(&reading.bytes).for_each(|hit| see(hit.range()));
                }
                // Without a finder nothing can be trusted to be free of secrets.
                None if !self.needles.is_empty() => {
                    return std::iter::once(0..text.len()).collect();
                }
                None => {}
            }
            // The library's own search is the quicker one, and mostly there is nothing to be found.
            let read = String::from_utf8_lossy(&reading.bytes);
            for form in self.recent.iter().map(ExposeSecret::expose_secret) {
                if read.contains(form) {
                    every(form.as_bytes(), &reading.bytes).for_each(&mut see);
                }
            }
            if reading.bytes.len() >= CUT {
                let forms = self.needles.iter().chain(&self.recent);
                spans.extend(forms.filter_map(|form| cut_off(form.expose_secret(), &reading)));
            }
        }
        spans
    }

    fn build(&mut self) {
        if self.recent.len() <= FEW {
            return;
        }
        self.needles.append(&mut self.recent);
        self.finder = AhoCorasick::builder()
            // The quickest to build: it is built anew more often than it finds anything.
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(self.needles.iter().map(ExposeSecret::expose_secret))
            .ok();
    }
}

/// Where a form stands in some bytes.
fn every<'b>(form: &'b [u8], bytes: &'b [u8]) -> impl Iterator<Item = Range<usize>> + 'b {
    let first = form.first().copied();
    let starts = bytes.iter().enumerate().filter(move |(_, byte)| Some(**byte) == first);
    let here = starts.filter(move |(at, _)| bytes[*at..].starts_with(form));
    here.map(|(at, _)| at..at + form.len())
}

fn stands_alone(bytes: &[u8], found: &Range<usize>) -> bool {
    let touches = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric())
    };
    !touches(found.start.checked_sub(1)) && !touches(Some(found.end))
}

/// The end of the text, if a secret begins there and the rest of it was cut off.
fn cut_off(form: &str, reading: &Reading) -> Option<Range<usize>> {
    let (form, bytes) = (form.as_bytes(), &reading.bytes);
    let head = form.get(..SHORTEST)?;
    let from = bytes.len().saturating_sub(form.len());
    let at = every(head, &bytes[from..]).find(|at| form.starts_with(&bytes[from + at.start..]))?;
    Some(reading.origin(from + at.start..bytes.len()))
}

/// What of a value is a secret of its own: itself without blanks around it, the long opaque words of a
/// value that has several, and the lines of a key.
fn parts(value: &str) -> Vec<String> {
    let spread = value.replace("\\n", "\n");
    let lines = spread.lines().map(str::trim).filter(|line| {
        line.len() >= SHORTEST && !line.starts_with('-') && !line.contains(char::is_whitespace)
    });
    let words = spread
        .split(|c: char| c.is_whitespace() || "\"',;:=<>{}()[]&".contains(c))
        .filter(|word| is_opaque(word, LONG_PART));
    let all = lines.chain(words).chain([value.trim()]);
    all.filter(|part| *part != value && part.len() >= LEAST).map(str::to_owned).collect()
}

/// A word of a value must be so long to be a secret of its own.
const LONG_PART: usize = 16;

/// The forms in which a value may come back that are no escapes: clear, with a blank as `+`, quoted for a
/// shell, a table or YAML, hexadecimal, and base64 at each of its three alignments with the edges cut
/// off, where neighbouring bytes would change the letters.
fn encodings(value: &str) -> Vec<String> {
    let mut forms = vec![
        value.to_owned(),
        value.replace(' ', "+"),
        value.replace('\'', r"'\''"),
        value.replace('\'', r#"'"'"'"#),
        value.replace('\'', "''"),
        value.replace('"', "\"\""),
        value.replace('\n', "\r\n"),
        hex(value.as_bytes()),
        hex(value.as_bytes()).to_uppercase(),
    ];
    for shift in 0..3 {
        let mut padded = vec![0_u8; shift];
        padded.extend_from_slice(value.as_bytes());
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            let head = if shift == 0 { 0 } else { shift + 1 };
            let tail = usize::from(padded.len() % 3 != 0);
            // Of a short value so little is left that it stands in many a word.
            if text.len() > head + tail + LEAST {
                forms.push(text[head..text.len() - tail].to_owned());
            }
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    fn knowing(values: &[&str]) -> Scrubber {
        let scrubber = Scrubber::new();
        values.iter().for_each(|value| scrubber.learn(&Secret::new(*value)));
        scrubber
    }

    #[test]
    fn scrubs_every_encoding_a_secret_travels_in() {
        let value = "s3cr3t/with+odd\"chars&more";
        let scrubber = knowing(&[value]);
        let percent: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        for user in ["u", "us", "use", "user@example.com/token"] {
            let text = format!(
                "{value} {percent} {} {} {}",
                serde_json::json!(value),
                hex(value.as_bytes()),
                STANDARD.encode(format!("{user}:{value}")),
            );
            let clean = scrubber.scrub(&text);
            let core = &STANDARD.encode(&value[3..15])[..10];
            assert!(!clean.contains("s3cr3t"), "{clean}");
            assert!(!clean.contains(&hex(b"s3cr3t")), "{clean}");
            assert!(!clean.contains(core), "{clean}");
        }
    }

    #[test]
    fn one_gap_stands_for_secrets_that_lie_across_each_other_or_side_by_side() {
        let scrubber = knowing(&["abcdefgh", "efghijkl", "mnopqrst"]);
        assert_eq!(scrubber.scrub("<abcdefghijklmnopqrst>"), "<[secret]>");
        assert_eq!(scrubber.scrub("abcdefgh efghijkl"), "[secret] [secret]");
        assert_eq!(scrubber.scrub("%61bcdefgh&#105;jkl."), "[secret].");
    }

    #[test]
    fn short_secrets_go_where_they_stand_alone_and_words_stay() {
        let scrubber = knowing(&["7391", "x"]);
        assert_eq!(scrubber.scrub("pin=7391, 173912 x"), "pin=[secret], 173912 x");
    }

    #[test]
    fn a_secret_cut_off_at_the_end_is_removed_too() {
        let scrubber = knowing(&["0123456789abcdefghij"]);
        let text = format!("{} 0123456789ab", "x".repeat(CUT));
        assert!(scrubber.scrub(&text).ends_with("x [secret]"));
        assert_eq!(scrubber.scrub("0123456789ab"), "0123456789ab", "this one was not cut");
    }

    #[test]
    fn the_lines_of_a_key_and_the_values_of_cookies_are_secrets_of_their_own() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEA\n-----END PRIVATE KEY-----";
        let scrubber = knowing(&[key, "sid=0a1b2c3d4e5f6a7b; idp=zz9988776655443322"]);
        assert_eq!(scrubber.scrub("> AQEFAASCBKcwggSjAgEA <"), "> [secret] <");
        assert_eq!(scrubber.scrub("idp is zz9988776655443322"), "idp is [secret]");
        let json = serde_json::json!({ "key": key }).to_string();
        assert_eq!(scrubber.scrub(&json), r#"{"key":"[secret]"}"#);
        assert_eq!(scrubber.scrub("-----BEGIN PRIVATE KEY-----"), "-----BEGIN PRIVATE KEY-----");
    }

    #[test]
    fn many_secrets_are_found_as_few_are() {
        let values: Vec<String> = (0..300).map(|n| format!("secret-number-{n:03}")).collect();
        let scrubber = Scrubber::new();
        for (count, value) in values.iter().enumerate() {
            scrubber.learn(&Secret::new(value.as_str()));
            for known in &values[..=count] {
                assert_eq!(scrubber.scrub(&format!("a {known} b")), "a [secret] b");
            }
        }
    }
}
