//! What IMAP and SMTP have in common: lines, bounded, over a connection that is encrypted before anything secret
//! is said.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value as Json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::net::{Peer, is_closed};
use super::{Wire, doubt, filled, filled_in_public};
use crate::platform::answer::Answer;
use crate::platform::template::Template;
use crate::probe::wallet::Values;
use crate::verdict::{Doubt, DoubtReason};

/// Servers delay what they answer after refusals, to whoever asks from the same address: an impatient client takes
/// that for an outage.
pub(super) const PATIENCE: Duration = Duration::from_secs(45);
/// A longer line is not read.
const LONGEST: usize = 16 * 1024;

/// Anything that carries bytes both ways.
trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// Why there is no line.
pub(super) enum Broken {
    /// The server closed the connection.
    Closed,
    /// Something that proves nothing.
    Doubtful(Doubt),
}

impl From<Doubt> for Broken {
    fn from(doubt: Doubt) -> Self {
        Self::Doubtful(doubt)
    }
}

impl From<Broken> for Doubt {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Closed => doubt(DoubtReason::Connection, "closed without an answer"),
            Broken::Doubtful(doubt) => doubt,
        }
    }
}

/// A connection on which lines are said.
pub(super) struct Lines {
    stream: Box<dyn Duplex>,
    read: Vec<u8>,
    /// Our address on it.
    pub(super) local: Option<IpAddr>,
}

impl Lines {
    /// Connects, encrypted from the first byte or not yet.
    pub(super) async fn open(wire: &Wire, peer: &Peer, at_once: bool) -> Result<Self, Doubt> {
        let stream = wire.dial(peer).await?;
        let local = stream.local_addr().ok().map(|address| address.ip());
        let stream: Box<dyn Duplex> =
            if at_once { Box::new(wire.secure(stream, peer).await?) } else { Box::new(stream) };
        Ok(Self { stream, read: Vec::new(), local })
    }

    /// Encrypts what was plain so far. What was said already was said by anybody, so nothing may wait to be read.
    pub(super) async fn encrypt(self, wire: &Wire, peer: &Peer) -> Result<Self, Doubt> {
        if !self.read.is_empty() {
            return Err(doubt(DoubtReason::Tls, "more was said before TLS began"));
        }
        let stream = Box::new(wire.secure(self.stream, peer).await?);
        Ok(Self { stream, read: Vec::new(), local: self.local })
    }

    /// The next line, with its end.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, Broken> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                return Ok(self.read.drain(..=end).collect());
            }
            if self.read.len() > LONGEST {
                let why = format!("a line of more than {LONGEST} bytes");
                return Err(doubt(DoubtReason::TooLarge, why).into());
            }
            match self.stream.read_buf(&mut self.read).await {
                Ok(1..) => {}
                Ok(0) => return Err(Broken::Closed),
                Err(error) => return Err(broken(&error)),
            }
        }
    }

    /// Says something. Where the server has closed, what it said last can still be read.
    pub(super) async fn say(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let said = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match said.await.map_err(|error| broken(&error)) {
            Ok(()) | Err(Broken::Closed) => Ok(()),
            Err(other) => Err(other),
        }
    }
}

fn broken(error: &std::io::Error) -> Broken {
    if is_closed(error) {
        Broken::Closed
    } else {
        Broken::Doubtful(doubt(DoubtReason::Connection, error.to_string()))
    }
}

/// What covers what is said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// TLS stands.
    Stands,
    /// TLS is to be begun.
    Begins,
    /// None: both ends are on this machine.
    Spared,
}

/// How secrets are covered. Somebody in between can strike the offer of TLS out, so that one who does not insist
/// would say the password to them.
pub(super) fn cover(peer: &Peer, at_once: bool, offered: bool) -> Result<Cover, Doubt> {
    match (at_once, offered, peer.loopback) {
        (true, _, _) => Ok(Cover::Stands),
        (false, true, _) => Ok(Cover::Begins),
        (false, false, true) => Ok(Cover::Spared),
        (false, false, false) => Err(doubt(DoubtReason::Tls, "the server offers no STARTTLS")),
    }
}

/// Who signs in where, with what.
pub(super) struct Login {
    pub(super) at: String,
    pub(super) user: String,
    pub(super) password: String,
}

impl Login {
    pub(super) fn fill(
        at: Option<&Template>,
        user: &Template,
        password: &Template,
        values: &Values,
    ) -> Result<Self, Doubt> {
        let broken = |why: &str| Err(doubt(DoubtReason::FlowBroken, why));
        let at = match at {
            Some(at) => filled_in_public(at, values)?,
            None => values.plain("base_url").unwrap_or_default().to_owned(),
        };
        let (user, password) = (filled(user, values)?, filled(password, values)?);
        if user.is_empty() {
            return broken("no name to sign in by");
        }
        if password.is_empty() {
            return broken("an empty password is never sent");
        }
        // Line ends would be commands of their own, NUL and SOH separate a name from a password.
        if user.chars().chain(password.chars()).any(char::is_control) {
            return broken("the name or the password holds a control character; it is not sent");
        }
        Ok(Self { at, user, password })
    }

    pub(super) fn plain(&self) -> String {
        BASE64_STANDARD.encode(format!("\0{}\0{}", self.user, self.password))
    }

    pub(super) fn xoauth2(&self) -> String {
        let said = format!("user={}\x01auth=Bearer {}\x01\x01", self.user, self.password);
        BASE64_STANDARD.encode(said)
    }
}

pub(super) fn late() -> Doubt {
    doubt(DoubtReason::Timeout, "no answer in time")
}

pub(super) fn offers_no(what: &str) -> Doubt {
    doubt(DoubtReason::Policy, format!("the server does not offer {what} here"))
}

/// An answer of the facts that are there.
pub(super) fn told(facts: impl IntoIterator<Item = (&'static str, Option<Json>)>) -> Answer {
    let known = facts.into_iter().filter_map(|(name, fact)| Some((name.to_owned(), fact?)));
    Answer::spoken(Json::Object(known.collect::<Map<_, _>>()))
}

pub(super) fn gone() -> Answer {
    told([("closed", Some(true.into()))])
}
