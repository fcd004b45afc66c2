//! API keys: made, listed for their owner only, cut down, deleted.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Answer, KEY, PROPAGATION, SendGrid, error, forbidden, key_id, key_value, not_found};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Key};

impl SendGrid {
    pub(super) fn keys(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let scope = match method {
            "GET" => "api_keys.read",
            "POST" => "api_keys.create",
            "DELETE" => "api_keys.delete",
            _ => "api_keys.update",
        };
        let owner = match self.allowed(request, scope, now) {
            Ok(owner) => owner,
            Err(refusal) => return Some(Err(refusal)),
        };
        let [id] = rest else {
            return Some(match (method, rest) {
                ("GET", []) => {
                    let keys = self.kernel.kept_where(now, |c| c.kind == KEY && c.is_of(&owner));
                    let keys: Vec<Value> = keys.iter().map(|key| self.key_json(*key)).collect();
                    Ok(Response::json(200, &json!({"result": keys})))
                }
                ("POST", []) => self.create_key(&owner, request, now),
                _ => return None,
            });
        };
        let own =
            |key: &Key| self.kernel.exists(*key, now) && self.kernel.credential(*key).is_of(&owner);
        let Some(key) = self.kernel.find(KEY, id).filter(own) else {
            return Some(Err(not_found()));
        };
        Some(match method {
            "GET" => Ok(Response::json(200, &self.key_json(key))),
            "PUT" | "PATCH" => {
                let body = request.json();
                if let Some(scopes) = body["scopes"].as_array()
                    && !self.kernel.spares(Cause::Action)
                {
                    let scopes: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
                    self.kernel.credential_mut(key).scope = scopes.join(" ");
                }
                Ok(Response::json(200, &self.key_json(key)))
            }
            "DELETE" => {
                self.kernel.revoke_later(key, Cause::Action, now, PROPAGATION);
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }

    /// Shows name and id: neither who made it nor when it was last used.
    fn key_json(&self, key: Key) -> Value {
        let stored = self.kernel.credential(key);
        json!({"name": stored.text("name"), "api_key_id": stored.id})
    }

    fn create_key(&mut self, owner: &str, request: &Request, now: SystemTime) -> Answer {
        let body = request.json();
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(error(400, "missing required argument"));
        }
        let scopes: Option<Vec<&str>> =
            body["scopes"].as_array().map(|s| s.iter().filter_map(Value::as_str).collect());
        let scope = scopes.map_or_else(|| super::FULL.to_owned(), |s| s.join(" "));
        let seed = format!("sendgrid/minted/{}", self.kernel.next_number());
        let id = key_id(&seed);
        let value = key_value(&seed, &id);
        self.issue_key(&id, &value, owner, (&name, &scope), now);
        let scopes: Vec<&str> = scope.split(' ').collect();
        let body = json!({"api_key": value, "api_key_id": id, "name": name, "scopes": scopes});
        Ok(Response::json(201, &body))
    }

    /// Issues a key. A subuser's state hides its keys; a teammate's does not: that is unconfirmed,
    /// and the longer life.
    pub(super) fn issue_key(
        &mut self,
        id: &str,
        value: &str,
        owner: &str,
        (name, scope): (&str, &str),
        now: SystemTime,
    ) {
        let mut key = Credential::new(KEY, id, value).of(owner).with("name", name).scope(scope);
        if self.kernel.principal(owner).is_some_and(|p| p.kind == super::SUBUSER) {
            key = key.hidden_by(owner, INACTIVE);
        }
        self.kernel.issue(key, now);
    }

    /// Names the account a key is of.
    pub(super) fn username(&self, request: &Request, now: SystemTime) -> Answer {
        let owner = self.allowed(request, "user.profile.read", now)?;
        let shown = self.kernel.presented(&owner).ok_or_else(forbidden)?;
        let body = json!({"username": shown.id, "user_id": shown.data.get("number")});
        Ok(Response::json(200, &body))
    }

    /// Takes a message and sends none. Without the scope it answers 401, to a key that is alive.
    pub(super) fn send(&self, request: &Request, now: SystemTime) -> Answer {
        let (_, scopes) = self.caller(request, now)?;
        if scopes.iter().any(|s| s == "mail.send") {
            return Ok(Response::empty(202).with("X-Message-Id", "mock"));
        }
        Err(error(401, "Authenticated user is not authorized to send mail"))
    }
}
