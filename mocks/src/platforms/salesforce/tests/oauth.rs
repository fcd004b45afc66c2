//! Tokens, approvals and apps.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

impl Org {
    fn revoke(&mut self, token: &str) -> Response {
        self.send(&Request::new("POST", "/services/oauth2/revoke").with_form(&[("token", token)]))
    }

    fn approvals(&mut self) -> Vec<Value> {
        let from = "FROM OauthToken WHERE UserId = '005ACME0000MAYA'";
        self.soql(&format!("SELECT Id, DeleteToken {from}"))
    }

    /// Lets Maya approve the bridge once more, in a browser; gives the refresh token.
    fn approve(&mut self) -> String {
        let password = self.secret("ACME_SALESFORCE_MAYA_PASSWORD");
        let form = [("username", "maya@acme.example"), ("pw", &*password)];
        let entered = self.send(&Request::new("POST", "/").with_form(&form));
        let cookie = entered.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let (id, secret) = (
            self.secret("ACME_SALESFORCE_CLIENT_ID"),
            self.secret("ACME_SALESFORCE_CLIENT_SECRET"),
        );
        let target =
            format!("/services/oauth2/authorize?client_id={id}&redirect_uri=http://c.test");
        let back = self.send(&Request::new("GET", &target).with("cookie", &cookie));
        let code = back.header("location").unwrap().split("code=").nth(1).unwrap().to_owned();
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &*id),
            ("client_secret", &*secret),
            ("code", &*code),
        ];
        assert!(self.token(&fields).value()["refresh_token"].is_string());
        // A code is good once, so the token comes from a second approval's answer.
        assert_eq!(self.token(&fields).status, 400);
        self.approvals().last().unwrap()["DeleteToken"].as_str().unwrap().to_owned()
    }

    fn assertion(&mut self, header: &Value, claims: &Value) -> Response {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let sent = format!("{}.{}.c2ln", encode(header), encode(claims));
        let kind = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        self.token(&[("grant_type", kind), ("assertion", &sent)])
    }
}

