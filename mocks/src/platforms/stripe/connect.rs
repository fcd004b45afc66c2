//! Connect: platforms of suppliers, and what they may do on our account.

use std::time::SystemTime;

use serde_json::json;

use super::answers::{invalid_grant, no_key, oauth_error};
use super::{ACCOUNT, Answer, CONNECTION, OAUTH, REFRESH, Stripe, access};
use crate::http::{Request, Response};
use crate::identity::Credential;
use crate::population::ALNUM;

impl Stripe {
    /// Answers the authorization server; `None` where there is no such route.
    pub(super) fn connect(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("POST", ["oauth", "token"]) => Some(self.exchange(request, now)),
            ("POST", ["oauth", "deauthorize"]) => Some(self.deauthorize(request, now)),
            _ => None,
        }
    }

    /// Finds the platform by its own key, sent as header or as `client_secret`.
    fn platform(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Result<(String, String), Response> {
        let sent = access::sent(request).or_else(|| request.form("client_secret"));
        let key = self.key(&sent.ok_or_else(no_key)?, now)?;
        let home = self.kernel.credential(key).principal.clone().unwrap_or_default();
        let platform = self.kernel.principal(&home).filter(|p| p.kind == ACCOUNT);
        let client = platform.map(|p| p.text("client_id").to_owned()).unwrap_or_default();
        if client.is_empty() {
            let why = "No such application, or the key is not of a platform";
            return Err(oauth_error(401, "invalid_client", why));
        }
        Ok((home, client))
    }

    /// Renews an access token. The refresh token stays, as far as is known.
    fn exchange(&mut self, request: &Request, now: SystemTime) -> Answer {
        let (_, client) = self.platform(request, now)?;
        if request.field("grant_type").as_deref() != Some("refresh_token") {
            let why = "Only refresh tokens are exchanged here";
            return Err(oauth_error(400, "unsupported_grant_type", why));
        }
        let token = request.field("refresh_token").unwrap_or_default();
        let key = self.kernel.authenticate(REFRESH, &token, now);
        let key = key.ok().filter(|key| self.kernel.credential(*key).is_for(&client));
        let key = key.ok_or_else(|| {
            invalid_grant("This refresh token has been revoked or does not exist")
        })?;
        let account = self.kernel.credential(key).principal.clone().unwrap_or_default();
        let supplier = self.kernel.credential(key).supplier;
        let access = self.kernel.fresh("sk_test_", 99, ALNUM);
        let id = format!("oauth-{}", self.kernel.next_number());
        let fresh = Credential::new(OAUTH, &id, &access).of(&account).client(&client);
        self.kernel.issue(fresh.supplier(supplier).with("name", "connect"), now);
        Ok(Response::json(
            200,
            &json!({
                "access_token": access,
                "refresh_token": token,
                "token_type": "bearer",
                "livemode": false,
                "scope": "read_write",
                "stripe_user_id": account,
            }),
        ))
    }

    /// Ends a connection; only the platform can ask for it here.
    fn deauthorize(&mut self, request: &Request, now: SystemTime) -> Answer {
        let (home, client) = self.platform(request, now)?;
        let account = request.field("stripe_user_id").unwrap_or_default();
        let connection = self.kernel.lookup(CONNECTION, &format!("{home}|{account}"));
        let connection = connection.filter(|key| self.kernel.exists(*key, now));
        if request.field("client_id").as_deref() != Some(&*client) || connection.is_none() {
            let why = "This application is not connected to that account, or the account does \
                       not exist";
            return Err(oauth_error(401, "invalid_client", why));
        }
        self.disconnect(&client, now);
        let object = json!({"id": client, "object": "application"});
        self.event(&home, "account.application.deauthorized", object, now);
        Ok(Response::json(200, &json!({"stripe_user_id": account})))
    }
}
