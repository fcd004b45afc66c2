//! The socket in front of the server, which speaks SSH: what is asked over it becomes requests, so that faults, log
//! and panics are those of every platform. What a fault makes of an answer closes the connection.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::Certificate;
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
    run_stream,
};
use russh::{Channel, ChannelId, Error, MethodKind, MethodSet};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};

use super::seed::{host_key, line};
use crate::Now;
use crate::http::Request;
use crate::links::Links;

/// What the server of the file protocol answers to a greeting: its version.
const VERSION: [u8; 9] = [0, 0, 0, 5, 2, 0, 0, 0, 3];

const METHODS: [MethodKind; 2] = [MethodKind::PublicKey, MethodKind::Password];

/// A server that is listening. It ends with its connections when it is dropped.
pub(crate) struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Answers on a socket until the task is ended.
pub(crate) fn serve(
    socket: TcpListener,
    name: &'static str,
    platform: &'static str,
    links: Arc<Links>,
    now: Now,
) -> std::io::Result<Server> {
    let socket = tokio::net::TcpListener::from_std(socket)?;
    let config = Arc::new(Config {
        keys: vec![host_key()],
        methods: MethodSet::from(METHODS.as_slice()),
        auth_rejection_time: Duration::ZERO,
        inactivity_timeout: None,
        ..Config::default()
    });
    Ok(Server(tokio::spawn(async move {
        // They end with the task.
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = socket.accept().await {
            let talk = Talk {
                name,
                platform,
                links: Arc::clone(&links),
                now: Arc::clone(&now),
                session: None,
            };
            let config = Arc::clone(&config);
            connections.spawn(async move {
                // A broken server does not even say who it is.
                if talk.ask("OPEN", "/open", &json!({})).is_ok_and(|(status, _)| status == 200)
                    && let Ok(session) = run_stream(config, stream, talk).await
                {
                    // A connection that breaks is the other side's business.
                    let _ = session.await;
                }
            });
            while connections.try_join_next().is_some() {}
        }
    })))
}

/// One connection.
struct Talk {
    name: &'static str,
    platform: &'static str,
    links: Arc<Links>,
    now: Now,
    session: Option<String>,
}

impl Talk {
    /// Asks the platform; an answer that is no answer of it closes the connection.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<(u16, Value), Error> {
        let request = Request {
            server: self.name,
            method: method.to_owned(),
            path: path.to_owned(),
            body: body.to_string().into_bytes(),
            ..Request::default()
        };
        let now = (self.now)();
        let answer = self.links.with(self.platform, now, |cell| cell.answer(&request, now));
        let answer = answer.ok_or(Error::Disconnect)?;
        let body = serde_json::from_slice(&answer.body).map_err(|_| Error::Disconnect)?;
        Ok((answer.status, body))
    }

    fn sign_in(&mut self, body: &Value) -> Result<Auth, Error> {
        match self.ask("AUTH", "/auth", body)? {
            (200, said) => {
                let session = said["session"].as_str().ok_or(Error::Disconnect)?;
                self.session = Some(session.to_owned());
                Ok(Auth::Accept)
            }
            (401, said) if said["refused"] == true => Ok(refuse()),
            // An expired account is told so before the connection is closed; here it is closed and nothing told.
            _ => Err(Error::Disconnect),
        }
    }

    fn use_channel(&self, what: &str) -> Result<Value, Error> {
        let path = format!("/channel/{what}");
        match self.ask("CHANNEL", &path, &json!({"session": self.session}))? {
            (200, said) => Ok(said),
            _ => Err(Error::Disconnect),
        }
    }
}

/// Says every time what can be tried: the library leaves out what was refused.
fn refuse() -> Auth {
    let methods = MethodSet::from(METHODS.as_slice());
    Auth::Reject { proceed_with_methods: Some(methods), partial_success: false }
}

impl Handler for Talk {
    type Error = Error;

    async fn auth_none(&mut self, _: &str) -> Result<Auth, Error> {
        Ok(refuse())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Error> {
        self.sign_in(&json!({"user": user, "password": password}))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Error> {
        // Of a certificate only its key is seen here; it is judged when it is signed with.
        let asked = json!({"user": user, "key": line(offer.public_key)});
        match self.ask("OFFER", "/offer", &asked)? {
            (200, said) if said["listed"] == true => Ok(Auth::Accept),
            (401, said) if said["refused"] == true => Ok(refuse()),
            _ => Err(Error::Disconnect),
        }
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Error> {
        self.sign_in(&json!({"user": user, "key": line(key.public_key)}))
    }

    async fn auth_openssh_certificate(
        &mut self,
        user: &str,
        certificate: &Certificate,
    ) -> Result<Auth, Error> {
        let key = line(&certificate.public_key().clone().into());
        self.sign_in(&json!({"user": user, "key": key, "serial": certificate.serial()}))
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Error> {
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
    ) -> Result<(), Error> {
        self.use_channel("tunnel")?;
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), Error> {
        let said = self.use_channel("command")?;
        let exit = said["exit"].as_u64().and_then(|exit| u32::try_from(exit).ok());
        let exit = exit.ok_or(Error::Disconnect)?;
        session.channel_success(channel)?;
        session.data(channel, said["says"].as_str().unwrap_or_default().as_bytes().to_vec())?;
        session.exit_status_request(channel, exit)?;
        session.close(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Error> {
        if name != "sftp" {
            return session.channel_failure(channel);
        }
        self.use_channel("files")?;
        session.channel_success(channel)
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), Error> {
        session.data(channel, VERSION.to_vec())
    }
}
