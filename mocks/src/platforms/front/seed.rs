//! The bundled population of the company.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::login::LIFE;
use super::{
    ACCESS, ACCESS_LIFE, ADMIN, API_TOKEN, APP, CLIENT_SECRET, COMPANY, COMPANY_ID, Front,
    PASSWORD, REFRESH, REFRESH_LIFE, SESSION, TEAMMATE, token,
};
use crate::identity::{Credential, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, HEX, Supplier, secret};

impl Front {
    /// Makes the company and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut company = Self { kernel: Kernel::new("front"), next_passwords: BTreeMap::new() };
        let mut variables = Variables::new();
        company.kernel.add(Principal::new(COMPANY, COMPANY_ID, "Ours"));
        // Somebody else's company: what a confused platform would name.
        company.kernel.add(Principal::new(COMPANY, "cmp_other", "Other").of(Supplier::Globex));
        let admin = Principal::new(TEAMMATE, ADMIN, "admin@ours.example");
        company.kernel.add(admin.with("admin", "yes"));
        company.kernel.add(Principal::new(TEAMMATE, "tea_NINA", "nina@ours.example"));
        let value = token("tok_ADMIN", &["shared:*", "provisioning"]);
        let admin = Credential::new(API_TOKEN, "tok_ADMIN", &value);
        company.kernel.issue(admin.scope("shared scim"), now);
        variables.insert("FRONT_ADMIN_TOKEN".into(), value);
        for supplier in Supplier::ALL {
            company.supplier(supplier, &mut variables, now);
        }
        (company, variables)
    }

    fn supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let up = supplier.upper();
        let name = |what: &str| format!("{up}_FRONT_{what}");
        for (what, login) in [("MAYA", "maya"), ("LEO", "leo"), ("SHARED", "support-eu")] {
            let person =
                Principal::new(TEAMMATE, &format!("tea_{up}{what}"), &supplier.email(login));
            // Maya is an administrator, so she could see every token and copy it.
            let admin = if what == "MAYA" { "yes" } else { "" };
            self.kernel.add(person.of(supplier).with("admin", admin));
        }
        // Bots in the list of teammates are all that shows of tokens and apps.
        for (what, kind) in [("TOKENBOT", "api"), ("APPBOT", "integration")] {
            let login = format!("{}@bots.example", what.to_lowercase());
            let bot = Principal::new(TEAMMATE, &format!("tea_{up}{what}"), &login).of(supplier);
            self.kernel.add(bot.with("type", kind));
        }
        for (id, variable, scope) in [
            ("SYNC", "API_TOKEN", "shared"),
            ("NARROW", "NARROW_TOKEN", "none"),
            ("PRIVATE", "MAYA_PRIVATE_TOKEN", "shared private"),
            ("SCIM", "SCIM_TOKEN", "scim"),
        ] {
            let id = format!("tok_{up}{id}");
            let value = token(&id, &[scope, "kind:api", "resource:all"]);
            let stored = Credential::new(API_TOKEN, &id, &value).supplier(Some(supplier));
            self.kernel.issue(stored.scope(scope), now);
            variables.insert(name(variable), value);
        }
        let shared = format!("tea_{up}SHARED");
        let mut put = |what: &str, length: usize, alphabet: &[u8]| {
            let value = secret(&name(what), "", length, alphabet);
            variables.insert(name(what), value.clone());
            value
        };
        let password = put("SHARED_PASSWORD", 20, ALNUM);
        let stored = Credential::new(PASSWORD, &shared, &password).of(&shared);
        self.kernel.issue(stored.hidden_by(&shared, INACTIVE), now);
        self.next_passwords.insert(shared.clone(), put("SHARED_NEW_PASSWORD", 20, ALNUM));
        let cookie = put("SHARED_SESSION", 48, ALNUM);
        let session = Credential::new(SESSION, &format!("ses_{up}"), &cookie).of(&shared);
        self.kernel.issue(session.expires(now + LIFE).hidden_by(&shared, INACTIVE), now);

        let app = format!("app_{up}");
        let identifier = put("CLIENT_ID", 16, HEX);
        self.kernel.add(Principal::new(APP, &app, &identifier).of(supplier));
        let value = put("CLIENT_SECRET", 32, ALNUM);
        self.kernel.issue(Credential::new(CLIENT_SECRET, &app, &value).of(&app), now);
        for (kind, life, variable) in
            [(REFRESH, REFRESH_LIFE, "APP_REFRESH"), (ACCESS, ACCESS_LIFE, "APP_ACCESS")]
        {
            let id = format!("{kind}_{up}");
            let value = token(&id, &["shared:*", "kind:oauth", "resource:shared"]);
            let stored = Credential::new(kind, &id, &value).client(&app).scope("shared");
            self.kernel.issue(stored.supplier(Some(supplier)).expires(now + life), now);
            variables.insert(name(variable), value);
        }
    }
}
