//! The Messenger: who holds an identity-verification secret can be any end user there.
//!
//! Path and fields are made up, as the vendor documents only the HMAC. Whether a session outlives the
//! secret it was opened with is unconfirmed; here it does.

use std::time::SystemTime;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::{Answer, Intercom, MESSENGER_SECRET, VISITOR, error};
use crate::http::{Request, Response};
use crate::identity::Credential;
use crate::population::ALNUM;

/// Refuses a hash or a session.
pub(super) fn refused() -> Response {
    error(403, "forbidden", "User Hash invalid")
}

impl Intercom {
    pub(super) fn messenger(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("POST", ["messenger", "web", "ping"]) => Some(self.ping(request, now)),
            ("GET", ["messenger", "web", "session"]) => Some(self.visitor(request, now)),
            _ => None,
        }
    }

    fn ping(&mut self, request: &Request, now: SystemTime) -> Answer {
        let email = request.field("email").unwrap_or_default();
        let hash = request.field("user_hash").unwrap_or_default();
        let keys = self.kernel.kept(MESSENGER_SECRET, now);
        let fits = |key: &&_| user_hash(&self.kernel.credential(**key).secret, &email) == hash;
        let key = *keys.iter().find(fits).ok_or_else(refused)?;
        let supplier = self.kernel.credential(key).supplier;
        let secret = self.kernel.fresh("", 40, ALNUM);
        let visitor = Credential::new(VISITOR, &secret, &secret).with("email", email.as_str());
        self.kernel.issue(visitor.supplier(supplier), now);
        let cookie = format!("messenger-session={secret}; path=/");
        Ok(Response::json(200, &json!({"user": {"email": email}})).with("Set-Cookie", &cookie))
    }

    fn visitor(&mut self, request: &Request, now: SystemTime) -> Answer {
        let sent = request.cookie("messenger-session").unwrap_or_default();
        let key = self.kernel.authenticate(VISITOR, sent, now).map_err(|_| refused())?;
        let email = self.kernel.credential(key).text("email").to_owned();
        Ok(Response::json(200, &json!({"user": {"email": email}})))
    }
}

/// Gives the hash that proves an end user: hexadecimal HMAC-SHA256 of the address.
pub(super) fn user_hash(secret: &str, email: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    mac.update(email.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
