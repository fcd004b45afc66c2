//! A flow of requests: placeholders filled, sent in order, captures kept.

use std::time::Duration;

use serde_json::Value as JsonValue;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::browser::Browser;
use super::build::{Filling, build};
use super::http::Http;
use super::wallet::Values;
use crate::clock::Clock;
use crate::platform::answer::{Answer, Body};
use crate::platform::html::Page;
use crate::platform::rules::{Outcome, matches};
use crate::platform::schema::{Capture, HtmlPart, Request};
use crate::secret::Secret;
use crate::verdict::{Doubt, DoubtReason};

/// The right to send: on the simulated clock one flow at a time has it, so that runs repeat to the byte.
pub(crate) struct Turn<'a> {
    of: Option<&'a Semaphore>,
    permit: Option<SemaphorePermit<'a>>,
}

impl<'a> Turn<'a> {
    /// Waits for the turn, where turns are taken at all.
    pub(crate) async fn new(of: Option<&'a Semaphore>) -> Self {
        let mut turn = Self { of, permit: None };
        turn.take().await;
        turn
    }

    async fn take(&mut self) {
        if let Some(semaphore) = self.of {
            self.permit = semaphore.acquire().await.ok();
        }
    }

    fn give_back(&mut self) {
        self.permit = None;
    }
}

/// How far a flow came.
#[derive(Debug)]
pub(crate) struct FlowEnd {
    /// The last answer and which request it answered, counted from 1.
    pub(crate) answer: Result<Answer, Doubt>,
    pub(crate) step: usize,
    /// Whether every request was answered as the flow demands.
    pub(crate) complete: bool,
    pub(crate) captures: Values,
}

impl FlowEnd {
    /// The end of what is one answer, where no HTTP is spoken.
    pub(crate) fn spoken(answer: Result<Answer, Doubt>) -> Self {
        Self { complete: answer.is_ok(), answer, step: 1, captures: Values::default() }
    }

    /// What came of it, in a word: a status, or why there is none.
    pub(crate) fn seen(&self) -> String {
        match &self.answer {
            Ok(answer) => answer.status.to_string(),
            Err(doubt) => doubt.reason.to_string(),
        }
    }
}

/// Runs a flow to its end, or to the first answer that does not let it go on.
pub(crate) async fn run(
    http: &Http,
    clock: &dyn Clock,
    requests: &[Request],
    filling: Filling<'_>,
    turn: &mut Turn<'_>,
) -> FlowEnd {
    let mut end = FlowEnd {
        answer: Err(Doubt { reason: DoubtReason::FlowBroken, detail: "an empty flow".to_owned() }),
        step: 0,
        complete: false,
        captures: Values::default(),
    };
    let mut browser = Browser::default();
    for request in requests {
        end.step += 1;
        let mut values = filling.values.clone();
        values.extend(&end.captures);
        end.answer = send(http, clock, request, (filling, &mut values), &mut browser, turn).await;
        let Ok(answer) = &end.answer else { return end };
        let goes_on = match &request.proceed {
            Some(rule) => matches(rule, answer, &|name| values.lookup(name)) == Outcome::Match,
            None => (200..=204).contains(&answer.status),
        };
        // What a refusal quotes is nobody's new secret; what a success yields is, even if the flow ends.
        if goes_on || (200..=299).contains(&answer.status) {
            for (name, capture) in &request.capture {
                if let Some(found) = captured(capture, answer).filter(|found| !found.is_empty()) {
                    end.captures.set_secret(name.clone(), Secret::new(found));
                }
            }
        }
        if !goes_on {
            return end;
        }
    }
    end.complete = end.step > 0;
    end
}

