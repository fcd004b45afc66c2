//! What guards the ways back in: attempts that must be refused, and where a reset mail goes.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::request::Request;
use super::rule::{Never, Rule};

/// A change that needs a step-up, and is tried without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attempt {
    /// Of the address that reset mails go to.
    Mailbox,
    /// Of its own permissions.
    Permissions,
    /// The removal of the second factor.
    SecondFactor,
}

/// How it is told whether an attempt was done. Its own answer is no evidence that it was not.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The answer to the attempt, where the platform asks for a step-up: another refusal, such as that of a wrong
    /// path, shows nothing.
    #[schemars(with = "Vec<Rule<Never>>")]
    pub refused: Vec<Spanned<Rule<Never>>>,
    /// The read-back, sent by the `observe` identity.
    pub request: Request,
    /// It was done.
    #[schemars(with = "Vec<Rule<Never>>")]
    pub done: Vec<Spanned<Rule<Never>>>,
    /// It was not.
    #[schemars(with = "Vec<Rule<Never>>")]
    pub not_done: Vec<Spanned<Rule<Never>>>,
}

/// Where the mail goes by which a principal gets a new password.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetMail {
    /// The read-back, sent by the `observe` identity.
    pub request: Request,
    /// The answer is about the principal.
    #[schemars(with = "Vec<Rule<Never>>")]
    pub about: Vec<Spanned<Rule<Never>>>,
    /// The addresses it goes to, by JSON pointer (RFC 6901).
    pub to: Vec<String>,
    /// Where that is documented.
    pub source: String,
}
