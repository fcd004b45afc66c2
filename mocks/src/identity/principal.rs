//! Who credentials belong to: users, bots, clients, apps. All have the same four states.

use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::population::Supplier;

/// Where a principal stands. Whether that touches a credential is up to the credential's masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Normal.
    Active,
    /// Locked out for a while.
    Suspended,
    /// Switched off, can be switched on again.
    Deactivated,
    /// Gone for good.
    Deleted,
}

/// Every state but active.
pub(crate) const INACTIVE: &[State] = &[State::Suspended, State::Deactivated, State::Deleted];
/// Switched off or gone, but not merely suspended.
pub(crate) const GONE: &[State] = &[State::Deactivated, State::Deleted];

/// A principal: anything that owns credentials or can hide them by its state.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    /// The platform's own id.
    pub(crate) id: String,
    /// The platform's own word: `"user"`, `"client"`, `"app"`.
    pub(crate) kind: &'static str,
    /// `None` for our own people.
    pub(crate) supplier: Option<Supplier>,
    /// E-mail address or identifier it is addressed by.
    pub(crate) login: String,
    /// What is shown to people.
    pub(crate) name: String,
    /// Whatever else the platform keeps about it.
    pub(crate) data: Map<String, Value>,
    state: State,
    effects: Vec<(SystemTime, State)>,
}

impl Principal {
    /// Makes an active one, named by the part of its login before the `@`.
    pub(crate) fn new(kind: &'static str, id: &str, login: &str) -> Self {
        let name = login.split('@').next().unwrap_or(login).to_owned();
        Self {
            id: id.to_owned(),
            kind,
            supplier: None,
            login: login.to_owned(),
            name,
            data: Map::new(),
            state: State::Active,
            effects: Vec::new(),
        }
    }

    /// Says whose it is.
    #[must_use]
    pub(crate) fn of(mut self, supplier: Supplier) -> Self {
        self.supplier = Some(supplier);
        self
    }

    /// Keeps one more attribute.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.to_owned(), value.into());
        self
    }

    /// Gives a text attribute, empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.data.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Gives the state the platform shows in its listings.
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Gives the state authentication sees, which a delay or a fault can keep behind the shown one.
    pub(crate) fn effective(&self, now: SystemTime) -> State {
        let past = self.effects.iter().filter(|(from, _)| *from <= now);
        past.max_by_key(|(from, _)| *from).map_or(State::Active, |(_, state)| *state)
    }

    pub(super) fn show(&mut self, state: State) {
        self.state = state;
    }

    pub(super) fn take_effect(&mut self, from: SystemTime, state: State) {
        self.effects.push((from, state));
    }

    pub(super) fn forget_pending(&mut self, now: SystemTime) {
        self.effects.retain(|(from, _)| *from <= now);
    }
}
