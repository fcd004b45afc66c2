//! One request over HTTP: no redirects, no cookie jar, a fresh connection, a bounded body, a deadline, allowed
//! hosts only.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{NoProxy, Proxy};

use super::stage::{Forbidden, permitted};
use super::talk::mtls::{Mutual, Shown};
use super::talk::{SignedIn, Wire};
use crate::platform::answer::Answer;
use crate::platform::schema::{Keeps, Request};
use crate::verdict::{Doubt, DoubtReason};

/// Longer bodies are not read on: nothing a platform documents comes near.
pub(crate) const LARGEST_BODY: usize = 512 * 1024;

/// A request ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: reqwest::Method,
    pub(crate) url: url::Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<(&'static str, String)>,
    /// The client certificate to be shown.
    pub(crate) shows: Option<Shown>,
}

impl Outgoing {
    pub(crate) fn header(&mut self, name: &str, value: String) {
        self.headers.push((name.to_ascii_lowercase(), value));
    }
}

/// Sends requests. One for a whole run: building a client costs more than ten probes.
#[derive(Debug)]
pub struct Http {
    client: reqwest::Client,
    allow_hosts: Vec<String>,
    mutual: Mutual,
}

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built")]
pub struct HttpError(#[source] reqwest::Error);

/// How connections are made. Whatever an operator may set about them belongs here.
#[derive(Clone)]
pub struct Connection {
    /// Sent with every request, so that a platform's log shows who probed.
    pub user_agent: String,
    /// Certification authorities trusted beside those of the system.
    pub extra_roots: Vec<reqwest::Certificate>,
    /// Tunnels every connection, but for those to loopback.
    pub proxy: Option<url::Url>,
    /// Resolves host names in the system's stead.
    pub resolver: Option<Arc<dyn reqwest::dns::Resolve>>,
    /// How long is waited.
    pub deadlines: Deadlines,
}

/// How long one request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Until the connection stands, TLS included.
    pub connect: Duration,
    /// From the beginning until the answer has been read to its end.
    pub answer: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        // Longer than any documented propagation of an answer.
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(20) }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({:?}, {:?})", self.user_agent, self.deadlines)
    }
}

impl Connection {
    /// The system's own authorities and resolver, and the usual deadlines.
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            extra_roots: Vec::new(),
            proxy: None,
            resolver: None,
            deadlines: Deadlines::default(),
        }
    }

    /// Builds the client shared by all scenarios of a run.
    ///
    /// # Errors
    /// If the TLS configuration cannot be built, or the proxy's address is none.
    pub fn client(self) -> Result<reqwest::Client, HttpError> {
        // A second installation is refused, which is as good: the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(self.user_agent)
            .redirect(Policy::none())
            // One probe is one request: a repetition nobody sees would escape the budgets and the journal.
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(self.deadlines.answer)
            .connect_timeout(self.deadlines.connect)
            // Each request has a connection of its own: a state tied to one, or the one replica it leads to,
            // must not answer for the next probe.
            .pool_max_idle_per_host(0)
            .tls_certs_merge(self.extra_roots);
        if let Some(proxy) = self.proxy {
            let own = NoProxy::from_string("localhost,127.0.0.0/8,::1");
            builder = builder.proxy(Proxy::all(proxy).map_err(HttpError)?.no_proxy(own));
        }
        if let Some(resolver) = self.resolver {
            builder = builder.dns_resolver(resolver);
        }
        builder.build().map_err(HttpError)
    }
}

impl Http {
    /// Sends through a client, to allowed hosts only.
    pub fn new(client: reqwest::Client, allow_hosts: Vec<String>) -> Self {
        let wire = Wire::new(allow_hosts.clone(), Vec::new(), false);
        Self { client, allow_hosts, mutual: Mutual::new(wire, String::new()) }
    }

    /// Shows client certificates on connections made this way, and under this name.
    #[must_use]
    pub fn with_certificates(mut self, wire: Wire, user_agent: String) -> Self {
        self.mutual = Mutual::new(wire, user_agent);
        self
    }

    /// Sends a request on which a certificate is shown, and keeps what can be used again.
    pub(crate) async fn open(
        &self,
        request: &Request,
        mut outgoing: Outgoing,
        keeps: Keeps,
    ) -> SignedIn {
        match outgoing.shows.take() {
            Some(shown) => self.mutual.open(request, outgoing, &shown, keeps).await,
            None => SignedIn { answer: self.send(outgoing).await, open: None },
        }
    }

    /// Sends one request and reads its answer.
    pub(crate) async fn send(&self, mut outgoing: Outgoing) -> Result<Answer, Doubt> {
        if let Some(shown) = outgoing.shows.take() {
            return self.mutual.send(outgoing, &shown).await;
        }
        permitted(&self.allow_hosts, &outgoing.url).map_err(|forbidden| Doubt {
            reason: DoubtReason::HostNotAllowed,
            detail: match forbidden {
                Forbidden::Host(host) => host,
                Forbidden::WithoutTls(host) => format!("{host} without TLS"),
                Forbidden::Password(host) => format!("{host} with a password in the address"),
            },
        })?;
        let asked = outgoing.url.clone();
        let mut request = self.client.request(outgoing.method, outgoing.url);
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        if let Some((kind, body)) = outgoing.body {
            // A description may name a type of its own.
            if !outgoing.headers.iter().any(|(name, _)| name == "content-type") {
                request = request.header("content-type", kind);
            }
            request = request.body(body);
        }
        // A cache in between must ask the platform, and nobody need decode what could be a bomb.
        request = request.header("cache-control", "no-cache").header("accept-encoding", "identity");
        let mut response = request.send().await.map_err(|error| of_error(&error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                match name.as_str() {
                    "location" => (name.as_str().to_owned(), whole_address(&asked, value)),
                    other => (other.to_owned(), value),
                }
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

/// A redirect to a path leads to the server that was asked (RFC 9110 section 10.2.2).
fn whole_address(asked: &url::Url, location: String) -> String {
    match url::Url::parse(&location) {
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            asked.join(&location).map_or(location, String::from)
        }
        Ok(_) | Err(_) => location,
    }
}

/// Errors of TLS come wrapped in I/O errors, which hide what they wrap from `source`.
fn speaks_of_tls(cause: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    cause.is::<rustls::Error>() || wrapped.is_some_and(|inner| speaks_of_tls(inner))
}

/// A network failure says nothing about a credential, but the reader wants to know which it was.
fn of_error(error: &reqwest::Error) -> Doubt {
    let mut causes = Vec::new();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        causes.push(current);
        cause = current.source();
    }
    let deepest = causes.last().map(ToString::to_string).unwrap_or_default();
    let is_tls = causes.iter().any(|cause| speaks_of_tls(*cause));
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
