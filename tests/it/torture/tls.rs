//! Certificates good and bad, and handshakes that never become one.

use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::case::{Certificate, Handshake};
use super::say::deeds;
use super::wire::{Begin, Deed, Reply};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "torture authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The authority that the client under test trusts.
fn trusted() -> &'static Authority {
    static TRUSTED: OnceLock<Authority> = OnceLock::new();
    TRUSTED.get_or_init(authority)
}

/// Its certificate, for the client.
pub(super) fn root() -> reqwest::Certificate {
    reqwest::Certificate::from_der(trusted().der()).unwrap()
}

/// A server's side of TLS with this certificate, offering these protocols.
pub(super) fn acceptor(certificate: Certificate, protocols: &[&[u8]]) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let names = match certificate {
        Certificate::WrongName => vec!["somebody-else.example".to_owned()],
        Certificate::Good
        | Certificate::Expired
        | Certificate::NotYetValid
        | Certificate::SelfSigned
        | Certificate::UnknownAuthority
        | Certificate::NotForServers
        | Certificate::WantsClients => {
            vec!["desk.example".to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned()]
        }
    };
    let mut params = CertificateParams::new(names).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    match certificate {
        Certificate::Expired => {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        Certificate::NotYetValid => params.not_before = date_time_ymd(2900, 1, 1),
        Certificate::NotForServers => {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
        Certificate::Good
        | Certificate::WrongName
        | Certificate::SelfSigned
        | Certificate::UnknownAuthority
        | Certificate::WantsClients => {}
    }
    let issued = match certificate {
        Certificate::SelfSigned => params.self_signed(&key).unwrap(),
        Certificate::UnknownAuthority => params.signed_by(&key, &authority()).unwrap(),
        Certificate::Good
        | Certificate::WrongName
        | Certificate::Expired
        | Certificate::NotYetValid
        | Certificate::NotForServers
        | Certificate::WantsClients => params.signed_by(&key, trusted()).unwrap(),
    };
    let chain: Vec<CertificateDer<'static>> = vec![issued.der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if certificate == Certificate::WantsClients {
        let mut roots = RootCertStore::empty();
        roots.add(trusted().der().clone()).unwrap();
        let clients =
            rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(clients.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// What comes in place of a handshake.
pub(super) fn instead(handshake: Handshake) -> Reply {
    let mut reply = match handshake {
        // A ServerHello of TLS 1.1 (RFC 4346): version 3.2, a random, no session, one old cipher suite.
        Handshake::TooOld => {
            let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
            hello.extend([7; 32]);
            hello.extend([0, 0xc0, 0x13, 0]);
            deeds([Deed::Send(hello), Deed::Hold])
        }
        Handshake::PlainText => super::say::raw("HTTP/1.1 400 Bad Request\r\n\r\n"),
        Handshake::Silence => deeds([Deed::Hold]),
        Handshake::Cut => deeds([Deed::Cut]),
        // A fatal alert: handshake_failure.
        Handshake::Alert => super::say::raw([21, 3, 3, 0, 2, 2, 40]),
    };
    reply.begin = Begin::AtOnce;
    reply
}
