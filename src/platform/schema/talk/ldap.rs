//! Signing in to a directory.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::platform::template::Template;
use crate::span::Span;

/// Signs in to a directory by a simple bind, asks it who that is (RFC 4532), and searches.
///
/// It is answered by `/code` (the result of the bind, as a number), `/text`, `/sub` (the code after `data` in the text
/// of an Active Directory) and `/policy` (the error of a password policy, as a number). Who is let in is `/user`, the
/// directory's own word without its `dn:` or `u:`; where it names nobody there is `/anonymous`. `/search` is the
/// result of the search, with `/entries`, their number, `/matched`, the part of its base that there is, and
/// `/entry/NAME`, the attributes of the first. A session that the directory ends is answered by `/notice`, its code,
/// and one that is gone by `/closed`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ldap {
    /// The server (default `{{ base_url }}`): `ldaps://`, or `ldap://`, which is encrypted before anything is said;
    /// only on this machine can it stay plain, where the server offers nothing else.
    pub at: Option<Template>,
    /// Who signs in: a distinguished name, or what else the directory takes for one.
    pub dn: Template,
    /// The password. An empty one is never sent: many directories let it in as nobody (RFC 4513 section 5.1.2).
    pub password: Template,
    /// What is searched; one's own entry without it.
    #[serde(default)]
    pub search: Search,
    /// The longest it may take (default 20 s).
    pub timeout: Option<Span>,
    /// The connection stays open: its session is a credential of its own, and asks the same again.
    #[serde(default)]
    pub stays: bool,
}

/// A search that changes nothing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Where it begins; at who signs in without it.
    pub base: Option<Template>,
    /// How far it goes.
    #[serde(default)]
    pub scope: Reaches,
    /// What is looked for (default `(objectClass=*)`), as RFC 4515 has it.
    pub filter: Option<Template>,
    /// The attributes that are asked for; none without them.
    #[serde(default)]
    pub attributes: Vec<String>,
}

/// How far a search goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reaches {
    /// The one entry.
    #[default]
    Base,
    /// Those right below it.
    One,
    /// It and all below it.
    Sub,
}

impl Ldap {
    /// What everybody may see of it: on the wire, in the server's log, in the journal.
    pub(crate) fn public(&self) -> impl Iterator<Item = &Template> {
        let search = &self.search;
        [self.at.as_ref(), search.base.as_ref(), search.filter.as_ref()].into_iter().flatten()
    }
}
