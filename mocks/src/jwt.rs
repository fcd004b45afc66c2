//! JSON Web Tokens signed with an HMAC key the mock knows.
//!
//! Real platforms sign with RS256. Resource servers only need "signature right, not expired", and
//! an HMAC proves as much without a key generator.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::times::epoch;

/// Why a resource server refuses a token it checks by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Not a token, or not signed by us.
    Invalid,
    /// Signed by us, too old.
    Expired,
}

/// Signs `claims`; `typ` is the header's type, `at+jwt` for access tokens (RFC 9068).
pub(crate) fn sign(key: &str, typ: &str, claims: &Value) -> String {
    let header = json!({"typ": typ, "alg": "HS256", "kid": "mock-1"});
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(mac(key, &signed));
    format!("{signed}.{signature}")
}

/// Checks signature and `exp`, as a resource server does that asks nobody.
pub(crate) fn verify(key: &str, token: &str, now: SystemTime) -> Result<Value, Refused> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Invalid)?;
    if URL_SAFE_NO_PAD.encode(mac(key, signed)) != signature {
        return Err(Refused::Invalid);
    }
    let (_, claims) = signed.split_once('.').ok_or(Refused::Invalid)?;
    let bytes = URL_SAFE_NO_PAD.decode(claims).map_err(|_| Refused::Invalid)?;
    let claims: Value = serde_json::from_slice(&bytes).map_err(|_| Refused::Invalid)?;
    let exp = claims.get("exp").and_then(Value::as_u64).unwrap_or(0);
    if exp <= epoch(now) { Err(Refused::Expired) } else { Ok(claims) }
}

fn mac(key: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::times::from_epoch;

    #[test]
    fn a_token_is_good_until_its_expiry_and_only_with_its_signature() {
        let token = sign("k", "at+jwt", &json!({"sub": "maya", "exp": 100}));
        assert!(verify("k", &token, from_epoch(99)).is_ok());
        assert_eq!(verify("k", &token, from_epoch(100)), Err(Refused::Expired));
        assert_eq!(verify("other", &token, from_epoch(1)), Err(Refused::Invalid));
        assert_eq!(verify("k", "nonsense", from_epoch(1)), Err(Refused::Invalid));
    }
}
