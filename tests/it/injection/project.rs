//! A project whose every name, title, reason and answer is a text that would act, played once for all
//! tests against a server that answers in kind.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::payloads::{PAYLOADS, all, long, marked, one_line, yaml};
use super::server::{Answer, Request, serve};
use crate::desk::{Desk, Ran};

/// The run, with every event said aloud.
pub(crate) static HOSTILE: LazyLock<(Desk, Ran)> = LazyLock::new(play);

impl std::fmt::Debug for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {:?}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}

/// The name of the file that the runbook leaves when it has begun.
const BEGUN: &str = "begun";

fn token(number: usize) -> String {
    format!("token-{number:03}")
}

/// Everybody is let in until the runbook begins. From then on every answer is a payload.
fn answer(request: &Request, begun: &Path) -> Answer {
    let bearer = request.header("authorization").trim_start_matches("Bearer ").to_owned();
    let number = bearer.strip_prefix("token-").and_then(|number| number.parse::<usize>().ok());
    let refused = |code: &str| Answer::json(401, json!({ "error": code }));
    match (request.method.as_str(), request.target.as_str()) {
        ("GET", "/tokens") => {
            let items: Vec<Value> = all()
                .iter()
                .chain([&long()])
                .map(|id| json!({ "id": id, "owner": login() }))
                .collect();
            return Answer::json(200, json!({ "items": items }));
        }
        ("POST", _) => return odd_answer(request.body.len()),
        _ => {}
    }
    match number {
        None if bearer == "bystander" => Answer::json(200, json!({ "user": "sam" })),
        None => refused("token_gone"),
        Some(_) if !begun.exists() => Answer::json(200, json!({ "user": login() })),
        Some(number) if number % 3 == 0 => {
            // Refused as the description says, with a code of the platform's own.
            Answer::json(401, json!({ "error": "token_gone", "code": marked(number) }))
        }
        Some(number) if number % 3 == 1 => Answer::json(403, json!({ "error": marked(number) })),
        Some(number) => odd_answer(number),
    }
}

