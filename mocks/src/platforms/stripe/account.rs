//! The classic API: who the account is, what a key can read of it, and where events are pushed.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{error, missing, page};
use super::{ACCOUNT, Answer, CONNECTION, ENDPOINT, SIGNING, Stripe};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};
use crate::population::ALNUM;
use crate::times::epoch;

impl Stripe {
    /// Says what is left in the till, but not whose it is.
    pub(super) fn balance(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.permitted("rak_balance_read", request, now)?;
        let money = json!([{"amount": 0, "currency": "eur", "source_types": {"card": 0}}]);
        Ok(Response::json(
            200,
            &json!({
                "object": "balance", "available": money, "pending": money, "livemode": false,
            }),
        ))
    }

    /// Answers a listing of which there is nothing.
    pub(super) fn nothing(
        &mut self,
        permission: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        self.permitted(permission, request, now)?;
        Ok(page(request, Vec::new()))
    }

    pub(super) fn own_account(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.permitted("rak_accounts_kyc_basic_read", request, now)?;
        self.account_body(&caller.account)
    }

    pub(super) fn show_account(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let caller = self.permitted("rak_accounts_kyc_basic_read", request, now)?;
        if id == caller.account {
            return self.account_body(id);
        }
        let connection = format!("{}|{id}", caller.home);
        match self.kernel.authenticate(CONNECTION, &connection, now) {
            Ok(_) => self.account_body(id),
            Err(_) => {
                Err(super::answers::not_connected(&self.kernel.credential(caller.key).secret, id))
            }
        }
    }

    fn account_body(&self, id: &str) -> Answer {
        let account = self.kernel.presented(id).filter(|p| p.kind == ACCOUNT);
        let account = account.ok_or_else(|| missing("account", id))?;
        Ok(Response::json(
            200,
            &json!({
                "id": account.id,
                "object": "account",
                "email": account.login,
                "business_profile": {"name": account.name},
                "country": "DE",
                "default_currency": "eur",
                "charges_enabled": true,
            }),
        ))
    }

    /// Lists the accounts connected to the caller's platform.
    pub(super) fn accounts(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.permitted("rak_accounts_kyc_basic_read", request, now)?;
        let found = self.kernel.kept_where(now, |c| c.kind == CONNECTION && c.id == caller.home);
        let accounts = found.into_iter().filter_map(|key| {
            let (_, account) = self.kernel.credential(key).secret.split_once('|')?;
            Some(json!({"id": account, "object": "account"}))
        });
        Ok(page(request, accounts.collect()))
    }

    /// Lists what happened on the caller's account.
    pub(super) fn list_events(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.permitted("rak_event_read", request, now)?;
        let own = |event: &&Value| event["for"] == caller.account;
        let events = self.events.iter().filter(own).map(|event| event["event"].clone());
        Ok(page(request, events.collect()))
    }

    /// Notes an event of an account.
    pub(super) fn event(&mut self, account: &str, kind: &str, object: Value, now: SystemTime) {
        let id = format!("evt_{:06}", self.kernel.next_number());
        self.events.push(json!({"for": account, "event": {
            "id": id, "object": "event", "type": kind, "created": epoch(now),
            "data": {"object": object}, "livemode": false,
        }}));
    }

    /// Everything below `/v1/webhook_endpoints`.
    pub(super) fn endpoints(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let answer = match (method, rest) {
            ("GET", []) => self.list_endpoints(request, now),
            ("POST", []) => self.create_endpoint(request, now),
            ("GET", [id]) => self.show_endpoint(id, request, now),
            ("DELETE", [id]) => self.delete_endpoint(id, request, now),
            _ => return None,
        };
        Some(answer)
    }

    fn list_endpoints(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.permitted("rak_webhook_read", request, now)?;
        let kept = self.kernel.kept_where(now, |c| c.kind == ENDPOINT && c.is_of(&caller.account));
        Ok(page(request, kept.into_iter().map(|key| self.endpoint(key)).collect()))
    }

    fn create_endpoint(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.permitted("rak_webhook_write", request, now)?;
        let url = request
            .form("url")
            .ok_or_else(|| error(400, Some("parameter_missing"), "Missing required param: url."))?;
        let id = self.kernel.fresh("we_", 24, ALNUM);
        let endpoint = Credential::new(ENDPOINT, &id, "").of(&caller.account);
        let key = self.kernel.issue(endpoint.with("url", url), now);
        let secret = self.kernel.fresh("whsec_", 32, ALNUM);
        self.kernel.issue(Credential::new(SIGNING, &id, &secret).of(&caller.account), now);
        let mut body = self.endpoint(key);
        body["secret"] = secret.into();
        Ok(Response::json(200, &body))
    }

    fn show_endpoint(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.permitted("rak_webhook_read", request, now)?;
        let key = self.living_endpoint(id, now)?;
        Ok(Response::json(200, &self.endpoint(key)))
    }

    /// Deletes an endpoint: nothing more is pushed, and nothing signed for it is believed.
    fn delete_endpoint(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.permitted("rak_webhook_write", request, now)?;
        let key = self.living_endpoint(id, now)?;
        self.kernel.revoke(key, Cause::Action, now);
        self.kernel.revoke_where(Cause::Action, now, |c| c.kind == SIGNING && c.id == id);
        let body = json!({"id": id, "object": "webhook_endpoint", "deleted": true});
        Ok(Response::json(200, &body))
    }

    fn living_endpoint(&self, id: &str, now: SystemTime) -> Result<Key, Response> {
        let key = self.kernel.find(ENDPOINT, id).filter(|key| self.kernel.exists(*key, now));
        key.ok_or_else(|| missing("webhook endpoint", id))
    }

    fn endpoint(&self, key: Key) -> Value {
        let endpoint = self.kernel.credential(key);
        json!({
            "id": endpoint.id,
            "object": "webhook_endpoint",
            "url": endpoint.text("url"),
            "enabled_events": ["*"],
            "application": endpoint.client,
            "status": "enabled",
            "created": epoch(endpoint.created),
            "livemode": false,
        })
    }

    /// Gives an endpoint a new signing secret; both sign until the overlap is over.
    pub(super) fn roll_signing(&mut self, endpoint: &str, overlap: Duration, now: SystemTime) {
        let old = self.kernel.kept_where(now, |c| c.kind == SIGNING && c.id == endpoint);
        for key in &old {
            self.kernel.revoke_later(*key, Cause::Action, now, overlap);
        }
        if let Some(last) = old.last() {
            let mut fresh = self.kernel.credential(*last).clone();
            fresh.secret = self.kernel.fresh("whsec_", 32, ALNUM);
            let owner = fresh.principal.clone().unwrap_or_default();
            let renewed = Credential::new(SIGNING, endpoint, &fresh.secret).of(&owner);
            self.kernel.issue(renewed.supplier(fresh.supplier), now);
        }
    }
}
