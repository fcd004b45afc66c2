//! What somebody signs in with, and the key by which the server is known.

use std::sync::Arc;

use russh::client::Handle;
use russh::keys::agent::AgentIdentity;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{
    Algorithm, Certificate, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey,
    decode_secret_key,
};

use super::super::doubt;
use super::watch::Watch;
use crate::verdict::{Doubt, DoubtReason};

/// What is shown to the server. It cannot be formatted: it holds secrets.
pub(super) enum Proof {
    Password(String),
    Key(Arc<PrivateKey>),
    Certificate(Arc<PrivateKey>, Box<Certificate>),
    PublicKey(Box<PublicKey>),
    PublicCertificate(Box<Certificate>),
}

impl Proof {
    pub(super) fn read(
        password: Option<String>,
        private_key: Option<String>,
        passphrase: Option<String>,
        certificate: Option<String>,
        public_key: Option<String>,
    ) -> Result<Self, Doubt> {
        match (password, private_key, public_key) {
            (Some(password), None, None) => {
                given(&password, "password")?;
                Ok(Self::Password(password))
            }
            (None, Some(text), None) => {
                let key = Arc::new(private(&text, passphrase.as_deref())?);
                match certificate {
                    None => Ok(Self::Key(key)),
                    Some(text) => Ok(Self::Certificate(key, Box::new(signed(&text)?))),
                }
            }
            (None, None, Some(text)) => {
                given(&text, "public key")?;
                if text.contains("-cert-v01@openssh.com") {
                    return Ok(Self::PublicCertificate(Box::new(signed(&text)?)));
                }
                let key = PublicKey::from_openssh(text.trim());
                key.map(|key| Self::PublicKey(Box::new(key)))
                    .map_err(|_| unreadable("the public key cannot be read"))
            }
            _ => Err(unreadable("one of password, private key and public key is needed")),
        }
    }
}

/// What went wrong says nothing of the text: that is a secret.
fn unreadable(why: &str) -> Doubt {
    doubt(DoubtReason::FlowBroken, why)
}

fn given(text: &str, what: &str) -> Result<(), Doubt> {
    if text.trim().is_empty() {
        Err(unreadable(&format!("there is no {what} to show")))
    } else {
        Ok(())
    }
}

fn private(text: &str, passphrase: Option<&str>) -> Result<PrivateKey, Doubt> {
    given(text, "private key")?;
    if let Some(seed) = seed(text.trim()) {
        return Ok(PrivateKey::from(Ed25519Keypair::from_seed(&seed)));
    }
    let passphrase = passphrase.filter(|text| !text.is_empty());
    decode_secret_key(text, passphrase).map_err(|_| unreadable("the private key cannot be read"))
}

/// 64 hexadecimal digits.
fn seed(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut seed = [0; 32];
    for (index, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(seed)
}

fn signed(text: &str) -> Result<Certificate, Doubt> {
    given(text, "certificate")?;
    let certificate = Certificate::from_openssh(text.trim())
        .map_err(|_| unreadable("the certificate cannot be read"))?;
    if certificate.algorithm().is_rsa() {
        // It would be signed with SHA-1, which servers refuse: a refusal of ours, and not of the certificate.
        return Err(unreadable("certificates of RSA keys are not spoken"));
    }
    Ok(certificate)
}

/// The best hash that the server takes from RSA keys. Others have one only.
pub(super) async fn hash(
    handle: &Handle<Watch>,
    algorithm: &Algorithm,
) -> Result<Option<HashAlg>, russh::Error> {
    if !algorithm.clone().is_rsa() {
        return Ok(None);
    }
    Ok(handle.best_supported_rsa_hash().await?.unwrap_or(Some(HashAlg::Sha512)))
}

pub(super) async fn for_signing(
    handle: &Handle<Watch>,
    key: Arc<PrivateKey>,
) -> Result<PrivateKeyWithHashAlg, russh::Error> {
    let hash = hash(handle, &key.algorithm()).await?;
    Ok(PrivateKeyWithHashAlg::new(key, hash))
}

/// Signs nothing: whoever is asked to sign knows that the key is listed.
pub(super) struct Nobody;

/// How asking about a public key ended, if not by the server's refusal.
pub(super) enum Listed {
    /// A signature was asked for.
    Asked,
    /// The connection was lost.
    Lost,
}

impl From<russh::SendError> for Listed {
    fn from(_: russh::SendError) -> Self {
        Self::Lost
    }
}

impl russh::Signer for Nobody {
    type Error = Listed;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        _: Option<HashAlg>,
        _: Vec<u8>,
    ) -> Result<Vec<u8>, Listed> {
        Err(Listed::Asked)
    }
}

/// By what the server is known.
#[derive(Clone, Debug)]
pub(super) enum Pin {
    /// Nothing.
    None,
    /// Its key.
    Key(Box<PublicKey>),
    /// The fingerprint of its key.
    Fingerprint(String),
}

impl Pin {
    pub(super) fn read(text: &str) -> Result<Self, Doubt> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::None);
        }
        if text.starts_with("SHA256:") {
            return Ok(Self::Fingerprint(text.trim_end_matches('=').to_owned()));
        }
        PublicKey::from_openssh(text).map(|key| Self::Key(Box::new(key))).map_err(|_| {
            let why = "`host_key` is neither `ssh-ed25519 AAAA...` nor `SHA256:...`";
            doubt(DoubtReason::FlowBroken, why)
        })
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    pub(super) fn fits(&self, key: &PublicKey) -> bool {
        match self {
            Self::None => true,
            Self::Key(known) => known.key_data() == key.key_data(),
            Self::Fingerprint(known) => key.fingerprint(HashAlg::Sha256).to_string() == *known,
        }
    }

    /// A server has several keys: it is asked for the one that is known.
    pub(super) fn algorithms(&self) -> Option<Vec<Algorithm>> {
        let Self::Key(key) = self else { return None };
        let algorithm = key.algorithm();
        if !algorithm.clone().is_rsa() {
            return Some(vec![algorithm]);
        }
        let hashes = [HashAlg::Sha512, HashAlg::Sha256];
        Some(hashes.into_iter().map(|hash| Algorithm::Rsa { hash: Some(hash) }).collect())
    }
}
