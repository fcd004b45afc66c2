//! The bundled population of the company.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::login::LIFE;
use super::{
    ACCESS, ACCESS_LIFE, ADMIN, APP, APP_SECRET, DOCS_KEY, HelpScout, PASSWORD, REFRESH, SESSION,
    USER, WEBHOOK,
};
use crate::identity::{Credential, INACTIVE, Kernel, Principal, State};
use crate::platforms::Variables;
use crate::population::{ALNUM, HEX, Supplier, secret};

/// Deactivation hides OAuth at once; deletion ends it by itself, later.
const DEACTIVATED: &[State] = &[State::Deactivated];

impl HelpScout {
    /// Makes the company and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut company =
            Self { kernel: Kernel::new("helpscout"), next_passwords: BTreeMap::new() };
        let mut variables = Variables::new();
        company.kernel.add(Principal::new(USER, ADMIN, "admin@ours.example"));
        company.kernel.add(Principal::new(USER, "2900", "nina@ours.example"));
        let token = secret("HELPSCOUT_ADMIN_TOKEN", "", 32, ALNUM);
        // Renewed before each drill, so it does not age here.
        company.kernel.issue(Credential::new(ACCESS, "2699", &token).of(ADMIN), now);
        variables.insert("HELPSCOUT_ADMIN_TOKEN".into(), token);
        for supplier in Supplier::ALL {
            company.supplier(supplier, &mut variables, now);
        }
        (company, variables)
    }

    fn supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let name = |what: &str| format!("{}_HELPSCOUT_{what}", supplier.upper());
        let id = |acme: u64| supplier.number(acme).to_string();
        for (number, login) in [(2001, "maya"), (2002, "leo"), (2003, "sync"), (2004, "support-eu")]
        {
            let user = Principal::new(USER, &id(number), &supplier.email(login));
            self.kernel.add(user.of(supplier));
        }
        let mut put = |what: &str, length: usize, alphabet: &[u8]| {
            let value = secret(&name(what), "", length, alphabet);
            variables.insert(name(what), value.clone());
            value
        };
        for (number, who) in [(2001, "MAYA"), (2002, "LEO")] {
            let owner = id(number);
            let password = put(&format!("{who}_PASSWORD"), 20, ALNUM);
            let stored = Credential::new(PASSWORD, &owner, &password).of(&owner);
            self.kernel.issue(stored.hidden_by(&owner, INACTIVE), now);
        }
        let shared = id(2004);
        let password = put("SHARED_PASSWORD", 20, ALNUM);
        let stored = Credential::new(PASSWORD, &shared, &password).of(&shared);
        self.kernel.issue(stored.hidden_by(&shared, INACTIVE), now);
        self.next_passwords.insert(shared.clone(), put("SHARED_NEW_PASSWORD", 20, ALNUM));
        let cookie = put("SHARED_SESSION", 48, ALNUM);
        let session = Credential::new(SESSION, &id(2804), &cookie).of(&shared);
        self.kernel.issue(session.expires(now + LIFE).hidden_by(&shared, INACTIVE), now);

        // Maya's own app; and one she made under the shared login, which outlives her.
        for (app, owner, prefix) in [(2301, 2001, "MAYA"), (2302, 2004, "SHARED")] {
            let identifier = put(&format!("{prefix}_APP_ID"), 32, ALNUM);
            let client = Principal::new(APP, &id(app), &identifier).of(supplier);
            self.kernel.add(client.with("owner", id(owner)));
            let value = put(&format!("{prefix}_APP_SECRET"), 32, ALNUM);
            let stored = Credential::new(APP_SECRET, &id(app), &value).of(&id(app));
            self.kernel.issue(stored, now);
            let access = put(&format!("{prefix}_ACCESS"), 32, ALNUM);
            let token = Credential::new(ACCESS, &id(app + 300), &access).of(&id(owner));
            let token = token.client(&id(app)).expires(now + ACCESS_LIFE);
            self.kernel.issue(token.hidden_by(&id(owner), DEACTIVATED), now);
        }
        let refresh = put("LEO_REFRESH", 32, ALNUM);
        let token = Credential::new(REFRESH, &id(2603), &refresh).of(&id(2002)).client(&id(2301));
        self.kernel.issue(token.hidden_by(&id(2002), DEACTIVATED), now);
        let key = put("MAYA_DOCS_KEY", 40, HEX);
        self.kernel.issue(Credential::new(DOCS_KEY, &id(2001), &key).of(&id(2001)), now);
        let key = put("LEO_DOCS_KEY", 40, HEX);
        let narrow = Credential::new(DOCS_KEY, &id(2002), &key).of(&id(2002)).scope("none");
        self.kernel.issue(narrow, now);

        let url = format!("https://hooks.{}.example/in", supplier.lower());
        let hook = Credential::new(WEBHOOK, &id(2701), "").supplier(Some(supplier));
        self.kernel.issue(hook.with("url", url), now);
    }
}
