//! Tokens by client secret: the store's owner's own apps, and refresh tokens that rotate.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{Answer, CLIENT_SECRET, EXPIRING, OFFLINE, ONLINE, REFRESH, SHOP, Shopify};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential};
use crate::population::HEX;

/// How long a token lives that expires.
pub(super) const LIFETIME: Duration = Duration::from_secs(3600);
/// How long what renews it lives; the figure is unconfirmed.
pub(super) const REFRESH_LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

/// Refuses a token request. What a dead refresh token gets is unconfirmed, but for being 4xx.
pub(super) fn refused(request: &Request) -> Response {
    let refresh = request.field("grant_type").as_deref() == Some("refresh_token");
    let (error, why) = if refresh {
        ("invalid_request", "This request requires an active refresh_token")
    } else {
        ("application_cannot_be_found", "Oauth error application_cannot_be_found")
    };
    Response::json(400, &json!({"error": error, "error_description": why}))
}

impl Shopify {
    /// The token endpoint.
    pub(super) fn exchange(&mut self, request: &Request, now: SystemTime) -> Answer {
        // The store is the host; a store that does not exist is another host, which cannot be asked.
        if request.query("shop").is_some_and(|shop| shop != SHOP) {
            return Err(Response::json(404, &json!({"errors": "Not Found"})));
        }
        let client = request.field("client_id").unwrap_or_default();
        let secret = request.field("client_secret").unwrap_or_default();
        let key = self.kernel.authenticate(CLIENT_SECRET, &secret, now);
        let key = key.ok().filter(|key| self.kernel.credential(*key).text("client_id") == client);
        let secret = self.kernel.credential(key.ok_or_else(|| refused(request))?).clone();
        let app = secret.client.clone().unwrap_or_default();
        let installed = self.kernel.principal(&app).map(|app| app.effective(now));
        if installed != Some(crate::identity::State::Active) {
            return Err(refused(request));
        }
        match request.field("grant_type").unwrap_or_default().as_str() {
            "client_credentials" => {
                let token = self.kernel.fresh("shpat_", 32, HEX);
                let id = format!("minted-{}", self.kernel.next_number());
                let scope = self.kernel.principal(&app).map(|app| app.text("scope").to_owned());
                let scope = scope.unwrap_or_default();
                let credential = Credential::new(EXPIRING, &id, &token).client(&app);
                let credential = credential.grant(&secret.id).scope(&scope);
                self.kernel.issue(credential.expires(now + LIFETIME * 24), now);
                let body = json!({
                    "access_token": token, "scope": scope.replace(' ', ","),
                    "expires_in": LIFETIME.as_secs() * 24 - 1,
                });
                Ok(Response::json(200, &body))
            }
            "refresh_token" => self.refresh(&app, &secret.id, request, now),
            _ => Err(refused(request)),
        }
    }

    /// Gives a new pair; the old refresh token is used up, the old access token runs out by itself.
    fn refresh(&mut self, app: &str, secret: &str, request: &Request, now: SystemTime) -> Answer {
        let token = request.field("refresh_token").unwrap_or_default();
        let key = self.kernel.authenticate(REFRESH, &token, now);
        let key = key.ok().filter(|key| self.kernel.credential(*key).is_for(app));
        let key = key.ok_or_else(|| refused(request))?;
        let scope = self.kernel.credential(key).scope.clone();
        self.kernel.revoke(key, Cause::Protocol, now);
        let (access, refresh) =
            (self.kernel.fresh("shpat_", 32, HEX), self.kernel.fresh("shprt_", 32, HEX));
        let number = self.kernel.next_number();
        for (kind, value, lifetime) in
            [(EXPIRING, &access, LIFETIME), (REFRESH, &refresh, REFRESH_LIFETIME)]
        {
            let token = Credential::new(kind, &format!("renewed-{number}"), value).client(app);
            let token = token.grant(secret).scope(&scope).expires(now + lifetime);
            self.kernel.issue(token, now);
        }
        Ok(Response::json(
            200,
            &json!({
                "access_token": access,
                "expires_in": LIFETIME.as_secs(),
                "refresh_token": refresh,
                "refresh_token_expires_in": REFRESH_LIFETIME.as_secs(),
                "scope": scope.replace(' ', ","),
            }),
        ))
    }

    /// Gives an app a second secret. Both are good, and so is every token.
    pub(super) fn rotate_secret(&mut self, app: &str, now: SystemTime) {
        let secrets = self.kernel.kept_where(now, |c| c.kind == CLIENT_SECRET && c.is_for(app));
        let Some(old) = secrets.last().map(|key| self.kernel.credential(*key).clone()) else {
            return;
        };
        if self.kernel.spares(Cause::Action) {
            return;
        }
        let value = self.kernel.fresh("shpss_", 32, HEX);
        let id = format!("secret-{}", self.kernel.next_number());
        let fresh = Credential::new(CLIENT_SECRET, &id, &value).client(app);
        self.kernel.issue(fresh.with("client_id", old.text("client_id")), now);
    }

    /// Ends the older secret, and with it the tokens that were made under it.
    pub(super) fn revoke_old_secret(&mut self, app: &str, now: SystemTime) -> Result<(), String> {
        let secrets = self.kernel.kept_where(now, |c| c.kind == CLIENT_SECRET && c.is_for(app));
        if secrets.len() < 2 {
            // Under a fault that makes rotation do nothing, this too says yes and does nothing.
            let spared = self.kernel.spares(Cause::Action);
            return if spared { Ok(()) } else { Err(format!("app {app:?} has one secret only")) };
        }
        let old = self.kernel.credential(secrets[0]).id.clone();
        self.kernel.revoke(secrets[0], Cause::Action, now);
        let given = [OFFLINE, EXPIRING, ONLINE, REFRESH];
        self.kernel
            .revoke_where(Cause::Action, now, |c| given.contains(&c.kind) && c.is_from(&old));
        Ok(())
    }
}
