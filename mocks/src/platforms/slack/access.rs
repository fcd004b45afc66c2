//! Who is calling: the token's kind is read off its prefix, as Slack does.

use std::time::SystemTime;

use serde_json::json;

use super::{
    APP_TOKEN, Answer, BOT, BOT_TOKEN, SESSION, Slack, TEAM, USER_TOKEN, failed, flag, succeeded,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Key, Standing, State};

/// Somebody whose token works.
pub(super) struct Caller {
    /// The user or bot; empty for an app-level token.
    pub(super) principal: String,
    pub(super) key: Key,
    pub(super) kind: &'static str,
}

/// Takes the token from the header, the body or the query.
pub(super) fn sent(request: &Request) -> Option<String> {
    let token = request.bearer().map(str::to_owned);
    let token = token.or_else(|| request.field("token")).or_else(|| request.query("token"));
    token.filter(|token| !token.is_empty())
}

fn kind_of(token: &str) -> Option<&'static str> {
    match token.split('-').next() {
        Some("xoxp" | "xoxe.xoxp") => Some(USER_TOKEN),
        Some("xoxb" | "xoxe.xoxb") => Some(BOT_TOKEN),
        Some("xapp") => Some(APP_TOKEN),
        Some("xoxc") => Some(SESSION),
        Some(_) | None => None,
    }
}

/// Gives the code for a token of ours that works no more, by its prefix.
///
/// For user tokens and bot tokens the meanings are documented; the others have no code of their own.
pub(super) fn dead_code(token: &str) -> &'static str {
    match kind_of(token) {
        Some(USER_TOKEN) => "token_revoked",
        Some(BOT_TOKEN) => "account_inactive",
        Some(_) | None => "invalid_auth",
    }
}

impl Slack {
    /// Demands a working token of any kind.
    pub(super) fn caller(&self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let token = sent(request).ok_or_else(|| failed("not_authed"))?;
        let kind = kind_of(&token).ok_or_else(|| failed("invalid_auth"))?;
        let key = self.kernel.authenticate(kind, &token, now).map_err(|standing| {
            failed(match standing {
                Standing::Unknown | Standing::Alive => "invalid_auth",
                Standing::Expired if kind != SESSION => "token_expired",
                Standing::Expired
                | Standing::Revoked
                | Standing::Disabled
                | Standing::Masked(_) => dead_code(&token),
            })
        })?;
        let credential = self.kernel.credential(key);
        // A session has two halves, and needs both.
        if kind == SESSION && request.cookie("d") != Some(credential.text("cookie")) {
            return Err(failed("invalid_auth"));
        }
        let principal = credential.principal.clone().unwrap_or_default();
        Ok(Caller { principal, key, kind })
    }

    /// Demands a token of a user or a bot, with a scope.
    pub(super) fn scoped(
        &self,
        scope: &str,
        request: &Request,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        let caller = self.caller(request, now)?;
        if caller.kind == APP_TOKEN {
            return Err(failed("not_allowed_token_type"));
        }
        let provided = &self.kernel.credential(caller.key).scope;
        // A browser session carries whatever its user may do, which is enough for what members may.
        let fits = caller.kind == SESSION || provided.split(' ').any(|word| word == scope);
        if fits {
            return Ok(caller);
        }
        let provided = provided.replace(' ', ",");
        let body = json!({
            "ok": false, "error": "missing_scope", "needed": scope, "provided": provided,
        });
        Err(Response::json(200, &body))
    }

    /// Demands the token of an administrator, with a scope.
    pub(super) fn admin(
        &self,
        scope: &str,
        request: &Request,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        let caller = self.scoped(scope, request, now)?;
        if caller.kind == USER_TOKEN { Ok(caller) } else { Err(failed("not_allowed_token_type")) }
    }

    /// Answers who the token is. No scope is needed.
    pub(super) fn auth_test(&self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        if caller.kind == APP_TOKEN {
            return Err(failed("not_allowed_token_type"));
        }
        let who = self.kernel.presented(&caller.principal);
        let who = who.ok_or_else(|| failed("internal_error"))?;
        let mut body = json!({
            "url": "https://ours.slack.com/",
            "team": "Ours",
            "user": who.name,
            "team_id": TEAM,
            "user_id": who.id,
            "is_enterprise_install": false,
        });
        if who.kind == BOT {
            body["bot_id"] = who.text("bot_id").into();
        }
        Ok(succeeded(body))
    }

    /// Revokes the token it is called with, unless `test` is set. Admins cannot name another.
    pub(super) fn auth_revoke(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        // Documented for user and bot tokens; for an app-level token or a session nothing is.
        if caller.kind == APP_TOKEN || caller.kind == SESSION {
            return Err(failed("not_allowed_token_type"));
        }
        if flag(request, "test") {
            return Ok(succeeded(json!({"revoked": false})));
        }
        self.kernel.revoke(caller.key, Cause::Action, now);
        if caller.kind == BOT_TOKEN {
            self.kernel.set_state(&caller.principal, State::Deactivated, now);
        }
        Ok(succeeded(json!({"revoked": true})))
    }
}
