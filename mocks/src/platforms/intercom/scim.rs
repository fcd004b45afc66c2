//! SCIM: how an identity provider takes teammates away. Its token is the workspace's.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{ADMIN_USER, Answer, Intercom, SCIM_TOKEN, TEAMMATE, not_found};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Principal, State};

/// Refuses a token: seen as Forbidden, not as Unauthorized.
pub(super) fn invalid() -> Response {
    super::error(403, "forbidden", "Access Token Invalid")
}

impl Intercom {
    /// Everything below `/scim/v2`; `None` where there is no such route.
    pub(super) fn scim(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if !matches!(rest, ["Users"] | ["Users", _]) {
            return None;
        }
        let sent = request.bearer().unwrap_or_default();
        if self.kernel.authenticate(SCIM_TOKEN, sent, now).is_err() {
            return Some(Err(invalid()));
        }
        let answer = match (method, rest) {
            ("GET", [_]) => Ok(self.scim_list(request)),
            ("POST", [_]) => self.scim_create(request, now),
            ("GET", [_, id]) => self.scim_user(&decode_segment(id), 200),
            ("PATCH" | "PUT", [_, id]) => self.scim_update(&decode_segment(id), request, now),
            ("DELETE", [_, id]) => self.scim_delete(&decode_segment(id), now),
            _ => return None,
        };
        Some(answer)
    }

    fn scim_list(&self, request: &Request) -> Response {
        let filter = request.query("filter").unwrap_or_default();
        let wanted = filter.split_once(" eq ").map(|(_, value)| value.trim_matches('"'));
        let there =
            |p: &&Principal| p.kind == TEAMMATE && wanted.is_none_or(|login| p.login == login);
        let all: Vec<Value> = self.kernel.principals().iter().filter(there).map(render).collect();
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
        let start = number("startIndex").unwrap_or(1).max(1);
        let total = all.len();
        let shown: Vec<Value> =
            all.into_iter().skip(start - 1).take(number("count").unwrap_or(100)).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total, "startIndex": start, "itemsPerPage": shown.len(),
            "Resources": shown,
        });
        Response::json(200, &body)
    }

    fn scim_create(&mut self, request: &Request, now: SystemTime) -> Answer {
        let body = request.json();
        let login = body["userName"].as_str().unwrap_or_default().to_owned();
        let known =
            self.kernel.principals().iter().find(|p| p.kind == TEAMMATE && p.login == login);
        let id = known.map(|p| p.id.clone());
        let id = match id {
            // Somebody removed comes back under the old id.
            Some(id) => {
                self.kernel.set_state(&id, State::Active, now);
                id
            }
            None => {
                let id = (10_000 + self.kernel.next_number()).to_string();
                self.kernel.add(Principal::new(TEAMMATE, &id, &login));
                id
            }
        };
        self.scim_user(&id, 201)
    }

    fn scim_update(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.kernel.principal(id).filter(|p| p.kind == TEAMMATE).ok_or_else(not_found)?;
        let body = request.json();
        let operation = &body["Operations"][0]["value"];
        let active = body["active"].as_bool().or_else(|| operation.as_bool());
        match active.or_else(|| operation["active"].as_bool()) {
            Some(true) => self.kernel.set_state(id, State::Active, now),
            Some(false) => self.remove(id, "admin_deprovisioned", now),
            None => {}
        }
        self.scim_user(id, 200)
    }

    fn scim_delete(&mut self, id: &str, now: SystemTime) -> Answer {
        self.kernel.principal(id).filter(|p| p.kind == TEAMMATE).ok_or_else(not_found)?;
        self.remove(id, "admin_deprovisioned", now);
        Ok(Response::empty(204))
    }

    /// Removes a teammate from this workspace. It hides the workspace, not the person's login, and
    /// not the tokens of apps the person made: see the module's page.
    pub(super) fn remove(&mut self, id: &str, kind: &str, now: SystemTime) {
        self.kernel.set_state(id, State::Deactivated, now);
        let login = self.kernel.principal(id).map(|p| p.login.clone());
        self.record(kind, ADMIN_USER, &json!({"admin": {"id": id, "email": login}}), now);
    }

    fn scim_user(&self, id: &str, status: u16) -> Answer {
        let user = self.kernel.principal(id).filter(|p| p.kind == TEAMMATE);
        Ok(Response::json(status, &render(user.ok_or_else(not_found)?)))
    }
}

fn render(user: &Principal) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": user.id,
        "userName": user.login,
        "active": user.state() == State::Active,
        "emails": [{"value": user.login, "primary": true}],
    })
}
