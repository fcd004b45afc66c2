//! What survives what at Twilio, by use of the credential, never by the answer to the action.

use super::*;
use crate::platforms::Variables;
use crate::times::from_epoch;

struct Drill {
    twilio: Twilio,
    variables: Variables,
    now: SystemTime,
}

fn drill() -> Drill {
    let now = from_epoch(1_790_000_000);
    let (twilio, variables) = Twilio::seeded(now);
    Drill { twilio, variables, now }
}

impl Drill {
    fn var(&self, name: &str) -> String {
        self.variables[&format!("ACME_TWILIO_{name}")].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.twilio.handle(request, self.now).expect("the route exists")
    }

    fn admin(&mut self, method: &str, target: &str, server: &'static str) -> Response {
        self.admin_form(method, target, server, &[])
    }

    fn admin_form(
        &mut self,
        method: &str,
        target: &str,
        server: &'static str,
        form: &[(&str, &str)],
    ) -> Response {
        let user = self.variables["TWILIO_ADMIN_ACCOUNT_SID"].clone();
        let token = self.variables["TWILIO_ADMIN_AUTH_TOKEN"].clone();
        let request = Request::new(method, target).on(server).with_basic(&user, &token);
        self.send(&request.with_form(form))
    }

    fn get_as(&mut self, user: &str, value: &str, rest: &str) -> Response {
        let target = format!("/2010-04-01/Accounts/{}{rest}", self.var("ACCOUNT_SID"));
        self.send(&Request::new("GET", &target).on(API).with_basic(user, value))
    }

    fn auth_token(&mut self) -> u16 {
        let (user, value) = (self.var("ACCOUNT_SID"), self.var("AUTH_TOKEN"));
        self.get_as(&user, &value, ".json").status
    }

    fn key(&mut self, kind: &str, rest: &str) -> Response {
        let (user, value) =
            (self.var(&format!("{kind}_KEY_SID")), self.var(&format!("{kind}_KEY")));
        self.get_as(&user, &value, rest)
    }

    fn messages(&mut self, kind: &str) -> u16 {
        self.key(kind, "/Messages.json?PageSize=1").status
    }

    fn bearer(&mut self) -> u16 {
        let token = self.var("OAUTH_ACCESS");
        let target = format!("/2010-04-01/Accounts/{}/Messages.json", self.var("ACCOUNT_SID"));
        self.send(&Request::new("GET", &target).on(API).auth("Bearer", &token)).status
    }

    fn app(&mut self) -> u16 {
        let (id, value) = (self.var("OAUTH_CLIENT_ID"), self.var("OAUTH_SECRET"));
        let form =
            [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &value)];
        self.send(&Request::new("POST", "/v1/token").on(IAM).with_form(&form)).status
    }

    fn bystander(&mut self) -> u16 {
        let (user, value) = (
            self.variables["GLOBEX_TWILIO_ACCOUNT_SID"].clone(),
            self.variables["GLOBEX_TWILIO_AUTH_TOKEN"].clone(),
        );
        let target = format!("/2010-04-01/Accounts/{user}.json");
        self.send(&Request::new("GET", &target).on(API).with_basic(&user, &value)).status
    }

    /// Rotates as the subaccount, by its name and the parent's token.
    fn rotate(&mut self, method: &str, step: &str) -> Response {
        let user = self.var("ACCOUNT_SID");
        let token = self.variables["TWILIO_ADMIN_AUTH_TOKEN"].clone();
        let target = format!("/v1/AuthTokens/{step}");
        self.send(&Request::new(method, &target).on(ACCOUNTS).with_basic(&user, &token))
    }
}

#[test]
fn every_credential_works_at_first_and_says_whose_account_it_is() {
    let mut drill = drill();
    assert_eq!(
        (drill.auth_token(), drill.bearer(), drill.app(), drill.bystander()),
        (200, 200, 200, 200)
    );
    let own = drill.key("MAIN", ".json").value();
    assert_eq!((&own["sid"], &own["status"]), (&json!(sid("AC", 9000)), &json!("active")));
    for kind in ["MAIN", "STANDARD", "RESTRICTED"] {
        let listed = drill.key(kind, "/Messages.json?PageSize=1").value();
        assert_eq!(listed["messages"][0]["account_sid"], sid("AC", 9000), "{kind}");
    }
}

