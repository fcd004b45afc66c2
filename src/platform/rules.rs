//! From an answer to a verdict: the pure classifier.
//!
//! The order is fixed. What says "ask again" comes first, then redirects, oversized, unreadable and HTML
//! bodies, and only then the rules of the description. Rules of two classes that match the same answer
//! are ambiguous, no rule is unrecognised; neither is ever dead.

use std::borrow::Cow;

use serde_saphyr::Spanned;

use super::answer::{Answer, Body, trimmed};
use super::html::Page;
use super::matcher::Found;
use super::schema::{Channel, Rule};
use crate::verdict::{AliveReason, DeadReason, Death, DoubtReason, RuleName, Verdict};

/// Looks up the value of a placeholder.
pub type Lookup<'a, 'v> = &'a dyn Fn(&str) -> Option<Cow<'v, str>>;

/// Which answer of a flow is judged.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The request that was answered, counted from 1.
    pub step: usize,
    /// How many requests the flow has.
    pub of: usize,
}

impl Place {
    fn is_last(self) -> bool {
        self.step == self.of
    }
}

/// Judges one answer by the rules of one channel. `channel` names the rules in the verdict.
pub fn classify(
    name: &str,
    channel: &Channel,
    answer: &Answer,
    place: Place,
    lookup: Lookup<'_, '_>,
) -> Verdict {
    if let Some(doubt) = before_rules(answer, channel.web_form) {
        return doubt;
    }
    let first_by_default = |at: Option<usize>| at.unwrap_or(1) == place.step;
    let mut verdicts: Vec<Verdict> = Vec::new();
    let mut drift = false;

    for (index, rule) in channel.alive.iter().enumerate() {
        if !rule.value.at.map_or(place.is_last(), |at| at == place.step) {
            continue;
        }
        match matches(&rule.value, answer, lookup) {
            Outcome::Match => {
                let rule = named(name, "alive", index);
                verdicts.push(Verdict::alive(AliveReason::Identified, rule));
                break;
            }
            Outcome::SomebodyElse => drift = true,
            Outcome::No => {}
        }
    }
    if let Some((index, rule)) = first_match(&channel.dead, answer, lookup, first_by_default) {
        let reason = rule.reason.unwrap_or(DeadReason::Refused);
        verdicts.push(Verdict::Dead(Death::by_rule(reason, named(name, "dead", index))));
    }
    if let Some((index, _)) = first_match(&channel.not_permitted, answer, lookup, first_by_default)
    {
        verdicts
            .push(Verdict::alive(AliveReason::NotPermitted, named(name, "not_permitted", index)));
    }
    if let Some((index, rule)) =
        first_match(&channel.inconclusive, answer, lookup, first_by_default)
    {
        let reason = rule.reason.unwrap_or(DoubtReason::Unavailable);
        verdicts.push(Verdict::doubt(reason, named(name, "inconclusive", index).to_string()));
    }

    match (verdicts.pop(), verdicts.is_empty()) {
        // A refusal that names somebody else may be his.
        (Some(Verdict::Dead(_)), true) if drift => {
            Verdict::doubt(DoubtReason::IdentityDrift, seen(answer))
        }
        (Some(only), true) => only,
        (Some(_), false) => Verdict::doubt(DoubtReason::Ambiguous, seen(answer)),
        (None, _) if drift => Verdict::doubt(DoubtReason::IdentityDrift, seen(answer)),
        (None, _) if (300..=399).contains(&answer.status) => {
            Verdict::doubt(DoubtReason::Redirect, seen(answer))
        }
        (None, _) if (500..=599).contains(&answer.status) => {
            Verdict::doubt(DoubtReason::ServerError, seen(answer))
        }
        (None, _) => Verdict::doubt(DoubtReason::Unrecognised, seen(answer)),
    }
}

/// What is decided before any rule is looked at.
pub(crate) fn before_rules(answer: &Answer, web_form: bool) -> Option<Verdict> {
    let reason = match (answer.status, &answer.body) {
        (429, _) => DoubtReason::RateLimited,
        (408 | 425, _) => DoubtReason::TryAgain,
        _ if is_cached(answer) => DoubtReason::Cached,
        (300..=399, _) if !web_form => DoubtReason::Redirect,
        (_, Body::TooLarge) => DoubtReason::TooLarge,
        (_, Body::Unreadable(_)) => DoubtReason::Unparsable,
        (_, Body::Html(_)) if !web_form => DoubtReason::Html,
        (_, Body::Empty | Body::Json(_) | Body::Xml(_) | Body::Html(_) | Body::Text(_)) => {
            return None;
        }
    };
    Some(Verdict::doubt(reason, seen(answer)))
}

/// Whether a cache answered in the platform's stead, so that nobody looked at the credential.
fn is_cached(answer: &Answer) -> bool {
    let all = |name: &str| answer.header_text(name).unwrap_or_default();
    let aged = all("age").split(',').any(|age| age.trim().parse().is_ok_and(|age: f64| age > 0.0));
    let told = ["x-cache", "x-cache-status", "cf-cache-status"];
    let hit = told.iter().any(|name| {
        all(name)
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| word.eq_ignore_ascii_case("hit") || word.eq_ignore_ascii_case("stale"))
    });
    aged || hit
}

