//! The bundled population of the tenant.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::tokens::{OWN_API, Wanted, graph_service};
use super::{
    APP, APP_SECRET, CERTIFICATE, CONSENT, DEVICE, Entra, FEDERATED, FOREIGN_SECRET, PASSWORD,
    ROLE, SERVICE, SERVICE_SECRET, SESSION, TENANT, USER, guid,
};
use crate::identity::{Credential, GONE, INACTIVE, Kernel, Principal};
use crate::jwt;
use crate::platforms::Variables;
use crate::population::{ALNUM, HEX, Supplier, URL_SAFE, secret};
use crate::times::epoch;

const YEARS: Duration = Duration::from_secs(10 * 365 * 86_400);

impl Entra {
    /// Makes the tenant and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut entra = Self { kernel: Kernel::new("entra"), events: Vec::new() };
        let mut variables = Variables::new();
        entra.seed_admin(&mut variables, now);
        for supplier in Supplier::ALL {
            let mut seed = Seed { entra: &mut entra, variables: &mut variables, supplier, now };
            seed.people();
            seed.apps();
            seed.secrets();
            seed.grants();
            seed.tokens();
        }
        (entra, variables)
    }

    fn seed_admin(&mut self, variables: &mut Variables, now: SystemTime) {
        let mut graph =
            Principal::new(SERVICE, &graph_service(), "00000003-0000-0000-c000-000000000000");
        graph.name = "Microsoft Graph".into();
        self.kernel.add(graph.with("tenant", "f8cdef31-a31e-4b4a-93e4-5f571e91255a"));
        let (id, client) = (guid(999), guid(998));
        let mut admin = Principal::new(SERVICE, &id, &client).with("tenant", TENANT);
        admin.name = "ours-admin".into();
        self.kernel.add(admin);
        let role =
            Credential::new(ROLE, "OURSADMINROLE", "").of(&id).scope("Directory.ReadWrite.All");
        self.kernel.issue(role, now);
        let value = secret("ENTRA_ADMIN_CLIENT_SECRET", "Ad8Q~", 35, URL_SAFE);
        let stored = Credential::new(SERVICE_SECRET, &guid(997), &value).of(&id).client(&client);
        self.kernel.issue(stored, now);
        let wanted = Wanted {
            user: None,
            service: &id,
            scope: "https://graph.microsoft.com/.default",
            cae: true,
        };
        let (token, _) = self.issue_access(wanted, now);
        if let Some(key) = self.kernel.lookup(super::ACCESS, &token) {
            // Renewing the operator's own token is not what a drill tests.
            self.kernel.credential_mut(key).expires = Some(now + YEARS);
        }
        variables.insert("ENTRA_ADMIN_TOKEN".into(), token);
        variables.insert("ENTRA_ADMIN_CLIENT_ID".into(), client);
        variables.insert("ENTRA_ADMIN_CLIENT_SECRET".into(), value);
        variables.insert("ENTRA_TENANT_ID".into(), TENANT.into());
    }
}

struct Seed<'a> {
    entra: &'a mut Entra,
    variables: &'a mut Variables,
    supplier: Supplier,
    now: SystemTime,
}

