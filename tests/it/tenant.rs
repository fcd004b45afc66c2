//! The tenant is read back before anything of a supplier's is used: a stranger's tenant, a redirect and a wall
//! see our administrator at most, and never a supplier's credential.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::own_platform::{Manner, doornail, project, said};

/// A server that writes down every request's head, and answers each the same.
pub(crate) struct Host {
    pub(crate) port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Host {
    fn new(answer: impl Fn() -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let lines = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
                seen.lock().unwrap().push(lines.collect::<Vec<_>>().join("\n"));
                let _ = stream.write_all(answer().as_bytes());
            }
        });
        Self { port, heads }
    }

    pub(crate) fn answering(status: &str, more: &str, body: &str) -> Self {
        let text = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{more}content-length: {}\r\nconnection: \
             close\r\n\r\n{body}",
            body.len()
        );
        Self::new(move || text.clone())
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// A drill at a desk that is said to be `port`'s and `ours`.
fn drill(port: u16, config: &str) -> Output {
    let folder = project(Manner::Sound);
    let description = folder.path().join("platforms/desk.yaml");
    let text = fs::read_to_string(&description).unwrap();
    let tenant = "admin: {secret: [token], auth: {bearer: '{{ admin.token }}'}}\ntenant:\n  flow: [{get: \
                  /whose, capture: {tenant: {json: /tenant}}}]\n  source: https://desk.example\n";
    fs::write(&description, text + tenant).unwrap();
    let settings = format!("desk: {{base_url: 'http://127.0.0.1:{port}', {config}}}");
    let file = folder.path().join("doornail.yaml");
    let old = fs::read_to_string(&file).unwrap();
    let (before, after) = old.split_once("desk: {base_url: '").unwrap();
    let (_, after) = after.split_once("'}").unwrap();
    fs::write(&file, format!("{before}{settings}{after}")).unwrap();
    doornail(folder.path())
        .args([
            "run",
            "--env",
            "desk-live",
            "--confirm",
            "desk-live",
            "--terminate",
            "acme",
            "--out",
        ])
        .arg(folder.path().join("runs"))
        .env("ADMIN", "administrator-token-1")
        .output()
        .unwrap()
}

const OURS: &str = "observe: {token: 'env:ADMIN'}, expected_tenant: ours";

fn assert_refused(output: &Output, hosts: &[&Host], why: &str) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(why), "{said}");
    for head in hosts.iter().flat_map(|host| host.heads()) {
        assert!(!head.contains("secret-token"), "a supplier's credential was sent: {head}");
    }
}

#[test]
fn a_strangers_tenant_never_sees_a_suppliers_credential() {
    let host = Host::answering("200 OK", "", "{\"tenant\":\"theirs\"}");
    let output = drill(host.port, OURS);
    assert_refused(&output, &[&host], "this is the tenant `theirs` for `observe`, not `ours`");
    assert_eq!(host.heads().len(), 1);
}

#[test]
fn one_who_acts_in_another_tenant_ends_nothing_there() {
    let asked = AtomicUsize::new(0);
    let host = Host::new(move || {
        let tenant = if asked.fetch_add(1, Ordering::SeqCst) == 0 { "ours" } else { "theirs" };
        let body = format!("{{\"tenant\":\"{tenant}\"}}");
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: \
             close\r\n\r\n{body}"
        )
    });
    let output = drill(host.port, &format!("{OURS}, act: {{token: 'env:ADMIN'}}"));
    assert_refused(&output, &[&host], "this is the tenant `theirs` for `act`, not `ours`");
    assert_eq!(host.heads().len(), 2);
}

#[test]
fn a_redirect_to_another_host_is_not_followed_and_no_credential_is_sent() {
    let other = Host::answering("200 OK", "", "{\"tenant\":\"ours\"}");
    let to = format!("location: http://127.0.0.1:{}/whose\r\n", other.port);
    let host = Host::answering("302 Found", &to, "");
    let output = drill(host.port, OURS);
    assert_refused(&output, &[&host, &other], "its tenant cannot be read back");
    assert_eq!((host.heads().len(), other.heads().len()), (1, 0));
}

#[test]
fn a_platform_that_sends_every_probe_elsewhere_gets_its_own_tokens_and_the_other_host_nothing() {
    let other = Host::answering("200 OK", "", "{\"user\":\"maya\"}");
    let (asked, port) = (AtomicUsize::new(0), other.port);
    let host = Host::new(move || {
        let body = "{\"tenant\":\"ours\"}";
        let (status, more) = match asked.fetch_add(1, Ordering::SeqCst) {
            0 => ("200 OK", String::new()),
            _ => ("307 Moved", format!("location: http://127.0.0.1:{port}/me\r\n")),
        };
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{more}content-length: {length}\r\nconnection: \
             close\r\n\r\n{body}"
        )
    });
    let output = drill(host.port, OURS);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(host.heads().iter().any(|head| head.contains("acme-secret-token-1")));
    assert_eq!(other.heads(), Vec::<String>::new());
}

#[test]
fn a_tenant_that_is_not_told_is_not_ours() {
    for (status, body) in [
        ("401 Unauthorized", "{\"tenant\":\"ours\"}"),
        ("200 OK", "{\"id\":\"ours\"}"),
        ("200 OK", "<html>ours</html>"),
        ("500 Internal Server Error", "{\"tenant\":\"ours\"}"),
    ] {
        let host = Host::answering(status, "", body);
        assert_refused(&drill(host.port, OURS), &[&host], "its tenant cannot be read back");
    }
}

#[test]
fn without_anybody_to_ask_as_nothing_is_sent() {
    let host = Host::answering("200 OK", "", "{\"tenant\":\"ours\"}");
    // Who acts is not shown to a stranger either.
    for config in ["expected_tenant: ours", "act: {token: 'env:ADMIN'}, expected_tenant: ours"] {
        let output = drill(host.port, config);
        assert_refused(&output, &[&host], "without an `observe` identity");
        assert_eq!(host.heads().len(), 0);
    }
}

#[test]
fn the_tenant_that_was_expected_is_drilled() {
    let host = Host::answering("200 OK", "", "{\"tenant\":\"ours\"}");
    let output = drill(host.port, OURS);
    assert_ne!(output.status.code(), Some(2), "{}", said(&output));
    assert!(host.heads().iter().any(|head| head.contains("acme-secret-token-1")));
}
