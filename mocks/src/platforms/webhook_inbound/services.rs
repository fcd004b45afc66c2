//! The automation services. Each has its own way of saying that an address is no more, if any.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Answer, DISCORD, FLOW, MAKE, TEAMS, Webhooks, ZAPIER};
use crate::http::{Request, Response};
use crate::identity::{Cause, Key, Standing};

/// What a scenario that is off, or a hook nobody listens to, answers.
const NO_SCENARIO: &str = "There is no scenario listening for this webhook.";

fn plain(status: u16, text: &str) -> Response {
    Response::text(status, "text/plain; charset=utf-8", text)
}

fn unknown_discord() -> Response {
    Response::json(404, &json!({"message": "Unknown Webhook", "code": 10015}))
}

fn unknown_zap() -> Response {
    Response::json(401, &json!({"status": "error", "message": "Unauthorized"}))
}

/// Refuses in the words of the service the path belongs to.
pub(super) fn dead(request: &Request) -> Response {
    match request.route().1.as_slice() {
        ["hooks", "catch", ..] => unknown_zap(),
        ["api", "webhooks", ..] => unknown_discord(),
        ["workflows", ..] => plain(401, ""),
        ["webhookb2", ..] => plain(404, "Webhook not found"),
        _ => plain(410, "Webhook not found"),
    }
}

impl Webhooks {
    /// Answers a service; `None` where the path belongs to none of them.
    pub(super) fn services(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            (_, ["hooks", "catch", account, hook]) => self.zapier(account, hook, request, now),
            (_, ["api", "webhooks", id, token]) => self.discord(method, id, token, request, now)?,
            ("POST", ["workflows", id, "triggers", "manual", "paths", "invoke"]) => {
                self.flow(id, request, now)
            }
            ("POST", ["webhookb2", token]) => self.teams(token, request, now),
            (_, [token]) if token.len() == 32 => self.make(token, request, now),
            _ => return None,
        };
        Some(answer)
    }

    /// Says success to whatever reaches a known hook, whether anything comes of it or not.
    fn zapier(&mut self, account: &str, hook: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.kernel.lookup(ZAPIER, &format!("{account}/{hook}"));
        let key = key.filter(|key| self.kernel.exists(*key, now)).ok_or_else(unknown_zap)?;
        if self.kernel.standing(key, now) == Standing::Alive {
            self.effect(key, request, now);
        }
        let id = format!("attempt-{}", self.kernel.next_number());
        let body = json!({"attempt": id, "id": id, "request_id": id, "status": "success"});
        Ok(Response::json(200, &body))
    }

    fn make(&mut self, token: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.kernel.lookup(MAKE, token);
        let key = key.ok_or_else(|| plain(410, "Webhook not found"))?;
        match self.kernel.standing(key, now) {
            Standing::Alive if self.kernel.credential(key).data.contains_key("detached") => {
                self.queue(key, request);
            }
            Standing::Alive => self.effect(key, request, now),
            Standing::Revoked if !self.kernel.credential(key).data.contains_key("deleted") => {
                return Err(plain(410, NO_SCENARIO));
            }
            Standing::Disabled => return Err(plain(410, NO_SCENARIO)),
            Standing::Unknown | Standing::Revoked | Standing::Expired | Standing::Masked(_) => {
                return Err(plain(410, "Webhook not found"));
            }
        }
        Ok(plain(200, "Accepted"))
    }

    /// Shows, renames, uses or deletes: who has the address has the hook.
    fn discord(
        &mut self,
        method: &str,
        id: &str,
        token: &str,
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if !matches!(method, "GET" | "POST" | "PATCH" | "DELETE") {
            return None;
        }
        let key = self.kernel.authenticate(DISCORD, &format!("{id}/{token}"), now);
        let Ok(key) = key else { return Some(Err(unknown_discord())) };
        let answer = match method {
            "DELETE" => {
                self.kernel.revoke(key, Cause::Action, now);
                Response::empty(204)
            }
            "POST" => {
                self.effect(key, request, now);
                Response::empty(204)
            }
            _ => {
                if let Some(name) = request.field("name").filter(|_| method == "PATCH") {
                    self.kernel.credential_mut(key).data.insert("name".into(), name.into());
                }
                Response::json(200, &self.discord_body(key))
            }
        };
        Some(Ok(answer))
    }

    fn discord_body(&self, key: Key) -> Value {
        let hook = self.kernel.credential(key);
        let owner = hook.principal.as_deref().and_then(|id| self.kernel.presented(id));
        let named = hook.data.get("name").and_then(Value::as_str).map(str::to_owned);
        let name = named.or_else(|| owner.map(|owner| format!("{}-alerts", owner.login)));
        json!({
            "type": 1, "id": hook.id, "name": name, "channel_id": "8001", "guild_id": "8000",
            "application_id": null, "avatar": null,
        })
    }

    /// Runs a flow; its signature is checked first, then whether it is there and on.
    fn flow(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let signature = request.query("sig").unwrap_or_default();
        let key = self.kernel.lookup(FLOW, &signature);
        let key = key.filter(|key| self.kernel.credential(*key).id == id);
        let key = key.ok_or_else(|| plain(401, "The provided signature is not valid."))?;
        let deleted = self.kernel.credential(key).data.contains_key("deleted");
        match self.kernel.standing(key, now) {
            Standing::Alive => {
                self.effect(key, request, now);
                Ok(Response::empty(202))
            }
            Standing::Disabled => Err(plain(400, "The workflow is not enabled.")),
            Standing::Revoked if deleted => Err(plain(400, "The workflow could not be found.")),
            Standing::Unknown | Standing::Revoked | Standing::Expired | Standing::Masked(_) => {
                Err(plain(401, "The provided signature is not valid."))
            }
        }
    }

    /// Asks for a text, once it has recognized the address.
    fn teams(&mut self, token: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.kernel.authenticate(TEAMS, token, now);
        let key = key.map_err(|_| plain(404, "Webhook not found"))?;
        let text = request.field("text").unwrap_or_default();
        if text.is_empty() {
            return Err(plain(400, "Summary or Text is required."));
        }
        self.effect(key, request, now);
        Ok(plain(200, "1"))
    }
}
