//! A ticketing product that is not ours, with a login form, sessions, basic authentication and API tokens. What is
//! known of it stands in `tests/live/helpdesk/`, as a user would write it; its administration is pages alone.
//!
//! `tests/live/helpdesk.sh install DIR` installs it; `DOORNAIL_LIVE_DIR=DIR` says where it is.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;

use serde_json::Value;

use super::{READY_WITHIN, array, copy, here, text};
use crate::desk::Desk;

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn what_each_action_ends_at_the_helpdesk_is_as_measured() {
    let server = Server::start("db");
    let mut all = Rows::default();
    let reset = server.play("reset", "login", "reset-password");
    assert_eq!(reset.exit, Some(1), "{}", reset.said);
    all.add("password reset", &reset);
    let deactivated = server.play("deactivated", "login", "deactivate-user");
    assert_eq!(deactivated.exit, Some(1), "{}", deactivated.said);
    all.add("user deactivated, then re-activated", &deactivated);
    let demoted = server.play("demoted", "login", "remove-role");
    assert_eq!(demoted.exit, Some(1), "{}", demoted.said);
    all.add("staff role removed", &demoted);
    let deleted = server.play("deleted", "login", "delete-user");
    assert_eq!(deleted.exit, Some(0), "{}", deleted.said);
    all.add("user deleted", &deleted);
    let departed = server.play("departed", "login", "log-out");
    assert_eq!(departed.exit, Some(1), "{}", departed.said);
    all.add("logout", &departed);
    all.print();
    insta::assert_snapshot!(all.told(), @"
    password reset | acme-login basic | dead | no
    password reset | acme-login form | dead | no
    password reset | acme-login token_endpoint | dead | no
    password reset | acme-session page | dead | no
    password reset | acme-login/session page | dead | no
    password reset | acme-login/api_token api | works, goes on | survivor
    password reset | acme-login (new) basic | works, goes on | no
    password reset | acme-login (new) form | works, goes on | no
    password reset | acme-login (new) token_endpoint | works, goes on | no
    password reset | acme-login (new)/session page | works, goes on | no
    password reset | acme-login (new)/api_token api | works, goes on | no
    user deactivated, then re-activated | acme-login basic | came back, goes on | revenant
    user deactivated, then re-activated | acme-login form | came back, goes on | revenant
    user deactivated, then re-activated | acme-login token_endpoint | came back, goes on | revenant
    user deactivated, then re-activated | acme-session page | came back, goes on | revenant
    user deactivated, then re-activated | acme-login/session page | came back, goes on | revenant
    user deactivated, then re-activated | acme-login/api_token api | came back, goes on | revenant
    staff role removed | acme-login basic | works, goes on | survivor
    staff role removed | acme-login form | authenticates (not permitted), goes on | survivor
    staff role removed | acme-login token_endpoint | works, goes on | survivor
    staff role removed | acme-session page | authenticates (not permitted), goes on | survivor
    staff role removed | acme-login/session page | authenticates (not permitted), goes on | survivor
    staff role removed | acme-login/api_token api | works, goes on | survivor
    user deleted | acme-login basic | dead | no
    user deleted | acme-login form | dead | no
    user deleted | acme-login token_endpoint | dead | no
    user deleted | acme-session page | dead | no
    user deleted | acme-login/session page | dead | no
    user deleted | acme-login/api_token api | dead | no
    logout | acme-login basic | works, goes on | survivor
    logout | acme-login form | works, goes on | survivor
    logout | acme-login token_endpoint | works, goes on | survivor
    logout | acme-session page | dead | no
    logout | acme-login/session page | works, goes on | survivor
    logout | acme-login/api_token api | works, goes on | survivor
    ");
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn a_session_that_the_server_does_not_keep_outlives_its_logout() {
    let server = Server::start("signed_cookies");
    let mut all = Rows::default();
    all.add("logout, sessions in signed cookies", &server.play("departed", "login", "log-out"));
    all.print();
    insta::assert_snapshot!(all.told(), @"
    logout, sessions in signed cookies | acme-login basic | works, goes on | survivor
    logout, sessions in signed cookies | acme-login form | works, goes on | survivor
    logout, sessions in signed cookies | acme-login token_endpoint | works, goes on | survivor
    logout, sessions in signed cookies | acme-session page | works, goes on | survivor
    logout, sessions in signed cookies | acme-login/session page | works, goes on | survivor
    logout, sessions in signed cookies | acme-login/api_token api | works, goes on | survivor
    ");
}

#[test]
#[ignore = "needs a live server: .ci/run installs it"]
fn neither_a_missing_token_nor_a_missing_role_is_taken_for_a_wrong_password() {
    let server = Server::start("db");
    // The right password without the form's token: 403, and never dead.
    let careless = server.play("careless", "careless_login", "delete-user");
    assert_eq!(careless.exit, Some(4), "{}", careless.said);
    let refused = careless.last("acme-login form");
    assert!(refused.starts_with("inconclusive (policy refused the request"), "{refused}");
    // The right password without the role is answered as a wrong one is.
    let demoted = server.play("demoted", "admin_login", "remove-role");
    assert_eq!(demoted.exit, Some(1), "{}", demoted.said);
    let refused = demoted.last("acme-login form");
    assert!(refused.starts_with("inconclusive"), "{refused}");
}

/// One drill.
struct Played {
    exit: Option<i32>,
    said: String,
    scenario: Value,
}

impl Played {
    /// What was seen last of a credential on a channel.
    fn last(&self, wanted: &str) -> String {
        let found = self.channels().find(|(name, _)| name == wanted);
        let (_, channel) = found.unwrap_or_else(|| panic!("{wanted}: {}", self.said));
        text(&channel["last"]["verdict"]).to_owned()
    }

    /// Every use of the supplier's credentials.
    fn channels(&self) -> impl Iterator<Item = (String, &Value)> {
        array(&self.scenario["credentials"]).iter().flat_map(|credential| {
            let id = text(&credential["credential"]);
            let ours = array(&credential["channels"]).iter().filter(|_| id.starts_with("acme-"));
            ours.map(move |channel| (format!("{id} {}", text(&channel["channel"])), channel))
        })
    }

    /// Whether some claim found this credential as something that should not be.
    fn findings(&self, id: &str) -> Vec<&str> {
        let claims = array(&self.scenario["claims"]).iter();
        let rulings = claims.flat_map(|claim| array(&claim["rulings"]));
        let mut found: Vec<&str> = rulings
            .filter(|ruling| ruling["subject"] == id)
            .map(|ruling| text(&ruling["finding"]))
            .filter(|finding| *finding != "holds")
            .collect();
        found.dedup();
        found
    }
}

/// What `.ci/run` makes its table of.
#[derive(Default)]
struct Rows(Vec<[String; 5]>);

impl Rows {
    fn add(&mut self, action: &str, played: &Played) {
        for (name, channel) in played.channels() {
            let id = name.split(' ').next().unwrap_or_default();
            let (from, until) = (&channel["last_alive_us"], &channel["first_dead_us"]);
            let exposure = match (from.as_i64(), until.as_i64()) {
                (_, Some(until)) => format!("at most {} ms", until.max(0) / 1000),
                (Some(_), None) => "goes on".to_owned(),
                (None, None) => "unknown".to_owned(),
            };
            let found = played.findings(id);
            let survivor = if found.is_empty() { "no".to_owned() } else { found.join(" ") };
            self.0.push([
                name,
                action.into(),
                text(&channel["standing"]).into(),
                exposure,
                survivor,
            ]);
        }
    }

    #[expect(clippy::print_stdout, reason = "the table of the run")]
    fn print(&self) {
        for [credential, action, verdict, exposure, found] in &self.0 {
            let survivor = if found == "no" { "no" } else { "yes" };
            println!(
                "live-row\thelpdesk\t{credential}\t{action}\t{verdict}\t{exposure}\t{survivor}"
            );
        }
    }

    /// Without what differs from run to run.
    fn told(&self) -> String {
        let line = |[credential, action, verdict, exposure, found]: &[String; 5]| {
            let goes_on = if exposure == "goes on" { ", goes on" } else { "" };
            format!("{action} | {credential} | {verdict}{goes_on} | {found}")
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// The server and what it announced; it ends with this value.
struct Server {
    process: Child,
    variables: BTreeMap<String, String>,
}

impl Server {
    fn start(sessions: &str) -> Self {
        let installed = std::env::var_os("DOORNAIL_LIVE_DIR").unwrap_or_else(|| {
            panic!("no server: run tests/live/helpdesk.sh install DIR, set DOORNAIL_LIVE_DIR=DIR")
        });
        let mut process = Command::new(here().join("helpdesk.sh"))
            .arg("start")
            .arg(installed)
            .arg(sessions)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
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

    /// Plays a feature on the supplier's user of that name.
    fn play(&self, user: &str, kind: &str, feature: &str) -> Played {
        let desk = Desk::new();
        copy(&here().join("helpdesk"), desk.path());
        let user = user.to_uppercase();
        let of_user = |what: &str| self.variables[&format!("{user}_{what}")].as_str();
        let mut values: Vec<(String, &str)> =
            self.variables.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
        for what in ["NAME", "ID", "PASSWORD", "SESSION"] {
            values.push((format!("USER_{what}"), of_user(what)));
        }
        values.push(("ADMIN_USER".to_owned(), "Admin"));
        values.push(("KIND".to_owned(), kind));
        for file in ["doornail.yaml", "suppliers/acme.yaml", "suppliers/globex.yaml"] {
            let form = desk.path().join(format!("{file}.in"));
            let mut filled = std::fs::read_to_string(&form).unwrap();
            for (name, value) in &values {
                filled = filled.replace(&format!("@{name}@"), value);
            }
            desk.write(file, &filled);
            std::fs::remove_file(form).unwrap();
        }
        let feature = format!("features/{feature}.feature");
        let mut arguments = vec!["run", feature.as_str()];
        arguments.extend("--env live --confirm live --terminate acme".split(' '));
        let secrets: Vec<(&str, &str)> = values
            .iter()
            .filter(|(name, _)| {
                ["PASSWORD", "SESSION", "ADMIN_USER"].iter().any(|end| name.ends_with(end))
            })
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        let ran = desk.run_with(&arguments, &secrets);
        assert!(desk.path().join("doornail-runs").is_dir(), "no run: {}", ran.whole());
        let run = desk.run_folder();
        for file in std::fs::read_dir(&run).unwrap() {
            let file = file.unwrap().path();
            let content = std::fs::read_to_string(&file).unwrap();
            let told =
                secrets.iter().any(|(_, secret)| secret.len() > 8 && content.contains(secret));
            assert!(!told, "a password stands in {}", file.display());
        }
        let summary = std::fs::read_to_string(run.join("summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&summary).unwrap();
        let scenario = summary["scenarios"][0].clone();
        Played { exit: ran.code, said: ran.whole(), scenario }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its standard input ends, which it takes as the end, so that it can clean up after itself.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
