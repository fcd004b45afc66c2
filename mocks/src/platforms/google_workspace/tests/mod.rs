//! What survives what at Google, by use of the credential, never by the answer to the action.

use super::*;
use crate::platforms::Variables;
use crate::times::from_epoch;

mod grants;
mod robots;

struct Tenant {
    google: Google,
    variables: Variables,
    now: SystemTime,
}

fn tenant() -> Tenant {
    let now = from_epoch(1_790_000_000);
    let (google, variables) = Google::seeded(now);
    Tenant { google, variables, now }
}

impl Tenant {
    fn var(&self, name: &str) -> String {
        self.variables[&format!("ACME_GOOGLE_WORKSPACE_{name}")].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.google.handle(request, self.now).expect("the route exists")
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.variables["GOOGLE_WORKSPACE_ADMIN_TOKEN"].clone();
        let target = format!("/admin/directory/v1/users{target}");
        let request = Request::new(method, &target).on(ADMIN).auth("Bearer", &token);
        self.send(&request.with_json(body))
    }

    fn iam(&mut self, method: &str, rest: &str) -> Response {
        let token = self.variables["GOOGLE_WORKSPACE_ADMIN_TOKEN"].clone();
        let email = self.var("SA_EMAIL");
        let target = format!("/v1/projects/-/serviceAccounts/{email}{rest}");
        self.send(&Request::new(method, &target).on(IAM).auth("Bearer", &token))
    }

    fn token(&mut self, form: &[(&str, &str)]) -> Response {
        self.send(&Request::new("POST", "/token").on(OAUTH).with_form(form))
    }

    fn refresh_of(&mut self, supplier: &str, client: &str, name: &str) -> Response {
        let var =
            |what: &str| self.variables[&format!("{supplier}_GOOGLE_WORKSPACE_{what}")].clone();
        let (id, own, token) =
            (var(&format!("{client}_ID")), var(&format!("{client}_SECRET")), var(name));
        self.token(&[
            ("grant_type", "refresh_token"),
            ("client_id", &id),
            ("client_secret", &own),
            ("refresh_token", &token),
        ])
    }

    fn refresh(&mut self, name: &str) -> Response {
        let client = if name.contains("MAIL") { "MAIL_CLIENT" } else { "CLIENT" };
        self.refresh_of("ACME", client, name)
    }

    fn bystander(&mut self) -> u16 {
        self.refresh_of("GLOBEX", "CLIENT", "MAYA_REFRESH").status
    }

    fn assertion(&mut self, name: &str) -> Response {
        let value = self.var(name);
        let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        self.token(&[("grant_type", grant), ("assertion", &value)])
    }

    fn drive(&mut self, token: &str) -> Response {
        let target = "/drive/v3/about?fields=user";
        self.send(&Request::new("GET", target).on(API).auth("Bearer", token))
    }

    fn drive_with(&mut self, name: &str) -> u16 {
        let token = self.var(name);
        self.drive(&token).status
    }
}

const MAYA: &str = "/maya@acme.example";
