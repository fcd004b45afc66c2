//! The one type that holds secrets, their fingerprints, and the scrubber that keeps them out of text.
//!
//! A [`Secret`] cannot be formatted, serialized or cloned into a `String`. Only the code that sends
//! requests and starts runbooks exposes it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A value that must never be seen.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value into keeping; its memory is wiped when the last copy is dropped.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A keyed digest of a secret: tells two secrets apart, and the same one again, without revealing it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key that fingerprints are made with, so that nobody can test guesses against a report.
#[derive(Clone, Debug)]
pub struct FingerprintKey(Secret);

impl FingerprintKey {
    /// Uses a secret as the key.
    pub fn new(key: Secret) -> Self {
        Self(key)
    }

    /// The fingerprint of a secret: 12 hexadecimal digits of HMAC-SHA256 (RFC 2104).
    pub fn fingerprint(&self, secret: &Secret) -> Fingerprint {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose().as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(secret.expose().as_bytes());
        let digest = mac.finalize().into_bytes();
        Fingerprint(hex(&digest[..6]))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Removes every known secret from text, in clear and in the encodings it travels in.
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
    /// Finds all needles but the recent ones at once.
    finder: Option<AhoCorasick>,
    /// The forms learnt since the finder was built, looked for one by one: building costs more.
    recent: Vec<SecretString>,
}

/// So many recent forms are cheaper to look for one by one than to build a finder for.
const FEW: usize = 512;

/// Shorter values would blank out ordinary words.
const SHORTEST: usize = 6;

impl Scrubber {
    /// A scrubber that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a secret known, in every encoding it may come back in.
    pub fn learn(&self, secret: &Secret) {
        let value = secret.expose();
        if value.len() < SHORTEST {
            return;
        }
        let mut known = self.known();
        if known.values.insert(Sha256::digest(value.as_bytes()).into()) {
            known.recent.extend(encodings(value).into_iter().map(SecretString::from));
        }
    }

    /// The text without any known secret.
    pub fn scrub(&self, text: &str) -> String {
        if text.len() < SHORTEST {
            return text.to_owned();
        }
        let mut known = self.known();
        if known.finder.is_none() || known.recent.len() > FEW {
            let mut recent = std::mem::take(&mut known.recent);
            known.needles.append(&mut recent);
            // The longest form wins, so that no part of a longer one is left standing.
            known.finder = AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                // The quickest to build: it is built anew more often than it finds anything.
                .kind(Some(AhoCorasickKind::NoncontiguousNFA))
                .build(known.needles.iter().map(ExposeSecret::expose_secret))
                .ok();
        }
        let clean = match &known.finder {
            Some(finder) if finder.patterns_len() > 0 => {
                let mut clean = String::with_capacity(text.len());
                finder.replace_all_with(text, &mut clean, |_, _, into| {
                    into.push_str("[secret]");
                    true
                });
                clean
            }
            Some(_) => text.to_owned(),
            // Without a finder nothing can be trusted to be free of secrets.
            None => return "[not shown]".to_owned(),
        };
        known.recent.iter().map(ExposeSecret::expose_secret).fold(clean, |clean, form| {
            if clean.contains(form) { clean.replace(form, "[secret]") } else { clean }
        })
    }
}

/// Long strings of letters and digits in a platform's answer may be secrets nobody knew of: a token
/// minted by an unexpected success, another's key in an error page.
pub(crate) fn without_opaque(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.~+/=%".contains(c);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        clean.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        let mixed = word.bytes().any(|b| b.is_ascii_digit())
            && word.bytes().any(|b| b.is_ascii_alphabetic());
        clean.push_str(if word.len() >= LONGEST_WORD && mixed { "[opaque]" } else { word });
        rest = &rest[end..];
    }
    clean.push_str(rest);
    clean
}

/// Machine codes are shorter than this, secrets are not.
const LONGEST_WORD: usize = 20;

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber(..)")
    }
}

/// The forms in which a value may come back: clear, percent, JSON, HTML, hex, and base64 at each of its
/// three alignments with the edges cut off, where neighbouring bytes would change the letters.
fn encodings(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    let percent: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    forms.push(percent.replace('+', "%20"));
    forms.push(percent);
    let json = serde_json::to_string(value).unwrap_or_default();
    forms.push(json.trim_matches('"').to_owned());
    forms.push(json.trim_matches('"').replace('/', "\\/"));
    forms.push(
        value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;"),
    );
    forms.push(hex(value.as_bytes()));
    forms.push(hex(value.as_bytes()).to_uppercase());
    for shift in 0..3 {
        let mut padded = vec![0_u8; shift];
        padded.extend_from_slice(value.as_bytes());
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            let head = if shift == 0 { 0 } else { shift + 1 };
            let tail = usize::from(padded.len() % 3 != 0);
            if text.len() > head + tail + SHORTEST {
                forms.push(text[head..text.len() - tail].to_owned());
            }
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn debug_never_shows_the_value() {
        assert_eq!(format!("{:?}", Secret::new("hunter2hunter2")), "Secret(..)");
    }

    #[test]
    fn fingerprints_differ_by_secret_and_by_key() {
        let (one, two) = (Secret::new("secret-one"), Secret::new("secret-two"));
        let key = FingerprintKey::new(Secret::new("k1"));
        assert_eq!(key.fingerprint(&one), key.fingerprint(&one));
        assert_ne!(key.fingerprint(&one), key.fingerprint(&two));
        assert_ne!(key.fingerprint(&one), FingerprintKey::new(Secret::new("k2")).fingerprint(&one));
    }

    #[test]
    fn unknown_tokens_in_answers_are_blanked_and_codes_are_not() {
        let text =
            r#"{"access_token":"at_V8yORUz-dLk5-JzGJBUZCFVEr","error":"invalid_grant","n":12345}"#;
        assert_eq!(
            without_opaque(text),
            r#"{"access_token":"[opaque]","error":"invalid_grant","n":12345}"#
        );
    }

    #[test]
    fn scrubs_every_encoding_a_secret_travels_in() {
        let value = "s3cr3t/with+odd\"chars&more";
        let scrubber = Scrubber::new();
        scrubber.learn(&Secret::new(value));
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
}
