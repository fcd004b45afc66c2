//! What survives what at Intercom; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::messenger::user_hash;
use super::{API, CONSOLE, EU_API, Intercom, MESSENGER, Platform as _};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::from_epoch;

struct Workspace {
    mock: Intercom,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Workspace {
    let now = from_epoch(1_790_000_000);
    let (mock, variables) = Intercom::seeded(now);
    Workspace { mock, variables, now }
}

impl Workspace {
    fn secret(&self, name: &str) -> String {
        self.variables[name].clone()
    }

    fn send(&mut self, request: &Request) -> Response {
        self.mock.handle(request, self.now).unwrap()
    }

    fn get(&mut self, target: &str, name: &str) -> Response {
        let token = self.secret(name);
        self.send(&Request::new("GET", target).on(API).auth("Bearer", &token))
    }

    fn who(&mut self, name: &str) -> Option<String> {
        self.get("/me", name).value()["email"].as_str().map(str::to_owned)
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.mock.by_hand(action, object, self.now).unwrap();
    }

    fn sign_in(&mut self, email: &str, password: &str) -> Response {
        let form = [("email", email), ("password", password)];
        self.send(&Request::new("POST", "/admins/sign_in").on(CONSOLE).with_form(&form))
    }

    fn visit(&mut self, workspace: &str, cookie: &str) -> Response {
        let target = format!("/a/apps/{workspace}");
        let cookie = format!("intercom-session={cookie}");
        self.send(&Request::new("GET", &target).on(CONSOLE).with("cookie", &cookie))
    }

