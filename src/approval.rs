//! The approval of a change: a signature over a plan's hash, by somebody else than whoever carries it out.
//!
//! What is signed is [`message`], with Ed25519 (RFC 8032), so that any tool can make the same signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// From when until when steps may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
}

impl Window {
    /// Whether a step may begin at that time.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = "%F %H:%M:%S UTC";
        write!(f, "{} to {}", self.from.strftime(form), self.to.strftime(form))
    }
}

/// The change under which a run writes, as its journal has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its ticket.
    pub ticket: String,
    /// When steps may begin.
    pub window: Window,
    /// The public key of whoever approved it.
    pub approver: String,
    /// The public key of whoever carries it out.
    pub operator: String,
    /// SHA-256 of the plan that was approved.
    pub plan: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { ticket, window, approver, operator, plan } = self;
        write!(
            f,
            "{ticket}, open {window}; plan sha256:{plan}, approved by the key {approver}, carried out by {operator}"
        )
    }
}

/// Why a key or a signature is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// No public key.
    #[error(
        "this is no Ed25519 public key; expected base64 of its 32 bytes, a PEM of `openssl pkey -pubout`, or a \
         line that begins with ssh-ed25519"
    )]
    NoPublicKey,
    /// No private key. What was found is not repeated.
    #[error(
        "this is no Ed25519 private key; expected a PEM of `openssl genpkey -algorithm ed25519`, or base64 of its 32 \
         bytes"
    )]
    NoPrivateKey,
    /// No signature.
    #[error(
        "this is no approval; expected one line, base64 of the 64 bytes of an Ed25519 signature"
    )]
    NoSignature,
    /// Of another plan, or by another key.
    #[error("the signature is not the approver's for this plan")]
    NotThis,
}

/// Whose signature approves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// What precedes the 32 bytes in a SubjectPublicKeyInfo (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What precedes them in the key format of SSH (RFC 8709).
const SSH: [u8; 19] = *b"\0\0\0\x0bssh-ed25519\0\0\0\x20";

/// The base64 of a text: of a PEM what is between its lines, of an SSH key its second word.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let encoded: String = match text.strip_prefix("ssh-ed25519 ") {
        Some(rest) => rest.split_whitespace().next()?.to_owned(),
        None => text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect(),
    };
    STANDARD.decode(encoded).ok()
}

impl std::str::FromStr for PublicKey {
    type Err = ApprovalError;

    fn from_str(text: &str) -> Result<Self, ApprovalError> {
        let bytes = bytes(text).ok_or(ApprovalError::NoPublicKey)?;
        let bare = [&SPKI[..], &SSH[..]].iter().find_map(|before| bytes.strip_prefix(*before));
        let bare = bare.unwrap_or(&bytes);
        Ok(Self(bare.try_into().map_err(|_| ApprovalError::NoPublicKey)?))
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

/// The bytes that are signed for a plan of this SHA-256, in lower-case hexadecimal: a line that says what they are,
/// and a line with the hash.
pub fn message(plan: &str) -> Vec<u8> {
    format!("doornail-approval/1\n{plan}\n").into_bytes()
}

impl PublicKey {
    /// Reads one that was kept where secrets are.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(kept: &crate::secret::Secret) -> Result<Self, ApprovalError> {
        kept.expose().parse()
    }

    /// Whether an approval is of this plan, by this key.
    ///
    /// # Errors
    /// If it is not.
    pub fn approves(&self, plan: &str, approval: &str) -> Result<(), ApprovalError> {
        let signature = bytes(approval).filter(|bytes| bytes.len() == 64);
        let signature = signature.ok_or(ApprovalError::NoSignature)?;
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(&message(plan), &signature).map_err(|_| ApprovalError::NotThis)
    }
}

/// Approves plans.
pub struct Approver(Ed25519KeyPair);

impl std::fmt::Debug for Approver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Approver(..)")
    }
}

