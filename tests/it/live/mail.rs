//! The drills of `tests/live/mail/drill/` against Dovecot and Postfix, with the built-in description: only how often
//! it asks is changed, so that a day of a real drill takes seconds. What was measured on Dovecot without doornail has
//! to come out again, row by row.
//!
//! `tests/live/mail.sh install DIR` installs both by apt.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use super::{array, copy, here, only, text};
use crate::desk::Desk;

/// Installing is not part of it.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How long Dovecot remembers a login.
const REMEMBERED_S: i64 = 3;

/// Dovecot and Postfix.
struct Server {
    process: Child,
    variables: BTreeMap<String, String>,
}

impl Server {
    fn start(accounts: &str) -> Self {
        let folder = std::env::temp_dir();
        let mut process = Command::new(here().join("mail.sh"))
            .arg("start")
            .arg(std::env::var_os("DOORNAIL_LIVE_DIR").unwrap_or_else(|| folder.into()))
            .env("TTL", format!("{REMEMBERED_S}s"))
            .env("ACCOUNTS", accounts)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut server = Self { process, variables: BTreeMap::new() };
        let (send, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| send.send(line))
        });
        loop {
            let line = lines.recv_timeout(READY_WITHIN).unwrap();
            if line == "READY" {
                return server;
            }
            let (name, value) = line.split_once('=').unwrap();
            server.variables.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when nobody holds its standard input any more.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

struct Played {
    exit: Option<i32>,
    said: String,
    scenario: Value,
}

/// The built-in description, asked faster, and changed as the test needs it.
fn description(change: (&str, &str)) -> String {
    let file = here().join("../../src/platforms/mailbox.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let faster = [
        ("polite: {every: 30s, budget: 60/min}", "polite: {every: 200ms, budget: 100/s}"),
        ("lockout: {refusals: 3, per: 10m}", "lockout: {refusals: 1000, per: 10m}"),
        change,
    ];
    faster.into_iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "the description has no {from:?}");
        text.replace(from, to)
    })
}

/// Plays the scenario of one tag on servers of its own, as a user would.
fn play(tag: &str, accounts: &str, change: (&str, &str)) -> Played {
    let server = Server::start(accounts);
    let desk = Desk::new();
    copy(&here().join("mail/drill"), desk.path());
    desk.write("platforms/mailbox.yaml", &description(change));
    let mut files = vec![("doornail.yaml.in".to_owned(), "doornail.yaml".to_owned())];
    for entry in std::fs::read_dir(desk.path().join("procedures")).unwrap() {
        let name = format!("procedures/{}", entry.unwrap().file_name().to_string_lossy());
        files.push((name.clone(), name));
    }
    for (from, to) in files {
        let text = std::fs::read_to_string(desk.path().join(from)).unwrap();
        let fill = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("@{name}@"), value)
        };
        desk.write(&to, &server.variables.iter().fold(text, fill));
    }
    let tags = format!("@{tag}");
    let mut arguments = vec!["run", "features/end.feature", "--tags", &tags];
    arguments.extend("--env mail-live --confirm mail-live --terminate acme".split(' '));
    let variables: Vec<(&str, &str)> =
        server.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let ran = desk.run_with(&arguments, &variables);
    assert!(desk.path().join("doornail-runs").is_dir(), "no run: {}", ran.whole());
    let run = desk.run_folder();
    for file in std::fs::read_dir(&run).unwrap() {
        let content = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for name in ["ACME_PW", "GLOBEX_PW"] {
            assert!(!content.contains(&server.variables[name]), "{name} is in a file of the run");
        }
    }
    let summary = std::fs::read_to_string(run.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let scenario = only(array(&summary["scenarios"])).clone();
    Played { exit: ran.code, said: ran.whole(), scenario }
}

const AS_IT_IS: (&str, &str) = ("platform: mailbox", "platform: mailbox");

/// Credential and channel, as the rows name them.
const ROWS: [(&str, &str, &str); 4] = [
    ("dovecot", "acme-mailbox", "imap"),
    ("postfix", "acme-mailbox", "smtp"),
    ("dovecot", "acme-mailbox/imap_session", "imap"),
    ("postfix", "acme-mailbox/smtp_session", "smtp"),
];

