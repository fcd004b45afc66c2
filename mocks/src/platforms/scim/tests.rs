//! What SCIM leaves behind, by use of the credential, never by the answer to the action.

use super::*;
use crate::platforms::Variables;
use crate::times::from_epoch;

struct Drill {
    target: Target,
    variables: Variables,
    now: SystemTime,
}

fn drill() -> Drill {
    let now = from_epoch(1_790_000_000);
    let (target, variables) = Target::seeded(now);
    Drill { target, variables, now }
}

const MAYA: &str = "/Users/user-ACMEMAYA";
const EVERYTHING: [&str; 3] = ["MAYA_TOKEN", "MAYA_OAUTH", "MAYA_SESSION"];

fn off() -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}]})
}

impl Drill {
    fn var(&self, name: &str) -> String {
        self.variables[&format!("ACME_SCIM_{name}")].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.target.handle(request, self.now).expect("the route exists")
    }

    fn with(&mut self, token: &str, method: &str, target: &str, body: &Value) -> Response {
        let target = format!("/scim/v2{target}");
        let request = Request::new(method, &target).on(SCIM).auth("Bearer", token);
        self.send(&request.with_json(body))
    }

    fn scim(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.variables["SCIM_ADMIN_TOKEN"].clone();
        self.with(&token, method, target, body)
    }

    fn get(&mut self, target: &str) -> Value {
        self.scim("GET", target, &Value::Null).value()
    }

    fn me(&mut self, name: &str) -> Response {
        let value = self.var(name);
        let request = Request::new("GET", "/api/me").on(NATIVE);
        let request = if name.ends_with("SESSION") {
            request.with("Cookie", &format!("sid={value}"))
        } else {
            request.auth("Bearer", &value)
        };
        self.send(&request)
    }

    fn sign_in(&mut self, password: &str) -> u16 {
        let body = json!({"userName": "maya@acme.example", "password": password});
        self.send(&Request::new("POST", "/login").on(NATIVE).with_json(&body)).status
    }

    fn maya_signs_in(&mut self) -> u16 {
        let password = self.var("MAYA_PASSWORD");
        self.sign_in(&password)
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.target.by_hand(action, object, self.now).expect("an action by hand");
    }
}

#[test]
fn every_credential_works_at_first_and_says_whose_it_is() {
    let mut drill = drill();
    for name in EVERYTHING {
        assert_eq!(drill.me(name).value()["userName"], "maya@acme.example", "{name}");
    }
    assert_eq!(drill.me("LEO_TOKEN").value()["id"], "user-ACMELEO");
    assert_eq!(drill.maya_signs_in(), 200);
    for name in ["DIRECTORY_TOKEN", "DIRECTORY_READ_TOKEN"] {
        let token = drill.var(name);
        assert_eq!(drill.with(&token, "GET", "/Users?count=1", &Value::Null).status, 200);
    }
}

#[test]
fn deactivation_stops_signing_in_and_leaves_every_secret_and_activation_is_one_patch() {
    let mut drill = drill();
    let answer = drill.scim("PATCH", MAYA, &off());
    assert_eq!((answer.status, &answer.value()["active"]), (200, &json!(false)));
    assert_eq!(drill.maya_signs_in(), 401);
    for name in EVERYTHING {
        assert_eq!(drill.me(name).status, 200, "{name}");
    }
    let on = json!({"Operations": [{"op": "replace", "value": {"active": true}}]});
    // By the supplier's own provisioning token: it can wake the account.
    let token = drill.var("DIRECTORY_TOKEN");
    assert_eq!(drill.with(&token, "PATCH", MAYA, &on).value()["active"], true);
    assert_eq!(drill.maya_signs_in(), 200);
}

#[test]
fn a_text_where_a_boolean_is_due_is_answered_with_200_and_ignored() {
    let mut drill = drill();
    let legacy = json!({"Operations": [{"op": "Replace", "path": "active", "value": "False"}]});
    let answer = drill.scim("PATCH", MAYA, &legacy);
    assert_eq!((answer.status, &answer.value()["active"]), (200, &json!(true)));
    drill.hand("set_active_false", "suspend");
    assert_eq!(drill.scim("PATCH", MAYA, &legacy).value()["active"], false);
}

