//! Rules that answers are matched against, and samples that try them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::platform::matcher::Matcher;
use crate::platform::template::Template;

/// A reason that cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Never {}

impl JsonSchema for Never {
    fn schema_name() -> Cow<'static, str> {
        "Never".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        false.into()
    }
}

/// What an answer must look like. Everything named must match.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "R: DeserializeOwned")]
#[schemars(bound = "R: JsonSchema")]
pub struct Rule<R> {
    /// Status, one or several; none where no HTTP is spoken.
    pub status: Option<OneOrMany<u16>>,
    /// For a redirect: the address it leads to, but for its query; a path is below `base_url`. What somebody in
    /// between redirects elsewhere means nothing.
    pub to: Option<Template>,
    /// Headers, by lower-case name.
    #[serde(default)]
    pub header: BTreeMap<String, Matcher>,
    /// Values of a JSON body, by JSON pointer (RFC 6901).
    #[serde(default)]
    pub json: BTreeMap<String, Matcher>,
    /// Values of an XML body, by pointer: `/Element/Child`, attributes as `@name`.
    #[serde(default)]
    pub xml: BTreeMap<String, Matcher>,
    /// What a page shows, by pointer: `/title`, `/text` (all that is shown), `/ids/ID` (the text of the one element
    /// with that id), `/inputs/NAME` (a value), `/passwords` and `/forms` (how many). Only where `web_form` is set.
    #[serde(default)]
    pub html: BTreeMap<String, Matcher>,
    /// The whole body as text, for the few answers that are plain text, whatever they are labelled; never a page.
    pub text: Option<Matcher>,
    /// Why, where the class leaves a choice.
    pub reason: Option<R>,
    /// The request of the flow whose answer is judged, counted from 1: by default the last for
    /// `alive`, the first for the other classes.
    pub at: Option<usize>,
    /// Where the answer is documented.
    pub source: Option<String>,
}

impl<R> Rule<R> {
    /// The statuses it takes; none where no HTTP is spoken.
    pub fn statuses(&self) -> &[u16] {
        self.status.as_ref().map_or(&[], OneOrMany::as_slice)
    }

    /// What it demands of the body.
    pub(crate) fn of_body(&self) -> impl Iterator<Item = &Matcher> {
        let trees = self.json.values().chain(self.xml.values());
        trees.chain(self.html.values()).chain(&self.text)
    }
}

/// One value, or a list of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
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
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The request of the flow that it answers, counted from 1; the last by default.
    pub at: Option<usize>,
    /// Status; none where no HTTP is spoken.
    pub status: Option<u16>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
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
