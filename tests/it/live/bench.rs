//! A real server of a script's own, a drill on it as a user would play it, and what came of each credential.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use super::{array, copy, here, text};
use crate::desk::{Desk, Ran, journal};

/// Making a database and its certificates takes some seconds on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// So many times faster than time is: what proves nothing is waited for a minute. Deadlines and politeness are those
/// of this time, what a server does takes its own, and exposures are told in real time.
const TEMPO: i64 = 10;

/// A server and what it announced. It ends when its standard input does, and so with this value.
pub(super) struct Server {
    process: Child,
    pub(super) variables: BTreeMap<String, String>,
}

impl Server {
    /// Starts a server by its script in `tests/live/`.
    pub(super) fn start(script: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new(here().join(script))
            .arg("start")
            .args(arguments)
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
            let line = lines
                .recv_timeout(READY_WITHIN)
                .unwrap_or_else(|_| panic!("no server: run tests/live/{script} install, as root"));
            if line == "READY" {
                return server;
            }
            let (name, value) = line.split_once('=').unwrap();
            server.variables.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(super) fn variable(&self, name: &str) -> &str {
        &self.variables[name]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// A project's files on a desk, with the server's addresses filled in.
pub(super) fn project(folder: &str, server: &Server) -> Desk {
    let desk = Desk::new();
    copy(&here().join(folder), desk.path());
    let form = desk.path().join("doornail.yaml.in");
    let mut settings = std::fs::read_to_string(form).unwrap();
    for (name, value) in &server.variables {
        settings = settings.replace(&format!("@{name}@"), value);
    }
    desk.write("doornail.yaml", &settings);
    desk
}

/// One credential on one channel, at the end of a drill.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) credential: String,
    pub(super) standing: String,
    /// Of the claim that demands its end.
    pub(super) finding: String,
    exposure: String,
}

impl Row {
    /// In the words of `expected.tsv`.
    pub(super) fn verdict(&self) -> &'static str {
        match self.standing.as_str() {
            "works" => "ALIVE",
            standing if standing.starts_with("authenticates") => "ALIVE_NO_RIGHTS",
            standing if standing.starts_with("dead") => "DEAD",
            standing if standing.starts_with("inconclusive") => "INCONCLUSIVE",
            "refused, not confirmed" | "no usable answer" => "INCONCLUSIVE",
            standing => panic!("{standing}"),
        }
    }

    pub(super) fn survives(&self) -> bool {
        self.finding == "survivor"
    }

    /// One line of the table that is printed for people.
    #[expect(
        clippy::print_stdout,
        reason = "the table is worth its lines in the record of a test run"
    )]
    pub(super) fn print(&self, server: &str, credential: &str, action: &str) {
        let survivor = if self.survives() { "yes" } else { "no" };
        let (verdict, exposure) = (self.verdict(), &self.exposure);
        println!("live-row\t{server}\t{credential}\t{action}\t{verdict}\t{exposure}\t{survivor}");
    }
}

/// A drill that was played.
pub(super) struct Played {
    pub(super) ran: Ran,
    pub(super) scenario: Value,
    /// Its journal.
    pub(super) events: Vec<Value>,
}

/// Plays one feature for real. Checks what must hold whatever it finds: the journal's chain, no failed step, and
/// no secret in any file of the run.
pub(super) fn play(
    desk: &Desk,
    environment: &str,
    (feature, supplier): (&str, &str),
    variables: &BTreeMap<String, String>,
    secrets: &[&str],
) -> Played {
    let before = runs(desk);
    let leave = ["--env", environment, "--confirm", environment, "--terminate", supplier];
    let arguments = [&["run", feature], &leave[..]].concat();
    let tempo = format!("{TEMPO}@{}", jiff::Timestamp::now());
    let given = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let given: Vec<(&str, &str)> = given.chain([("DOORNAIL_CLOCK", &*tempo)]).collect();
    let ran = desk.run_with(&arguments, &given);
    let new: Vec<PathBuf> = runs(desk).into_iter().filter(|run| !before.contains(run)).collect();
    assert_eq!(new.len(), 1, "no run: {}", ran.whole());
    let folder = new[0].clone();
    let summary = std::fs::read_to_string(folder.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["run"]["mocked"], false);
    let scenario = array(&summary["scenarios"])[0].clone();
    assert_eq!(array(&scenario["failures"]).len(), 0, "{}", ran.whole());
    let chain = desk.run(&["verify-journal", &folder.to_string_lossy()]);
    assert_eq!(chain.code, Some(0), "{}", chain.stderr);
    for file in std::fs::read_dir(&folder).unwrap() {
        let content = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for secret in secrets {
            assert!(!content.contains(secret), "a secret is in a file of the run");
        }
    }
    Played { ran, scenario, events: journal(&folder) }
}

fn runs(desk: &Desk) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(desk.path().join("doornail-runs")) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).filter(|path| Path::is_dir(path)).collect()
}

impl Played {
    /// What became of every credential.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for credential in array(&self.scenario["credentials"]) {
            for channel in array(&credential["channels"]) {
                rows.push(Row {
                    credential: text(&credential["credential"]).to_owned(),
                    standing: text(&channel["standing"]).to_owned(),
                    finding: credential["finding"].as_str().unwrap_or_default().to_owned(),
                    exposure: exposure(channel),
                });
            }
        }
        rows
    }

    pub(super) fn row(&self, credential: &str) -> Row {
        let mut rows = self.rows();
        rows.retain(|row| row.credential == credential);
        assert_eq!(rows.len(), 1, "{credential}: {rows:?}");
        rows.remove(0)
    }

    /// The results of one control, each with its kind.
    pub(super) fn controls(&self, name: &str) -> Vec<(String, String)> {
        let controls = array(&self.scenario["controls"]).iter();
        controls
            .filter(|control| control["control"] == name)
            .map(|control| (text(&control["kind"]).to_owned(), text(&control["result"]).to_owned()))
            .collect()
    }
}

/// From the last sign of life to the first refusal, counted from the start of the termination.
fn exposure(channel: &Value) -> String {
    let millis = |name: &str| channel[name].as_i64().map(|micros| micros / 1000 / TEMPO);
    match (millis("last_alive_us"), millis("first_dead_us")) {
        (Some(alive), Some(dead)) => format!("({alive} ms, {dead} ms]"),
        (Some(alive), None) => format!("({alive} ms, open"),
        (None, _) => "never alive".to_owned(),
    }
}
