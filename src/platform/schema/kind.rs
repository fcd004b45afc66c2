//! Credential kinds: what they are, how each is used, and what the answers mean.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::listing::{Listing, Minting};
use super::request::{ClientCertificate, Keeps, Request};
use super::rule::{Never, Rule, Sample};
use super::talk::SignIn;
use crate::id::{ChannelId, KindId};
use crate::platform::template::Template;
use crate::span::Span;
use crate::verdict::{DeadReason, DoubtReason};

/// The class a step of a feature file speaks of.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Deserialize,
    JsonSchema,
    serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A bearer token.
    Token,
    /// A long-lived key: API key, client secret, webhook URL.
    Key,
    /// A standing authorization: refresh token, app installation.
    Grant,
    /// A user name and password.
    Login,
    /// A signed-in session.
    Session,
    /// Data leaving without a login: an outbound webhook, a forwarding rule, a scheduled export. It is
    /// tested with a marked record.
    Outflow,
}

/// To whom a credential belongs, so whose end could end it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Deserialize,
    JsonSchema,
    serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum OwnedBy {
    /// The principal.
    Principal,
    /// The OAuth client or app installation.
    Client,
    /// The whole account: no person's end ends it.
    Account,
}

/// One kind of credential.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its name for people.
    pub title: String,
    /// The class steps speak of.
    pub class: Class,
    /// To whom it belongs.
    pub owned_by: OwnedBy,
    /// Whoever has it can set a new password: a link sent by mail, a recovery code.
    #[serde(default)]
    pub recovers: bool,
    /// Its secret fields.
    pub secret: Vec<String>,
    /// Its public fields, each with a default (`{{ principal.login }}`) or none, when the inventory
    /// must give it.
    #[serde(default)]
    pub fields: BTreeMap<String, Field>,
    /// A pattern per field from which a well-formed, never-issued value is made. Public fields too, such
    /// as a key's id, where no pattern can make the secret.
    #[serde(default)]
    pub bogus: BTreeMap<String, String>,
    /// Where its own expiry can be read.
    pub expires: Option<Expires>,
    /// The ways of using it. It is dead when it is dead on every one of them.
    pub probe: BTreeMap<ChannelId, Channel>,
    /// What can be minted from it.
    #[serde(default)]
    pub derives: Vec<Derivation>,
    /// How the platform lists credentials of this kind, or why it cannot.
    pub list: Listing,
    /// How a canary of this kind is made, or why it cannot.
    pub mint: Minting,
    /// What the vendor leaves open about this kind.
    #[serde(default)]
    pub unknown: Vec<String>,
}

/// A public field of a credential.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What it is.
    pub about: String,
    /// Its value when the inventory gives none; without one it is required.
    pub default: Option<Template>,
}

/// Where a credential's own expiry can be read, without asking the platform.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expires {
    /// The secret field that is a JWT with an `exp` claim (RFC 7519 section 4.1.4).
    Jwt(String),
    /// The secret field that is a certificate in PEM, which says until when it is valid (RFC 5280 section 4.1.2.5).
    Certificate(String),
}

/// One way of using a credential.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What this use is, in a few words.
    pub about: Option<String>,
    /// How strong the proof is; by use unless it says otherwise.
    #[serde(default)]
    pub proof: Proof,
    /// The platform is asked about the credential by its id, by an identity of ours: nothing secret of it is sent.
    #[serde(default)]
    pub by_id: bool,
    /// Redirect and HTML rules are allowed here, and only here.
    #[serde(default)]
    pub web_form: bool,
    /// The probe changes something, such as rotating a token: it is sent as rarely as can be.
    #[serde(default)]
    pub consumes: bool,
    /// Refusals count towards a lock-out: at most this many in this window for each account, whatever the credential
    /// and the channel, and no bogus control.
    pub lockout: Option<Lockout>,
    /// The bogus control cannot be made here; says why. Verdicts rest on the other three controls.
    pub no_bogus: Option<String>,
    /// Asks no more often than this here.
    pub every: Option<Span>,
    /// The one request that uses the credential and names its principal.
    pub identity: Option<Request>,
    /// Or several, in order; the last one names the principal.
    #[serde(default)]
    pub flow: Vec<Request>,
    /// Or what signs in where no HTTP is spoken.
    pub sign_in: Option<SignIn>,
    /// Or the use of what the probe of another credential opened and kept: a live session. It is gone with
    /// this process.
    #[serde(default)]
    pub kept: bool,
    /// Captures that replace secret fields, kept before anything is classified.
    #[serde(default)]
    pub rotates: BTreeMap<String, String>,
    /// The expected principal is named. Where no answer names anybody, `not_permitted` alone shows
    /// life.
    #[serde(default)]
    #[schemars(with = "Vec<Rule<Never>>")]
    pub alive: Vec<Spanned<Rule<Never>>>,
    /// Explicitly refused.
    #[serde(default)]
    #[schemars(with = "Vec<Rule<DeadReason>>")]
    pub dead: Vec<Spanned<Rule<DeadReason>>>,
    /// No refusal is documented well enough to be believed; says why. Life can be shown here, death
    /// never.
    pub no_dead: Option<String>,
    /// Authenticated, but not permitted.
    #[serde(default)]
    #[schemars(with = "Vec<Rule<Never>>")]
    pub not_permitted: Vec<Spanned<Rule<Never>>>,
    /// Known answers that prove nothing.
    #[serde(default)]
    #[schemars(with = "Vec<Rule<DoubtReason>>")]
    pub inconclusive: Vec<Spanned<Rule<DoubtReason>>>,
    /// Data calls that show whether the identity still reaches anything.
    #[serde(default)]
    pub reach: Vec<Reach>,
    /// An administrative read-back, needed where a refusal may also mean lock-out or policy.
    pub corroborate: Option<Corroborate>,
    /// Answers with the verdict they must give.
    #[schemars(with = "Vec<Sample>")]
    pub samples: Vec<Spanned<Sample>>,
}

