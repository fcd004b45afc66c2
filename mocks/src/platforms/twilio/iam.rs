//! Rotation of the Auth Token, OAuth apps, the organisation's people, and Monitor.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::{meta_page, not_found, unauthenticated};
use super::{ACCESS, ACCESS_LIFE, APP_SECRET, AUTH_TOKEN, Answer, OAUTH_APP, ROLE, Twilio, USER};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Key, State};
use crate::population::{ALNUM, HEX};
use crate::times::iso;

impl Twilio {
    fn marked(&self, account: &str, mark: &str, now: SystemTime) -> Option<Key> {
        let own =
            |c: &Credential| c.kind == AUTH_TOKEN && c.is_of(account) && c.text("mark") == mark;
        self.kernel.kept_where(now, own).last().copied()
    }

    pub(super) fn issue_auth_token(
        &mut self,
        account: &str,
        value: &str,
        mark: &str,
        now: SystemTime,
    ) {
        let id = format!("{mark}-{account}");
        let token = Credential::new(AUTH_TOKEN, &id, value)
            .of(account)
            .with("mark", mark)
            .hidden_by(account, INACTIVE);
        self.kernel.issue(token, now);
    }

    /// Makes, promotes or drops the secondary Auth Token. Until it is promoted both work.
    pub(super) fn auth_tokens(
        &mut self,
        method: &str,
        which: &str,
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if ![("POST", "Secondary"), ("DELETE", "Secondary"), ("POST", "Promote")]
            .contains(&(method, which))
        {
            return None;
        }
        let account = match self.full(request, None, now) {
            Ok(account) => account,
            Err(refusal) => return Some(Err(refusal)),
        };
        let secondary = self.marked(&account, "secondary", now);
        Some(match (method, which, secondary) {
            ("POST", "Secondary", _) => {
                let value = self.kernel.fresh("", 32, HEX);
                if let Some(earlier) = secondary {
                    self.kernel.revoke(earlier, Cause::Protocol, now);
                }
                self.issue_auth_token(&account, &value, "secondary", now);
                self.record("account.auth-token.secondary-created", &account, &account, now);
                let body = json!({
                    "account_sid": account, "secondary_auth_token": value, "date_created": iso(now),
                });
                Ok(Response::json(201, &body))
            }
            (_, _, None) => Err(not_found(&request.path)),
            ("DELETE", _, Some(secondary)) => {
                self.kernel.revoke(secondary, Cause::Action, now);
                self.record("account.auth-token.secondary-deleted", &account, &account, now);
                Ok(Response::empty(204))
            }
            (_, _, Some(secondary)) => {
                if let Some(primary) = self.marked(&account, "primary", now) {
                    self.kernel.revoke(primary, Cause::Action, now);
                    let old = self.kernel.credential_mut(primary);
                    old.data.insert("mark".into(), json!("former"));
                }
                let promoted = self.kernel.credential_mut(secondary);
                promoted.data.insert("mark".into(), json!("primary"));
                let value = promoted.secret.clone();
                self.record("account.auth-token.promoted", &account, &account, now);
                let body = json!({"account_sid": account, "auth_token": value});
                Ok(Response::json(200, &body))
            }
        })
    }

    pub(super) fn iam_keys(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let account = request.query("AccountSid").or_else(|| request.form("AccountSid"));
        let caller = match self.caller(request, now) {
            Ok(caller) => caller,
            Err(refusal) => return Some(Err(refusal)),
        };
        let account = account.unwrap_or(caller.account);
        Some(match (method, rest) {
            ("GET", []) => self.list_keys(request, &account, now, false),
            ("POST", []) => self.create_key(request, &account, now),
            ("DELETE", [id]) => {
                // A key is found by its id alone; whether the caller may is asked of its account.
                let owner = self.kernel.find(super::API_KEY, id);
                let owner = owner.and_then(|key| self.kernel.credential(key).principal.clone());
                self.delete_key(request, &owner.unwrap_or(account), id, now)
            }
            _ => return None,
        })
    }

