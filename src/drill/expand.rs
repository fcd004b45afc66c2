//! From a procedure to single actions on single objects, and what they are known to kill and to spare.
//!
//! Pure: what `plan` prints and what a drill carries out come from here alike.

use std::collections::BTreeSet;

use super::roster::public_side;
use crate::id::{ActionId, CredentialId, GrantId, KindId, PlatformId, PrincipalId};
use crate::inventory::Supplier;
use crate::inventory::procedure::{KindOf, Procedure, Step};
use crate::inventory::secret_ref::SecretRef;
use crate::inventory::supplier::Credential;
use crate::platform::Catalogue;
use crate::platform::schema::{Action, Description, Scope};
use crate::platform::template::Template;
use crate::probe::wallet::Values;
use crate::span::Span;

/// What an action is taken on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// One credential.
    Credential(CredentialId),
    /// One principal.
    Principal(PrincipalId),
    /// One grant.
    Grant(GrantId),
    /// One OAuth client.
    Client(String),
    /// The whole account.
    Account,
}

impl std::fmt::Display for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Credential(id) => write!(f, "credential {id}"),
            Self::Principal(id) => write!(f, "principal {id}"),
            Self::Grant(id) => write!(f, "grant {id}"),
            Self::Client(id) => write!(f, "client {id}"),
            Self::Account => f.write_str("the whole account"),
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug)]
pub enum Planned {
    /// A platform action on one object.
    Action(Box<PlannedAction>),
    /// A command.
    Command {
        /// The program and its arguments.
        words: Vec<Template>,
        /// How long it may take.
        timeout: Span,
        /// The platforms whose `act` secrets it is given.
        secrets: Vec<PlatformId>,
        /// What it is for.
        purpose: Purpose,
    },
    /// An address that is told.
    Webhook {
        /// The address.
        url: Template,
        /// What the body is signed with.
        sign: Option<SecretRef>,
        /// What it is for.
        purpose: Purpose,
    },
    /// A question to a person.
    Ask {
        /// The question.
        text: Template,
        /// What it is for.
        purpose: Purpose,
    },
    /// A pause.
    Wait(Span),
}

/// A platform action on one object.
#[derive(Clone, Debug)]
pub struct PlannedAction {
    /// At which platform.
    pub platform: PlatformId,
    /// Which.
    pub name: ActionId,
    /// On what.
    pub object: Object,
    /// What fills its placeholders, without secrets.
    pub values: Values,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a step is for, as the procedure says.
#[derive(Clone, Debug, Default)]
pub struct Purpose {
    /// What it is to end.
    pub kills: Vec<KindOf>,
    /// What it keeps before anything is deleted.
    pub preserve: Option<String>,
    /// Whether it deletes.
    pub deletes: bool,
}

impl Planned {
    /// What it is for.
    pub fn purpose(&self) -> Purpose {
        match self {
            Self::Action(planned) => planned.purpose.clone(),
            Self::Command { purpose, .. }
            | Self::Webhook { purpose, .. }
            | Self::Ask { purpose, .. } => purpose.clone(),
            Self::Wait(_) => Purpose::default(),
        }
    }
}

/// The part of a supplier that a procedure is run on.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Only these principals and what is theirs; everything if none are named.
    pub principals: Option<BTreeSet<PrincipalId>>,
}

impl Part {
    fn has_principal(&self, id: &PrincipalId) -> bool {
        self.principals.as_ref().is_none_or(|only| only.contains(id))
    }

    fn has_credential(&self, credential: &Credential) -> bool {
        match (&self.principals, &credential.principal) {
            (None, _) => true,
            (Some(only), Some(principal)) => only.contains(principal),
            (Some(_), None) => false,
        }
    }
}

/// A step that is about nothing: the supplier has no such object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {step}: `for: {on}` names nothing of the supplier at {platform}")]
pub struct EmptyStep {
    /// Its number, from 1.
    pub step: usize,
    /// At which platform.
    pub platform: PlatformId,
    /// What it asked for.
    pub on: String,
}

