//! A shell runbook with curl is the procedure under test: it ends whatever supplier it is given, and is given
//! the drill's.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::place::{Place, REHEARSE, of_the_supplier};
use crate::desk::{Ran, rulings};

/// A rehearsal of the runbook, with this after the supplier's name.
fn rehearsed(more: &str) -> (Place, Ran) {
    let place = Place::new(&["gitlab", "okta", "zendesk"], 200);
    place.desk.write("end.sh", include_str!("end.sh"));
    place.desk.write(
        "procedures/contract-end.yaml",
        &format!(
            "procedure: contract-end\ndrill_safe: true\nsteps:\n  - {{command: [sh, ./end.sh, '{{{{ supplier }}}}'{more}], secrets: [gitlab, \
             okta, zendesk], kills: [gitlab.project_token, okta.password, zendesk.oauth_client]}}\n"
        ),
    );
    let ran = place.run(&REHEARSE);
    assert!(of_the_supplier(&place.sent()).is_empty(), "{:?}", of_the_supplier(&place.sent()));
    assert_eq!(place.left(), Vec::<String>::new());
    place.the_supplier_still_works();
    (place, ran)
}

#[test]
fn a_naive_runbook_that_forgets_nothing_passes_and_never_touches_the_real_supplier() {
    let (place, ran) = rehearsed("");
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    let deleted = place.sent().iter().filter(|text| text.starts_with("DELETE ")).count();
    assert!(deleted > 0, "the runbook did nothing");
}

#[test]
fn a_runbook_that_forgets_the_account_wide_token_fails_and_the_token_is_named() {
    let (place, ran) = rehearsed(", forgets-tokens");
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    let found = rulings(&place.desk.run_folder());
    let survivors: Vec<&str> = found
        .iter()
        .filter(|(finding, ..)| finding == "survivor")
        .map(|(_, subject, _)| subject.as_str())
        .collect();
    assert!(survivors.iter().all(|subject| *subject == "gl-token"), "{survivors:?}");
    assert!(!survivors.is_empty());
    assert!(ran.stdout.contains("step 1 (`run sh`) was to end it, and did not"), "{}", ran.whole());
    let report = std::fs::read_to_string(place.desk.run_folder().join("report.md")).unwrap();
    let line =
        report.lines().find(|line| line.starts_with("| ") && line.contains("run sh")).unwrap();
    for ended in ["zd-token", "okta-login", "was to end: gitlab"] {
        assert!(line.contains(ended), "{line}");
    }
    assert!(!line.contains("gl-token"), "{line}");
}

#[test]
fn a_runbook_is_given_the_secrets_it_is_granted_and_no_others() {
    let place = Place::new(&["gitlab", "okta"], 1000);
    let script = "env > seen.txt\n";
    place.desk.write("end.sh", script);
    place.desk.write(
        "procedures/contract-end.yaml",
        "procedure: contract-end\ndrill_safe: true\nsteps:\n  - {command: [sh, ./end.sh], secrets: [okta]}\n",
    );
    place.run(&REHEARSE);
    let seen = std::fs::read_to_string(place.desk.path().join("seen.txt")).unwrap();
    let secret = |name: &str| place.mocks.variables[name].as_str();
    assert!(seen.contains(&format!("OKTA_ADMIN_TOKEN={}", secret("OKTA_ADMIN_TOKEN"))), "{seen}");
    assert!(seen.contains("GITLAB_URL=http://127.0.0.1:"), "{seen}");
    assert!(!seen.contains(secret("GITLAB_ADMIN_TOKEN")), "{seen}");
    assert!(seen.contains("DOORNAIL_SUPPLIER=acme-drill-"), "{seen}");
    assert!(!seen.contains("real-secret-"), "{seen}");
}

/// One request, whole, answered with that status; and the port it comes to.
fn heard(status: &'static str) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut text = String::new();
        let mut piece = [0; 4096];
        while !text.ends_with('}') {
            let length = stream.read(&mut piece).unwrap();
            text.push_str(std::str::from_utf8(&piece[..length]).unwrap());
        }
        let end = "content-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(format!("HTTP/1.1 {status}\r\n{end}").as_bytes()).unwrap();
        text
    });
    (port, heard)
}

fn told(
    status: &'static str,
    secrets: &[(&str, &str)],
) -> (Place, Ran, thread::JoinHandle<String>) {
    let place = Place::new(&["okta"], 1000);
    let (port, heard) = heard(status);
    place.desk.write(
        "procedures/contract-end.yaml",
        &format!(
            "procedure: contract-end\ndrill_safe: true\nsteps:\n  - {{webhook: 'http://127.0.0.1:{port}/hooks/T0K3N', \
             sign: env:HOOK_SECRET, kills: [okta.password]}}\n"
        ),
    );
    let ran = place.desk.run_with(&REHEARSE, &[place.variables(), secrets.to_vec()].concat());
    (place, ran, heard)
}

const SIGNED: [(&str, &str); 1] = [("HOOK_SECRET", "hook-secret-9Kx")];

#[test]
fn a_webhook_is_told_the_drills_supplier_in_a_body_that_is_signed() {
    let (place, ran, heard) = told("202 Accepted", &SIGNED);
    let text = heard.join().unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hooks/T0K3N "), "{head}");
    assert!(body.starts_with("{\"supplier\":\"acme-drill-"), "{body}");
    let mut mac = Hmac::<Sha256>::new_from_slice(b"hook-secret-9Kx").unwrap();
    mac.update(body.as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(head.contains(&format!("x-hub-signature-256: sha256={hex}")), "{head}");
    // It said yes and did nothing.
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    assert!(ran.stdout.contains("was to end it, and did not"), "{}", ran.whole());
    let journal = std::fs::read_to_string(place.desk.run_folder().join("journal.ndjson")).unwrap();
    assert!(!journal.contains("T0K3N") && !journal.contains("hook-secret-9Kx"), "{journal}");
}

#[test]
fn a_webhook_that_fails_is_a_finding_and_no_crash() {
    let (_, ran, heard) = told("503 Service Unavailable", &SIGNED);
    heard.join().unwrap();
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    assert!(ran.stdout.contains("said no: tell http://127.0.0.1:"), "{}", ran.whole());
}

#[test]
fn a_webhook_without_its_signature_is_refused_before_anything_is_sent() {
    let (place, ran, _) = told("202 Accepted", &[]);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert!(ran.stderr.contains("what its webhook is signed with is missing"), "{}", ran.whole());
    assert_eq!(place.sent(), Vec::<String>::new());
}
