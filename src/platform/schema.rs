//! The form of a platform description: closed, linear, without expressions.
//!
//! What does not fit this form is a named Rust flow, not a larger form.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_saphyr::Spanned;

use super::matcher::Matcher;
use super::template::Template;
use crate::id::{ActionId, ChannelId, KindId, PlatformId};
use crate::span::Span;
use crate::verdict::{DeadReason, DoubtReason};

/// One platform: what its credentials look like, how each is used, and what each action kills and
/// spares.
#[derive(Clone, Debug, Deserialize)]
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
}

/// Something an environment gives a platform, such as its subdomain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What it is.
    pub about: String,
    /// Its value when the environment gives none; without one it is required.
    pub default: Option<Template>,
}

/// How an administrative identity (`observe`, `mint` or `act`) signs in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    /// Its secret fields, filled as `{{ admin.NAME }}`.
    pub secret: Vec<String>,
    /// How it is sent.
    pub auth: Auth,
}

/// The class a step of a feature file speaks of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize,
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
}

/// To whom a credential belongs, so whose end could end it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize,
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
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its name for people.
    pub title: String,
    /// The class steps speak of.
    pub class: Class,
    /// To whom it belongs.
    pub owned_by: OwnedBy,
    /// Its secret fields.
    pub secret: Vec<String>,
    /// Its public fields, each with a default (`{{ principal.login }}`) or none, when the inventory
    /// must give it.
    #[serde(default)]
    pub fields: BTreeMap<String, Field>,
    /// A pattern per secret field from which a well-formed, never-issued value is made.
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
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What it is.
    pub about: String,
    /// Its value when the inventory gives none; without one it is required.
    pub default: Option<Template>,
}

/// Where a credential's own expiry can be read, without asking the platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expires {
    /// The secret field that is a JWT with an `exp` claim (RFC 7519 section 4.1.4).
    pub jwt: String,
}

/// One way of using a credential.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What this use is, in a few words.
    pub about: Option<String>,
    /// How strong the proof is; by use unless it says otherwise.
    #[serde(default)]
    pub proof: Proof,
    /// Redirect and HTML rules are allowed here, and only here.
    #[serde(default)]
    pub web_form: bool,
    /// The probe changes something, such as rotating a token: it is sent as rarely as can be.
    #[serde(default)]
    pub consumes: bool,
    /// Refusals count towards a lock-out: at most this many in this window, and no bogus control.
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
    /// Captures that replace secret fields, kept before anything is classified.
    #[serde(default)]
    pub rotates: BTreeMap<String, String>,
    /// The expected principal is named. Where no answer names anybody, `not_permitted` alone shows
    /// life.
    #[serde(default)]
    pub alive: Vec<Spanned<Rule<Never>>>,
    /// Explicitly refused.
    pub dead: Vec<Spanned<Rule<DeadReason>>>,
    /// Authenticated, but not permitted.
    #[serde(default)]
    pub not_permitted: Vec<Spanned<Rule<Never>>>,
    /// Known answers that prove nothing.
    #[serde(default)]
    pub inconclusive: Vec<Spanned<Rule<DoubtReason>>>,
    /// Data calls that show whether the identity still reaches anything.
    #[serde(default)]
    pub reach: Vec<Reach>,
    /// An administrative read-back, needed where a refusal may also mean lock-out or policy.
    pub corroborate: Option<Corroborate>,
    /// Answers with the verdict they must give.
    pub samples: Vec<Spanned<Sample>>,
}

/// How strong a proof is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize,
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
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lockout {
    /// Refusals allowed.
    pub refusals: u32,
    /// In this window.
    pub per: Span,
}

/// A data call beside the identity probe.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// What is reached, such as `tickets`.
    pub name: String,
    /// The call.
    pub request: Request,
    /// It is reached.
    pub allowed: Vec<Spanned<Rule<Never>>>,
    /// It is refused.
    pub refused: Vec<Spanned<Rule<Never>>>,
}

