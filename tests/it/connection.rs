//! How an environment is reached: under which name, through which proxy, trusting whom, and until when.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::own_platform::{LEAVE, Manner, doornail, project, said};
use crate::tenant::Host;

const JSON: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: \
                    close\r\n\r\n{}";

/// A project whose environment has these settings besides; at its own desk, or at another address.
fn environment(at: Option<&str>, allowed: &str, more: &str) -> tempfile::TempDir {
    let folder = project(Manner::Sound);
    let file = folder.path().join("doornail.yaml");
    let old = fs::read_to_string(&file).unwrap();
    let (before, after) = old.split_once("base_url: '").unwrap();
    let (own, after) = after.split_once('\'').unwrap();
    let base = at.unwrap_or(own);
    let text = format!("{before}base_url: '{base}'{after}");
    let safety = format!("    {more}\n    safety: {{allow_hosts: ['{allowed}']");
    let text = text.replace("    safety: {allow_hosts: ['127.0.0.1']", &safety);
    fs::write(&file, text).unwrap();
    folder
}

fn run(root: &Path) -> Output {
    let mut command = doornail(root);
    command.args(["run", "--env", "desk-live"]).args(LEAVE).arg("--out").arg(root.join("runs"));
    command.output().unwrap()
}

#[test]
fn every_request_bears_the_name_that_was_chosen_and_the_run() {
    let host = Host::answering("200 OK", "", "{}");
    let base = format!("http://127.0.0.1:{}", host.port);
    let folder = environment(Some(&base), "127.0.0.1", "connection: {user_agent: acme-soc/7}");
    run(folder.path());
    let run = fs::read_dir(folder.path().join("runs")).unwrap().next().unwrap().unwrap();
    let name = format!("user-agent: acme-soc/7 (run {})", run.file_name().display());
    assert!(!host.heads().is_empty());
    for head in host.heads() {
        assert!(head.contains(&name), "{head}");
    }
}

#[test]
fn a_proxy_is_shown_the_host_and_no_credential() {
    let proxy = Host::answering("502 Bad Gateway", "", "");
    let more = format!("connection: {{proxy: 'http://127.0.0.1:{}'}}", proxy.port);
    let folder = environment(Some("https://desk.example.com"), "desk.example.com", &more);
    let output = run(folder.path());
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(!proxy.heads().is_empty());
    for head in proxy.heads() {
        assert!(head.starts_with("CONNECT desk.example.com:443 HTTP/1.1"), "{head}");
        assert!(!head.contains("secret-token"), "{head}");
    }
}

#[test]
fn loopback_is_never_asked_through_a_proxy() {
    let proxy = Host::answering("502 Bad Gateway", "", "");
    let more = format!("connection: {{proxy: 'http://127.0.0.1:{}'}}", proxy.port);
    let folder = environment(None, "127.0.0.1", &more);
    let output = run(folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

/// An authority's certificate, and a server that shows one of its own and writes down what it is told.
fn private_server() -> (String, u16, Arc<Mutex<Vec<String>>>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let chain = vec![params.signed_by(&key, &authority).unwrap().der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = ServerConnection::new(config.clone()).unwrap();
            seen.lock().unwrap().extend(told(StreamOwned::new(server, stream)));
        }
    });
    (authority.pem(), port, heads)
}

/// The head of a request, unless the client hung up before.
fn told(mut stream: StreamOwned<ServerConnection, TcpStream>) -> Option<String> {
    let lines = BufReader::new(&mut stream).lines().map_while(Result::ok);
    let head = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    let _ = stream.write_all(JSON.as_bytes());
    stream.conn.send_close_notify();
    let _ = stream.flush();
    (!head.is_empty()).then_some(head)
}

