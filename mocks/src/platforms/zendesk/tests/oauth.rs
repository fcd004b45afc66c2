//! What survives what among OAuth tokens and clients.

use serde_json::{Value, json};

use super::{ME, MINUTE, start};
use crate::http::Request;
use crate::platforms::Platform as _;

#[test]
fn revoking_the_current_token_answers_204_and_without_the_scope_write_does_nothing() {
    let mut account = start();
    let body = json!({"token": {"client_id": 302, "scopes": ["read"]}});
    let made = account.admin("POST", "/api/v2/oauth/tokens.json", &body).value();
    let reading = made["token"]["full_token"].as_str().unwrap().to_owned();
    let writing = account.secret("ACME_ZENDESK_MAYA_ACCESS");
    for (token, after) in [(reading, 200), (writing, 401)] {
        let answer = account.bearer("DELETE", "/api/v2/oauth/tokens/current.json", &token);
        assert_eq!(answer.status, 204);
        assert_eq!(account.bearer("GET", ME, &token).status, after);
    }
}

#[test]
fn a_deleted_token_is_refused_with_its_own_code() {
    let mut account = start();
    let target = "/api/v2/oauth/tokens/603.json";
    assert_eq!(account.admin("DELETE", target, &Value::Null).status, 204);
    assert_eq!(account.admin("DELETE", target, &Value::Null).status, 404);
    let token = account.secret("ACME_ZENDESK_MAYA_ACCESS");
    let refused = account.bearer("GET", ME, &token);
    assert_eq!((refused.status, refused.value()["error"].clone()), (401, json!("invalid_token")));
    assert!(refused.header("WWW-Authenticate").unwrap().starts_with("Bearer realm="));
}

#[test]
fn deleting_a_token_leaves_the_refresh_token_beside_it() {
    let mut account = start();
    account.admin("DELETE", "/api/v2/oauth/tokens/604.json", &Value::Null);
    let refresh = account.secret("ACME_ZENDESK_MAYA_REFRESH");
    assert_eq!(account.refresh(&refresh).status, 200);
}

#[test]
fn a_refresh_replaces_the_pair_once() {
    let mut account = start();
    let first = account.secret("ACME_ZENDESK_MAYA_REFRESH");
    let pair = account.refresh(&first).value();
    let reused = account.refresh(&first);
    assert_eq!((reused.status, reused.value()["error"].clone()), (400, json!("invalid_grant")));
    let (access, refresh) = (pair["access_token"].as_str(), pair["refresh_token"].as_str());
    assert_eq!(account.bearer("GET", ME, access.unwrap()).value()["user"]["id"], 9001);
    assert_eq!(account.refresh(refresh.unwrap()).status, 200);
    assert_eq!(account.bearer("GET", ME, access.unwrap()).status, 401);
}

#[test]
fn a_suspended_users_refresh_token_is_refused_and_kept() {
    let mut account = start();
    let refresh = account.secret("ACME_ZENDESK_MAYA_REFRESH");
    account.suspend(9001, true);
    assert_eq!(account.refresh(&refresh).status, 400);
    account.suspend(9001, false);
    assert_eq!(account.refresh(&refresh).status, 200);
}

#[test]
fn client_credentials_mint_while_every_human_is_suspended() {
    let mut account = start();
    for user in 9001..=9004 {
        account.suspend(user, true);
    }
    let minted = account.exchange(&json!({"grant_type": "client_credentials", "scope": "read"}));
    let token = minted.value()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(account.bearer("GET", ME, &token).status, 200);
    account.admin("DELETE", "/api/v2/oauth/clients/302.json", &Value::Null);
    assert_eq!(account.bearer("GET", ME, &token).status, 401);
    let refused = account.exchange(&json!({"grant_type": "client_credentials"}));
    assert_eq!(refused.value()["error"], "invalid_client");
}

