//! The bundled population of the Workspace tenant.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::oauth::family;
use super::{
    ACCESS, API_KEY, APP_PASSWORD, CLIENT, CLIENT_SECRET, DELEGATION, Google, REFRESH,
    REFRESH_IDLE, ROBOT, ROBOT_KEY, USER,
};
use crate::identity::{Credential, GONE, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{HEX, Supplier, URL_SAFE, secret};
use crate::times::epoch;

const YEARS: Duration = Duration::from_secs(10 * 365 * 86_400);
const DRIVE: &str = "https://www.googleapis.com/auth/drive";
const MAIL: &str = "https://mail.google.com/";
const DIRECTORY: &str = "https://www.googleapis.com/auth/admin.directory.user \
    https://www.googleapis.com/auth/admin.directory.user.security \
    https://www.googleapis.com/auth/cloud-platform";

/// Gives the 21-digit id of a person.
pub(super) fn person(supplier: Supplier, number: u64) -> String {
    format!("1{:020}", supplier.number(number))
}

impl Google {
    /// Makes the tenant and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut google = Self { kernel: Kernel::new("google-workspace"), events: Vec::new() };
        let mut variables = Variables::new();
        google.seed_admin(&mut variables, now);
        for supplier in Supplier::ALL {
            google.seed_people(supplier, &mut variables, now);
            google.seed_robot(supplier, &mut variables, now);
        }
        (google, variables)
    }

    fn seed_client(&mut self, client: Principal, variable: &str, now: SystemTime) -> String {
        let value = secret(variable, "GOCSPX-", 28, URL_SAFE);
        let stored = Credential::new(CLIENT_SECRET, &client.id, &value).of(&client.id);
        self.kernel.add(client);
        self.kernel.issue(stored, now);
        value
    }

    fn seed_admin(&mut self, variables: &mut Variables, now: SystemTime) {
        let (id, client) = (format!("1{:020}", 9999), "399-ours.apps.googleusercontent.com");
        let admin = Principal::new(USER, &id, "admin@ours.example").with("role", "admin");
        self.kernel.add(admin.with("second_factor", "on"));
        let app = Principal::new(CLIENT, client, client);
        let value = self.seed_client(app, "GOOGLE_WORKSPACE_ADMIN_CLIENT_SECRET", now);
        variables.insert("GOOGLE_WORKSPACE_ADMIN_CLIENT_SECRET".into(), value);
        variables.insert("GOOGLE_WORKSPACE_ADMIN_CLIENT_ID".into(), client.into());
        let refresh = secret("GOOGLE_WORKSPACE_ADMIN_REFRESH", "1//0", 60, URL_SAFE);
        self.seed_refresh(&refresh, &id, client, DIRECTORY, now);
        variables.insert("GOOGLE_WORKSPACE_ADMIN_REFRESH".into(), refresh);
        let access = self.issue_access(&id, Some(client), DIRECTORY, now);
        if let Some(key) = self.kernel.lookup(ACCESS, &access) {
            // Renewing the operator's own token is not what a drill tests.
            self.kernel.credential_mut(key).expires = Some(now + YEARS);
        }
        variables.insert("GOOGLE_WORKSPACE_ADMIN_TOKEN".into(), access);
    }

    fn seed_refresh(
        &mut self,
        value: &str,
        user: &str,
        client: &str,
        scope: &str,
        now: SystemTime,
    ) {
        let grant = family(user, client);
        let token = Credential::new(REFRESH, &grant, value)
            .of(user)
            .client(client)
            .grant(&grant)
            .scope(scope)
            .expires(now + REFRESH_IDLE)
            .hidden_by(user, INACTIVE)
            .hidden_by(client, GONE);
        self.kernel.issue(token, now);
    }

    fn seed_people(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let (up, lower) = (supplier.upper(), supplier.lower());
        let name = |what: &str| format!("{up}_GOOGLE_WORKSPACE_{what}");
        let (maya, leo) = (person(supplier, 9001), person(supplier, 9002));
        for (id, who) in [(&maya, "maya"), (&leo, "leo")] {
            let user = Principal::new(USER, id, &supplier.email(who)).of(supplier);
            let user = user.with("second_factor", "on").with("codes", "11111111 22222222");
            self.kernel.add(user);
        }
        let bridge = format!("{}-{lower}bridge.apps.googleusercontent.com", supplier.number(301));
        let mail = format!("{}-{lower}mail.apps.googleusercontent.com", supplier.number(302));
        for (id, what) in [(&bridge, "CLIENT"), (&mail, "MAIL_CLIENT")] {
            let mut client = Principal::new(CLIENT, id, id).of(supplier);
            client.name = format!("{lower}-{}", what.to_lowercase());
            let variable = name(&format!("{what}_SECRET"));
            let value = self.seed_client(client, &variable, now);
            variables.insert(variable, value);
            variables.insert(name(&format!("{what}_ID")), id.clone());
        }
        let tokens = [
            ("MAYA_REFRESH", &maya, &bridge, DRIVE),
            ("MAYA_MAIL_REFRESH", &maya, &mail, MAIL),
            ("LEO_REFRESH", &leo, &bridge, DRIVE),
        ];
        for (what, user, client, scope) in tokens {
            let value = secret(&name(what), "1//0", 60, URL_SAFE);
            self.seed_refresh(&value, user, client, scope, now);
            variables.insert(name(what), value);
        }
        let tokens = [
            ("MAYA_ACCESS", &maya, &bridge, DRIVE),
            ("MAYA_MAIL_ACCESS", &maya, &mail, MAIL),
            ("LEO_ACCESS", &leo, &bridge, DRIVE),
        ];
        for (what, user, client, scope) in tokens {
            let value = self.issue_access(user, Some(client), scope, now);
            variables.insert(name(what), value);
        }
        let password = secret(&name("MAYA_APP_PASSWORD"), "", 16, b"abcdefghijklmnopqrstuvwxyz");
        let code = supplier.number(1).to_string();
        let stored = Credential::new(APP_PASSWORD, &format!("asp-{code}"), &password)
            .of(&maya)
            .with("code", code.as_str())
            .with("name", "mail client")
            .hidden_by(&maya, INACTIVE);
        self.kernel.issue(stored, now);
        variables.insert(name("MAYA_APP_PASSWORD"), password);
        let key = secret(&name("API_KEY"), "AIza", 35, URL_SAFE);
        let stored = Credential::new(API_KEY, &format!("key-{lower}"), &key);
        self.kernel.issue(stored.supplier(Some(supplier)), now);
        variables.insert(name("API_KEY"), key);
    }

    fn seed_robot(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let (up, lower) = (supplier.upper(), supplier.lower());
        let name = |what: &str| format!("{up}_GOOGLE_WORKSPACE_{what}");
        let id = person(supplier, 9003);
        let email = format!("{lower}-sync@ours.iam.gserviceaccount.com");
        self.kernel.add(Principal::new(ROBOT, &id, &email).of(supplier));
        let key = secret(&name("SA_KEY_ID"), "", 40, HEX);
        self.kernel.issue(Credential::new(ROBOT_KEY, &key, "").of(&id), now);
        let scope = format!("{DRIVE} {MAIL}");
        let entry = Credential::new(DELEGATION, &id, "").of(&id).scope(&scope);
        self.kernel.issue(entry, now);
        let subjects = [
            ("SA_ASSERTION", None),
            ("DWD_ASSERTION", Some(supplier.email("maya"))),
            ("DWD_OTHER_ASSERTION", Some("admin@ours.example".to_owned())),
        ];
        for (what, subject) in subjects {
            let mut claims = json!({
                "iss": email, "aud": "https://oauth2.googleapis.com/token", "scope": DRIVE,
                "iat": epoch(now), "exp": epoch(now + YEARS),
            });
            if let Some(subject) = subject {
                claims["sub"] = json!(subject);
            }
            variables.insert(name(what), assertion(&key, &claims));
        }
        variables.insert(name("SA_ACCESS"), self.issue_access(&id, None, DRIVE, now));
        variables.insert(name("SA_EMAIL"), email);
        variables.insert(name("SA_KEY_ID"), key);
    }
}

fn assertion(key: &str, claims: &Value) -> String {
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": key});
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.c2lnbmF0dXJl", encode(&header), encode(claims))
}
