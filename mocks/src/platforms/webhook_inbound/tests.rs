//! What survives what among hooks and secrets; names are claims.

use serde_json::{Value, json};

use super::seed::population;
use super::*;
use crate::faults::Fault;
use crate::platforms::Variables;
use crate::times::{epoch, from_epoch};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

struct Hooks {
    webhooks: Webhooks,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Hooks {
    let now = from_epoch(1_790_000_000);
    let (webhooks, variables) = population(now);
    Hooks { webhooks, variables, now }
}

impl Hooks {
    fn send(&mut self, request: &Request) -> Response {
        self.webhooks.handle(request, self.now).unwrap()
    }

    fn of(&self, what: &str) -> String {
        self.variables[&format!("ACME_WEBHOOK_INBOUND_{what}")].clone()
    }

    fn post(&mut self, target: &str) -> Response {
        let body = json!({"marker": "m-1"});
        self.send(&Request::new("POST", target).on(SERVICES).with_json(&body))
    }

    fn zapier(&mut self) -> u16 {
        let target = format!("/hooks/catch/{}/", self.of("ZAPIER_PATH"));
        self.post(&target).status
    }

    fn make(&mut self) -> (u16, String) {
        let target = format!("/{}", self.of("MAKE_PATH"));
        let answer = self.post(&target);
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    fn discord(&mut self, method: &str) -> Response {
        let target = format!("/api/webhooks/{}", self.of("DISCORD_PATH"));
        self.send(&Request::new(method, &target).on(SERVICES).with_json(&json!({})))
    }

    fn flow(&mut self) -> u16 {
        let signature = self.of("FLOW_SIG");
        let target = format!("/workflows/504/triggers/manual/paths/invoke?sig={signature}");
        self.post(&target).status
    }

    fn teams(&mut self) -> u16 {
        let target = format!("/webhookb2/{}", self.of("TEAMS_PATH"));
        self.post(&target).status
    }

    /// Counts what came of a hook.
    fn effects(&mut self, hook: &str) -> usize {
        let target = format!("/effects?hook={hook}&marker=m-1");
        let found = self.send(&Request::new("GET", &target).on(SINK)).value();
        found["effects"].as_array().unwrap().len()
    }

    fn admin(&mut self, method: &str, path: &str, body: &Value) -> Response {
        let token = self.variables["WEBHOOK_INBOUND_ADMIN_TOKEN"].clone();
        let request = Request::new(method, &format!("/admin/{path}")).on(RECEIVER);
        self.send(&request.auth("Bearer", &token).with_json(body))
    }

    fn signed(&self, path: &str, secret: &str) -> Request {
        let body = json!({"marker": "m-1"}).to_string();
        let good = receiver::hex(&receiver::mac(secret, &[body.as_bytes()]));
        let request = Request::new("POST", path).on(RECEIVER);
        let mut request = request.with("X-Hub-Signature-256", &format!("sha256={good}"));
        request.body = body.into_bytes();
        request
    }

    fn receiver(&mut self, path: &str) -> u16 {
        let secret = self.of("SIGNING_SECRET");
        let request = self.signed(path, &secret);
        self.send(&request).status
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.webhooks.by_hand(action, object, self.now).unwrap();
    }
}

#[test]
fn every_address_is_recognized_and_nothing_hangs_on_people() {
    let mut hooks = start();
    for _ in 0..2 {
        assert_eq!((hooks.zapier(), hooks.make().0, hooks.flow()), (200, 200, 202));
        assert_eq!((hooks.discord("GET").status, hooks.teams()), (200, 400));
        assert_eq!((hooks.receiver("/in/acme"), hooks.receiver("/legacy/acme")), (200, 200));
        for person in ["9001", "9002"] {
            hooks.hand("remove_user", person);
        }
        hooks.now += 24 * HOUR;
    }
}

#[test]
fn unknown_addresses_are_refused_in_each_services_own_way() {
    let mut hooks = start();
    assert_eq!(hooks.post("/hooks/catch/1/x/").status, 401);
    assert_eq!(hooks.post(&format!("/{}", "x".repeat(32))).status, 410);
    assert_eq!(hooks.post("/api/webhooks/1/x").value()["code"], 10015);
    assert_eq!(hooks.post("/workflows/504/triggers/manual/paths/invoke?sig=x").status, 401);
    assert_eq!(hooks.post("/webhookb2/x").status, 404);
    assert!(hooks.webhooks.handle(&Request::new("GET", "/x").on(SERVICES), hooks.now).is_none());
}

#[test]
fn a_switched_off_zap_answers_as_ever_and_does_nothing() {
    let mut hooks = start();
    hooks.zapier();
    hooks.hand("turn_off_zap", "501");
    assert_eq!((hooks.zapier(), hooks.effects("501")), (200, 1));
    hooks.hand("turn_on_zap", "501");
    assert_eq!((hooks.zapier(), hooks.effects("501")), (200, 2));
    hooks.hand("delete_zap", "501");
    assert_eq!(hooks.zapier(), 401);
}

#[test]
fn a_switched_off_scenario_is_gone_and_comes_back() {
    let mut hooks = start();
    hooks.hand("turn_off_scenario", "502");
    let off = (410, "There is no scenario listening for this webhook.".to_owned());
    assert_eq!(hooks.make(), off);
    hooks.hand("turn_on_scenario", "502");
    assert_eq!(hooks.make().0, 200);
    hooks.hand("delete_webhook", "502");
    assert_eq!(hooks.make(), (410, "Webhook not found".to_owned()));
}

#[test]
fn a_detached_webhook_queues_for_five_days_and_then_is_gone() {
    let mut hooks = start();
    hooks.hand("detach_webhook", "502");
    hooks.now += 119 * HOUR;
    assert_eq!((hooks.make().0, hooks.effects("502")), (200, 0));
    hooks.now += HOUR;
    assert_eq!(hooks.make(), (410, "There is no scenario listening for this webhook.".to_owned()));
}

#[test]
fn what_was_queued_runs_when_the_scenario_is_back() {
    let mut hooks = start();
    hooks.hand("detach_webhook", "502");
    hooks.make();
    hooks.hand("turn_on_scenario", "502");
    assert_eq!(hooks.effects("502"), 1);
    hooks.now += 121 * HOUR;
    assert_eq!(hooks.make().0, 200);
}

#[test]
fn who_has_the_address_of_a_discord_hook_can_delete_it() {
    let mut hooks = start();
    assert_eq!(hooks.discord("GET").value()["name"], "acme-alerts");
    assert_eq!(hooks.discord("DELETE").status, 204);
    let gone = hooks.discord("GET");
    assert_eq!((gone.status, &gone.value()["code"]), (404, &json!(10015)));
    let mut hooks = start();
    hooks.hand("delete_discord_webhook", "503");
    assert_eq!(hooks.discord("POST").status, 404);
}

#[test]
fn a_flow_is_off_gone_or_has_another_key() {
    let mut hooks = start();
    hooks.hand("disable_flow", "504");
    assert_eq!(hooks.flow(), 400);
    hooks.hand("enable_flow", "504");
    assert_eq!(hooks.flow(), 202);
    hooks.hand("regenerate_trigger_key", "504");
    assert_eq!(hooks.flow(), 401);
    let mut hooks = start();
    hooks.hand("delete_flow", "504");
    assert_eq!(hooks.flow(), 400);
    hooks.hand("remove_connector", "505");
    assert_eq!(hooks.teams(), 404);
}

#[test]
fn a_rotated_secret_is_believed_through_its_overlap() {
    let mut hooks = start();
    let fresh = hooks.admin("POST", "secrets/acme-signing/rotate", &json!({})).value();
    let fresh = fresh["secret"].as_str().unwrap().to_owned();
    let with_fresh = hooks.signed("/in/acme", &fresh);
    hooks.now += 23 * HOUR;
    assert_eq!((hooks.receiver("/in/acme"), hooks.send(&with_fresh).status), (200, 200));
    hooks.now += HOUR;
    assert_eq!((hooks.receiver("/in/acme"), hooks.send(&with_fresh).status), (401, 200));
}

#[test]
fn a_secret_rotated_without_overlap_is_dead_at_once_and_the_static_token_is_not() {
    let mut hooks = start();
    let body = json!({"overlap_seconds": 0});
    hooks.admin("POST", "secrets/acme-signing/rotate", &body);
    assert_eq!(hooks.receiver("/in/acme"), 401);
    let token = hooks.of("STATIC_TOKEN");
    let fixed = Request::new("POST", "/in/acme").on(RECEIVER).auth("Bearer", &token);
    assert_eq!(hooks.send(&fixed).value()["supplier"], "acme");
    assert_eq!(hooks.admin("DELETE", "secrets/acme-static", &Value::Null).status, 204);
    assert_eq!(hooks.send(&fixed).status, 401);
    assert_eq!(hooks.admin("DELETE", "secrets/acme-static", &Value::Null).status, 404);
}

#[test]
fn a_closed_route_has_an_old_twin() {
    let mut hooks = start();
    assert_eq!(hooks.admin("DELETE", "routes/acme", &Value::Null).status, 204);
    assert_eq!((hooks.receiver("/in/acme"), hooks.receiver("/legacy/acme")), (404, 200));
    assert_eq!(hooks.admin("DELETE", "routes/legacy-acme", &Value::Null).status, 204);
    assert_eq!(hooks.receiver("/legacy/acme"), 404);
}

#[test]
fn every_style_of_signature_is_checked_and_old_ones_are_refused() {
    let mut hooks = start();
    let secret = hooks.of("SIGNING_SECRET");
    let stamp = epoch(hooks.now).to_string();
    let mac = |parts: &[&[u8]]| receiver::mac(&secret, parts);
    let stripe = receiver::hex(&mac(&[stamp.as_bytes(), b".", b"{}"]));
    let slack = receiver::hex(&mac(&[b"v0:", stamp.as_bytes(), b":", b"{}"]));
    let base = Request::new("POST", "/in/acme").on(RECEIVER).with_json(&json!({}));
    let stripe = base.clone().with("Stripe-Signature", &format!("t={stamp},v1={stripe}"));
    let timed = base.clone().with("X-Slack-Request-Timestamp", &stamp);
    let slack = timed.with("X-Slack-Signature", &format!("v0={slack}"));
    let encoded = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(mac(&[b"{}"]))
    };
    let shopify = base.clone().with("X-Shopify-Hmac-Sha256", &encoded);
    for request in [&stripe, &slack, &shopify] {
        assert_eq!(hooks.send(request).status, 200);
    }
    assert_eq!(hooks.send(&base).status, 401);
    hooks.now += 6 * MINUTE;
    for (request, status) in [(&stripe, 401), (&slack, 401), (&shopify, 200)] {
        assert_eq!(hooks.send(request).status, status);
    }
}

#[test]
fn an_event_seen_before_is_refused() {
    let mut hooks = start();
    let secret = hooks.of("SIGNING_SECRET");
    let request = hooks.signed("/in/acme", &secret).with("X-GitHub-Delivery", "d-1");
    assert_eq!(hooks.send(&request).status, 200);
    assert_eq!(hooks.send(&request).status, 409);
}

#[test]
fn deleting_one_outbound_hook_leaves_the_other_and_the_queue() {
    let mut hooks = start();
    let record = json!({"marker": "m-1"});
    assert_eq!(hooks.admin("POST", "records", &record).value()["told"], 4);
    assert_eq!(hooks.admin("DELETE", "outbound/801", &Value::Null).status, 204);
    assert_eq!(hooks.admin("DELETE", "outbound/802", &Value::Null).status, 204);
    assert_eq!((hooks.effects("801"), hooks.effects("802")), (1, 0));
    hooks.now += 10 * MINUTE;
    assert_eq!(hooks.effects("802"), 1, "it was queued");
    hooks.admin("POST", "records", &record);
    hooks.now += 10 * MINUTE;
    assert_eq!((hooks.effects("801"), hooks.effects("802"), hooks.effects("901")), (1, 1, 2));
}

#[test]
fn lists_are_followed_to_the_end_by_administrators_only() {
    let mut hooks = start();
    for (name, count) in [("routes", 4), ("secrets", 4), ("outbound", 4)] {
        let (mut seen, mut after) = (0, String::new());
        loop {
            let path = format!("{name}?limit=1&after={after}");
            let page = hooks.admin("GET", &path, &Value::Null).value();
            seen += page[name].as_array().unwrap().len();
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => break,
            }
        }
        assert_eq!(seen, count, "{name}");
        let bare = Request::new("GET", &format!("/admin/{name}")).on(RECEIVER);
        assert_eq!(hooks.send(&bare).status, 401);
    }
    hooks.webhooks.plant(hooks.now);
    let secrets = hooks.admin("GET", "secrets", &Value::Null).value();
    assert_eq!(secrets["secrets"].as_array().unwrap().len(), 5);
}

