//! OAuth access tokens as objects: listing, minting for oneself, deleting by id.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{forbidden, invalid_token, not_found, number, page, unprocessable};
use super::{ACCESS, Answer, CLIENT, Zendesk};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE, INACTIVE, Key, Principal, State};
use crate::population::HEX;
use crate::times::iso;

impl Zendesk {
    /// Everything below `/api/v2/oauth/tokens`.
    pub(super) fn tokens(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let answer = match (method, rest) {
            ("GET", []) => self.list_tokens(request, now),
            ("POST", []) => self.create_token(request, now),
            ("GET", ["current"]) => self.current_token(request, now),
            ("DELETE", ["current"]) => self.revoke_current(request, now),
            ("GET", [id]) => self.show_token(id, request, now),
            ("DELETE", [id]) => self.delete_token(id, request, now),
            _ => return None,
        };
        Some(answer)
    }

    /// Lists the caller's own tokens, or everybody's with `all=true`. Refresh tokens have no row of
    /// their own, and a row whose access token has expired is left out.
    fn list_tokens(&mut self, request: &Request, now: SystemTime) -> Answer {
        let all = request.query("all").as_deref() == Some("true");
        let caller =
            if all { self.admin(request, now)?.user } else { self.user(request, now)?.user };
        let client = request.query("client_id");
        // All clients of this account are local ones.
        let global = request.query("global_client_id").is_some();
        let keys = self.kernel.kept_where(now, |c| {
            c.kind == ACCESS
                && !global
                && (all || c.is_of(&caller))
                && client.as_deref().is_none_or(|client| c.is_for(client))
        });
        let tokens = keys.into_iter().map(|key| self.token(key, request)).collect();
        Ok(page(request, "tokens", tokens))
    }

    /// Mints a token for the caller, which is the only way to see one whole.
    fn create_token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.user(request, now)?.user;
        let body = request.json();
        let asked = &body["token"];
        let client = asked["client_id"].as_u64().map(|id| id.to_string()).unwrap_or_default();
        let known = self.kernel.principal(&client).is_some_and(is_living_client);
        if !known {
            return Err(unprocessable("client_id", "Client: is invalid"));
        }
        let words: Vec<&str> = asked["scopes"].as_array().map_or_else(
            || vec!["read", "write"],
            |scopes| scopes.iter().filter_map(Value::as_str).collect(),
        );
        let scope = words.join(" ");
        let id = self.new_id();
        let key = self.mint_access(&id, &caller, &client, &scope, now);
        let mut token = self.token(key, request);
        token["full_token"] = self.kernel.credential(key).secret.clone().into();
        Ok(Response::json(201, &json!({"token": token})))
    }

    /// Issues an access token that the user's suspension hides and the client's end ends.
    pub(super) fn mint_access(
        &mut self,
        id: &str,
        user: &str,
        client: &str,
        scope: &str,
        now: SystemTime,
    ) -> Key {
        let secret = self.kernel.fresh("", 64, HEX);
        let mut token = Credential::new(ACCESS, id, &secret)
            .of(user)
            .client(client)
            .grant(id)
            .scope(scope)
            .hidden_by(user, INACTIVE)
            .hidden_by(client, GONE);
        token.expires = self.lifetime(client).map(|lifetime| now + lifetime);
        self.kernel.issue(token, now)
    }

    fn current_token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.user(request, now)?;
        if self.kernel.credential(caller.key).kind != ACCESS {
            return Err(not_found());
        }
        let mut token = self.token(caller.key, request);
        let user = self.kernel.presented(&caller.user);
        token["user_id"] = user.map_or(Value::Null, |user| number(&user.id));
        Ok(Response::json(200, &json!({"token": token})))
    }

    /// Revokes the token it is called with, as documented. Twice it was seen to answer 204 and do
    /// nothing; a missing scope `write` was suspected, so here that is what happens without it.
    fn revoke_current(&mut self, request: &Request, now: SystemTime) -> Answer {
        let token = request.bearer().unwrap_or_default();
        let key = self.kernel.authenticate(ACCESS, token, now).map_err(|_| invalid_token())?;
        let credential = self.kernel.credential(key);
        let (id, user) = (credential.id.clone(), credential.principal.clone().unwrap_or_default());
        if credential.scope.split(' ').any(|scope| scope == "write") {
            self.kernel.revoke(key, Cause::Action, now);
            self.record(&user, "destroy", "oauth_token", &id, now);
        }
        Ok(Response::empty(204))
    }

    fn show_token(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.own_or_admins(id, request, now)?;
        Ok(Response::json(200, &json!({"token": self.token(key, request)})))
    }

    /// Ends one access token. The refresh token beside it is not touched: whether the real one dies
    /// is unconfirmed, and a drill must not rely on it.
    fn delete_token(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let key = self.own_or_admins(id, request, now)?;
        let actor = self.user(request, now)?.user;
        self.kernel.revoke(key, Cause::Action, now);
        self.record(&actor, "destroy", "oauth_token", id, now);
        Ok(Response::empty(204))
    }

    fn own_or_admins(
        &mut self,
        id: &str,
        request: &Request,
        now: SystemTime,
    ) -> Result<Key, Response> {
        let caller = self.user(request, now)?;
        let key = self.addressed(ACCESS, id, now).ok_or_else(not_found)?;
        let own = self.kernel.credential(key).is_of(&caller.user);
        if own || caller.is_admin() { Ok(key) } else { Err(forbidden()) }
    }

    /// Renders a row: only the first ten characters of the token are ever shown again.
    fn token(&self, key: Key, request: &Request) -> Value {
        let token = self.kernel.credential(key);
        let scopes: Vec<&str> = token.scope.split(' ').collect();
        let used = Some(token.text("used_at")).filter(|used| !used.is_empty());
        json!({
            "id": number(&token.id),
            "url": format!("{}/api/v2/oauth/tokens/{}.json", request.base, token.id),
            "user_id": token.principal.as_deref().map(number),
            "client_id": token.client.as_deref().map(number),
            "token": token.secret.get(..10),
            "scopes": scopes,
            "created_at": iso(token.created),
            "used_at": used,
            "expires_at": token.expires.map(iso),
        })
    }
}

/// Tells a client from other principals, and from one that was deleted.
pub(super) fn is_living_client(principal: &Principal) -> bool {
    principal.kind == CLIENT && principal.state() != State::Deleted
}
