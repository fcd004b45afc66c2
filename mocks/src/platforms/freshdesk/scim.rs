//! SCIM at the organisation; a person taken away there leaves what the accounts keep.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{not_found, not_logged_in};
use super::{Answer, Freshdesk, PERSON, SCIM_TOKEN};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Principal, State};

impl Freshdesk {
    /// Everything below `/scim/v2`. What a dead token is told is unconfirmed.
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
        let sent = request.bearer().unwrap_or_default();
        if self.kernel.authenticate(SCIM_TOKEN, sent, now).is_err() {
            return Some(Err(not_logged_in()));
        }
        let id = rest.get(1).map(|id| decode_segment(id)).unwrap_or_default();
        let known = self.kernel.principal(&id).is_some_and(|p| p.kind == PERSON);
        if rest.len() == 2 && !known {
            return Some(Err(not_found()));
        }
        let answer = match (method, rest.len()) {
            (_, 1) => self.scim_list(request),
            ("PATCH", _) => {
                let operation = request.json()["Operations"][0]["value"].clone();
                match operation.as_bool().or_else(|| operation["active"].as_bool()) {
                    Some(true) => self.kernel.set_state(&id, State::Active, now),
                    Some(false) => self.kernel.set_state(&id, State::Deactivated, now),
                    None => {}
                }
                self.scim_user(&id)
            }
            ("DELETE", _) => {
                self.kernel.set_state(&id, State::Deactivated, now);
                Response::empty(204)
            }
            _ => self.scim_user(&id),
        };
        Some(Ok(answer))
    }

    fn scim_user(&self, id: &str) -> Response {
        self.kernel.principal(id).map_or_else(not_found, |p| Response::json(200, &render(p)))
    }

    fn scim_list(&self, request: &Request) -> Response {
        let people = self.kernel.principals().iter().filter(|p| p.kind == PERSON);
        let all: Vec<Value> = people.map(render).collect();
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
