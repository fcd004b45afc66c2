//! Who is calling the REST API: cookie, Basic, bearer, key; and what the instance hands back.

use std::time::SystemTime;

use super::{
    ACCESS, API_KEY, INTEGRATION, PASSWORD, ROLE, ServiceNow, USER, error, not_authenticated,
};
use crate::http::{Request, Response};
use crate::identity::{Credential, State};
use crate::jwt;
use crate::population::HEX;

/// The key of the company's identity provider, whose tokens are taken directly.
pub(super) const IDP: &str = "servicenow/idp";

/// Whoever proved to be somebody, and the session cookie to hand out if there was none.
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) cookie: Option<String>,
}

impl ServiceNow {
    /// Demands a caller. A cookie from an earlier answer is enough: it needs no credential.
    pub(super) fn caller(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        if let Some(user) = self.by_cookie(request, now) {
            return Ok(Caller { user, cookie: None });
        }
        let (user, source) = self.by_credential(request, now)?;
        let secret = self.kernel.fresh("", 32, HEX).to_uppercase();
        let id = self.new_sys_id();
        let session = Credential::new(INTEGRATION, &id, &secret)
            .of(&user)
            .grant(&source)
            .expires(now + super::sessions::INTEGRATION_IDLE);
        self.kernel.issue(session, now);
        let cookie = format!("JSESSIONID={secret}; Path=/; HttpOnly; SameSite=None; Secure");
        Ok(Caller { user, cookie: Some(cookie) })
    }

    /// Gives the user, and the credential's secret, by which the cookie remembers where it is from.
    fn by_credential(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Result<(String, String), Response> {
        let key = request.header("x-sn-apikey").map(str::to_owned);
        if let Some(sent) = key.or_else(|| request.query("x-sn-apikey")) {
            let key = self.kernel.authenticate(API_KEY, &sent, now);
            let key = key.map_err(|_| not_authenticated())?;
            let owner = self.kernel.credential(key).principal.clone();
            return Ok((owner.ok_or_else(not_authenticated)?, sent));
        }
        if let Some(sent) = request.bearer() {
            return self.by_bearer(sent, now);
        }
        let (name, sent) = request.basic().ok_or_else(not_authenticated)?;
        let user = self.by_password(&name, &sent, now).ok_or_else(not_authenticated)?;
        self.past_gate(&user, request)?;
        Ok((user, sent))
    }

    fn by_bearer(&self, sent: &str, now: SystemTime) -> Result<(String, String), Response> {
        if let Ok(key) = self.kernel.authenticate(ACCESS, sent, now) {
            let owner = self.kernel.credential(key).principal.clone();
            return Ok((owner.ok_or_else(not_authenticated)?, sent.to_owned()));
        }
        // A token of the identity provider: good until it expires, for whoever is active here.
        let claims = jwt::verify(IDP, sent, now).map_err(|_| not_authenticated())?;
        let user = self.kernel.by_login(USER, claims["sub"].as_str().unwrap_or_default());
        let user = user.filter(|user| user.effective(now) == State::Active);
        let user = user.ok_or_else(not_authenticated)?;
        Ok((user.id.clone(), sent.to_owned()))
    }

    /// What Basic asks besides the password. The gate's refusal is that of a wrong password; the
    /// second factor's has a header of its own.
    fn past_gate(&self, user: &str, request: &Request) -> Result<(), Response> {
        let user = self.kernel.principal(user).ok_or_else(not_authenticated)?;
        if user.text("mfa") == "true" && request.header("x-mfa_token").is_none() {
            return Err(not_authenticated().with("X-MFA_TOKEN", "invalid"));
        }
        let excepted = user.text("web_service_access_only") == "true"
            || user.text("basic_auth_role") == "true";
        let must_reset = user.text("password_needs_reset") == "true"
            && self.property("glide.authenticate.api.user.reset_password.mandatory");
        if excepted && !must_reset { Ok(()) } else { Err(not_authenticated()) }
    }

    /// Checks a password, counting failures; active and locked-out are asked as configured.
    pub(super) fn by_password(
        &mut self,
        name: &str,
        sent: &str,
        now: SystemTime,
    ) -> Option<String> {
        let user = self.kernel.by_login(USER, name).map(|user| user.id.clone());
        let Some(user) = user.filter(|user| !self.is_shut_out(user, now)) else {
            self.event("login.failed", name, now);
            return None;
        };
        let right = self.kernel.authenticate_as(PASSWORD, &user, sent, now).is_ok();
        self.count(&user, right, now);
        self.event(if right { "login" } else { "login.failed" }, name, now);
        right.then_some(user)
    }

    /// Demands a role for reading; without one the user is known and may nothing.
    pub(super) fn with_role(
        &self,
        caller: &Caller,
        wanted: &str,
        now: SystemTime,
    ) -> Result<(), Response> {
        if self.has_role(&caller.user, wanted, now) {
            return Ok(());
        }
        Err(error(403, "Insufficient rights to query records", None))
    }

    /// Tells whether a user has a role; `admin` has them all.
    pub(super) fn has_role(&self, user: &str, wanted: &str, now: SystemTime) -> bool {
        let mut roles = self.kernel.principals().iter().filter(|p| p.kind == ROLE);
        roles.any(|role| {
            role.login == user
                && role.effective(now) == State::Active
                && (role.name == wanted || role.name == "admin")
        })
    }
}
