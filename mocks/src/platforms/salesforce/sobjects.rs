//! The data API: records read, users made, deactivated, frozen and given passwords.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::Caller;
use super::answers::{error, insufficient, not_found};
use super::{
    ACCESS, Answer, ENTITY_ACCESS, JWT, JWT_DELAY, PASSWORD, SECURITY_TOKEN, SESSION, Salesforce,
    USER, USER_LOGIN, query, rows,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE, INACTIVE, Principal, State};
use crate::population::ALNUM;
use crate::times::iso;

impl Salesforce {
    /// Everything below `/services/data`; `None` where there is no such route.
    pub(super) fn data(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let (version, rest) = match rest {
            // Readable by anybody, which is why it proves nothing about a token.
            [] => return (method == "GET").then(|| Ok(versions())),
            [version, "tooling", rest @ ..] => (*version, rest),
            [version, rest @ ..] => (*version, rest),
        };
        let known = matches!(
            (method, rest),
            (
                "GET",
                [] | ["limits" | "query" | "queryAll" | "sobjects"] | ["query" | "queryAll", _]
            ) | ("POST", ["sobjects", "User"])
                | ("GET" | "PATCH" | "DELETE", ["sobjects", _, _])
                | ("GET" | "POST" | "DELETE", ["sobjects", "User", _, "password"])
        );
        if !known {
            return None;
        }
        let caller = match self.api(request, now) {
            Ok(caller) => caller,
            Err(refusal) => return Some(Err(refusal)),
        };
        let answer = match (method, rest) {
            (_, []) => Ok(resources(version)),
            (_, ["limits"]) => Ok(self.limits()),
            (_, ["query" | "queryAll"]) => self.query(&caller, version, request, now),
            (_, ["query" | "queryAll", locator]) => self.next_records(locator, version, request),
            ("POST", ["sobjects", _]) => self.create_user(&caller, request, now),
            (_, ["sobjects"]) => Ok(objects()),
            ("GET", ["sobjects", object, id]) => self.record_of(&caller, object, id, version, now),
            ("PATCH", ["sobjects", object, id]) => {
                self.update(&caller, object, id, &request.json(), now)
            }
            ("DELETE", ["sobjects", object, id]) => self.delete(&caller, object, id, now),
            (_, ["sobjects", _, id, _]) => self.password(&caller, id, request, now),
            _ => return None,
        };
        let usage = format!("api-usage={}/100000", self.calls);
        Some(answer.map(|answer| answer.with("Sforce-Limit-Info", &usage)))
    }

    fn limits(&self) -> Response {
        let left = 100_000_u64.saturating_sub(self.calls);
        let body = json!({
            "DailyApiRequests": {"Max": 100_000, "Remaining": left},
            "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
        });
        Response::json(200, &body)
    }

    fn record_of(
        &self,
        caller: &Caller,
        object: &str,
        id: &str,
        version: &str,
        now: SystemTime,
    ) -> Answer {
        let (object, fields) = rows::schema(object).ok_or_else(not_found)?;
        let rows = self.rows(object, caller, now)?;
        let wanted = id.get(..15).ok_or_else(not_found)?;
        let fits = |row: &&Value| row["Id"].as_str().is_some_and(|id| id.starts_with(wanted));
        let row = rows.iter().find(fits).ok_or_else(not_found)?;
        Ok(Response::json(200, &query::project(row, object, fields, version)))
    }

    /// Makes a user, as an administrator who has a licence left.
    fn create_user(&mut self, caller: &Caller, request: &Request, now: SystemTime) -> Answer {
        self.demand(caller)?;
        let body = request.json();
        let (Some(username), Some(_)) = (body["Username"].as_str(), body["LastName"].as_str())
        else {
            let why = "Required fields are missing: [Username, LastName]";
            return Err(error(400, "REQUIRED_FIELD_MISSING", why));
        };
        if self.user_named(username).is_some() {
            return Err(error(400, "DUPLICATE_USERNAME", "Duplicate Username."));
        }
        let email = body["Email"].as_str().unwrap_or(username).to_owned();
        let id = self.add_user(username, &email, now);
        self.record(&caller.user, "createduser", username, now);
        Ok(Response::json(201, &json!({"id": id, "success": true, "errors": []})))
    }