/// Every action of a procedure on a supplier, in order, and the steps that are about nothing.
pub fn expand(
    procedure: &Procedure,
    supplier: &Supplier,
    part: &Part,
    catalogue: &Catalogue,
) -> (Vec<Planned>, Vec<EmptyStep>) {
    let mut planned = Vec::new();
    let mut empty = Vec::new();
    for (index, form) in procedure.steps.iter().enumerate() {
        let purpose = || Purpose {
            kills: form.value.kills.clone(),
            preserve: form.value.preserve.clone(),
            deletes: form.value.preserve.is_none()
                && form.value.deletes(catalogue).unwrap_or_default(),
        };
        match form.value.step() {
            None => {}
            Some(Step::Command { words, timeout, secrets }) => {
                let (words, secrets) = (words.to_vec(), secrets.to_vec());
                planned.push(Planned::Command { words, timeout, secrets, purpose: purpose() });
            }
            Some(Step::Webhook { url, sign }) => {
                let (url, sign) = (url.clone(), sign.cloned());
                planned.push(Planned::Webhook { url, sign, purpose: purpose() });
            }
            Some(Step::Wait(length)) => planned.push(Planned::Wait(length)),
            Some(Step::Ask(text)) => {
                planned.push(Planned::Ask { text: text.clone(), purpose: purpose() });
            }
            Some(Step::Action { platform, action, on }) => {
                let Some(description) = catalogue.get(platform) else { continue };
                let actions = on_objects(description, action, on, supplier, part);
                if actions.is_empty() {
                    let on = on.unwrap_or("everything its scope fits").to_owned();
                    empty.push(EmptyStep { step: index + 1, platform: platform.clone(), on });
                }
                let told = |one| PlannedAction { purpose: purpose(), ..one };
                planned.extend(actions.into_iter().map(told).map(Box::new).map(Planned::Action));
            }
        }
    }
    (planned, empty)
}

/// One action on everything of the supplier that its scope and `on` fit.
pub fn on_objects(
    description: &Description,
    name: &ActionId,
    on: Option<&str>,
    supplier: &Supplier,
    part: &Part,
) -> Vec<PlannedAction> {
    let Some(action) = description.actions.get(name) else { return Vec::new() };
    let every = on.is_none_or(|on| on.starts_with("every "));
    let named = |id: &str| every || on == Some(id);
    let platform = &description.platform;
    let one = |object: Object, values: Values| PlannedAction {
        platform: platform.clone(),
        name: name.clone(),
        object,
        values,
        purpose: Purpose::default(),
    };
    let principal_values = |id: Option<&PrincipalId>| {
        let mut values = Values::default();
        if let Some(principal) = id.and_then(|id| supplier.principal(id)) {
            values.set("principal.login", &*principal.login);
            if let Some(remote) = &principal.remote_id {
                values.set("principal.id", &**remote);
            }
        }
        values
    };
    let grants = supplier.grants.iter().map(|item| &item.value).filter(|grant| {
        grant.platform == *platform
            && grant.principal.as_ref().is_none_or(|id| part.has_principal(id))
    });
    match action.scope {
        Scope::Credential => supplier
            .credentials
            .iter()
            .map(|item| &item.value)
            .filter(|credential| {
                credential.platform == *platform
                    && action.of.contains(&credential.kind)
                    && named(credential.id.as_str())
                    && part.has_credential(credential)
            })
            .filter_map(|credential| {
                let kind = description.credentials.get(&credential.kind)?;
                let values = public_side(supplier, credential, kind).ok()?;
                Some(one(Object::Credential(credential.id.clone()), values))
            })
            .collect(),
        Scope::Principal => supplier
            .principals
            .iter()
            .map(|item| &item.value)
            .filter(|principal| {
                principal.platform == *platform
                    && named(principal.id.as_str())
                    && part.has_principal(&principal.id)
            })
            .map(|principal| {
                let values = principal_values(Some(&principal.id));
                one(Object::Principal(principal.id.clone()), values)
            })
            .collect(),
        Scope::Grant => grants
            .filter(|grant| named(grant.id.as_str()))
            .map(|grant| {
                let mut values = principal_values(grant.principal.as_ref());
                values.set("grant.client_id", &*grant.client_id);
                values
                    .set("grant.remote_id", grant.remote_id.as_deref().unwrap_or(&grant.client_id));
                one(Object::Grant(grant.id.clone()), values)
            })
            .collect(),
        Scope::Client => {
            let mut seen = BTreeSet::new();
            grants
                .filter(|grant| named(grant.id.as_str()) || on == Some(grant.client_id.as_str()))
                .filter(|grant| seen.insert(grant.client_id.clone()))
                .map(|grant| {
                    let mut values = principal_values(grant.principal.as_ref());
                    values.set("grant.client_id", &*grant.client_id);
                    let remote = grant.remote_id.as_deref().unwrap_or(&grant.client_id);
                    values.set("grant.remote_id", remote);
                    one(Object::Client(grant.client_id.clone()), values)
                })
                .collect()
        }
        Scope::Account => vec![one(Object::Account, Values::default())],
    }
}

