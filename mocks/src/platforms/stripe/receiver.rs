//! The receiver of signed events: believes every secret that is valid now, old or new.

use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::{Answer, SIGNING, Stripe};
use crate::http::{Request, Response};
use crate::identity::Standing;
use crate::times::epoch;

/// How old a signature may be.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Refuses an event nobody we know has signed.
pub(super) fn refused() -> Response {
    Response::json(400, &json!({"error": "bad signature"}))
}

impl Stripe {
    /// Takes an event for an endpoint; `None` where there is no such route.
    pub(super) fn receive(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("POST", ["stripe", endpoint]) => Some(self.judge(endpoint, request, now)),
            _ => None,
        }
    }

    fn judge(&mut self, endpoint: &str, request: &Request, now: SystemTime) -> Answer {
        let header = request.header("stripe-signature").ok_or_else(refused)?;
        let parts = header.split(',').filter_map(|part| part.trim().split_once('='));
        let parts: Vec<(&str, &str)> = parts.collect();
        let stamp = parts.iter().find(|(name, _)| *name == "t").map(|(_, value)| *value);
        let stamp = stamp.ok_or_else(refused)?;
        let at: u64 = stamp.parse().map_err(|_| refused())?;
        if epoch(now).abs_diff(at) > TOLERANCE.as_secs() {
            return Err(refused());
        }
        let secrets = self.kernel.kept_where(now, |c| c.kind == SIGNING && c.id == endpoint);
        let good = secrets.into_iter().find(|key| {
            let expected = signature(&self.kernel.credential(*key).secret, stamp, &request.body);
            self.kernel.standing(*key, now) == Standing::Alive
                && parts.iter().any(|(name, value)| *name == "v1" && *value == expected)
        });
        let key = good.ok_or_else(refused)?;
        // Which secret fitted is the best evidence that somebody still uses the old one.
        let made = epoch(self.kernel.credential(key).created);
        Ok(Response::json(200, &json!({"received": true, "endpoint": endpoint, "secret_of": made})))
    }
}

/// Signs a payload as of a second.
pub(super) fn signature(secret: &str, stamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    mac.update(format!("{stamp}.").as_bytes());
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
