//! The Table API's writing half: what ends, hides or makes something.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::Caller;
use super::sessions::lock_of;
use super::{
    ACCESS, API_KEY, Answer, CLIENT_SECRET, ENTITY, LOCK, PASSWORD, REFRESH, ROLE, ServiceNow,
    USER, error, not_found,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Principal, State};
use crate::population::{HEX, URL_SAFE};

impl ServiceNow {
    /// POST, PATCH, PUT, DELETE.
    pub(super) fn write(
        &mut self,
        method: &str,
        table: &str,
        id: Option<&str>,
        caller: &Caller,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let role = match table {
            "sys_user" | "sys_user_has_role" => "user_admin",
            "api_key" => "api_service_admin",
            _ => "oauth_admin",
        };
        if !self.has_role(&caller.user, role, now) {
            return Err(error(
                403,
                "Operation Failed",
                Some("ACL Exception Update Failed due to security constraints"),
            ));
        }
        let body = request.json();
        match (method, table, id) {
            ("POST", _, None) => self.insert(table, &body, caller, now),
            ("PATCH" | "PUT", "sys_user", Some(id)) => {
                self.update_user(id, &body, now)?;
                self.shown(table, id, caller, 200, now)
            }
            ("PATCH" | "PUT", "oauth_entity", Some(id)) => {
                self.update_entity(id, &body, now)?;
                self.shown(table, id, caller, 200, now)
            }
            ("PATCH" | "PUT", "api_key", Some(id)) => {
                let key = self.kernel.find(API_KEY, id).ok_or_else(not_found)?;
                if let Some(on) = flag(&body["active"]) {
                    self.kernel.set_enabled(key, on, now);
                }
                self.shown(table, id, caller, 200, now)
            }
            ("DELETE", _, Some(id)) => self.delete(table, id, now),
            _ => Err(error(405, "Method not supported", None)),
        }
    }

    fn shown(
        &self,
        table: &str,
        id: &str,
        caller: &Caller,
        status: u16,
        now: SystemTime,
    ) -> Answer {
        let rows = self.rows(table, caller, now);
        let row = rows.into_iter().find(|row| row["sys_id"] == *id).unwrap_or_default();
        Ok(Response::json(status, &json!({"result": row})))
    }

    /// Changes a user. `active` drags `locked_out` along, as the default business rule has it.
    fn update_user(&mut self, id: &str, body: &Value, now: SystemTime) -> Result<(), Response> {
        self.kernel.principal(id).filter(|p| p.kind == USER).ok_or_else(not_found)?;
        if let Some(active) = flag(&body["active"]) {
            let only_active = self.property("glide.authenticate.only.allow.active.user.login");
            let state = if active { State::Active } else { State::Deactivated };
            self.kernel.set_state(id, state, now);
            if only_active {
                self.lock_out(id, !active, now);
            }
        }
        if let Some(locked) = flag(&body["locked_out"]) {
            self.lock_out(id, locked, now);
            if !locked {
                self.failures.remove(id);
            }
        }
        if let Some(password) = body["user_password"].as_str() {
            self.put_password(id, password, now);
        }
        let user = self.kernel.principal_mut(id).ok_or_else(not_found)?;
        for name in ["password_needs_reset", "web_service_access_only"] {
            if let Some(on) = flag(&body[name]) {
                user.data.insert(name.into(), on.to_string().into());
            }
        }
        Ok(())
    }

    /// Changes a password; tokens, keys, sessions and cookies are not told.
    fn put_password(&mut self, user: &str, password: &str, now: SystemTime) {
        let had = self.kernel.kept_where(now, |c| c.kind == PASSWORD && c.is_of(user));
        if had.is_empty() {
            self.issue_password(user, password, now);
        } else {
            self.kernel.replace_secret(PASSWORD, user, password, now);
        }
    }

    /// Issues a password. Inactivity alone hides it only while the instance is told to ask for it.
    pub(super) fn issue_password(&mut self, user: &str, password: &str, now: SystemTime) {
        let password = Credential::new(PASSWORD, user, password).of(user);
        self.kernel.issue(password.hidden_by(&lock_of(user), INACTIVE), now);
    }

