use super::*;
use crate::error::from_yaml;
use crate::probe::talk::Wire;
use crate::secret::Secret;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

fn form(rest: &str) -> Postgres {
    let text = format!(
        "{{database: d, user: '{{{{ user }}}}', password: '{{{{ password }}}}', timeout: 5s{rest}}}"
    );
    from_yaml(std::path::Path::new("x.yaml"), &text).unwrap_or_else(|error| panic!("{error}"))
}

fn permits() -> Permits {
    let wire = Wire::new(vec!["127.0.0.1".to_owned()], Vec::new(), false);
    Permits { programs: Vec::new(), wire }
}

fn values(port: u16) -> Values {
    let mut values = Values::default();
    values.set("base_url", format!("postgres://127.0.0.1:{port}"));
    values.set("user", "sup");
    values.set_secret("password", Secret::new("hush-hush".to_owned()));
    values
}

/// A message of the server.
fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    bytes.extend((body.len() as u32 + 4).to_be_bytes());
    bytes.extend(body);
    bytes
}

fn error(severity: &str, sqlstate: &str, text: &str) -> Vec<u8> {
    let body = format!("S{severity}\0V{severity}\0C{sqlstate}\0M{text}\0Rroutine\0\0");
    message(b'E', body.as_bytes())
}

const READY: [u8; 6] = [b'Z', 0, 0, 0, 5, b'I'];

fn let_in() -> Vec<u8> {
    [message(b'R', &[0; 4]), READY.to_vec()].concat()
}

/// One row, as a simple query is answered.
fn row(cells: &[&str]) -> Vec<u8> {
    let mut heads = (cells.len() as u16).to_be_bytes().to_vec();
    let mut data = heads.clone();
    for cell in cells {
        heads.extend(b"c\0");
        heads.extend([0; 18]);
        data.extend((cell.len() as u32).to_be_bytes());
        data.extend(cell.as_bytes());
    }
    let done = message(b'C', b"SELECT 1\0");
    [message(b'T', &heads), message(b'D', &data), done, READY.to_vec()].concat()
}

/// Reads what a client sends between two answers.
async fn heard(client: &mut TcpStream, tagged: bool) -> Vec<u8> {
    let mut head = vec![0; 4 + usize::from(tagged)];
    client.read_exact(&mut head).await.unwrap();
    let length = u32::from_be_bytes(head[head.len() - 4..].try_into().unwrap());
    let mut body = vec![0; length as usize - 4];
    client.read_exact(&mut body).await.unwrap();
    body
}

/// A server without encryption that answers the first message and every query with the next of these, and then
/// hangs up.
async fn server(answers: Vec<Vec<u8>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        assert_eq!(heard(&mut client, false).await, SSL_REQUEST[4..]);
        client.write_all(b"N").await.unwrap();
        for (index, answer) in answers.iter().enumerate() {
            heard(&mut client, index > 0).await;
            client.write_all(answer).await.unwrap();
        }
    });
    port
}

async fn said_by(answers: Vec<Vec<u8>>, rest: &str) -> Result<Json, DoubtReason> {
    let port = server(answers).await;
    let signed_in = sign_in(&form(rest), &values(port), &permits()).await;
    let answer = signed_in.answer.map_err(|doubt| doubt.reason)?;
    Ok(answer.tree().unwrap_or_else(|| panic!("{answer:?}")).clone())
}

#[tokio::test]
async fn who_is_let_in_is_the_name_that_the_server_gives() {
    let said = said_by(vec![let_in(), row(&["sup", "other"])], "").await;
    assert_eq!(said.unwrap(), json!({"user": "sup", "current_user": "other"}));
}

#[tokio::test]
async fn a_refusal_is_told_in_the_servers_own_words() {
    let refusal = error("FATAL", "28P01", "password authentication failed for user \"sup\"");
    let said = said_by(vec![refusal], "").await.unwrap();
    assert_eq!(said["sqlstate"], "28P01");
    assert_eq!(said["at"], "sign-in");
    assert_eq!(said["routine"], "routine");
    assert!(said.get("user").is_none(), "{said}");
}

#[tokio::test]
async fn what_is_asked_of_the_data_only_reads_and_is_undone() {
    let answers =
        vec![let_in(), row(&["sup", "sup"]), READY.to_vec(), row(&["CANARY"]), READY.to_vec()];
    let said = said_by(answers, ", query: SELECT v FROM customers").await.unwrap();
    assert_eq!(said["rows"], json!([["CANARY"]]));
}

#[tokio::test]
async fn a_query_that_is_refused_does_not_name_anybody() {
    let refusal = error("ERROR", "42501", "permission denied for table customers");
    let answers = vec![
        let_in(),
        row(&["sup", "sup"]),
        READY.to_vec(),
        [refusal, READY.to_vec()].concat(),
        READY.to_vec(),
        row(&["1"]),
    ];
    let said = said_by(answers, ", query: SELECT v FROM customers").await.unwrap();
    assert_eq!((&said["sqlstate"], &said["at"]), (&json!("42501"), &json!("query")));
    assert_eq!(said["usable"], true);
    assert!(said.get("user").is_none(), "{said}");
}

