//! What survives what at Keycloak, by use of the credential, never by the answer to the action.

use super::*;
use crate::platforms::Variables;
use crate::times::from_epoch;

mod clients;
mod users;

struct Realm {
    keycloak: Keycloak,
    variables: Variables,
    now: SystemTime,
}

fn realm() -> Realm {
    let now = from_epoch(1_790_000_000);
    let (keycloak, variables) = Keycloak::seeded(now);
    Realm { keycloak, variables, now }
}

const MAYA: &str = "/users/user-ACMEMAYA";

impl Realm {
    fn var(&self, name: &str) -> String {
        self.variables[&format!("ACME_KEYCLOAK_{name}")].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.keycloak.handle(request, self.now).expect("the route exists")
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.variables["KEYCLOAK_ADMIN_TOKEN"].clone();
        let target = format!("/admin/realms/ours{target}");
        self.send(&Request::new(method, &target).auth("Bearer", &token).with_json(body))
    }

    fn get(&mut self, target: &str) -> Value {
        self.admin("GET", target, &Value::Null).value()
    }

    fn as_client(&mut self, supplier: &str, path: &str, form: &[(&str, &str)]) -> Response {
        let var = |what: &str| self.variables[&format!("{supplier}_KEYCLOAK_{what}")].clone();
        let (id, own) = (var("CLIENT_ID"), var("CLIENT_SECRET"));
        let target = format!("/realms/ours/protocol/openid-connect/{path}");
        self.send(&Request::new("POST", &target).with_basic(&id, &own).with_form(form))
    }

    /// Refreshes; gives an empty text for success, else the description of the error.
    fn refresh(&mut self, name: &str) -> String {
        let token = self.var(name);
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let answer = self.as_client("ACME", "token", &form).value();
        answer["error_description"].as_str().unwrap_or_default().to_owned()
    }

    fn bystander(&mut self) -> u16 {
        let token = self.variables["GLOBEX_KEYCLOAK_MAYA_REFRESH"].clone();
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        self.as_client("GLOBEX", "token", &form).status
    }

    fn active(&mut self, name: &str) -> bool {
        let token = self.var(name);
        let answer = self.as_client("ACME", "token/introspect", &[("token", &token)]);
        answer.value()["active"] == true
    }

    fn bearer(&mut self, name: &str, target: &str, server: &'static str) -> Response {
        let token = self.var(name);
        self.send(&Request::new("GET", target).on(server).auth("Bearer", &token))
    }

    fn userinfo(&mut self, name: &str) -> Response {
        self.bearer(name, "/realms/ours/protocol/openid-connect/userinfo", SERVER)
    }

    fn resource(&mut self, name: &str) -> u16 {
        self.bearer(name, "/whoami", RESOURCE).status
    }

    fn sign_in(&mut self, password: &str) -> Response {
        let form = [
            ("grant_type", "password"),
            ("username", "support-eu@acme.example"),
            ("password", password),
        ];
        self.as_client("ACME", "token", &form)
    }

    fn session(&mut self, name: &str) -> bool {
        let cookie = format!("KEYCLOAK_IDENTITY={}", self.var(name));
        let target = "/realms/ours/protocol/openid-connect/auth?prompt=none";
        let answer = self.send(&Request::new("GET", target).with("Cookie", &cookie));
        answer.header("location").is_some_and(|l| l.contains("code="))
    }
}
