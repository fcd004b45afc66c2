//! Our own receiver: believes every secret that is valid now, and says which one it was.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::{Answer, ROUTE, SIGNING, STATIC, Webhooks};
use crate::http::{Request, Response};
use crate::identity::{Key, Standing};
use crate::times::epoch;

/// How old a signed timestamp may be.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Refuses what nobody we know has signed.
pub(super) fn refused() -> Response {
    Response::json(401, &json!({"error": "bad signature"}))
}

impl Webhooks {
    /// Takes events in, and lets administrators manage; `None` where there is no such route.
    pub(super) fn receive(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            // The old address was kept for compatibility when the new one came.
            ("POST", ["in" | "legacy", route]) => {
                let old = segments[0] == "legacy";
                let path = if old { format!("legacy-{route}") } else { (*route).to_owned() };
                Some(self.judge(route, &path, request, now))
            }
            (_, ["admin", rest @ ..]) => self.manage(method, rest, request, now),
            _ => None,
        }
    }

    fn judge(&mut self, route: &str, path: &str, request: &Request, now: SystemTime) -> Answer {
        let open = self.kernel.find(ROUTE, path);
        let open = open.is_some_and(|key| self.kernel.standing(key, now) == Standing::Alive);
        if !open {
            return Err(Response::json(404, &json!({"error": "no such route"})));
        }
        let secrets = self
            .kernel
            .kept_where(now, |c| matches!(c.kind, SIGNING | STATIC) && c.text("route") == route);
        let good = secrets.into_iter().find(|key| {
            self.kernel.standing(*key, now) == Standing::Alive && self.fits(*key, request, now)
        });
        let key = good.ok_or_else(refused)?;
        let event = ["x-event-id", "x-github-delivery", "x-shopify-webhook-id"];
        let event = event.iter().find_map(|name| request.header(name)).map(str::to_owned);
        if let Some(event) = &event {
            if self.seen.contains(event) {
                return Err(Response::json(409, &json!({"error": "event seen before"})));
            }
            if self.seen.len() < 10_000 {
                self.seen.push(event.clone());
            }
        }
        self.effect(key, request, now);
        let secret = self.kernel.credential(key);
        let owner = secret.principal.as_deref().and_then(|id| self.kernel.presented(id));
        Ok(Response::json(
            200,
            &json!({
                "stored": true,
                "supplier": owner.map(|owner| owner.login.clone()),
                "event": event,
                "secret": secret.id,
            }),
        ))
    }

    fn fits(&self, key: Key, request: &Request, now: SystemTime) -> bool {
        let credential = self.kernel.credential(key);
        let secret = credential.secret.as_str();
        if credential.kind == STATIC {
            let basic = request.basic().is_some_and(|(_, password)| password == secret);
            return basic || request.bearer() == Some(secret);
        }
        signed(secret, request, now)
    }
}

/// Checks a signature in any of the four styles a sender may use.
fn signed(secret: &str, request: &Request, now: SystemTime) -> bool {
    let recent = |stamp: &str| {
        let at: Option<u64> = stamp.parse().ok();
        at.is_some_and(|at| epoch(now).abs_diff(at) <= TOLERANCE.as_secs())
    };
    let body = &request.body;
    if let Some(header) = request.header("stripe-signature") {
        let parts: Vec<(&str, &str)> =
            header.split(',').filter_map(|part| part.trim().split_once('=')).collect();
        let stamp = parts.iter().find(|(name, _)| *name == "t").map_or("", |(_, value)| *value);
        let expected = hex(&mac(secret, &[stamp.as_bytes(), b".", body]));
        let fits = parts.iter().any(|(name, value)| *name == "v1" && *value == expected);
        return recent(stamp) && fits;
    }
    if let Some(given) = request.header("x-slack-signature") {
        let stamp = request.header("x-slack-request-timestamp").unwrap_or_default();
        let expected = hex(&mac(secret, &[b"v0:", stamp.as_bytes(), b":", body]));
        return recent(stamp) && given == format!("v0={expected}");
    }
    if let Some(given) = request.header("x-hub-signature-256") {
        return given == format!("sha256={}", hex(&mac(secret, &[body])));
    }
    let given = request.header("x-shopify-hmac-sha256");
    given.is_some_and(|given| given == STANDARD.encode(mac(secret, &[body])))
}

/// Signs the parts in a row.
pub(super) fn mac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Renders bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
