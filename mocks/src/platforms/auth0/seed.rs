//! The bundled population of the tenant.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{
    ACCESS, Auth0, CLIENT, CLIENT_GRANT, CLIENT_KEY, CLIENT_SECRET, GRANT, MANAGEMENT, OWN_API,
    REFRESH, SCIM, SESSION, USER,
};
use crate::identity::{Credential, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, Supplier, URL_SAFE, secret};
use crate::times::epoch;

const YEARS: Duration = Duration::from_secs(10 * 365 * 86_400);
/// The tenant's policy: long, so that no bystander's session ends by its age within a watch.
const SESSION_LIFE: Duration = Duration::from_secs(30 * 86_400);
const EVERYTHING: &str = "read:users update:users delete:users create:users read:clients \
    update:clients delete:clients read:grants delete:grants read:refresh_tokens \
    delete:refresh_tokens read:sessions delete:sessions read:logs update:signing_keys";

impl Auth0 {
    /// Makes the tenant and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let kernel = Kernel::new("auth0");
        let mut auth0 = Self { kernel, events: Vec::new(), revocation_deletes_grant: false };
        let mut variables = Variables::new();
        let id = "OURSADMIN";
        let client = Principal::new(CLIENT, id, id);
        let value = auth0.seed_client(client, "AUTH0_ADMIN_CLIENT_SECRET", now);
        auth0.seed_client_grant("cgr_OURSADMIN", id, MANAGEMENT, EVERYTHING, now);
        let token = auth0.issue_access(id, id, MANAGEMENT, EVERYTHING, now);
        if let Some(key) = auth0.kernel.lookup(ACCESS, &token) {
            // Renewing the operator's own token is not what a drill tests.
            auth0.kernel.credential_mut(key).expires = Some(now + YEARS);
        }
        variables.insert("AUTH0_ADMIN_TOKEN".into(), token);
        variables.insert("AUTH0_ADMIN_CLIENT_ID".into(), id.into());
        variables.insert("AUTH0_ADMIN_CLIENT_SECRET".into(), value);
        for supplier in Supplier::ALL {
            auth0.seed_clients(supplier, &mut variables, now);
            auth0.seed_people(supplier, &mut variables, now);
        }
        (auth0, variables)
    }

    fn seed_client(&mut self, client: Principal, variable: &str, now: SystemTime) -> String {
        let value = secret(variable, "", 64, URL_SAFE);
        let stored = Credential::new(CLIENT_SECRET, &client.id, &value)
            .of(&client.id)
            .hidden_by(&client.id, INACTIVE);
        self.kernel.add(client);
        self.kernel.issue(stored, now);
        value
    }

    fn seed_client_grant(
        &mut self,
        id: &str,
        client: &str,
        audience: &str,
        scope: &str,
        now: SystemTime,
    ) {
        let grant = Credential::new(CLIENT_GRANT, id, "")
            .of(client)
            .with("audience", audience)
            .scope(scope);
        self.kernel.issue(grant, now);
    }

    fn seed_clients(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let (up, lower) = (supplier.upper(), supplier.lower());
        let name = |what: &str| format!("{up}_AUTH0_{what}");
        for (what, id) in [("CLIENT", "BRIDGE"), ("M2M_CLIENT", "M2M")] {
            let id = format!("{up}{id}");
            let mut client = Principal::new(CLIENT, &id, &id).of(supplier);
            client.name = format!("{lower}-{}", what.to_lowercase());
            let variable = name(&format!("{what}_SECRET"));
            let value = self.seed_client(client, &variable, now);
            variables.insert(variable, value);
            variables.insert(name(&format!("{what}_ID")), id);
        }
        let (spa, keyed, machine) = (format!("{up}SPA"), format!("{up}KEYED"), format!("{up}M2M"));
        let public = Principal::new(CLIENT, &spa, &spa).of(supplier).with("rotating", "yes");
        self.kernel.add(public);
        let key = Principal::new(CLIENT, &keyed, &keyed).of(supplier);
        self.kernel.add(key.with("method", "private_key_jwt"));
        self.seed_client_grant(&format!("cgr_{up}1"), &machine, MANAGEMENT, "read:clients", now);
        self.seed_client_grant(&format!("cgr_{up}2"), &machine, OWN_API, "read:tickets", now);
        self.seed_client_grant(&format!("cgr_{up}3"), &keyed, OWN_API, "read:tickets", now);
        let kid = secret(&name("KEY_ID"), "", 43, URL_SAFE);
        let stored = Credential::new(CLIENT_KEY, &format!("cred_{up}1"), &kid)
            .of(&keyed)
            .hidden_by(&keyed, INACTIVE);
        self.kernel.issue(stored, now);
        let claims = json!({
            "iss": keyed, "sub": keyed, "aud": "https://ours.auth0.example/", "jti": kid,
            "iat": epoch(now), "exp": epoch(now + YEARS),
        });
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": kid});
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let assertion = format!("{}.{}.c2lnbmF0dXJl", encode(&header), encode(&claims));
        variables.insert(name("CLIENT_ASSERTION"), assertion);
        variables.insert(name("KEY_ID"), kid);
        variables.insert(name("KEYED_CLIENT_ID"), keyed);
        variables.insert(name("SPA_CLIENT_ID"), spa);
        let management = self.issue_access(&machine, &machine, MANAGEMENT, "read:clients", now);
        variables.insert(name("M2M_ACCESS"), management);
        let own = self.issue_access(&machine, &machine, OWN_API, "read:tickets", now);
        variables.insert(name("M2M_API_ACCESS"), own);
        let token = secret(&name("SCIM_TOKEN"), "tok_", 48, ALNUM);
        let stored = Credential::new(SCIM, &format!("tok_{up}1"), &token)
            .with("connection", format!("con_{up}"))
            .supplier(Some(supplier));
        self.kernel.issue(stored, now);
        variables.insert(name("SCIM_TOKEN"), token);
    }

    fn seed_people(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let up = supplier.upper();
        let name = |what: &str| format!("{up}_AUTH0_{what}");
        let id = |who: &str| format!("auth0|{up}{who}");
        let (maya, leo, shared) = (id("MAYA"), id("LEO"), id("SHARED"));
        for (id, who) in [(&maya, "maya"), (&leo, "leo"), (&shared, "support-eu")] {
            self.kernel.add(Principal::new(USER, id, &supplier.email(who)).of(supplier));
        }
        for (what, user) in [("MAYA_PASSWORD", &maya), ("SHARED_PASSWORD", &shared)] {
            let value = secret(&name(what), "Pw-", 18, ALNUM);
            self.issue_password(user, &value, now);
            variables.insert(name(what), value);
        }
        for (what, user, session) in
            [("MAYA_SESSION", &maya, "MAYA"), ("SHARED_SESSION", &shared, "SHARED")]
        {
            let value = secret(&name(what), "s%3A", 60, URL_SAFE);
            let stored = Credential::new(SESSION, &format!("ses_{up}{session}"), &value)
                .of(user)
                .expires(now + SESSION_LIFE)
                .hidden_by(user, INACTIVE);
            self.kernel.issue(stored, now);
            variables.insert(name(what), value);
        }
        let (bridge, spa) = (format!("{up}BRIDGE"), format!("{up}SPA"));
        let scope = "openid offline_access";
        let tokens = [
            ("MAYA_REFRESH", &maya, &bridge, "MAYA"),
            ("MAYA_DEVICE_REFRESH", &maya, &bridge, "MAYADEVICE"),
            ("MAYA_ROTATING_REFRESH", &maya, &spa, "MAYAROTATING"),
            ("LEO_REFRESH", &leo, &bridge, "LEO"),
        ];
        for (what, user, client, id) in tokens {
            let value = secret(&name(what), "v1.M", 43, URL_SAFE);
            let id = format!("rt_{up}{id}");
            self.issue_refresh((Some(&id), Some(&value)), (user, client), (None, scope), now);
            if let (Some(key), "MAYA_REFRESH") = (self.kernel.find(REFRESH, &id), what) {
                let session = json!(format!("ses_{up}MAYA"));
                self.kernel.credential_mut(key).data.insert("session".into(), session);
            }
            variables.insert(name(what), value);
        }
        for (user, client, id) in
            [(&maya, &bridge, "MAYA"), (&maya, &spa, "MAYASPA"), (&leo, &bridge, "LEO")]
        {
            let grant = Credential::new(GRANT, &format!("grant-{up}{id}"), "")
                .of(user)
                .client(client)
                .scope(scope);
            self.kernel.issue(grant, now);
        }
        for (what, user) in [("MAYA_ACCESS", &maya), ("LEO_ACCESS", &leo)] {
            let value = self.issue_access(user, &bridge, OWN_API, "openid", now);
            variables.insert(name(what), value);
        }
    }
}
