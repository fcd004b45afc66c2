//! The drills of `tests/live/oidc/drill/` against npm's `oidc-provider`: an OAuth server that is not ours,
//! reached by configuration alone. Each drill starts a server of its own, since what it revokes stays so.
//!
//! `tests/live/oidc-provider.sh install DIR` installs the server; `DOORNAIL_LIVE_DIR=DIR` says where it is.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// A cold start with four sign-ins takes about a second.
const READY_WITHIN: Duration = Duration::from_secs(120);

const SURVIVES: &str = "survivor";
const HOLDS: &str = "holds";
const WORKS: &str = "works";
const DEAD: &str = "dead";
/// After its grant is gone the session is asked for consent: it is still signed in.
const SIGNED_IN: &str = "authenticates (not permitted)";

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live")
}

/// The server and what it announced; it ends with this value.
struct Server {
    process: Child,
    variables: BTreeMap<String, String>,
}

impl Server {
    fn start() -> Self {
        let installed = std::env::var_os("DOORNAIL_LIVE_DIR").unwrap_or_else(|| {
            panic!("no server: run tests/live/oidc-provider.sh install DIR, and set DOORNAIL_LIVE_DIR=DIR")
        });
        let mut process = Command::new(here().join("oidc-provider.sh"))
            .arg("start")
            .arg(installed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script starts");
        let output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let (send, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| send.send(line))
        });
        let mut server = Self { process, variables: BTreeMap::new() };
        loop {
            let line =
                lines.recv_timeout(READY_WITHIN).expect("the server announces itself in time");
            if line == "READY" {
                return server;
            }
            let (name, value) = line.split_once('=').expect("NAME=value");
            server.variables.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Everything that no file of a run may hold.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        self.variables
            .iter()
            .filter(|(name, _)| {
                ["_SECRET", "_REFRESH", "_ACCESS", "_JWT", "_SESSION"]
                    .iter()
                    .any(|end| name.ends_with(end))
            })
            // The session is a pair of cookies.
            .flat_map(|(_, value)| value.split(['=', ';', ' ']))
            .filter(|part| part.len() >= 16)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The script has become the server itself, so there is nothing else to end. It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A drill that was played.
struct Played {
    project: TempDir,
    server: Server,
    exit: Option<i32>,
    run: PathBuf,
    scenario: Value,
}

/// Plays one feature as a user would: the files copied, the addresses filled in, the secrets in the environment.
fn play(feature: &str) -> Played {
    let server = Server::start();
    let project = tempfile::tempdir().expect("a folder");
    copy(&here().join("oidc/drill"), project.path());
    let mut settings = read(&project.path().join("doornail.yaml.in"));
    for (name, value) in &server.variables {
        settings = settings.replace(&format!("@{name}@"), value);
    }
    std::fs::write(project.path().join("doornail.yaml"), settings).expect("written");
    let output = doornail(&project, &server)
        .args(["run", feature, "--out", "runs"])
        .args("--env oidc-live --confirm oidc-live --terminate acme".split(' '))
        .output()
        .expect("doornail starts");
    let run = std::fs::read_dir(project.path().join("runs"))
        .ok()
        .and_then(|mut runs| runs.next())
        .unwrap_or_else(|| panic!("no run: {}", String::from_utf8_lossy(&output.stderr)))
        .expect("its folder is readable")
        .path();
    let summary: Value = serde_json::from_str(&read(&run.join("summary.json"))).expect("JSON");
    let scenarios = summary["scenarios"].as_array().expect("scenarios");
    assert_eq!(scenarios.len(), 1, "{summary:#}");
    assert_eq!(summary["run"]["mocked"], false);
    let scenario = scenarios[0].clone();
    Played { project, server, exit: output.status.code(), run, scenario }
}

fn doornail(project: &TempDir, server: &Server) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doornail"));
    command.current_dir(project.path()).envs(&server.variables).stdin(Stdio::null());
    command
}

impl Played {
    /// Where every credential stands on every channel, as `credential channel`.
    fn standings(&self) -> BTreeMap<String, &str> {
        let mut standings = BTreeMap::new();
        for credential in array(&self.scenario["credentials"]) {
            for channel in array(&credential["channels"]) {
                let place =
                    format!("{} {}", text(&credential["credential"]), text(&channel["channel"]));
                standings.insert(place, text(&channel["standing"]));
            }
        }
        standings
    }

