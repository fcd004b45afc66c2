mod server;

use std::time::Duration;

use russh::keys::ssh_key::certificate::{Builder, CertType};
use tokio::net::TcpListener;

use self::server::{Mood, Server, key};
use super::*;
use crate::error::from_yaml;
use crate::platform::answer::Body;
use crate::probe::talk::Wire;
use crate::secret::Secret;

/// The seeds of the keys 1 and 2 of the server.
const SEED: &str = "0101010101010101010101010101010101010101010101010101010101010101";
const OTHER: &str = "0202020202020202020202020202020202020202020202020202020202020202";
const BY_KEY: &str = "private_key: '{{ private_key }}'";
const BY_PASSWORD: &str = "password: '{{ password }}'";

fn form(rest: &str) -> Ssh {
    let text = format!("user: '{{{{ user }}}}'\ntimeout: 5s\n{rest}");
    from_yaml(std::path::Path::new("x.yaml"), &text).unwrap_or_else(|error| panic!("{error}"))
}

fn permits() -> Permits {
    let hosts = vec!["127.0.0.1".to_owned(), "bastion.example.com".to_owned()];
    Permits { wire: Wire::new(hosts, Vec::new(), false), ..Permits::default() }
}

fn values(port: u16) -> Values {
    let mut values = Values::default();
    values.set("base_url", format!("ssh://127.0.0.1:{port}"));
    values.set("user", "maya");
    values.set_secret("private_key", Secret::new(SEED.to_owned()));
    values.set_secret("password", Secret::new("hush".to_owned()));
    values
}

fn text(answer: Result<Answer, Doubt>) -> Result<String, DoubtReason> {
    let answer = answer.map_err(|doubt| doubt.reason)?;
    match &answer.body {
        Body::TooLarge => Err(DoubtReason::TooLarge),
        Body::Empty
        | Body::Xml(_)
        | Body::Html(_)
        | Body::Text(_)
        | Body::Unreadable(_)
        | Body::Json(_) => Ok(answer.tree().map(ToString::to_string).unwrap_or_default()),
    }
}

async fn asked(server: &Server, rest: &str) -> Result<String, DoubtReason> {
    text(sign_in(&form(rest), &values(server.port), &permits()).await.answer)
}

async fn asked_with(server: &Server, rest: &str, name: &str, secret: &str) -> SignedIn {
    let mut values = values(server.port);
    values.set_secret(name, Secret::new(secret.to_owned()));
    sign_in(&form(rest), &values, &permits()).await
}

const IN: &str = r#"{"method":"publickey","auth":"success","user":"maya","use":"done","exit":0,"stdout":"","stderr":""}"#;
const REFUSED: &str = r#"{"method":"publickey","auth":"failure","methods":"publickey,password"}"#;

#[tokio::test]
async fn a_listed_key_gets_in_and_another_is_refused() {
    let server = Server::start(Mood::default()).await;
    assert_eq!(asked(&server, BY_KEY).await.as_deref(), Ok(IN));
    let refused = asked_with(&server, BY_KEY, "private_key", OTHER).await;
    assert!(refused.open.is_none());
    assert_eq!(text(refused.answer).as_deref(), Ok(REFUSED));
    server.set(|mood| mood.listed.clear());
    assert_eq!(asked(&server, BY_KEY).await.as_deref(), Ok(REFUSED));
}

#[tokio::test]
async fn a_key_is_read_in_its_usual_form() {
    let server = Server::start(Mood::default()).await;
    let pem = key(1).to_openssh(russh::keys::ssh_key::LineEnding::LF).unwrap();
    let got_in = asked_with(&server, BY_KEY, "private_key", &pem).await;
    assert_eq!(text(got_in.answer).as_deref(), Ok(IN));
}

