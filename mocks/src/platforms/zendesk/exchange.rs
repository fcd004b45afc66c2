//! The token endpoint, `/oauth/tokens`: where grants become tokens.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{invalid_client, invalid_grant};
use super::{ACCESS, Answer, CLIENT, CLIENT_SECRET, REFRESH, Zendesk};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE, INACTIVE, Key};
use crate::population::HEX;

/// Zendesk's default for refresh tokens.
pub(super) const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

impl Zendesk {
    /// Exchanges whatever was sent; the client is checked first, so that a changed client secret
    /// says nothing about a refresh token.
    pub(super) fn exchange(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = self.client_of(request, now).ok_or_else(invalid_client)?;
        match request.field("grant_type").as_deref() {
            Some("refresh_token") => self.refresh(&client, request, now),
            Some("client_credentials") => self.client_credentials(&client, request, now),
            // Codes come from a browser, which no mock has: each is unknown.
            Some("authorization_code") => Err(invalid_grant()),
            Some(_) | None => Err(Response::json(400, &json!({"error": "unsupported_grant_type"}))),
        }
    }

    /// Checks client id (the identifier, not the number) and secret.
    fn client_of(&self, request: &Request, now: SystemTime) -> Option<String> {
        let identifier = request.field("client_id")?;
        let secret = request.field("client_secret")?;
        let mut clients = self.kernel.principals().iter().filter(|p| p.kind == CLIENT);
        clients.find_map(|client| {
            let proven = self.kernel.authenticate_as(CLIENT_SECRET, &client.id, &secret, now);
            (client.login == identifier && proven.is_ok()).then(|| client.id.clone())
        })
    }

    /// Rotates: the pair that was is deleted, refresh and access token alike.
    fn refresh(&mut self, client: &str, request: &Request, now: SystemTime) -> Answer {
        let sent = request.field("refresh_token").unwrap_or_default();
        let key = self.kernel.authenticate(REFRESH, &sent, now).map_err(|_| invalid_grant())?;
        let old = self.kernel.credential(key);
        if !old.is_for(client) {
            return Err(invalid_grant());
        }
        let (pair, scope) = (old.grant.clone().unwrap_or_default(), old.scope.clone());
        let user = old.principal.clone().unwrap_or_default();
        let previous = |c: &Credential| (c.kind == ACCESS || c.kind == REFRESH) && c.is_from(&pair);
        self.kernel.revoke_where(Cause::Protocol, now, previous);
        let id = self.new_id();
        let access = self.mint_access(&id, &user, client, &scope, now);
        let refresh = self.mint_refresh(&id, &user, client, &scope, now);
        Ok(self.issued(access, Some(refresh), now))
    }

    fn mint_refresh(
        &mut self,
        id: &str,
        user: &str,
        client: &str,
        scope: &str,
        now: SystemTime,
    ) -> Key {
        let secret = self.kernel.fresh("", 64, HEX);
        let token = Credential::new(REFRESH, id, &secret)
            .of(user)
            .client(client)
            .grant(id)
            .scope(scope)
            .expires(now + REFRESH_LIFETIME)
            .hidden_by(user, INACTIVE)
            .hidden_by(client, GONE);
        self.kernel.issue(token, now)
    }

    /// Mints for the client itself. No human is involved, so no human's suspension ends it.
    fn client_credentials(&mut self, client: &str, request: &Request, now: SystemTime) -> Answer {
        let scope = request.field("scope").unwrap_or_else(|| "read".into());
        if !scope.split(' ').all(is_scope) {
            return Err(Response::json(400, &json!({"error": "invalid_scope"})));
        }
        let id = self.new_id();
        let secret = self.kernel.fresh("", 64, HEX);
        let owner = self.kernel.principal(client).map(|client| client.text("user_id").to_owned());
        let mut token = Credential::new(ACCESS, &id, &secret)
            .of(&owner.unwrap_or_default())
            .client(client)
            .grant(&id)
            .scope(&scope)
            .with("grant_type", "client_credentials")
            .hidden_by(client, GONE);
        token.expires = self.lifetime(client).map(|lifetime| now + lifetime);
        let key = self.kernel.issue(token, now);
        Ok(self.issued(key, None, now))
    }

    fn issued(&self, access: Key, refresh: Option<Key>, now: SystemTime) -> Response {
        let token = self.kernel.credential(access);
        let seconds = |key: Key| {
            let expires = self.kernel.credential(key).expires?;
            expires.duration_since(now).ok().map(|left| left.as_secs())
        };
        let mut body = json!({
            "access_token": token.secret,
            "token_type": "bearer",
            "scope": token.scope,
            "expires_in": seconds(access),
        });
        if let Some(refresh) = refresh {
            body["refresh_token"] = Value::from(self.kernel.credential(refresh).secret.clone());
            body["refresh_token_expires_in"] = seconds(refresh).into();
        }
        Response::json(200, &body)
    }
}

fn is_scope(word: &str) -> bool {
    let right = word.rsplit_once(':').map_or(word, |(_, right)| right);
    ["read", "write", "impersonate"].contains(&right)
}