#[test]
fn a_private_authority_is_trusted_only_where_it_is_named() {
    let (authority, port, heads) = private_server();
    let base = format!("https://127.0.0.1:{port}");
    let stranger = environment(Some(&base), "127.0.0.1", "");
    let output = run(stranger.path());
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert_eq!(*heads.lock().unwrap(), Vec::<String>::new());

    let file = stranger.path().join("authority.pem");
    fs::write(&file, authority).unwrap();
    let more = format!("connection: {{ca: '{}'}}", file.display());
    let friend = environment(Some(&base), "127.0.0.1", &more);
    run(friend.path());
    let heads = heads.lock().unwrap();
    assert!(heads.iter().any(|head| head.contains("acme-secret-token-1")), "{heads:?}");
}

#[test]
fn where_the_stop_file_is_no_run_begins() {
    let host = Host::answering("200 OK", "", "{}");
    let base = format!("http://127.0.0.1:{}", host.port);
    let folder = environment(Some(&base), "127.0.0.1", "");
    let file = folder.path().join("STOP");
    let settings = folder.path().join("doornail.yaml");
    let with_stop = format!("safety: {{stop_file: '{}', ", file.display());
    let text = fs::read_to_string(&settings).unwrap().replace("safety: {", &with_stop);
    fs::write(&settings, text).unwrap();
    fs::write(&file, "").unwrap();
    let output = run(folder.path());
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("the stop file is there; nothing was sent"),
        "{}",
        said(&output)
    );
    assert_eq!(host.heads(), Vec::<String>::new());
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn a_stop_file_that_appears_ends_the_run_in_good_order() {
    let folder = environment(None, "127.0.0.1", "");
    // The procedure itself makes the file, so that it appears in the middle of the run.
    let file = folder.path().join("STOP");
    let procedure = folder.path().join("procedures/end.yaml");
    let text = format!(
        "procedure: end\nsteps:\n  - {{command: [touch, '{}'], timeout: 10s}}\n",
        file.display()
    );
    fs::write(&procedure, text).unwrap();
    let settings = folder.path().join("doornail.yaml");
    let with_stop = format!("safety: {{stop_file: '{}', ", file.display());
    let text = fs::read_to_string(&settings).unwrap().replace("safety: {", &with_stop);
    fs::write(&settings, text.replace("patience: 3s", "patience: 1h")).unwrap();
    let feature = folder.path().join("features/end.feature");
    let text = fs::read_to_string(&feature).unwrap();
    fs::write(&feature, text.replace("within 5 seconds", "within 1 hour")).unwrap();
    let output = run(folder.path());
    let said = said(&output);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("stopping: the remaining steps are not carried out"), "{said}");
    let run = fs::read_dir(folder.path().join("runs")).unwrap().next().unwrap().unwrap().path();
    for report in ["journal.ndjson", "report.html", "report.md", "junit.xml", "summary.json"] {
        assert!(run.join(report).is_file(), "{report}");
    }
}

#[test]
fn settings_that_cannot_be_used_are_refused_before_anything_is_sent() {
    for (more, why) in [
        ("connection: {user_agent: \"a\\nb\"}", "user_agent: \"a\\nb\" cannot be sent"),
        ("connection: {proxy: 'socks5://127.0.0.1:1'}", "found the scheme `socks5`"),
        ("connection: {proxy: 'proxy.example.com'}", "proxy: this is no address"),
        (
            "connection: {proxy: 'http://u:hunter2@proxy.example.com'}",
            "carries a name or a password",
        ),
        ("connection: {ca: /nowhere/ca.pem}", "/nowhere/ca.pem: the certification authorities"),
        ("connection: {ca: /dev/null}", "/dev/null: no certificate"),
        ("connection: {agent: x}", "unknown field"),
    ] {
        let host = Host::answering("200 OK", "", "{}");
        let base = format!("http://127.0.0.1:{}", host.port);
        let folder = environment(Some(&base), "127.0.0.1", more);
        let output = run(folder.path());
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{more}: {said}");
        assert!(said.contains(why), "{more}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert_eq!(host.heads(), Vec::<String>::new(), "{more}");
        assert!(!folder.path().join("runs").exists(), "{more}");
    }
}
