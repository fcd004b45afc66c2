//! Against a server in this process whose settings can change under way, as a reload changes them.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams,
    SerialNumber, date_time_ymd,
};
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, PrivatePkcs8KeyDer,
};
use rustls::server::{
    NoServerSessionStorage, ProducesTickets, ServerSessionMemoryCache, StoresServerSessions,
    WebPkiClientVerifier,
};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::platform::answer::Body;
use crate::probe::build::{Filling, build};
use crate::probe::talk::Open;
use crate::probe::wallet::Values;

/// Not on this machine, so asked through a proxy if there is one.
const NAME: &str = "gateway.example.com";

const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

/// An authority, and what it issued.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, name: &str, serial: u64, last_year: i32) -> Shown {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(SerialNumber::from(serial));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Shown { certificate: Secret::new(certificate.pem()), key: Secret::new(key.serialize_pem()) }
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        Arc::new(roots)
    }

    fn revoke(&self, serial: u64) -> CertificateRevocationListDer<'static> {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: date_time_ymd(2026, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(2099, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.0).unwrap().der().clone()
    }
}

/// How the server is set up now.
struct Setup {
    authority: Authority,
    version: &'static SupportedProtocolVersion,
    own: (Vec<CertificateDer<'static>>, Vec<u8>),
    memory: Arc<dyn StoresServerSessions>,
    ticketer: Option<Arc<dyn ProducesTickets>>,
    tickets: usize,
}

impl Setup {
    fn new(version: &'static SupportedProtocolVersion) -> Self {
        let authority = Authority::new();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned(), NAME.to_owned()]).unwrap();
        let own = params.signed_by(&key, &authority.0).unwrap();
        Self {
            version,
            own: (vec![own.der().clone()], key.serialize_der()),
            memory: ServerSessionMemoryCache::new(64),
            ticketer: Some(rustls::crypto::ring::Ticketer::new().unwrap()),
            tickets: 2,
            authority,
        }
    }

    /// The configuration that asks for certificates, but for those revoked; or that asks for none.
    fn config(&self, asks: bool, revoked: &[u64]) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[self.version])
            .unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(self.authority.roots(), provider)
            .with_crls(revoked.iter().map(|serial| self.authority.revoke(*serial)))
            .allow_unknown_revocation_status();
        let builder = match asks {
            true => builder.with_client_cert_verifier(clients.build().unwrap()),
            false => builder.with_no_client_auth(),
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.own.1.clone()));
        let mut config = builder.with_single_cert(self.own.0.clone(), key).unwrap();
        config.session_storage = self.memory.clone();
        if let Some(ticketer) = &self.ticketer {
            config.ticketer = ticketer.clone();
        }
        config.send_tls13_tickets = self.tickets;
        Arc::new(config)
    }
}

/// A server, and what it noted of each connection: whether it was resumed, and whose certificate it has.
struct Server {
    port: u16,
    config: Arc<Mutex<Arc<ServerConfig>>>,
    notes: Arc<Mutex<Vec<String>>>,
    head: &'static str,
    stops: Arc<tokio::sync::Notify>,
}

impl Server {
    async fn start(config: Arc<ServerConfig>) -> Self {
        Self::answering(config, "content-type: application/json").await
    }

    async fn answering(config: Arc<ServerConfig>, head: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            config: Arc::new(Mutex::new(config)),
            notes: Arc::default(),
            head,
            stops: Arc::default(),
        };
        let (config, notes) = (server.config.clone(), server.notes.clone());
        let stops = server.stops.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let config = config.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let (notes, stops) = (notes.clone(), stops.clone());
                tokio::spawn(async move {
                    let serving = serve(stream, config, notes, head);
                    tokio::select! { _ = serving => {}, () = stops.notified() => {} }
                });
            }
        });
        server
    }

    fn now(&self, config: Arc<ServerConfig>) {
        *self.config.lock().unwrap() = config;
    }

    fn notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().unwrap())
    }

    fn values(&self, shown: &Shown) -> Values {
        let mut values = Values::default();
        values.set("base_url", format!("https://127.0.0.1:{}", self.port));
        values.set_secret("certificate", shown.certificate.clone());
        values.set_secret("key", shown.key.clone());
        values
    }

    fn outgoing(&self, shown: &Shown) -> Outgoing {
        let values = self.values(shown);
        let filling = Filling { values: &values, default_auth: None, strip_auth: false };
        build(&request(), filling, Timestamp::UNIX_EPOCH).unwrap()
    }
}

async fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    notes: Arc<Mutex<Vec<String>>>,
    head: &str,
) {
    let Ok(mut stream) = TlsAcceptor::from(config).accept(stream).await else { return };
    let (kind, whose) = {
        let session = stream.get_ref().1;
        let certificate = session.peer_certificates().map(|chain| chain[0].to_vec());
        let whose = certificate.map_or("nobody", |der| {
            let named = |name: &str| der.windows(name.len()).any(|part| part == name.as_bytes());
            ["maya", "sam", "never issued"].into_iter().find(|name| named(name)).unwrap_or("?")
        });
        (session.handshake_kind(), whose)
    };
    notes.lock().unwrap().push(format!("{kind:?} {whose}"));
    let mut asked = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        asked.push(byte);
        if asked.ends_with(b"\r\n\r\n") {
            asked.clear();
            let body = format!("{{\"user\":\"{whose}\"}}");
            let answer = format!(
                "HTTP/1.1 200 OK\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            if stream.write_all(answer.as_bytes()).await.is_err() || head.contains("close") {
                let _ = stream.shutdown().await;
                return;
            }
            let _ = stream.flush().await;
        }
    }
}

fn request() -> Request {
    let auth = "{mtls: {certificate: '{{ certificate }}', key: '{{ key }}'}}";
    serde_saphyr::from_str(&format!("{{get: /me, auth: {auth}}}")).unwrap()
}

fn mutual(authority: &Authority) -> Mutual {
    let roots = vec![authority.0.der().clone()];
    Mutual::new(Wire::new(vec!["127.0.0.1".to_owned()], roots, false), "doornail/test".to_owned())
}

async fn sent(mutual: &Mutual, server: &Server, shown: &Shown) -> Result<String, DoubtReason> {
    let mut outgoing = server.outgoing(shown);
    let shown = outgoing.shows.take().unwrap();
    said(mutual.send(outgoing, &shown).await)
}

fn said(answer: Result<Answer, Doubt>) -> Result<String, DoubtReason> {
    let answer = answer.map_err(|doubt| doubt.reason)?;
    match answer.body {
        Body::Json(body) => Ok(body.to_string()),
        Body::Empty
        | Body::Xml(_)
        | Body::Html(_)
        | Body::Text(_)
        | Body::TooLarge
        | Body::Unreadable(_) => panic!("{answer:?}"),
    }
}

async fn opened(mutual: &Mutual, server: &Server, shown: &Shown, keeps: Keeps) -> SignedIn {
    let mut outgoing = server.outgoing(shown);
    let shown = outgoing.shows.take().unwrap();
    mutual.open(&request(), outgoing, &shown, keeps).await
}

async fn again(open: &mut Box<dyn Open>, values: &Values) -> Result<String, DoubtReason> {
    said(open.again(values).await)
}

fn alert(name: &str) -> Result<String, DoubtReason> {
    Ok(format!("{{\"alert\":\"{name}\"}}"))
}

fn user(name: &str) -> Result<String, DoubtReason> {
    Ok(format!("{{\"user\":\"{name}\"}}"))
}

fn refused() -> Result<String, DoubtReason> {
    Ok("{\"resumed\":false}".to_owned())
}

#[tokio::test]
async fn every_use_is_a_full_handshake_in_which_the_certificate_is_shown() {
    for version in VERSIONS {
        let setup = Setup::new(version);
        let server = Server::start(setup.config(true, &[])).await;
        let mutual = mutual(&setup.authority);
        let maya = setup.authority.issue("maya", 7, 2099);
        for _ in 0..2 {
            assert_eq!(sent(&mutual, &server, &maya).await, user("maya"));
        }
        assert_eq!(server.notes(), ["Some(Full) maya", "Some(Full) maya"]);
    }
}

#[tokio::test]
async fn a_refusal_is_told_by_its_alert() {
    for version in VERSIONS {
        let setup = Setup::new(version);
        let server = Server::start(setup.config(true, &[7])).await;
        let mutual = mutual(&setup.authority);
        let issue = |name, serial, until| setup.authority.issue(name, serial, until);
        // In TLS 1.3 it comes after the handshake, while the request is being written.
        for _ in 0..20 {
            let revoked = sent(&mutual, &server, &issue("maya", 7, 2099)).await;
            assert_eq!(revoked, alert("certificate_revoked"));
        }
        let expired = sent(&mutual, &server, &issue("maya", 8, 2021)).await;
        assert_eq!(expired, alert("certificate_expired"));
        let made_up = sent(&mutual, &server, never_issued().unwrap()).await;
        assert_eq!(made_up, alert("unknown_ca"));
        assert_eq!(sent(&mutual, &server, &issue("sam", 9, 2099)).await, user("sam"));
    }
}

