//! The store's population: ours, and the same set for each supplier.

use std::time::{Duration, SystemTime};

use super::oauth::{LIFETIME, REFRESH_LIFETIME};
use super::{
    APP, CLIENT_SECRET, EXPIRING, HOOK, OFFLINE, ONLINE, REFRESH, STAFF, STOREFRONT, Shopify,
};
use crate::identity::{Credential, INACTIVE, Principal};
use crate::platforms::{Platform, Urls, Variables};
use crate::population::{HEX, Supplier, secret};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Makes the store. No other server's address is needed.
pub(super) fn seed(_: &Urls, now: SystemTime) -> (Box<dyn Platform>, Variables) {
    let (shopify, variables) = store(now);
    (Box::new(shopify), variables)
}

/// Makes the store, as a value for the tests.
pub(super) fn store(now: SystemTime) -> (Shopify, Variables) {
    let mut seeding = Seeding { shopify: Shopify::new(), variables: Variables::new(), now };
    seeding.app("app-OURS-DRILL", "300", "ours-drill", "read_users", None);
    let token = seeding.secret("SHOPIFY_ADMIN_TOKEN".into(), "shpat_");
    let admin = Credential::new(OFFLINE, "500", &token).client("app-OURS-DRILL");
    seeding.issue(admin.scope("read_users").with("all", true));
    for supplier in Supplier::ALL {
        seeding.supplier(supplier);
    }
    (seeding.shopify, seeding.variables)
}

struct Seeding {
    shopify: Shopify,
    variables: Variables,
    now: SystemTime,
}

impl Seeding {
    /// Gives a secret of the usual length and, under its name, hands it out.
    fn secret(&mut self, name: String, prefix: &str) -> String {
        let value = secret(&name, prefix, 32, HEX);
        self.variables.insert(name, value.clone());
        value
    }

    fn issue(&mut self, credential: Credential) {
        self.shopify.kernel.issue(credential, self.now);
    }

    fn app(&mut self, id: &str, number: &str, title: &str, scope: &str, of: Option<Supplier>) {
        let mut app = Principal::new(APP, id, title).with("number", number).with("scope", scope);
        app.supplier = of;
        self.shopify.kernel.add(app);
    }

    fn supplier(&mut self, supplier: Supplier) {
        let upper = supplier.upper();
        let id = |acme: u64| supplier.number(acme).to_string();
        let name = |what: &str| format!("{upper}_SHOPIFY_{what}");
        for (number, who) in [(9001, "maya"), (9002, "leo")] {
            let staff = Principal::new(STAFF, &id(number), &supplier.email(who)).of(supplier);
            self.shopify.kernel.add(staff);
        }
        let (bridge, export) = (format!("app-{upper}-BRIDGE"), format!("app-{upper}-EXPORT"));
        let scope = "read_orders read_customers write_customers";
        let lower = supplier.lower();
        self.app(&bridge, &id(301), &format!("{lower}-bridge"), scope, Some(supplier));
        self.app(&export, &id(302), &format!("{lower}-export"), "read_orders", Some(supplier));

        let client = secret(&name("CLIENT_ID"), "", 32, HEX);
        self.variables.insert(name("CLIENT_ID"), client.clone());
        let value = self.secret(name("CLIENT_SECRET"), "shpss_");
        let first = format!("secret-{upper}");
        let credential = Credential::new(CLIENT_SECRET, &first, &value).client(&bridge);
        self.issue(credential.with("client_id", client));
        let value = self.secret(name("OFFLINE_TOKEN"), "shpat_");
        let token = Credential::new(OFFLINE, &id(501), &value).client(&bridge).grant(&first);
        self.issue(token.scope(scope).with("installed_by", id(9001)));
        let value = self.secret(name("EXPIRING_TOKEN"), "shpat_");
        let token = Credential::new(EXPIRING, &id(502), &value).client(&bridge).grant(&first);
        self.issue(token.scope(scope).expires(self.now + LIFETIME));
        let value = self.secret(name("REFRESH_TOKEN"), "shprt_");
        let token = Credential::new(REFRESH, &id(502), &value).client(&bridge).grant(&first);
        self.issue(token.scope(scope).expires(self.now + REFRESH_LIFETIME));
        // An online token follows its user's session, and so its user.
        let value = self.secret(name("MAYA_ONLINE_TOKEN"), "shpat_");
        let maya = id(9001);
        let token = Credential::new(ONLINE, &id(503), &value).of(&maya).client(&bridge);
        let token = token.grant(&first).scope(scope).expires(self.now + DAY);
        self.issue(token.hidden_by(&maya, INACTIVE));
        // A custom app: its token was shown once, to whoever made it.
        let value = self.secret(name("CUSTOM_TOKEN"), "shpat_");
        let token = Credential::new(OFFLINE, &id(504), &value).client(&export);
        self.issue(token.scope("read_orders").with("installed_by", id(9001)));
        let value = self.secret(name("STOREFRONT_TOKEN"), "");
        self.issue(Credential::new(STOREFRONT, &id(505), &value).client(&bridge));
        for (number, topic) in [(701, "orders/create"), (702, "app/uninstalled")] {
            let hook = Credential::new(HOOK, &id(number), "").client(&bridge);
            let address = format!("https://hooks.{lower}.example/shopify");
            self.issue(hook.with("address", address).with("topic", topic));
        }
    }
}