    /// What was ruled on each subject of each claim, as `claim: subject`.
    fn rulings(&self) -> BTreeMap<String, &str> {
        let mut rulings = BTreeMap::new();
        for claim in array(&self.scenario["claims"]) {
            for ruling in array(&claim["rulings"]) {
                let place = format!("{}: {}", text(&claim["text"]), text(&ruling["subject"]));
                rulings.insert(place, text(&ruling["finding"]));
            }
        }
        rulings
    }

    fn demand_standings(&self, suspects: &[(&str, &str)]) {
        let bystanders = BYSTANDERS.iter().map(|place| (*place, WORKS));
        let expected: BTreeMap<String, &str> = suspects
            .iter()
            .copied()
            .chain(bystanders)
            .map(|(place, standing)| (place.to_owned(), standing))
            .collect();
        assert_eq!(self.standings(), expected);
    }

    fn demand_rulings(&self, claims: &[(&str, &[(&str, &str)])]) {
        let armed = "every credential of the supplier is proven to work";
        let proven = SUSPECTS.iter().map(|subject| (format!("{armed}: {subject}"), HOLDS));
        let unharmed = UNHARMED
            .iter()
            .map(|subject| (format!("every bystander still works: {subject}"), HOLDS));
        let claimed = claims.iter().flat_map(|(claim, subjects)| {
            subjects.iter().map(move |(subject, finding)| (format!("{claim}: {subject}"), *finding))
        });
        let expected: BTreeMap<String, &str> = proven.chain(unharmed).chain(claimed).collect();
        assert_eq!(self.rulings(), expected);
    }

