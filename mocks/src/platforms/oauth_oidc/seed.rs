//! The bundled population at the generic server. Users are known by their login, which is `sub`.

use std::time::SystemTime;

use super::Oidc;
use super::manage::INSPECTOR;
use super::token::{ACCESS_LIFE, Terms};
use crate::identity::{Credential, INACTIVE, Principal};
use crate::platforms::{Urls, Variables};
use crate::population::{Supplier, URL_SAFE, secret};

/// A client of our own that everybody signs in to: it stays when a supplier's client goes.
const PORTAL: &str = "ours-portal";

impl Oidc {
    /// Makes the server and gives every secret in it by variable.
    pub(super) fn seeded(urls: &Urls, now: SystemTime) -> (Self, Variables) {
        let mut oidc = Self::new(urls);
        oidc.add_signing_key();
        let mut variables = Variables::new();
        let value = oidc.seed_client(INSPECTOR, None, "OAUTH_OIDC_ADMIN_CLIENT_SECRET", now);
        variables.insert("OAUTH_OIDC_ADMIN_CLIENT_ID".into(), INSPECTOR.into());
        variables.insert("OAUTH_OIDC_ADMIN_CLIENT_SECRET".into(), value);
        let value = oidc.seed_client(PORTAL, None, "OAUTH_OIDC_PORTAL_CLIENT_SECRET", now);
        variables.insert("OAUTH_OIDC_PORTAL_CLIENT_ID".into(), PORTAL.into());
        variables.insert("OAUTH_OIDC_PORTAL_CLIENT_SECRET".into(), value);
        for supplier in Supplier::ALL {
            oidc.seed_supplier(supplier, &mut variables, now);
        }
        (oidc, variables)
    }

    fn seed_client(
        &mut self,
        id: &str,
        supplier: Option<Supplier>,
        variable: &str,
        now: SystemTime,
    ) -> String {
        let mut client = Principal::new("client", id, id);
        client.supplier = supplier;
        let host = supplier.map_or("ours", Supplier::lower);
        let callback = format!("https://app.{host}.example/callback");
        self.kernel.add(client.with("redirect_uri", callback));
        let value = secret(variable, "cs_", 40, URL_SAFE);
        let stored = Credential::new("client_secret", id, &value).of(id).hidden_by(id, INACTIVE);
        self.kernel.issue(stored, now);
        value
    }

    fn seed_supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let up = supplier.upper();
        let client = format!("{}-app", supplier.lower());
        for person in ["maya", "leo", "sync"] {
            let login = supplier.email(person);
            self.kernel.add(Principal::new("user", &login, &login).of(supplier));
            if person != "sync" {
                for client in [client.as_str(), PORTAL] {
                    let id = format!("consent-{login}/{client}");
                    let consent = Credential::new("grant", &id, "").of(&login).client(client);
                    self.kernel.issue(consent, now);
                }
            }
        }
        let variable = format!("{up}_OAUTH_OIDC_CLIENT_SECRET");
        let value = self.seed_client(&client, Some(supplier), &variable, now);
        variables.insert(variable, value);
        variables.insert(format!("{up}_OAUTH_OIDC_CLIENT_ID"), client.clone());

        let mut put = |name: &str, value: String| {
            variables.insert(format!("{up}_OAUTH_OIDC_{name}"), value);
        };
        let derive = |name: &str, prefix: &str| {
            secret(&format!("{up}_OAUTH_OIDC_{name}"), prefix, 40, URL_SAFE)
        };
        let (maya, leo) = (supplier.email("maya"), supplier.email("leo"));
        let scope = "openid offline_access api";
        for (user, person) in [(&maya, "MAYA"), (&leo, "LEO")] {
            let family = format!("g-{user}");
            let refresh = derive(&format!("{person}_REFRESH"), "rt_");
            self.keep_refresh(&refresh, (&family, user), &client, scope, now);
            put(&format!("{person}_REFRESH"), refresh);
        }
        // One for an API that takes JWTs: it is redeemed with that API as `resource`.
        let refresh = derive("MAYA_JWT_REFRESH", "rt_");
        self.keep_refresh(&refresh, (&format!("g-jwt-{maya}"), &maya), &client, scope, now);
        put("MAYA_JWT_REFRESH", refresh);
        let family = format!("g-{maya}");
        let terms = Terms {
            life: ACCESS_LIFE,
            user: Some(&maya),
            client: &client,
            family: Some(&family),
            scope,
        };
        let access = derive("MAYA_ACCESS", "at_");
        self.keep_access("access", &access, terms, now);
        put("MAYA_ACCESS", access);
        // A bystander has to outlive the one it is compared with.
        let life = match supplier {
            Supplier::Acme => ACCESS_LIFE,
            Supplier::Globex => 48 * ACCESS_LIFE,
        };
        let terms = Terms { life, ..terms };
        put("MAYA_JWT", self.issue_access(terms, true, now));
        let cookie = derive("MAYA_SESSION", "");
        self.keep_session(&cookie, &maya, now);
        put("MAYA_SESSION", cookie);
    }
}