#[tokio::test]
async fn a_server_with_another_key_is_never_asked() {
    let server = Server::start(Mood::default()).await;
    for own in [
        key(99).public_key().to_openssh().unwrap(),
        key(99).public_key().fingerprint(russh::keys::HashAlg::Sha256).to_string(),
    ] {
        let form = format!("{BY_KEY}\nhost_key: '{own}'");
        assert_eq!(asked(&server, &form).await.as_deref(), Ok(IN), "{own}");
    }
    let before = server.asked();
    for other in [
        key(98).public_key().to_openssh().unwrap(),
        key(98).public_key().fingerprint(russh::keys::HashAlg::Sha256).to_string(),
    ] {
        let form = form(&format!("{BY_PASSWORD}\nhost_key: '{other}'"));
        let doubt = sign_in(&form, &values(server.port), &permits()).await.answer.unwrap_err();
        assert_eq!(doubt.reason, DoubtReason::Tls);
        assert!(doubt.detail.contains("not the one in `host_key`"), "{}", doubt.detail);
    }
    assert_eq!(server.asked(), before);
    assert_eq!(
        asked(&server, &format!("{BY_KEY}\nhost_key: nonsense")).await,
        Err(DoubtReason::FlowBroken)
    );
}

#[tokio::test]
async fn elsewhere_the_servers_own_key_must_be_known() {
    let mut values = values(22);
    values.set("base_url", "ssh://bastion.example.com");
    let doubt = sign_in(&form(BY_KEY), &values, &permits()).await.answer.unwrap_err();
    assert_eq!(doubt.reason, DoubtReason::Tls);
    assert!(doubt.detail.contains("host_key"), "{}", doubt.detail);
    values.set("base_url", "ssh://evil.example");
    let doubt = sign_in(&form(BY_KEY), &values, &permits()).await.answer.unwrap_err();
    assert_eq!(doubt.reason, DoubtReason::HostNotAllowed);
}

#[tokio::test]
async fn a_connection_that_is_closed_in_the_place_of_an_answer_refuses_nobody() {
    let server = Server::start(Mood { hangs_up: true, ..Mood::default() }).await;
    for form in [BY_KEY, BY_PASSWORD, "public_key: '{{ public_key }}'"] {
        let public = key(1).public_key().to_openssh().unwrap();
        let answer = asked_with(&server, form, "public_key", &public).await.answer;
        assert_eq!(text(answer), Err(DoubtReason::Connection), "{form}");
    }
    assert!(server.asked() > 0);
}

#[tokio::test]
async fn what_the_server_says_before_it_hangs_up_is_told() {
    let banner = Some("Your account has expired".to_owned());
    let server = Server::start(Mood { hangs_up: true, banner, ..Mood::default() }).await;
    let expected = r#"{"method":"publickey","auth":"closed","banner":"Your account has expired"}"#;
    assert_eq!(asked(&server, BY_KEY).await.as_deref(), Ok(expected));
}

#[tokio::test]
async fn an_account_that_is_let_in_and_thrown_out_is_told_as_both() {
    let server = Server::start(Mood { hangs_up_later: true, ..Mood::default() }).await;
    let expected = r#"{"method":"publickey","auth":"success","user":"maya","closed":true}"#;
    assert_eq!(asked(&server, BY_KEY).await.as_deref(), Ok(expected));
}

#[tokio::test]
async fn who_speaks_something_else_or_nothing_refuses_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let form = form(&format!("{BY_KEY}\n").replace("5s", "300ms"));
    let form = Ssh { timeout: Some("300ms".parse().unwrap()), ..form };
    for (said, reason) in [
        (None, DoubtReason::Timeout),
        (Some(""), DoubtReason::Connection),
        (Some("Not allowed at this time\r\n"), DoubtReason::Connection),
        (Some("HTTP/1.1 401 Unauthorized\r\n\r\n"), DoubtReason::Connection),
    ] {
        let values = values(port);
        let permits = permits();
        let speak = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            match said {
                None => tokio::time::sleep(Duration::from_secs(2)).await,
                Some(said) => {
                    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                    // Unread bytes would reset the connection.
                    let _ = stream.read(&mut [0; 64]).await;
                    stream.write_all(said.as_bytes()).await.unwrap();
                }
            }
        };
        let answer = tokio::select! {
            answer = sign_in(&form, &values, &permits) => answer.answer,
            () = async { speak.await; std::future::pending().await } => unreachable!(),
        };
        assert_eq!(text(answer), Err(reason), "{said:?}");
    }
}

