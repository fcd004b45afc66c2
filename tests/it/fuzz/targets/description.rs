//! A platform description: its form, its check, its templates. Whatever the check lets through cannot call
//! an empty answer dead or alive.

use std::path::Path;

use doornail::platform::Catalogue;
use doornail::platform::answer::Answer;
use doornail::platform::rules::{Place, classify};
use doornail::platform::schema::{Channel, Description};
use doornail::platform::template::Template;
use doornail::verdict::Verdict;

use super::{planted, problems};

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let file = Path::new("platforms/own.yaml");
    match Catalogue::default().add_text(file, &text) {
        Ok(catalogue) => {
            for description in catalogue.iter() {
                says_nothing_of_nothing(description);
            }
        }
        Err(found) => problems::check(&found, &[(file, &text)]),
    }
    text.lines().take(50).for_each(template);
    let kind = u8::try_from(data.len() % 251).unwrap_or_default();
    let auth = |path: &[&str]| matches!(path.last(), Some(&"auth"));
    if let Some(text) = planted::plant(&text, kind, auth)
        && let Err(found) = Catalogue::default().add_text(file, &text)
    {
        planted::must_not_show(&format!("{found} {found:?}"));
    }
}

fn says_nothing_of_nothing(description: &Description) {
    for (name, channel) in description.credentials.values().flat_map(|kind| &kind.probe) {
        let of = channel.requests().len();
        assert!(of > 0, "{name} has no request");
        for step in 1..=of {
            for status in [200, 204, 302, 400, 401, 403, 404, 408, 410, 425, 429, 500, 503] {
                for body in ["", "{}", "[]", "null", "{\"error\":null}"] {
                    nothing(channel, status, body, Place { step, of });
                }
            }
        }
        for sample in channel.samples.iter().map(|sample| &sample.value) {
            let body = sample.json.as_ref().map(ToString::to_string).or(sample.text.clone());
            let answer = Answer::new(
                sample.status.unwrap_or(0),
                Vec::new(),
                body.unwrap_or_default().as_bytes(),
            );
            let step = sample.at.unwrap_or(of);
            let _ = classify("own", channel, &answer, Place { step, of }, &|_| Some("v".into()));
        }
    }
}

fn nothing(channel: &Channel, status: u16, body: &str, place: Place) {
    let answer = Answer::new(status, Vec::new(), body.as_bytes());
    match classify("own", channel, &answer, place, &|_| Some("maya".into())) {
        Verdict::Inconclusive(_) => {}
        verdict @ (Verdict::Alive(_) | Verdict::Dead(_)) => {
            panic!("{status} {body:?} says {verdict}")
        }
    }
}

/// A template that reads is what it shows, and is filled in one pass: values are never read again.
fn template(text: &str) {
    let Ok(template) = text.parse::<Template>() else { return };
    assert_eq!(template.to_string().parse::<Template>().as_ref(), Ok(&template), "{text:?}");
    let filled = template.render(|_| Some("{{ again }}".into())).unwrap();
    let values = template.names().count();
    assert_eq!(filled.matches("{{ again }}").count(), values, "{text:?} became {filled:?}");
    assert_eq!(template.render(|_| None).is_ok(), template.is_literal());
}
