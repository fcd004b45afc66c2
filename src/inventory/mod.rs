//! The inventory: suppliers, their principals, grants and credentials, strictly loaded.

mod check;
pub mod otherwise;
pub mod procedure;
pub mod secret_ref;
pub mod supplier;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use procedure::Procedure;
pub use supplier::Supplier;

use crate::error::{FileError, Problems, from_yaml};
use crate::id::{ProcedureId, SupplierId};
use crate::platform::Catalogue;

/// The later of two files of one id would take the place of the other, whose credentials nobody would
/// test any more.
fn twice(what: &str, file: &Path, known: Option<PathBuf>) -> Option<FileError> {
    let text = format!("{what} stands in {} too", known?.display());
    Some(FileError::new(file, text).hint("give one of them another id, or join the files"))
}

/// All suppliers and procedures of a project.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Suppliers, with the file each was read from.
    pub suppliers: BTreeMap<SupplierId, (PathBuf, Supplier)>,
    /// Procedures, with the file each was read from.
    pub procedures: BTreeMap<ProcedureId, (PathBuf, Procedure)>,
}

impl Inventory {
    /// Reads supplier and procedure files, given by name and text.
    ///
    /// # Errors
    /// Everything that is wrong with them, file by file.
    pub fn read(
        suppliers: &[(PathBuf, String)],
        procedures: &[(PathBuf, String)],
        catalogue: &Catalogue,
    ) -> Result<Self, Problems> {
        let mut inventory = Self::default();
        let mut problems = Problems::default();
        for (file, text) in suppliers {
            match from_yaml::<Supplier>(file, text) {
                Ok(supplier) => {
                    check::check(file, &supplier, catalogue, &mut problems);
                    let id = supplier.supplier.clone();
                    let what = format!("the supplier `{id}`");
                    let known = inventory.suppliers.insert(id, (file.clone(), supplier));
                    problems.extend(twice(&what, file, known.map(|(known, _)| known)));
                }
                Err(error) => problems.push(error),
            }
        }
        check::check_bystanders(&inventory.suppliers, &mut problems);
        for (file, text) in procedures {
            match from_yaml::<Procedure>(file, text) {
                Ok(procedure) => {
                    procedure::check(file, &procedure, catalogue, &mut problems);
                    let id = procedure.procedure.clone();
                    let what = format!("the procedure `{id}`");
                    let known = inventory.procedures.insert(id, (file.clone(), procedure));
                    problems.extend(twice(&what, file, known.map(|(known, _)| known)));
                }
                Err(error) => problems.push(error),
            }
        }
        problems.into_result(inventory)
    }

    /// A supplier by id.
    pub fn supplier(&self, id: &SupplierId) -> Option<&Supplier> {
        self.suppliers.get(id).map(|(_, supplier)| supplier)
    }

    /// A procedure by id.
    pub fn procedure(&self, id: &ProcedureId) -> Option<&Procedure> {
        self.procedures.get(id).map(|(_, procedure)| procedure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_file_of_one_id_never_takes_the_place_of_the_first() {
        let file = |name: &str, text: &str| (PathBuf::from(name), text.to_owned());
        let supplier = "supplier: acme\nname: Acme\nowners: {}\n";
        let procedure = "procedure: end\nsteps: [{wait: 1s}]\n";
        let problems = Inventory::read(
            &[file("a.yaml", supplier), file("b.yaml", supplier)],
            &[file("c.yaml", procedure), file("d.yaml", procedure)],
            &Catalogue::default(),
        )
        .unwrap_err()
        .to_string();
        assert!(
            problems.contains("b.yaml: the supplier `acme` stands in a.yaml too"),
            "{problems}"
        );
        assert!(
            problems.contains("d.yaml: the procedure `end` stands in c.yaml too"),
            "{problems}"
        );
    }
}
