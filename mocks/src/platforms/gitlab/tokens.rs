//! Tokens as objects: reading, ending, rotating, with the family that reuse brings down.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{insufficient, not_found, number, page, unauthorized, unknown};
use super::{Answer, Gitlab, IMPERSONATION};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, INACTIVE, Key, Standing};
use crate::population::URL_SAFE;
use crate::times::iso;

/// How long a rotated token lives when nothing else is asked for.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a new token lives when nothing else is asked for.
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

impl Gitlab {
    /// Everything below `/personal_access_tokens`.
    pub(super) fn pats(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let answer = match (method, rest) {
            ("GET", []) => self.list_pats(request, now),
            ("GET", ["self"]) => self.own_token(request, now),
            ("GET", ["self", "associations"]) => self.associations(request, now),
            ("DELETE", ["self"]) => self.revoke_self(request, now),
            ("POST", ["self", "rotate"]) => self.rotate_self(request, now),
            ("GET", [id]) => self.show_pat(id, request, now),
            ("DELETE", [id]) => self.revoke_pat(id, request, now),
            ("POST", [id, "rotate"]) => self.rotate_pat(id, request, now),
            _ => return None,
        };
        Some(answer)
    }

    /// Lists tokens; only administrators may ask about others.
    fn list_pats(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.scoped("api read_api", request, now)?;
        let wanted = request.query("user_id");
        let user = self.kernel.principal(&caller.user);
        let admin = user.is_some_and(|user| user.text("admin") == "yes");
        if !admin && wanted.as_deref().is_some_and(|wanted| wanted != caller.user) {
            return Err(unauthorized());
        }
        let wanted = if admin { wanted } else { Some(caller.user) };
        let rows = self.rows.iter().map(|key| self.render_token(*key, now));
        let state = request.query("state");
        let fits = |row: &Value| {
            let user = wanted.as_deref().is_none_or(|wanted| row["user_id"] == number(wanted));
            let state = match state.as_deref() {
                Some("active") => row["active"] == true,
                Some("inactive") => row["active"] == false,
                Some(_) | None => true,
            };
            user && state
        };
        Ok(page(request, rows.filter(fits).collect()))
    }

