//! What survives what at Okta, by use of the credential, never by the answer to the action.

use super::*;
use crate::platforms::Variables;
use crate::times::from_epoch;

mod api;
mod clients;
mod users;

struct Org {
    okta: Okta,
    variables: Variables,
    now: SystemTime,
}

fn org() -> Org {
    let now = from_epoch(1_790_000_000);
    let urls = Urls::from([(ORG, "http://okta.test".to_owned())]);
    let (okta, variables) = Okta::seeded(&urls, now);
    Org { okta, variables, now }
}

impl Org {
    fn var(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.okta.handle(request, self.now).expect("the route exists")
    }

    fn admin(&mut self, method: &str, target: &str) -> Response {
        let token = self.var("OKTA_ADMIN_TOKEN");
        self.send(&Request::new(method, target).auth("SSWS", &token))
    }

    fn admin_json(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.var("OKTA_ADMIN_TOKEN");
        self.send(&Request::new(method, target).auth("SSWS", &token).with_json(body))
    }

    fn ssws(&mut self, name: &str) -> Response {
        let token = self.var(name);
        self.send(&Request::new("GET", "/api/v1/users/me").auth("SSWS", &token))
    }

    fn session(&mut self) -> u16 {
        let cookie = format!("sid={}", self.var("ACME_OKTA_MAYA_SESSION"));
        self.send(&Request::new("GET", "/api/v1/sessions/me").with("Cookie", &cookie)).status
    }

    fn password(&mut self, value: &str) -> Response {
        let body = json!({"username": "maya@acme.example", "password": value});
        self.send(&Request::new("POST", "/api/v1/authn").with_json(&body))
    }

    fn maya_signs_in(&mut self) -> u16 {
        let password = self.var("ACME_OKTA_MAYA_PASSWORD");
        self.password(&password).status
    }

    fn as_client(&mut self, path: &str, form: &[(&str, &str)]) -> Response {
        let (id, secret) = (self.var("ACME_OKTA_CLIENT_ID"), self.var("ACME_OKTA_CLIENT_SECRET"));
        self.send(&Request::new("POST", path).with_basic(&id, &secret).with_form(form))
    }

    fn refresh(&mut self) -> Response {
        let token = self.var("ACME_OKTA_MAYA_REFRESH");
        let form = [("grant_type", "refresh_token"), ("refresh_token", &token)];
        self.as_client("/oauth2/default/v1/token", &form)
    }

    fn active(&mut self, variable: &str) -> Value {
        let token = self.var(variable);
        self.as_client("/oauth2/default/v1/introspect", &[("token", &token)]).value()["active"]
            .clone()
    }

    fn resource(&mut self, variable: &str) -> Response {
        let token = self.var(variable);
        self.send(&Request::new("GET", "/whoami").on(RESOURCE).auth("Bearer", &token))
    }

    fn userinfo(&mut self, variable: &str) -> Response {
        let token = self.var(variable);
        self.send(&Request::new("GET", "/oauth2/v1/userinfo").auth("Bearer", &token))
    }
}

const MAYA: &str = "/api/v1/users/00uACMEMAYA";