#[tokio::test]
async fn a_server_that_asks_for_no_certificate_says_nothing_about_it() {
    for version in VERSIONS {
        let setup = Setup::new(version);
        let server = Server::start(setup.config(false, &[])).await;
        let maya = setup.authority.issue("maya", 7, 2099);
        let answer = sent(&mutual(&setup.authority), &server, &maya).await;
        assert_eq!(answer, Err(DoubtReason::Policy));
    }
}

#[tokio::test]
async fn an_alert_before_anything_was_shown_is_nobodys_refusal() {
    let setup = Setup::new(VERSIONS[1]);
    let maya = setup.authority.issue("maya", 7, 2099);
    for code in [49, 44, 40] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut server = Server::start(setup.config(true, &[])).await;
        server.port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 64];
            let _ = stream.read(&mut hello).await;
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, code]).await;
        });
        let answer = sent(&mutual(&setup.authority), &server, &maya).await;
        assert_eq!(answer, Err(DoubtReason::Tls), "{code}");
    }
}

#[tokio::test]
async fn a_server_of_another_authority_is_shown_nothing() {
    for version in VERSIONS {
        let setup = Setup::new(version);
        let server = Server::start(setup.config(true, &[])).await;
        let maya = setup.authority.issue("maya", 7, 2099);
        let answer = sent(&mutual(&Authority::new()), &server, &maya).await;
        assert_eq!(answer, Err(DoubtReason::Tls));
        assert_eq!(server.notes(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_session_outlives_its_certificate_until_its_tickets_are_refused() {
    for version in VERSIONS {
        let mut setup = Setup::new(version);
        let server = Server::start(setup.config(true, &[])).await;
        let mutual = mutual(&setup.authority);
        let maya = setup.authority.issue("maya", 7, 2099);
        let values = server.values(&maya);
        let signed_in = opened(&mutual, &server, &maya, Keeps::Session).await;
        assert_eq!(said(signed_in.answer), user("maya"));
        let mut open = signed_in.open.unwrap();
        assert!(server.notes().iter().all(|note| note == "Some(Full) maya"));

        server.now(setup.config(true, &[7]));
        assert_eq!(sent(&mutual, &server, &maya).await, alert("certificate_revoked"));
        for _ in 0..10 {
            assert_eq!(again(&mut open, &values).await, user("maya"), "{version:?}");
        }
        assert!(server.notes().iter().all(|note| note == "Some(Resumed) maya"));

        setup.ticketer = Some(rustls::crypto::ring::Ticketer::new().unwrap());
        setup.memory = ServerSessionMemoryCache::new(64);
        server.now(setup.config(true, &[7]));
        for _ in 0..40 {
            assert_eq!(again(&mut open, &values).await, refused(), "{version:?}");
        }
        // It never comes back with the certificate instead, not even where that would be let in.
        server.now(setup.config(true, &[]));
        assert_eq!(again(&mut open, &values).await, refused());
        assert_eq!(server.notes(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_a_stranger_is_given_is_no_session_of_the_certificate() {
    for version in VERSIONS {
        let mut setup = Setup::new(version);
        let server = Server::start(setup.config(true, &[])).await;
        let maya = setup.authority.issue("maya", 7, 2099);
        let values = server.values(&maya);
        let signed_in = opened(&mutual(&setup.authority), &server, &maya, Keeps::Session).await;
        let mut open = signed_in.open.unwrap();
        server.notes();
        // With new keys, nobody is asked for a certificate any more, and everybody is given tickets.
        setup.ticketer = Some(rustls::crypto::ring::Ticketer::new().unwrap());
        setup.memory = ServerSessionMemoryCache::new(64);
        server.now(setup.config(false, &[]));
        for _ in 0..8 {
            assert_eq!(again(&mut open, &values).await, refused(), "{version:?}");
        }
        assert!(server.notes().iter().all(|note| note == "Some(Full) nobody"));
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_has_refused_no_session() {
    let setup = Setup::new(VERSIONS[1]);
    let server = Server::start(setup.config(true, &[])).await;
    let maya = setup.authority.issue("maya", 7, 2099);
    let signed_in = opened(&mutual(&setup.authority), &server, &maya, Keeps::Session).await;
    let mut open = signed_in.open.unwrap();
    let mut values = server.values(&maya);
    let other = Setup::new(VERSIONS[1]);
    server.now(other.config(true, &[]));
    assert_eq!(again(&mut open, &values).await, Err(DoubtReason::Tls));
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    values.set("base_url", format!("https://127.0.0.1:{free}"));
    assert_eq!(again(&mut open, &values).await, Err(DoubtReason::FlowBroken));
}

#[tokio::test]
async fn a_server_that_gives_no_session_leaves_none() {
    for version in VERSIONS {
        let mut setup = Setup::new(version);
        setup.memory = Arc::new(NoServerSessionStorage {});
        (setup.ticketer, setup.tickets) = (None, 0);
        let server = Server::start(setup.config(true, &[])).await;
        let maya = setup.authority.issue("maya", 7, 2099);
        let signed_in = opened(&mutual(&setup.authority), &server, &maya, Keeps::Session).await;
        assert_eq!(said(signed_in.answer), user("maya"));
        assert!(signed_in.open.is_none(), "{version:?}");
    }
}

#[tokio::test]
async fn a_connection_outlives_its_certificate_until_it_is_closed() {
    for version in VERSIONS {
        let setup = Setup::new(version);
        let server = Server::start(setup.config(true, &[])).await;
        let mutual = mutual(&setup.authority);
        let maya = setup.authority.issue("maya", 7, 2099);
        let values = server.values(&maya);
        let signed_in = opened(&mutual, &server, &maya, Keeps::Connection).await;
        let mut open = signed_in.open.unwrap();
        server.now(setup.config(true, &[7]));
        assert_eq!(again(&mut open, &values).await, user("maya"));
        assert_eq!(server.notes(), ["Some(Full) maya"]);
        server.stops.notify_waiters();
        for _ in 0..2 {
            assert_eq!(again(&mut open, &values).await, Ok("{\"closed\":true}".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closes_after_each_answer_is_none_to_keep() {
    let setup = Setup::new(VERSIONS[1]);
    let head = "content-type: application/json\r\nconnection: close";
    let server = Server::answering(setup.config(true, &[]), head).await;
    let maya = setup.authority.issue("maya", 7, 2099);
    let signed_in = opened(&mutual(&setup.authority), &server, &maya, Keeps::Connection).await;
    assert_eq!(said(signed_in.answer), user("maya"));
    assert!(signed_in.open.is_none());
    assert!(server.head.contains("close"));
}

/// A proxy that leads everybody to one port, if at all, and what it was asked.
async fn proxy(to: Option<u16>) -> (url::Url, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            noted.lock().unwrap().push(String::from_utf8(head).unwrap());
            let Some(port) = to else {
                let _ = client.write_all(b"HTTP/1.1 407 No\r\n\r\n").await;
                continue;
            };
            client.write_all(b"HTTP/1.1 200 OK\r\nvia: proxy\r\n\r\n").await.unwrap();
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (address.parse().unwrap(), asked)
}

#[tokio::test]
async fn a_proxy_leads_to_the_server_and_sees_nothing_of_the_certificate() {
    let setup = Setup::new(VERSIONS[1]);
    let server = Server::start(setup.config(true, &[])).await;
    let maya = setup.authority.issue("maya", 7, 2099);
    let through = |proxy| {
        let roots = vec![setup.authority.0.der().clone()];
        let wire = Wire::new(vec![NAME.to_owned()], roots, false).through(Some(proxy));
        Mutual::new(wire, "doornail/test".to_owned())
    };
    let outgoing = || {
        let mut outgoing = server.outgoing(&maya);
        outgoing.url = format!("https://{NAME}/me").parse().unwrap();
        outgoing
    };
    let (address, asked) = proxy(Some(server.port)).await;
    let answer = through(address).send(outgoing(), &maya).await;
    assert_eq!(said(answer), user("maya"));
    let head = format!("CONNECT {NAME}:443 HTTP/1.1\r\nhost: {NAME}:443\r\n\r\n");
    assert_eq!(*asked.lock().unwrap(), [head]);
    let (refuses, _) = proxy(None).await;
    let answer = through(refuses).send(outgoing(), &maya).await;
    assert_eq!(said(answer), Err(DoubtReason::Connection));
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_without_quoting_it() {
    let authority = Authority::new();
    let (maya, sam) = (authority.issue("maya", 7, 2099), authority.issue("sam", 8, 2099));
    let why = |certificate: &Secret, key: &Secret| {
        let shown = Shown { certificate: certificate.clone(), key: key.clone() };
        Shows::read(&shown).unwrap_err().detail
    };
    let hush = Secret::new("hush-hush");
    assert_eq!(why(&hush, &maya.key), "the client certificate is not PEM");
    assert!(why(&maya.certificate, &hush).starts_with("the key of the client certificate is not"));
    assert_eq!(why(&maya.certificate, &sam.key), "the key is not that of the client certificate");
}
