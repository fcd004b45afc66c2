//! What survives what at SendGrid, by use of the credential, never by the answer to the action.

use super::*;
use crate::platforms::Variables;
use crate::times::from_epoch;

struct Drill {
    sendgrid: SendGrid,
    variables: Variables,
    now: SystemTime,
}

fn drill() -> Drill {
    let now = from_epoch(1_790_000_000);
    let (sendgrid, variables) = SendGrid::seeded(now);
    Drill { sendgrid, variables, now }
}

impl Drill {
    fn send(&mut self, request: &Request) -> Response {
        self.sendgrid.handle(request, self.now).expect("the route exists")
    }

    fn with(&mut self, variable: &str, method: &str, target: &str) -> Response {
        let key = self.variables[variable].clone();
        self.send(&Request::new(method, target).auth("Bearer", &key))
    }

    fn admin(&mut self, method: &str, target: &str) -> Response {
        self.with("SENDGRID_ADMIN_KEY", method, target)
    }

    fn behalf(&mut self, method: &str, target: &str, of: &str, body: &Value) -> Response {
        let key = self.variables["SENDGRID_ADMIN_KEY"].clone();
        let request = Request::new(method, target).auth("Bearer", &key).with_json(body);
        self.send(&request.with("on-behalf-of", of))
    }

    fn scopes(&mut self, what: &str) -> u16 {
        self.with(&format!("ACME_SENDGRID_{what}"), "GET", "/v3/scopes").status
    }

    fn mail(&mut self, what: &str) -> Response {
        self.with(&format!("ACME_SENDGRID_{what}"), "POST", "/v3/mail/send")
    }

    fn id(&self, what: &str) -> String {
        self.variables[&format!("ACME_SENDGRID_{what}_ID")].clone()
    }

    fn bystander(&mut self) -> u16 {
        self.with("GLOBEX_SENDGRID_FULL_KEY", "GET", "/v3/scopes").status
    }
}

#[test]
fn every_key_works_at_first_and_has_the_documented_shape() {
    let mut drill = drill();
    for what in ["FULL_KEY", "MAIL_KEY", "READ_KEY", "MAYA_KEY"] {
        assert_eq!(drill.scopes(what), 200, "{what}");
        let value = &drill.variables[&format!("ACME_SENDGRID_{what}")];
        assert!(value.len() == 69 && value.starts_with("SG."));
    }
    let name = drill.with("ACME_SENDGRID_READ_KEY", "GET", "/v3/user/username").value();
    assert_eq!((&name["username"], &name["user_id"]), (&json!("acme-mail"), &json!(301)));
    assert_eq!((drill.mail("MAIL_KEY").status, drill.bystander()), (202, 200));
}

