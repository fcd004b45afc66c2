//! Against servers whose every word is written down.

use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::super::Wire;
use super::super::scripted::{Script, act, play, wire};
use super::*;
use crate::secret::Secret;

const HELLO: (&str, &str) = ("", "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\r\n");
const LOOK: (&str, &str) =
    ("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN AUTH=XOAUTH2\r\n% OK done\r\n");
const COUNT: (&str, &str) =
    ("STATUS INBOX (MESSAGES)", "* STATUS INBOX (MESSAGES 3)\r\n% OK counted\r\n");

fn form(rest: &str) -> Imap {
    let text = format!("user: '{{{{ user }}}}'\npassword: '{{{{ password }}}}'\n{rest}");
    crate::error::from_yaml(std::path::Path::new("x.yaml"), &text)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn values(port: u16) -> Values {
    let mut values = Values::default();
    values.set("base_url", format!("imap://127.0.0.1:{port}"));
    values.set("user", "support");
    values.set_secret("password", Secret::new("pw\"1".to_owned()));
    values
}

fn permits() -> Permits {
    Permits { wire: wire(), ..Permits::default() }
}

/// What is answered after the greeting and the offers, and what was heard.
async fn said(rest: &str, steps: Script) -> (Result<String, DoubtReason>, Vec<String>) {
    let mut script = vec![HELLO, LOOK];
    script.extend(steps);
    said_to(rest, script).await
}

async fn said_to(rest: &str, script: Script) -> (Result<String, DoubtReason>, Vec<String>) {
    let (port, heard) = play(vec![script]).await;
    let signed_in = sign_in(&form(rest), &values(port), &permits()).await;
    let answer = signed_in.answer.map(|answer| answer.tree().unwrap().to_string());
    drop(signed_in.open);
    (answer.map_err(|doubt| doubt.reason), heard.await.unwrap())
}

#[tokio::test]
async fn a_login_counts_and_leaves() {
    let login = ("LOGIN", "% OK [CAPABILITY IMAP4rev1 IDLE] Logged in\r\n");
    let (answer, heard) = said("", vec![login, COUNT, ("LOGOUT", "CLOSE")]).await;
    let expected = r#"{"result":"OK","text":"Logged in","user":"support","status":{"result":"OK","text":"counted","messages":3}}"#;
    assert_eq!(answer.as_deref(), Ok(expected));
    assert_eq!(heard[1], r#"d2 LOGIN support "pw\"1""#);
    assert!(!heard.iter().any(|line| line.contains("FETCH") || line.contains("SELECT")));
}

#[tokio::test]
async fn refusals_are_told_with_their_codes() {
    for (line, expected) in [
        (
            "% NO [AUTHENTICATIONFAILED] Authentication failed.\r\n",
            r#"{"result":"NO","code":"AUTHENTICATIONFAILED","text":"Authentication failed."}"#,
        ),
        (
            "% NO [UNAVAILABLE] Temporary authentication failure. [host:2026-11-23 15:00:24]\r\n",
            r#"{"result":"NO","code":"UNAVAILABLE","text":"Temporary authentication failure. [host:2026-11-23 15:00:24]"}"#,
        ),
        (
            "% NO [contactadmin] Login disabled for this user\r\n",
            r#"{"result":"NO","code":"CONTACTADMIN","text":"Login disabled for this user"}"#,
        ),
        (
            "% NO [ALERT] Unsupported authentication mechanism.\r\n",
            r#"{"result":"NO","code":"ALERT","text":"Unsupported authentication mechanism."}"#,
        ),
        ("% NO LOGIN failed.\r\n", r#"{"result":"NO","text":"LOGIN failed."}"#),
        ("% BAD what\r\n", r#"{"result":"BAD","text":"what"}"#),
        (
            "* BYE [UNAVAILABLE] too busy\r\n",
            r#"{"result":"BYE","code":"UNAVAILABLE","text":"too busy"}"#,
        ),
        // What is said beside it, or to a command of nobody's, is not the answer.
        ("* NO [ALERT] quota\r\nd99 OK in\r\n% NO no\r\n", r#"{"result":"NO","text":"no"}"#),
    ] {
        let (answer, _) = said("", vec![("LOGIN", line)]).await;
        assert_eq!(answer.as_deref(), Ok(expected), "{line}");
    }
}

#[tokio::test]
async fn what_is_no_answer_proves_nothing() {
    let doubts = |script| async move { said_to("timeout: 300ms", script).await.0.unwrap_err() };
    let of = |steps: Script| [vec![HELLO, LOOK], steps].concat();
    for (script, reason) in [
        (vec![("", "* BYE too many connections\r\n")], DoubtReason::Connection),
        (vec![("", "CLOSE")], DoubtReason::Connection),
        (vec![("", "HANG")], DoubtReason::Timeout),
        (vec![("", "* PREAUTH welcome\r\n")], DoubtReason::FlowBroken),
        (vec![("", "220 mail ESMTP\r\n")], DoubtReason::Unparsable),
        (of(vec![("LOGIN", "CLOSE")]), DoubtReason::Connection),
        (of(vec![("LOGIN", "HANG")]), DoubtReason::Timeout),
        (of(vec![("LOGIN", "% PERHAPS\r\n")]), DoubtReason::Unparsable),
        (of(vec![("LOGIN", "* 1 FETCH (X {3}\r\n")]), DoubtReason::Unparsable),
        (of(vec![("LOGIN", "+ more\r\n")]), DoubtReason::FlowBroken),
    ] {
        assert_eq!(doubts(script.clone()).await, reason, "{script:?}");
    }
}

#[tokio::test]
async fn a_server_that_never_ends_a_line_or_an_answer_is_not_read_for_ever() {
    let long: &'static str = format!("% NO {}", "x".repeat(40_000)).leak();
    assert_eq!(said("", vec![("LOGIN", long)]).await.0, Err(DoubtReason::TooLarge));
    let many: &'static str = "* OK still here\r\n".repeat(2_000).leak();
    assert_eq!(said("", vec![("LOGIN", many)]).await.0, Err(DoubtReason::TooLarge));
}

#[tokio::test]
async fn only_what_is_offered_is_used() {
    let closed = ("CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n% OK done\r\n");
    let (answer, heard) = said_to("", vec![HELLO, closed]).await;
    assert_eq!(answer, Err(DoubtReason::Policy));
    assert_eq!(heard.len(), 1);
    // What the greeting offered is not what CAPABILITY offers.
    let (answer, heard) = said_to("mechanism: xoauth2", vec![HELLO, closed]).await;
    assert_eq!(answer, Err(DoubtReason::Policy));
    assert_eq!(heard.len(), 1);
    let plain = ("CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\n% OK done\r\n");
    let refused = ("AHN1cHBvcnQAcHciMQ==", "d2 NO no\r\n");
    let (answer, _) =
        said_to("", vec![HELLO, plain, ("AUTHENTICATE PLAIN", "+ \r\n"), refused]).await;
    assert_eq!(answer.as_deref(), Ok(r#"{"result":"NO","text":"no"}"#));
}

#[tokio::test]
async fn a_token_that_is_refused_says_why_first() {
    let challenge = "+ eyJzdGF0dXMiOiI0MDAifQ==\r\n";
    let steps = vec![
        ("AUTHENTICATE XOAUTH2", "+ \r\n"),
        ("dXNlcj1zdXBwb3J0AWF1dGg9QmVhcmVyIHB3IjEBAQ==", challenge),
    ];
    // The empty line that is sent then has no word to wait for: it is answered at once.
    let script = [vec![HELLO, LOOK], steps, vec![("", "d2 NO [AUTHENTICATIONFAILED] no\r\n")]];
    let (answer, _) = said_to("mechanism: xoauth2", script.concat()).await;
    let expected =
        r#"{"result":"NO","code":"AUTHENTICATIONFAILED","text":"no","challenge":{"status":"400"}}"#;
    assert_eq!(answer.as_deref(), Ok(expected));
}

#[tokio::test]
async fn nothing_is_sent_of_a_name_with_a_line_in_it_or_of_an_empty_password() {
    for (user, password) in [
        ("a\r\nx LOGOUT", "p"),
        ("a", "p\r\n"),
        ("a\0b", "p"),
        ("a\u{1}", "p"),
        ("a", ""),
        ("", "p"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut values = values(listener.local_addr().unwrap().port());
        values.set("user", user);
        values.set_secret("password", Secret::new(password.to_owned()));
        let signed_in = sign_in(&form(""), &values, &permits()).await;
        assert_eq!(signed_in.answer.unwrap_err().reason, DoubtReason::FlowBroken, "{user:?}");
        let nobody = timeout(Duration::from_millis(20), listener.accept()).await;
        assert!(nobody.is_err(), "{user:?} was connected");
    }
}

#[tokio::test]
async fn a_password_that_cannot_be_quoted_goes_as_a_literal() {
    let (port, heard) = play(vec![vec![
        HELLO,
        LOOK,
        ("LOGIN", "+ go on\r\n"),
        ("pä", "d2 NO [AUTHENTICATIONFAILED] no\r\n"),
    ]])
    .await;
    let mut values = values(port);
    values.set_secret("password", Secret::new("pä".to_owned()));
    let answer = sign_in(&form(""), &values, &permits()).await.answer.unwrap();
    assert_eq!(answer.code().as_deref(), Some("AUTHENTICATIONFAILED"));
    assert_eq!(heard.await.unwrap()[1], "d2 LOGIN support {3}");
}

#[tokio::test]
async fn a_login_that_may_not_count_was_let_in_all_the_same() {
    let steps = vec![("LOGIN", "% OK in\r\n"), ("STATUS", "* BYE Internal error\r\n")];
    let (answer, _) = said("stays: true", steps).await;
    let expected = r#"{"result":"OK","text":"in","user":"support","status":{"result":"BYE","text":"Internal error"}}"#;
    assert_eq!(answer.as_deref(), Ok(expected));
}

/// Opens a session on a server that goes on in this way.
async fn opened(steps: Script) -> Box<dyn Open> {
    let idles = ("IDLE", "+ idling\r\n");
    let mut script = vec![HELLO, LOOK, ("LOGIN", "% OK in\r\n"), COUNT, idles];
    script.extend(steps);
    let (port, _) = play(vec![script]).await;
    let form = form("stays: true\ntimeout: 400ms");
    sign_in(&form, &values(port), &permits()).await.open.unwrap()
}

#[tokio::test]
async fn a_session_idles_and_counts_until_it_is_ended() {
    let mut session = opened(vec![
        ("DONE", "* 4 EXISTS\r\nd4 OK idled\r\n"),
        COUNT,
        ("IDLE", "+ idling\r\n* BYE Server shutting down.\r\n"),
    ])
    .await;
    let values = Values::default();
    let first = session.again(&values).await.unwrap();
    let expected = r#"{"result":"OK","text":"counted","user":"support","messages":3}"#;
    assert_eq!(first.tree().unwrap().to_string(), expected);
    for _ in 0..2 {
        let last = session.again(&values).await.unwrap();
        let expected = r#"{"result":"BYE","text":"Server shutting down."}"#;
        assert_eq!(last.tree().unwrap().to_string(), expected);
    }
}

#[tokio::test]
async fn a_session_that_is_gone_says_so_and_one_that_is_slow_does_not() {
    let mut session = opened(vec![("DONE", "CLOSE")]).await;
    for _ in 0..2 {
        let gone = session.again(&Values::default()).await.unwrap();
        assert_eq!(gone.tree().unwrap().to_string(), r#"{"closed":true}"#);
    }
    let mut session = opened(vec![("DONE", "HANG")]).await;
    let slow = session.again(&Values::default()).await.unwrap_err();
    assert_eq!(slow.reason, DoubtReason::Timeout);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_not_the_next_one() {
    let mut session = opened(vec![
        ("DONE", "d4 OK idled\r\n"),
        ("d5 STATUS", ""),
        ("d6 STATUS", "d5 OK old\r\nd6 NO [UNAVAILABLE] new\r\n"),
    ])
    .await;
    let values = Values::default();
    assert_eq!(session.again(&values).await.unwrap_err().reason, DoubtReason::Timeout);
    let answer = session.again(&values).await.unwrap();
    assert_eq!(answer.code().as_deref(), Some("UNAVAILABLE"));
}

/// A certificate for this machine, and the server's side of it.
fn certified() -> (Wire, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let wire = Wire::new(vec!["127.0.0.1".to_owned()], vec![certificate], false);
    (wire, TlsAcceptor::from(Arc::new(config)))
}

/// A server that begins TLS after the first script and plays the second below it.
async fn upgraded(
    before: Script,
    after: Script,
    trusts: bool,
) -> (Result<String, DoubtReason>, Vec<String>) {
    let (trusted, acceptor) = certified();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        let (stream, _) = listener.accept().await.unwrap();
        if let Some(stream) = act(stream, before, &mut heard).await
            && let Ok(stream) = acceptor.accept(stream).await
        {
            act(stream, after, &mut heard).await;
        }
        heard
    });
    let permits = Permits { wire: if trusts { trusted } else { wire() }, ..Permits::default() };
    let signed_in = sign_in(&form("timeout: 2s"), &values(port), &permits).await;
    let answer = signed_in.answer.map(|answer| answer.tree().unwrap().to_string());
    (answer.map_err(|doubt| doubt.reason), heard.await.unwrap())
}

const OFFERED: (&str, &str) =
    ("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n% OK done\r\n");
const BEGIN: (&str, &str) = ("STARTTLS", "% OK begin\r\n");

#[tokio::test]
async fn what_was_offered_before_tls_counts_for_nothing() {
    let after = vec![
        ("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n% OK done\r\n"),
        ("LOGIN", "% NO [AUTHENTICATIONFAILED] no\r\n"),
    ];
    let (answer, heard) = upgraded(vec![HELLO, OFFERED, BEGIN], after, true).await;
    let expected = r#"{"result":"NO","code":"AUTHENTICATIONFAILED","text":"no"}"#;
    assert_eq!(answer.as_deref(), Ok(expected));
    assert_eq!(heard.len(), 4);
}

#[tokio::test]
async fn no_password_is_said_to_a_server_that_nobody_vouches_for() {
    let (answer, heard) = upgraded(vec![HELLO, OFFERED, BEGIN], vec![], false).await;
    assert_eq!(answer, Err(DoubtReason::Tls));
    assert_eq!(heard.len(), 2);
    let refused = ("STARTTLS", "% NO not now\r\n");
    let (answer, _) = upgraded(vec![HELLO, OFFERED, refused], vec![], true).await;
    assert_eq!(answer, Err(DoubtReason::Tls));
}

#[tokio::test]
async fn what_was_said_below_no_tls_is_not_taken_for_what_is_said_below_it() {
    let injected = ("STARTTLS", "% OK begin\r\nd3 OK [CAPABILITY IMAP4rev1] in\r\n");
    let (answer, _) = upgraded(vec![HELLO, OFFERED, injected], vec![], true).await;
    assert_eq!(answer, Err(DoubtReason::Tls));
}

#[test]
fn without_tls_nothing_leaves_this_machine() {
    let wire =
        Wire::new(vec!["mail.example.com".to_owned(), "127.0.0.1".to_owned()], vec![], false);
    let far = wire.peer("imap://mail.example.com", &SCHEMES).unwrap();
    assert_eq!(cover(&far, false, false).unwrap_err().reason, DoubtReason::Tls);
    assert_eq!(cover(&far, false, true).unwrap(), Cover::Begins);
    let secured = wire.peer("imaps://mail.example.com", &SCHEMES).unwrap();
    assert_eq!(cover(&secured, true, false).unwrap(), Cover::Stands);
    let near = wire.peer("imap://127.0.0.1:1", &SCHEMES).unwrap();
    assert_eq!(cover(&near, false, false).unwrap(), Cover::Spared);
    assert_eq!(cover(&near, false, true).unwrap(), Cover::Begins);
}