#[tokio::test]
async fn a_public_key_is_asked_about_and_nothing_is_signed() {
    let server = Server::start(Mood::default()).await;
    let form = "public_key: '{{ public_key }}'";
    for (number, expected) in
        [(1, r#"{"method":"publickey","auth":"listed","user":"maya"}"#), (2, REFUSED)]
    {
        let public = key(number).public_key().to_openssh().unwrap();
        let answer = asked_with(&server, form, "public_key", &public).await.answer;
        assert_eq!(text(answer).as_deref(), Ok(expected));
    }
}

fn certificate(of: u8, authority: u8) -> String {
    let mut builder =
        Builder::new(vec![7; 32], key(of).public_key().clone(), 0, u64::from(u32::MAX)).unwrap();
    builder.serial(7).unwrap();
    builder.cert_type(CertType::User).unwrap();
    builder.valid_principal("maya").unwrap();
    builder.sign(&key(authority)).unwrap().to_openssh().unwrap()
}

#[tokio::test]
async fn a_certificate_gets_in_while_its_authority_is_trusted() {
    let authority = Some(key(50).public_key().clone());
    let server = Server::start(Mood { listed: Vec::new(), authority, ..Mood::default() }).await;
    let form = format!("{BY_KEY}\ncertificate: '{{{{ certificate }}}}'");
    let good = asked_with(&server, &form, "certificate", &certificate(1, 50)).await;
    assert_eq!(text(good.answer).as_deref(), Ok(IN));
    let bad = asked_with(&server, &form, "certificate", &certificate(1, 51)).await;
    assert_eq!(text(bad.answer).as_deref(), Ok(REFUSED));
    let only = "public_key: '{{ certificate }}'";
    let listed = asked_with(&server, only, "certificate", &certificate(1, 50)).await;
    let expected = r#"{"method":"publickey","auth":"listed","user":"maya"}"#;
    assert_eq!(text(listed.answer).as_deref(), Ok(expected));
}

#[tokio::test]
async fn a_password_goes_to_the_method_that_the_server_offers() {
    let server = Server::start(Mood::default()).await;
    let expected = IN.replace("publickey", "password");
    assert_eq!(asked(&server, BY_PASSWORD).await.as_deref(), Ok(expected.as_str()));
    let wrong = asked_with(&server, BY_PASSWORD, "password", "wrong").await.answer;
    assert_eq!(
        text(wrong).as_deref(),
        Ok(r#"{"method":"password","auth":"failure","methods":"publickey,password"}"#)
    );
    server.set(|mood| mood.prompts = Some(vec![false]));
    let expected = IN.replace("publickey", "keyboard-interactive");
    assert_eq!(asked(&server, BY_PASSWORD).await.as_deref(), Ok(expected.as_str()));
    // A one-time code beside it, or an answer that everybody sees, is no password.
    for prompts in [vec![false, false], vec![true]] {
        server.set(|mood| mood.prompts = Some(prompts));
        assert_eq!(asked(&server, BY_PASSWORD).await, Err(DoubtReason::Policy));
    }
    server.set(|mood| mood.open_to_all = true);
    assert_eq!(asked(&server, BY_PASSWORD).await, Err(DoubtReason::Anonymous));
}

#[tokio::test]
async fn a_second_factor_that_is_asked_for_is_told() {
    let server = Server::start(Mood { needs_more: true, ..Mood::default() }).await;
    let expected = r#"{"method":"publickey","auth":"partial","methods":"keyboard-interactive"}"#;
    assert_eq!(asked(&server, BY_KEY).await.as_deref(), Ok(expected));
}

#[tokio::test]
async fn nothing_empty_is_ever_sent() {
    let server = Server::start(Mood { password: String::new(), ..Mood::default() }).await;
    for (form, name) in [
        (BY_PASSWORD, "password"),
        (BY_KEY, "private_key"),
        ("public_key: '{{ password }}'", "password"),
    ] {
        let answer = asked_with(&server, form, name, "").await.answer;
        assert_eq!(text(answer), Err(DoubtReason::FlowBroken), "{form}");
    }
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn what_a_command_says_and_how_it_ends_is_told() {
    let server =
        Server::start(Mood { exit: Some(1), says: "no\n".into(), ..Mood::default() }).await;
    let answer = asked(&server, BY_KEY).await.unwrap();
    assert!(answer.contains(r#""use":"failed","exit":1,"stdout":"no""#), "{answer}");
    server.set(|mood| mood.exit = None);
    let answer = asked(&server, BY_KEY).await.unwrap();
    assert!(answer.contains(r#""use":"ended""#), "{answer}");
    server.set(|mood| mood.says = "x".repeat(100_000));
    assert_eq!(asked(&server, BY_KEY).await, Err(DoubtReason::TooLarge));
    server.set(|mood| mood.silent = true);
    let form = Ssh { timeout: Some("500ms".parse().unwrap()), ..form(BY_KEY) };
    let answer = sign_in(&form, &values(server.port), &permits()).await.answer;
    assert_eq!(text(answer), Err(DoubtReason::Timeout));
}

#[tokio::test]
async fn tunnels_and_files_are_channels_of_their_own() {
    let server = Server::start(Mood { exit: Some(1), ..Mood::default() }).await;
    let forward = format!("{BY_KEY}\nthen: {{forward: '127.0.0.1:22'}}");
    let files = format!("{BY_KEY}\nthen: sftp");
    let start = r#"{"method":"publickey","auth":"success","user":"maya","use":"#;
    let said = |end: &str| format!("{start}{end}}}");
    assert_eq!(asked(&server, &forward).await, Ok(said(r#""done""#)));
    assert_eq!(asked(&server, &files).await, Ok(said(r#""done","version":3"#)));
    server.set(|mood| (mood.forwards, mood.files) = (false, false));
    assert_eq!(asked(&server, &forward).await, Ok(said(r#""refused","reason":"prohibited""#)));
    assert_eq!(asked(&server, &files).await, Ok(said(r#""refused","reason":"request-refused""#)));
    let nowhere = format!("{BY_KEY}\nthen: {{forward: 'nowhere'}}");
    assert_eq!(asked(&server, &nowhere).await, Err(DoubtReason::FlowBroken));
}

#[tokio::test]
async fn an_open_connection_is_used_again_until_it_is_closed() {
    let server = Server::start(Mood::default()).await;
    let form = form(&format!("{BY_KEY}\nstays: true"));
    let values = values(server.port);
    let signed_in = sign_in(&form, &values, &permits()).await;
    let mut open = signed_in.open.unwrap();
    let before = server.asked();
    server.set(|mood| mood.listed.clear());
    let expected = r#"{"user":"maya","use":"done","exit":0,"stdout":"","stderr":""}"#;
    for _ in 0..2 {
        assert_eq!(text(open.again(&values).await).as_deref(), Ok(expected));
    }
    assert_eq!(server.asked(), before);
    server.set(|mood| mood.hangs_up_later = true);
    for _ in 0..2 {
        assert_eq!(text(open.again(&values).await).as_deref(), Ok(r#"{"closed":true}"#));
        server.set(|mood| mood.hangs_up_later = false);
    }
    let refused = sign_in(&form, &values, &permits()).await;
    assert!(refused.open.is_none());
}

#[tokio::test]
async fn an_open_connection_that_is_silent_is_not_closed() {
    let server = Server::start(Mood::default()).await;
    let form =
        Ssh { timeout: Some("2s".parse().unwrap()), ..form(&format!("{BY_KEY}\nstays: true")) };
    let values = values(server.port);
    let mut open = sign_in(&form, &values, &permits()).await.open.unwrap();
    server.set(|mood| mood.silent = true);
    assert_eq!(text(open.again(&values).await), Err(DoubtReason::Timeout));
    server.set(|mood| mood.silent = false);
    assert!(text(open.again(&values).await).is_ok());
}

#[tokio::test]
async fn no_secret_is_in_an_error_or_in_an_answer() {
    let server = Server::start(Mood::default()).await;
    let torn =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2hunter2\n-----END OPENSSH PRIVATE KEY-----\n";
    for (rest, name, secret) in [
        (BY_KEY, "private_key", torn),
        (BY_KEY, "private_key", "hunter2"),
        (BY_PASSWORD, "password", "hunter2"),
        ("public_key: '{{ password }}'", "password", "ssh-ed25519 hunter2"),
        ("private_key: '{{ private_key }}'\ncertificate: '{{ password }}'", "password", "hunter2"),
        ("password: '{{ password }}'\nthen: {command: '{{ password }}'}", "password", "hunter2"),
    ] {
        let form = form(rest);
        let mut values = values(server.port);
        values.set_secret(name, Secret::new(secret.to_owned()));
        assert!(!format!("{form:?}").contains("hunter2"));
        let signed_in = sign_in(&form, &values, &permits()).await;
        let said = format!("{:?}", signed_in.answer);
        assert!(!said.contains("hunter2"), "{said}");
    }
}
