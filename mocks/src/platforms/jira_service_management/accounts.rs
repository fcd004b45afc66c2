//! Managed accounts: their life cycle and tokens. An external account is none of ours to manage.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::org::error;
use super::{ACCOUNT, API_TOKEN, Answer, Atlassian, SCOPED_TOKEN};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key, State};
use crate::times::{epoch, iso};

/// Within this a deletion can be cancelled.
const GRACE: Duration = Duration::from_secs(14 * 86_400);

impl Atlassian {
    pub(super) fn manage(
        &mut self,
        method: &str,
        id: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let Some(account) = self.kernel.principal(id).filter(|p| p.kind == ACCOUNT) else {
            return Some(Err(error(404, "not_found", "The account does not exist.")));
        };
        if account.text("domain") != "managed" {
            return Some(Err(error(403, "forbidden", "The account is not managed by you.")));
        }
        let synced = !account.text("synced").is_empty();
        let deleted = account.data.get("deleted").and_then(Value::as_u64);
        Some(match (method, rest) {
            ("POST", ["lifecycle", "disable"]) if synced => {
                Err(error(403, "forbidden.action", "The account is synced from Google Workspace."))
            }
            ("POST", ["lifecycle", "disable"]) => {
                self.kernel.set_state(id, State::Deactivated, now);
                self.record("user_deactivated", id, now);
                Ok(Response::empty(204))
            }
            ("POST", ["lifecycle", "enable"]) => {
                self.kernel.set_state(id, State::Active, now);
                self.record("user_reactivated", id, now);
                Ok(Response::empty(204))
            }
            ("POST", ["lifecycle", "delete"]) => {
                self.kernel.set_state(id, State::Deleted, now);
                if let Some(account) = self.kernel.principal_mut(id) {
                    account.data.insert("deleted".into(), json!(epoch(now)));
                }
                self.record("user_deleted", id, now);
                Ok(Response::empty(202))
            }
            ("POST", ["lifecycle", "cancel-delete"]) => {
                let late = deleted.is_none_or(|at| epoch(now) >= at + GRACE.as_secs());
                if late {
                    return Some(Err(error(400, "bad_request", "The account cannot be restored.")));
                }
                self.kernel.set_state(id, State::Active, now);
                Ok(Response::empty(202))
            }
            ("GET", ["api-tokens"]) => Ok(self.tokens(id, now)),
            ("DELETE", ["api-tokens", token]) => {
                let own = |key: &Key| {
                    self.kernel.exists(*key, now) && self.kernel.credential(*key).is_of(id)
                };
                let key = self.kernel.find(API_TOKEN, token);
                let key = key.or_else(|| self.kernel.find(SCOPED_TOKEN, token)).filter(own);
                let Some(key) = key else {
                    return Some(Err(error(404, "not_found", "The API token does not exist.")));
                };
                self.kernel.revoke(key, Cause::Action, now);
                self.record("user_token_revoked", id, now);
                Ok(Response::empty(204))
            }
            ("PUT", ["email"]) => {
                let email = request.field("email").unwrap_or_default();
                if let Some(account) = self.kernel.principal_mut(id) {
                    account.login = email;
                }
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }

    /// Lists the account's tokens. Whether scoped ones are among them is unconfirmed: they are not.
    fn tokens(&self, id: &str, now: SystemTime) -> Response {
        let keys = self.kernel.kept_where(now, |c: &Credential| c.kind == API_TOKEN && c.is_of(id));
        let render = |key: &Key| {
            let token = self.kernel.credential(*key);
            json!({
                "id": token.id, "label": token.text("label"), "createdAt": iso(token.created),
                "lastAccess": null, "expiry": token.expires.map(iso),
            })
        };
        Response::json(200, &Value::Array(keys.iter().map(render).collect()))
    }
}
