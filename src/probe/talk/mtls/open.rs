//! What outlives the connection on which a certificate was shown: a TLS session that can be resumed, or the
//! connection itself.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rustls::client::Resumption;
use rustls::pki_types::UnixTime;
use rustls::{ClientConfig, HandshakeKind};
use serde_json::json;

use super::ask::{Broken, Line, hello};
use super::shows::Shows;
use super::tickets::{StandingStill, Tickets};
use super::{Way, judged, of_alert, peer};
use crate::platform::answer::{Answer, Body};
use crate::platform::schema::Request;
use crate::probe::build::{Filling, build};
use crate::probe::http::Outgoing;
use crate::probe::talk::{Open, SignedIn, doubt};
use crate::probe::wallet::Values;
use crate::verdict::{Doubt, DoubtReason};

/// A death is confirmed by several refusals, each of a ticket of its own.
const ENOUGH: usize = 4;
/// Once so many were refused and none is left, that is how it ended.
const CONFIRMED: usize = 3;
/// Handshakes to get as many; servers mostly give two in each.
const HANDSHAKES: usize = 3;
/// How long a server may take to close a connection after an answer that does not announce it.
const CLOSING: Duration = Duration::from_secs(1);

/// Shows the certificate, and keeps what the server gave to come back with.
pub(super) async fn session(
    way: Way,
    request: &Request,
    outgoing: Outgoing,
    shows: Arc<Shows>,
    mut config: ClientConfig,
) -> SignedIn {
    let tickets = Arc::new(Tickets::default());
    config.resumption = Resumption::store(tickets.clone());
    config.time_provider = Arc::new(StandingStill(UnixTime::now()));
    let config = Arc::new(config);
    let mut first = None;
    for _ in 0..HANDSHAKES {
        tickets.begin_full();
        shows.begin();
        let sent = async {
            let stream = way.connect(config.clone()).await?;
            hello(stream).await?.ask(outgoing.clone(), &way.user_agent).await
        };
        let answer = judged(sent.await, &shows);
        let let_in = answer.as_ref().is_ok_and(|answer| (200..=299).contains(&answer.status));
        // The first is the answer; the others were sent for their tickets.
        first.get_or_insert(answer);
        if !let_in || tickets.left().is_none_or(|left| left >= ENOUGH) {
            break;
        }
    }
    let answer = match first {
        Some(answer) => answer,
        None => Err(doubt(DoubtReason::FlowBroken, "no handshake was made")),
    };
    shows.withhold();
    let open = answer.is_ok() && tickets.left() != Some(0);
    let session = Session { way, request: request.clone(), config, shows, tickets, refused: 0 };
    SignedIn { answer, open: open.then(|| Box::new(session) as Box<dyn Open>) }
}

/// A TLS session. It is resumed on a connection of its own each time.
struct Session {
    way: Way,
    request: Request,
    config: Arc<ClientConfig>,
    shows: Arc<Shows>,
    tickets: Arc<Tickets>,
    /// Tickets refused since one was taken last.
    refused: usize,
}

impl Session {
    /// The server made no more of what it gave than of nothing: it began from scratch, and what it then says, it
    /// says to a stranger.
    fn refusal(&mut self) -> Answer {
        self.refused += 1;
        Answer::spoken(json!({"resumed": false}))
    }
}

