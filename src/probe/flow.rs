//! A flow of requests: placeholders filled, sent in order, captures kept.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as JsonValue;

use super::http::{Http, Outgoing};
use super::wallet::Values;
use crate::clock::Clock;
use crate::platform::answer::Answer;
use crate::platform::rules::{Outcome, matches};
use crate::platform::schema::{Auth, Capture, Json, Request};
use crate::platform::template::{Template, Unfilled};
use crate::secret::Secret;
use crate::verdict::{Doubt, DoubtReason};

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

/// What fills a request.
#[derive(Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) values: &'a Values,
    /// The way to authenticate where the request names none.
    pub(crate) default_auth: Option<&'a Auth>,
    /// Send no credential at all: the empty control.
    pub(crate) strip_auth: bool,
}

/// Runs a flow to its end, or to the first answer that does not let it go on.
pub(crate) async fn run(
    http: &Http,
    clock: &dyn Clock,
    requests: &[Request],
    filling: Filling<'_>,
) -> FlowEnd {
    let mut end = FlowEnd {
        answer: Err(Doubt { reason: DoubtReason::FlowBroken, detail: "an empty flow".to_owned() }),
        step: 0,
        complete: false,
        captures: Values::default(),
    };
    for request in requests {
        end.step += 1;
        let mut values = filling.values.clone();
        values.extend(&end.captures);
        let filling = Filling { values: &values, ..filling };
        end.answer = send(http, clock, request, filling).await;
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
    filling: Filling<'_>,
) -> Result<Answer, Doubt> {
    let unfilled = |unfilled: Unfilled| Doubt {
        reason: DoubtReason::FlowBroken,
        detail: unfilled.to_string(),
    };
    let Some(poll) = &request.poll else {
        return http.send(build(request, filling).map_err(unfilled)?).await;
    };
    let until = clock.now() + poll.at_most.0;
    loop {
        let answer = http.send(build(request, filling).map_err(unfilled)?).await?;
        let done = matches(&poll.until, &answer, &|name| filling.values.lookup(name));
        if done == Outcome::Match || clock.now() >= until {
            return Ok(answer);
        }
        let pause = poll.every.0.max(Duration::from_millis(100));
        clock.wait_until((clock.now() + pause).min(until)).await;
    }
}

/// Fills a request in.
pub(crate) fn build(request: &Request, filling: Filling<'_>) -> Result<Outgoing, Unfilled> {
    let values = filling.values;
    let fill = |template: &Template| template.render(|name| values.lookup(name));
    let broken = |name: &str| Unfilled { name: name.to_owned() };
    let (method, address) = request.address().ok_or_else(|| broken("address"))?;
    let base = values.lookup("base_url").unwrap_or_default();
    let in_path = |name: &str, value: Cow<'_, str>| {
        // Whole addresses and paths stay as they are; anything else is one segment.
        if name.ends_with("url") || name.ends_with("endpoint") || name.ends_with("path") {
            value.into_owned()
        } else {
            percent(&value)
        }
    };
    let address = address.render_with(|name| values.lookup(name), in_path)?;
    let address = if address.starts_with('/') { format!("{base}{address}") } else { address };
    let mut url = url::Url::parse(&address).map_err(|_| broken("base_url"))?;
    for (name, value) in &request.query {
        url.query_pairs_mut().append_pair(name, &fill(value)?);
    }
    let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
    for (name, value) in &request.headers {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.to_ascii_lowercase(), fill(value)?));
    }
    let mut form = Vec::new();
    for (name, value) in request.form.iter().flatten() {
        form.push((name.clone(), fill(value)?));
    }
    let mut has_form = request.form.is_some();
    let auth = request.auth.as_ref().or(filling.default_auth).filter(|_| !filling.strip_auth);
    match auth {
        None | Some(Auth::None) => {}
        Some(Auth::Basic([user, password])) => {
            let pair = format!("{}:{}", fill(user)?, fill(password)?);
            headers.push(("authorization".into(), format!("Basic {}", STANDARD.encode(pair))));
        }
        Some(Auth::Bearer(token)) => {
            headers.push(("authorization".into(), format!("Bearer {}", fill(token)?)));
        }
        Some(Auth::Header(fields)) => {
            for (name, value) in fields {
                headers.push((name.to_ascii_lowercase(), fill(value)?));
            }
        }
        Some(Auth::Cookie(fields)) => {
            let mut cookies = Vec::new();
            for (name, value) in fields {
                // The name of a cookie may differ by installation, so it may be a placeholder.
                let name = match name.parse::<Template>() {
                    Ok(template) => fill(&template)?,
                    Err(_) => name.clone(),
                };
                cookies.push(format!("{name}={}", fill(value)?));
            }
            headers.push(("cookie".into(), cookies.join("; ")));
        }
        Some(Auth::Form(fields)) => {
            has_form = true;
            for (name, value) in fields {
                form.push((name.clone(), fill(value)?));
            }
        }
    }
    let body = if has_form {
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        Some(("application/x-www-form-urlencoded", text))
    } else {
        match &request.json {
            Some(json) => Some(("application/json", json_body(json, values)?.to_string())),
            None => None,
        }
    };
    let method = reqwest::Method::from_bytes(method.as_bytes()).map_err(|_| broken("method"))?;
    Ok(Outgoing { method, url, headers, body })
}