fn seen(answer: &Answer) -> String {
    match answer.code() {
        Some(code) if answer.is_spoken() => code,
        None if answer.is_spoken() => answer.excerpt(),
        Some(code) => format!("{} {code}", answer.status),
        None => answer.status.to_string(),
    }
}

fn named(channel: &str, class: &str, index: usize) -> RuleName {
    RuleName::new(format!("{channel} {class}[{index}]"))
}

fn first_match<'r, R>(
    rules: &'r [Spanned<Rule<R>>],
    answer: &Answer,
    lookup: Lookup<'_, '_>,
    here: impl Fn(Option<usize>) -> bool,
) -> Option<(usize, &'r Rule<R>)> {
    rules
        .iter()
        .map(|rule| &rule.value)
        .enumerate()
        .find(|(_, rule)| here(rule.at) && matches(rule, answer, lookup) == Outcome::Match)
}

/// An address without its query and fragment, nor what Java servers add to its path.
fn of_address(text: &str) -> &str {
    text.split(['?', '#', ';']).next().unwrap_or(text)
}

/// Whether an answer leads to an address; a path is below the platform's base address.
fn leads_to(answer: &Answer, to: &str, lookup: Lookup<'_, '_>) -> bool {
    let base = if to.starts_with('/') { lookup("base_url") } else { Some("".into()) };
    let (Some(base), Some(location)) = (base, answer.header("location")) else { return false };
    of_address(location) == of_address(&format!("{base}{to}"))
}

/// How a rule fits an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// In every point.
    Match,
    /// In every point but the principal, and the answer names another one.
    SomebodyElse,
    /// Not.
    No,
}

pub(crate) fn matches<R>(rule: &Rule<R>, answer: &Answer, lookup: Lookup<'_, '_>) -> Outcome {
    let by_status = rule.statuses().contains(&answer.status);
    if !by_status && (rule.status.is_some() || !answer.is_spoken()) {
        return Outcome::No;
    }
    if let Some(to) = &rule.to
        && !to.render(lookup).is_ok_and(|to| leads_to(answer, &to, lookup))
    {
        return Outcome::No;
    }
    let headers = rule.header.iter().map(|(name, matcher)| {
        let value = answer.header_text(name).map(serde_json::Value::String);
        (matcher, matcher.test(value.as_ref(), lookup))
    });
    // A code known from one language proves nothing in the other: who speaks XML where JSON is due is not
    // the platform.
    let (json, xml) = match &answer.body {
        Body::Json(value) => (Some(value), None),
        Body::Xml(value) => (None, Some(value)),
        Body::Empty | Body::Html(_) | Body::Text(_) | Body::TooLarge | Body::Unreadable(_) => {
            (None, None)
        }
    };
    let json = rule.json.iter().map(|entry| (json, entry));
    let values = json.chain(rule.xml.iter().map(|entry| (xml, entry)));
    let values = values.map(|(body, (pointer, matcher))| {
        // "does not exist" must not be satisfied by a body that cannot be looked into at all.
        let found = body.map_or(Found::Absent, |body| matcher.test(body.pointer(pointer), lookup));
        (matcher, found)
    });
    let page = match &answer.body {
        Body::Html(source) if !rule.html.is_empty() => Some(Page::read(source).tree()),
        Body::Html(_)
        | Body::Empty
        | Body::Json(_)
        | Body::Xml(_)
        | Body::Text(_)
        | Body::TooLarge
        | Body::Unreadable(_) => None,
    };
    let shown = rule.html.iter().map(|(pointer, matcher)| {
        let found =
            page.as_ref().map_or(Found::Absent, |page| matcher.test(page.pointer(pointer), lookup));
        // A page that does not show the name in this place shows another one only in an element of its own.
        let found = if found == Found::Other && !pointer.starts_with("/ids/") {
            Found::Absent
        } else {
            found
        };
        (matcher, found)
    });
    let text = rule.text.iter().map(|matcher| {
        let value = match &answer.body {
            Body::Text(text) => Some(serde_json::Value::String(trimmed(text).to_owned())),
            // Plain text is labelled as a page by some; a real one is matched by what it shows, since words in
            // its source are nobody's.
            Body::Html(text) if !text.contains('<') => {
                Some(serde_json::Value::String(trimmed(text).to_owned()))
            }
            Body::Html(_)
            | Body::Empty
            | Body::Json(_)
            | Body::Xml(_)
            | Body::TooLarge
            | Body::Unreadable(_) => None,
        };
        (matcher, matcher.test(value.as_ref(), lookup))
    });
    let mut outcome = Outcome::Match;
    for (matcher, found) in headers.chain(values).chain(shown).chain(text) {
        match found {
            Found::Match => {}
            Found::Other if matcher.names_someone() => outcome = Outcome::SomebodyElse,
            Found::Other | Found::Absent => return Outcome::No,
        }
    }
    outcome
}

#[cfg(test)]
mod tests;
