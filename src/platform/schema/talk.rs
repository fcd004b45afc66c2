//! Signing in by something else than HTTP.

mod ldap;
mod mail;
mod postgres;
mod ssh;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::ldap::{Ldap, Reaches, Search};
pub use self::mail::{Imap, Mechanism, Smtp};
pub use self::postgres::Postgres;
pub use self::ssh::{Ssh, Then};
use crate::platform::template::Template;
use crate::span::Span;

/// How one signs in where no HTTP is spoken. What is answered is judged by its `json`, as each way says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SignIn {
    /// An external program signs in: for Kerberos, a VPN, a broker, a protocol of your own.
    Command(Program),
    /// A mailbox is signed in to.
    Imap(Imap),
    /// A server that takes mail is signed in to.
    Smtp(Smtp),
    /// A directory.
    Ldap(Ldap),
    /// A database, by the protocol of PostgreSQL.
    Postgres(Postgres),
    /// A shell, a tunnel, or files, by SSH.
    Ssh(Ssh),
}

/// A protocol that can be left out of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Mailboxes.
    Imap,
    /// Directories.
    Ldap,
    /// Databases.
    Postgres,
    /// Mail that is sent.
    Smtp,
    /// Shells, tunnels and files.
    Ssh,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Imap, Self::Ldap, Self::Postgres, Self::Smtp, Self::Ssh];

    /// Whether this doornail speaks it.
    pub fn is_built_in(self) -> bool {
        match self {
            Self::Imap => cfg!(feature = "imap"),
            Self::Ldap => cfg!(feature = "ldap"),
            Self::Postgres => cfg!(feature = "postgres"),
            Self::Smtp => cfg!(feature = "smtp"),
            Self::Ssh => cfg!(feature = "ssh"),
        }
    }

    /// The name of the cargo feature that adds it.
    pub fn feature(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Ldap => "ldap",
            Self::Postgres => "postgres",
            Self::Smtp => "smtp",
            Self::Ssh => "ssh",
        }
    }
}

impl SignIn {
    /// The protocol it speaks, if that can be left out of a build.
    pub fn protocol(&self) -> Option<Protocol> {
        match self {
            Self::Command(_) => None,
            Self::Imap(_) => Some(Protocol::Imap),
            Self::Smtp(_) => Some(Protocol::Smtp),
            Self::Ldap(_) => Some(Protocol::Ldap),
            Self::Postgres(_) => Some(Protocol::Postgres),
            Self::Ssh(_) => Some(Protocol::Ssh),
        }
    }

    /// The program it runs, if it runs one.
    pub fn program(&self) -> Option<String> {
        match self {
            Self::Command(program) => program.run.first().map(ToString::to_string),
            Self::Imap(_) | Self::Ldap(_) | Self::Postgres(_) | Self::Smtp(_) | Self::Ssh(_) => {
                None
            }
        }
    }

    /// Whether what it opened can be kept and used again.
    pub fn can_be_kept(&self) -> bool {
        match self {
            Self::Command(program) => program.stays.is_some(),
            Self::Imap(imap) => imap.stays,
            Self::Smtp(smtp) => smtp.stays,
            Self::Ldap(ldap) => ldap.stays,
            Self::Postgres(postgres) => postgres.stays,
            Self::Ssh(ssh) => ssh.stays,
        }
    }
}

/// An external program that uses the credential once and ends.
///
/// It is answered by `/exit` (a number), `/stdout` and `/stderr` (texts without blanks around them), or by
/// `/signal` where one ended it. Where a name and a refusal are told on the same stream, tell them apart by `/exit`: a
/// text in the name's place is taken for somebody else's name. It has `PATH`, `HOME` and `LANG` of doornail's environment and nothing else.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The program and its arguments. Everybody on the machine can read these: no secret can be among them.
    pub run: Vec<Template>,
    /// Its environment.
    #[serde(default)]
    pub env: BTreeMap<String, Template>,
    /// What it reads from its standard input.
    pub stdin: Option<Template>,
    /// The longest it may take, and the longest an answer of one that stays may take (default 20 s).
    pub timeout: Option<Span>,
    /// It signs in, says so in one line, stays, and is asked again later: its session is a credential of its
    /// own.
    pub stays: Option<Stays>,
}

/// A program that stays is answered by `/line`, or like one that ends where it has ended.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stays {
    /// The line it is asked. It holds `{{ nonce }}`, which differs each time, and is answered by the first line that
    /// repeats it: an older answer cannot pass for a new one.
    pub ask: Template,
}
