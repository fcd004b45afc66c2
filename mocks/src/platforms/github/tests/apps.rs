//! Apps: their key, their installation, what members authorized.

use super::*;

const MINT: &str = "/app/installations/401/access_tokens";
const REPOSITORIES: &str = "/installation/repositories";

#[test]
fn an_app_proves_itself_and_mints_tokens() {
    let mut hub = start();
    assert_eq!(hub.as_app("GET", "/app").value()["slug"], "acme-bridge");
    let minted = hub.as_app("POST", MINT);
    assert_eq!(minted.status, 201);
    let token = minted.value()["token"].as_str().unwrap().to_owned();
    hub.variables.insert("MINTED".into(), token);
    assert_eq!(hub.get("MINTED", REPOSITORIES).status, 200);
    assert_eq!(hub.as_app("POST", "/app/installations/501/access_tokens").status, 404);
    hub.now += 60 * MINUTE;
    assert_eq!(hub.get("MINTED", REPOSITORIES).status, 401);
}

#[test]
fn a_signed_token_must_name_a_living_key_and_be_of_now() {
    let mut hub = start();
    let old = hub.jwt("301");
    hub.now += 20 * MINUTE;
    let answer = hub.send(Request::new("GET", "/app").on(API).auth("Bearer", &old));
    assert_eq!(answer.status, 401);
    assert!(answer.value()["message"].as_str().unwrap().contains("exp"));
    hub.hand("delete_app_key", "301");
    assert_eq!(hub.as_app("GET", "/app").status, 401);
    let other = hub.jwt("401");
    assert_eq!(hub.send(Request::new("GET", "/app").on(API).auth("Bearer", &other)).status, 200);
}

#[test]
fn a_suspended_installation_neither_works_nor_mints_and_comes_back() {
    let mut hub = start();
    hub.hand("suspend_installation", "401");
    let answer = hub.get("ACME_GITHUB_INSTALLATION_TOKEN", REPOSITORIES);
    assert_eq!(answer.status, 403);
    assert!(answer.value()["message"].as_str().unwrap().contains("suspended your access"));
    let answer = hub.as_app("POST", MINT);
    assert_eq!(answer.value()["message"], "This installation has been suspended");
    assert_eq!(hub.both("MAYA_APP_USER"), (200, 200), "members' authorizations stay");
    hub.hand("unsuspend_installation", "401");
    assert_eq!(hub.as_app("POST", MINT).status, 201);
    assert_eq!(hub.as_app("PUT", "/app/installations/401/suspended").status, 204);
    assert_eq!(hub.as_app("POST", MINT).status, 403);
    assert_eq!(hub.as_app("DELETE", "/app/installations/401/suspended").status, 204);
    assert_eq!(hub.get("ACME_GITHUB_INSTALLATION_TOKEN", REPOSITORIES).status, 200);
}

#[test]
fn uninstalling_takes_tokens_and_authorizations_and_leaves_deploy_keys() {
    let mut hub = start();
    hub.hand("uninstall_app", "401");
    assert_eq!(hub.get("ACME_GITHUB_INSTALLATION_TOKEN", REPOSITORIES).status, 401);
    assert_eq!(hub.as_app("POST", MINT).status, 404);
    assert_eq!(hub.both("MAYA_APP_USER"), (401, 404));
    assert_eq!(hub.refresh().value()["error"], "bad_refresh_token");
    assert!(hub.deploy_keys().contains(&702));
    assert_eq!(hub.as_app("GET", "/app").status, 200, "the app itself is theirs");
    assert_eq!(hub.get("GLOBEX_GITHUB_INSTALLATION_TOKEN", REPOSITORIES).status, 200);
}

#[test]
fn revoking_one_installation_token_only_makes_the_app_mint_the_next() {
    let mut hub = start();
    let name = "ACME_GITHUB_INSTALLATION_TOKEN";
    assert_eq!(hub.call(name, "DELETE", "/installation/token", &Value::Null).status, 204);
    assert_eq!(hub.get(name, REPOSITORIES).status, 401);
    assert_eq!(hub.as_app("POST", MINT).status, 201);
}

#[test]
fn a_refresh_rotates_and_its_failure_is_a_200() {
    let mut hub = start();
    let fresh = hub.refresh();
    assert_eq!(fresh.value()["expires_in"], 28_800);
    assert_eq!(hub.both("MAYA_APP_USER"), (401, 404), "the old pair is gone");
    let again = hub.refresh();
    assert_eq!((again.status, &again.value()["error"]), (200, &json!("bad_refresh_token")));
    let token = fresh.value()["access_token"].as_str().unwrap().to_owned();
    hub.variables.insert("ACME_GITHUB_FRESH".into(), token);
    assert_eq!(hub.both("FRESH"), (200, 200));
}

fn application(hub: &mut Hub, method: &str, what: &str, secret: &str) -> u16 {
    let token = hub.variables["ACME_GITHUB_LEO_OAUTH"].clone();
    let target = format!("/applications/Ov23liacmeoauth/{what}");
    let request = Request::new(method, &target).on(API).with_basic("Ov23liacmeoauth", secret);
    hub.send(request.with_json(&json!({"access_token": token}))).status
}

#[test]
fn a_client_secret_is_proven_and_ends_tokens_of_its_own_client() {
    let mut hub = start();
    let secret = hub.variables["ACME_GITHUB_OAUTH_CLIENT_SECRET"].clone();
    assert_eq!(application(&mut hub, "POST", "token", &secret), 200);
    assert_eq!(application(&mut hub, "POST", "token", "wrong"), 401);
    assert_eq!(application(&mut hub, "DELETE", "token", &secret), 204);
    assert_eq!(hub.both("LEO_OAUTH"), (401, 404));
    assert_eq!(application(&mut hub, "POST", "token", &secret), 404, "right secret, dead token");
}

#[test]
fn a_grant_is_ended_whole() {
    let mut hub = start();
    let secret = hub.variables["ACME_GITHUB_OAUTH_CLIENT_SECRET"].clone();
    assert_eq!(application(&mut hub, "DELETE", "grant", &secret), 204);
    assert_eq!(hub.both("LEO_OAUTH"), (401, 404));
    assert_eq!(hub.both("LEO_FINE_PAT"), (200, 200));
}
