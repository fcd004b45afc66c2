//! What survives what at Atlassian, by use of the credential, never by the answer to the action.

use super::*;
use crate::platforms::Variables;
use crate::times::from_epoch;

struct Drill {
    atlassian: Atlassian,
    variables: Variables,
    now: SystemTime,
}

fn drill() -> Drill {
    let now = from_epoch(1_790_000_000);
    let (atlassian, variables) = Atlassian::seeded(now);
    Drill { atlassian, variables, now }
}

const MAYA: &str = "/users/account-ACMEMAYA/manage";
const MYSELF: &str = "/rest/api/3/myself";
const DAY: Duration = Duration::from_secs(86_400);

impl Drill {
    fn var(&self, name: &str) -> String {
        self.variables[&format!("ACME_JIRA_SERVICE_MANAGEMENT_{name}")].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.atlassian.handle(request, self.now).expect("the route exists")
    }

    fn org(&mut self, method: &str, target: &str) -> Response {
        let key = self.variables["JIRA_SERVICE_MANAGEMENT_ADMIN_ORG_KEY"].clone();
        self.send(&Request::new(method, target).on(GATEWAY).auth("Bearer", &key))
    }

    fn admin(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.variables["JIRA_SERVICE_MANAGEMENT_ADMIN_TOKEN"].clone();
        let request = Request::new(method, target).on(SITE).with_json(body);
        self.send(&request.with_basic("admin@ours.example", &token))
    }

    fn basic(&mut self, who: &str, target: &str, server: &'static str) -> Response {
        let token = self.var(&format!("{who}_API_TOKEN"));
        let email = format!("{}@acme.example", who.to_lowercase());
        self.send(&Request::new("GET", target).on(server).with_basic(&email, &token))
    }

    fn myself(&mut self, who: &str) -> u16 {
        self.basic(who, MYSELF, SITE).status
    }

    fn bearer(&mut self, name: &str, target: &str) -> Response {
        let token = self.var(name);
        self.send(&Request::new("GET", target).on(GATEWAY).auth("Bearer", &token))
    }

    fn scoped(&mut self, name: &str) -> u16 {
        self.bearer(name, "/ex/jira/cloud-OURS/rest/api/3/myself").status
    }

    fn refresh_of(&mut self, supplier: &str, token: &str) -> Response {
        let var = |what: &str| {
            self.variables[&format!("{supplier}_JIRA_SERVICE_MANAGEMENT_{what}")].clone()
        };
        let body = json!({"grant_type": "refresh_token", "refresh_token": token,
            "client_id": var("CLIENT_ID"), "client_secret": var("CLIENT_SECRET")});
        self.send(&Request::new("POST", "/oauth/token").on(AUTH).with_json(&body))
    }

    fn refresh(&mut self, name: &str) -> Response {
        let token = self.var(name);
        self.refresh_of("ACME", &token)
    }

    fn bystander(&mut self) -> u16 {
        let token = self.variables["GLOBEX_JIRA_SERVICE_MANAGEMENT_MAYA_API_TOKEN"].clone();
        let request = Request::new("GET", MYSELF).on(SITE);
        self.send(&request.with_basic("maya@globex.example", &token)).status
    }

    fn cookie(&mut self, name: &str, cookie: &str, target: &str) -> Response {
        let value = format!("{cookie}={}", self.var(name));
        self.send(&Request::new("GET", target).on(SITE).with("Cookie", &value))
    }

    fn session(&mut self) -> u16 {
        self.cookie("MAYA_SESSION", "cloud.session.token", MYSELF).status
    }

    fn portal(&mut self) -> Response {
        let target = "/rest/servicedeskapi/request";
        self.cookie("PORTAL_SESSION", "customer.account.session.token", target)
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.atlassian.by_hand(action, object, self.now).expect("an action by hand");
    }

    fn service_client(&mut self) -> Response {
        let body = json!({"grant_type": "client_credentials", "client_id": self.var("SYNC_CLIENT_ID"),
            "client_secret": self.var("SYNC_CLIENT_SECRET")});
        self.send(&Request::new("POST", "/oauth/token").on(AUTH).with_json(&body))
    }
}