    fn scim(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let token = self.secret("ACME_INTERCOM_SCIM_TOKEN");
        let target = format!("/scim/v2/{target}");
        self.send(&Request::new(method, &target).on(API).auth("Bearer", &token).with_json(body))
    }
}

fn code(answer: &Response) -> (u16, String) {
    (answer.status, answer.value()["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn every_token_names_its_teammate_and_the_workspace() {
    let mut workspace = start();
    for (name, who) in
        [("MAYA_APP_TOKEN", "maya"), ("SYNC_APP_TOKEN", "sync"), ("LEO_OAUTH_TOKEN", "leo")]
    {
        for supplier in ["acme", "globex"] {
            let name = format!("{}_INTERCOM_{name}", supplier.to_uppercase());
            assert_eq!(workspace.who(&name), Some(format!("{who}@{supplier}.example")));
        }
    }
    let token = workspace.secret("ACME_INTERCOM_MAYA_APP_TOKEN");
    assert!(token.len() == 60 && token.starts_with("dG9r") && token.ends_with('='));
    let me = workspace.get("/me", "ACME_INTERCOM_MAYA_APP_TOKEN").value();
    assert_eq!(me["app"]["id_code"], "ours1abc");
}

#[test]
fn dead_unknown_missing_and_not_permitted_are_told_apart_by_code_only() {
    let mut workspace = start();
    let unknown = workspace.send(&Request::new("GET", "/me").on(API).auth("Bearer", "x"));
    assert_eq!(code(&unknown), (401, "unauthorized".into()));
    let missing = workspace.send(&Request::new("GET", "/me").on(API));
    assert_eq!(code(&missing), (401, "missing_authorization".into()));
    let narrow = workspace.get("/admins", "ACME_INTERCOM_LEO_OAUTH_TOKEN");
    assert_eq!(code(&narrow), (401, "token_unauthorized".into()));
    workspace.hand("uninstall_app", "7703");
    let dead = workspace.get("/me", "ACME_INTERCOM_LEO_OAUTH_TOKEN");
    assert_eq!(code(&dead), (401, "token_revoked".into()));
    assert!(workspace.who("ACME_INTERCOM_MAYA_APP_TOKEN").is_some());
    assert!(workspace.who("GLOBEX_INTERCOM_LEO_OAUTH_TOKEN").is_some());
    let request = Request::new("GET", "/me").on(API).auth("Bearer", "x");
    let version = workspace.send(&request.with("Intercom-Version", "9.9"));
    assert_eq!(code(&version).1, "intercom_version_invalid");
}

#[test]
fn a_good_token_is_refused_in_the_wrong_region() {
    let mut workspace = start();
    let token = workspace.secret("ACME_INTERCOM_MAYA_APP_TOKEN");
    let answer = workspace.send(&Request::new("GET", "/me").on(EU_API).auth("Bearer", &token));
    assert_eq!(answer.status, 401);
}

#[test]
fn a_token_outlives_its_makers_removal_and_a_changed_address() {
    let mut workspace = start();
    workspace.hand("remove_teammate", "5101");
    assert!(workspace.who("ACME_INTERCOM_MAYA_APP_TOKEN").is_some());
    workspace.hand("change_teammate_email", "5103");
    let who = workspace.who("ACME_INTERCOM_SYNC_APP_TOKEN");
    assert_eq!(who.as_deref(), Some("handover-5103@ours.example"));
    let admins = workspace.get("/admins", "INTERCOM_ADMIN_TOKEN").value();
    assert_eq!(admins["admins"].as_array().unwrap().len(), 9, "the removed one disappears");
    assert_eq!(workspace.get("/admins/5101", "INTERCOM_ADMIN_TOKEN").status, 404);
}

#[test]
fn removal_is_for_one_workspace_and_can_be_taken_back() {
    let mut workspace = start();
    let cookie = workspace.secret("ACME_INTERCOM_SHARED_SESSION");
    assert_eq!(
        workspace.visit("ours1abc", &cookie).value()["admin"]["email"],
        "support-eu@acme.example"
    );
    workspace.hand("remove_teammate", "5104");
    assert_eq!(workspace.visit("ours1abc", &cookie).status, 403);
    assert_eq!(workspace.visit("other2xyz", &cookie).status, 200);
    workspace.hand("reinvite_teammate", "5104");
    assert_eq!(workspace.visit("ours1abc", &cookie).status, 200);
}

#[test]
fn forced_sso_and_a_reset_leave_sessions_and_tokens() {
    let mut workspace = start();
    let (old, new) = (
        workspace.secret("ACME_INTERCOM_SHARED_PASSWORD"),
        workspace.secret("ACME_INTERCOM_SHARED_NEW_PASSWORD"),
    );
    let cookie = workspace.secret("ACME_INTERCOM_SHARED_SESSION");
    workspace.hand("reset_password", "5104");
    let email = "support-eu@acme.example";
    assert_eq!(workspace.sign_in(email, &old).status, 200, "the form again");
    assert_eq!(workspace.sign_in(email, &new).status, 302);
    workspace.hand("force_sso", "workspace");
    assert_eq!(workspace.sign_in(email, &new).status, 200);
    assert_eq!(workspace.visit("ours1abc", &cookie).status, 200);
    assert!(workspace.who("ACME_INTERCOM_MAYA_APP_TOKEN").is_some());
    workspace.hand("sign_out_teammate", "5104");
    assert_eq!(workspace.visit("ours1abc", &cookie).status, 302);
}

#[test]
fn a_session_ends_with_the_workspaces_session_length_or_its_owner() {
    let mut workspace = start();
    let cookie = workspace.secret("ACME_INTERCOM_SHARED_SESSION");
    let request = Request::new("POST", "/admins/sign_out").on(CONSOLE);
    workspace.send(&request.with("cookie", &format!("intercom-session={cookie}")));
    assert_eq!(workspace.visit("ours1abc", &cookie).status, 302);
    let other = workspace.secret("GLOBEX_INTERCOM_SHARED_SESSION");
    workspace.now += Duration::from_secs(4 * 86_400);
    assert_eq!(workspace.visit("ours1abc", &other).status, 302);
}

#[test]
fn a_regenerated_token_is_dead_and_an_uninstalled_app_is_back_with_one_click() {
    let mut workspace = start();
    workspace.hand("regenerate_app_token", "7701");
    assert_eq!(workspace.who("ACME_INTERCOM_MAYA_APP_TOKEN"), None);
    workspace.hand("uninstall_app", "7702");
    workspace.hand("install_app", "7702");
    assert_eq!(workspace.who("ACME_INTERCOM_SYNC_APP_TOKEN"), None);
    let alive = workspace.mock.kernel.kept("token", workspace.now);
    let back = alive.iter().filter(|key| workspace.mock.kernel.credential(**key).is_for("7702"));
    assert_eq!(back.count(), 1);
}

#[test]
fn a_code_becomes_a_token_without_expiry_and_the_clients_secret_guards_it() {
    let mut workspace = start();
    let cookie = workspace.secret("ACME_INTERCOM_SHARED_SESSION");
    let mut authorize = || {
        let target = "/oauth?client_id=acme-desk&state=s&redirect_uri=http://c.test";
        let request = Request::new("GET", target).on(CONSOLE);
        let back = workspace.send(&request.with("cookie", &format!("intercom-session={cookie}")));
        let at = back.header("location").unwrap().to_owned();
        at.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned()
    };
    let codes = [authorize(), authorize()];
    let secret = workspace.secret("ACME_INTERCOM_CLIENT_SECRET");
    let exchange = |code: &str| {
        let form = [("client_id", "acme-desk"), ("client_secret", &*secret), ("code", code)];
        Request::new("POST", "/auth/eagle/token").on(API).with_form(&form)
    };
    let token = workspace.send(&exchange(&codes[0])).value()["token"].as_str().unwrap().to_owned();
    workspace.hand("rotate_client_secret", "7703");
    assert_eq!(workspace.send(&exchange(&codes[1])).status, 401);
    workspace.now += Duration::from_secs(400 * 86_400);
    let me = workspace.send(&Request::new("GET", "/me").on(API).auth("Bearer", &token));
    assert_eq!(me.value()["email"], "support-eu@acme.example");
    assert!(workspace.who("ACME_INTERCOM_LEO_OAUTH_TOKEN").is_some());
}

#[test]
fn an_app_can_uninstall_itself() {
    let mut workspace = start();
    let token = workspace.secret("ACME_INTERCOM_MAYA_APP_TOKEN");
    let request = Request::new("POST", "/auth/uninstall").on(API).auth("Bearer", &token);
    assert_eq!(workspace.send(&request).status, 200);
    assert_eq!(workspace.who("ACME_INTERCOM_MAYA_APP_TOKEN"), None);
}

#[test]
fn a_messenger_secret_makes_anybody_until_it_is_deleted_and_the_session_stays() {
    let mut workspace = start();
    let secret = workspace.secret("ACME_INTERCOM_MESSENGER_SECRET");
    let hash = user_hash(&secret, "victim@customer.example");
    let form = [("email", "victim@customer.example"), ("user_hash", &*hash)];
    let ping = Request::new("POST", "/messenger/web/ping").on(MESSENGER).with_form(&form);
    let answer = workspace.send(&ping);
    assert_eq!(answer.status, 200);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    workspace.hand("delete_messenger_secret", "7801");
    assert_eq!(workspace.send(&ping).status, 403);
    let session = Request::new("GET", "/messenger/web/session").on(MESSENGER);
    assert_eq!(workspace.send(&session.with("cookie", &cookie)).status, 200);
}

#[test]
fn scim_removes_and_brings_back_and_its_token_dies_as_forbidden() {
    let mut workspace = start();
    let body = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    assert_eq!(workspace.scim("PATCH", "Users/5104", &body).value()["active"], false);
    let cookie = workspace.secret("ACME_INTERCOM_SHARED_SESSION");
    assert_eq!(workspace.visit("ours1abc", &cookie).status, 403);
    let again = json!({"userName": "support-eu@acme.example"});
    assert_eq!(workspace.scim("POST", "Users", &again).value()["id"], "5104");
    assert_eq!(workspace.visit("ours1abc", &cookie).status, 200);
    assert_eq!(workspace.scim("DELETE", "Users/5102", &Value::Null).status, 204);
    let list = workspace.scim("GET", "Users?startIndex=9&count=5", &Value::Null).value();
    assert_eq!((&list["totalResults"], &list["itemsPerPage"]), (&json!(10), &json!(2)));
    workspace.hand("regenerate_scim_token", "7901");
    let dead = workspace.scim("GET", "Users", &Value::Null);
    assert_eq!(
        (dead.status, &dead.value()["errors"][0]["message"]),
        (403, &json!("Access Token Invalid"))
    );
}

#[test]
fn the_log_is_paged_to_its_end_and_shows_the_extra_token() {
    let mut workspace = start();
    for app in ["7701", "7702", "7703"] {
        workspace.hand("uninstall_app", app);
    }
    workspace.mock.plant(workspace.now);
    let (mut target, mut seen) =
        ("/admins/activity_logs?per_page=2&created_at_after=1".to_owned(), 0);
    let mut kinds = Vec::new();
    loop {
        let page = workspace.get(&target, "INTERCOM_ADMIN_TOKEN").value();
        for entry in page["activity_logs"].as_array().unwrap() {
            kinds.push(entry["activity_type"].as_str().unwrap().to_owned());
        }
        seen += 1;
        match page["pages"]["next"].as_str() {
            Some(next) => target = next.strip_prefix("http://mock.test").unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!((seen, kinds.len(), kinds[0].as_str()), (2, 4, "app_package_installation"));
}

#[test]
fn administration_is_refused_without_the_administrators_token() {
    let mut workspace = start();
    for target in ["/admins/activity_logs", "/ip_allowlist", "/admins/activity_log_event_types"] {
        let refused = workspace.get(target, "ACME_INTERCOM_MAYA_APP_TOKEN");
        assert_eq!(code(&refused), (401, "token_unauthorized".into()));
        assert_eq!(workspace.get(target, "INTERCOM_ADMIN_TOKEN").status, 200);
    }
}

#[test]
fn an_ip_list_revokes_nothing_and_cannot_shut_its_maker_out() {
    let mut workspace = start();
    let token = workspace.secret("INTERCOM_ADMIN_TOKEN");
    let mut put = |ranges: Value| {
        let body = json!({"enabled": true, "ip_allowlist": ranges});
        let request = Request::new("PUT", "/ip_allowlist").on(API).auth("Bearer", &token);
        workspace.send(&request.with_json(&body))
    };
    assert_eq!(code(&put(json!(["10.0.0.0/8"]))), (422, "parameter_invalid".into()));
    assert_eq!(put(json!(["127.0.0.0/8"])).status, 200);
    assert!(workspace.who("ACME_INTERCOM_MAYA_APP_TOKEN").is_some());
}

#[test]
fn faults_reach_uninstallation_removal_and_identity() {
    let mut workspace = start();
    workspace.mock.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    workspace.hand("uninstall_app", "7701");
    assert!(workspace.who("ACME_INTERCOM_MAYA_APP_TOKEN").is_some());
    workspace.mock.kernel().set_fault(Some(Fault::SurvivesDeactivation));
    workspace.hand("remove_teammate", "5104");
    let cookie = workspace.secret("ACME_INTERCOM_SHARED_SESSION");
    assert_eq!(workspace.visit("ours1abc", &cookie).status, 200);
    workspace.mock.kernel().set_fault(Some(Fault::KillsBystander));
    workspace.hand("uninstall_app", "7701");
    assert_eq!(workspace.who("GLOBEX_INTERCOM_SYNC_APP_TOKEN"), None);
    workspace.mock.kernel().set_fault(Some(Fault::OtherIdentity));
    let who = workspace.who("ACME_INTERCOM_SYNC_APP_TOKEN");
    assert_ne!(who.as_deref(), Some("sync@acme.example"));
}

#[test]
fn unknown_routes_actions_and_objects_are_errors() {
    let mut workspace = start();
    let now = workspace.now;
    assert!(workspace.mock.handle(&Request::new("GET", "/contacts").on(API), now).is_none());
    assert!(workspace.mock.by_hand("fly", "x", now).is_err());
    assert!(workspace.mock.by_hand("uninstall_app", "x", now).is_err());
    assert_eq!(workspace.mock.dead(&Request::new("GET", "/me").on(API)).status, 401);
    assert_eq!(workspace.mock.dead(&Request::new("GET", "/scim/v2/Users").on(API)).status, 403);
}
