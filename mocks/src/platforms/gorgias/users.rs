//! Users: listed, made, changed, deleted.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::api::page;
use super::{ADMIN, API_KEY, Answer, Gorgias, USER, error, forbidden, not_found, unauthorized};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Principal, State};

impl Gorgias {
    /// Everything below `/api/users`; `None` where there is no such route.
    pub(super) fn users(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let answer = match (method, rest) {
            ("GET", []) => self.list_users(request, now),
            ("POST", []) => self.create_user(request, now),
            // Zero is the caller; unconfirmed, and the only who-am-I that names a user.
            ("GET", ["0"]) => self.myself(request, now),
            ("GET", [id]) => self.show_user(id, request, now),
            ("PUT", [id]) => self.update_user(id, request, now),
            ("DELETE", [id]) => self.delete_user(id, request, now),
            _ => return None,
        };
        Some(answer)
    }

    fn myself(&self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?.user.ok_or_else(not_found)?;
        let user = self.kernel.presented(&caller).ok_or_else(unauthorized)?;
        Ok(Response::json(200, &render(user)))
    }

    fn list_users(&self, request: &Request, now: SystemTime) -> Answer {
        self.reader(request, now)?;
        let there = |p: &&Principal| p.kind == USER && p.state() != State::Deleted;
        let all: Vec<Value> = self.kernel.principals().iter().filter(there).map(render).collect();
        Ok(page(request, &all))
    }

    fn known(&self, id: &str) -> Result<&Principal, Response> {
        let user = self.kernel.principal(id).filter(|p| p.kind == USER);
        user.filter(|p| p.state() != State::Deleted).ok_or_else(not_found)
    }

    fn show_user(&self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.reader(request, now)?;
        Ok(Response::json(200, &render(self.known(id)?)))
    }

    fn create_user(&mut self, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?;
        let body = request.json();
        let email = body["email"].as_str().ok_or_else(|| error(400, "email is required"))?;
        if self.kernel.by_login(USER, email).is_some() {
            return Err(error(400, "email is already used"));
        }
        let id = (10_000 + self.kernel.next_number()).to_string();
        let role = body["role"]["name"].as_str().unwrap_or("agent");
        self.kernel.add(Principal::new(USER, &id, email).with("role", role));
        self.record("user-created", "User", &id, &actor, now);
        Ok(Response::json(201, &render(self.known(&id)?)))
    }

    /// Changes role, address or activity. The key stays what it was, with the rights left.
    fn update_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?;
        self.known(id)?;
        let body = request.json();
        match body["active"].as_bool() {
            Some(true) => self.kernel.set_state(id, State::Active, now),
            Some(false) => self.kernel.set_state(id, State::Deactivated, now),
            None => {}
        }
        let user = self.kernel.principal_mut(id).ok_or_else(not_found)?;
        if let Some(role) = body["role"]["name"].as_str() {
            user.data.insert("role".into(), role.into());
        }
        if let Some(email) = body["email"].as_str() {
            email.clone_into(&mut user.login);
        }
        self.record("user-updated", "User", id, &actor, now);
        Ok(Response::json(200, &render(self.known(id)?)))
    }

    /// Deletes a user with the login and the key. What the user set up is the account's.
    fn delete_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?;
        self.known(id)?;
        if id == ADMIN {
            return Err(forbidden());
        }
        self.kernel.set_state(id, State::Deleted, now);
        let key = |c: &Credential| c.kind == API_KEY && c.is_of(id);
        self.kernel.revoke_where(Cause::Deactivation, now, key);
        self.record("user-deleted", "User", id, &actor, now);
        Ok(Response::empty(204))
    }
}

fn render(user: &Principal) -> Value {
    json!({
        "id": user.id.parse::<u64>().ok(),
        "email": user.login,
        "name": user.name,
        "active": user.state() == State::Active,
        "role": {"name": user.text("role")},
    })
}
