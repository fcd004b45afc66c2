//! The organization's population: ours, and the same set for each supplier.

use std::time::{Duration, SystemTime};

use super::tokens::REFRESH_LIFETIME;
use super::{
    APP, APP_KEY, APP_USER, APPROVAL, CLIENT_SECRET, DEPLOY_KEY, FINE, Github, HOOK, INSTALLATION,
    INSTALLATION_TOKEN, INVITATION, MEMBERSHIP, OAUTH, ORG_GRANT, PAT, REFRESH, RUNNER, SECRET,
    SSO, USER, USER_KEY, pem,
};
use crate::identity::{Credential, INACTIVE, Principal};
use crate::platforms::{Platform, Urls, Variables};
use crate::population::{ALNUM, HEX, Supplier, secret};
use crate::times::iso;

/// The organization's owner, whose token the drill gets.
pub(super) const OWNER: &str = "9999";
/// How long the token of our own app is good here. Real ones live an hour and are minted anew by a
/// key that the drill would have to hold.
const OWN_APP: Duration = Duration::from_secs(48 * 3600);
const HOURS: Duration = Duration::from_secs(3600);

/// Makes the organization. No other server's address is needed.
pub(super) fn seed(_: &Urls, now: SystemTime) -> (Box<dyn Platform>, Variables) {
    let (github, variables) = organization(now);
    (Box::new(github), variables)
}

/// Makes the organization, as a value for the tests.
pub(super) fn organization(now: SystemTime) -> (Github, Variables) {
    let mut seeding = Seeding { github: Github::new(), variables: Variables::new(), now };
    seeding.ours();
    for supplier in Supplier::ALL {
        seeding.people(supplier);
        seeding.apps(supplier);
        seeding.things(supplier);
    }
    (seeding.github, seeding.variables)
}

