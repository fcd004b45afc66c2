//! `doornail mock serve` at work, and what it announced.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::desk::Desk;

/// All the platforms take about a second.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// The mocks, until they are stopped or this value is gone.
pub(crate) struct Serving {
    process: Child,
    pub(crate) variables: BTreeMap<String, String>,
}

impl Serving {
    /// Starts them; what they announce comes as soon as they serve, although they never end.
    pub(crate) fn start(desk: &Desk, arguments: &[&str]) -> Self {
        let mut process = desk
            .command(&[&["mock", "serve", "--format", "json"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut serving = Self { process, variables: BTreeMap::new() };
        let (send, line) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            send.send(line)
        });
        let line = line.recv_timeout(READY_WITHIN).unwrap();
        if line.is_empty() {
            let mut why = String::new();
            serving.process.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            panic!("it serves nothing: {why}");
        }
        serving.variables = serde_json::from_str(&line).unwrap();
        serving
    }

    /// What a request is answered with, head and body.
    pub(crate) fn get(&self, server: &str, path: &str, header: &str) -> String {
        let address = self.address(server);
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{header}\r\n");
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    pub(crate) fn address(&self, server: &str) -> String {
        self.variables[server].strip_prefix("http://").unwrap().to_owned()
    }

    /// Sends a signal and gives the exit code.
    pub(crate) fn stop(mut self, signal: &str) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
