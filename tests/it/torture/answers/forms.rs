//! Consoles without an API: the form fetched, sent with what it hides, and a page that names who is signed in.

use crate::torture::case::*;
use crate::torture::say::*;
use crate::torture::wire::{Asked, Reply};

const FORM: [&str; 3] = ["desk", "console", "form"];
const FACTOR: [&str; 3] = ["desk", "console", "second_factor"];
const SESSION: [&str; 3] = ["desk", "browser", "page"];

const FIELDS: &str = "<input name=user><input type=password name=password>";

/// The form with its token, among what else a login page has.
fn page(around: &str) -> String {
    format!(
        "<!doctype html><title>Sign in</title>{around}<form action=/find><input name=q></form>\
         <form method=post action='/in?step=1'><input type=hidden name=_token value=t-1>{FIELDS}</form>"
    )
}

fn login() -> Reply {
    let kind = ("content-type", "text/html; charset=utf-8");
    http(200, &[kind, ("set-cookie", "pre=1; Path=/"), ("set-cookie", "deep=2; Path=/x")], page(""))
}

fn to(place: &str) -> Reply {
    bare(302, &[("location", place), ("set-cookie", "sid=fresh; Path=/; HttpOnly")])
}

fn home() -> Reply {
    html(200, "<!doctype html><p>Signed in as <b>maya@acme.example</b></p>")
}

fn refused() -> String {
    page("<p class=error>Wrong e-mail or password</p>")
}

fn asked<const N: usize>(all: &[Asked]) -> Result<[&Asked; N], String> {
    let all: Vec<&Asked> = all.iter().collect();
    all.try_into().map_err(|all: Vec<_>| format!("{} requests", all.len()))
}

fn carries_everything(all: &[Asked]) -> Result<(), String> {
    let [form, post, page] = asked::<3>(all)?;
    let base = format!("http://{}", form.header("host").unwrap_or_default());
    let seen = (
        post.path().to_owned(),
        post.body.clone(),
        [post, page].map(|one| one.header("cookie").unwrap_or_default().to_owned()),
        post.header("origin").map(str::to_owned),
        post.header("referer").map(str::to_owned),
    );
    let wanted = (
        "/in?step=1".to_owned(),
        "_token=t-1&password=s3cret-token-of-c&user=maya%40acme.example".to_owned(),
        ["pre=1".to_owned(), "pre=1; sid=fresh".to_owned()],
        Some(base.clone()),
        Some(format!("{base}/login")),
    );
    if seen == wanted { Ok(()) } else { Err(format!("{seen:?}")) }
}

/// What the first use was given is not used by the second.
fn starts_anew(all: &[Asked]) -> Result<(), String> {
    let [_, _, _, again, _, _] = asked::<6>(all)?;
    match again.header("cookie") {
        None => Ok(()),
        Some(cookie) => Err(format!("the second use begins with {cookie}")),
    }
}

