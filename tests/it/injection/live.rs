//! The HTML report in a real browser: nothing in it runs or loads. The policy of the page is tried by
//! itself too: what the test puts in unescaped runs without it, and does not with it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::server::{Answer, serve};
use super::twin::TWINS;

/// Longer than a browser takes to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What asks for an address each, and what runs at once. `HOST` is a listener of the test's own.
const ACTIVE: &str = "<script>document.title='owned by a script'</script>\
    <script src=\"http://HOST/script\"></script>\
    <script type=module>import 'http://HOST/module'</script>\
    <img src=\"http://HOST/image\" onerror=\"document.title='owned by a handler'\">\
    <img src=x onerror=\"document.body.setAttribute('data-owned','handler')\">\
    <svg onload=\"document.body.setAttribute('data-owned','svg')\"><image href=\"http://HOST/svg-image\"/></svg>\
    <style>@import url(http://HOST/import); body { background: url(http://HOST/background) }</style>\
    <p style=\"background: url(http://HOST/attribute)\">x</p>\
    <link rel=stylesheet href=\"http://HOST/stylesheet\">\
    <iframe src=\"http://HOST/frame\"></iframe>\
    <iframe srcdoc=\"<img src='http://HOST/srcdoc'>\"></iframe>\
    <object data=\"http://HOST/object\"></object>\
    <embed src=\"http://HOST/embed\">\
    <video src=\"http://HOST/video\" preload=auto></video>";

/// What of it a browser that is not kept from it must ask for, or the test shows nothing.
const ASKED: [&str; 12] = [
    "/script",
    "/module",
    "/image",
    "/svg-image",
    "/import",
    "/background",
    "/attribute",
    "/stylesheet",
    "/frame",
    "/srcdoc",
    "/object",
    "/video",
];

struct Opened {
    /// The document after everything was loaded.
    dom: String,
    /// The console's messages.
    console: String,
    /// The paths asked for at the listener.
    asked: BTreeSet<String>,
}

impl Opened {
    fn title(&self) -> &str {
        let (_, rest) = self.dom.split_once("<title>").unwrap();
        rest.split_once("</title>").unwrap().0
    }
}

fn browser() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser"];
    let mut all = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .filter(|file| file.is_file());
    all.next().unwrap_or_else(|| panic!("no browser: install the Debian package chromium"))
}

/// Opens a page whose `HOST` is a listener of its own.
fn open(page: &str) -> Opened {
    let asked = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = asked.clone();
    let port = serve(move |request| {
        seen.lock().unwrap().insert(request.target.clone());
        Answer(200, Vec::new(), Vec::new())
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    std::fs::write(&file, page.replace("HOST", &format!("127.0.0.1:{port}"))).unwrap();
    let output = |name| std::fs::File::create(folder.path().join(name)).unwrap();
    let mut child = Command::new(browser())
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--v=0", "--virtual-time-budget=5000"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .env("HOME", folder.path())
        .stdin(Stdio::null())
        .stdout(output("dom"))
        .stderr(output("log"))
        .spawn()
        .unwrap();
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("the browser did not end within {PATIENCE:?}");
        }
        std::thread::park_timeout(Duration::from_millis(20));
    };
    let read = |name| {
        String::from_utf8_lossy(&std::fs::read(folder.path().join(name)).unwrap()).into_owned()
    };
    let (dom, console) = (read("dom"), read("log"));
    assert!(status.success() && dom.contains("</html>"), "{status}: {console}");
    let asked = asked.lock().unwrap().clone();
    Opened { dom, console, asked }
}

fn report() -> String {
    // The payloads name a port where nobody listens; here somebody does.
    TWINS.printed("hostile", "html").replace("127.0.0.1:9", "HOST")
}

fn policy(page: &str) -> &str {
    let from = page.find("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
    let length = page[from..].find('>').unwrap() + 1;
    &page[from..from + length]
}

/// The report with active content put into its middle by the test, where no escaping can help.
fn pierced() -> String {
    let report = report();
    assert!(report.matches("</header>").count() == 1);
    report.replacen("</header>", &format!("</header>{ACTIVE}"), 1)
}

#[test]
#[ignore = "needs a browser: .ci/run installs it"]
fn a_report_full_of_payloads_runs_and_loads_nothing() {
    let page = report();
    assert!(page.contains("HOST/") && page.contains("owned"), "no payload is left in the page");
    let title = page.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
    let opened = open(&page);
    assert!(title.starts_with("Offboarding drill: "), "{title:.80}");
    assert!(opened.title().starts_with("Offboarding drill: "), "{:.80}", opened.title());
    assert_eq!(opened.asked, BTreeSet::new());
    assert!(!opened.dom.contains("data-owned"));
    // Its own style is not refused either: the policy names its digest.
    assert!(!opened.console.contains("Content Security Policy"), "{}", opened.console);
}

#[test]
#[ignore = "needs a browser: .ci/run installs it"]
fn the_policy_holds_where_escaping_would_have_failed() {
    let opened = open(&pierced());
    assert!(opened.title().starts_with("Offboarding drill: "), "{:.80}", opened.title());
    assert_eq!(opened.asked, BTreeSet::new());
    assert!(!opened.dom.contains("data-owned="), "a handler ran");
    assert!(opened.dom.contains("document.title='owned by a script'"), "it was never in the page");
    assert!(opened.console.contains("Content Security Policy"), "{}", opened.console);
}

#[test]
#[ignore = "needs a browser: .ci/run installs it"]
fn without_the_policy_the_same_page_runs_and_loads_everything() {
    let page = pierced();
    let opened = open(&page.replace(policy(&page), ""));
    assert!(opened.title().starts_with("owned by a "), "{:.80}", opened.title());
    assert!(opened.dom.contains("data-owned="), "no handler ran");
    for path in ASKED {
        assert!(opened.asked.contains(path), "{path} was not asked for: {:?}", opened.asked);
    }
}
