//! Revocations and restorations, and what each kills and spares.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::guard::{Attempt, Effect};
use super::request::Request;
use crate::id::KindId;
use crate::platform::template::Template;
use crate::span::Span;

/// What an action can touch at the widest.
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
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// What a person does it to, where that is not the id of its scope's object.
    pub object: Option<Template>,
    /// The secret field it gives a new value, filled as `{{ new.NAME }}`.
    pub resets: Option<String>,
    /// The kinds that it gives a new value made by the platform: each secret field from a capture of its flow.
    #[serde(default)]
    pub renews: BTreeMap<KindId, BTreeMap<String, String>>,
    /// It brings back what was disabled.
    #[serde(default)]
    pub restores: bool,
    /// It needs a step-up; an attempt without one must be refused.
    #[serde(default)]
    pub without_step_up: bool,
    /// Its owner does it, who gives the old value.
    #[serde(default)]
    pub by_owner: bool,
    /// What it changes, where that needs a step-up and is attempted without one.
    pub attempts: Option<Attempt>,
    /// How it is told whether the attempt was done.
    pub effect: Option<Effect>,
    /// What it ends.
    #[serde(default)]
    pub kills: BTreeMap<KindId, Kill>,
    /// What survives it.
    #[serde(default)]
    pub spares: BTreeMap<KindId, Spare>,
    /// Where it is documented.
    pub source: Option<String>,
}

impl Action {
    /// Whether what it does cannot be had back: its name or its requests say so. What is called otherwise and yet
    /// deletes is for the procedure to say.
    pub fn deletes(&self, name: &str) -> bool {
        ["delete_", "remove_", "purge_"].iter().any(|word| name.starts_with(word))
            || self.flow.iter().any(Request::deletes)
    }
}

/// What an action ends.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spare {
    /// Why.
    pub why: String,
    /// What does end it.
    pub remedy: String,
    /// Where that is documented.
    pub source: String,
}
