use super::*;
use crate::error::from_yaml;
use crate::probe::talk::Wire;
use crate::secret::Secret;
use tokio::net::TcpListener;

const SUP: &str = "uid=sup,dc=x";

fn form(rest: &str) -> Ldap {
    let text = format!("{{dn: '{{{{ dn }}}}', password: '{{{{ password }}}}', timeout: 5s{rest}}}");
    from_yaml(std::path::Path::new("x.yaml"), &text).unwrap_or_else(|error| panic!("{error}"))
}

fn permits() -> Permits {
    let wire = Wire::new(vec!["127.0.0.1".to_owned()], Vec::new(), false);
    Permits { programs: Vec::new(), wire }
}

fn values(port: u16) -> Values {
    let mut values = Values::default();
    values.set("base_url", format!("ldap://127.0.0.1:{port}"));
    values.set("dn", SUP);
    values.set_secret("password", Secret::new("hush-hush".to_owned()));
    values
}

fn ber(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    assert!(value.len() < 128);
    [&[tag, value.len() as u8], &*value].concat()
}

/// A result of an operation: its code and text, and what follows.
fn result(id: u8, tag: u8, code: u8, text: &str, rest: &[u8]) -> Vec<u8> {
    let said = [&*ber(0x0a, &[&[code]]), &*ber(4, &[]), &*ber(4, &[text.as_bytes()]), rest];
    ber(0x30, &[&ber(2, &[&[id]]), &ber(tag, &said)])
}

const BIND: u8 = 0x61;
const SEARCHED: u8 = 0x65;
const EXTENDED: u8 = 0x78;

fn who(id: u8, name: &str) -> Vec<u8> {
    result(id, EXTENDED, 0, "", &ber(0x8b, &[name.as_bytes()]))
}

/// A server without encryption that answers each message with the next of these, and then hangs up.
async fn server(answers: Vec<Vec<u8>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        assert_eq!(read_pdu(&mut client).await.unwrap(), START_TLS);
        let refused = result(1, EXTENDED, 2, "unsupported extended operation", &[]);
        client.write_all(&refused).await.unwrap();
        for answer in answers {
            read_pdu(&mut client).await.unwrap();
            client.write_all(&answer).await.unwrap();
        }
    });
    port
}

async fn said_by(answers: Vec<Vec<u8>>) -> Result<Json, DoubtReason> {
    let port = server(answers).await;
    let signed_in = sign_in(&form(""), &values(port), &permits()).await;
    let answer = signed_in.answer.map_err(|doubt| doubt.reason)?;
    Ok(answer.tree().unwrap_or_else(|| panic!("{answer:?}")).clone())
}

#[tokio::test]
async fn who_is_let_in_is_the_name_that_the_directory_gives() {
    let found = |code| result(3, SEARCHED, code, "", &[]);
    let bound = || result(1, BIND, 0, "", &[]);
    let same = said_by(vec![bound(), who(2, "dn:UID=Sup, DC=x"), found(0)]).await.unwrap();
    assert_eq!(same, json!({"code": 0, "user": SUP, "search": 0, "entries": 0}));
    let other = said_by(vec![bound(), who(2, "dn:uid=by,dc=x"), found(32)]).await.unwrap();
    assert_eq!(other, json!({"code": 0, "user": "uid=by,dc=x", "search": 32}));
    let nobody = said_by(vec![bound(), who(2, ""), found(0)]).await.unwrap();
    assert_eq!((&nobody["anonymous"], nobody.get("user")), (&json!(true), None));
}

#[tokio::test]
async fn a_refusal_is_told_by_its_numbers() {
    let text =
        "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52E, v2580";
    let said = said_by(vec![result(1, BIND, 49, &text[..100.min(text.len())], &[])]).await.unwrap();
    assert_eq!((&said["code"], &said["sub"]), (&json!(49), &json!("52e")));
    assert!(said.get("user").is_none(), "{said}");
}

#[test]
fn only_an_active_directory_has_a_code_in_its_text() {
    let text = |code| {
        format!(
            "80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data {code}, v1"
        )
    };
    assert_eq!(sub_code(&text("775")).as_deref(), Some("775"));
    assert_eq!(sub_code(&text("52E")).as_deref(), Some("52e"));
    for other in ["", "invalid credentials", "data 52e", &text("")] {
        assert_eq!(sub_code(other), None, "{other}");
    }
}

#[test]
fn names_are_the_same_however_they_are_written() {
    assert!(same_name("uid=sup,dc=x", "UID = Sup , DC=X"));
    assert!(!same_name("uid=sup,dc=x", "uid=sup2,dc=x"));
    assert!(!same_name("uid=sup,dc=x", "uid=sup,dc=x,dc=y"));
    assert!(!same_name("uid=sup,dc=x", ""));
}

