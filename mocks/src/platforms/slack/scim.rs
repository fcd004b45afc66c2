//! SCIM: how identity providers deactivate people here. It knows no bots, apps or tokens.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Answer, OWNER, SESSION, Slack, USER};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Principal, State};
use crate::population::{UPPER, secret};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// Refuses in the shape Slack's SDKs read; the texts themselves are unconfirmed.
pub(super) fn refused(status: u16, description: &str) -> Response {
    Response::json(status, &json!({"Errors": {"description": description, "code": status}}))
}

impl Slack {
    /// Everything below `/scim/v1` and `/scim/v2`; `None` where there is no such route.
    pub(super) fn scim(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        // Readable by anybody, which is why it proves nothing about a token.
        let (["ServiceProviderConfig"] | ["Users", ..]) = rest else {
            return None;
        };
        if rest == ["ServiceProviderConfig"] {
            return (method == "GET").then(|| Ok(Response::json(200, &provider())));
        }
        let actor = match self.scim_admin(request, now) {
            Ok(actor) => actor,
            Err(refusal) => return Some(Err(refusal)),
        };
        let answer = match (method, rest) {
            ("GET", ["Users"]) => Ok(self.scim_list(request)),
            ("POST", ["Users"]) => self.scim_create(request),
            ("GET", ["Users", id]) => self.scim_body(&decode_segment(id), 200),
            ("DELETE", ["Users", id]) => self.scim_delete(&decode_segment(id), &actor, now),
            ("PATCH", ["Users", id]) => self.scim_patch(&decode_segment(id), &actor, request, now),
            _ => return None,
        };
        Some(answer)
    }

    fn scim_admin(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let caller = self.caller(request, now);
        let caller = caller.map_err(|_| refused(401, "invalid_authentication"))?;
        let scope = &self.kernel.credential(caller.key).scope;
        let may = caller.kind != SESSION && scope.split(' ').any(|word| word == "admin");
        if may { Ok(caller.principal) } else { Err(refused(403, "missing_scope")) }
    }

    /// Lists people, deactivated ones too. One filter is understood: an attribute `eq` a value.
    fn scim_list(&self, request: &Request) -> Response {
        let filter = request.query("filter").unwrap_or_default();
        let wanted = filter.split_once(" eq ").map(|(name, value)| (name, value.trim_matches('"')));
        let fits = |user: &&Principal| match wanted {
            None => true,
            Some(("id", value)) => user.id == value,
            Some(("userName", value)) => user.name == value || user.login == value,
            Some(("active", value)) => is_active(user).to_string() == value,
            Some((name, value)) => name.starts_with("email") && user.login == value,
        };
        let users = self.kernel.principals().iter().filter(|p| p.kind == USER);
        let users: Vec<Value> = users.filter(fits).map(render).collect();
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
        let start = number("startIndex").unwrap_or(1).max(1);
        let count = number("count").unwrap_or(100).min(1000);
        let total = users.len();
        let shown: Vec<Value> = users.into_iter().skip(start - 1).take(count).collect();
        let body = json!({
            "schemas": [LIST],
            "totalResults": total,
            "itemsPerPage": shown.len(),
            "startIndex": start,
            "Resources": shown,
        });
        Response::json(200, &body)
    }

    fn scim_create(&mut self, request: &Request) -> Answer {
        let body = request.json();
        let email = body["emails"][0]["value"].as_str().or_else(|| body["userName"].as_str());
        let email = email.ok_or_else(|| refused(400, "user_name_missing"))?;
        if self.kernel.by_login(USER, email).is_some() {
            return Err(refused(409, "username_taken"));
        }
        let id = format!("{}{}", secret(email, "U0", 6, UPPER), self.kernel.next_number());
        let mut user = Principal::new(USER, &id, email);
        if let Some(name) = body["userName"].as_str() {
            name.clone_into(&mut user.name);
        }
        self.kernel.add(user);
        self.scim_body(&id, 201)
    }

    fn scim_delete(&mut self, id: &str, actor: &str, now: SystemTime) -> Answer {
        self.deactivatable(id)?;
        self.deactivate(id, actor, now);
        Ok(Response::empty(204))
    }

    fn scim_patch(&mut self, id: &str, actor: &str, request: &Request, now: SystemTime) -> Answer {
        self.deactivatable(id)?;
        match wanted_active(&request.json()) {
            Some(true) => {
                self.kernel.set_state(id, State::Active, now);
                self.record(actor, "user_reactivated", "user", id, now);
            }
            Some(false) => self.deactivate(id, actor, now),
            None => {}
        }
        self.scim_body(id, 200)
    }

    fn deactivatable(&self, id: &str) -> Result<(), Response> {
        let known = self.kernel.principal(id).is_some_and(|p| p.kind == USER);
        if !known {
            return Err(refused(404, "user_not_found"));
        }
        if id == OWNER { Err(refused(403, "cannot_perform_operation")) } else { Ok(()) }
    }

    fn scim_body(&self, id: &str, status: u16) -> Answer {
        let user = self.kernel.principal(id).filter(|p| p.kind == USER);
        let user = user.ok_or_else(|| refused(404, "user_not_found"))?;
        Ok(Response::json(status, &render(user)))
    }
}

/// Finds what a patch says about `active`: as an operation of version 2, or as a plain attribute of
/// version 1. Text such as `"False"` is not understood, which the answer does not tell.
fn wanted_active(patch: &Value) -> Option<bool> {
    if let Some(active) = patch["active"].as_bool() {
        return Some(active);
    }
    let operations = patch["Operations"].as_array()?;
    operations.iter().rev().find_map(|operation| {
        let op = operation["op"].as_str().unwrap_or_default();
        let sets = op.eq_ignore_ascii_case("replace") || op.eq_ignore_ascii_case("add");
        let value = if operation["path"] == "active" {
            operation["value"].as_bool()
        } else {
            operation["value"]["active"].as_bool()
        };
        value.filter(|_| sets)
    })
}

fn is_active(user: &Principal) -> bool {
    matches!(user.state(), State::Active | State::Suspended)
}

fn render(user: &Principal) -> Value {
    json!({
        "schemas": [CORE],
        "id": user.id,
        "userName": user.name,
        "active": is_active(user),
        "emails": [{"value": user.login, "primary": true}],
    })
}

fn provider() -> Value {
    json!({
        "schemas": [CONFIG],
        "patch": {"supported": true},
        "bulk": {"supported": false},
        "filter": {"supported": true, "maxResults": 1000},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": false},
        "authenticationSchemes": [{"type": "oauthbearertoken", "name": "OAuth Bearer Token"}],
    })
}
