//! Credentials whose secret only the supplier holds: gone by the platform's listing where the inventory accepts
//! that, and counted apart. A listing that fails, does not end, is empty or shows nobody else proves nothing.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::thread;

use crate::desk::{journal, only_entry, rulings};
use crate::own_platform::{LEAVE, doornail, said};

/// What the listing says once the supplier was ended.
#[derive(Clone, Copy, Debug)]
enum After {
    Gone,
    StillListed,
    NotLive,
    Fails,
    Empty,
    NobodyElse,
    Endless,
    Flickers,
}

/// A desk whose administrator may list tokens; a file says that the supplier was ended.
fn serve(after: After, revoked: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut listings = 0;
        for stream in listener.incoming().flatten() {
            answer(stream, after, &revoked, &mut listings);
        }
    });
    port
}

fn answer(mut stream: TcpStream, after: After, revoked: &Path, listings: &mut u32) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    let mut token = String::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        if let Some(value) = line.to_lowercase().strip_prefix("authorization: bearer ") {
            token = value.to_owned();
        }
    }
    let is_revoked = revoked.exists();
    let (status, body) = match (first.contains("/tokens"), token.as_str()) {
        (true, "admin-secret-token-1") if first.contains("/tokens/") => {
            let is_there = !is_revoked || matches!(after, After::StillListed);
            if first.contains("/tokens/g-1 ") {
                (200, r#"{"user":"sam"}"#.to_owned())
            } else if first.contains("/tokens/h-1 ") && is_there {
                (200, r#"{"user":"maya"}"#.to_owned())
            } else {
                (404, r#"{"error":"no_such_token"}"#.to_owned())
            }
        }
        (true, "admin-secret-token-1") => {
            *listings += u32::from(is_revoked);
            listing(is_revoked.then_some(after), *listings)
        }
        (false, "acme-secret-token-1") if !is_revoked => (200, r#"{"user":"maya"}"#.to_owned()),
        (false, "globex-secret-token-1") => (200, r#"{"user":"sam"}"#.to_owned()),
        _ => (401, r#"{"error":"token_gone"}"#.to_owned()),
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn listing(after: Option<After>, number: u32) -> (u16, String) {
    let item = |id: &str, user: &str, active: bool| {
        format!(r#"{{"id":"{id}","user":"{user}","active":{active}}}"#)
    };
    let (hidden, other) = (item("h-1", "maya", true), item("g-1", "sam", true));
    let items = match after {
        None | Some(After::StillListed) => vec![hidden, other],
        Some(After::Gone) => vec![other],
        Some(After::NotLive) => vec![item("h-1", "maya", false), other],
        Some(After::Fails) => return (503, "{}".to_owned()),
        Some(After::Empty) => Vec::new(),
        Some(After::NobodyElse) => vec![item("a-1", "maya", true)],
        Some(After::Endless) => {
            return (200, format!(r#"{{"tokens":[{other}],"next":"/tokens?page=2"}}"#));
        }
        // There at every other look.
        Some(After::Flickers) if number.is_multiple_of(2) => vec![hidden, other],
        Some(After::Flickers) => vec![other],
    };
    (200, format!(r#"{{"tokens":[{}],"next":null}}"#, items.join(",")))
}

const DESCRIPTION: &str = "
platform: desk
title: Home-grown desk
base_url: https://desk.example
admin: {secret: [token], auth: {bearer: '{{ admin.token }}'}}
credentials:
  token:
    title: Desk token
    class: token
    owned_by: principal
    secret: [token]
    bogus: {token: '[a-z]{6}-secret-token-9'}
    list:
      request: {get: /tokens}
      items: /tokens
      id: /id
      owner: [/user]
      live: {/active: true}
      next: {url: /next}
    mint: {cannot: tokens are made by hand}
    probe:
      rest:
        identity: {get: /me, auth: {bearer: '{{ token }}'}}
        alive: [{status: 200, json: {/user: '{{ principal.login }}'}}]
        dead: [{status: 401, json: {/error: token_gone}}]
        samples: []
polite: {every: 50ms, budget: 1000/s}
";

/// The same, where the desk can be asked about a token by its id.
const ASKED_BY_ID: &str = "
      status:
        proof: introspection
        by_id: true
        identity: {get: '/tokens/{{ id }}', auth: {bearer: '{{ admin.token }}'}}
        alive: [{status: 200, json: {/user: '{{ principal.login }}'}}]
        dead: [{status: 404, json: {/error: no_such_token}}]
        samples: []
polite:";

const HIDDEN: &str = "
  - {id: acme-hidden, platform: desk, kind: token, principal: maya, held_by: supplier, remote_id: h-1, accept_proof: [listing]}";

fn project(after: After, hidden: &str, demand: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let revoked = root.join("revoked");
    let port = serve(after, revoked.clone());
    let write = |name: &str, text: &str| {
        let file = root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    let description = match hidden.contains("[introspection]") {
        false => DESCRIPTION.to_owned(),
        true => DESCRIPTION
            .replace(
                "    bogus: {",
                "    fields: {id: {about: its id, default: '{{ credential.remote_id }}'}}\n    bogus: {id: 'x-[0-9]{3}', ",
            )
            .replace("\npolite:", ASKED_BY_ID),
    };
    write("platforms/desk.yaml", &description);
    write(
        "suppliers/acme.yaml",
        &format!(
            "supplier: acme
name: acme
owners: {{business: someone@ours.example}}
principals: [{{id: maya, platform: desk, login: maya}}]
bystanders: [{{supplier: globex, credential: globex-token}}]
credentials:
  - {{id: acme-token, platform: desk, kind: token, principal: maya, secret: {{token: env:ACME_TOKEN}}, remote_id: a-1, authorization: {{reference: T, date: 2026-10-01}}}}{hidden}
"
        ),
    );
    write(
        "suppliers/globex.yaml",
        "supplier: globex
name: globex
owners: {business: someone@ours.example}
principals: [{id: sam, platform: desk, login: sam}]
credentials:
  - {id: globex-token, platform: desk, kind: token, principal: sam, secret: {token: env:GLOBEX_TOKEN}, remote_id: g-1, authorization: {reference: T, date: 2026-10-01}}
",
    );
    write(
        "procedures/end.yaml",
        &format!("procedure: end\nsteps:\n  - {{command: [touch, '{}']}}\n", revoked.display()),
    );
    write(
        "features/end.feature",
        &format!(
            "Feature: The desk\n  Scenario: End\n    Given the supplier \"acme\"\n    And a bystander on every platform\n    And every credential of the supplier is proven to work\n    When the supplier is terminated with the procedure \"end\"\n    Then {demand}\n    And nothing comes back for 1 second\n    And every bystander still works\n"
        ),
    );
    write(
        "doornail.yaml",
        &format!(
            "fingerprint_key: env:FINGERPRINTS\nenvironments:\n  desk-live:\n    platforms: {{desk: {{base_url: 'http://127.0.0.1:{port}', observe: {{token: env:ADMIN_TOKEN}}}}}}\n    safety: {{allow_hosts: ['127.0.0.1']}}\nchase: {{spread: 300ms, patience: 2s, arm_within: 3s}}\n"
        ),
    );
    folder
}

const DEMAND: &str = "every credential stops working within 2 seconds";

struct Played {
    output: Output,
    folder: tempfile::TempDir,
    run: PathBuf,
}

fn play(after: After, hidden: &str, demand: &str) -> Played {
    let folder = project(after, hidden, demand);
    let runs = folder.path().join("runs");
    let output = doornail(folder.path())
        .env("ADMIN_TOKEN", "admin-secret-token-1")
        .args(["run", "--env", "desk-live", "--out"])
        .arg(&runs)
        .args(LEAVE)
        .output()
        .unwrap();
    Played { output, run: only_entry(&runs), folder }
}

impl Played {
    fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    fn said(&self) -> String {
        said(&self.output)
    }

    /// Rulings on what is not held, without the positive control.
    fn rulings(&self) -> Vec<(String, String)> {
        let all = rulings(&self.run).into_iter().filter(|(_, on, _)| on == "acme-hidden");
        all.skip(1).map(|(finding, _, why)| (finding, why)).collect()
    }

    fn report(&self, name: &str) -> String {
        fs::read_to_string(self.run.join(name)).unwrap()
    }
}

#[test]
fn what_is_no_longer_listed_is_gone_by_listing_and_counted_apart_from_dead() {
    let played = play(After::Gone, HIDDEN, DEMAND);
    assert_eq!(played.code(), Some(0), "{}", played.said());
    let said = played.said();
    assert!(said.contains("Dead               1 by use"), "{said}");
    assert!(said.contains("Gone               1 by listing, not used from here"), "{said}");
    let why = &played.rulings()[0].1;
    assert!(why.starts_with("gone by listing "), "{why}");
    assert!(played.report("report.md").contains("| gone by listing |"), "markdown");
    assert!(played.report("report.html").contains("gone by listing"), "html");
    assert!(played.report("junit.xml").contains("1 dead by use, 1 gone by listing"), "junit");
    let summary: serde_json::Value = serde_json::from_str(&played.report("summary.json")).unwrap();
    assert_eq!(summary["counts"]["dead_by_use"], 1);
    assert_eq!(summary["counts"]["gone_by_listing"], 1);
    let credentials = summary["scenarios"][0]["credentials"].as_array().unwrap();
    let hidden = credentials.iter().find(|one| one["credential"] == "acme-hidden").unwrap();
    assert_eq!((&hidden["state"], &hidden["proof"]), (&"gone".into(), &"listing".into()));
    let looks = journal(&played.run);
    let looks = looks.iter().filter(|event| event["event"] == "looked");
    assert!(looks.clone().count() >= 3, "once before, and twice in a row after");
    let again = doornail(played.folder.path())
        .env("ADMIN_TOKEN", "admin-secret-token-1")
        .arg("recheck")
        .arg(&played.run)
        .args(["--confirm", "desk-live"])
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", crate::own_platform::said(&again));
}

#[test]
fn what_is_listed_and_no_longer_live_is_gone_too() {
    let played = play(After::NotLive, HIDDEN, DEMAND);
    assert_eq!(played.code(), Some(0), "{}", played.said());
}

#[test]
fn what_is_still_listed_is_a_survivor() {
    let played = play(After::StillListed, HIDDEN, DEMAND);
    assert_eq!(played.code(), Some(1), "{}", played.said());
    assert_eq!(played.rulings()[0].0, "survivor");
}

#[test]
fn a_listing_that_is_no_proof_is_none() {
    for after in [After::Fails, After::Empty, After::NobodyElse, After::Endless] {
        let played = play(after, HIDDEN, DEMAND);
        assert_eq!(played.code(), Some(3), "{after:?}: {}", played.said());
        for (finding, why) in played.rulings() {
            assert_eq!(finding, "not-confirmed", "{after:?}: {why}");
        }
    }
    let flickers = play(After::Flickers, HIDDEN, DEMAND);
    assert_ne!(flickers.code(), Some(0), "{}", flickers.said());
    assert!(flickers.rulings().iter().all(|(finding, _)| finding != "holds"));
}

#[test]
fn what_the_inventory_does_not_accept_or_what_was_never_listed_is_unproven() {
    let unaccepted = HIDDEN.replace(", accept_proof: [listing]", "");
    let unknown = HIDDEN.replace("h-1", "h-2");
    for hidden in [unaccepted, unknown] {
        let played = play(After::Gone, &hidden, DEMAND);
        assert_eq!(played.code(), Some(4), "{hidden}: {}", played.said());
        assert_eq!(played.rulings()[0].0, "unproven", "{hidden}");
    }
}

#[test]
fn a_demand_for_proof_by_use_is_not_met_by_a_listing() {
    let demand = "every token is proven dead by use within 2 seconds";
    let played = play(After::Gone, HIDDEN, demand);
    assert_eq!(played.code(), Some(4), "{}", played.said());
    assert_eq!(played.rulings()[0].0, "weak-proof", "{}", played.said());
    let used = play(After::Gone, "", demand);
    assert_eq!(used.code(), Some(0), "{}", used.said());
}

#[test]
fn what_the_platform_no_longer_knows_by_its_id_is_gone_by_introspection() {
    let hidden = HIDDEN.replace("[listing]", "[introspection]");
    let played = play(After::Gone, &hidden, DEMAND);
    assert_eq!(played.code(), Some(0), "{}", played.said());
    let said = played.said();
    assert!(said.contains("Dead               1 by use, 0 by introspection"), "{said}");
    assert!(said.contains("Gone               1 by introspection, not used from here"), "{said}");
    let works = play(After::StillListed, &hidden, DEMAND);
    assert_eq!(works.code(), Some(1), "{}", works.said());
    assert_eq!(works.rulings()[0].0, "survivor");
}

#[test]
fn what_is_accepted_has_to_be_possible() {
    for (from, to, says) in [
        ("remote_id: h-1, ", "", "lacks the id by which a listing shows it"),
        ("[listing]", "[introspection]", "cannot be asked about by its id"),
        ("[listing]", "[witness]", "nobody knows whose signature a witness has"),
        ("[listing]", "[attestation]", "can attest to nothing that is not asked"),
        ("[listing]", "[hearsay]", "expected one of attestation, witness, listing, introspection"),
        ("held_by: supplier", "held_by: us", "is used itself"),
    ] {
        let folder = project(After::Gone, &HIDDEN.replace(from, to), DEMAND);
        let plain = folder.path().join("platforms/desk.yaml");
        fs::write(plain, DESCRIPTION).unwrap();
        let output = doornail(folder.path()).arg("check").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{to}: {}", said(&output));
        assert!(said(&output).contains(says), "{to}: {}", said(&output));
    }
}
