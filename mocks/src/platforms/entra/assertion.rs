//! How a client proves itself: a secret of three kinds, a certificate, or a federated token.
//!
//! Signatures of assertions are not checked: they are RSA, for which there is no library here. Key
//! id, issuer, subject, audience and times are, so that a removed key or trust is refused.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::sts::error;
use super::{APP_SECRET, CERTIFICATE, Entra, FEDERATED, FOREIGN_SECRET, SERVICE_SECRET, TENANT};
use crate::http::{Request, Response};
use crate::identity::{Credential, Standing};
use crate::times::epoch;

impl Entra {
    /// Tells whether a client has anything to prove itself with; public ones have not.
    pub(super) fn is_confidential(&self, service: &str) -> bool {
        self.kernel.principal(service).is_some_and(|p| p.text("public").is_empty())
    }

    /// Checks the secret or the assertion of a client.
    pub(super) fn prove_client(
        &self,
        request: &Request,
        service: &str,
        now: SystemTime,
    ) -> Result<(), Response> {
        let client = self.kernel.principal(service).map_or("", |p| p.login.as_str()).to_owned();
        if let Some(assertion) = request.form("client_assertion") {
            return self.prove_assertion(&assertion, &client, request, now);
        }
        let given = request.form("client_secret").or_else(|| Some(request.basic()?.1));
        let Some(given) = given.filter(|s| !s.is_empty()) else {
            let text = "The request body must contain the following parameter: \
                'client_assertion' or 'client_secret'.";
            return Err(error(401, "invalid_client", 7_000_218, text, now));
        };
        let mut expired = false;
        for kind in [APP_SECRET, SERVICE_SECRET, FOREIGN_SECRET] {
            let Some(key) = self.kernel.lookup(kind, &given) else {
                continue;
            };
            if !self.kernel.credential(key).is_for(&client) {
                continue;
            }
            match self.kernel.standing(key, now) {
                Standing::Alive => return Ok(()),
                Standing::Expired => expired = true,
                Standing::Unknown
                | Standing::Revoked
                | Standing::Disabled
                | Standing::Masked(_) => {}
            }
        }
        if expired {
            let text = format!("The provided client secret keys for app '{client}' are expired.");
            return Err(error(401, "invalid_client", 7_000_222, &text, now));
        }
        Err(invalid_secret(&client, now))
    }

    fn prove_assertion(
        &self,
        assertion: &str,
        client: &str,
        request: &Request,
        now: SystemTime,
    ) -> Result<(), Response> {
        let bad = |why: &str| {
            let text =
                format!("Client assertion failed signature validation or is invalid: {why}.");
            Err(error(401, "invalid_client", 50013, &text, now))
        };
        let mut parts = assertion.split('.');
        let (Some(header), Some(claims)) = (read(parts.next()), read(parts.next())) else {
            return bad("not a token");
        };
        if claims["exp"].as_u64().unwrap_or(0) <= epoch(now) {
            return bad("expired");
        }
        let (issuer, subject) = (text(&claims, "iss"), text(&claims, "sub"));
        let audience = text(&claims, "aud");
        if issuer == client && subject == client {
            let own = format!("{}{}", request.base, request.path);
            let public = format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token");
            if audience != own && audience != public {
                return bad("wrong audience");
            }
            let thumbprint = header["x5t"].as_str().or_else(|| header["x5t#S256"].as_str());
            let held = |c: &Credential| {
                c.kind == CERTIFICATE && c.is_for(client) && Some(c.secret.as_str()) == thumbprint
            };
            if self.holds(now, held) {
                return Ok(());
            }
            let why = "Client assertion contains an invalid signature. The key was not found.";
            return Err(error(401, "invalid_client", 700_027, why, now));
        }
        let trusted = |c: &Credential| {
            c.kind == FEDERATED
                && c.is_for(client)
                && c.text("issuer") == issuer
                && c.text("subject") == subject
                && audience == "api://AzureADTokenExchange"
        };
        if self.holds(now, trusted) {
            return Ok(());
        }
        let why = "No matching federated identity record found for presented assertion.";
        Err(error(401, "invalid_client", 70021, why, now))
    }

    fn holds(&self, now: SystemTime, wanted: impl Fn(&Credential) -> bool) -> bool {
        let keys = self.kernel.kept_where(now, wanted);
        keys.iter().any(|key| self.kernel.standing(*key, now) == Standing::Alive)
    }
}

fn text<'a>(claims: &'a Value, name: &str) -> &'a str {
    claims[name].as_str().unwrap_or_default()
}

fn read(part: Option<&str>) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The answer to a removed or unknown secret.
pub(super) fn invalid_secret(client: &str, now: SystemTime) -> Response {
    let text = format!(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client \
         secret value, not the client secret ID, for a secret added to app '{client}'."
    );
    error(401, "invalid_client", 7_000_215, &text, now)
}
