//! A case: what a platform does to probes, and what a careful engineer demands to be said about it.
//!
//! Demands are written from the design and the platforms' documentation, never from what the program says.

use std::time::Duration;

use doornail::verdict::{AliveReason, DeadReason, DoubtReason, Verdict};

use super::http2::Manner;
use super::wire::{Asked, Reply};

/// Whether the requests are as they must be, or what is wrong with them.
pub(super) type Hold = fn(&[Asked]) -> Result<(), String>;

/// One case.
pub(super) struct Case {
    pub(super) group: &'static str,
    pub(super) name: String,
    /// Platform, kind and channel probed.
    pub(super) used: [&'static str; 3],
    pub(super) over: Over,
    /// One reply for each request in turn; the last repeats.
    pub(super) replies: Vec<Reply>,
    /// One demand for each probe in turn.
    pub(super) demands: Vec<Demand>,
    /// A value for the field `token` in place of the made-up one.
    pub(super) token: Option<String>,
    /// How long the last answer asks to be left alone, where that is demanded.
    pub(super) leave_alone: Option<Option<Duration>>,
    /// The most the server may get rid of.
    pub(super) bounded: Option<u64>,
    /// What must be true of the requests as the server saw them.
    pub(super) requests: Option<Hold>,
}

/// How the platform is reached.
#[derive(Clone, Debug)]
pub(super) enum Over {
    /// HTTP/1.1 in the clear on 127.0.0.1.
    Plain,
    /// The same on ::1, where nothing listens on 127.0.0.1.
    PlainV6,
    /// TLS with this certificate.
    Tls(Certificate),
    /// TLS on which the server turns the handshake into something else.
    Handshake(Handshake),
    /// HTTP/2 over TLS.
    Http2(Manner),
    /// A port at which nobody listens.
    Nobody,
    /// A host name, with what the resolver makes of it.
    Name(Resolves),
    /// A base address that must never be asked.
    Forbidden(&'static str),
}

/// Which certificate a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Certificate {
    Good,
    WrongName,
    Expired,
    NotYetValid,
    SelfSigned,
    UnknownAuthority,
    NotForServers,
    /// A good one, and a client's is asked for.
    WantsClients,
}

/// What a server does in place of a handshake.
#[derive(Clone, Copy, Debug)]
pub(super) enum Handshake {
    TooOld,
    PlainText,
    Silence,
    Cut,
    Alert,
}

/// What a resolver says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Resolves {
    /// There is no such host.
    Nowhere,
    /// Its resolver is broken.
    Broken,
    /// It has no address.
    Empty,
    /// It never answers.
    Never,
    /// To the server.
    Right,
    /// First to an address that refuses connections, then to the server.
    SecondWorks,
}

/// What must be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    Alive(AliveReason),
    Dead(DeadReason),
    /// Nothing, for one of these reasons.
    Inconclusive(&'static [DoubtReason]),
}

pub(super) const ALIVE: Demand = Demand::Alive(AliveReason::Identified);
pub(super) const NOT_PERMITTED: Demand = Demand::Alive(AliveReason::NotPermitted);
pub(super) const CONTAINED: Demand = Demand::Alive(AliveReason::Contained);
pub(super) const DEAD: Demand = Demand::Dead(DeadReason::Refused);
pub(super) const REVOKED: Demand = Demand::Dead(DeadReason::Revoked);
pub(super) const EXPIRED: Demand = Demand::Dead(DeadReason::Expired);
pub(super) const DISABLED: Demand = Demand::Dead(DeadReason::PrincipalDisabled);

macro_rules! doubts {
    ($($name:ident = $($reason:ident)|+;)*) => {
        $(pub(super) const $name: Demand = Demand::Inconclusive(&[$(DoubtReason::$reason),+]);)*
    };
}

doubts! {
    RATE_LIMITED = RateLimited;
    TRY_AGAIN = TryAgain;
    SERVER_ERROR = ServerError;
    TIMEOUT = Timeout;
    DNS = Dns;
    CONNECTION = Connection;
    TLS = Tls;
    REDIRECT = Redirect;
    CACHED = Cached;
    HTML = Html;
    TOO_LARGE = TooLarge;
    UNPARSABLE = Unparsable;
    AMBIGUOUS = Ambiguous;
    UNRECOGNISED = Unrecognised;
    OTHER_PRINCIPAL = IdentityDrift;
    ANONYMOUS = Anonymous;
    LOCKED_OUT = LockedOut;
    POLICY = Policy;
    CLIENT_REFUSED = ClientRefused;
    UNAVAILABLE = Unavailable;
    FLOW_BROKEN = FlowBroken;
    HOST_NOT_ALLOWED = HostNotAllowed;
    // Which of them is the operating system's matter.
    CUT_OFF = Connection | Tls;
    TORN = Connection | Unparsable;
    EARLY = Connection | TryAgain;
    NO_ADDRESS = Dns | Connection;
    NOT_HTTP = Connection | Unrecognised;
}

impl Demand {
    /// Whether a verdict says what is demanded.
    pub(super) fn is_met_by(self, verdict: &Verdict) -> bool {
        match (self, verdict) {
            (Self::Alive(reason), Verdict::Alive(life)) => life.reason == reason,
            (Self::Dead(reason), Verdict::Dead(death)) => death.reason() == reason,
            (Self::Inconclusive(reasons), Verdict::Inconclusive(doubt)) => {
                reasons.contains(&doubt.reason)
            }
            (Self::Alive(_), Verdict::Dead(_) | Verdict::Inconclusive(_))
            | (Self::Dead(_), Verdict::Alive(_) | Verdict::Inconclusive(_))
            | (Self::Inconclusive(_), Verdict::Alive(_) | Verdict::Dead(_)) => false,
        }
    }
}

/// Where the torture platform's plain token is used.
pub(super) const TOKEN: [&str; 3] = ["desk", "token", "rest"];

impl Case {
    /// One probe of the torture platform's token, answered so.
    pub(super) fn new(name: impl Into<String>, demand: Demand, reply: Reply) -> Self {
        Self {
            group: "",
            name: name.into(),
            used: TOKEN,
            over: Over::Plain,
            replies: vec![reply],
            demands: vec![demand],
            token: None,
            leave_alone: None,
            bounded: None,
            requests: None,
        }
    }

    pub(super) fn of(self, used: [&'static str; 3]) -> Self {
        Self { used, ..self }
    }

    pub(super) fn over(self, over: Over) -> Self {
        Self { over, ..self }
    }

    /// The reply to the next request.
    pub(super) fn then(mut self, reply: Reply) -> Self {
        self.replies.push(reply);
        self
    }

    /// What is demanded of the next probe.
    pub(super) fn and_then(mut self, demand: Demand) -> Self {
        self.demands.push(demand);
        self
    }

    pub(super) fn token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    pub(super) fn leaves_alone(self, length: Option<Duration>) -> Self {
        Self { leave_alone: Some(length), ..self }
    }

    pub(super) fn bounded(self, bytes: u64) -> Self {
        Self { bounded: Some(bytes), ..self }
    }

    pub(super) fn requests(self, hold: Hold) -> Self {
        Self { requests: Some(hold), ..self }
    }
}
