//! A user's grants, app passwords and second factors. Most of it fails once the user is suspended.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::api::error;
use super::oauth::family;
use super::{APP_PASSWORD, Answer, Google, REFRESH};
use crate::http::{Response, decode_segment};
use crate::identity::{Cause, Credential, Key, State};
use crate::times::epoch;

impl Google {
    pub(super) fn personal(
        &mut self,
        method: &str,
        id: &str,
        rest: &[&str],
        now: SystemTime,
    ) -> Option<Answer> {
        let suspended = self.kernel.principal(id)?.state() == State::Suspended;
        Some(match (method, rest) {
            ("GET" | "DELETE", ["tokens", ..]) if suspended => {
                Err(error(401, "UNAUTHENTICATED", "Login Required"))
            }
            ("POST", ["verificationCodes", "invalidate"] | ["twoStepVerification", "turnOff"])
                if suspended =>
            {
                Err(error(400, "INVALID_ARGUMENT", "Invalid Input: userKey"))
            }
            ("GET", ["tokens"]) => Ok(self.grants(id, now)),
            ("DELETE", ["tokens", client]) => self.delete_grant(id, &decode_segment(client), now),
            ("GET", ["asps"]) => Ok(self.app_passwords(id, now)),
            ("DELETE", ["asps", code]) => self.delete_app_password(id, code, now),
            ("GET", ["verificationCodes"]) => {
                let user = self.kernel.principal(id)?;
                let left = user.text("codes").split(' ').filter(|code| !code.is_empty());
                let items: Vec<Value> =
                    left.map(|code| json!({"userId": id, "verificationCode": code})).collect();
                let kind = "admin#directory#verificationCodesList";
                Ok(Response::json(200, &json!({"kind": kind, "items": items})))
            }
            ("POST", ["verificationCodes", "invalidate"]) => {
                self.forget(id, "codes");
                self.record_about(id, "REVOKE_BACKUP_CODES", now);
                Ok(Response::empty(204))
            }
            ("POST", ["twoStepVerification", "turnOff"]) => {
                if self.kernel.principal(id)?.text("second_factor").is_empty() {
                    let why = "User not enrolled in 2-Step Verification";
                    return Some(Err(error(400, "INVALID_ARGUMENT", why)));
                }
                self.forget(id, "second_factor");
                self.record_about(id, "TURN_OFF_2_STEP_VERIFICATION", now);
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }

    fn forget(&mut self, id: &str, name: &str) {
        if self.kernel.spares(Cause::Action) {
            return;
        }
        if let Some(user) = self.kernel.principal_mut(id) {
            user.data.insert(name.into(), json!(""));
        }
    }

    /// Lists one entry a client, without dates: a second token of the same client does not show.
    fn grants(&self, id: &str, now: SystemTime) -> Response {
        let keys = self.kernel.kept_where(now, |c| c.kind == REFRESH && c.is_of(id));
        let mut seen: Vec<String> = Vec::new();
        let mut items = Vec::new();
        for token in keys.iter().map(|key| self.kernel.credential(*key)) {
            let client = token.client.clone().unwrap_or_default();
            if seen.contains(&client) {
                continue;
            }
            let name = self.kernel.principal(&client).map_or(client.as_str(), |p| p.name.as_str());
            items.push(json!({
                "kind": "admin#directory#token", "clientId": client, "userKey": id,
                "displayText": name, "scopes": token.scope.split(' ').collect::<Vec<_>>(),
                "anonymous": false, "nativeApp": false,
            }));
            seen.push(client);
        }
        Response::json(200, &json!({"kind": "admin#directory#tokenList", "items": items}))
    }

    fn delete_grant(&mut self, id: &str, client: &str, now: SystemTime) -> Answer {
        let own = |c: &Credential| c.kind == REFRESH && c.is_of(id) && c.is_for(client);
        let keys = self.kernel.kept_where(now, own);
        if keys.is_empty() {
            return Err(error(404, "NOT_FOUND", "Resource Not Found: clientId"));
        }
        for key in keys {
            self.kernel.revoke(key, Cause::Action, now);
        }
        let grant = family(id, client);
        self.kernel.revoke_where(Cause::Action, now, |c| c.is_from(&grant));
        self.record_about(id, "REVOKE_3LO_TOKEN", now);
        Ok(Response::empty(204))
    }

    fn app_passwords(&self, id: &str, now: SystemTime) -> Response {
        let keys = self.kernel.kept_where(now, |c| c.kind == APP_PASSWORD && c.is_of(id));
        let render = |key: &Key| {
            let stored = self.kernel.credential(*key);
            json!({
                "kind": "admin#directory#asp", "codeId": stored.text("code").parse::<u64>().ok(),
                "name": stored.text("name"), "userKey": id, "lastTimeUsed": "0",
                "creationTime": (epoch(stored.created) * 1000).to_string(),
            })
        };
        let items: Vec<Value> = keys.iter().map(render).collect();
        Response::json(200, &json!({"kind": "admin#directory#aspList", "items": items}))
    }

    fn delete_app_password(&mut self, id: &str, code: &str, now: SystemTime) -> Answer {
        let own = |c: &Credential| c.kind == APP_PASSWORD && c.is_of(id) && c.text("code") == code;
        if self.kernel.revoke_where(Cause::Action, now, own) == 0 {
            return Err(error(404, "NOT_FOUND", "Resource Not Found: codeId"));
        }
        self.record_about(id, "REVOKE_ASP", now);
        Ok(Response::empty(204))
    }
}
