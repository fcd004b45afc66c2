//! A server of one account whose answers a test sets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{Certificate, PrivateKey, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Response, Session,
    VerifiedPublicKey, run_stream,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, MethodKind, MethodSet};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// How it behaves.
#[derive(Clone, Debug)]
pub(super) struct Mood {
    pub(super) listed: Vec<PublicKey>,
    pub(super) authority: Option<PublicKey>,
    pub(super) password: String,
    /// By prompts instead of by the password method.
    pub(super) prompts: Option<Vec<bool>>,
    pub(super) needs_more: bool,
    pub(super) open_to_all: bool,
    /// It closes the connection in the place of an answer, or of a session.
    pub(super) hangs_up: bool,
    pub(super) hangs_up_later: bool,
    pub(super) banner: Option<String>,
    pub(super) exit: Option<u32>,
    pub(super) says: String,
    pub(super) silent: bool,
    pub(super) forwards: bool,
    pub(super) files: bool,
}

impl Default for Mood {
    fn default() -> Self {
        Self {
            listed: vec![key(1).public_key().clone()],
            authority: None,
            password: "hush".to_owned(),
            prompts: None,
            needs_more: false,
            open_to_all: false,
            hangs_up: false,
            hangs_up_later: false,
            banner: None,
            exit: Some(0),
            says: String::new(),
            silent: false,
            forwards: true,
            files: true,
        }
    }
}

pub(super) fn key(number: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[number; 32]))
}

pub(super) struct Server {
    pub(super) port: u16,
    pub(super) mood: Arc<Mutex<Mood>>,
    pub(super) asked: Arc<AtomicUsize>,
    running: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Server {
    pub(super) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, running) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let server = Self { port, mood: Arc::new(Mutex::new(mood)), asked, running };
        let config = Arc::new(Config {
            keys: vec![key(99)],
            auth_rejection_time: std::time::Duration::ZERO,
            ..Config::default()
        });
        let (mood, asked) = (server.mood.clone(), server.asked.clone());
        let running = server.running.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let account = Account { mood: mood.clone(), asked: asked.clone() };
                let config = config.clone();
                let task = tokio::spawn(async move {
                    if let Ok(session) = run_stream(config, stream, account).await {
                        let _ = Cut(session).await;
                    }
                });
                running.lock().unwrap().push(task.abort_handle());
            }
        });
        server
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut Mood)) {
        change(&mut self.mood.lock().unwrap());
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

struct Cut(russh::server::RunningSession<Account>);

impl Future for Cut {
    type Output = Result<(), russh::Error>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(cx)
    }
}

struct Account {
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
}

impl Account {
    fn mood(&self) -> Mood {
        self.mood.lock().unwrap().clone()
    }

    fn judge(&self, good: bool) -> Result<Auth, russh::Error> {
        let mood = self.mood();
        if mood.hangs_up {
            return Err(russh::Error::Disconnect);
        }
        Ok(match (good, mood.needs_more) {
            (true, false) => Auth::Accept,
            (true, true) => Auth::Reject {
                proceed_with_methods: Some(MethodSet::from(
                    [MethodKind::KeyboardInteractive].as_slice(),
                )),
                partial_success: true,
            },
            (false, _) => refuse(&mood),
        })
    }
}

/// The library's server would leave a method that was refused out of the list.
fn refuse(mood: &Mood) -> Auth {
    let kinds: &[MethodKind] = match mood.prompts {
        Some(_) => &[MethodKind::PublicKey, MethodKind::KeyboardInteractive],
        None => &[MethodKind::PublicKey, MethodKind::Password],
    };
    Auth::Reject { proceed_with_methods: Some(MethodSet::from(kinds)), partial_success: false }
}

impl Handler for Account {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        Ok(self.mood().banner)
    }

    async fn auth_none(&mut self, _: &str) -> Result<Auth, Self::Error> {
        let mood = self.mood();
        if mood.open_to_all {
            return Ok(Auth::Accept);
        }
        Ok(refuse(&mood))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.judge(user == "maya" && password == self.mood().password)
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let mood = self.mood();
        let Some(response) = response else {
            let prompts = mood.prompts.unwrap_or_default();
            let prompts = prompts.into_iter().map(|echo| ("Password: ".into(), echo)).collect();
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts });
        };
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answers: Vec<_> = response.collect();
        self.judge(answers == [mood.password.as_bytes()])
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mood = self.mood();
        // A certificate's key is judged with its certificate.
        let known = mood.listed.iter().any(|key| key.key_data() == offer.public_key.key_data());
        let auth = self.judge(user == "maya" && (known || mood.authority.is_some()))?;
        // That more is needed is told once it was signed.
        let is_partial = matches!(auth, Auth::Reject { partial_success: true, .. });
        Ok(if is_partial { Auth::Accept } else { auth })
    }

    async fn auth_publickey(
        &mut self,
        _: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        let mood = self.mood();
        self.judge(mood.listed.iter().any(|known| known.key_data() == key.public_key.key_data()))
    }

    async fn auth_openssh_certificate(
        &mut self,
        _: &str,
        certificate: &Certificate,
    ) -> Result<Auth, Self::Error> {
        let authority = self.mood().authority;
        self.judge(authority.is_some_and(|key| key.key_data() == certificate.signature_key()))
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.mood().hangs_up_later {
            return Err(russh::Error::Disconnect);
        }
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.mood().forwards {
            reply.accept().await;
        } else {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
        }
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let mood = self.mood();
        session.channel_success(channel)?;
        if mood.silent {
            return Ok(());
        }
        session.data(channel, mood.says.into_bytes())?;
        if let Some(exit) = mood.exit {
            session.exit_status_request(channel, exit)?;
        }
        session.close(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if name == "sftp" && self.mood().files {
            session.channel_success(channel)
        } else {
            session.channel_failure(channel)
        }
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.data(channel, vec![0, 0, 0, 5, 2, 0, 0, 0, 3])
    }
}
