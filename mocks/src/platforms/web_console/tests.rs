//! What survives what at a console of pages; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{Platform as _, WebConsole, pages};
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::{epoch, from_epoch};

struct Console {
    mock: WebConsole,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Console {
    let now = from_epoch(1_790_000_000);
    let (mock, variables) = WebConsole::seeded(now);
    Console { mock, variables, now }
}

fn body(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split_once(from).unwrap().1.split_once(to).unwrap().0
}

fn cookies(answer: &Response) -> Vec<String> {
    let set = answer.headers.iter().filter(|(name, _)| name == "Set-Cookie");
    set.map(|(_, value)| value.split(';').next().unwrap().to_owned()).collect()
}

impl Console {
    fn of(&self, name: &str) -> String {
        self.variables[&format!("ACME_WEB_CONSOLE_{name}")].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.mock.handle(request, self.now).unwrap()
    }

    /// Fetches the form and sends it.
    fn sign_in(&mut self, user: &str, password: &str) -> Response {
        let form = self.send(&Request::new("GET", "/sign-in"));
        let token = between(&body(&form), "value=\"", "\"").to_owned();
        let request = Request::new("POST", "/sign-in").with("Cookie", &cookies(&form)[0]);
        self.send(&request.with_form(&[
            ("authenticity_token", &token),
            ("username", user),
            ("password", password),
            ("remember", "on"),
        ]))
    }

    fn sees(&mut self, cookie: &str) -> bool {
        let answer = self.send(&Request::new("GET", "/profile").with("Cookie", cookie));
        answer.status == 200 && body(&answer).contains("maya@acme.example")
    }

    fn act(&mut self, method: &str, target: &str, step_up: bool, wanted: serde_json::Value) -> u16 {
        let token = self.variables["WEB_CONSOLE_ADMIN_TOKEN"].clone();
        let mut request = Request::new(method, target).auth("Bearer", &token).with_json(&wanted);
        if step_up {
            request =
                request.with("x-step-up", &self.variables["WEB_CONSOLE_ADMIN_STEP_UP"].clone());
        }
        self.send(&request).status
    }

    fn token_works(&mut self) -> bool {
        let token = self.of("MAYA_TOKEN");
        self.send(&Request::new("GET", "/api/me").auth("Bearer", &token)).status == 200
    }

    /// Maya's cookies: the server's session, the signed one, remember-me.
    fn signed_in(&mut self) -> Vec<String> {
        let answer = self.sign_in("maya@acme.example", &self.of("MAYA_PASSWORD"));
        assert_eq!(answer.header("location"), Some("/profile"));
        cookies(&answer)
    }
}

#[test]
fn the_forms_own_token_is_looked_at_before_the_password() {
    let mut console = start();
    let password = console.of("MAYA_PASSWORD");
    let fields = [("username", "maya@acme.example"), ("password", password.as_str())];
    let answer = console.send(&Request::new("POST", "/sign-in").with_form(&fields));
    assert_eq!(answer.status, 403);
}

#[test]
fn a_wrong_password_is_answered_with_200_and_five_lock() {
    let mut console = start();
    for _ in 0..5 {
        let answer = console.sign_in("maya@acme.example", "no");
        assert!(
            answer.status == 200 && body(&answer).contains(&format!("error\">{}", pages::WRONG))
        );
    }
    let right = console.of("MAYA_PASSWORD");
    let answer = console.sign_in("maya@acme.example", &right);
    assert!(body(&answer).contains("<p class=\"error\">Too many attempts."));
    console.now += Duration::from_secs(16 * 60);
    assert_eq!(console.sign_in("maya@acme.example", &right).status, 302);
}

#[test]
fn a_new_password_ends_the_stored_session_and_the_links_alone() {
    let mut console = start();
    let all = console.signed_in();
    let link = format!("/reset/{}", console.of("MAYA_LINK"));
    assert!(body(&console.send(&Request::new("GET", &link))).contains("id=\"me\""));
    let wanted = json!({"password": "next"});
    assert_eq!(console.act("PUT", "/api/admin/users/41/password", false, wanted.clone()), 403);
    assert_eq!(console.act("PUT", "/api/admin/users/41/password", true, wanted), 204);
    assert_eq!(all.iter().map(|one| console.sees(one)).collect::<Vec<_>>(), [false, true, true]);
    assert!(console.token_works());
    assert!(!body(&console.send(&Request::new("GET", &link))).contains("id=\"me\""));
}

#[test]
fn deactivation_is_a_mask_and_deletion_is_none() {
    let mut console = start();
    let all = console.signed_in();
    let user = "/api/admin/users/41";
    console.act("PATCH", user, false, json!({"active": false}));
    assert!(!all.iter().any(|one| console.sees(one)) && !console.token_works());
    console.act("PATCH", user, false, json!({"active": true}));
    assert!(all.iter().all(|one| console.sees(one)) && console.token_works());
    console.act("DELETE", user, false, json!(null));
    assert!(!all.iter().any(|one| console.sees(one)) && !console.token_works());
}

#[test]
fn a_logout_and_a_purge_end_the_stored_session_only() {
    for purge in [false, true] {
        let mut console = start();
        let all = console.signed_in();
        if purge {
            console.act("DELETE", "/api/admin/users/41/sessions", false, json!(null));
        } else {
            console.send(&Request::new("POST", "/sign-out").with("Cookie", &all[0]));
        }
        assert_eq!(
            all.iter().map(|one| console.sees(one)).collect::<Vec<_>>(),
            [false, true, true]
        );
    }
}

#[test]
fn remember_me_makes_new_sessions() {
    let mut console = start();
    let all = console.signed_in();
    let answer = console.send(&Request::new("GET", "/profile").with("Cookie", &all[2]));
    let made = cookies(&answer);
    assert_eq!(made.len(), 2);
    assert!(made.iter().all(|one| console.sees(one)));
}

#[test]
fn a_second_factor_is_asked_for_and_a_password_can_have_to_be_changed() {
    let mut console = start();
    let answer = console.sign_in("leo@acme.example", &console.of("LEO_PASSWORD"));
    assert_eq!(answer.header("location"), Some("/one-time-code"));
    let pending = cookies(&answer)[0].clone();
    let form = console.send(&Request::new("GET", "/sign-in"));
    let token = between(&body(&form), "value=\"", "\"").to_owned();
    let cookie = format!("{}; {pending}", cookies(&form)[0]);
    let mut send = |code: &str| {
        let request = Request::new("POST", "/one-time-code").with("Cookie", &cookie);
        console.send(&request.with_form(&[("authenticity_token", &token), ("code", code)]))
    };
    assert!(body(&send("000000")).contains("Wrong code"));
    let right = {
        let (mock, variables) = WebConsole::seeded(from_epoch(0));
        drop(mock);
        pages::code(&variables["ACME_WEB_CONSOLE_LEO_SEED"], 1_790_000_000).unwrap()
    };
    assert_eq!(send(&right).header("location"), Some("/profile"));
    console.act(
        "PUT",
        "/api/admin/users/41/password",
        true,
        json!({"password": "n", "must_change": true}),
    );
    let answer = console.sign_in("maya@acme.example", "n");
    assert_eq!(answer.header("location"), Some("/password-expired"));
}

#[test]
fn a_code_is_that_of_the_standard() {
    // RFC 6238 appendix B, SHA-256, second 59; the last six of its eight digits.
    let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA";
    assert_eq!(pages::code(seed, 59).unwrap(), "119246");
    assert_eq!(epoch(from_epoch(59)), 59);
}
