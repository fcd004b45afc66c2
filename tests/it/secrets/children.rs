//! What the programs that doornail starts can see: the runbook's commands are given base addresses and
//! our `act` secrets, and nothing else that is secret.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::forms::Search;
use super::planted::{ADMINS, PLANTED, PLANTED_RUN, UNUSED, secrets};

/// What the children of one sort wrote down: arguments and environment, each.
fn seen(sort: &str) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(&PLANTED_RUN.seen).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with(sort) {
            let bytes = fs::read(&file).unwrap();
            let bytes = if name.ends_with(".env") {
                let text: Vec<u8> =
                    bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
                STANDARD.decode(text).unwrap()
            } else {
                bytes
            };
            all.push((name, bytes));
        }
    }
    all
}

/// Everything that a command of the runbook is not given.
fn withheld() -> Search {
    let mut all = secrets();
    all.retain(|(_, value)| value != ADMINS[0].1);
    all.push(("another credential of a bystander".to_owned(), UNUSED.to_owned()));
    all.push(("the bystander's token".to_owned(), "bystander-token".to_owned()));
    Search::of(&all)
}

#[test]
fn a_command_sees_no_secret_that_it_was_not_granted() {
    let seen = seen("command");
    assert_eq!(seen.len(), 2 * PLANTED.len());
    let search = withheld();
    for (name, bytes) in &seen {
        search.demand_none(name, bytes);
    }
}

#[test]
fn a_command_sees_what_it_was_granted_and_what_is_nobodys_secret() {
    for (name, bytes) in seen("command") {
        if !name.ends_with(".env") {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        let granted = format!("DESK_ADMIN_TOKEN={}", ADMINS[0].1);
        for wanted in [&*granted, "DESK_URL=http://127.0.0.1:", "DOORNAIL_SUPPLIER=acme"] {
            assert!(text.contains(wanted), "{name} lacks {wanted}: {text}");
        }
        for wanted in ["HARMLESS=nobody's secret", "PATH=/", "HOME=/", "TMPDIR=/"] {
            assert!(text.contains(wanted), "{name} lacks {wanted}: {text}");
        }
    }
}

#[test]
fn a_program_asked_for_one_secret_does_not_see_the_others() {
    let mut all = secrets();
    all.push(("another credential".to_owned(), UNUSED.to_owned()));
    let search = Search::of(&all);
    let seen = seen("helper");
    assert!(seen.len() >= 8, "{}", seen.len());
    // Copies under a name that no reference has are not known before everything was read.
    let copies = ["DATABASE_URL=", "COPIED_KEY=", "COPIED_MINT=", "AUTH_HEADER="];
    for (name, bytes) in seen.iter().filter(|(name, _)| !name.ends_with(".env")) {
        for variable in bytes.split(|byte| *byte == 0) {
            if !copies.iter().any(|copy| variable.starts_with(copy.as_bytes())) {
                search.demand_none(name, variable);
            }
        }
    }
}
