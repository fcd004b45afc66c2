//! A mail server: IMAP and the submission of mail, with a cache of logins, and sessions that nobody closes.
//!
//! Survivors that were measured and are therefore on: a login that the server remembers counts for an hour, whatever
//! became of the password or the account; an open session outlives both, and a new password; the master user opens
//! disabled and deleted mailboxes. The first look into the table of accounts, a wrong password's too, corrects what
//! is remembered. `kick` ends IMAP sessions and nothing else. Not covered: TLS, delayed refusals, forwarding, rules.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, Key, Standing, State};

mod imap;
mod seed;
mod smtp;
#[cfg(test)]
mod tests;

const IMAP: &str = "MAILBOX_IMAP";
const SMTP: &str = "MAILBOX_SMTP";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "mailbox",
    servers: &[IMAP, SMTP],
    seed: |_, now| {
        let (server, variables) = Mailbox::seeded(now);
        (Box::new(server), variables)
    },
};

const ACCOUNT: &str = "account";
const PASSWORD: &str = "password";
const APP_PASSWORD: &str = "app_password";
const MASTER: &str = "master";
const ACCESS: &str = "access";
const IMAP_SESSION: &str = "imap_session";
const SMTP_SESSION: &str = "smtp_session";

/// How long a login is remembered (the documented default).
const REMEMBERED: Duration = Duration::from_secs(3600);

/// One server.
struct Mailbox {
    kernel: Kernel,
    next_passwords: BTreeMap<String, String>,
    /// The password that was right at the last look, and until when nobody looks again, by account.
    remembered: BTreeMap<String, (String, SystemTime)>,
    connections: BTreeMap<String, Connection>,
}

/// One open connection.
#[derive(Default)]
struct Connection {
    /// Who signed in on it, and the session that stands for it.
    user: Option<(String, Key)>,
    /// What is being asked for in the middle of signing in.
    asked: Option<Asked>,
    /// The tag of the command that waits for more.
    tag: String,
}

/// What the next line is.
enum Asked {
    /// The whole of PLAIN.
    Plain,
    /// The whole of XOAUTH2.
    Token,
    /// The name, in LOGIN of SMTP.
    Name,
    /// The password of that name.
    Password(String),
    /// Anything, before the refusal that was announced.
    Refused,
    /// The end of IDLE.
    Done,
    /// Mail, to its end.
    Mail,
}

/// Why somebody is not let in.
enum Refused {
    /// Wrong password, nobody of that name, or gone.
    Wrong,
    /// The password is right, and logins are disabled.
    Disabled,
}

fn say(text: &str) -> Response {
    Response::text(200, "text/plain", format!("{text}\r\n"))
}

fn last(text: &str) -> Response {
    say(text).with("x-mock", "close")
}

fn nothing() -> Response {
    Response::empty(200).with("x-mock", "quiet")
}

impl Mailbox {
    /// Lets somebody in by a name and a password.
    fn sign_in(&mut self, user: &str, password: &str, now: SystemTime) -> Result<(), Refused> {
        if let Some((mailbox, master)) = user.split_once('*') {
            // Whoever is the master may be anybody, also who is gone: where mail lies is no matter of the account.
            let there = self.kernel.principal(mailbox).is_some();
            let right = self.kernel.authenticate_as(MASTER, master, password, now).is_ok();
            return if there && right { Ok(()) } else { Err(Refused::Wrong) };
        }
        if let Some((right, until)) = self.remembered.get(user)
            && *until > now
            && right == password
        {
            return Ok(());
        }
        self.remembered.remove(user);
        let mut refused = Refused::Wrong;
        for kind in [PASSWORD, APP_PASSWORD] {
            match self.kernel.authenticate_as(kind, user, password, now) {
                Ok(_) => {
                    let until = now + REMEMBERED;
                    self.remembered.insert(user.to_owned(), (password.to_owned(), until));
                    return Ok(());
                }
                Err(Standing::Masked(State::Deactivated | State::Suspended)) => {
                    refused = Refused::Disabled;
                }
                Err(_) => {}
            }
        }
        Err(refused)
    }

    fn sign_in_by_token(&self, user: &str, token: &str, now: SystemTime) -> Result<(), Refused> {
        let found = self.kernel.authenticate_as(ACCESS, user, token, now);
        found.map(|_| ()).map_err(|_| Refused::Wrong)
    }

