//! OAuth clients as objects: listing, creating, deleting, a new secret.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{not_found, number, page, unprocessable};
use super::tokens::is_living_client;
use super::{ACCESS, Answer, CLIENT, CLIENT_SECRET, REFRESH, Zendesk};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE, Principal, State};
use crate::population::HEX;
use crate::times::iso;

/// What local clients made since 2026-04-30 give an access token.
pub(super) const DEFAULT_LIFETIME: u64 = 30 * 60;

impl Zendesk {
    /// Everything below `/api/v2/oauth/clients`.
    pub(super) fn clients(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let answer = match (method, rest) {
            ("GET", []) => self.list_clients(request, now),
            ("POST", []) => self.create_client(request, now),
            ("GET", [id]) => self.show_client(id, request, now),
            ("DELETE", [id]) => self.delete_client(id, request, now),
            ("PUT", [id, "generate_secret"]) => self.generate_secret(id, request, now),
            _ => return None,
        };
        Some(answer)
    }

    /// Gives how long a client's access tokens live; those of old local clients live for ever.
    pub(super) fn lifetime(&self, client: &str) -> Option<Duration> {
        let client = self.kernel.principal(client)?;
        client.data.get("lifetime").and_then(Value::as_u64).map(Duration::from_secs)
    }

    fn list_clients(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let clients = self.kernel.principals().iter().filter(|p| is_living_client(p));
        let clients = clients.map(|client| self.client(client, now, request)).collect();
        Ok(page(request, "clients", clients))
    }

    fn show_client(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        self.client_body(id, 200, None, request, now)
    }

    fn create_client(&mut self, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?.user;
        let body = request.json();
        let asked = &body["client"];
        let Some(identifier) = asked["identifier"].as_str() else {
            return Err(unprocessable("identifier", "Identifier: cannot be blank"));
        };
        if self.kernel.by_login(CLIENT, identifier).is_some() {
            return Err(unprocessable("identifier", "Identifier: has already been taken"));
        }
        let id = self.new_id();
        // A client acts as its maker, unless an administrator names another user.
        let owner = asked["user_id"].as_u64().map_or(actor.clone(), |id| id.to_string());
        let mut client = Principal::new(CLIENT, &id, identifier)
            .with("kind", asked["kind"].as_str().unwrap_or("confidential"))
            .with("user_id", owner)
            .with("lifetime", DEFAULT_LIFETIME)
            .with("created_at", iso(now));
        asked["name"].as_str().unwrap_or(identifier).clone_into(&mut client.name);
        self.kernel.add(client);
        let secret = self.kernel.fresh("", 64, HEX);
        let credential = Credential::new(CLIENT_SECRET, &id, &secret).of(&id);
        self.kernel.issue(credential.hidden_by(&id, GONE), now);
        self.record(&actor, "create", "oauth_client", &id, now);
        self.client_body(&id, 201, Some(&secret), request, now)
    }

    /// Deletes a client, its secret and its tokens. How fast the real tokens go is unconfirmed.
    fn delete_client(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?.user;
        self.kernel.principal(id).filter(|p| is_living_client(p)).ok_or_else(not_found)?;
        self.kernel.set_state(id, State::Deleted, now);
        self.kernel.revoke_where(Cause::Action, now, |c| {
            let tokens = (c.kind == ACCESS || c.kind == REFRESH) && c.is_for(id);
            tokens || (c.kind == CLIENT_SECRET && c.is_of(id))
        });
        self.record(&actor, "destroy", "oauth_client", id, now);
        Ok(Response::empty(204))
    }

    /// Gives a client a new secret. Tokens are not tied to it: all that were issued go on.
    fn generate_secret(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?.user;
        self.kernel.principal(id).filter(|p| is_living_client(p)).ok_or_else(not_found)?;
        let secret = self.kernel.fresh("", 64, HEX);
        self.kernel.replace_secret(CLIENT_SECRET, id, &secret, now);
        self.record(&actor, "update", "oauth_client", id, now);
        self.client_body(id, 200, Some(&secret), request, now)
    }

    fn client_body(
        &self,
        id: &str,
        status: u16,
        secret: Option<&str>,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let client = self.kernel.principal(id).filter(|p| is_living_client(p));
        let mut client = self.client(client.ok_or_else(not_found)?, now, request);
        if let Some(secret) = secret {
            client["secret"] = secret.into();
        }
        Ok(Response::json(status, &json!({"client": client})))
    }

    fn client(&self, client: &Principal, now: SystemTime, request: &Request) -> Value {
        let secrets =
            self.kernel.kept_where(now, |c| c.kind == CLIENT_SECRET && c.is_of(&client.id));
        let secret = secrets.last().and_then(|key| self.kernel.credential(*key).secret.get(..10));
        json!({
            "id": number(&client.id),
            "url": format!("{}/api/v2/oauth/clients/{}.json", request.base, client.id),
            "identifier": client.login,
            "name": client.name,
            "kind": client.text("kind"),
            "user_id": number(client.text("user_id")),
            "secret": secret,
            "global": false,
            "created_at": client.text("created_at"),
        })
    }
}