#[test]
fn every_credential_works_at_first_and_says_whose_it_is() {
    let mut drill = drill();
    assert_eq!(drill.basic("LEO", MYSELF, SITE).value()["accountId"], "account-ACMELEO");
    assert_eq!((drill.myself("MAYA"), drill.session(), drill.bystander()), (200, 200, 200));
    assert_eq!((drill.scoped("MAYA_SCOPED_TOKEN"), drill.scoped("SYNC_TOKEN")), (200, 200));
    assert_eq!(drill.bearer("MAYA_ACCESS", "/me").value()["account_id"], "account-ACMEMAYA");
    assert_eq!(drill.bearer("SYNC_ACCESS", "/me").value()["account_id"], "account-ACMESYNC");
    assert_eq!(drill.bearer("ORG_API_KEY", "/admin/v1/orgs").status, 200);
    let users = "/scim/directory/directory-ACME/Users?count=1";
    assert_eq!(drill.bearer("SCIM_TOKEN", users).status, 200);
    assert_eq!(drill.refresh("MAYA_REFRESH").status, 200);
    assert_eq!(drill.service_client().status, 200);
    assert_eq!(drill.portal().value()["values"][0]["reporter"]["accountId"], "qm:ACMEMAYA");
}

#[test]
fn an_open_endpoint_answers_200_to_a_dead_token_and_says_so_in_a_header() {
    let mut drill = drill();
    drill.org("DELETE", &format!("{MAYA}/api-tokens/token-ACMEMAYA"));
    let search = drill.basic("MAYA", "/rest/api/3/project/search", SITE);
    assert_eq!((search.status, &search.value()["total"]), (200, &json!(0)));
    assert_eq!(search.header("x-seraph-loginreason"), Some("AUTHENTICATED_FAILED"));
    let dead = drill.basic("MAYA", MYSELF, SITE);
    assert_eq!(dead.status, 401);
    assert!(dead.value()["message"].as_str().unwrap().starts_with("Client must be authenticated"));
}

#[test]
fn a_deactivated_account_gets_its_tokens_back_with_reactivation() {
    let mut drill = drill();
    assert_eq!(drill.org("POST", &format!("{MAYA}/lifecycle/disable")).status, 204);
    assert_eq!((drill.myself("MAYA"), drill.session()), (401, 401));
    assert_eq!(drill.scoped("MAYA_SCOPED_TOKEN"), 401);
    assert_eq!(drill.refresh("MAYA_REFRESH").status, 403);
    assert_eq!(drill.bearer("MAYA_ACCESS", "/me").status, 200, "to its exp");
    assert_eq!(drill.bearer("ORG_API_KEY", "/admin/v1/orgs").status, 200, "the organisation's");
    assert_eq!(drill.portal().status, 200, "the twin with the same address");
    drill.org("POST", &format!("{MAYA}/lifecycle/enable"));
    assert_eq!((drill.myself("MAYA"), drill.session()), (200, 200));
    assert_eq!(drill.refresh("MAYA_REFRESH").status, 200);
    drill.now += ACCESS_LIFE;
    assert_eq!(drill.bearer("MAYA_ACCESS", "/me").status, 401);
    assert_eq!(drill.bystander(), 200);
}

#[test]
fn an_account_synced_from_google_cannot_be_deactivated() {
    let mut drill = drill();
    drill.hand("sync_from_google", "account-ACMEMAYA");
    let refused = drill.org("POST", &format!("{MAYA}/lifecycle/disable"));
    assert_eq!((refused.status, &refused.value()["key"]), (403, &json!("forbidden.action")));
    assert_eq!(drill.myself("MAYA"), 200);
}

#[test]
fn a_deletion_can_be_cancelled_for_fourteen_days() {
    for (days, status) in [(13, 200), (14, 401)] {
        let mut drill = drill();
        assert_eq!(drill.org("POST", &format!("{MAYA}/lifecycle/delete")).status, 202);
        assert_eq!(drill.myself("MAYA"), 401);
        drill.now += DAY * days;
        drill.org("POST", &format!("{MAYA}/lifecycle/cancel-delete"));
        assert_eq!(drill.myself("MAYA"), status, "after {days} days");
    }
}

