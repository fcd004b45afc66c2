//! HTTPS with a client certificate, on connections of our own: what an answer is worth depends on how its connection
//! came about, by a full handshake or a resumed one, and on whether the certificate was asked for at all.

mod ask;
mod made_up;
mod open;
mod shows;
mod tickets;

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::ask::{Broken, hello};
pub(crate) use self::made_up::never_issued;
use self::shows::Shows;
use super::net::{Peer, Wire};
use super::{SignedIn, doubt};
use crate::platform::answer::Answer;
use crate::platform::schema::{CERTIFICATE_ALERTS, Keeps, Request};
use crate::probe::http::Outgoing;
use crate::secret::Secret;
use crate::verdict::{Doubt, DoubtReason};

/// Until TLS stands.
const SHAKE: std::time::Duration = std::time::Duration::from_secs(10);

/// A certificate and its key in PEM, to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) certificate: Secret,
    pub(crate) key: Secret,
}

/// Sends requests on connections on which a client certificate is shown.
#[derive(Debug)]
pub(crate) struct Mutual {
    wire: Wire,
    user_agent: String,
    config: OnceLock<ClientConfig>,
}

/// What every connection to one server has in common.
#[derive(Clone, Debug)]
struct Way {
    wire: Wire,
    user_agent: String,
    peer: Peer,
}

impl Mutual {
    pub(crate) fn new(wire: Wire, user_agent: String) -> Self {
        Self { wire, user_agent, config: OnceLock::new() }
    }

    /// Shows the certificate in a full handshake and sends one request.
    pub(crate) async fn send(&self, outgoing: Outgoing, shown: &Shown) -> Result<Answer, Doubt> {
        let (way, shows, config) = self.prepare(&outgoing, shown)?;
        let sent = async {
            let stream = way.connect(config.into()).await?;
            hello(stream).await?.ask(outgoing, &way.user_agent).await
        };
        judged(sent.await, &shows)
    }

    /// Does the same, and keeps what can be used again.
    pub(crate) async fn open(
        &self,
        request: &Request,
        outgoing: Outgoing,
        shown: &Shown,
        keeps: Keeps,
    ) -> SignedIn {
        let (way, shows, config) = match self.prepare(&outgoing, shown) {
            Ok(prepared) => prepared,
            Err(doubt) => return SignedIn::failed(doubt),
        };
        match keeps {
            Keeps::Session => open::session(way, request, outgoing, shows, config).await,
            Keeps::Connection => open::connection(way, request, outgoing, shows, config).await,
        }
    }

    fn prepare(
        &self,
        outgoing: &Outgoing,
        shown: &Shown,
    ) -> Result<(Way, Arc<Shows>, ClientConfig), Doubt> {
        let way = Way {
            wire: self.wire.clone(),
            user_agent: self.user_agent.clone(),
            peer: peer(&self.wire, outgoing)?,
        };
        let shows = Arc::new(Shows::read(shown)?);
        let mut config = self.config()?.clone();
        config.client_auth_cert_resolver = shows.clone();
        Ok((way, shows, config))
    }

    /// Making one reads the system's authorities: once is enough.
    fn config(&self) -> Result<&ClientConfig, Doubt> {
        if let Some(known) = self.config.get() {
            return Ok(known);
        }
        let mut config = self.wire.trust()?.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::disabled();
        Ok(self.config.get_or_init(|| config))
    }
}

fn peer(wire: &Wire, outgoing: &Outgoing) -> Result<Peer, Doubt> {
    wire.web_peer(outgoing.url.as_str())
}

impl Way {
    async fn connect(&self, config: Arc<ClientConfig>) -> Result<TlsStream<TcpStream>, Broken> {
        let name = ServerName::try_from(self.peer.host.clone())
            .map_err(|error| Broken::Otherwise(doubt(DoubtReason::Tls, error.to_string())))?;
        let stream = self.wire.dial_web(&self.peer).await.map_err(Broken::Otherwise)?;
        match timeout(SHAKE, TlsConnector::from(config).connect(name, stream)).await {
            Err(_) => Err(Broken::Otherwise(doubt(DoubtReason::Timeout, "no TLS in time"))),
            Ok(Err(error)) => Err(Broken::of(&error, DoubtReason::Connection)),
            Ok(Ok(stream)) => Ok(stream),
        }
    }
}

/// What an exchange proves about the certificate that was to be shown in it: nothing if it was not shown.
fn judged(sent: Result<Answer, Broken>, shows: &Shows) -> Result<Answer, Doubt> {
    match sent {
        Err(Broken::Otherwise(doubt)) => Err(doubt),
        Err(Broken::Alert(alert)) if shows.was_shown() => of_alert(alert),
        // Whoever stands in between can send an alert before anything was shown.
        Err(Broken::Alert(alert)) => Err(unknown(alert)),
        Ok(_) if !shows.was_asked() => {
            Err(doubt(DoubtReason::Policy, "the server asked for no client certificate"))
        }
        Ok(_) if !shows.was_shown() => Err(doubt(
            DoubtReason::Policy,
            "the server takes no certificate with a key of this sort",
        )),
        Ok(answer) => Ok(answer),
    }
}

/// A refusal of a client certificate, in words that a rule can match.
fn of_alert(alert: rustls::AlertDescription) -> Result<Answer, Doubt> {
    let name = CERTIFICATE_ALERTS.iter().find(|(code, _)| *code == u8::from(alert));
    match name {
        Some((_, name)) => Ok(Answer::spoken(serde_json::json!({"alert": name}))),
        None => Err(unknown(alert)),
    }
}

fn unknown(alert: rustls::AlertDescription) -> Doubt {
    doubt(DoubtReason::Tls, format!("the server ended it by the alert {alert:?}"))
}

#[cfg(test)]
mod tests;
