//! Apps (OAuth clients): their secrets, their tokens, and the consents of their users.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::Okta;
use super::auth::{self, Right};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Key, Principal, State};
use crate::population::URL_SAFE;
use crate::times::iso;

impl Okta {
    pub(super) fn apps(
        &mut self,
        request: &Request,
        rest: &[&str],
        now: SystemTime,
    ) -> Option<Response> {
        let read = request.method == "GET";
        let right = if read { Right::Read } else { Right::Manage };
        let caller = match self.admin(request, now, right) {
            Ok(caller) => caller.id,
            Err(refusal) => return Some(refusal),
        };
        if let ("GET", []) = (request.method.as_str(), rest) {
            let there = |p: &&Principal| p.kind == "client" && p.state() != State::Deleted;
            let apps = self.kernel.principals().iter().filter(there);
            let apps: Vec<Value> = apps.map(app_json).collect();
            return Some(auth::page(request, &apps, 1));
        }
        let (app, rest) = rest.split_first()?;
        let found = self.kernel.principal(app).filter(|p| p.kind == "client");
        let Some(found) = found.filter(|p| p.state() != State::Deleted) else {
            return Some(auth::not_found(app, "AppInstance"));
        };
        let state = found.state();
        Some(match (request.method.as_str(), rest) {
            ("GET", []) => Response::json(200, &app_json(found)),
            ("DELETE", []) if state == State::Active => {
                let cause = "Deactivate the app before deleting it.";
                auth::error_with(403, "E0000056", "Delete application forbidden.", &[cause])
            }
            ("DELETE", []) => self.app_state(app, State::Deleted, &caller, now, 204),
            ("POST", ["lifecycle", "deactivate"]) => {
                self.app_state(app, State::Deactivated, &caller, now, 200)
            }
            ("POST", ["lifecycle", "activate"]) => {
                self.app_state(app, State::Active, &caller, now, 200)
            }
            ("GET", ["tokens"]) => self.list_tokens(request, now, |c| c.is_for(app)),
            ("DELETE", ["tokens"]) => {
                self.clear_tokens(now, |c| c.is_for(app));
                Response::empty(204)
            }
            (_, ["users", one @ ..]) => return self.assignments(request, app, one, &caller, now),
            (_, ["credentials", "secrets", one @ ..]) => {
                return self.secrets(request, app, one, now);
            }
            _ => return None,
        })
    }

    fn app_state(
        &mut self,
        app: &str,
        state: State,
        actor: &str,
        now: SystemTime,
        status: u16,
    ) -> Response {
        self.kernel.set_state(app, state, now);
        let event = match state {
            State::Active => "app.oauth2.client.lifecycle.activate",
            State::Suspended | State::Deactivated => "app.oauth2.client.lifecycle.deactivate",
            State::Deleted => "app.oauth2.client.lifecycle.delete",
        };
        self.record(event, actor, app, now);
        if status == 204 { Response::empty(204) } else { Response::json(200, &json!({})) }
    }

    fn secrets(
        &mut self,
        request: &Request,
        app: &str,
        rest: &[&str],
        now: SystemTime,
    ) -> Option<Response> {
        let keys = self.kernel.kept_where(now, |c| c.kind == "client_secret" && c.is_of(app));
        let one = rest
            .first()
            .and_then(|id| keys.iter().copied().find(|key| self.kernel.credential(*key).id == *id));
        let active = keys.iter().filter(|key| self.shows_active(**key)).count();
        Some(match (request.method.as_str(), rest, one) {
            ("GET", [], _) => {
                let list = keys.iter().map(|key| self.secret_json(*key)).collect();
                Response::json(200, &Value::Array(list))
            }
            ("POST", [], _) if keys.len() >= 2 => {
                let cause = "You've reached the maximum number of client secrets per client.";
                validation(cause)
            }
            ("POST", [], _) => self.add_secret(app, now),
            (_, [id, ..], None) => auth::not_found(id, "ClientSecret"),
            ("GET", [_], Some(key)) => Response::json(200, &self.secret_json(key)),
            ("POST", [_, "lifecycle", "deactivate"], Some(key)) => {
                if active < 2 && self.shows_active(key) {
                    return Some(validation("You can't deactivate the only active client secret."));
                }
                self.switch_secret(key, false, now)
            }
            ("POST", [_, "lifecycle", "activate"], Some(key)) => self.switch_secret(key, true, now),
            ("DELETE", [_], Some(key)) => {
                if self.shows_active(key) {
                    let cause = "You can't delete an active client secret. \
                                 Deactivate the secret before deleting it.";
                    return Some(validation(cause));
                }
                self.kernel.revoke(key, Cause::Action, now);
                Response::empty(204)
            }
            _ => return None,
        })
    }

    fn add_secret(&mut self, app: &str, now: SystemTime) -> Response {
        let value = self.kernel.fresh("", 64, URL_SAFE);
        let id = format!("ocs{}", self.kernel.next_number());
        let secret = Credential::new("client_secret", &id, &value).of(app).hidden_by(app, INACTIVE);
        let key = self.kernel.issue(secret, now);
        let mut body = self.secret_json(key);
        body["client_secret"] = json!(value);
        Response::json(201, &body)
    }

    /// What is shown follows the call, whatever a fault makes of the secret itself.
    fn switch_secret(&mut self, key: Key, on: bool, now: SystemTime) -> Response {
        self.kernel.set_enabled(key, on, now);
        let status = if on { "ACTIVE" } else { "INACTIVE" };
        self.kernel.credential_mut(key).data.insert("status".into(), json!(status));
        Response::json(200, &self.secret_json(key))
    }

    fn shows_active(&self, key: Key) -> bool {
        self.kernel.credential(key).text("status") != "INACTIVE"
    }

