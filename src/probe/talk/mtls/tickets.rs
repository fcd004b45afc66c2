//! What a server gave to resume a session with, kept so that every use of it is known.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::time_provider::TimeProvider;

/// A server may give as many as it likes.
const MOST: usize = 32;

/// The tickets of one session. One of TLS 1.3 is offered once only; what TLS 1.2 gave, as often as wanted.
#[derive(Default)]
pub(super) struct Tickets(Mutex<Held>);

#[derive(Default)]
struct Held {
    group: Option<NamedGroup>,
    older: Option<Tls12ClientSessionValue>,
    unused: VecDeque<Tls13ClientSessionValue>,
    takes: bool,
    offers: bool,
    offered: bool,
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tickets({})", self.held().unused.len())
    }
}

impl Tickets {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection on which the certificate is shown: what is given there is of the session.
    pub(super) fn begin_full(&self) {
        let mut held = self.held();
        (held.takes, held.offers, held.offered) = (true, false, false);
    }

    /// A connection that is to be resumed. What is given there is of the session only once it has been.
    pub(super) fn begin_resumed(&self) {
        let mut held = self.held();
        (held.takes, held.offers, held.offered) = (false, true, false);
    }

    /// It has been resumed.
    pub(super) fn was_resumed(&self) {
        self.held().takes = true;
    }

    /// Whether something was offered on the connection that began last.
    pub(super) fn was_offered(&self) -> bool {
        self.held().offered
    }

    /// How often the session could be resumed if nothing more were given; none if there is no end to it.
    pub(super) fn left(&self) -> Option<usize> {
        let held = self.held();
        held.older.is_none().then_some(held.unused.len())
    }
}

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _server: ServerName<'static>, group: NamedGroup) {
        self.held().group = Some(group);
    }

    fn kx_hint(&self, _server: &ServerName<'_>) -> Option<NamedGroup> {
        self.held().group
    }

    fn set_tls12_session(&self, _server: ServerName<'static>, value: Tls12ClientSessionValue) {
        let mut held = self.held();
        // Of a later handshake it cannot be known here whether it was a resumed one. The first goes on being good.
        if held.takes && !held.offers {
            held.older = Some(value);
        }
    }

    fn tls12_session(&self, _server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        let mut held = self.held();
        let offered = held.older.clone().filter(|_| held.offers);
        held.offered |= offered.is_some();
        offered
    }

    fn remove_tls12_session(&self, _server: &ServerName<'static>) {
        // Refused once, it has to be refused again.
    }

    fn insert_tls13_ticket(&self, _server: ServerName<'static>, value: Tls13ClientSessionValue) {
        let mut held = self.held();
        if held.takes && held.unused.len() < MOST {
            held.unused.push_back(value);
        }
    }

    fn take_tls13_ticket(&self, _server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        let mut held = self.held();
        // The newest lives longest.
        let offered = if held.offers { held.unused.pop_back() } else { None };
        held.offered |= offered.is_some();
        offered
    }
}

/// The time at which a session was opened. With it nothing is ever too old to be offered: that is for the server to
/// say.
#[derive(Debug)]
pub(super) struct StandingStill(pub(super) UnixTime);

impl TimeProvider for StandingStill {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}
