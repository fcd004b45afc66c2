//! Signing in by something else than HTTP.

mod ssh;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::ssh::{Ssh, Then};
use crate::platform::template::Template;
use crate::span::Span;

/// How one signs in where no HTTP is spoken. What is answered is judged by its `json`, as each way says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SignIn {
    /// An external program signs in: for Kerberos, a VPN, a broker, a protocol of your own.
    Command(Program),
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
            Self::Ssh(_) => Some(Protocol::Ssh),
        }
    }

    /// The program it runs, if it runs one.
    pub fn program(&self) -> Option<String> {
        match self {
            Self::Command(program) => program.run.first().map(ToString::to_string),
            Self::Ssh(_) => None,
        }
    }

    /// Whether what it opened can be kept and used again.
    pub fn can_be_kept(&self) -> bool {
        match self {
            Self::Command(program) => program.stays.is_some(),
            Self::Ssh(ssh) => ssh.stays,
        }
    }
}

/// An external program that uses the credential once and ends.
///
/// It is answered by `/exit` (a number), `/stdout` and `/stderr` (texts without blanks around them), or by
/// `/signal` where one ended it. It has `PATH`, `HOME` and `LANG` of doornail's environment and nothing else.
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
