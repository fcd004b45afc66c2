//! The 2010 API: accounts, keys, and a resource every credential may read.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::{Power, not_found, not_permitted, page, unauthenticated};
use super::{ACCOUNT, API_KEY, Answer, Twilio, sid};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE, INACTIVE, Key, Principal, State};
use crate::population::ALNUM;
use crate::times::iso;

impl Twilio {
    pub(super) fn accounts(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let [account, rest @ ..] = rest else {
            return (method == "GET").then(|| self.list_accounts(request, now));
        };
        Some(match (method, rest) {
            ("GET", []) => self.show_account(account, request, now),
            ("POST", []) => self.change_account(account, request, now),
            ("GET", ["Keys"]) => self.list_keys(request, account, now, true),
            ("POST", ["Keys"]) => self.create_key(request, account, now),
            ("DELETE", ["Keys", key]) => self.delete_key(request, account, key, now),
            ("GET", ["Messages"]) => self.resource(account, "messages", request, now),
            ("GET", ["Calls"]) => self.resource(account, "calls", request, now),
            ("GET", ["AuthorizedConnectApps"]) => {
                self.resource(account, "authorized_connect_apps", request, now)
            }
            ("GET", ["SIP", "CredentialLists"]) => {
                self.resource(account, "credential_lists", request, now)
            }
            _ => return None,
        })
    }

    fn list_accounts(&self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.full(request, None, now)?;
        let all = self
            .kernel
            .principals()
            .iter()
            .filter(|p| p.kind == ACCOUNT && (p.id == caller || p.text("parent") == caller));
        Ok(page(request, "accounts", &all.map(account_json).collect::<Vec<_>>()))
    }

    /// The who-am-I of Auth Tokens and Main keys; any other key is refused as if it were dead.
    fn show_account(&self, account: &str, request: &Request, now: SystemTime) -> Answer {
        let account = self.full(request, Some(account), now)?;
        let shown = self.kernel.presented(&account).filter(|p| p.kind == ACCOUNT);
        let shown = shown.ok_or_else(|| not_found(&request.path))?;
        Ok(Response::json(200, &account_json(shown)))
    }

    /// Suspends, closes or re-activates a subaccount.
    fn change_account(&mut self, account: &str, request: &Request, now: SystemTime) -> Answer {
        let account = self.full(request, Some(account), now)?;
        if self.parent_of(&account).is_empty() {
            return Err(not_permitted());
        }
        let state = match request.form("Status").as_deref() {
            Some("suspended") => Some(State::Suspended),
            Some("closed") => Some(State::Deleted),
            Some("active") => Some(State::Active),
            _ => None,
        };
        if let Some(state) = state {
            self.kernel.set_state(&account, state, now);
            self.record("account.updated", &account, &account, now);
        }
        let shown = self.kernel.principal(&account).map(account_json).unwrap_or_default();
        Ok(Response::json(200, &shown))
    }

    /// A resource beyond accounts and keys: its answer names the account it belongs to.
    fn resource(&self, account: &str, name: &str, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        if caller.account != account && self.parent_of(account) != caller.account {
            return Err(unauthenticated());
        }
        if caller.power == Power::Restricted && name != "messages" {
            return Err(not_permitted());
        }
        let shown = self.kernel.presented(account).map(|p| p.id.clone()).unwrap_or_default();
        let one = json!({"sid": sid("SM", 1), "account_sid": shown, "status": "delivered"});
        let items = if name == "messages" { vec![one] } else { Vec::new() };
        Ok(page(request, name, &items))
    }

    pub(super) fn list_keys(
        &self,
        request: &Request,
        account: &str,
        now: SystemTime,
        old: bool,
    ) -> Answer {
        let account = self.full(request, Some(account), now)?;
        let held = |c: &Credential| c.kind == API_KEY && c.is_of(&account);
        let render = |key: &Key| {
            let stored = self.kernel.credential(*key);
            // Neither who made it nor when it was last used.
            json!({
                "sid": stored.id, "friendly_name": stored.text("name"),
                "date_created": iso(stored.created), "date_updated": iso(stored.created),
            })
        };
        let keys: Vec<Value> = self.kernel.kept_where(now, held).iter().map(render).collect();
        let answer = if old { page } else { super::access::meta_page };
        Ok(answer(request, "keys", &keys))
    }

    pub(super) fn create_key(
        &mut self,
        request: &Request,
        account: &str,
        now: SystemTime,
    ) -> Answer {
        let account = self.full(request, Some(account), now)?;
        let kind = request.form("KeyType").unwrap_or_else(|| "standard".into());
        if kind == "main" {
            // Main keys are made in the console only.
            return Err(not_permitted());
        }
        let id = sid("SK", 50_000 + self.kernel.next_number());
        let value = self.kernel.fresh("", 32, ALNUM);
        let name = request.form("FriendlyName").unwrap_or_default();
        self.issue_key(&id, &value, &account, (&kind, &name), now);
        self.record("api-key.created", &account, &id, now);
        let body = json!({
            "sid": id, "friendly_name": name, "secret": value, "date_created": iso(now),
        });
        Ok(Response::json(201, &body))
    }

    pub(super) fn issue_key(
        &mut self,
        id: &str,
        value: &str,
        account: &str,
        (kind, name): (&str, &str),
        now: SystemTime,
    ) {
        let key = Credential::new(API_KEY, id, value)
            .of(account)
            .with("type", kind)
            .with("name", name)
            .hidden_by(account, INACTIVE)
            .hidden_by(&self.parent_of(account), GONE);
        self.kernel.issue(key, now);
    }

    pub(super) fn delete_key(
        &mut self,
        request: &Request,
        account: &str,
        id: &str,
        now: SystemTime,
    ) -> Answer {
        let account = self.full(request, Some(account), now)?;
        let own = |key: &Key| {
            self.kernel.exists(*key, now) && self.kernel.credential(*key).is_of(&account)
        };
        let key = self.kernel.find(API_KEY, id).filter(own);
        let key = key.ok_or_else(|| not_found(&request.path))?;
        self.kernel.revoke(key, Cause::Action, now);
        self.record("api-key.deleted", &account, id, now);
        Ok(Response::empty(204))
    }
}

fn account_json(account: &Principal) -> Value {
    let status = match account.state() {
        State::Active => "active",
        State::Suspended | State::Deactivated => "suspended",
        State::Deleted => "closed",
    };
    let owner =
        if account.text("parent").is_empty() { &account.id } else { account.text("parent") };
    json!({
        "sid": account.id, "friendly_name": account.name, "status": status, "type": "Full",
        "owner_account_sid": owner,
    })
}
