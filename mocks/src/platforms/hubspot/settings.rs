//! The account's API: details, users, owners, activity, SMTP tokens.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{ADMIN, Answer, HubSpot, PERSONAL_KEY, SMTP_TOKEN, USER, error, not_found};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Principal, State};
use crate::population::ALNUM;
use crate::times::iso;

const SECURITY: &str = "account-info.security.read";
const READ: &str = "settings.users.read";
const WRITE: &str = "settings.users.write";

impl HubSpot {
    /// Everything on the API host that is not about tokens; `None` where there is no such route.
    pub(super) fn settings(
        &mut self,
        method: &str,
        segments: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let answer = match (method, segments) {
            ("GET", ["account-info", "v3" | "2026-03", "details"]) => self.details(request, now),
            ("GET", ["account-info", "v3", "api-usage", "daily", "private-apps"]) => {
                self.usage(request, now)
            }
            ("GET", ["account-info", "v3", "activity", "login"]) => {
                self.activity(request, &self.logins.clone(), now)
            }
            ("GET", ["account-info", "v3", "activity", "security" | "audit-logs"]) => {
                self.activity(request, &self.events.clone(), now)
            }
            ("GET", ["settings", "v3", "users"]) => self.list_users(request, now),
            ("POST", ["settings", "v3", "users"]) => self.create_user(request, now),
            ("GET", ["settings", "v3", "users", id]) => self.show_user(id, request, now),
            ("DELETE", ["settings", "v3", "users", id]) => self.remove_user(id, request, now),
            ("GET", ["crm", "v3", "owners"]) => self.owners(request, now),
            ("DELETE", ["crm", "v3", "objects", "users", id]) => self.archive(id, request, now),
            ("GET", ["marketing", "v3", "transactional", "smtp-tokens"]) => {
                self.smtp_tokens(request, now)
            }
            ("POST", ["marketing", "v3", "transactional", "smtp-tokens"]) => {
                self.create_smtp_token(request, now)
            }
            ("DELETE", ["marketing", "v3", "transactional", "smtp-tokens", id]) => {
                self.delete_smtp_token(id, request, now)
            }
            _ => return None,
        };
        Some(answer)
    }

    /// Private apps only: an OAuth token may not ask.
    fn usage(&self, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, "oauth", now)?;
        let limits = json!([{"name": "private-apps-api-calls-daily", "usageLimit": 250_000,
            "currentUsage": 1, "collectedAt": iso(now)}]);
        Ok(Response::json(200, &json!({"results": limits})))
    }

    fn activity(&self, request: &Request, entries: &[Value], now: SystemTime) -> Answer {
        self.scoped(request, SECURITY, now)?;
        let user = request.query("userId").and_then(|id| id.parse::<u64>().ok());
        let wanted: Vec<Value> = entries
            .iter()
            .filter(|entry| user.is_none_or(|id| entry["userId"] == id))
            .cloned()
            .collect();
        Ok(page(request, wanted))
    }

    fn list_users(&self, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, READ, now)?;
        let there = |p: &&Principal| p.kind == USER && p.state() != State::Deleted;
        Ok(page(request, self.kernel.principals().iter().filter(there).map(render).collect()))
    }

    fn known(&self, id: &str) -> Result<&Principal, Response> {
        let user = self.kernel.principal(id).filter(|p| p.kind == USER);
        user.filter(|p| p.state() != State::Deleted).ok_or_else(not_found)
    }

    fn show_user(&self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, READ, now)?;
        Ok(Response::json(200, &render(self.known(id)?)))
    }

    fn create_user(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, WRITE, now)?;
        let body = request.json();
        let missing = || error(400, "VALIDATION_ERROR", "email is required");
        let email = body["email"].as_str().ok_or_else(missing)?;
        if self.kernel.by_login(USER, email).is_some() {
            return Err(error(409, "CONFLICT", "User already exists"));
        }
        let id = (40_000 + self.kernel.next_number()).to_string();
        self.kernel.add(Principal::new(USER, &id, email));
        Ok(Response::json(201, &render(self.known(&id)?)))
    }

    /// Takes the user out of this account, with the key that was the user's own. Private apps,
    /// service keys and the apps the user connected are the account's.
    fn remove_user(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, WRITE, now)?;
        self.known(id)?;
        if id == ADMIN {
            return Err(error(400, "VALIDATION_ERROR", "The last super admin stays"));
        }
        self.kernel.set_state(id, State::Deleted, now);
        let own =
            |c: &Credential| c.is_of(id) && (c.kind == PERSONAL_KEY || c.text("from") == "key");
        self.kernel.revoke_where(Cause::Deactivation, now, own);
        self.record("REMOVE_USER", ADMIN, id, now);
        Ok(Response::empty(204))
    }

    fn owners(&self, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, READ, now)?;
        let archived = request.query("archived").as_deref() == Some("true");
        let wanted = |p: &&Principal| p.kind == USER && (p.state() == State::Deleted) == archived;
        let owners = self.kernel.principals().iter().filter(wanted).map(|user| {
            json!({"id": user.id, "email": user.login, "userId": user.id, "archived": archived})
        });
        Ok(page(request, owners.collect()))
    }

    /// Puts the CRM's object into the recycling bin. It is not the account's user: nobody loses
    /// anything by it.
    fn archive(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, WRITE, now)?;
        self.known(id)?;
        Ok(Response::empty(204))
    }

    fn smtp_tokens(&self, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, WRITE, now)?;
        let tokens = self.kernel.kept(SMTP_TOKEN, now).into_iter().map(|key| {
            let token = self.kernel.credential(key);
            json!({
                "id": token.id, "campaignName": token.text("campaign"),
                "createdBy": token.text("by"), "createdAt": iso(token.created),
            })
        });
        Ok(page(request, tokens.collect()))
    }

    /// Mints: the only answer that holds the password.
    fn create_smtp_token(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, WRITE, now)?;
        let campaign = request.json()["campaignName"].as_str().unwrap_or("mock").to_owned();
        let (id, password) =
            (self.kernel.fresh("smtp-", 12, ALNUM), self.kernel.fresh("", 32, ALNUM));
        let token = Credential::new(SMTP_TOKEN, &id, &password).with("campaign", campaign.as_str());
        self.kernel.issue(token, now);
        self.record("SMTP_TOKEN_CREATED", ADMIN, &id, now);
        let body = json!({"id": id, "password": password, "campaignName": campaign});
        Ok(Response::json(201, &body))
    }

    fn delete_smtp_token(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.scoped(request, WRITE, now)?;
        let key = self.kernel.find(SMTP_TOKEN, id).filter(|key| self.kernel.exists(*key, now));
        self.kernel.revoke(key.ok_or_else(not_found)?, Cause::Action, now);
        self.record("SMTP_TOKEN_DELETED", ADMIN, id, now);
        Ok(Response::empty(204))
    }
}

/// Renders one page; `paging.next.after` leads on.
fn page(request: &Request, items: Vec<Value>) -> Response {
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let (from, size) = (number("after").unwrap_or(0), number("limit").unwrap_or(100).clamp(1, 100));
    let end = (from + size).min(items.len());
    let mut body = json!({"results": items.get(from..end).unwrap_or_default()});
    if end < items.len() {
        let link = format!("{}{}?after={end}&limit={size}", request.base, request.path);
        body["paging"] = json!({"next": {"after": end.to_string(), "link": link}});
    }
    Response::json(200, &body)
}

fn render(user: &Principal) -> Value {
    json!({
        "id": user.id,
        "email": user.login,
        "roleIds": [],
        "superAdmin": user.id == ADMIN,
    })
}
