//! The drills of `tests/live/oidc/drill/` against npm's `oidc-provider`: an OAuth server that is not
//! ours, reached by configuration alone. Each starts a server of its own: what it revokes stays so.
//!
//! `tests/live/oidc-provider.sh install DIR` installs it; `DOORNAIL_LIVE_DIR=DIR` says where it is.

mod bench;
#[cfg(all(feature = "imap", feature = "smtp"))]
mod mail;
#[cfg(feature = "ssh")]
mod openssh;
mod postgres;
mod slapd;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use crate::desk::Desk;

mod helpdesk;
mod own_files;
mod redis;
mod tls;

/// Starting it and signing in four times takes about a second.
const READY_WITHIN: Duration = Duration::from_secs(120);

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn everything_demanded_dead_names_what_survives_revocation() {
    let played = play("features/oidc.feature");
    assert_eq!(played.exit, Some(1));
    insta::assert_snapshot!(played.rulings(), @"
    every credential of the supplier is proven to work
      acme-access: holds
      acme-jwt: holds
      acme-jwt-refresh: holds
      acme-jwt-refresh/minted_jwt: holds
      acme-refresh: holds
      acme-refresh/access_token: holds
      acme-session: holds
    every grant stops working within 1 minute
      acme-jwt-refresh: holds
      acme-refresh: holds
    every token stops working within 1 minute
      acme-access: holds
      acme-jwt: survivor
      acme-jwt-refresh/minted_jwt: survivor
      acme-refresh/access_token: holds
    every open session ends within 1 minute
      acme-session: survivor
    nothing derived from them works either
      acme-jwt-refresh/minted_jwt: survivor
      acme-refresh/access_token: holds
    every bystander still works
      globex-access: holds
      globex-jwt: holds
      globex-jwt-refresh: holds
      globex-refresh: holds
      globex-session: holds
    ");
    // A JWT is checked without asking anybody; the logout page waits for a person, and what is then
    // asked of the session is consent, not a login.
    insta::assert_snapshot!(played.standings(), @"
    acme-access introspection: dead
    acme-access resource_server: dead
    acme-access userinfo: dead
    acme-jwt resource_server: works
    acme-jwt-refresh introspection: dead
    acme-jwt-refresh redemption: dead
    acme-jwt-refresh/minted_jwt resource_server: works
    acme-refresh introspection: dead
    acme-refresh redemption: dead
    acme-refresh/access_token introspection: dead
    acme-refresh/access_token resource_server: dead
    acme-refresh/access_token userinfo: dead
    acme-session authorize: authenticates (not permitted)
    ");
    // Every answer but one reads like success.
    insta::assert_snapshot!(played.answers(), @"
    credential acme-session: accepted
    credential acme-refresh: accepted
    credential acme-jwt-refresh: accepted
    credential acme-access: accepted
    credential acme-jwt: refused
    ");
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_rehearsal_documents_what_survives_and_passes() {
    let played = play("features/rehearsal.feature");
    assert_eq!(played.exit, Some(0));
    insta::assert_snapshot!(played.rulings(), @r#"
    every credential of the supplier is proven to work
      acme-access: holds
      acme-jwt: holds
      acme-jwt-refresh: holds
      acme-jwt-refresh/minted_jwt: holds
      acme-refresh: holds
      acme-refresh/access_token: holds
      acme-session: holds
    every grant stops working within 1 minute
      acme-jwt-refresh: holds
      acme-refresh: holds
    the token "acme-access" stops working within 1 minute
      acme-access: holds
    the token "acme-refresh/access_token" stops working within 1 minute
      acme-refresh/access_token: holds
    nothing comes back for 30 seconds
      acme-access: holds
      acme-jwt-refresh: holds
      acme-refresh: holds
      acme-refresh/access_token: holds
    the access token "acme-jwt" still works
      acme-jwt: holds
    the access token "acme-jwt-refresh/minted_jwt" still works
      acme-jwt-refresh/minted_jwt: holds
    the session "acme-session" still works
      acme-session: holds
    every bystander still works
      globex-access: holds
      globex-jwt: holds
      globex-jwt-refresh: holds
      globex-refresh: holds
      globex-session: holds
    "#);
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn the_verdicts_are_those_measured_without_doornail() {
    let played = play("features/access-token.feature");
    assert_eq!(played.exit, Some(0));
    let measured = measured("RFC 7009 revocation of the opaque access token");
    assert_eq!(played.standings(), measured);
}

/// The rows of `expected.tsv` for one action, as standings. They were measured by `measure.mjs`, which
/// shares no code with doornail.
fn measured(action: &str) -> String {
    const CREDENTIALS: [(&str, &[&str]); 6] = [
        ("refresh token (opaque sign-in)", &["acme-refresh"]),
        ("refresh token (JWT sign-in)", &["acme-jwt-refresh"]),
        ("opaque access token", &["acme-access"]),
        ("opaque access token derived before", &["acme-refresh/access_token"]),
        ("JWT access token", &["acme-jwt", "acme-jwt-refresh/minted_jwt"]),
        ("browser session (opaque sign-in)", &["acme-session"]),
    ];
    const PROBES: [(&str, &str); 6] = [
        ("redemption", "redemption"),
        ("introspection by client api", "introspection"),
        ("use at the introspecting resource server", "resource_server"),
        ("use at the local resource server", "resource_server"),
        ("userinfo", "userinfo"),
        ("prompt=none", "authorize"),
    ];
    let table = std::fs::read_to_string(here().join("oidc/expected.tsv")).unwrap();
    let mut lines = BTreeSet::new();
    for row in table.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        let [of, _, credential, probe, verdict, _] = row[..] else { panic!("{row:?}") };
        let standing = match verdict {
            _ if of != action => continue,
            "alive" => "works",
            "alive, not permitted" => "authenticates (not permitted)",
            other => other,
        };
        let ids = CREDENTIALS.iter().filter(|(known, _)| *known == credential);
        for id in ids.flat_map(|(_, ids)| *ids) {
            let channels = PROBES.iter().filter(|(known, _)| *known == probe);
            lines.extend(channels.map(|(_, channel)| format!("{id} {channel}: {standing}")));
        }
    }
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

/// A drill that was played.
struct Played {
    exit: Option<i32>,
    scenario: Value,
}

/// Plays one feature as a user would: the files copied, the addresses filled in, the secrets in the
/// environment. Checks what must hold whatever it finds.
fn play(feature: &str) -> Played {
    let server = Server::start();
    let desk = Desk::new();
    copy(&here().join("oidc/drill"), desk.path());
    let mut settings = std::fs::read_to_string(desk.path().join("doornail.yaml.in")).unwrap();
    for (name, value) in &server.variables {
        settings = settings.replace(&format!("@{name}@"), value);
    }
    desk.write("doornail.yaml", &settings);
    let mut arguments = vec!["run", feature];
    arguments.extend("--env oidc-live --confirm oidc-live --terminate acme".split(' '));
    let variables: Vec<(&str, &str)> =
        server.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let ran = desk.run_with(&arguments, &variables);
    assert!(desk.path().join("doornail-runs").is_dir(), "no run: {}", ran.stderr);
    let run = desk.run_folder();
    let summary = std::fs::read_to_string(run.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["run"]["mocked"], false);
    let scenario = only(array(&summary["scenarios"])).clone();
    demand_soundness(&scenario);
    let chain = desk.run(&["verify-journal", &run.to_string_lossy()]);
    assert_eq!(chain.code, Some(0), "{}", chain.stderr);
    demand_silence(&run, &server);
    Played { exit: ran.code, scenario }
}

/// Everything worked before the termination, deaths were confirmed later than they were seen, bystanders
/// live, controls held, and no step failed.
fn demand_soundness(scenario: &Value) {
    for credential in array(&scenario["credentials"]) {
        for channel in array(&credential["channels"]) {
            let first = channel["first_alive_us"].as_i64();
            assert!(first.is_some_and(|at| at < 0), "{credential}");
            if channel["standing"] == "dead" {
                let (seen, confirmed) = (&channel["first_dead_us"], &channel["confirmed_us"]);
                assert!(confirmed.as_i64() > seen.as_i64(), "{credential}");
            }
            if text(&credential["credential"]).starts_with("globex-") {
                assert_eq!(channel["standing"], "works", "{credential}");
            }
        }
    }
    for control in array(&scenario["controls"]) {
        assert_eq!(control["result"], "held", "{control}");
    }
    assert_eq!(array(&scenario["failures"]).len(), 0);
}

/// No file of the run holds a secret.
fn demand_silence(run: &Path, server: &Server) {
    const SECRET: [&str; 5] = ["_SECRET", "_REFRESH", "_ACCESS", "_JWT", "_SESSION"];
    let variables = server.variables.iter();
    let secrets: Vec<&str> = variables
        .filter(|(name, _)| SECRET.iter().any(|end| name.ends_with(end)))
        // A session is a pair of cookies.
        .flat_map(|(_, value)| value.split(['=', ';', ' ']))
        .filter(|part| part.len() >= 16)
        .collect();
    assert!(secrets.len() >= 13, "{} of the server's secrets are known", secrets.len());
    for file in std::fs::read_dir(run).unwrap() {
        let file = file.unwrap().path();
        let content = std::fs::read_to_string(&file).unwrap();
        assert!(!secrets.iter().any(|secret| content.contains(secret)), "{}", file.display());
    }
}

impl Played {
    /// What was ruled on each subject of each claim.
    fn rulings(&self) -> String {
        let mut lines = Vec::new();
        for claim in array(&self.scenario["claims"]) {
            lines.push(text(&claim["text"]).to_owned());
            let rulings: BTreeSet<_> = array(&claim["rulings"])
                .iter()
                .map(|one| (text(&one["subject"]), text(&one["finding"])))
                .collect();
            let rulings =
                rulings.iter().map(|(subject, finding)| format!("  {subject}: {finding}"));
            lines.extend(rulings);
        }
        lines.join("\n")
    }

    /// Where every credential of the supplier stands on every channel.
    fn standings(&self) -> String {
        let mut lines = BTreeSet::new();
        for credential in array(&self.scenario["credentials"]) {
            let id = text(&credential["credential"]);
            for channel in array(&credential["channels"]) {
                let (name, standing) = (text(&channel["channel"]), text(&channel["standing"]));
                lines.insert(format!("{id} {name}: {standing}"));
            }
        }
        let suspects = lines.into_iter().filter(|line| line.starts_with("acme-"));
        suspects.collect::<Vec<_>>().join("\n")
    }

    /// What the server said to each action, in order.
    fn answers(&self) -> String {
        let actions = array(&self.scenario["actions"]).iter();
        actions
            .map(|one| format!("{}: {}", text(&one["object"]), text(&one["result"])))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// The server and what it announced; it ends with this value.
struct Server {
    process: Child,
    variables: BTreeMap<String, String>,
}

impl Server {
    fn start() -> Self {
        let installed = std::env::var_os("DOORNAIL_LIVE_DIR").unwrap_or_else(|| {
            panic!(
                "no server: run tests/live/oidc-provider.sh install DIR, set DOORNAIL_LIVE_DIR=DIR"
            )
        });
        let mut process = Command::new(here().join("oidc-provider.sh"))
            .arg("start")
            .arg(installed)
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
        // The script has become the server itself, so nothing else is left to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn only(values: &[Value]) -> &Value {
    assert_eq!(values.len(), 1);
    &values[0]
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
