//! Supplier files, procedures and `doornail.yaml`: one input holds several, as `=== supplier`,
//! `=== procedure` and `=== config` sections.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use doornail::config::Config;
use doornail::error::Problems;
use doornail::inventory::Inventory;
use doornail::platform::Catalogue;

use super::sections::sections;
use super::{planted, problems};

pub(super) static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::built_in().unwrap_or_else(|problems| panic!("{problems}")));

type Files = Vec<(PathBuf, String)>;

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let parts = sections(&text, "supplier");
    let of = |wanted: &str| -> Files {
        let named = parts.iter().filter(|(name, _)| *name == wanted).enumerate();
        named.map(|(n, (name, text))| (format!("{name}-{n}.yaml").into(), (*text).into())).collect()
    };
    let (suppliers, procedures) = (of("supplier"), of("procedure"));
    read(&suppliers, &procedures);
    let kind = u8::try_from(data.len() % 251).unwrap_or_default();
    for (file, text) in &of("config") {
        config(file, text);
        let secret = |path: &[&str]| match path {
            ["fingerprint_key"] => true,
            ["environments", _, "platforms", _, identity] => {
                ["observe", "mint", "act"].contains(identity)
            }
            _ => false,
        };
        if let Some(text) = planted::plant(text, kind, secret) {
            let result = Config::read(file, &text, &CATALOGUE);
            planted::must_not_show(&format!("{result:?}"));
            planted::must_not_show(
                &result.err().map(|problems| problems.to_string()).unwrap_or_default(),
            );
        }
    }
    let secret = |path: &[&str]| matches!(path, ["credentials", "secret"]);
    let with_secrets: Files = suppliers
        .iter()
        .filter_map(|(file, text)| Some((file.clone(), planted::plant(text, kind, secret)?)))
        .collect();
    let result = Inventory::read(&with_secrets, &[], &CATALOGUE);
    planted::must_not_show(&format!("{result:?}"));
    planted::must_not_show(&result.err().map(|problems| problems.to_string()).unwrap_or_default());
}

fn read(suppliers: &Files, procedures: &Files) {
    let result = Inventory::read(suppliers, procedures, &CATALOGUE);
    match &result {
        Ok(inventory) => sound(inventory, suppliers, procedures),
        Err(found) => problems::check(found, &names(suppliers.iter().chain(procedures))),
    }
}

fn names<'f>(files: impl Iterator<Item = &'f (PathBuf, String)>) -> Vec<(&'f Path, &'f str)> {
    files.map(|(file, text)| (file.as_path(), text.as_str())).collect()
}

/// What may be drilled: no file was lost, and whatever a credential names is there.
fn sound(inventory: &Inventory, suppliers: &Files, procedures: &Files) {
    assert_eq!(inventory.suppliers.len(), suppliers.len(), "a supplier was lost");
    assert_eq!(inventory.procedures.len(), procedures.len(), "a procedure was lost");
    for (_, supplier) in inventory.suppliers.values() {
        let mut ids = BTreeSet::new();
        for item in &supplier.credentials {
            let one = &item.value;
            assert!(ids.insert(&one.id), "{} stands twice", one.id);
            let description = CATALOGUE.get(&one.platform).unwrap_or_else(|| panic!("{one:?}"));
            assert!(description.credentials.contains_key(&one.kind), "{one:?}");
            if let Some(principal) = &one.principal {
                let owner = supplier.principal(principal);
                assert!(owner.is_some_and(|owner| owner.platform == one.platform), "{one:?}");
            }
            assert!(one.grant.as_ref().is_none_or(|grant| supplier.grant(grant).is_some()));
        }
        for bystander in supplier.bystanders.iter().map(|item| &item.value) {
            assert_ne!(bystander.supplier, supplier.supplier, "its own bystander");
            let other = inventory.supplier(&bystander.supplier);
            assert!(other.is_some_and(|other| other.credential(&bystander.credential).is_some()));
        }
    }
    for (_, procedure) in inventory.procedures.values() {
        assert!(!procedure.steps.is_empty());
        assert!(procedure.steps.iter().all(|step| step.value.step().is_some()));
    }
}

fn config(file: &Path, text: &str) {
    let result: Result<Config, Problems> = Config::read(file, text, &CATALOGUE);
    match result {
        Ok(config) => {
            let platforms = config.environments.values().flat_map(|one| one.platforms.keys());
            platforms.for_each(|name| assert!(CATALOGUE.get(name).is_some(), "{name}"));
            assert!(config.chase.confirmation().refusals > 0);
        }
        Err(found) => problems::check(&found, &[(file, text)]),
    }
}