    /// Stops new grants of a client. Tokens that are out stay: unconfirmed, the worse case.
    fn update_entity(&mut self, id: &str, body: &Value, now: SystemTime) -> Result<(), Response> {
        self.kernel.principal(id).filter(|p| p.kind == ENTITY).ok_or_else(not_found)?;
        if let Some(active) = flag(&body["active"]) {
            let state = if active { State::Active } else { State::Deactivated };
            self.kernel.set_state(id, state, now);
        }
        if let Some(secret) = body["client_secret"].as_str() {
            self.kernel.replace_secret(CLIENT_SECRET, id, secret, now);
        }
        Ok(())
    }

    fn delete(&mut self, table: &str, id: &str, now: SystemTime) -> Answer {
        let kinds: &[&str] = match table {
            "oauth_credential" => &[ACCESS, REFRESH],
            "api_key" => &[API_KEY],
            _ => &[],
        };
        for kind in kinds {
            let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
            if let Some(key) = key {
                self.kernel.revoke(key, Cause::Action, now);
                return Ok(Response::empty(204));
            }
        }
        let wanted = match table {
            "sys_user" => USER,
            "oauth_entity" => ENTITY,
            "sys_user_has_role" => ROLE,
            _ => return Err(not_found()),
        };
        let there = self.kernel.principal(id).filter(|p| p.kind == wanted);
        there.filter(|p| p.state() != State::Deleted).ok_or_else(not_found)?;
        self.kernel.set_state(id, State::Deleted, now);
        if wanted == USER {
            self.lock_out(id, true, now);
            self.kernel.revoke_where(Cause::Deactivation, now, |c| c.is_of(id));
        }
        Ok(Response::empty(204))
    }

    fn insert(&mut self, table: &str, body: &Value, caller: &Caller, now: SystemTime) -> Answer {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let id = self.new_sys_id();
        let mut fresh = None;
        match table {
            "sys_user" => {
                let name = text("user_name");
                if name.is_empty() || self.kernel.by_login(USER, &name).is_some() {
                    let why = "Operation against file 'sys_user' was aborted";
                    return Err(error(403, "Operation Failed", Some(why)));
                }
                self.add_user(&id, Principal::new(USER, &id, &name));
                if let Some(password) = body["user_password"].as_str() {
                    self.issue_password(&id, password, now);
                }
            }
            "oauth_entity" => {
                let client = self.kernel.fresh("", 32, HEX);
                let secret = body["client_secret"].as_str().map(str::to_owned);
                let secret = secret.unwrap_or_else(|| self.kernel.fresh("", 32, URL_SAFE));
                let mut entity = Principal::new(ENTITY, &id, &client).with("user", text("user"));
                entity.name = text("name");
                self.kernel.add(entity);
                self.kernel.issue(Credential::new(CLIENT_SECRET, &id, &secret).of(&id), now);
                fresh = Some(("client_secret", secret));
            }
            "api_key" => {
                let secret = self.kernel.fresh("now_", 80, URL_SAFE);
                let key = Credential::new(API_KEY, &id, &secret).of(&text("user"));
                self.kernel.issue(key.with("name", text("name")), now);
                fresh = Some(("token", secret));
            }
            "sys_user_has_role" => {
                let mut role = Principal::new(ROLE, &id, &text("user"));
                role.name = text("role");
                self.kernel.add(role);
            }
            _ => return Err(error(405, "Method not supported", None)),
        }
        let mut answer = self.shown(table, &id, caller, 201, now)?;
        if let Some((name, secret)) = fresh {
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            body["result"][name] = secret.into();
            answer.body = body.to_string().into_bytes();
        }
        Ok(answer)
    }

    /// Adds a user with the lock and the role that an ordinary one has.
    pub(super) fn add_user(&mut self, id: &str, user: Principal) {
        let supplier = user.supplier;
        self.kernel.add(user);
        let mut lock = Principal::new(LOCK, &lock_of(id), id);
        lock.supplier = supplier;
        self.kernel.add(lock);
        let mut role = Principal::new(ROLE, &format!("role-{id}"), id);
        "itil".clone_into(&mut role.name);
        role.supplier = supplier;
        self.kernel.add(role);
    }
}

fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}
