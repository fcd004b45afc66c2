//! The one type that holds secrets, their fingerprints, and the scrubber that keeps them out of text.
//!
//! A [`Secret`] cannot be formatted, serialized or cloned into a `String`. Only the code that sends
//! requests and starts runbooks exposes it.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

mod reading;
mod scrubber;

pub use scrubber::Scrubber;

/// A value that must never be seen.
///
/// ```compile_fail
/// println!("{}", doornail::secret::Secret::new("never printed"));
/// ```
/// ```compile_fail
/// let text: String = doornail::secret::Secret::new("never text again").into();
/// ```
/// ```compile_fail
/// serde_json::to_string(&doornail::secret::Secret::new("never written")).unwrap();
/// ```
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

    /// Makes the key itself known as a secret.
    pub(crate) fn teach(&self, scrubber: &Scrubber) {
        scrubber.learn(&self.0);
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
        clean.push_str(if is_opaque(word, LONGEST_WORD) { "[opaque]" } else { word });
        rest = &rest[end..];
    }
    clean.push_str(rest);
    clean
}

/// Whether a word is long and mixes letters with digits.
fn is_opaque(word: &str, long: usize) -> bool {
    word.len() >= long
        && word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Machine codes are shorter than this, secrets are not.
const LONGEST_WORD: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a type has a trait, told at compile time without naming the trait's absence: the inherent
    /// constant is there only for types that have it, and wins over that of the trait below.
    macro_rules! has {
        ($of:ty: $($bound:tt)+) => {{
            struct Asked<T: ?Sized>(std::marker::PhantomData<T>);
            trait Otherwise {
                const _HAS: bool = false;
            }
            impl<T: ?Sized> Otherwise for Asked<T> {}
            impl<T: ?Sized + $($bound)+> Asked<T> {
                const _HAS: bool = true;
            }
            let _ = <Asked<()> as Otherwise>::_HAS;
            <Asked<$of>>::_HAS
        }};
    }

    #[test]
    fn a_secret_can_be_neither_formatted_nor_serialized_nor_turned_into_text() {
        assert!(has!(Fingerprint: fmt::Display), "the question can be answered with yes");
        assert!(has!(Fingerprint: Serialize), "the question can be answered with yes");
        assert!(has!(Secret: fmt::Debug), "the question can be answered with yes");
        let leaks = [
            ("Display", has!(Secret: fmt::Display)),
            ("ToString", has!(Secret: ToString)),
            ("LowerHex", has!(Secret: fmt::LowerHex)),
            ("UpperHex", has!(Secret: fmt::UpperHex)),
            ("Serialize", has!(Secret: Serialize)),
            ("Deref", has!(Secret: std::ops::Deref)),
            ("AsRef<str>", has!(Secret: AsRef<str>)),
            ("AsRef<[u8]>", has!(Secret: AsRef<[u8]>)),
            ("Borrow<str>", has!(Secret: std::borrow::Borrow<str>)),
            ("Into<String>", has!(Secret: Into<String>)),
            ("Into<Vec<u8>>", has!(Secret: Into<Vec<u8>>)),
            ("IntoIterator", has!(Secret: IntoIterator)),
            ("PartialEq", has!(Secret: PartialEq)),
            ("Hash", has!(Secret: std::hash::Hash)),
            ("Copy", has!(Secret: Copy)),
            ("Display of the key", has!(FingerprintKey: fmt::Display)),
            ("Serialize of the key", has!(FingerprintKey: Serialize)),
            ("Serialize of the scrubber", has!(Scrubber: Serialize)),
        ];
        let leaks: Vec<&str> =
            leaks.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
        assert_eq!(leaks, [""; 0]);
    }

    #[test]
    fn debug_never_shows_the_value() {
        let secret = Secret::new("hunter2hunter2");
        let scrubber = Scrubber::new();
        scrubber.learn(&secret);
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(..) Secret(..)");
        let key = format!("{:?}", FingerprintKey::new(secret));
        assert_eq!(key, "FingerprintKey(Secret(..))");
        assert_eq!(format!("{scrubber:?}"), "Scrubber(..)");
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
}