#[test]
fn a_missing_scope_is_403_or_even_401_and_a_missing_header_is_neither_of_them() {
    let mut drill = drill();
    let lesser = drill.with("ACME_SENDGRID_MAIL_KEY", "GET", "/v3/user/username");
    assert_eq!(lesser.status, 403);
    assert_eq!(lesser.value()["errors"][0]["message"], "access forbidden");
    let refused = drill.mail("READ_KEY");
    assert_eq!(refused.status, 401);
    assert!(
        refused.value()["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("not authorized to send")
    );
    let bare = drill.send(&Request::new("GET", "/v3/scopes"));
    assert_eq!(bare.value()["errors"][0]["message"], "authorization required");
}

#[test]
fn a_deleted_key_dies_after_a_small_delay_and_leaves_its_siblings() {
    let mut drill = drill();
    let target = format!("/v3/api_keys/{}", drill.id("MAIL_KEY"));
    assert_eq!(drill.behalf("DELETE", &target, "acme-mail", &Value::Null).status, 204);
    assert_eq!(drill.scopes("MAIL_KEY"), 200);
    drill.now += PROPAGATION;
    let dead = drill.mail("MAIL_KEY");
    assert_eq!(dead.status, 401);
    assert!(dead.value()["errors"][0]["message"].as_str().unwrap().ends_with("or revoked"));
    assert_eq!((drill.scopes("FULL_KEY"), drill.bystander()), (200, 200));
    assert_eq!(drill.behalf("DELETE", &target, "acme-mail", &Value::Null).status, 404);
    let own = drill.id("MAYA_KEY");
    drill.sendgrid.by_hand("delete_api_key", &own, drill.now).unwrap();
    drill.now += PROPAGATION;
    assert_eq!(drill.scopes("MAYA_KEY"), 401);
}

#[test]
fn cut_scopes_leave_the_key_alive() {
    let mut drill = drill();
    let target = format!("/v3/api_keys/{}", drill.id("MAIL_KEY"));
    let body = json!({"name": "less", "scopes": ["user.profile.read"]});
    assert_eq!(drill.behalf("PUT", &target, "acme-mail", &body).status, 200);
    assert_eq!((drill.mail("MAIL_KEY").status, drill.scopes("MAIL_KEY")), (401, 200));
}

#[test]
fn a_removed_teammate_leaves_keys_and_the_invitation() {
    let mut drill = drill();
    assert_eq!(drill.admin("DELETE", "/v3/teammates/acme-maya").status, 204);
    assert_eq!(drill.admin("DELETE", "/v3/teammates/acme-maya").status, 404);
    assert_eq!(drill.scopes("MAYA_KEY"), 200);
    drill.sendgrid.by_hand("change_password", "acme-leo", drill.now).unwrap();
    let pending = drill.admin("GET", "/v3/teammates/pending").value();
    assert_eq!(pending["result"].as_array().map(Vec::len), Some(2));
    assert_eq!(drill.admin("DELETE", "/v3/teammates/pending/invite-ACME").status, 204);
    drill.now += INVITE_LIFE;
    assert_eq!(drill.admin("GET", "/v3/teammates/pending").value()["result"], json!([]));
    drill.admin("POST", "/v3/teammates/pending/invite-GLOBEX/resend");
    let again = drill.admin("GET", "/v3/teammates/pending").value();
    assert_eq!(again["result"][0]["token"], "invite-GLOBEX");
}

#[test]
fn a_disabled_subuser_is_a_mask_that_the_parents_key_does_not_see() {
    let mut drill = drill();
    let key = drill.variables["SENDGRID_ADMIN_KEY"].clone();
    let switch = |drill: &mut Drill, off: bool| {
        let request = Request::new("PATCH", "/v3/subusers/acme-mail").auth("Bearer", &key);
        drill.send(&request.with_json(&json!({"disabled": off}))).status
    };
    assert_eq!(switch(&mut drill, true), 204);
    assert_eq!((drill.scopes("FULL_KEY"), drill.scopes("MAYA_KEY")), (401, 200));
    let listed = drill.behalf("GET", "/v3/api_keys", "acme-mail", &Value::Null).value();
    assert_eq!(listed["result"].as_array().map(Vec::len), Some(3));
    assert_eq!(switch(&mut drill, false), 204);
    assert_eq!(drill.scopes("FULL_KEY"), 200);
    assert_eq!(drill.admin("DELETE", "/v3/subusers/acme-mail").status, 204);
    assert_eq!((drill.scopes("FULL_KEY"), drill.bystander()), (401, 200));
}

#[test]
fn keys_are_listed_for_their_owner_only_and_people_page_by_page() {
    let mut drill = drill();
    drill.sendgrid.kernel.set_fault(Some(crate::Fault::ExtraToken));
    drill.sendgrid.plant(drill.now);
    let own = drill.admin("GET", "/v3/api_keys").value();
    assert_eq!(own["result"].as_array().map(Vec::len), Some(1), "not the subusers'");
    let theirs = drill.behalf("GET", "/v3/api_keys", "acme-mail", &Value::Null).value();
    assert_eq!(theirs["result"].as_array().map(Vec::len), Some(4));
    let maya = drill.behalf("GET", "/v3/api_keys", "acme-maya", &Value::Null).value();
    assert_eq!(maya["result"][0]["api_key_id"], drill.id("MAYA_KEY"));
    let mut seen = 0;
    for offset in [0, 3] {
        let target = format!("/v3/teammates?limit=3&offset={offset}");
        seen += drill.admin("GET", &target).value()["result"].as_array().unwrap().len();
    }
    assert_eq!(seen, 4);
    assert_eq!(drill.admin("GET", "/v3/subusers").value().as_array().map(Vec::len), Some(2));
}

#[test]
fn a_minted_key_works_until_it_is_deleted() {
    let mut drill = drill();
    let body = json!({"name": "drill", "scopes": ["user.profile.read"]});
    let made = drill.behalf("POST", "/v3/api_keys", "acme-mail", &body);
    assert_eq!(made.status, 201);
    let value = made.value()["api_key"].as_str().unwrap().to_owned();
    drill.variables.insert("ACME_SENDGRID_D".into(), value);
    assert_eq!(drill.scopes("D"), 200);
    let target = format!("/v3/api_keys/{}", made.value()["api_key_id"].as_str().unwrap());
    drill.behalf("DELETE", &target, "acme-mail", &Value::Null);
    drill.now += PROPAGATION;
    assert_eq!(drill.scopes("D"), 401);
}

#[test]
fn admin_calls_without_the_admin_are_refused() {
    let mut drill = drill();
    for target in ["/v3/teammates", "/v3/subusers"] {
        assert_eq!(drill.with("ACME_SENDGRID_FULL_KEY", "GET", target).status, 403);
        assert_eq!(drill.send(&Request::new("GET", target)).status, 401);
    }
    let key = drill.variables["ACME_SENDGRID_FULL_KEY"].clone();
    let request = Request::new("GET", "/v3/api_keys").auth("Bearer", &key);
    assert_eq!(drill.send(&request.with("on-behalf-of", "globex-mail")).status, 403);
}
