//! The bundled population of the instance.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::access::IDP;
use super::oauth::{ACCESS_LIFE, REFRESH_LIFE};
use super::sessions::{IDLE, REMEMBERED, lock_of};
use super::{
    ACCESS, API_KEY, CERTIFICATE, CLIENT_SECRET, ENTITY, REFRESH, REMEMBER, ROLE, SESSION,
    ServiceNow, USER, sys_id,
};
use crate::identity::{Credential, INACTIVE, Kernel, Principal};
use crate::jwt;
use crate::platforms::Variables;
use crate::population::{ALNUM, HEX, Supplier, URL_SAFE, secret};
use crate::times::epoch;

/// Private keys of the clients' certificates, made for this population and good for nothing else.
const KEYS: [&str; 2] = [include_str!("keys/acme.pem"), include_str!("keys/globex.pem")];
/// How long the identity provider's token lives.
const IDP_LIFE: Duration = Duration::from_secs(3600);
const ADMIN: u64 = 3999;

impl ServiceNow {
    /// Makes the instance and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let only_active = "glide.authenticate.only.allow.active.user.login".to_owned();
        let mut instance = Self {
            kernel: Kernel::new("servicenow"),
            properties: BTreeMap::from([(only_active, true)]),
            failures: BTreeMap::new(),
            events: Vec::new(),
        };
        let mut variables = Variables::new();
        let admin = sys_id(ADMIN);
        instance.add_user(&admin, Principal::new(USER, &admin, "admin@ours.example"));
        let mut role = Principal::new(ROLE, "role-admin", &admin);
        "admin".clone_into(&mut role.name);
        instance.kernel.add(role);
        let key = secret("SERVICENOW_ADMIN_API_KEY", "now_", 80, URL_SAFE);
        let record = Credential::new(API_KEY, &sys_id(3799), &key).of(&admin);
        instance.kernel.issue(record.with("name", "drill"), now);
        variables.insert("SERVICENOW_ADMIN_API_KEY".into(), key);
        for supplier in Supplier::ALL {
            instance.people(supplier, &mut variables, now);
            instance.tokens(supplier, &mut variables, now);
        }
        (instance, variables)
    }

    fn people(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let name = |what: &str| format!("{}_SERVICENOW_{what}", supplier.upper());
        let id = |acme: u64| sys_id(supplier.number(acme));
        let people: [(u64, &str, &str, &[&str]); 5] = [
            (3001, "maya", "MAYA", &[]),
            (3002, "leo", "LEO", &["mfa", "basic_auth_role"]),
            (3003, "sync", "SYNC", &["web_service_access_only"]),
            (3004, "support-eu", "SHARED", &["basic_auth_role"]),
            (3005, "mid", "MID", &["internal_integration_user", "web_service_access_only"]),
        ];
        for (number, login, variable, flags) in people {
            let mut user = Principal::new(USER, &id(number), &supplier.email(login)).of(supplier);
            for flag in flags {
                user = user.with(flag, "true");
            }
            self.add_user(&id(number), user.with("company", supplier.upper()));
            let variable = name(&format!("{variable}_PASSWORD"));
            let password = secret(&variable, "", 20, ALNUM);
            self.issue_password(&id(number), &password, now);
            variables.insert(variable, password);
        }
        for (number, variable, node) in
            [(3804, "SHARED_SESSION", "1"), (3805, "SHARED_OTHER_NODE_SESSION", "2")]
        {
            let cookie = secret(&name(variable), "", 32, HEX).to_uppercase();
            let session = Credential::new(SESSION, &id(number), &cookie).of(&id(3004));
            self.kernel.issue(session.with("node", node).expires(now + IDLE), now);
            variables.insert(name(variable), cookie);
        }
        let cookie = secret(&name("SHARED_REMEMBER_ME"), "", 64, HEX);
        let remember = Credential::new(REMEMBER, &id(3806), &cookie)
            .of(&id(3004))
            .expires(now + REMEMBERED)
            .hidden_by(&id(3004), INACTIVE)
            .hidden_by(&lock_of(&id(3004)), INACTIVE);
        self.kernel.issue(remember, now);
        variables.insert(name("SHARED_REMEMBER_ME"), cookie);
        for (number, owner, variable) in
            [(3701, 3001, "MAYA_API_KEY"), (3702, 3003, "SYNC_API_KEY")]
        {
            let key = secret(&name(variable), "now_", 80, URL_SAFE);
            let record = Credential::new(API_KEY, &id(number), &key).of(&id(owner));
            self.kernel.issue(record.with("name", variable.to_lowercase()), now);
            variables.insert(name(variable), key);
        }
        let claims = json!({"sub": supplier.email("leo"), "exp": epoch(now + IDP_LIFE)});
        variables.insert(name("LEO_IDP_TOKEN"), jwt::sign(IDP, "JWT", &claims));
    }

    fn tokens(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let name = |what: &str| format!("{}_SERVICENOW_{what}", supplier.upper());
        let id = |acme: u64| sys_id(supplier.number(acme));
        let (client, identifier) = (id(3301), secret(&name("CLIENT_ID"), "", 32, HEX));
        let mut entity = Principal::new(ENTITY, &client, &identifier).of(supplier);
        entity.name = format!("{}-bridge", supplier.lower());
        // The OAuth Application User: client credentials act as this one, whoever is gone.
        self.kernel.add(entity.with("user", id(3003)));
        variables.insert(name("CLIENT_ID"), identifier);
        let value = secret(&name("CLIENT_SECRET"), "", 32, URL_SAFE);
        self.kernel.issue(Credential::new(CLIENT_SECRET, &client, &value).of(&client), now);
        variables.insert(name("CLIENT_SECRET"), value);
        for (kind, number, life, variable) in [
            (ACCESS, 3601, ACCESS_LIFE, "MAYA_ACCESS"),
            (REFRESH, 3602, REFRESH_LIFE, "MAYA_REFRESH"),
        ] {
            let value = secret(&name(variable), "", 86, URL_SAFE);
            let token = Credential::new(kind, &id(number), &value).of(&id(3001)).client(&client);
            self.kernel.issue(token.expires(now + life), now);
            variables.insert(name(variable), value);
        }
        let kid = format!("{}-certificate", supplier.lower());
        let certificate = Credential::new(CERTIFICATE, &kid, "").client(&client);
        self.kernel.issue(certificate, now);
        variables.insert(name("JWT_KID"), kid);
        let at = Supplier::ALL.iter().position(|one| *one == supplier);
        variables.insert(name("JWT_KEY"), KEYS[at.unwrap_or(0)].to_owned());
    }
}
