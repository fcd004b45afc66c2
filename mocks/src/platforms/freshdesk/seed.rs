//! The bundled population of the organisation.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::agents::{RESTRICTED, new_agent};
use super::org::{ACCESS_LIFE, REFRESH_LIFE, SESSION_LIFE};
use super::{
    ACCESS, ADMIN, API_KEY, APP, CLIENT_SECRET, Freshdesk, PASSWORD, PERSON, REFRESH, SCIM_TOKEN,
    SESSION, SSO_SECRET,
};
use crate::identity::{Credential, INACTIVE, Kernel, Principal, State};
use crate::platforms::Variables;
use crate::population::{ALNUM, HEX, Supplier, secret};

const DELETED: &[State] = &[State::Deleted];

impl Freshdesk {
    /// Makes the organisation and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut desk = Self {
            kernel: Kernel::new("freshdesk"),
            keys_disabled: false,
            exports: Vec::new(),
            audit: Vec::new(),
            next_passwords: BTreeMap::new(),
        };
        let mut variables = Variables::new();
        desk.kernel.add(new_agent(ADMIN, "admin@ours.example", now));
        desk.kernel.add(new_agent("6900", "nina@ours.example", now));
        let key = secret("FRESHDESK_ADMIN_API_KEY", "", 20, ALNUM);
        desk.kernel.issue(Credential::new(API_KEY, ADMIN, &key).of(ADMIN), now);
        variables.insert("FRESHDESK_ADMIN_API_KEY".into(), key);
        variables.insert("FRESHDESK_RESTRICTED_ROLE".into(), RESTRICTED.to_string());
        for supplier in Supplier::ALL {
            desk.supplier(supplier, &mut variables, now);
        }
        (desk, variables)
    }

    fn supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let name = |what: &str| format!("{}_FRESHDESK_{what}", supplier.upper());
        let id = |acme: u64| supplier.number(acme).to_string();
        let people = [(6001, "maya"), (6002, "leo"), (6003, "sync"), (6004, "support-eu")];
        for (number, login) in people {
            let email = supplier.email(login);
            self.kernel.add(new_agent(&id(number), &email, now).of(supplier));
            // The same person at the organisation has an id of its own.
            let person = Principal::new(PERSON, &id(number + 500), &email);
            self.kernel.add(person.of(supplier));
            let variable = name(&format!("{}_API_KEY", login.to_uppercase().replace('-', "_")));
            let key = secret(&variable, "", 20, ALNUM);
            let stored = Credential::new(API_KEY, &id(number), &key).of(&id(number));
            self.kernel.issue(stored.hidden_by(&id(number), DELETED), now);
            if number != 6004 {
                variables.insert(variable, key);
            }
        }
        for (number, who) in [(6504, "SHARED"), (6501, "MAYA")] {
            let person = id(number);
            let password = secret(&name(&format!("{who}_PASSWORD")), "", 20, ALNUM);
            let stored = Credential::new(PASSWORD, &person, &password).of(&person);
            self.kernel.issue(stored.hidden_by(&person, INACTIVE), now);
            variables.insert(name(&format!("{who}_PASSWORD")), password);
            let next = secret(&name(&format!("{who}_NEW_PASSWORD")), "", 20, ALNUM);
            self.next_passwords.insert(person, next.clone());
            variables.insert(name(&format!("{who}_NEW_PASSWORD")), next);
        }
        let cookie = secret(&name("SHARED_SESSION"), "", 48, ALNUM);
        let session = Credential::new(SESSION, &id(6804), &cookie).of(&id(6504));
        let session = session.expires(now + SESSION_LIFE).hidden_by(&id(6504), INACTIVE);
        self.kernel.issue(session, now);
        variables.insert(name("SHARED_SESSION"), cookie);

        // An agent-level app of Maya's, and an account-level one an administrator installed.
        for (app, what, owner, level, variable) in [
            (6301, "helper", id(6001), "agent", "MAYA"),
            (6302, "bridge", ADMIN.to_owned(), "account", "APP"),
        ] {
            let login = format!("{}-{what}", supplier.lower());
            self.kernel.add(Principal::new(APP, &id(app), &login).of(supplier));
            let value = secret(&name(&format!("{variable}_CLIENT_SECRET")), "", 40, HEX);
            let client = Credential::new(CLIENT_SECRET, &id(app), &value).of(&id(app));
            self.kernel.issue(client, now);
            variables.insert(name(&format!("{variable}_CLIENT_SECRET")), value);
            variables.insert(name(&format!("{variable}_CLIENT_ID")), login);
            for (kind, life) in [(REFRESH, REFRESH_LIFE), (ACCESS, ACCESS_LIFE)] {
                let variable = name(&format!("{variable}_{}", kind.to_uppercase()));
                let value = secret(&variable, "", 64, ALNUM);
                let token = Credential::new(kind, &id(app), &value)
                    .of(&owner)
                    .client(&id(app))
                    .supplier(Some(supplier))
                    .with("level", level)
                    .expires(now + life);
                self.kernel.issue(token, now);
                variables.insert(variable, value);
            }
        }
        for (kind, number, variable) in
            [(SSO_SECRET, 6601, "SSO_SECRET"), (SCIM_TOKEN, 6701, "SCIM_TOKEN")]
        {
            let value = secret(&name(variable), "", 40, ALNUM);
            let stored = Credential::new(kind, &id(number), &value).supplier(Some(supplier));
            self.kernel.issue(stored, now);
            variables.insert(name(variable), value);
        }
    }
}
