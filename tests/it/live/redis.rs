//! The drill of `tests/live/redis/drill/`: Redis, of which no code of doornail knows anything. Whatever is asked, its
//! files say how. Each action has a server of its own.
//!
//! `tests/live/redis.sh install` installs it.

use super::here;
use super::own_files::{Played, Server, measured, play, project};

fn played(supplier: &str, action: &str) -> Played {
    let server = Server::start("redis.sh");
    let desk = project(&here().join("redis/drill"), &server);
    let secrets: Vec<String> = ["REDIS_ADMIN", "ACME_PASSWORD", "GLOBEX_PASSWORD"]
        .iter()
        .map(|name| server.said[*name].clone())
        .collect();
    play(&desk, ("redis-live", supplier, action), (&server, &secrets), None)
}

/// Plays an action and demands the verdicts that were measured, and this exit code.
fn demand(action: &str, exit: i32) {
    let played = played("acme", action);
    let login = played.row("redis", action, "acme-login", "login");
    let connection = played.row("redis", action, "acme-login/connection", "stay");
    let measured = measured("redis/expected.tsv", action);
    let of = |credential: &str, probe: &str| {
        measured[&(credential.to_owned(), probe.to_owned())].as_str()
    };
    let all_cut = of("bystander's connection", "opened before") == "cut too";
    for (row, verdict) in
        [(login, of("login", "new connection")), (connection, of("connection", "opened before"))]
    {
        let place = format!("{action}: {verdict}: {}", played.ran.whole());
        // Where everybody's connection is cut, nothing is proven about this one.
        let expected = match row.channel {
            "stay" if all_cut => "INCONCLUSIVE",
            _ => verdict,
        };
        assert_eq!(row.verdict, expected, "{place}");
        assert_eq!(row.findings.contains("survivor"), verdict != "DEAD", "{place}");
    }
    assert_eq!(played.ran.code, Some(exit), "{}", played.ran.whole());
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_user_switched_off_stays_signed_in() {
    demand("switch-off", 1);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_user_without_a_password_stays_signed_in() {
    demand("password-gone", 1);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_user_who_may_do_nothing_signs_in_still() {
    demand("no-commands", 1);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn connections_that_are_cut_leave_the_password() {
    demand("kill-connections", 1);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_user_who_is_deleted_is_gone() {
    demand("delete", 0);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_file_of_users_that_is_read_anew_cuts_everybody_off() {
    demand("delete-in-file", 3);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_user_switched_off_and_cut_off_is_gone() {
    demand("off-and-cut", 0);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_deletion_that_nobody_saved_is_undone_by_a_restart() {
    let action = "delete-unsaved";
    let played = played("acme-batch", action);
    let row = played.row("redis", action, "acme-batch-login", "login");
    assert_eq!(row.verdict, measured("redis/expected.tsv", action)[&login()]);
    assert!(row.findings.contains("revenant"), "{:?}: {}", row.findings, played.ran.whole());
    assert_eq!(played.ran.code, Some(1), "{}", played.ran.whole());
}

fn login() -> (String, String) {
    ("login".to_owned(), "new connection".to_owned())
}
