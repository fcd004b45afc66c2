//! From the inventory to credentials ready for use.

use super::secrets::{SecretError, SecretSource};
use crate::id::CredentialId;
use crate::inventory::Supplier;
use crate::inventory::supplier::{Authority, Credential, HeldBy};
use crate::journal::event::{Accepted, Role};
use crate::platform::Catalogue;
use crate::platform::schema::Kind;
use crate::probe::Held;
use crate::probe::prober::public_values;
use crate::probe::wallet::Values;

/// A credential that cannot be made ready.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// A secret is missing.
    #[error("credential `{credential}` of {supplier}, field `{field}`")]
    Secret {
        /// Which.
        credential: CredentialId,
        /// Whose.
        supplier: String,
        /// Which field.
        field: String,
        /// Why.
        #[source]
        source: Box<SecretError>,
    },
    /// A field is missing.
    #[error("credential `{credential}`: {why}")]
    Field {
        /// Which.
        credential: CredentialId,
        /// Why.
        why: String,
    },
}

/// What the inventory says about one credential, as placeholder values without its secrets.
pub fn public_side(
    supplier: &Supplier,
    credential: &Credential,
    kind: &Kind,
) -> Result<Values, RosterError> {
    let mut values = public_values(&credential.with);
    if let Some(principal) = credential.principal.as_ref().and_then(|id| supplier.principal(id)) {
        values.set("principal.login", &*principal.login);
        if let Some(remote_id) = &principal.remote_id {
            values.set("principal.id", &**remote_id);
        }
    }
    if let Some(grant) = credential.grant.as_ref().and_then(|id| supplier.grant(id)) {
        values.set("grant.client_id", &*grant.client_id);
        values.set("grant.remote_id", grant.remote_id.as_deref().unwrap_or(&grant.client_id));
    }
    if let Some(remote_id) = &credential.remote_id {
        values.set("credential.remote_id", &**remote_id);
    }
    for (name, field) in &kind.fields {
        if values.get(name).is_some() {
            continue;
        }
        let Some(default) = &field.default else { continue };
        // A default that builds on a platform parameter is filled where the platform is known.
        let on_platform = default.names().any(|name| !name.contains('.'));
        match default.render(|name| values.lookup(name)) {
            Ok(value) => values.set(name.clone(), value),
            Err(_) if on_platform => {}
            Err(unfilled) => {
                return Err(RosterError::Field {
                    credential: credential.id.clone(),
                    why: format!("its field `{name}` is not given, and {unfilled}"),
                });
            }
        }
    }
    Ok(values)
}

/// Fills defaults that build on a platform's parameters.
pub(super) fn from_site(values: &mut Values, kind: &Kind, site: &Values) {
    for (name, field) in &kind.fields {
        if values.get(name).is_none()
            && let Some(default) = &field.default
            && let Ok(value) = default.render(|name| site.lookup(name))
        {
            values.set(name.clone(), value);
        }
    }
}

/// Whether a credential can be used in a drill, or why not.
pub fn not_usable(credential: &Credential) -> Option<String> {
    match credential.held_by {
        HeldBy::Us if credential.ask.is_some() => Some("only a person can try it".to_owned()),
        HeldBy::Us => None,
        HeldBy::Supplier => Some("held by the supplier: it cannot be used from here".to_owned()),
        HeldBy::Nobody => Some("nobody holds it: it cannot be used".to_owned()),
    }
}

/// A credential that takes part without being used: it cannot be proven anything about.
pub fn unused(supplier: &Supplier, credential: &Credential) -> Held {
    Held {
        id: credential.id.clone(),
        role: Role::Suspect,
        supplier: supplier.supplier.clone(),
        platform: credential.platform.clone(),
        kind: credential.kind.clone(),
        principal: credential.principal.clone(),
        authority: authority(credential).to_owned(),
        channels: Vec::new(),
        values: Values::default(),
        accepted: accepted(supplier, credential),
        root: credential.id.clone(),
    }
}

fn authority(credential: &Credential) -> &'static str {
    match credential.authority {
        Authority::Ours => "ours",
        Authority::Supplier => "supplier",
    }
}

fn accepted(supplier: &Supplier, credential: &Credential) -> Option<Accepted> {
    let mut risks = supplier.accepted.iter().map(|item| &item.value);
    risks.rfind(|risk| risk.credential == credential.id).map(|risk| Accepted {
        until: risk.until,
        reason: risk.reason.clone(),
        approver: risk.approver.clone(),
    })
}

/// Makes one credential ready.
///
/// # Errors
/// If a secret or a field is missing.
pub async fn ready(
    supplier: &Supplier,
    credential: &Credential,
    role: Role,
    catalogue: &Catalogue,
    site: Option<&Values>,
    source: &SecretSource,
) -> Result<Option<(Held, Kind)>, RosterError> {
    let Some((mut held, kind)) = held(supplier, credential, role, catalogue, site)? else {
        return Ok(None);
    };
    for (field, reference) in &credential.secret {
        let secret = source.find(reference).await.map_err(|source| RosterError::Secret {
            credential: credential.id.clone(),
            supplier: supplier.supplier.to_string(),
            field: field.clone(),
            source: Box::new(source),
        })?;
        held.values.set_secret(field.clone(), secret);
    }
    Ok(Some((held, kind)))
}

/// A credential that lacks but its secrets.
///
/// # Errors
/// If a field is missing.
pub(super) fn held(
    supplier: &Supplier,
    credential: &Credential,
    role: Role,
    catalogue: &Catalogue,
    site: Option<&Values>,
) -> Result<Option<(Held, Kind)>, RosterError> {
    let kind = catalogue
        .get(&credential.platform)
        .and_then(|description| description.credentials.get(&credential.kind));
    let Some(kind) = kind else { return Ok(None) };
    let mut values = public_side(supplier, credential, kind)?;
    if let Some(site) = site {
        from_site(&mut values, kind, site);
    }
    // Being asked about is less than being used; a bystander is, to control those that are.
    let channels =
        kind.probe.iter().filter(|(_, channel)| role == Role::Bystander || !channel.by_id);
    let all: Vec<_> = channels.map(|(name, _)| name.clone()).collect();
    let held = Held {
        id: credential.id.clone(),
        role,
        supplier: supplier.supplier.clone(),
        platform: credential.platform.clone(),
        kind: credential.kind.clone(),
        principal: credential.principal.clone(),
        authority: authority(credential).to_owned(),
        channels: credential.channels.clone().unwrap_or(all),
        values,
        accepted: accepted(supplier, credential),
        root: credential.id.clone(),
    };
    Ok(Some((held, kind.clone())))
}