impl Played {
    /// Plays an action's scenario on a database with the cache on.
    fn of(action: &str) -> Self {
        play(action, "database", AS_IT_IS)
    }

    fn channel(&self, credential: &str, channel: &str) -> &Value {
        let mut all = array(&self.scenario["credentials"]).iter();
        let found = all.find(|one| one["credential"] == credential);
        let found = found.unwrap_or_else(|| panic!("no {credential}: {}", self.said));
        let mut channels = array(&found["channels"]).iter();
        channels.find(|one| one["channel"] == channel).unwrap()
    }

    fn standing(&self, credential: &str, channel: &str) -> &str {
        text(&self.channel(credential, channel)["standing"])
    }

    /// How long after the termination it was refused first, in whole seconds.
    fn refused_after(&self, credential: &str, channel: &str) -> i64 {
        let began = self.scenario["termination"]["began_us"].as_i64().unwrap();
        let at = self.channel(credential, channel)["first_dead_us"].as_i64();
        (at.unwrap_or_else(|| panic!("never: {}", self.said)) - began) / 1_000_000
    }

    /// The worst finding on a credential, over all demands.
    fn findings(&self, credential: &str) -> Vec<&str> {
        let rulings = array(&self.scenario["claims"]).iter().flat_map(|it| array(&it["rulings"]));
        let mine = rulings.filter(|one| one["subject"] == credential);
        mine.map(|one| text(&one["finding"])).collect()
    }

