//! A client certificate that nobody issued.

use std::sync::OnceLock;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};

use super::Shown;
use crate::secret::Secret;

/// A well-formed certificate of an authority that nobody trusts; the same one for a whole run. None if the machine
/// has no randomness to make a key of.
pub(crate) fn never_issued() -> Option<&'static Shown> {
    static MADE: OnceLock<Option<Shown>> = OnceLock::new();
    MADE.get_or_init(|| make().ok()).as_ref()
}

fn make() -> Result<Shown, rcgen::Error> {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "doornail: nobody's authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "doornail: never issued");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.signed_by(&key, &authority)?;
    Ok(Shown { certificate: Secret::new(certificate.pem()), key: Secret::new(key.serialize_pem()) })
}
