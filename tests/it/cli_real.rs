//! Real environments: nothing is sent until everything needed was typed, and an environment that does not
//! answer proves nothing.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::desk::{Desk, journal};

pub(crate) const ACT: [&str; 7] =
    ["run", "--env", "sandbox", "--confirm", "sandbox", "--terminate", "acme"];
pub(crate) const SECRETS: [(&str, &str); 3] = [
    ("ADMIN", "administrator-1"),
    ("ACME_TOKEN", "acme-token-1"),
    ("GLOBEX_TOKEN", "globex-token-1"),
];

/// One token of Acme's and one of Globex's at a Zendesk that is at `base_url`.
pub(crate) fn project(base_url: &str, allowed: &str) -> Desk {
    let supplier = |name: &str, id: &str, more: &str| {
        let upper = name.to_uppercase();
        format!(
            "supplier: {name}\nname: {name}\nowners: {{technical: iam@ours.example}}\n\
             principals: [{{id: maya, platform: zendesk, login: maya@{name}.example, remote_id: \"{id}\"}}]\n\
             credentials:\n  - id: {name}-token\n    platform: zendesk\n    kind: oauth_access\n    \
             principal: maya\n    remote_id: \"{id}\"\n    secret: {{token: env:{upper}_TOKEN}}\n    \
             authorization: {{reference: DPA-7, date: 2026-10-01}}\n{more}"
        )
    };
    let bystander = "bystanders: [{supplier: globex, credential: globex-token}]\n";
    Desk::with(&[
        ("suppliers/acme.yaml", &supplier("acme", "9001", bystander)),
        ("suppliers/globex.yaml", &supplier("globex", "9101", "")),
        (
            "procedures/end.yaml",
            "procedure: end\nsteps:\n  - {platform: zendesk, action: delete_oauth_token, for: every credential}\n",
        ),
        (
            "doornail.yaml",
            &format!(
                "environments:\n  sandbox:\n    platforms:\n      zendesk: {{base_url: \"{base_url}\", act: \
                 {{token: env:ADMIN}}}}\n    safety: {{allow_hosts: [{allowed}]}}\n"
            ),
        ),
        (
            "features/end.feature",
            "Feature: The end\n  Scenario: The token is deleted\n    Given the supplier\n    And a bystander on \
             every platform\n    And every credential of the supplier is proven to work\n    When the supplier \
             is terminated with the procedure \"end\"\n    Then every token stops working within 1 minute\n    \
             And every bystander still works\n",
        ),
    ])
}

