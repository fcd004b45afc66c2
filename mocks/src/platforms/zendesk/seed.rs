//! The account's population: ours, and the same set for each supplier.

use std::time::{Duration, SystemTime};

use super::access::IDLE;
use super::clients::DEFAULT_LIFETIME;
use super::exchange::REFRESH_LIFETIME;
use super::{
    ACCESS, ADMIN, API_TOKEN, API_TOKEN_ACCESS, CLIENT, CLIENT_SECRET, PASSWORD, REFRESH, SESSION,
    USER, Zendesk,
};
use crate::identity::{Credential, GONE, INACTIVE, Principal, State};
use crate::platforms::{Platform, Urls, Variables};
use crate::population::{ALNUM, HEX, Supplier, URL_SAFE, secret};
use crate::times::iso;

/// The longest life an administrator can give an access token; so a day-long watch of a bystander
/// is not cut short by old age.
const LONG_LIFETIME: Duration = Duration::from_secs(48 * 3600);
/// A session is its user's, but only deletion is documented to end it: see the module's page.
const DELETED: &[State] = &[State::Deleted];

/// Makes the account. No other server's address is needed.
pub(super) fn seed(_: &Urls, now: SystemTime) -> (Box<dyn Platform>, Variables) {
    let (zendesk, variables) = account(now);
    (Box::new(zendesk), variables)
}

/// Makes the account, as a value for the tests.
pub(super) fn account(now: SystemTime) -> (Zendesk, Variables) {
    let mut seeding = Seeding { zendesk: Zendesk::new(), variables: Variables::new(), now };
    seeding.ours();
    for supplier in Supplier::ALL {
        seeding.supplier(supplier);
    }
    (seeding.zendesk, seeding.variables)
}

struct Seeding {
    zendesk: Zendesk,
    variables: Variables,
    now: SystemTime,
}

impl Seeding {
    /// Gives a secret and, under its name, hands it out.
    fn secret(&mut self, name: String, length: usize, alphabet: &[u8]) -> String {
        let value = secret(&name, "", length, alphabet);
        self.variables.insert(name, value.clone());
        value
    }

    fn user(&mut self, id: &str, login: &str, role: &str, supplier: Option<Supplier>) {
        let mut user = Principal::new(USER, id, login)
            .with("role", role)
            .with("created_at", iso(self.now))
            .with("updated_at", iso(self.now));
        user.supplier = supplier;
        self.zendesk.kernel.add(user);
    }

    fn client(&mut self, id: &str, identifier: &str, owner: &str, supplier: Option<Supplier>) {
        let mut client = Principal::new(CLIENT, id, identifier)
            .with("kind", "confidential")
            .with("user_id", owner)
            .with("created_at", iso(self.now));
        client.supplier = supplier;
        self.zendesk.kernel.add(client);
    }

    /// Gives a client a secret, so that it can be proven and renewed.
    fn client_secret(&mut self, client: &str, secret: &str) {
        let secret = Credential::new(CLIENT_SECRET, client, secret).of(client);
        self.issue(secret.hidden_by(client, GONE));
    }

    fn issue(&mut self, credential: Credential) {
        self.zendesk.kernel.issue(credential, self.now);
    }

    fn ours(&mut self) {
        let switch = Principal::new("setting", API_TOKEN_ACCESS, API_TOKEN_ACCESS);
        self.zendesk.kernel.add(switch);
        self.user(ADMIN, "admin@ours.example", "admin", None);
        self.user("9900", "nina@ours.example", "agent", None);
        self.client("300", "ours-drill", ADMIN, None);
        self.client_secret("300", &secret("OURS_ZENDESK_CLIENT_SECRET", "", 64, HEX));
        let token = self.secret("ZENDESK_ADMIN_TOKEN".into(), 64, HEX);
        let admin = access("600", &token, ADMIN, "300").scope("read write");
        self.issue(admin);
    }

    fn supplier(&mut self, supplier: Supplier) {
        let id = |acme: u64| supplier.number(acme).to_string();
        let name = |what: &str| format!("{}_ZENDESK_{what}", supplier.upper());
        let people = [(9001, "maya"), (9002, "leo"), (9003, "sync"), (9004, "support-eu")];
        for (number, login) in people {
            self.user(&id(number), &supplier.email(login), "agent", Some(supplier));
        }
        let (legacy, bridge) = (id(301), id(302));
        let identifier = |what: &str| format!("{}-{what}", supplier.lower());
        self.client(&legacy, &identifier("legacy"), &id(9003), Some(supplier));
        self.client(&bridge, &identifier("bridge"), &id(9003), Some(supplier));
        if let Some(bridge) = self.zendesk.kernel.principal_mut(&bridge) {
            bridge.data.insert("lifetime".into(), DEFAULT_LIFETIME.into());
        }

        self.shared_login(supplier, &id(9004), &id(7004));
        let token = self.secret(name("API_TOKEN"), 40, URL_SAFE);
        let token = Credential::new(API_TOKEN, &id(501), &token).supplier(Some(supplier));
        self.issue(token.hidden_by(API_TOKEN_ACCESS, INACTIVE));

        let token = self.secret(name("LEGACY_ACCESS"), 64, HEX);
        self.issue(access(&id(601), &token, &id(9003), &legacy).scope("read write"));
        let long = self.now + LONG_LIFETIME;
        let token = self.secret(name("LEO_ACCESS"), 64, HEX);
        self.issue(access(&id(602), &token, &id(9002), &bridge).scope("read write").expires(long));
        let token = self.secret(name("MAYA_ACCESS"), 64, HEX);
        self.issue(access(&id(603), &token, &id(9001), &bridge).scope("read write").expires(long));

        // The access token of the pair is nobody's variable: only its row in the listing shows it.
        let sibling = secret(&name("MAYA_PAIR"), "", 64, HEX);
        let short = self.now + Duration::from_secs(DEFAULT_LIFETIME);
        let sibling = access(&id(604), &sibling, &id(9001), &bridge).scope("read write");
        self.issue(sibling.expires(short));
        let token = self.secret(name("MAYA_REFRESH"), 64, HEX);
        let refresh = oauth(REFRESH, &id(604), &token, &id(9001), &bridge).scope("read write");
        self.issue(refresh.expires(self.now + REFRESH_LIFETIME));

        let token = self.secret(name("CLIENT_SECRET"), 64, HEX);
        self.client_secret(&bridge, &token);
        self.client_secret(&legacy, &secret(&name("LEGACY_CLIENT_SECRET"), "", 64, HEX));
    }

    fn shared_login(&mut self, supplier: Supplier, user: &str, session: &str) {
        let name = |what: &str| format!("{}_ZENDESK_{what}", supplier.upper());
        let password = self.secret(name("SHARED_PASSWORD"), 20, ALNUM);
        let password = Credential::new(PASSWORD, user, &password).of(user);
        self.issue(password.hidden_by(user, INACTIVE));
        let cookie = self.secret(name("SHARED_SESSION"), 64, ALNUM);
        let session = Credential::new(SESSION, session, &cookie).of(user);
        self.issue(session.expires(self.now + IDLE).hidden_by(user, DELETED));
    }
}

fn access(id: &str, token: &str, user: &str, client: &str) -> Credential {
    oauth(ACCESS, id, token, user, client)
}

/// A token of a user and a client: vendor staff say that a disabled user's OAuth access goes too.
fn oauth(kind: &'static str, id: &str, token: &str, user: &str, client: &str) -> Credential {
    Credential::new(kind, id, token)
        .of(user)
        .client(client)
        .grant(id)
        .hidden_by(user, INACTIVE)
        .hidden_by(client, GONE)
}
