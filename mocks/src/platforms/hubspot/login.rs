//! The console's login, one for all accounts of a person. Paths and bodies are made up, as the
//! vendor documents none.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{Answer, HubSpot, OTHER_PORTAL, PASSWORD, PORTAL, SESSION, USER};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, State};
use crate::population::ALNUM;
use crate::times::iso;

/// How long a session lasts; the vendor's figure is not known.
pub(super) const LIFE: Duration = Duration::from_secs(3 * 86_400);

/// Refuses a password or a session.
pub(super) fn refused() -> Response {
    Response::json(401, &json!({"status": "INVALID_LOGIN", "message": "Invalid email or password"}))
}

impl HubSpot {
    /// Everything on the console's host.
    pub(super) fn console(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("POST", ["login-api", "v1", "login"]) => Some(self.login(request, now)),
            ("POST", ["login-api", "v1", "logout"]) => Some(self.logout(request, now)),
            ("GET", ["home", portal]) => Some(self.home(portal, request, now)),
            _ => None,
        }
    }

    fn login(&mut self, request: &Request, now: SystemTime) -> Answer {
        let email = request.field("email").unwrap_or_default();
        let sent = request.field("password").unwrap_or_default();
        let user = self.kernel.principals().iter().find(|p| p.kind == USER && p.login == email);
        let user = user.map(|user| user.id.clone()).ok_or_else(refused)?;
        let right = self.kernel.authenticate_as(PASSWORD, &user, &sent, now).is_ok();
        let succeeded = right && !self.sso_required;
        if self.logins.len() < 1000 {
            let entry = json!({
                "id": (self.logins.len() + 1).to_string(), "email": email,
                "userId": user.parse::<u64>().ok(), "loginAt": iso(now),
                "loginSucceeded": succeeded, "ipAddress": "127.0.0.1",
            });
            self.logins.push(entry);
        }
        if right && self.sso_required {
            return Err(super::error(403, "SSO_REQUIRED", "Log in with single sign-on"));
        }
        if !right {
            return Err(refused());
        }
        let secret = self.kernel.fresh("", 48, ALNUM);
        let id = self.kernel.next_number().to_string();
        self.kernel
            .issue(Credential::new(SESSION, &id, &secret).of(&user).expires(now + LIFE), now);
        let cookie = format!("hubspotapi={secret}; path=/; HttpOnly");
        Ok(Response::json(200, &json!({"status": "SUCCESS"})).with("Set-Cookie", &cookie))
    }

    fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.cookie("hubspotapi").unwrap_or_default();
        let key = self.kernel.authenticate(SESSION, sent, now).map_err(|_| refused())?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }

    /// Shows an account to whoever is in it; the session itself is the person's.
    fn home(&self, portal: &str, request: &Request, now: SystemTime) -> Answer {
        let sent = request.cookie("hubspotapi").unwrap_or_default();
        let key = self.kernel.authenticate(SESSION, sent, now).map_err(|_| refused())?;
        let id = self.kernel.credential(key).principal.clone().unwrap_or_default();
        let user = self.kernel.principal(&id).ok_or_else(refused)?;
        let admitted = match portal {
            PORTAL => user.effective(now) == State::Active,
            OTHER_PORTAL => user.supplier.is_some(),
            _ => false,
        };
        if !admitted {
            return Err(super::error(403, "NO_ACCESS", "You don't have access to this account"));
        }
        let shown = self.kernel.presented(&id).unwrap_or(user);
        let body = json!({
            "portalId": portal.parse::<u64>().ok(),
            "user": {"userId": shown.id.parse::<u64>().ok(), "email": shown.login},
        });
        Ok(Response::json(200, &body))
    }
}