#[test]
fn a_removed_session_is_replaced_through_the_refresh_token_at_once() {
    let mut org = start();
    let target = "sobjects/AuthSession/0AkACME0000MAYAAAA";
    assert_eq!(org.admin("DELETE", target, &Value::Null).status, 204);
    assert_eq!(org.admin("DELETE", target, &Value::Null).status, 404);
    assert!(!org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    let minted = org.refreshes();
    let token = minted.value()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(org.who(&token).as_deref(), Some("maya@acme.example"));
    assert!(minted.value().get("expires_in").is_none());
}

#[test]
fn revoking_an_access_token_leaves_the_refresh_token_and_the_reverse_takes_both() {
    let mut org = start();
    let access = org.secret("ACME_SALESFORCE_MAYA_ACCESS");
    assert_eq!(org.revoke(&access).status, 200);
    let again = org.revoke(&access);
    assert_eq!((again.status, &again.value()["error"]), (400, &json!("invalid_token")));
    let minted = org.refreshes().value()["access_token"].as_str().unwrap().to_owned();
    let refresh = org.secret("ACME_SALESFORCE_MAYA_REFRESH");
    assert_eq!(org.revoke(&refresh).status, 200);
    assert_eq!(org.who(&minted), None);
    let dead = org.refreshes();
    assert_eq!(dead.value()["error_description"], "expired access/refresh token");
    assert!(org.lives("GLOBEX_SALESFORCE_MAYA_ACCESS"));
}

#[test]
fn the_delete_token_of_a_row_ends_that_approval_and_not_its_siblings() {
    let mut org = start();
    let second = org.approve();
    let first = org.approvals()[0]["DeleteToken"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!(org.revoke(&first).status, 200);
    assert_eq!(org.refreshes().status, 400);
    assert_eq!(org.approvals().len(), 1);
}

#[test]
fn the_sixth_approval_silently_evicts_the_oldest() {
    let mut org = start();
    for _ in 0..4 {
        org.approve();
    }
    assert_eq!((org.approvals().len(), org.refreshes().status), (5, 200));
    org.approve();
    assert_eq!((org.approvals().len(), org.refreshes().status), (5, 400));
}

#[test]
fn a_jwt_survives_its_approval_and_its_session_survives_the_jwt() {
    let mut org = start();
    let from = "FROM OauthToken WHERE UserId = '005ACME0000LEO0AAA'";
    let rows = org.soql(&format!("SELECT DeleteToken {from}"));
    org.revoke(rows[0]["DeleteToken"].as_str().unwrap());
    org.now += 60 * MINUTE;
    assert!(org.lives("ACME_SALESFORCE_LEO_JWT"));
    let token = org.secret("ACME_SALESFORCE_LEO_JWT");
    assert_eq!(org.revoke(&token).status, 200);
    org.now += 29 * MINUTE;
    assert!(org.lives("ACME_SALESFORCE_LEO_JWT"));
    org.now += MINUTE;
    assert!(!org.lives("ACME_SALESFORCE_LEO_JWT"));
    assert!(org.lives("ACME_SALESFORCE_LEO_SESSION"));
}

#[test]
fn revoking_all_jwts_takes_half_an_hour_and_a_jwt_dies_of_age_anyway() {
    let mut org = start();
    org.hand("revoke_jwt_access_tokens", "all");
    org.now += 10 * MINUTE;
    assert!(org.lives("ACME_SALESFORCE_LEO_JWT"));
    org.now += 20 * MINUTE;
    assert!(!org.lives("ACME_SALESFORCE_LEO_JWT"));
    assert!(org.lives("ACME_SALESFORCE_LEO_SESSION"));
    let mut fresh = start();
    fresh.now += 240 * MINUTE;
    assert!(!fresh.lives("ACME_SALESFORCE_LEO_JWT"));
}

#[test]
fn a_rotating_refresh_token_is_good_once() {
    let mut org = start();
    let first = org.secret("ACME_SALESFORCE_LEO_REFRESH");
    let answer = org.refresh("ACME_SALESFORCE_MOBILE", &first).value();
    let second = answer["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(org.refresh("ACME_SALESFORCE_MOBILE", &first).status, 400);
    assert_eq!(org.refresh("ACME_SALESFORCE_MOBILE", &second).status, 200);
}

#[test]
fn a_rotated_consumer_secret_stops_exchanges_unless_the_app_asks_for_none() {
    let mut org = start();
    org.hand("rotate_consumer_secret", "acme-bridge");
    org.hand("rotate_consumer_secret", "acme-mobile");
    assert_eq!(org.refreshes().value()["error"], "invalid_client");
    assert_eq!(org.own_credentials("ACME_SALESFORCE_CLIENT").value()["error"], "invalid_client");
    assert!(org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    let token = org.secret("ACME_SALESFORCE_LEO_REFRESH");
    assert_eq!(org.refresh("ACME_SALESFORCE_MOBILE", &token).status, 200);
}

#[test]
fn a_blocked_app_is_out_for_everybody_and_its_approvals_wait() {
    let mut org = start();
    org.hand("block_app", "acme-bridge");
    assert!(!org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    assert_eq!(org.refreshes().status, 400);
    assert_eq!(org.own_credentials("ACME_SALESFORCE_CLIENT").status, 400);
    assert_eq!(org.login("MAYA", "maya@acme.example"), 200);
    org.hand("unblock_app", "acme-bridge");
    assert_eq!(org.refreshes().status, 200);
}

#[test]
fn an_uninstalled_app_keeps_those_who_had_approved_it() {
    let mut org = start();
    org.hand("uninstall_package", "0A3ACME0000PKG0AAA");
    assert_eq!(org.refreshes().status, 200);
    assert!(org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    let cookie = format!("sid={}", org.secret("ACME_SALESFORCE_SHARED_SESSION"));
    let id = org.secret("ACME_SALESFORCE_CLIENT_ID");
    let target = format!("/services/oauth2/authorize?client_id={id}&redirect_uri=http://c.test");
    assert_eq!(org.send(&Request::new("GET", &target).with("cookie", &cookie)).status, 400);
}

#[test]
fn expired_refresh_tokens_and_removed_profile_access_leave_access_tokens() {
    let mut org = start();
    let target = "sobjects/SetupEntityAccess/0J0ACME0000BRDGAAA";
    assert_eq!(org.admin("DELETE", target, &Value::Null).status, 204);
    let refused = org.refreshes().value();
    assert_eq!(refused["error_description"], "user hasn't approved this consumer");
    assert!(org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    let mut org = start();
    org.hand("expire_refresh_tokens", "acme-bridge");
    assert_eq!(org.refreshes().status, 400);
    assert!(org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
}

#[test]
fn introspection_tells_tokens_from_wrong_clients() {
    let mut org = start();
    let (id, secret) =
        (org.secret("ACME_SALESFORCE_CLIENT_ID"), org.secret("ACME_SALESFORCE_CLIENT_SECRET"));
    let token = org.secret("ACME_SALESFORCE_MAYA_REFRESH");
    let mut ask = |token: &str, secret: &str, hint: &str| {
        let form = [
            ("token", token),
            ("client_id", &*id),
            ("client_secret", secret),
            ("token_type_hint", hint),
        ];
        org.send(&Request::new("POST", "/services/oauth2/introspect").with_form(&form))
    };
    let alive = ask(&token, &secret, "refresh_token").value();
    assert_eq!((&alive["active"], &alive["username"]), (&json!(true), &json!("maya@acme.example")));
    assert_eq!(ask("nonsense", &secret, "access_token").value()["active"], false);
    assert_eq!(ask("nonsense", &secret, "refresh_token").status, 400);
    assert_eq!(ask(&token, "wrong", "refresh_token").status, 401);
}

#[test]
fn client_credentials_are_for_my_domain_only() {
    let mut org = start();
    let (id, secret) =
        (org.secret("ACME_SALESFORCE_CLIENT_ID"), org.secret("ACME_SALESFORCE_CLIENT_SECRET"));
    let request = Request::new("POST", "/services/oauth2/token")
        .with_form(&[("grant_type", "client_credentials")])
        .with_basic(&id, &secret);
    assert_eq!(org.send(&request.clone().on(HOME)).status, 200);
    assert_eq!(org.send(&request.on(LOGIN_HOST)).status, 400);
}

#[test]
fn the_password_flow_needs_password_token_and_client() {
    let mut org = start();
    let (id, secret) =
        (org.secret("ACME_SALESFORCE_CLIENT_ID"), org.secret("ACME_SALESFORCE_CLIENT_SECRET"));
    let password = org.secret("ACME_SALESFORCE_SYNC_PASSWORD")
        + &org.secret("ACME_SALESFORCE_SYNC_SECURITY_TOKEN");
    let mut ask = |password: &str| {
        let form = [
            ("grant_type", "password"),
            ("client_id", &*id),
            ("client_secret", &*secret),
            ("username", "sync@acme.example"),
            ("password", password),
        ];
        org.token(&form)
    };
    let answer = ask(&password).value();
    assert!(answer["access_token"].is_string() && answer["refresh_token"].is_null());
    assert_eq!(ask("nonsense").value()["error"], "invalid_grant");
}

#[test]
fn a_certificate_speaks_for_any_of_the_suppliers_users_until_it_is_removed() {
    let mut org = start();
    let now = 1_790_000_000;
    let id = org.secret("ACME_SALESFORCE_CLIENT_ID");
    let header = json!({"alg": "RS256", "kid": org.secret("ACME_SALESFORCE_JWT_KID")});
    let claims = |sub: &str, aud: &str, exp: u64| json!({"iss": id, "sub": sub, "aud": aud, "exp": exp.to_string()});
    let good = claims("leo@acme.example", "https://login.salesforce.com", now + 180);
    let token = org.assertion(&header, &good).value()["access_token"].clone();
    assert_eq!(org.who(token.as_str().unwrap()).as_deref(), Some("leo@acme.example"));
    let home = claims("maya@acme.example", "http://home.test", now + 180);
    assert_eq!(org.assertion(&json!({"alg": "RS256"}), &home).status, 200);
    let foreign = claims("maya@globex.example", "http://login.test", now + 180);
    let refused = org.assertion(&header, &foreign).value();
    assert_eq!(refused["error_description"], "user hasn't approved this consumer");
    let elsewhere = claims("leo@acme.example", "http://elsewhere.test", now + 180);
    let late = claims("leo@acme.example", "http://login.test", now - 400);
    let far = claims("leo@acme.example", "http://login.test", now + 4000);
    for bad in [&elsewhere, &late, &far] {
        assert_eq!(org.assertion(&header, bad).value()["error_description"], "invalid assertion");
    }
    assert_eq!(org.assertion(&json!({"alg": "RS256", "kid": "x"}), &good).status, 400);
    org.hand("remove_certificate", "acme-certificate");
    assert_eq!(org.assertion(&header, &good).status, 400);
}
