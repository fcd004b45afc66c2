//! The bundled population of the organisation.

use std::time::{Duration, SystemTime};

use super::{
    ACCOUNT, API_TOKEN, APP, Atlassian, CLIENT_SECRET, CUSTOMER, GRANT, ORG_KEY, PORTAL, SCIM,
    SCOPED_TOKEN, SEAT, SESSION,
};
use crate::identity::{Credential, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, Supplier, URL_SAFE, secret};

/// The most a new token may live.
const YEAR: Duration = Duration::from_secs(365 * 86_400);
/// The session policy: long, so that no bystander's session ends by its age within a watch.
const SESSION_LIFE: Duration = Duration::from_secs(30 * 86_400);

impl Atlassian {
    /// Makes the organisation and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let kernel = Kernel::new("jira-service-management");
        let mut atlassian = Self { kernel, events: Vec::new() };
        let mut variables = Variables::new();
        let prefix = "JIRA_SERVICE_MANAGEMENT_ADMIN";
        atlassian.person("account-OURSADMIN", "admin@ours.example", None, "managed");
        if let Some(admin) = atlassian.kernel.principal_mut("account-OURSADMIN") {
            admin.data.insert("role".into(), "admin".into());
        }
        let token = secret(&format!("{prefix}_TOKEN"), "ATATT3", 180, URL_SAFE);
        atlassian.token(API_TOKEN, "token-OURSADMIN", &token, "account-OURSADMIN", now);
        let key = secret(&format!("{prefix}_ORG_KEY"), "ATCTT3xFfG", 180, URL_SAFE);
        atlassian.kernel.issue(Credential::new(ORG_KEY, "key-OURSADMIN", &key), now);
        variables.insert(format!("{prefix}_EMAIL"), "admin@ours.example".into());
        variables.insert(format!("{prefix}_TOKEN"), token);
        variables.insert(format!("{prefix}_ORG_KEY"), key);
        for supplier in Supplier::ALL {
            atlassian.seed_supplier(supplier, &mut variables, now);
        }
        (atlassian, variables)
    }

    fn person(&mut self, id: &str, email: &str, supplier: Option<Supplier>, domain: &str) {
        let mut account = Principal::new(ACCOUNT, id, email).with("domain", domain);
        let mut seat = Principal::new(SEAT, &format!("seat:{id}"), email);
        if let Some(supplier) = supplier {
            account = account.of(supplier).with("home", format!("cloud-{}HOME", supplier.upper()));
            seat = seat.of(supplier);
        }
        self.kernel.add(account);
        self.kernel.add(seat);
    }

    fn token(&mut self, kind: &'static str, id: &str, value: &str, account: &str, now: SystemTime) {
        let token = Credential::new(kind, id, value)
            .of(account)
            .with("label", id)
            .expires(now + YEAR)
            .hidden_by(account, INACTIVE);
        self.kernel.issue(token, now);
    }

    fn seed_supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let up = supplier.upper();
        let name = |what: &str| format!("{up}_JIRA_SERVICE_MANAGEMENT_{what}");
        let mut make = |what: &str, prefix: &str, length: usize| {
            let value = secret(&name(what), prefix, length, URL_SAFE);
            variables.insert(name(what), value.clone());
            value
        };
        let id = |who: &str| format!("account-{up}{who}");
        let (maya, leo, sync) = (id("MAYA"), id("LEO"), id("SYNC"));
        self.person(&maya, &supplier.email("maya"), Some(supplier), "managed");
        self.person(&leo, &supplier.email("leo"), Some(supplier), "external");
        self.person(&sync, &supplier.email("sync"), Some(supplier), "managed");
        let tokens = [
            ("MAYA_API_TOKEN", API_TOKEN, &maya, "MAYA"),
            ("MAYA_SCOPED_TOKEN", SCOPED_TOKEN, &maya, "MAYASCOPED"),
            ("LEO_API_TOKEN", API_TOKEN, &leo, "LEO"),
            ("SYNC_TOKEN", SCOPED_TOKEN, &sync, "SYNC"),
        ];
        for (what, kind, account, id) in tokens {
            let value = make(what, "ATATT3", 180);
            self.token(kind, &format!("token-{up}{id}"), &value, account, now);
        }
        let value = make("ORG_API_KEY", "ATCTT3xFfG", 180);
        let key = Credential::new(ORG_KEY, &format!("key-{up}1"), &value).expires(now + YEAR);
        self.kernel.issue(key.supplier(Some(supplier)), now);
        let value = make("SCIM_TOKEN", "ATSC", 60);
        let token = Credential::new(SCIM, &format!("scim-{up}1"), &value);
        let token = token.with("directory", format!("directory-{up}"));
        self.kernel.issue(token.supplier(Some(supplier)), now);
        let value = make("MAYA_SESSION", "eyJ", 120);
        let session = Credential::new(SESSION, &format!("session-{up}MAYA"), &value).of(&maya);
        let session = session.expires(now + SESSION_LIFE).hidden_by(&maya, INACTIVE);
        self.kernel.issue(session, now);

        // The twin of maya's account: same address, another login.
        let customer = format!("qm:{up}MAYA");
        let twin = Principal::new(CUSTOMER, &customer, &supplier.email("maya")).of(supplier);
        self.kernel.add(twin);
        let value = make("PORTAL_SESSION", "eyJ", 120);
        let session = Credential::new(PORTAL, &customer, &value).of(&customer);
        let session = session.expires(now + SESSION_LIFE).hidden_by(&customer, INACTIVE);
        self.kernel.issue(session, now);

        let app = secret(&name("CLIENT_ID"), up, 20, ALNUM);
        self.kernel.add(Principal::new(APP, &app, &app).of(supplier));
        let robot = secret(&name("SYNC_CLIENT_ID"), up, 20, ALNUM);
        let principal = Principal::new(APP, &robot, &robot).of(supplier);
        self.kernel.add(principal.with("account", sync.as_str()));
        for (what, id) in [("CLIENT_SECRET", &app), ("SYNC_CLIENT_SECRET", &robot)] {
            let value = make(what, "ATOA", 60);
            self.kernel.issue(Credential::new(CLIENT_SECRET, id, &value).of(id), now);
        }
        for (account, who) in [(&maya, "MAYA"), (&leo, "LEO")] {
            let grant = format!("grant-{up}{who}");
            let stored = Credential::new(GRANT, &grant, "").of(account).client(&app);
            self.kernel.issue(stored, now);
            let value = make(&format!("{who}_REFRESH"), "eyJ", 120);
            self.issue_refresh(&value, (account, &app), (&grant, &grant), now);
        }
        let grant = format!("grant-{up}MAYA");
        let access = self.issue_access(&maya, &app, Some(&grant), now);
        variables.insert(name("MAYA_ACCESS"), access);
        let access = self.issue_access(&sync, &robot, None, now);
        variables.insert(name("SYNC_ACCESS"), access);
        variables.insert(name("CLIENT_ID"), app);
        variables.insert(name("SYNC_CLIENT_ID"), robot);
    }
}
