//! The bundled population of the server.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::{ACCESS, ACCOUNT, APP_PASSWORD, MASTER, Mailbox, PASSWORD};
use crate::identity::{Credential, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, Supplier, URL_SAFE, secret};

impl Mailbox {
    /// Makes the server and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut server = Self {
            kernel: Kernel::new("mailbox"),
            next_passwords: BTreeMap::new(),
            remembered: BTreeMap::new(),
            connections: BTreeMap::new(),
        };
        let mut variables = Variables::new();
        variables.insert("MAILBOX_OUR_MAILBOX".into(), "drills@ours.example".into());
        for supplier in Supplier::ALL {
            server.supplier(supplier, &mut variables, now);
        }
        (server, variables)
    }

    fn supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let up = supplier.upper();
        let mut put = |what: &str, length: usize, alphabet: &[u8]| {
            let name = format!("{up}_MAILBOX_{what}");
            let value = secret(&name, "", length, alphabet);
            variables.insert(name, value.clone());
            value
        };
        for (what, local) in [("SUPPORT", "support"), ("LEO", "leo")] {
            let id = supplier.email(local);
            self.kernel.add(Principal::new(ACCOUNT, &id, &id).of(supplier));
            let value = put(&format!("{what}_PASSWORD"), 20, ALNUM);
            let stored = Credential::new(PASSWORD, &id, &value).of(&id);
            self.kernel.issue(stored.hidden_by(&id, INACTIVE), now);
            self.next_passwords.insert(id, put(&format!("{what}_NEW_PASSWORD"), 20, ALNUM));
        }
        let leo = supplier.email("leo");
        let value = put("LEO_APP_PASSWORD", 16, b"abcdefghijklmnopqrstuvwxyz");
        let id = format!("app-{}", supplier.lower());
        let stored = Credential::new(APP_PASSWORD, &id, &value).of(&leo);
        self.kernel.issue(stored.hidden_by(&leo, INACTIVE), now);
        let support = supplier.email("support");
        let value = put("SUPPORT_TOKEN", 60, URL_SAFE);
        let id = format!("access-{}", supplier.lower());
        self.kernel.issue(Credential::new(ACCESS, &id, &value).of(&support), now);
        // Whoever runs the mail host for them.
        let master = format!("ops-{}", supplier.lower());
        self.kernel.add(Principal::new(MASTER, &master, &master).of(supplier));
        let value = put("MASTER_PASSWORD", 24, ALNUM);
        self.kernel.issue(Credential::new(MASTER, &master, &value).of(&master), now);
    }
}
