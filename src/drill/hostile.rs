//! A platform that answers everything with a redirect to another host: whatever a description can send, the
//! other host is never asked, and what was answered proves nothing.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::clock::{Tempo, WallClock};
use crate::id::{CredentialId, EnvironmentId, PlatformId};
use crate::journal::event::Role;
use crate::platform::Catalogue;
use crate::platform::schema::{Description, Kind, Listing, Minting, Request};
use crate::probe::http::{Connection, Http};
use crate::probe::prober::Prober as _;
use crate::probe::wallet::Values;
use crate::probe::{Held, HttpProber, Identity, Permits, Site, Stage, Variant, Wallet};
use crate::secret::{FingerprintKey, Scrubber, Secret};
use crate::verdict::Verdict;

/// What every secret field holds, so that a log shows whether it was sent.
const PLANTED: &str = "planted-secret";

/// A host that writes down everything it is told, and answers each request the same.
struct Host {
    port: u16,
    told: Arc<Mutex<Vec<String>>>,
}

impl Host {
    fn answering(answer: impl Fn(usize) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = told.clone();
        thread::spawn(move || {
            for (number, mut stream) in listener.incoming().flatten().enumerate() {
                seen.lock().unwrap().push(heard(&stream));
                let _ = stream.write_all(answer(number).as_bytes());
            }
        });
        Self { port, told }
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

/// A whole request, head and body.
fn heard(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        text.push_str(&line);
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    text + &String::from_utf8_lossy(&body)
}

/// Both hosts: the second is what the first sends everybody to, under a name that is allowed as well.
fn hosts() -> (Host, Host) {
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let other = Host::answering(|_| ok.to_owned());
    let port = other.port;
    let hostile = Host::answering(move |number| {
        let status = [301, 302, 303, 307, 308][number % 5];
        let name = ["127.0.0.1", "localhost"][number % 2];
        format!(
            "HTTP/1.1 {status} Moved\r\nlocation: http://{name}:{port}/elsewhere?error=login_required&code=x\r\nset-cookie: \
             sid=theirs\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    });
    (hostile, other)
}

fn prober(catalogue: &Arc<Catalogue>, description: &Description, port: u16) -> HttpProber {
    let here = format!("http://127.0.0.1:{port}");
    let given = description.parameters.iter().filter_map(|(name, about)| {
        let value = match (name.ends_with("url"), &about.default) {
            (true, _) => here.clone(),
            (false, None) => "ours".to_owned(),
            (false, Some(_)) => return None,
        };
        Some((name.clone(), value))
    });
    let given: BTreeMap<String, String> = given.collect();
    let mut site = Site::new(description, Some(here.clone()), &given).unwrap();
    for identity in [Identity::Observe, Identity::Mint, Identity::Act] {
        let mut admin = Values::default();
        for field in description.admin.iter().flat_map(|admin| &admin.secret) {
            admin.set_secret(format!("admin.{field}"), Secret::new(PLANTED));
        }
        site.admins.insert(identity, admin);
    }
    let stage = Stage {
        environment: EnvironmentId::new("hostile"),
        mocked: false,
        platforms: BTreeMap::from([(description.platform.clone(), site)]),
        allow_hosts: vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
        permits: Permits::default(),
        by_hand: None,
    };
    let wallet = Wallet::new(FingerprintKey::new(Secret::new("key")), Scrubber::new());
    let client = Connection::new("doornail/test").client().unwrap();
    let http = Http::new(client, stage.allow_hosts.clone());
    let clock = WallClock::start(Tempo::default());
    HttpProber::new(catalogue.clone(), Arc::new(stage), Arc::new(wallet), clock, Arc::new(http))
}

/// The name of a placeholder that nothing fills.
fn unfilled(detail: &str) -> Option<String> {
    let (_, rest) = detail.split_once("placeholder {{ ")?;
    Some(rest.split_once(" }}")?.0.to_owned())
}

/// Everything that a description sends apart from its probes, by what it is for.
fn requests(description: &Description) -> Vec<(String, Request)> {
    let mut all: Vec<(String, Request)> = Vec::new();
    let mut add = |what: String, requests: &[Request]| {
        all.extend(requests.iter().map(|request| (what.clone(), request.clone())));
    };
    let mut listed = |what: &str, listing: Option<&Listing>, minting: Option<&Minting>| {
        let found = minting.and_then(|minting| minting.find.as_ref());
        for listing in listing.into_iter().chain(found) {
            add(format!("{what} list"), listing.request.as_slice());
        }
        if let Some(minting) = minting {
            add(format!("{what} mint"), &minting.flow);
            add(format!("{what} removal"), &minting.remove);
        }
    };
    for (name, kind) in &description.credentials {
        listed(name.as_str(), Some(&kind.list), Some(&kind.mint));
    }
    listed("principal", None, description.canaries.principal.as_ref());
    listed("grant", None, description.canaries.grant.as_ref());
    for (name, kind) in &description.credentials {
        for (channel, form) in &kind.probe {
            add(format!("{name}/{channel}"), form.requests());
            for reach in &form.reach {
                add(format!("{name}/{channel} reach"), std::slice::from_ref(&reach.request));
            }
            if let Some(readback) = &form.corroborate {
                add(format!("{name}/{channel} read-back"), readback.request.as_slice());
            }
        }
    }
    for (name, action) in &description.actions {
        add(name.to_string(), &action.flow);
    }
    if let Some(audit) = &description.audit {
        add("audit".to_owned(), audit.request.as_slice());
    }
    if let Some(tenant) = &description.tenant {
        add("tenant".to_owned(), &tenant.flow);
    }
    if let Some(admin) = &description.admin {
        add("sign-in".to_owned(), &admin.sign_in);
        add("who".to_owned(), &admin.who);
    }
    all
}

/// Every request as if it were the first: in a flow the redirect would hide those behind it.
async fn send_each(prober: &HttpProber, description: &Description, hostile: &Host) {
    let mut alone = description.clone();
    if let Some(admin) = &mut alone.admin {
        admin.sign_in.clear();
    }
    for (what, mut request) in requests(description) {
        // A form is sent only to the origin of the page that showed it, and a redirect shows none.
        if request.submits.is_some() {
            continue;
        }
        // What is signed is made up like all the rest, and nothing is waited for.
        request.sign.clear();
        request.poll = None;
        let mut values = Values::default();
        for _ in 0..40 {
            let before = hostile.told().len();
            let flow = std::slice::from_ref(&request);
            let end = prober.administrate(&alone, Identity::Act, flow, &values).await;
            match &end.answer {
                Ok(answer) => {
                    let place = format!("{} {what}", description.platform);
                    assert!((301..=308).contains(&answer.status), "{place}: {}", answer.status);
                    assert_eq!(hostile.told().len(), before + 1, "{place}");
                    break;
                }
                Err(doubt) => {
                    let name = unfilled(&doubt.detail)
                        .unwrap_or_else(|| panic!("{} {what}: {doubt:?}", description.platform));
                    values.set_secret(name, Secret::new(PLANTED));
                }
            }
        }
    }
}

fn held(platform: &PlatformId, kind: &str, form: &Kind) -> Held {
    let id = CredentialId::new(format!("the-{kind}"));
    let mut values = Values::default();
    for field in &form.secret {
        values.set_secret(field.clone(), Secret::new(PLANTED));
    }
    Held {
        id: id.clone(),
        role: Role::Suspect,
        supplier: "acme".into(),
        platform: platform.clone(),
        kind: kind.into(),
        principal: None,
        authority: "ours".to_owned(),
        channels: form.probe.keys().cloned().collect(),
        values,
        accepted: None,
        root: id,
    }
}

/// Every channel of every kind, as a drill would use it.
async fn probe_each(prober: &HttpProber, description: &Description, hostile: &Host) -> usize {
    let mut probed = 0;
    for (name, kind) in &description.credentials {
        let mut held = held(&description.platform, name.as_str(), kind);
        for (channel, form) in &kind.probe {
            // A key that is none signs nothing, so nothing is sent.
            if form.requests().iter().any(|request| !request.sign.is_empty()) {
                continue;
            }
            for _ in 0..40 {
                prober.wallet.take_in(held.clone(), kind);
                let before = hostile.told().len();
                let seen = prober.probe(&held.id, channel, Variant::Genuine).await;
                let place = format!("{} {name}/{channel}", description.platform);
                let Verdict::Inconclusive(doubt) = &seen.verdict else {
                    panic!("{place}: {:?} by a redirect to another host", seen.verdict);
                };
                match unfilled(&doubt.detail) {
                    Some(name) => held.values.set(name, "filled"),
                    None => {
                        assert!(hostile.told().len() > before, "{place}: {doubt:?}");
                        probed += 1;
                        break;
                    }
                }
            }
        }
    }
    probed
}

#[tokio::test]
async fn no_platform_can_send_anything_of_ours_to_another_host() {
    let catalogue = Arc::new(Catalogue::built_in().unwrap());
    let (mut platforms, mut probed) = (0, 0);
    // Where no HTTP is spoken nobody is sent elsewhere.
    let asked = catalogue.iter().filter(|description| !requests(description).is_empty());
    for description in asked {
        let (hostile, other) = hosts();
        let prober = prober(&catalogue, description, hostile.port);
        send_each(&prober, description, &hostile).await;
        probed += probe_each(&prober, description, &hostile).await;
        let told = hostile.told();
        let platform = &description.platform;
        assert!(told.iter().any(|text| text.contains(PLANTED)), "{platform}: nothing was at stake");
        // What it planted is not carried to the next request.
        assert!(!told.iter().any(|text| text.contains("sid=theirs")), "{platform}");
        assert_eq!(other.told(), Vec::<String>::new(), "{platform}");
        platforms += 1;
    }
    assert!(platforms >= 26 && probed > 80, "{probed} channels of {platforms} platforms");
}