    /// Adds an ordinary user with the record its freeze is written on.
    pub(super) fn add_user(&mut self, username: &str, email: &str, now: SystemTime) -> String {
        let (id, login) = (self.new_id("005"), self.new_id("0Yw"));
        let user = Principal::new(USER, &id, username)
            .with("type", "Standard")
            .with("profile", "standard")
            .with("email", email)
            .with("created", iso(now));
        self.kernel.add(user);
        self.kernel.add(Principal::new(USER_LOGIN, &login, &id));
        id
    }

    fn demand(&self, caller: &Caller) -> Result<(), Response> {
        if self.is_manager(caller) { Ok(()) } else { Err(insufficient()) }
    }

    fn update(
        &mut self,
        caller: &Caller,
        object: &str,
        id: &str,
        body: &Value,
        now: SystemTime,
    ) -> Answer {
        self.demand(caller)?;
        match object {
            "User" => {
                let user = self.object(USER, id).ok_or_else(not_found)?.id.clone();
                self.update_user(&user, body, now)?;
                self.record(&caller.user, "changeduser", &user, now);
            }
            "UserLogin" => {
                let login = self.object(USER_LOGIN, id).ok_or_else(not_found)?;
                let (login, user) = (login.id.clone(), login.login.clone());
                match body["IsFrozen"].as_bool() {
                    // Only new logins ask for this: an open session is not promised to end.
                    Some(true) => self.kernel.set_state(&login, State::Suspended, now),
                    Some(false) => self.kernel.set_state(&login, State::Active, now),
                    None => {}
                }
                if body["IsPasswordLocked"] == false {
                    self.failures.remove(&user);
                }
                self.record(&caller.user, "frozeuser", &user, now);
            }
            _ => return Err(error(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")),
        }
        Ok(Response::empty(204))
    }

    fn update_user(&mut self, id: &str, body: &Value, now: SystemTime) -> Result<(), Response> {
        match body["IsActive"].as_bool() {
            Some(false) => self.deactivate(id, now)?,
            Some(true) => self.kernel.set_state(id, State::Active, now),
            None => {}
        }
        let user = self.kernel.principal_mut(id).ok_or_else(not_found)?;
        if let Some(profile) = body["ProfileId"].as_str() {
            user.data.insert("profile".into(), profile.into());
        }
        if let Some(email) = body["Email"].as_str() {
            user.data.insert("email".into(), email.into());
        }
        if let Some(username) = body["Username"].as_str() {
            username.clone_into(&mut user.login);
        }
        Ok(())
    }

    /// Deactivates: hides what the user has, ends its JWT access tokens late, deletes no approval.
    /// A user the org relies on is refused, which is why teams freeze instead; the code of that
    /// refusal is unconfirmed.
    pub(super) fn deactivate(&mut self, id: &str, now: SystemTime) -> Result<(), Response> {
        if self.kernel.principal(id).is_some_and(|user| user.text("default_owner") == "yes") {
            let why = "This user is the default case owner and cannot be deactivated.";
            return Err(error(400, "FIELD_INTEGRITY_EXCEPTION", why));
        }
        self.kernel.set_state(id, State::Deactivated, now);
        for key in self.kernel.kept_where(now, |c| c.kind == JWT && c.is_of(id)) {
            self.kernel.revoke_later(key, Cause::Deactivation, now, JWT_DELAY);
        }
        Ok(())
    }

    fn delete(&mut self, caller: &Caller, object: &str, id: &str, now: SystemTime) -> Answer {
        self.demand(caller)?;
        match object {
            "AuthSession" => {
                let kinds = [SESSION, ACCESS, JWT];
                let fits = |c: &Credential| {
                    kinds.contains(&c.kind) && id.len() >= 15 && c.id.starts_with(&id[..15])
                };
                let keys = self.kernel.kept_where(now, fits);
                let key = *keys.first().ok_or_else(not_found)?;
                // The row goes; a JWT goes on until its propagation is through.
                let wait = if self.kernel.credential(key).kind == JWT { JWT_DELAY } else { ZERO };
                self.kernel.revoke_later(key, Cause::Action, now, wait);
            }
            "SetupEntityAccess" => {
                let access = self.object(ENTITY_ACCESS, id).ok_or_else(not_found)?.id.clone();
                self.kernel.set_state(&access, State::Deleted, now);
            }
            // Users are never deleted; the exact code of the refusal is unconfirmed.
            _ => {
                let why = "entity type cannot be deleted";
                return Err(error(403, "INSUFFICIENT_ACCESS_OR_READONLY", why));
            }
        }
        self.record(&caller.user, "deleted", object, now);
        Ok(Response::empty(204))
    }

    /// Reads, sets or generates a password. The security token changes with it and is mailed, so no
    /// variable holds the new one; OAuth and open sessions do not notice.
    fn password(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let user = self.object(USER, id).ok_or_else(not_found)?.id.clone();
        if user != caller.user {
            self.demand(caller)?;
        }
        match request.method.as_str() {
            "GET" => Ok(Response::json(200, &json!({"isExpired": false}))),
            "POST" => {
                let password = request.field("NewPassword").filter(|p| p.len() >= 8);
                let weak = || {
                    let why = "Your password must be at least 8 characters long.";
                    error(400, "INVALID_NEW_PASSWORD", why)
                };
                self.put_password(&user, &password.ok_or_else(weak)?, now);
                Ok(Response::empty(204))
            }
            _ => {
                let password = self.kernel.fresh("", 16, ALNUM);
                self.put_password(&user, &password, now);
                Ok(Response::json(200, &json!({"NewPassword": password})))
            }
        }
    }

    fn put_password(&mut self, user: &str, password: &str, now: SystemTime) {
        let had = self.kernel.kept_where(now, |c| c.kind == PASSWORD && c.is_of(user));
        if had.is_empty() {
            self.first_password(user, password, now);
            return;
        }
        self.kernel.replace_secret(PASSWORD, user, password, now);
        let token = self.kernel.fresh("", 24, ALNUM);
        self.kernel.replace_secret(SECURITY_TOKEN, user, &token, now);
        if let Some(user) = self.kernel.principal_mut(user) {
            user.data.insert("password_changed".into(), iso(now).into());
        }
    }

    fn first_password(&mut self, user: &str, password: &str, now: SystemTime) {
        let mut logins = self.kernel.principals().iter().filter(|p| p.kind == USER_LOGIN);
        let login = logins.find(|login| login.login == user).map(|login| login.id.clone());
        let token = self.kernel.fresh("", 24, ALNUM);
        self.issue_password(user, &login.unwrap_or_default(), password, &token, now);
    }

    /// Issues a password, hidden by deactivation and by a freeze, with its security token.
    pub(super) fn issue_password(
        &mut self,
        user: &str,
        login: &str,
        password: &str,
        token: &str,
        now: SystemTime,
    ) {
        let password = Credential::new(PASSWORD, user, password).of(user);
        let password = password.hidden_by(user, INACTIVE).hidden_by(login, INACTIVE);
        self.kernel.issue(password, now);
        self.kernel.issue(Credential::new(SECURITY_TOKEN, user, token).of(user), now);
    }

    /// Lets a user's session outlive nothing but deactivation; used by the seed as well.
    pub(super) fn seeded_session(
        &mut self,
        (id, secret): (&str, &str),
        user: &str,
        now: SystemTime,
    ) -> Credential {
        Credential::new(SESSION, id, secret)
            .of(user)
            .with("type", "UI")
            .expires(now + super::IDLE)
            .hidden_by(user, GONE)
    }
}

const ZERO: std::time::Duration = std::time::Duration::ZERO;

fn versions() -> Response {
    let version = json!({"label": "Mock '60", "url": "/services/data/v60.0", "version": "60.0"});
    Response::json(200, &json!([version]))
}

fn resources(version: &str) -> Response {
    let url = |name: &str| format!("/services/data/{version}/{name}");
    let body = json!({
        "limits": url("limits"), "query": url("query"), "sobjects": url("sobjects"),
        "tooling": url("tooling"),
    });
    Response::json(200, &body)
}

fn objects() -> Response {
    let names = rows::names();
    let list: Vec<Value> =
        names.iter().map(|name| json!({"name": name, "queryable": true})).collect();
    Response::json(200, &json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": list}))
}