    /// One row a credential: what the servers made of the action.
    #[expect(clippy::print_stdout, reason = "rows of the table in the record of a test run")]
    fn rows(&self, action: &str) -> String {
        let mut rows = Vec::new();
        for (server, credential, channel) in ROWS {
            let facts = self.channel(credential, channel);
            let began = self.scenario["termination"]["began_us"].as_i64().unwrap_or_default();
            let seconds = |at: &Value| match at.as_i64() {
                Some(at) => format!("{:.1} s", (at - began).max(0) as f64 / 1e6),
                None => "-".to_owned(),
            };
            let standing = text(&facts["standing"]);
            let survivor = if standing == "works" { "yes" } else { "no" };
            let dead = &facts["first_dead_us"];
            let exposure = format!("({}, {}]", seconds(&facts["last_alive_us"]), seconds(dead));
            println!(
                "live-row\t{server}\t{credential} {channel}\t{action}\t{standing}\t{exposure}\t{survivor}"
            );
            rows.push(format!("{credential} {channel}: {standing}"));
        }
        rows.join("\n")
    }
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_deleted_account_is_let_in_while_it_is_remembered_and_its_sessions_live_on() {
    let played = Played::of("delete");
    assert_eq!(played.exit, Some(1), "{}", played.said);
    insta::assert_snapshot!(played.rows("account deleted"), @r"
    acme-mailbox imap: dead
    acme-mailbox smtp: dead
    acme-mailbox/imap_session imap: works
    acme-mailbox/smtp_session smtp: works
    ");
    for session in ["acme-mailbox/imap_session", "acme-mailbox/smtp_session"] {
        assert!(played.findings(session).contains(&"survivor"), "{}", played.said);
    }
    remembered(&played);
}

/// The old password works at first, and not for long.
fn remembered(played: &Played) {
    for channel in ["imap", "smtp"] {
        let facts = played.channel("acme-mailbox", channel);
        let began = played.scenario["termination"]["began_us"].as_i64().unwrap();
        let last = facts["last_alive_us"].as_i64().unwrap();
        assert!(last > began, "{channel} was refused at once: {}", played.said);
        let after = played.refused_after("acme-mailbox", channel);
        assert!((1..=REMEMBERED_S + 2).contains(&after), "{channel}: {after} s");
    }
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_changed_password_works_while_it_is_remembered_and_an_open_session_still_sends() {
    let played = Played::of("change");
    assert_eq!(played.exit, Some(1), "{}", played.said);
    insta::assert_snapshot!(played.rows("password changed"), @r"
    acme-mailbox imap: dead
    acme-mailbox smtp: dead
    acme-mailbox/imap_session imap: works
    acme-mailbox/smtp_session smtp: works
    ");
    remembered(&played);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn the_first_look_at_a_changed_password_ends_the_old_one() {
    for (action, title) in [
        ("change-and-use", "password changed, new one used"),
        ("change-and-mistake", "password changed, wrong one tried"),
        ("change-and-flush", "password changed, cache flushed"),
    ] {
        let played = Played::of(action);
        assert_eq!(played.exit, Some(1), "{}", played.said);
        insta::allow_duplicates! {
            insta::assert_snapshot!(played.rows(title), @r"
            acme-mailbox imap: dead
            acme-mailbox smtp: dead
            acme-mailbox/imap_session imap: works
            acme-mailbox/smtp_session smtp: works
            ");
        }
        assert!(played.refused_after("acme-mailbox", "imap") <= 1, "{}", played.said);
    }
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn in_the_right_order_only_what_is_open_at_the_smtp_server_is_left() {
    let played = Played::of("in-order");
    assert_eq!(played.exit, Some(1), "{}", played.said);
    insta::assert_snapshot!(played.rows("account deleted, cache flushed, sessions kicked"), @r"
    acme-mailbox imap: dead
    acme-mailbox smtp: dead
    acme-mailbox/imap_session imap: dead
    acme-mailbox/smtp_session smtp: works
    ");
    assert!(played.findings("acme-mailbox/smtp_session").contains(&"survivor"));
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn ended_sessions_leave_the_password() {
    let played = Played::of("kick");
    assert_eq!(played.exit, Some(1), "{}", played.said);
    insta::assert_snapshot!(played.rows("sessions kicked"), @r"
    acme-mailbox imap: works
    acme-mailbox smtp: works
    acme-mailbox/imap_session imap: dead
    acme-mailbox/smtp_session smtp: works
    ");
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn an_account_that_is_there_again_is_a_revenant() {
    let played = Played::of("back");
    assert_eq!(played.exit, Some(1), "{}", played.said);
    assert!(played.findings("acme-mailbox").contains(&"revenant"), "{}", played.said);
    played.rows("account deleted, then created anew");
}

/// Nothing was ended: whatever the servers say, nothing may be called dead, and nothing passes.
fn demand_doubt(played: &Played) {
    assert!(matches!(played.exit, Some(3..=5)), "{}", played.said);
    let claims = array(&played.scenario["claims"]).iter();
    let ended = claims.filter(|claim| text(&claim["text"]).starts_with("every shared login stops"));
    let found: Vec<&str> =
        ended.flat_map(|it| array(&it["rulings"])).map(|one| text(&one["finding"])).collect();
    assert!(!found.is_empty() && !found.contains(&"holds"), "{found:?} {}", played.said);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_database_that_cannot_be_read_is_no_refusal() {
    let played = Played::of("break");
    demand_doubt(&played);
    played.rows("trap: database broken");
    for channel in ["imap", "smtp"] {
        assert_ne!(played.standing("acme-mailbox", channel), "dead", "{}", played.said);
    }
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_missing_file_of_accounts_looks_like_a_refusal_and_the_bystander_shows_it() {
    let played = play("break", "file", AS_IT_IS);
    demand_doubt(&played);
    played.rows("trap: file of accounts missing");
    assert!(played.said.contains("globex-mailbox"), "{}", played.said);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_mechanism_that_the_server_does_not_offer_proves_nothing() {
    let change = (
        "smtp: {at: \"{{ smtp }}\", user: \"{{ login }}\", password: \"{{ password }}\", stays",
        "smtp: {at: \"{{ smtp }}\", user: \"{{ login }}\", password: \"{{ password }}\", mechanism: xoauth2, stays",
    );
    let played = play("change", "database", change);
    demand_doubt_of_smtp(&played);
}

/// Never proven to work there, so never proven to be dead.
fn demand_doubt_of_smtp(played: &Played) {
    assert!(matches!(played.exit, Some(1 | 3 | 4)), "{}", played.said);
    assert_ne!(played.standing("acme-mailbox", "smtp"), "dead", "{}", played.said);
    let of_login = played.findings("acme-mailbox");
    assert!(of_login.contains(&"unproven"), "{of_login:?}: {}", played.said);
}