#[tokio::test]
async fn a_session_ends_with_the_servers_last_words() {
    let found = || result(3, SEARCHED, 0, "", &[]);
    let notice = result(0, EXTENDED, 52, "bye", &[]);
    let answers = vec![
        result(1, BIND, 0, "", &[]),
        who(2, "dn:uid=sup,dc=x"),
        found(),
        who(4, "dn:uid=sup,dc=x"),
        [result(5, SEARCHED, 32, "", &[]), notice].concat(),
    ];
    let port = server(answers).await;
    let signed_in = sign_in(&form(", stays: true"), &values(port), &permits()).await;
    signed_in.answer.unwrap();
    let mut session = signed_in.open.unwrap();
    let again = session.again(&Values::default()).await.unwrap();
    assert_eq!(again.tree().unwrap(), &json!({"user": SUP, "search": 32}));
    for _ in 0..2 {
        let over = session.again(&Values::default()).await.unwrap();
        assert_eq!(over.tree().unwrap(), &json!({"notice": 52, "text": "bye"}));
    }
}

#[tokio::test]
async fn a_session_that_is_gone_is_told_and_one_that_hangs_is_not_dead() {
    let open = || {
        vec![
            result(1, BIND, 0, "", &[]),
            who(2, "dn:uid=sup,dc=x"),
            result(3, SEARCHED, 0, "", &[]),
        ]
    };
    let port = server(open()).await;
    let signed_in = sign_in(&form(", stays: true"), &values(port), &permits()).await;
    let mut session = signed_in.open.unwrap();
    for _ in 0..2 {
        let over = session.again(&Values::default()).await.unwrap();
        assert_eq!(over.tree().unwrap(), &json!({"closed": true}));
    }

    // One that answers what nobody has asked.
    let port = server([open(), vec![who(99, "dn:uid=sup,dc=x"), Vec::new()]].concat()).await;
    let form = Ldap { timeout: Some("300ms".parse().unwrap()), ..form(", stays: true") };
    let signed_in = sign_in(&form, &values(port), &permits()).await;
    let mut session = signed_in.open.unwrap();
    let doubt = session.again(&Values::default()).await.unwrap_err();
    assert_eq!(doubt.reason, DoubtReason::Timeout);
}

#[tokio::test]
async fn what_is_no_answer_of_a_directory_proves_nothing() {
    assert_eq!(said_by(Vec::new()).await, Err(DoubtReason::Connection));
    assert_eq!(said_by(vec![b"HTTP/1.1 400".to_vec()]).await, Err(DoubtReason::Unparsable));
    let notice = result(0, EXTENDED, 52, "bye", &[]);
    assert_eq!(said_by(vec![notice]).await, Err(DoubtReason::Connection));
    let flood = [&[0x30, 0x84, 0, 0x0f, 0xff, 0xff][..], &[0; 0xf_ffff]].concat();
    let port = server(vec![[flood.clone(), flood].concat()]).await;
    let flooded = sign_in(&form(""), &values(port), &permits()).await;
    assert!(flooded.open.is_none());
    match flooded.answer {
        Ok(answer) => assert!(matches!(answer.body, Body::TooLarge), "{answer:?}"),
        Err(doubt) => assert_eq!(doubt.reason, DoubtReason::Unparsable),
    }
}

#[tokio::test]
async fn a_session_that_only_our_client_has_given_up_is_not_dead() {
    let bound = || vec![result(1, BIND, 0, "", &[]), who(2, "dn:uid=sup,dc=x")];
    let found = || result(3, SEARCHED, 0, "", &[]);
    let empty = |id: u8, tag: u8| ber(0x30, &[&ber(2, &[&[id]]), &ber(tag, &[])]);
    for nonsense in [
        // An answer without anything in it, and one that no search has.
        vec![empty(4, EXTENDED)],
        vec![who(4, "dn:uid=sup,dc=x"), [empty(5, 0x66), found(), found()].concat()],
    ] {
        let stays = vec![Vec::new(); 4];
        let port = server([bound(), vec![found()], nonsense, stays].concat()).await;
        let form = Ldap { timeout: Some("500ms".parse().unwrap()), ..form(", stays: true") };
        let signed_in = sign_in(&form, &values(port), &permits()).await;
        signed_in.answer.unwrap();
        let mut session = signed_in.open.unwrap();
        for _ in 0..2 {
            session.again(&Values::default()).await.unwrap_err();
        }
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
    let port = server(Vec::new()).await;
    let permits = permits();
    let peer = permits.wire.peer(&format!("ldap://127.0.0.1:{port}"), &SCHEMES).unwrap();
    let refused = connect(&permits, &Peer { loopback: false, ..peer }).await;
    assert_eq!(refused.err().unwrap().reason, DoubtReason::Tls);
}

#[test]
fn what_fills_a_filter_stays_one_value() {
    let form = form(", search: {filter: '(uid={{ who }})'}");
    let mut values = values(1);
    values.set("who", "*)(uid=by");
    let question = Question::new(&form, &values).unwrap_or_else(|doubt| panic!("{doubt:?}"));
    assert_eq!(question.filter, "(uid=\\2a\\29\\28uid=by)");
    values.set_secret("who", Secret::new("hush".to_owned()));
    assert!(Question::new(&form, &values).is_err());
}
