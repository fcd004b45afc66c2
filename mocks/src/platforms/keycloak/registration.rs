//! Dynamic client registration: the token that lets one register, and the one that manages the result.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::clients::client_json;
use super::{Answer, CLIENT, INITIAL, Keycloak, MANAGING};
use crate::http::{Request, Response};
use crate::identity::{Credential, Key, Principal};
use crate::population::{ALNUM, URL_SAFE};
use crate::times::epoch;

impl Keycloak {
    pub(super) fn registrations(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        Some(match (method, rest) {
            ("POST", []) => self.register(request, now),
            ("GET", [name]) => self.registered(name, request, now),
            _ => return None,
        })
    }

    fn register(&mut self, request: &Request, now: SystemTime) -> Answer {
        let given = request.bearer().unwrap_or_default();
        self.kernel.authenticate(INITIAL, given, now).map_err(|_| refused())?;
        let number = self.kernel.next_number();
        let name = request.field("clientId").unwrap_or_else(|| format!("registered-{number}"));
        let id = format!("client-{number}");
        let client = Principal::new(CLIENT, &id, &name);
        let mut body = client_json(&client);
        self.kernel.add(client);
        let value = self.kernel.fresh("", 32, ALNUM);
        self.issue_secret(&id, &value, now);
        body["secret"] = json!(value);
        body["registrationAccessToken"] = json!(self.issue_managing(&id, now));
        Ok(Response::json(201, &body))
    }

    fn registered(&self, name: &str, request: &Request, now: SystemTime) -> Answer {
        let given = request.bearer().unwrap_or_default();
        let key = self.kernel.authenticate(MANAGING, given, now).map_err(|_| refused())?;
        let own = self.kernel.credential(key).client.clone().unwrap_or_default();
        if self.kernel.principal(&own).is_none_or(|p| p.login != name) {
            return Err(refused());
        }
        let shown = self.kernel.presented(&own);
        Ok(Response::json(200, &shown.map(client_json).unwrap_or_default()))
    }

    pub(super) fn issue_managing(&mut self, client: &str, now: SystemTime) -> String {
        let value = self.kernel.fresh("eyJ", 120, URL_SAFE);
        let id = format!("registration-{}", self.kernel.next_number());
        self.kernel.issue(Credential::new(MANAGING, &id, &value).client(client), now);
        value
    }

    pub(super) fn list_initial(&self, now: SystemTime) -> Response {
        let render = |key: &Key| {
            let token = self.kernel.credential(*key);
            json!({"id": token.id, "timestamp": epoch(token.created), "count": 10, "remainingCount": 10})
        };
        let tokens: Vec<Value> = self.kernel.kept(INITIAL, now).iter().map(render).collect();
        Response::json(200, &Value::Array(tokens))
    }

    pub(super) fn create_initial(&mut self, request: &Request, now: SystemTime) -> Response {
        let value = self.kernel.fresh("eyJ", 120, URL_SAFE);
        let id = format!("initial-{}", self.kernel.next_number());
        self.kernel.issue(Credential::new(INITIAL, &id, &value), now);
        let count = request.json()["count"].as_u64().unwrap_or(1);
        Response::json(200, &json!({"id": id, "token": value, "count": count}))
    }
}

fn refused() -> Response {
    let body = json!({
        "error": "invalid_token", "error_description": "Failed decode token",
    });
    Response::json(401, &body)
}