#[tokio::test]
async fn a_session_goes_on_until_its_servers_last_words() {
    let last = error("FATAL", "57P01", "terminating connection due to administrator command");
    let gone = [error("ERROR", "42704", "invalid role OID: 16388"), READY.to_vec()].concat();
    let answers =
        vec![let_in(), row(&["sup", "sup"]), gone, row(&["1"]), row(&["sup", "sup"]), last];
    let port = server(answers).await;
    let signed_in = sign_in(&form(", stays: true"), &values(port), &permits()).await;
    signed_in.answer.unwrap();
    let mut session = signed_in.open.unwrap();
    let mut ask = async || session.again(&Values::default()).await.unwrap().tree().unwrap().clone();
    let dropped = ask().await;
    assert_eq!((&dropped["sqlstate"], &dropped["usable"]), (&json!("42704"), &json!(true)));
    assert_eq!(ask().await["user"], "sup");
    for _ in 0..2 {
        let over = ask().await;
        assert_eq!(over["sqlstate"], "57P01");
        assert!(over.get("usable").is_none(), "{over}");
    }
}

#[tokio::test]
async fn a_session_that_is_gone_is_told_and_one_that_hangs_is_not_dead() {
    let port = server(vec![let_in(), row(&["sup", "sup"])]).await;
    let signed_in = sign_in(&form(", stays: true"), &values(port), &permits()).await;
    let mut session = signed_in.open.unwrap();
    for _ in 0..2 {
        let answer = session.again(&Values::default()).await.unwrap();
        assert_eq!(answer.tree().unwrap(), &json!({"closed": true}));
    }

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        heard(&mut client, false).await;
        client.write_all(b"N").await.unwrap();
        heard(&mut client, false).await;
        client.write_all(&let_in()).await.unwrap();
        heard(&mut client, true).await;
        client.write_all(&row(&["sup", "sup"])).await.unwrap();
        client
    });
    let form = Postgres { timeout: Some("300ms".parse().unwrap()), ..form(", stays: true") };
    let signed_in = sign_in(&form, &values(port), &permits()).await;
    let mut session = signed_in.open.unwrap();
    let _client = silent.await.unwrap();
    let doubt = session.again(&Values::default()).await.unwrap_err();
    assert_eq!(doubt.reason, DoubtReason::Timeout);
}

#[tokio::test]
async fn what_is_no_answer_of_a_database_proves_nothing() {
    assert_eq!(said_by(Vec::new(), "").await, Err(DoubtReason::Connection));
    let unknown = [0, 0, 0, 7];
    let said = said_by(vec![message(b'R', &unknown)], "").await;
    assert_eq!(said, Err(DoubtReason::FlowBroken), "a way of signing in that is not spoken");
    let port = server(vec![let_in(), vec![b'D'; 4 * 1024 * 1024]]).await;
    let flooded = sign_in(&form(""), &values(port), &permits()).await;
    match flooded.answer {
        Ok(answer) => assert!(matches!(answer.body, Body::TooLarge), "{answer:?}"),
        Err(doubt) => panic!("{doubt:?}"),
    }
}

#[tokio::test]
async fn an_empty_password_is_never_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut values = values(listener.local_addr().unwrap().port());
    values.set("password", "");
    let doubt = sign_in(&form(""), &values, &permits()).await.answer.unwrap_err();
    assert_eq!(doubt.reason, DoubtReason::FlowBroken);
    let nobody = timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(nobody.is_err(), "somebody connected");
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_to_another_machine() {
    let port = server(vec![let_in()]).await;
    let permits = permits();
    let address = format!("postgres://127.0.0.1:{port}");
    let peer = permits.wire.peer(&address, &SCHEMES).unwrap();
    let elsewhere = Peer { loopback: false, ..peer.clone() };
    let tls = permits.wire.config().unwrap();
    let refused = connect(&permits, &elsewhere, tls.clone(), false).await;
    assert_eq!(refused.err().unwrap().reason, DoubtReason::Tls);
    // Nor is a certificate of any use there.
    let port = server(vec![let_in()]).await;
    let refused = connect(&permits, &Peer { port, ..peer }, tls, true).await;
    assert_eq!(refused.err().unwrap().reason, DoubtReason::Tls);
}

#[tokio::test]
async fn what_is_wrong_with_a_key_does_not_repeat_it() {
    let text = "{database: d, user: sup, certificate: '{{ password }}', key: '{{ password }}'}";
    let form: Postgres = from_yaml(std::path::Path::new("x.yaml"), text).unwrap();
    let signed_in = sign_in(&form, &values(9), &permits()).await;
    let doubt = signed_in.answer.unwrap_err();
    assert_eq!(doubt.reason, DoubtReason::FlowBroken);
    assert!(!format!("{doubt:?}").contains("hush"), "{doubt:?}");
}

#[test]
fn a_refused_certificate_is_told_by_the_number_of_its_alert() {
    let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRevoked);
    let error = io::Error::new(io::ErrorKind::InvalidData, alert);
    let answer = refused_certificate(&error).unwrap();
    assert_eq!(answer.tree().unwrap()["alert"], 44);
    let other = rustls::Error::DecryptError;
    assert!(refused_certificate(&io::Error::new(io::ErrorKind::InvalidData, other)).is_none());
    assert!(refused_certificate(&io::ErrorKind::ConnectionReset.into()).is_none());
}

/// What a session is kept by must be able to move between threads.
#[test]
fn a_line_can_be_kept() {
    fn kept<T: Send + AsyncRead + AsyncWrite>() {}
    kept::<Line>();
}
