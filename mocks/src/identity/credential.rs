//! What authenticates, and everything that can end it: revocation, expiry, a switch, a mask.

use std::time::SystemTime;

use serde_json::{Map, Value};

use super::principal::State;
use crate::population::Supplier;

/// Points at a credential of one kernel; credentials are never removed, only ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(pub(super) usize);

/// What a credential is worth at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It works.
    Alive,
    /// Never issued.
    Unknown,
    /// Ended by an action.
    Revoked,
    /// Ended by its age.
    Expired,
    /// Switched off; can be switched on.
    Disabled,
    /// Fine in itself, hidden by the state of a principal; comes back with it.
    Masked(State),
}

/// A principal whose states hide a credential.
#[derive(Debug, Clone)]
pub(super) struct Mask {
    pub(super) principal: String,
    pub(super) states: &'static [State],
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Revocation {
    pub(super) effective: SystemTime,
    pub(super) until: Option<SystemTime>,
}

/// Anything that authenticates, and grants, which keep authorizing without being sent.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    /// The platform's own kind: `"api_token"`, `"session"`, `"refresh"`.
    pub(crate) kind: &'static str,
    /// The platform's own id, unique within the kind.
    pub(crate) id: String,
    /// What is sent; a grant has an empty one.
    pub(crate) secret: String,
    /// Whose it is; `None` for what belongs to the account as a whole.
    pub(crate) principal: Option<String>,
    /// The client it was issued to.
    pub(crate) client: Option<String>,
    /// The family or grant it descends from: what cascades and reuse detection go by.
    pub(crate) grant: Option<String>,
    /// Whose it is in the population; taken from the principal where not given.
    pub(crate) supplier: Option<Supplier>,
    /// Space separated.
    pub(crate) scope: String,
    /// Whatever else the platform keeps about it.
    pub(crate) data: Map<String, Value>,
    /// When it was issued.
    pub(crate) created: SystemTime,
    /// When it dies of age.
    pub(crate) expires: Option<SystemTime>,
    pub(super) masks: Vec<Mask>,
    pub(super) revoked: Option<Revocation>,
    pub(super) switches: Vec<(SystemTime, bool)>,
    pub(super) planted: bool,
}

impl Credential {
    /// Makes one that nothing hides and nothing ends.
    pub(crate) fn new(kind: &'static str, id: &str, secret: &str) -> Self {
        Self {
            kind,
            id: id.to_owned(),
            secret: secret.to_owned(),
            principal: None,
            client: None,
            grant: None,
            supplier: None,
            scope: String::new(),
            data: Map::new(),
            created: SystemTime::UNIX_EPOCH,
            expires: None,
            masks: Vec::new(),
            revoked: None,
            switches: Vec::new(),
            planted: false,
        }
    }

    /// Says whose it is. It does not hide it: see [`Self::hidden_by`].
    #[must_use]
    pub(crate) fn of(mut self, principal: &str) -> Self {
        self.principal = Some(principal.to_owned());
        self
    }

    /// Says which client it was issued to.
    #[must_use]
    pub(crate) fn client(mut self, client: &str) -> Self {
        self.client = Some(client.to_owned());
        self
    }

    /// Says which family it belongs to.
    #[must_use]
    pub(crate) fn grant(mut self, grant: &str) -> Self {
        self.grant = Some(grant.to_owned());
        self
    }

    /// Says whose it is where no principal does.
    #[must_use]
    pub(crate) fn supplier(mut self, supplier: Option<Supplier>) -> Self {
        self.supplier = supplier;
        self
    }

    /// Sets the scopes, space separated.
    #[must_use]
    pub(crate) fn scope(mut self, scope: &str) -> Self {
        scope.clone_into(&mut self.scope);
        self
    }

    /// Sets the end of its life.
    #[must_use]
    pub(crate) fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }

    /// Keeps one more attribute.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.to_owned(), value.into());
        self
    }

    /// Hides it while `principal` is in one of `states`. Without a mask it outlives its owner.
    #[must_use]
    pub(crate) fn hidden_by(mut self, principal: &str, states: &'static [State]) -> Self {
        self.masks.push(Mask { principal: principal.to_owned(), states });
        self
    }

    /// Gives a text attribute, empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.data.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Tells whether it belongs to that principal.
    pub(crate) fn is_of(&self, principal: &str) -> bool {
        self.principal.as_deref() == Some(principal)
    }

    /// Tells whether it was issued to that client.
    pub(crate) fn is_for(&self, client: &str) -> bool {
        self.client.as_deref() == Some(client)
    }

    /// Tells whether it is of that family.
    pub(crate) fn is_from(&self, grant: &str) -> bool {
        self.grant.as_deref() == Some(grant)
    }

    pub(super) fn is_revoked(&self, now: SystemTime) -> bool {
        let over = |r: &Revocation| r.until.is_some_and(|until| until <= now);
        self.revoked.as_ref().is_some_and(|r| r.effective <= now && !over(r))
    }

    pub(super) fn is_expired(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    pub(super) fn is_on(&self, now: SystemTime) -> bool {
        let past = self.switches.iter().filter(|(from, _)| *from <= now);
        past.max_by_key(|(from, _)| *from).is_none_or(|(_, on)| *on)
    }
}
