//! Against servers whose every word is written down.

use super::super::scripted::{Script, play, wire};
use super::*;
use crate::secret::Secret;

const HELLO: (&str, &str) = ("", "220 mail.example ESMTP\r\n");
const LOOK: (&str, &str) =
    ("EHLO [127.0.0.1]", "250-mail.example\r\n250-SIZE 100\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n");
const IN: (&str, &str) = ("AUTH PLAIN AHN1cHBvcnQAcHcx", "235 2.7.0 Logged in.\r\n");

fn form(rest: &str) -> Smtp {
    let text = format!("user: '{{{{ user }}}}'\npassword: '{{{{ password }}}}'\n{rest}");
    crate::error::from_yaml(std::path::Path::new("x.yaml"), &text)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn values(port: u16) -> Values {
    let mut values = Values::default();
    values.set("base_url", format!("smtp://127.0.0.1:{port}"));
    values.set("user", "support");
    values.set("nonce", "doornail-1");
    values.set_secret("password", Secret::new("pw1".to_owned()));
    values
}

async fn said_to(rest: &str, script: Script) -> (Result<String, DoubtReason>, Vec<String>) {
    let (port, heard) = play(vec![script]).await;
    let permits = Permits { wire: wire(), ..Permits::default() };
    let signed_in = sign_in(&form(rest), &values(port), &permits).await;
    let answer = signed_in.answer.map(|answer| answer.tree().unwrap().to_string());
    drop(signed_in.open);
    (answer.map_err(|doubt| doubt.reason), heard.await.unwrap())
}

async fn said(rest: &str, steps: Script) -> (Result<String, DoubtReason>, Vec<String>) {
    said_to(rest, [vec![HELLO, LOOK], steps].concat()).await
}

#[tokio::test]
async fn signing_in_begins_no_mail() {
    let (answer, heard) = said("", vec![IN, ("QUIT", "CLOSE")]).await;
    let expected = r#"{"code":235,"enhanced":"2.7.0","text":"Logged in.","user":"support"}"#;
    assert_eq!(answer.as_deref(), Ok(expected));
    assert!(!heard.iter().any(|line| line.contains("MAIL")), "{heard:?}");
}

#[tokio::test]
async fn refusals_are_told_with_their_codes() {
    for (line, expected) in [
        (
            "535 5.7.8 Error: authentication failed: (reason unavailable)\r\n",
            r#"{"code":535,"enhanced":"5.7.8","text":"Error: authentication failed: (reason unavailable)"}"#,
        ),
        (
            "535-5.7.8 Username and Password not accepted. Learn more at\r\n535 5.7.8 https://support.google.com/mail/?p=BadCredentials x\r\n",
            r#"{"code":535,"enhanced":"5.7.8","text":"Username and Password not accepted. Learn more at\nhttps://support.google.com/mail/?p=BadCredentials x"}"#,
        ),
        (
            "535 5.7.139 Authentication unsuccessful\r\n",
            r#"{"code":535,"enhanced":"5.7.139","text":"Authentication unsuccessful"}"#,
        ),
        ("454 4.7.0 Temporary\r\n", r#"{"code":454,"enhanced":"4.7.0","text":"Temporary"}"#),
        ("421 going\r\n", r#"{"code":421,"text":"going"}"#),
        // A code of another class is a word like any other.
        ("535 4.7.0 odd\r\n", r#"{"code":535,"text":"4.7.0 odd"}"#),
    ] {
        let (answer, _) = said("", vec![("AUTH PLAIN", line)]).await;
        assert_eq!(answer.as_deref(), Ok(expected), "{line}");
    }
}

#[tokio::test]
async fn what_is_no_answer_proves_nothing() {
    let of = |steps: Script| [vec![HELLO, LOOK], steps].concat();
    for (script, reason) in [
        (vec![("", "554 go away\r\n")], DoubtReason::Connection),
        (vec![("", "421 4.3.2 too busy\r\n")], DoubtReason::Connection),
        (vec![("", "CLOSE")], DoubtReason::Connection),
        (vec![HELLO, ("EHLO", "535 5.7.8 no\r\n")], DoubtReason::Connection),
        (vec![("", "HANG")], DoubtReason::Timeout),
        (vec![("", "* OK IMAP\r\n")], DoubtReason::Unparsable),
        (of(vec![("AUTH", "CLOSE")]), DoubtReason::Connection),
        (of(vec![("AUTH", "HANG")]), DoubtReason::Timeout),
        (of(vec![("AUTH", "535-5.7.8 no\r\n235 2.7.0 yes\r\n")]), DoubtReason::Unparsable),
        (of(vec![("AUTH", "535 \u{e4}\n")]), DoubtReason::Unparsable),
    ] {
        let (answer, _) = said_to("timeout: 300ms", script.clone()).await;
        assert_eq!(answer, Err(reason), "{script:?}");
    }
    let many: &'static str = "250-x\r\n".repeat(1_000).leak();
    let (answer, _) = said_to("", vec![HELLO, ("EHLO", many)]).await;
    assert_eq!(answer, Err(DoubtReason::TooLarge));
}

#[tokio::test]
async fn only_what_is_offered_is_used() {
    let none = ("EHLO", "250 mail.example\r\n");
    for mechanism in ["", "mechanism: plain", "mechanism: login", "mechanism: xoauth2"] {
        let (answer, heard) = said_to(mechanism, vec![HELLO, none]).await;
        assert_eq!(answer, Err(DoubtReason::Policy), "{mechanism}");
        assert_eq!(heard.len(), 1, "{mechanism}");
    }
    let login = ("EHLO", "250-mail.example\r\n250 AUTH LOGIN\r\n");
    let steps = vec![
        HELLO,
        login,
        ("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"),
        ("c3VwcG9ydA==", "334 UGFzc3dvcmQ6\r\n"),
        ("cHcx", "235 2.7.0 in\r\n"),
    ];
    let (answer, _) = said_to("", steps).await;
    assert!(answer.unwrap().contains(r#""user":"support""#));
}

#[tokio::test]
async fn a_token_that_is_refused_says_why_first() {
    let asked = ("AUTH XOAUTH2 dXNlcj1zdXBwb3J0", "334 eyJzdGF0dXMiOiI0MDAifQ==\r\n");
    let refused = ("", "535 5.7.8 no\r\n");
    let (answer, _) = said("mechanism: xoauth2", vec![asked, refused]).await;
    let expected = r#"{"code":535,"enhanced":"5.7.8","text":"no","challenge":{"status":"400"}}"#;
    assert_eq!(answer.as_deref(), Ok(expected));
}

const STAYS: &str =
    "stays: true\ntimeout: 400ms\nfrom: 'support@acme.example'\nto: 'us@ours.example'";

async fn opened(rest: &str, steps: Script) -> (Box<dyn Open>, u16) {
    let (port, _) = play(vec![[vec![HELLO, LOOK, IN], steps].concat()]).await;
    let permits = Permits { wire: wire(), ..Permits::default() };
    let form = form(&format!("{STAYS}\n{rest}"));
    (sign_in(&form, &values(port), &permits).await.open.unwrap(), port)
}

const CLEAN: (&str, &str) = ("RSET", "250 2.0.0 ok\r\n");
const FROM: (&str, &str) = ("MAIL FROM:<support@acme.example>", "250 2.1.0 ok\r\n");
const TO: (&str, &str) = ("RCPT TO:<us@ours.example>", "250 2.1.5 ok\r\n");

#[tokio::test]
async fn a_session_says_whether_it_would_send_and_sends_nothing() {
    let steps = vec![CLEAN, FROM, TO, CLEAN, CLEAN, ("MAIL", "530 5.7.0 sign in first\r\n"), CLEAN];
    let (mut session, port) =
        opened("", [steps, vec![("MAIL", "421 4.3.2 bye\r\n")]].concat()).await;
    let values = values(port);
    let answer = session.again(&values).await.unwrap();
    let expected = r#"{"at":"rcpt","code":250,"enhanced":"2.1.5","text":"ok","user":"support"}"#;
    assert_eq!(answer.tree().unwrap().to_string(), expected);
    let answer = session.again(&values).await.unwrap();
    let expected = r#"{"at":"mail","code":530,"enhanced":"5.7.0","text":"sign in first"}"#;
    assert_eq!(answer.tree().unwrap().to_string(), expected);
    for _ in 0..2 {
        let answer = session.again(&values).await.unwrap();
        assert_eq!(answer.tree().unwrap()["code"], 421);
    }
}

#[tokio::test]
async fn a_session_that_is_to_send_sends_one_marked_mail() {
    let mail = vec![
        ("DATA", "354 go on\r\n"),
        ("From: <support@acme.example>", ""),
        ("To: <us@ours.example>", ""),
        ("Subject: doornail-1", ""),
    ];
    let rest = vec![("", ""), ("", "250 2.0.0 queued\r\n")];
    let steps = [vec![CLEAN, FROM, TO], mail, rest].concat();
    let (mut session, port) = opened("send: true", steps).await;
    let answer = session.again(&values(port)).await.unwrap();
    let expected =
        r#"{"at":"data","code":250,"enhanced":"2.0.0","text":"queued","user":"support"}"#;
    assert_eq!(answer.tree().unwrap().to_string(), expected);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_not_the_next_one() {
    let late = vec![CLEAN, ("MAIL", "LATE 250 2.1.0 ok\r\n")];
    let then = vec![CLEAN, ("MAIL", "550 5.7.1 no more\r\n")];
    let (mut session, port) = opened("", [late, then].concat()).await;
    let values = values(port);
    assert_eq!(session.again(&values).await.unwrap_err().reason, DoubtReason::Timeout);
    let answer = session.again(&values).await.unwrap();
    assert_eq!(answer.tree().unwrap()["code"], 550);
}

#[tokio::test]
async fn a_session_that_is_gone_says_so() {
    let (mut session, port) = opened("", vec![CLEAN, ("MAIL", "CLOSE")]).await;
    for _ in 0..2 {
        let gone = session.again(&values(port)).await.unwrap();
        assert_eq!(gone.tree().unwrap().to_string(), r#"{"closed":true}"#);
    }
}

#[tokio::test]
async fn an_address_with_a_command_in_it_is_not_sent() {
    let (port, _) = play(vec![vec![HELLO]]).await;
    let permits = Permits { wire: wire(), ..Permits::default() };
    let mut values = values(port);
    values.set("to", "a@b.example>\r\nDATA");
    let form = form("stays: true\nfrom: 'a@b.example'\nto: '{{ to }}'");
    let doubt = sign_in(&form, &values, &permits).await.answer.unwrap_err();
    assert_eq!(doubt.reason, DoubtReason::FlowBroken);
}
