//! One request on a connection on which TLS stands, and every way in which it can break.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::AlertDescription;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::platform::answer::{Answer, Body};
use crate::probe::http::{LARGEST_BODY, Outgoing};
use crate::probe::talk::doubt;
use crate::verdict::{Doubt, DoubtReason};

/// Until an answer has been read to its end.
const ANSWER: Duration = Duration::from_secs(20);

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Broken {
    /// The server ended it by an alert.
    Alert(AlertDescription),
    /// Something else, which says nothing about any credential.
    Otherwise(Doubt),
}

impl Broken {
    /// Looks for an alert in an error, however deep it lies.
    pub(super) fn of(error: &(dyn Error + 'static), otherwise: DoubtReason) -> Self {
        let mut deepest = error;
        let mut cause = Some(error);
        while let Some(current) = cause {
            match rustls_error(current) {
                Some(rustls::Error::AlertReceived(alert)) => return Self::Alert(*alert),
                Some(other) => {
                    return Self::Otherwise(doubt(DoubtReason::Tls, other.to_string()));
                }
                None => deepest = current,
            }
            cause = current.source();
        }
        Self::Otherwise(doubt(otherwise, deepest.to_string()))
    }
}

/// An error of TLS, which an I/O error hides from `source`.
fn rustls_error<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(found) = cause.downcast_ref::<rustls::Error>() {
        return Some(found);
    }
    let wrapped = cause.downcast_ref::<io::Error>()?.get_ref()?;
    rustls_error(wrapped)
}

/// A connection that takes requests.
pub(super) struct Line(SendRequest<Full<Bytes>>);

/// Begins to speak HTTP.
pub(super) async fn hello(stream: TlsStream<TcpStream>) -> Result<Line, Broken> {
    let (sender, connection) = handshake(TokioIo::new(Patient(stream)))
        .await
        .map_err(|error| Broken::of(&error, DoubtReason::Connection))?;
    // It ends with the connection; what it ends with, the request in flight is told too.
    tokio::spawn(connection);
    Ok(Line(sender))
}

impl Line {
    /// Whether another request can be sent on it, or will be.
    pub(super) async fn is_open(&mut self, within: Duration) -> bool {
        timeout(within, self.0.ready()).await.is_ok_and(|ready| ready.is_ok())
    }

    /// Sends a request and reads the answer to its end.
    pub(super) async fn ask(
        &mut self,
        outgoing: Outgoing,
        user_agent: &str,
    ) -> Result<Answer, Broken> {
        let request = request(outgoing, user_agent)
            .map_err(|why| Broken::Otherwise(doubt(DoubtReason::FlowBroken, why)))?;
        let late = |_| Broken::Otherwise(doubt(DoubtReason::Timeout, "no answer in time"));
        timeout(ANSWER, self.exchange(request)).await.unwrap_or_else(|error| Err(late(error)))
    }

    async fn exchange(&mut self, request: hyper::Request<Full<Bytes>>) -> Result<Answer, Broken> {
        let broken = |error: hyper::Error| {
            let unreadable = error.is_parse() || error.is_user();
            let reason = if unreadable { DoubtReason::Unparsable } else { DoubtReason::Connection };
            Broken::of(&error, reason)
        };
        self.0.ready().await.map_err(broken)?;
        let response = self.0.send_request(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let mut incoming = response.into_body();
        let mut body = Vec::new();
        while let Some(frame) = incoming.frame().await {
            if let Ok(data) = frame.map_err(broken)?.into_data() {
                body.extend_from_slice(&data);
            }
            if body.len() > LARGEST_BODY {
                return Ok(Answer { status, headers, body: Body::TooLarge });
            }
        }
        Ok(Answer::new(status, headers, &body))
    }
}

fn request(
    outgoing: Outgoing,
    user_agent: &str,
) -> Result<hyper::Request<Full<Bytes>>, &'static str> {
    let url = &outgoing.url;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = hyper::Request::builder()
        .method(outgoing.method)
        .uri(target)
        .header("host", host)
        .header("user-agent", user_agent)
        // A cache in between must ask the platform, and nobody need decode what could be a bomb.
        .header("cache-control", "no-cache")
        .header("accept-encoding", "identity");
    for (name, value) in &outgoing.headers {
        request = request.header(name, value);
    }
    let mut text = String::new();
    if let Some((kind, body)) = outgoing.body {
        if !outgoing.headers.iter().any(|(name, _)| name == "content-type") {
            request = request.header("content-type", kind);
        }
        text = body;
    }
    request.body(Full::new(Bytes::from(text))).map_err(|_| "the request cannot be written down")
}

/// A server that refuses a certificate may say so and hang up while the request is still being written. What it said
/// is there to be read all the same: a failure to write is left to the reading side to explain.
struct Patient<S>(S);

impl<S> Patient<S> {
    fn overlooked(error: &io::Error) -> bool {
        let ended = [
            io::ErrorKind::BrokenPipe,
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::ConnectionAborted,
        ];
        ended.contains(&error.kind())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes).map(|written| match written {
            Err(error) if Self::overlooked(&error) => Ok(bytes.len()),
            other => other,
        })
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context).map(|flushed| match flushed {
            Err(error) if Self::overlooked(&error) => Ok(()),
            other => other,
        })
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
