use super::*;
use crate::probe::build::{Filling, build};

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

/// A page, if it begins like one.
fn answer(headers: &[(&str, &str)], body: &str) -> Answer {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
    let headers = headers.iter().chain(&[("content-type", kind)]).map(own).collect();
    Answer::new(200, headers, body.as_bytes())
}

fn values() -> Values {
    let mut values = Values::default();
    values.set("base_url", "https://desk.example");
    values.set("user_field", "username");
    values.set("login", "maya");
    values.set_secret("password", Secret::new("p&ss"));
    values
}

fn sent(browser: &Browser, yaml: &str, strip_auth: bool) -> Result<Outgoing, Unsent> {
    let request: Request = serde_saphyr::from_str(yaml).unwrap();
    let mut values = values();
    let hidden = browser.find_form(&request, &mut values)?;
    let filling = Filling { values: &values, default_auth: None, strip_auth };
    let mut outgoing = build(&request, filling, jiff::Timestamp::UNIX_EPOCH).unwrap();
    browser.dress(&request, hidden, &mut outgoing);
    Ok(outgoing)
}

fn header<'o>(outgoing: &'o Outgoing, name: &str) -> Option<&'o str> {
    let mut found = outgoing.headers.iter().filter(|(known, _)| known == name);
    let first = found.next().map(|(_, value)| value.as_str());
    assert!(found.next().is_none(), "two {name}");
    first
}

const FORM: &str = "<form action='/in?step=2'><input type=hidden name=_token value=t1>
    <input type=hidden name=username value=nobody><input name=username><input type=password name=password></form>";
const SUBMIT: &str = "{post: '{{ form_url }}', submits: password,
    auth: {form: {'{{ user_field }}': '{{ login }}', password: '{{ password }}'}}}";

#[test]
fn a_form_goes_out_as_a_browser_sends_it() {
    let mut browser = Browser::default();
    browser.remember(
        &url("https://desk.example/login?next=/#top"),
        &answer(&[("set-cookie", "sid=a; Path=/; Secure"), ("set-cookie", "lang=en")], FORM),
    );
    let out = sent(&browser, SUBMIT, false).unwrap();
    assert_eq!(out.url.as_str(), "https://desk.example/in?step=2");
    assert_eq!(out.body.as_ref().unwrap().1, "_token=t1&password=p%26ss&username=maya");
    assert_eq!(header(&out, "origin"), Some("https://desk.example"));
    assert_eq!(header(&out, "referer"), Some("https://desk.example/login?next=/"));
    assert_eq!(header(&out, "cookie"), Some("sid=a; lang=en"));
    assert!(header(&out, "accept").unwrap().starts_with("text/html"));
    // Without the credential the rest of the form is still sent.
    let out = sent(&browser, SUBMIT, true).unwrap();
    assert_eq!(out.body.unwrap().1, "_token=t1&username=nobody");
}

#[test]
fn a_form_that_changed_or_leads_elsewhere_is_not_sent() {
    let told = |page: &str| {
        let mut browser = Browser::default();
        browser.remember(&url("https://desk.example/login"), &answer(&[], page));
        sent(&browser, SUBMIT, false).map(|_| ()).unwrap_err().to_string()
    };
    assert!(told("<html><p>We are upgrading</p>").contains("the form has changed"));
    assert!(told(&FORM.repeat(2)).contains("several forms"));
    assert!(told(&FORM.replace("/in", "https://other.example/in")).contains("another site"));
    assert!(told(&FORM.replace("/in", "//other.example/in")).contains("another site"));
    assert!(told(&FORM.replace("/in", "http://desk.example/in")).contains("another site"));
    assert!(told(&FORM.replace("/in", "javascript:go()")).contains("another site"));
    assert!(told("{\"a\":1}").contains("no page was shown"));
}

#[test]
fn cookies_go_back_only_to_the_host_and_path_that_set_them() {
    let mut browser = Browser::default();
    let set = [
        ("set-cookie", "root=1; Path=/"),
        ("set-cookie", "deep=2; Path=/admin"),
        ("set-cookie", "own=3"),
        ("set-cookie", "wide=4; Domain=example; Path=/"),
        ("set-cookie", "gone=5; Path=/; Max-Age=0"),
        ("set-cookie", "nonsense"),
    ];
    browser.remember(&url("https://desk.example/admin/in"), &answer(&set, ""));
    let at = |address: &str| {
        let cookies = browser.cookies_for(&url(address));
        cookies.into_iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(at("https://desk.example/admin/x"), ["deep", "own", "root", "wide"]);
    assert_eq!(at("https://desk.example/administrators"), ["root", "wide"]);
    assert_eq!(at("https://desk.example/"), ["root", "wide"]);
    assert_eq!(at("https://other.example/admin/x"), [""; 0]);
}

#[test]
fn a_cookie_is_replaced_taken_back_and_kept_from_the_clear() {
    let mut browser = Browser::default();
    let login = url("https://desk.example/login");
    browser.remember(&login, &answer(&[("set-cookie", "sid=a; Path=/; Secure")], ""));
    browser.remember(&login, &answer(&[("set-cookie", "sid=b; Path=/; Secure")], ""));
    assert_eq!(browser.cookies_for(&login), [("sid", "b")]);
    assert_eq!(browser.cookies_for(&url("http://desk.example/login")), []);
    let gone = "sid=; Path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT";
    browser.remember(&login, &answer(&[("set-cookie", gone)], ""));
    assert_eq!(browser.cookies_for(&login), []);
}

#[test]
fn cookies_are_sent_only_where_a_request_asks_for_them_and_its_own_win() {
    let mut browser = Browser::default();
    let set = [("set-cookie", "sid=old; Path=/"), ("set-cookie", "lang=en; Path=/")];
    browser.remember(&url("https://desk.example/login"), &answer(&set, ""));
    let cookie =
        |yaml: &str| header(&sent(&browser, yaml, false).unwrap(), "cookie").map(str::to_owned);
    assert_eq!(cookie("{get: /me}"), None);
    assert_eq!(cookie("{get: /me, cookies: true}").as_deref(), Some("sid=old; lang=en"));
    let own = "{get: /me, cookies: true, auth: {cookie: {sid: mine}}}";
    assert_eq!(cookie(own).as_deref(), Some("lang=en; sid=mine"));
}

#[test]
fn a_second_factor_is_of_the_drills_own_time() {
    let time = "1970-01-01T00:00:59Z".parse().unwrap();
    let request: Request = serde_saphyr::from_str(
        "{post: /otp, totp: {code: {seed: '{{ seed }}', digits: 8}}, form: {otp: '{{ code }}'}}",
    )
    .unwrap();
    let mut values = values();
    // The seed of RFC 6238 appendix B, and its first row.
    values.set_secret("seed", Secret::new("gezd gnbv-GY3TQOJQGEZDGNBVGY3TQOJQ"));
    let code = |strip_auth: bool| {
        let filling = Filling { values: &values, default_auth: None, strip_auth };
        build(&request, filling, time).unwrap().body.unwrap().1
    };
    assert_eq!(code(false), "otp=94287082");
    assert_eq!(code(true), "otp=");
}
