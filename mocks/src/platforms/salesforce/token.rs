//! The token endpoint: refresh, password, client credentials, JWT bearer, codes.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{expired_grant, invalid_client, invalid_client_id, oauth};
use super::logins::Login;
use super::{
    ACCESS, APP, Answer, CODE, ENTITY_ACCESS, IDLE, JWT, LOGIN_HOST, ORG, REFRESH, SECRET,
    Salesforce,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE, State};
use crate::jwt;
use crate::population::HEX;
use crate::times::epoch;

/// The key JWT access tokens are signed with; nobody but the org checks them here.
const SIGNING: &str = "salesforce/jwt-access";
/// Who its tokens name: never the loopback address, so that two runs give the same bytes.
const ISSUER: &str = "https://ours.my.salesforce.com";
/// How long a JWT access token lives; the org sets it.
pub(super) const JWT_LIFETIME: Duration = Duration::from_secs(4 * 3600);

/// What a grant came to: whose tokens, of which approval, with which scope.
pub(super) struct Granted<'a> {
    pub(super) user: &'a str,
    pub(super) app: &'a str,
    pub(super) approval: Option<&'a str>,
    pub(super) scope: &'a str,
}

impl Salesforce {
    /// `POST /services/oauth2/token` on either host.
    pub(super) fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        match request.form("grant_type").as_deref() {
            Some("refresh_token") => self.refresh(request, now),
            Some("password") => self.by_password(request, now),
            Some("client_credentials") => self.client_credentials(request, now),
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => self.by_assertion(request, now),
            Some("authorization_code") => self.by_code(request, now),
            Some(_) | None => Err(oauth("unsupported_grant_type", "grant type not supported")),
        }
    }

    /// Checks who the client is; with `lenient` an app that asks for no secret needs none.
    pub(super) fn client(
        &self,
        request: &Request,
        lenient: bool,
        now: SystemTime,
    ) -> Result<String, Response> {
        let basic = request.basic();
        let (id, sent) = match basic {
            Some((id, sent)) => (id, sent),
            None => (
                request.form("client_id").unwrap_or_default(),
                request.form("client_secret").unwrap_or_default(),
            ),
        };
        let app = self.kernel.by_login(APP, &id).ok_or_else(invalid_client_id)?;
        let optional = lenient && app.text("secret_optional") == "yes";
        let proven = self.kernel.authenticate_as(SECRET, &app.id, &sent, now).is_ok();
        if proven || optional { Ok(app.id.clone()) } else { Err(invalid_client()) }
    }

    /// Tells whether an app's users may still get tokens: not blocked, its profile access there.
    pub(super) fn admits(&self, app: &str, now: SystemTime) -> Result<(), Response> {
        let blocked = self.kernel.principal(app).is_none_or(|p| p.effective(now) != State::Active);
        if blocked {
            // What a blocked app is told is unconfirmed; its tokens are gone, so say that.
            return Err(expired_grant());
        }
        let mut rights = self.kernel.principals().iter().filter(|p| p.kind == ENTITY_ACCESS);
        let there = rights.any(|p| p.login == app && p.effective(now) == State::Active);
        if there {
            Ok(())
        } else {
            Err(oauth("invalid_grant", "user hasn't approved this consumer"))
        }
    }

    fn refresh(&mut self, request: &Request, now: SystemTime) -> Answer {
        let app = self.client(request, true, now)?;
        let sent = request.form("refresh_token").unwrap_or_default();
        let key = self.kernel.lookup(REFRESH, &sent).ok_or_else(expired_grant)?;
        if !self.kernel.exists(key, now) || !self.kernel.credential(key).is_for(&app) {
            return Err(expired_grant());
        }
        let token = self.kernel.credential(key).clone();
        let user = token.principal.clone().unwrap_or_default();
        if self.kernel.authenticate(REFRESH, &sent, now).is_err() {
            return Err(oauth("invalid_grant", "inactive user"));
        }
        self.admits(&app, now)?;
        let approval = token.grant.clone().unwrap_or_default();
        self.touch(&approval);
        let granted =
            Granted { user: &user, app: &app, approval: Some(&approval), scope: &token.scope };
        let mut body = self.mint(&granted, now);
        if self.kernel.principal(&app).is_some_and(|app| app.text("rotates") == "yes") {
            self.kernel.revoke(key, Cause::Protocol, now);
            let fresh = self.new_refresh_token();
            let mut next = token;
            next.secret.clone_from(&fresh);
            let next = Credential::new(REFRESH, &next.id, &next.secret)
                .of(&user)
                .client(&app)
                .grant(&approval)
                .scope(&next.scope)
                .hidden_by(&user, GONE);
            self.kernel.issue(next, now);
            body["refresh_token"] = fresh.into();
        }
        Ok(Response::json(200, &body))
    }

    fn by_password(&mut self, request: &Request, now: SystemTime) -> Answer {
        let app = self.client(request, false, now)?;
        let username = request.form("username").unwrap_or_default();
        let sent = request.form("password").unwrap_or_default();
        let Login::User(user) = self.api_login(&username, &sent, now) else {
            return Err(oauth("invalid_grant", "authentication failure"));
        };
        self.admits(&app, now)?;
        // Documented: this flow gives no refresh token.
        let granted = Granted { user: &user, app: &app, approval: None, scope: "api id" };
        Ok(Response::json(200, &self.mint(&granted, now)))
    }

    /// Mints for the app's run-as user, whoever installed the app.
    fn client_credentials(&mut self, request: &Request, now: SystemTime) -> Answer {
        if request.server == LOGIN_HOST {
            return Err(oauth("invalid_grant", "request not supported on this domain"));
        }
        let app = self.client(request, false, now)?;
        let blocked = self.kernel.principal(&app).map(|p| p.effective(now) != State::Active);
        if blocked != Some(false) {
            return Err(invalid_client());
        }
        let user = self.kernel.principal(&app).map(|app| app.text("run_as").to_owned());
        let user = user.unwrap_or_default();
        let active = self.kernel.principal(&user).map(|p| p.effective(now));
        if !matches!(active, Some(State::Active | State::Suspended)) {
            return Err(oauth("invalid_grant", "no client credentials user enabled"));
        }
        self.admits(&app, now)?;
        let granted = Granted { user: &user, app: &app, approval: None, scope: "api id" };
        Ok(Response::json(200, &self.mint(&granted, now)))
    }

    fn by_code(&mut self, request: &Request, now: SystemTime) -> Answer {
        let app = self.client(request, true, now)?;
        let expired = || oauth("invalid_grant", "expired authorization code");
        let sent = request.form("code").unwrap_or_default();
        let key = self.kernel.authenticate(CODE, &sent, now).map_err(|_| expired())?;
        let code = self.kernel.credential(key).clone();
        if !code.is_for(&app) {
            return Err(expired());
        }
        self.kernel.revoke(key, Cause::Protocol, now);
        self.admits(&app, now)?;
        let user = code.principal.clone().unwrap_or_default();
        let (approval, refresh) = self.approve(&user, &app, &code.scope, now);
        let granted =
            Granted { user: &user, app: &app, approval: Some(&approval), scope: &code.scope };
        let mut body = self.mint(&granted, now);
        body["refresh_token"] = refresh.into();
        Ok(Response::json(200, &body))
    }

    /// Mints an access token, opaque or JWT as the app has it, and renders the answer. There is no
    /// `expires_in`: an opaque token lives by use.
    pub(super) fn mint(&mut self, granted: &Granted<'_>, now: SystemTime) -> Value {
        let secret = self.issue_access(granted, now);
        let name = self.kernel.presented(granted.user).map(|user| user.id.clone());
        json!({
            "access_token": secret,
            "instance_url": self.home,
            "id": self.identity_of(&name.unwrap_or_default()),
            "issued_at": (epoch(now) * 1000).to_string(),
            "signature": self.kernel.fresh("", 43, HEX),
            "scope": granted.scope,
            "token_type": "Bearer",
        })
    }

    /// Issues an access token; its session row carries the same id.
    pub(super) fn issue_access(&mut self, granted: &Granted<'_>, now: SystemTime) -> String {
        let id = self.new_id("0Ak");
        let as_jwt = self.kernel.principal(granted.app).is_some_and(|app| app.text("jwt") == "yes");
        let secret = if as_jwt {
            let claims = json!({
                "iss": ISSUER, "sub": format!("uid:{}", granted.user), "aud": [ISSUER],
                "client_id": self.kernel.principal(granted.app).map(|app| app.login.clone()),
                "scp": granted.scope, "org": ORG, "jti": id, "iat": epoch(now),
                "exp": epoch(now + JWT_LIFETIME),
            });
            jwt::sign(SIGNING, "JWT", &claims)
        } else {
            self.new_session_id()
        };
        let kind = if as_jwt { JWT } else { ACCESS };
        let mut token = Credential::new(kind, &id, &secret)
            .of(granted.user)
            .client(granted.app)
            .scope(granted.scope)
            .with("type", "Oauth2")
            .expires(now + if as_jwt { JWT_LIFETIME } else { IDLE });
        token.grant = granted.approval.map(str::to_owned);
        if !as_jwt {
            token = token.hidden_by(granted.user, GONE);
        }
        self.kernel.issue(token, now);
        secret
    }
}
