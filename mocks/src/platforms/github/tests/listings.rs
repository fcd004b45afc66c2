//! What owners can see, page by page, and what nobody but an owner may do.

use super::*;

/// Follows `rel="next"` to the end.
fn all(hub: &mut Hub, name: &str, target: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut target = target.to_owned();
    loop {
        let answer = hub.get(name, &target);
        let body = answer.value();
        let items = match body.as_array() {
            Some(items) => items.clone(),
            None => {
                let fields = body.as_object().unwrap().values();
                fields.filter_map(Value::as_array).next().unwrap().clone()
            }
        };
        found.extend(items);
        let next = answer.header("link").and_then(|link| {
            let next = link.split(", ").find(|part| part.ends_with("rel=\"next\""))?;
            Some(next.split(['<', '>']).nth(1)?.replace("http://mock.test", ""))
        });
        match next {
            Some(next) => target = next,
            None => return found,
        }
    }
}

#[test]
fn listings_are_followed_to_their_end() {
    let mut hub = start();
    for (target, count) in [
        ("/orgs/ours/members?per_page=2", 5),
        ("/orgs/ours/outside_collaborators?per_page=1", 2),
        ("/orgs/ours/invitations?per_page=1", 2),
        ("/orgs/ours/installations?per_page=1", 3),
        ("/orgs/ours/credential-authorizations?per_page=2", 7),
        ("/orgs/ours/hooks?per_page=1", 2),
        ("/orgs/ours/actions/runners?per_page=1", 2),
        ("/orgs/ours/actions/secrets?per_page=1", 2),
        ("/repos/ours/canary/keys?per_page=3", 4),
    ] {
        assert_eq!(all(&mut hub, "GITHUB_ADMIN_TOKEN", target).len(), count, "{target}");
    }
    let target = "/orgs/ours/personal-access-tokens?per_page=1";
    assert_eq!(all(&mut hub, "GITHUB_ADMIN_APP_TOKEN", target).len(), 4);
    let target = "/orgs/ours/personal-access-tokens?owner[]=acme-maya";
    assert_eq!(all(&mut hub, "GITHUB_ADMIN_APP_TOKEN", target).len(), 1);
}

#[test]
fn an_extra_token_is_listed() {
    let mut hub = start();
    hub.github.plant(hub.now);
    let target = "/orgs/ours/personal-access-tokens?owner[]=acme-maya";
    assert_eq!(all(&mut hub, "GITHUB_ADMIN_APP_TOKEN", target).len(), 2);
}

#[test]
fn only_owners_administer() {
    let mut hub = start();
    let target = "/orgs/ours/members";
    assert_eq!(hub.get("ACME_GITHUB_SYNC_PAT", target).status, 403);
    assert_eq!(hub.get("ACME_GITHUB_INSTALLATION_TOKEN", target).status, 403);
    assert_eq!(hub.send(Request::new("DELETE", "/orgs/ours/members/acme-leo").on(API)).status, 401);
    let refused = hub.get("ACME_GITHUB_SYNC_PAT", &format!("{REPO}/keys")).value();
    assert_eq!(refused["message"], "Must have admin rights to Repository.");
}

#[test]
fn deploy_keys_are_made_by_a_person_and_deleted_by_an_owner() {
    let mut hub = start();
    let body = json!({"title": "canary", "key": "ssh-ed25519 AAAA", "read_only": true});
    let made = hub.call("ACME_GITHUB_MAYA_PAT", "POST", &format!("{REPO}/keys"), &body);
    assert_eq!(made.status, 201);
    let id = made.value()["id"].as_u64().unwrap();
    let by_app = hub.call("ACME_GITHUB_INSTALLATION_TOKEN", "POST", &format!("{REPO}/keys"), &body);
    let by_app = by_app.value()["id"].as_u64().unwrap();
    hub.hand("delete_pat", "501");
    assert!(!hub.deploy_keys().contains(&id));
    assert!(hub.deploy_keys().contains(&by_app));
    assert_eq!(hub.admin("DELETE", &format!("{REPO}/keys/{by_app}")), 204);
    assert_eq!(hub.admin("DELETE", &format!("{REPO}/keys/{by_app}")), 404);
}

#[test]
fn invitations_secrets_runners_and_hooks_end_one_by_one() {
    let mut hub = start();
    for target in [
        "/orgs/ours/invitations/601",
        "/orgs/ours/hooks/801",
        "/orgs/ours/actions/runners/811",
        "/repos/ours/canary/actions/secrets/ACME_TOKEN",
    ] {
        assert_eq!(hub.admin("DELETE", target), 204, "{target}");
        assert_eq!(hub.admin("DELETE", target), 404, "{target}");
    }
}

#[test]
fn a_users_keys_are_everybodys_to_read() {
    let mut hub = start();
    let request = Request::new("GET", "/users/acme-maya/keys").on(API);
    assert_eq!(hub.send(request).value()[0]["id"], 551);
    let body = json!({"key": "ssh-ed25519 BBBB"});
    assert_eq!(hub.call("ACME_GITHUB_MAYA_PAT", "POST", "/user/keys", &body).status, 201);
    assert_eq!(hub.call("ACME_GITHUB_SYNC_PAT", "POST", "/user/keys", &body).status, 404);
}

#[test]
fn the_audit_log_names_actor_and_user() {
    let mut hub = start();
    hub.admin("DELETE", "/orgs/ours/members/acme-maya");
    hub.admin("DELETE", "/orgs/ours/members/acme-sync");
    let target = "/orgs/ours/audit-log?phrase=action:org.remove_member&per_page=1";
    let log = all(&mut hub, "GITHUB_ADMIN_TOKEN", target);
    assert_eq!(log.len(), 2);
    assert_eq!(log[1]["user"], "acme-maya");
}

#[test]
fn unknown_paths_have_no_route_and_unknown_hands_no_effect() {
    let mut hub = start();
    let request = Request::new("GET", "/gists").on(API).with("User-Agent", "drill");
    assert!(hub.github.handle(&request, hub.now).is_none());
    for (action, object) in [("no_such_action", "x"), ("uninstall_app", "1"), ("delete_pat", "1")] {
        assert!(hub.github.by_hand(action, object, hub.now).is_err());
    }
}
