//! Applications, their secrets and keys, and what they may ask tokens for.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::management::{error, page};
use super::{Answer, Auth0, CLIENT, CLIENT_GRANT, CLIENT_KEY, CLIENT_SECRET};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key, Principal, State};
use crate::population::URL_SAFE;

impl Auth0 {
    pub(super) fn clients(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let [id, rest @ ..] = rest else {
            return Some(match method {
                "GET" => Ok(self.list_clients(request)),
                "POST" => Ok(self.create_client(request, now)),
                _ => return None,
            });
        };
        let there = |p: &&Principal| p.kind == CLIENT && p.state() != State::Deleted;
        let Some(client) = self.kernel.principal(id).filter(there) else {
            return Some(Err(error(
                404,
                "Not Found",
                "The client does not exist",
                Some("inexistent_client"),
            )));
        };
        let shown = client_json(client);
        let keyed = client.text("method") == "private_key_jwt";
        Some(match (method, rest) {
            ("GET", []) => Ok(Response::json(200, &shown)),
            ("DELETE", []) => {
                self.kernel.set_state(id, State::Deleted, now);
                self.record("sapi", id, now);
                Ok(Response::empty(204))
            }
            ("POST", ["rotate-secret"]) if keyed => {
                Err(error(400, "Bad Request", "The client uses private_key_jwt.", None))
            }
            ("POST", ["rotate-secret"]) => {
                let fresh = self.kernel.fresh("", 64, URL_SAFE);
                self.kernel.replace_secret(CLIENT_SECRET, id, &fresh, now);
                self.record("sapi", id, now);
                let mut body = shown;
                body["client_secret"] = json!(fresh);
                Ok(Response::json(200, &body))
            }
            ("GET", ["credentials"]) => {
                let keys = self.kernel.kept_where(now, |c| c.kind == CLIENT_KEY && c.is_of(id));
                let render = |key: &Key| {
                    let stored = self.kernel.credential(*key);
                    json!({"id": stored.id, "kid": stored.secret, "credential_type": "public_key"})
                };
                Ok(Response::json(200, &Value::Array(keys.iter().map(render).collect())))
            }
            ("DELETE", ["credentials", one]) => {
                let key = self.kernel.find(CLIENT_KEY, one);
                let own = key.filter(|key| {
                    self.kernel.exists(*key, now) && self.kernel.credential(*key).is_of(id)
                });
                match own {
                    Some(key) => {
                        self.kernel.revoke(key, Cause::Action, now);
                        Ok(Response::empty(204))
                    }
                    None => Err(error(404, "Not Found", "The credential does not exist.", None)),
                }
            }
            _ => return None,
        })
    }

    fn list_clients(&self, request: &Request) -> Response {
        let clients = self.kernel.principals().iter();
        let clients = clients.filter(|p| p.kind == CLIENT && p.state() != State::Deleted);
        page(request, "clients", &clients.map(client_json).collect::<Vec<_>>())
    }

    fn create_client(&mut self, request: &Request, now: SystemTime) -> Response {
        let id = self.kernel.fresh("", 32, crate::population::ALNUM);
        let value = self.kernel.fresh("", 64, URL_SAFE);
        let mut client = Principal::new(CLIENT, &id, &id);
        client.name = request.field("name").unwrap_or_default();
        let mut shown = client_json(&client);
        self.kernel.add(client);
        let stored = Credential::new(CLIENT_SECRET, &id, &value)
            .of(&id)
            .hidden_by(&id, crate::identity::INACTIVE);
        self.kernel.issue(stored, now);
        self.record("sapi", &id, now);
        shown["client_secret"] = json!(value);
        Response::json(201, &shown)
    }

    pub(super) fn client_grants(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        Some(match (method, rest) {
            ("GET", []) => {
                let client = request.query("client_id");
                let wanted = |c: &Credential| {
                    c.kind == CLIENT_GRANT && client.as_deref().is_none_or(|id| c.is_of(id))
                };
                let keys = self.kernel.kept_where(now, wanted);
                let grants: Vec<Value> = keys.iter().map(|key| self.client_grant(*key)).collect();
                Ok(page(request, "client_grants", &grants))
            }
            ("POST", []) => {
                let body = request.json();
                let scope: Vec<&str> = body["scope"]
                    .as_array()
                    .map(|s| s.iter().filter_map(Value::as_str).collect())
                    .unwrap_or_default();
                let id = format!("cgr_{}", self.kernel.next_number());
                let grant = Credential::new(CLIENT_GRANT, &id, "")
                    .of(body["client_id"].as_str().unwrap_or_default())
                    .with("audience", body["audience"].clone())
                    .scope(&scope.join(" "));
                let key = self.kernel.issue(grant, now);
                Ok(Response::json(201, &self.client_grant(key)))
            }
            ("DELETE", [id]) => {
                let key = self.kernel.find(CLIENT_GRANT, id);
                match key.filter(|key| self.kernel.exists(*key, now)) {
                    Some(key) => {
                        self.kernel.revoke(key, Cause::Action, now);
                        Ok(Response::empty(204))
                    }
                    None => Err(error(404, "Not Found", "The client grant does not exist.", None)),
                }
            }
            _ => return None,
        })
    }

    fn client_grant(&self, key: Key) -> Value {
        let grant = self.kernel.credential(key);
        json!({
            "id": grant.id, "client_id": grant.principal, "audience": grant.data.get("audience"),
            "scope": grant.scope.split(' ').collect::<Vec<_>>(),
        })
    }
}

fn client_json(client: &Principal) -> Value {
    let method =
        if client.text("method").is_empty() { "client_secret_post" } else { client.text("method") };
    json!({
        "client_id": client.id, "name": client.name, "token_endpoint_auth_method": method,
        "app_type": if client.text("rotating").is_empty() { "regular_web" } else { "spa" },
    })
}
