//! A project with secrets of every kind, a platform that repeats them in every encoding, and a runbook
//! that prints what it was never given but finds in a file of its own. Nothing of it may be read anywhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::forms::{Search, json as json_escaped, percent};
use crate::desk::{Desk, Ran, journal};
use crate::injection::server::{Answer, Request, serve};

/// A key as OpenSSL writes it, of random bytes.
const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1vQ3dWxkTzPyOgpfhJmLrUcANqsKYXbeZtiGwvRoHd\n\
    q7Zr2vTnXk4LwPbYcMfHsJ1dGu8QeAi3OoKxVt5NzRmSyBj0WpEgUhIlCa9FD6Tv\n\
    ZpQmXsNwKdRbVtYc\n\
    -----END PRIVATE KEY-----";

/// One secret of each kind, by the name of its field.
pub(crate) const PLANTED: [(&str, &str); 13] = [
    ("client_secret", "cs~9Qz.V4-mK2_wXr8Tn"),
    ("cookie", "sid=s%3AhV7bQ2.xYz4/Kp9+Lm3; idp=e30.wq8Zr5Tn1Vx6Cb4M"),
    (
        "jwt",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtYXlhIiwiZXhwIjoyMDAwMDAwMDAwfQ.k7Rw2Pq9Xz4Lm1Vb8Nc3Ty",
    ),
    ("refresh", "1//0gRt7-Yw3Kq9Zp_L2xVb5Nc8M"),
    ("access", "ya29.a0Af_By7Kq2Wp9Zx4Lm1Vb8"),
    ("password", "Tr0ub4dor&3 'n\" <b>%41\\n/+="),
    ("short_password", "hN7$q"),
    ("totp_seed", "JBSWY3DPEHPK3PXPJBSWY3DP"),
    ("private_key", PEM),
    ("api_key", "\"<&'\\/+=% `${x}|;key-7Zq"),
    ("unicode", "pässwörd-🔑-秘密-ключ"),
    ("spaced", "correct horse battery staple 42"),
    ("hex_key", "9f86d081884c7d659a2feaa0c55ad015"),
];

/// What the platform hands out when it is asked, each time another.
pub(crate) const MINTED: [(&str, &str); 2] = [
    ("minted access token", "minted+at/7Kq2\"Wp9=Zx4&Lm1"),
    ("rotated refresh token", "rotated~rt'8Vb5<Nc3>Ty6"),
];

/// Our own identities' secrets: `act` is granted to commands, the others are not.
pub(crate) const ADMINS: [(&str, &str); 4] = [
    ("admin act", "act-1Zx9Cv3Bn7Ml5Kj2"),
    ("admin observe", "obs-4Qw8Er6Ty2Ui0Op3"),
    ("admin mint", "mnt-7As5Df1Gh9Jk4Lz8"),
    ("fingerprint key", "fpk-2Xc6Vb0Nm8Qa3Ws5"),
];

pub(crate) static PLANTED_RUN: LazyLock<Run> = LazyLock::new(Run::play);

/// Every secret of the project by name.
pub(crate) fn secrets() -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    PLANTED.iter().chain(&MINTED).chain(&ADMINS).map(owned).collect()
}

/// Every way in which a platform has been seen to repeat a secret.
fn echoes(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let entities = |c: char| format!("&#{};", u32::from(c));
    vec![
        secret.to_owned(),
        STANDARD.encode(secret),
        STANDARD.encode(format!("u:{secret}")),
        STANDARD.encode(format!("maya@acme.example/token:{secret}:x")),
        URL_SAFE_NO_PAD.encode(format!("us:{secret}")),
        percent(secret, true),
        percent(secret, false).replace("%20", "+"),
        percent(&percent(secret, true), true),
        json_escaped(secret),
        json_escaped(&json_escaped(secret)),
        secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
        secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
        secret.chars().map(entities).collect(),
        hex.to_uppercase(),
        hex,
        format!("'{}'", secret.replace('\'', r"'\''")),
        secret.lines().rev().collect::<Vec<_>>().join(" "),
    ]
}

