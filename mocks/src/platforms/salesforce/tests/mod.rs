//! What survives what at Salesforce; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{HOME, LOGIN_HOST, Platform as _, Salesforce};
use crate::http::{Request, Response};
use crate::platforms::{Urls, Variables};
use crate::times::from_epoch;

mod data;
mod oauth;
mod users;

const MINUTE: Duration = Duration::from_secs(60);
const INFO: &str = "/services/oauth2/userinfo";
const DATA: &str = "/services/data/v60.0";
const MAYA: &str = "005ACME0000MAYAAAA";
const LEO: &str = "005ACME0000LEO0AAA";
const SYNC: &str = "005ACME0000SYNCAAA";

struct Org {
    org: Salesforce,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Org {
    let now = from_epoch(1_790_000_000);
    let mut urls = Urls::new();
    urls.insert(HOME, "http://home.test".into());
    urls.insert(LOGIN_HOST, "http://login.test".into());
    let (org, variables) = Salesforce::seeded(&urls, now);
    Org { org, variables, now }
}

impl Org {
    fn secret(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.org.handle(request, self.now).unwrap()
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.secret("SALESFORCE_ADMIN_TOKEN");
        let target = format!("{DATA}/{target}");
        self.send(&Request::new(method, &target).auth("Bearer", &token).with_json(body))
    }

    fn active(&mut self, user: &str, active: bool) -> u16 {
        let body = json!({"IsActive": active});
        self.admin("PATCH", &format!("sobjects/User/{user}"), &body).status
    }

    fn soql(&mut self, query: &str) -> Vec<Value> {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let answer = self.admin("GET", &format!("query?q={query}"), &Value::Null);
        assert_eq!(answer.status, 200, "{}", answer.value());
        answer.value()["records"].as_array().unwrap().clone()
    }

    /// Gives the username that a bearer token proves, or none.
    fn who(&mut self, token: &str) -> Option<String> {
        let answer = self.send(&Request::new("GET", INFO).auth("Bearer", token));
        answer.value()["preferred_username"].as_str().map(str::to_owned)
    }

    fn lives(&mut self, name: &str) -> bool {
        let token = self.secret(name);
        self.who(&token).is_some()
    }

    fn token(&mut self, fields: &[(&str, &str)]) -> Response {
        self.send(&Request::new("POST", "/services/oauth2/token").on(HOME).with_form(fields))
    }

    fn refresh(&mut self, app: &str, token: &str) -> Response {
        let (id, secret) =
            (self.secret(&format!("{app}_ID")), self.secret(&format!("{app}_SECRET")));
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", &*id),
            ("client_secret", &*secret),
            ("refresh_token", token),
        ];
        self.token(&fields)
    }

    fn refreshes(&mut self) -> Response {
        let token = self.secret("ACME_SALESFORCE_MAYA_REFRESH");
        self.refresh("ACME_SALESFORCE_CLIENT", &token)
    }

    fn own_credentials(&mut self, app: &str) -> Response {
        let (id, secret) =
            (self.secret(&format!("{app}_ID")), self.secret(&format!("{app}_SECRET")));
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", &*id),
            ("client_secret", &*secret),
        ];
        self.token(&fields)
    }

    fn soap(&mut self, username: &str, password: &str, org: &str) -> Response {
        let header = if org.is_empty() {
            String::new()
        } else {
            format!(
                "<u:LoginScopeHeader><u:organizationId>{org}</u:organizationId></u:LoginScopeHeader>"
            )
        };
        let body = format!(
            "<?xml version=\"1.0\"?><e:Envelope><e:Header>{header}</e:Header><e:Body><n1:login \
             xmlns:n1=\"x\"><n1:username>{username}</n1:username><n1:password>{password}\
             </n1:password></n1:login></e:Body></e:Envelope>"
        );
        let mut request = Request::new("POST", "/services/Soap/u/60.0").on(LOGIN_HOST);
        request.body = body.into_bytes();
        self.send(&request)
    }

    /// Logs in with the password and security token of a variable's name.
    fn login(&mut self, who: &str, username: &str) -> u16 {
        let password = self.secret(&format!("ACME_SALESFORCE_{who}_PASSWORD"))
            + &self.secret(&format!("ACME_SALESFORCE_{who}_SECURITY_TOKEN"));
        self.soap(username, &password, "").status
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.org.by_hand(action, object, self.now).unwrap();
    }
}
