//! What survives what at GitHub; names are claims.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::seed::organization;
use super::*;
use crate::faults::Fault;
use crate::platforms::Variables;
use crate::times::{epoch, from_epoch};

mod apps;
mod listings;

const MINUTE: Duration = Duration::from_secs(60);
const REPO: &str = "/repos/ours/canary";

struct Hub {
    github: Github,
    variables: Variables,
    now: SystemTime,
}

fn start() -> Hub {
    let now = from_epoch(1_790_000_000);
    let (github, variables) = organization(now);
    Hub { github, variables, now }
}

impl Hub {
    fn send(&mut self, request: Request) -> Response {
        let request = request.with("User-Agent", "drill");
        self.github.handle(&request, self.now).unwrap()
    }

    fn call(&mut self, name: &str, method: &str, target: &str, body: &Value) -> Response {
        let token = self.variables[name].clone();
        let request = Request::new(method, target).on(API).auth("Bearer", &token);
        self.send(request.with_json(body))
    }

    fn get(&mut self, name: &str, target: &str) -> Response {
        self.call(name, "GET", target, &Value::Null)
    }

    fn admin(&mut self, method: &str, target: &str) -> u16 {
        self.call("GITHUB_ADMIN_TOKEN", method, target, &Value::Null).status
    }

    /// Tells the statuses of identity and reach of one of ACME's tokens.
    fn both(&mut self, what: &str) -> (u16, u16) {
        let name = format!("ACME_GITHUB_{what}");
        (self.get(&name, "/user").status, self.get(&name, REPO).status)
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.github.by_hand(action, object, self.now).unwrap();
    }

    fn deploy_keys(&mut self) -> Vec<u64> {
        let keys = self.get("GITHUB_ADMIN_TOKEN", &format!("{REPO}/keys")).value();
        keys.as_array().unwrap().iter().map(|key| key["id"].as_u64().unwrap()).collect()
    }

    fn revoke(&mut self, names: &[&str]) -> u16 {
        let tokens: Vec<String> = names.iter().map(|name| self.variables[*name].clone()).collect();
        let request = Request::new("POST", "/credentials/revoke").on(API);
        self.send(request.with_json(&json!({"credentials": tokens}))).status
    }

    fn refresh(&mut self) -> Response {
        let get = |name: &str| self.variables[&format!("ACME_GITHUB_{name}")].clone();
        let (client, secret, token) =
            (get("CLIENT_ID"), get("CLIENT_SECRET"), get("MAYA_APP_REFRESH"));
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", &client),
            ("client_secret", &secret),
            ("refresh_token", &token),
        ];
        self.send(Request::new("POST", "/login/oauth/access_token").on(WEB).with_form(&fields))
    }

    fn jwt(&self, issuer: &str) -> String {
        let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let now = epoch(self.now);
        let claims = json!({"iss": issuer, "iat": now - 30, "exp": now + 540});
        format!("{}.{}.c2ln", encode(json!({"alg": "RS256"})), encode(claims))
    }

    fn as_app(&mut self, method: &str, target: &str) -> Response {
        let request = Request::new(method, target).on(API).auth("Bearer", &self.jwt("301"));
        self.send(request)
    }
}

#[test]
fn every_seeded_token_proves_its_owner_and_reaches_the_repository() {
    let mut hub = start();
    for supplier in ["ACME", "GLOBEX"] {
        for (what, who) in [
            ("MAYA_PAT", "maya"),
            ("SYNC_PAT", "sync"),
            ("MAYA_FINE_PAT", "maya"),
            ("LEO_FINE_PAT", "leo"),
            ("LEO_OAUTH", "leo"),
            ("MAYA_APP_USER", "maya"),
        ] {
            let name = format!("{supplier}_GITHUB_{what}");
            let login = format!("{}-{who}", supplier.to_lowercase());
            assert_eq!(hub.get(&name, "/user").value()["login"], login.as_str());
            assert_eq!(hub.get(&name, REPO).status, 200, "{name}");
        }
        let name = format!("{supplier}_GITHUB_INSTALLATION_TOKEN");
        assert_eq!(hub.get(&name, "/installation/repositories?per_page=1").status, 200);
    }
    let scopes = hub.get("ACME_GITHUB_MAYA_PAT", "/user");
    assert_eq!(scopes.header("x-oauth-scopes"), Some("repo, read:org, admin:public_key"));
}

#[test]
fn a_dead_token_an_unknown_one_and_none_at_all_are_refused() {
    let mut hub = start();
    let unknown = Request::new("GET", "/user").on(API).auth("token", "ghp_never");
    let answer = hub.send(unknown);
    assert_eq!((answer.status, &answer.value()["message"]), (401, &json!("Bad credentials")));
    assert_eq!(hub.send(Request::new("GET", "/user").on(API)).status, 401);
    let unknown = Request::new("GET", REPO).on(API).auth("token", "ghp_never");
    assert_eq!(hub.send(unknown).status, 404, "the reach says not found to everybody");
    let nameless = Request::new("GET", "/user").on(API);
    assert_eq!(hub.github.handle(&nameless, hub.now).unwrap().status, 403);
}

