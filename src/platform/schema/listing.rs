//! How credentials are listed and minted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::kind::OwnedBy;
use super::request::Request;
use super::rule::{Never, Rule};
use crate::platform::matcher::Matcher;
use crate::platform::template::Template;

/// How credentials of a kind are listed, or why they are not: `cannot` alone, or all the rest.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Why the platform cannot list them.
    pub cannot: Option<String>,
    /// The first page, asked for by the `observe` identity.
    pub request: Option<Request>,
    /// Asked once per principal of the supplier instead of once.
    #[serde(default)]
    pub per_principal: bool,
    /// Asked once per grant of the supplier instead of once.
    #[serde(default)]
    pub per_grant: bool,
    /// Pointer to the list of items; empty for the whole body.
    #[serde(default)]
    pub items: String,
    /// Pointer to an item's id.
    #[serde(default)]
    pub id: String,
    /// Pointers to what names its owner: a principal's id or login, or a client id. Where the request asks
    /// for one principal or grant anyway and no pointer is given, every item is the supplier's.
    #[serde(default)]
    pub owner: Vec<String>,
    /// Only items that match are live.
    #[serde(default)]
    pub live: BTreeMap<String, Matcher>,
    /// Answers that mean there is nothing to list, such as a code for "no such user".
    #[serde(default)]
    pub none: Vec<Rule<Never>>,
    /// How to get the next page.
    pub next: Option<Next>,
}

/// How a listing goes on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// The number of the page, which grows by one until a page is empty.
    Page {
        /// The query parameter.
        query: String,
        /// The first page's number.
        from: u32,
    },
    /// The number of the first item, which grows by the items seen until a page is empty.
    Offset {
        /// The query parameter.
        query: String,
        /// The first item's number.
        from: u32,
    },
}

/// How a canary is made, found again and removed, or why it cannot be made: `cannot` alone, or all the rest.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Minting {
    /// Why none can be made.
    pub cannot: Option<String>,
    /// Its name at the platform; by default the mark alone, `{{ canary.mark }}`. A principal's is its login,
    /// a grant's its client id.
    pub name: Option<Template>,
    /// The canaries it is made for, of which placeholders are filled: those it is `owned_by` if not given. A
    /// kind of a client whose secrets come with the client's own making needs no flow.
    pub of: Option<Vec<OwnedBy>>,
    /// The requests, sent by the `mint` identity. `{{ canary.name }}` is the name it is to be given,
    /// `{{ principal.login }}`, `{{ grant.remote_id }}` and so on are those of canaries made before it.
    #[serde(default)]
    pub flow: Vec<Request>,
    /// Its secret fields, each from a capture.
    #[serde(default)]
    pub secret: BTreeMap<String, String>,
    /// Secret fields that doornail makes up, filled as `{{ new.NAME }}`.
    #[serde(default)]
    pub fresh: Vec<String>,
    /// What else is known of it, each from a capture, such as a public field of its kind.
    #[serde(default)]
    pub sets: BTreeMap<String, String>,
    /// The capture that is its id at the platform.
    pub remote_id: Option<String>,
    /// Paid seats it takes.
    #[serde(default)]
    pub seats: u32,
    /// How it is found again; a kind's `list` where this is not given. Placeholders of what it was made for
    /// are filled, and `{{ canary.name }}`.
    pub find: Option<Listing>,
    /// Pointer to an item's name: only what has the canary's is it. Without one everything found is, which
    /// is for what is listed of one canary alone, such as the keys of a user that was made for the drill.
    pub named: Option<String>,
    /// The requests that remove it, `{{ canary.id }}` being the id that it was found with. Without them no
    /// canary is made.
    #[serde(default)]
    pub remove: Vec<Request>,
}

/// How what credentials belong to is made for a drill.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Owners {
    /// A user, a service account.
    pub principal: Option<Minting>,
    /// An app, a client.
    pub grant: Option<Minting>,
}

/// The platform's audit log, read when something died before its time: `cannot` alone, or all the rest.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Why it cannot be read.
    pub cannot: Option<String>,
    /// The first page, asked for by the `observe` identity. Placeholders of the credential and its
    /// principal and grant are filled.
    pub request: Option<Request>,
    /// Pointer to the list of entries; empty for the whole body.
    #[serde(default)]
    pub items: String,
    /// Pointer to an entry's time: RFC 3339, or seconds or milliseconds since 1970.
    #[serde(default)]
    pub at: String,
    /// Pointer to who did it.
    #[serde(default)]
    pub actor: String,
    /// Pointer to what was done.
    #[serde(default)]
    pub what: String,
    /// Pointers to what it was done to: ids and logins of the credential, its principal and grant.
    #[serde(default)]
    pub about: Vec<String>,
    /// How to get the next page.
    pub next: Option<Next>,
    /// Where it is documented.
    pub source: Option<String>,
}

/// How a platform says whose tenant it is, read back before any credential of a supplier is used there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantRead {
    /// The requests, sent by the `observe` identity; one of them captures `tenant`.
    pub flow: Vec<Request>,
    /// Where it is documented.
    pub source: String,
}
