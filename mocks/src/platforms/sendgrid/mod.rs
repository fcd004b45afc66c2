//! SendGrid: a parent account with teammates, and a subuser for each supplier.
//!
//! Documented survivors are on: removing a teammate leaves the keys that teammate made; a password does
//! not touch a key; a disabled subuser is open to the parent's key on its behalf; a deleted key works for
//! a small while; invitations live a week and can be sent again. Not covered: SMTP, webhooks' deliveries,
//! IP access lists, scheduled sends.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel};
use crate::population::{ALNUM, Supplier, URL_SAFE, secret};

mod keys;
mod people;
mod seed;
#[cfg(test)]
mod tests;

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "sendgrid",
    servers: &["SENDGRID_URL"],
    seed: |_, now| {
        let (sendgrid, variables) = SendGrid::seeded(now);
        (Box::new(sendgrid), variables)
    },
};

const SUBUSER: &str = "subuser";
const TEAMMATE: &str = "teammate";
const PARENT: &str = "ours";

const KEY: &str = "api_key";
const INVITE: &str = "invitation";

/// The "small propagation delay" of a deletion; how long is not said.
const PROPAGATION: Duration = Duration::from_secs(30);
/// What a pending invitation lives.
const INVITE_LIFE: Duration = Duration::from_secs(7 * 86_400);
/// What a full key may do, of what this mock has.
const FULL: &str = "api_keys.create api_keys.delete api_keys.read api_keys.update mail.send \
    subusers.delete subusers.read subusers.update teammates.create teammates.delete teammates.read \
    user.profile.read access_settings.activity.read user.webhooks.event.settings.read";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One parent account.
pub(crate) struct SendGrid {
    kernel: Kernel,
}

impl SendGrid {
    /// Authenticates a key, and gives whose keys a request is about and what the key may do.
    fn caller(
        &self,
        request: &Request,
        now: SystemTime,
    ) -> Result<(String, Vec<String>), Response> {
        if request.bearer().is_none() {
            let body = json!({"errors": [{"field": null, "message": "authorization required"}]});
            return Err(Response::json(401, &body));
        }
        let given = request.bearer().unwrap_or_default();
        let key = self.kernel.authenticate(KEY, given, now).map_err(|_| revoked())?;
        let key = self.kernel.credential(key);
        let scopes = key.scope.split(' ').map(str::to_owned).collect();
        let own = key.principal.clone().unwrap_or_default();
        match request.header("on-behalf-of") {
            None => Ok((own, scopes)),
            // Only the parent may; the subuser's own state does not matter to it.
            Some(other) if own == PARENT && self.kernel.principal(other).is_some() => {
                Ok((other.to_owned(), scopes))
            }
            Some(_) => Err(forbidden()),
        }
    }

    /// Demands one scope, and gives whose keys a request is about.
    fn allowed(&self, request: &Request, scope: &str, now: SystemTime) -> Result<String, Response> {
        let (owner, scopes) = self.caller(request, now)?;
        if scopes.iter().any(|s| s == scope) { Ok(owner) } else { Err(forbidden()) }
    }

    /// Demands one scope in a key of the parent account.
    fn parent(&self, request: &Request, scope: &str, now: SystemTime) -> Result<(), Response> {
        let owner = self.allowed(request, scope, now)?;
        if owner == PARENT { Ok(()) } else { Err(forbidden()) }
    }
}

impl Platform for SendGrid {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let ["v3", rest @ ..] = segments.as_slice() else {
            return None;
        };
        let answer = match (method, rest) {
            ("GET", ["scopes"]) => self
                .caller(request, now)
                .map(|(_, scopes)| Response::json(200, &json!({"scopes": scopes}))),
            ("GET", ["scopes", "requests"]) => self
                .parent(request, "teammates.read", now)
                .map(|()| Response::json(200, &json!([]))),
            ("GET", ["user", "username"]) => self.username(request, now),
            ("POST", ["mail", "send"]) => self.send(request, now),
            (_, ["api_keys", rest @ ..]) => self.keys(method, rest, request, now)?,
            (_, ["teammates", rest @ ..]) => self.teammates(method, rest, request, now)?,
            (_, ["subusers", rest @ ..]) => self.subusers(method, rest, request, now)?,
            ("GET", ["access_settings", "activity" | "whitelist"]) => self
                .allowed(request, "access_settings.activity.read", now)
                .map(|_| Response::json(200, &json!({"result": []}))),
            ("GET", ["user", "webhooks", "event", "settings", "all"]) => self
                .allowed(request, "user.webhooks.event.settings.read", now)
                .map(|_| Response::json(200, &json!({"webhooks": []}))),
            ("GET", ["user", "webhooks", "parse", "settings"]) => self
                .allowed(request, "user.webhooks.event.settings.read", now)
                .map(|_| Response::json(200, &json!({"result": []}))),
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, _request: &Request) -> Response {
        revoked()
    }

    fn plant(&mut self, now: SystemTime) {
        let value = secret("sendgrid/planted", "SG.", 66, URL_SAFE);
        let planted = Credential::new(KEY, "PLANTED", &value)
            .of("acme-mail")
            .with("name", "backup")
            .scope("mail.send")
            .supplier(Some(Supplier::Acme));
        self.kernel.plant(planted, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        match action {
            "delete_api_key" => {
                let key = self.kernel.find(KEY, object);
                let key = key.filter(|key| self.kernel.exists(*key, now));
                let key = key.ok_or_else(|| format!("sendgrid has no key {object:?}"))?;
                self.kernel.revoke_later(key, Cause::Action, now, PROPAGATION);
                Ok(())
            }
            "change_password" => {
                // A login's matter: no key takes notice.
                let known = self.kernel.principal(object).is_some();
                known.then_some(()).ok_or_else(|| format!("sendgrid has no login {object:?}"))
            }
            _ => Err(format!("sendgrid has no manual action {action:?}")),
        }
    }
}

fn error(status: u16, message: &str) -> Response {
    let body = json!({"errors": [{"message": message, "field": null, "help": null}]});
    Response::json(status, &body)
}

fn revoked() -> Response {
    error(401, "The provided authorization grant is invalid, expired, or revoked")
}

fn forbidden() -> Response {
    error(403, "access forbidden")
}

fn not_found() -> Response {
    error(404, "resource not found")
}

/// Cuts a listing by `limit` and `offset`: two without a limit.
fn cut(request: &Request, items: &[Value]) -> Vec<Value> {
    let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
    let start = number("offset").unwrap_or(0).min(items.len());
    let end = (start + number("limit").unwrap_or(2).max(1)).min(items.len());
    items[start..end].to_vec()
}

/// Makes the value of a key: `SG.`, its id, and what is secret of it.
fn key_value(name: &str, id: &str) -> String {
    secret(name, &format!("SG.{id}."), 43, URL_SAFE)
}

/// Makes the id of a key.
fn key_id(name: &str) -> String {
    secret(&format!("{name}/id"), "", 22, ALNUM)
}
