//! Users in the admin API.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::admin::{error, page};
use super::{Answer, CONSENT, Keycloak, LINK, OFFLINE, PASSWORD, REFRESH, SESSION, USER};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, Key, Principal, State};
use crate::times::epoch;

impl Keycloak {
    pub(super) fn users(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let [id, rest @ ..] = rest else {
            return Some(match method {
                "GET" => Ok(self.list_users(request)),
                "POST" => self.create_user(request, now),
                _ => return None,
            });
        };
        let id = decode_segment(id);
        let there = |p: &&Principal| p.kind == USER && p.state() != State::Deleted;
        if self.kernel.principal(&id).filter(there).is_none() {
            return Some(Err(error(404, "User not found")));
        }
        Some(match (method, rest) {
            ("GET", []) => Ok(Response::json(200, &user_json(self.kernel.principal(&id)?))),
            ("PUT", []) => {
                match request.json()["enabled"].as_bool() {
                    // No session is removed: enabling brings all of them back.
                    Some(false) => self.kernel.set_state(&id, State::Deactivated, now),
                    Some(true) => self.kernel.set_state(&id, State::Active, now),
                    None => {}
                }
                if let (Some(mail), Some(user)) =
                    (request.json()["email"].as_str(), self.kernel.principal_mut(&id))
                {
                    user.data.insert("email".into(), json!(mail));
                }
                if let Some(before) = request.json()["notBefore"].as_u64() {
                    self.not_before(before, |c| c.is_of(&id), now);
                }
                Ok(Response::empty(204))
            }
            ("DELETE", []) => {
                self.kernel.set_state(&id, State::Deleted, now);
                let ended = [SESSION, OFFLINE, REFRESH, CONSENT, PASSWORD, LINK];
                let own = |c: &Credential| ended.contains(&c.kind) && c.is_of(&id);
                self.kernel.revoke_where(Cause::Deactivation, now, own);
                Ok(Response::empty(204))
            }
            ("POST", ["logout"]) => {
                // Whether a not-before is set as well is unconfirmed; without it more lives on.
                self.kernel.revoke_where(Cause::Action, now, |c| c.kind == SESSION && c.is_of(&id));
                self.event("LOGOUT", "", &id, now);
                Ok(Response::empty(204))
            }
            ("PUT", ["reset-password"]) => Ok(self.reset_password(&id, request, now)),
            ("GET", ["sessions"]) => {
                Ok(self.session_page(request, |c| c.kind == SESSION && c.is_of(&id), now))
            }
            ("GET", ["offline-sessions", client]) => {
                let own = |c: &Credential| c.kind == OFFLINE && c.is_of(&id) && c.is_for(client);
                Ok(self.session_page(request, own, now))
            }
            ("GET", ["consents"]) => Ok(self.consents(&id, now)),
            ("DELETE", ["consents", client]) => self.revoke_consent(&id, client, now),
            ("GET", ["credentials"]) => {
                let keys = self.kernel.kept_where(now, |c| c.kind == PASSWORD && c.is_of(&id));
                let render = |key: &Key| {
                    let created = epoch(self.kernel.credential(*key).created) * 1000;
                    json!({"id": "password", "type": "password", "createdDate": created})
                };
                Ok(Response::json(200, &Value::Array(keys.iter().map(render).collect())))
            }
            ("GET", ["federated-identity"]) => Ok(self.links(&id, now)),
            ("DELETE", ["federated-identity", provider]) => {
                let own = |c: &Credential| {
                    c.kind == LINK && c.is_of(&id) && c.text("provider") == *provider
                };
                if self.kernel.revoke_where(Cause::Action, now, own) == 0 {
                    return Some(Err(error(404, "Link not found")));
                }
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }

    fn list_users(&self, request: &Request) -> Response {
        let search = request.query("search").or_else(|| request.query("email"));
        let search = search.or_else(|| request.query("username")).map(|s| s.to_lowercase());
        let users = self.kernel.principals().iter();
        let users = users.filter(|p| p.kind == USER && p.state() != State::Deleted);
        let users = users.filter(|p| search.as_ref().is_none_or(|text| p.login.contains(text)));
        page(request, &users.map(user_json).collect::<Vec<_>>())
    }

    fn create_user(&mut self, request: &Request, now: SystemTime) -> Answer {
        let body = request.json();
        let login =
            body["email"].as_str().or_else(|| body["username"].as_str()).unwrap_or_default();
        if login.is_empty() || self.kernel.by_login(USER, login).is_some() {
            let body = json!({"errorMessage": "User exists with same username"});
            return Err(Response::json(409, &body));
        }
        let id = format!("user-{}", self.kernel.next_number());
        self.kernel.add(Principal::new(USER, &id, login));
        if let Some(password) = body["credentials"][0]["value"].as_str() {
            self.kernel.issue(Credential::new(PASSWORD, &id, password).of(&id), now);
        }
        let place = format!("{}/admin/realms/ours/users/{id}", request.base);
        Ok(Response::empty(201).with("Location", &place))
    }

    /// Sets a password; sessions and tokens stay, there is no logout in this call.
    fn reset_password(&mut self, id: &str, request: &Request, now: SystemTime) -> Response {
        let Some(fresh) = request.field("value") else {
            return error(400, "Password must not be empty");
        };
        let held = |c: &Credential| c.kind == PASSWORD && c.is_of(id);
        if self.kernel.kept_where(now, held).is_empty() {
            self.kernel.issue(Credential::new(PASSWORD, id, &fresh).of(id), now);
        } else {
            self.kernel.replace_secret(PASSWORD, id, &fresh, now);
        }
        self.event("UPDATE_PASSWORD", "", id, now);
        Response::empty(204)
    }

    fn consents(&self, user: &str, now: SystemTime) -> Response {
        let keys = self.kernel.kept_where(now, |c| c.kind == CONSENT && c.is_of(user));
        let render = |key: &Key| {
            let consent = self.kernel.credential(*key);
            let client = consent.client.as_deref().unwrap_or_default();
            let offline = |c: &Credential| c.kind == OFFLINE && c.is_of(user) && c.is_for(client);
            let more = if self.kernel.kept_where(now, offline).is_empty() {
                json!([])
            } else {
                json!([{"client": client, "key": "Offline Token"}])
            };
            let name = self.kernel.principal(client).map(|p| &p.login);
            json!({
                "clientId": name, "additionalGrants": more,
                "grantedClientScopes": consent.scope.split(' ').collect::<Vec<_>>(),
            })
        };
        Response::json(200, &Value::Array(keys.iter().map(render).collect()))
    }

    /// Revokes a consent with the offline sessions of that user and client.
    fn revoke_consent(&mut self, user: &str, client: &str, now: SystemTime) -> Answer {
        let client = self.kernel.by_login(super::CLIENT, client).map(|p| p.id.clone());
        let client = client.ok_or_else(|| error(404, "Client not found"))?;
        let own = |c: &Credential| {
            [CONSENT, OFFLINE].contains(&c.kind) && c.is_of(user) && c.is_for(&client)
        };
        if self.kernel.revoke_where(Cause::Action, now, own) == 0 {
            return Err(error(404, "Consent nor offline token not found"));
        }
        self.event("REVOKE_GRANT", &client, user, now);
        Ok(Response::empty(204))
    }

    /// Deletes the online session of an id, or with `isOffline=true` the offline one: never both.
    pub(super) fn delete_session(
        &mut self,
        id: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let offline = request.query("isOffline").as_deref() == Some("true");
        let kind = if offline { OFFLINE } else { SESSION };
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| error(404, "Session not found"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }
}

fn user_json(user: &Principal) -> Value {
    let mail = match user.text("email") {
        "" => user.login.as_str(),
        changed => changed,
    };
    json!({
        "id": user.id, "username": user.login, "email": mail, "firstName": user.name,
        "enabled": user.state() == State::Active, "emailVerified": true,
    })
}
