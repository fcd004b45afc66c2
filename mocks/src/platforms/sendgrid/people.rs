//! Teammates, who leave their keys behind, and subusers, who are accounts of their own.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Answer, INVITE, INVITE_LIFE, KEY, SUBUSER, SendGrid, TEAMMATE, cut, error, not_found};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, Key, State};
use crate::population::ALNUM;
use crate::times::epoch;

impl SendGrid {
    pub(super) fn teammates(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let scope = match method {
            "GET" => "teammates.read",
            "POST" => "teammates.create",
            _ => "teammates.delete",
        };
        if let Err(refusal) = self.parent(request, scope, now) {
            return Some(Err(refusal));
        }
        Some(match (method, rest) {
            ("GET", []) => Ok(self.list_teammates(request)),
            ("POST", []) => Ok(self.invite(request, now)),
            ("GET", ["pending"]) => {
                let render = |key: &Key| {
                    let invite = self.kernel.credential(*key);
                    json!({
                        "email": invite.text("email"), "token": invite.id, "is_admin": false,
                        "expiration_date": invite.expires.map(epoch),
                    })
                };
                let keys = self.kernel.kept(INVITE, now);
                let pending: Vec<Value> = keys.iter().map(render).collect();
                Ok(Response::json(200, &json!({"result": pending})))
            }
            ("DELETE", ["pending", token]) => match self.invitation(token, now) {
                Some(key) => {
                    self.kernel.revoke(key, Cause::Action, now);
                    Ok(Response::empty(204))
                }
                None => Err(not_found()),
            },
            ("POST", ["pending", token, "resend"]) => match self.kernel.find(INVITE, token) {
                Some(key) => {
                    self.kernel.credential_mut(key).expires = Some(now + INVITE_LIFE);
                    Ok(Response::json(200, &json!({"token": token})))
                }
                None => Err(not_found()),
            },
            ("DELETE", [name]) => {
                let id = decode_segment(name);
                let there = self.kernel.principal(&id);
                let there = there.filter(|p| p.kind == TEAMMATE && p.state() != State::Deleted);
                if there.is_none() {
                    return Some(Err(not_found()));
                }
                // The login ends; the docs of this call say nothing about keys.
                self.kernel.set_state(&id, State::Deleted, now);
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }

    fn invitation(&self, token: &str, now: SystemTime) -> Option<Key> {
        self.kernel.find(INVITE, token).filter(|key| self.kernel.exists(*key, now))
    }

    fn list_teammates(&self, request: &Request) -> Response {
        let people = self.kernel.principals().iter();
        let people = people.filter(|p| p.kind == TEAMMATE && p.state() != State::Deleted);
        let people: Vec<Value> = people
            .map(|p| json!({"username": p.id, "email": p.login, "user_type": "teammate"}))
            .collect();
        Response::json(200, &json!({"result": cut(request, &people)}))
    }

    fn invite(&mut self, request: &Request, now: SystemTime) -> Response {
        let email = request.field("email").unwrap_or_default();
        let token = self.kernel.fresh("", 24, ALNUM);
        self.issue_invite(&token, &email, now);
        Response::json(201, &json!({"token": token, "email": email, "is_admin": false}))
    }

    pub(super) fn issue_invite(&mut self, token: &str, email: &str, now: SystemTime) -> Key {
        let invite = Credential::new(INVITE, token, token);
        self.kernel.issue(invite.with("email", email).expires(now + INVITE_LIFE), now)
    }

    pub(super) fn subusers(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let scope = match method {
            "GET" => "subusers.read",
            "DELETE" => "subusers.delete",
            _ => "subusers.update",
        };
        if let Err(refusal) = self.parent(request, scope, now) {
            return Some(Err(refusal));
        }
        let [name] = rest else {
            return (method, rest.len()).eq(&("GET", 0)).then(|| {
                let all = self.kernel.principals().iter();
                let all = all.filter(|p| p.kind == SUBUSER && p.state() != State::Deleted);
                let all: Vec<Value> = all
                    .map(|p| {
                        let disabled = p.state() != State::Active;
                        json!({"id": p.data.get("number"), "username": p.id, "disabled": disabled})
                    })
                    .collect();
                Ok(Response::json(200, &Value::Array(cut(request, &all))))
            });
        };
        let there = self.kernel.principal(name).filter(|p| p.kind == SUBUSER);
        if there.is_none_or(|p| p.state() == State::Deleted) {
            return Some(Err(not_found()));
        }
        Some(match method {
            "PATCH" => match request.json()["disabled"].as_bool() {
                Some(off) => {
                    let state = if off { State::Deactivated } else { State::Active };
                    self.kernel.set_state(name, state, now);
                    Ok(Response::empty(204))
                }
                None => Err(error(400, "disabled must be a boolean")),
            },
            "DELETE" => {
                self.kernel.set_state(name, State::Deleted, now);
                let own = |c: &Credential| c.kind == KEY && c.is_of(name);
                self.kernel.revoke_where(Cause::Deactivation, now, own);
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }
}
