//! The schemas against the readers: whatever one of them says of a form, the other has to say too.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::error::from_yaml;

/// A schema's name, whether the reader takes a text, and a text.
type Sample = (&'static str, fn(&str) -> bool, &'static str);

/// Every key there is, whether it makes sense beside the others or not.
const SAMPLES: [Sample; 5] = [
    ("config", reads::<Config>, CONFIG),
    ("supplier", reads::<Supplier>, SUPPLIER),
    ("procedure", reads::<Procedure>, PROCEDURE),
    ("platform", reads::<Description>, PLATFORM),
    ("seed", reads::<SeedForm>, SEED),
];

const CONFIG: &str = r#"
supplier: acme
fingerprint_key: "cmd:op read op://drill/key"
sealed_to: age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa
unseal: "cmd:op read op://drill/age"
chase: {confirmations: 3, spread: 5s, arm_within: 1 minute, patience: 10m, longest_wait: 30m, resolution_percent: 5}
environments:
  sandbox:
    platforms:
      zendesk: {base_url: "https://x.example", subdomain: x, expected_tenant: T1, observe: {token: env:A}, mint: {token: mint}, act: {token: prompt:Act}}
    vantage: office
    connection: {user_agent: acme-soc/1, ca: ca.pem, proxy: "http://proxy.example:3128"}
    change: {ticket: C-1, window: {from: "2026-12-31T17:00:00+01:00", to: "2026-12-31T19:00:00Z"}, approver: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", operator: "file:operator.pub"}
    budgets: {zendesk: {at_most: 30/min, looser_because: agreed}}
    safety: {allow_hosts: [x.example], allow_programs: [/usr/bin/kinit], max_credentials: 5, max_paid_seats: 1, max_duration: 2h, stop_file: STOP}
"#;

const SUPPLIER: &str = r#"
supplier: acme
name: Acme
contract: {reference: C-1, ends: 2026-12-31}
owners: {business: a@b.example}
targets: {planned: 24h, adverse: 15m, per_kind: {okta.access_token: 1h}}
principals: [{id: sync, platform: zendesk, login: a, remote_id: 501, person: maya}]
grants: [{id: wfm, platform: slack, principal: sync, client_id: A024, remote_id: B1}]
credentials:
- id: one
  platform: zendesk
  kind: api_token
  principal: sync
  grant: wfm
  authority: supplier
  held_by: us
  accept_proof: [listing, introspection, witness, attestation]
  ask: {text: "log in as {{ principal.login }}", answers: {in: alive, out: dead, else: inconclusive}}
  secret: {token: env:TOKEN}
  renewed: {token: env:NEW_TOKEN}
  with: {email: a@b.example}
  remote_id: "7"
  channels: [rest]
  authorization: {reference: D, date: 2026-10-01}
  reach: {data: [tickets], can: [export]}
  max_lifetime: 90d
  reviewed: 2026-08-01
witness: {key: "ed25519:x"}
mailboxes: [support@ours.example, acme.example]
bystanders: [{supplier: globex, credential: two}]
accepted: [{credential: one, until: 2027-01-31, reason: annex, approver: c@d.example}]
none: [keys]
"#;

const PROCEDURE: &str = r#"
procedure: contract-end
about: the end
drill_safe: true
end: adverse
on_harm: ask
steps:
- {platform: okta, action: deactivate_user, for: every principal}
- {command: [./offboard.sh, "{{ supplier }}"], timeout: 10m, secrets: [okta], kills: [okta.password]}
- {webhook: "https://itsm.example/hook", sign: "env:HOOK"}
- {ask: "Remove {{ supplier }}"}
- {wait: 1h}
- {command: [./hold.sh], preserve: legal hold, deletes: false}
"#;

const SEED: &str = r#"
faults: {zendesk: survives-deactivation, okta@60: slow-death:900}
by_hand: [{platform: zendesk, action: delete_api_token, object: 501}]
listen: {ZENDESK_URL: 127.0.0.1:8123}
"#;

const PLATFORM: &str = r#"
platform: helpdesk
title: Helpdesk
base_url: "https://{{ subdomain }}.example"
parameters: {subdomain: {about: its name, default: x}}
polite: {every: 5s, budget: 60/min}
sources: {api: https://x.example/docs}
unknown: [whether]
admin:
  secret: [token]
  auth: none
  who: [{get: /me, capture: {who: {json: /email}}}]
  sign_in:
  - post: /token
    form: {a: "{{ admin.token }}"}
    sign: {jwt: {alg: RS256, key: k, kid: i, lifetime: 5m, claims: {aud: x, n: 5, l: [true]}}}
    capture: {a: {json: /a}, b: {header: h}, c: {cookie: d}, d: {location: e}}
credentials:
  api_token:
    title: API token
    class: token
    owned_by: principal
    recovers: true
    secret: [token]
    fields: {email: {about: whose, default: "{{ principal.login }}"}}
    bogus: {token: "[a-z]{40}"}
    expires: {jwt: token}
    unknown: [how long]
    derives: [{kind: session, channel: api, secret: {token: a}}]
    mint: {cannot: no, flow: [{put: /t, json: {a: {b: x}}}], secret: {token: a}, remote_id: a, seats: 1, name: "{{ canary.mark }}", of: [principal], fresh: [p], sets: {email: b}, find: {request: {get: /list}}, named: /name, remove: [{delete: /t}]}
    list:
      cannot: no
      request: {get: /list}
      per_principal: true
      per_grant: false
      items: /items
      id: /id
      owner: [/user]
      live: {/active: true}
      none: [{status: 404}]
      next: {cursor: {at: /next, query: cursor}}
    probe:
      api:
        about: the API
        proof: introspection
        by_id: false
        web_form: true
        consumes: false
        lockout: {refusals: 5, per: 10m, address: {refusals: 20, per: 1h}}
        no_bogus: cannot
        no_dead: cannot
        every: 1m
        identity: {get: /me, auth: {bearer: "{{ token }}"}, headers: {accept: "*"}, query: {a: b}, xml: <a/>}
        flow:
        - {patch: /a, auth: {basic: [a, "{{ token }}"]}, text: t, poll: {every: 5s, for: 1m, until: {status: 200}}}
        - {delete: /a, auth: {header: {x: y}}, proceed: {status: [200, 204]}}
        - {get: /a, auth: {cookie: {x: y}}}
        - {get: /a, auth: {form: {x: y}}}
        - {get: /a, auth: {sigv4: {access_key_id: a, secret_access_key: b, session_token: c, region: d, service: e}}}
        - {get: /a, auth: {signature: {style: github, secret: s}}}
        - {get: /a, auth: {mtls: {certificate: "{{ certificate }}", key: "{{ key }}", keeps: session}}}
        - post: /a
          submits: password
          cookies: true
          totp: {code: {seed: "{{ token }}", digits: 6, every: 30s, algorithm: sha256}}
          capture: {a: {html: {input: [x, z]}}, b: {html: {meta: [x]}}, c: {html: {id: x}}}
        sign_in: {command: {run: [probe, "{{ principal.login }}"], env: {A: b}, stdin: "{{ token }}", timeout: 5s, stays: {ask: "who {{ nonce }}"}}}
        kept: true
        rotates: {token: a}
        alive: [{status: 200, to: "{{ base_url }}/cb", json: {/login: "{{ principal.login }}", /n: 5, /x: null}, at: 1, source: api}]
        dead:
        - {status: [401, 403], header: {x: {contains: y}}, xml: {/a/b: {one_of: [a, b]}}, reason: revoked}
        - {status: 200, html: {/text: {contains: Wrong}, /passwords: 1}}
        - {status: 401, text: {equals: gone}, json: {/a: {exists: false}}}
        not_permitted: [{status: 403, text: no}]
        inconclusive: [{status: 503, reason: unavailable}]
        reach: [{name: tickets, request: {get: /t}, allowed: [{status: 200}], refused: [{status: 403}]}]
        corroborate: {request: {get: /u}, sign_in: {command: {run: [a]}}, dead: [{status: 404}], inconclusive: [{status: 200}]}
        samples:
        - {status: 401, at: 1, headers: {a: b}, json: {error: 1.5}, with: {token: x}, verdict: not-permitted, source: api}
        - {status: 401, text: gone, verdict: dead, source: api}
  session: {title: T, class: session, owned_by: client, secret: [], probe: {imap: {samples: [], sign_in: {imap: {at: "imaps://x.example", user: a, password: "{{ p }}", mechanism: plain, timeout: 5s, stays: true}}}, smtp: {samples: [], sign_in: {smtp: {at: "{{ smtp }}", user: a, password: b, mechanism: xoauth2, timeout: 5s, stays: true, from: a, to: b, send: true}}}}, list: {next: {url: /next}}, mint: {}}
  key: {title: T, class: key, owned_by: account, secret: [], expires: {certificate: a}, probe: {shell: {samples: [], sign_in: {ssh: {at: "ssh://x.example", user: a, host_key: k, password: b, private_key: "{{ k }}", passphrase: p, certificate: c, public_key: d, then: {command: id}, timeout: 5s, stays: true}}}, tunnel: {samples: [], sign_in: {ssh: {user: a, then: {forward: "a:22"}}}}, files: {samples: [], sign_in: {ssh: {user: a, then: sftp}}}}, list: {next: link}, mint: {}}
  login: {title: T, class: login, owned_by: account, secret: [], probe: {ldap: {samples: [], sign_in: {ldap: {at: "ldaps://x.example", dn: a, password: "{{ p }}", search: {base: b, scope: sub, filter: "(a=b)", attributes: [c]}, timeout: 5s, stays: true}}}, postgres: {samples: [], sign_in: {postgres: {at: "postgres://x.example", database: a, user: b, password: "{{ p }}", certificate: c, key: d, query: SELECT 1, timeout: 5s, stays: true}}}}, list: {next: {offset: {query: start, from: 0}}}, mint: {}}
canaries: {principal: {flow: [{post: /users}]}, grant: {cannot: no}}
actions:
  delete_user:
    title: Delete
    scope: principal
    of: [api_token]
    flow: [{delete: "/users/{{ principal.id }}"}]
    manual: true
    ask: "delete {{ principal.id }}"
    object: o
    resets: token
    renews: {api_token: {token: a}}
    restores: true
    without_step_up: true
    by_owner: true
    attempts: mailbox
    effect: {refused: [{status: 403}], request: {get: /u}, done: [{status: 200}], not_done: [{status: 404}]}
    kills: {api_token: {within: 1m, reversible: true, source: api}}
    spares: {session: {why: so, remedy: that, source: api}}
    source: api
audit:
  cannot: no
  request: {get: /audit}
  items: /items
  at: /time
  actor: /who
  what: /what
  about: [/target]
  next: {page: {query: page, from: 1}}
  source: api
reset_mail: {request: {get: /u}, about: [{status: 200}], to: [/email], source: api}
tenant:
  flow: [{get: /whose, capture: {tenant: {json: /id}}}]
  source: api
"#;

fn reads<T: serde::de::DeserializeOwned>(text: &str) -> bool {
    from_yaml::<T>(Path::new("a.yaml"), text).is_ok()
}

fn validator(name: &str) -> jsonschema::Validator {
    let schema = FileKind::by_name(name).unwrap().schema();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(item, &format!("{at}/{key}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What a place may hold by mistake.
fn mistakes(value: &Value) -> Vec<Value> {
    let mut others = vec![
        Value::Null,
        json!(true),
        json!(5),
        json!(-5),
        json!(1.5),
        json!("a text"),
        json!("{{ Name }}"),
        json!(""),
        json!([]),
        json!([1]),
        json!({}),
        json!({"zzz": 1}),
    ];
    if let Value::Object(fields) = value {
        let mut more = fields.clone();
        more.insert("zzz".into(), json!(1));
        others.push(Value::Object(more));
        for key in fields.keys() {
            let mut fewer = fields.clone();
            fewer.remove(key);
            others.push(Value::Object(fewer));
        }
    }
    others
}

#[test]
fn a_schema_and_its_reader_never_differ() {
    let mut wrong = Vec::new();
    let mut refused = 0;
    for (name, reads, text) in SAMPLES {
        let validator = validator(name);
        let sound: Value = from_yaml(Path::new(name), text).unwrap();
        assert!(reads(text), "{name}");
        if let Err(error) = validator.validate(&sound) {
            panic!("{name}{}: {error}", error.instance_path());
        }
        let mut places = Vec::new();
        pointers(&sound, "", &mut places);
        for place in places {
            for other in mistakes(sound.pointer(&place).unwrap()) {
                let mut broken = sound.clone();
                *broken.pointer_mut(&place).unwrap() = other.clone();
                let read = reads(&broken.to_string());
                if read != validator.is_valid(&broken) {
                    wrong.push(format!("{name}{place}: {other}: the reader says {read}"));
                }
                refused += usize::from(!read);
            }
        }
    }
    assert!(refused > 2_000, "only {refused} were refused");
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
}

/// Names of properties anywhere in a schema.
fn properties(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(named)) = fields.get("properties") {
                found.extend(named.keys().cloned());
            }
            fields.values().for_each(|field| properties(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_samples_have_every_key() {
    for (name, _, text) in SAMPLES {
        let mut known = BTreeSet::new();
        properties(&FileKind::by_name(name).unwrap().schema(), &mut known);
        assert!(!known.is_empty());
        let words: BTreeSet<&str> =
            text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c))).collect();
        let missing: Vec<_> = known.iter().filter(|key| !words.contains(key.as_str())).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
}

#[test]
fn every_key_is_explained() {
    fn unexplained(schema: &Value, at: &str, found: &mut Vec<String>) {
        match schema {
            Value::Object(fields) => {
                if let Some(Value::Object(named)) = fields.get("properties") {
                    let mute = named.iter().filter(|(_, about)| about.get("description").is_none());
                    found.extend(mute.map(|(key, _)| format!("{at}/{key}")));
                }
                for (key, field) in fields {
                    unexplained(field, &format!("{at}/{key}"), found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| unexplained(item, at, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    for kind in FileKind::all() {
        let mut found = Vec::new();
        unexplained(&kind.schema(), kind.name, &mut found);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn what_is_written_in_words_is_read_by_both_or_neither() {
    let words = [
        "15m",
        "15 minutes",
        "1 hour",
        "1h 30m",
        "1h30m",
        "PT15M",
        " 5s ",
        "+5s",
        "1.5h",
        "2 weeks",
        "1 hour, 30 minutes",
        "90d",
        "5µs",
        "15",
        "-5m",
        "",
        "soon",
        "m",
        "5 ",
        "mint",
        "minted",
        "env:A",
        "env:",
        "env: ",
        "env",
        "file:/a b",
        "cmd:op read x",
        "prompt:A\nB",
        "xoxb-1",
        "mint:x",
        "50/s",
        "200/min",
        "1000/h",
        "0/s",
        "5/d",
        "/s",
        "s/5",
        "+5/s",
        "007/s",
        "50 /s",
        "{{ a }}",
        "{{a.b_1}}",
        "{{ A }}",
        "{{",
        "}}",
        "{",
        "{{}}",
        "{{{ a }}",
        "{{ a }}}",
        "a{b",
        "{ {{ a }} }",
        "{{ a b }}",
        "x{{ a }}{{ b }}{",
        "2026-12-31",
    ];
    let mut wrong = Vec::new();
    for (name, reads, text, place) in [
        ("config", SAMPLES[0].1, CONFIG, "/chase/spread"),
        ("config", SAMPLES[0].1, CONFIG, "/fingerprint_key"),
        ("platform", SAMPLES[3].1, PLATFORM, "/polite/budget"),
        ("platform", SAMPLES[3].1, PLATFORM, "/base_url"),
        ("platform", SAMPLES[3].1, PLATFORM, "/credentials/api_token/list/live/~1active"),
    ] {
        let validator = validator(name);
        let mut file: Value = from_yaml(Path::new(name), text).unwrap();
        for word in words {
            *file.pointer_mut(place).unwrap() = word.into();
            let read = reads(&file.to_string());
            if validator.is_valid(&file) != read {
                wrong.push(format!("{place}: {word:?}: the reader says {read}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