#[test]
fn a_standard_key_is_refused_like_a_dead_one_on_accounts_and_keys() {
    let mut drill = drill();
    for rest in [".json", "/Keys.json"] {
        let refused = drill.key("STANDARD", rest);
        assert_eq!((refused.status, &refused.value()["code"]), (401, &json!(20003)));
    }
    let lesser = drill.key("RESTRICTED", "/Calls.json");
    assert_eq!((lesser.status, &lesser.value()["code"]), (403, &json!(70051)));
}

#[test]
fn both_auth_tokens_work_until_promotion_and_keys_and_apps_outlive_it() {
    let mut drill = drill();
    let made = drill.rotate("POST", "Secondary");
    assert_eq!(made.status, 201);
    let fresh = made.value()["secondary_auth_token"].as_str().unwrap().to_owned();
    let user = drill.var("ACCOUNT_SID");
    assert_eq!((drill.auth_token(), drill.get_as(&user, &fresh, ".json").status), (200, 200));
    assert_eq!(drill.rotate("POST", "Promote").status, 200);
    assert_eq!((drill.auth_token(), drill.get_as(&user, &fresh, ".json").status), (401, 200));
    for kind in ["MAIN", "STANDARD", "RESTRICTED"] {
        assert_eq!(drill.messages(kind), 200, "{kind}");
    }
    assert_eq!((drill.bearer(), drill.app(), drill.bystander()), (200, 200, 200));
    assert_eq!(drill.rotate("POST", "Promote").status, 404);
}

#[test]
fn a_dropped_secondary_leaves_the_primary() {
    let mut drill = drill();
    let made = drill.rotate("POST", "Secondary").value();
    let fresh = made["secondary_auth_token"].as_str().unwrap().to_owned();
    assert_eq!(drill.rotate("DELETE", "Secondary").status, 204);
    let user = drill.var("ACCOUNT_SID");
    assert_eq!((drill.get_as(&user, &fresh, ".json").status, drill.auth_token()), (401, 200));
}

#[test]
fn a_deleted_key_leaves_its_siblings() {
    let mut drill = drill();
    let target = format!("/v1/Keys/{}", drill.var("STANDARD_KEY_SID"));
    assert_eq!(drill.admin("DELETE", &target, IAM).status, 204);
    assert_eq!(drill.admin("DELETE", &target, IAM).status, 404);
    assert_eq!((drill.messages("STANDARD"), drill.messages("MAIN")), (401, 200));
    let old = format!("/2010-04-01/Accounts/{}/Keys/{}.json", sid("AC", 9000), sid("SK", 503));
    assert_eq!(drill.admin("DELETE", &old, API).status, 204);
    assert_eq!(
        (drill.messages("RESTRICTED"), drill.auth_token(), drill.bystander()),
        (401, 200, 200)
    );
}

#[test]
fn a_deleted_oauth_app_leaves_minted_tokens_to_their_end() {
    let mut drill = drill();
    let target = format!("/v1/Account/OAuthApps/{}", drill.var("OAUTH_CLIENT_ID"));
    assert_eq!(drill.admin("DELETE", &target, IAM).status, 204);
    assert_eq!((drill.app(), drill.bearer()), (401, 200));
    drill.now += ACCESS_LIFE;
    assert_eq!(drill.bearer(), 401);
}

#[test]
fn removing_a_person_or_a_role_revokes_nothing() {
    let mut drill = drill();
    let users = format!("/Organizations/{}/scim/Users", sid("OR", 1));
    let user = format!("{users}/{}", sid("US", 9001));
    assert_eq!(drill.admin("DELETE", &user, IAM).status, 204);
    let role = format!("/Organizations/{}/RoleAssignments/{}", sid("OR", 1), sid("IS", 9002));
    assert_eq!(drill.admin("DELETE", &role, IAM).status, 204);
    drill.twilio.by_hand("reset_console_password", &sid("US", 9002), drill.now).unwrap();
    assert_eq!((drill.auth_token(), drill.messages("MAIN"), drill.bearer()), (200, 200, 200));
    assert_eq!(drill.admin("GET", &users, IAM).value()["totalResults"], 3);
}