    fn secret_json(&self, key: Key) -> Value {
        let secret = self.kernel.credential(key);
        let status = if self.shows_active(key) { "ACTIVE" } else { "INACTIVE" };
        json!({
            "id": secret.id, "status": status, "created": iso(secret.created),
            "lastUpdated": iso(secret.created),
            "secret_hash": crate::population::secret(&secret.id, "", 22, URL_SAFE),
        })
    }

    /// Clears the refresh tokens of one server's client, and of no other server.
    pub(super) fn clear_server_tokens(
        &mut self,
        request: &Request,
        server: &str,
        client: &str,
        now: SystemTime,
    ) -> Response {
        if let Err(refusal) = self.admin(request, now, Right::Manage) {
            return refusal;
        }
        let server = if server == "aus1" { "default" } else { server };
        self.clear_tokens(now, |c| c.is_for(client) && c.text("server") == server);
        Response::empty(204)
    }

    /// Ends refresh tokens and the access tokens issued with them; an access token that came
    /// without a refresh token is not affected.
    fn clear_tokens(&mut self, now: SystemTime, wanted: impl Fn(&Credential) -> bool) {
        let keys = self.kernel.kept_where(now, |c| c.kind == "refresh" && wanted(c));
        for key in keys {
            let id = self.kernel.credential(key).id.clone();
            self.kernel.revoke(key, Cause::Action, now);
            let with = |c: &Credential| c.kind == "access" && c.is_from(&id);
            self.kernel.revoke_where(Cause::Action, now, with);
        }
    }

    fn list_tokens(
        &self,
        request: &Request,
        now: SystemTime,
        wanted: impl Fn(&Credential) -> bool,
    ) -> Response {
        let keys = self.kernel.kept_where(now, |c| c.kind == "refresh" && wanted(c));
        let tokens: Vec<Value> = keys.iter().map(|key| self.token_json(*key)).collect();
        auth::page(request, &tokens, 2)
    }

    fn token_json(&self, key: Key) -> Value {
        let token = self.kernel.credential(key);
        json!({
            "id": token.id, "status": "ACTIVE", "clientId": token.client, "userId": token.principal,
            "scopes": token.scope.split(' ').collect::<Vec<_>>(), "created": iso(token.created),
            "expiresAt": token.expires.map(iso),
            "issuer": match token.text("server") {
                "default" => format!("{}/oauth2/default", self.org),
                _ => self.org.clone(),
            },
        })
    }

    pub(super) fn list_clients(&self, request: &Request, user: &str, now: SystemTime) -> Response {
        let kinds = ["refresh", "grant"];
        let keys = self.kernel.kept_where(now, |c| kinds.contains(&c.kind) && c.is_of(user));
        let mut ids: Vec<&String> =
            keys.iter().filter_map(|key| self.kernel.credential(*key).client.as_ref()).collect();
        ids.dedup();
        let name = |id: &str| self.kernel.principal(id).map(|p| p.name.clone());
        let clients: Vec<Value> =
            ids.iter().map(|id| json!({"client_id": id, "client_name": name(id)})).collect();
        auth::page(request, &clients, 20)
    }

    pub(super) fn list_grants(
        &self,
        request: &Request,
        user: &str,
        client: Option<&str>,
        now: SystemTime,
    ) -> Response {
        let wanted = |c: &Credential| {
            c.kind == "grant" && c.is_of(user) && client.is_none_or(|client| c.is_for(client))
        };
        let keys = self.kernel.kept_where(now, wanted);
        let grant = |key: &Key| {
            let grant = self.kernel.credential(*key);
            json!({
                "id": grant.id, "status": "ACTIVE", "clientId": grant.client,
                "userId": grant.principal, "scopeId": grant.scope, "created": iso(grant.created),
            })
        };
        let grants: Vec<Value> = keys.iter().map(grant).collect();
        auth::page(request, &grants, 20)
    }

    /// Lists or ends a user's tokens or consents at one client: two calls that know nothing of
    /// each other, so that consents survive a revocation of tokens.
    pub(super) fn user_tokens(
        &mut self,
        request: &Request,
        user: &str,
        client: &str,
        (kind, one): (&str, Option<&str>),
        now: SystemTime,
    ) -> Option<Response> {
        let own =
            |c: &Credential| c.is_of(user) && c.is_for(client) && one.is_none_or(|id| c.id == id);
        let sort = if kind == "tokens" { "refresh" } else { "grant" };
        let found = self.kernel.kept_where(now, |c| c.kind == sort && own(c));
        if let (Some(id), []) = (one, found.as_slice()) {
            return Some(auth::not_found(id, "OAuth2RefreshToken"));
        }
        Some(match (request.method.as_str(), kind, one) {
            ("GET", "tokens", None) => self.list_tokens(request, now, own),
            ("GET", "tokens", Some(_)) => Response::json(200, &self.token_json(*found.first()?)),
            ("GET", _, None) => self.list_grants(request, user, Some(client), now),
            ("DELETE", "tokens", _) => {
                self.clear_tokens(now, own);
                Response::empty(204)
            }
            ("DELETE", _, _) => {
                for key in found {
                    self.kernel.revoke(key, Cause::Action, now);
                }
                Response::empty(204)
            }
            _ => return None,
        })
    }
}

fn app_json(app: &Principal) -> Value {
    let status = if app.state() == State::Active { "ACTIVE" } else { "INACTIVE" };
    json!({
        "id": app.id, "name": "oidc_client", "label": app.name, "status": status,
        "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": {"client_id": app.id}},
    })
}

fn validation(cause: &str) -> Response {
    auth::error_with(400, "E0000001", "Api validation failed", &[cause])
}
