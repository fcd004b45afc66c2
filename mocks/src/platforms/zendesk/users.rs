//! Users: who am I, listing, suspension, roles, deletion, search.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{self, forbidden, not_found, number, page, unprocessable};
use super::{ACCESS, ADMIN, Answer, CLIENT, USER, Zendesk};
use crate::http::{Request, Response};
use crate::identity::{Cause, Principal, State};
use crate::platforms::Wanted;
use crate::times::iso;

impl Zendesk {
    /// Everything below `/api/v2/users`; `None` where there is no such route.
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
            ("GET", ["me"]) => self.me(request, now),
            ("GET", ["search"]) => self.search_users(request, now),
            ("DELETE", ["destroy_many"]) => self.destroy_many(request, now),
            ("POST", ["logout_many"]) => self.logout_many(request, now),
            ("GET", ["me", "session"]) => self.own_session(request, now),
            ("GET", ["me", "session", "renew"]) => self.renew_session(request, now),
            ("DELETE", ["me", "logout"]) => self.logout(request, now),
            ("GET", [id]) => self.show_user(id, request, now),
            ("PUT", [id]) => self.update_user(id, request, now),
            ("DELETE", [id]) => self.delete_user(id, request, now),
            ("GET", [id, "sessions"]) => self.sessions_of(id, request, now),
            ("DELETE", [id, "sessions"]) => self.end_sessions(id, request, now),
            ("DELETE", [id, "sessions", session]) => self.end_session(id, session, request, now),
            ("POST", [id, "password"]) => self.set_password(id, request, now),
            ("PUT", [id, "password"]) => self.change_password(id, request, now),
            _ => return None,
        };
        Some(answer)
    }

    /// Everything below `/api/v2/deleted_users`.
    pub(super) fn deleted_users(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        match (method, rest) {
            ("GET", []) => Some(self.list_deleted(request, now)),
            ("DELETE", [id]) => Some(self.forget_user(id, request, now)),
            _ => None,
        }
    }

    /// Answers anonymous callers too: the status alone says nothing here.
    fn me(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        let user = caller.and_then(|caller| self.kernel.presented(&caller.user));
        let user = user.map_or_else(answers::anonymous, |user| answers::user(user, &request.base));
        Ok(Response::json(200, &json!({"user": user})))
    }

    fn list_users(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.agent(request, now)?;
        let roles = url::form_urlencoded::parse(request.query_text.as_bytes());
        let roles = roles.filter(|(name, _)| name == "role[]" || name == "role");
        let roles: Vec<String> = roles.map(|(_, role)| role.into_owned()).collect();
        let wanted = |user: &Principal| {
            roles.is_empty() || roles.iter().any(|role| role == user.text("role"))
        };
        Ok(page(request, "users", self.rendered(request, wanted)))
    }

    fn rendered(&self, request: &Request, wanted: impl Fn(&Principal) -> bool) -> Vec<Value> {
        let there = |p: &&Principal| p.kind == USER && p.state() != State::Deleted && wanted(p);
        let found = self.kernel.principals().iter().filter(there);
        found.map(|user| answers::user(user, &request.base)).collect()
    }

    fn create_user(&mut self, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?.user;
        let body = request.json();
        let asked = &body["user"];
        let Some(email) = asked["email"].as_str() else {
            return Err(unprocessable("email", "Email: cannot be blank"));
        };
        if self.kernel.by_login(USER, email).is_some() {
            return Err(unprocessable("email", "Email: is already being used by another user"));
        }
        let id = self.new_id();
        let role = asked["role"].as_str().unwrap_or("end-user");
        let mut user = Principal::new(USER, &id, email)
            .with("role", role)
            .with("created_at", iso(now))
            .with("updated_at", iso(now));
        asked["name"].as_str().unwrap_or(email).clone_into(&mut user.name);
        self.kernel.add(user);
        self.record(&actor, "create", "user", &id, now);
        self.user_body(&id, 201, request)
    }

    fn show_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let caller = self.user(request, now)?;
        if caller.user != id {
            self.agent(request, now)?;
        }
        self.user_body(id, 200, request)
    }

    fn user_body(&self, id: &str, status: u16, request: &Request) -> Answer {
        let user = self.kernel.principal(id).filter(|p| p.kind == USER).ok_or_else(not_found)?;
        let user = answers::user(user, &request.base);
        Ok(Response::json(status, &json!({"user": user})))
    }

    /// Suspends, un-suspends, changes role or name. Nothing is revoked by any of it: what a
    /// suspension hides is back when it is lifted.
    fn update_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?.user;
        self.living(id)?;
        let body = request.json();
        let asked = &body["user"];
        match asked["suspended"].as_bool() {
            Some(true) => self.kernel.set_state(id, State::Suspended, now),
            Some(false) => self.kernel.set_state(id, State::Active, now),
            None => {}
        }
        if let Some(user) = self.kernel.principal_mut(id) {
            if let Some(role) = asked["role"].as_str() {
                user.data.insert("role".into(), role.into());
            }
            if let Some(name) = asked["name"].as_str() {
                name.clone_into(&mut user.name);
            }
            user.data.insert("updated_at".into(), iso(now).into());
        }
        self.record(&actor, "update", "user", id, now);
        self.user_body(id, 200, request)
    }

    fn delete_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?.user;
        if actor == id {
            return Err(forbidden());
        }
        self.living(id)?;
        self.remove_user(id, &actor, now);
        let mut answer = self.user_body(id, 200, request)?;
        // A platform whose deletion does nothing still answers like one whose deletion works.
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        body["user"]["active"] = false.into();
        answer.body = body.to_string().into_bytes();
        Ok(answer)
    }

    /// Deletes a user with everything the user owned. API tokens and clients are the account's, and
    /// so is what a client mints without a user.
    pub(super) fn remove_user(&mut self, id: &str, actor: &str, now: SystemTime) {
        if self.living(id).is_err() {
            return;
        }
        self.kernel.set_state(id, State::Deleted, now);
        self.kernel.revoke_where(Cause::Deactivation, now, |c| {
            c.is_of(id) && !(c.kind == ACCESS && c.text("grant_type") == "client_credentials")
        });
        self.record(actor, "destroy", "user", id, now);
    }

    /// What a provisioning client does: an agent is suspended, the mask that everything of the account's
    /// own slips past; one who is gone is made anew, with nothing of the old one's.
    pub(super) fn provision_user(&mut self, login: &str, wanted: Wanted, now: SystemTime) {
        let known = self.kernel.by_login(USER, login).map(|user| user.id.clone());
        let (id, state, what) = match (known, wanted) {
            (Some(id), Wanted::Active) => (id, State::Active, "update"),
            (Some(id), Wanted::Inactive) => (id, State::Suspended, "update"),
            (None, Wanted::Active) => {
                let id = self.new_id();
                let user = Principal::new(USER, &id, login).with("role", "agent");
                let user = user.with("created_at", iso(now)).with("updated_at", iso(now));
                self.kernel.add(user);
                (id, State::Active, "create")
            }
            (None, Wanted::Inactive) => return,
        };
        self.kernel.set_state(&id, state, now);
        self.record(ADMIN, what, "user", &id, now);
    }

    /// Demands a user who has not been deleted.
    pub(super) fn living(&self, id: &str) -> Result<(), Response> {
        let user = self.kernel.principal(id).filter(|p| p.kind == USER);
        let living = user.is_some_and(|user| user.state() != State::Deleted);
        if living { Ok(()) } else { Err(not_found()) }
    }

    fn search_users(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.agent(request, now)?;
        let query = request.query("query").unwrap_or_default();
        let found = self.rendered(request, |user| matches(user, &query));
        Ok(page(request, "users", found))
    }

    /// The search over everything, which here is users only.
    pub(super) fn search(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.agent(request, now)?;
        let query = request.query("query").unwrap_or_default();
        let mut found = self.rendered(request, |user| matches(user, &query));
        for user in &mut found {
            user["result_type"] = "user".into();
        }
        Ok(page(request, "results", found))
    }

    fn list_deleted(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.agent(request, now)?;
        let deleted = |p: &&Principal| {
            p.kind == USER && p.state() == State::Deleted && p.text("forgotten").is_empty()
        };
        let deleted = self.kernel.principals().iter().filter(deleted);
        let deleted = deleted.map(|user| {
            json!({"id": number(&user.id), "name": user.name, "email": user.login, "active": false})
        });
        Ok(page(request, "deleted_users", deleted.collect()))
    }

    fn forget_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let user = self.kernel.principal_mut(id).filter(|p| p.state() == State::Deleted);
        let user = user.filter(|p| p.kind != CLIENT).ok_or_else(not_found)?;
        user.data.insert("forgotten".into(), "yes".into());
        let body = json!({"deleted_user": {"id": number(id), "active": false}});
        Ok(Response::json(200, &body))
    }
}

/// Reads a query such as `type:user email:*@acme.example`, or plain words found anywhere.
fn matches(user: &Principal, query: &str) -> bool {
    let hit = |word: &str| {
        let word = word.trim_matches('"').to_lowercase();
        let (login, name) = (user.login.to_lowercase(), user.name.to_lowercase());
        match word.split_once(':') {
            Some(("type", kind)) => kind == "user",
            Some(("email", pattern)) => match pattern.strip_prefix('*') {
                Some(tail) => login.ends_with(tail),
                None => login == pattern,
            },
            Some(("role", role)) => user.text("role") == role,
            Some(_) => false,
            None => login.contains(&word) || name.contains(&word),
        }
    };
    !query.trim().is_empty() && query.split_whitespace().all(hit)
}
