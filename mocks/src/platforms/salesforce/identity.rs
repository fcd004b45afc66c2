//! Who am I: the user info endpoint and the identity URL every token answer names.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::bad_oauth_token;
use super::{Answer, ORG, Salesforce, USER};
use crate::http::{Request, Response};
use crate::identity::{Principal, State};

const IDENTITY_SCOPES: &[&str] = &["openid", "id", "profile", "email", "full"];

impl Salesforce {
    /// `GET /services/oauth2/userinfo`.
    pub(super) fn userinfo(&mut self, request: &Request, now: SystemTime) -> Answer {
        let user = self.asked(request, now).ok_or_else(bad_oauth_token)?;
        let user = self.kernel.presented(&user).ok_or_else(bad_oauth_token)?;
        let mut body = self.describe(user);
        body["sub"] = self.identity_of(&user.id).into();
        body["preferred_username"] = user.login.clone().into();
        body["email_verified"] = true.into();
        Ok(Response::json(200, &body))
    }

    /// `GET /id/{org}/{user}`: only the token's own user can be read.
    pub(super) fn identity_url(
        &mut self,
        asked: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let user = self.asked(request, now).ok_or_else(bad_oauth_token)?;
        let own = self.object(USER, asked).filter(|found| found.id == user);
        own.ok_or_else(|| super::answers::error(404, "NOT_FOUND", "Missing identity"))?;
        let user = self.kernel.presented(&user).ok_or_else(bad_oauth_token)?;
        let mut body = self.describe(user);
        body["id"] = self.identity_of(&user.id).into();
        body["username"] = user.login.clone().into();
        body["asserted_user"] = true.into();
        Ok(Response::json(200, &body))
    }

    fn asked(&mut self, request: &Request, now: SystemTime) -> Option<String> {
        let caller = self.caller(request, now)?;
        self.has_scope(&caller, IDENTITY_SCOPES).then_some(caller.user)
    }

    /// Gives the identity URL of a user.
    pub(super) fn identity_of(&self, user: &str) -> String {
        format!("{}/id/{ORG}/{user}", self.home)
    }

    fn describe(&self, user: &Principal) -> Value {
        json!({
            "user_id": user.id,
            "organization_id": ORG,
            "nickname": user.name,
            "name": user.name,
            "display_name": user.name,
            "email": user.login,
            "user_type": user.text("type").to_uppercase(),
            "active": user.state() == State::Active,
            "is_app_installed": true,
            "language": "en_US",
        })
    }
}
