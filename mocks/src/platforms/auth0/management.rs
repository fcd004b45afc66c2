//! The Management API's front door, its errors and pages, and what is too small for a file.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{ACCESS, Answer, Auth0, GRANT, MANAGEMENT, SCIM};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, Key, Standing};

const KEY_ID: &str = "mock-1";

impl Auth0 {
    pub(super) fn management(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if let Err(refusal) = self.allowed(request, now) {
            return Some(Err(refusal));
        }
        Some(match (method, rest) {
            (_, ["users", rest @ ..]) => return self.users(method, rest, request, now),
            (_, ["sessions", ..]) => return self.sessions(method, &rest[1..], now),
            (_, ["refresh-tokens", ..]) => {
                return self.refresh_tokens(method, &rest[1..], request, now);
            }
            ("GET", ["device-credentials"]) => Ok(self.devices(request, now)),
            ("DELETE", ["device-credentials", id]) => self.end_refresh(id, now),
            ("GET", ["grants"]) => Ok(self.grants(request, now)),
            ("DELETE", ["grants", id]) => self.delete_grant(id, now),
            (_, ["clients", rest @ ..]) => return self.clients(method, rest, request, now),
            (_, ["client-grants", rest @ ..]) => {
                return self.client_grants(method, rest, request, now);
            }
            ("GET", ["keys", "signing"]) => Ok(Response::json(
                200,
                &json!([{"kid": KEY_ID, "current": true, "revoked": false}]),
            )),
            ("PUT", ["keys", "signing", kid, "revoke"]) => {
                if *kid != KEY_ID {
                    return Some(Err(error(
                        404,
                        "Not Found",
                        "The signing key does not exist.",
                        None,
                    )));
                }
                // Every JWT of the tenant, the caller's own included.
                self.kernel.revoke_where(Cause::Action, now, |c| c.kind == ACCESS);
                Ok(Response::json(200, &json!({"kid": KEY_ID, "cert": ""})))
            }
            ("GET", ["logs"]) => Ok(self.logs(request)),
            ("GET", ["log-streams" | "connections"]) => Ok(Response::json(200, &json!([]))),
            (_, ["connections", id, "scim-configuration", "tokens", one @ ..]) => {
                return self.scim_tokens(method, id, one.first().copied(), now);
            }
            ("POST", ["tickets", "password-change"]) => {
                let link = "https://ours.auth0.example/lo/reset?ticket=mock";
                Ok(Response::json(201, &json!({"ticket": link})))
            }
            _ => return None,
        })
    }

    fn allowed(&self, request: &Request, now: SystemTime) -> Result<(), Response> {
        let Some(given) = request.bearer() else {
            return Err(invalid_token("Missing authentication"));
        };
        let key =
            self.kernel.lookup(ACCESS, given).ok_or_else(|| invalid_token("Invalid token"))?;
        let token = self.kernel.credential(key);
        if token.text("audience") != MANAGEMENT {
            return Err(invalid_token("Bad audience: expected the Management API"));
        }
        match self.kernel.standing(key, now) {
            Standing::Alive => {}
            Standing::Expired => {
                let why = "Expired token received for JSON Web Token validation";
                return Err(invalid_token(why));
            }
            Standing::Unknown | Standing::Revoked | Standing::Disabled | Standing::Masked(_) => {
                return Err(invalid_token("Invalid token"));
            }
        }
        let reads = request.method == "GET";
        let fits = |s: &str| if reads { s.starts_with("read:") } else { !s.starts_with("read:") };
        if token.scope.split(' ').any(fits) {
            return Ok(());
        }
        let why = "Insufficient scope, expected any of: update:users,delete:users";
        Err(error(403, "Forbidden", why, Some("insufficient_scope")))
    }

    fn logs(&self, request: &Request) -> Response {
        let kind = request.query("q").and_then(|q| Some(q.split_once("type:")?.1.to_owned()));
        let wanted = kind.as_deref().and_then(|text| text.split(' ').next());
        let wanted = wanted.map(|text| text.trim_matches('"').to_owned());
        let events = self.events.iter().rev();
        let events = events.filter(|e| wanted.as_ref().is_none_or(|kind| e["type"] == **kind));
        page(request, "logs", &events.cloned().collect::<Vec<_>>())
    }

