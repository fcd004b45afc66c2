//! The credentials in use: their values, and the facts the journal records about them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::id::{ChannelId, CredentialId, KindId, PlatformId, PrincipalId, SupplierId};
use crate::journal::event::{Accepted, Enlisted, Role};
use crate::platform::schema::{Expires, Kind};
use crate::secret::{FingerprintKey, Scrubber, Secret};

/// A value that fills a placeholder.
#[derive(Clone, Debug)]
pub enum Value {
    /// May be seen.
    Plain(String),
    /// Must not.
    Secret(Secret),
}

impl Value {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

/// Values by placeholder name.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// Sets a value that may be seen.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), Value::Plain(value.into()));
    }

    /// Sets a value that must not be seen.
    pub fn set_secret(&mut self, name: impl Into<String>, secret: Secret) {
        self.0.insert(name.into(), Value::Secret(secret));
    }

    /// A value by name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A value by name, if it may be seen.
    pub fn plain(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Value::Plain(text) => Some(text),
            Value::Secret(_) => None,
        }
    }

    pub(crate) fn lookup(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(name).map(|value| Cow::Borrowed(value.text()))
    }

    /// Every value that may be seen, with its name.
    pub(crate) fn iter_plain(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| match value {
            Value::Plain(text) => Some((name.as_str(), text.as_str())),
            Value::Secret(_) => None,
        })
    }

    /// Every value, with its name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn each_secret(&self, mut see: impl FnMut(&Secret)) {
        for value in self.0.values() {
            match value {
                Value::Secret(secret) => see(secret),
                Value::Plain(_) => {}
            }
        }
    }

    /// Takes over all values of another set; its values win.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}

/// A credential ready for use.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its id.
    pub id: CredentialId,
    /// In which part it takes part.
    pub role: Role,
    /// Whose.
    pub supplier: SupplierId,
    /// At which platform.
    pub platform: PlatformId,
    /// Of which kind.
    pub kind: KindId,
    /// Of which principal.
    pub principal: Option<PrincipalId>,
    /// Who may end it: `ours` or `supplier`.
    pub authority: String,
    /// Its channels in use.
    pub channels: Vec<ChannelId>,
    /// Secret and public fields, and what is known of its principal and grant.
    pub values: Values,
    /// The accepted risk on it.
    pub accepted: Option<Accepted>,
    /// The credential it was minted from first; itself if from none. Uses of one family never overlap.
    pub root: CredentialId,
}

/// All credentials in use in one scenario.
#[derive(Debug)]
pub struct Wallet {
    held: Mutex<BTreeMap<CredentialId, Held>>,
    key: FingerprintKey,
    scrubber: Scrubber,
}

