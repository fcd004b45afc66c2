//! The bundled population: a parent account of ours and a subaccount for each supplier.

use std::time::SystemTime;

use super::{ACCOUNT, APP_SECRET, OAUTH_APP, ROLE, Twilio, USER, sid};
use crate::identity::{Credential, GONE, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, HEX, Supplier, secret};

impl Twilio {
    /// Makes the accounts and gives every secret in them by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut twilio = Self { kernel: Kernel::new("twilio"), events: Vec::new() };
        let mut variables = Variables::new();
        let parent = sid("AC", 1);
        twilio.kernel.add(Principal::new(ACCOUNT, &parent, "ours"));
        let token = secret("TWILIO_ADMIN_AUTH_TOKEN", "", 32, HEX);
        twilio.issue_auth_token(&parent, &token, "primary", now);
        variables.insert("TWILIO_ADMIN_ACCOUNT_SID".into(), parent);
        variables.insert("TWILIO_ADMIN_AUTH_TOKEN".into(), token);
        for supplier in Supplier::ALL {
            twilio.seed_supplier(supplier, &mut variables, now);
        }
        (twilio, variables)
    }

    fn seed_supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let name = |what: &str| format!("{}_TWILIO_{what}", supplier.upper());
        let id = |prefix: &str, number| sid(prefix, supplier.number(number));
        let account = id("AC", 9000);
        let principal = Principal::new(ACCOUNT, &account, supplier.lower()).of(supplier);
        self.kernel.add(principal.with("parent", sid("AC", 1)));
        variables.insert(name("ACCOUNT_SID"), account.clone());
        let token = secret(&name("AUTH_TOKEN"), "", 32, HEX);
        self.issue_auth_token(&account, &token, "primary", now);
        variables.insert(name("AUTH_TOKEN"), token);
        for (number, kind) in [(501, "main"), (502, "standard"), (503, "restricted")] {
            let what = kind.to_uppercase();
            let value = secret(&name(&format!("{what}_KEY")), "", 32, ALNUM);
            let key = id("SK", number);
            self.issue_key(&key, &value, &account, (kind, kind), now);
            variables.insert(name(&format!("{what}_KEY_SID")), key);
            variables.insert(name(&format!("{what}_KEY")), value);
        }
        let app = id("OQ", 601);
        let principal = Principal::new(OAUTH_APP, &app, &app).of(supplier);
        self.kernel.add(principal.with("account", account.as_str()));
        let value = secret(&name("OAUTH_SECRET"), "", 48, ALNUM);
        let stored = Credential::new(APP_SECRET, &app, &value)
            .of(&app)
            .hidden_by(&app, GONE)
            .hidden_by(&account, INACTIVE);
        self.kernel.issue(stored, now);
        let access = self.issue_access(&account, &app, now);
        variables.insert(name("OAUTH_ACCESS"), access);
        variables.insert(name("OAUTH_CLIENT_ID"), app);
        variables.insert(name("OAUTH_SECRET"), value);
        for (number, who) in [(9001, "maya"), (9002, "leo")] {
            let user = id("US", number);
            self.kernel.add(Principal::new(USER, &user, &supplier.email(who)).of(supplier));
            let role = Credential::new(ROLE, &id("IS", number), "").of(&user).scope("developer");
            self.kernel.issue(role, now);
        }
    }
}
