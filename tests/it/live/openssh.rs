//! The drills of `tests/live/openssh/` against OpenSSH's own server, with the accounts, keys and certificates of
//! one machine. Each starts a server of its own: what is done to it stays done.
//!
//! `tests/live/openssh.sh install DIR` installs it, as root; `DOORNAIL_LIVE_DIR=DIR` says where.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;

use serde_json::Value;

use super::{READY_WITHIN, array, copy, here, only, text};
use crate::desk::Desk;

/// What was measured without doornail, and by which words of `do.sh` it comes about.
const ACTIONS: [(&str, &str); 8] = [
    ("account locked (usermod -L)", "lock"),
    ("unlock, then account expired (chage -E 0)", "expire"),
    ("un-expire, then shell set to nologin", "nologin"),
    ("key removed from authorized_keys", "remove-key"),
    ("certificate put on the KRL by serial", "remove-key revoke-serial"),
    ("key put back, key itself revoked in KRL", "revoke-serial revoke-key"),
    ("sshd listener restarted", "revoke-serial revoke-key restart"),
    ("server processes of the user ended", "revoke-serial revoke-key end-sessions"),
];

/// What was used, as the table and as the inventory call it.
const PROBES: [(&str, &str, &str); 8] = [
    ("static key, new connection", "static", "shell"),
    ("certificate, new connection", "cert", "shell"),
    ("static key, connection opened before", "static/session", "channel"),
    ("certificate, connection opened before", "cert/session", "channel"),
    ("bystander key", "second", "shell"),
    ("bystander key, list file missing", "globex-static", "shell"),
    ("static key, port forwarding only (-N -L)", "static", "tunnel"),
    ("static key, sftp (internal-sftp)", "static", "files"),
];

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn with_pam_every_row_is_as_it_was_measured() {
    every_row("openssh", "yes");
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn without_pam_every_row_is_as_it_was_measured() {
    every_row("openssh.PAM=no", "no");
}

/// Each action at a server of its own, and each row of the table that belongs to it.
fn every_row(target: &str, pam: &str) {
    let rows = measured(target);
    let mut left = rows.len();
    for (action, words) in ACTIONS {
        let played = play(words, pam, Bystander::Apart);
        assert!(matches!(played.exit, Some(0 | 1)), "{action}: {}", played.said);
        for credential in array(&played.scenario["credentials"]) {
            let id = text(&credential["credential"]);
            if id.starts_with("globex-") {
                assert!(
                    played.standing_of(credential).iter().all(|one| one == "works"),
                    "{action}"
                );
            }
        }
        for (of, probe, verdict) in &rows {
            let (_, id, channel) = named(probe);
            if of == "positive control" {
                let alive = &played.channel(id, channel)["first_alive_us"];
                assert!(alive.as_i64().is_some_and(|at| at < 0), "{action}: {probe}");
            } else if of == action {
                let standing = played.row(target, action, probe);
                // There it was the only bystander, of the account that was ended; here another account lives on.
                let expected = if verdict == "INCONCLUSIVE" { "DEAD" } else { verdict };
                assert_eq!(word(&standing), expected, "{action}: {probe}: {standing}");
                left -= 1;
            }
        }
    }
    let controls = rows.iter().filter(|(of, ..)| of == "positive control").count();
    let lists = rows.iter().filter(|(of, ..)| of.starts_with("revocation list file")).count();
    assert_eq!(left, controls + lists, "rows that no action of these belongs to");
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn what_is_refused_to_everybody_is_never_dead() {
    // Everybody is asked at the same account. A key that is listed with an account that has ended is told of still.
    for (action, words, pam) in [
        ("account locked (usermod -L)", "lock", "no"),
        ("unlock, then account expired (chage -E 0)", "expire", "yes"),
        ("unlock, then account expired (chage -E 0)", "expire", "no"),
        ("revocation list file broken (fail closed?)", "break-list", "yes"),
        ("revocation list file missing", "lose-list", "no"),
        ("permissions of the home", "loosen", "yes"),
        ("places taken (MaxStartups)", "crowd", "yes"),
        ("tries cut to one, key removed", "few-tries remove-key", "yes"),
    ] {
        let played = play(words, pam, Bystander::SameAccount);
        let target = if pam == "no" { "openssh.PAM=no" } else { "openssh" };
        let probes = ["static key, new connection", "certificate, new connection", "bystander key"];
        for probe in probes {
            let standing = played.row(target, action, probe);
            assert!(!standing.starts_with("dead"), "{action}: {probe}: {standing}");
        }
        for claim in array(&played.scenario["claims"]) {
            for ruling in array(&claim["rulings"]) {
                let passed = ruling["finding"] == "holds";
                let of_a_key = text(&claim["text"]).starts_with("every key stops");
                assert!(!(passed && of_a_key), "{action}: {ruling}");
            }
        }
        assert!(!matches!(played.exit, Some(0)), "{action}: {}", played.said);
        let globex = played.channel("globex-static", "shell");
        let standing = text(&globex["standing"]);
        if ["crowd", "few-tries remove-key"].contains(&words) {
            continue;
        }
        assert_ne!(standing, "works", "{action}");
    }
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_server_whose_own_key_is_another_is_not_asked() {
    let server = Server::start("yes");
    let desk = project(&server, "remove-key", Bystander::Apart);
    let settings = std::fs::read_to_string(desk.path().join("doornail.yaml")).unwrap();
    let other = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    desk.write("doornail.yaml", &settings.replace(&server.variables["HOST_KEY"], other));
    let ran = run(&desk);
    assert_eq!(ran.code, Some(4), "{}", ran.whole());
    let log = std::fs::read_to_string(Path::new(&server.variables["WORK"]).join("log")).unwrap();
    assert!(!log.contains("publickey"), "{log}");
}

#[derive(Clone, Copy)]
enum Bystander {
    /// Of an account of its own.
    Apart,
    /// Of the account that is ended.
    SameAccount,
}

/// A drill that was played.
struct Played {
    exit: Option<i32>,
    said: String,
    scenario: Value,
}

impl Played {
    fn channel(&self, id: &str, channel: &str) -> &Value {
        let all = array(&self.scenario["credentials"]);
        let credential = all.iter().find(|one| text(&one["credential"]) == id);
        let credential = credential.unwrap_or_else(|| panic!("no {id}: {}", self.said));
        let channels = array(&credential["channels"]).iter();
        let mut channels = channels.filter(|one| text(&one["channel"]) == channel);
        channels.next().unwrap_or_else(|| panic!("no {id} {channel}"))
    }

    fn standing_of(&self, credential: &Value) -> Vec<String> {
        let channels = array(&credential["channels"]).iter();
        channels.map(|one| text(&one["standing"]).to_owned()).collect()
    }

    fn is_survivor(&self, id: &str) -> bool {
        let claims = array(&self.scenario["claims"]).iter();
        let mut rulings = claims.flat_map(|claim| array(&claim["rulings"]));
        rulings.any(|one| text(&one["subject"]) == id && text(&one["finding"]) == "survivor")
    }

    /// Tells one row, and gives where the credential stands.
    fn row(&self, target: &str, action: &str, probe: &str) -> String {
        let (_, id, channel) = named(probe);
        let seen = self.channel(id, channel);
        let standing = text(&seen["standing"]).to_owned();
        let seconds = |of: &Value| of.as_i64().map(|us| format!("{:.2} s", us as f64 / 1e6));
        let exposure = match (seconds(&seen["last_alive_us"]), seconds(&seen["first_dead_us"])) {
            (Some(alive), Some(dead)) => format!("({alive}, {dead}]"),
            (Some(alive), None) => format!("({alive}, ..."),
            (None, _) => "-".to_owned(),
        };
        let survivor = if self.is_survivor(id) { "yes" } else { "no" };
        say(&format!("live-row\t{target}\t{probe}\t{action}\t{standing}\t{exposure}\t{survivor}"));
        standing
    }
}

#[expect(clippy::print_stdout, reason = "the rows make the table of the record")]
fn say(row: &str) {
    println!("{row}");
}

fn named(probe: &str) -> (&'static str, &'static str, &'static str) {
    let known = PROBES.into_iter().find(|(name, ..)| *name == probe);
    known.unwrap_or_else(|| panic!("{probe}"))
}

/// A standing in the table's words.
fn word(standing: &str) -> &'static str {
    match standing {
        "works" => "ALIVE",
        "authenticates (not permitted)" => "ALIVE_NO_RIGHTS",
        dead if dead.starts_with("dead") => "DEAD",
        _ => "INCONCLUSIVE",
    }
}

/// The rows of one server: action, probe and verdict.
fn measured(target: &str) -> Vec<(String, String, String)> {
    let table = std::fs::read_to_string(here().join("openssh/expected.tsv")).unwrap();
    let rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|row| row[0] == target)
        .map(|row| (row[1].to_owned(), row[2].to_owned(), row[3].to_owned()))
        .collect()
}

/// The files of a user, with what the server said filled in.
fn project(server: &Server, words: &str, bystander: Bystander) -> Desk {
    let desk = Desk::new();
    copy(&here().join("openssh"), desk.path());
    let same = match bystander {
        Bystander::Apart => "GLOBEX_USER",
        Bystander::SameAccount => "ACME_USER",
    };
    let fill = |name: &str, target: &str| {
        let mut content = std::fs::read_to_string(desk.path().join(name)).unwrap();
        content = content.replace("@BYSTANDER@", &server.variables[same]);
        for (variable, value) in &server.variables {
            content = content.replace(&format!("@{variable}@"), value);
        }
        desk.write(target, &content);
    };
    fill("doornail.yaml.in", "doornail.yaml");
    fill("suppliers/acme.yaml", "suppliers/acme.yaml");
    fill("suppliers/globex.yaml", "suppliers/globex.yaml");
    let work = Path::new(&server.variables["WORK"]);
    std::fs::copy(work.join("server.env"), desk.path().join("server.env")).unwrap();
    desk.write(
        "procedures/end.yaml",
        &format!(
            "procedure: end\nsteps:\n  - {{command: [bash, do.sh, {}]}}\n",
            words.replace(' ', ", ")
        ),
    );
    // The rules are the built-in ones; only the pace is that of a server of ours.
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/platforms/ssh.yaml");
    let rules = std::fs::read_to_string(source).unwrap();
    let own = rules
        .replace("\nplatform: ssh\n", "\nplatform: openssh\n")
        .replace("polite: {every: 20s, budget: 30/min}", "polite: {every: 200ms, budget: 50/s}");
    assert!(own.contains("every: 200ms") && own.contains("platform: openssh"));
    desk.write("platforms/openssh.yaml", &own);
    desk
}

fn run(desk: &Desk) -> crate::desk::Ran {
    let arguments = "run --env live --confirm live --terminate acme";
    desk.run(&arguments.split(' ').collect::<Vec<_>>())
}

fn play(words: &str, pam: &str, bystander: Bystander) -> Played {
    let server = Server::start(pam);
    let desk = project(&server, words, bystander);
    let ran = run(&desk);
    assert!(desk.path().join("doornail-runs").is_dir(), "no run: {}", ran.whole());
    let folder = desk.run_folder();
    let summary = std::fs::read_to_string(folder.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let scenario = only(array(&summary["scenarios"])).clone();
    assert_eq!(array(&scenario["failures"]).len(), 0, "{words}: {}", ran.whole());
    for action in array(&scenario["actions"]) {
        assert_eq!(action["result"], "accepted", "{words}: {action}");
    }
    demand_silence(&folder, &server);
    Played { exit: ran.code, said: ran.whole(), scenario }
}

/// No file of the run holds a line of a private key.
fn demand_silence(run: &Path, server: &Server) {
    let work = Path::new(&server.variables["WORK"]);
    let mut secrets = Vec::new();
    for key in ["key", "certkey", "second", "by", "bycert"] {
        let pem = std::fs::read_to_string(work.join(key)).unwrap();
        secrets.extend(pem.lines().filter(|line| !line.starts_with('-')).map(str::to_owned));
    }
    assert!(secrets.len() >= 20);
    for file in std::fs::read_dir(run).unwrap() {
        let file = file.unwrap().path();
        let content = std::fs::read_to_string(&file).unwrap();
        // The first line of all of them is the same, and the last is padding.
        let held = secrets.iter().filter(|line| line.len() > 40 && !line.starts_with("b3BlbnNza"));
        assert!(!held.into_iter().any(|line| content.contains(line)), "{}", file.display());
    }
}

/// The server and what it announced; it ends with this value.
struct Server {
    process: Child,
    variables: BTreeMap<String, String>,
}

impl Server {
    fn start(pam: &str) -> Self {
        let installed = std::env::var_os("DOORNAIL_LIVE_DIR").unwrap_or_else(|| {
            panic!("no server: run tests/live/openssh.sh install DIR, set DOORNAIL_LIVE_DIR=DIR")
        });
        let mut process = Command::new(here().join("openssh.sh"))
            .arg("start")
            .arg(installed)
            .env("USE_PAM", pam)
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
        // The script removes the accounts once its input is closed.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
