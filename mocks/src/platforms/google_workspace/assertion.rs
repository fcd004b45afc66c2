//! Service accounts: a signed assertion becomes a token, of its own or of anybody it may impersonate.
//!
//! The signature is not checked: it is RSA, for which there is no library here. Key id, issuer,
//! audience and times are, so that a deleted key is refused. Nor is a longest life of an assertion
//! enforced, so that a drill that cannot sign may carry one through a whole watch.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::oauth::refuse;
use super::{ACCESS_LIFE, Answer, DELEGATION, Google, ROBOT, ROBOT_KEY, USER};
use crate::http::{Request, Response};
use crate::identity::{Standing, State};
use crate::times::epoch;

const AUDIENCE: &str = "https://oauth2.googleapis.com/token";

impl Google {
    pub(super) fn by_assertion(&mut self, request: &Request, now: SystemTime) -> Answer {
        let given = request.field("assertion").unwrap_or_default();
        let grant = |why: &str| refuse(400, "invalid_grant", why);
        let mut parts = given.split('.');
        let (header, claims) = (read(parts.next()), read(parts.next()));
        let (Some(header), Some(claims)) = (header, claims) else {
            return Err(grant("Bad Request"));
        };
        let text = |name: &str| claims[name].as_str().unwrap_or_default();
        let robot = self.kernel.by_login(ROBOT, text("iss")).map(|p| p.id.clone());
        let robot =
            robot.ok_or_else(|| grant("Invalid JWT: No valid verifier found for issuer."))?;
        if self.kernel.principal(&robot).map(|p| p.effective(now)) != Some(State::Active) {
            return Err(grant("Robot is disabled."));
        }
        let key = header["kid"].as_str().and_then(|id| self.kernel.find(ROBOT_KEY, id));
        let held = key.filter(|key| {
            let known = self.kernel.credential(*key).is_of(&robot);
            known && self.kernel.standing(*key, now) == Standing::Alive
        });
        if held.is_none() {
            return Err(grant("Invalid JWT Signature."));
        }
        let (issued, until) = (claims["iat"].as_u64(), claims["exp"].as_u64());
        let fresh = issued.is_some_and(|at| at <= epoch(now) + 300)
            && until.is_some_and(|at| at > epoch(now));
        if !fresh {
            let why = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a \
                reasonable timeframe. Check your iat and exp values in the JWT claim.";
            return Err(grant(why));
        }
        let own = format!("{}/token", request.base);
        if text("aud") != AUDIENCE && text("aud") != own {
            return Err(grant("Invalid JWT: Failed audience check."));
        }
        let scope = text("scope").to_owned();
        let owner = match claims["sub"].as_str().filter(|sub| *sub != text("iss")) {
            Some(sub) => self.impersonated(&robot, sub, &scope, now)?,
            None => robot,
        };
        let access = self.issue_access(&owner, None, &scope, now);
        Ok(Response::json(
            200,
            &json!({
                "access_token": access, "expires_in": ACCESS_LIFE.as_secs(), "token_type": "Bearer",
            }),
        ))
    }

    fn impersonated(
        &self,
        robot: &str,
        subject: &str,
        scope: &str,
        now: SystemTime,
    ) -> Result<String, Response> {
        let entry = self.kernel.find(DELEGATION, robot);
        let entry = entry.filter(|key| self.kernel.standing(*key, now) == Standing::Alive);
        let allowed = entry.is_some_and(|key| {
            let listed = &self.kernel.credential(key).scope;
            scope.split(' ').all(|wanted| listed.split(' ').any(|s| s == wanted))
        });
        if !allowed {
            let why = "Client is unauthorized to retrieve access tokens using this method, or \
                client not authorized for any of the scopes requested.";
            return Err(refuse(401, "unauthorized_client", why));
        }
        let user = self.kernel.by_login(USER, subject);
        let user = user.filter(|p| p.effective(now) == State::Active);
        user.map(|p| p.id.clone())
            .ok_or_else(|| refuse(400, "invalid_grant", "Invalid email or User ID"))
    }
}

fn read(part: Option<&str>) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part?).ok()?;
    serde_json::from_slice(&bytes).ok()
}