#[test]
fn deleting_a_client_ends_its_tokens_and_no_other_clients() {
    let mut account = start();
    let gone = account.admin("DELETE", "/api/v2/oauth/clients/302.json", &Value::Null);
    assert_eq!(gone.status, 204);
    assert_eq!(account.who("ACME_ZENDESK_MAYA_ACCESS"), None);
    assert_eq!(account.who("ACME_ZENDESK_LEGACY_ACCESS"), Some(9003));
    assert_eq!(account.who("GLOBEX_ZENDESK_MAYA_ACCESS"), Some(9101));
}

#[test]
fn a_new_client_secret_leaves_issued_access_tokens() {
    let mut account = start();
    let target = "/api/v2/oauth/clients/302/generate_secret.json";
    let answer = account.admin("PUT", target, &Value::Null);
    let secret = answer.value()["client"]["secret"].as_str().unwrap().to_owned();
    assert_eq!(account.who("ACME_ZENDESK_MAYA_ACCESS"), Some(9001));
    let refresh = account.secret("ACME_ZENDESK_MAYA_REFRESH");
    assert_eq!(account.refresh(&refresh).value()["error"], "invalid_client");
    account.variables.insert("ACME_ZENDESK_CLIENT_SECRET".into(), secret);
    assert_eq!(account.refresh(&refresh).status, 200);
}

#[test]
fn listings_are_whole_only_when_the_next_link_is_followed() {
    let mut account = start();
    let mut next = Some("/api/v2/oauth/tokens.json?all=true&page[size]=3".to_owned());
    let mut seen = Vec::new();
    while let Some(target) = next {
        let answer = account.admin("GET", &target, &Value::Null).value();
        let tokens = answer["tokens"].as_array().unwrap();
        seen.extend(tokens.iter().filter_map(|token| token["id"].as_u64()));
        next = answer["links"]["next"].as_str().map(|link| link.replace("http://mock.test", ""));
    }
    assert_eq!(seen, [600, 601, 602, 603, 604, 701, 702, 703, 704]);
}

#[test]
fn a_listing_never_shows_a_whole_token() {
    let mut account = start();
    let listing = account.admin("GET", "/api/v2/oauth/tokens.json?all=true", &Value::Null);
    let text = String::from_utf8(listing.body).unwrap();
    let token = account.secret("ACME_ZENDESK_LEO_ACCESS");
    assert!(text.contains(&token[..10]) && !text.contains(&token));
}

#[test]
fn a_minted_token_belongs_to_its_caller_and_dies_of_age() {
    let mut account = start();
    let token = account.secret("ACME_ZENDESK_MAYA_ACCESS");
    let body = json!({"token": {"client_id": 302, "scopes": ["read"]}});
    let request = Request::new("POST", "/api/v2/oauth/tokens.json").auth("Bearer", &token);
    let minted = account.send(&request.with_json(&body));
    assert_eq!((minted.status, minted.value()["token"]["user_id"].clone()), (201, json!(9001)));
    let token = minted.value()["token"]["full_token"].as_str().unwrap().to_owned();
    assert_eq!(account.bearer("GET", ME, &token).status, 200);
    assert_eq!(account.bearer("DELETE", "/api/v2/users/me/logout.json", &token).status, 403);
    account.now += 31 * MINUTE;
    assert_eq!(account.bearer("GET", ME, &token).status, 401);
    assert_eq!(account.who("ACME_ZENDESK_LEGACY_ACCESS"), Some(9003));
}

#[test]
fn a_planted_token_is_listed_and_outlives_its_client_and_user() {
    let mut account = start();
    let now = account.now;
    account.zendesk.plant(now);
    account.admin("DELETE", "/api/v2/oauth/clients/302.json", &Value::Null);
    account.admin("DELETE", "/api/v2/users/9001.json", &Value::Null);
    let target = "/api/v2/oauth/tokens.json?all=true&client_id=302";
    let left = account.admin("GET", target, &Value::Null).value();
    assert_eq!(left["tokens"].as_array().unwrap().len(), 1);
    assert_eq!(left["tokens"][0]["user_id"], 9001);
}
