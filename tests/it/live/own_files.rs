//! A drill that is files alone, on a real server that a script starts: played as a user would, its verdicts put beside
//! what was measured without doornail.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use super::{array, copy, here, only, text};
use crate::desk::{Desk, Ran};

/// Making an authority takes a second, and much longer on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// A server and what it announced. It ends when its standard input does, and so with this value.
pub(super) struct Server {
    process: Child,
    pub(super) said: BTreeMap<String, String>,
}

impl Server {
    /// Starts a server by its script in `tests/live/`.
    pub(super) fn start(script: &str) -> Self {
        let mut process = Command::new(here().join(script))
            .args(["start", "/nowhere"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut server = Self { process, said: BTreeMap::new() };
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
            server.said.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The project's files on a desk, what the server announced filled in where a file is a form of one.
pub(super) fn project(folder: &Path, server: &Server) -> Desk {
    let desk = Desk::new();
    copy(folder, desk.path());
    let mut folders = vec![desk.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.is_dir() {
                folders.push(file);
            } else if file.extension().is_some_and(|extension| extension == "in") {
                let mut form = std::fs::read_to_string(&file).unwrap();
                for (name, value) in &server.said {
                    form = form.replace(&format!("@{name}@"), value);
                }
                std::fs::write(file.with_extension(""), form).unwrap();
            }
        }
    }
    desk
}

/// A drill that was played.
pub(super) struct Played {
    pub(super) ran: Ran,
    scenario: Value,
}

/// Plays the scenario of one tag, in real time or faster. Checks what must hold whatever it finds: no failed step, nobody proven to work who was
/// not, the journal's chain, and no secret in any file of the run.
pub(super) fn play(
    desk: &Desk,
    (environment, supplier, tag): (&str, &str, &str),
    (server, secrets): (&Server, &[String]),
    tempo: Option<&str>,
) -> Played {
    let tag = format!("@{tag}");
    let arguments = ["run", "--env", environment, "--confirm", environment, "--tags", &tag];
    let arguments = [&arguments[..], &["--terminate", supplier]].concat();
    let mut variables: Vec<(&str, &str)> =
        server.said.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    variables.extend(tempo.map(|tempo| ("DOORNAIL_CLOCK", tempo)));
    let ran = desk.run_with(&arguments, &variables);
    assert!(desk.path().join("doornail-runs").is_dir(), "no run: {}", ran.whole());
    let run = desk.run_folder();
    let summary = std::fs::read_to_string(run.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let scenario = only(array(&summary["scenarios"])).clone();
    assert_eq!(array(&scenario["failures"]).len(), 0, "{}", ran.whole());
    for control in array(&scenario["controls"]) {
        assert!(matches!(text(&control["result"]), "held" | "skipped"), "{control}");
    }
    let chain = desk.run(&["verify-journal", &run.to_string_lossy()]);
    assert_eq!(chain.code, Some(0), "{}", chain.stderr);
    for file in std::fs::read_dir(&run).unwrap() {
        let content = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!secrets.iter().any(|secret| content.contains(secret)), "a secret is in the run");
    }
    Played { ran, scenario }
}

/// What became of one credential on one channel.
pub(super) struct Row<'c> {
    pub(super) channel: &'c str,
    pub(super) verdict: &'static str,
    /// Of the demands on it, all that were not met.
    pub(super) findings: BTreeSet<String>,
}

impl Played {
    /// Prints and gives what became of a credential of the supplier.
    #[expect(
        clippy::print_stdout,
        reason = "the table is worth its lines in the record of a test run"
    )]
    pub(super) fn row<'c>(
        &self,
        server: &str,
        action: &str,
        credential: &str,
        channel: &'c str,
    ) -> Row<'c> {
        let all = array(&self.scenario["credentials"]).iter();
        let mut known = all.filter(|one| one["credential"] == credential);
        let one = known.next().unwrap_or_else(|| panic!("{credential}: {}", self.ran.whole()));
        let of = array(&one["channels"]).iter().find(|one| one["channel"] == channel).unwrap();
        let verdict = match text(&of["standing"]) {
            "works" | "came back" => "ALIVE",
            standing if standing.starts_with("authenticates") => "ALIVE_NO_RIGHTS",
            standing if standing.starts_with("dead") => "DEAD",
            "refused, not confirmed" => "INCONCLUSIVE",
            standing if standing.starts_with("inconclusive") => "INCONCLUSIVE",
            standing => panic!("{standing}"),
        };
        let seconds = |value: &Value| {
            let us = value.as_i64();
            us.map_or_else(|| "-".to_owned(), |us| format!("{:.1}s", us as f64 / 1e6))
        };
        let (alive, dead) = (seconds(&of["last_alive_us"]), seconds(&of["first_dead_us"]));
        let findings: BTreeSet<String> = array(&self.scenario["claims"])
            .iter()
            .flat_map(|claim| array(&claim["rulings"]))
            .filter(|ruling| ruling["subject"] == credential && ruling["finding"] != "holds")
            .map(|ruling| text(&ruling["finding"]).to_owned())
            .collect();
        let lives = findings.contains("survivor") || findings.contains("revenant");
        let survivor = if lives { "yes" } else { "no" };
        println!(
            "live-row\t{server}\t{credential} ({channel})\t{action}\t{verdict}\t({alive}, {dead}]\t{survivor}"
        );
        Row { channel, verdict, findings }
    }
}

/// The rows of an `expected.tsv` for one action: credential, probe, verdict. The last of several counts.
pub(super) fn measured(file: &str, action: &str) -> BTreeMap<(String, String), String> {
    let table = std::fs::read_to_string(here().join(file)).unwrap();
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|column| *column == name).unwrap();
    let (credential, probe, verdict) = (column("credential"), column("probe"), column("verdict"));
    let rows = lines.filter(|row| row[0] == action);
    let rows: BTreeMap<_, _> = rows
        .map(|row| {
            ((row[credential].to_owned(), row[probe].to_owned()), in_our_words(row[verdict]))
        })
        .collect();
    assert!(!rows.is_empty(), "{action} was not measured");
    rows
}

fn in_our_words(verdict: &str) -> String {
    match verdict {
        "alive" => "ALIVE",
        "alive, not permitted" => "ALIVE_NO_RIGHTS",
        "dead" => "DEAD",
        other => other,
    }
    .to_owned()
}