    /// What must be so whatever the drill found.
    fn demand_soundness(&self) {
        for credential in array(&self.scenario["credentials"]) {
            for channel in array(&credential["channels"]) {
                let first = channel["first_alive_us"].as_i64();
                assert!(
                    first.is_some_and(|at| at < 0),
                    "not alive before the termination: {channel}"
                );
                if channel["standing"] == DEAD {
                    assert!(
                        channel["confirmed_us"].as_i64() > channel["first_dead_us"].as_i64(),
                        "{channel}"
                    );
                }
            }
        }
        for control in array(&self.scenario["controls"]) {
            assert_eq!(control["result"], "held", "{control}");
        }
        assert_eq!(array(&self.scenario["failures"]).len(), 0);
        let chain =
            doornail(&self.project, &self.server).arg("verify-journal").arg(&self.run).output();
        let chain = chain.expect("doornail starts");
        assert!(chain.status.success(), "{}", String::from_utf8_lossy(&chain.stderr));
        for file in std::fs::read_dir(&self.run).expect("the run's folder") {
            let file = file.expect("a file").path();
            let content = read(&file);
            for secret in self.server.secrets() {
                assert!(!content.contains(secret), "a secret in {}", file.display());
            }
        }
    }
}

/// Under test, with what the two refresh tokens mint.
const SUSPECTS: [&str; 7] = [
    "acme-refresh",
    "acme-refresh/access_token",
    "acme-access",
    "acme-session",
    "acme-jwt-refresh",
    "acme-jwt-refresh/minted_jwt",
    "acme-jwt",
];

const UNHARMED: [&str; 7] = [
    "globex-refresh",
    "globex-refresh/access_token",
    "globex-access",
    "globex-session",
    "globex-jwt-refresh",
    "globex-jwt-refresh/minted_jwt",
    "globex-jwt",
];

const BYSTANDERS: [&str; 13] = [
    "globex-refresh redemption",
    "globex-refresh introspection",
    "globex-refresh/access_token resource_server",
    "globex-refresh/access_token userinfo",
    "globex-refresh/access_token introspection",
    "globex-access resource_server",
    "globex-access userinfo",
    "globex-access introspection",
    "globex-session authorize",
    "globex-jwt-refresh redemption",
    "globex-jwt-refresh introspection",
    "globex-jwt-refresh/minted_jwt resource_server",
    "globex-jwt resource_server",
];

/// After the whole procedure. JWTs are checked without asking anybody, and the logout page waits for a person.
const AFTER_EVERYTHING: [(&str, &str); 13] = [
    ("acme-refresh redemption", DEAD),
    ("acme-refresh introspection", DEAD),
    ("acme-refresh/access_token resource_server", DEAD),
    ("acme-refresh/access_token userinfo", DEAD),
    ("acme-refresh/access_token introspection", DEAD),
    ("acme-access resource_server", DEAD),
    ("acme-access userinfo", DEAD),
    ("acme-access introspection", DEAD),
    ("acme-session authorize", SIGNED_IN),
    ("acme-jwt-refresh redemption", DEAD),
    ("acme-jwt-refresh introspection", DEAD),
    ("acme-jwt-refresh/minted_jwt resource_server", WORKS),
    ("acme-jwt resource_server", WORKS),
];

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn everything_demanded_dead_names_what_survives_revocation() {
    let played = play("features/oidc.feature");
    played.demand_soundness();
    played.demand_standings(&AFTER_EVERYTHING);
    played.demand_rulings(&[
        (
            "every grant stops working within 1 minute",
            &[("acme-refresh", HOLDS), ("acme-jwt-refresh", HOLDS)],
        ),
        (
            "every token stops working within 1 minute",
            &[
                ("acme-access", HOLDS),
                ("acme-refresh/access_token", HOLDS),
                ("acme-jwt", SURVIVES),
                ("acme-jwt-refresh/minted_jwt", SURVIVES),
            ],
        ),
        ("every open session ends within 1 minute", &[("acme-session", SURVIVES)]),
        (
            "nothing derived from them works either",
            &[("acme-refresh/access_token", HOLDS), ("acme-jwt-refresh/minted_jwt", SURVIVES)],
        ),
    ]);
    assert_eq!(played.exit, Some(1));
    // Each answer but one reads like success; the server says of a JWT that it cannot revoke it.
    let answers: Vec<(&str, &str)> = array(&played.scenario["actions"])
        .iter()
        .map(|action| (text(&action["object"]), text(&action["result"])))
        .collect();
    assert_eq!(
        answers,
        [
            ("credential acme-session", "accepted"),
            ("credential acme-refresh", "accepted"),
            ("credential acme-jwt-refresh", "accepted"),
            ("credential acme-access", "accepted"),
            ("credential acme-jwt", "refused"),
        ]
    );
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_rehearsal_documents_what_survives_and_passes() {
    let played = play("features/rehearsal.feature");
    played.demand_soundness();
    played.demand_standings(&AFTER_EVERYTHING);
    played.demand_rulings(&[
        (
            "every grant stops working within 1 minute",
            &[("acme-refresh", HOLDS), ("acme-jwt-refresh", HOLDS)],
        ),
        ("the token \"acme-access\" stops working within 1 minute", &[("acme-access", HOLDS)]),
        (
            "the token \"acme-refresh/access_token\" stops working within 1 minute",
            &[("acme-refresh/access_token", HOLDS)],
        ),
        (
            "nothing comes back for 30 seconds",
            &[
                ("acme-refresh", HOLDS),
                ("acme-jwt-refresh", HOLDS),
                ("acme-access", HOLDS),
                ("acme-refresh/access_token", HOLDS),
            ],
        ),
        ("the access token \"acme-jwt\" still works", &[("acme-jwt", HOLDS)]),
        (
            "the access token \"acme-jwt-refresh/minted_jwt\" still works",
            &[("acme-jwt-refresh/minted_jwt", HOLDS)],
        ),
        ("the session \"acme-session\" still works", &[("acme-session", HOLDS)]),
    ]);
    assert_eq!(played.exit, Some(0));
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn the_verdicts_are_those_measured_without_doornail() {
    let played = play("features/access-token.feature");
    played.demand_soundness();
    let measured = measured("RFC 7009 revocation of the opaque access token");
    let measured: Vec<(&str, &str)> =
        measured.iter().map(|(place, standing)| (place.as_str(), *standing)).collect();
    played.demand_standings(&measured);
    played.demand_rulings(&[
        ("the token \"acme-access\" stops working within 1 minute", &[("acme-access", HOLDS)]),
        ("the grant \"acme-refresh\" stops working within 1 minute", &[("acme-refresh", HOLDS)]),
        (
            "the token \"acme-refresh/access_token\" stops working within 1 minute",
            &[("acme-refresh/access_token", HOLDS)],
        ),
        ("the grant \"acme-jwt-refresh\" still works", &[("acme-jwt-refresh", HOLDS)]),
        ("the access token \"acme-jwt\" still works", &[("acme-jwt", HOLDS)]),
        (
            "the access token \"acme-jwt-refresh/minted_jwt\" still works",
            &[("acme-jwt-refresh/minted_jwt", HOLDS)],
        ),
        ("the session \"acme-session\" still works", &[("acme-session", HOLDS)]),
    ]);
    assert_eq!(played.exit, Some(0));
}

/// The rows of `expected.tsv` for one action, as standings: what a script that shares no code with doornail saw.
fn measured(action: &str) -> BTreeMap<String, &'static str> {
    const USES: [(&str, &str, &[&str]); 12] = [
        ("refresh token (opaque sign-in)", "redemption", &["acme-refresh redemption"]),
        (
            "refresh token (opaque sign-in)",
            "introspection by client api",
            &["acme-refresh introspection"],
        ),
        (
            "opaque access token",
            "use at the introspecting resource server",
            &["acme-access resource_server"],
        ),
        ("opaque access token", "userinfo", &["acme-access userinfo"]),
        ("opaque access token", "introspection by client api", &["acme-access introspection"]),
        (
            "opaque access token derived before",
            "use at the introspecting resource server",
            &["acme-refresh/access_token resource_server"],
        ),
        ("opaque access token derived before", "userinfo", &["acme-refresh/access_token userinfo"]),
        (
            "opaque access token derived before",
            "introspection by client api",
            &["acme-refresh/access_token introspection"],
        ),
        ("browser session (opaque sign-in)", "prompt=none", &["acme-session authorize"]),
        (
            "JWT access token",
            "use at the local resource server",
            &["acme-jwt resource_server", "acme-jwt-refresh/minted_jwt resource_server"],
        ),
        (
            "refresh token (JWT sign-in)",
            "introspection by client api",
            &["acme-jwt-refresh introspection"],
        ),
        (
            "refresh token (JWT sign-in)",
            "redemption with resource=urn:api",
            &["acme-jwt-refresh redemption"],
        ),
    ];
    let table = read(&here().join("oidc/expected.tsv"));
    let mut standings = BTreeMap::new();
    for row in table.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        let [of, _, credential, probe, verdict, _] = row[..] else {
            panic!("six columns: {row:?}")
        };
        if of != action {
            continue;
        }
        let standing = match verdict {
            "alive" => WORKS,
            "alive, not permitted" => SIGNED_IN,
            "dead" => DEAD,
            other => panic!("unexpected verdict {other:?}"),
        };
        let used = USES.iter().filter(|(of, by, _)| (*of, *by) == (credential, probe));
        let places = used.flat_map(|(_, _, places)| *places);
        standings.extend(places.map(|place| ((*place).to_owned(), standing)));
    }
    standings
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_else(|| panic!("a list, not {value}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}
