//! Connections to servers that speak no HTTP: allowed hosts only, encrypted wherever somebody could listen, all
//! waits bounded.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::client::WantsClientCert;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::doubt;
use crate::probe::stage::{Forbidden, is_loopback, permitted};
use crate::verdict::{Doubt, DoubtReason};

/// Until the connection stands, TLS apart.
const CONNECT: Duration = Duration::from_secs(10);

/// How servers that speak no HTTP are reached.
#[derive(Clone, Default)]
pub struct Wire {
    allow_hosts: Vec<String>,
    roots: Vec<CertificateDer<'static>>,
    proxied: bool,
    config: OnceLock<Arc<ClientConfig>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({:?})", self.allow_hosts)
    }
}

/// A server that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) port: u16,
    /// On this machine nobody listens in between, so that a server without TLS may be asked.
    pub(super) loopback: bool,
}

impl Wire {
    /// Asks these hosts only, and trusts these certification authorities beside those of the system. Where the
    /// way out is an HTTP proxy, which carries nothing else, nobody but this machine is asked: a direct
    /// connection would have another vantage.
    pub fn new(
        allow_hosts: Vec<String>,
        roots: Vec<CertificateDer<'static>>,
        proxied: bool,
    ) -> Self {
        Self { allow_hosts, roots, proxied, config: OnceLock::new() }
    }

    /// Reads an address such as `imaps://mail.example.com`, whose port is the scheme's where it names none.
    pub(super) fn peer(&self, address: &str, schemes: &[(&str, u16)]) -> Result<Peer, Doubt> {
        let broken = |why: String| doubt(DoubtReason::FlowBroken, why);
        let url: url::Url =
            address.parse().map_err(|_| broken("the address is no whole one".to_owned()))?;
        let Some((scheme, port)) = schemes.iter().find(|(scheme, _)| *scheme == url.scheme())
        else {
            let known: Vec<&str> = schemes.iter().map(|(scheme, _)| *scheme).collect();
            let found = url.scheme();
            return Err(broken(format!(
                "found the scheme `{found}`, expected {}",
                known.join(" or ")
            )));
        };
        permitted(&self.allow_hosts, &url).map_err(|forbidden| {
            let why = match forbidden {
                Forbidden::Host(host) => host,
                Forbidden::WithoutTls(host) => format!("{host} without TLS"),
                Forbidden::Password(host) => format!("{host} with a password in the address"),
            };
            doubt(DoubtReason::HostNotAllowed, why)
        })?;
        let loopback = is_loopback(&url);
        if self.proxied && !loopback {
            let why =
                "`connection.proxy` carries HTTP only, and another way would be another vantage";
            return Err(doubt(DoubtReason::HostNotAllowed, why));
        }
        let host = url.host_str().unwrap_or_default();
        Ok(Peer {
            scheme: (*scheme).to_owned(),
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(*port),
            loopback,
        })
    }

    /// Connects.
    pub(super) async fn dial(&self, peer: &Peer) -> Result<TcpStream, Doubt> {
        let addresses = tokio::net::lookup_host((peer.host.as_str(), peer.port));
        let addresses = timeout(CONNECT, addresses)
            .await
            .map_err(|_| doubt(DoubtReason::Timeout, "the name was not resolved in time"))?
            .map_err(|error| doubt(DoubtReason::Dns, error.to_string()))?
            .collect::<Vec<_>>();
        timeout(CONNECT, TcpStream::connect(addresses.as_slice()))
            .await
            .map_err(|_| doubt(DoubtReason::Timeout, "no connection in time"))?
            .map_err(|error| doubt(DoubtReason::Connection, error.to_string()))
    }

    /// Encrypts a connection; the server has to show a certificate for the name it was asked by.
    pub(super) async fn secure<S>(&self, stream: S, peer: &Peer) -> Result<TlsStream<S>, Doubt>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let failed = |why: String| doubt(DoubtReason::Tls, why);
        let name =
            ServerName::try_from(peer.host.clone()).map_err(|error| failed(error.to_string()))?;
        let shaken = TlsConnector::from(self.config()?).connect(name, stream);
        match timeout(CONNECT, shaken).await {
            Err(_) => Err(doubt(DoubtReason::Timeout, "no TLS in time")),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Ok(Ok(secured)) => Ok(secured),
        }
    }

    /// The settings of connections on which no client certificate is shown.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, Doubt> {
        if let Some(known) = self.config.get() {
            return Ok(known.clone());
        }
        let config = Arc::new(self.trust()?.with_no_client_auth());
        Ok(self.config.get_or_init(|| config).clone())
    }

    /// Whom is trusted, as the beginning of settings.
    pub(super) fn trust(&self) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Doubt> {
        let failed = |error: rustls::Error| doubt(DoubtReason::Tls, error.to_string());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            Verifier::new_with_extra_roots(self.roots.clone(), provider.clone()).map_err(failed)?;
        Ok(ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMES: [(&str, u16); 2] = [("imaps", 993), ("imap", 143)];

    fn wire() -> Wire {
        let allow_hosts = vec!["mail.example.com".to_owned(), "127.0.0.1".to_owned()];
        Wire::new(allow_hosts, Vec::new(), false)
    }

    #[test]
    fn an_address_names_an_allowed_host_and_a_known_protocol() {
        let peer = wire().peer("imaps://mail.example.com", &SCHEMES).unwrap();
        assert_eq!(
            (peer.host.as_str(), peer.port, peer.loopback),
            ("mail.example.com", 993, false)
        );
        let peer = wire().peer("imap://127.0.0.1:10143", &SCHEMES).unwrap();
        assert_eq!((peer.host.as_str(), peer.port, peer.loopback), ("127.0.0.1", 10143, true));
        let said = |address: &str| wire().peer(address, &SCHEMES).unwrap_err().reason;
        assert_eq!(said("imaps://evil.example"), DoubtReason::HostNotAllowed);
        assert_eq!(said("imaps://me:pw@mail.example.com"), DoubtReason::HostNotAllowed);
        assert_eq!(said("https://mail.example.com"), DoubtReason::FlowBroken);
        assert_eq!(said("mail.example.com"), DoubtReason::FlowBroken);
    }

    #[test]
    fn what_no_proxy_carries_is_not_sent_another_way() {
        let proxied = Wire { proxied: true, ..wire() };
        let asked = proxied.peer("imaps://mail.example.com", &SCHEMES);
        assert_eq!(asked.unwrap_err().reason, DoubtReason::HostNotAllowed);
        assert!(proxied.peer("imap://127.0.0.1", &SCHEMES).is_ok());
    }

    #[tokio::test]
    async fn nobody_listening_is_no_refusal() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let peer = wire().peer(&format!("imap://127.0.0.1:{port}"), &SCHEMES).unwrap();
        assert_eq!(wire().dial(&peer).await.unwrap_err().reason, DoubtReason::Connection);
    }
}
