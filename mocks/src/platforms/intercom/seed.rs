//! The bundled population of the workspace.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::json;

use super::login::LENGTH;
use super::{
    ADMIN_USER, APP, CLIENT_SECRET, Intercom, MESSENGER_SECRET, PASSWORD, SCIM_TOKEN, SESSION,
    TEAMMATE, TOKEN,
};
use crate::identity::{Credential, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, HEX, Supplier, secret};

impl Intercom {
    /// Makes the workspace and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut workspace = Self {
            kernel: Kernel::new("intercom"),
            activity: Vec::new(),
            allowlist: json!({"type": "ip_allowlist", "enabled": false, "ip_allowlist": []}),
            sso_forced: false,
            next_passwords: BTreeMap::new(),
        };
        let mut variables = Variables::new();
        workspace.kernel.add(Principal::new(TEAMMATE, ADMIN_USER, "admin@ours.example"));
        workspace.kernel.add(Principal::new(TEAMMATE, "5900", "nina@ours.example"));
        workspace.kernel.add(app("7799", "ours-drill", ADMIN_USER));
        let admin = token("INTERCOM_ADMIN_TOKEN");
        let credential = Credential::new(TOKEN, "7999", &admin).of(ADMIN_USER).client("7799");
        workspace.kernel.issue(credential.scope("read_admins admin"), now);
        variables.insert("INTERCOM_ADMIN_TOKEN".into(), admin);
        for supplier in Supplier::ALL {
            workspace.supplier(supplier, &mut variables, now);
        }
        (workspace, variables)
    }

    fn supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let name = |what: &str| format!("{}_INTERCOM_{what}", supplier.upper());
        let id = |acme: u64| supplier.number(acme).to_string();
        let people = [(5101, "maya"), (5102, "leo"), (5103, "sync"), (5104, "support-eu")];
        for (number, login) in people {
            let person = Principal::new(TEAMMATE, &id(number), &supplier.email(login));
            self.kernel.add(person.of(supplier));
        }
        for (number, who) in [(5104, "SHARED"), (5101, "MAYA")] {
            let password = secret(&name(&format!("{who}_PASSWORD")), "", 20, ALNUM);
            let person = id(number);
            let credential = Credential::new(PASSWORD, &person, &password).of(&person);
            self.kernel.issue(credential, now);
            variables.insert(name(&format!("{who}_PASSWORD")), password);
            let next = secret(&name(&format!("{who}_NEW_PASSWORD")), "", 20, ALNUM);
            self.next_passwords.insert(person, next.clone());
            variables.insert(name(&format!("{who}_NEW_PASSWORD")), next);
        }
        let cookie = secret(&name("SHARED_SESSION"), "", 64, ALNUM);
        let session = Credential::new(SESSION, &id(8104), &cookie).of(&id(5104));
        self.kernel.issue(session.expires(now + LENGTH), now);
        variables.insert(name("SHARED_SESSION"), cookie);

        // Private apps of Maya and of the shared API account, a public one that Leo installed.
        let apps = [
            (7701, "reports", 5101, "MAYA_APP_TOKEN", "read_admins"),
            (7702, "sync", 5103, "SYNC_APP_TOKEN", "read_admins"),
            (7703, "desk", 5102, "LEO_OAUTH_TOKEN", "read_conversations"),
        ];
        for (number, what, owner, variable, scope) in apps {
            let login = format!("{}-{what}", supplier.lower());
            self.kernel.add(app(&id(number), &login, &id(owner)).of(supplier));
            let value = token(&name(variable));
            let credential = Credential::new(TOKEN, &id(number), &value).of(&id(owner));
            self.kernel.issue(credential.client(&id(number)).scope(scope), now);
            variables.insert(name(variable), value);
        }
        let value = secret(&name("CLIENT_SECRET"), "", 40, HEX);
        let client = Credential::new(CLIENT_SECRET, &id(7703), &value).of(&id(7703));
        self.kernel.issue(client, now);
        variables.insert(name("CLIENT_SECRET"), value);
        variables.insert(name("CLIENT_ID"), format!("{}-desk", supplier.lower()));

        for (kind, number, variable) in
            [(MESSENGER_SECRET, 7801, "MESSENGER_SECRET"), (SCIM_TOKEN, 7901, "SCIM_TOKEN")]
        {
            let value = secret(&name(variable), "", 40, ALNUM);
            let stored = Credential::new(kind, &id(number), &value).supplier(Some(supplier));
            self.kernel.issue(stored, now);
            variables.insert(name(variable), value);
        }
    }
}

fn app(id: &str, login: &str, owner: &str) -> Principal {
    Principal::new(APP, id, login).with("owner", owner)
}

fn token(name: &str) -> String {
    secret(name, "dG9rO", 54, ALNUM) + "="
}