    /// Exchanges an OAuth app's secret for a token.
    pub(super) fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let field = |name: &str| request.field(name).unwrap_or_default();
        let (id, value) =
            request.basic().unwrap_or_else(|| (field("client_id"), field("client_secret")));
        let good = self.kernel.authenticate_as(APP_SECRET, &id, &value, now);
        good.map_err(|_| unauthenticated())?;
        let account = self.kernel.principal(&id).map(|p| p.text("account").to_owned());
        let access = self.issue_access(&account.unwrap_or_default(), &id, now);
        let life = ACCESS_LIFE.as_secs();
        let body = json!({"access_token": access, "token_type": "Bearer", "expires_in": life});
        Ok(Response::json(200, &body))
    }

    pub(super) fn issue_access(&mut self, account: &str, app: &str, now: SystemTime) -> String {
        let value = self.kernel.fresh("eyJ", 180, ALNUM);
        let id = format!("access-{}", self.kernel.next_number());
        let token = Credential::new(ACCESS, &id, &value)
            .of(account)
            .client(app)
            .expires(now + ACCESS_LIFE)
            .hidden_by(account, INACTIVE);
        self.kernel.issue(token, now);
        value
    }

    pub(super) fn oauth_apps(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let [id] = rest else {
            return None;
        };
        let app = self.kernel.principal(id).filter(|p| p.kind == OAUTH_APP);
        let app = app.filter(|p| p.state() != State::Deleted);
        let account = app.map(|p| p.text("account").to_owned());
        let permitted = self.full(request, account.as_deref(), now);
        Some(match (method, permitted, account) {
            (_, Err(refusal), _) => Err(refusal),
            (_, Ok(_), None) => Err(not_found(&request.path)),
            ("GET", Ok(account), Some(_)) => {
                Ok(Response::json(200, &json!({"sid": id, "account_sid": account})))
            }
            ("DELETE", Ok(account), Some(_)) => {
                // Minted tokens live to their end: unconfirmed, and the longer life.
                self.kernel.set_state(id, State::Deleted, now);
                self.record("oauth-app.deleted", &account, id, now);
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }

    /// The organisation's people and their roles: ending either revokes nothing.
    pub(super) fn organization(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let permitted = self.full(request, None, now);
        match permitted {
            Ok(account) if self.parent_of(&account).is_empty() => {}
            Ok(_) => return Some(Err(unauthenticated())),
            Err(refusal) => return Some(Err(refusal)),
        }
        Some(match (method, rest) {
            ("GET", ["scim", "Users"]) => Ok(self.people(request)),
            ("DELETE", ["scim", "Users", id]) => {
                let there = self.kernel.principal(id);
                let there = there.filter(|p| p.kind == USER && p.state() != State::Deleted);
                if there.is_none() {
                    return Some(Err(not_found(&request.path)));
                }
                self.kernel.set_state(id, State::Deleted, now);
                self.record("user.deleted", "", id, now);
                Ok(Response::empty(204))
            }
            ("GET", ["RoleAssignments"]) => {
                let render = |key: &Key| {
                    let role = self.kernel.credential(*key);
                    json!({"sid": role.id, "identity": role.principal, "role_sid": role.scope})
                };
                let roles: Vec<Value> = self.kernel.kept(ROLE, now).iter().map(render).collect();
                Ok(meta_page(request, "content", &roles))
            }
            ("DELETE", ["RoleAssignments", id]) => {
                let key = self.kernel.find(ROLE, id);
                match key.filter(|key| self.kernel.exists(*key, now)) {
                    Some(key) => {
                        self.kernel.revoke(key, Cause::Action, now);
                        Ok(Response::empty(204))
                    }
                    None => Err(not_found(&request.path)),
                }
            }
            _ => return None,
        })
    }

    fn people(&self, request: &Request) -> Response {
        let people = self.kernel.principals().iter();
        let people = people.filter(|p| p.kind == USER && p.state() != State::Deleted);
        let people: Vec<Value> =
            people.map(|p| json!({"id": p.id, "userName": p.login, "active": true})).collect();
        let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
        let start = number("startIndex").unwrap_or(1).max(1);
        let from = (start - 1).min(people.len());
        let end = (from + number("count").unwrap_or(2)).min(people.len());
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": people.len(), "startIndex": start, "itemsPerPage": end - from,
            "Resources": people[from..end],
        });
        Response::json(200, &body)
    }

    pub(super) fn monitor(&self, request: &Request, now: SystemTime) -> Answer {
        let account = self.full(request, None, now)?;
        let kind = request.query("EventType");
        let events = self.events.iter().rev().filter(|e| {
            let own = e["account_sid"] == *account || self.parent_of(&account).is_empty();
            own && kind.as_ref().is_none_or(|kind| e["event_type"] == **kind)
        });
        Ok(meta_page(request, "events", &events.cloned().collect::<Vec<_>>()))
    }
}
