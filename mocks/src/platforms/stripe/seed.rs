//! The account's population: ours, and the same set for each supplier.

use std::time::{Duration, SystemTime};

use super::{
    ACCOUNT, CONNECTION, ENDPOINT, KEY, MEMBER, OAUTH, ORG_KEY, OURS, REFRESH, SIGNING, Stripe,
};
use crate::identity::{Credential, Principal};
use crate::platforms::{Platform, Urls, Variables};
use crate::population::{ALNUM, Supplier, secret};

/// How long the keys of a command line live.
const CLI_LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

/// Makes the account. No other server's address is needed.
pub(super) fn seed(_: &Urls, now: SystemTime) -> (Box<dyn Platform>, Variables) {
    let (stripe, variables) = account(now);
    (Box::new(stripe), variables)
}

/// Makes the account, as a value for the tests.
pub(super) fn account(now: SystemTime) -> (Stripe, Variables) {
    let mut seeding = Seeding { stripe: Stripe::new(), variables: Variables::new(), now };
    let ours = Principal::new(ACCOUNT, OURS, "billing@ours.example");
    seeding.stripe.kernel.add(ours);
    let key = seeding.secret("STRIPE_ADMIN_KEY".into(), "sk_test_", 99);
    let admin = Credential::new(KEY, "mk_1OURSADMIN", &key).of(OURS).with("name", "drill");
    seeding.issue(admin.with("admin", "yes"));
    for supplier in Supplier::ALL {
        seeding.supplier(supplier);
    }
    (seeding.stripe, seeding.variables)
}

struct Seeding {
    stripe: Stripe,
    variables: Variables,
    now: SystemTime,
}

impl Seeding {
    /// Gives a secret and, under its name, hands it out.
    fn secret(&mut self, name: String, prefix: &str, length: usize) -> String {
        let value = secret(&name, prefix, length, ALNUM);
        self.variables.insert(name, value.clone());
        value
    }

    fn issue(&mut self, credential: Credential) {
        self.stripe.kernel.issue(credential, self.now);
    }

    /// Issues a key of our account. Which supplier has it is known to nobody but us.
    fn key(&mut self, supplier: Supplier, what: &str, prefix: &str, by: &str, scope: &str) {
        let secret = self.secret(format!("{}_STRIPE_{what}", supplier.upper()), prefix, 99);
        let id = format!("mk_1{}{}", supplier.upper(), what.replace("_KEY", "").replace('_', ""));
        let mut key = Credential::new(KEY, &id, &secret)
            .of(OURS)
            .supplier(Some(supplier))
            .scope(scope)
            .with("name", format!("{} {}", supplier.lower(), what.to_lowercase()))
            .with("created_by", by);
        if what.contains("CLI") {
            key = key.expires(self.now + CLI_LIFETIME);
        }
        self.issue(key);
    }

    fn supplier(&mut self, supplier: Supplier) {
        let upper = supplier.upper();
        for who in ["maya", "leo"] {
            let id = format!("usr_{upper}{}", who.to_uppercase());
            self.stripe.kernel.add(Principal::new(MEMBER, &id, &supplier.email(who)).of(supplier));
        }
        let (maya, leo) = (format!("usr_{upper}MAYA"), format!("usr_{upper}LEO"));
        let reads = "rak_balance_read rak_accounts_kyc_basic_read rak_charge_read rak_webhook_read";
        self.key(supplier, "SYNC_KEY", "sk_test_", "", "");
        self.key(supplier, "MAYA_KEY", "sk_test_", &maya, "");
        self.key(supplier, "RESTRICTED_KEY", "rk_test_", &leo, reads);
        self.key(supplier, "NARROW_KEY", "rk_test_", &leo, "rak_charge_read");
        self.key(supplier, "MAYA_CLI_KEY", "rk_test_", &maya, reads);
        let secret = self.secret(format!("{upper}_STRIPE_ORG_KEY"), "sk_org_test_", 99);
        let key = Credential::new(ORG_KEY, &format!("mk_1{upper}ORG"), &secret).of(OURS);
        self.issue(key.supplier(Some(supplier)));
        self.platform(supplier);

        let endpoint = format!("we_1{upper}HOOK");
        let url = format!("https://hooks.{}.example/stripe", supplier.lower());
        let hook = Credential::new(ENDPOINT, &endpoint, "").of(OURS).supplier(Some(supplier));
        self.issue(hook.with("url", url));
        let secret = self.secret(format!("{upper}_STRIPE_WEBHOOK_SECRET"), "whsec_", 32);
        let signing = Credential::new(SIGNING, &endpoint, &secret).of(OURS);
        self.issue(signing.supplier(Some(supplier)));
    }

    /// Makes the supplier's own platform account and connects it to ours.
    fn platform(&mut self, supplier: Supplier) {
        let upper = supplier.upper();
        let home = format!("acct_1{upper}PLATFORM");
        let client = format!("ca_{upper}PLATFORM");
        let platform = Principal::new(ACCOUNT, &home, &supplier.email("billing")).of(supplier);
        self.stripe.kernel.add(platform.with("client_id", client.as_str()));
        self.variables.insert(format!("{upper}_STRIPE_CLIENT_ID"), client.clone());
        let secret = self.secret(format!("{upper}_STRIPE_PLATFORM_KEY"), "sk_test_", 99);
        let key = Credential::new(KEY, &format!("mk_1{upper}PLATFORM"), &secret).of(&home);
        self.issue(key.supplier(Some(supplier)));
        let pair = format!("{home}|{OURS}");
        let connection = Credential::new(CONNECTION, &home, &pair).of(OURS).client(&client);
        self.issue(connection.supplier(Some(supplier)));
        let access = self.secret(format!("{upper}_STRIPE_CONNECT_ACCESS"), "sk_test_", 99);
        let token = Credential::new(OAUTH, &format!("oauth-{upper}"), &access).of(OURS);
        self.issue(token.client(&client).supplier(Some(supplier)));
        let refresh = self.secret(format!("{upper}_STRIPE_CONNECT_REFRESH"), "rt_", 48);
        let token = Credential::new(REFRESH, &format!("oauth-{upper}"), &refresh).of(OURS);
        self.issue(token.client(&client).supplier(Some(supplier)));
    }
}
