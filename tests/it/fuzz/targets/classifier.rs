//! One answer, judged by every channel of every built-in description, and by a description of the input's
//! own. An input is an answer as it travels: a status, header lines, an empty line, a body; then perhaps
//! `=== description` and its text.

use std::path::Path;

use doornail::platform::Catalogue;
use doornail::platform::answer::{Answer, Body};
use doornail::platform::rules::{Place, classify};
use doornail::platform::schema::{Channel, Rule};
use doornail::verdict::{AliveReason, DoubtReason, RuleName, Verdict};

use super::inventory::CATALOGUE;
use super::oracle::{fits, names_the_principal, value_of};

const SPLIT: &[u8] = b"\n=== description\n";

pub(crate) fn run(data: &[u8]) {
    let split = data.windows(SPLIT.len()).position(|window| window == SPLIT);
    let (wire, own) = match split {
        Some(at) => (&data[..at], Some(&data[at + SPLIT.len()..])),
        None => (data, None),
    };
    let answer = answer(wire);
    judge_all(&CATALOGUE, &answer);
    let own = own.map(|own| String::from_utf8_lossy(own));
    let own = own.and_then(|text| Catalogue::default().add_text(Path::new("own.yaml"), &text).ok());
    if let Some(own) = own {
        judge_all(&own, &answer);
    }
}

/// The status is bent into what HTTP allows, so that no input is wasted.
fn answer(wire: &[u8]) -> Answer {
    let (head, body) = match wire.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&wire[..at], &wire[at + 2..]),
        None => (wire, &[][..]),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.trim().parse::<u16>().ok()).unwrap_or(401);
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Answer::new(100 + status % 500, headers, body)
}

fn judge_all(catalogue: &Catalogue, answer: &Answer) {
    for description in catalogue.iter() {
        let all = description.credentials.values().flat_map(|kind| kind.probe.values());
        for channel in all {
            let of = channel.requests().len();
            for step in 1..=of {
                judge(channel, answer, Place { step, of });
            }
        }
    }
}

fn judge(channel: &Channel, answer: &Answer, place: Place) {
    let verdict = classify("c", channel, answer, place, &value_of);
    let again = classify("c", channel, answer, place, &value_of);
    assert_eq!(verdict, again, "the same answer, another verdict");
    let status = answer.status;
    let told = || format!("{status} {:?}: {verdict}", answer.body);
    if let Some(reason) = undecidable(channel, answer) {
        let doubted = matches!(&verdict, Verdict::Inconclusive(doubt) if doubt.reason == reason);
        assert!(doubted, "{}, not {reason}", told());
        return;
    }
    match &verdict {
        Verdict::Dead(death) => {
            let rule = ruled(&channel.dead, death.rule(), "dead");
            assert!(fits(rule, answer), "{}, and its rule does not fit", told());
        }
        Verdict::Alive(life) => {
            assert!(status < 500, "{}", told());
            match life.reason {
                AliveReason::Identified => {
                    let rule = ruled(&channel.alive, &life.rule, "alive");
                    assert!(fits(rule, answer), "{}, and its rule does not fit", told());
                    assert!(names_the_principal(rule, answer), "{}, and names nobody", told());
                }
                AliveReason::NotPermitted => {
                    let rule = ruled(&channel.not_permitted, &life.rule, "not_permitted");
                    assert!(fits(rule, answer), "{}, and its rule does not fit", told());
                }
                AliveReason::Contained => panic!("no rule can say: {}", told()),
            }
        }
        Verdict::Inconclusive(_) => {}
    }
}

/// Whether a cache says that it answered.
fn is_cached(answer: &Answer) -> bool {
    answer.headers.iter().any(|(name, value)| match name.as_str() {
        "age" => value.split(',').any(|age| age.trim().parse::<f64>().is_ok_and(|age| age > 0.0)),
        "x-cache" | "x-cache-status" | "cf-cache-status" => {
            let value = value.to_ascii_lowercase();
            value.split(|c: char| !c.is_ascii_alphanumeric()).any(|it| it == "hit" || it == "stale")
        }
        _ => false,
    })
}

/// What is never for a rule to decide.
fn undecidable(channel: &Channel, answer: &Answer) -> Option<DoubtReason> {
    match (answer.status, &answer.body) {
        (429, _) => Some(DoubtReason::RateLimited),
        (408 | 425, _) => Some(DoubtReason::TryAgain),
        _ if is_cached(answer) => Some(DoubtReason::Cached),
        (300..=399, _) if !channel.web_form => Some(DoubtReason::Redirect),
        (_, Body::TooLarge) => Some(DoubtReason::TooLarge),
        (_, Body::Unreadable(_)) => Some(DoubtReason::Unparsable),
        (_, Body::Html(_)) if !channel.web_form => Some(DoubtReason::Html),
        (_, Body::Html(_) | Body::Empty | Body::Json(_) | Body::Xml(_) | Body::Text(_)) => None,
    }
}

fn ruled<'c, R>(
    rules: &'c [serde_saphyr::Spanned<Rule<R>>],
    name: &RuleName,
    class: &str,
) -> &'c Rule<R> {
    let rest = name.as_str().strip_prefix("c ").and_then(|rest| rest.strip_prefix(class));
    let index = rest.and_then(|rest| rest.trim_matches(['[', ']']).parse::<usize>().ok());
    let rule = index.and_then(|index| rules.get(index));
    &rule.unwrap_or_else(|| panic!("there is no rule {name}")).value
}
