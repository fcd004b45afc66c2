//! Sessions and refresh tokens by their ids: to delete a session is less than to revoke it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::management::{checkpoint, error, page};
use super::{Answer, Auth0, REFRESH, SESSION};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, Key};
use crate::times::iso;

impl Auth0 {
    pub(super) fn sessions(
        &mut self,
        method: &str,
        rest: &[&str],
        now: SystemTime,
    ) -> Option<Answer> {
        let id = decode_segment(rest.first()?);
        let key = self.kernel.find(SESSION, &id).filter(|key| self.kernel.exists(*key, now));
        let Some(key) = key else {
            return Some(Err(error(404, "Not Found", "The session does not exist.", None)));
        };
        Some(match (method, &rest[1..]) {
            ("GET", []) => Ok(Response::json(200, &self.session_json(key))),
            ("DELETE", []) => {
                self.kernel.revoke(key, Cause::Action, now);
                Ok(Response::empty(202))
            }
            ("POST", ["revoke"]) => {
                self.kernel.revoke(key, Cause::Action, now);
                let bound = |c: &Credential| c.kind == REFRESH && c.text("session") == id;
                self.kernel.revoke_where(Cause::Action, now, bound);
                Ok(Response::empty(202))
            }
            _ => return None,
        })
    }

    fn session_json(&self, key: Key) -> Value {
        let session = self.kernel.credential(key);
        json!({
            "id": session.id, "user_id": session.principal, "created_at": iso(session.created),
            "expires_at": session.expires.map(iso), "clients": [{"client_id": "ACMEBRIDGE"}],
        })
    }

    pub(super) fn session_list(
        &self,
        wanted: impl Fn(&Credential) -> bool,
        now: SystemTime,
    ) -> Vec<Value> {
        let keys = self.kernel.kept_where(now, wanted);
        keys.iter().map(|key| self.session_json(*key)).collect()
    }

    pub(super) fn refresh_list(
        &self,
        wanted: impl Fn(&Credential) -> bool,
        now: SystemTime,
    ) -> Vec<Value> {
        let render = |key: &Key| {
            let token = self.kernel.credential(*key);
            let session = token.data.get("session");
            json!({
                "id": token.id, "user_id": token.principal, "client_id": token.client,
                "session_id": session, "rotating": token.data.get("rotating"),
                "created_at": iso(token.created), "idle_expires_at": token.expires.map(iso),
                "resource_servers": [{"audience": super::OWN_API, "scopes": token.scope}],
            })
        };
        self.kernel.kept_where(now, wanted).iter().map(render).collect()
    }

    pub(super) fn refresh_tokens(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        Some(match (method, rest) {
            ("GET", []) => {
                let (user, client) = (request.query("user_id"), request.query("client_id"));
                let wanted = |c: &Credential| {
                    c.kind == REFRESH
                        && user.as_deref().is_none_or(|id| c.is_of(id))
                        && client.as_deref().is_none_or(|id| c.is_for(id))
                };
                Ok(checkpoint(request, "refresh_tokens", &self.refresh_list(wanted, now)))
            }
            ("POST", ["revoke"]) => Ok(self.revoke_tokens(request, now)),
            ("GET", [id]) => {
                let id = decode_segment(id);
                let found = self.refresh_list(|c| c.kind == REFRESH && c.id == id, now);
                let missing = || error(404, "Not Found", "The refresh token does not exist.", None);
                found.first().map(|t| Response::json(200, t)).ok_or_else(missing)
            }
            ("DELETE", [id]) => self.end_refresh(id, now),
            _ => return None,
        })
    }

    /// Revokes by ids, or by user, client and audience; it answers 204 whatever it found.
    fn revoke_tokens(&mut self, request: &Request, now: SystemTime) -> Response {
        let body = request.json();
        let ids: Option<Vec<&str>> =
            body["ids"].as_array().map(|ids| ids.iter().filter_map(Value::as_str).collect());
        let (user, client) = (body["user_id"].as_str(), body["client_id"].as_str());
        let named = ids.is_some() || user.is_some() || client.is_some();
        let wanted = |c: &Credential| {
            c.kind == REFRESH
                && ids.as_ref().is_none_or(|ids| ids.contains(&c.id.as_str()))
                && user.is_none_or(|id| c.is_of(id))
                && client.is_none_or(|id| c.is_for(id))
        };
        if named {
            // Ids are aimed at, so they reach what a sweep would pass over.
            match &ids {
                Some(ids) => {
                    for id in ids {
                        let _ = self.end_refresh(id, now);
                    }
                }
                None => {
                    self.kernel.revoke_where(Cause::Action, now, wanted);
                }
            }
            self.record("srrt", user.unwrap_or_default(), now);
        }
        Response::empty(204)
    }

    pub(super) fn end_refresh(&mut self, id: &str, now: SystemTime) -> Answer {
        let id = decode_segment(id);
        let key = self.kernel.find(REFRESH, &id).filter(|key| self.kernel.exists(*key, now));
        let missing = || error(404, "Not Found", "The refresh token does not exist.", None);
        let key = key.ok_or_else(missing)?;
        self.kernel.revoke(key, Cause::Action, now);
        let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
        self.record("srrt", &user, now);
        Ok(Response::empty(202))
    }

    pub(super) fn devices(&self, request: &Request, now: SystemTime) -> Response {
        let user = request.query("user_id");
        let wanted =
            |c: &Credential| c.kind == REFRESH && user.as_deref().is_none_or(|id| c.is_of(id));
        let render = |key: &Key| {
            let token = self.kernel.credential(*key);
            json!({
                "id": token.id, "type": "refresh_token", "user_id": token.principal,
                "client_id": token.client, "device_name": "device",
            })
        };
        let keys = self.kernel.kept_where(now, wanted);
        page(request, "device_credentials", &keys.iter().map(render).collect::<Vec<_>>())
    }

    fn session_of(&self, request: &Request, now: SystemTime) -> Option<Key> {
        self.kernel.authenticate(SESSION, request.cookie("auth0")?, now).ok()
    }

    /// Signs in silently with the tenant's cookie, or says that it cannot.
    pub(super) fn authorize(&mut self, request: &Request, now: SystemTime) -> Answer {
        let back =
            request.query("redirect_uri").unwrap_or_else(|| "https://ours.example/cb".into());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        match self.session_of(request, now) {
            Some(key) => {
                let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
                let shown = self.kernel.presented(&user).map(|p| p.id.clone()).unwrap_or_default();
                let code = format!("code-{}", self.kernel.next_number());
                query.append_pair("code", &code).append_pair("sub", &shown);
            }
            None => {
                query.append_pair("error", "login_required");
                query.append_pair("error_description", "Login required");
            }
        }
        Ok(Response::redirect(&format!("{back}?{}", query.finish())))
    }

    /// Ends the session of the browser, and no token.
    pub(super) fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        if let Some(key) = self.session_of(request, now) {
            self.kernel.revoke(key, Cause::Action, now);
            let user = self.kernel.credential(key).principal.clone().unwrap_or_default();
            self.record("slo", &user, now);
        }
        Ok(Response::redirect("https://ours.example/"))
    }
}
