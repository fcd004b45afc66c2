//! What a supplier saw of its own credential: a request of ours, one use of it at the supplier's, and a statement
//! that is signed there. The secret never leaves the supplier.
//!
//! The signature shows who says so and that nothing was changed since, not that it is true: it is proof by
//! witness, and counted as that.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::{ChannelId, CredentialId, KindId, PlatformId, RunId, SupplierId};
use crate::secret::{Secret, hex};
use crate::track::Shows;

mod admit;

pub use admit::{Admission, Asked, admit};

/// The version of the forms.
pub const FORM: u32 = 1;

/// Signed together with the statement, so that no other signature of the same key can pass for one.
const DOMAIN: &[u8] = b"doornail witness 1\n";

const PREFIX: &str = "ed25519:";

/// A request, a key or a statement that is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// It is no such thing.
    #[error("{0}")]
    Malformed(String),
    /// It was signed by somebody else than is pinned.
    #[error(
        "it is signed with the key {found}, and the inventory expects {pinned}\n  hint: if the supplier has a new \
         key, correct `witness: {{key: ...}}` in its file"
    )]
    OtherKey {
        /// The key it names.
        found: String,
        /// The key of the inventory.
        pinned: String,
    },
    /// The signature does not fit what is signed.
    #[error("its signature does not fit: it was changed, or not made with that key")]
    Forged,
    /// It answers another run's request.
    #[error("it answers a request of run {found}, and this is run {run}")]
    OtherRun {
        /// The run it names.
        found: RunId,
        /// This run.
        run: RunId,
    },
    /// It answers no request of this run.
    #[error("it answers no request that this run made")]
    NeverAsked,
    /// What was asked for is not what it speaks of.
    #[error("it speaks of {found}, and {asked} was asked for")]
    OtherCredential {
        /// Which it speaks of.
        found: CredentialId,
        /// Which was asked for.
        asked: CredentialId,
    },
    /// The request was changed on its way.
    #[error("it answers another request than the one that was made: something in it was changed")]
    OtherRequest,
    /// The request was answered before.
    #[error(
        "its request was answered before: one request has one answer\n  hint: make another one"
    )]
    Replayed,
    /// Its time is impossible.
    #[error("it says that it was seen at {at}, {why}")]
    Time {
        /// When it says.
        at: Timestamp,
        /// What is wrong with that.
        why: &'static str,
    },
    /// It is too old.
    #[error(
        "it was seen at {at}, more than {} days ago: it says nothing about now\n  hint: make another request",
        FRESH.as_secs() / 86_400
    )]
    Stale {
        /// When.
        at: Timestamp,
    },
    /// Another secret was used than before.
    #[error(
        "another secret was used for it than the first time: that the one ended says nothing of the other"
    )]
    OtherSecret,
}

/// An older statement says nothing about now.
pub(crate) const FRESH: Duration = Duration::from_secs(7 * 86_400);

/// What the supplier is asked to do. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`FORM`].
    pub doornail_witness_request: u32,
    /// Whose credential.
    pub supplier: SupplierId,
    /// Which, as our inventory calls it.
    pub credential: CredentialId,
    /// At which platform.
    pub platform: PlatformId,
    /// Of which kind.
    pub kind: KindId,
    /// On which channels it is to be used.
    pub channels: Vec<ChannelId>,
    /// Where.
    pub address: String,
    /// The parameters of the platform's description.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// What is not secret of it, such as its login name.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Whether it is to be used after the end of access, or before it.
    pub after: bool,
    /// Our run.
    pub run: RunId,
    /// What only an answer to this request can carry.
    pub nonce: String,
    /// What the fingerprint of the secret is made with, the same for all requests of a run.
    pub salt: String,
    /// When it was made.
    pub asked: Timestamp,
}

impl Request {
    /// Reads a request, and gives the digest of its text.
    ///
    /// # Errors
    /// If it is none, or one of another version.
    pub fn read(text: &str) -> Result<(Self, String), WitnessError> {
        let request: Self = serde_json::from_str(text).map_err(|error| {
            WitnessError::Malformed(format!(
                "it is no request of `doornail witness --for`: {error}"
            ))
        })?;
        if request.doornail_witness_request != FORM {
            return Err(WitnessError::Malformed(format!(
                "found a request of form {}, expected {FORM}",
                request.doornail_witness_request
            )));
        }
        Ok((request, digest(text)))
    }

    /// Its text, and the digest of that.
    ///
    /// # Errors
    /// Never in practice: all of it is text.
    pub fn write(&self) -> Result<(String, String), WitnessError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| WitnessError::Malformed(error.to_string()))?;
        let text = format!("{text}\n");
        let digest = digest(&text);
        Ok((text, digest))
    }
}

