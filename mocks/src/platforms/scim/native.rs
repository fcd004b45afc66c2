//! The provider's own API: how its people really get in. SCIM never sees any of it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{API_TOKEN, Answer, OAUTH, PASSWORD, SESSION, SESSION_LIFE, TOKEN, Target, USER};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};
use crate::population::ALNUM;

impl Target {
    pub(super) fn native(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        Some(match (method, segments.as_slice()) {
            ("GET", ["api", "me"]) => self.me(request, now),
            ("POST", ["login"]) => self.sign_in(request, now),
            ("GET", ["api", "tokens"]) => self.tokens(request, now),
            ("POST", ["api", "tokens"]) => self.mint(request, now),
            ("DELETE", ["api", "tokens", id]) => self.delete_token(id, request, now),
            _ => return None,
        })
    }

    /// Finds the secret a request came with: an API or OAuth token, or a session's cookie.
    fn caller(&self, request: &Request, now: SystemTime) -> Result<Key, Response> {
        let given = request.bearer().unwrap_or_default();
        let cookie = request.cookie("sid").unwrap_or_default();
        let tried = [(API_TOKEN, given), (OAUTH, given), (SESSION, cookie)];
        let mut found = tried
            .iter()
            .filter_map(|(kind, value)| self.kernel.authenticate(kind, value, now).ok());
        found.next().ok_or_else(refused)
    }

    fn me(&self, request: &Request, now: SystemTime) -> Answer {
        let key = self.caller(request, now)?;
        let owner = self.kernel.credential(key).principal.as_deref().unwrap_or_default();
        let shown = self.kernel.presented(owner).ok_or_else(refused)?;
        let body = json!({"id": shown.id, "userName": shown.login, "displayName": shown.name});
        Ok(Response::json(200, &body))
    }

    fn sign_in(&mut self, request: &Request, now: SystemTime) -> Answer {
        let login = request.field("userName").unwrap_or_default();
        let user = self.kernel.by_login(USER, &login).map(|p| p.id.clone()).ok_or_else(refused)?;
        let given = request.field("password").unwrap_or_default();
        let good = self.kernel.authenticate_as(PASSWORD, &user, &given, now);
        good.map_err(|_| refused())?;
        let cookie = self.kernel.fresh("", 40, ALNUM);
        let id = format!("session-{}", self.kernel.next_number());
        let session = Credential::new(SESSION, &id, &cookie).of(&user).expires(now + SESSION_LIFE);
        self.kernel.issue(session, now);
        let shown = self.kernel.presented(&user).map(|p| p.login.clone());
        let body = json!({"id": user, "userName": shown});
        let cookie = format!("sid={cookie}; Path=/; HttpOnly; Secure");
        Ok(Response::json(200, &body).with("Set-Cookie", &cookie))
    }

    /// The administrator of the provider; a SCIM token with the right to write also is one.
    fn admin(&self, request: &Request, now: SystemTime) -> Result<(), Response> {
        let given = request.bearer().unwrap_or_default();
        let scim = self.kernel.authenticate(TOKEN, given, now);
        if scim.is_ok_and(|key| self.kernel.credential(key).text("admin") == "yes") {
            return Ok(());
        }
        self.caller(request, now)?;
        let body = json!({"error": "forbidden", "message": "Administrators only"});
        Err(Response::json(403, &body))
    }

    fn tokens(&self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let user = request.query("user");
        let own = |c: &Credential| {
            c.kind == API_TOKEN && user.as_deref().is_none_or(|user| c.is_of(user))
        };
        let render = |key: &Key| {
            let token = self.kernel.credential(*key);
            json!({"id": token.id, "user": token.principal})
        };
        let tokens: Vec<Value> = self.kernel.kept_where(now, own).iter().map(render).collect();
        let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
        let from = number("cursor").unwrap_or(0).min(tokens.len());
        let end = (from + number("limit").unwrap_or(2).max(1)).min(tokens.len());
        let next = (end < tokens.len()).then(|| end.to_string());
        Ok(Response::json(200, &json!({"tokens": tokens[from..end], "next": next})))
    }

    fn mint(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let user = request.field("user").unwrap_or_default();
        if self.kernel.principal(&user).is_none_or(|p| p.kind != USER) {
            return Err(Response::json(404, &json!({"error": "not_found"})));
        }
        let value = self.kernel.fresh("pat_", 36, ALNUM);
        let id = format!("pat-{}", self.kernel.next_number());
        self.kernel.issue(Credential::new(API_TOKEN, &id, &value).of(&user), now);
        Ok(Response::json(201, &json!({"id": id, "token": value, "user": user})))
    }

    fn delete_token(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let key = self.kernel.find(API_TOKEN, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| Response::json(404, &json!({"error": "not_found"})))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }
}

pub(super) fn refused() -> Response {
    let body = json!({"error": "invalid_token", "message": "Not signed in"});
    Response::json(401, &body).with("WWW-Authenticate", "Bearer error=\"invalid_token\"")
}
