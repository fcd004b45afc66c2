//! A project folder: platforms, suppliers, procedures and configuration, or the bundled estate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::features::bundled;
use crate::config::Config;
use crate::error::{FileError, Problems};
use crate::id::SupplierId;
use crate::inventory::Inventory;
use crate::journal::chain::digest;
use crate::platform::Catalogue;
use crate::platform::catalogue::yaml_files;

/// Everything a run reads, apart from features.
#[derive(Debug)]
pub struct Project {
    /// Built-in and user descriptions.
    pub catalogue: Arc<Catalogue>,
    /// Suppliers and procedures.
    pub inventory: Arc<Inventory>,
    /// Environments and settings.
    pub config: Config,
    /// Whether the inventory is the bundled estate's.
    pub bundled: bool,
    /// SHA-256 of every file read, by name.
    pub files: BTreeMap<String, String>,
}

/// A project that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ProjectError(#[from] pub Problems);

impl Project {
    /// Reads a project folder. Without a `suppliers` folder the bundled estate takes its place.
    ///
    /// # Errors
    /// Everything that is wrong with its files.
    pub fn read(root: &Path) -> Result<Self, ProjectError> {
        let catalogue = Arc::new(Catalogue::built_in()?.add_user_folder(&root.join("platforms"))?);
        let mut files = BTreeMap::new();
        for path in yaml_files(&root.join("platforms")).map_err(Problems::from)? {
            note(&mut files, &path, &read(&path)?);
        }
        let own = root.join("suppliers");
        let is_bundled = !own.is_dir();
        let (suppliers, procedures) = if is_bundled {
            (bundled("estate/suppliers"), bundled("estate/procedures"))
        } else {
            (texts(&own)?, texts(&root.join("procedures"))?)
        };
        for (path, text) in suppliers.iter().chain(&procedures) {
            note(&mut files, path, text);
        }
        let inventory = Arc::new(Inventory::read(&suppliers, &procedures, &catalogue)?);
        let file = root.join("doornail.yaml");
        let mut config = if file.is_file() {
            let text = read(&file)?;
            note(&mut files, &file, &text);
            Config::read(&file, &text, &catalogue)?
        } else {
            Config::default()
        };
        if is_bundled && config.supplier.is_none() {
            // Every platform has a supplier of its own in the bundled estate; the drills mean this one.
            config.supplier = Some(SupplierId::new("acme"));
        }
        Ok(Self { catalogue, inventory, config, bundled: is_bundled, files })
    }
}

fn note(files: &mut BTreeMap<String, String>, path: &Path, text: &str) {
    files.insert(path.display().to_string(), digest(text.as_bytes()));
}

fn texts(folder: &Path) -> Result<Vec<(PathBuf, String)>, Problems> {
    yaml_files(folder)?.into_iter().map(|path| Ok((path.clone(), read(&path)?))).collect()
}

fn read(path: &Path) -> Result<String, Problems> {
    std::fs::read_to_string(path)
        .map_err(|error| FileError::new(path, format!("cannot be read: {error}")).into())
}
