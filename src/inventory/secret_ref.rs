//! Where a secret is to be found. The secret itself is never in a file doornail reads as text.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// A reference to a secret: `env:NAME`, `file:PATH`, `cmd:PROGRAM ARGS`, `prompt:LABEL` or `mint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// The whole content of a file, without the line break at its end.
    File(PathBuf),
    /// The output of a program, started without a shell.
    Command(Vec<String>),
    /// Typed in by the operator.
    Prompt(String),
    /// Minted by the drill: a canary.
    Mint,
}

/// A text that is no secret reference.
#[derive(Debug, thiserror::Error)]
#[error(
    "expected a secret reference (env:NAME, file:PATH, cmd:PROGRAM ARGS, prompt:LABEL or mint), \
     found something else; a secret itself must not stand in this file"
)]
pub struct BadSecretRef;

impl std::str::FromStr for SecretRef {
    type Err = BadSecretRef;

    fn from_str(text: &str) -> Result<Self, BadSecretRef> {
        if text == "mint" {
            return Ok(Self::Mint);
        }
        // What was found is not repeated: it may be the secret itself.
        let (scheme, rest) = text.split_once(':').ok_or(BadSecretRef)?;
        if rest.trim().is_empty() {
            return Err(BadSecretRef);
        }
        match scheme {
            "env" => Ok(Self::Env(rest.to_owned())),
            "file" => Ok(Self::File(rest.into())),
            "cmd" => Ok(Self::Command(rest.split_whitespace().map(str::to_owned).collect())),
            "prompt" => Ok(Self::Prompt(rest.to_owned())),
            _ => Err(BadSecretRef),
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Command(words) => write!(f, "cmd:{}", words.first().map_or("", String::as_str)),
            Self::Prompt(label) => write!(f, "prompt:{label}"),
            Self::Mint => f.write_str("mint"),
        }
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for SecretRef {
    fn schema_name() -> Cow<'static, str> {
        "SecretRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Where a secret is to be found: `env:NAME`, `file:PATH`, `cmd:PROGRAM ARGS`, \
                `prompt:LABEL`, or `mint`. The secret itself must not stand here.",
            "type": "string",
            "pattern": r"^(mint$|(env|file|cmd|prompt):\s*\S)",
            "examples": ["env:NAME", "file:PATH", "cmd:PROGRAM ARGS", "prompt:LABEL", "mint"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_written_by_mistake_is_refused_and_not_repeated() {
        let error = "xoxb-123-very-secret".parse::<SecretRef>().unwrap_err().to_string();
        assert!(!error.contains("xoxb"), "{error}");
        let error = "hunter2:abc".parse::<SecretRef>().unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn reads_every_scheme() {
        assert_eq!("env:A".parse::<SecretRef>().unwrap(), SecretRef::Env("A".into()));
        assert_eq!("mint".parse::<SecretRef>().unwrap(), SecretRef::Mint);
        assert_eq!(
            "cmd:op read op://x/y".parse::<SecretRef>().unwrap(),
            SecretRef::Command(vec!["op".into(), "read".into(), "op://x/y".into()])
        );
        assert!("env:".parse::<SecretRef>().is_err());
    }
}
