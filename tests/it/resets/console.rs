//! A console with logins, sessions and reset links that is no mock of ours, sound or with one flaw. It locks an account
//! at the fifth wrong password within three seconds, and remembers that it did.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) const WINDOW: Duration = Duration::from_secs(3);
pub(crate) const TAKEN: usize = 4;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// What was opened before a reset goes on.
    SessionsSurvive,
    LinksSurvive,
    /// This may be changed by whoever is signed in.
    NoStepUpFor(&'static str),
    /// There is no such address: its refusal shows nothing.
    NoAddressFor(&'static str),
    MailToTheSupplier,
    /// The old password is taken until the new one is used: a cache of logins.
    CacheUntilTheNewIsUsed,
    /// The first wrong password locks.
    LocksAtOnce,
}

pub(crate) struct Console {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    flaw: Flaw,
    users: BTreeMap<String, User>,
    sessions: BTreeMap<String, String>,
    links: BTreeMap<String, String>,
    /// The most wrong passwords that any account got in a window.
    most_wrong: usize,
    locked: bool,
    made: usize,
}

struct User {
    password: String,
    /// What a cache still takes.
    before: Option<String>,
    facts: BTreeMap<String, String>,
    wrong: Vec<Instant>,
}

impl User {
    fn new(password: &str, mail: &str) -> Self {
        let facts = [("mail", mail), ("role", "agent"), ("factor", "totp")];
        let facts = facts.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            password: password.to_owned(),
            before: None,
            facts: facts.into_iter().collect(),
            wrong: Vec::new(),
        }
    }
}

impl Console {
    pub(crate) fn serve(flaw: Flaw) -> Self {
        let mail =
            if flaw == Flaw::MailToTheSupplier { "maya@acme.example" } else { "maya@ours.example" };
        let owned = |name: &str| ("maya".to_owned(), name.to_owned());
        let (maya, _) = owned("");
        let sam = "sam".to_owned();
        let state = Arc::new(Mutex::new(State {
            flaw,
            users: BTreeMap::from([
                (maya.clone(), User::new("maya-secret-password", mail)),
                (sam.clone(), User::new("sam-secret-password", "sam@globex.example")),
            ]),
            sessions: BTreeMap::from([
                ("session-of-maya".to_owned(), maya.clone()),
                ("session-of-sam".to_owned(), sam.clone()),
            ]),
            links: BTreeMap::from([
                ("link-of-maya".to_owned(), maya),
                ("link-of-sam".to_owned(), sam),
            ]),
            most_wrong: 0,
            locked: false,
            made: 0,
        }));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { port, state }
    }

    /// The most wrong passwords that any account got in a window, and whether one was locked.
    pub(crate) fn wrong(&self) -> (usize, bool) {
        let state = self.state.lock().unwrap();
        (state.most_wrong, state.locked)
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    reader.read_line(&mut head).ok()?;
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => value.trim().strip_prefix("Bearer ")?.clone_into(&mut token),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut words = head.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let value = query.split_once('=').map_or("", |(_, value)| value);
    let (status, answer) = state.lock().unwrap().answer((method, path, value), &token, &body);
    let answer = answer.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    )
    .ok()
}

impl State {
    fn answer(
        &mut self,
        (method, path, value): (&str, &str, &str),
        token: &str,
        body: &Value,
    ) -> (u16, Value) {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        match (method, path) {
            ("POST", "/login") => self.sign_in(&text("user"), &text("password")),
            ("GET", "/me") => match self.sessions.get(token) {
                Some(user) => (200, json!({"user": user})),
                None => (401, json!({"error": "no_session"})),
            },
            ("GET", "/reset") => match self.links.get(value) {
                Some(user) => (200, json!({"user": user})),
                None => (401, json!({"error": "link_gone"})),
            },
            ("POST", "/admin/password") if token == "admin-secret-token" => {
                self.reset(&text("user"), &text("password"));
                (200, json!({}))
            }
            ("GET", "/admin/user") if token == "admin-secret-token" => {
                let mut facts = json!(self.users[value].facts);
                facts["name"] = json!(value);
                (200, facts)
            }
            ("POST", own) if own.starts_with("/own/") => {
                self.change(&own[5..], token, text("value"))
            }
            _ => (404, json!({"error": "not_found"})),
        }
    }

    fn sign_in(&mut self, name: &str, password: &str) -> (u16, Value) {
        let now = Instant::now();
        let at_most = if self.flaw == Flaw::LocksAtOnce { 0 } else { TAKEN };
        let Some(user) = self.users.get_mut(name) else {
            return (401, json!({"error": "wrong_password"}));
        };
        user.wrong.retain(|at| *at + WINDOW > now);
        if user.wrong.len() > at_most {
            self.locked = true;
            return (403, json!({"error": "locked"}));
        }
        let is_new = user.password == password;
        if is_new {
            user.before = None;
        }
        if is_new || user.before.as_deref() == Some(password) {
            self.made += 1;
            let session = format!("session-made-{}", self.made);
            self.sessions.insert(session.clone(), name.to_owned());
            return (200, json!({"user": name, "session": session}));
        }
        user.wrong.push(now);
        self.most_wrong = self.most_wrong.max(user.wrong.len());
        (401, json!({"error": "wrong_password"}))
    }

    fn reset(&mut self, name: &str, password: &str) {
        let user = self.users.get_mut(name).unwrap();
        let before = std::mem::replace(&mut user.password, password.to_owned());
        if self.flaw == Flaw::CacheUntilTheNewIsUsed {
            user.before = Some(before);
        }
        if self.flaw != Flaw::SessionsSurvive {
            self.sessions.retain(|_, of| of != name);
        }
        if self.flaw != Flaw::LinksSurvive {
            self.links.retain(|_, of| of != name);
        }
    }

    fn change(&mut self, what: &str, token: &str, value: String) -> (u16, Value) {
        let Some(name) = self.sessions.get(token).cloned() else {
            return (401, json!({"error": "no_session"}));
        };
        if self.flaw
            == Flaw::NoAddressFor(match what {
                "mail" => "mail",
                "role" => "role",
                "factor" => "factor",
                _ => "password",
            })
        {
            return (404, json!({"error": "not_found"}));
        }
        let Flaw::NoStepUpFor(open) = self.flaw else {
            return (403, json!({"error": "step_up_required"}));
        };
        if open != what {
            return (403, json!({"error": "step_up_required"}));
        }
        let user = self.users.get_mut(&name).unwrap();
        if what == "password" {
            user.password = value;
        } else {
            user.facts.insert(what.to_owned(), value);
        }
        (200, json!({}))
    }
}
