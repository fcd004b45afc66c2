//! One request over HTTP: no redirects, no cookie jar, a bounded body, a deadline, allowed hosts only.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::redirect::Policy;

use super::stage::allowed;
use crate::platform::answer::Answer;
use crate::verdict::{Doubt, DoubtReason};

/// Longer bodies are not read on: nothing a platform documents comes near.
const LARGEST_BODY: usize = 512 * 1024;
/// Longer than any documented propagation of an answer.
const DEADLINE: Duration = Duration::from_secs(20);
/// Every so many requests a connection is given up, so that a state tied to it cannot hide a death.
const FRESH_EVERY: u32 = 16;

/// A request ready to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: reqwest::Method,
    pub(crate) url: url::Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<(&'static str, String)>,
}

/// Sends requests. One for a whole run: building a client costs more than ten probes.
#[derive(Debug)]
pub struct Http {
    client: reqwest::Client,
    allow_hosts: Vec<String>,
    sent: AtomicU32,
}

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built")]
pub struct HttpError(#[source] reqwest::Error);

/// Builds the connection pool shared by all scenarios of a run.
///
/// # Errors
/// If the TLS configuration cannot be built.
pub fn client(user_agent: &str) -> Result<reqwest::Client, HttpError> {
    // A second installation is refused, which is as good: the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(user_agent)
        .redirect(Policy::none())
        .no_proxy()
        .timeout(DEADLINE)
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(5))
        .build()
        .map_err(HttpError)
}

impl Http {
    /// Sends through a client, to allowed hosts only.
    pub fn new(client: reqwest::Client, allow_hosts: Vec<String>) -> Self {
        Self { client, allow_hosts, sent: AtomicU32::new(0) }
    }

    /// Sends one request and reads its answer.
    pub(crate) async fn send(&self, outgoing: Outgoing) -> Result<Answer, Doubt> {
        let host = outgoing.url.host_str().unwrap_or_default().to_owned();
        let doubt = |reason, detail: String| Doubt { reason, detail };
        if !allowed(&self.allow_hosts, &host) {
            return Err(doubt(DoubtReason::HostNotAllowed, host));
        }
        if outgoing.url.scheme() != "https" && !is_loopback(&outgoing.url) {
            return Err(doubt(DoubtReason::HostNotAllowed, format!("{host} without TLS")));
        }
        let mut request = self.client.request(outgoing.method, outgoing.url);
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        if let Some((kind, body)) = outgoing.body {
            request = request.header("content-type", kind).body(body);
        }
        if self.sent.fetch_add(1, Ordering::Relaxed) % FRESH_EVERY == FRESH_EVERY - 1 {
            request = request.header("connection", "close");
        }
        let mut response = request.send().await.map_err(|error| of_error(&error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| of_error(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_BODY {
                return Ok(Answer {
                    status,
                    headers,
                    body: crate::platform::answer::Body::TooLarge,
                });
            }
        }
        Ok(Answer::new(status, headers, &body))
    }
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A network failure says nothing about a credential, but the reader wants to know which it was.
fn of_error(error: &reqwest::Error) -> Doubt {
    let mut causes = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(current) = cause {
        causes.push(current);
        cause = current.source();
    }
    let deepest = causes.last().map(ToString::to_string).unwrap_or_default();
    let is_tls = causes.iter().any(|cause| {
        cause.downcast_ref::<rustls::Error>().is_some()
            || cause
                .downcast_ref::<std::io::Error>()
                .and_then(std::io::Error::get_ref)
                .is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some())
    });
    let is_dns = causes.iter().any(|cause| cause.to_string().contains("dns error"));
    let reason = if error.is_timeout() {
        DoubtReason::Timeout
    } else if is_tls {
        DoubtReason::Tls
    } else if is_dns {
        DoubtReason::Dns
    } else {
        DoubtReason::Connection
    };
    // The address may hold a secret, and the deepest cause never repeats it.
    Doubt { reason, detail: deepest }
}
