//! Placeholders in platform descriptions: `{{ name }}`, and nothing more. No expressions.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// A text with `{{ name }}` placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(String),
}

/// What can be read, as a pattern for schemas.
const WELL_FORMED: &str = r"^([^{]|\{[^{]|\{\{\s*[a-z0-9_.]+\s*\}\})*\{?$";

/// A template that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// `{{` without `}}`.
    #[error("a placeholder is opened with {{{{ and never closed")]
    Unclosed,
    /// Something other than a name between the braces.
    #[error("{found:?} is no placeholder name, expected lower-case letters, digits, '_' and '.'")]
    BadName {
        /// What stood between the braces.
        found: String,
    },
}

/// A placeholder without a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing fills the placeholder {{{{ {name} }}}}")]
pub struct Unfilled {
    /// The placeholder's name.
    pub name: String,
}

impl Template {
    /// The names of the placeholders, in order, with repetitions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Value(name) => Some(name.as_str()),
        })
    }

    /// Whether the text is the same whatever the values are.
    pub fn is_literal(&self) -> bool {
        self.names().next().is_none()
    }

    /// Fills in the values.
    ///
    /// # Errors
    /// [`Unfilled`] for the first placeholder that `lookup` does not know.
    pub fn render<'v>(
        &self,
        lookup: impl Fn(&str) -> Option<Cow<'v, str>>,
    ) -> Result<String, Unfilled> {
        self.render_with(lookup, |_, value| value.into_owned())
    }

    /// Fills in the values, each passed through `encode` first, which escapes it for its place.
    ///
    /// # Errors
    /// [`Unfilled`] for the first placeholder that `lookup` does not know.
    pub fn render_with<'v>(
        &self,
        lookup: impl Fn(&str) -> Option<Cow<'v, str>>,
        encode: impl Fn(&str, Cow<'v, str>) -> String,
    ) -> Result<String, Unfilled> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Value(name) => {
                    let value = lookup(name).ok_or_else(|| Unfilled { name: name.clone() })?;
                    text.push_str(&encode(name, value));
                }
            }
        }
        Ok(text)
    }
}

impl std::str::FromStr for Template {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let close = rest[open..].find("}}").ok_or(BadTemplate::Unclosed)?;
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            let name = rest[open + 2..open + close].trim();
            let well_formed = !name.is_empty()
                && name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.'));
            if !well_formed {
                return Err(BadTemplate::BadName { found: name.to_owned() });
            }
            parts.push(Part::Value(name.to_owned()));
            rest = &rest[open + close + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Value(name) => write!(f, "{{{{ {name} }}}}")?,
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Template {
    /// Its schema where a number is a number and no text.
    pub(crate) fn as_text(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": WELL_FORMED })
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A text that may hold placeholders, such as `{{ principal.login }}`.",
            // Where a text is due, a number is read as one.
            "type": ["string", "number", "boolean"],
            "pattern": WELL_FORMED,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_placeholders_and_names_the_missing_one() {
        let template: Template = "https://{{ host }}/u/{{id}}".parse().unwrap();
        let full = template.render(|name| match name {
            "host" => Some("h".into()),
            "id" => Some("7".into()),
            _ => None,
        });
        assert_eq!(full.unwrap(), "https://h/u/7");
        let unfilled = template.render(|name| (name == "host").then(|| "h".into())).unwrap_err();
        assert_eq!(unfilled.name, "id");
    }

    #[test]
    fn a_text_that_never_closes_a_placeholder_is_not_repeated() {
        let error = "hunter2 {{ a".parse::<Template>().unwrap_err().to_string();
        assert!(error.contains("never closed") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn refuses_expressions() {
        for text in ["{{ a | upper }}", "{{ a", "{{}}", "{{ A }}"] {
            assert!(text.parse::<Template>().is_err(), "{text}");
        }
    }
}