/// An administrative read-back after a refusal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corroborate {
    /// The read-back, sent by the `observe` identity.
    pub request: Request,
    /// The refusal was a refusal of the credential.
    pub dead: Vec<Spanned<Rule<DeadReason>>>,
    /// The refusal may have had another cause.
    #[serde(default)]
    pub inconclusive: Vec<Spanned<Rule<DoubtReason>>>,
}

/// A credential minted from another. Its public fields are the other's where both have one of that
/// name.
#[derive(Clone, Debug, Deserialize)]
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

/// How credentials of a kind are listed, or why they are not: `cannot` alone, or all the rest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Why the platform cannot list them.
    pub cannot: Option<String>,
    /// The first page, asked for by the `observe` identity.
    pub request: Option<Request>,
    /// Asked once per principal of the supplier instead of once.
    #[serde(default)]
    pub per_principal: bool,
    /// Pointer to the list of items; empty for the whole body.
    #[serde(default)]
    pub items: String,
    /// Pointer to an item's id.
    #[serde(default)]
    pub id: String,
    /// Pointers to what names its owner: a principal's id or login, or a client id.
    #[serde(default)]
    pub owner: Vec<String>,
    /// Only items that match are live.
    #[serde(default)]
    pub live: BTreeMap<String, Matcher>,
    /// How to get the next page.
    pub next: Option<Next>,
}

/// How a listing goes on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Next {
    /// The `Link` header with `rel="next"` (RFC 8288).
    Link,
    /// A pointer to the address of the next page; null or absent at the end.
    Url(String),
    /// A pointer to a cursor, sent back as this query parameter; empty or absent at the end.
    Cursor {
        /// Pointer to the cursor.
        at: String,
        /// The query parameter it is sent back as.
        query: String,
    },
}

/// How a canary of a kind is made, or why it cannot be: `cannot` alone, or all the rest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minting {
    /// Why none can be made.
    pub cannot: Option<String>,
    /// The requests, sent by the `mint` identity.
    #[serde(default)]
    pub flow: Vec<Request>,
    /// Its secret fields, each from a capture.
    #[serde(default)]
    pub secret: BTreeMap<String, String>,
    /// The capture that is its id at the platform.
    pub remote_id: Option<String>,
    /// Paid seats it takes.
    #[serde(default)]
    pub seats: u32,
}

/// What an action can touch at the widest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One credential.
    Credential,
    /// One principal.
    Principal,
    /// One grant.
    Grant,
    /// One OAuth client or app, with everybody's tokens of it.
    Client,
    /// Everybody in the account.
    Account,
}

/// One revocation or restoration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What it does, for people.
    pub title: String,
    /// What it can touch at the widest.
    pub scope: Scope,
    /// For a `credential` action: the kinds it is applied to.
    #[serde(default)]
    pub of: Vec<KindId>,
    /// The requests, sent by the `act` identity.
    #[serde(default)]
    pub flow: Vec<Request>,
    /// No API does it: a person does.
    #[serde(default)]
    pub manual: bool,
    /// What the person is asked to do.
    pub ask: Option<Template>,
    /// The secret field it gives a new value, filled as `{{ new.NAME }}`.
    pub resets: Option<String>,
    /// It brings back what was disabled.
    #[serde(default)]
    pub restores: bool,
    /// It needs a step-up; an attempt without one must be refused.
    #[serde(default)]
    pub without_step_up: bool,
    /// What it ends.
    #[serde(default)]
    pub kills: BTreeMap<KindId, Kill>,
    /// What survives it.
    #[serde(default)]
    pub spares: BTreeMap<KindId, Spare>,
    /// Where it is documented.
    pub source: Option<String>,
}

/// What an action ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    /// How soon, where the vendor says.
    pub within: Option<Span>,
    /// Re-activation brings it back.
    #[serde(default)]
    pub reversible: bool,
    /// Where that is documented.
    pub source: String,
}

/// What survives an action.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spare {
    /// Why.
    pub why: String,
    /// What does end it.
    pub remedy: String,
    /// Where that is documented.
    pub source: String,
}

