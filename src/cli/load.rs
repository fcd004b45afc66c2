//! What every command reads first: project, features, supplier.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use doornail::config::Environment;
use doornail::id::{EnvironmentId, ProcedureId, SupplierId};
use doornail::steps::{Features, Origin, Project};

/// Reads the project folder.
pub(crate) fn project(root: &Path) -> anyhow::Result<Project> {
    if !root.is_dir() {
        bail!("{}: no such folder\n  hint: name the project folder with --project", root.display());
    }
    Ok(Project::read(root)?)
}

/// The features that were named, the project's own, or the bundled ones.
pub(crate) fn features(named: &[PathBuf], root: &Path) -> anyhow::Result<Features> {
    let own = root.join("features");
    let origin = if !named.is_empty() {
        Origin::Paths(named.to_vec())
    } else if root.join("suppliers").is_dir() && own.is_dir() {
        Origin::Paths(vec![own])
    } else {
        Origin::Bundled
    };
    Ok(Features::read(&origin)?)
}

/// Whom "the supplier" means: as typed, or the only one with bystanders of its own.
pub(crate) fn supplier(
    project: &Project,
    typed: Option<&str>,
) -> anyhow::Result<Option<SupplierId>> {
    if let Some(typed) = typed.or(project.config.supplier.as_ref().map(SupplierId::as_str)) {
        let id = SupplierId::new(typed);
        if project.inventory.supplier(&id).is_none() {
            let known: Vec<&str> =
                project.inventory.suppliers.keys().map(SupplierId::as_str).collect();
            bail!("unknown supplier `{typed}`\n  hint: known: {}", known.join(", "));
        }
        return Ok(Some(id));
    }
    let mut candidates = project
        .inventory
        .suppliers
        .values()
        .filter(|(_, supplier)| !supplier.bystanders.is_empty())
        .map(|(_, supplier)| supplier.supplier.clone());
    let first = candidates.next();
    Ok(if candidates.next().is_some() { None } else { first })
}

/// Every procedure that steps name must be there before anything is sent.
pub(crate) fn procedures(project: &Project, features: &Features) -> anyhow::Result<()> {
    for name in procedure_names(features) {
        if project.inventory.procedure(&ProcedureId::new(name)).is_none() {
            let known: Vec<&str> =
                project.inventory.procedures.keys().map(ProcedureId::as_str).collect();
            bail!("unknown procedure `{name}`\n  hint: known: {}", known.join(", "));
        }
    }
    Ok(())
}

/// The procedures that steps name.
pub(crate) fn procedure_names(features: &Features) -> impl Iterator<Item = &str> {
    features
        .step_texts()
        .filter_map(|text| text.split_once("the procedure \"")?.1.split('"').next())
}

/// An environment by name.
pub(crate) fn environment<'p>(project: &'p Project, name: &str) -> anyhow::Result<&'p Environment> {
    let environments = &project.config.environments;
    environments.get(&EnvironmentId::new(name)).with_context(|| {
        let known: Vec<&str> = environments.keys().map(EnvironmentId::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        format!("unknown environment `{name}`\n  hint: doornail.yaml has: {known}")
    })
}

/// The journal of a run, named by its folder or its id.
pub(crate) fn journal(run: &Path) -> anyhow::Result<PathBuf> {
    let folders = [run.to_owned(), Path::new("doornail-runs").join(run)];
    folders
        .into_iter()
        .map(|folder| folder.join("journal.ndjson"))
        .find(|file| file.is_file())
        .with_context(|| {
            format!(
                "{}: no run with a journal\n  hint: name a folder such as doornail-runs/2026-11-23T160000Z-1a2b",
                run.display()
            )
        })
}