#[async_trait]
impl Open for Session {
    async fn again(&mut self, values: &Values) -> Result<Answer, Doubt> {
        let outgoing = outgoing(&self.way, &self.request, values)?;
        if self.tickets.left() == Some(0) {
            // Each one was offered and refused, so that nothing is left to come back with.
            return match self.refused {
                CONFIRMED.. => Ok(self.refusal()),
                _ => Err(doubt(DoubtReason::FlowBroken, "no ticket is left to resume it with")),
            };
        }
        self.tickets.begin_resumed();
        self.shows.begin();
        let connected = self.way.connect(self.config.clone()).await;
        if !self.tickets.was_offered() {
            return Err(match connected {
                Err(Broken::Otherwise(doubt)) => doubt,
                Ok(_) | Err(Broken::Alert(_)) => {
                    doubt(DoubtReason::FlowBroken, "the session was not offered")
                }
            });
        }
        let stream = match connected {
            Ok(stream) => stream,
            Err(Broken::Otherwise(doubt)) => return Err(doubt),
            // A certificate is asked for in full handshakes only. Up to TLS 1.2 those end there without one.
            Err(Broken::Alert(_)) if self.shows.was_asked() => return Ok(self.refusal()),
            Err(Broken::Alert(alert)) => return Err(super::unknown(alert)),
        };
        match stream.get_ref().1.handshake_kind() {
            Some(HandshakeKind::Resumed) => {}
            Some(HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest) => {
                return Ok(self.refusal());
            }
            None => return Err(doubt(DoubtReason::Tls, "the handshake came to no end")),
        }
        self.tickets.was_resumed();
        let sent = async { hello(stream).await?.ask(outgoing, &self.way.user_agent).await };
        let answer = match sent.await {
            Ok(answer) => Ok(answer),
            Err(Broken::Alert(alert)) => of_alert(alert),
            Err(Broken::Otherwise(doubt)) => Err(doubt),
        };
        if answer.is_ok() {
            self.refused = 0;
        }
        answer
    }
}

/// Shows the certificate, and keeps the connection.
pub(super) async fn connection(
    way: Way,
    request: &Request,
    outgoing: Outgoing,
    shows: Arc<Shows>,
    config: ClientConfig,
) -> SignedIn {
    let sent = async {
        let stream = way.connect(config.into()).await?;
        let mut line = hello(stream).await?;
        let answer = line.ask(outgoing, &way.user_agent).await?;
        Ok((answer, line))
    };
    let (sent, line) = match sent.await {
        Ok((answer, line)) => (Ok(answer), Some(line)),
        Err(broken) => (Err(broken), None),
    };
    let answer = judged(sent, &shows);
    shows.withhold();
    let mut signed_in = SignedIn { answer, open: None };
    if let (Ok(answer), Some(mut line)) = (&signed_in.answer, line)
        && is_whole(answer)
        && line.is_open(CLOSING).await
    {
        let request = request.clone();
        signed_in.open = Some(Box::new(Connected { way, request, line, over: None }));
    }
    signed_in
}

/// A connection that stays open.
struct Connected {
    way: Way,
    request: Request,
    line: Line,
    /// How it ended: that does not change any more.
    over: Option<Result<Answer, Doubt>>,
}

#[async_trait]
impl Open for Connected {
    async fn again(&mut self, values: &Values) -> Result<Answer, Doubt> {
        if let Some(over) = &self.over {
            return over.clone();
        }
        let outgoing = outgoing(&self.way, &self.request, values)?;
        match self.line.ask(outgoing, &self.way.user_agent).await {
            Ok(answer) if is_whole(&answer) => Ok(answer),
            Ok(answer) => {
                let late = doubt(DoubtReason::Connection, "the rest of an answer is still to come");
                self.over = Some(Err(late));
                Ok(answer)
            }
            Err(Broken::Alert(alert)) => self.end(of_alert(alert)),
            Err(Broken::Otherwise(doubt)) if doubt.reason == DoubtReason::Connection => {
                self.end(closed())
            }
            // An answer that comes too late would be taken for that of the next question.
            Err(Broken::Otherwise(doubt)) => self.end(Err(doubt)),
        }
    }
}

impl Connected {
    fn end(&mut self, with: Result<Answer, Doubt>) -> Result<Answer, Doubt> {
        self.over.insert(with).clone()
    }
}

fn closed() -> Result<Answer, Doubt> {
    Ok(Answer::spoken(json!({"closed": true})))
}

fn is_whole(answer: &Answer) -> bool {
    !matches!(answer.body, Body::TooLarge)
}

/// The request once more, without a certificate, to the same server only.
fn outgoing(way: &Way, request: &Request, values: &Values) -> Result<Outgoing, Doubt> {
    let filling = Filling { values, default_auth: None, strip_auth: true };
    let outgoing = build(request, filling, Timestamp::now())
        .map_err(|why| doubt(DoubtReason::FlowBroken, why.to_string()))?;
    match peer(&way.wire, &outgoing)? == way.peer {
        true => Ok(outgoing),
        false => Err(doubt(DoubtReason::FlowBroken, "the address leads to another server")),
    }
}
