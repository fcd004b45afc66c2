//! The inventory: suppliers, their principals, grants and credentials, strictly loaded.

mod check;
pub mod procedure;
pub mod secret_ref;
pub mod supplier;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use procedure::Procedure;
pub use supplier::Supplier;

use crate::error::{Problems, from_yaml};
use crate::id::{ProcedureId, SupplierId};
use crate::platform::Catalogue;

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
                    inventory.suppliers.insert(supplier.supplier.clone(), (file.clone(), supplier));
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
                    inventory.procedures.insert(id, (file.clone(), procedure));
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
