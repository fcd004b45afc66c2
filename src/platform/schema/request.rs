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
    /// The flow goes on to its next request only if this matches (default: status 200 to 204).
    pub proceed: Option<Rule<Never>>,
    /// What to keep of the answer.
    #[serde(default)]
    pub capture: BTreeMap<String, Capture>,
    /// Ask again until the answer matches.
    pub poll: Option<Poll>,
}

impl Request {
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
    /// Nothing: the address or the body is the credential.
    None,
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