/// The platform lets everybody in until the runbook has run; then each refusal repeats what was sent.
fn answer(request: &Request, gone: &Path) -> Answer {
    let mut form = url::form_urlencoded::parse(request.body.as_bytes());
    let sent = form.find(|(name, _)| name == "value").map(|(_, value)| value.into_owned());
    let sent = sent.unwrap_or_default();
    match request.target.as_str() {
        "/list" => {
            let items: Vec<_> =
                LISTED.iter().map(|id| json!({ "id": id, "owner": "maya" })).collect();
            return Answer::json(200, json!({ "items": items }));
        }
        "/end" => {
            let body = PLANTED.map(|(_, value)| value).join(" , ");
            return Answer(500, Vec::new(), format!("{} {body}", ADMINS[0].1).into_bytes());
        }
        _ => {}
    }
    let all = || PLANTED.iter().chain(&MINTED);
    match all().position(|(_, value)| *value == sent) {
        None if sent == "bystander-token" => Answer::json(200, json!({ "user": "sam" })),
        None => Answer::json(401, json!({ "error": "unknown" })),
        Some(_) if !gone.exists() => {
            let (access, refresh) = (MINTED[0].1, MINTED[1].1);
            Answer::json(200, json!({ "user": "maya", "access": access, "refresh": refresh }))
        }
        Some(which) => repeat(&sent, which),
    }
}

/// What a listing takes for ids: the secrets themselves.
const LISTED: [&str; 3] = [PLANTED[0].1, PLANTED[5].1, MINTED[0].1];

/// The secret again, in every encoding, each time another one first: as a code, in the body, in headers.
fn repeat(secret: &str, which: usize) -> Answer {
    static ASKED: [AtomicUsize; PLANTED.len() + MINTED.len()] =
        [const { AtomicUsize::new(0) }; PLANTED.len() + MINTED.len()];
    let turn = ASKED[which].fetch_add(1, Ordering::Relaxed);
    let mut echoes = echoes(secret);
    let first = turn % echoes.len();
    echoes.rotate_left(first);
    let echo = echoes[0].clone();
    let flat: String = echo.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let body = echoes.join(" ");
    match turn % 5 {
        0 => Answer::json(403, json!({ "error": echo, "detail": body })),
        1 => Answer(403, vec![header("content-type", "text/plain")], body.into_bytes()),
        2 => Answer(403, vec![], format!("<html>{body}</html>").into_bytes()),
        3 => {
            let challenge = format!("Bearer error=\"{}\"", flat.replace('"', ""));
            Answer(403, vec![header("www-authenticate", &challenge)], Vec::new())
        }
        // In two headers, half a secret each.
        _ => {
            let middle = flat.char_indices().nth(flat.chars().count() / 2).unwrap().0;
            let (one, other) = flat.split_at(middle);
            Answer(403, vec![header("x-one", one), header("x-other", other)], Vec::new())
        }
    }
}

fn kind(name: &str, derives: &str, capture: &str) -> String {
    format!(
        "  {name}:
    title: A {name}
    class: token
    owned_by: principal
    secret: [value]
    bogus: {{value: 'never-[a-z]{{6}}'}}
    list: {{request: {{get: /list}}, items: /items, id: /id, owner: [/owner]}}
    mint: {{cannot: by hand}}
{derives}    probe:
      rest:
        identity: {{post: /me, auth: {{form: {{value: '{{{{ value }}}}'}}}}{capture}}}
        alive: [{{status: 200, json: {{/user: '{{{{ principal.login }}}}'}}}}]
        dead: [{{status: 401, json: {{/error: unknown}}}}]
        samples: []
"
    )
}

fn description() -> String {
    let derives = "    derives: [{kind: token, channel: rest, secret: {value: at}}, {kind: other, \
                   channel: rest, secret: {value: rt}}]\n";
    let capture = ", capture: {at: {json: /access}, rt: {json: /refresh}}";
    let kinds = kind("token", "", "") + &kind("grant", derives, capture) + &kind("other", "", "");
    format!(
        "platform: desk
title: Desk
base_url: https://desk.example
admin: {{secret: [token], auth: {{bearer: '{{{{ admin.token }}}}'}}}}
credentials:
{kinds}actions:
  end_all: {{title: End all, scope: principal, flow: [{{post: /end}}]}}
polite: {{every: 100ms, budget: 1000/s}}
"
    )
}

