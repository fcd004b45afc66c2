//! The bundled population of the org.

use std::time::SystemTime;

use super::token::Granted;
use super::{
    ACCESS, ADMIN, APP, CERTIFICATE, ENTITY_ACCESS, IDLE, PACKAGE, SECRET, Salesforce, USER,
    USER_LOGIN,
};
use crate::identity::{Credential, GONE, Principal};
use crate::platforms::{Urls, Variables};
use crate::population::{ALNUM, HEX, Supplier, URL_SAFE, secret};
use crate::times::iso;

/// Private keys of the apps' certificates, made for this population and good for nothing else.
const KEYS: [&str; 2] = [include_str!("keys/acme.pem"), include_str!("keys/globex.pem")];
const SESSION_PREFIX: &str = "00DOURS00000001!AQ";
const APP_SCOPE: &str = "api id refresh_token";

/// Gives an object's id: prefix, supplier and what it is, padded to 18 characters.
pub(super) fn id(prefix: &str, supplier: Supplier, what: &str) -> String {
    format!("{prefix}{:0<8}{what:0<4}AAA", supplier.upper())
}

/// Fills in one supplier.
struct Seeding<'a> {
    org: &'a mut Salesforce,
    variables: &'a mut Variables,
    supplier: Supplier,
    now: SystemTime,
}

impl Salesforce {
    /// Makes the org and gives every secret in it by variable.
    pub(super) fn seeded(urls: &Urls, now: SystemTime) -> (Self, Variables) {
        let mut org = Self::new(urls);
        let mut variables = Variables::new();
        let admin = Principal::new(USER, ADMIN, "admin@ours.example")
            .with("type", "Standard")
            .with("profile", "admin")
            .with("email", "admin@ours.example")
            .with("created", iso(now));
        org.kernel.add(admin);
        let value = secret("SALESFORCE_ADMIN_TOKEN", SESSION_PREFIX, 94, URL_SAFE);
        let token = Credential::new(ACCESS, "0AkOURS0000ADMNAAA", &value)
            .of(ADMIN)
            .scope("api id full")
            .with("type", "Oauth2")
            .expires(now + IDLE);
        org.kernel.issue(token, now);
        variables.insert("SALESFORCE_ADMIN_TOKEN".into(), value);
        for supplier in Supplier::ALL {
            Seeding { org: &mut org, variables: &mut variables, supplier, now }.all();
        }
        (org, variables)
    }
}

