//! The product's own prober, set up against one server of a case: real descriptions, real HTTP.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use doornail::clock::{Clock, WallClock};
use doornail::id::{CredentialId, EnvironmentId, KindId, PlatformId, SupplierId};
use doornail::journal::event::Role;
use doornail::platform::Catalogue;
use doornail::platform::schema::{Description, Kind};
use doornail::probe::http::{Connection, Deadlines, Http};
use doornail::probe::{Held, HttpProber, Identity, Observation, Prober as _, Site, Stage};
use doornail::probe::{Values, Variant, Wallet};
use doornail::secret::{FingerprintKey, Scrubber, Secret};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::case::{Case, Certificate, Over, Resolves};
use super::wire::{self, Answers, Asked, Begin};
use super::{http2, tls};

/// Slower answers than this are none: short, since the cases wait for it.
pub(super) const PATIENCE: Duration = Duration::from_millis(1500);

/// What came of one case.
pub(super) struct Played {
    pub(super) seen: Vec<Observation>,
    pub(super) asked: Vec<Asked>,
    pub(super) sent: u64,
}

/// The built-in descriptions and the torture platform's.
pub(super) fn catalogue() -> Arc<Catalogue> {
    static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
    let load = || {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("desk.yaml"), include_str!("desk.yaml")).unwrap();
        let catalogue = Catalogue::built_in().and_then(|all| all.add_user_folder(folder.path()));
        Arc::new(catalogue.unwrap_or_else(|problems| panic!("{problems}")))
    };
    CATALOGUE.get_or_init(load).clone()
}

/// The client of the cases: as the program makes it, but for an authority, a resolver and shorter deadlines.
pub(super) fn client(resolver: Option<Arc<dyn Resolve>>, answer: Duration) -> reqwest::Client {
    let mut connection = Connection::new("doornail/torture");
    connection.extra_roots.push(tls::root());
    connection.resolver = resolver;
    connection.deadlines = Deadlines { connect: answer, answer };
    connection.client().unwrap()
}

/// The stage on which a platform stands at `base`.
pub(super) fn stage(description: &Description, base: &str) -> Stage {
    let given: BTreeMap<String, String> = description
        .parameters
        .iter()
        .filter_map(|(name, parameter)| {
            let is_address = name.ends_with("url") || name == "issuer";
            match (is_address, &parameter.default) {
                (true, _) => Some((name.clone(), base.to_owned())),
                (false, None) => Some((name.clone(), "x".to_owned())),
                (false, Some(_)) => None,
            }
        })
        .collect();
    let mut site = Site::new(description, Some(base.to_owned()), &given).unwrap();
    let mut admin = Values::default();
    for name in ["token", "client_id", "client_secret"] {
        admin.set_secret(format!("admin.{name}"), Secret::new(format!("adm1n-{name}-value")));
    }
    site.admins.insert(Identity::Observe, admin);
    Stage {
        environment: EnvironmentId::new("torture"),
        mocked: false,
        platforms: [(description.platform.clone(), site)].into(),
        permits: doornail::probe::Permits::default(),
        allow_hosts: ["127.0.0.1", "[::1]", "desk.example", "localhost"].map(Into::into).into(),
        by_hand: None,
    }
}

/// A credential of a kind, with made-up values that the cases know.
pub(super) fn held(id: &str, platform: &str, kind_id: &str, kind: &Kind, channel: &str) -> Held {
    let mut values = Values::default();
    values.set("principal.id", "u-1");
    values.set("principal.login", "maya@acme.example");
    values.set("email", "maya@acme.example");
    values.set("login", "maya@acme.example");
    values.set("colleague", "ours@example.com");
    values.set("client_id", "c-1");
    values.set("grant.client_id", "c-1");
    values.set("bot_id", "B1");
    values.set("redirect_uri", "https://rp.example/cb");
    for (name, field) in &kind.fields {
        if values.get(name).is_none() {
            let known = field.default.as_ref().filter(|default| default.is_literal());
            values.set(name.clone(), known.map_or("x".to_owned(), ToString::to_string));
        }
    }
    for field in &kind.secret {
        let value = match field.as_str() {
            "path" => "/services/T0000000000/B0000000000/s3cretpath".to_owned(),
            other => format!("s3cret-{other}-of-{id}"),
        };
        values.set_secret(field.clone(), Secret::new(value));
    }
    Held {
        id: CredentialId::new(id),
        role: Role::Suspect,
        supplier: SupplierId::new("acme"),
        platform: PlatformId::new(platform),
        kind: KindId::new(kind_id),
        principal: None,
        authority: "ours".into(),
        channels: vec![channel.into()],
        values,
        accepted: None,
        root: CredentialId::new(id),
    }
}