/// Everything of one run: the desk it ran on, and next to it what it must not read from and what its
/// children wrote.
pub(crate) struct Run {
    pub(crate) desk: Desk,
    pub(crate) ran: Ran,
    /// What every child saw of its arguments and its environment.
    pub(crate) seen: PathBuf,
    temporary: PathBuf,
    _aside: TempDir,
}

impl Run {
    fn play() -> Self {
        let desk = Desk::new();
        let aside = TempDir::with_prefix("doornail-aside-").unwrap();
        let folder = |name: &str| {
            let path = aside.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let (vault, seen, temporary) = (folder("vault"), folder("seen"), folder("tmp"));
        let gone = aside.path().join("gone");
        let port = {
            let gone = gone.clone();
            serve(move |request| answer(request, &gone))
        };
        // What a child can see: written where nobody looks for secrets, under a name of its own.
        let record = |sort: &str| {
            let file = format!("{}/{sort}-$1-$$", seen.display());
            format!("cat /proc/$$/cmdline /proc/$$/environ > {file}; env | base64 > {file}.env\n")
        };
        desk.write("helper.sh", &format!("{}cat {}/$1\n", record("helper"), vault.display()));
        desk.write(
            "offboard.sh",
            &format!(
                "{}touch {}\nenv >&2\ntr '\\0' ' ' < /proc/$$/environ >&2\ncat {}/echo-$1 >&2\nexit 1\n",
                record("command"),
                gone.display(),
                vault.display()
            ),
        );
        let mut supplier = SUPPLIER.to_owned();
        let mut procedure = "procedure: end\nsteps:\n".to_owned();
        let mut variables = Vec::new();
        for (number, (name, value)) in PLANTED.iter().enumerate() {
            let reference = match number % 3 {
                0 => {
                    variables.push((format!("PLANTED_{number}"), (*value).to_owned()));
                    format!("env:PLANTED_{number}")
                }
                1 => format!("file:{}", vault.join(name).display()),
                _ => format!("cmd:sh {} {name}", desk.path().join("helper.sh").display()),
            };
            fs::write(vault.join(name), value).unwrap();
            fs::write(vault.join(format!("echo-{name}")), echoes(value).join("\n")).unwrap();
            let kind = if *name == "refresh" { "grant" } else { "token" };
            supplier.push_str(&format!(
                "  - {{id: {name}, platform: desk, kind: {kind}, principal: maya, secret: {{value: \
                 '{reference}'}}, authorization: {{reference: x, date: 2026-10-01}}}}\n"
            ));
            procedure.push_str(&format!(
                "  - {{command: [sh, offboard.sh, {name}], timeout: 20s, secrets: [desk]}}\n"
            ));
        }
        procedure.push_str("  - {platform: desk, action: end_all}\n");
        desk.write("platforms/desk.yaml", &description());
        desk.write("suppliers/acme.yaml", &supplier);
        desk.write("suppliers/globex.yaml", BYSTANDER);
        desk.write("procedures/end.yaml", &procedure);
        desk.write("features/end.feature", FEATURE);
        desk.write("doornail.yaml", &settings(port));
        for ((_, value), name) in ADMINS.iter().zip(["ACT", "OBSERVE", "MINT", "KEY"]) {
            variables.push((format!("ADMIN_{name}"), (*value).to_owned()));
        }
        variables.extend(
            [
                ("GLOBEX_TOKEN", "bystander-token".to_owned()),
                ("UNUSED_TOKEN", UNUSED.to_owned()),
                // Nobody's reference names these, but they hold a supplier's secret all the same.
                ("DATABASE_URL", format!("postgres://maya:{}@db/x", percent(PLANTED[5].1, true))),
                ("COPIED_KEY", PEM.to_owned()),
                // This run never reads the mint identity, and still nobody may see it.
                ("COPIED_MINT", ADMINS[2].1.to_owned()),
                ("AUTH_HEADER", STANDARD.encode(format!("maya:{}", PLANTED[9].1))),
                ("HARMLESS", "nobody's secret".to_owned()),
                ("TMPDIR", temporary.display().to_string()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let arguments = ["run", "-vv", "--env", "live", "--confirm", "live", "--terminate", "acme"];
        let ran = desk.run_with(&arguments, &variables);
        assert!(desk.path().join("doornail-runs").is_dir(), "no run: {}", ran.stderr);
        Self { desk, ran, seen, temporary, _aside: aside }
    }
}

/// In the inventory, of a supplier that takes no part.
pub(crate) const UNUSED: &str = "unused~3Vb8Nm1Kz6Xw";

fn settings(port: u16) -> String {
    format!(
        "environments:
  live:
    platforms:
      desk:
        base_url: 'http://127.0.0.1:{port}'
        act: {{token: env:ADMIN_ACT}}
        observe: {{token: env:ADMIN_OBSERVE}}
        mint: {{token: env:ADMIN_MINT}}
    safety: {{allow_hosts: ['127.0.0.1']}}
fingerprint_key: env:ADMIN_KEY
chase: {{spread: 300ms, patience: 3s, arm_within: 20s}}
"
    )
}

const SUPPLIER: &str = "supplier: acme
name: Acme
owners: {business: someone@ours.example}
principals: [{id: maya, platform: desk, login: maya}]
bystanders: [{supplier: globex, credential: globex-token}]
credentials:
";

const BYSTANDER: &str = "supplier: globex
name: Globex
owners: {business: someone@ours.example}
principals: [{id: sam, platform: desk, login: sam}]
credentials:
  - {id: globex-token, platform: desk, kind: token, principal: sam, secret: {value: env:GLOBEX_TOKEN}, authorization: {reference: x, date: 2026-10-01}}
  - {id: unused, platform: desk, kind: token, principal: sam, secret: {value: env:UNUSED_TOKEN}, authorization: {reference: x, date: 2026-10-01}}
";

const FEATURE: &str = "Feature: The desk
  Scenario: End
    Given the supplier \"acme\"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure \"end\"
    Then every token stops working within 3 seconds
    And no unrecorded access of the supplier remains on any platform that can be listed
    And every bystander still works
";

#[test]
fn no_planted_secret_is_in_anything_that_a_run_leaves_or_says() {
    let Run { desk, ran, temporary, .. } = &*PLANTED_RUN;
    let search = Search::of(&secrets());
    search.demand_none("stdout", ran.stdout.as_bytes());
    search.demand_none("stderr", ran.stderr.as_bytes());
    // The project, the run's folder with every format, and whatever else was left in the home.
    assert!(search.demand_none_below(desk.path()) >= 12);
    search.demand_none_below(temporary);
    let run = desk.run_folder();
    for format in ["text", "html", "markdown", "junit", "json"] {
        let ran = desk.run(&["report", &run.to_string_lossy(), "--format", format]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        search.demand_none(format, ran.stdout.as_bytes());
    }
}

/// Or the test above would have had nothing to find.
#[test]
fn every_planted_secret_was_used_repeated_and_minted() {
    let Run { desk, ran, .. } = &*PLANTED_RUN;
    let events = journal(&desk.run_folder());
    // What is minted once more takes the place of what was minted before.
    let enlisted = events.iter().filter(|event| event["event"] == "enlisted");
    let enlisted: BTreeSet<&str> =
        enlisted.filter_map(|event| event["credential"].as_str()).collect();
    // The credentials, two minted from one of them, and the bystander.
    assert_eq!(enlisted.len(), PLANTED.len() + MINTED.len() + 1, "{}", ran.stdout);
    for (name, _) in PLANTED {
        let repeated = events.iter().filter(|event| event["credential"] == name);
        let scrubbed =
            |event: &&Value| event["excerpt"].as_str().unwrap_or("").contains("[secret]");
        assert!(repeated.filter(scrubbed).count() >= 3, "{name} was not repeated");
    }
    let commands: Vec<&str> =
        events.iter().filter_map(|event| event["result"]["refused"]["why"].as_str()).collect();
    let scrubbed = commands.iter().filter(|why| why.contains("[secret]")).count();
    assert!(scrubbed > PLANTED.len(), "{commands:#?}");
    assert_eq!(ran.code, Some(1), "what is unrecorded remains: {}", ran.stdout);
}
