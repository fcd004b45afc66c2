//! Passwords: set by an administrator, or changed by the user who knows the old one.

use std::time::SystemTime;

use super::answers::{forbidden, unprocessable};
use super::{Answer, PASSWORD, Zendesk};
use crate::http::{Request, Response};
use crate::identity::{Credential, INACTIVE};

impl Zendesk {
    /// Sets a password as an administrator; this account's owner has allowed it.
    ///
    /// What becomes of open sessions is unconfirmed: here they go on, the worse case.
    pub(super) fn set_password(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?.user;
        self.living(id)?;
        let password = acceptable(request)?;
        self.put_password(id, &password, now);
        self.record(&actor, "update", "user", id, now);
        Ok(Response::empty(200))
    }

    /// Changes the caller's own password, which needs the previous one however the caller got in.
    ///
    /// The refusal's status is not documented; what matters is that it is one.
    pub(super) fn change_password(
        &mut self,
        id: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let caller = self.user(request, now)?;
        if caller.user != id {
            return Err(forbidden());
        }
        let previous = request.field("previous_password").unwrap_or_default();
        if self.kernel.authenticate_as(PASSWORD, id, &previous, now).is_err() {
            return Err(unprocessable("previous_password", "Previous password: is invalid"));
        }
        let password = acceptable(request)?;
        self.put_password(id, &password, now);
        self.record(id, "update", "user", id, now);
        Ok(Response::empty(200))
    }

    fn put_password(&mut self, id: &str, password: &str, now: SystemTime) {
        let had = self.kernel.kept_where(now, |c| c.kind == PASSWORD && c.is_of(id));
        if had.is_empty() {
            let first = Credential::new(PASSWORD, id, password).of(id).hidden_by(id, INACTIVE);
            self.kernel.issue(first, now);
        } else {
            self.kernel.replace_secret(PASSWORD, id, password, now);
        }
    }
}

fn acceptable(request: &Request) -> Result<String, Response> {
    let password = request.field("password").filter(|password| password.chars().count() >= 5);
    password.ok_or_else(|| unprocessable("password", "Password: must be at least 5 characters"))
}
