//! What one probe says about one credential: [`Verdict`], always with a reason.
//!
//! Nothing here is ever dead by default: a [`Death`] can only be built from a rule of a platform
//! description that matched.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The rule of a platform description that decided, such as `zendesk/api_token/rest dead[0]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleName(String);

impl RuleName {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The rule's place in its description.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one use of a credential showed.
///
/// There is no default and no conversion from a boolean: whoever wants a decision matches on it.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The platform let the credential in.
    Alive(Life),
    /// The platform refused the credential, in words its description knows.
    Dead(Death),
    /// The answer says nothing about the credential.
    Inconclusive(Doubt),
}

/// Proof of life: the platform accepted the credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Why it counts as alive.
    pub reason: AliveReason,
    /// The rule that matched.
    pub rule: RuleName,
}

/// Proof of refusal. Only a named rule can build one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Death {
    reason: DeadReason,
    rule: RuleName,
}

impl Death {
    pub(crate) fn by_rule(reason: DeadReason, rule: RuleName) -> Self {
        Self { reason, rule }
    }

    /// Why the platform refused.
    pub fn reason(&self) -> DeadReason {
        self.reason
    }

    /// The rule that matched.
    pub fn rule(&self) -> &RuleName {
        &self.rule
    }

    /// The same refusal, known to be old age because the credential's own expiry has passed.
    pub(crate) fn of_old_age(self) -> Self {
        Self { reason: DeadReason::Expired, rule: self.rule }
    }
}

/// An answer that proves neither life nor death.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Why nothing can be said.
    pub reason: DoubtReason,
    /// What was seen, scrubbed, for the reader.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Why a credential counts as alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AliveReason {
    /// The expected principal was named in the answer.
    Identified,
    /// The credential authenticates, but a scope, role or second factor is missing.
    NotPermitted,
    /// The identity answers, and every declared reach into the platform is refused.
    Contained,
}

/// Why a platform refused a credential.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DeadReason {
    /// Revoked, deleted, replaced or unknown: the platform does not tell these apart.
    Refused,
    /// The platform's own code for revocation.
    Revoked,
    /// Its time was up. Proves nothing about revocation.
    Expired,
    /// Its principal is disabled: a mask that re-activation may lift.
    PrincipalDisabled,
}

/// Why an answer proves nothing.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DoubtReason {
    /// 429: the platform declined to look at the credential.
    RateLimited,
    /// 408 or 425.
    TryAgain,
    /// 5xx without a rule that names its code.
    ServerError,
    /// No answer within the deadline.
    Timeout,
    /// The host name did not resolve.
    Dns,
    /// No connection, or it broke.
    Connection,
    /// The TLS handshake failed.
    Tls,
    /// A 3xx answer; redirects are never followed.
    Redirect,
    /// A cache answered in the platform's stead.
    Cached,
    /// HTML where data was due: a login page, a WAF, a captcha.
    Html,
    /// The body was larger than the bound.
    TooLarge,
    /// The body could not be read or parsed.
    Unparsable,
    /// Rules of two classes matched the same answer.
    Ambiguous,
    /// No rule matched.
    Unrecognised,
    /// The answer names another principal than the credential's.
    IdentityDrift,
    /// The answer is the platform's anonymous view.
    Anonymous,
    /// The account is locked out, perhaps by probing.
    LockedOut,
    /// A network or sign-on policy refused the request, not the credential.
    Policy,
    /// The client beside the credential was refused, so the credential was not looked at.
    ClientRefused,
    /// The platform says it cannot answer now.
    Unavailable,
    /// An earlier request of the flow failed, so the last one was never sent.
    FlowBroken,
    /// The host is not on the allow-list; nothing was sent.
    HostNotAllowed,
    /// The bystander failed too: whatever refuses, refuses everybody.
    PlatformWide,
    /// It was refused where it was never let in: the place may be what is refused.
    OtherVantage,
}

