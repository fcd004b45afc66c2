//! The bundled population: a parent account of ours, its teammates, and a subuser for each supplier.

use std::time::SystemTime;

use super::{FULL, PARENT, SUBUSER, SendGrid, TEAMMATE, key_id, key_value};
use crate::identity::{Kernel, Principal};
use crate::platforms::Variables;
use crate::population::Supplier;

impl SendGrid {
    /// Makes the accounts and gives every secret in them by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut sendgrid = Self { kernel: Kernel::new("sendgrid") };
        let mut variables = Variables::new();
        let parent = Principal::new("parent", PARENT, "admin@ours.example");
        sendgrid.kernel.add(parent.with("number", 1));
        let value = sendgrid.seed_key("SENDGRID_ADMIN_KEY", PARENT, FULL, now).1;
        variables.insert("SENDGRID_ADMIN_KEY".into(), value);
        for supplier in Supplier::ALL {
            sendgrid.seed_supplier(supplier, &mut variables, now);
        }
        (sendgrid, variables)
    }

    fn seed_key(
        &mut self,
        variable: &str,
        owner: &str,
        scope: &str,
        now: SystemTime,
    ) -> (String, String) {
        let id = key_id(variable);
        let value = key_value(variable, &id);
        self.issue_key(&id, &value, owner, (&variable.to_lowercase(), scope), now);
        (id, value)
    }

    fn seed_supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let (up, lower) = (supplier.upper(), supplier.lower());
        let subuser = format!("{lower}-mail");
        let principal = Principal::new(SUBUSER, &subuser, &supplier.email("mail")).of(supplier);
        self.kernel.add(principal.with("number", supplier.number(301)));
        for (number, who) in [(9001, "maya"), (9002, "leo")] {
            let id = format!("{lower}-{who}");
            let teammate = Principal::new(TEAMMATE, &id, &supplier.email(who)).of(supplier);
            self.kernel.add(teammate.with("number", supplier.number(number)));
        }
        let own = "api_keys.read api_keys.create api_keys.delete mail.send user.profile.read";
        let maya = format!("{lower}-maya");
        let keys = [
            ("FULL_KEY", &subuser, own),
            ("MAIL_KEY", &subuser, "mail.send"),
            ("READ_KEY", &subuser, "user.profile.read"),
            ("MAYA_KEY", &maya, "mail.send user.profile.read"),
        ];
        for (what, owner, scope) in keys {
            let variable = format!("{up}_SENDGRID_{what}");
            let (id, value) = self.seed_key(&variable, owner, scope, now);
            variables.insert(format!("{variable}_ID"), id);
            variables.insert(variable, value);
        }
        let invite = self.issue_invite(&format!("invite-{up}"), &supplier.email("new"), now);
        self.kernel.credential_mut(invite).supplier = Some(supplier);
    }
}