/// Puts something else in a file of the project.
pub(crate) fn changed(desk: &Desk, file: &str, from: &str, to: &str) {
    let path = desk.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// A server that counts who knocks.
pub(crate) struct Doorbell(TcpListener);

impl Doorbell {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    pub(crate) fn assert_silent(&self) {
        let knock = self.0.accept().unwrap_err();
        assert_eq!(knock.kind(), ErrorKind::WouldBlock);
    }
}

#[test]
fn nothing_is_sent_until_environment_and_supplier_are_typed_again() {
    let bell = Doorbell::new();
    let desk = project(&bell.address(), "127.0.0.1");
    for length in [3, 5] {
        let ran = desk.run_with(&ACT[..length], &SECRETS);
        assert_eq!(ran.code, Some(4), "{}", ran.whole());
        bell.assert_silent();
    }
    let others: [&[&str]; 4] = [
        &["run", "--env", "sandbox", "--confirm", "production", "--terminate", "acme"],
        &["run", "--env", "sandbox", "--confirm", "sandbox", "--terminate", "globex"],
        &["run", "--env", "sandbox", "--terminate", "acme"],
        &["probe", "--env", "sandbox"],
    ];
    for arguments in others {
        let ran = desk.run_with(arguments, &SECRETS);
        assert_eq!(ran.code, Some(4), "{}", ran.whole());
        assert!(ran.stderr.starts_with("dry run: nothing was sent"), "{}", ran.whole());
        bell.assert_silent();
    }
    insta::assert_snapshot!(desk.run_with(&ACT[..3], &SECRETS).whole(), @r"
    exit 4
    --- stderr
    dry run: nothing was sent and nothing is proven
      hint: to act, add --confirm sandbox; `doornail plan --env sandbox` prints what would be done
    ");
    insta::assert_snapshot!(desk.run_with(&ACT[..5], &SECRETS).whole(), @r"
    exit 4
    --- stderr
    dry run: nothing was sent and nothing is proven
      hint: nothing of acme can be rehearsed (acme-token: the environment has no `mint` identity at zendesk); its real access would be ended: add --terminate acme; `doornail plan --env sandbox` prints what would be done
    ");
}

#[test]
fn a_missing_secret_is_named_and_nothing_is_sent() {
    let bell = Doorbell::new();
    let desk = project(&bell.address(), "127.0.0.1");
    let mut said = String::new();
    for missing in SECRETS {
        let given: Vec<(&str, &str)> =
            SECRETS.into_iter().filter(|secret| *secret != missing).collect();
        let ran = desk.run_with(&ACT, &given);
        assert_eq!(ran.code, Some(2), "{}", ran.whole());
        bell.assert_silent();
        said.push_str(&ran.whole());
    }
    assert!(!desk.path().join("doornail-runs").exists());
    insta::assert_snapshot!(said);
}

#[test]
fn a_secret_that_the_mocks_do_not_hand_out_is_missing_on_mocks_too() {
    let desk = project("http://127.0.0.1:1", "127.0.0.1");
    let ran = desk.run(&["run"]);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert!(
        ran.stderr.contains("the environment variable ACME_TOKEN is not set"),
        "{}",
        ran.whole()
    );
}

#[test]
fn a_host_that_is_not_allowed_is_never_asked() {
    let bell = Doorbell::new();
    let desk = project(&bell.address(), "\"*.zendesk.com\"");
    let ran = desk.run_with(&ACT, &SECRETS);
    bell.assert_silent();
    insta::assert_snapshot!(ran.whole(), @r#"
    exit 2
    --- stderr
    error: zendesk: its address is refused; nothing was sent
      caused by: the host "127.0.0.1" is not on the allow-list
      hint: add it to `safety.allow_hosts` in doornail.yaml
    "#);
}

#[test]
fn an_address_that_is_not_what_it_looks_like_is_refused_before_the_run() {
    let bell = Doorbell::new();
    let door = bell.address().replace("http://", "");
    let mut said = String::new();
    for (base_url, allowed) in [
        ("http://desk.zendesk.com".to_owned(), "\"*.zendesk.com\""),
        (format!("http://desk.zendesk.com:443@{door}"), "\"*.zendesk.com\""),
        (format!("http://admin:hunter2@{door}"), "127.0.0.1"),
        (door.clone(), "127.0.0.1"),
    ] {
        let desk = project(&base_url, allowed);
        let ran = desk.run_with(&ACT, &SECRETS);
        assert!(!desk.path().join("doornail-runs").exists(), "{}", ran.whole());
        said.push_str(&ran.whole());
        said.push('\n');
    }
    bell.assert_silent();
    assert!(!said.contains("hunter2"), "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_no_loopback_address_is_not_asked_without_tls_even_where_it_leads_here() {
    let bell = Doorbell::new();
    // Whoever asks this address comes to the bell, and it is on no list of loopback addresses.
    let port = bell.0.local_addr().unwrap().port();
    let desk = project(&format!("http://[::ffff:127.0.0.1]:{port}"), "'[::ffff:7f00:1]'");
    let ran = desk.run_with(&ACT, &SECRETS);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert!(ran.stderr.contains("would be asked without TLS"), "{}", ran.whole());
    bell.assert_silent();
}

#[test]
fn no_more_credentials_are_used_than_allowed() {
    let bell = Doorbell::new();
    let desk = project(&bell.address(), "127.0.0.1");
    changed(&desk, "doornail.yaml", "safety: {", "safety: {max_credentials: 1, ");
    let ran = desk.run_with(&ACT, &SECRETS);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert!(ran.stderr.contains("2 credentials would be used, 1 are allowed"), "{}", ran.whole());
    bell.assert_silent();
}

#[test]
fn a_secret_that_nobody_authorized_is_not_used() {
    let bell = Doorbell::new();
    let desk = project(&bell.address(), "127.0.0.1");
    let with = "authorization: {reference: DPA-7, date: 2026-10-01}";
    changed(&desk, "suppliers/acme.yaml", with, "");
    let ran = desk.run_with(&ACT, &SECRETS);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert!(ran.stderr.contains("has no authorization to use a secret"), "{}", ran.whole());
    bell.assert_silent();
}

/// Takes two minutes of waiting: the drill gives a platform that long to come back before it goes on.
#[test]
fn a_platform_that_cannot_be_reached_proves_nothing() {
    // Port 1 is privileged, and nobody has used its service since the eighties.
    let desk = project("http://127.0.0.1:1", "127.0.0.1");
    let ran = desk.run_with(&ACT, &SECRETS);
    assert_eq!(ran.code, Some(4), "{}", ran.whole());
    let events = journal(&desk.run_folder());
    let dead = events
        .iter()
        .any(|event| event["event"] == "probed" && event["verdict"].to_string().contains("dead"));
    assert!(!dead, "{}", ran.whole());
    insta::assert_snapshot!(ran.whole());
}
