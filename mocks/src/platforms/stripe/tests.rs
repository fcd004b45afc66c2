//! What survives what at Stripe; names are claims.

use serde_json::{Value, json};

use super::seed::account;
use super::*;
use crate::faults::Fault;
use crate::platforms::Variables;
use crate::times::{epoch, from_epoch};

const MINUTE: Duration = Duration::from_secs(60);
const PREVIEW: &str = "2026-08-12.preview";

struct Till {
    stripe: Stripe,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Till {
    let now = from_epoch(1_790_000_000);
    let (stripe, variables) = account(now);
    Till { stripe, variables, now }
}

impl Till {
    fn send(&mut self, request: &Request) -> Response {
        self.stripe.handle(request, self.now).unwrap()
    }

    fn get(&mut self, name: &str, target: &str) -> Response {
        let key = self.variables[name].clone();
        self.send(&Request::new("GET", target).on(API).auth("Bearer", &key))
    }

    fn balance(&mut self, what: &str) -> u16 {
        self.get(&format!("ACME_STRIPE_{what}"), "/v1/balance").status
    }

    fn iam(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let key = self.variables["STRIPE_ADMIN_KEY"].clone();
        let request = Request::new(method, target).on(API).auth("Bearer", &key);
        self.send(&request.with("Stripe-Version", PREVIEW).with_json(body))
    }

    /// Asks as ACME's platform about our account.
    fn as_platform(&mut self) -> Response {
        let key = self.variables["ACME_STRIPE_PLATFORM_KEY"].clone();
        let request = Request::new("GET", "/v1/account").on(API).auth("Bearer", &key);
        self.send(&request.with("Stripe-Account", OURS))
    }

    fn refresh(&mut self) -> Response {
        let token = self.variables["ACME_STRIPE_CONNECT_REFRESH"].clone();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &token)];
        self.token_call("/oauth/token", &fields)
    }

    fn token_call(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let key = self.variables["ACME_STRIPE_PLATFORM_KEY"].clone();
        let request = Request::new("POST", path).on(CONNECT).auth("Bearer", &key);
        self.send(&request.with_form(fields))
    }

    fn deauthorize(&mut self) -> Response {
        let fields = [("client_id", "ca_ACMEPLATFORM"), ("stripe_user_id", OURS)];
        self.token_call("/oauth/deauthorize", &fields)
    }

    fn signed_with(&mut self, secret: &str) -> u16 {
        let stamp = epoch(self.now).to_string();
        let body = json!({"type": "drill"});
        let good = receiver::signature(secret, &stamp, body.to_string().as_bytes());
        let request = Request::new("POST", "/stripe/we_1ACMEHOOK").on(RECEIVER).with_json(&body);
        self.send(&request.with("Stripe-Signature", &format!("t={stamp},v1={good}"))).status
    }
}

#[test]
fn every_seeded_key_works_for_our_account() {
    let mut till = start();
    for supplier in ["ACME", "GLOBEX"] {
        for what in ["SYNC_KEY", "MAYA_KEY", "RESTRICTED_KEY", "MAYA_CLI_KEY", "CONNECT_ACCESS"] {
            let name = format!("{supplier}_STRIPE_{what}");
            assert_eq!(till.get(&name, "/v1/balance").status, 200, "{name}");
            assert_eq!(till.get(&name, "/v1/account").value()["id"], OURS, "{name}");
        }
    }
    let key = till.variables["ACME_STRIPE_SYNC_KEY"].clone();
    let basic = Request::new("GET", "/v1/account").on(API).with_basic(&key, "");
    assert_eq!(till.send(&basic).value()["id"], OURS);
    assert_eq!(till.as_platform().value()["id"], OURS);
}

#[test]
fn an_organization_key_needs_its_context() {
    let mut till = start();
    assert_eq!(till.balance("ORG_KEY"), 400);
    let key = till.variables["ACME_STRIPE_ORG_KEY"].clone();
    let request = Request::new("GET", "/v1/balance").on(API).auth("Bearer", &key);
    assert_eq!(till.send(&request.with("Stripe-Context", OURS)).status, 200);
}