#[test]
fn bulk_revocation_is_accepted_first_and_done_later() {
    let mut hub = start();
    let names = ["MAYA_PAT", "MAYA_FINE_PAT", "LEO_OAUTH", "MAYA_APP_USER", "MAYA_APP_REFRESH"];
    let mut all: Vec<String> = names.iter().map(|name| format!("ACME_GITHUB_{name}")).collect();
    all.push("ACME_GITHUB_INSTALLATION_TOKEN".into());
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(hub.revoke(&all), 202);
    assert_eq!(hub.both("MAYA_PAT"), (200, 200), "not yet");
    hub.now += Duration::from_secs(30);
    for name in ["MAYA_PAT", "MAYA_FINE_PAT", "LEO_OAUTH", "MAYA_APP_USER"] {
        assert_eq!(hub.both(name), (401, 404), "{name}");
    }
    assert_eq!(hub.refresh().value()["error"], "bad_refresh_token");
    let target = "/installation/repositories";
    assert_eq!(hub.get("ACME_GITHUB_INSTALLATION_TOKEN", target).status, 200);
    assert_eq!(hub.both("SYNC_PAT"), (200, 200));
    assert!(hub.deploy_keys().contains(&701));
    assert_eq!(hub.get("GLOBEX_GITHUB_MAYA_PAT", "/user").status, 200);
}

#[test]
fn bulk_revocation_takes_no_authenticated_callers_and_no_empty_lists() {
    let mut hub = start();
    let body = json!({"credentials": ["x"]});
    assert_eq!(hub.call("ACME_GITHUB_SYNC_PAT", "POST", "/credentials/revoke", &body).status, 403);
    assert_eq!(hub.revoke(&[]), 422);
}

#[test]
fn removing_a_member_takes_the_reach_of_every_token_and_no_token() {
    let mut hub = start();
    assert_eq!(hub.admin("DELETE", "/orgs/ours/members/acme-maya"), 204);
    for name in ["MAYA_PAT", "MAYA_FINE_PAT", "MAYA_APP_USER"] {
        assert_eq!(hub.both(name), (200, 404), "{name}");
    }
    assert!(hub.deploy_keys().contains(&701));
    assert_eq!(hub.both("SYNC_PAT"), (200, 200));
    assert_eq!(hub.admin("DELETE", "/orgs/ours/members/acme-maya"), 404);
    hub.hand("reinstate_member", "9001");
    assert_eq!(hub.both("MAYA_PAT"), (200, 200), "and all is back");
}

#[test]
fn an_outside_collaborator_is_removed_by_name_and_by_repository() {
    let mut hub = start();
    assert_eq!(hub.admin("DELETE", "/orgs/ours/members/acme-leo"), 404);
    assert_eq!(hub.admin("DELETE", "/orgs/ours/outside_collaborators/acme-leo"), 204);
    assert_eq!(hub.both("LEO_OAUTH"), (200, 404));
    assert_eq!(hub.admin("DELETE", &format!("{REPO}/collaborators/globex-leo")), 204);
    assert_eq!(hub.get("GLOBEX_GITHUB_LEO_OAUTH", REPO).status, 404);
}

#[test]
fn converting_a_member_is_not_a_removal() {
    let mut hub = start();
    assert_eq!(hub.admin("PUT", "/orgs/ours/outside_collaborators/acme-sync"), 204);
    assert_eq!(hub.both("SYNC_PAT"), (200, 200));
}

#[test]
fn a_fine_grained_token_the_organization_revoked_is_still_a_token() {
    let mut hub = start();
    let target = "/orgs/ours/personal-access-tokens/503";
    let body = json!({"action": "revoke"});
    assert_eq!(hub.call("GITHUB_ADMIN_TOKEN", "POST", target, &body).status, 403, "apps only");
    assert_eq!(hub.call("GITHUB_ADMIN_APP_TOKEN", "POST", target, &body).status, 204);
    assert_eq!(hub.both("MAYA_FINE_PAT"), (200, 404));
    assert_eq!(hub.both("MAYA_PAT"), (200, 200));
    assert_eq!(hub.get("GLOBEX_GITHUB_MAYA_FINE_PAT", REPO).status, 200);
}

#[test]
fn a_token_without_single_sign_on_is_alive_and_kept_out() {
    let mut hub = start();
    assert_eq!(hub.admin("DELETE", "/orgs/ours/credential-authorizations/501"), 204);
    let answer = hub.get("ACME_GITHUB_MAYA_PAT", REPO);
    assert_eq!(answer.status, 403);
    assert!(answer.header("x-github-sso").unwrap().starts_with("required"));
    assert_eq!(hub.get("ACME_GITHUB_MAYA_PAT", "/user").status, 200);
    assert_eq!(hub.both("MAYA_FINE_PAT"), (200, 200));
}

