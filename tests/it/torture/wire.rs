//! A server that does to a connection whatever a case says, byte by byte. It knows HTTP only as far as needed to
//! see where a request ends, and shares nothing with the mocks.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// More than any client should take in; an endless body that gets so far is a failure by itself.
const FAR_TOO_MUCH: u64 = 256 * 1024 * 1024;
/// No connection is held longer, whatever the client does.
const LONGEST_HOLD: Duration = Duration::from_secs(20);

/// One thing a server does on a connection.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends them one by one, so far apart.
    Drip(Vec<u8>, Duration),
    /// Sends them again and again while anybody takes them.
    Endless(Vec<u8>),
    /// Does nothing for a while.
    Pause(Duration),
    /// Says nothing more, and keeps the connection.
    Hold,
    /// Ends its own side in good order, and keeps the other open.
    HalfClose,
    /// Ends the connection in good order (with a close-notify on TLS).
    Close,
    /// Drops the connection; on TLS without a close-notify.
    Cut,
    /// Resets the connection.
    Reset,
}

/// When a reply begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Begin {
    /// Once the request is read to its end.
    #[default]
    WhenAsked,
    /// As soon as any byte of it has come.
    AtFirstByte,
    /// As soon as the connection stands.
    AtOnce,
}

/// What is answered to one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Reply {
    pub(super) begin: Begin,
    pub(super) deeds: Vec<Deed>,
}

impl Reply {
    /// Everything it sends at once, as bytes.
    pub(super) fn deeds_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for deed in &self.deeds {
            if let Deed::Send(some) = deed {
                bytes.extend_from_slice(some);
            }
        }
        bytes
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Request line and headers.
    pub(super) head: String,
    pub(super) body: String,
    /// Which request on that connection, counted from 0.
    pub(super) on_connection: usize,
    /// Which request of all, counted from 0.
    pub(super) number: usize,
}

impl Asked {
    /// A header's value; names as they were sent.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(super) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

/// Gives the reply to each request; `None` stands for a connection before its first request.
pub(super) type Answers = Arc<dyn Fn(Option<&Asked>) -> Reply + Send + Sync>;

/// A running server; it ends when dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) log: Arc<Log>,
    task: tokio::task::JoinHandle<()>,
}

/// What the server saw and sent.
#[derive(Default)]
pub(super) struct Log {
    asked: Mutex<Vec<Asked>>,
    sent: AtomicU64,
}

impl Log {
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes that the client's side has accepted, its kernel's buffers included.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves on a loopback address, in the clear or over TLS.
pub(super) async fn serve(at: &str, tls: Option<TlsAcceptor>, answers: Answers) -> Server {
    let listener = TcpListener::bind(at).await.unwrap();
    let address = listener.local_addr().unwrap();
    let log = Arc::new(Log::default());
    let (seen, connections) = (log.clone(), tokio::task::JoinSet::new());
    let task = tokio::spawn(accept(listener, tls, answers, seen, connections));
    Server { address, log, task }
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    answers: Answers,
    log: Arc<Log>,
    mut connections: tokio::task::JoinSet<()>,
) {
    while let Ok((socket, _)) = listener.accept().await {
        let (tls, answers, log) = (tls.clone(), answers.clone(), log.clone());
        connections.spawn(async move {
            let stream = match tls {
                None => Stream::Plain(socket),
                Some(acceptor) => match acceptor.accept(socket).await {
                    Ok(stream) => Stream::Tls(Box::new(stream)),
                    Err(_) => return,
                },
            };
            let peer = Peer { stream, log };
            // A client that went away is part of the game.
            let _ = tokio::time::timeout(LONGEST_HOLD, peer.talk(answers)).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

struct Peer {
    stream: Stream,
    log: Arc<Log>,
}

/// Whether a connection goes on.
#[derive(PartialEq, Eq)]
enum Then {
    NextRequest,
    Over,
}

impl Peer {
    async fn talk(mut self, answers: Answers) -> io::Result<()> {
        let first = answers(None);
        if first.begin == Begin::AtFirstByte {
            self.read(&mut [0]).await?;
        }
        if first.begin != Begin::WhenAsked && self.carry_out(&first).await? == Then::Over {
            return Ok(());
        }
        let mut on_connection = 0;
        while let Some((head, body)) = self.read_request().await? {
            let asked = {
                let mut all = self.log.asked.lock().unwrap_or_else(PoisonError::into_inner);
                let number = all.len();
                let asked = Asked { head, body, on_connection, number };
                all.push(asked.clone());
                asked
            };
            on_connection += 1;
            let reply = answers(Some(&asked));
            if self.carry_out(&reply).await? == Then::Over {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn carry_out(&mut self, reply: &Reply) -> io::Result<Then> {
        for deed in &reply.deeds {
            match deed {
                Deed::Send(bytes) => self.send(bytes).await?,
                Deed::Drip(bytes, apart) => {
                    for byte in bytes {
                        self.send(&[*byte]).await?;
                        tokio::time::sleep(*apart).await;
                    }
                }
                Deed::Endless(bytes) => {
                    while self.log.sent() < FAR_TOO_MUCH {
                        self.send(bytes).await?;
                    }
                }
                Deed::Pause(length) => tokio::time::sleep(*length).await,
                Deed::Hold => {
                    while self.read(&mut [0; 1024]).await? > 0 {}
                    return Ok(Then::Over);
                }
                Deed::HalfClose => {
                    self.shut_down().await?;
                    while self.read(&mut [0; 1024]).await? > 0 {}
                    return Ok(Then::Over);
                }
                Deed::Close => {
                    self.shut_down().await?;
                    return Ok(Then::Over);
                }
                Deed::Cut => return Ok(Then::Over),
                Deed::Reset => {
                    self.socket().set_zero_linger()?;
                    return Ok(Then::Over);
                }
            }
        }
        Ok(Then::NextRequest)
    }

    async fn read_request(&mut self) -> io::Result<Option<(String, String)>> {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
            if let Some(end) = end {
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length")
                        .then(|| value.trim().parse().ok())?
                });
                if bytes.len() - end >= length.unwrap_or(0usize) {
                    let body = String::from_utf8_lossy(&bytes[end..]).into_owned();
                    return Ok(Some((head, body)));
                }
            }
            match self.read(&mut chunk).await? {
                0 => return Ok(None),
                count => bytes.extend_from_slice(&chunk[..count]),
            }
        }
    }

    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.read(into).await,
            Stream::Tls(stream) => stream.read(into).await,
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes).await?,
            Stream::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await?;
            }
        }
        self.log.sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        Ok(())
    }

    async fn shut_down(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.shutdown().await,
            Stream::Tls(stream) => stream.shutdown().await,
        }
    }

    fn socket(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref().0,
        }
    }
}