#[test]
fn every_variant_of_deactivation_is_understood() {
    let whole = json!({"userName": "maya@acme.example", "active": false});
    let without = json!({"Operations": [{"op": "Replace", "value": {"active": false}}]});
    for (method, body) in [("PUT", whole), ("PATCH", without)] {
        let mut drill = drill();
        assert_eq!(drill.scim(method, MAYA, &body).value()["active"], false);
        assert_eq!(drill.maya_signs_in(), 401);
    }
}

#[test]
fn a_deleted_user_is_404_and_the_secrets_go_on_and_the_same_name_wakes_the_old_record() {
    let mut drill = drill();
    assert_eq!(drill.scim("DELETE", MAYA, &Value::Null).status, 204);
    for method in ["GET", "PATCH", "DELETE"] {
        let gone = drill.scim(method, MAYA, &off());
        assert_eq!((gone.status, &gone.value()["status"]), (404, &json!("404")));
    }
    for name in EVERYTHING {
        assert_eq!(drill.me(name).status, 200, "{name}");
    }
    assert_eq!(drill.maya_signs_in(), 401);
    let made = drill.scim("POST", "/Users", &json!({"userName": "maya@acme.example"}));
    assert_eq!((made.status, &made.value()["id"]), (201, &json!("user-ACMEMAYA")));
    assert_eq!(drill.maya_signs_in(), 200, "the old password");
}

#[test]
fn a_hard_delete_ends_the_secrets_by_a_job() {
    let mut drill = drill();
    drill.hand("set_delete", "hard");
    drill.hand("set_async_job_delay", "300");
    drill.scim("DELETE", MAYA, &Value::Null);
    assert_eq!(drill.me("MAYA_TOKEN").status, 200);
    drill.now += Duration::from_secs(300);
    for name in EVERYTHING {
        assert_eq!(drill.me(name).status, 401, "{name}");
    }
    assert_eq!(drill.me("LEO_TOKEN").status, 200);
}

#[test]
fn what_deactivation_ends_is_the_providers_choice() {
    let mut drill = drill();
    drill.hand("set_deactivate_kills", "sessions,oauth");
    drill.scim("PATCH", MAYA, &off());
    assert_eq!(drill.me("MAYA_SESSION").status, 401);
    assert_eq!(drill.me("MAYA_OAUTH").status, 401);
    assert_eq!(drill.me("MAYA_TOKEN").status, 200);
    assert!(drill.target.by_hand("set_deactivate_kills", "nonsense", drill.now).is_err());
}

#[test]
fn a_set_password_leaves_sessions_and_tokens() {
    let mut drill = drill();
    let body = json!({"Operations": [{"op": "replace", "path": "password", "value": "Next-1"}]});
    drill.scim("PATCH", MAYA, &body);
    assert_eq!((drill.maya_signs_in(), drill.sign_in("Next-1")), (401, 200));
    for name in EVERYTHING {
        assert_eq!(drill.me(name).status, 200, "{name}");
    }
}

#[test]
fn leaving_a_group_touches_neither_secrets_nor_the_other_members() {
    let mut drill = drill();
    let path = "members[value eq \"user-ACMEMAYA\"]";
    let body = json!({"Operations": [{"op": "remove", "path": path}]});
    assert_eq!(drill.scim("PATCH", "/Groups/group-ACME", &body).status, 204);
    let group = drill.get("/Groups/group-ACME");
    assert_eq!(group["members"].as_array().map(Vec::len), Some(2));
    assert_eq!(drill.get(MAYA)["groups"], json!([]));
    assert_eq!(drill.me("MAYA_TOKEN").status, 200);
    assert_eq!(drill.get("/Groups/group-GLOBEX")["members"].as_array().map(Vec::len), Some(3));
}

#[test]
fn the_configuration_is_public_and_a_dead_token_is_refused_everywhere_else() {
    let mut drill = drill();
    drill.hand("revoke_scim_token", "scim-ACME1");
    let token = drill.var("DIRECTORY_TOKEN");
    assert_eq!(drill.with(&token, "GET", "/ServiceProviderConfig", &Value::Null).status, 200);
    let dead = drill.with(&token, "GET", "/Users?count=1", &Value::Null);
    assert_eq!((dead.status, &dead.value()["status"]), (401, &json!("401")));
    assert!(dead.header("www-authenticate").is_some());
    assert_eq!(drill.with(&token, "PATCH", MAYA, &off()).status, 401, "nobody is deprovisioned");
    assert_eq!(drill.maya_signs_in(), 200);
    let bystander = drill.variables["GLOBEX_SCIM_DIRECTORY_TOKEN"].clone();
    assert_eq!(drill.with(&bystander, "GET", "/Users", &Value::Null).status, 200);
}

