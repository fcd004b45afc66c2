//! The bundled population of the account.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::login::LIFE;
use super::{
    ACCESS, ACCESS_LIFE, ACCOUNT, ADMIN, API_KEY, APP, CLIENT_SECRET, DOMAIN, Gorgias, INTEGRATION,
    PASSWORD, REFRESH, SESSION, USER,
};
use crate::identity::{Credential, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, HEX, Supplier, secret};

impl Gorgias {
    /// Makes the account and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut account = Self {
            kernel: Kernel::new("gorgias"),
            events: Vec::new(),
            next_passwords: BTreeMap::new(),
        };
        let mut variables = Variables::new();
        account.kernel.add(Principal::new(ACCOUNT, DOMAIN, DOMAIN));
        // Somebody else's account: what a confused platform would name.
        account.kernel.add(Principal::new(ACCOUNT, "other", "other").of(Supplier::Globex));
        let admin = Principal::new(USER, ADMIN, "admin@ours.example").with("role", "admin");
        account.kernel.add(admin);
        let nina = Principal::new(USER, "1900", "nina@ours.example").with("role", "agent");
        account.kernel.add(nina);
        let key = secret("GORGIAS_ADMIN_API_KEY", "", 64, HEX);
        account.kernel.issue(Credential::new(API_KEY, ADMIN, &key).of(ADMIN), now);
        variables.insert("GORGIAS_ADMIN_API_KEY".into(), key);
        variables.insert("GORGIAS_ADMIN_EMAIL".into(), "admin@ours.example".into());
        for supplier in Supplier::ALL {
            account.supplier(supplier, &mut variables, now);
        }
        (account, variables)
    }

    fn supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let name = |what: &str| format!("{}_GORGIAS_{what}", supplier.upper());
        let id = |acme: u64| supplier.number(acme).to_string();
        let mut put = |what: &str, length: usize, alphabet: &[u8]| {
            let value = secret(&name(what), "", length, alphabet);
            variables.insert(name(what), value.clone());
            value
        };
        for (number, login, role) in [
            (1001, "maya", "agent"),
            (1002, "leo", "observer-agent"),
            (1003, "sync", "agent"),
            (1004, "support-eu", "agent"),
        ] {
            let user = Principal::new(USER, &id(number), &supplier.email(login)).of(supplier);
            self.kernel.add(user.with("role", role));
            if number != 1004 {
                let key = put(&format!("{}_API_KEY", login.to_uppercase()), 64, HEX);
                let stored = Credential::new(API_KEY, &id(number), &key).of(&id(number));
                self.kernel.issue(stored, now);
            }
        }
        for (number, who) in [(1001, "MAYA"), (1002, "LEO")] {
            let owner = id(number);
            let password = put(&format!("{who}_PASSWORD"), 20, ALNUM);
            let stored = Credential::new(PASSWORD, &owner, &password).of(&owner);
            self.kernel.issue(stored.hidden_by(&owner, INACTIVE), now);
        }
        let shared = id(1004);
        let password = put("SHARED_PASSWORD", 20, ALNUM);
        let stored = Credential::new(PASSWORD, &shared, &password).of(&shared);
        self.kernel.issue(stored.hidden_by(&shared, INACTIVE), now);
        self.next_passwords.insert(shared.clone(), put("SHARED_NEW_PASSWORD", 20, ALNUM));
        let cookie = put("SHARED_SESSION", 48, ALNUM);
        let session = Credential::new(SESSION, &id(1804), &cookie).of(&shared);
        self.kernel.issue(session.expires(now + LIFE).hidden_by(&shared, INACTIVE), now);

        let app = id(1301);
        let identifier = put("CLIENT_ID", 24, HEX);
        self.kernel.add(Principal::new(APP, &app, &identifier).of(supplier));
        let value = put("CLIENT_SECRET", 48, HEX);
        self.kernel.issue(Credential::new(CLIENT_SECRET, &app, &value).of(&app), now);
        let value = put("APP_REFRESH", 64, HEX);
        let refresh = Credential::new(REFRESH, &id(1601), &value).client(&app);
        self.kernel.issue(refresh.scope("users:read").supplier(Some(supplier)), now);
        let value = put("APP_ACCESS", 64, HEX);
        let access = Credential::new(ACCESS, &id(1602), &value).client(&app).scope("users:read");
        self.kernel.issue(access.supplier(Some(supplier)).expires(now + ACCESS_LIFE), now);

        let hook = Credential::new(INTEGRATION, &id(1701), "").of(&id(1001)).with("type", "http");
        let url = format!("https://hooks.{}.example/in", supplier.lower());
        self.kernel.issue(hook.with("url", url).with("name", "sync"), now);
    }
}
