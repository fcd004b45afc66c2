//! The directory: users, and what an admin can do to one; the Reports API beside it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::api::{error, unauthenticated};
use super::{Answer, Google, REFRESH, USER};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, Principal, State};

impl Google {
    pub(super) fn directory(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let (method, segments) = (method.to_owned(), segments.clone());
        let known = matches!(
            segments.as_slice(),
            ["admin", "directory", "v1", "users", ..] | ["admin", "reports", "v1", "activity", ..]
        );
        if !known {
            return None;
        }
        if let Err(refusal) = self.admin(request, now) {
            return Some(Err(refusal));
        }
        match segments.as_slice() {
            ["admin", "reports", "v1", "activity", "users", who, "applications", application] => {
                (method == "GET").then(|| Ok(self.reports(request, who, application)))
            }
            ["admin", "directory", "v1", "users", rest @ ..] => {
                self.users(&method, rest, request, now)
            }
            _ => None,
        }
    }

    /// Demands a token with an administrator's scope.
    pub(super) fn admin(&self, request: &Request, now: SystemTime) -> Result<(), Response> {
        let key = self.bearer(request, now)?;
        let scope = &self.kernel.credential(key).scope;
        if scope.contains("admin.directory") {
            return Ok(());
        }
        Err(error(403, "PERMISSION_DENIED", "Not Authorized to access this resource/api"))
    }

    fn users(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let [given, rest @ ..] = rest else {
            return Some(match method {
                "GET" => Ok(self.list_users(request)),
                "POST" => self.create_user(request, now),
                _ => return None,
            });
        };
        let given = decode_segment(given);
        let deleted = rest == ["undelete"];
        let by_id = self.kernel.principal(&given).filter(|p| p.kind == USER);
        let by_id = by_id.filter(|p| (p.state() == State::Deleted) == deleted);
        let user = by_id.or_else(|| self.kernel.by_login(USER, &given));
        let Some(id) = user.map(|p| p.id.clone()) else {
            return Some(Err(error(404, "NOT_FOUND", "Resource Not Found: userKey")));
        };
        Some(match (method, rest) {
            ("GET", []) => Ok(self.user_body(&id)),
            ("PATCH" | "PUT", []) => Ok(self.update_user(&id, request, now)),
            ("DELETE", []) => {
                self.kernel.set_state(&id, State::Deleted, now);
                self.record_about(&id, "DELETE_USER", now);
                Ok(Response::empty(204))
            }
            ("POST", ["undelete"]) => {
                self.kernel.set_state(&id, State::Active, now);
                self.record_about(&id, "UNDELETE_USER", now);
                Ok(Response::empty(204))
            }
            ("POST", ["signOut"]) => {
                // Ends browser and device sessions, which have no probe here; no token cares.
                self.record_about(&id, "SIGN_OUT_USER", now);
                Ok(Response::empty(204))
            }
            _ => return self.personal(method, &id, rest, now),
        })
    }

    pub(super) fn record_about(&mut self, id: &str, name: &str, now: SystemTime) {
        let login = self.kernel.principal(id).map(|p| p.login.clone()).unwrap_or_default();
        self.record("admin", name, &login, now);
    }

    fn user_body(&self, id: &str) -> Response {
        let user = self.kernel.principal(id);
        user.map_or_else(unauthenticated, |user| Response::json(200, &user_json(user)))
    }

    fn list_users(&self, request: &Request) -> Response {
        let query = request.query("query").unwrap_or_default();
        let wanted = query
            .split_once(['=', ':'])
            .map(|(_, value)| value.trim_matches(['\'', '"', '*', ' ']).to_lowercase());
        let users = self.kernel.principals().iter();
        let users = users.filter(|p| p.kind == USER && p.state() != State::Deleted);
        let users = users.filter(|p| wanted.as_ref().is_none_or(|text| p.login.contains(text)));
        let users: Vec<Value> = users.map(user_json).collect();
        page(request, "admin#directory#users", "users", &users)
    }

    fn create_user(&mut self, request: &Request, now: SystemTime) -> Answer {
        let email = request.field("primaryEmail").unwrap_or_default();
        if email.is_empty() || self.kernel.by_login(USER, &email).is_some() {
            return Err(error(409, "ALREADY_EXISTS", "Entity already exists."));
        }
        let id = format!("1{:020}", 50_000 + self.kernel.next_number());
        self.kernel.add(Principal::new(USER, &id, &email));
        self.record_about(&id, "CREATE_USER", now);
        Ok(self.user_body(&id))
    }

    fn update_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Response {
        let body = request.json();
        match body["suspended"].as_bool() {
            Some(true) => {
                self.kernel.set_state(id, State::Suspended, now);
                self.record_about(id, "SUSPEND_USER", now);
            }
            Some(false) => {
                self.kernel.set_state(id, State::Active, now);
                self.record_about(id, "UNSUSPEND_USER", now);
            }
            None => {}
        }
        if body["password"].is_string() {
            // Only grants for certain products go with the password: those for mail.
            let mail = |c: &Credential| {
                c.is_of(id)
                    && (c.kind == REFRESH || c.kind == super::ACCESS)
                    && c.scope.contains("mail")
            };
            self.kernel.revoke_where(Cause::Action, now, mail);
            self.record_about(id, "CHANGE_PASSWORD", now);
        }
        self.user_body(id)
    }

    fn reports(&self, request: &Request, who: &str, application: &str) -> Response {
        let who = decode_segment(who);
        let email = self.kernel.principal(&who).map_or(who.as_str(), |p| p.login.as_str());
        let events = self.events.iter().rev().filter(|event| {
            let about = &event["events"][0]["parameters"][0]["value"];
            event["id"]["applicationName"] == application && (email == "all" || about == email)
        });
        let events: Vec<Value> = events.cloned().collect();
        page(request, "admin#reports#activities", "items", &events)
    }
}

fn user_json(user: &Principal) -> Value {
    json!({
        "kind": "admin#directory#user", "id": user.id, "primaryEmail": user.login,
        "name": {"givenName": user.name, "fullName": user.name},
        "suspended": user.state() == State::Suspended, "isAdmin": user.text("role") == "admin",
        "isEnrolledIn2Sv": !user.text("second_factor").is_empty(), "archived": false,
    })
}

/// Cuts a listing into pages; three without `maxResults`, so that a client which ignores the page
/// token misses something even in this small population.
pub(super) fn page(request: &Request, kind: &str, field: &str, items: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
    let size = number("maxResults").unwrap_or(3).max(1);
    let start = request.query("pageToken").and_then(|t| t.strip_prefix("p-")?.parse().ok());
    let start: usize = start.unwrap_or(0).min(items.len());
    let end = (start + size).min(items.len());
    let mut body = json!({"kind": kind, (field): items[start..end]});
    if end < items.len() {
        body["nextPageToken"] = json!(format!("p-{end}"));
    }
    Response::json(200, &body)
}
