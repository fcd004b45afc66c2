//! What survives what at a generic server, by use.

use std::time::Duration;

use super::*;
use crate::faults::Fault;
use crate::platforms::Variables;
use crate::times::from_epoch;

struct Server {
    oidc: Oidc,
    variables: Variables,
    now: SystemTime,
}

fn server() -> Server {
    let now = from_epoch(1_790_000_000);
    let urls = Urls::from([(ISSUER, "http://op.test".to_owned())]);
    let (oidc, variables) = Oidc::seeded(&urls, now);
    Server { oidc, variables, now }
}

impl Server {
    fn var(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.oidc.handle(request, self.now).expect("the route exists")
    }

    fn as_app(&mut self, path: &str, form: &[(&str, &str)]) -> Response {
        let (id, secret) =
            (self.var("ACME_OAUTH_OIDC_CLIENT_ID"), self.var("ACME_OAUTH_OIDC_CLIENT_SECRET"));
        self.send(&Request::new("POST", path).with_basic(&id, &secret).with_form(form))
    }

    fn refresh(&mut self, token: &str) -> Response {
        self.as_app("/token", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    fn revoke(&mut self, token: &str) -> Response {
        self.as_app("/revoke", &[("token", token)])
    }

    fn active(&mut self, token: &str) -> bool {
        let id = self.var("OAUTH_OIDC_ADMIN_CLIENT_ID");
        let secret = self.var("OAUTH_OIDC_ADMIN_CLIENT_SECRET");
        let request = Request::new("POST", "/introspect").with_basic(&id, &secret);
        self.send(&request.with_form(&[("token", token)])).value()["active"] == true
    }

    fn me(&mut self, at: &'static str, token: &str) -> Response {
        self.send(&Request::new("GET", "/me").on(at).auth("Bearer", token))
    }

    fn sso(&mut self) -> String {
        let cookie = format!("op_session={}", self.var("ACME_OAUTH_OIDC_MAYA_SESSION"));
        let target = "/authorize?response_type=code&client_id=acme-app&prompt=none&state=x\
                      &scope=openid%20offline_access";
        let answer = self.send(&Request::new("GET", target).with("Cookie", &cookie));
        answer.header("location").unwrap_or_default().to_owned()
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().expect("a text field").to_owned()
}

#[test]
fn every_credential_works_at_first_and_names_its_subject() {
    let mut server = server();
    let (access, jwt) =
        (server.var("ACME_OAUTH_OIDC_MAYA_ACCESS"), server.var("ACME_OAUTH_OIDC_MAYA_JWT"));
    assert_eq!(server.me(API, &access).value()["sub"], "maya@acme.example");
    assert_eq!(server.me(API, &jwt).value()["sub"], "maya@acme.example");
    assert_eq!(server.me(JWT_API, &jwt).value()["sub"], "maya@acme.example");
    assert_eq!(server.me(JWT_API, &access).status, 401);
    assert!(server.sso().contains("code="));
    for name in ["ACME_OAUTH_OIDC_MAYA_REFRESH", "GLOBEX_OAUTH_OIDC_LEO_REFRESH"] {
        let token = server.var(name);
        assert!(server.active(&token));
    }
}

#[test]
fn revoking_an_access_token_leaves_its_refresh_token() {
    let mut server = server();
    let (access, refresh) =
        (server.var("ACME_OAUTH_OIDC_MAYA_ACCESS"), server.var("ACME_OAUTH_OIDC_MAYA_REFRESH"));
    assert_eq!(server.revoke(&access).status, 200);
    assert_eq!(server.me(API, &access).status, 401);
    assert_eq!(server.refresh(&refresh).status, 200);
}

#[test]
fn revoking_a_refresh_token_ends_its_access_tokens_except_at_a_local_validator() {
    let mut server = server();
    let (access, jwt) =
        (server.var("ACME_OAUTH_OIDC_MAYA_ACCESS"), server.var("ACME_OAUTH_OIDC_MAYA_JWT"));
    let refresh = server.var("ACME_OAUTH_OIDC_MAYA_REFRESH");
    server.revoke(&refresh);
    assert_eq!(server.refresh(&refresh).value()["error"], "invalid_grant");
    assert_eq!(server.me(API, &access).status, 401);
    assert_eq!(server.me(API, &jwt).status, 401);
    assert_eq!(server.me(JWT_API, &jwt).status, 200);
    server.now += Duration::from_secs(3600);
    assert_eq!(server.me(JWT_API, &jwt).status, 401);
}

#[test]
fn replaying_a_rotated_refresh_token_ends_its_family() {
    let mut server = server();
    let old = server.var("ACME_OAUTH_OIDC_MAYA_REFRESH");
    let fresh = text(&server.refresh(&old).value(), "refresh_token");
    assert!(server.active(&fresh));
    assert_eq!(server.refresh(&old).status, 400);
    assert!(!server.active(&fresh));
    let leo = server.var("ACME_OAUTH_OIDC_LEO_REFRESH");
    assert!(server.active(&leo));
}

#[test]
fn a_grace_period_lets_the_rotated_token_work_for_a_while() {
    let mut server = server();
    server.oidc.knobs.rotation = Some(Duration::from_secs(30));
    let old = server.var("ACME_OAUTH_OIDC_MAYA_REFRESH");
    assert_eq!(server.refresh(&old).status, 200);
    assert_eq!(server.refresh(&old).status, 200);
    server.now += Duration::from_secs(61);
    assert_eq!(server.refresh(&old).status, 400);
}

#[test]
fn disabling_a_user_stops_refreshing_and_sso_but_not_access_tokens_and_is_reversible() {
    let mut server = server();
    let (access, refresh) =
        (server.var("ACME_OAUTH_OIDC_MAYA_ACCESS"), server.var("ACME_OAUTH_OIDC_MAYA_REFRESH"));
    let by_hand = server.oidc.by_hand("disable_user", "maya@acme.example", server.now);
    assert_eq!(by_hand, Ok(()));
    assert_eq!(server.refresh(&refresh).status, 400);
    assert!(server.sso().contains("login_required"));
    assert_eq!(server.me(API, &access).status, 200);
    let by_hand = server.oidc.by_hand("enable_user", "maya@acme.example", server.now);
    assert_eq!(by_hand, Ok(()));
    assert_eq!(server.refresh(&refresh).status, 200, "a refusal by mask is no reuse");
}

#[test]
fn a_server_that_does_not_look_at_the_user_goes_on_refreshing() {
    let mut server = server();
    server.oidc.knobs.disable_user_checked_at_refresh = false;
    let refresh = server.var("ACME_OAUTH_OIDC_MAYA_REFRESH");
    assert!(server.oidc.by_hand("disable_user", "maya@acme.example", server.now).is_ok());
    assert_eq!(server.refresh(&refresh).status, 200);
}

#[test]
fn deleting_a_client_stops_issuance_and_leaves_its_access_tokens() {
    let mut server = server();
    let (access, refresh) =
        (server.var("ACME_OAUTH_OIDC_MAYA_ACCESS"), server.var("ACME_OAUTH_OIDC_MAYA_REFRESH"));
    assert!(server.oidc.by_hand("delete_client", "acme-app", server.now).is_ok());
    assert_eq!(server.refresh(&refresh).value()["error"], "invalid_client");
    assert!(!server.active(&refresh));
    assert_eq!(server.me(API, &access).status, 200);
    assert!(server.oidc.by_hand("delete_client", "no-app", server.now).is_err());
}

#[test]
fn logging_out_ends_the_cookie_and_spares_offline_access() {
    let mut server = server();
    let cookie = format!("op_session={}", server.var("ACME_OAUTH_OIDC_MAYA_SESSION"));
    server.send(&Request::new("GET", "/end_session").with("Cookie", &cookie));
    assert!(server.sso().contains("login_required"));
    let refresh = server.var("ACME_OAUTH_OIDC_MAYA_REFRESH");
    assert!(server.active(&refresh));
}

#[test]
fn a_code_works_once_and_its_replay_ends_what_came_of_it() {
    let mut server = server();
    let location = server.sso();
    let code = location.split(['?', '&', '=']).nth(2).expect("a code").to_owned();
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let refresh = text(&server.as_app("/token", &form).value(), "refresh_token");
    assert!(server.active(&refresh));
    assert_eq!(server.as_app("/token", &form).status, 400);
    assert!(!server.active(&refresh));
}

#[test]
fn revoking_an_unknown_token_succeeds_unless_the_knob_says_otherwise() {
    let mut server = server();
    assert_eq!(server.revoke("nonsense").status, 200);
    server.oidc.knobs.error_in_200_body = true;
    assert_eq!(server.revoke("nonsense").value()["error"], "invalid_token");
    server.oidc.knobs.revoke_unknown = 400;
    assert_eq!(server.revoke("nonsense").status, 400);
}

#[test]
fn a_client_learns_nothing_about_another_clients_token() {
    let mut server = server();
    let foreign = server.var("GLOBEX_OAUTH_OIDC_MAYA_REFRESH");
    let answer = server.as_app("/introspect", &[("token", &foreign)]);
    assert_eq!(answer.value(), json!({"active": false}));
    assert_eq!(server.revoke(&foreign).status, 400);
    assert!(server.active(&foreign));
}

#[test]
fn a_caching_resource_server_believes_its_cache() {
    let mut server = server();
    server.oidc.knobs.introspection_cache = Some(Duration::from_secs(60));
    let access = server.var("ACME_OAUTH_OIDC_MAYA_ACCESS");
    assert_eq!(server.me(API, &access).status, 200);
    server.revoke(&access);
    assert_eq!(server.me(API, &access).status, 200);
    server.now += Duration::from_secs(60);
    assert_eq!(server.me(API, &access).status, 401);
}

#[test]
fn an_empty_request_is_challenged_without_an_error_code() {
    let mut server = server();
    let answer = server.send(&Request::new("GET", "/me").on(API));
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").is_some_and(|h| !h.contains("error")));
}

#[test]
fn minting_is_for_the_inspector_only() {
    let mut server = server();
    let form = [("kind", "refresh"), ("login", "sync@acme.example"), ("client_id", "acme-app")];
    assert_eq!(server.as_app("/mint", &form).status, 401);
    let id = server.var("OAUTH_OIDC_ADMIN_CLIENT_ID");
    let secret = server.var("OAUTH_OIDC_ADMIN_CLIENT_SECRET");
    let request = Request::new("POST", "/mint").with_basic(&id, &secret).with_form(&form);
    let minted = text(&server.send(&request).value(), "value");
    assert!(server.active(&minted));
}

#[test]
fn faults_of_revocation_reach_this_platform() {
    let mut server = server();
    server.oidc.kernel.set_fault(Some(Fault::RevokeDoesNothing));
    let refresh = server.var("ACME_OAUTH_OIDC_MAYA_REFRESH");
    assert_eq!(server.revoke(&refresh).status, 200);
    assert!(server.active(&refresh));
    server.oidc.kernel.set_fault(Some(Fault::KillsBystander));
    server.revoke(&refresh);
    let bystander = server.var("GLOBEX_OAUTH_OIDC_MAYA_REFRESH");
    assert!(!server.active(&bystander));
}

#[test]
fn a_withdrawn_consent_ends_no_token_and_no_session() {
    let mut server = server();
    server.oidc.by_hand("delete_consent", "maya@acme.example/acme-app", server.now).unwrap();
    assert!(server.sso().contains("error=consent_required"));
    for name in ["ACME_OAUTH_OIDC_MAYA_ACCESS", "ACME_OAUTH_OIDC_MAYA_REFRESH"] {
        let token = server.var(name);
        assert!(server.active(&token), "{name}");
    }
    let again = server.oidc.by_hand("delete_consent", "maya@acme.example/acme-app", server.now);
    assert!(again.is_err());
}

#[test]
fn a_withdrawn_signing_key_ends_everybodys_jwts_and_nothing_else() {
    let mut server = server();
    server.oidc.by_hand("rotate_signing_key", "", server.now).unwrap();
    for supplier in ["ACME", "GLOBEX"] {
        let jwt = server.var(&format!("{supplier}_OAUTH_OIDC_MAYA_JWT"));
        assert_eq!((server.me(JWT_API, &jwt).status, server.me(API, &jwt).status), (401, 401));
    }
    let access = server.var("ACME_OAUTH_OIDC_MAYA_ACCESS");
    assert_eq!(server.me(API, &access).status, 200);
    let minted = server.jwt_refresh();
    assert_eq!(server.me(JWT_API, &minted).value()["sub"], "maya@acme.example");
}

#[test]
fn a_refresh_for_a_named_api_mints_a_jwt_that_outlives_it() {
    let mut server = server();
    let minted = server.jwt_refresh();
    server.oidc.by_hand("disable_user", "maya@acme.example", server.now).unwrap();
    assert_eq!(server.me(JWT_API, &minted).status, 200);
}

impl Server {
    fn jwt_refresh(&mut self) -> String {
        let token = self.var("ACME_OAUTH_OIDC_MAYA_JWT_REFRESH");
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str()),
            ("resource", "https://api.ours.example"),
        ];
        text(&self.as_app("/token", &form).value(), "access_token")
    }
}
