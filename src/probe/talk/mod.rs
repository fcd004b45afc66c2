//! Signing in where no HTTP is spoken, and live sessions: what signed in once, kept open to be used again.

#[cfg(feature = "imap")]
mod imap;
#[cfg(feature = "ldap")]
mod ldap;
#[cfg(any(feature = "ldap", feature = "postgres"))]
mod line;
#[cfg(any(feature = "imap", feature = "smtp"))]
mod mail;
pub(super) mod mtls;
mod net;
#[cfg(feature = "postgres")]
mod postgres;
mod program;
#[cfg(test)]
#[cfg(any(feature = "imap", feature = "smtp"))]
mod scripted;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg(feature = "ssh")]
mod ssh;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;

pub use self::net::Wire;
use super::wallet::{Value, Values};
use crate::id::CredentialId;
use crate::platform::answer::Answer;
#[cfg(not(all(
    feature = "imap",
    feature = "ldap",
    feature = "postgres",
    feature = "smtp",
    feature = "ssh"
)))]
use crate::platform::schema::Protocol;
use crate::platform::schema::SignIn;
use crate::platform::template::Template;
use crate::verdict::{Doubt, DoubtReason};

/// How long an answer is waited for where a description does not say.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection that somebody signed in on. Dropping it closes it.
#[async_trait]
pub(crate) trait Open: Send {
    /// Uses it once more.
    async fn again(&mut self, values: &Values) -> Result<Answer, Doubt>;
}

/// What signing in came to.
pub(crate) struct SignedIn {
    pub(crate) answer: Result<Answer, Doubt>,
    /// What is open still, if the description wants it kept.
    pub(crate) open: Option<Box<dyn Open>>,
}

impl SignedIn {
    pub(super) fn failed(doubt: Doubt) -> Self {
        Self { answer: Err(doubt), open: None }
    }

    /// No description that needs what this build lacks is read; should one be, nothing is proven.
    #[cfg(not(all(
        feature = "imap",
        feature = "ldap",
        feature = "postgres",
        feature = "smtp",
        feature = "ssh"
    )))]
    fn unspoken(form: &SignIn) -> Self {
        let feature = form.protocol().map_or("", Protocol::feature);
        Self::failed(doubt(DoubtReason::FlowBroken, format!("built without `{feature}`")))
    }
}

/// What the operator permits beyond HTTP.
#[derive(Clone, Debug, Default)]
pub struct Permits {
    /// Programs that may be run, as descriptions name them.
    pub programs: Vec<String>,
    /// How other servers are reached.
    pub wire: Wire,
}

/// Signs in once.
pub(crate) async fn sign_in(form: &SignIn, values: &Values, permits: &Permits) -> SignedIn {
    match form {
        SignIn::Command(program) => program::sign_in(program, values, permits).await,
        #[cfg(feature = "imap")]
        SignIn::Imap(form) => imap::sign_in(form, values, permits).await,
        #[cfg(not(feature = "imap"))]
        SignIn::Imap(_) => SignedIn::unspoken(form),
        #[cfg(feature = "smtp")]
        SignIn::Smtp(form) => smtp::sign_in(form, values, permits).await,
        #[cfg(not(feature = "smtp"))]
        SignIn::Smtp(_) => SignedIn::unspoken(form),
        #[cfg(feature = "ldap")]
        SignIn::Ldap(form) => ldap::sign_in(form, values, permits).await,
        #[cfg(not(feature = "ldap"))]
        SignIn::Ldap(_) => SignedIn::unspoken(form),
        #[cfg(feature = "postgres")]
        SignIn::Postgres(form) => postgres::sign_in(form, values, permits).await,
        #[cfg(not(feature = "postgres"))]
        SignIn::Postgres(_) => SignedIn::unspoken(form),
        #[cfg(feature = "ssh")]
        SignIn::Ssh(form) => ssh::sign_in(form, values, permits).await,
        #[cfg(not(feature = "ssh"))]
        SignIn::Ssh(_) => SignedIn::unspoken(form),
    }
}

/// The live sessions of one scenario. They end with it.
#[derive(Default)]
pub(crate) struct Kept(std::sync::Mutex<BTreeMap<CredentialId, Shared>>);

/// A connection that is used by one at a time.
type Shared = Arc<Mutex<Box<dyn Open>>>;

impl Kept {
    /// Keeps a connection under the id of its session. The one opened first stays: a later one, opened after
    /// a termination, must not answer for it.
    pub(crate) fn keep(&self, id: CredentialId, open: Box<dyn Open>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(id).or_insert_with(|| Arc::new(Mutex::new(open)));
    }

    /// Whether a connection is kept under this id.
    pub(crate) fn holds(&self, id: &CredentialId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }

    /// Uses a kept connection once more.
    pub(crate) async fn again(&self, id: &CredentialId, values: &Values) -> Result<Answer, Doubt> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        match known {
            Some(open) => open.lock().await.again(values).await,
            None => Err(doubt(DoubtReason::FlowBroken, "this process holds no such session")),
        }
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(all.keys()).finish()
    }
}

pub(super) fn doubt(reason: DoubtReason, detail: impl Into<String>) -> Doubt {
    Doubt { reason, detail: detail.into() }
}

fn filled(template: &Template, values: &Values) -> Result<String, Doubt> {
    template
        .render(|name| values.lookup(name))
        .map_err(|unfilled| doubt(DoubtReason::FlowBroken, unfilled.to_string()))
}

/// Fills what others can read: a secret in it is an error of the description.
fn filled_in_public(template: &Template, values: &Values) -> Result<String, Doubt> {
    for name in template.names() {
        if let Some(Value::Secret(_)) = values.get(name) {
            let why = format!("`{name}` is a secret, and would be seen by everybody");
            return Err(doubt(DoubtReason::FlowBroken, why));
        }
    }
    filled(template, values)
}