#[test]
fn a_reading_token_may_not_write_and_nobody_administers_without_the_admin() {
    let mut drill = drill();
    let token = drill.var("DIRECTORY_READ_TOKEN");
    assert_eq!(drill.with(&token, "PATCH", MAYA, &off()).status, 403);
    assert_eq!(drill.maya_signs_in(), 200);
    for (variable, status) in [("DIRECTORY_TOKEN", 401), ("MAYA_TOKEN", 403)] {
        let token = drill.var(variable);
        let request = Request::new("GET", "/api/tokens").on(NATIVE).auth("Bearer", &token);
        assert_eq!(drill.send(&request).status, status);
    }
}

#[test]
fn a_scim_token_outlives_its_admin_unless_the_provider_ties_them() {
    for (tied, status) in [("false", 200), ("true", 401)] {
        let mut drill = drill();
        drill.hand("set_token_owner_deactivated_kills_token", tied);
        drill.hand("deactivate_admin", "user-OURSADMIN");
        assert_eq!(drill.scim("GET", "/Users", &Value::Null).status, status);
    }
}

#[test]
fn users_are_listed_to_the_last_index_and_a_supplier_is_found_by_domain() {
    let mut drill = drill();
    let (mut seen, mut total) = (Vec::new(), 1);
    while seen.len() < total {
        let page = drill.get(&format!("/Users?startIndex={}&count=2", seen.len() + 1));
        total = usize::try_from(page["totalResults"].as_u64().unwrap()).unwrap();
        seen.extend(page["Resources"].as_array().unwrap().iter().map(|u| u["id"].clone()));
    }
    assert_eq!(seen.len(), 7);
    let filter =
        "/Users?filter=emails%5Btype%20eq%20%22work%22%5D.value%20ew%20%22@acme.example%22";
    assert_eq!(drill.get(filter)["totalResults"], 3);
    let one = drill.get("/Users?filter=userName%20eq%20%22leo@acme.example%22");
    assert_eq!(one["Resources"][0]["id"], "user-ACMELEO");
}

#[test]
fn canaries_are_made_and_a_taken_name_is_a_conflict() {
    let mut drill = drill();
    let made = drill.scim("POST", "/Users", &json!({"userName": "drill-1", "active": true}));
    assert!(made.header("location").is_some());
    let again = drill.scim("POST", "/Users", &json!({"userName": "drill-1"}));
    assert_eq!((again.status, &again.value()["scimType"]), (409, &json!("uniqueness")));
    let admin = drill.variables["SCIM_ADMIN_TOKEN"].clone();
    let mint = Request::new("POST", "/api/tokens").on(NATIVE).auth("Bearer", &admin);
    let token = drill.send(&mint.with_json(&json!({"user": made.value()["id"]}))).value();
    drill.variables.insert("ACME_SCIM_D".into(), token["token"].as_str().unwrap().into());
    assert_eq!(drill.me("D").value()["userName"], "drill-1");
    let target = format!("/api/tokens/{}", token["id"].as_str().unwrap());
    let delete = Request::new("DELETE", &target).on(NATIVE).auth("Bearer", &admin);
    assert_eq!(drill.send(&delete).status, 204);
    assert_eq!(drill.me("D").status, 401);
}

#[test]
fn the_planted_token_is_found_on_the_second_page_of_the_native_list() {
    let mut drill = drill();
    drill.target.kernel.set_fault(Some(crate::Fault::ExtraToken));
    drill.target.plant(drill.now);
    let admin = drill.variables["SCIM_ADMIN_TOKEN"].clone();
    let list = |cursor: &str| {
        let target = format!("/api/tokens?user=user-ACMEMAYA&limit=1{cursor}");
        Request::new("GET", &target).on(NATIVE).auth("Bearer", &admin)
    };
    let first = drill.send(&list("")).value();
    let next = format!("&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(drill.send(&list(&next)).value()["tokens"][0]["id"], "pat-PLANTED");
}
