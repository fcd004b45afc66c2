//! The bundled population: two suppliers with the same people and services.

use sha2::{Digest as _, Sha256};

/// A supplier of the bundled population.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Supplier {
    /// The one that drills terminate.
    Acme,
    /// The bystander.
    Globex,
}

impl Supplier {
    /// Both, the terminated one first.
    pub(crate) const ALL: [Self; 2] = [Self::Acme, Self::Globex];

    /// Gives the name in capitals, as variables and string ids carry it.
    pub(crate) fn upper(self) -> &'static str {
        match self {
            Self::Acme => "ACME",
            Self::Globex => "GLOBEX",
        }
    }

    /// Gives the name in lower case, as domains and identifiers carry it.
    pub(crate) fn lower(self) -> &'static str {
        match self {
            Self::Acme => "acme",
            Self::Globex => "globex",
        }
    }

    /// Gives the e-mail address of somebody there.
    pub(crate) fn email(self, local: &str) -> String {
        format!("{local}@{}.example", self.lower())
    }

    /// Gives the numeric id of an object, whose ACME twin has `acme`.
    pub(crate) fn number(self, acme: u64) -> u64 {
        match self {
            Self::Acme => acme,
            Self::Globex => acme + 100,
        }
    }
}

/// Letters and digits of both cases.
pub(crate) const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// What base64url uses.
pub(crate) const URL_SAFE: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Lower-case hexadecimal.
pub(crate) const HEX: &[u8] = b"0123456789abcdef";
/// Capitals and digits.
pub(crate) const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// Digits.
pub(crate) const DIGITS: &[u8] = b"0123456789";

/// Derives a secret from its name: the same in every run, unlike any other name's.
///
/// `name` is best the variable's name. Nothing comes from the system's randomness, so that two runs
/// of one drill give the same bytes.
pub(crate) fn secret(name: &str, prefix: &str, length: usize, alphabet: &[u8]) -> String {
    let mut text = String::from(prefix);
    for block in 0_u32.. {
        let seed = format!("doornail-mocks/1/{block}/{name}");
        for byte in Sha256::digest(seed.as_bytes()) {
            if text.len() >= prefix.len() + length {
                return text;
            }
            text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_the_shape_asked_for_and_differ_by_name() {
        let one = secret("A", "00", 40, URL_SAFE);
        assert_eq!(one.len(), 42);
        assert!(one.starts_with("00"));
        assert_eq!(one, secret("A", "00", 40, URL_SAFE));
        assert_ne!(one, secret("B", "00", 40, URL_SAFE));
        assert_eq!(secret("long", "", 100, HEX).len(), 100);
    }

    #[test]
    fn the_bystander_has_ids_a_hundred_further() {
        assert_eq!(Supplier::Globex.number(9001), 9101);
        assert_eq!(Supplier::Globex.email("maya"), "maya@globex.example");
    }
}
