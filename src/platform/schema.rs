//! The form of a platform description: closed, linear, without expressions.
//!
//! What does not fit this form is a named Rust flow, not a larger form.

mod action;
mod guard;
mod kind;
mod listing;
mod request;
mod rule;
mod talk;

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

pub use self::action::{Action, Kill, Scope, Spare};
pub use self::guard::{Attempt, Effect, ResetMail};
pub use self::kind::{
    Cap, Channel, Class, Corroborate, Derivation, Expires, Field, Kind, Lockout, OwnedBy, Proof,
    Reach,
};
pub use self::listing::{Audit, Listing, Minting, Next, Owners, TenantRead};
pub use self::request::{
    Algorithm, Auth, CERTIFICATE_ALERTS, Capture, ClientCertificate, HtmlPart, Json, Keeps, Poll,
    Request, SigV4, Signature, SignatureStyle, SignedJwt, Totp, TotpAlgorithm,
};
pub use self::rule::{Never, OneOrMany, Rule, Sample, SampleVerdict};
pub use self::talk::{
    Imap, Ldap, Mechanism, Postgres, Program, Protocol, Reaches, Search, SignIn, Smtp, Ssh, Stays,
    Then,
};
use super::template::Template;
use crate::id::{ActionId, KindId, PlatformId};
use crate::span::Span;

/// One platform: what its credentials look like, how each is used, and what each action kills and
/// spares.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Its name in inventories and procedures.
    pub platform: PlatformId,
    /// Its name for people.
    pub title: String,
    /// Where its paths start, when the environment gives no `base_url`.
    pub base_url: Template,
    /// What an environment must or may give, each with a line about it.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// How our own administrative identities sign in.
    pub admin: Option<Admin>,
    /// Its credential kinds.
    pub credentials: BTreeMap<KindId, Kind>,
    /// Its revocation and restoration actions.
    #[serde(default)]
    pub actions: BTreeMap<ActionId, Action>,
    /// Its audit log.
    pub audit: Option<Audit>,
    /// How a principal and a grant are made for a drill.
    #[serde(default)]
    pub canaries: Owners,
    /// Where the mail goes by which a principal gets a new password.
    pub reset_mail: Option<ResetMail>,
    /// How it says whose tenant it is.
    pub tenant: Option<TenantRead>,
    /// How fast it may be asked.
    pub polite: Polite,
    /// Short names of sources, each with its address, for `source:` elsewhere.
    #[serde(default)]
    pub sources: BTreeMap<String, String>,
    /// Questions the vendor's documentation leaves open.
    #[serde(default)]
    pub unknown: Vec<String>,
}

impl Description {
    /// The address of a source given by its short name; an address itself stays as it is.
    pub fn address_of<'d>(&'d self, source: &'d str) -> &'d str {
        self.sources.get(source).map_or(source, String::as_str)
    }

    /// Whether this doornail speaks all of its protocols.
    pub fn can_be_spoken(&self) -> bool {
        let channels = self.credentials.values().flat_map(|kind| kind.probe.values());
        let mut protocols = channels.filter_map(|channel| channel.sign_in.as_ref()?.protocol());
        protocols.all(Protocol::is_built_in)
    }
}

/// Something an environment gives a platform, such as its subdomain.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What it is.
    pub about: String,
    /// Its value when the environment gives none; without one it is required.
    pub default: Option<Template>,
}

/// How an administrative identity (`observe`, `mint` or `act`) signs in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    /// Its secret fields, filled as `{{ admin.NAME }}`.
    pub secret: Vec<String>,
    /// What signs it in first, where it cannot be sent as it is; `auth` can use what this captures.
    #[serde(default)]
    pub sign_in: Vec<Request>,
    /// How it is sent.
    pub auth: Auth,
    /// What reads back who it is, as the capture `who`.
    #[serde(default)]
    pub who: Vec<Request>,
}

/// How fast a platform may be asked.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Polite {
    /// The shortest time between two probes of one credential on one channel.
    pub every: Span,
    /// All requests together.
    pub budget: Budget,
}

/// So many requests in so much time, written `200/min` or `50/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Budget {
    /// How many.
    pub requests: u32,
    /// In how much time.
    pub per: std::time::Duration,
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = match self.per.as_secs() {
            60 => "min",
            3600 => "h",
            _ => "s",
        };
        write!(f, "{}/{unit}", self.requests)
    }
}

impl TryFrom<String> for Budget {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("{text:?} is no budget, expected one such as 200/min, 50/s or 1000/h");
        let (count, unit) = text.split_once('/').ok_or_else(bad)?;
        let secs = match unit {
            "s" => 1,
            "min" => 60,
            "h" => 3600,
            _ => return Err(bad()),
        };
        let requests = count.parse().ok().filter(|count| *count > 0).ok_or_else(bad)?;
        Ok(Self { requests, per: std::time::Duration::from_secs(secs) })
    }
}

impl JsonSchema for Budget {
    fn schema_name() -> Cow<'static, str> {
        "Budget".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "So many requests in so much time: `50/s`, `200/min` or `1000/h`.",
            "type": "string",
            "pattern": "^[+]?0*[1-9][0-9]*/(s|min|h)$",
            "examples": ["50/s", "200/min", "1000/h"],
        })
    }
}