#[test]
fn a_narrow_key_is_alive_and_not_permitted() {
    let mut till = start();
    let answer = till.get("ACME_STRIPE_NARROW_KEY", "/v1/balance");
    assert_eq!(answer.status, 403);
    let message = answer.value()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("does not have the required permissions"));
    assert_eq!(till.get("ACME_STRIPE_NARROW_KEY", "/v1/charges?limit=1").status, 200);
}

#[test]
fn a_key_that_never_was_differs_from_one_that_expired() {
    let mut till = start();
    let call = |till: &mut Till, key: &str| {
        till.send(&Request::new("GET", "/v1/balance").on(API).auth("Bearer", key)).value()
    };
    let never = call(&mut till, "sk_test_neverissued00000000");
    assert!(never["error"]["message"].as_str().unwrap().starts_with("Invalid API Key"));
    assert_eq!(never["error"].get("code"), None);
    assert!(call(&mut till, "garbage")["error"]["message"].as_str().unwrap().ends_with("garbage"));
    till.iam("POST", "/v2/iam/api_keys/mk_1ACMESYNC/expire", &json!({}));
    till.now += MINUTE;
    let key = till.variables["ACME_STRIPE_SYNC_KEY"].clone();
    assert_eq!(call(&mut till, &key)["error"]["code"], "api_key_expired");
    let none = till.send(&Request::new("GET", "/v1/balance").on(API));
    assert_eq!(none.status, 401);
}

#[test]
fn an_expired_key_works_a_moment_longer_and_its_siblings_for_ever() {
    let mut till = start();
    let answer = till.iam("POST", "/v2/iam/api_keys/mk_1ACMESYNC/expire", &json!({}));
    assert_eq!(answer.value()["status"], "expired");
    assert_eq!(till.balance("SYNC_KEY"), 200);
    till.now += Duration::from_secs(10);
    assert_eq!(till.balance("SYNC_KEY"), 401);
    for sibling in ["MAYA_KEY", "RESTRICTED_KEY", "MAYA_CLI_KEY", "CONNECT_ACCESS"] {
        assert_eq!(till.balance(sibling), 200, "{sibling}");
    }
    assert_eq!(till.get("GLOBEX_STRIPE_SYNC_KEY", "/v1/balance").status, 200);
}

#[test]
fn a_rotated_key_works_through_its_overlap() {
    let mut till = start();
    let target = "/v2/iam/api_keys/mk_1ACMESYNC/rotate";
    let too_long = till.iam("POST", target, &json!({"expire_current_key_in_minutes": 10_081}));
    assert_eq!(too_long.status, 400);
    let made = till.iam("POST", target, &json!({"expire_current_key_in_minutes": 10_080}));
    let fresh = made.value()["secret_key"]["token"].as_str().unwrap().to_owned();
    till.variables.insert("ACME_STRIPE_FRESH".into(), fresh);
    till.now += KEY_OVERLAP - MINUTE;
    assert_eq!((till.balance("SYNC_KEY"), till.balance("FRESH")), (200, 200));
    till.now += 2 * MINUTE;
    assert_eq!((till.balance("SYNC_KEY"), till.balance("FRESH")), (401, 200));
}

#[test]
fn the_dashboard_deletes_and_rolls_keys_too() {
    let mut till = start();
    let now = till.now;
    till.stripe.by_hand("delete_api_key", "mk_1ACMEMAYA", now).unwrap();
    till.stripe.by_hand("roll_api_key_now", "mk_1ACMERESTRICTED", now).unwrap();
    till.stripe.by_hand("roll_api_key", "mk_1ACMESYNC", now).unwrap();
    till.now += MINUTE;
    let statuses = ["MAYA_KEY", "RESTRICTED_KEY", "SYNC_KEY"].map(|what| till.balance(what));
    assert_eq!(statuses, [401, 401, 200]);
    assert!(till.stripe.by_hand("delete_api_key", "mk_1ACMEMAYA", till.now).is_err());
    assert!(till.stripe.by_hand("no_such_action", "x", till.now).is_err());
}

