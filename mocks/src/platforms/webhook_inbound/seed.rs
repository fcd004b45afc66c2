//! The population: our administrator, and the same set of addresses and secrets for each supplier.

use std::time::SystemTime;

use super::{
    ADMIN, DISCORD, FLOW, MAKE, OUTBOUND, PERSON, ROUTE, SIGNING, STATIC, SUPPLIER, TEAMS,
    Webhooks, ZAPIER,
};
use crate::identity::{Credential, Principal};
use crate::platforms::{Platform, Urls, Variables};
use crate::population::{ALNUM, HEX, Supplier, URL_SAFE, secret};

/// Makes everything. No other server's address is needed.
pub(super) fn seed(_: &Urls, now: SystemTime) -> (Box<dyn Platform>, Variables) {
    let (webhooks, variables) = population(now);
    (Box::new(webhooks), variables)
}

/// Makes everything, as a value for the tests.
pub(super) fn population(now: SystemTime) -> (Webhooks, Variables) {
    let mut seeding = Seeding { webhooks: Webhooks::new(), variables: Variables::new(), now };
    let token = seeding.secret("WEBHOOK_INBOUND_ADMIN_TOKEN".into(), "", 40, ALNUM);
    seeding.issue(Credential::new(ADMIN, "admin", &token));
    for supplier in Supplier::ALL {
        seeding.supplier(supplier);
    }
    (seeding.webhooks, seeding.variables)
}

struct Seeding {
    webhooks: Webhooks,
    variables: Variables,
    now: SystemTime,
}

impl Seeding {
    /// Gives a secret and, under its name, hands it out.
    fn secret(&mut self, name: String, prefix: &str, length: usize, alphabet: &[u8]) -> String {
        let value = secret(&name, prefix, length, alphabet);
        self.variables.insert(name, value.clone());
        value
    }

    fn issue(&mut self, credential: Credential) {
        self.webhooks.kernel.issue(credential, self.now);
    }

    fn supplier(&mut self, supplier: Supplier) {
        let owner = supplier.lower();
        let id = |acme: u64| supplier.number(acme).to_string();
        let name = |what: &str| format!("{}_WEBHOOK_INBOUND_{what}", supplier.upper());
        self.webhooks.kernel.add(Principal::new(SUPPLIER, owner, owner).of(supplier));
        for (number, who) in [(9001, "maya"), (9002, "leo")] {
            let person = Principal::new(PERSON, &id(number), &supplier.email(who)).of(supplier);
            self.webhooks.kernel.add(person);
        }

        let hook = secret(&name("ZAPIER_HOOK"), "", 7, b"abcdefghijklmnopqrstuvwxyz0123456789");
        let path = format!("{}/{hook}", supplier.number(1_234_501));
        self.variables.insert(name("ZAPIER_PATH"), path.clone());
        self.issue(Credential::new(ZAPIER, &id(501), &path).of(owner));
        let token = self.secret(name("MAKE_PATH"), "", 32, b"abcdefghijklmnopqrstuvwxyz0123456789");
        self.issue(Credential::new(MAKE, &id(502), &token).of(owner));
        let token = secret(&name("DISCORD_TOKEN"), "", 68, URL_SAFE);
        let path = format!("{}/{token}", id(503));
        self.variables.insert(name("DISCORD_PATH"), path.clone());
        self.issue(Credential::new(DISCORD, &id(503), &path).of(owner));
        let signature = self.secret(name("FLOW_SIG"), "", 43, URL_SAFE);
        self.issue(Credential::new(FLOW, &id(504), &signature).of(owner));
        let token = self.secret(name("TEAMS_PATH"), "", 64, HEX);
        self.issue(Credential::new(TEAMS, &id(505), &token).of(owner));

        let value = self.secret(name("SIGNING_SECRET"), "whsec_", 40, ALNUM);
        let signing = Credential::new(SIGNING, &format!("{owner}-signing"), &value).of(owner);
        self.issue(signing.with("route", owner));
        let value = self.secret(name("STATIC_TOKEN"), "", 40, ALNUM);
        let fixed = Credential::new(STATIC, &format!("{owner}-static"), &value).of(owner);
        self.issue(fixed.with("route", owner));
        for route in [owner.to_owned(), format!("legacy-{owner}")] {
            self.issue(Credential::new(ROUTE, &route, "").of(owner));
        }
        // One registered by hand, one brought by an app; the same host, and neither knows the other.
        for (number, via) in [(801, "console"), (802, "app")] {
            let url = format!("https://hooks.{owner}.example/events");
            let mut hook = Credential::new(OUTBOUND, &id(number), "").of(owner);
            hook = hook.with("url", url).with("via", via);
            if via == "app" {
                hook = hook.with("slow", true);
            }
            self.issue(hook);
        }
    }
}
