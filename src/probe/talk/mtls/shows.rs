//! The certificate at hand, and what came of it on a connection.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, SignatureScheme};

use super::Shown;
use crate::probe::talk::doubt;
use crate::verdict::{Doubt, DoubtReason};

/// Shows a certificate when a server asks for one, and remembers whether it did.
pub(super) struct Shows {
    key: Arc<CertifiedKey>,
    withheld: AtomicBool,
    asked: AtomicBool,
    shown: AtomicBool,
}

impl fmt::Debug for Shows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shows(..)")
    }
}

impl Shows {
    /// Reads a chain and a key. What is wrong with them is said without quoting them.
    pub(super) fn read(shown: &Shown) -> Result<Self, Doubt> {
        let broken = |why: &str| doubt(DoubtReason::FlowBroken, why);
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(shown.certificate.expose().as_bytes()).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| broken("the client certificate is not PEM"))?;
        let key = PrivateKeyDer::from_pem_slice(shown.key.expose().as_bytes()).map_err(|_| {
            broken("the key of the client certificate is not PEM, or has a passphrase")
        })?;
        let provider = rustls::crypto::ring::default_provider();
        let key = provider.key_provider.load_private_key(key);
        let key = key.map_err(|_| broken("the key of the client certificate cannot be used"))?;
        let key = CertifiedKey::new(chain, key);
        // What is not understood of a certificate, such as one of an old version, is for the server to judge.
        if let Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) =
            key.keys_match()
        {
            return Err(broken("the key is not that of the client certificate"));
        }
        Ok(Self {
            key: Arc::new(key),
            withheld: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            shown: AtomicBool::new(false),
        })
    }

    /// From now on nothing is shown: what was opened with it must stand on its own.
    pub(super) fn withhold(&self) {
        self.withheld.store(true, Ordering::SeqCst);
    }

    /// A new connection begins.
    pub(super) fn begin(&self) {
        self.asked.store(false, Ordering::SeqCst);
        self.shown.store(false, Ordering::SeqCst);
    }

    /// Whether the server asked for a certificate, which it does in full handshakes only.
    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether it got this one.
    pub(super) fn was_shown(&self) -> bool {
        self.shown.load(Ordering::SeqCst)
    }
}

impl ResolvesClientCert for Shows {
    fn resolve(
        &self,
        _authorities: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::SeqCst);
        // With a key that the server cannot check, nothing would be sent.
        let usable = self.key.key.choose_scheme(schemes).is_some();
        let shown = usable && !self.withheld.load(Ordering::SeqCst);
        self.shown.store(shown, Ordering::SeqCst);
        shown.then(|| self.key.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}
