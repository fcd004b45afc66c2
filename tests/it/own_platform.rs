//! A platform of the user's own: one description, one supplier file, one command as the procedure, against
//! a server that is no mock of ours, in real time. Also the controls, each seen failing.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

/// How the server treats who comes without a credential, or with one it never issued.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Sound,
    LetsStrangersIn,
    LetsEverybodyIn,
    NamesSomebodyElse,
    RefusesEverybodyOnceRevoked,
    /// The bystander, once, where there is a file `hiccup`.
    RefusesABystanderOnce,
}

/// A desk with two tokens. A file says that the supplier's token is revoked.
fn serve(manner: Manner, revoked: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let revoked = revoked.clone();
            thread::spawn(move || answer(stream, manner, &revoked));
        }
    });
    port
}

fn answer(mut stream: TcpStream, manner: Manner, revoked: &Path) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let mut token = String::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        if let Some(value) = line.to_lowercase().strip_prefix("authorization: bearer ") {
            token = value.to_owned();
        }
    }
    let is_revoked = revoked.exists();
    let owner = match token.as_str() {
        "acme-secret-token-1" if !is_revoked => Some("maya"),
        // What takes its place once it is revoked.
        "acme-secret-token-2" if is_revoked => Some("maya"),
        // The refusal takes the file away, so there is one only.
        "globex-secret-token-1"
            if manner == Manner::RefusesABystanderOnce
                && fs::remove_file(revoked.with_file_name("hiccup")).is_ok() =>
        {
            None
        }
        "globex-secret-token-1" if manner != Manner::RefusesEverybodyOnceRevoked || !is_revoked => {
            Some("sam")
        }
        "" if manner == Manner::LetsEverybodyIn => Some("maya"),
        "acme-secret-token-1" | "globex-secret-token-1" | "" => None,
        _ if manner == Manner::LetsStrangersIn => Some("maya"),
        _ => None,
    };
    let owner = owner.map(|owner| match manner {
        Manner::NamesSomebodyElse => "nina",
        Manner::Sound
        | Manner::LetsStrangersIn
        | Manner::LetsEverybodyIn
        | Manner::RefusesABystanderOnce
        | Manner::RefusesEverybodyOnceRevoked => owner,
    });
    let (status, body) = match owner {
        Some(owner) => ("200 OK", format!("{{\"user\":\"{owner}\"}}")),
        None => ("401 Unauthorized", "{\"error\":\"token_gone\"}".to_owned()),
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

const DESCRIPTION: &str = "
platform: desk
title: Home-grown desk
base_url: https://desk.example
credentials:
  token:
    title: Desk token
    class: token
    owned_by: principal
    secret: [token]
    bogus: {token: '[a-z]{6}-secret-token-9'}
    list: {cannot: the desk has no listing}
    mint: {cannot: tokens are made by hand}
    probe:
      rest:
        identity: {get: /me, auth: {bearer: '{{ token }}'}}
        alive: [{status: 200, json: {/user: '{{ principal.login }}'}}]
        dead: [{status: 401, json: {/error: token_gone}}]
        samples: []
polite: {every: 100ms, budget: 100/s}
";

fn supplier(id: &str, login: &str, bystanders: &str) -> String {
    format!(
        "supplier: {id}
name: {id}
owners: {{business: someone@ours.example}}
principals: [{{id: {login}, platform: desk, login: {login}}}]
credentials:
  - id: {id}-token
    platform: desk
    kind: token
    principal: {login}
    secret: {{token: env:{}_TOKEN}}
    authorization: {{reference: T-1, date: 2026-10-01}}
{bystanders}",
        id.to_uppercase()
    )
}

/// Plays the drill and gives what it said, and the project folder.
fn drill(manner: Manner, extra: &[&str]) -> (Output, tempfile::TempDir) {
    let folder = project(manner);
    let root = folder.path();
    let runs = root.join("runs");
    let output = doornail(root)
        .arg("run")
        .args(["--out".as_ref(), runs.as_os_str()])
        .args(["--env", "desk-live"])
        .args(extra)
        .output()
        .unwrap();
    (output, folder)
}

/// The program in a project, with the secrets of both suppliers.
pub(crate) fn doornail(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doornail"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("DOORNAIL_PROJECT", root)
        .env("ACME_TOKEN", "acme-secret-token-1")
        .env("GLOBEX_TOKEN", "globex-secret-token-1")
        .env("FINGERPRINTS", "a key of fingerprints");
    command
}

/// A project about a desk that treats strangers so, and is served as long as the tests run.
pub(crate) fn project(manner: Manner) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let revoked = root.join("revoked");
    let port = serve(manner, revoked.clone());
    for name in ["platforms", "suppliers", "procedures", "features"] {
        fs::create_dir(root.join(name)).unwrap();
    }
    let write = |name: &str, text: &str| fs::write(root.join(name), text).unwrap();
    write("platforms/desk.yaml", DESCRIPTION);
    let bystanders = "bystanders: [{supplier: globex, credential: globex-token}]\n";
    write("suppliers/acme.yaml", &supplier("acme", "maya", bystanders));
    write("suppliers/globex.yaml", &supplier("globex", "sam", ""));
    write(
        "procedures/end.yaml",
        &format!(
            "procedure: end\nsteps:\n  - {{command: [touch, '{}'], timeout: 10s}}\n",
            revoked.display()
        ),
    );
    write(
        "features/end.feature",
        "Feature: The desk\n  Scenario: End\n    Given the supplier \"acme\"\n    And a bystander on every platform\n    And every credential of the supplier is proven to work\n    When the supplier is terminated with the procedure \"end\"\n    Then every token stops working within 5 seconds\n    And nothing comes back for 1 second\n    And every bystander still works\n",
    );
    write(
        "doornail.yaml",
        &format!(
            "fingerprint_key: env:FINGERPRINTS\nenvironments:\n  desk-live:\n    platforms: {{desk: {{base_url: 'http://127.0.0.1:{port}'}}}}\n    safety: {{allow_hosts: ['127.0.0.1']}}\nchase: {{spread: 300ms, patience: 3s, arm_within: 3s}}\n"
        ),
    );
    folder
}