#[test]
fn revoking_all_sign_on_leaves_apps_and_their_users() {
    let mut hub = start();
    hub.hand("revoke_all_sso_authorizations", "ours");
    assert_eq!(hub.both("SYNC_PAT"), (200, 403));
    assert_eq!(hub.both("LEO_OAUTH"), (200, 200));
    let name = "ACME_GITHUB_INSTALLATION_TOKEN";
    assert_eq!(hub.get(name, REPO).status, 200);
}

#[test]
fn deleting_a_token_takes_its_deploy_keys_and_regenerating_keeps_them() {
    let mut hub = start();
    hub.hand("regenerate_pat", "501");
    assert_eq!(hub.both("MAYA_PAT"), (401, 404));
    assert!(hub.deploy_keys().contains(&701));
    hub.hand("delete_pat", "501");
    assert!(!hub.deploy_keys().contains(&701));
    assert!(hub.deploy_keys().contains(&702), "what the app made stays");
    assert!(hub.deploy_keys().contains(&801));
}

#[test]
fn a_denied_oauth_app_keeps_its_tokens_without_reach() {
    let mut hub = start();
    hub.hand("deny_oauth_app", "Ov23liacmeoauth");
    assert_eq!(hub.both("LEO_OAUTH"), (200, 404));
    hub.hand("allow_oauth_app", "Ov23liacmeoauth");
    assert_eq!(hub.both("LEO_OAUTH"), (200, 200));
}

#[test]
fn a_suspended_user_is_masked_and_comes_back() {
    let mut hub = start();
    hub.hand("suspend_user", "9001");
    let answer = hub.get("ACME_GITHUB_MAYA_PAT", "/user");
    assert_eq!(answer.status, 403);
    assert!(answer.value()["message"].as_str().unwrap().starts_with("Sorry. Your account was"));
    hub.hand("unsuspend_user", "9001");
    assert_eq!(hub.both("MAYA_PAT"), (200, 200));
}

#[test]
fn hammering_a_dead_token_locks_its_living_sibling() {
    let mut hub = start();
    hub.revoke(&["ACME_GITHUB_MAYA_PAT"]);
    hub.now += MINUTE;
    for _ in 0..20 {
        assert_eq!(hub.get("ACME_GITHUB_MAYA_PAT", "/user").status, 401);
    }
    assert_eq!(hub.get("ACME_GITHUB_MAYA_FINE_PAT", "/user").status, 403);
    assert_eq!(hub.both("SYNC_PAT"), (200, 200));
    hub.now += 2 * MINUTE;
    assert_eq!(hub.both("MAYA_FINE_PAT"), (200, 200));
}

#[test]
fn git_over_https_lets_a_token_in_as_a_password() {
    let mut hub = start();
    let git = |hub: &mut Hub| {
        let token = hub.variables["ACME_GITHUB_SYNC_PAT"].clone();
        let target = "/ours/canary.git/info/refs?service=git-upload-pack";
        hub.send(Request::new("GET", target).on(WEB).with_basic("x", &token)).status
    };
    assert_eq!(git(&mut hub), 200);
    hub.admin("DELETE", "/orgs/ours/members/acme-sync");
    assert_eq!(git(&mut hub), 403);
    hub.revoke(&["ACME_GITHUB_SYNC_PAT"]);
    hub.now += MINUTE;
    assert_eq!(git(&mut hub), 401);
}

#[test]
fn faults_of_the_revocation_reach_tokens_and_memberships() {
    for (fault, alive) in [
        (Fault::RevokeDoesNothing, true),
        (Fault::SlowDeath(10 * MINUTE), true),
        (Fault::ComesBack(Duration::from_secs(30)), true),
        (Fault::KillsBystander, false),
    ] {
        let mut hub = start();
        hub.github.kernel().set_fault(Some(fault));
        hub.revoke(&["ACME_GITHUB_SYNC_PAT"]);
        hub.admin("DELETE", "/orgs/ours/members/acme-maya");
        hub.now += MINUTE;
        assert_eq!(hub.both("SYNC_PAT").0 == 200, alive, "{}", fault.name());
        assert_eq!(hub.both("MAYA_PAT").1 == 200, alive, "{}", fault.name());
        let bystander = hub.get("GLOBEX_GITHUB_SYNC_PAT", "/user").status == 200;
        assert_eq!(bystander, fault != Fault::KillsBystander);
    }
    let mut hub = start();
    hub.github.kernel().set_fault(Some(Fault::OtherIdentity));
    assert_ne!(hub.get("ACME_GITHUB_SYNC_PAT", "/user").value()["login"], "acme-sync");
}