/// How fast a platform may be asked.
#[derive(Clone, Copy, Debug, Deserialize)]
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

/// One request of a flow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// GET this path or address.
    pub get: Option<Template>,
    /// POST to it.
    pub post: Option<Template>,
    /// PUT to it.
    pub put: Option<Template>,
    /// PATCH it.
    pub patch: Option<Template>,
    /// DELETE it.
    pub delete: Option<Template>,
    /// How the credential is sent; the administrative identity's own way where none is given and
    /// the request is not a probe.
    pub auth: Option<Auth>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// Query parameters.
    #[serde(default)]
    pub query: BTreeMap<String, Template>,
    /// A form body.
    pub form: Option<BTreeMap<String, Template>>,
    /// A JSON body.
    pub json: Option<Json>,
    /// The flow goes on to its next request only if this matches (default: status 200 to 204).
    pub proceed: Option<Rule<Never>>,
    /// What to keep of the answer.
    #[serde(default)]
    pub capture: BTreeMap<String, Capture>,
    /// Ask again until the answer matches.
    pub poll: Option<Poll>,
}

/// How a credential is sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Auth {
    /// User and password (RFC 7617).
    Basic([Template; 2]),
    /// A bearer token (RFC 6750).
    Bearer(Template),
    /// Headers of the platform's own.
    Header(BTreeMap<String, Template>),
    /// Cookies.
    Cookie(BTreeMap<String, Template>),
    /// Fields added to the form body.
    Form(BTreeMap<String, Template>),
    /// Nothing: the address or the body is the credential.
    None,
}

/// A JSON body whose texts may hold placeholders.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Json {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(Template),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

/// What to keep of an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Capture {
    /// The value at a JSON pointer (RFC 6901).
    Json(String),
    /// A header's value.
    Header(String),
    /// A cookie that the answer sets.
    Cookie(String),
    /// A query parameter of the address in the `Location` header.
    Location(String),
}

/// Asking again until something is so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// How often.
    pub every: Span,
    /// For how long.
    #[serde(rename = "for")]
    pub at_most: Span,
    /// Until this matches.
    pub until: Rule<Never>,
}

/// A reason that cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Never {}

/// What an answer must look like. Everything named must match.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, bound = "R: DeserializeOwned")]
pub struct Rule<R> {
    /// Status, one or several.
    pub status: OneOrMany<u16>,
    /// Headers, by lower-case name.
    #[serde(default)]
    pub header: BTreeMap<String, Matcher>,
    /// Values by JSON pointer (RFC 6901).
    #[serde(default)]
    pub json: BTreeMap<String, Matcher>,
    /// The whole body as text, for the few answers that are plain text.
    pub text: Option<Matcher>,
    /// Why, where the class leaves a choice.
    pub reason: Option<R>,
    /// The request of the flow whose answer is judged, counted from 1: by default the last for
    /// `alive`, the first for the other classes.
    pub at: Option<usize>,
    /// Where the answer is documented.
    pub source: Option<String>,
}

/// One value, or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl Channel {
    /// The requests of one use, in order.
    pub fn requests(&self) -> &[Request] {
        match &self.identity {
            Some(one) => std::slice::from_ref(one),
            None => &self.flow,
        }
    }
}

impl<T> OneOrMany<T> {
    /// All of them.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// An answer with the verdict it must give.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The request of the flow that it answers, counted from 1; the last by default.
    pub at: Option<usize>,
    /// Status.
    pub status: u16,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    pub json: Option<serde_json::Value>,
    /// A text body.
    pub text: Option<String>,
    /// Values of placeholders; `{{ name }}` is `<name>` otherwise.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// The verdict demanded.
    pub verdict: SampleVerdict,
    /// Where the answer is documented.
    pub source: String,
}

/// The verdict a sample demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleVerdict {
    /// Alive, identified.
    Alive,
    /// Alive, not permitted.
    NotPermitted,
    /// Dead.
    Dead,
    /// Inconclusive.
    Inconclusive,
}
