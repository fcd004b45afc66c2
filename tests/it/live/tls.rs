//! The drill of `tests/live/tls/drill/`: client certificates at nginx, with the TLS sessions that they opened, in both
//! versions of TLS. Each action has a gateway of its own.
//!
//! `tests/live/tls.sh install` installs it.

use std::path::Path;

use super::own_files::{Played, Row, Server, measured, play, project};
use super::{copy, here};

fn played(action: &str, tempo: Option<&str>) -> Played {
    let server = Server::start("tls.sh");
    let desk = project(&here().join("tls/drill"), &server);
    let issued = Path::new(&server.said["GATEWAY_CERTIFICATES"]);
    copy(issued, &desk.path().join("certificates"));
    // The first line of a key is the same in all of them.
    let secrets: Vec<String> = ["maya.key", "sam.key", "maya.pem", "sam.pem"]
        .iter()
        .flat_map(|name| {
            let text = std::fs::read_to_string(issued.join(name)).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with('-'));
            lines.map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|line| line.len() >= 16)
        .collect();
    play(&desk, ("gateway-live", "acme", action), (&server, &secrets), tempo)
}

/// What became of the certificate and of its sessions, by the words of `expected.tsv`.
fn rows(played: &Played, action: &str) -> [(&'static str, &'static str, Row<'static>); 4] {
    let row = |credential, channel| played.row("nginx", action, credential, channel);
    [
        ("certificate", "TLS 1.3", row("acme-certificate", "tls13")),
        ("certificate", "TLS 1.2", row("acme-certificate", "tls12")),
        ("session", "TLS 1.3", row("acme-certificate/session", "resumed")),
        ("session", "TLS 1.2", row("acme-certificate/older_session", "resumed")),
    ]
}

/// Plays an action and demands the verdicts that were measured, and this exit code.
fn demand(action: &str, exit: i32) {
    let played = played(action, None);
    let measured = measured("tls/expected.tsv", action);
    for (credential, version, row) in rows(&played, action) {
        let verdict = &measured[&(credential.to_owned(), version.to_owned())];
        let place = format!("{action}: {credential}, {version}: {}", played.ran.whole());
        assert_eq!(row.verdict, *verdict, "{place}");
        assert_eq!(row.findings.contains("survivor"), *verdict != "DEAD", "{place}");
    }
    assert_eq!(played.ran.code, Some(exit), "{}", played.ran.whole());
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_revoked_certificate_lives_on_in_the_sessions_it_opened() {
    demand("revoke", 1);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn new_ticket_keys_end_the_sessions_and_spare_the_certificate() {
    demand("rotate", 1);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_certificate_revoked_and_its_sessions_ended_is_dead() {
    demand("revoke-and-rotate", 0);
}

/// Plays an action that ends everybody's access, or nobody's: nothing of it is a death, but for the sessions where they
/// go on.
fn demand_nothing(action: &str, sessions: &str) {
    // Answers that prove nothing are waited for, so it is played faster than time is.
    let played = played(action, Some("20@2026-12-01T09:00:00Z"));
    for (credential, version, row) in rows(&played, action) {
        let place = format!("{action}: {credential}, {version}: {}", played.ran.whole());
        let expected = if credential == "session" { sessions } else { "INCONCLUSIVE" };
        assert_eq!(row.verdict, expected, "{place}");
    }
    assert!(matches!(played.ran.code, Some(1 | 3 | 5)), "{}", played.ran.whole());
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn an_authority_that_is_trusted_no_more_ends_everybody_and_proves_nothing() {
    demand_nothing("distrust", "INCONCLUSIVE");
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn an_expired_revocation_list_refuses_everybody_and_spares_the_sessions() {
    demand_nothing("list-expired", "ALIVE");
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_gateway_that_asks_for_no_certificate_proves_nothing() {
    demand_nothing("ask-nobody", "INCONCLUSIVE");
}
