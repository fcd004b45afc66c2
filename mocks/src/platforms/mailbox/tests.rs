//! What the server says, line by line.

use super::*;

fn from_epoch(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

const SUPPORT: &str = "support@acme.example";

struct Desk {
    server: Mailbox,
    variables: BTreeMap<String, String>,
    at: u64,
}

impl Desk {
    fn new() -> Self {
        let (server, variables) = Mailbox::seeded(from_epoch(0));
        Self { server, variables, at: 1_000 }
    }

    fn say(&mut self, server: &'static str, connection: &str, line: &str) -> String {
        let request = Request {
            server,
            method: "LINE".into(),
            headers: vec![("x-connection".into(), connection.into())],
            body: format!("{line}\r\n").into_bytes(),
            ..Request::default()
        };
        let answer = self.server.handle(&request, from_epoch(self.at)).unwrap();
        String::from_utf8(answer.body).unwrap().trim_end().to_owned()
    }

    fn login(&mut self, connection: &str, user: &str, variable: &str) -> String {
        let password = self.variables.get(variable).map_or("wrong", String::as_str).to_owned();
        self.say(IMAP, connection, &format!("a LOGIN {user} \"{password}\""))
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.server.by_hand(action, object, from_epoch(self.at)).unwrap();
    }
}

const OLD: &str = "ACME_MAILBOX_SUPPORT_PASSWORD";
const NEW: &str = "ACME_MAILBOX_SUPPORT_NEW_PASSWORD";
const FAILED: &str = "a NO [AUTHENTICATIONFAILED] Authentication failed.";

#[test]
fn a_remembered_password_counts_for_an_hour_and_no_longer() {
    let mut desk = Desk::new();
    assert!(desk.login("1", SUPPORT, OLD).starts_with("a OK"));
    for action in ["change_password", "delete_account"] {
        desk.hand(action, SUPPORT);
        assert!(desk.login(action, SUPPORT, OLD).starts_with("a OK"));
    }
    desk.at += 3_600;
    assert_eq!(desk.login("3", SUPPORT, OLD), FAILED);
}

#[test]
fn the_first_look_corrects_what_is_remembered() {
    for other in [NEW, "nothing"] {
        let mut desk = Desk::new();
        desk.login("1", SUPPORT, OLD);
        desk.hand("change_password", SUPPORT);
        desk.login("2", SUPPORT, other);
        assert_eq!(desk.login("3", SUPPORT, OLD), FAILED);
        assert!(desk.login("4", SUPPORT, NEW).starts_with("a OK"));
    }
    let mut desk = Desk::new();
    desk.login("1", SUPPORT, OLD);
    desk.hand("change_password", SUPPORT);
    desk.hand("flush_cache", SUPPORT);
    assert_eq!(desk.login("2", SUPPORT, OLD), FAILED);
}

#[test]
fn sessions_outlive_the_account_and_kick_ends_those_of_imap_alone() {
    let mut desk = Desk::new();
    desk.login("1", SUPPORT, OLD);
    let password = desk.variables[OLD].clone();
    use base64::Engine as _;
    let said = base64::engine::general_purpose::STANDARD.encode(format!("\0{SUPPORT}\0{password}"));
    desk.say(SMTP, "2", "EHLO x");
    assert_eq!(desk.say(SMTP, "2", &format!("AUTH PLAIN {said}")), "235 2.7.0 Logged in.");
    desk.hand("delete_account", SUPPORT);
    desk.hand("flush_cache", SUPPORT);
    assert!(desk.say(IMAP, "1", "b STATUS INBOX (MESSAGES)").ends_with("b OK Status completed."));
    desk.hand("kick_sessions", SUPPORT);
    assert_eq!(desk.say(IMAP, "1", "c NOOP"), "* BYE Server shutting down.");
    assert_eq!(desk.say(SMTP, "2", "MAIL FROM:<a@b>"), "250 2.1.0 OK");
    assert_eq!(desk.say(SMTP, "3", "MAIL FROM:<a@b>"), "530 5.7.0 Authentication required.");
}

#[test]
fn only_the_right_password_is_told_that_logins_are_disabled_and_the_master_is_not() {
    let mut desk = Desk::new();
    desk.hand("disable_login", SUPPORT);
    assert_eq!(desk.login("1", SUPPORT, OLD), "a NO [CONTACTADMIN] Login disabled for this user");
    assert_eq!(desk.login("2", SUPPORT, "nothing"), FAILED);
    let master = format!("{SUPPORT}*ops-acme");
    assert!(desk.login("3", &master, "ACME_MAILBOX_MASTER_PASSWORD").starts_with("a OK"));
    desk.hand("remove_master_user", "ops-acme");
    assert_eq!(desk.login("4", &master, "ACME_MAILBOX_MASTER_PASSWORD"), FAILED);
}

#[test]
fn a_token_that_is_not_known_is_refused_after_a_word_of_why() {
    let mut desk = Desk::new();
    assert_eq!(desk.say(IMAP, "1", "a AUTHENTICATE XOAUTH2"), "+");
    let said = "dXNlcj14AWF1dGg9QmVhcmVyIHkBAQ==";
    assert!(desk.say(IMAP, "1", said).starts_with("+ "));
    assert_eq!(desk.say(IMAP, "1", ""), FAILED);
}