impl Approver {
    /// Reads a private key.
    ///
    /// # Errors
    /// If it is none.
    pub fn new(secret: &crate::secret::Secret) -> Result<Self, ApprovalError> {
        let bytes = zeroize::Zeroizing::new(bytes(secret.expose()).unwrap_or_default());
        let pair = match bytes.len() {
            32 => Ed25519KeyPair::from_seed_unchecked(&bytes),
            _ => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&bytes),
        };
        pair.map(Self).map_err(|_| ApprovalError::NoPrivateKey)
    }

    /// Its public side.
    ///
    /// # Errors
    /// Never in practice: a public key has 32 bytes.
    pub fn public(&self) -> Result<PublicKey, ApprovalError> {
        let bytes = self.0.public_key().as_ref().try_into();
        bytes.map(PublicKey).map_err(|_| ApprovalError::NoPublicKey)
    }

    /// The approval of a plan of this hash.
    pub fn approve(&self, plan: &str) -> String {
        STANDARD.encode(self.0.sign(&message(plan)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    /// RFC 8032, section 7.1, test 1, in base64.
    const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    const PUBLIC: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn approver() -> Approver {
        Approver::new(&Secret::new(SEED)).unwrap()
    }

    #[test]
    fn a_key_is_the_same_in_every_form() {
        let key: PublicKey = PUBLIC.parse().unwrap();
        assert_eq!(approver().public().unwrap(), key);
        let wrapped = |before: &[u8]| STANDARD.encode([before, &key.0].concat());
        let pem =
            format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", wrapped(&SPKI));
        let ssh = format!("ssh-ed25519 {} ciso@ours.example", wrapped(&SSH));
        for text in [pem, ssh, wrapped(&SPKI), format!(" {PUBLIC}\n")] {
            assert_eq!(text.parse(), Ok(key), "{text}");
        }
        // RFC 8410, section 10.3, as OpenSSL writes it: no public key beside the private one.
        let before = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let seed = STANDARD.decode(SEED).unwrap();
        let pem = STANDARD.encode([&before[..], &seed].concat());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n");
        assert_eq!(Approver::new(&Secret::new(pem)).unwrap().public(), Ok(key));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        for text in ["", "hunter2", "aHVudGVyMg==", &"A".repeat(44), &"A".repeat(88)] {
            let error = Approver::new(&Secret::new(text)).map(|_| ()).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
            let public = text.parse::<PublicKey>();
            assert!(public.is_err(), "{text}");
        }
    }

    #[test]
    fn an_approval_is_of_one_plan_by_one_key() {
        let (plan, other) = ("ab".repeat(32), "cd".repeat(32));
        let approval = approver().approve(&plan);
        let key: PublicKey = PUBLIC.parse().unwrap();
        assert_eq!(key.approves(&plan, &format!("{approval}\n")), Ok(()));
        assert_eq!(key.approves(&other, &approval), Err(ApprovalError::NotThis));
        let stranger = Approver::new(&Secret::new(STANDARD.encode([7; 32]))).unwrap();
        assert_eq!(key.approves(&plan, &stranger.approve(&plan)), Err(ApprovalError::NotThis));
        for text in ["", "yes", PUBLIC, &"A".repeat(88)] {
            let refused = key.approves(&plan, text).unwrap_err();
            assert!(
                matches!(refused, ApprovalError::NoSignature | ApprovalError::NotThis),
                "{text}"
            );
        }
    }

    #[test]
    fn the_bytes_that_are_signed_are_as_documented() {
        assert_eq!(message("00ff"), b"doornail-approval/1\n00ff\n");
    }

    #[test]
    fn a_window_is_open_from_its_first_moment_to_before_its_last() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let window = Window { from: at("2026-01-01T00:00:00Z"), to: at("2026-01-01T01:00:00Z") };
        assert!(window.is_open(window.from) && !window.is_open(window.to));
        assert!(!window.is_open(at("2025-12-31T23:59:59Z")));
    }
}
