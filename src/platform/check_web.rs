//! What a channel must satisfy where a page is read and its form sent.

use super::schema::{Channel, Request, Rule};

/// What of a page can be matched.
const PLACES: &str = "/title, /text, /ids/ID, /inputs/NAME, /passwords, /forms";

pub(super) fn check(channel: &Channel, wrong: &mut impl FnMut(String, &str)) {
    let mut read = false;
    let mut misplaced = Vec::new();
    let mut see = |pages: Vec<&String>| {
        read |= !pages.is_empty();
        misplaced.extend(pages.into_iter().filter(|pointer| !is_place(pointer)).cloned());
    };
    channel.alive.iter().for_each(|rule| see(pages(&rule.value)));
    channel.dead.iter().for_each(|rule| see(pages(&rule.value)));
    channel.not_permitted.iter().for_each(|rule| see(pages(&rule.value)));
    channel.inconclusive.iter().for_each(|rule| see(pages(&rule.value)));
    if read && !channel.web_form {
        wrong(
            "a page proves nothing on an API".into(),
            "if this is a login page, say `web_form: true`",
        );
    }
    for pointer in misplaced {
        wrong(format!("`html` has no {pointer:?}"), PLACES);
    }
    for (pointer, matcher) in channel.alive.iter().flat_map(|rule| &rule.value.html) {
        if pointer.starts_with("/inputs") && matcher.names_someone() {
            wrong(
                "an alive rule believes an input: login forms repeat what was typed".into(),
                "match what the page says: `html: {/text: {contains: \"Signed in as {{ login }}\"}}`",
            );
        }
    }
    check_requests(channel.requests(), wrong);
}

fn pages<R>(rule: &Rule<R>) -> Vec<&String> {
    rule.html.keys().collect()
}

fn is_place(pointer: &str) -> bool {
    let below = |place: &str| pointer.strip_prefix(place).is_some_and(|name| !name.is_empty());
    ["/title", "/text", "/passwords", "/forms"].contains(&pointer)
        || below("/ids/")
        || below("/inputs/")
}

/// What the requests of any flow must satisfy.
pub(super) fn check_requests(requests: &[Request], wrong: &mut impl FnMut(String, &str)) {
    if requests.first().is_some_and(|first| first.submits.is_some()) {
        wrong(
            "the first request submits a form that nobody has fetched".into(),
            "add `get: /login` before it",
        );
    }
    for request in requests {
        let other = request.json.is_some() || request.xml.is_some() || request.text.is_some();
        if request.submits.is_some() && (other || request.post.is_none()) {
            wrong(
                "`submits` sends a form".into(),
                "use `post` with `form:` or `auth: {form: ...}`",
            );
        }
        for totp in request.totp.values() {
            if !(6..=8).contains(&totp.digits) || totp.every.0.as_secs() == 0 {
                wrong(
                    "a code has 6 to 8 digits and holds for a second or more".into(),
                    "{digits: 6, every: 30s}",
                );
            }
        }
    }
    for request in requests {
        let rules = request.proceed.iter().chain(request.poll.iter().map(|poll| &poll.until));
        for pointer in rules.flat_map(|rule| rule.html.keys()).filter(|it| !is_place(it)) {
            wrong(format!("`html` has no {pointer:?}"), PLACES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(yaml: &str) -> String {
        let requests: Vec<Request> =
            serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}"));
        let mut all = Vec::new();
        check_requests(&requests, &mut |text, _| all.push(text));
        all.join("\n")
    }

    #[test]
    fn a_form_is_fetched_before_it_is_sent_and_sent_as_one() {
        let sound = "
- {get: /login}
- post: /login
  submits: password
  cookies: true
  totp: {code: {seed: s, digits: 6, every: 30s, algorithm: sha256}}
  capture: {a: {html: {input: [x, z]}}, b: {html: {meta: [x]}}, c: {html: {id: x}}}
  proceed: {status: 200, html: {/ids/x: y}}
";
        assert_eq!(told(sound), "");
        let instead = |from: &str, to: &str| {
            assert!(sound.contains(from), "{from}");
            told(&sound.replace(from, to))
        };
        assert!(told("[{post: /login, submits: password}]").contains("nobody has fetched"));
        assert!(instead("post: /login", "put: /login").contains("sends a form"));
        assert!(instead("cookies: true", "json: {a: b}").contains("sends a form"));
        assert!(instead("digits: 6", "digits: 9").contains("6 to 8 digits"));
        assert!(instead("every: 30s", "every: 100ms").contains("a second or more"));
        assert!(instead("/ids/x", "/class/x").contains("no \"/class/x\""));
    }
}
