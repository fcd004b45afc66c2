//! OpenLDAP: the rows of `tests/live/slapd/expected.tsv`, each entry ended in another way by one procedure, with a
//! server that says when an account is locked and with one that does not.

use std::collections::BTreeMap;

use super::bench::{Played, Server, play, project};
use super::{array, here, text};

/// Credential, what it is, and what was done.
const ENTRIES: [(&str, &str, &str); 10] = [
    ("locked", "password", "account locked by an administrator"),
    ("replaced", "password", "password replaced"),
    ("added-first", "password", "known value exchanged"),
    ("added-second", "second value", "known value exchanged"),
    ("both-second", "second value", "all values replaced"),
    ("deleted", "password", "entry deleted"),
    ("guessed", "password", "locked by wrong passwords"),
    ("guessed-replaced", "password", "password replaced, then locked by wrong ones"),
    ("reader", "password", "taken out of the group"),
    ("plain", "password, no policy asked", "password replaced"),
];

fn drill(server: &Server, feature: &str, supplier: &str) -> Played {
    let mut variables: BTreeMap<String, String> = server.variables.clone();
    let names = "locked replaced added both deleted guessed guessed_replaced reader plain";
    for name in names.split(' ') {
        for number in ["first", "second"] {
            let variable = format!("{number}_{name}").to_uppercase();
            variables.insert(variable, format!("{number}-of-sup_{name}"));
        }
    }
    variables.insert("BY".to_owned(), "first-of-by".to_owned());
    let desk = project("slapd", server);
    let secrets = ["first-of-sup", "second-of-sup", "admin-password", "observer-password"];
    let feature = format!("features/{feature}.feature");
    let played = play(&desk, "directory-live", (&feature, supplier), &variables, &secrets);
    demand_no_death_by_locking(&played);
    played
}

/// Whose right password was locked out by wrong ones was never called dead, not even for a moment.
fn demand_no_death_by_locking(played: &Played) {
    for event in &played.events {
        if event["event"] == "probed" && event["credential"] == "guessed" {
            assert_ne!(event["verdict"]["verdict"], "dead", "{event}");
        }
    }
}

fn every_entry(name: &str, options: &[&str]) {
    let server = Server::start("slapd.sh", options);
    let played = drill(&server, "end", "acme");
    assert_eq!(played.ran.code, Some(1), "{}", played.ran.whole());
    let mut found = String::new();
    for (credential, what, action) in ENTRIES {
        let connection = format!("{credential}/connection");
        for (id, what) in [(credential, what), (&*connection, "open connection")] {
            let row = played.row(id);
            row.print(name, what, action);
            let survivor = if row.survives() { "survivor" } else { "" };
            found.push_str(&format!("{action}\t{what}\t{}\t{survivor}\n", row.verdict()));
        }
    }
    for id in ["globex", "globex/connection", "globex-plain", "globex-plain/connection"] {
        let row = played.row(id);
        row.print(name, id, "(bystander)");
        found.push_str(&format!("bystander\t{id}\t{}\t\n", row.verdict()));
    }
    let expected = std::fs::read_to_string(here().join("slapd/expected.tsv")).unwrap();
    assert_eq!(found, expected, "{}", played.ran.whole());
    assert_eq!(played.row("locked").standing, "dead (principal disabled, reversible)");
    let locked_out = played.events.iter().any(|event| {
        event["credential"] == "guessed" && event["verdict"]["reason"] == "locked-out"
    });
    assert!(locked_out, "the right password was not asked while it was locked");
    // What was replaced is refused in between, whenever a lock has run out, and locks again: that confirms nothing.
    assert!(!played.row("guessed-replaced").standing.starts_with("dead"));
    // Of accounts that could be locked no fake is tried.
    for (kind, result) in played.controls("bogus") {
        let wanted = if kind == "plain_bind" { "held" } else { "skipped" };
        assert_eq!(result, wanted, "the fake of {kind}");
    }
    // Nobody is let in without a password: it is not sent, although this server lets it in as nobody.
    assert!(
        array(&played.scenario["controls"]).iter().all(|control| {
            text(&control["control"]) != "empty" || control["result"] != "failed"
        })
    );
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn every_way_of_ending_an_entry_gives_what_was_measured_without_doornail() {
    every_entry("slapd", &[]);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_server_that_tells_of_locks_gives_the_same() {
    every_entry("slapd.LOCKOUT=1", &["plain", "lockout"]);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_directory_that_is_down_refuses_nobody() {
    let server = Server::start("slapd.sh", &[]);
    let played = drill(&server, "stop", "initech");
    assert!(matches!(played.ran.code, Some(3 | 5)), "{}", played.ran.whole());
    let row = played.row("alone");
    row.print("slapd", "password, no policy asked", "server stopped");
    assert_eq!(row.verdict(), "INCONCLUSIVE", "{row:?}");
}