impl Wallet {
    /// An empty wallet.
    pub fn new(key: FingerprintKey, scrubber: Scrubber) -> Self {
        Self { held: Mutex::default(), key, scrubber }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CredentialId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What removes its secrets from text.
    pub fn scrubber(&self) -> &Scrubber {
        &self.scrubber
    }

    /// Takes a credential in, makes its secrets known to the scrubber, and gives what the journal may
    /// know of it. Bystanders must be in before the credentials they control.
    pub fn take_in(&self, held: Held, kind: &Kind) -> Enlisted {
        let mut fingerprints = BTreeMap::new();
        for field in &kind.secret {
            if let Some(Value::Secret(secret)) = held.values.get(field) {
                self.scrubber.learn(secret);
                fingerprints.insert(field.clone(), self.key.fingerprint(secret));
            }
        }
        let mut all = self.lock();
        let bystanders = match held.role {
            Role::Bystander => Vec::new(),
            Role::Suspect
            | Role::Derived { .. }
            | Role::Renewed { .. }
            | Role::Attempted { .. } => all
                .values()
                .filter(|other| {
                    other.role == Role::Bystander
                        && other.platform == held.platform
                        && other.kind == held.kind
                })
                .map(|other| other.id.clone())
                .collect(),
        };
        let facts = Enlisted {
            credential: held.id.clone(),
            role: held.role.clone(),
            supplier: held.supplier.clone(),
            platform: held.platform.clone(),
            kind: held.kind.clone(),
            title: kind.title.clone(),
            class: class_word(kind).to_owned(),
            from: (held.root != held.id && !is_reset(&held.role)).then(|| held.root.clone()),
            owned_by: match kind.owned_by {
                crate::platform::schema::OwnedBy::Principal => "principal",
                crate::platform::schema::OwnedBy::Client => "client",
                crate::platform::schema::OwnedBy::Account => "account",
            }
            .to_owned(),
            principal: held.principal.clone(),
            channels: held
                .channels
                .iter()
                .filter_map(|name| {
                    let proof = match kind.probe.get(name)?.proof {
                        crate::platform::schema::Proof::Listing => "listing",
                        crate::platform::schema::Proof::Introspection => "introspection",
                        crate::platform::schema::Proof::Use => "use",
                    };
                    Some((name.clone(), proof.to_owned()))
                })
                .collect(),
            authority: held.authority.clone(),
            fingerprints,
            expires: expiry(kind, &held.values),
            bystanders,
            accepted: held.accepted.clone(),
        };
        all.insert(held.id.clone(), held);
        facts
    }

    /// A credential by id.
    pub fn get(&self, id: &CredentialId) -> Option<Held> {
        self.lock().get(id).cloned()
    }

    /// Replaces a secret field: a rotation.
    pub(crate) fn rotate(&self, id: &CredentialId, field: &str, secret: Secret) {
        self.scrubber.learn(&secret);
        if let Some(held) = self.lock().get_mut(id) {
            held.values.set_secret(field, secret);
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<Held> {
        self.lock().values().cloned().collect()
    }
}

/// A new secret after a reset stands on its own.
fn is_reset(role: &Role) -> bool {
    match role {
        Role::Renewed { .. } | Role::Attempted { .. } => true,
        Role::Suspect | Role::Bystander | Role::Derived { .. } => false,
    }
}

pub(crate) fn class_word(kind: &Kind) -> &'static str {
    use crate::platform::schema::Class;
    match kind.class {
        Class::Token => "token",
        Class::Key => "key",
        Class::Grant => "grant",
        Class::Login => "login",
        Class::Session => "session",
        Class::Outflow => "outflow",
    }
}

/// The credential's own expiry, read without checking any signature: a note, never a verdict.
pub(crate) fn expiry(kind: &Kind, values: &Values) -> Option<Timestamp> {
    match kind.expires.as_ref()? {
        Expires::Jwt(field) => of_jwt(values.get(field)?),
        Expires::Certificate(field) => of_certificate(values.get(field)?),
    }
}

/// The end of a certificate's validity: the second time in the fourth or fifth field of what is signed.
fn of_certificate(pem: &Value) -> Option<Timestamp> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    use simple_asn1::ASN1Block::{GeneralizedTime, Sequence, UTCTime};
    let der = CertificateDer::from_pem_slice(pem.text().as_bytes()).ok()?;
    let blocks = simple_asn1::from_der(&der).ok()?;
    let Sequence(_, certificate) = blocks.first()? else { return None };
    let Sequence(_, signed) = certificate.first()? else { return None };
    signed.iter().find_map(|field| {
        let Sequence(_, validity) = field else { return None };
        let [UTCTime(..) | GeneralizedTime(..), UTCTime(_, end) | GeneralizedTime(_, end)] =
            validity.as_slice()
        else {
            return None;
        };
        Timestamp::from_second(end.assume_utc().unix_timestamp()).ok()
    })
}

fn of_jwt(jwt: &Value) -> Option<Timestamp> {
    use base64::Engine as _;
    let claims = jwt.text().split('.').nth(1)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_until_when_it_is_valid() {
        let key = rcgen::KeyPair::generate().unwrap();
        for (year, end) in [(2031, "2031-02-03T00:00:00Z"), (2061, "2061-02-03T00:00:00Z")] {
            let mut params = rcgen::CertificateParams::default();
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(year, 2, 3);
            let pem = params.self_signed(&key).unwrap().pem();
            let read = of_certificate(&Value::Secret(Secret::new(pem)));
            assert_eq!(read, Some(end.parse().unwrap()));
        }
        assert_eq!(of_certificate(&Value::Plain("no certificate".to_owned())), None);
    }
}
