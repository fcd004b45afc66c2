//! The closed set of tests a rule can make on one value of an answer.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::template::Template;

/// One test on one value: a plain scalar means "equals".
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// The value is this text, once its placeholders are filled. A number in the answer is compared
    /// by its digits.
    Text(Template),
    /// The value is exactly this number, boolean or null.
    Literal(Value),
    /// The value is one of these texts.
    OneOf(Vec<Template>),
    /// The value is a text that contains this one; a name from a placeholder only as a whole word.
    Contains(Template),
    /// The value is there (and not null), or is not.
    Exists(bool),
    /// The value is there and is null.
    Null,
}

/// What a matcher found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The value is as demanded.
    Match,
    /// There is no such value, or it is null where another was demanded.
    Absent,
    /// There is a value, and it is another one.
    Other,
}

impl Matcher {
    /// Whether the demanded value depends on whose credential it is.
    pub(crate) fn names_someone(&self) -> bool {
        match self {
            Self::Text(template) | Self::Contains(template) => !template.is_literal(),
            Self::OneOf(templates) => templates.iter().any(|template| !template.is_literal()),
            Self::Literal(_) | Self::Exists(_) | Self::Null => false,
        }
    }

    /// Whether the test demands a machine-readable value, not mere presence.
    pub(crate) fn demands_a_value(&self) -> bool {
        match self {
            Self::Text(_) | Self::Literal(_) | Self::OneOf(_) | Self::Contains(_) => true,
            Self::Exists(_) | Self::Null => false,
        }
    }

    pub(crate) fn test<'v>(
        &self,
        value: Option<&Value>,
        lookup: &dyn Fn(&str) -> Option<Cow<'v, str>>,
    ) -> Found {
        // A placeholder without a value must never match, or a rule could be satisfied by accident.
        let named = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let filled = |template: &Template| template.render(named).ok().filter(|t| !t.is_empty());
        match self {
            Self::Exists(demanded) => {
                let there = value.is_some_and(|value| !value.is_null());
                if there == *demanded { Found::Match } else { Found::Absent }
            }
            Self::Null => match value {
                None => Found::Absent,
                Some(Value::Null) => Found::Match,
                Some(_) => Found::Other,
            },
            Self::Literal(literal) => match value {
                None => Found::Absent,
                Some(value) if value == literal => Found::Match,
                Some(Value::Null) => Found::Absent,
                Some(_) => Found::Other,
            },
            Self::Text(_) | Self::OneOf(_) | Self::Contains(_) => {
                // An empty text names nobody, so it cannot name somebody else either.
                let text = value.and_then(scalar).filter(|text| !text.is_empty());
                let Some(text) = text else { return Found::Absent };
                let is = |template: &Template| filled(template).is_some_and(|it| same(&it, &text));
                let matches = match self {
                    Self::Text(template) => is(template),
                    Self::OneOf(options) => options.iter().any(is),
                    Self::Contains(template) if template.is_literal() => {
                        filled(template).is_some_and(|part| text.contains(&part))
                    }
                    Self::Contains(template) => {
                        filled(template).is_some_and(|name| names(&text, &name))
                    }
                    Self::Literal(_) | Self::Exists(_) | Self::Null => false,
                };
                match self {
                    _ if matches => Found::Match,
                    // A text that does not mention a name need not mention another one.
                    Self::Contains(_) => Found::Absent,
                    Self::Text(_)
                    | Self::OneOf(_)
                    | Self::Literal(_)
                    | Self::Exists(_)
                    | Self::Null => Found::Other,
                }
            }
        }
    }
}

/// Platforms keep e-mail addresses in lower case, however they were typed in; everything else is compared to
/// the letter.
fn same(wanted: &str, found: &str) -> bool {
    if wanted.contains('@') { wanted.eq_ignore_ascii_case(found) } else { wanted == found }
}

/// Whether a text mentions a name as a whole word: `u-1` is not mentioned by `u-12`.
fn names(text: &str, name: &str) -> bool {
    let of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '+');
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + name.len()..].chars();
        let goes_on = match after.next() {
            // A full stop ends a sentence, or goes on with a domain.
            Some('.') => after.next().is_some_and(of_a_name),
            Some(other) => of_a_name(other),
            None => false,
        };
        !goes_on && !before.is_some_and(|c| of_a_name(c) || c == '.')
    })
}

