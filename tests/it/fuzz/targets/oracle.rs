//! The rules of a description read a second time, on purpose without the product's matcher.

use std::borrow::Cow;

use doornail::platform::answer::{Answer, Body};
use doornail::platform::matcher::Matcher;
use doornail::platform::schema::Rule;
use doornail::platform::template::Template;
use serde_json::{Number, Value};

/// The value that the fuzzed credential has for a placeholder.
pub(crate) fn value_of(name: &str) -> Option<Cow<'static, str>> {
    (!name.ends_with(".none")).then(|| Cow::Owned(format!("<{name}>")))
}

/// Whether everything a rule demands is in the answer.
pub(crate) fn fits<R>(rule: &Rule<R>, answer: &Answer) -> bool {
    let text = match &answer.body {
        Body::Text(text) | Body::Html(text) => {
            Some(Value::from(text.trim_matches(|c: char| c == '\u{feff}' || c.is_whitespace())))
        }
        Body::Empty | Body::Json(_) | Body::Xml(_) | Body::TooLarge | Body::Unreadable(_) => None,
    };
    let header = |name: &str| -> Option<Value> {
        let all = answer.headers.iter().filter(|(known, _)| known == name);
        let all: Vec<&str> = all.map(|(_, value)| value.as_str()).collect();
        (!all.is_empty()).then(|| all.join(", ").into())
    };
    let (json, xml) = match &answer.body {
        Body::Json(value) => (Some(value), None),
        Body::Xml(value) => (None, Some(value)),
        Body::Empty | Body::Html(_) | Body::Text(_) | Body::TooLarge | Body::Unreadable(_) => {
            (None, None)
        }
    };
    let pointed = |body: Option<&Value>, (pointer, matcher): (&String, &Matcher)| {
        body.is_some_and(|body| agrees(matcher, body.pointer(pointer)))
    };
    let by_status = rule.statuses().contains(&answer.status);
    let spoken = rule.status.is_none() && answer.status == 0;
    let address = |text: &str| text.split(['?', '#', ';']).next().unwrap_or_default().to_owned();
    let leads_there = rule.to.as_ref().is_none_or(|to| {
        let to = to.render(value_of).map(|to| match to.starts_with('/') {
            true => format!("<base_url>{to}"),
            false => to,
        });
        let location = answer.headers.iter().find(|(name, _)| name == "location");
        to.is_ok_and(|to| location.is_some_and(|(_, found)| address(found) == address(&to)))
    });
    (by_status || spoken)
        && leads_there
        && rule.header.iter().all(|(name, matcher)| agrees(matcher, header(name).as_ref()))
        && rule.text.iter().all(|matcher| agrees(matcher, text.as_ref()))
        && rule.json.iter().all(|entry| pointed(json, entry))
        && rule.xml.iter().all(|entry| pointed(xml, entry))
}

fn agrees(matcher: &Matcher, value: Option<&Value>) -> bool {
    let text = match value {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(digits(number)),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
    };
    let filled = |template: &Template| template.render(value_of).unwrap_or_default();
    // Addresses have no case. Ids have, but this must only never be stricter than the product.
    let is = |template: &Template| {
        text.as_ref().is_some_and(|text| text.eq_ignore_ascii_case(&filled(template)))
    };
    match matcher {
        Matcher::Text(template) => is(template),
        Matcher::OneOf(templates) => templates.iter().any(is),
        Matcher::Contains(template) => {
            text.is_some_and(|text| text.contains(filled(template).as_str()))
        }
        Matcher::Literal(literal) => value == Some(literal),
        Matcher::Exists(demanded) => value.is_some_and(|value| !value.is_null()) == *demanded,
        Matcher::Null => value == Some(&Value::Null),
    }
}

/// Whether some value of the credential's own stands in the answer: who it is, in so many words.
pub(crate) fn names_the_principal<R>(rule: &Rule<R>, answer: &Answer) -> bool {
    let matchers = rule.json.values().chain(rule.header.values()).chain(&rule.text);
    let matchers = matchers.chain(rule.html.values());
    let mut names: Vec<&str> = Vec::new();
    for matcher in matchers {
        match matcher {
            Matcher::Text(template) | Matcher::Contains(template) => names.extend(template.names()),
            Matcher::OneOf(templates) => names.extend(templates.iter().flat_map(Template::names)),
            Matcher::Literal(_) | Matcher::Exists(_) | Matcher::Null => {}
        }
    }
    let mut said: Vec<String> = answer.headers.iter().map(|(_, value)| value.clone()).collect();
    match &answer.body {
        Body::Json(value) | Body::Xml(value) => scalars(value, &mut said),
        Body::Text(text) | Body::Html(text) => said.push(text.clone()),
        Body::Empty | Body::TooLarge | Body::Unreadable(_) => {}
    }
    names.iter().filter_map(|name| value_of(name)).any(|value| {
        assert!(!value.is_empty());
        let value = value.to_ascii_lowercase();
        said.iter().any(|text| text.to_ascii_lowercase().contains(&value))
    })
}

/// A number as people write it: 7.0 is 7.
fn digits(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        Some(_) | None => number.to_string(),
    }
}

fn scalars(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(digits(number)),
        Value::Array(items) => items.iter().for_each(|item| scalars(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| scalars(field, found)),
        Value::Null | Value::Bool(_) => {}
    }
}
