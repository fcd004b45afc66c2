use proptest::prelude::*;
use serde_json::json;

use super::*;

fn channel() -> Channel {
    serde_saphyr::from_str(
        "
identity: {get: /me, auth: {bearer: '{{ token }}'}}
alive: [{status: 200, json: {/user/email: '{{ email }}'}}]
dead:
  - {status: 401, json: {/error: invalid_token}}
  - {status: 200, json: {/ok: false, /error: token_revoked}, reason: revoked}
not_permitted: [{status: 403, json: {/error: insufficient_scope}}]
inconclusive: [{status: 200, json: {/user/id: null}, reason: anonymous}]
samples: []
",
    )
    .unwrap()
}

fn judge(status: u16, body: &str) -> Verdict {
    let answer = Answer::new(status, vec![], body.as_bytes());
    let lookup = |name: &str| (name == "email").then(|| "maya@acme.example".into());
    classify("x/token/rest", &channel(), &answer, Place { step: 1, of: 1 }, &lookup)
}

fn doubt(verdict: Verdict) -> DoubtReason {
    match verdict {
        Verdict::Inconclusive(doubt) => doubt.reason,
        Verdict::Alive(_) | Verdict::Dead(_) => panic!("expected doubt, got {verdict}"),
    }
}

#[test]
fn alive_needs_the_expected_principal() {
    assert_eq!(
        judge(200, r#"{"user":{"id":1,"email":"maya@acme.example"}}"#),
        Verdict::alive(AliveReason::Identified, RuleName::new("x/token/rest alive[0]"))
    );
    assert_eq!(
        doubt(judge(200, r#"{"user":{"id":1,"email":"leo@acme.example"}}"#)),
        DoubtReason::IdentityDrift
    );
    assert_eq!(
        doubt(judge(200, r#"{"user":{"id":null,"email":"anon@x"}}"#)),
        DoubtReason::Anonymous
    );
    assert_eq!(doubt(judge(200, "{}")), DoubtReason::Unrecognised);
    assert_eq!(doubt(judge(200, "")), DoubtReason::Unrecognised);
}

#[test]
fn dead_needs_a_rule() {
    let dead = judge(200, r#"{"ok":false,"error":"token_revoked"}"#);
    assert!(
        matches!(&dead, Verdict::Dead(death) if death.reason() == DeadReason::Revoked),
        "{dead}"
    );
    for status in [400, 401, 403, 404, 410] {
        assert_eq!(doubt(judge(status, r#"{"error":"no"}"#)), DoubtReason::Unrecognised);
        assert_eq!(doubt(judge(status, "")), DoubtReason::Unrecognised);
    }
}

#[test]
fn missing_permission_is_alive() {
    assert!(matches!(
        judge(403, r#"{"error":"insufficient_scope"}"#),
        Verdict::Alive(life) if life.reason == AliveReason::NotPermitted
    ));
}

#[test]
fn rate_limited_probe_is_never_dead() {
    let body = r#"{"error":"invalid_token"}"#;
    assert_eq!(doubt(judge(429, body)), DoubtReason::RateLimited);
    assert_eq!(doubt(judge(408, body)), DoubtReason::TryAgain);
    assert_eq!(doubt(judge(425, body)), DoubtReason::TryAgain);
}

#[test]
fn redirects_html_and_torn_bodies_prove_nothing() {
    assert_eq!(doubt(judge(302, r#"{"error":"invalid_token"}"#)), DoubtReason::Redirect);
    assert_eq!(doubt(judge(401, "<html>login</html>")), DoubtReason::Html);
    assert_eq!(doubt(judge(401, r#"{"error":"invalid_tok"#)), DoubtReason::Unparsable);
    assert_eq!(
        doubt(judge(401, r#"{"error":"x","error":"invalid_token"}"#)),
        DoubtReason::Unparsable
    );
    assert_eq!(doubt(judge(503, r#"{"error":"invalid_token"}"#)), DoubtReason::ServerError);
}

#[test]
fn rules_of_two_classes_are_ambiguous() {
    let body = r#"{"ok":false,"error":"token_revoked","user":{"email":"maya@acme.example"}}"#;
    assert_eq!(doubt(judge(200, body)), DoubtReason::Ambiguous);
}

#[test]
fn a_refusal_that_names_somebody_else_is_not_this_ones() {
    let body = r#"{"ok":false,"error":"token_revoked","user":{"email":"leo@acme.example"}}"#;
    assert_eq!(doubt(judge(200, body)), DoubtReason::IdentityDrift);
}

#[test]
fn a_status_beyond_all_classes_is_no_server_error() {
    assert_eq!(doubt(judge(599, "{}")), DoubtReason::ServerError);
    assert_eq!(doubt(judge(600, "{}")), DoubtReason::Unrecognised);
    assert_eq!(doubt(judge(999, "{}")), DoubtReason::Unrecognised);
}

proptest! {
    #[test]
    fn no_answer_outside_the_rules_is_ever_dead(
        status in 100_u16..600,
        body in "[ -~]{0,60}",
        code in "[a-z_]{1,20}",
    ) {
        for text in [body.clone(), json!({"error": code, "ok": true}).to_string()] {
            let documented = (status == 401 && code == "invalid_token")
                || (status == 200 && code == "token_revoked");
            if !documented {
                prop_assert!(!matches!(judge(status, &text), Verdict::Dead(_)), "{status} {text}");
            }
        }
    }
}

/// In a flow the first answer can refuse, and only the last can prove life, unless a rule says otherwise.
#[test]
fn a_rule_speaks_of_its_own_answer_of_a_flow() {
    let flow: Channel = serde_saphyr::from_str(
        "
flow: [{post: /token}, {get: /me}, {get: /more}]
alive:
  - {status: 200, json: {/sub: '{{ email }}'}}
  - {status: 200, json: {/owner: '{{ email }}'}, at: 2}
dead:
  - {status: 400, json: {/error: invalid_grant}}
  - {status: 401, json: {/error: invalid_token}, at: 2}
not_permitted: [{status: 403, json: {/error: insufficient_scope}, at: 3}]
samples: []
",
    )
    .unwrap();
    let word = |step: usize, status: u16, body: &str| {
        let answer = Answer::new(status, vec![], body.as_bytes());
        let lookup = |name: &str| (name == "email").then(|| "maya".into());
        classify("x", &flow, &answer, Place { step, of: 3 }, &lookup).word()
    };
    let (alive, gone) = (r#"{"sub":"maya"}"#, r#"{"error":"invalid_grant"}"#);
    let words = |status, body: &str| [1, 2, 3].map(|step| word(step, status, body));
    assert_eq!(words(200, alive), ["inconclusive", "inconclusive", "alive"]);
    assert_eq!(words(200, r#"{"owner":"maya"}"#), ["inconclusive", "alive", "inconclusive"]);
    assert_eq!(words(400, gone), ["dead", "inconclusive", "inconclusive"]);
    let token = r#"{"error":"invalid_token"}"#;
    assert_eq!(words(401, token), ["inconclusive", "dead", "inconclusive"]);
    let scope = r#"{"error":"insufficient_scope"}"#;
    assert_eq!(words(403, scope), ["inconclusive", "inconclusive", "alive"]);
}

#[test]
fn a_doubt_says_what_was_seen_and_a_verdict_which_rule_it_follows() {
    let said = |status, body: &str| judge(status, body).to_string();
    assert_eq!(said(503, r#"{"error":"busy"}"#), "inconclusive (server error: 503 busy)");
    assert_eq!(said(500, ""), "inconclusive (server error: 500)");
    assert_eq!(said(599, ""), "inconclusive (server error: 599)");
    assert_eq!(said(499, ""), "inconclusive (no rule matches: 499)");
    assert_eq!(
        said(200, r#"{"user":{"id":null}}"#),
        "inconclusive (anonymous view: x/token/rest inconclusive[0])"
    );
    let Verdict::Dead(death) = judge(200, r#"{"ok":false,"error":"token_revoked"}"#) else {
        panic!("not dead")
    };
    assert_eq!(death.rule().as_str(), "x/token/rest dead[1]");
}

#[test]
fn another_value_is_somebody_else_only_where_a_name_was_due() {
    let channel: Channel = serde_saphyr::from_str(
        "
identity: {get: /me}
alive: [{status: 200, json: {/ok: true, /user: '{{ email }}'}}]
dead: []
samples: []
",
    )
    .unwrap();
    let reason = |body: &str| {
        let answer = Answer::new(200, vec![], body.as_bytes());
        let lookup = |name: &str| (name == "email").then(|| "maya".into());
        doubt(classify("x", &channel, &answer, Place { step: 1, of: 1 }, &lookup))
    };
    assert_eq!(reason(r#"{"ok":false,"user":"maya"}"#), DoubtReason::Unrecognised);
    assert_eq!(reason(r#"{"ok":false,"user":"leo"}"#), DoubtReason::Unrecognised);
    assert_eq!(reason(r#"{"ok":true,"user":"leo"}"#), DoubtReason::IdentityDrift);
}