#[test]
fn removing_a_team_member_ends_no_key_of_hers() {
    let mut till = start();
    till.stripe.by_hand("remove_team_member", "usr_ACMEMAYA", till.now).unwrap();
    till.now += 60 * MINUTE;
    assert_eq!((till.balance("MAYA_KEY"), till.balance("MAYA_CLI_KEY")), (200, 200));
}

#[test]
fn a_command_line_key_dies_after_ninety_days() {
    let mut till = start();
    till.now += 90 * 24 * 60 * MINUTE;
    assert_eq!((till.balance("MAYA_CLI_KEY"), till.balance("MAYA_KEY")), (401, 200));
}

#[test]
fn deauthorizing_ends_tokens_and_header_access_and_spares_keys() {
    let mut till = start();
    let renewed = till.refresh().value()["access_token"].as_str().unwrap().to_owned();
    till.variables.insert("ACME_STRIPE_RENEWED".into(), renewed);
    assert_eq!(till.balance("RENEWED"), 200);
    assert_eq!(till.deauthorize().value()["stripe_user_id"], OURS);
    assert_eq!((till.balance("CONNECT_ACCESS"), till.balance("RENEWED")), (401, 401));
    let refused = till.refresh();
    assert_eq!((refused.status, &refused.value()["error"]), (400, &json!("invalid_grant")));
    let refused = till.as_platform();
    assert_eq!(
        (refused.status, &refused.value()["error"]["code"]),
        (403, &json!("account_invalid"))
    );
    assert_eq!(till.balance("PLATFORM_KEY"), 200, "the platform's own key is theirs");
    assert_eq!(till.balance("SYNC_KEY"), 200);
    let events = till.get("ACME_STRIPE_PLATFORM_KEY", "/v1/events").value();
    assert_eq!(events["data"][0]["type"], "account.application.deauthorized");
    assert_eq!(till.deauthorize().status, 401);
    assert_eq!(till.get("GLOBEX_STRIPE_CONNECT_ACCESS", "/v1/balance").status, 200);
}

#[test]
fn the_owner_revokes_a_platform_in_the_dashboard() {
    let mut till = start();
    till.stripe.by_hand("revoke_platform", "ca_ACMEPLATFORM", till.now).unwrap();
    assert_eq!((till.balance("CONNECT_ACCESS"), till.as_platform().status), (401, 403));
    let accounts = till.get("ACME_STRIPE_PLATFORM_KEY", "/v1/accounts").value();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 0);
}

#[test]
fn only_platforms_may_name_other_accounts() {
    let mut till = start();
    let key = till.variables["ACME_STRIPE_SYNC_KEY"].clone();
    let request = Request::new("GET", "/v1/account").on(API).auth("Bearer", &key);
    let answer = till.send(&request.with("Stripe-Account", "acct_1GLOBEXPLATFORM"));
    assert_eq!(answer.status, 403);
    assert!(
        answer.value()["error"]["message"].as_str().unwrap().starts_with("Only Stripe Connect")
    );
}

#[test]
fn a_rolled_signing_secret_is_believed_for_a_day() {
    let mut till = start();
    let old = till.variables["ACME_STRIPE_WEBHOOK_SECRET"].clone();
    assert_eq!((till.signed_with(&old), till.signed_with("whsec_guess")), (200, 400));
    till.stripe.by_hand("roll_webhook_secret", "we_1ACMEHOOK", till.now).unwrap();
    till.now += SIGNING_OVERLAP - MINUTE;
    assert_eq!(till.signed_with(&old), 200);
    till.now += MINUTE;
    assert_eq!(till.signed_with(&old), 400);
}

#[test]
fn a_signing_secret_rolled_now_is_dead_now() {
    let mut till = start();
    let old = till.variables["ACME_STRIPE_WEBHOOK_SECRET"].clone();
    till.stripe.by_hand("roll_webhook_secret_now", "we_1ACMEHOOK", till.now).unwrap();
    assert_eq!(till.signed_with(&old), 400);
}