#[test]
fn an_external_accounts_tokens_are_out_of_reach_and_live_on_elsewhere() {
    let mut drill = drill();
    let leo = "/users/account-ACMELEO/manage";
    assert_eq!(drill.org("GET", &format!("{leo}/api-tokens")).status, 403);
    assert_eq!(drill.org("POST", &format!("{leo}/lifecycle/disable")).status, 403);
    let seat = "/admin/v1/orgs/org-OURS/directory/users/account-ACMELEO";
    assert_eq!(drill.org("DELETE", seat).status, 204);
    assert_eq!(drill.myself("LEO"), 403, "the account is alive, our site is closed");
    let home = "/ex/jira/cloud-ACMEHOME/rest/api/3/myself";
    assert_eq!(drill.basic("LEO", home, GATEWAY).status, 200);
    assert_eq!(drill.refresh("LEO_REFRESH").status, 200);
    drill.org("POST", &format!("{seat}/restore-access"));
    assert_eq!(drill.myself("LEO"), 200);
}

#[test]
fn a_deleted_token_leaves_its_siblings_and_the_grants() {
    let mut drill = drill();
    let tokens = format!("{MAYA}/api-tokens");
    assert_eq!(drill.org("GET", &tokens).value().as_array().map(Vec::len), Some(1));
    let target = format!("{tokens}/token-ACMEMAYA");
    assert_eq!(drill.org("DELETE", &target).status, 204);
    assert_eq!(drill.org("DELETE", &target).status, 404);
    assert_eq!(drill.myself("MAYA"), 401);
    assert_eq!(drill.scoped("MAYA_SCOPED_TOKEN"), 200);
    assert_eq!(drill.refresh("MAYA_REFRESH").status, 200);
    assert_eq!(drill.bystander(), 200);
}

#[test]
fn a_used_refresh_token_answers_ten_minutes_more_and_then_kills_its_family() {
    let mut drill = drill();
    let next = drill.refresh("MAYA_REFRESH").value()["refresh_token"].as_str().unwrap().to_owned();
    drill.now += Duration::from_secs(599);
    assert_eq!(drill.refresh("MAYA_REFRESH").status, 200);
    drill.now += Duration::from_secs(1);
    let dead = drill.refresh("MAYA_REFRESH");
    assert_eq!((dead.status, &dead.value()["error"]), (403, &json!("invalid_grant")));
    assert_eq!(drill.refresh_of("ACME", &next).status, 403, "the newest died of the probe");
    assert_eq!(drill.refresh("LEO_REFRESH").status, 200);
}

#[test]
fn a_changed_password_stops_refresh_tokens_and_not_api_tokens() {
    let mut drill = drill();
    drill.hand("change_password", "account-ACMEMAYA");
    assert_eq!(drill.refresh("MAYA_REFRESH").status, 403);
    assert_eq!((drill.myself("MAYA"), drill.session()), (200, 200));
    assert_eq!(drill.bearer("MAYA_ACCESS", "/me").status, 200);
    drill.hand("end_sessions", "account-ACMEMAYA");
    assert_eq!((drill.myself("MAYA"), drill.session()), (200, 401));
}

#[test]
fn a_revoked_grant_leaves_an_access_token_that_reaches_nothing() {
    let mut drill = drill();
    drill.hand("revoke_app_grant", "grant-ACMEMAYA");
    assert_eq!(drill.refresh("MAYA_REFRESH").status, 403);
    let sites = drill.bearer("MAYA_ACCESS", "/oauth/token/accessible-resources");
    assert_eq!((sites.status, sites.value()), (200, json!([])));
    assert_eq!(drill.bearer("MAYA_ACCESS", "/me").status, 200);
    assert_eq!(drill.refresh("LEO_REFRESH").status, 200);
}

