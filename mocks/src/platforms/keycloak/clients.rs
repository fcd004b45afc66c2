//! Clients in the admin API: their secrets, of which two can work at once.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::admin::{error, page};
use super::{Answer, CLIENT, CLIENT_SECRET, Keycloak, MANAGING, OFFLINE, REFRESH, SESSION};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key, Principal, State};
use crate::population::ALNUM;

impl Keycloak {
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
                "POST" => self.create_client(request, now),
                _ => return None,
            });
        };
        let there = |p: &&Principal| p.kind == CLIENT && p.state() != State::Deleted;
        let Some(client) = self.kernel.principal(id).filter(there) else {
            return Some(Err(error(404, "Could not find client")));
        };
        let shown = client_json(client);
        Some(match (method, rest) {
            ("GET", []) => Ok(Response::json(200, &shown)),
            ("PUT", []) => Ok(self.update_client(id, request, now)),
            ("DELETE", []) => {
                self.kernel.set_state(id, State::Deleted, now);
                let ended = [CLIENT_SECRET, MANAGING, OFFLINE, REFRESH];
                let own = |c: &Credential| ended.contains(&c.kind) && (c.is_of(id) || c.is_for(id));
                self.kernel.revoke_where(Cause::Deactivation, now, own);
                Ok(Response::empty(204))
            }
            ("GET", ["client-secret"]) => Ok(self.secret(id, "", now)),
            ("POST", ["client-secret"]) => Ok(self.new_secret(id, now)),
            ("GET", ["client-secret", "rotated"]) => Ok(self.secret(id, "rotated", now)),
            ("DELETE", ["client-secret", "rotated"]) => self.drop_rotated(id, now),
            ("GET", ["user-sessions"]) => {
                let own = |c: &Credential| c.kind == SESSION && c.text("client") == *id;
                Ok(self.session_page(request, own, now))
            }
            ("GET", ["offline-sessions"]) => {
                Ok(self.session_page(request, |c| c.kind == OFFLINE && c.is_for(id), now))
            }
            ("POST", ["registration-access-token"]) => {
                let own = |c: &Credential| c.kind == MANAGING && c.is_for(id);
                self.kernel.revoke_where(Cause::Action, now, own);
                let mut body = shown;
                body["registrationAccessToken"] = json!(self.issue_managing(id, now));
                Ok(Response::json(200, &body))
            }
            _ => return None,
        })
    }

    fn list_clients(&self, request: &Request) -> Response {
        let wanted = request.query("clientId");
        let clients = self.kernel.principals().iter();
        let clients = clients.filter(|p| p.kind == CLIENT && p.state() != State::Deleted);
        let clients = clients.filter(|p| wanted.as_ref().is_none_or(|name| p.login == *name));
        page(request, &clients.map(client_json).collect::<Vec<_>>())
    }

    fn create_client(&mut self, request: &Request, now: SystemTime) -> Answer {
        let name = request.field("clientId").unwrap_or_default();
        if name.is_empty() || self.kernel.by_login(CLIENT, &name).is_some() {
            let body = json!({"errorMessage": format!("Client {name} already exists")});
            return Err(Response::json(409, &body));
        }
        let id = format!("client-{}", self.kernel.next_number());
        self.kernel.add(Principal::new(CLIENT, &id, &name));
        let value = request.field("secret").unwrap_or_else(|| self.kernel.fresh("", 32, ALNUM));
        self.issue_secret(&id, &value, now);
        let place = format!("{}/admin/realms/ours/clients/{id}", request.base);
        Ok(Response::empty(201).with("Location", &place))
    }

    pub(super) fn issue_secret(&mut self, client: &str, value: &str, now: SystemTime) {
        let id = format!("secret-{}", self.kernel.next_number());
        self.kernel.issue(Credential::new(CLIENT_SECRET, &id, value).of(client), now);
    }

    fn update_client(&mut self, id: &str, request: &Request, now: SystemTime) -> Response {
        let body = request.json();
        match body["enabled"].as_bool() {
            Some(false) => self.kernel.set_state(id, State::Deactivated, now),
            Some(true) => self.kernel.set_state(id, State::Active, now),
            None => {}
        }
        if let Some(on) = body["serviceAccountsEnabled"].as_bool()
            && let Some(client) = self.kernel.principal_mut(id)
        {
            let value = if on { "" } else { "off" };
            client.data.insert("service_account".into(), json!(value));
        }
        if let Some(before) = body["notBefore"].as_u64() {
            self.not_before(before, |c| c.is_for(id), now);
        }
        Response::empty(204)
    }

    fn secrets(&self, id: &str, mark: &str, now: SystemTime) -> Vec<Key> {
        let own = |c: &Credential| c.kind == CLIENT_SECRET && c.is_of(id) && c.text("mark") == mark;
        self.kernel.kept_where(now, own)
    }

    fn secret(&self, id: &str, mark: &str, now: SystemTime) -> Response {
        match self.secrets(id, mark, now).last() {
            Some(key) => {
                let value = &self.kernel.credential(*key).secret;
                Response::json(200, &json!({"type": "secret", "value": value}))
            }
            None => error(404, "Client does not have a rotated secret"),
        }
    }

    /// Makes a new secret; by the rotation policy the one before keeps working beside it.
    fn new_secret(&mut self, id: &str, now: SystemTime) -> Response {
        if !self.kernel.spares(Cause::Action) {
            for key in self.secrets(id, "rotated", now) {
                self.kernel.revoke(key, Cause::Action, now);
            }
        }
        for key in self.secrets(id, "", now) {
            let stored = self.kernel.credential_mut(key);
            stored.data.insert("mark".into(), json!("rotated"));
        }
        let fresh = self.kernel.fresh("", 32, ALNUM);
        self.issue_secret(id, &fresh, now);
        Response::json(200, &json!({"type": "secret", "value": fresh}))
    }

    fn drop_rotated(&mut self, id: &str, now: SystemTime) -> Answer {
        let keys = self.secrets(id, "rotated", now);
        if keys.is_empty() {
            return Err(error(404, "Client does not have a rotated secret"));
        }
        for key in keys {
            self.kernel.revoke(key, Cause::Action, now);
        }
        Ok(Response::empty(204))
    }
}

pub(super) fn client_json(client: &Principal) -> Value {
    json!({
        "id": client.id, "clientId": client.login, "enabled": client.state() == State::Active,
        "publicClient": false, "consentRequired": true, "directAccessGrantsEnabled": true,
        "serviceAccountsEnabled": client.text("service_account") != "off",
    })
}