#[test]
fn an_endpoint_is_made_listed_and_deleted() {
    let mut till = start();
    let key = till.variables["STRIPE_ADMIN_KEY"].clone();
    let make = Request::new("POST", "/v1/webhook_endpoints").on(API).auth("Bearer", &key);
    let made =
        till.send(&make.with_form(&[("url", "https://x.example"), ("enabled_events[0]", "*")]));
    assert!(made.value()["secret"].as_str().unwrap().starts_with("whsec_"));
    let mut seen = Vec::new();
    let mut target = "/v1/webhook_endpoints?limit=1".to_owned();
    loop {
        let page = till.get("STRIPE_ADMIN_KEY", &target).value();
        let id = page["data"][0]["id"].as_str().unwrap().to_owned();
        target = format!("/v1/webhook_endpoints?limit=1&starting_after={id}");
        seen.push(id);
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), 3);
    let target = "/v1/webhook_endpoints/we_1ACMEHOOK";
    let delete = Request::new("DELETE", target).on(API).auth("Bearer", &key);
    assert_eq!(till.send(&delete).value()["deleted"], true);
    assert_eq!(till.send(&delete).status, 404);
    let secret = till.variables["ACME_STRIPE_WEBHOOK_SECRET"].clone();
    assert_eq!(till.signed_with(&secret), 400);
}

#[test]
fn keys_are_listed_to_the_end_by_administrators_of_the_preview_only() {
    let mut till = start();
    let mut target = "/v2/iam/api_keys?limit=3".to_owned();
    let mut count = 0;
    loop {
        let page = till.iam("GET", &target, &json!({})).value();
        count += page["data"].as_array().unwrap().len();
        match page["next_page_url"].as_str() {
            Some(next) => next.clone_into(&mut target),
            None => break,
        }
    }
    assert_eq!(count, 11);
    till.stripe.plant(till.now);
    let listed = till.iam("GET", "/v2/iam/api_keys?limit=100", &json!({})).value();
    assert_eq!(listed["data"].as_array().unwrap().len(), 12);
    assert_eq!(till.get("STRIPE_ADMIN_KEY", "/v2/iam/api_keys").status, 400);
    let key = till.variables["ACME_STRIPE_SYNC_KEY"].clone();
    let request = Request::new("GET", "/v2/iam/api_keys").on(API).auth("Bearer", &key);
    assert_eq!(till.send(&request.with("Stripe-Version", PREVIEW)).status, 403);
}

#[test]
fn a_minted_key_works_and_the_log_names_the_actor() {
    let mut till = start();
    let made = till.iam("POST", "/v2/iam/api_keys", &json!({"name": "canary"})).value();
    let token = made["secret_key"]["token"].as_str().unwrap().to_owned();
    till.variables.insert("ACME_STRIPE_CANARY".into(), token);
    assert_eq!(till.balance("CANARY"), 200);
    let log = till.iam("GET", "/v2/iam/activity_logs", &json!({})).value();
    assert_eq!(log["data"][0]["actor"]["user"]["email"], "admin@ours.example");
}

#[test]
fn faults_of_the_revocation_reach_keys_and_identities() {
    for (fault, alive) in [
        (Fault::RevokeDoesNothing, 200),
        (Fault::SlowDeath(10 * MINUTE), 200),
        (Fault::ComesBack(Duration::from_secs(30)), 200),
        (Fault::KillsBystander, 401),
    ] {
        let mut till = start();
        till.stripe.kernel().set_fault(Some(fault));
        till.iam("POST", "/v2/iam/api_keys/mk_1ACMESYNC/expire", &json!({}));
        till.now += MINUTE;
        assert_eq!(till.balance("SYNC_KEY"), alive, "{}", fault.name());
        let bystander = till.get("GLOBEX_STRIPE_SYNC_KEY", "/v1/balance").status == 200;
        assert_eq!(bystander, fault != Fault::KillsBystander);
    }
    let mut till = start();
    till.stripe.kernel().set_fault(Some(Fault::OtherIdentity));
    assert_ne!(till.get("ACME_STRIPE_SYNC_KEY", "/v1/account").value()["id"], OURS);
}