#[test]
fn a_suspended_subaccount_hides_all_its_credentials_and_a_closed_one_refuses_them() {
    let mut drill = drill();
    let target = format!("/2010-04-01/Accounts/{}.json", sid("AC", 9000));
    drill.admin_form("POST", &target, API, &[("Status", "suspended")]);
    assert_eq!((drill.auth_token(), drill.messages("STANDARD"), drill.bearer()), (403, 403, 403));
    assert_eq!(drill.admin("GET", &target, API).value()["status"], "suspended");
    drill.admin_form("POST", &target, API, &[("Status", "active")]);
    assert_eq!((drill.auth_token(), drill.messages("STANDARD"), drill.bearer()), (200, 200, 200));
    drill.admin_form("POST", &target, API, &[("Status", "closed")]);
    assert_eq!((drill.auth_token(), drill.app(), drill.bystander()), (401, 401, 200));
}

#[test]
fn keys_are_made_and_listed_to_the_last_page() {
    let mut drill = drill();
    let form = [("AccountSid", sid("AC", 9000)), ("FriendlyName", "drill".into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let made = drill.admin_form("POST", "/v1/Keys", IAM, &form).value();
    let (id, value) = (made["sid"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert_eq!(drill.get_as(id, value, "/Messages.json").status, 200);
    let mut main = form.clone();
    main.push(("KeyType", "main"));
    assert_eq!(drill.admin_form("POST", "/v1/Keys", IAM, &main).status, 403, "console only");
    drill.twilio.kernel.set_fault(Some(crate::Fault::ExtraToken));
    drill.twilio.plant(drill.now);
    let (mut ids, mut target) = (Vec::new(), format!("/v1/Keys?AccountSid={}", sid("AC", 9000)));
    loop {
        let page = drill.admin("GET", &target, IAM).value();
        ids.extend(page["keys"].as_array().unwrap().iter().map(|k| k["sid"].clone()));
        let Some(next) = page["meta"]["next_page_url"].as_str() else { break };
        target = next.trim_start_matches("http://mock.test").to_owned();
    }
    assert_eq!(ids.len(), 5);
    assert!(ids.contains(&json!(sid("SK", 599))));
    let first =
        drill.admin("GET", &format!("/2010-04-01/Accounts/{}/Keys.json", sid("AC", 9000)), API);
    assert!(first.value()["next_page_uri"].is_string());
}

#[test]
fn admin_calls_need_an_admin_and_monitor_names_the_deed() {
    let mut drill = drill();
    let users = format!("/Organizations/{}/scim/Users", sid("OR", 1));
    let bare = drill.send(&Request::new("GET", &users).on(IAM));
    assert_eq!((bare.status, &bare.value()["code"]), (401, &json!(20003)));
    let (user, value) = (drill.var("ACCOUNT_SID"), drill.var("AUTH_TOKEN"));
    let own = Request::new("GET", &users).on(IAM).with_basic(&user, &value);
    assert_eq!(drill.send(&own).status, 401);
    let other = format!("/2010-04-01/Accounts/{}.json", sid("AC", 9100));
    assert_eq!(
        drill.send(&Request::new("GET", &other).on(API).with_basic(&user, &value)).status,
        401
    );
    drill.twilio.by_hand("delete_api_key", &sid("SK", 502), drill.now).unwrap();
    let target = format!("/v1/Keys/{}", sid("SK", 503));
    drill.admin("DELETE", &target, IAM);
    let events = drill.admin("GET", "/v1/Events?EventType=api-key.deleted", MONITOR).value();
    assert_eq!(events["events"][0]["resource_sid"], sid("SK", 503));
}