impl Seed<'_> {
    fn id(&self, number: u64) -> String {
        guid(self.supplier.number(number))
    }

    fn put(&mut self, name: &str, value: String) {
        self.variables.insert(format!("{}_ENTRA_{name}", self.supplier.upper()), value);
    }

    fn derive(&self, name: &str, prefix: &str, length: usize, alphabet: &[u8]) -> String {
        secret(&format!("{}_ENTRA_{name}", self.supplier.upper()), prefix, length, alphabet)
    }

    fn people(&mut self) {
        let people =
            [(9001, "maya", "Member"), (9002, "leo", "Guest"), (9004, "support-eu", "Member")];
        for (number, person, kind) in people {
            let user = Principal::new(USER, &self.id(number), &self.supplier.email(person));
            self.entra.kernel.add(user.of(self.supplier).with("type", kind));
        }
        let name = format!("{}-laptop", self.supplier.lower());
        self.entra.kernel.add(Principal::new(DEVICE, &self.id(701), &name).of(self.supplier));
    }

    fn apps(&mut self) {
        let lower = self.supplier.lower();
        let mut app = Principal::new(APP, &self.id(301), &self.id(311));
        app.name = format!("{lower}-bridge");
        self.entra.kernel.add(app.of(self.supplier).with("owner", self.id(9001)));
        let home = self.id(2);
        let services = [
            (321, 311, "bridge", TENANT, ""),
            (331, 341, "cloud", home.as_str(), ""),
            (361, 351, "mobile", TENANT, "yes"),
        ];
        for (id, client, name, tenant, public) in services {
            let mut service = Principal::new(SERVICE, &self.id(id), &self.id(client));
            service.name = format!("{lower}-{name}");
            let service = service.of(self.supplier).with("tenant", tenant).with("public", public);
            self.entra.kernel.add(service);
        }
        self.put("CLIENT_ID", self.id(311));
        self.put("FOREIGN_CLIENT_ID", self.id(341));
        self.put("PUBLIC_CLIENT_ID", self.id(351));
    }

    fn secrets(&mut self) {
        let now = self.now;
        let (app, client, service) = (self.id(301), self.id(311), self.id(321));
        for (variable, number, kind, owner) in
            [("APP_SECRET", 501, APP_SECRET, &app), ("SP_SECRET", 502, SERVICE_SECRET, &service)]
        {
            let value = self.derive(variable, "Vz8Q~", 35, URL_SAFE);
            let stored = Credential::new(kind, &self.id(number), &value)
                .of(owner)
                .client(&client)
                .with("displayName", variable.to_lowercase())
                .expires(now + Duration::from_secs(2 * 365 * 86_400))
                .hidden_by(owner, GONE);
            self.entra.kernel.issue(stored, now);
            self.put(variable, value);
        }
        let value = self.derive("FOREIGN_SECRET", "Fo8Q~", 35, URL_SAFE);
        let foreign = Credential::new(FOREIGN_SECRET, &self.id(505), &value)
            .of(&self.id(331))
            .client(&self.id(341));
        self.entra.kernel.issue(foreign, now);
        self.put("FOREIGN_SECRET", value);

        let thumbprint = self.derive("CERT_THUMBPRINT", "", 27, ALNUM);
        let certificate = Credential::new(CERTIFICATE, &self.id(503), &thumbprint)
            .of(&app)
            .client(&client)
            .expires(now + Duration::from_secs(2 * 365 * 86_400))
            .hidden_by(&app, GONE);
        self.entra.kernel.issue(certificate, now);
        let audience = format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token");
        let claims = json!({
            "iss": client, "sub": client, "aud": audience, "jti": self.id(503),
            "nbf": epoch(now), "exp": epoch(now + YEARS),
        });
        self.put("CERT_ASSERTION", with_header(&thumbprint, &claims));
        self.put("CERT_THUMBPRINT", thumbprint);

        let (issuer, lower) = ("https://token.actions.example", self.supplier.lower());
        let subject = format!("repo:{lower}/bridge:ref:refs/heads/main");
        let trust = Credential::new(FEDERATED, &self.id(504), "")
            .of(&app)
            .client(&client)
            .with("name", format!("{lower}-pipeline"))
            .with("issuer", issuer)
            .with("subject", subject.as_str())
            .hidden_by(&app, GONE);
        self.entra.kernel.issue(trust, now);
        let claims = json!({
            "iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange",
            "iat": epoch(now), "exp": epoch(now + YEARS),
        });
        self.put("FEDERATED_ASSERTION", jwt::sign("somebody-else", "JWT", &claims));
    }

    fn grants(&mut self) {
        let (up, now) = (self.supplier.upper(), self.now);
        let maya = self.id(9001);
        let scope = "User.Read offline_access";
        let grants = [
            ("MAYAGRANT", self.id(321), Some(maya.as_str())),
            ("ALLGRANT", self.id(321), None),
            ("MOBILEGRANT", self.id(361), None),
        ];
        for (name, service, user) in grants {
            let id = format!("{up}{name}");
            let mut grant = Credential::new(CONSENT, &id, "").client(&service).scope(scope);
            if let Some(user) = user {
                grant = grant.of(user);
            }
            self.entra.kernel.issue(grant, now);
        }
        for (name, service) in [("ROLE", self.id(321)), ("FOREIGNROLE", self.id(331))] {
            let role = Credential::new(ROLE, &format!("{up}{name}"), "")
                .of(&service)
                .scope("Organization.Read.All");
            self.entra.kernel.issue(role, now);
        }
    }

    fn tokens(&mut self) {
        let now = self.now;
        let (maya, leo, shared) = (self.id(9001), self.id(9002), self.id(9004));
        let (bridge, mobile) = (self.id(321), self.id(361));
        for (variable, user) in [("MAYA_PASSWORD", &maya), ("SHARED_PASSWORD", &shared)] {
            let value = self.derive(variable, "Pw-", 18, ALNUM);
            let stored = Credential::new(PASSWORD, user, &value).of(user).hidden_by(user, INACTIVE);
            self.entra.kernel.issue(stored, now);
            self.put(variable, value);
        }
        for (variable, user, class) in
            [("MAYA_SESSION", &maya, "non_password"), ("SHARED_SESSION", &shared, "password")]
        {
            let value = self.derive(variable, "1.A", 120, URL_SAFE);
            let id = self.derive(variable, "", 32, HEX);
            let session = Credential::new(SESSION, &id, &value)
                .of(user)
                .with("class", class)
                .expires(now + super::tokens::REFRESH_IDLE)
                .hidden_by(user, INACTIVE);
            self.entra.kernel.issue(session, now);
            self.put(variable, value);
        }
        let refreshes = [
            ("MAYA_REFRESH", &maya, &bridge, "confidential"),
            ("MAYA_DEVICE_REFRESH", &maya, &mobile, "non_password"),
            ("SHARED_REFRESH", &shared, &mobile, "password"),
            ("LEO_REFRESH", &leo, &bridge, "confidential"),
        ];
        for (variable, user, service, class) in refreshes {
            let value = self.derive(variable, "1.A", 180, URL_SAFE);
            self.entra.issue_refresh(Some(value.clone()), (user, service), class, now);
            self.put(variable, value);
        }
        let graph = "https://graph.microsoft.com/.default";
        let own = format!("{OWN_API}/.default");
        let accesses = [
            ("MAYA_ACCESS", Some(&maya), graph, false),
            ("MAYA_CAE_ACCESS", Some(&maya), graph, true),
            ("SHARED_ACCESS", Some(&shared), graph, false),
            ("LEO_ACCESS", Some(&leo), graph, true),
            ("APP_ACCESS", None, graph, false),
            ("APP_CAE_ACCESS", None, graph, true),
            ("MAYA_RESOURCE_ACCESS", Some(&maya), own.as_str(), false),
        ];
        for (variable, user, scope, cae) in accesses {
            let wanted = Wanted { user: user.map(String::as_str), service: &bridge, scope, cae };
            let (value, _) = self.entra.issue_access(wanted, now);
            self.put(variable, value);
        }
    }
}

/// Makes an assertion that names a certificate by its thumbprint, as `x5t` in the header.
fn with_header(thumbprint: &str, claims: &serde_json::Value) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = json!({"typ": "JWT", "alg": "RS256", "x5t": thumbprint});
    let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.c2lnbmF0dXJl", encode(&header), encode(claims))
}
