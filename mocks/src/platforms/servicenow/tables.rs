//! The Table API's reading half: which tables there are, who may read them, what a row holds.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::Caller;
use super::{
    ACCESS, API_KEY, Answer, ENTITY, INTEGRATION, REFRESH, ROLE, SESSION, ServiceNow, USER,
    not_found, query,
};
use crate::http::{Request, Response};
use crate::identity::{Key, Principal, Standing, State};
use crate::times::iso;

impl ServiceNow {
    /// Everything below `/api/now/table`; `None` where there is no such table or method.
    pub(super) fn table(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let (table, id) = match rest {
            [table] => (*table, None),
            [table, id] => (*table, Some(*id)),
            _ => return None,
        };
        let role = match table {
            "sys_user" => "itil",
            "oauth_credential" | "oauth_entity" => "oauth_admin",
            "api_key" => "api_service_admin",
            "sys_user_has_role" | "v_user_session" | "sysevent" => "user_admin",
            _ => return None,
        };
        let caller = match self.caller(request, now) {
            Ok(caller) => caller,
            Err(refusal) => return Some(Err(refusal)),
        };
        let cookie = caller.cookie.clone();
        let answer = self.with_role(&caller, role, now).and_then(|()| match (method, id) {
            ("GET", None) => Ok(self.list(table, &caller, request, now)),
            ("GET", Some(id)) => self.read(table, id, &caller, request, now),
            _ => self.write(method, table, id, &caller, request, now),
        });
        // Refusals for a known user hand the cookie out as well.
        let with_cookie = |answer: Response| match &cookie {
            Some(cookie) => answer.with("Set-Cookie", cookie),
            None => answer,
        };
        Some(answer.map(with_cookie).map_err(with_cookie))
    }

    fn list(&self, table: &str, caller: &Caller, request: &Request, now: SystemTime) -> Response {
        // The query language can name the caller, the nearest thing to a who-am-I there is.
        let own = self.kernel.presented(&caller.user);
        let (id, name) = own.map_or(("", ""), |user| (user.id.as_str(), user.login.as_str()));
        let filter = request.query("sysparm_query").unwrap_or_default();
        let filter = filter.replace("javascript:gs.getUserID()", id);
        let filter = filter.replace("javascript:gs.getUserName()", name);
        let mut rows = self.rows(table, caller, now);
        rows.retain(|row| query::fits(row, &filter));
        query::page(request, &rows)
    }

    fn read(
        &self,
        table: &str,
        id: &str,
        caller: &Caller,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let rows = self.rows(table, caller, now);
        let row = rows.iter().find(|row| row["sys_id"] == *id).ok_or_else(not_found)?;
        Ok(Response::json(200, &json!({"result": query::project(request, row)})))
    }

    /// Gives the rows of a table that the caller may see.
    pub(super) fn rows(&self, table: &str, caller: &Caller, now: SystemTime) -> Vec<Value> {
        match table {
            "sys_user" => {
                // A business rule hides inactive users from everybody but administrators.
                let all = self.has_role(&caller.user, "user_admin", now);
                let shown = |p: &&Principal| all || p.state() == State::Active;
                let users = self.kernel.principals().iter().filter(|p| p.kind == USER);
                users.filter(shown).map(|user| self.user(user)).collect()
            }
            "oauth_credential" => self.credentials(&[ACCESS, REFRESH], now, |key| self.token_row(key)),
            "api_key" => self.credentials(&[API_KEY], now, |key| self.api_key(key, now)),
            "v_user_session" => {
                // Only this node's sessions are shown.
                let mut rows = self.credentials(&[SESSION, INTEGRATION], now, |key| {
                    let session = self.kernel.credential(key);
                    json!({
                        "sys_id": session.id, "user": session.principal,
                        "node": if session.kind == SESSION { session.text("node") } else { "1" },
                    })
                });
                rows.retain(|row| row["node"] != "2");
                rows
            }
            "oauth_entity" => self.each(ENTITY, |entity| {
                json!({
                    "sys_id": entity.id, "client_id": entity.login, "name": entity.name,
                    "active": (entity.state() == State::Active).to_string(),
                    "user": entity.text("user"),
                })
            }),
            "sys_user_has_role" => self.each(ROLE, |role| {
                json!({"sys_id": role.id, "user": role.login, "role": role.name, "state": "active"})
            }),
            _ => self.events.clone(),
        }
    }

    fn each(&self, kind: &str, render: impl Fn(&Principal) -> Value) -> Vec<Value> {
        let all = self.kernel.principals().iter().filter(|p| p.kind == kind);
        all.filter(|p| p.state() != State::Deleted).map(render).collect()
    }

    fn credentials(
        &self,
        kinds: &[&str],
        now: SystemTime,
        render: impl Fn(Key) -> Value,
    ) -> Vec<Value> {
        let keys = self.kernel.kept_where(now, |c| kinds.contains(&c.kind));
        keys.into_iter().map(render).collect()
    }

    fn user(&self, user: &Principal) -> Value {
        let flag = |name: &str| {
            let set = user.text(name);
            if set.is_empty() { "false".to_owned() } else { set.to_owned() }
        };
        json!({
            "sys_id": user.id,
            "user_name": user.login,
            "email": user.login,
            "name": user.name,
            "active": (user.state() == State::Active).to_string(),
            "locked_out": self.shows_locked(&user.id).to_string(),
            "web_service_access_only": flag("web_service_access_only"),
            "internal_integration_user": flag("internal_integration_user"),
            "password_needs_reset": flag("password_needs_reset"),
            "company": user.text("company"),
        })
    }

    fn token_row(&self, key: Key) -> Value {
        let token = self.kernel.credential(key);
        json!({
            "sys_id": token.id,
            "type": if token.kind == REFRESH { "refresh_token" } else { "access_token" },
            "user": token.principal,
            "peer": token.client,
            "expires": token.expires.map(iso),
            "token_received": iso(token.created),
        })
    }

    fn api_key(&self, key: Key, now: SystemTime) -> Value {
        let record = self.kernel.credential(key);
        let on = self.kernel.standing(key, now) != Standing::Disabled;
        json!({
            "sys_id": record.id,
            "name": record.text("name"),
            "user": record.principal,
            "active": on.to_string(),
            // Empty means never.
            "expiry": record.expires.map(iso).unwrap_or_default(),
        })
    }
}
