//! What survives what at Entra, by use of the credential, never by the answer to the action.

use super::*;
use crate::platforms::Variables;
use crate::times::from_epoch;

mod apps;
mod directory;
mod users;

struct Tenant {
    entra: Entra,
    variables: Variables,
    now: SystemTime,
}

fn tenant() -> Tenant {
    let now = from_epoch(1_790_000_000);
    let (entra, variables) = Entra::seeded(now);
    Tenant { entra, variables, now }
}

const MINUTE: Duration = Duration::from_secs(60);

impl Tenant {
    fn var(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.entra.handle(request, self.now).expect("the route exists")
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.var("ENTRA_ADMIN_TOKEN");
        let target = format!("/v1.0{target}");
        let request = Request::new(method, &target).on(GRAPH).auth("Bearer", &token);
        self.send(&request.with_json(body))
    }

    fn get(&mut self, target: &str) -> Value {
        self.admin("GET", target, &Value::Null).value()
    }

    fn with_token(&mut self, variable: &str, target: &str) -> Response {
        let token = self.var(variable);
        self.send(&Request::new("GET", target).on(GRAPH).auth("Bearer", &token))
    }

    fn me(&mut self, variable: &str) -> u16 {
        self.with_token(variable, "/v1.0/me").status
    }

    fn sts(&mut self, form: &[(&str, &str)]) -> Response {
        let target = format!("/{TENANT}/oauth2/v2.0/token");
        self.send(&Request::new("POST", &target).on(LOGIN).with_form(form))
    }

    /// Uses a client secret; gives 0 for a token, else the number of the error.
    fn client(&mut self, id: &str, variable: &str) -> u64 {
        let (id, value) = (self.var(id), self.var(variable));
        let scope = "https://graph.microsoft.com/.default";
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id.as_str()),
            ("client_secret", value.as_str()),
            ("scope", scope),
        ];
        code(&self.sts(&form))
    }

    fn assertion(&mut self, variable: &str) -> u64 {
        let (id, value) = (self.var("ACME_ENTRA_CLIENT_ID"), self.var(variable));
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id.as_str()),
            ("client_assertion", value.as_str()),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        code(&self.sts(&form))
    }

    fn refresh(&mut self, variable: &str) -> u64 {
        let supplier = &variable[..variable.find('_').unwrap()];
        let public = variable.contains("DEVICE") || variable.contains("SHARED");
        let client = if public { "PUBLIC_CLIENT_ID" } else { "CLIENT_ID" };
        let client = self.var(&format!("{supplier}_ENTRA_{client}"));
        let (token, own) = (self.var(variable), self.var(&format!("{supplier}_ENTRA_APP_SECRET")));
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("client_id", client.as_str()),
            ("refresh_token", token.as_str()),
            ("scope", "https://graph.microsoft.com/.default offline_access"),
        ];
        if !public {
            form.push(("client_secret", own.as_str()));
        }
        code(&self.sts(&form))
    }

    fn sign_in(&mut self, login: &str, password: &str) -> u64 {
        let client = self.var("ACME_ENTRA_PUBLIC_CLIENT_ID");
        let form = [
            ("grant_type", "password"),
            ("client_id", client.as_str()),
            ("username", login),
            ("password", password),
            ("scope", "openid offline_access"),
        ];
        code(&self.sts(&form))
    }

    fn shared_signs_in(&mut self) -> u64 {
        let password = self.var("ACME_ENTRA_SHARED_PASSWORD");
        self.sign_in("support-eu@acme.example", &password)
    }

    fn session(&mut self, variable: &str) -> bool {
        let cookie = format!("ESTSAUTH={}", self.var(variable));
        let target = "/common/oauth2/v2.0/authorize?prompt=none&redirect_uri=https://x.test";
        let answer = self.send(&Request::new("GET", target).on(LOGIN).with("Cookie", &cookie));
        answer.header("location").is_some_and(|l| l.contains("code="))
    }

    fn resource(&mut self) -> Response {
        let token = self.var("ACME_ENTRA_MAYA_RESOURCE_ACCESS");
        self.send(&Request::new("GET", "/whoami").on(RESOURCE).auth("Bearer", &token))
    }
}

fn code(answer: &Response) -> u64 {
    answer.value()["error_codes"][0].as_u64().unwrap_or(0)
}

fn maya() -> String {
    format!("/users/{}", guid(9001))
}
