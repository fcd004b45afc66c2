//! What a supplier file must satisfy beyond its form: everything it names exists and is complete.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_saphyr::Location;

use super::otherwise;
use super::supplier::{Credential, HeldBy, Supplier};
use crate::error::{FileError, Problems, nearest_or_known};
use crate::id::SupplierId;
use crate::platform::Catalogue;
use crate::platform::schema::{Description, Kind};

const CLASSES: [&str; 5] = ["tokens", "keys", "grants", "logins", "sessions"];

pub(super) fn check(
    file: &Path,
    supplier: &Supplier,
    catalogue: &Catalogue,
    problems: &mut Problems,
) {
    let mut checker = Checker { file, problems };
    checker.unique(
        "principal",
        supplier.principals.iter().map(|item| (item.value.id.as_str(), item.referenced)),
    );
    checker.unique(
        "grant",
        supplier.grants.iter().map(|item| (item.value.id.as_str(), item.referenced)),
    );
    checker.unique(
        "credential",
        supplier.credentials.iter().map(|item| (item.value.id.as_str(), item.referenced)),
    );
    let platforms: Vec<&str> =
        catalogue.iter().map(|description| description.platform.as_str()).collect();
    for item in &supplier.principals {
        checker.known("platform", item.value.platform.as_str(), &platforms, item.referenced);
    }
    let principals: Vec<&str> =
        supplier.principals.iter().map(|item| item.value.id.as_str()).collect();
    for item in &supplier.grants {
        checker.known("platform", item.value.platform.as_str(), &platforms, item.referenced);
        if let Some(principal) = &item.value.principal {
            checker.known("principal", principal.as_str(), &principals, item.referenced);
        }
    }
    for item in &supplier.credentials {
        checker.credential(supplier, &item.value, item.referenced, catalogue, &platforms);
    }
    let credentials: Vec<&str> =
        supplier.credentials.iter().map(|item| item.value.id.as_str()).collect();
    for item in &supplier.accepted {
        checker.known("credential", item.value.credential.as_str(), &credentials, item.referenced);
    }
    for name in supplier.targets.per_kind.keys() {
        let known = name.split_once('.').is_some_and(|(platform, kind)| {
            catalogue
                .get(&platform.into())
                .is_some_and(|description| description.credentials.contains_key(kind))
        });
        if !known {
            checker.wrong(
                None,
                format!("targets.per_kind names {name:?}, which is no `platform.kind`"),
                None,
            );
        }
    }
    for name in &supplier.none {
        checker.known("class", name, &CLASSES, Location::UNKNOWN);
    }
}

/// What one file can only know together with the others.
pub(super) fn check_bystanders(
    files: &BTreeMap<SupplierId, (std::path::PathBuf, Supplier)>,
    problems: &mut Problems,
) {
    for (file, supplier) in files.values() {
        for item in &supplier.bystanders {
            let found = files
                .get(&item.value.supplier)
                .and_then(|(_, other)| other.credential(&item.value.credential));
            if found.is_none() || item.value.supplier == supplier.supplier {
                let what = format!(
                    "the bystander {} of {} is unknown",
                    item.value.credential, item.value.supplier
                );
                problems.push(
                    FileError::new(file, what)
                        .at(item.referenced)
                        .hint("name a credential of another supplier's file"),
                );
            }
        }
    }
}

struct Checker<'a> {
    file: &'a Path,
    problems: &'a mut Problems,
}

