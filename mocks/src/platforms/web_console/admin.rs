//! What administrators do, by an API of their own; whoever resets anything shows a step-up with it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{SESSION, TOKEN, USER, WebConsole};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, State};
use crate::population::HEX;

pub(super) fn invalid_token() -> Response {
    Response::json(401, &json!({"error": "invalid_token"}))
}

fn not_found() -> Response {
    Response::json(404, &json!({"error": "not_found"}))
}

impl WebConsole {
    pub(super) fn administrate(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Response> {
        if request.bearer() != Some(&self.admin) {
            return Some(invalid_token());
        }
        let sensitive = matches!(
            (method, rest),
            ("PUT", ["users", _, "password" | "recovery"]) | ("DELETE", ["users", _, "mfa"])
        );
        if sensitive && request.header("x-step-up") != Some(&self.step_up) {
            return Some(Response::json(403, &json!({"error": "step_up_required"})));
        }
        let id = match rest {
            ["users", id, ..] => (*id).to_owned(),
            _ => String::new(),
        };
        if !id.is_empty()
            && !self.kernel.principal(&id).is_some_and(|p| p.state() != State::Deleted)
        {
            return Some(not_found());
        }
        let done = || Response::empty(204);
        Some(match (method, rest) {
            ("GET", ["users"]) => self.users(),
            ("GET", ["tokens"]) => self.tokens(now),
            ("PATCH", ["users", _]) => {
                let wanted = match request.json()["active"].as_bool() {
                    Some(true) => State::Active,
                    Some(false) | None => State::Deactivated,
                };
                self.kernel.set_state(&id, wanted, now);
                done()
            }
            ("DELETE", ["users", _]) => {
                self.kernel.set_state(&id, State::Deleted, now);
                done()
            }
            ("PUT", ["users", _, "password"]) => {
                let wanted = request.json();
                self.set_password(&id, wanted["password"].as_str().unwrap_or_default(), now);
                self.set(&id, "must_change", wanted["must_change"].as_bool().unwrap_or_default());
                done()
            }
            ("PUT", ["users", _, "recovery"]) => {
                let wanted = request.json()["address"].as_str().unwrap_or_default().to_owned();
                self.set(&id, "recovery", wanted);
                done()
            }
            ("DELETE", ["users", _, "mfa"]) => {
                if let Some(user) = self.kernel.principal_mut(&id) {
                    user.data.remove("seed");
                }
                done()
            }
            ("DELETE", ["users", _, "sessions"]) => {
                let hit = |c: &Credential| c.kind == SESSION && c.is_of(&id);
                self.kernel.revoke_where(Cause::Action, now, hit);
                done()
            }
            ("POST", ["users", _, "reset-link"]) => {
                let value = self.kernel.fresh("", 40, HEX);
                self.link(&id, &value, now);
                Response::json(201, &json!({"link": value}))
            }
            ("DELETE", ["tokens", token]) => {
                match self.kernel.find(TOKEN, token).filter(|key| self.kernel.exists(*key, now)) {
                    Some(key) => {
                        self.kernel.revoke(key, Cause::Action, now);
                        done()
                    }
                    None => not_found(),
                }
            }
            _ => return None,
        })
    }

    fn set(&mut self, user: &str, name: &str, value: impl Into<Value>) {
        if let Some(user) = self.kernel.principal_mut(user) {
            user.data.insert(name.to_owned(), value.into());
        }
    }

    fn users(&self) -> Response {
        let there = self.kernel.principals().iter().filter(|p| p.kind == USER);
        let users: Vec<Value> = there
            .filter(|p| p.state() != State::Deleted)
            .map(|p| {
                json!({
                    "id": p.id, "user": p.login, "active": p.state() == State::Active,
                    "second_factor": !p.text("seed").is_empty(), "recovery": p.text("recovery"),
                })
            })
            .collect();
        Response::json(200, &json!({"users": users}))
    }

    fn tokens(&self, now: SystemTime) -> Response {
        let kept = self.kernel.kept(TOKEN, now).into_iter().map(|key| self.kernel.credential(key));
        let all: Vec<Value> = kept.map(|c| json!({"id": c.id, "user": c.principal})).collect();
        Response::json(200, &json!({"tokens": all}))
    }
}
