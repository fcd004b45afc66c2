//! What survives what at Help Scout; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{API, CONSOLE, DOCS, HelpScout, Platform as _};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::from_epoch;

const MINUTE: Duration = Duration::from_secs(60);

struct Company {
    mock: HelpScout,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Company {
    let now = from_epoch(1_790_000_000);
    let (mock, variables) = HelpScout::seeded(now);
    Company { mock, variables, now }
}

impl Company {
    fn secret(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn acme(&self, name: &str) -> String {
        self.secret(&format!("ACME_HELPSCOUT_{name}"))
    }

    fn send(&mut self, request: &Request) -> Response {
        self.mock.handle(request, self.now).unwrap()
    }

    fn bearer(&mut self, method: &str, target: &str, token: &str) -> Response {
        self.send(&Request::new(method, target).on(API).auth("Bearer", token))
    }

    fn admin(&mut self, method: &str, target: &str) -> Response {
        let token = self.secret("HELPSCOUT_ADMIN_TOKEN");
        self.bearer(method, target, &token)
    }

    fn who(&mut self, name: &str) -> Option<u64> {
        let token = self.secret(name);
        self.bearer("GET", "/v2/users/me", &token).value()["id"].as_u64()
    }

    fn token(&mut self, app: &str, fields: &[(&str, &str)]) -> Response {
        let (id, secret) =
            (self.acme(&format!("{app}_APP_ID")), self.acme(&format!("{app}_APP_SECRET")));
        let mut form = vec![("client_id", &*id), ("client_secret", &*secret)];
        form.extend(fields);
        self.send(&Request::new("POST", "/v2/oauth2/token").on(API).with_form(&form))
    }

    fn own(&mut self, app: &str) -> Response {
        self.token(app, &[("grant_type", "client_credentials")])
    }

    fn refresh(&mut self) -> Response {
        let token = self.acme("LEO_REFRESH");
        self.token("MAYA", &[("grant_type", "refresh_token"), ("refresh_token", &token)])
    }

    fn docs(&mut self, name: &str) -> u16 {
        let key = self.secret(name);
        self.send(&Request::new("GET", "/v1/collections").on(DOCS).with_basic(&key, "X")).status
    }

    fn login(&mut self, password: &str) -> u16 {
        let form = [("email", "support-eu@acme.example"), ("password", password)];
        self.send(&Request::new("POST", "/members/login/").on(CONSOLE).with_form(&form)).status
    }

    fn session(&mut self) -> u16 {
        let cookie = format!("hs-session={}", self.acme("SHARED_SESSION"));
        self.send(&Request::new("GET", "/api/session").on(CONSOLE).with("cookie", &cookie)).status
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.mock.by_hand(action, object, self.now).unwrap();
    }
}

#[test]
fn every_credential_proves_its_owner() {
    let mut company = start();
    assert_eq!(company.who("ACME_HELPSCOUT_MAYA_ACCESS"), Some(2001));
    assert_eq!(company.who("ACME_HELPSCOUT_SHARED_ACCESS"), Some(2004));
    assert_eq!(company.who("GLOBEX_HELPSCOUT_MAYA_ACCESS"), Some(2101));
    let minted = company.own("MAYA").value();
    assert_eq!((&minted["expires_in"], minted.get("refresh_token")), (&json!(172_800), None));
    assert!(company.refresh().value()["refresh_token"].is_string());
    let password = company.acme("SHARED_PASSWORD");
    assert_eq!((company.login(&password), company.session()), (302, 200));
    assert_eq!(company.docs("ACME_HELPSCOUT_MAYA_DOCS_KEY"), 200);
    assert_eq!(company.docs("ACME_HELPSCOUT_LEO_DOCS_KEY"), 403, "alive, not permitted");
}

#[test]
fn nothing_and_nonsense_are_refused() {
    let mut company = start();
    assert_eq!(company.bearer("GET", "/v2/users/me", "nonsense").status, 401);
    assert_eq!(company.send(&Request::new("GET", "/v2/users/me").on(API)).status, 401);
    assert_eq!(company.send(&Request::new("GET", "/v1/collections").on(DOCS)).status, 401);
    assert_eq!(company.login("nonsense"), 200, "the form again");
    let dead = company.token("MAYA", &[("grant_type", "refresh_token"), ("refresh_token", "x")]);
    assert_eq!((dead.status, &dead.value()["error"]), (400, &json!("invalid_request")));
    let wrong = [("grant_type", "client_credentials"), ("client_id", "x"), ("client_secret", "y")];
    let wrong = Request::new("POST", "/v2/oauth2/token").on(API).with_form(&wrong);
    assert_eq!(company.send(&wrong).status, 401);
}

#[test]
fn a_deleted_users_tokens_die_late_and_the_docs_key_and_the_webhook_do_not() {
    let mut company = start();
    assert_eq!(company.admin("DELETE", "/v2/users/2001").status, 204);
    assert_eq!(company.own("MAYA").status, 401);
    assert_eq!(company.who("ACME_HELPSCOUT_MAYA_ACCESS"), Some(2001));
    company.now += 10 * MINUTE;
    assert_eq!(company.who("ACME_HELPSCOUT_MAYA_ACCESS"), None);
    assert_eq!(company.docs("ACME_HELPSCOUT_MAYA_DOCS_KEY"), 200);
    let hooks = company.admin("GET", "/v2/webhooks").value();
    assert_eq!(hooks["_embedded"]["webhooks"][0]["url"], "https://hooks.acme.example/in");
    assert_eq!(company.who("GLOBEX_HELPSCOUT_MAYA_ACCESS"), Some(2101));
    assert_eq!(company.admin("DELETE", "/v2/users/2001").status, 404);
}

#[test]
fn an_app_made_under_the_shared_login_outlives_its_maker() {
    let mut company = start();
    company.hand("delete_user", "2001");
    company.now += 10 * MINUTE;
    assert_eq!(company.own("SHARED").status, 200);
    assert_eq!(company.who("ACME_HELPSCOUT_SHARED_ACCESS"), Some(2004));
}

#[test]
fn deactivation_is_a_mask() {
    let mut company = start();
    company.hand("deactivate_user", "2001");
    company.hand("deactivate_user", "2004");
    assert_eq!(company.who("ACME_HELPSCOUT_MAYA_ACCESS"), None);
    assert_eq!((company.session(), company.own("MAYA").status), (302, 401));
    company.hand("activate_user", "2001");
    company.hand("activate_user", "2004");
    assert_eq!(company.who("ACME_HELPSCOUT_MAYA_ACCESS"), Some(2001));
    assert_eq!((company.session(), company.own("MAYA").status), (200, 200));
}

#[test]
fn a_deleted_app_and_a_rotated_secret_leave_the_tokens_for_two_days() {
    let mut company = start();
    company.hand("delete_oauth_app", "2301");
    company.hand("rotate_app_secret", "2302");
    assert_eq!((company.own("MAYA").status, company.own("SHARED").status), (401, 401));
    assert_eq!(company.refresh().status, 401);
    assert_eq!(company.who("ACME_HELPSCOUT_MAYA_ACCESS"), Some(2001));
    assert_eq!(company.who("ACME_HELPSCOUT_SHARED_ACCESS"), Some(2004));
    company.now += 2 * 24 * 60 * MINUTE;
    assert_eq!(company.who("ACME_HELPSCOUT_MAYA_ACCESS"), None);
}

#[test]
fn a_reset_password_leaves_session_tokens_and_docs_key() {
    let mut company = start();
    let (old, new) = (company.acme("SHARED_PASSWORD"), company.acme("SHARED_NEW_PASSWORD"));
    company.hand("reset_password", "2004");
    assert_eq!((company.login(&old), company.login(&new), company.session()), (200, 302, 200));
    assert_eq!(company.who("ACME_HELPSCOUT_SHARED_ACCESS"), Some(2004));
}

#[test]
fn a_regenerated_docs_key_leaves_oauth() {
    let mut company = start();
    company.hand("regenerate_docs_key", "2001");
    assert_eq!(company.docs("ACME_HELPSCOUT_MAYA_DOCS_KEY"), 401);
    assert_eq!(company.docs("GLOBEX_HELPSCOUT_MAYA_DOCS_KEY"), 200);
    assert_eq!(company.who("ACME_HELPSCOUT_MAYA_ACCESS"), Some(2001));
}

#[test]
fn users_and_webhooks_are_listed_to_the_last_page_with_the_extra_one() {
    let mut company = start();
    company.mock.plant(company.now);
    for (what, count) in [("users", 10), ("webhooks", 3)] {
        let (mut target, mut seen) = (format!("/v2/{what}?size=2"), 0);
        loop {
            let page = company.admin("GET", &target).value();
            seen += page["_embedded"][what].as_array().unwrap().len();
            let Some(next) = page["_links"]["next"]["href"].as_str() else { break };
            target = next.strip_prefix("http://mock.test").unwrap().to_owned();
        }
        assert_eq!(seen, count, "{what}");
    }
    assert_eq!(company.admin("DELETE", "/v2/webhooks/2701").status, 204);
    assert_eq!(company.admin("DELETE", "/v2/webhooks/2701").status, 404);
}

#[test]
fn administration_is_refused_to_everybody_but_an_administrator() {
    let mut company = start();
    let token = company.acme("MAYA_ACCESS");
    for target in ["/v2/users/2002", "/v2/webhooks/2701"] {
        assert_eq!(company.bearer("DELETE", target, &token).status, 403);
        assert_eq!(company.bearer("DELETE", target, "nonsense").status, 401);
    }
}

#[test]
fn faults_reach_deletion_and_identity() {
    let mut company = start();
    company.mock.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    company.hand("regenerate_docs_key", "2001");
    company.hand("delete_oauth_app", "2301");
    assert_eq!(company.docs("ACME_HELPSCOUT_MAYA_DOCS_KEY"), 200);
    assert_eq!(company.own("MAYA").status, 200);
    company.mock.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    company.hand("delete_user", "2001");
    company.now += 10 * MINUTE;
    assert_eq!(company.who("ACME_HELPSCOUT_MAYA_ACCESS"), Some(2001));
    company.mock.kernel().set_fault(Some(Fault::OtherIdentity));
    assert_ne!(company.who("ACME_HELPSCOUT_SHARED_ACCESS"), Some(2004));
    assert!(company.mock.by_hand("fly", "x", company.now).is_err());
    let unknown = Request::new("GET", "/v2/conversations").on(API);
    assert!(company.mock.handle(&unknown, company.now).is_none());
}

#[test]
fn anybodys_password_can_be_reset_and_the_refresh_token_goes_on() {
    let mut company = start();
    let password = company.acme("LEO_PASSWORD");
    let login = |company: &mut Company| {
        let form = [("email", "leo@acme.example"), ("password", password.as_str())];
        let request = Request::new("POST", "/members/login/").on(CONSOLE);
        company.send(&request.with_form(&form)).status
    };
    assert_eq!(login(&mut company), 302);
    company.hand("reset_password", "2002");
    assert_eq!((login(&mut company), company.refresh().status), (200, 200));
    assert!(company.mock.by_hand("reset_password", "nobody", company.now).is_err());
}