impl Checker<'_> {
    fn wrong(&mut self, at: Option<Location>, what: String, hint: Option<String>) {
        let mut error = FileError::new(self.file, what);
        if let Some(location) = at.filter(|location| *location != Location::UNKNOWN) {
            error = error.at(location);
        }
        if let Some(hint) = hint {
            error = error.hint(hint);
        }
        self.problems.push(error);
    }

    fn unique<'n>(&mut self, what: &str, names: impl Iterator<Item = (&'n str, Location)>) {
        let mut seen = BTreeSet::new();
        for (name, at) in names {
            if !seen.insert(name) {
                let hint = Some("ids must differ: rename one of them".to_owned());
                self.wrong(Some(at), format!("the {what} `{name}` stands twice"), hint);
            }
        }
    }

    fn known(&mut self, what: &str, name: &str, known: &[&str], at: Location) -> bool {
        if known.contains(&name) {
            return true;
        }
        let hint = nearest_or_known(name, known.iter().copied());
        self.wrong(Some(at), format!("unknown {what} `{name}`"), Some(hint));
        false
    }

    fn credential(
        &mut self,
        supplier: &Supplier,
        credential: &Credential,
        at: Location,
        catalogue: &Catalogue,
        platforms: &[&str],
    ) {
        let id = &credential.id;
        if !self.known("platform", credential.platform.as_str(), platforms, at) {
            return;
        }
        let Some(description) = catalogue.get(&credential.platform) else { return };
        let kinds: Vec<&str> = description.credentials.keys().map(|kind| kind.as_str()).collect();
        if !self.known(
            &format!("kind of {} credential", credential.platform),
            credential.kind.as_str(),
            &kinds,
            at,
        ) {
            return;
        }
        if let Some(name) = &credential.principal {
            match supplier.principal(name) {
                None => {
                    let known: Vec<&str> =
                        supplier.principals.iter().map(|item| item.value.id.as_str()).collect();
                    self.known("principal", name.as_str(), &known, at);
                }
                Some(principal) if principal.platform != credential.platform => {
                    self.wrong(
                        Some(at),
                        format!(
                            "credential `{id}`: its principal `{name}` is one of {}",
                            principal.platform
                        ),
                        Some(format!("name a principal of {}", credential.platform)),
                    );
                }
                Some(_) => {}
            }
        }
        if let Some(name) = &credential.grant
            && supplier.grant(name).is_none()
        {
            let known: Vec<&str> =
                supplier.grants.iter().map(|item| item.value.id.as_str()).collect();
            self.known("grant", name.as_str(), &known, at);
        }
        if let Some(kind) = description.credentials.get(&credential.kind) {
            for (what, hint) in otherwise::check(supplier, credential, kind) {
                self.wrong(Some(at), what, Some(hint));
            }
            self.fields(credential, kind, at);
            self.channels(credential, description, kind, at);
        }
    }

    fn fields(&mut self, credential: &Credential, kind: &Kind, at: Location) {
        let id = &credential.id;
        let secret: Vec<&str> = kind.secret.iter().map(String::as_str).collect();
        for field in credential.secret.keys() {
            self.known(&format!("secret field of `{id}`"), field, &secret, at);
        }
        for field in credential.renewed.keys() {
            self.known(&format!("renewed field of `{id}`"), field, &secret, at);
        }
        let public: Vec<&str> = kind.fields.keys().map(String::as_str).collect();
        for field in credential.with.keys() {
            self.known(&format!("field of `{id}`"), field, &public, at);
        }
        match credential.held_by {
            HeldBy::Us if credential.ask.is_some() => {}
            HeldBy::Us => {
                for field in kind.secret.iter().filter(|f| !credential.secret.contains_key(*f)) {
                    self.wrong(
                        Some(at),
                        format!("credential `{id}` lacks its secret field `{field}`"),
                        Some(format!(
                            "add `secret: {{{field}: env:NAME}}`, or `held_by: supplier`"
                        )),
                    );
                }
            }
            HeldBy::Supplier | HeldBy::Nobody => {}
        }
        for (name, field) in &kind.fields {
            if field.default.is_none() && !credential.with.contains_key(name) {
                self.wrong(
                    Some(at),
                    format!("credential `{id}` lacks its field `{name}`: {}", field.about),
                    Some(format!("add `with: {{{name}: ...}}`")),
                );
            }
        }
        let minted = credential
            .secret
            .values()
            .all(|secret| matches!(secret, super::secret_ref::SecretRef::Mint));
        if !minted && credential.authorization.is_none() {
            self.wrong(
                Some(at),
                format!(
                    "credential `{id}` has no authorization to use a secret the drill did not mint"
                ),
                Some("add `authorization: {reference: DPA-7, date: 2026-10-01}`".to_owned()),
            );
        }
    }

    fn channels(
        &mut self,
        credential: &Credential,
        description: &Description,
        kind: &Kind,
        at: Location,
    ) {
        let known: Vec<&str> = kind.probe.keys().map(|channel| channel.as_str()).collect();
        for channel in credential.channels.iter().flatten() {
            let what = format!("channel of {} {}", description.platform, credential.kind);
            self.known(&what, channel.as_str(), &known, at);
        }
    }
}