fn json_body(json: &Json, values: &Values) -> Result<JsonValue, Unfilled> {
    Ok(match json {
        Json::Bool(value) => JsonValue::Bool(*value),
        Json::Number(value) => (*value).into(),
        Json::Text(template) => template.render(|name| values.lookup(name))?.into(),
        Json::List(items) => JsonValue::Array(
            items.iter().map(|item| json_body(item, values)).collect::<Result<_, _>>()?,
        ),
        Json::Object(fields) => {
            let mut object = serde_json::Map::new();
            for (name, value) in fields {
                object.insert(name.clone(), json_body(value, values)?);
            }
            JsonValue::Object(object)
        }
    })
}

fn percent(value: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    encoded.replace('+', "%20")
}

fn captured(capture: &Capture, answer: &Answer) -> Option<String> {
    match capture {
        Capture::Json(pointer) => match answer.json()?.pointer(pointer)? {
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
fn is_taken_back(attributes: &str) -> bool {
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

    fn outgoing(yaml: &str, strip_auth: bool) -> Outgoing {
        let request: Request = serde_saphyr::from_str(yaml).unwrap();
        let mut values = Values::default();
        values.set("base_url", "http://127.0.0.1:9");
        values.set("id", "a/b?c");
        values.set("email", "maya@acme.example");
        values.set_secret("token", Secret::new("s3cret&token"));
        build(&request, Filling { values: &values, default_auth: None, strip_auth }).unwrap()
    }

    #[test]
    fn values_cannot_break_out_of_their_place() {
        let out = outgoing("{get: '/users/{{ id }}', query: {q: '{{ token }}'}}", false);
        assert_eq!(out.url.as_str(), "http://127.0.0.1:9/users/a%2Fb%3Fc?q=s3cret%26token");
        let out = outgoing("{post: /t, form: {token: '{{ token }}', x: y}}", false);
        assert_eq!(out.body.unwrap().1, "token=s3cret%26token&x=y");
        let out = outgoing("{post: /t, json: {a: ['{{ id }}', 7, true]}}", false);
        assert_eq!(out.body.unwrap().1, r#"{"a":["a/b?c",7,true]}"#);
    }

    #[test]
    fn the_empty_control_sends_no_credential() {
        let yaml = "{get: /me, auth: {basic: ['{{ email }}/token', '{{ token }}']}}";
        let with = outgoing(yaml, false);
        assert!(with.headers.iter().any(|(name, _)| name == "authorization"));
        let without = outgoing(yaml, true);
        assert!(!without.headers.iter().any(|(name, _)| name == "authorization"));
    }

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
