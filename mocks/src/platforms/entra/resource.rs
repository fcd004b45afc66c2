//! An API of our own that validates tokens by itself: it sees `exp` and nothing else.

use std::time::SystemTime;

use serde_json::json;

use super::tokens::OWN_KEY;
use super::{Answer, Entra};
use crate::http::{Request, Response};
use crate::jwt::{self, Refused};

impl Entra {
    pub(super) fn resource(&self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        if (method, segments.as_slice()) != ("GET", ["whoami"].as_slice()) {
            return None;
        }
        let Some(token) = request.bearer() else {
            return Some(Err(Response::empty(401).with("WWW-Authenticate", "Bearer")));
        };
        Some(match jwt::verify(OWN_KEY, token, now) {
            Ok(claims) => {
                let shown = claims["oid"].as_str().and_then(|id| self.kernel.presented(id));
                let body = json!({
                    "oid": shown.map(|p| &p.id), "upn": shown.map(|p| &p.login),
                    "appid": claims["appid"],
                });
                Ok(Response::json(200, &body))
            }
            Err(Refused::Expired) => Err(invalid("The token expired")),
            Err(Refused::Invalid) => Err(invalid("The signature is invalid")),
        })
    }
}

pub(super) fn invalid(why: &str) -> Response {
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{why}\"");
    Response::empty(401).with("WWW-Authenticate", &challenge)
}
