//! A folder to run the program in, with nothing of the developer's machine in reach, and what came of it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

/// Longer than any run; a test that waits this long has found a hang.
const PATIENCE: Duration = Duration::from_secs(600);

/// One temporary folder: the working directory and the home of everything started in it.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(TempDir::with_prefix("doornail-it-").unwrap())
    }

    /// A desk with these files on it.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let desk = Self::new();
        for (name, text) in files {
            desk.write(name, text);
        }
        desk
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// The program, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doornail"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        self.start(arguments, variables).end()
    }

    /// Starts the program; what it says goes to files, so that no pipe can hold it up.
    pub(crate) fn start(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Running {
        let said = TempDir::with_prefix("doornail-said-").unwrap();
        let file = |name| File::create(said.path().join(name)).unwrap();
        let child = self
            .command(arguments)
            .envs(variables.iter().copied())
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .unwrap();
        Running { child, said, desk: self.path().to_owned() }
    }

    /// The folder of the only run below `doornail-runs/`.
    pub(crate) fn run_folder(&self) -> PathBuf {
        only_entry(&self.path().join("doornail-runs"))
    }
}

/// The only thing in a folder.
pub(crate) fn only_entry(folder: &Path) -> PathBuf {
    let entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries[0].clone()
}

/// The program at work.
pub(crate) struct Running {
    pub(crate) child: Child,
    said: TempDir,
    desk: PathBuf,
}

impl Running {
    /// Polls until `holds` gives something; the program must still be running then.
    pub(crate) fn until<T>(&mut self, what: &str, holds: impl Fn() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = holds() {
                return found;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended ({status}) before {what}\n{}", self.said_so_far());
            }
            assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    fn said_so_far(&self) -> String {
        let read = |name| fs::read_to_string(self.said.path().join(name)).unwrap();
        format!("{}\n{}", read("out"), read("err"))
    }

    pub(crate) fn end(mut self) -> Ran {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                panic!("no end within {PATIENCE:?}\n{}", self.said_so_far());
            }
            std::thread::park_timeout(Duration::from_millis(5));
        };
        let read = |name| fs::read_to_string(self.said.path().join(name)).unwrap();
        Ran { code: status.code(), stdout: read("out"), stderr: read("err"), desk: self.desk }
    }
}

/// What came of a run. `code` is none if a signal ended it.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    desk: PathBuf,
}

impl Ran {
    /// Everything it said and how it ended, without what differs from run to run.
    pub(crate) fn whole(&self) -> String {
        let code = self.code.map_or("by a signal".to_owned(), |code| code.to_string());
        let mut text = format!("exit {code}\n");
        for (name, said) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !said.is_empty() {
                text.push_str(&format!("--- {name}\n{}", self.settled(said)));
            }
        }
        text
    }

    fn settled(&self, text: &str) -> String {
        let text = text.replace(&*self.desk.to_string_lossy(), "[DESK]");
        let text = text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        let rules = [
            (r"\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{4}", "[RUN]"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC in", "[TIME] UTC in"),
            (r"from unknown user@\S*", "from [VANTAGE]"),
            (r"the machine [\w.-]+", "the machine [HOST]"),
            (r"(?m)^head( +)[0-9a-f]{64}", "head$1[HEAD]"),
            (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        ];
        rules.iter().fold(text, |text, (pattern, with)| {
            Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
        })
    }
}

/// The events of a run's journal, in order.
pub(crate) fn journal(run: &Path) -> Vec<Value> {
    let text = fs::read_to_string(run.join("journal.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// All rulings of a run: finding, subject, and why.
pub(crate) fn rulings(run: &Path) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    journal(run)
        .iter()
        .filter(|event| event["event"] == "judged")
        .flat_map(|event| event["rulings"].as_array().unwrap().clone())
        .map(|one| (text(&one["finding"]), text(&one["subject"]), text(&one["why"])))
        .collect()
}

#[test]
fn what_differs_between_runs_is_taken_out() {
    let ran = Ran {
        code: Some(0),
        stdout: "head     ".to_owned() + &"a".repeat(64) + " x\n",
        stderr: "/tmp/x/doornail-runs/2026-11-23T172257Z-d354 at 127.0.0.1:4242\n".to_owned(),
        desk: PathBuf::from("/tmp/x"),
    };
    let text = ran.whole();
    insta::assert_snapshot!(text, @r"
    exit 0
    --- stdout
    head     [HEAD] x
    --- stderr
    [DESK]/doornail-runs/[RUN] at 127.0.0.1:[PORT]
    ");
}
