//! The instance's population: ours, and the same set for each supplier.

use std::time::{Duration, SystemTime};

use super::oauth::{LIFETIME, pair_half};
use super::{
    ACCESS, ADMIN, APP_SECRET, APPLICATION, DEPLOY_KEY, DEPLOY_TOKEN, FEED, GROUP_TOKEN, Gitlab,
    HOOK, IMPERSONATION, MEMBERSHIP, PASSWORD, PAT, PROJECT_TOKEN, REFRESH, RUNNER, TRIGGER, USER,
};
use crate::identity::{Credential, GONE, INACTIVE, Principal};
use crate::platforms::{Platform, Urls, Variables};
use crate::population::{ALNUM, HEX, Supplier, URL_SAFE, secret};

/// When the population's tokens end.
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// Makes the instance. No other server's address is needed.
pub(super) fn seed(_: &Urls, now: SystemTime) -> (Box<dyn Platform>, Variables) {
    let (gitlab, variables) = instance(now);
    (Box::new(gitlab), variables)
}

/// Makes the instance, as a value for the tests.
pub(super) fn instance(now: SystemTime) -> (Gitlab, Variables) {
    let mut seeding = Seeding { gitlab: Gitlab::new(), variables: Variables::new(), now };
    seeding.user(ADMIN, "ours-admin", "admin@ours.example", None, &[("admin", "yes")]);
    seeding.token(PAT, "GITLAB_ADMIN_TOKEN".into(), "500", ADMIN, "api");
    for supplier in Supplier::ALL {
        seeding.people(supplier);
        seeding.things(supplier);
    }
    (seeding.gitlab, seeding.variables)
}

struct Seeding {
    gitlab: Gitlab,
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
        self.gitlab.issue(credential, self.now);
    }

    fn user(
        &mut self,
        id: &str,
        login: &str,
        email: &str,
        supplier: Option<Supplier>,
        more: &[(&str, &str)],
    ) {
        let mut user = Principal::new(USER, id, login).with("email", email);
        user.supplier = supplier;
        for (name, value) in more {
            user.data.insert((*name).to_owned(), (*value).into());
        }
        self.gitlab.kernel.add(user);
        self.issue(Credential::new(MEMBERSHIP, id, "").of(id));
    }

    fn token(&mut self, kind: &'static str, name: String, id: &str, owner: &str, scope: &str) {
        let label = name.to_lowercase().replace('_', "-");
        let value = self.secret(name, "glpat-", 20, URL_SAFE);
        let token = Credential::new(kind, id, &value).of(owner).grant(id).scope(scope);
        let token = token.with("name", label).expires(self.now + YEAR);
        self.issue(token.hidden_by(owner, INACTIVE));
    }

    fn people(&mut self, supplier: Supplier) {
        let id = |acme: u64| supplier.number(acme).to_string();
        let name = |what: &str| format!("{}_GITLAB_{what}", supplier.upper());
        let lower = supplier.lower();
        // Only somebody who has not been seen for 90 days can be deactivated.
        for (number, who, more) in [
            (9001, "maya", [("bot", "")]),
            (9002, "leo", [("dormant", "yes")]),
            (9003, "sync", [("service", "yes")]),
            (9004, "support-eu", [("bot", "")]),
            (9005, "project-bot", [("bot", "yes")]),
            (9006, "group-bot", [("bot", "yes")]),
        ] {
            let login = format!("{lower}-{who}");
            self.user(&id(number), &login, &supplier.email(who), Some(supplier), &more);
        }
        self.token(PAT, name("MAYA_PAT"), &id(501), &id(9001), "api");
        self.token(PAT, name("LEO_PAT"), &id(502), &id(9002), "read_repository");
        self.token(PAT, name("SYNC_PAT"), &id(503), &id(9003), "api self_rotate");
        self.token(IMPERSONATION, name("MAYA_IMPERSONATION"), &id(504), &id(9001), "api");
        self.token(PROJECT_TOKEN, name("PROJECT_TOKEN"), &id(505), &id(9005), "api");
        self.token(GROUP_TOKEN, name("GROUP_TOKEN"), &id(506), &id(9006), "api");
        for (number, who) in [(9001, "MAYA"), (9004, "SUPPORT_EU")] {
            let owner = id(number);
            let value = self.secret(name(&format!("{who}_PASSWORD")), "", 20, ALNUM);
            let password = Credential::new(PASSWORD, &owner, &value).of(&owner);
            self.issue(password.hidden_by(&owner, INACTIVE));
        }
        let maya = id(9001);
        let value = self.secret(name("MAYA_FEED_TOKEN"), "glft-", 20, URL_SAFE);
        let feed = Credential::new(FEED, &maya, &value).of(&maya);
        self.issue(feed.hidden_by(&maya, INACTIVE));

        let client = secret(&name("APP_ID"), "", 64, HEX);
        self.variables.insert(name("APP_ID"), client.clone());
        let app = Principal::new(APPLICATION, &client, &format!("{lower}-bridge")).of(supplier);
        self.gitlab.kernel.add(app.with("number", id(301)));
        let value = self.secret(name("APP_SECRET"), "gloas-", 64, HEX);
        let credential = Credential::new(APP_SECRET, &id(301), &value).client(&client);
        self.issue(credential.hidden_by(&client, GONE));
        let value = self.secret(name("MAYA_ACCESS"), "", 64, HEX);
        let token = pair_half(ACCESS, &id(511), &value, &maya, &client, "api");
        self.issue(token.expires(self.now + LIFETIME));
        let value = self.secret(name("MAYA_REFRESH"), "", 64, HEX);
        self.issue(pair_half(REFRESH, &id(511), &value, &maya, &client, "api"));
    }

    /// Adds what belongs to the projects, whoever made it.
    fn things(&mut self, supplier: Supplier) {
        let id = |acme: u64| supplier.number(acme).to_string();
        let name = |what: &str| format!("{}_GITLAB_{what}", supplier.upper());
        let lower = supplier.lower();
        let value = self.secret(name("DEPLOY_TOKEN"), "gldt-", 20, URL_SAFE);
        let username = format!("gitlab+deploy-token-{}", id(601));
        self.variables.insert(name("DEPLOY_USER"), username.clone());
        let token = Credential::new(DEPLOY_TOKEN, &id(601), &value).supplier(Some(supplier));
        let token = token.with("name", format!("{lower}-deploy")).with("username", username);
        self.issue(token.with("projects", "1"));
        let key = format!("ssh-ed25519 AAAAC3Nz{}", secret(&name("KEY"), "", 60, ALNUM));
        let deploy = Credential::new(DEPLOY_KEY, &id(701), "").supplier(Some(supplier));
        let deploy = deploy.with("title", format!("{lower}-key")).with("key", key);
        self.issue(deploy.with("projects", "1 2"));
        // A trigger acts with its maker's rights, but is not documented to go when the maker does.
        let value = self.secret(name("TRIGGER_TOKEN"), "glptt-", 40, HEX);
        let trigger = Credential::new(TRIGGER, &id(711), &value).of(&id(9001));
        self.issue(trigger.with("description", format!("{lower}-ci")).with("projects", "1"));
        let value = self.secret(name("RUNNER_TOKEN"), "glrt-", 20, URL_SAFE);
        let runner = Credential::new(RUNNER, &id(721), &value).supplier(Some(supplier));
        self.issue(runner.with("description", format!("runner.{lower}.example")));
        let hook = Credential::new(HOOK, &id(731), "").supplier(Some(supplier));
        let url = format!("https://hooks.{lower}.example/gitlab");
        self.issue(hook.with("url", url).with("projects", "1"));
    }
}
