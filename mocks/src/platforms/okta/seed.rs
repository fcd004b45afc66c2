//! The bundled population at Okta.

use std::time::SystemTime;

use super::Okta;
use super::auth::{SESSION_IDLE, SSWS_IDLE};
use crate::identity::{Credential, INACTIVE, Principal};
use crate::platforms::{Urls, Variables};
use crate::population::{ALNUM, Supplier, URL_SAFE, secret};

impl Okta {
    /// Makes the org and gives every secret in it by variable.
    pub(super) fn seeded(urls: &Urls, now: SystemTime) -> (Self, Variables) {
        let mut okta = Self::new(urls);
        let mut variables = Variables::new();
        let admin = Principal::new("user", "00uADMIN", "admin@ours.example");
        okta.kernel.add(admin.with("role", "SUPER_ADMIN").with("organization", "Ours"));
        let value = okta.seed_ssws("00TADMIN", "00uADMIN", "OKTA_ADMIN_TOKEN", now);
        variables.insert("OKTA_ADMIN_TOKEN".into(), value);
        for supplier in Supplier::ALL {
            okta.seed_supplier(supplier, &mut variables, now);
        }
        (okta, variables)
    }

    fn seed_supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let up = supplier.upper();
        let (maya, leo) = (format!("00u{up}MAYA"), format!("00u{up}LEO"));
        let client = format!("0oa{up}BRIDGE");
        for (id, person) in [(&maya, "maya"), (&leo, "leo")] {
            let user = Principal::new("user", id, &supplier.email(person)).of(supplier);
            // An API token needs an admin role; a supplier's is a small one.
            self.kernel.add(user.with("role", "READ_ONLY_ADMIN").with("organization", up));
        }
        for (name, what) in [("BRIDGE", "bridge"), ("EXPORT", "export")] {
            let id = format!("0oa{up}{name}");
            let mut app = Principal::new("client", &id, &id).of(supplier);
            app.name = format!("{}-{what}", supplier.lower());
            self.kernel.add(app);
        }
        self.assign(&client, &maya, now);
        self.assign(&client, &leo, now);
        self.assign(&format!("0oa{up}EXPORT"), &maya, now);

        let mut put = |name: &str, value: String| {
            variables.insert(format!("{up}_OKTA_{name}"), value);
        };
        let derive = |name: &str, prefix: &str, length, alphabet| {
            secret(&format!("{up}_OKTA_{name}"), prefix, length, alphabet)
        };
        for (id, person) in [(&maya, "MAYA"), (&leo, "LEO")] {
            let variable = format!("{up}_OKTA_{person}_SSWS");
            let value = self.seed_ssws(&format!("00T{up}{person}"), id, &variable, now);
            put(&format!("{person}_SSWS"), value);
            // Leo signs in too; that only no variable holds his password keeps him out of drills.
            let password = derive(&format!("{person}_PASSWORD"), "Pw-", 20, ALNUM);
            self.issue_password(id, &password, now);
            if person == "MAYA" {
                put("MAYA_PASSWORD", password);
            }
        }
        let cookie = derive("MAYA_SESSION", "", 32, URL_SAFE);
        let session = Credential::new("session", &format!("102{up}MAYA"), &cookie)
            .of(&maya)
            .expires(now + SESSION_IDLE)
            .hidden_by(&maya, INACTIVE);
        self.kernel.issue(session, now);
        put("MAYA_SESSION", cookie);

        // The bridge has one secret, the export two: of two, either can be deactivated.
        let export = format!("0oa{up}EXPORT");
        for (app, id, name) in [
            (&client, "1", "CLIENT_SECRET"),
            (&export, "2", "EXPORT_CLIENT_SECRET"),
            (&export, "3", "EXPORT_CLIENT_SECRET_2"),
        ] {
            let value = derive(name, "", 64, URL_SAFE);
            let stored = Credential::new("client_secret", &format!("ocs{up}{id}"), &value)
                .of(app)
                .hidden_by(app, INACTIVE);
            self.kernel.issue(stored, now);
            put(name, value);
        }
        put("CLIENT_ID", client.clone());
        put("EXPORT_CLIENT_ID", export.clone());

        let scope = "openid offline_access";
        let refresh = derive("MAYA_REFRESH", "", 43, URL_SAFE);
        let id = format!("oar{up}MAYA");
        self.issue_refresh((&id, &refresh), "default", &maya, &client, scope, now);
        put("MAYA_REFRESH", refresh);
        put(
            "MAYA_ACCESS",
            self.issue_access("default", Some(&maya), &client, Some(&id), scope, now),
        );
        put("LEO_ACCESS", self.issue_access("org", Some(&leo), &client, None, "openid", now));
        let refresh = derive("EXPORT_REFRESH", "", 43, URL_SAFE);
        let id = format!("oar{up}EXPORT");
        self.issue_refresh((&id, &refresh), "default", &maya, &export, scope, now);
        put("EXPORT_REFRESH", refresh);
        for (user, person) in [(&maya, "MAYA"), (&leo, "LEO")] {
            let consent = Credential::new("grant", &format!("oag{up}{person}"), "")
                .of(user)
                .client(&client)
                .scope("openid");
            self.kernel.issue(consent, now);
        }
    }

    fn seed_ssws(&mut self, id: &str, user: &str, variable: &str, now: SystemTime) -> String {
        let value = secret(variable, "00", 40, URL_SAFE);
        let token = Credential::new("ssws", id, &value)
            .of(user)
            .with("name", format!("{id} token"))
            .expires(now + SSWS_IDLE)
            .hidden_by(user, INACTIVE);
        self.kernel.issue(token, now);
        value
    }
}
