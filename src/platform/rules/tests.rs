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

fn form() -> Channel {
    serde_saphyr::from_str(
        "
web_form: true
flow:
  - {get: /login}
  - {post: /login, submits: password, proceed: {status: 302, to: /home}}
  - {get: /home, cookies: true}
alive:
  - {status: 200, html: {/text: {contains: 'Signed in as {{ email }}'}, /passwords: 0}}
  - {status: 200, html: {/ids/me: '{{ email }}'}}
dead:
  - {at: 2, status: 200, html: {/text: {contains: Wrong password}, /passwords: 1}}
  - {at: 3, status: 302, to: /login}
not_permitted: [{at: 2, status: 302, to: /otp}]
inconclusive: [{at: 2, status: 200, html: {/text: {contains: Too many attempts}}, reason: locked-out}]
samples: []
",
    )
    .unwrap()
}

fn judge_page(step: usize, status: u16, headers: &[(&str, &str)], body: &str) -> Verdict {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let answer = Answer::new(status, headers.iter().map(own).collect(), body.as_bytes());
    let lookup = |name: &str| match name {
        "email" => Some("maya".into()),
        "base_url" => Some("https://desk.example".into()),
        _ => None,
    };
    classify("x", &form(), &answer, Place { step, of: 3 }, &lookup)
}

#[test]
fn a_page_shows_life_only_by_what_it_says_of_the_expected_person() {
    let word = |body: &str| judge_page(3, 200, &[], &format!("<html>{body}")).word();
    assert_eq!(word("<p>Signed in as <b>maya</b>.</p>"), "alive");
    assert_eq!(word("<i id=me>maya</i>"), "alive");
    for nobody in [
        "<p>Signed in as <b>maya2</b>.</p>",
        "<p>Signed in as sam.</p>",
        "<p>Tickets of maya</p>",
        "<script>'Signed in as maya'</script>",
        "<!-- Signed in as maya -->",
        "<p title='Signed in as maya'>",
        "<p hidden>Signed in as maya</p>",
        "<p>Signed in as maya <input type=password name=password>",
        "<i id=me>sam</i>",
        "<i id=me>maya</i><i id=me>maya</i>",
        "<form><input name=user value=maya><input type=password name=password></form>",
        "",
    ] {
        assert_eq!(word(nobody), "inconclusive", "{nobody}");
    }
    let sam = judge_page(3, 200, &[], "<html><i id=me>sam</i>");
    assert_eq!(doubt(sam), DoubtReason::IdentityDrift);
}

#[test]
fn a_form_that_comes_back_is_a_refusal_only_with_the_words_of_one() {
    let form = "<form><input type=password name=password></form>";
    let refused = format!("<html><p class=error>Wrong  password.</p>{form}");
    assert_eq!(judge_page(2, 200, &[], &refused).word(), "dead");
    for unclear in [
        format!("<html>{form}"),
        format!("<html><script>errors = ['Wrong password']</script>{form}"),
        format!("<html><div hidden>Wrong password</div>{form}"),
        format!("<html><template>Wrong password</template>{form}"),
        "<html>Wrong password".to_owned(),
        format!("<html>Wrong password. Too many attempts.{form}"),
    ] {
        assert_eq!(judge_page(2, 200, &[], &unclear).word(), "inconclusive", "{unclear}");
    }
    // The words of a refusal with a status that is none, or at another request.
    for (step, status) in [(2, 403), (2, 500), (2, 429), (1, 200), (3, 200)] {
        assert_eq!(
            judge_page(step, status, &[], &refused).word(),
            "inconclusive",
            "{step} {status}"
        );
    }
}

#[test]
fn plain_text_is_matched_whatever_its_label_and_a_pages_source_never() {
    let channel: Channel = serde_saphyr::from_str(
        "
web_form: true
identity: {get: /hook}
not_permitted: [{status: 400, text: no_text}]
dead: [{status: 404, text: {contains: no_service}}]
samples: []
",
    )
    .unwrap();
    let word = |status: u16, kind: &str, body: &str| {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        let answer = Answer::new(status, headers, body.as_bytes());
        classify("x", &channel, &answer, Place { step: 1, of: 1 }, &|_| None).word()
    };
    for kind in ["text/html", "text/plain"] {
        assert_eq!(word(404, kind, "no_service"), "dead", "{kind}");
        assert_eq!(word(400, kind, "no_text"), "alive", "{kind}");
    }
    assert_eq!(word(404, "text/html", "<p>no_service</p>"), "inconclusive");
    assert_eq!(word(404, "text/html", "<script>'no_service'</script>"), "inconclusive");
}

#[test]
fn a_redirect_says_something_only_by_where_it_leads() {
    let judged = |step, to: &str| judge_page(step, 302, &[("location", to)], "");
    assert_eq!(judged(3, "https://desk.example/login?next=/home").word(), "dead");
    assert_eq!(judged(3, "https://desk.example/login;jsessionid=1").word(), "dead");
    assert_eq!(judged(2, "https://desk.example/otp").word(), "alive");
    for elsewhere in [
        "https://sso.example/login",
        "https://desk.example/login2",
        "https://desk.example/",
        "http://desk.example/login",
        "https://desk.example.evil.example/login",
    ] {
        assert_eq!(doubt(judged(3, elsewhere)), DoubtReason::Redirect, "{elsewhere}");
    }
    assert_eq!(doubt(judged(2, "https://desk.example/login")), DoubtReason::Redirect);
    assert_eq!(doubt(judge_page(3, 302, &[], "")), DoubtReason::Redirect);
}

#[test]
fn what_a_cache_answers_proves_nothing() {
    let page = "<html><p>Signed in as maya.</p>";
    for cached in [
        ("age", "7"),
        ("x-cache", "HIT"),
        ("x-cache", "Hit from edge"),
        ("x-cache", "MISS, HIT"),
        ("cf-cache-status", "STALE"),
    ] {
        assert_eq!(doubt(judge_page(3, 200, &[cached], page)), DoubtReason::Cached, "{cached:?}");
        let to = ("location", "https://desk.example/login");
        assert_eq!(doubt(judge_page(3, 302, &[cached, to], "")), DoubtReason::Cached);
    }
    for asked in [
        ("age", "0"),
        ("x-cache", "MISS"),
        ("x-cache", "whiteness"),
        ("cf-cache-status", "DYNAMIC"),
    ] {
        assert_eq!(judge_page(3, 200, &[asked], page).word(), "alive", "{asked:?}");
    }
    assert_eq!(judge_page(3, 304, &[], "").word(), "inconclusive");
}
