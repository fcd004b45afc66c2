//! Connections to servers that speak no HTTP: allowed hosts only, encrypted wherever somebody could listen, all
//! waits bounded.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::client::WantsClientCert;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::doubt;
use crate::probe::stage::{Forbidden, is_loopback, permitted};
use crate::verdict::{Doubt, DoubtReason};

/// Until the connection stands, TLS apart.
const CONNECT: Duration = Duration::from_secs(10);
/// Of what a proxy says before the tunnel stands.
const LONGEST_HEAD: usize = 8 * 1024;

/// How servers that speak no HTTP are reached.
#[derive(Clone, Default)]
pub struct Wire {
    allow_hosts: Vec<String>,
    roots: Vec<CertificateDer<'static>>,
    proxied: bool,
    proxy: Option<url::Url>,
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
        Self { allow_hosts, roots, proxied, proxy: None, config: OnceLock::new() }
    }

    /// HTTPS on which a client certificate is shown goes through this proxy, which sees nothing of it.
    #[must_use]
    pub fn through(mut self, proxy: Option<url::Url>) -> Self {
        self.proxied |= proxy.is_some();
        self.proxy = proxy;
        self
    }

    /// Reads an address such as `imaps://mail.example.com`, whose port is the scheme's where it names none.
    pub(super) fn peer(&self, address: &str, schemes: &[(&str, u16)]) -> Result<Peer, Doubt> {
        let peer = self.read(address, schemes)?;
        if self.proxied && !peer.loopback {
            let why =
                "`connection.proxy` carries HTTP only, and another way would be another vantage";
            return Err(doubt(DoubtReason::HostNotAllowed, why));
        }
        Ok(peer)
    }

    /// Reads an address to which HTTPS is spoken, which a proxy may carry.
    pub(super) fn web_peer(&self, address: &str) -> Result<Peer, Doubt> {
        match self.proxy {
            Some(_) => self.read(address, &[("https", 443)]),
            None => self.peer(address, &[("https", 443)]),
        }
    }

    fn read(&self, address: &str, schemes: &[(&str, u16)]) -> Result<Peer, Doubt> {
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
        reach(&peer.host, peer.port).await
    }

    /// Connects for HTTPS: through the proxy, if there is one and the way leads out of this machine.
    pub(super) async fn dial_web(&self, peer: &Peer) -> Result<TcpStream, Doubt> {
        let Some(proxy) = self.proxy.as_ref().filter(|_| !peer.loopback) else {
            return self.dial(peer).await;
        };
        if proxy.scheme() != "http" {
            let why = "through a proxy that itself wants TLS no client certificate can be shown";
            return Err(doubt(DoubtReason::FlowBroken, why));
        }
        let host = proxy.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let stream = reach(host, proxy.port_or_known_default().unwrap_or(80)).await?;
        timeout(CONNECT, tunnel(stream, peer))
            .await
            .map_err(|_| doubt(DoubtReason::Timeout, "the proxy did not answer in time"))?
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

async fn reach(host: &str, port: u16) -> Result<TcpStream, Doubt> {
    let addresses = tokio::net::lookup_host((host, port));
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

/// Asks a proxy for a tunnel (RFC 9110 section 9.3.6).
async fn tunnel(mut stream: TcpStream, peer: &Peer) -> Result<TcpStream, Doubt> {
    let failed = |why: String| doubt(DoubtReason::Connection, format!("the proxy: {why}"));
    let colon = peer.host.contains(':');
    let host = if colon { format!("[{}]", peer.host) } else { peer.host.clone() };
    let at = format!("{host}:{}", peer.port);
    let wish = format!("CONNECT {at} HTTP/1.1\r\nhost: {at}\r\n\r\n");
    stream.write_all(wish.as_bytes()).await.map_err(|error| failed(error.to_string()))?;
    let mut head = Vec::new();
    // Byte by byte: what follows the head is the server's.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > LONGEST_HEAD {
            return Err(failed("no end of its answer".to_owned()));
        }
        head.push(stream.read_u8().await.map_err(|error| failed(error.to_string()))?);
    }
    let head = String::from_utf8_lossy(&head);
    let status = head.split(' ').nth(1).unwrap_or_default();
    match status {
        "200" => Ok(stream),
        other => Err(failed(format!("it answered {other}"))),
    }
}

/// Whether the other end has closed the connection, rather than something on the way having failed.
pub(super) fn is_closed(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    [BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof].contains(&error.kind())
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