#[test]
fn a_minted_secret_is_believed() {
    let mut hooks = start();
    let made = hooks.admin("POST", "secrets", &json!({"supplier": "acme"})).value();
    let secret = made["secret"].as_str().unwrap().to_owned();
    let request = hooks.signed("/in/acme", &secret);
    assert_eq!(hooks.send(&request).value()["secret"], made["id"]);
    assert_eq!(hooks.admin("POST", "secrets", &json!({"supplier": "x"})).status, 404);
}

#[test]
fn faults_of_the_revocation_reach_hooks_and_secrets() {
    for (fault, alive) in [
        (Fault::RevokeDoesNothing, true),
        (Fault::SlowDeath(HOUR), true),
        (Fault::ComesBack(Duration::from_secs(30)), true),
        (Fault::KillsBystander, false),
    ] {
        let mut hooks = start();
        hooks.webhooks.kernel().set_fault(Some(fault));
        hooks.hand("delete_webhook", "502");
        hooks.admin("DELETE", "secrets/acme-signing", &Value::Null);
        hooks.now += MINUTE;
        assert_eq!(hooks.make().0 == 200, alive, "{}", fault.name());
        assert_eq!(hooks.receiver("/in/acme") == 200, alive, "{}", fault.name());
        let target = format!("/{}", hooks.variables["GLOBEX_WEBHOOK_INBOUND_MAKE_PATH"]);
        assert_eq!(hooks.post(&target).status == 200, fault != Fault::KillsBystander);
    }
    let mut hooks = start();
    hooks.webhooks.kernel().set_fault(Some(Fault::OtherIdentity));
    assert_eq!(hooks.discord("GET").value()["name"], "globex-alerts");
}

#[test]
fn unknown_hands_have_no_effect() {
    let mut hooks = start();
    for (action, object) in [("no_such_action", "x"), ("delete_zap", "1"), ("remove_user", "1")] {
        assert!(hooks.webhooks.by_hand(action, object, hooks.now).is_err());
    }
}