    /// Opens the session of a connection.
    fn open(&mut self, id: &str, kind: &'static str, user: &str, now: SystemTime) {
        let owner = user.split('*').next().unwrap_or(user);
        let session = Credential::new(kind, id, "").of(owner);
        let key = self.kernel.issue(session, now);
        self.connections.entry(id.to_owned()).or_default().user = Some((user.to_owned(), key));
    }

    /// Whether a connection's session was ended.
    fn is_ended(&self, id: &str, now: SystemTime) -> bool {
        let user = self.connections.get(id).and_then(|open| open.user.as_ref());
        user.is_some_and(|(_, key)| self.kernel.standing(*key, now) != Standing::Alive)
    }

    fn account(&self, id: &str) -> Result<(), String> {
        let there = self.kernel.principal(id).is_some_and(|one| one.kind == ACCOUNT);
        if there { Ok(()) } else { Err(format!("there is no account {id:?}")) }
    }

    fn revoke(&mut self, kind: &'static str, id: &str, now: SystemTime) -> Result<(), String> {
        let key = self.kernel.find(kind, id).ok_or_else(|| format!("there is no {kind} {id:?}"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(())
    }
}

/// Takes name and password out of PLAIN.
fn plain(text: &str) -> Option<(String, String)> {
    let said = decoded(text)?;
    let mut parts = said.split('\0');
    let (_, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    Some((user.to_owned(), password.to_owned()))
}

/// Takes name and token out of XOAUTH2.
fn bearer(text: &str) -> Option<(String, String)> {
    let said = decoded(text)?;
    let mut parts = said.split('\u{1}');
    let user = parts.next()?.strip_prefix("user=")?;
    let token = parts.next()?.strip_prefix("auth=Bearer ")?;
    Some((user.to_owned(), token.to_owned()))
}

fn decoded(text: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?;
    String::from_utf8(bytes).ok()
}

impl Platform for Mailbox {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let id = request.header("x-connection")?.to_owned();
        if request.method == "GONE" {
            self.connections.remove(&id);
            return Some(nothing());
        }
        let line = String::from_utf8_lossy(&request.body).into_owned();
        let line = line.trim_end_matches(['\r', '\n']);
        Some(match (request.server, request.method.as_str()) {
            (IMAP, "OPEN") => say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] Dovecot ready."),
            (SMTP, "OPEN") => say("220 mail.example ESMTP ready"),
            (IMAP, _) => self.imap(&id, line, now),
            (SMTP, _) => self.smtp(&id, line, now),
            _ => return None,
        })
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        let line = String::from_utf8_lossy(&request.body).into_owned();
        let tag = line.split(' ').next().unwrap_or_default();
        match (request.server, request.method.as_str()) {
            (IMAP, "OPEN") => say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] Dovecot ready."),
            (IMAP, "CAPABILITY") => imap::capability(tag),
            (IMAP, "LOGIN") => imap::refusal(tag, &Refused::Wrong),
            (IMAP, _) => last("* BYE Server shutting down."),
            (_, "OPEN") => say("220 mail.example ESMTP ready"),
            (_, "EHLO") => smtp::hello(),
            (_, "AUTH" | "LINE") => smtp::refusal(&Refused::Wrong),
            _ => last("421 4.3.2 Server shutting down."),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let number = self.kernel.next_number();
        let id = format!("app-{number}");
        let secret = self.kernel.fresh("", 16, crate::population::HEX);
        let extra = Credential::new(APP_PASSWORD, &id, &secret).of("support@acme.example");
        self.kernel.plant(extra, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        match action {
            "revoke_app_password" => return self.revoke(APP_PASSWORD, object, now),
            "remove_master_user" => return self.revoke(MASTER, object, now),
            _ => self.account(object)?,
        }
        match action {
            "change_password" => {
                let next = self.next_passwords.get(object).cloned();
                let next = next.ok_or_else(|| format!("nobody resets {object:?}"))?;
                self.kernel.replace_secret(PASSWORD, object, &next, now);
            }
            "disable_login" => self.kernel.set_state(object, State::Deactivated, now),
            "enable_login" => self.kernel.set_state(object, State::Active, now),
            "delete_account" => self.kernel.set_state(object, State::Deleted, now),
            "flush_cache" => {
                self.remembered.remove(object);
            }
            "kick_sessions" => {
                let hit = |c: &Credential| c.kind == IMAP_SESSION && c.is_of(object);
                self.kernel.revoke_where(Cause::Action, now, hit);
            }
            _ => return Err(format!("the server has no action {action:?}")),
        }
        Ok(())
    }
}