/// What is known to become of one credential under a procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// An action is documented to end it.
    Killed {
        /// Which.
        by: String,
        /// How soon, where that is documented.
        within: Option<Span>,
        /// Re-activation brings it back.
        reversible: bool,
        /// Where that is documented.
        source: String,
    },
    /// Actions touch it and are documented to spare it.
    Spared {
        /// Which.
        by: String,
        /// Why.
        why: String,
        /// What does end it.
        remedy: String,
        /// Where that is documented.
        source: String,
    },
    /// Actions touch its principal or client, and nothing is documented about it.
    Unknown {
        /// Which.
        by: String,
    },
    /// No action touches it.
    Untouched,
}

/// What is known to become of every credential of a supplier.
pub fn predict(
    planned: &[Planned],
    supplier: &Supplier,
    catalogue: &Catalogue,
) -> Vec<(CredentialId, Fate)> {
    supplier
        .credentials
        .iter()
        .map(|item| (item.value.id.clone(), fate(planned, supplier, &item.value, catalogue)))
        .collect()
}

fn fate(
    planned: &[Planned],
    supplier: &Supplier,
    credential: &Credential,
    catalogue: &Catalogue,
) -> Fate {
    let mut fate = Fate::Untouched;
    for step in planned {
        let Planned::Action(planned) = step else { continue };
        let action = catalogue
            .get(&planned.platform)
            .and_then(|description| description.actions.get(&planned.name));
        let Some(action) = action else { continue };
        if action.restores
            || planned.platform != credential.platform
            || !touches(&planned.object, action, supplier, credential)
        {
            continue;
        }
        let by = planned.name.to_string();
        if let Some(kill) = action.kills.get(&credential.kind) {
            // The first kill that cannot be undone is the one that counts.
            let killed = Fate::Killed {
                by,
                within: kill.within,
                reversible: kill.reversible,
                source: kill.source.clone(),
            };
            if !matches!(&fate, Fate::Killed { reversible: false, .. }) {
                fate = killed;
            }
        } else if let Some(spare) = action.spares.get(&credential.kind) {
            if matches!(fate, Fate::Untouched | Fate::Unknown { .. }) {
                fate = Fate::Spared {
                    by,
                    why: spare.why.clone(),
                    remedy: spare.remedy.clone(),
                    source: spare.source.clone(),
                };
            }
        } else if fate == Fate::Untouched {
            fate = Fate::Unknown { by };
        }
    }
    fate
}

fn touches(object: &Object, action: &Action, supplier: &Supplier, credential: &Credential) -> bool {
    match object {
        Object::Account => true,
        Object::Principal(id) => credential.principal.as_ref() == Some(id),
        Object::Grant(id) => credential.grant.as_ref() == Some(id),
        Object::Client(client) => credential
            .grant
            .as_ref()
            .and_then(|id| supplier.grant(id))
            .is_some_and(|grant| grant.client_id == *client),
        Object::Credential(id) => {
            if credential.id == *id {
                return true;
            }
            // Ending a grant's token may cascade to other kinds of the same grant and principal.
            let other = supplier.credential(id);
            !action.of.contains(&credential.kind)
                && other.is_some_and(|other| {
                    other.principal == credential.principal
                        && other.grant.is_some()
                        && other.grant == credential.grant
                })
        }
    }
}

/// What is documented to end a kind for good, the narrowest actions first, and where that is said.
pub fn remedy(description: &Description, kind: &KindId) -> Option<(String, String)> {
    let mut killers: Vec<_> = description
        .actions
        .iter()
        .filter(|(_, action)| action.kills.get(kind).is_some_and(|kill| !kill.reversible))
        // Nobody can order what only the owner does, nor what has to be refused.
        .filter(|(_, action)| !action.by_owner && !action.without_step_up)
        .collect();
    killers.sort_by_key(|(_, action)| action.scope);
    let (_, first) = killers.first()?;
    let source = description.address_of(&first.kills.get(kind)?.source).to_owned();
    let named: Vec<String> =
        killers.iter().take(2).map(|(name, action)| format!("{name} ({})", action.title)).collect();
    Some((named.join(", or "), source))
}
