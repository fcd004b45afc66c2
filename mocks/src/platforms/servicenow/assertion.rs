//! JWT bearer: a client with a registered certificate speaks for a user.
//!
//! The signature is not checked: it is RS256, and this crate has no RSA. Checked are the key's id
//! (the registered certificate), issuer and audience (the client), the user and the times.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{CERTIFICATE, ServiceNow, USER};
use crate::http::Request;
use crate::identity::State;
use crate::times::epoch;

impl ServiceNow {
    pub(super) fn by_assertion(
        &self,
        request: &Request,
        client: &str,
        now: SystemTime,
    ) -> Option<String> {
        let sent = request.form("assertion")?;
        let mut parts = sent.split('.');
        let (header, claims) = (part(parts.next()?)?, part(parts.next()?)?);
        parts.next().filter(|signature| !signature.is_empty())?;
        let kid = header["kid"].as_str().filter(|_| header["alg"] == "RS256")?;
        let key = self.kernel.find(CERTIFICATE, kid)?;
        let registered = self.kernel.exists(key, now) && self.kernel.credential(key).is_for(client);
        let identifier = &self.kernel.principal(client)?.login;
        let named = claims["iss"] == **identifier && claims["aud"] == **identifier;
        let exp = claims["exp"].as_u64()?;
        let in_time = exp > epoch(now) && exp <= epoch(now) + 3600;
        let issued = claims["iat"].as_u64().is_none_or(|iat| iat <= epoch(now) + 300);
        let user = self.kernel.by_login(USER, claims["sub"].as_str()?)?;
        let active = user.effective(now) == State::Active;
        (registered && named && in_time && issued && active).then(|| user.id.clone())
    }
}

fn part(encoded: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}