#[test]
fn uninstalling_an_app_is_a_slow_job_that_ends_every_users_grant() {
    let mut drill = drill();
    let app = drill.var("CLIENT_ID");
    drill.hand("uninstall_app", &app);
    assert_eq!(drill.refresh("LEO_REFRESH").status, 200);
    drill.now += UNINSTALL;
    for name in ["MAYA_REFRESH", "LEO_REFRESH"] {
        assert_eq!(drill.refresh(name).status, 403);
    }
    assert_eq!(drill.bearer("MAYA_ACCESS", "/me").status, 200);
}

#[test]
fn organisation_keys_scim_tokens_and_client_secrets_end_by_hand_only() {
    let mut drill = drill();
    drill.hand("revoke_org_api_key", "key-ACME1");
    assert_eq!(drill.bearer("ORG_API_KEY", "/admin/v1/orgs").status, 401);
    drill.hand("delete_scim_token", "scim-ACME1");
    let users = "/scim/directory/directory-ACME/Users?count=1";
    assert_eq!(drill.bearer("SCIM_TOKEN", users).status, 401);
    let robot = drill.var("SYNC_CLIENT_ID");
    drill.hand("rotate_client_secret", &robot);
    let wrong = drill.service_client();
    assert_eq!((wrong.status, &wrong.value()["error"]), (401, &json!("access_denied")));
    assert_eq!(drill.bearer("SYNC_ACCESS", "/me").status, 200);
    assert!(drill.atlassian.by_hand("revoke_org_api_key", "key-ACME1", drill.now).is_err());
}

#[test]
fn a_portal_customer_is_ended_apart_from_the_account_with_the_same_address() {
    let mut drill = drill();
    let target = "/rest/servicedeskapi/customer/user/qm:ACMEMAYA/revoke-portal-only-access";
    assert_eq!(drill.admin("PUT", target, &Value::Null).status, 204);
    assert_eq!(drill.portal().status, 401);
    assert_eq!(drill.myself("MAYA"), 200);
    let made =
        drill.admin("POST", "/rest/servicedeskapi/customer", &json!({"email": "d@ours.example"}));
    assert_eq!(made.status, 201);
    let list =
        drill.admin("GET", "/rest/servicedeskapi/servicedesk/1/customer", &Value::Null).value();
    assert_eq!((&list["isLastPage"], &list["size"]), (&json!(false), &json!(1)));
}

#[test]
fn accounts_are_listed_to_the_last_page_and_external_ones_only_in_the_directory() {
    let mut drill = drill();
    for (method, target, count) in [
        ("GET", "/admin/v1/orgs/org-OURS/users", 5),
        ("POST", "/admin/v1/orgs/org-OURS/users/search", 7),
    ] {
        let (mut seen, mut next) = (0, target.to_owned());
        loop {
            let page = drill.org(method, &next).value();
            seen += page["data"].as_array().unwrap().len();
            let Some(link) = page["links"]["next"].as_str() else { break };
            next = link.trim_start_matches("http://mock.test").to_owned();
        }
        assert_eq!(seen, count, "{target}");
    }
    drill.atlassian.kernel.set_fault(Some(crate::Fault::ExtraToken));
    drill.atlassian.plant(drill.now);
    let tokens = drill.org("GET", &format!("{MAYA}/api-tokens")).value();
    assert_eq!(tokens.as_array().map(Vec::len), Some(2));
}

#[test]
fn admin_calls_without_the_admin_are_refused_and_the_log_names_what_was_done() {
    let mut drill = drill();
    let bare = drill.send(&Request::new("GET", "/admin/v1/orgs/org-OURS/users").on(GATEWAY));
    assert_eq!(bare.status, 401);
    assert_eq!(drill.bearer("MAYA_ACCESS", "/admin/v1/orgs").status, 401);
    let customers = "/rest/servicedeskapi/servicedesk/1/customer";
    assert_eq!(drill.basic("MAYA", customers, SITE).status, 403);
    drill.org("POST", &format!("{MAYA}/lifecycle/disable"));
    let events = drill.org("GET", "/admin/v1/orgs/org-OURS/events").value();
    assert_eq!(events["data"][0]["attributes"]["action"], "user_deactivated");
}
