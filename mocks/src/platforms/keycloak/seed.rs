//! The bundled population of the realm.

use std::time::{Duration, SystemTime};

use super::tokens::Bearer;
use super::{
    ACCESS, CLIENT, INITIAL, Keycloak, LINK, MANAGING, PASSWORD, SESSION, SESSION_IDLE, USER,
};
use crate::identity::{Credential, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, Supplier, URL_SAFE, secret};

const YEARS: Duration = Duration::from_secs(10 * 365 * 86_400);
const SCOPE: &str = "openid profile email";

impl Keycloak {
    /// Makes the realm and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let kernel = Kernel::new("keycloak");
        let mut keycloak =
            Self { kernel, events: Vec::new(), admin_events: Vec::new(), fixed: false };
        let mut variables = Variables::new();
        let id = "client-OURSADMIN";
        let admin = Principal::new(CLIENT, id, "ours-admin").with("role", "realm-admin");
        keycloak.kernel.add(admin);
        let value = secret("KEYCLOAK_ADMIN_CLIENT_SECRET", "", 32, ALNUM);
        keycloak.issue_secret(id, &value, now);
        let bearer = Bearer { owner: id, client: id, session: None, offline: false, scope: SCOPE };
        let token = keycloak.issue_access(bearer, now);
        if let Some(key) = keycloak.kernel.lookup(ACCESS, &token) {
            // Renewing the operator's own token is not what a drill tests.
            let stored = keycloak.kernel.credential_mut(key);
            stored.expires = Some(now + YEARS);
            stored.data.insert("managing".into(), true.into());
        }
        variables.insert("KEYCLOAK_ADMIN_TOKEN".into(), token);
        variables.insert("KEYCLOAK_ADMIN_CLIENT_ID".into(), "ours-admin".into());
        variables.insert("KEYCLOAK_ADMIN_CLIENT_SECRET".into(), value);
        variables.insert("KEYCLOAK_REALM".into(), "ours".into());
        for supplier in Supplier::ALL {
            keycloak.seed_client(supplier, &mut variables, now);
            keycloak.seed_people(supplier, &mut variables, now);
        }
        (keycloak, variables)
    }

    fn seed_client(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let (up, lower) = (supplier.upper(), supplier.lower());
        let name = |what: &str| format!("{up}_KEYCLOAK_{what}");
        let (id, login) = (format!("client-{up}BRIDGE"), format!("{lower}-bridge"));
        self.kernel.add(Principal::new(CLIENT, &id, &login).of(supplier));
        let value = secret(&name("CLIENT_SECRET"), "", 32, ALNUM);
        self.issue_secret(&id, &value, now);
        variables.insert(name("CLIENT_SECRET"), value);
        variables.insert(name("CLIENT_ID"), login);
        let bearer =
            Bearer { owner: &id, client: &id, session: None, offline: false, scope: SCOPE };
        variables.insert(name("SYNC_ACCESS"), self.issue_access(bearer, now));
        let value = secret(&name("INITIAL_ACCESS"), "eyJ", 120, URL_SAFE);
        let stored = Credential::new(INITIAL, &format!("initial-{up}"), &value);
        self.kernel.issue(stored.supplier(Some(supplier)), now);
        variables.insert(name("INITIAL_ACCESS"), value);
        let value = secret(&name("REGISTRATION_ACCESS"), "eyJ", 120, URL_SAFE);
        let stored = Credential::new(MANAGING, &format!("registration-{up}"), &value);
        self.kernel.issue(stored.client(&id), now);
        variables.insert(name("REGISTRATION_ACCESS"), value);
    }

    fn seed_people(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let up = supplier.upper();
        let name = |what: &str| format!("{up}_KEYCLOAK_{what}");
        let client = format!("client-{up}BRIDGE");
        for (who, login) in [("MAYA", "maya"), ("LEO", "leo"), ("SHARED", "support-eu")] {
            let id = format!("user-{up}{who}");
            self.kernel.add(Principal::new(USER, &id, &supplier.email(login)).of(supplier));
            let password = secret(&name(&format!("{who}_PASSWORD")), "Pw-", 18, ALNUM);
            self.kernel.issue(Credential::new(PASSWORD, &id, &password).of(&id), now);
            let cookie = secret(&name(&format!("{who}_SESSION")), "eyJ", 90, URL_SAFE);
            let session = format!("session-{up}{who}");
            let stored = Credential::new(SESSION, &session, &cookie)
                .of(&id)
                .with("client", client.as_str())
                .expires(now + SESSION_IDLE);
            self.kernel.issue(stored, now);
            let mut bearer = Bearer {
                owner: &id,
                client: &client,
                session: Some(&session),
                offline: false,
                scope: SCOPE,
            };
            let (refresh, access) =
                (self.issue_refresh(bearer, now), self.issue_access(bearer, now));
            variables.insert(name(&format!("{who}_REFRESH")), refresh);
            variables.insert(name(&format!("{who}_ACCESS")), access);
            variables.insert(name(&format!("{who}_PASSWORD")), password);
            variables.insert(name(&format!("{who}_SESSION")), cookie);
            if who != "SHARED" {
                self.open_offline(&session, &id, &client, now);
                bearer.offline = true;
                bearer.scope = "openid profile email offline_access";
                let offline = self.issue_refresh(bearer, now);
                let access = self.issue_access(bearer, now);
                variables.insert(name(&format!("{who}_OFFLINE")), offline);
                variables.insert(name(&format!("{who}_OFFLINE_ACCESS")), access);
                let link = Credential::new(LINK, &format!("link-{up}{who}"), "")
                    .of(&id)
                    .with("provider", "corporate")
                    .with("remote", supplier.email(login));
                self.kernel.issue(link, now);
            }
        }
    }
}