/// A text or number as text. Booleans, lists and objects are not compared by text.
fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    /// From here on not every whole number can be told from its neighbours (2^53).
    const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().filter(|number| number.abs() < EXACT_BELOW)?;
            // Without its point where it is whole: 7.0 is 7.
            Some(Cow::Owned(number.to_string()))
        }
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tests {
    equals: Option<Template>,
    one_of: Option<Vec<Template>>,
    contains: Option<Template>,
    exists: Option<bool>,
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl<'de> Visitor<'de> for Scalar {
            type Value = Matcher;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or one of equals, one_of, contains, exists")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Matcher, E> {
                text.parse().map(Matcher::Text).map_err(E::custom)
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Matcher, E> {
                Ok(Matcher::Literal(Value::Bool(value)))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Matcher, E> {
                Ok(Matcher::Literal(value.into()))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Matcher, E> {
                Ok(Matcher::Literal(value.into()))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Matcher, E> {
                Ok(Matcher::Null)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Matcher, A::Error> {
                let tests = Tests::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let mut given = Vec::new();
                given.extend(tests.equals.map(Matcher::Text));
                given.extend(tests.one_of.map(Matcher::OneOf));
                given.extend(tests.contains.map(Matcher::Contains));
                given.extend(tests.exists.map(Matcher::Exists));
                match (given.pop(), given.is_empty()) {
                    (Some(one), true) => Ok(one),
                    _ => Err(de::Error::custom("exactly one of equals, one_of, contains, exists")),
                }
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

impl JsonSchema for Matcher {
    fn schema_name() -> Cow<'static, str> {
        "Matcher".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let template = generator.subschema_for::<Template>();
        json_schema!({
            "description": "One test on one value: a text, number, boolean or null that it equals, or one of \
                `equals`, `one_of`, `contains` and `exists`.",
            "anyOf": [
                Template::as_text(generator),
                { "type": ["integer", "boolean", "null"] },
                {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": false,
                    "properties": {
                        "equals": {
                            "description": "The value is this text.",
                            "allOf": [template],
                        },
                        "one_of": {
                            "description": "The value is one of these texts.",
                            "type": "array",
                            "items": template,
                        },
                        "contains": {
                            "description": "The value is a text that contains this one.",
                            "allOf": [template],
                        },
                        "exists": {
                            "description": "The value is there, and not null; or it is not.",
                            "type": "boolean",
                        },
                    },
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matcher(yaml: &str) -> Matcher {
        serde_saphyr::from_str(yaml).unwrap()
    }

    fn test(yaml: &str, value: Option<Value>) -> Found {
        matcher(yaml).test(value.as_ref(), &|name| (name == "who").then(|| "maya".into()))
    }

    #[test]
    fn compares_by_value_and_keeps_types_apart() {
        assert_eq!(test("false", Some(json!(false))), Found::Match);
        assert_eq!(test("false", Some(json!("false"))), Found::Other);
        assert_eq!(test("'7'", Some(json!(7))), Found::Match);
        assert_eq!(test("'{{ who }}'", Some(json!("maya"))), Found::Match);
        assert_eq!(test("'{{ who }}'", Some(json!("leo"))), Found::Other);
        assert_eq!(test("'{{ who }}'", Some(Value::Null)), Found::Absent);
        assert_eq!(test("{exists: false}", None), Found::Match);
        assert_eq!(test("null", Some(json!(7))), Found::Other);
        assert_eq!(test("null", Some(Value::Null)), Found::Match);
        assert_eq!(test("{contains: revok}", Some(json!("was revoked"))), Found::Match);
        assert_eq!(test("{contains: revok}", Some(json!("was made"))), Found::Absent);
        assert_eq!(test("{one_of: [a, b]}", Some(json!("b"))), Found::Match);
    }

    #[test]
    fn numbers_are_compared_by_value_as_long_as_they_are_exact() {
        assert_eq!(test("'7'", Some(json!(7.0))), Found::Match);
        assert_eq!(test("'7'", Some(json!(7.5))), Found::Other);
        let too_long: Value = serde_json::from_str("70001000000000000000001").unwrap();
        assert_eq!(test("'70001000000000000000000'", Some(too_long)), Found::Absent);
    }

    #[test]
    fn a_name_is_mentioned_as_a_whole_word_or_not_at_all() {
        for text in ["maya", "hello maya.", "(maya)", "maya, leo", "user:maya"] {
            assert_eq!(test("{contains: '{{ who }}'}", Some(json!(text))), Found::Match, "{text}");
        }
        for text in ["mayan", "amaya", "maya-2", "maya@x", "maya.example", "x.maya", ""] {
            assert_eq!(test("{contains: '{{ who }}'}", Some(json!(text))), Found::Absent, "{text}");
        }
    }

    #[test]
    fn addresses_have_no_case_and_ids_have() {
        let mail = |value: &str| {
            matcher("'{{ mail }}'").test(Some(&json!(value)), &|_| Some("Maya@acme.example".into()))
        };
        assert_eq!(mail("maya@ACME.example"), Found::Match);
        assert_eq!(mail("leo@acme.example"), Found::Other);
        assert_eq!(test("'{{ who }}'", Some(json!("Maya"))), Found::Other);
        assert_eq!(test("'{{ who }}'", Some(json!(""))), Found::Absent);
    }

    #[test]
    fn an_unfilled_or_empty_placeholder_never_matches() {
        let matcher = matcher("'{{ nobody }}'");
        assert_eq!(matcher.test(Some(&json!("")), &|_| None), Found::Absent);
        assert_eq!(matcher.test(Some(&json!("")), &|_| Some("".into())), Found::Absent);
        assert_eq!(matcher.test(Some(&json!("x")), &|_| Some("".into())), Found::Other);
        let inside = self::matcher("'user-{{ nobody }}'");
        assert_ne!(inside.test(Some(&json!("user-")), &|_| Some("".into())), Found::Match);
    }

    #[test]
    fn what_is_no_test_is_told_what_one_is() {
        let error = serde_saphyr::from_str::<Matcher>("[1]").unwrap_err().to_string();
        assert!(error.contains("one of equals, one_of, contains, exists"), "{error}");
    }

    #[test]
    fn refuses_unknown_and_double_tests() {
        for yaml in ["{matches: x}", "{equals: a, contains: b}", "{}"] {
            assert!(serde_saphyr::from_str::<Matcher>(yaml).is_err(), "{yaml}");
        }
    }

    #[test]
    fn only_what_has_a_placeholder_names_someone() {
        for (yaml, names) in [
            ("revoked", false),
            ("'{{ who }}'", true),
            ("{contains: 'x {{ who }}'}", true),
            ("{contains: x}", false),
            ("{one_of: [a, '{{ who }}']}", true),
            ("{one_of: [a, b]}", false),
            ("7", false),
            ("true", false),
            ("null", false),
            ("{exists: true}", false),
        ] {
            assert_eq!(matcher(yaml).names_someone(), names, "{yaml}");
        }
    }

    #[test]
    fn presence_alone_is_no_value() {
        for (yaml, demands) in [
            ("x", true),
            ("7", true),
            ("{one_of: [a]}", true),
            ("{contains: a}", true),
            ("{exists: true}", false),
            ("{exists: false}", false),
            ("null", false),
        ] {
            assert_eq!(matcher(yaml).demands_a_value(), demands, "{yaml}");
        }
    }

    #[test]
    fn a_number_is_compared_by_its_digits_as_far_as_they_are_known() {
        assert_eq!(test("'7'", Some(json!(7.0))), Found::Match);
        assert_eq!(test("'7.5'", Some(json!(7.5))), Found::Match);
        let exact = 9_007_199_254_740_991_u64;
        assert_eq!(test(&format!("'{exact}'"), Some(json!(exact as f64))), Found::Match);
        // One further cannot be told from its neighbour.
        assert_eq!(
            test("'9007199254740992'", Some(json!(9_007_199_254_740_992.0_f64))),
            Found::Absent
        );
        assert_eq!(
            test("'-9007199254740992'", Some(json!(-9_007_199_254_740_992.0_f64))),
            Found::Absent
        );
        assert_eq!(
            test("'9007199254740993'", Some(json!(9_007_199_254_740_993_u64))),
            Found::Match
        );
    }
}
