//! A server that speaks HTTP/2, for a while or badly.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Response};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

use super::case::Certificate;
use super::tls::acceptor;

type Body = Vec<u8>;

/// How a server behaves on HTTP/2.
#[derive(Clone, Debug)]
pub(super) enum Manner {
    /// Answers in good order.
    Answers(u16, &'static str),
    /// Resets the stream in place of an answer.
    ResetsStream(u32),
    /// Resets it after half the body.
    ResetsInBody(u16, &'static str),
    /// Asks to stop sending after a whole answer, which is not an error (RFC 9113 section 8.1).
    ResetsAfterAnswer(u16, &'static str),
    /// Ends the connection in place of an answer.
    GoesAway(u32),
    /// Goes away in good order, and answers what it took on.
    AnswersThenGoesAway(u16, &'static str),
    /// Announces more than it sends.
    FallsShort(u16, &'static str),
    /// Sends a body without end.
    Endless,
    /// Headers larger than anybody takes.
    HugeHeader,
    /// The refusal stands in the trailers.
    Trailers(u16, &'static str),
    /// Takes the request and says nothing.
    Silent,
    /// Agrees on HTTP/2 and then speaks HTTP/1.1.
    SpeaksOtherwise,
    /// Sends interim answers first.
    EarlyHints(u16, &'static str),
}

/// A running server; it ends when dropped.
pub(super) struct Http2Server {
    pub(super) address: SocketAddr,
    pub(super) sent: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Http2Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) async fn serve(manner: Manner) -> Http2Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = acceptor(Certificate::Good, &[b"h2"]);
    let sent = Arc::new(AtomicU64::new(0));
    let counter = sent.clone();
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((socket, _)) = listener.accept().await {
            let (tls, manner, counter) = (tls.clone(), manner.clone(), counter.clone());
            connections.spawn(async move {
                let Ok(stream) = tls.accept(socket).await else { return };
                // A client that went away is part of the game.
                let talk = talk(stream, manner, counter);
                let _ = tokio::time::timeout(Duration::from_secs(20), talk).await;
            });
        }
    });
    Http2Server { address, sent, task }
}

async fn talk(
    mut stream: TlsStream<TcpStream>,
    manner: Manner,
    sent: Arc<AtomicU64>,
) -> Result<(), h2::Error> {
    if let Manner::SpeaksOtherwise = manner {
        let answer =
            b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 25\r\n\r\n{\"error\":\"invalid_token\"}";
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
        return Ok(());
    }
    let mut connection =
        h2::server::Builder::new().handshake::<_, std::io::Cursor<Body>>(stream).await?;
    let mut answers = tokio::task::JoinSet::new();
    while let Some(request) = connection.accept().await {
        let (request, respond) = request?;
        match &manner {
            Manner::GoesAway(reason) => {
                connection.abrupt_shutdown(Reason::from(*reason));
                answers.spawn(hold(request.into_body(), respond));
            }
            Manner::AnswersThenGoesAway(..) => {
                connection.graceful_shutdown();
                answers.spawn(answer(manner.clone(), respond, sent.clone()));
            }
            Manner::Answers(..)
            | Manner::ResetsStream(_)
            | Manner::ResetsInBody(..)
            | Manner::ResetsAfterAnswer(..)
            | Manner::FallsShort(..)
            | Manner::Endless
            | Manner::HugeHeader
            | Manner::Trailers(..)
            | Manner::Silent
            | Manner::SpeaksOtherwise
            | Manner::EarlyHints(..) => {
                answers.spawn(answer(manner.clone(), respond, sent.clone()));
            }
        }
    }
    while answers.join_next().await.is_some() {}
    Ok(())
}

async fn hold(_body: RecvStream, _respond: SendResponse<std::io::Cursor<Body>>) {
    std::future::pending::<()>().await;
}

fn response(status: u16, headers: &[(&str, String)]) -> Response<()> {
    let mut response =
        Response::builder().status(status).header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(()).unwrap()
}

async fn answer(
    manner: Manner,
    mut respond: SendResponse<std::io::Cursor<Body>>,
    sent: Arc<AtomicU64>,
) {
    // The client may be gone at any point; that is judged by what it says, not here.
    let _ = carry_out(manner, &mut respond, &sent).await;
}

async fn carry_out(
    manner: Manner,
    respond: &mut SendResponse<std::io::Cursor<Body>>,
    sent: &AtomicU64,
) -> Result<(), h2::Error> {
    let cursor = |text: &str| std::io::Cursor::new(text.as_bytes().to_vec());
    match manner {
        Manner::Answers(status, body) | Manner::AnswersThenGoesAway(status, body) => {
            respond.send_response(response(status, &[]), false)?.send_data(cursor(body), true)?;
        }
        Manner::EarlyHints(status, body) => {
            for _ in 0..3 {
                respond.send_informational(Response::builder().status(103).body(()).unwrap())?;
            }
            respond.send_response(response(status, &[]), false)?.send_data(cursor(body), true)?;
        }
        Manner::ResetsStream(reason) => respond.send_reset(Reason::from(reason)),
        Manner::ResetsInBody(status, body) => {
            let mut stream = respond.send_response(response(status, &[]), false)?;
            stream.send_data(cursor(&body[..body.len() / 2]), false)?;
            flushed(&mut stream).await;
            stream.send_reset(Reason::INTERNAL_ERROR);
        }
        Manner::ResetsAfterAnswer(status, body) => {
            let mut stream = respond.send_response(response(status, &[]), false)?;
            stream.send_data(cursor(body), true)?;
            flushed(&mut stream).await;
            stream.send_reset(Reason::NO_ERROR);
        }
        Manner::FallsShort(status, body) => {
            let length = [("content-length", (body.len() + 10).to_string())];
            let mut stream = respond.send_response(response(status, &length), false)?;
            stream.send_data(cursor(body), true)?;
        }
        Manner::Endless => {
            let mut stream = respond.send_response(response(401, &[]), false)?;
            loop {
                stream.reserve_capacity(16 * 1024);
                let Some(room) =
                    std::future::poll_fn(|context| stream.poll_capacity(context)).await
                else {
                    return Ok(());
                };
                let room = room?;
                sent.fetch_add(room as u64, Ordering::SeqCst);
                stream.send_data(std::io::Cursor::new(vec![b' '; room]), false)?;
            }
        }
        Manner::HugeHeader => {
            let huge = [("x-huge", "h".repeat(60_000)), ("x-more", "h".repeat(60_000))];
            respond
                .send_response(response(401, &huge), false)?
                .send_data(cursor(super::say::REFUSED), true)?;
        }
        Manner::Trailers(status, body) => {
            let mut stream = respond.send_response(response(status, &[]), false)?;
            stream.send_data(cursor(body), false)?;
            let mut trailers = HeaderMap::new();
            trailers.insert("www-authenticate", "Bearer error=\"invalid_token\"".parse().unwrap());
            stream.send_trailers(trailers)?;
        }
        Manner::Silent => std::future::pending().await,
        Manner::GoesAway(_) | Manner::SpeaksOtherwise => {}
    }
    Ok(())
}

/// Lets what was queued go out before what comes next.
async fn flushed(stream: &mut SendStream<std::io::Cursor<Body>>) {
    stream.reserve_capacity(1);
    let _ = std::future::poll_fn(|context| stream.poll_capacity(context)).await;
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}