    /// Tells a token about itself, whatever its scope.
    fn own_token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        let mut body = self.render_token(caller.key, now);
        let named = self.kernel.presented(&caller.user);
        body["user_id"] = named.map_or(Value::Null, |user| number(&user.id));
        Ok(Response::json(200, &body))
    }

    /// Tells a token what it reaches.
    fn associations(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        let member = self.is_member(&caller.user, now);
        let group = json!([{"id": 1, "full_path": "ours"}]);
        let project = json!([{"id": 1, "path_with_namespace": "ours/canary"}]);
        let none = json!([]);
        let (groups, projects) = if member { (&group, &project) } else { (&none, &none) };
        Ok(Response::json(200, &json!({"groups": groups, "projects": projects})))
    }

    fn revoke_self(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        self.kernel.revoke(caller.key, Cause::Action, now);
        Ok(Response::empty(204))
    }

    fn addressed(&self, id: &str) -> Option<Key> {
        self.rows.iter().rev().copied().find(|key| self.kernel.credential(*key).id == id)
    }

    /// Finds a token for its owner or an administrator.
    fn theirs(&mut self, id: &str, request: &Request, now: SystemTime) -> Result<Key, Response> {
        let caller = self.scoped("api", request, now)?;
        let admin = self.kernel.principal(&caller.user).is_some_and(|u| u.text("admin") == "yes");
        let key = self.addressed(id);
        let own = key.is_some_and(|key| self.kernel.credential(key).is_of(&caller.user));
        match key {
            Some(key) if own || admin => Ok(key),
            None if admin => Err(not_found("Personal Access Token Not Found")),
            Some(_) | None => Err(unauthorized()),
        }
    }

    fn show_pat(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.theirs(id, request, now)?;
        Ok(Response::json(200, &self.render_token(key, now)))
    }

    fn revoke_pat(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.theirs(id, request, now)?;
        self.kernel.revoke(key, Cause::Action, now);
        self.record("admin", "personal_access_token_revoked", id, now);
        Ok(Response::empty(204))
    }

    fn rotate_pat(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.theirs(id, request, now)?;
        self.rotate(key, request, now)
    }

    /// Lets a token rotate itself, if its scope allows. Tried with a token that was rotated away or
    /// revoked, it brings the whole family down.
    fn rotate_self(&mut self, request: &Request, now: SystemTime) -> Answer {
        let token = super::access::sent(request).ok_or_else(unauthorized)?;
        let key = self.lookup(&token).ok_or_else(unknown)?;
        if self.kernel.standing(key, now) == Standing::Revoked {
            return self.rotate(key, request, now);
        }
        self.caller(request, now)?;
        let scope = &self.kernel.credential(key).scope;
        if !scope.split(' ').any(|word| word == "api" || word == "self_rotate") {
            return Err(insufficient("api self_rotate"));
        }
        self.rotate(key, request, now)
    }

    fn rotate(&mut self, key: Key, request: &Request, now: SystemTime) -> Answer {
        let old = self.kernel.credential(key).clone();
        if self.kernel.standing(key, now) == Standing::Revoked {
            let family = old.grant.clone().unwrap_or_default();
            self.kernel.revoke_where(Cause::Protocol, now, |c| c.is_from(&family));
            return Err(super::answers::revoked());
        }
        self.kernel.revoke(key, Cause::Action, now);
        let id = self.new_id();
        let secret = self.kernel.fresh("glpat-", 20, URL_SAFE);
        let owner = old.principal.clone().unwrap_or_default();
        let fresh = Credential::new(old.kind, &id, &secret)
            .of(&owner)
            .grant(old.grant.as_deref().unwrap_or(&old.id))
            .scope(&old.scope)
            .supplier(old.supplier)
            .with("name", old.text("name"))
            .expires(asked_expiry(request, now).unwrap_or(now + WEEK))
            .hidden_by(&owner, INACTIVE);
        let fresh = self.issue(fresh, now);
        Ok(self.revealed(fresh, 200, now))
    }

    /// Makes a token of a kind for somebody.
    pub(super) fn make_token(
        &mut self,
        kind: &'static str,
        owner: &str,
        request: &Request,
        now: SystemTime,
    ) -> Key {
        let body = request.json();
        let name = request.field("name").unwrap_or_else(|| "token".into());
        let scopes: Vec<&str> = body["scopes"]
            .as_array()
            .map_or_else(|| vec!["api"], |all| all.iter().filter_map(Value::as_str).collect());
        let id = self.new_id();
        let secret = self.kernel.fresh("glpat-", 20, URL_SAFE);
        let token = Credential::new(kind, &id, &secret)
            .of(owner)
            .grant(&id)
            .scope(&scopes.join(" "))
            .with("name", name)
            .expires(asked_expiry(request, now).unwrap_or(now + MONTH))
            .hidden_by(owner, INACTIVE);
        self.issue(token, now)
    }

    /// Makes a token for a user, as administrators of their own instance can.
    pub(super) fn mint(
        &mut self,
        kind: &'static str,
        user: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let known = self.kernel.principal(user).is_some_and(|p| p.kind == super::USER);
        if !known {
            return Err(not_found("User Not Found"));
        }
        let key = self.make_token(kind, user, request, now);
        let id = self.kernel.credential(key).id.clone();
        self.record("admin", "personal_access_token_created", &id, now);
        Ok(self.revealed(key, 201, now))
    }

    /// Lists or ends the impersonation tokens of a user.
    pub(super) fn impersonation(
        &mut self,
        user: &str,
        id: Option<&str>,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let Some(id) = id else {
            return Ok(self.list_of(IMPERSONATION, |c| c.is_of(user), request, now));
        };
        let key = self.addressed(id).filter(|key| self.kernel.exists(*key, now));
        let key = key.filter(|key| self.kernel.credential(*key).kind == IMPERSONATION);
        let key = key.ok_or_else(|| not_found("Impersonation Token Not Found"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }

    /// Lists the tokens of a kind.
    pub(super) fn list_of(
        &self,
        kind: &'static str,
        wanted: impl Fn(&Credential) -> bool,
        request: &Request,
        now: SystemTime,
    ) -> Response {
        let kept = self.kernel.kept_where(now, |c| c.kind == kind && wanted(c));
        page(request, kept.into_iter().map(|key| self.render_token(key, now)).collect())
    }

    /// Renders a token with its value, which is shown this once.
    pub(super) fn revealed(&self, key: Key, status: u16, now: SystemTime) -> Response {
        let mut body = self.render_token(key, now);
        body["token"] = self.kernel.credential(key).secret.clone().into();
        Response::json(status, &body)
    }

    /// Renders a token's row. That its owner is blocked does not show.
    pub(super) fn render_token(&self, key: Key, now: SystemTime) -> Value {
        let token = self.kernel.credential(key);
        let standing = self.kernel.standing(key, now);
        let used = Some(token.text("last_used_at")).filter(|used| !used.is_empty());
        let scopes: Vec<&str> = token.scope.split_whitespace().collect();
        let ended = matches!(standing, Standing::Revoked | Standing::Expired);
        json!({
            "id": number(&token.id),
            "name": token.text("name"),
            "revoked": standing == Standing::Revoked,
            "active": !ended,
            "scopes": scopes,
            "user_id": token.principal.as_deref().map(number),
            "impersonation": token.kind == IMPERSONATION,
            "created_at": iso(token.created),
            "last_used_at": used,
            "expires_at": token.expires.map(|at| iso(at).get(..10).unwrap_or("").to_owned()),
        })
    }

    /// Ends a token of a project or group, and the bot it belonged to.
    pub(super) fn revoke_bot_token(
        &mut self,
        kind: &'static str,
        id: &str,
        now: SystemTime,
    ) -> Answer {
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| not_found("Not Found"))?;
        let bot = self.kernel.credential(key).principal.clone().unwrap_or_default();
        self.kernel.revoke(key, Cause::Action, now);
        self.kernel.set_state(&bot, crate::identity::State::Deleted, now);
        self.record("admin", "access_token_revoked", id, now);
        Ok(Response::empty(204))
    }
}

/// Reads `expires_at`, a date: tokens end at midnight UTC.
fn asked_expiry(request: &Request, now: SystemTime) -> Option<SystemTime> {
    let asked = request.field("expires_at")?;
    let today = iso(now);
    // Only the distance counts; dates are compared as texts, a day at a time, within a year.
    (0..=400_u64)
        .find_map(|days| {
            let at = now + Duration::from_secs(days * 24 * 3600);
            (iso(at).get(..10) == Some(&asked)).then_some(at)
        })
        .filter(|_| asked.as_str() >= today.get(..10).unwrap_or_default())
        .map(|at| {
            let into_day = crate::times::epoch(at) % (24 * 3600);
            at - Duration::from_secs(into_day)
        })
}
