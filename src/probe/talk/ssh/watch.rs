//! What a server says beside its answers: its own key, its banner, and why it hung up.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};

use russh::client::{DisconnectReason, Handler, Session};
use russh::keys::{HashAlg, PublicKeyOrCertificate};

use super::super::doubt;
use super::key::Pin;
use crate::verdict::{Doubt, DoubtReason};

/// More of a banner or of a reason is not kept.
const LONGEST: usize = 2_000;

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The server said so, with a code of RFC 4253 section 11.1.
    Told {
        /// The code.
        code: u32,
        /// Its words.
        said: String,
    },
    /// After a failure that no other method can follow.
    NoMethod,
    /// The server closed it, or it was reset.
    Gone,
    /// What came over it could not be understood.
    Broken(String),
}

impl End {
    /// What an error says where nothing else does.
    pub(super) fn of(error: Option<&russh::Error>) -> Self {
        match error {
            None | Some(russh::Error::Disconnect | russh::Error::HUP) => Self::Gone,
            Some(russh::Error::NoAuthMethod) => Self::NoMethod,
            Some(russh::Error::IO(error)) if is_gone(error.kind()) => Self::Gone,
            Some(error) => Self::Broken(error.to_string()),
        }
    }
}

/// Kinds of errors of a connection that cannot be used again.
fn is_gone(kind: ErrorKind) -> bool {
    const GONE: [ErrorKind; 5] = [
        ErrorKind::UnexpectedEof,
        ErrorKind::ConnectionReset,
        ErrorKind::ConnectionAborted,
        ErrorKind::BrokenPipe,
        ErrorKind::NotConnected,
    ];
    GONE.contains(&kind)
}

/// What an error proves: nothing.
pub(super) fn doubtful(error: &russh::Error) -> Doubt {
    match End::of(Some(error)) {
        End::Gone | End::NoMethod | End::Told { .. } => {
            doubt(DoubtReason::Connection, "closed by the server before it answered")
        }
        End::Broken(_) if is_local(error) => doubt(DoubtReason::Connection, error.to_string()),
        End::Broken(why) => doubt(DoubtReason::Tls, why),
    }
}

fn is_local(error: &russh::Error) -> bool {
    matches!(
        error,
        russh::Error::SendError
            | russh::Error::RecvError
            | russh::Error::IO(_)
            | russh::Error::Join(_)
    )
}

/// What one connection has shown so far.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Shown>);

#[derive(Debug, Default)]
struct Shown {
    banner: String,
    end: Option<End>,
    other_key: Option<String>,
}

impl Seen {
    fn with<T>(&self, look: impl FnOnce(&mut Shown) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn banner(&self) -> String {
        self.with(|shown| shown.banner.trim().to_owned())
    }

    pub(super) fn end(&self) -> Option<End> {
        self.with(|shown| shown.end.clone())
    }

    /// Why nobody was asked.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        let other = self.with(|shown| shown.other_key.clone())?;
        let why = format!("the server's own key is {other}, not the one in `host_key`");
        Some(doubt(DoubtReason::Tls, why))
    }
}

/// Watches one connection.
pub(super) struct Watch {
    pub(super) pin: Pin,
    pub(super) seen: Arc<Seen>,
}

impl Handler for Watch {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        key: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        let key = key.public_key();
        let fits = self.pin.fits(&key);
        if !fits {
            let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
            self.seen.with(|shown| shown.other_key = Some(fingerprint));
        }
        Ok(fits)
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut Session) -> Result<(), Self::Error> {
        self.seen.with(|shown| {
            let room = LONGEST.saturating_sub(shown.banner.chars().count());
            shown.banner.extend(banner.chars().take(room));
        });
        Ok(())
    }

    async fn disconnected(
        &mut self,
        reason: DisconnectReason<Self::Error>,
    ) -> Result<(), Self::Error> {
        let end = match reason {
            DisconnectReason::ReceivedDisconnect(told) => End::Told {
                code: told.reason_code as u32,
                said: told.message.chars().take(LONGEST).collect(),
            },
            DisconnectReason::Error(error) => End::of(Some(&error)),
        };
        self.seen.with(|shown| shown.end = Some(end));
        Ok(())
    }
}
