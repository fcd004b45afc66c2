//! The gateway: the organisation's admin API by key, and products by OAuth or scoped token.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{ACCESS, ACCOUNT, Answer, Atlassian, CLOUD, GRANT, ORG, ORG_KEY, SCIM, SCOPED_TOKEN};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Principal, State};

impl Atlassian {
    pub(super) fn gateway(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("GET", ["oauth", "token", "accessible-resources"]) => {
                return Some(self.resources(request, now));
            }
            ("GET", ["me"]) => return Some(self.me(request, now)),
            ("GET", ["ex", "jira", cloud, "rest", "api", "3", "myself"]) => {
                return Some(self.product(cloud, request, now));
            }
            ("GET", ["scim", "directory", directory, "Users"]) => {
                return Some(self.directory(directory, request, now));
            }
            (_, ["admin" | "users", ..]) => {}
            _ => return None,
        }
        let given = request.bearer().unwrap_or_default();
        let Ok(key) = self.kernel.authenticate(ORG_KEY, given, now) else {
            return Some(Err(unauthorized()));
        };
        if method != "GET" && self.kernel.credential(key).scope == "read" {
            return Some(Err(error(403, "forbidden", "The API key lacks the scope.")));
        }
        Some(match (method, segments.as_slice()) {
            ("GET", ["admin", "v1", "orgs"]) => {
                let orgs = [json!({"id": ORG, "type": "orgs", "attributes": {"name": "Ours"}})];
                Ok(Response::json(200, &json!({"data": orgs, "links": {}})))
            }
            ("GET", ["admin", "v1", "orgs", ORG, "users"]) => {
                // Managed accounts only: external ones are in the directory search.
                Ok(self.accounts(request, |p| p.text("domain") == "managed"))
            }
            ("POST", ["admin", "v1", "orgs", ORG, "users", "search"]) => {
                Ok(self.accounts(request, |_| true))
            }
            ("GET", ["admin", "v1", "orgs", ORG, "events"]) => {
                let events: Vec<Value> = self.events.iter().rev().cloned().collect();
                Ok(page(request, &events))
            }
            ("GET", ["admin", "v1", "orgs", ORG, "policies"]) => Ok(page(request, &[])),
            ("DELETE", ["admin", "v1", "orgs", ORG, "directory", "users", id]) => {
                self.take_access(id, State::Deactivated, now)
            }
            ("POST", ["admin", "v1", "orgs", ORG, "directory", "users", id, "suspend-access"]) => {
                self.take_access(id, State::Suspended, now)
            }
            ("POST", ["admin", "v1", "orgs", ORG, "directory", "users", id, "restore-access"]) => {
                self.take_access(id, State::Active, now)
            }
            (_, ["users", id, "manage", rest @ ..]) => {
                return self.manage(method, &decode_segment(id), rest, request, now);
            }
            _ => return None,
        })
    }

    fn accounts(&self, request: &Request, wanted: impl Fn(&Principal) -> bool) -> Response {
        let accounts = self.kernel.principals().iter();
        let accounts = accounts.filter(|p| p.kind == ACCOUNT && wanted(p));
        let status = |p: &Principal| match p.state() {
            State::Active => "active",
            State::Suspended | State::Deactivated => "inactive",
            State::Deleted => "closed",
        };
        let accounts: Vec<Value> = accounts
            .map(|p| {
                json!({
                    "account_id": p.id, "account_type": "atlassian", "account_status": status(p),
                    "name": p.name, "email": p.login, "product_access": [{"key": "jira-servicedesk"}],
                })
            })
            .collect();
        page(request, &accounts)
    }

    /// Takes or gives back the seat on our site: the account itself is not touched.
    fn take_access(&mut self, id: &str, state: State, now: SystemTime) -> Answer {
        let seat = format!("seat:{}", decode_segment(id));
        if self.kernel.principal(&seat).is_none() {
            return Err(error(404, "not_found", "The user is not in the directory."));
        }
        self.kernel.set_state(&seat, state, now);
        self.record("user_access_changed", id, now);
        Ok(Response::empty(204))
    }

    fn bearer(&self, request: &Request, now: SystemTime) -> Result<(String, String), Response> {
        let given = request.bearer().unwrap_or_default();
        let key = self.kernel.authenticate(ACCESS, given, now).map_err(|_| unauthorized())?;
        let token = self.kernel.credential(key);
        Ok((token.principal.clone().unwrap_or_default(), token.text("consent").to_owned()))
    }

    /// Lists the sites a token reaches: none once the grant is gone, though the token is valid.
    fn resources(&self, request: &Request, now: SystemTime) -> Answer {
        let (account, consent) = self.bearer(request, now)?;
        let granted = consent.is_empty()
            || self.kernel.find(GRANT, &consent).is_some_and(|key| self.kernel.exists(key, now));
        let sites = if granted && self.seated(&account, now) {
            json!([{"id": CLOUD, "name": "ours", "scopes": ["read:jira-work"]}])
        } else {
            json!([])
        };
        Ok(Response::json(200, &sites))
    }

    fn me(&self, request: &Request, now: SystemTime) -> Answer {
        let (account, _) = self.bearer(request, now)?;
        let shown = self.kernel.presented(&account).ok_or_else(unauthorized)?;
        let body = json!({"account_id": shown.id, "email": shown.login, "name": shown.name});
        Ok(Response::json(200, &body))
    }

    /// A product through the gateway: ours, or any other site the account has.
    fn product(&self, cloud: &str, request: &Request, now: SystemTime) -> Answer {
        let by_scope = || {
            let given = request.basic().map(|(_, token)| token);
            let given = given.or_else(|| request.bearer().map(str::to_owned))?;
            let key = self.kernel.authenticate(SCOPED_TOKEN, &given, now).ok()?;
            self.kernel.credential(key).principal.clone()
        };
        let by_token = || {
            let (_, token) = request.basic()?;
            let key = self.kernel.authenticate(super::API_TOKEN, &token, now).ok()?;
            self.kernel.credential(key).principal.clone()
        };
        let owner = match by_scope().or_else(by_token) {
            Some(owner) => owner,
            None => self.bearer(request, now)?.0,
        };
        if cloud == CLOUD {
            return self.describe(&owner, now);
        }
        let home = self.kernel.principal(&owner).is_some_and(|p| p.text("home") == cloud);
        let shown = self.kernel.presented(&owner).filter(|_| home);
        let shown = shown.ok_or_else(|| error(404, "not_found", "No such site."))?;
        let body = json!({"accountId": shown.id, "emailAddress": shown.login, "active": true});
        Ok(Response::json(200, &body))
    }

    fn directory(&self, directory: &str, request: &Request, now: SystemTime) -> Answer {
        let given = request.bearer().unwrap_or_default();
        let key = self.kernel.authenticate(SCIM, given, now).ok();
        let own = key.filter(|key| self.kernel.credential(*key).text("directory") == directory);
        own.ok_or_else(unauthorized)?;
        let schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
        let body = json!({"schemas": [schema], "totalResults": 0, "Resources": []});
        Ok(Response::json(200, &body))
    }
}

pub(super) fn unauthorized() -> Response {
    Response::json(401, &json!({"code": 401, "message": "Unauthorized"}))
}

pub(super) fn error(status: u16, key: &str, message: &str) -> Response {
    Response::json(status, &json!({"key": key, "context": {}, "message": message}))
}

/// Cuts a listing by cursor; two a page, so that a client which ignores the link misses something.
pub(super) fn page(request: &Request, items: &[Value]) -> Response {
    let start = request.query("cursor").and_then(|c| c.strip_prefix("c-")?.parse().ok());
    let start: usize = start.unwrap_or(0).min(items.len());
    let end = (start + 2).min(items.len());
    let mut body = json!({"data": items[start..end], "links": {}});
    if end < items.len() {
        body["links"]["next"] = json!(format!("{}{}?cursor=c-{end}", request.base, request.path));
    }
    Response::json(200, &body)
}
