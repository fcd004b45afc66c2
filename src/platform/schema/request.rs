//! Requests: what is sent, how it is authenticated, and what is kept of the answer.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::{Never, Rule};
use crate::platform::template::Template;
use crate::span::Span;

/// One request of a flow.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// An XML body; what fills its placeholders is escaped.
    pub xml: Option<Template>,
    /// A plain text body.
    pub text: Option<Template>,
    /// JWTs to sign (RFC 7515), each filled in by its name.
    #[serde(default)]
    pub sign: BTreeMap<String, SignedJwt>,
    /// Second factors to compute (RFC 6238), each filled in by its name.
    #[serde(default)]
    pub totp: BTreeMap<String, Totp>,
    /// Sends a form as a browser does: of the page that answered before, the one form that has an input of this
    /// name. Its hidden inputs go with what is given here, and so do `Origin`, `Referer` and the cookies of this
    /// flow; `{{ form_url }}` is the address it names.
    pub submits: Option<Template>,
    /// Sends the cookies that earlier answers of this flow have set. None is kept for the next use.
    #[serde(default)]
    pub cookies: bool,
    /// The flow goes on to its next request only if this matches (default: status 200 to 204).
    pub proceed: Option<Rule<Never>>,
    /// What to keep of the answer.
    #[serde(default)]
    pub capture: BTreeMap<String, Capture>,
    /// Ask again until the answer matches.
    pub poll: Option<Poll>,
}

impl Request {
    /// Whether it asks for a deletion.
    pub fn deletes(&self) -> bool {
        self.delete.is_some()
    }

    /// Whether this placeholder fills anything of it but its authentication.
    pub fn sends(&self, name: &str) -> bool {
        let addresses = [&self.get, &self.post, &self.put, &self.patch, &self.delete];
        let bodies = [&self.xml, &self.text];
        let fields = self.headers.values().chain(self.query.values());
        let form = self.form.iter().flat_map(BTreeMap::values);
        let signed = self.sign.values().map(|jwt| &jwt.key);
        let one_by_one = addresses.into_iter().chain(bodies).filter_map(Option::as_ref);
        let mut texts = one_by_one.chain(fields).chain(form).chain(signed);
        texts.any(|text| text.names().any(|one| one == name))
            || self.json.as_ref().is_some_and(|json| json.names(name))
    }
}

impl Json {
    fn names(&self, name: &str) -> bool {
        match self {
            Self::Bool(_) | Self::Number(_) => false,
            Self::Text(text) => text.names().any(|one| one == name),
            Self::List(all) => all.iter().any(|one| one.names(name)),
            Self::Object(all) => all.values().any(|one| one.names(name)),
        }
    }
}

/// How a credential is sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// An AWS signature, version 4.
    Sigv4(SigV4),
    /// A signature of the body with a shared secret.
    Signature(Signature),
    /// A client certificate, shown when the connection is made (RFC 8446 section 4.4.2, RFC 5246 section 7.4.6).
    Mtls(ClientCertificate),
    /// Nothing: the address or the body is the credential.
    None,
}

impl Auth {
    /// The client certificate, if it is one.
    pub fn certificate(&self) -> Option<&ClientCertificate> {
        if let Self::Mtls(shown) = self { Some(shown) } else { None }
    }
}

/// What an AWS signature, version 4, is made with.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SigV4 {
    /// The access key's id.
    pub access_key_id: Template,
    /// The access key.
    pub secret_access_key: Template,
    /// The token of temporary credentials.
    pub session_token: Option<Template>,
    /// The region, such as `us-east-1`.
    pub region: Template,
    /// The service, such as `iam`.
    pub service: Template,
}

/// A certificate and its key. Each use shows it on a new connection, in a full handshake: no TLS session is resumed.
///
/// Where the server refuses it by an alert, the answer has no status and is matched by `json: {/alert:
/// certificate_revoked}`; other failures of TLS prove nothing. Neither does any answer of a server that did not ask
/// for a certificate. What was never issued is a certificate that doornail makes up, of an authority of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificate {
    /// The certificate in PEM, those of its issuers after it where the server does not know them.
    pub certificate: Template,
    /// Its private key in PEM.
    pub key: Template,
    /// What stays of the connection, to be used again as a live session of a kind that is `kept`.
    pub keeps: Option<Keeps>,
}

/// The alerts by which a server refuses a client certificate (RFC 8446 section 6.2).
pub const CERTIFICATE_ALERTS: [(u8, &str); 8] = [
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (116, "certificate_required"),
];

/// What outlives a connection on which a client certificate was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keeps {
    /// The TLS session: it is resumed on a new connection each time, and no certificate is shown there. Where the
    /// server makes no more of it than of a stranger, the answer has no status and is matched by `json: {/resumed:
    /// false}`. A server that gives no session leaves none to be tested.
    Session,
    /// The connection itself. Where it has been closed, the answer has no status and is matched by `json: {/closed:
    /// true}`.
    Connection,
}

/// A signature of the body: HMAC-SHA256 with a shared secret, in a vendor's header.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Whose header and form.
    pub style: SignatureStyle,
    /// The shared secret.
    pub secret: Template,
}

/// Whose way of signing a webhook's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureStyle {
    /// `Stripe-Signature: t=…,v1=hex` over `t.body`.
    Stripe,
    /// `X-Hub-Signature-256: sha256=hex` over the body.
    Github,
    /// `X-Shopify-Hmac-SHA256: base64` over the body.
    Shopify,
    /// `X-Slack-Signature: v0=hex` over `v0:t:body`, the time in `X-Slack-Request-Timestamp`.
    Slack,
}

/// A JWT that a request is signed with (RFC 7515, RFC 7519). `iat`, `exp` and `jti` are added.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedJwt {
    /// How it is signed.
    pub alg: Algorithm,
    /// The key: a private key in PEM, or the shared secret of HS256.
    pub key: Template,
    /// The key's id, for the header.
    pub kid: Option<Template>,
    /// The claims.
    pub claims: BTreeMap<String, Json>,
    /// From `iat` to `exp`.
    pub lifetime: Span,
}

/// A second factor that changes with time (RFC 6238).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Totp {
    /// The seed, in Base32 as authenticator apps take it.
    pub seed: Template,
    /// How many digits.
    #[serde(default = "Totp::usual_digits")]
    pub digits: u8,
    /// How long each code holds.
    #[serde(default = "Totp::usual_step")]
    pub every: Span,
    /// With which hash it is made.
    #[serde(default)]
    pub algorithm: TotpAlgorithm,
}

impl Totp {
    fn usual_digits() -> u8 {
        6
    }

    fn usual_step() -> Span {
        Span(std::time::Duration::from_secs(30))
    }
}

/// A hash of RFC 6238.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TotpAlgorithm {
    /// SHA-1, which nearly everybody uses.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// A JWS algorithm (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA with P-256 and SHA-256.
    Es256,
}

/// A JSON body whose texts may hold placeholders.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Json {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    #[schemars(schema_with = "Template::as_text")]
    Text(Template),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

/// What to keep of an answer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// A part of a page.
    Html(HtmlPart),
}

/// A part of a page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum HtmlPart {
    /// The value of an input: the first of these names that the page has.
    Input(Vec<String>),
    /// The content of a `meta` element, likewise.
    Meta(Vec<String>),
    /// The text of the one element with this id.
    Id(String),
}

/// Asking again until something is so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