struct Seeding {
    github: Github,
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
        self.github.kernel.issue(credential, self.now);
    }

    /// Adds a user and takes the user in.
    fn user(&mut self, id: &str, login: &str, email: &str, sort: &str, supplier: Option<Supplier>) {
        let mut user = Principal::new(USER, id, login).with("email", email);
        user.supplier = supplier;
        let admin = id == OWNER;
        user.data.insert("role".into(), if admin { "admin" } else { "member" }.into());
        if admin || login.ends_with("-maya") {
            user.data.insert("administers".into(), "yes".into());
        }
        self.github.kernel.add(user);
        self.issue(Credential::new(MEMBERSHIP, id, "").of(id).with("sort", sort));
    }

    /// Issues a classic token that single sign-on lets in.
    fn classic(&mut self, id: &str, owner: &str, secret: &str, scope: &str) {
        let token = Credential::new(PAT, id, secret).of(owner).scope(scope);
        self.issue(token.hidden_by(owner, INACTIVE));
        self.issue(Credential::new(SSO, id, "").of(owner));
    }

    fn ours(&mut self) {
        self.user(OWNER, "ours-admin", "admin@ours.example", "member", None);
        let token = self.secret("GITHUB_ADMIN_TOKEN".into(), "ghp_", 36, ALNUM);
        self.classic("500", OWNER, &token, "admin:org repo admin:public_key");
        self.app("300", "400", "ours-drill", None);
        let token = self.secret("GITHUB_ADMIN_APP_TOKEN".into(), "ghs_", 36, ALNUM);
        let token = Credential::new(INSTALLATION_TOKEN, "500", &token).of("inst/400");
        self.issue(token.client("app/300").with("may", "tokens").expires(self.now + OWN_APP));
    }

    fn people(&mut self, supplier: Supplier) {
        let id = |acme: u64| supplier.number(acme).to_string();
        let name = |what: &str| format!("{}_GITHUB_{what}", supplier.upper());
        for (number, who, sort) in [
            (9001, "maya", "member"),
            (9002, "leo", "outside_collaborator"),
            (9003, "sync", "member"),
        ] {
            let login = format!("{}-{who}", supplier.lower());
            self.user(&id(number), &login, &supplier.email(who), sort, Some(supplier));
        }
        let token = self.secret(name("MAYA_PAT"), "ghp_", 36, ALNUM);
        self.classic(&id(501), &id(9001), &token, "repo read:org admin:public_key");
        let token = self.secret(name("SYNC_PAT"), "ghp_", 36, ALNUM);
        self.classic(&id(502), &id(9003), &token, "repo");
        for (number, who, owner) in [(503, "MAYA", 9001), (504, "LEO", 9002)] {
            let token = self.secret(name(&format!("{who}_FINE_PAT")), "github_pat_", 82, ALNUM);
            let owner = id(owner);
            let fine = Credential::new(FINE, &id(number), &token).of(&owner);
            let fine = fine.with("name", format!("{} sync", supplier.lower()));
            self.issue(fine.expires(self.now + 365 * 24 * HOURS).hidden_by(&owner, INACTIVE));
            self.issue(Credential::new(ORG_GRANT, &id(number), "").of(&owner));
        }
        let key = format!("ssh-ed25519 AAAAC3Nz{}", secret(&name("SSH"), "", 60, ALNUM));
        self.issue(Credential::new(USER_KEY, &id(551), "").of(&id(9001)).with("key", key));
        self.issue(Credential::new(SSO, &id(551), "").of(&id(9001)));
        let email = supplier.email("new");
        let pending = Credential::new(INVITATION, &id(601), "").supplier(Some(supplier));
        self.issue(pending.with("email", email).expires(self.now + 7 * 24 * HOURS));
    }

    fn app(&mut self, app: &str, installation: &str, slug: &str, supplier: Option<Supplier>) {
        let client = format!("Iv23li{}{app}", slug.replace('-', ""));
        let mut principal = Principal::new(APP, &format!("app/{app}"), slug)
            .with("client", client.as_str())
            .with("owner", slug.split('-').next().unwrap_or(slug));
        principal.supplier = supplier;
        self.github.kernel.add(principal);
        let id = format!("inst/{installation}");
        let mut principal = Principal::new(INSTALLATION, &id, slug)
            .with("app", format!("app/{app}"))
            .with("client", client.as_str())
            .with("created_at", iso(self.now));
        principal.supplier = supplier;
        self.github.kernel.add(principal);
    }

    fn apps(&mut self, supplier: Supplier) {
        let id = |acme: u64| supplier.number(acme).to_string();
        let name = |what: &str| format!("{}_GITHUB_{what}", supplier.upper());
        let slug = format!("{}-bridge", supplier.lower());
        self.app(&id(301), &id(401), &slug, Some(supplier));
        let (app, maya) = (format!("app/{}", id(301)), id(9001));
        let client = format!("Iv23li{}{}", slug.replace('-', ""), id(301));
        self.variables.insert(name("APP_ID"), id(301));
        self.variables.insert(name("CLIENT_ID"), client.clone());
        self.variables.insert(name("APP_KEY"), pem::private_key(supplier));
        self.issue(Credential::new(APP_KEY, &id(301), "").of(&app));
        let value = self.secret(name("CLIENT_SECRET"), "", 40, HEX);
        let credential = Credential::new(CLIENT_SECRET, &id(301), &value).client(&client);
        self.issue(credential.supplier(Some(supplier)));
        let value = self.secret(name("INSTALLATION_TOKEN"), "ghs_", 36, ALNUM);
        let installation = format!("inst/{}", id(401));
        let token = Credential::new(INSTALLATION_TOKEN, &id(511), &value).of(&installation);
        let token = token.client(&app).expires(self.now + super::apps::LIFETIME);
        self.issue(token.hidden_by(&installation, INACTIVE));
        let value = self.secret(name("MAYA_APP_USER"), "ghu_", 36, ALNUM);
        let token = Credential::new(APP_USER, &id(512), &value).of(&maya).client(&client);
        self.issue(token.expires(self.now + 8 * HOURS).hidden_by(&maya, INACTIVE));
        let value = self.secret(name("MAYA_APP_REFRESH"), "ghr_", 76, ALNUM);
        let token = Credential::new(REFRESH, &id(513), &value).of(&maya).client(&client);
        self.issue(token.expires(self.now + REFRESH_LIFETIME).hidden_by(&maya, INACTIVE));

        let oauth = format!("Ov23li{}oauth", supplier.lower());
        let leo = id(9002);
        self.variables.insert(name("OAUTH_CLIENT_ID"), oauth.clone());
        let value = self.secret(name("OAUTH_CLIENT_SECRET"), "", 40, HEX);
        let credential = Credential::new(CLIENT_SECRET, &oauth, &value).client(&oauth);
        self.issue(credential.supplier(Some(supplier)));
        let value = self.secret(name("LEO_OAUTH"), "gho_", 36, ALNUM);
        let token = Credential::new(OAUTH, &id(514), &value).of(&leo).client(&oauth);
        self.issue(token.scope("repo read:org").hidden_by(&leo, INACTIVE));
        self.issue(Credential::new(APPROVAL, &oauth, "").supplier(Some(supplier)));
    }

    /// Adds what belongs to the organization or the repository, whoever brought it.
    fn things(&mut self, supplier: Supplier) {
        let id = |acme: u64| supplier.number(acme).to_string();
        let lower = supplier.lower();
        for (number, title, made_with) in [(701, "by-pat", id(501)), (702, "by-app", id(511))] {
            let key = Credential::new(DEPLOY_KEY, &id(number), "").supplier(Some(supplier));
            let value = format!("ssh-ed25519 AAAAC3Nz{}", secret(&id(number), "", 60, ALNUM));
            let key = key.with("title", format!("{lower}-{title}")).with("key", value);
            let key = key.with("read_only", false).with("added_by", format!("{lower}-maya"));
            self.issue(key.with("made_with", made_with));
        }
        let url = format!("https://hooks.{lower}.example/github");
        let hook = Credential::new(HOOK, &id(801), "").supplier(Some(supplier));
        self.issue(hook.with("config", serde_json::json!({"url": url})).with("active", true));
        let runner = Credential::new(RUNNER, &id(811), "").supplier(Some(supplier));
        self.issue(runner.with("name", format!("runner.{lower}.example")).with("status", "online"));
        let secret = format!("{}_TOKEN", supplier.upper());
        self.issue(Credential::new(SECRET, &secret, "").supplier(Some(supplier)));
    }
}