/// Sends one request, and again while its `poll` asks for it.
async fn send(
    http: &Http,
    clock: &dyn Clock,
    request: &Request,
    (filling, values): (Filling<'_>, &mut Values),
    browser: &mut Browser,
    turn: &mut Turn<'_>,
) -> Result<Answer, Doubt> {
    let Some(poll) = &request.poll else {
        return send_once(http, clock, request, (filling, values), browser).await;
    };
    let until = clock.now() + poll.at_most.0;
    loop {
        let answer = send_once(http, clock, request, (filling, values), browser).await?;
        let done = matches(&poll.until, &answer, &|name| values.lookup(name));
        if done == Outcome::Match || clock.now() >= until {
            return Ok(answer);
        }
        let pause = poll.every.0.max(Duration::from_millis(100));
        // Time stands still while anybody has the turn.
        turn.give_back();
        clock.wait_until((clock.now() + pause).min(until)).await;
        turn.take().await;
    }
}

async fn send_once(
    http: &Http,
    clock: &dyn Clock,
    request: &Request,
    (filling, values): (Filling<'_>, &mut Values),
    browser: &mut Browser,
) -> Result<Answer, Doubt> {
    let broken = |why: String| Doubt { reason: DoubtReason::FlowBroken, detail: why };
    let hidden = browser.find_form(request, values).map_err(|why| broken(why.to_string()))?;
    let filling = Filling { values, ..filling };
    let built = build(request, filling, clock.wall()).map_err(|why| broken(why.to_string()));
    let mut outgoing = built?;
    browser.dress(request, hidden, &mut outgoing);
    let asked = outgoing.url.clone();
    let answer = http.send(outgoing).await?;
    browser.remember(&asked, &answer);
    Ok(answer)
}

fn captured(capture: &Capture, answer: &Answer) -> Option<String> {
    match capture {
        Capture::Html(part) => {
            let Body::Html(source) = &answer.body else { return None };
            let page = Page::read(source);
            match part {
                HtmlPart::Input(names) => page.input(names),
                HtmlPart::Meta(names) => page.meta(names),
                HtmlPart::Id(id) => page.of_id(id).map(str::to_owned),
            }
        }
        Capture::Json(pointer) => match answer.tree()?.pointer(pointer)? {
            JsonValue::String(text) => Some(text.clone()),
            JsonValue::Number(number) => Some(number.to_string()),
            // Some servers write "none" as false.
            JsonValue::Bool(_) | JsonValue::Null | JsonValue::Array(_) | JsonValue::Object(_) => {
                None
            }
        },
        Capture::Header(name) => answer.header(&name.to_ascii_lowercase()).map(str::to_owned),
        // Of several cookies of one name the last one counts (RFC 6265 section 5.3), and it may be taken back.
        Capture::Cookie(name) => answer
            .headers
            .iter()
            .filter(|(header, _)| header == "set-cookie")
            .filter_map(|(_, value)| {
                let (cookie, attributes) = value.split_once(';').unwrap_or((value, ""));
                let (known, value) = cookie.trim().split_once('=')?;
                (known == name).then(|| (value.to_owned(), is_taken_back(attributes)))
            })
            .next_back()
            .and_then(|(value, taken_back)| (!taken_back).then_some(value)),
        Capture::Location(parameter) => {
            let location = answer.header("location")?;
            let base = url::Url::parse("http://relative.invalid/").ok()?;
            let url = base.join(location).ok()?;
            url.query_pairs()
                .find(|(name, _)| name == parameter)
                .map(|(_, value)| value.into_owned())
        }
    }
}

/// Whether a cookie's attributes end it at once: servers delete cookies by setting them so.
pub(super) fn is_taken_back(attributes: &str) -> bool {
    attributes.split(';').filter_map(|attribute| attribute.split_once('=')).any(|(name, value)| {
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "max-age" => value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
            // Deleted by a date at the epoch; a real one is not compared, as our clock may differ.
            "expires" => ["1970", "-70 ", "1969"].iter().any(|year| value.contains(year)),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_come_from_body_header_cookie_and_location() {
        let answer = Answer::new(
            302,
            vec![
                ("location".into(), "/cb?code=abc&x=1".into()),
                ("set-cookie".into(), "sid=42; Path=/; HttpOnly".into()),
            ],
            br#"{"a":{"b":7}}"#,
        );
        assert_eq!(captured(&Capture::Json("/a/b".into()), &answer).unwrap(), "7");
        assert_eq!(captured(&Capture::Cookie("sid".into()), &answer).unwrap(), "42");
        assert_eq!(captured(&Capture::Location("code".into()), &answer).unwrap(), "abc");
        assert!(captured(&Capture::Location("state".into()), &answer).is_none());
    }

    #[test]
    fn the_last_cookie_of_a_name_counts_unless_it_is_taken_back() {
        let sid = |cookies: &[&str]| {
            let set = |cookie: &&str| ("set-cookie".to_owned(), (*cookie).to_owned());
            let answer = Answer::new(200, cookies.iter().map(set).collect(), b"");
            captured(&Capture::Cookie("sid".into()), &answer)
        };
        assert_eq!(sid(&["sid=old", "sid=new; Path=/"]).as_deref(), Some("new"));
        assert_eq!(sid(&["sid=a; expires=Wed, 01 Jan 2070 00:00:00 GMT"]).as_deref(), Some("a"));
        assert_eq!(sid(&["sid=a; Max-Age=3600"]).as_deref(), Some("a"));
        for gone in [
            "sid=x; Max-Age=0",
            "sid=x; max-age=-1",
            "sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "sid=x; expires=Thursday, 01-Jan-70 00:00:01 GMT",
        ] {
            assert_eq!(sid(&["sid=old", gone]), None, "{gone}");
        }
    }

    #[test]
    fn none_in_other_words_is_not_captured_as_a_secret() {
        for none in ["false", "null", "[]", "{}"] {
            let body = format!("{{\"refresh_token\":{none}}}");
            let answer = Answer::new(200, Vec::new(), body.as_bytes());
            assert!(captured(&Capture::Json("/refresh_token".into()), &answer).is_none(), "{none}");
        }
    }
}