pub(crate) const LEAVE: [&str; 4] = ["--confirm", "desk-live", "--terminate", "acme"];

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_users_own_platform_is_drilled_with_a_command_as_the_procedure() {
    let (output, _folder) = drill(Manner::Sound, &LEAVE);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("ocked platforms"), "a real run is not called mocked: {said}");
}

#[test]
fn a_real_environment_is_a_dry_run_until_everything_is_typed() {
    for leave in [&[][..], &LEAVE[..2], &["--confirm", "desk-live", "--terminate", "globex"][..]] {
        let (output, folder) = drill(Manner::Sound, leave);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(4), "{said}");
        assert!(said.contains("dry run"), "{said}");
        assert!(!folder.path().join("revoked").exists(), "the procedure ran in a dry run");
        assert!(!folder.path().join("runs").exists());
    }
}

#[test]
fn a_probe_that_cannot_see_death_proves_nothing() {
    let (output, _folder) = drill(Manner::LetsStrangersIn, &LEAVE);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("control-failed") && said.contains("never issued"), "{said}");
}

#[test]
fn a_public_endpoint_proves_nothing() {
    let (output, _folder) = drill(Manner::LetsEverybodyIn, &LEAVE);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("public"), "{said}");
}

#[test]
fn an_answer_that_names_somebody_else_proves_nothing() {
    let (output, _folder) = drill(Manner::NamesSomebodyElse, &LEAVE);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("control-failed") && said.contains("another principal"), "{said}");
}

#[test]
fn a_bystander_that_dies_with_the_supplier_is_harm_and_nobodys_proof() {
    let (output, _folder) = drill(Manner::RefusesEverybodyOnceRevoked, &LEAVE);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("bystander-harmed"), "{said}");
}