    fn grants(&self, request: &Request, now: SystemTime) -> Response {
        let user = request.query("user_id");
        let wanted =
            |c: &Credential| c.kind == GRANT && user.as_deref().is_none_or(|user| c.is_of(user));
        let render = |key: &Key| {
            let grant = self.kernel.credential(*key);
            json!({
                "id": grant.id, "clientID": grant.client, "user_id": grant.principal,
                "audience": super::OWN_API, "scope": grant.scope.split(' ').collect::<Vec<_>>(),
            })
        };
        let grants: Vec<Value> = self.kernel.kept_where(now, wanted).iter().map(render).collect();
        page(request, "grants", &grants)
    }

    /// Deletes a consent with all refresh tokens issued in its context.
    fn delete_grant(&mut self, id: &str, now: SystemTime) -> Answer {
        let id = decode_segment(id);
        let key = self.kernel.find(GRANT, &id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| error(404, "Not Found", "The grant does not exist.", None))?;
        let grant = self.kernel.credential(key).clone();
        self.kernel.revoke(key, Cause::Action, now);
        let (user, client) =
            (grant.principal.unwrap_or_default(), grant.client.unwrap_or_default());
        let own = |c: &Credential| c.kind == super::REFRESH && c.is_of(&user) && c.is_for(&client);
        self.kernel.revoke_where(Cause::Action, now, own);
        Ok(Response::empty(204))
    }

    fn scim_tokens(
        &mut self,
        method: &str,
        connection: &str,
        one: Option<&str>,
        now: SystemTime,
    ) -> Option<Answer> {
        let held =
            self.kernel.kept_where(now, |c| c.kind == SCIM && c.text("connection") == connection);
        Some(match (method, one) {
            ("GET", None) => {
                let render = |key: &Key| {
                    let token = self.kernel.credential(*key);
                    json!({"token_id": token.id, "scopes": ["get:users", "patch:users"]})
                };
                Ok(Response::json(200, &Value::Array(held.iter().map(render).collect())))
            }
            ("DELETE", Some(id)) => {
                let key = held.into_iter().find(|key| self.kernel.credential(*key).id == id);
                match key {
                    Some(key) => {
                        self.kernel.revoke(key, Cause::Action, now);
                        Ok(Response::empty(204))
                    }
                    None => Err(error(404, "Not Found", "The SCIM token does not exist.", None)),
                }
            }
            _ => return None,
        })
    }

    /// The inbound SCIM endpoint of an enterprise connection; only its token matters here.
    pub(super) fn scim_users(
        &self,
        connection: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let given = request.bearer().unwrap_or_default();
        let key = self.kernel.authenticate(SCIM, given, now).ok();
        let own = key.filter(|key| self.kernel.credential(*key).text("connection") == connection);
        if own.is_none() {
            let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
            let body = json!({"schemas": [schema], "status": "401", "detail": "Invalid token"});
            return Err(Response::json(401, &body));
        }
        let schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
        let body = json!({"schemas": [schema], "totalResults": 0, "Resources": []});
        Ok(Response::json(200, &body))
    }
}

pub(super) fn error(status: u16, name: &str, message: &str, code: Option<&str>) -> Response {
    let mut body = json!({"statusCode": status, "error": name, "message": message});
    if let Some(code) = code {
        body["errorCode"] = json!(code);
    }
    Response::json(status, &body)
}

pub(super) fn invalid_token(message: &str) -> Response {
    error(401, "Unauthorized", message, None)
}

/// Cuts a listing into numbered pages; two without `per_page`, so that a client which stops after
/// the first misses something even in this small population.
pub(super) fn page(request: &Request, name: &str, items: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
    let size = number("per_page").unwrap_or(2).max(1);
    let start = (number("page").unwrap_or(0) * size).min(items.len());
    let end = (start + size).min(items.len());
    if request.query("include_totals").as_deref() != Some("true") {
        return Response::json(200, &json!(items[start..end]));
    }
    let body = json!({
        "start": start, "limit": size, "length": end - start, "total": items.len(),
        (name): items[start..end],
    });
    Response::json(200, &body)
}

/// Cuts a listing by checkpoint: `take` and `from`, the next one in the body.
pub(super) fn checkpoint(request: &Request, name: &str, items: &[Value]) -> Response {
    let take = request.query("take").and_then(|v| v.parse::<usize>().ok()).unwrap_or(2).max(1);
    let from = request.query("from").and_then(|v| v.strip_prefix("cp-")?.parse::<usize>().ok());
    let start = from.unwrap_or(0).min(items.len());
    let end = (start + take).min(items.len());
    let mut body = json!({(name): items[start..end]});
    if end < items.len() {
        body["next"] = json!(format!("cp-{end}"));
    }
    Response::json(200, &body)
}
