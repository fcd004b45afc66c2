//! The bundled population of the account.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::login::LIFE;
use super::oauth::ACCESS_LIFE;
use super::{
    ACCESS, ACCOUNT, ADMIN, APP, CLIENT_SECRET, HubSpot, OTHER_PORTAL, PASSWORD, PERSONAL_KEY,
    PORTAL, PRIVATE_APP, PRIVATE_TOKEN, REFRESH, SERVICE_KEY, SESSION, SMTP_TOKEN, USER, uuid,
};
use crate::identity::{Credential, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, Supplier, URL_SAFE, secret};

const ALL_SCOPES: &str =
    "oauth settings.users.read settings.users.write account-info.security.read";

impl HubSpot {
    /// Makes the account and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut hub = Self {
            kernel: Kernel::new("hubspot"),
            events: Vec::new(),
            logins: Vec::new(),
            sso_required: false,
            invite_domains: vec!["acme.example".into(), "globex.example".into()],
            next_passwords: BTreeMap::new(),
        };
        let mut variables = Variables::new();
        hub.kernel.add(Principal::new(ACCOUNT, PORTAL, "ours"));
        // Somebody else's account: what a confused platform would name.
        hub.kernel.add(Principal::new(ACCOUNT, OTHER_PORTAL, "other").of(Supplier::Globex));
        hub.kernel.add(Principal::new(USER, ADMIN, "admin@ours.example"));
        hub.kernel.add(Principal::new(USER, "4900", "nina@ours.example"));
        hub.kernel.add(Principal::new(PRIVATE_APP, "4399", "ours-drill"));
        let token = uuid("HUBSPOT_ADMIN_TOKEN", "pat-na1-");
        let admin = Credential::new(PRIVATE_TOKEN, "4399", &token).client("4399");
        hub.kernel.issue(admin.with("portal", PORTAL).scope(ALL_SCOPES), now);
        variables.insert("HUBSPOT_ADMIN_TOKEN".into(), token);
        for supplier in Supplier::ALL {
            hub.supplier(supplier, &mut variables, now);
        }
        (hub, variables)
    }

    fn supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let name = |what: &str| format!("{}_HUBSPOT_{what}", supplier.upper());
        let id = |acme: u64| supplier.number(acme).to_string();
        let lower = supplier.lower();
        for (number, login) in [(4001, "maya"), (4002, "leo"), (4004, "support-eu")] {
            let user = Principal::new(USER, &id(number), &supplier.email(login));
            self.kernel.add(user.of(supplier));
        }
        let password = secret(&name("SHARED_PASSWORD"), "", 20, ALNUM);
        let stored = Credential::new(PASSWORD, &id(4004), &password).of(&id(4004));
        // The login is the person's and opens other accounts too: only this one's membership ends.
        self.kernel.issue(stored, now);
        variables.insert(name("SHARED_PASSWORD"), password);
        let next = secret(&name("SHARED_NEW_PASSWORD"), "", 20, ALNUM);
        self.next_passwords.insert(id(4004), next.clone());
        variables.insert(name("SHARED_NEW_PASSWORD"), next);
        let cookie = secret(&name("SHARED_SESSION"), "", 48, ALNUM);
        let session = Credential::new(SESSION, &id(4804), &cookie).of(&id(4004));
        self.kernel.issue(session.expires(now + LIFE), now);
        variables.insert(name("SHARED_SESSION"), cookie);

        for (number, what, variable, scope) in [
            (4301, "sync", "PRIVATE_APP_TOKEN", "oauth settings.users.read"),
            (4302, "narrow", "NARROW_TOKEN", "oauth"),
        ] {
            let app = Principal::new(PRIVATE_APP, &id(number), &format!("{lower}-{what}"));
            self.kernel.add(app.of(supplier));
            let value = uuid(&name(variable), "pat-na1-");
            let token = Credential::new(PRIVATE_TOKEN, &id(number), &value).client(&id(number));
            self.kernel.issue(token.with("portal", PORTAL).scope(scope), now);
            variables.insert(name(variable), value);
        }
        let value = secret(&name("SERVICE_KEY"), "", 64, ALNUM);
        let key = Credential::new(SERVICE_KEY, &id(4401), &value).supplier(Some(supplier));
        self.kernel.issue(key.with("portal", PORTAL).scope("oauth settings.users.read"), now);
        variables.insert(name("SERVICE_KEY"), value);
        let value = secret(&name("MAYA_PERSONAL_KEY"), "CiRuYTEt", 100, ALNUM);
        let key = Credential::new(PERSONAL_KEY, &id(4501), &value).of(&id(4001));
        self.kernel.issue(key.hidden_by(&id(4001), INACTIVE), now);
        variables.insert(name("MAYA_PERSONAL_KEY"), value);

        let home = Principal::new(ACCOUNT, &id(4_710_001), lower).of(supplier);
        self.kernel.add(home);
        let client = uuid(&name("CLIENT_ID"), "");
        let app = Principal::new(APP, &id(4601), &client).of(supplier);
        self.kernel.add(app.with("portal", id(4_710_001)));
        variables.insert(name("CLIENT_ID"), client);
        let value = uuid(&name("CLIENT_SECRET"), "");
        let stored = Credential::new(CLIENT_SECRET, &id(4601), &value).of(&id(4601));
        self.kernel.issue(stored, now);
        variables.insert(name("CLIENT_SECRET"), value);
        let value = uuid(&name("MAYA_REFRESH"), "na1-");
        let refresh = Credential::new(REFRESH, &id(4701), &value).of(&id(4001)).client(&id(4601));
        self.kernel.issue(refresh.scope("oauth settings.users.read"), now);
        variables.insert(name("MAYA_REFRESH"), value);
        let value = secret(&name("MAYA_ACCESS"), "C", 120, URL_SAFE);
        let access = Credential::new(ACCESS, &id(4702), &value).of(&id(4001)).client(&id(4601));
        let access = access.grant(&id(4701)).with("portal", PORTAL).expires(now + ACCESS_LIFE);
        self.kernel.issue(access.scope("oauth settings.users.read"), now);
        variables.insert(name("MAYA_ACCESS"), value);

        let smtp = secret(&name("SMTP_PASSWORD"), "", 32, ALNUM);
        let token = Credential::new(SMTP_TOKEN, &format!("smtp-{}", supplier.upper()), &smtp);
        let token = token.supplier(Some(supplier)).with("campaign", lower);
        self.kernel.issue(token.with("by", supplier.email("maya")), now);
    }
}