/// Plays a case: its server, and one probe after another.
pub(super) async fn play(case: &Case, shared: &reqwest::Client) -> Played {
    let replies = case.replies.clone();
    let early = replies.first().filter(|reply| reply.begin != Begin::WhenAsked).cloned();
    let answers: Answers = Arc::new(move |asked| match asked {
        None => early.clone().unwrap_or_default(),
        Some(asked) => replies[asked.number.min(replies.len() - 1)].clone(),
    });
    let (at, tls, answers) = match &case.over {
        Over::Http2(manner) => {
            let server = http2::serve(manner.clone()).await;
            let seen = probe(case, shared.clone(), &format!("https://{}", server.address)).await;
            let sent = server.sent.load(Ordering::SeqCst);
            return Played { seen, asked: Vec::new(), sent };
        }
        Over::Plain | Over::Nobody | Over::Forbidden(_) => ("127.0.0.1:0", None, answers),
        Over::PlainV6 => ("[::1]:0", None, answers),
        Over::Tls(certificate) => {
            ("127.0.0.1:0", Some(tls::acceptor(*certificate, &[b"http/1.1"])), answers)
        }
        Over::Name(_) => {
            ("127.0.0.1:0", Some(tls::acceptor(Certificate::Good, &[b"http/1.1"])), answers)
        }
        Over::Handshake(handshake) => {
            let reply = tls::instead(*handshake);
            let answers: Answers = Arc::new(move |_| reply.clone());
            ("127.0.0.1:0", None, answers)
        }
    };
    let server = wire::serve(at, tls, answers).await;
    let (address, log) = (server.address, server.log.clone());
    let mut client = shared.clone();
    let base = match &case.over {
        Over::Plain | Over::PlainV6 => format!("http://{address}"),
        Over::Tls(_) | Over::Handshake(_) | Over::Http2(_) => format!("https://{address}"),
        Over::Nobody => {
            drop(server);
            while tokio::net::TcpStream::connect(address).await.is_ok() {
                tokio::task::yield_now().await;
            }
            let seen = probe(case, client, &format!("http://{address}")).await;
            return Played { seen, asked: Vec::new(), sent: 0 };
        }
        Over::Name(resolves) => {
            client = self::client(Some(Arc::new(Resolver(*resolves, address))), PATIENCE);
            format!("https://desk.example:{}", address.port())
        }
        Over::Forbidden(base) => base.replace("PORT", &address.port().to_string()),
    };
    let seen = probe(case, client, &base).await;
    Played { seen, asked: log.asked(), sent: log.sent() }
}

async fn probe(case: &Case, client: reqwest::Client, base: &str) -> Vec<Observation> {
    let [platform, kind_id, channel] = case.used;
    let catalogue = catalogue();
    let description = catalogue.get(&PlatformId::new(platform)).unwrap();
    let kind = &description.credentials[kind_id];
    let mut held = held("c", platform, kind_id, kind, channel);
    if let Some(token) = &case.token {
        held.values.set_secret("token", Secret::new(token.clone()));
    }
    let stage = Arc::new(stage(description, base));
    let wallet = Arc::new(Wallet::new(FingerprintKey::new(Secret::new("key")), Scrubber::new()));
    let _ = wallet.take_in(held.clone(), kind);
    let http = Arc::new(Http::new(client, stage.allow_hosts.clone()));
    let clock: Arc<dyn Clock> = WallClock::start(doornail::clock::Tempo::default());
    let prober = HttpProber::new(catalogue.clone(), stage, wallet, clock, http);
    let mut seen = Vec::new();
    for _ in &case.demands {
        seen.push(prober.probe(&held.id, &channel.into(), Variant::Genuine).await);
    }
    seen
}

struct Resolver(Resolves, SocketAddr);

impl Resolve for Resolver {
    fn resolve(&self, _: Name) -> Resolving {
        let Self(resolves, right) = *self;
        Box::pin(async move {
            let all: Vec<SocketAddr> = match resolves {
                Resolves::Nowhere => return Err("no such host".into()),
                Resolves::Broken => return Err("the resolver answers SERVFAIL".into()),
                Resolves::Empty => Vec::new(),
                Resolves::Never => std::future::pending().await,
                Resolves::Right => vec![right],
                Resolves::SecondWorks => {
                    // Nothing listens there: the port is the right one's, the address is not.
                    vec![(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9)), right.port()).into(), right]
                }
            };
            Ok(Box::new(all.into_iter()) as Addrs)
        })
    }
}
