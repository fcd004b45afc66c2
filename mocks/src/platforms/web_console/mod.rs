//! A console of pages, such as vendors' portals are: a form, two kinds of sessions, a remember-me cookie, tokens.
//!
//! Survivors, measured on common frameworks: deactivation is a mask that re-activation lifts; a new password ends the
//! sessions the server keeps, and neither the signed ones, nor remember-me, nor tokens; a logout ends its own session
//! in the server's store and no copy of what is signed. The form answers 200 to a wrong password, and looks at its own
//! token first. Resets need a step-up. Not covered: passkeys, sign-in by other providers, impersonation.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{Platform, Registration, Variables};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Kernel, Principal};
use crate::population::{ALNUM, HEX, Supplier, UPPER, secret};

mod admin;
mod pages;
#[cfg(test)]
mod tests;

const URL: &str = "WEB_CONSOLE_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "web-console",
    servers: &[URL],
    seed: |_, now| {
        let (console, variables) = WebConsole::seeded(now);
        (Box::new(console), variables)
    },
};

const USER: &str = "user";
const PASSWORD: &str = "password";
/// A session in the server's store.
const SESSION: &str = "session";
/// A session that the server only signs.
const SIGNED: &str = "signed_session";
const REMEMBER: &str = "remember";
const TOKEN: &str = "api_token";
const LINK: &str = "reset_link";
const SESSION_LIFE: Duration = Duration::from_secs(14 * 86_400);
const LINK_LIFE: Duration = Duration::from_secs(3 * 86_400);
/// So many wrong passwords in a row lock a user for a quarter of an hour.
const MOST_WRONG: u64 = 5;
const LOCKED_FOR: u64 = 15 * 60;

/// The console.
struct WebConsole {
    kernel: Kernel,
    admin: String,
    step_up: String,
    /// Wrong passwords in a row and the second of the last one, by user.
    wrong: BTreeMap<String, (u64, u64)>,
}

impl WebConsole {
    fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut variables = Variables::new();
        let mut put = |name: &str, length: usize, alphabet: &[u8]| {
            let value = secret(name, "", length, alphabet);
            variables.insert(name.to_owned(), value.clone());
            value
        };
        let mut console = Self {
            kernel: Kernel::new("web-console"),
            admin: put("WEB_CONSOLE_ADMIN_TOKEN", 40, HEX),
            step_up: put("WEB_CONSOLE_ADMIN_STEP_UP", 20, UPPER),
            wrong: BTreeMap::new(),
        };
        for supplier in Supplier::ALL {
            for (what, login, number) in
                [("MAYA", "maya", 41), ("LEO", "leo", 42), ("SHARED", "support-eu", 43)]
            {
                let name = format!("{}_WEB_CONSOLE_{what}", supplier.upper());
                let id = supplier.number(number).to_string();
                let mut user = Principal::new(USER, &id, &supplier.email(login)).of(supplier);
                if what == "LEO" {
                    user = user.with("seed", put(&format!("{name}_SEED"), 32, UPPER_32));
                }
                let recovery = format!("{login}@private.example");
                console.kernel.add(user.with("recovery", recovery));
                let word = put(&format!("{name}_PASSWORD"), 20, ALNUM);
                let word = Credential::new(PASSWORD, &id, &word).of(&id);
                console.kernel.issue(word.hidden_by(&id, INACTIVE), now);
                let token = put(&format!("{name}_TOKEN"), 40, HEX);
                let token = Credential::new(TOKEN, &format!("tok-{id}"), &token).of(&id);
                console.kernel.issue(token.hidden_by(&id, INACTIVE), now);
            }
            // What Maya's browser holds.
            let id = supplier.number(41).to_string();
            for (kind, what) in [(SESSION, "SESSION"), (SIGNED, "SIGNED"), (REMEMBER, "REMEMBER")] {
                let value =
                    put(&format!("{}_WEB_CONSOLE_MAYA_{what}", supplier.upper()), 40, ALNUM);
                let cookie = Credential::new(kind, &format!("{kind}-{id}"), &value).of(&id);
                let cookie = cookie.expires(now + SESSION_LIFE).hidden_by(&id, INACTIVE);
                console.kernel.issue(cookie, now);
            }
            // A link that somebody ordered, and that lies in a mailbox.
            let link = put(&format!("{}_WEB_CONSOLE_MAYA_LINK", supplier.upper()), 40, HEX);
            console.link(&id, &link, now);
        }
        (console, variables)
    }

    fn link(&mut self, user: &str, value: &str, now: SystemTime) {
        let number = self.kernel.next_number();
        let link = Credential::new(LINK, &format!("link-{number}"), value).of(user);
        self.kernel.issue(link.expires(now + LINK_LIFE).hidden_by(user, INACTIVE), now);
    }

    /// Signs somebody in: what the answer sets.
    fn start_session(&mut self, user: &str, remembered: bool, now: SystemTime) -> Vec<String> {
        let mut kinds = vec![SESSION, SIGNED];
        kinds.extend(remembered.then_some(REMEMBER));
        let mut cookies = Vec::new();
        for kind in kinds {
            let number = self.kernel.next_number();
            let value = self.kernel.fresh("", 40, ALNUM);
            let made = Credential::new(kind, &format!("{kind}-{number}"), &value).of(user);
            let made = made.expires(now + SESSION_LIFE).hidden_by(user, INACTIVE);
            self.kernel.issue(made, now);
            cookies.push(format!("console_{kind}={value}; Path=/; HttpOnly"));
        }
        cookies
    }

    /// A new password: the server's own sessions are bound to the old one, and so are links.
    fn set_password(&mut self, user: &str, value: &str, now: SystemTime) {
        self.kernel.replace_secret(PASSWORD, user, value, now);
        self.wrong.remove(user);
        let hit = |c: &Credential| c.is_of(user) && [SESSION, LINK].contains(&c.kind);
        self.kernel.revoke_where(Cause::Action, now, hit);
    }
}

/// What Base32 is written with.
const UPPER_32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Platform for WebConsole {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            (_, ["api", "admin", rest @ ..]) => self.administrate(method, rest, request, now),
            ("GET", ["api", "me"]) => Some(self.me(request, now)),
            _ => self.page(method, &segments, request, now),
        }
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.path.as_str() {
            "/sign-in" => pages::sign_in("", Some(pages::WRONG)),
            path if path.starts_with("/api/") => admin::invalid_token(),
            _ => Response::redirect("/sign-in?next=/profile"),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let (number, value) = (self.kernel.next_number(), self.kernel.fresh("", 40, HEX));
        let extra = Credential::new(TOKEN, &format!("tok-extra-{number}"), &value);
        self.kernel.plant(extra.of(&Supplier::Acme.number(41).to_string()), now);
    }

    fn by_hand(&mut self, action: &str, _object: &str, _now: SystemTime) -> Result<(), String> {
        Err(format!("the console has no action {action:?} that is done by hand"))
    }
}

impl WebConsole {
    fn me(&self, request: &Request, now: SystemTime) -> Response {
        let sent = request.bearer().unwrap_or_default();
        let owner = self.kernel.authenticate(TOKEN, sent, now).ok().and_then(|key| {
            let owner = self.kernel.credential(key).principal.clone()?;
            self.kernel.presented(&owner)
        });
        match owner {
            Some(owner) => Response::json(200, &json!({"user": owner.login})),
            None => admin::invalid_token(),
        }
    }
}