/// An answer that no rule knows.
fn odd_answer(number: usize) -> Answer {
    let text = marked(number % PAYLOADS.len());
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let flat: String = text.chars().map(|c| if c.is_ascii_control() { ' ' } else { c }).collect();
    match number % 5 {
        0 => Answer(500, vec![header("content-type", "text/plain")], text.into_bytes()),
        1 => {
            let challenge = format!("Bearer error=\"{}\"", flat.replace('"', "'"));
            Answer(403, vec![header("www-authenticate", &challenge)], Vec::new())
        }
        2 => Answer(403, vec![header("content-type", &flat), header("retry-after", &flat)], vec![]),
        3 => Answer::json(403, r#"{"error":"half \ud800 a pair","x":"\udc00"}"#),
        _ => Answer(403, vec![header("location", &flat)], format!("<html>{text}").into_bytes()),
    }
}

fn login() -> String {
    all().join(" ")
}

fn description() -> String {
    let everything = yaml(&login());
    format!(
        "platform: desk
title: {everything}
base_url: https://desk.example
admin: {{secret: [token], auth: {{bearer: '{{{{ admin.token }}}}'}}}}
credentials:
  token:
    title: {everything}
    class: token
    owned_by: principal
    secret: [token]
    bogus: {{token: 'never-[a-z]{{6}}'}}
    list: {{request: {{get: /tokens}}, items: /items, id: /id, owner: [/owner]}}
    mint: {{cannot: {everything}}}
    probe:
      rest:
        identity: {{get: /me, auth: {{bearer: '{{{{ token }}}}'}}}}
        alive: [{{status: 200, json: {{/user: '{{{{ principal.login }}}}'}}}}]
        dead: [{{status: 401, json: {{/error: token_gone}}}}]
        samples: []
    unknown: [{everything}]
actions:
  end_all:
    title: {everything}
    scope: principal
    flow: [{{post: /end}}]
    spares: {{token: {{why: {everything}, remedy: {everything}, source: {everything}}}}}
polite: {{every: 100ms, budget: 1000/s}}
unknown: [{everything}]
"
    )
}

fn supplier() -> String {
    let everything = yaml(&login());
    let mut text = format!(
        "supplier: acme
name: {everything}
contract: {{reference: {everything}, ends: 2026-12-31}}
owners: {{{}: {everything}, {}: {everything}, {}: {everything}}}
principals: [{{id: {everything}, platform: desk, login: {everything}, person: {everything}}}]
bystanders: [{{supplier: globex, credential: globex-token}}]
accepted: [{{credential: {}, until: 2099-01-31, reason: {everything}, approver: {everything}}}]
credentials:
",
        // A name in YAML is of 1024 characters at most.
        yaml(&marked(13)),
        yaml(&marked(39)),
        yaml(&marked(46)),
        yaml(&marked(1))
    );
    for number in 0..PAYLOADS.len() {
        text.push_str(&format!(
            "  - {{id: {}, platform: desk, kind: token, principal: {everything}, secret: {{token: \
             env:TOKEN_{number}}}, authorization: {{reference: {everything}, date: 2026-10-01}}}}\n",
            yaml(&marked(number))
        ));
    }
    let held = "held_by: supplier, authority: supplier";
    text + &format!(
        "  - {{id: {}, platform: desk, kind: token, {held}, authorization: {{reference: x, date: 2026-10-01}}}}\n",
        yaml("=not+tested")
    )
}

const BYSTANDER: &str = "supplier: globex
name: Globex
owners: {business: someone@ours.example}
principals: [{id: sam, platform: desk, login: sam}]
credentials:
  - {id: globex-token, platform: desk, kind: token, principal: sam, secret: {token: env:GLOBEX_TOKEN}, authorization: {reference: x, date: 2026-10-01}}
";

/// The runbook: one command for each text, which says it on stderr and fails.
fn procedure(desk: &Desk) -> String {
    let mut text = String::from("procedure: end\nsteps:\n");
    let begin = format!("touch {BEGUN}");
    for (number, said) in all().into_iter().chain([long()]).enumerate() {
        desk.write(&format!("said/{number}"), &said);
        let script = format!("{begin}; cat said/{number} >&2; exit 1");
        text.push_str(&format!("  - {{command: [sh, -c, {}], timeout: 20s}}\n", yaml(&script)));
    }
    for number in 0..PAYLOADS.len() {
        // A name with no such program: its error is shown.
        text.push_str(&format!("  - {{command: [{}]}}\n", yaml(&braceless(number))));
        text.push_str(&format!("  - {{ask: {}}}\n", yaml(&braceless(number))));
    }
    text + "  - {platform: desk, action: end_all}\n"
}

/// Braces would be placeholders.
fn braceless(number: usize) -> String {
    marked(number).replace("{{", "{ {").replace('\0', "")
}

fn feature() -> String {
    let title = one_line();
    format!(
        "@{}\nFeature: {title}\n  Scenario: {title}\n    Given the supplier \"acme\"\n    And a bystander on every platform\n    And every credential of the supplier is proven to work\n    When the supplier is terminated with the procedure \"end\"\n    Then every token stops working within 2 seconds\n    And nothing comes back for 1 second\n    And no unrecorded access of the supplier remains on any platform that can be listed\n    And every bystander still works\n",
        "<b>::x::=1+1|`y`\u{202e}",
    )
}

fn play() -> (Desk, Ran) {
    let desk = Desk::new();
    let begun = desk.path().join(BEGUN);
    let port = serve(move |request| answer(request, &begun));
    desk.write("platforms/desk.yaml", &description());
    desk.write("suppliers/acme.yaml", &supplier());
    desk.write("suppliers/globex.yaml", BYSTANDER);
    let procedure = procedure(&desk);
    desk.write("procedures/end.yaml", &procedure);
    // All that a file system takes.
    desk.write(
        "features/- <img src=x onerror=y>|`*_[l](e)\u{1b}[31m\u{202e}##[x].feature",
        &feature(),
    );
    desk.write(
        "doornail.yaml",
        &format!(
            "environments:\n  live:\n    platforms: {{desk: {{base_url: 'http://127.0.0.1:{port}', act: {{token: env:ADMIN}}}}}}\n    safety: {{allow_hosts: ['127.0.0.1'], max_credentials: 100}}\nchase: {{spread: 300ms, patience: 2s, arm_within: 20s}}\n"
        ),
    );
    let tokens: Vec<(String, String)> =
        (0..PAYLOADS.len()).map(|number| (format!("TOKEN_{number}"), token(number))).collect();
    let mut variables: Vec<(&str, &str)> =
        tokens.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let user = login().replace('\0', "");
    variables.extend([("GLOBEX_TOKEN", "bystander"), ("ADMIN", "admin-token"), ("USER", &user)]);
    let ran = desk.run_with(
        &["run", "-vv", "--env", "live", "--confirm", "live", "--terminate", "acme"],
        &variables,
    );
    assert!(desk.path().join("doornail-runs").is_dir(), "no run: {ran:?}");
    (desk, ran)
}
