//! An SSH server: accounts with keys, certificates and passwords, and connections that nobody closes.
//!
//! Survivors that were measured and are therefore on: an open connection outlives its key, its certificate, its
//! account and the server's restart, with the shell it began with; a key goes on when a password is locked, unless
//! `UsePAM` is off; an account without a shell still has tunnels and files; a certificate goes on without a line in
//! any file, and a key without its certificate; a key of an expired account is still told to be listed. Every refusal
//! reads the same, but for an expired account's with `UsePAM`. Not covered: limits and penalties, StrictModes, what
//! an AuthorizedKeysCommand remembers.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel, Standing, State};

mod hand;
mod seed;
pub(crate) mod server;
#[cfg(test)]
mod tests;

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "ssh",
    servers: &["SSH_URL"],
    seed: |_, now| {
        let (server, variables) = Ssh::seeded(now);
        (Box::new(server), variables)
    },
};

const ACCOUNT: &str = "account";
/// By its line in the account's file.
const KEY: &str = "key";
/// By its serial number and its key.
const CERTIFICATE: &str = "certificate";
const PASSWORD: &str = "password";
const SESSION: &str = "session";

/// What the shell of an account without one says.
const NOLOGIN: &str = "This account is currently not available.\n";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One server.
struct Ssh {
    kernel: Kernel,
    /// Whether the account phase of PAM is asked.
    pam: bool,
    next_passwords: BTreeMap<String, String>,
}

fn ok(body: &Value) -> Response {
    Response::json(200, body)
}

/// The one refusal.
fn refused() -> Response {
    Response::json(401, &json!({"refused": true}))
}

/// The connection is closed.
fn ended() -> Response {
    Response::json(410, &json!({"ended": true}))
}

impl Ssh {
    /// The id of an account by its name, whatever its state: of what is gone nothing is left to be right.
    fn account(&self, request: &Value) -> Option<String> {
        let name = request["user"].as_str()?;
        let mut accounts = self.kernel.principals().iter().filter(|p| p.kind == ACCOUNT);
        accounts.find(|p| p.login == name).map(|p| p.id.clone())
    }

    fn secret(request: &Value) -> (&'static str, String) {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        match (request["serial"].as_u64(), request["password"].as_str()) {
            (Some(serial), _) => (CERTIFICATE, format!("{serial} {}", text("key"))),
            (None, Some(password)) => (PASSWORD, password.to_owned()),
            (None, None) => (KEY, text("key").to_owned()),
        }
    }

    /// Tells whether a key would do, by itself or by a certificate on it: the account phase comes later.
    fn offered(&self, request: &Value, now: SystemTime) -> Answer {
        let account = self.account(request).ok_or_else(refused)?;
        let sent = request["key"].as_str().unwrap_or_default();
        let known =
            self.kernel.kept_where(now, |c| c.is_of(&account) && public_key(c) == Some(sent));
        let would_do = known.into_iter().any(|key| match self.kernel.standing(key, now) {
            Standing::Alive => true,
            Standing::Masked(state) => state == State::Suspended && self.pam,
            Standing::Unknown | Standing::Revoked | Standing::Expired | Standing::Disabled => false,
        });
        if would_do { Ok(ok(&json!({"listed": true}))) } else { Err(refused()) }
    }

    /// Lets somebody in; the connection is a session from then on, and asks for nothing again.
    fn sign_in(&mut self, request: &Value, now: SystemTime) -> Answer {
        let account = self.account(request).ok_or_else(refused)?;
        let (kind, secret) = Self::secret(request);
        match self.kernel.authenticate_as(kind, &account, &secret, now) {
            Ok(_) => {}
            Err(Standing::Masked(State::Suspended)) if self.pam => {
                return Err(Response::json(403, &json!({"expired": true})));
            }
            Err(_) => return Err(refused()),
        }
        let number = self.kernel.next_number().to_string();
        let shell = self.kernel.principal(&account).map(|p| p.text("shell").to_owned());
        let session = Credential::new(SESSION, &number, &format!("connection-{number}"));
        let session = session.of(&account).with("shell", shell.unwrap_or_default());
        self.kernel.issue(session, now);
        Ok(ok(&json!({"session": format!("connection-{number}")})))
    }

    fn channel(&self, what: &str, request: &Value, now: SystemTime) -> Answer {
        let session = request["session"].as_str().unwrap_or_default();
        let key = self.kernel.authenticate(SESSION, session, now).map_err(|_| ended())?;
        let has_shell = self.kernel.credential(key).data["shell"] != "nologin";
        match what {
            "command" if has_shell => Ok(ok(&json!({"exit": 0, "says": ""}))),
            "command" => Ok(ok(&json!({"exit": 1, "says": NOLOGIN}))),
            "tunnel" | "files" => Ok(ok(&json!({"open": true}))),
            _ => Err(ended()),
        }
    }
}

/// The public key of a line or of a certificate.
fn public_key(credential: &Credential) -> Option<&str> {
    match credential.kind {
        KEY => Some(&credential.secret),
        CERTIFICATE => credential.secret.split_once(' ').map(|(_, key)| key),
        _ => None,
    }
}

impl Platform for Ssh {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let asked = request.json();
        let (_, segments) = request.route();
        let answer = match segments.as_slice() {
            ["open"] => Ok(ok(&json!({}))),
            ["offer"] => self.offered(&asked, now),
            ["auth"] => self.sign_in(&asked, now),
            ["channel", what] => self.channel(what, &asked, now),
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.path.as_str() {
            "/open" => ok(&json!({})),
            "/offer" | "/auth" => refused(),
            _ => ended(),
        }
    }

    /// Nothing can be listed over the protocol; what shows the extra one is that it gets in.
    fn plant(&mut self, now: SystemTime) {
        let (id, account) = (format!("k-{}", self.kernel.next_number()), seed::first_account());
        self.kernel.plant(Credential::new(KEY, &id, "ssh-ed25519 planted").of(&account), now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.by_admin(action, object, now)
    }
}
