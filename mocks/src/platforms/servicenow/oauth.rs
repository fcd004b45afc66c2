//! OAuth: password, refresh, client credentials, JWT bearer; and the revocation nobody signs for.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{ACCESS, Answer, CLIENT_SECRET, ENTITY, REFRESH, ServiceNow};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, State};
use crate::population::URL_SAFE;
use crate::times::epoch;

/// The defaults.
pub(super) const ACCESS_LIFE: Duration = Duration::from_secs(1800);
pub(super) const REFRESH_LIFE: Duration = Duration::from_secs(100 * 86_400);

/// Refuses: a wrong password, a dead refresh token and a wrong client secret are one body.
pub(super) fn denied() -> Response {
    let body = json!({"error_description": "access_denied", "error": "server_error"});
    Response::json(401, &body)
}

impl ServiceNow {
    /// `POST /oauth_token.do`, a form; anything else is refused without saying why.
    pub(super) fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = self.client(request, now)?;
        match request.form("grant_type").as_deref() {
            Some("password") => {
                let name = request.form("username").unwrap_or_default();
                let sent = request.form("password").unwrap_or_default();
                let user = self.by_password(&name, &sent, now).ok_or_else(denied)?;
                Ok(self.issued(&user, &client, true, now))
            }
            Some("refresh_token") => {
                let sent = request.form("refresh_token").unwrap_or_default();
                // Documented is only that it has not expired: the user's state is not asked.
                let key = self.kernel.authenticate(REFRESH, &sent, now).map_err(|_| denied())?;
                let token = self.kernel.credential(key);
                let user = token.principal.clone().filter(|_| token.is_for(&client));
                let user = user.ok_or_else(denied)?;
                let mut answer = self.issued(&user, &client, false, now);
                let mut body: serde_json::Value =
                    serde_json::from_slice(&answer.body).unwrap_or_default();
                body["refresh_token"] = sent.into();
                answer.body = body.to_string().into_bytes();
                Ok(answer)
            }
            Some("client_credentials") => {
                let user = self.kernel.principal(&client).map(|c| c.text("user").to_owned());
                let user = user.filter(|user| !user.is_empty()).ok_or_else(denied)?;
                Ok(self.issued(&user, &client, false, now))
            }
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => {
                let user = self.by_assertion(request, &client, now).ok_or_else(denied)?;
                Ok(self.issued(&user, &client, true, now))
            }
            Some(_) | None => Err(denied()),
        }
    }

    fn client(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let (id, sent) = request.basic().unwrap_or_else(|| {
            let field = |name: &str| request.form(name).unwrap_or_default();
            (field("client_id"), field("client_secret"))
        });
        let entity = self.kernel.by_login(ENTITY, &id).ok_or_else(denied)?;
        let active = entity.effective(now) == State::Active;
        let proven = self.kernel.authenticate_as(CLIENT_SECRET, &entity.id, &sent, now).is_ok();
        if active && proven { Ok(entity.id.clone()) } else { Err(denied()) }
    }

    /// Issues for a user and a client. While a token of theirs is good the same one comes back,
    /// with its life begun anew; so does the refresh token.
    fn issued(
        &mut self,
        user: &str,
        client: &str,
        with_refresh: bool,
        now: SystemTime,
    ) -> Response {
        let access = self.renewed(ACCESS, user, client, ACCESS_LIFE, now);
        let mut body = json!({
            "scope": "useraccount",
            "token_type": "Bearer",
            "expires_in": epoch(now + ACCESS_LIFE) - epoch(now) - 1,
        });
        if with_refresh {
            body["refresh_token"] = self.renewed(REFRESH, user, client, REFRESH_LIFE, now).into();
        }
        body["access_token"] = access.into();
        Response::json(200, &body)
    }

    fn renewed(
        &mut self,
        kind: &'static str,
        user: &str,
        client: &str,
        life: Duration,
        now: SystemTime,
    ) -> String {
        let same = |c: &Credential| c.kind == kind && c.is_of(user) && c.is_for(client);
        if let Some(key) = self.kernel.kept_where(now, same).first() {
            let token = self.kernel.credential_mut(*key);
            token.expires = Some(now + life);
            return token.secret.clone();
        }
        let (id, secret) = (self.new_sys_id(), self.kernel.fresh("", 86, URL_SAFE));
        let token = Credential::new(kind, &id, &secret).of(user).client(client);
        self.kernel.issue(token.expires(now + life), now);
        secret
    }

    /// `/oauth_revoke_token.do`, open to anybody. Ends the token sent and not its sibling, which is
    /// unconfirmed; what an unknown one is told is unconfirmed too.
    pub(super) fn revoke(&mut self, request: &Request, now: SystemTime) -> Response {
        let sent = request.query("token").or_else(|| request.form("token")).unwrap_or_default();
        for kind in [ACCESS, REFRESH] {
            if let Some(key) = self.kernel.lookup(kind, &sent) {
                self.kernel.revoke(key, Cause::Action, now);
            }
        }
        Response::empty(200)
    }
}
