//! SCIM: how identity providers provision here. It needs an OAuth token like everything else.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::Caller;
use super::{Answer, Salesforce, USER};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Principal, State};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Refuses; the shape is that of the standard, which the vendor's texts are not known to follow.
pub(super) fn refused(status: u16, detail: &str) -> Response {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "detail": detail,
        "status": status.to_string(),
    });
    Response::json(status, &body)
}

fn missing() -> Response {
    refused(404, "Resource not found")
}

impl Salesforce {
    /// Everything below `/services/scim/v2`; `None` where there is no such route.
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
        let caller = match self.provisioner(request, now) {
            Ok(caller) => caller,
            Err(refusal) => return Some(Err(refusal)),
        };
        let answer = match (method, rest) {
            ("GET", [_]) => Ok(self.scim_list(request)),
            ("POST", [_]) => self.scim_create(&caller, request, now),
            ("GET", [_, id]) => self.scim_user(&decode_segment(id), 200),
            ("PUT" | "PATCH", [_, id]) => {
                self.scim_update(&caller, &decode_segment(id), request, now)
            }
            ("DELETE", [_, id]) => self.scim_delete(&caller, &decode_segment(id), now),
            _ => return None,
        };
        Some(answer)
    }

    fn provisioner(&mut self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let caller = self.caller(request, now);
        let caller = caller.ok_or_else(|| refused(401, "Session expired or invalid"))?;
        let may = self.is_manager(&caller) && self.has_scope(&caller, &["api", "full"]);
        if may { Ok(caller) } else { Err(refused(403, "insufficient access")) }
    }

    fn scim_list(&self, request: &Request) -> Response {
        let filter = request.query("filter").unwrap_or_default();
        let wanted = filter.split_once(" eq ").map(|(name, value)| (name, value.trim_matches('"')));
        let fits = |user: &&Principal| match wanted {
            Some((name, value)) if name.eq_ignore_ascii_case("id") => user.id == value,
            Some((_, value)) => user.login.eq_ignore_ascii_case(value),
            None => true,
        };
        let users = self.kernel.principals().iter().filter(|p| p.kind == USER);
        let users: Vec<Value> = users.filter(fits).map(render).collect();
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
        let start = number("startIndex").unwrap_or(1).max(1);
        let total = users.len();
        let count = number("count").unwrap_or(100).min(200);
        let shown: Vec<Value> = users.into_iter().skip(start - 1).take(count).collect();
        let body = json!({
            "schemas": [LIST], "totalResults": total, "startIndex": start,
            "itemsPerPage": shown.len(), "Resources": shown,
        });
        Response::json(200, &body)
    }

    fn scim_create(&mut self, caller: &Caller, request: &Request, now: SystemTime) -> Answer {
        let body = request.json();
        let username = body["userName"].as_str();
        let username = username.ok_or_else(|| refused(400, "userName is required"))?;
        if self.user_named(username).is_some() {
            return Err(refused(409, "Duplicate Username"));
        }
        let email = body["emails"][0]["value"].as_str().unwrap_or(username).to_owned();
        let id = self.add_user(username, &email, now);
        self.record(&caller.user, "createduser", username, now);
        self.scim_user(&id, 201)
    }

    /// Sets `active`, from a whole user or from operations. There is no other attribute here.
    fn scim_update(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let user = self.object(USER, id).ok_or_else(missing)?.id.clone();
        let body = request.json();
        let operations = body["Operations"].as_array().cloned().unwrap_or_default();
        let in_operation = |operation: &Value| {
            let plain = operation["value"].as_bool().filter(|_| operation["path"] == "active");
            plain.or_else(|| operation["value"]["active"].as_bool())
        };
        let wanted = body["active"].as_bool();
        match wanted.or_else(|| operations.iter().rev().find_map(in_operation)) {
            Some(true) => self.kernel.set_state(&user, State::Active, now),
            Some(false) => self.scim_deactivate(caller, &user, now)?,
            None => {}
        }
        self.scim_user(&user, 200)
    }

    fn scim_delete(&mut self, caller: &Caller, id: &str, now: SystemTime) -> Answer {
        let user = self.object(USER, id).ok_or_else(missing)?.id.clone();
        self.scim_deactivate(caller, &user, now)?;
        Ok(Response::empty(204))
    }

    fn scim_deactivate(
        &mut self,
        caller: &Caller,
        user: &str,
        now: SystemTime,
    ) -> Result<(), Response> {
        let refusal = |_| refused(400, "This user cannot be deactivated.");
        self.deactivate(user, now).map_err(refusal)?;
        self.record(&caller.user, "deactivateduser", user, now);
        Ok(())
    }

    fn scim_user(&self, id: &str, status: u16) -> Answer {
        let user = self.object(USER, id).ok_or_else(missing)?;
        Ok(Response::json(status, &render(user)))
    }
}

fn render(user: &Principal) -> Value {
    json!({
        "schemas": [CORE],
        "id": user.id,
        "userName": user.login,
        "displayName": user.name,
        "active": user.state() == State::Active,
        "emails": [{"value": user.text("email"), "type": "work", "primary": true}],
    })
}
