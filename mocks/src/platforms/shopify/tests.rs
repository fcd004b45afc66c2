//! What survives what at Shopify; names are claims.

use std::time::Duration;

use serde_json::{Value, json};

use super::seed::store;
use super::*;
use crate::faults::Fault;
use crate::platforms::Variables;
use crate::times::from_epoch;

const HOUR: Duration = Duration::from_secs(3600);
const SCOPES: &str = "/admin/oauth/access_scopes.json";

struct Shop {
    shopify: Shopify,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Shop {
    let now = from_epoch(1_790_000_000);
    let (shopify, variables) = store(now);
    Shop { shopify, variables, now }
}

impl Shop {
    fn send(&mut self, request: &Request) -> Response {
        self.shopify.handle(request, self.now).unwrap()
    }

    fn call(&mut self, name: &str, method: &str, target: &str) -> Response {
        let token = self.variables[name].clone();
        self.send(&Request::new(method, target).with("X-Shopify-Access-Token", &token))
    }

    fn status(&mut self, what: &str) -> u16 {
        self.call(&format!("ACME_SHOPIFY_{what}"), "GET", SCOPES).status
    }

    fn ask(&mut self, name: &str, query: &str, variables: &Value) -> Value {
        let token = self.variables[name].clone();
        let request = Request::new("POST", "/admin/api/2026-07/graphql.json");
        let request = request.with("X-Shopify-Access-Token", &token);
        self.send(&request.with_json(&json!({"query": query, "variables": variables}))).value()
    }

    fn exchange(&mut self, grant: &str) -> Response {
        let get = |name: &str| self.variables[&format!("ACME_SHOPIFY_{name}")].clone();
        let body = json!({
            "client_id": get("CLIENT_ID"),
            "client_secret": get("CLIENT_SECRET"),
            "grant_type": grant,
            "refresh_token": get("REFRESH_TOKEN"),
        });
        self.send(&Request::new("POST", "/admin/oauth/access_token").with_json(&body))
    }

