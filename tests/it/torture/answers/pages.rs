//! Pages where data was due: logins, walls, captchas, portals, parked names, in any status and under any label.

use crate::torture::case::*;
use crate::torture::say::*;

pub(super) fn cases() -> Vec<Case> {
    let challenge = "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies to continue</body></html>";
    let captcha = "<html><head><title>Attention</title></head><body><div class=\"g-recaptcha\"></div></body></html>";
    let mut cases = Vec::new();
    for status in [200, 401, 403, 404, 405, 500, 503] {
        cases.push(Case::new(format!("a login page in {status}"), HTML, html(status, LOGIN)));
        cases.push(Case::new(format!("a wall's page in {status}"), HTML, html(status, challenge)));
    }
    cases.push(Case::new("a wall's page in 429", RATE_LIMITED, html(429, challenge)));
    cases.push(Case::new("a captcha in 200", HTML, html(200, captcha)));
    let disguised = |name: &str, kind: &str, body: &str| {
        Case::new(name, HTML, http(401, &[("content-type", kind)], body))
    };
    cases.extend([
        disguised("a page labelled as JSON", "application/json", LOGIN),
        disguised("a page labelled as text", "text/plain", LOGIN),
        disguised("a page in capitals", "text/plain", "<HTML><HEAD><TITLE>invalid_token</TITLE>"),
        disguised(
            "a page after a comment",
            "text/plain",
            "<!-- edge 7 -->\n<!doctype html><html>invalid_token</html>",
        ),
        disguised(
            "a page after an XML declaration",
            "application/xml",
            "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\"><html>token gone</html>",
        ),
        disguised(
            "a page without its head",
            "text/plain",
            "<body><h1>401 Authorization Required</h1></body>",
        ),
        disguised(
            "a page that begins with a script",
            "application/json",
            "<script>location='/login'</script>",
        ),
        disguised(
            "a page that begins with a mark and blanks",
            "text/plain",
            "\u{feff}\n\n  <!DOCTYPE HTML>\n<html>x</html>",
        ),
        disguised(
            "a page with attributes",
            "text/plain",
            "<html\nlang='en'><body>token gone</body></html>",
        ),
    ]);
    // A portal of the network in between answers everything, also with a principal's name in it.
    let named =
        "<html><body>{\"user\":{\"id\":\"u-1\",\"email\":\"maya@acme.example\"}}</body></html>";
    cases.push(Case::new("a page that quotes the principal's own answer", HTML, html(200, named)));
    let quoted = "<html><body><pre>{\"error\":\"invalid_token\"}</pre></body></html>";
    cases.push(Case::new("a page that quotes the refusal", HTML, html(401, quoted)));
    cases.push(Case::new("a wall's JSON", UNRECOGNISED, json(403, r#"{"message":"Forbidden"}"#)));
    cases.push(Case::new(
        "a gateway's JSON",
        UNRECOGNISED,
        json(401, r#"{"message":"Unauthorized"}"#),
    ));
    cases.push(Case::new("a wall's text", UNRECOGNISED, text(403, "error code: 1020")));
    cases.push(Case::new(
        "a page about an outage, in JSON's clothes",
        SERVER_ERROR,
        json(502, r#"{"error":"Bad Gateway"}"#),
    ));
    let login = ["desk", "login", "form"];
    cases.extend([
        Case::new(
            "a form that says the password is wrong",
            DEAD,
            html(200, "<p>Wrong e-mail or password</p>"),
        )
        .of(login),
        Case::new(
            "a form that says too many attempts",
            LOCKED_OUT,
            html(200, "<p>Too many attempts</p>"),
        )
        .of(login),
        Case::new(
            "a form that says both",
            AMBIGUOUS,
            html(200, "<p>Wrong e-mail or password</p><p>Too many attempts</p>"),
        )
        .of(login),
        Case::new(
            "a form that misses its hidden field",
            POLICY,
            html(403, "<h1>CSRF verification failed</h1>"),
        )
        .of(login),
        Case::new("a form shown again without a word", FLOW_BROKEN, html(200, LOGIN)).of(login),
        Case::new("a wall before the form", FLOW_BROKEN, html(403, challenge)).of(login),
        Case::new(
            "the right password, and a second factor next",
            NOT_PERMITTED,
            bare(302, &[("location", "/second-factor")]),
        )
        .of(login),
        Case::new(
            "sent somewhere else",
            REDIRECT,
            bare(302, &[("location", "https://sso.example/")]),
        )
        .of(login),
    ]);
    cases
}
