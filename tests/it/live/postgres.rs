//! PostgreSQL: the rows of `tests/live/postgres/expected.tsv`, each role ended in another way by one procedure, and
//! what only looks like a role's end.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bench::{Played, Server, play, project};
use super::here;
use crate::desk::Desk;

/// Credential, session or not, and what was done, in the words of `expected.tsv`.
const ROLES: [(&str, &str); 12] = [
    ("nologin", "ALTER ROLE NOLOGIN"),
    ("expired", "ALTER ROLE VALID UNTIL in the past"),
    ("changed", "ALTER ROLE PASSWORD"),
    ("no-password", "ALTER ROLE PASSWORD NULL"),
    ("shut", "REVOKE CONNECT from PUBLIC"),
    ("member", "membership of the granting role removed"),
    ("dropped", "DROP ROLE"),
    ("ended", "DROP ROLE, then pg_terminate_backend"),
    ("limited", "CONNECTION LIMIT 0"),
    ("rejected", "pg_hba.conf reject"),
    ("card", "certificate revoked"),
    ("card-dropped", "DROP ROLE"),
];

/// The passwords that the script gave, by the names the inventory asks for.
fn secrets(server: &Server) -> BTreeMap<String, String> {
    let mut all = server.variables.clone();
    let names =
        "nologin expired changed member shut dropped ended no_password limited rejected trusted";
    for role in names.split(' ') {
        all.insert(format!("SUP_{}", role.to_uppercase()), format!("first-of-sup_{role}"));
    }
    all.insert("BY".to_owned(), "first-of-by".to_owned());
    all
}

fn desk(server: &Server) -> Desk {
    let desk = project("postgres", server);
    for name in ["sup_card", "sup_card_dropped", "by_card"] {
        for end in ["crt", "key"] {
            let file = format!("{}/ca/{name}.{end}", server.variable("POSTGRES_WORK"));
            desk.write(&format!("ca/{name}.{end}"), &std::fs::read_to_string(file).unwrap());
        }
    }
    desk
}

fn drill(desk: &Desk, server: &Server, feature: &str, supplier: &str) -> Played {
    let feature = format!("features/{feature}.feature");
    let secret = ["first-of-sup", "first-of-by", "PRIVATE KEY", "admin-password"];
    play(desk, "database-live", (&feature, supplier), &secrets(server), &secret)
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn every_way_of_ending_a_role_gives_what_was_measured_without_doornail() {
    let server = Server::start("postgres.sh", &[]);
    let desk = desk(&server);
    let played = drill(&desk, &server, "end", "acme");
    assert_eq!(played.ran.code, Some(1), "{}", played.ran.whole());
    let mut found = String::new();
    for (credential, action) in ROLES {
        let kind = if credential.starts_with("card") { "certificate" } else { "password" };
        let session = format!("{credential}/session");
        for (id, what) in [(credential, kind), (&*session, "open connection")] {
            let row = played.row(id);
            row.print("postgres", what, action);
            let survivor = if row.survives() { "survivor" } else { "" };
            found.push_str(&format!("{action}\t{what}\t{}\t{survivor}\n", row.verdict()));
        }
    }
    for id in ["globex", "globex/session", "globex-card", "globex-card/session"] {
        let row = played.row(id);
        row.print("postgres", id, "(bystander)");
        found.push_str(&format!("bystander\t{id}\t{}\t\n", row.verdict()));
    }
    let expected = std::fs::read_to_string(here().join("postgres/expected.tsv")).unwrap();
    assert_eq!(found, expected, "{}", played.ran.whole());
    // Reversible where the password was found right all the same.
    assert_eq!(played.row("nologin").standing, "dead (principal disabled, reversible)");
    assert_eq!(played.row("card").standing, "dead (revoked)");
    for (kind, result) in played.controls("bogus") {
        let wanted = if kind == "password" { "held" } else { "skipped" };
        assert_eq!(result, wanted, "the fake of {kind}");
    }
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn where_any_password_is_right_nothing_is_proven() {
    let server = Server::start("postgres.sh", &["plain"]);
    let desk = desk(&server);
    let played = drill(&desk, &server, "trust", "initech");
    assert_eq!(played.ran.code, Some(4), "{}", played.ran.whole());
    assert!(
        played.controls("bogus").contains(&("password".to_owned(), "failed".to_owned())),
        "{}",
        played.scenario["controls"]
    );
    let row = played.row("trusted");
    row.print("postgres", "password", "ALTER ROLE PASSWORD, role trusted by pg_hba.conf");
    assert_ne!(row.finding, "holds");
    let dead = |event: &&Value| event["verdict"]["verdict"] == "dead";
    assert_eq!(played.events.iter().find(dead), None, "death was seen where none can be");
}