/// What else than its use can show that a credential has ended, the weakest first.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// A person tried it, and chose among words that were given.
    Attestation,
    /// The supplier used it, and signed what came of it.
    Witness,
    /// The platform's list of such credentials.
    Listing,
    /// The platform or authorization server was asked about it.
    Introspection,
}

impl Verdict {
    /// Builds doubt with a reason and what was seen.
    pub fn doubt(reason: DoubtReason, detail: impl Into<String>) -> Self {
        Self::Inconclusive(Doubt { reason, detail: detail.into() })
    }

    pub(crate) fn alive(reason: AliveReason, rule: RuleName) -> Self {
        Self::Alive(Life { reason, rule })
    }

    /// One word for tables: `alive`, `dead` or `inconclusive`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Alive(_) => "alive",
            Self::Dead(_) => "dead",
            Self::Inconclusive(_) => "inconclusive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alive(life) => write!(f, "alive ({})", life.reason),
            Self::Dead(death) => write!(f, "dead ({})", death.reason),
            Self::Inconclusive(doubt) if doubt.detail.is_empty() => {
                write!(f, "inconclusive ({})", doubt.reason)
            }
            Self::Inconclusive(doubt) => {
                write!(f, "inconclusive ({}: {})", doubt.reason, doubt.detail)
            }
        }
    }
}

macro_rules! words {
    ($($name:ty { $($variant:ident => $word:literal),* $(,)? })*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word),* })
            }
        }
    )*};
}

words! {
    Means {
        Attestation => "attestation",
        Witness => "witness",
        Listing => "listing",
        Introspection => "introspection",
    }
    AliveReason {
        Identified => "identified",
        NotPermitted => "not permitted",
        Contained => "contained",
    }
    DeadReason {
        Refused => "refused",
        Revoked => "revoked",
        Expired => "expired",
        PrincipalDisabled => "principal disabled, reversible",
    }
    DoubtReason {
        RateLimited => "rate limited",
        TryAgain => "told to try again",
        ServerError => "server error",
        Timeout => "timed out",
        Dns => "host not found",
        Connection => "connection failed",
        Tls => "TLS failed",
        Redirect => "redirected",
        Cached => "answered by a cache",
        Html => "HTML where data was due",
        TooLarge => "answer too large",
        Unparsable => "answer unreadable",
        Ambiguous => "rules of two classes match",
        Unrecognised => "no rule matches",
        IdentityDrift => "another principal answered",
        Anonymous => "anonymous view",
        LockedOut => "locked out",
        Policy => "policy refused the request",
        ClientRefused => "the client was refused",
        Unavailable => "platform unavailable",
        FlowBroken => "flow broke off",
        HostNotAllowed => "host not allowed",
        PlatformWide => "everybody is refused",
        OtherVantage => "refused where it was never let in",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_says_what_it_is_and_why() {
        let rule = || RuleName::new("x/token/rest dead 1");
        let dead = Death::by_rule(DeadReason::Revoked, rule());
        assert_eq!(dead.rule().to_string(), "x/token/rest dead 1");
        assert_eq!(dead.rule().as_str(), "x/token/rest dead 1");
        assert_eq!(dead.clone().of_old_age().reason(), DeadReason::Expired);
        for (verdict, word, text) in [
            (Verdict::alive(AliveReason::Identified, rule()), "alive", "alive (identified)"),
            (Verdict::Dead(dead), "dead", "dead (revoked)"),
            (
                Verdict::doubt(DoubtReason::Html, ""),
                "inconclusive",
                "inconclusive (HTML where data was due)",
            ),
            (
                Verdict::doubt(DoubtReason::Tls, "bad"),
                "inconclusive",
                "inconclusive (TLS failed: bad)",
            ),
        ] {
            assert_eq!(verdict.word(), word);
            assert_eq!(verdict.to_string(), text);
        }
    }
}
