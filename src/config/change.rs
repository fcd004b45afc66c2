//! The approval that an environment asks for, and budgets of its own.

use std::borrow::Cow;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::approval::{PublicKey, Window};
use crate::error::{FileError, Problems};
use crate::inventory::secret_ref::SecretRef;
use crate::platform::schema::Budget;

/// The change under which a run may write here.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeForm {
    /// Its ticket.
    pub ticket: String,
    /// When steps may begin. Clean-up may at any time.
    pub window: WindowForm,
    /// The public key of whoever has to approve the plan.
    pub approver: KeyForm,
    /// The public key of whoever carries it out, who must be somebody else.
    pub operator: KeyForm,
}

/// From when until when.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowForm {
    /// From when, such as 2026-12-31T17:00:00+01:00.
    pub from: When,
    /// Until when.
    pub to: When,
}

impl WindowForm {
    /// As a window.
    pub fn window(self) -> Window {
        Window { from: self.from.0, to: self.to.0 }
    }
}

/// An instant, with its offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct When(pub jiff::Timestamp);

impl TryFrom<String> for When {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("{text:?} is no time, expected one such as 2026-12-31T17:00:00+01:00");
        text.parse().map(Self).map_err(|_| bad())
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        "When".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An instant, with its offset from UTC.",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$",
            "examples": ["2026-12-31T17:00:00+01:00"],
        })
    }
}

/// A public key, or where one is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum KeyForm {
    /// The key.
    Key(PublicKey),
    /// Where it is.
    Reference(SecretRef),
}

impl TryFrom<String> for KeyForm {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if ["env:", "file:", "cmd:"].iter().any(|scheme| text.starts_with(scheme)) {
            return text.parse().map(Self::Reference).map_err(|_| "the reference is empty".into());
        }
        text.parse()
            .map(Self::Key)
            .map_err(|error: crate::approval::ApprovalError| error.to_string())
    }
}

impl JsonSchema for KeyForm {
    fn schema_name() -> Cow<'static, str> {
        "KeyForm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An Ed25519 public key: base64 of its 32 bytes, an ssh-ed25519 line, or a reference to a \
                file, a variable or a program's output with one.",
            "pattern": r"^((env|file|cmd):\s*\S|(ssh-ed25519 )?[A-Za-z0-9+/]{43,}=*)",
            "examples": ["file:approver.pub", "ssh-ed25519 AAAA..."],
        })
    }
}

/// A recipient of age.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Recipient(pub String);

impl TryFrom<String> for Recipient {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // What was found is not repeated: it may be the identity.
        let bad =
            |_| "this is no recipient of age, expected age1 and 58 letters and digits".to_owned();
        text.parse::<age::x25519::Recipient>().map(|_| Self(text)).map_err(bad)
    }
}

impl JsonSchema for Recipient {
    fn schema_name() -> Cow<'static, str> {
        "Recipient".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A recipient of age, as `age-keygen` prints it: `age1...`.",
            "pattern": "^age1[0-9a-z]{58}$",
        })
    }
}

/// So many requests in so much time, in place of what the description says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetForm {
    /// All requests together.
    pub at_most: Budget,
    /// Why it may be more than the description calls polite; without it, it may only be less.
    pub looser_because: Option<String>,
}

impl BudgetForm {
    /// Whether it lets more through than the other.
    pub fn is_looser_than(&self, polite: Budget) -> bool {
        let rate = |budget: Budget| f64::from(budget.requests) / budget.per.as_secs_f64().max(1e-9);
        // The whole budget may be spent at once.
        rate(self.at_most) > rate(polite) || self.at_most.requests > polite.requests
    }
}

impl ChangeForm {
    pub(super) fn check(&self, place: &str, file: &Path, problems: &mut Problems) {
        let mut wrong = |what: String, hint: &str| {
            problems.push(FileError::new(file, format!("{place}.change.{what}")).hint(hint));
        };
        let window = self.window.window();
        if window.from >= window.to {
            wrong(
                format!("window: it ends before it begins: {window}"),
                "write `from` before `to`",
            );
        }
        if self.ticket.trim().is_empty() {
            wrong("ticket: it is empty".to_owned(), "name the ticket of the change");
        }
        if self.approver == self.operator {
            wrong(
                "approver: it is the operator's own key".to_owned(),
                "somebody else has to approve what the operator carries out",
            );
        }
    }
}