fn no_password_is_sent(all: &[Asked]) -> Result<(), String> {
    match all {
        [only] if only.body.is_empty() => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn sends_a_code(all: &[Asked]) -> Result<(), String> {
    let [_, _, _, post, _] = asked::<5>(all)?;
    let code = post.body.strip_prefix("key=k1&otp=").unwrap_or_default();
    let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(()) } else { Err(post.body.clone()) }
}

pub(super) fn cases() -> Vec<Case> {
    let first = |name: &str, demand, reply| Case::new(name, demand, reply).of(FORM);
    let post = |name: &str, demand, reply| first(name, demand, login()).then(reply);
    let seen = |name: &str, demand, body: &str| {
        post(name, demand, to("/home")).then(html(200, &format!("<!doctype html>{body}")))
    };
    let factor = |name: &str, demand, answer: Reply| {
        let form =
            "<!doctype html><form><input type=hidden name=key value=k1><input name=otp></form>";
        Case::new(name, demand, login())
            .of(FACTOR)
            .then(to("/second-factor"))
            .then(html(200, form))
            .then(answer)
    };
    let session = |name: &str, demand, reply| Case::new(name, demand, reply).of(SESSION);
    let mut cases = vec![
        post("a form with its hidden inputs and cookies", ALIVE, to("/home"))
            .then(home())
            .requests(carries_everything),
        post("a form whose cookies are those of one use", ALIVE, to("/home"))
            .then(home())
            .then(login())
            .then(to("/home"))
            .then(home())
            .and_then(ALIVE)
            .requests(starts_anew),
        post("an address relative to the form's", ALIVE, bare(302, &[("location", "home")]))
            .then(home()),
        post("a form back with words of refusal", DEAD, html(200, &refused())),
        post("a form back without a word", FLOW_BROKEN, html(200, &page(""))),
        post(
            "words of refusal without the form",
            FLOW_BROKEN,
            html(200, "<p>Wrong e-mail or password</p>"),
        ),
        post(
            "words of refusal in a script",
            FLOW_BROKEN,
            html(200, &page("<script>e='Wrong e-mail or password'</script>")),
        ),
        post(
            "words of refusal in a template",
            FLOW_BROKEN,
            html(200, &page("<template>Wrong e-mail or password</template>")),
        ),
        post(
            "words of refusal that are hidden",
            FLOW_BROKEN,
            html(200, &page("<p hidden>Wrong e-mail or password</p>")),
        ),
        post("words of refusal in 403", FLOW_BROKEN, html(403, &refused())),
        post("words of refusal in 500", SERVER_ERROR, html(500, &refused())),
        post("words of refusal in 429", RATE_LIMITED, html(429, &refused())),
        post(
            "words of refusal from a cache",
            CACHED,
            http(200, &[("content-type", "text/html"), ("age", "9")], refused()),
        ),
        post(
            "words of refusal and of a lock",
            AMBIGUOUS,
            html(200, &(refused() + "<p>Too many attempts</p>")),
        ),
        post(
            "a form back with words of a lock",
            LOCKED_OUT,
            html(200, &page("<p>Too many attempts</p>")),
        ),
        post(
            "the right password and a wrong token",
            POLICY,
            html(403, "<!doctype html><h1>CSRF verification failed</h1>"),
        ),
        post(
            "the right password and a page that expired",
            FLOW_BROKEN,
            html(419, "<!doctype html><title>Page Expired</title>"),
        ),
        post(
            "the right password and an invalid token",
            FLOW_BROKEN,
            html(422, "<!doctype html>InvalidAuthenticityToken"),
        ),
        post("a second factor after a redirect", NOT_PERMITTED, to("/second-factor")),
        post(
            "a second factor on the spot",
            NOT_PERMITTED,
            html(200, "<!doctype html><title>Second factor</title><form><input name=otp></form>"),
        ),
        post("on to another host", REDIRECT, to("https://sso.example/home")),
        post("on to another scheme", REDIRECT, to("//sso.example/home")),
        post("back to the login without a word", REDIRECT, to("/login")),
        post("signed in, and back to the login", DEAD, to("/home")).then(to("/login?next=/home")),
        seen("another one's name", OTHER_PRINCIPAL, "<i id=me>sam@globex.example</i>"),
        seen("a name that goes on", UNRECOGNISED, "Signed in as maya@acme.example.org"),
        seen(
            "the name in a script",
            UNRECOGNISED,
            "<script>'Signed in as maya@acme.example'</script>",
        ),
        seen("the name in a comment", UNRECOGNISED, "<!-- Signed in as maya@acme.example -->"),
        seen(
            "the name in an attribute",
            UNRECOGNISED,
            "<p title='Signed in as maya@acme.example'>",
        ),
        seen(
            "the name in a login form",
            UNRECOGNISED,
            "<form><input name=user value=maya@acme.example><input type=password name=password></form>",
        ),
        first(
            "a login page without a form",
            FLOW_BROKEN,
            html(200, "<!doctype html><p>We are upgrading</p>"),
        )
        .requests(no_password_is_sent),
        first(
            "a login page with another field",
            FLOW_BROKEN,
            html(200, &page("").replace("name=password", "name=pw")),
        )
        .requests(no_password_is_sent),
        first("a login page with two such forms", FLOW_BROKEN, html(200, &(page("") + &page(""))))
            .requests(no_password_is_sent),
        first(
            "a form that leads to another host",
            FLOW_BROKEN,
            html(200, &page("").replace("/in?", "https://sso.example/in?")),
        )
        .requests(no_password_is_sent),
        first(
            "a login page that leads elsewhere",
            REDIRECT,
            bare(302, &[("location", "https://sso.example/")]),
        )
        .requests(no_password_is_sent),
        first(
            "a challenge in place of the login page",
            FLOW_BROKEN,
            html(403, "<!doctype html><title>Just a moment...</title>"),
        )
        .requests(no_password_is_sent),
        first(
            "a login page from a cache",
            FLOW_BROKEN,
            http(200, &[("content-type", "text/html"), ("x-cache", "HIT")], "<!doctype html>"),
        ),
        factor("a code that is taken", ALIVE, to("/home")).then(home()).requests(sends_a_code),
        factor(
            "a code that is refused",
            NOT_PERMITTED,
            html(200, "<!doctype html><p>Wrong code</p><form><input name=otp></form>"),
        ),
        factor(
            "a code that changes nothing",
            FLOW_BROKEN,
            html(200, "<!doctype html><p>Again</p><form><input name=otp></form>"),
        ),
        session("a page of a session", ALIVE, home()),
        session("a session sent to the login", DEAD, to("/login?next=/home")),
        session(
            "a session sent to the login of another site",
            REDIRECT,
            to("https://sso.example/login"),
        ),
        session("a session shown the login in 200", UNRECOGNISED, html(200, &page(""))),
        session(
            "a page of a session from a cache",
            CACHED,
            http(
                200,
                &[("content-type", "text/html"), ("age", "30")],
                "<p>Signed in as maya@acme.example</p>",
            ),
        ),
        session("a session that is not modified", REDIRECT, bare(304, &[])),
        session(
            "a session's page in an outage",
            SERVER_ERROR,
            html(503, "<!doctype html>Maintenance"),
        ),
    ];
    for status in [301, 303, 307, 308] {
        let reply = bare(status, &[("location", "/login")]);
        let demand = if status == 303 { DEAD } else { REDIRECT };
        cases.push(session(&format!("a session sent to the login by {status}"), demand, reply));
    }
    cases
}
