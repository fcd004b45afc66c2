use super::*;
use crate::track::Shows;

const ASKED: &str = "2026-11-30T10:00:00Z";
const NOW: &str = "2026-11-30T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn key() -> (tempfile::TempDir, SigningKey) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    let public = new_key(&file).unwrap();
    let key = SigningKey::read(&Secret::new(std::fs::read_to_string(&file).unwrap())).unwrap();
    assert_eq!(key.public(), public);
    assert_eq!(public.to_string().parse::<PublicKey>().unwrap(), public);
    assert!(new_key(&file).is_err(), "a key is never written over");
    (folder, key)
}

fn statement() -> Statement {
    Statement {
        doornail_witness: FORM,
        request: "digest".to_owned(),
        run: "run-1".into(),
        credential: "hidden".into(),
        nonce: "n1".to_owned(),
        shows: Shows::Gone,
        channels: [("rest".into(), "dead (revoked)".to_owned())].into(),
        sent: at("2026-11-30T11:00:00Z"),
        received: at("2026-11-30T11:00:01Z"),
        vantage: "acme office".to_owned(),
        print: "p1".to_owned(),
        version: "1".to_owned(),
    }
}

fn asked() -> Vec<Asked> {
    vec![Asked {
        credential: "hidden".into(),
        nonce: "n1".to_owned(),
        request: "digest".to_owned(),
        wall: at(ASKED),
        after: true,
    }]
}

fn admitted(
    statement: &Statement,
    answered: bool,
    print: Option<&str>,
) -> Result<(), WitnessError> {
    let by = Admission {
        run: &"run-1".into(),
        asked: &asked(),
        answered: &|_| answered,
        print: &|_| print.map(str::to_owned),
        terminated: Some(at("2026-11-30T10:30:00Z")),
        now: at(NOW),
    };
    admit(statement, by).map(|_| ())
}

#[test]
fn what_is_signed_is_read_back_by_the_pinned_key_alone() {
    let (_one, key) = key();
    let (_two, other) = self::key();
    let text = key.sign(&statement()).unwrap();
    assert_eq!(open(&text, &key.public()).unwrap(), statement());
    assert!(matches!(open(&text, &other.public()), Err(WitnessError::OtherKey { .. })));
    let renamed = text.replace(&key.public().to_string(), &other.public().to_string());
    assert_eq!(open(&renamed, &other.public()), Err(WitnessError::Forged));
}

#[test]
fn nothing_of_a_statement_can_be_changed() {
    let (_folder, key) = key();
    let text = key.sign(&statement()).unwrap();
    for (from, to) in [
        ("gone", "there"),
        ("hidden", "hidden2"),
        ("n1", "n2"),
        ("11:00:00", "11:30:00"),
        ("acme office", "acme home"),
        ("\"p1", "\"p2"),
    ] {
        let escaped = |text: &str| text.replace('"', "\\\"");
        let changed = text.replacen(&escaped(from), &escaped(to), 1);
        assert_ne!(changed, text, "{from}");
        assert_eq!(open(&changed, &key.public()), Err(WitnessError::Forged), "{from}");
    }
    for text in ["", "{}", "[]", "nothing"] {
        assert!(matches!(open(text, &key.public()), Err(WitnessError::Malformed(_))), "{text}");
    }
}

#[test]
fn an_answer_to_what_was_asked_is_admitted_once() {
    assert_eq!(admitted(&statement(), false, None), Ok(()));
    assert_eq!(admitted(&statement(), false, Some("p1")), Ok(()));
    assert_eq!(admitted(&statement(), true, None), Err(WitnessError::Replayed));
    assert_eq!(admitted(&statement(), false, Some("p0")), Err(WitnessError::OtherSecret));
}

#[test]
fn a_foreign_answer_is_refused() {
    let refused = |change: &dyn Fn(&mut Statement)| {
        let mut statement = statement();
        change(&mut statement);
        admitted(&statement, false, None).unwrap_err()
    };
    let other_run = refused(&|one| one.run = "run-2".into());
    assert!(matches!(other_run, WitnessError::OtherRun { .. }));
    assert_eq!(refused(&|one| one.nonce = "n2".to_owned()), WitnessError::NeverAsked);
    assert_eq!(refused(&|one| one.request = "other".to_owned()), WitnessError::OtherRequest);
    let other = refused(&|one| one.credential = "other".into());
    assert!(matches!(other, WitnessError::OtherCredential { .. }));
}

#[test]
fn a_stale_an_early_and_a_future_one_are_refused() {
    for (sent, what) in [
        ("2026-11-30T09:50:00Z", "before it was asked for"),
        ("2026-11-30T10:29:00Z", "before the termination"),
        ("2026-11-30T12:10:00Z", "yet to come"),
    ] {
        let mut one = statement();
        one.sent = at(sent);
        one.received = at(sent);
        let refused = admitted(&one, false, None).unwrap_err().to_string();
        assert!(refused.contains(what), "{sent}: {refused}");
    }
    let by = |now: &str| {
        let by = Admission {
            run: &"run-1".into(),
            asked: &asked(),
            answered: &|_| false,
            print: &|_| None,
            terminated: None,
            now: at(now),
        };
        admit(&statement(), by).map(|_| ())
    };
    assert_eq!(by("2026-12-07T10:59:00Z"), Ok(()));
    let stale = by("2026-12-07T11:01:00Z").unwrap_err();
    assert!(matches!(stale, WitnessError::Stale { .. }), "{stale}");
    // What its maker's clock is behind by is forgiven.
    let mut early = statement();
    early.sent = at("2026-11-30T09:59:00Z");
    let mut asked = asked();
    asked[0].after = false;
    let by = Admission {
        run: &"run-1".into(),
        asked: &asked,
        answered: &|_| false,
        print: &|_| None,
        terminated: None,
        now: at(NOW),
    };
    assert!(admit(&early, by).is_ok());
}

#[test]
fn a_request_is_read_as_it_was_written_and_its_digest_knows_every_change() {
    let request = Request {
        doornail_witness_request: FORM,
        supplier: "acme".into(),
        credential: "hidden".into(),
        platform: "desk".into(),
        kind: "token".into(),
        channels: vec!["rest".into()],
        address: "https://desk.example".to_owned(),
        parameters: [].into(),
        fields: [].into(),
        after: false,
        run: "run-1".into(),
        nonce: nonce().unwrap(),
        salt: nonce().unwrap(),
        asked: at(ASKED),
    };
    let (text, digest) = request.write().unwrap();
    assert_eq!(Request::read(&text).unwrap(), (request.clone(), digest.clone()));
    let moved = text.replace("desk.example", "evil.example");
    assert_ne!(Request::read(&moved).unwrap().1, digest);
    let unknown = text.replacen('{', "{\"more\": 1,", 1);
    assert!(matches!(Request::read(&unknown), Err(WitnessError::Malformed(_))));
    let other = text.replace("_request\": 1", "_request\": 2");
    assert!(matches!(Request::read(&other), Err(WitnessError::Malformed(_))));
    assert_ne!(nonce().unwrap(), request.nonce);
}

#[test]
fn a_key_is_never_shown() {
    let (_folder, key) = key();
    assert_eq!(format!("{key:?}"), "SigningKey(..)");
    assert!(SigningKey::read(&Secret::new("hunter2")).is_err());
}