/// How strong a proof is.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Deserialize,
    JsonSchema,
    serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The platform was asked about it by listing.
    Listing,
    /// The authorization server was asked about it (RFC 7662).
    Introspection,
    /// The credential was used.
    #[default]
    Use,
}

/// How many refusals a window takes before an account could lock.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lockout {
    /// Refusals allowed for one account.
    pub refusals: u32,
    /// In this window.
    pub per: Span,
    /// Refusals allowed for all accounts together, where an address that sends many is shut out.
    pub address: Option<Cap>,
}

/// So many within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Refusals allowed.
    pub refusals: u32,
    /// In this window.
    pub per: Span,
}

/// A data call beside the identity probe.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// What is reached, such as `tickets`.
    pub name: String,
    /// The call.
    pub request: Request,
    /// It is reached.
    #[schemars(with = "Vec<Rule<Never>>")]
    pub allowed: Vec<Spanned<Rule<Never>>>,
    /// It is refused.
    #[schemars(with = "Vec<Rule<Never>>")]
    pub refused: Vec<Spanned<Rule<Never>>>,
}

/// An administrative read-back after a refusal.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Corroborate {
    /// The read-back, sent by the `observe` identity.
    pub request: Option<Request>,
    /// Or what the `observe` identity signs in with where no HTTP is spoken, `{{ admin.NAME }}` being its secrets.
    pub sign_in: Option<SignIn>,
    /// The refusal was a refusal of the credential.
    #[schemars(with = "Vec<Rule<DeadReason>>")]
    pub dead: Vec<Spanned<Rule<DeadReason>>>,
    /// The refusal may have had another cause.
    #[serde(default)]
    #[schemars(with = "Vec<Rule<DoubtReason>>")]
    pub inconclusive: Vec<Spanned<Rule<DoubtReason>>>,
}

/// A credential minted from another. Its public fields are the other's where both have one of that
/// name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// The kind it is.
    pub kind: KindId,
    /// The channel whose successful probe yields it.
    pub channel: ChannelId,
    /// Its secret fields, each from a capture of that probe, or else from a secret field of the
    /// other, such as the client's secret.
    pub secret: BTreeMap<String, String>,
}

impl Kind {
    /// The channels on which the platform is asked about it by its id.
    pub fn by_id(&self) -> impl Iterator<Item = &ChannelId> {
        self.probe.iter().filter(|(_, channel)| channel.by_id).map(|(name, _)| name)
    }

    /// Whether some use of it replaces it, so that what was used before is spent.
    pub fn rotates(&self) -> bool {
        self.probe.values().any(|channel| !channel.rotates.is_empty())
    }
}

impl Channel {
    /// How many answers one use has.
    pub fn steps(&self) -> usize {
        let talks = usize::from(self.sign_in.is_some() || self.kept);
        self.requests().len() + talks
    }

    /// The client certificates that one use shows.
    pub fn certificates(&self) -> impl Iterator<Item = &ClientCertificate> {
        self.requests().iter().filter_map(|request| request.auth.as_ref()?.certificate())
    }

    /// What stays open of one use over HTTP.
    pub fn keeps(&self) -> Option<Keeps> {
        self.certificates().find_map(|shown| shown.keeps)
    }

    /// Whether something can be kept of one use, and used again.
    pub fn can_be_kept(&self) -> bool {
        self.keeps().is_some() || self.sign_in.as_ref().is_some_and(SignIn::can_be_kept)
    }

    /// The requests of one use over HTTP, in order.
    pub fn requests(&self) -> &[Request] {
        match &self.identity {
            Some(one) => std::slice::from_ref(one),
            None => &self.flow,
        }
    }
}
