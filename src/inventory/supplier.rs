//! A supplier file: who the third party is, and everything it holds.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::otherwise::{AskForm, WitnessForm};
use super::secret_ref::SecretRef;
use crate::id::{ChannelId, CredentialId, GrantId, KindId, PlatformId, PrincipalId, SupplierId};
use crate::span::Span;
use crate::verdict::Means;

/// A supplier and everything it holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supplier {
    /// Its id.
    pub supplier: SupplierId,
    /// Its name.
    pub name: String,
    /// The contract that ends.
    pub contract: Option<Contract>,
    /// Who answers for it; every credential inherits them.
    pub owners: BTreeMap<String, String>,
    /// How soon access must have ended.
    #[serde(default)]
    pub targets: Targets,
    /// Its identities.
    #[serde(default)]
    #[schemars(with = "Vec<Principal>")]
    pub principals: Vec<Spanned<Principal>>,
    /// Its standing authorizations.
    #[serde(default)]
    #[schemars(with = "Vec<Grant>")]
    pub grants: Vec<Spanned<Grant>>,
    /// What authenticates it.
    #[serde(default)]
    #[schemars(with = "Vec<Credential>")]
    pub credentials: Vec<Spanned<Credential>>,
    /// Who signs what the supplier saw of its own credentials.
    pub witness: Option<WitnessForm>,
    /// Mailboxes that it reads beside those of its own logins' domains: addresses and domains.
    #[serde(default)]
    pub mailboxes: Vec<String>,
    /// Who must not be harmed.
    #[serde(default)]
    #[schemars(with = "Vec<BystanderRef>")]
    pub bystanders: Vec<Spanned<BystanderRef>>,
    /// What may go on working for a while.
    #[serde(default)]
    #[schemars(with = "Vec<AcceptedRisk>")]
    pub accepted: Vec<Spanned<AcceptedRisk>>,
    /// What it is known to have none of: `tokens`, `keys`, `grants`, `logins`, `sessions`.
    #[serde(default)]
    pub none: Vec<String>,
}

/// The contract that ends.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its reference in the contract register.
    pub reference: String,
    /// Its last day.
    #[schemars(with = "Option<Day>")]
    pub ends: Option<Date>,
}

/// How soon access must have ended.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// At a planned end.
    pub planned: Option<Span>,
    /// At an adverse one.
    pub adverse: Option<Span>,
    /// For single kinds, as `platform.kind`, whichever end it is.
    #[serde(default)]
    pub per_kind: BTreeMap<String, Span>,
}

/// An identity of the supplier at one platform.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// Its id in this file.
    pub id: PrincipalId,
    /// At which platform.
    pub platform: PlatformId,
    /// Its login name there.
    pub login: String,
    /// Its id there.
    pub remote_id: Option<String>,
    /// The person behind it, the same at every platform.
    pub person: Option<String>,
}

/// A standing authorization.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its id in this file.
    pub id: GrantId,
    /// At which platform.
    pub platform: PlatformId,
    /// Whose; none if it is the organisation's own.
    pub principal: Option<PrincipalId>,
    /// The OAuth client or app.
    pub client_id: String,
    /// Its id at the platform, where that is another than the client id.
    pub remote_id: Option<String>,
}

/// Who may end a credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// We may: only its death satisfies "stops working".
    #[default]
    Ours,
    /// Only the supplier may: that it reaches nothing of ours must do.
    Supplier,
}

/// Who holds the secret, which decides what proof is possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HeldBy {
    /// We do.
    #[default]
    Us,
    /// Only the supplier does.
    Supplier,
    /// Nobody knows it any more.
    Nobody,
}

/// Something that authenticates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Its id in this file.
    pub id: CredentialId,
    /// At which platform.
    pub platform: PlatformId,
    /// Of which described kind.
    pub kind: KindId,
    /// Whose.
    pub principal: Option<PrincipalId>,
    /// By which standing authorization.
    pub grant: Option<GrantId>,
    /// Who may end it.
    #[serde(default)]
    pub authority: Authority,
    /// Who holds its secret.
    #[serde(default)]
    pub held_by: HeldBy,
    /// What is accepted as proof of its end where doornail cannot use it: `listing`, `introspection`, `witness`,
    /// `attestation`. Without any of these its end cannot be proven.
    #[serde(default)]
    pub accept_proof: Vec<Means>,
    /// What a person is asked to try, where only a person can.
    pub ask: Option<AskForm>,
    /// Its secret fields.
    #[serde(default)]
    pub secret: BTreeMap<String, SecretRef>,
    /// Where its new value is once it was rotated: the secret fields that change.
    #[serde(default)]
    pub renewed: BTreeMap<String, SecretRef>,
    /// Its public fields.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// Its id at the platform.
    pub remote_id: Option<String>,
    /// The channels it is used on; all of its kind's unless named here.
    pub channels: Option<Vec<ChannelId>>,
    /// Leave to use a secret that the drill did not mint.
    pub authorization: Option<Authorization>,
    /// What it opens.
    pub reach: Option<Reach>,
    /// How long it may live at most.
    pub max_lifetime: Option<Span>,
    /// When somebody last looked at it.
    #[schemars(with = "Option<Day>")]
    pub reviewed: Option<Date>,
}

/// Leave to use a secret that the drill did not mint.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Authorization {
    /// The agreement or ticket.
    pub reference: String,
    /// Its date.
    #[schemars(with = "Day")]
    pub date: Date,
}

/// What a credential opens, for the report.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Kinds of data.
    #[serde(default)]
    pub data: Vec<String>,
    /// What it can do.
    #[serde(default)]
    pub can: Vec<String>,
}

/// A credential of another supplier that must go on working.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BystanderRef {
    /// Whose.
    pub supplier: SupplierId,
    /// Which.
    pub credential: CredentialId,
}

/// A risk that somebody took on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedRisk {
    /// On which credential.
    pub credential: CredentialId,
    /// Until when, inclusive.
    #[schemars(with = "Day")]
    pub until: Date,
    /// Why.
    pub reason: String,
    /// By whom.
    pub approver: String,
}

/// How a date is written, for schemas.
enum Day {}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

impl Supplier {
    /// What of it is at one platform.
    #[must_use]
    pub fn only_at(mut self, platform: &PlatformId) -> Self {
        self.principals.retain(|item| item.value.platform == *platform);
        self.grants.retain(|item| item.value.platform == *platform);
        self.credentials.retain(|item| item.value.platform == *platform);
        self
    }

    /// The platforms where it has anything.
    pub fn platforms(&self) -> BTreeSet<PlatformId> {
        let principals = self.principals.iter().map(|item| &item.value.platform);
        let grants = self.grants.iter().map(|item| &item.value.platform);
        let credentials = self.credentials.iter().map(|item| &item.value.platform);
        principals.chain(grants).chain(credentials).cloned().collect()
    }

    /// A principal by id.
    pub fn principal(&self, id: &PrincipalId) -> Option<&Principal> {
        self.principals.iter().map(|item| &item.value).find(|principal| principal.id == *id)
    }

    /// A grant by id.
    pub fn grant(&self, id: &GrantId) -> Option<&Grant> {
        self.grants.iter().map(|item| &item.value).find(|grant| grant.id == *id)
    }

    /// A credential by id.
    pub fn credential(&self, id: &CredentialId) -> Option<&Credential> {
        self.credentials.iter().map(|item| &item.value).find(|credential| credential.id == *id)
    }
}