/// What was seen at the supplier's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`FORM`].
    pub doornail_witness: u32,
    /// SHA-256 of the request it answers.
    pub request: String,
    /// Its run.
    pub run: RunId,
    /// Its credential.
    pub credential: CredentialId,
    /// Its nonce.
    pub nonce: String,
    /// What was seen, on all channels together.
    pub shows: Shows,
    /// What was seen on each channel, in words.
    pub channels: BTreeMap<ChannelId, String>,
    /// When it was begun.
    pub sent: Timestamp,
    /// When it was answered.
    pub received: Timestamp,
    /// From where.
    pub vantage: String,
    /// A fingerprint of the secret, made with the request's salt.
    pub print: String,
    /// doornail's version.
    pub version: String,
}

/// A statement as it is handed over.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    statement: String,
    key: String,
    signature: String,
}

/// A public key, written `ed25519:BASE64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl std::str::FromStr for PublicKey {
    type Err = WitnessError;

    fn from_str(text: &str) -> Result<Self, WitnessError> {
        let wrong = || {
            WitnessError::Malformed(
                "found no public key, expected ed25519: and 32 bytes in base64".to_owned(),
            )
        };
        let encoded = text.strip_prefix(PREFIX).ok_or_else(wrong)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| wrong())?;
        bytes.try_into().map(Self).map_err(|_| wrong())
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(self.0))
    }
}

/// The key that signs.
pub struct SigningKey(Ed25519KeyPair);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// Reads a private key: PKCS#8 in PEM (RFC 8410).
    ///
    /// # Errors
    /// If it is none.
    pub fn read(pem: &Secret) -> Result<Self, WitnessError> {
        let wrong = || {
            WitnessError::Malformed(
                "found no Ed25519 key, expected PKCS#8 in PEM, as `doornail witness --new-key` writes it"
                    .to_owned(),
            )
        };
        let lines = pem.expose().lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        let der = STANDARD.decode(lines.collect::<String>()).map_err(|_| wrong())?;
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map(Self).map_err(|_| wrong())
    }

    /// The key by which its signatures are known.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    /// Signs a statement; gives the file that is handed over.
    ///
    /// # Errors
    /// Never in practice: all of it is text.
    pub fn sign(&self, statement: &Statement) -> Result<String, WitnessError> {
        let malformed = |error: serde_json::Error| WitnessError::Malformed(error.to_string());
        let statement = serde_json::to_string(statement).map_err(malformed)?;
        let signature = self.0.sign(&message(&statement));
        let signed = Signed {
            signature: STANDARD.encode(signature.as_ref()),
            key: self.public().to_string(),
            statement,
        };
        serde_json::to_string_pretty(&signed).map(|text| text + "\n").map_err(malformed)
    }
}

/// Makes a key pair, and writes the private key to a new file that nobody else may read.
///
/// # Errors
/// If the file is there already or cannot be written, or the system gives no randomness.
pub fn new_key(file: &Path) -> Result<PublicKey, std::io::Error> {
    use std::io::Write as _;
    let none = |_| std::io::Error::other("the system gives no randomness");
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(none)?;
    let encoded = STANDARD.encode(der.as_ref());
    let pem =
        Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----\n"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(pem.expose().as_bytes())?;
    SigningKey::read(&pem).map(|key| key.public()).map_err(std::io::Error::other)
}

/// Reads what was handed over, signed with the key that is pinned.
///
/// # Errors
/// If it is no statement, or another's, or was changed.
pub fn open(text: &str, pinned: &PublicKey) -> Result<Statement, WitnessError> {
    let malformed =
        |error: serde_json::Error| WitnessError::Malformed(format!("it is no statement: {error}"));
    let signed: Signed = serde_json::from_str(text).map_err(malformed)?;
    if signed.key != pinned.to_string() {
        let pinned = pinned.to_string();
        return Err(WitnessError::OtherKey { found: signed.key, pinned });
    }
    let signature = STANDARD.decode(&signed.signature).map_err(|_| WitnessError::Forged)?;
    UnparsedPublicKey::new(&ED25519, pinned.0)
        .verify(&message(&signed.statement), &signature)
        .map_err(|_| WitnessError::Forged)?;
    let statement: Statement = serde_json::from_str(&signed.statement).map_err(malformed)?;
    if statement.doornail_witness != FORM {
        let found = statement.doornail_witness;
        return Err(WitnessError::Malformed(format!("found form {found}, expected {FORM}")));
    }
    Ok(statement)
}

/// What nobody can guess, in 32 hexadecimal digits.
///
/// # Errors
/// If the system gives no randomness.
pub fn nonce() -> Result<String, WitnessError> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| WitnessError::Malformed("the system gives no randomness".to_owned()))?;
    Ok(hex(&bytes))
}

fn message(statement: &str) -> Vec<u8> {
    [DOMAIN, statement.as_bytes()].concat()
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests;