impl Seeding<'_> {
    fn name(&self, what: &str) -> String {
        format!("{}_SALESFORCE_{what}", self.supplier.upper())
    }

    fn secret(&mut self, what: &str, prefix: &str, length: usize, alphabet: &[u8]) -> String {
        let value = secret(&self.name(what), prefix, length, alphabet);
        self.put(what, value.clone());
        value
    }

    fn put(&mut self, what: &str, value: String) {
        self.variables.insert(self.name(what), value);
    }

    fn id(&self, prefix: &str, what: &str) -> String {
        id(prefix, self.supplier, what)
    }

    fn all(&mut self) {
        let people = [
            ("MAYA", "maya", "Standard"),
            ("LEO", "leo", "Standard"),
            ("SYNC", "sync", "Standard"),
            ("SUEU", "support-eu", "Standard"),
            ("PART", "partner", "PowerPartner"),
            ("DUTY", "duty", "Standard"),
        ];
        for (what, login, kind) in people {
            let email = self.supplier.email(login);
            let user = Principal::new(USER, &self.id("005", what), &email)
                .of(self.supplier)
                .with("type", kind)
                .with("profile", "supplier")
                .with("email", email.as_str())
                .with("created", iso(self.now))
                .with("default_owner", if what == "DUTY" { "yes" } else { "" });
            self.org.kernel.add(user);
            let login = Principal::new(USER_LOGIN, &self.id("0Yw", what), &self.id("005", what));
            self.org.kernel.add(login.of(self.supplier));
        }
        self.passwords();
        self.app("BRDG", "bridge", "CLIENT", &[("run_as", "SYNC")]);
        self.app("MOBL", "mobile", "MOBILE", &[]);
        self.certificate();
        self.tokens();
    }

    fn passwords(&mut self) {
        for (what, variable) in
            [("SUEU", "SHARED"), ("MAYA", "MAYA"), ("SYNC", "SYNC"), ("PART", "PARTNER")]
        {
            let password = self.secret(&format!("{variable}_PASSWORD"), "Pw-", 17, ALNUM);
            let token = self.secret(&format!("{variable}_SECURITY_TOKEN"), "", 24, ALNUM);
            let (user, login) = (self.id("005", what), self.id("0Yw", what));
            self.org.issue_password(&user, &login, &password, &token, self.now);
        }
        let cookie = self.secret("SHARED_SESSION", SESSION_PREFIX, 94, URL_SAFE);
        let (session, user) = (self.id("0Ak", "SUEU"), self.id("005", "SUEU"));
        let session = self.org.seeded_session((&session, &cookie), &user, self.now);
        self.org.kernel.issue(session, self.now);
    }

    fn app(&mut self, what: &str, name: &str, variable: &str, more: &[(&str, &str)]) {
        let key = self.secret(&format!("{variable}_ID"), "3MVG9", 80, URL_SAFE);
        let app_id = self.id("0H4", what);
        let mut app = Principal::new(APP, &app_id, &key).of(self.supplier);
        app.name = format!("{}-{name}", self.supplier.lower());
        for (attribute, user) in more {
            app = app.with(attribute, self.id("005", user));
        }
        if what == "MOBL" {
            app = app.with("secret_optional", "yes").with("rotates", "yes").with("jwt", "yes");
        }
        self.org.kernel.add(app);
        let value = self.secret(&format!("{variable}_SECRET"), "", 64, HEX);
        let stored = Credential::new(SECRET, &app_id, &value).of(&app_id);
        self.org.kernel.issue(stored, self.now);
        let access = Principal::new(ENTITY_ACCESS, &self.id("0J0", what), &app_id);
        self.org.kernel.add(access.of(self.supplier).with("parent", "0PSOURS0000SUPPAAA"));
        if what == "BRDG" {
            // Maya installed it; the app does not care what becomes of her.
            let package = Principal::new(PACKAGE, &self.id("0A3", "PKG"), &self.id("033", "PKG"));
            let package = package.of(self.supplier).with("app", app_id.as_str());
            self.org.kernel.add(package);
        }
    }

    fn certificate(&mut self) {
        let kid = format!("{}-certificate", self.supplier.lower());
        let app = self.id("0H4", "BRDG");
        self.org.kernel.issue(Credential::new(CERTIFICATE, &kid, "").of(&app), self.now);
        self.put("JWT_KID", kid);
        let at = Supplier::ALL.iter().position(|one| *one == self.supplier);
        self.put("JWT_KEY", KEYS[at.unwrap_or(0)].to_owned());
    }

    fn tokens(&mut self) {
        let (maya, leo) = (self.id("005", "MAYA"), self.id("005", "LEO"));
        let (bridge, mobile) = (self.id("0H4", "BRDG"), self.id("0H4", "MOBL"));
        let now = self.now;

        let refresh = self.secret("MAYA_REFRESH", "5Aep861", 80, URL_SAFE);
        let delete = secret(&self.name("MAYA_DELETE"), "5Aep862", 80, URL_SAFE);
        let approval = self.id("0CQ", "MAYA");
        let row = (approval.as_str(), delete.as_str(), refresh.as_str());
        self.org.issue_approval(row, &maya, &bridge, APP_SCOPE, now);
        let value = self.secret("MAYA_ACCESS", SESSION_PREFIX, 94, URL_SAFE);
        let access = Credential::new(ACCESS, &self.id("0Ak", "MAYA"), &value)
            .of(&maya)
            .client(&bridge)
            .grant(&approval)
            .scope(APP_SCOPE)
            .with("type", "Oauth2")
            .expires(now + IDLE)
            .hidden_by(&maya, GONE);
        self.org.kernel.issue(access, now);

        let refresh = self.secret("LEO_REFRESH", "5Aep861", 80, URL_SAFE);
        let delete = secret(&self.name("LEO_DELETE"), "5Aep862", 80, URL_SAFE);
        let approval = self.id("0CQ", "LEO");
        let row = (approval.as_str(), delete.as_str(), refresh.as_str());
        self.org.issue_approval(row, &leo, &mobile, APP_SCOPE, now);
        let granted =
            Granted { user: &leo, app: &mobile, approval: Some(&approval), scope: APP_SCOPE };
        let jwt = self.org.issue_access(&granted, now);
        self.put("LEO_JWT", jwt);
        // The hybrid flow gives a web session beside the JWT; revoking the JWT leaves it.
        let cookie = self.secret("LEO_SESSION", SESSION_PREFIX, 94, URL_SAFE);
        let session = self.org.seeded_session((&self.id("0Ak", "LEO"), &cookie), &leo, now);
        self.org.kernel.issue(session.client(&mobile), now);

        // Alive and not permitted on the data API: it lacks the scope.
        let value = self.secret("LEO_ID_ACCESS", SESSION_PREFIX, 94, URL_SAFE);
        let narrow = Credential::new(ACCESS, &self.id("0Ak", "LEID"), &value)
            .of(&leo)
            .client(&bridge)
            .scope("openid id")
            .with("type", "Oauth2")
            .expires(now + IDLE)
            .hidden_by(&leo, GONE);
        self.org.kernel.issue(narrow, now);
    }
}