    fn storefront(&mut self) -> u16 {
        let token = self.variables["ACME_SHOPIFY_STOREFRONT_TOKEN"].clone();
        let request = Request::new("POST", "/api/2026-07/graphql.json");
        let request = request.with("X-Shopify-Storefront-Access-Token", &token);
        self.send(&request.with_json(&json!({"query": "{shop{name}}"}))).status
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.shopify.by_hand(action, object, self.now).unwrap();
    }
}

const TOKENS: [&str; 4] = ["OFFLINE_TOKEN", "EXPIRING_TOKEN", "MAYA_ONLINE_TOKEN", "CUSTOM_TOKEN"];

#[test]
fn every_seeded_token_works_and_names_its_app() {
    let mut shop = start();
    for what in TOKENS {
        assert_eq!(shop.status(what), 200, "{what}");
        assert_eq!(shop.call(&format!("GLOBEX_SHOPIFY_{what}"), "GET", SCOPES).status, 200);
    }
    assert_eq!(shop.storefront(), 200);
    let query = "{currentAppInstallation{app{handle}}}";
    let app = shop.ask("ACME_SHOPIFY_OFFLINE_TOKEN", query, &json!({}));
    assert_eq!(app["data"]["currentAppInstallation"]["app"]["handle"], "acme-bridge");
    let member =
        shop.ask("ACME_SHOPIFY_MAYA_ONLINE_TOKEN", "{currentStaffMember{email}}", &json!({}));
    assert_eq!(member["data"]["currentStaffMember"]["email"], "maya@acme.example");
}

#[test]
fn a_dead_token_an_unknown_one_and_none_get_the_same_refusal() {
    let mut shop = start();
    shop.hand("uninstall_app", "app-ACME-BRIDGE");
    let dead = shop.call("ACME_SHOPIFY_OFFLINE_TOKEN", "GET", SCOPES);
    let none = shop.send(&Request::new("GET", SCOPES));
    assert_eq!((dead.status, dead.value()), (401, none.value()));
    assert!(dead.value()["errors"].as_str().unwrap().starts_with("[API] Invalid API key"));
}

#[test]
fn a_token_without_the_scope_is_alive_and_not_permitted() {
    let mut shop = start();
    let target = "/admin/api/2026-07/customers.json";
    assert_eq!(shop.call("ACME_SHOPIFY_OFFLINE_TOKEN", "GET", target).status, 200);
    let refused = shop.call("ACME_SHOPIFY_CUSTOM_TOKEN", "GET", target);
    assert_eq!(refused.status, 403);
    assert!(refused.value()["errors"].as_str().unwrap().contains("read_customers"));
}

#[test]
fn removing_staff_leaves_the_tokens_of_the_apps_she_installed() {
    let mut shop = start();
    shop.hand("remove_staff", "9001");
    assert_eq!(TOKENS.map(|what| shop.status(what)), [200, 200, 401, 200]);
    shop.now += 1000 * HOUR;
    assert_eq!((shop.status("OFFLINE_TOKEN"), shop.status("CUSTOM_TOKEN")), (200, 200));
}

#[test]
fn suspending_staff_masks_online_tokens_only() {
    let mut shop = start();
    shop.hand("suspend_staff", "9001");
    assert_eq!(TOKENS.map(|what| shop.status(what)), [200, 200, 401, 200]);
    shop.hand("unsuspend_staff", "9001");
    assert_eq!(shop.status("MAYA_ONLINE_TOKEN"), 200);
    shop.hand("reset_staff_password", "9001");
    assert_eq!(TOKENS.map(|what| shop.status(what)), [200, 200, 401, 200]);
}

#[test]
fn an_app_uninstalls_itself_with_all_its_tokens_and_no_other_app() {
    let mut shop = start();
    let target = "/admin/api_permissions/current.json";
    assert_eq!(shop.call("ACME_SHOPIFY_OFFLINE_TOKEN", "DELETE", target).status, 200);
    assert_eq!(TOKENS.map(|what| shop.status(what)), [401, 401, 401, 200]);
    assert_eq!(shop.storefront(), 401);
    assert_eq!(shop.exchange("refresh_token").status, 400);
    assert_eq!(shop.exchange("client_credentials").status, 400);
    assert_eq!(shop.call("GLOBEX_SHOPIFY_OFFLINE_TOKEN", "GET", SCOPES).status, 200);
    shop.hand("uninstall_app", "app-ACME-EXPORT");
    assert_eq!(shop.status("CUSTOM_TOKEN"), 401);
}

#[test]
fn uninstalling_also_ends_a_rotation_under_way() {
    let mut shop = start();
    let fresh = shop.exchange("refresh_token").value();
    let fresh = fresh["access_token"].as_str().unwrap().to_owned();
    shop.variables.insert("ACME_SHOPIFY_FRESH".into(), fresh);
    assert_eq!((shop.status("FRESH"), shop.status("EXPIRING_TOKEN")), (200, 200));
    shop.hand("uninstall_app", "app-ACME-BRIDGE");
    assert_eq!((shop.status("FRESH"), shop.status("EXPIRING_TOKEN")), (401, 401));
}

#[test]
fn a_refresh_token_is_used_up_and_an_expiring_token_runs_out() {
    let mut shop = start();
    assert_eq!(shop.exchange("refresh_token").status, 200);
    assert_eq!(shop.exchange("refresh_token").status, 400);
    shop.now += HOUR;
    assert_eq!((shop.status("EXPIRING_TOKEN"), shop.status("OFFLINE_TOKEN")), (401, 200));
    shop.now += 23 * HOUR;
    assert_eq!(shop.status("MAYA_ONLINE_TOKEN"), 401);
}

#[test]
fn a_rotated_secret_is_good_until_it_is_revoked_and_tokens_go_with_it_then() {
    let mut shop = start();
    assert!(shop.shopify.by_hand("revoke_old_client_secret", "app-ACME-BRIDGE", shop.now).is_err());
    shop.hand("rotate_client_secret", "app-ACME-BRIDGE");
    let minted = shop.exchange("client_credentials").value();
    let minted = minted["access_token"].as_str().unwrap().to_owned();
    shop.variables.insert("ACME_SHOPIFY_MINTED".into(), minted);
    assert_eq!((shop.status("MINTED"), shop.status("OFFLINE_TOKEN")), (200, 200));
    shop.hand("revoke_old_client_secret", "app-ACME-BRIDGE");
    assert_eq!(shop.exchange("client_credentials").status, 400);
    assert_eq!((shop.status("MINTED"), shop.status("OFFLINE_TOKEN")), (401, 401));
    assert_eq!(shop.status("CUSTOM_TOKEN"), 200);
}

#[test]
fn apps_and_staff_are_listed_to_the_end_by_our_own_app_only() {
    let mut shop = start();
    for (name, count) in [("appInstallations", 5), ("staffMembers", 4)] {
        let query =
            format!("query($first:Int,$after:String){{{name}(first:$first){{nodes{{id}}}}}}");
        let mut variables = json!({"first": 2});
        let mut seen = 0;
        loop {
            let page = shop.ask("SHOPIFY_ADMIN_TOKEN", &query, &variables)["data"][name].clone();
            seen += page["nodes"].as_array().unwrap().len();
            variables["after"] = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen, count);
        let refused = shop.ask("ACME_SHOPIFY_CUSTOM_TOKEN", &query, &json!({}));
        assert_eq!(refused["errors"][0]["extensions"]["code"], "ACCESS_DENIED");
    }
    shop.shopify.plant(shop.now);
    let page = shop.ask("SHOPIFY_ADMIN_TOKEN", "{appInstallations{nodes{id}}}", &json!({}));
    assert_eq!(page["data"]["appInstallations"]["nodes"].as_array().unwrap().len(), 6);
}

#[test]
fn hooks_are_the_calling_apps_own_page_by_page() {
    let mut shop = start();
    let target = "/admin/api/2026-07/webhooks.json?limit=1";
    let first = shop.call("ACME_SHOPIFY_OFFLINE_TOKEN", "GET", target);
    let next = first.header("link").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
    let next = next.replace("http://mock.test", "");
    let second = shop.call("ACME_SHOPIFY_OFFLINE_TOKEN", "GET", &next);
    assert_eq!(second.value()["webhooks"][0]["id"], 702);
    assert_eq!(second.header("link"), None);
    let none = shop.call("ACME_SHOPIFY_CUSTOM_TOKEN", "GET", target).value();
    assert_eq!(none["webhooks"].as_array().unwrap().len(), 0);
}

#[test]
fn faults_of_the_revocation_reach_apps_and_identities() {
    for (fault, status) in [
        (Fault::RevokeDoesNothing, 200),
        (Fault::SlowDeath(HOUR), 200),
        (Fault::ComesBack(Duration::from_secs(30)), 200),
        (Fault::KillsBystander, 401),
    ] {
        let mut shop = start();
        shop.shopify.kernel().set_fault(Some(fault));
        shop.hand("uninstall_app", "app-ACME-BRIDGE");
        shop.now += Duration::from_secs(60);
        assert_eq!(shop.status("OFFLINE_TOKEN"), status, "{}", fault.name());
        let bystander = shop.call("GLOBEX_SHOPIFY_OFFLINE_TOKEN", "GET", SCOPES).status == 200;
        assert_eq!(bystander, fault != Fault::KillsBystander);
    }
    let mut shop = start();
    shop.shopify.kernel().set_fault(Some(Fault::OtherIdentity));
    let query = "{currentAppInstallation{app{handle}}}";
    let app = shop.ask("ACME_SHOPIFY_OFFLINE_TOKEN", query, &json!({}));
    assert_ne!(app["data"]["currentAppInstallation"]["app"]["handle"], "acme-bridge");
}

#[test]
fn unknown_paths_have_no_route_and_unknown_hands_no_effect() {
    let mut shop = start();
    assert!(shop.shopify.handle(&Request::new("GET", "/admin"), shop.now).is_none());
    for (action, object) in
        [("no_such_action", "x"), ("uninstall_app", "9001"), ("remove_staff", "x")]
    {
        assert!(shop.shopify.by_hand(action, object, shop.now).is_err());
    }
}
