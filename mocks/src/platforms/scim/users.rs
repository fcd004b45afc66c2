//! `/Users`: directory state, and nothing of anybody's secrets but the password.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{error, json as scim_json, list};
use super::patch::{Change, changes};
use super::{API_TOKEN, Answer, GROUP, OAUTH, PASSWORD, SESSION, Target, USER, gone, meta};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Credential, INACTIVE, Principal, State};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

impl Target {
    pub(super) fn users(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let [id] = rest else {
            return Some(match (method, rest) {
                ("GET", []) => Ok(self.list_users(request)),
                ("POST", []) => self.create_user(request, now),
                _ => return None,
            });
        };
        let id = decode_segment(id);
        let there = |p: &&Principal| p.kind == USER && p.state() != State::Deleted;
        if self.kernel.principal(&id).filter(there).is_none() {
            return Some(Err(gone(&id)));
        }
        Some(match method {
            "GET" => Ok(self.user_body(&id, 200, request)),
            "PATCH" | "PUT" => {
                let found = changes(method, &request.json(), self.knobs.understands_text);
                match found {
                    Ok(found) => {
                        self.apply(&id, found, now);
                        Ok(self.user_body(&id, 200, request))
                    }
                    Err(why) => Err(error(400, Some("invalidSyntax"), why)),
                }
            }
            "DELETE" => {
                self.kernel.set_state(&id, State::Deleted, now);
                if self.knobs.delete_ends_all {
                    self.end_all(&id, &[SESSION, API_TOKEN, OAUTH, PASSWORD], now);
                }
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }

    fn apply(&mut self, id: &str, found: Vec<Change>, now: SystemTime) {
        for change in found {
            match change {
                Change::Active(true) => self.kernel.set_state(id, State::Active, now),
                Change::Active(false) => self.deactivate(id, now),
                Change::Password(fresh) => self.set_password(id, &fresh, now),
                Change::Name(name) => {
                    if let Some(user) = self.kernel.principal_mut(id) {
                        user.name = name;
                    }
                }
            }
        }
    }

    fn set_password(&mut self, id: &str, fresh: &str, now: SystemTime) {
        let held = |c: &Credential| c.kind == PASSWORD && c.is_of(id);
        if self.kernel.kept_where(now, held).is_empty() {
            let password = Credential::new(PASSWORD, id, fresh).of(id).hidden_by(id, INACTIVE);
            self.kernel.issue(password, now);
        } else {
            self.kernel.replace_secret(PASSWORD, id, fresh, now);
        }
    }

    /// Lists users, deactivated ones too. Filters: an attribute `eq` a value, or an address `ew` one.
    fn list_users(&self, request: &Request) -> Response {
        let filter = request.query("filter").unwrap_or_default();
        let quoted = filter.rsplit('"').nth(1).unwrap_or_default().to_lowercase();
        let wanted = |p: &&Principal| match filter.split(' ').next().unwrap_or_default() {
            "" => true,
            "active" => filter.ends_with(&(p.state() == State::Active).to_string()),
            "externalId" => p.text("external").eq_ignore_ascii_case(&quoted),
            "id" => p.id.eq_ignore_ascii_case(&quoted),
            _ if filter.contains(" ew ") => p.login.ends_with(&quoted),
            _ => p.login.eq_ignore_ascii_case(&quoted),
        };
        let users = self.kernel.principals().iter();
        let users = users.filter(|p| p.kind == USER && p.state() != State::Deleted);
        let users: Vec<Value> =
            users.filter(wanted).map(|p| self.user_json(p, &request.base)).collect();
        list(request, &users)
    }

    /// Creates a user. One of the same name that was deleted wakes up with the secrets it had.
    fn create_user(&mut self, request: &Request, now: SystemTime) -> Answer {
        let body = request.json();
        let login = body["userName"].as_str().unwrap_or_default().to_owned();
        if login.is_empty() {
            return Err(error(400, Some("invalidValue"), "userName is required"));
        }
        if self.kernel.by_login(USER, &login).is_some() {
            return Err(error(409, Some("uniqueness"), "userName is taken"));
        }
        let slept = |p: &&Principal| p.kind == USER && p.login.eq_ignore_ascii_case(&login);
        let slept = self.kernel.principals().iter().find(slept).map(|p| p.id.clone());
        let id = match slept {
            Some(id) => {
                self.kernel.set_state(&id, State::Active, now);
                id
            }
            None => {
                let id = format!("user-{}", self.kernel.next_number());
                let external = body["externalId"].as_str().unwrap_or_default();
                self.kernel.add(Principal::new(USER, &id, &login).with("external", external));
                id
            }
        };
        if let Some(password) = body["password"].as_str() {
            self.set_password(&id, password, now);
        }
        if body["active"] == json!(false) {
            self.deactivate(&id, now);
        }
        let place = format!("{}/scim/v2/Users/{id}", request.base);
        Ok(self.user_body(&id, 201, request).with("Location", &place))
    }

    fn user_body(&self, id: &str, status: u16, request: &Request) -> Response {
        let user = self.kernel.principal(id);
        user.map_or_else(|| gone(id), |p| scim_json(status, &self.user_json(p, &request.base)))
    }

    fn user_json(&self, user: &Principal, base: &str) -> Value {
        let member = |p: &&Principal| {
            p.kind == GROUP && p.text("members").split(' ').any(|id| id == user.id)
        };
        let groups = self.kernel.principals().iter().filter(member);
        json!({
            "schemas": [CORE], "id": user.id, "externalId": user.text("external"),
            "userName": user.login, "displayName": user.name,
            "active": user.state() == State::Active,
            "emails": [{"value": user.login, "type": "work", "primary": true}],
            "groups": groups.map(|g| json!({"value": g.id, "display": g.name})).collect::<Vec<_>>(),
            "meta": meta("User", base, &user.id),
        })
    }
}
