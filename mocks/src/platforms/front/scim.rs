//! SCIM, for a token with the auto-provisioning feature: the only way to block somebody by API.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Answer, Front, TEAMMATE, not_found};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Principal, State};

impl Front {
    /// Everything below `/scim/v2`; `None` where there is no such route.
    pub(super) fn scim(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if !matches!(
            (method, rest),
            ("GET", ["Users"]) | ("GET" | "PATCH" | "DELETE", ["Users", _])
        ) {
            return None;
        }
        if let Err(refusal) = self.caller(request, now).and_then(|key| self.within(key, "scim")) {
            return Some(Err(refusal));
        }
        let id = rest.get(1).map(|id| decode_segment(id)).unwrap_or_default();
        let answer = match (method, rest.len()) {
            (_, 1) => Ok(self.scim_list(request)),
            ("PATCH", _) => self.scim_patch(&id, request, now),
            ("DELETE", _) => self.scim_user(&id).map(|_| {
                self.kernel.set_state(&id, State::Deactivated, now);
                Response::empty(204)
            }),
            _ => self.scim_user(&id),
        };
        Some(answer)
    }

    fn scim_patch(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.scim_user(id)?;
        let operation = request.json()["Operations"][0]["value"].clone();
        match operation.as_bool().or_else(|| operation["active"].as_bool()) {
            Some(true) => self.kernel.set_state(id, State::Active, now),
            Some(false) => self.kernel.set_state(id, State::Deactivated, now),
            None => {}
        }
        self.scim_user(id)
    }

    fn scim_user(&self, id: &str) -> Answer {
        let user = self.kernel.principal(id).filter(|p| p.kind == TEAMMATE);
        Ok(Response::json(200, &render(user.ok_or_else(not_found)?)))
    }

    fn scim_list(&self, request: &Request) -> Response {
        let people = |p: &&Principal| p.kind == TEAMMATE && p.text("type").is_empty();
        let all: Vec<Value> = self.kernel.principals().iter().filter(people).map(render).collect();
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
        let start = number("startIndex").unwrap_or(1).max(1);
        let shown: Vec<&Value> =
            all.iter().skip(start - 1).take(number("count").unwrap_or(100)).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": all.len(), "startIndex": start, "itemsPerPage": shown.len(),
            "Resources": shown,
        });
        Response::json(200, &body)
    }
}

fn render(person: &Principal) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": person.id,
        "userName": person.login,
        "active": person.state() == State::Active,
    })
}
