//! JWT bearer: an app with a registered certificate speaks for any pre-authorised user.
//!
//! The signature is not checked: it is RS256, and this crate has no RSA. Everything else is: the
//! issuer, the user, the audience, the times, and that the app still has its certificate (by the
//! header's `kid` where one is sent; the real platform has a single certificate per app).

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::answers::oauth;
use super::token::Granted;
use super::{APP, Answer, CERTIFICATE, Salesforce};
use crate::http::{Request, Response};
use crate::identity::State;
use crate::times::epoch;

/// How far ahead an assertion's end may lie, and how wrong the clocks may be.
const LEEWAY: u64 = 5 * 60;

fn refused() -> Response {
    oauth("invalid_grant", "invalid assertion")
}

impl Salesforce {
    pub(super) fn by_assertion(&mut self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.form("assertion").unwrap_or_default();
        let mut parts = sent.split('.');
        let (header, claims) = (part(parts.next()), part(parts.next()));
        let signed = parts.next().is_some_and(|signature| !signature.is_empty());
        let (header, claims) = header.zip(claims).filter(|_| signed).ok_or_else(refused)?;
        if header["alg"] != "RS256" {
            return Err(refused());
        }
        let app = self.kernel.by_login(APP, claims["iss"].as_str().unwrap_or_default());
        let (app, supplier) = app.map(|app| (app.id.clone(), app.supplier)).ok_or_else(refused)?;
        let registered = self.kernel.kept_where(now, |c| c.kind == CERTIFICATE && c.is_of(&app));
        let named = header["kid"].as_str();
        let fits = |id: &str| named.is_none_or(|kid| kid == id);
        if !registered.iter().any(|key| fits(&self.kernel.credential(*key).id)) {
            return Err(refused());
        }
        let public = ["https://login.salesforce.com", "https://test.salesforce.com"];
        let audience = claims["aud"].as_str().unwrap_or_default();
        if ![&*self.home, &*self.login, public[0], public[1]].contains(&audience) {
            return Err(refused());
        }
        let at = |claim: &Value| claim.as_u64().or_else(|| claim.as_str()?.parse().ok());
        let exp = at(&claims["exp"]).ok_or_else(refused)?;
        let ahead = at(&claims["iat"]).is_some_and(|iat| iat > epoch(now) + LEEWAY);
        if exp + LEEWAY <= epoch(now) || exp > epoch(now) + 2 * LEEWAY || ahead {
            return Err(refused());
        }
        let unapproved = || oauth("invalid_grant", "user hasn't approved this consumer");
        let user = self.user_named(claims["sub"].as_str().unwrap_or_default());
        // Pre-authorised are the profiles of the supplier's own people. What an inactive user is
        // told is unconfirmed.
        let user = user.filter(|user| user.supplier == supplier);
        let user =
            user.filter(|user| matches!(user.effective(now), State::Active | State::Suspended));
        let user = user.map(|user| user.id.clone()).ok_or_else(unapproved)?;
        self.admits(&app, now)?;
        let granted = Granted { user: &user, app: &app, approval: None, scope: "api id" };
        Ok(Response::json(200, &self.mint(&granted, now)))
    }
}

fn part(encoded: Option<&str>) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(encoded?).ok()?;
    serde_json::from_slice(&bytes).ok()
}
