//! The socket in front of a platform: wiremock with one catch-all handler.
//!
//! wiremock answers unmatched requests with an empty 404, which looks like "token gone"; so every
//! request matches, and an unknown route is a 501 that no rule may read. wiremock keeps each matched
//! request (about 5 KB) until the server stops, which bounds a long watch by memory: 10,000 requests
//! are 50 MB. The log kept here is bounded and holds neither headers nor bodies.

use std::collections::VecDeque;
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use wiremock::{Mock, MockServer, Respond, ResponseTemplate, matchers};

use crate::Now;
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::links::Links;
use crate::platforms::Platform;
use crate::times;

const LOG: usize = 10_000;

/// One request a mock has served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The method, in upper case.
    pub method: String,
    /// Path and query as they came.
    pub target: String,
    /// The status answered.
    pub status: u16,
}

/// A platform with its fault and its log.
pub(crate) struct Cell {
    platform: Box<dyn Platform>,
    fault: Option<Fault>,
    broken_from: SystemTime,
    served: VecDeque<Served>,
}

impl Cell {
    pub(crate) fn new(platform: Box<dyn Platform>) -> Self {
        Self { platform, fault: None, broken_from: SystemTime::UNIX_EPOCH, served: VecDeque::new() }
    }

    pub(crate) fn platform(&mut self) -> &mut dyn Platform {
        &mut *self.platform
    }

    pub(crate) fn set_fault(&mut self, fault: Option<Fault>, now: SystemTime, from: SystemTime) {
        self.fault = fault;
        self.broken_from = from;
        self.platform.kernel().set_fault(fault);
        if fault == Some(Fault::ExtraToken) {
            self.platform.plant(now);
        }
    }

    pub(crate) fn served(&self) -> Vec<Served> {
        self.served.iter().cloned().collect()
    }

    /// Answers a request, through the fault and into the log.
    pub(crate) fn answer(&mut self, request: &Request, now: SystemTime) -> Response {
        // A panic must not take the server's only thread with it: the drill would see a time-out.
        let attempt = catch_unwind(AssertUnwindSafe(|| self.through_fault(request, now)));
        let answer =
            attempt.unwrap_or_else(|_| Response::empty(500).with("x-mock", "handler-panicked"));
        self.log(request, answer.status);
        answer
    }

    fn through_fault(&mut self, request: &Request, now: SystemTime) -> Response {
        let fault = self.fault.filter(|_| now >= self.broken_from);
        let dead = || self.platform.dead(request);
        if let Some(answer) = fault.and_then(|fault| fault.instead(request, dead)) {
            return answer;
        }
        let wrong = fault.and_then(|fault| fault.clock(now));
        let answer = self.platform.handle(request, wrong.unwrap_or(now));
        let mut answer = answer.unwrap_or_else(|| Response::empty(501).with("x-mock", "no-route"));
        if let Some(wrong) = wrong {
            answer = answer.with("Date", &times::http_date(wrong));
        }
        fault.map_or(answer.clone(), |fault| fault.damage(answer))
    }

    /// Does what a human does in the console, by the platform's own clock.
    pub(crate) fn by_hand(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        let fault = self.fault.filter(|_| now >= self.broken_from);
        let wrong = fault.and_then(|fault| fault.clock(now));
        self.platform.by_hand(action, object, wrong.unwrap_or(now))
    }

    fn log(&mut self, request: &Request, status: u16) {
        let mut target = request.path.clone();
        if !request.query_text.is_empty() {
            target.push('?');
            target.push_str(&request.query_text);
        }
        self.note(Served { method: request.method.clone(), target, status });
    }

    /// Keeps what was served, here or by a link between platforms.
    pub(crate) fn note(&mut self, served: Served) {
        if self.served.len() == LOG {
            self.served.pop_front();
        }
        self.served.push_back(served);
    }
}

/// Takes the lock also after a panic: the state of a mock stays readable for the post-mortem.
pub(crate) fn lock(cell: &Mutex<Cell>) -> MutexGuard<'_, Cell> {
    cell.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a server that nothing answers yet, on a socket somebody has bound or else on a free loopback port.
pub(crate) async fn listen(socket: Option<TcpListener>) -> MockServer {
    // Never `MockServer::start`: it is pooled and reuses ports, so a late probe of one estate could
    // reach another.
    let server = MockServer::builder().disable_request_recording();
    match socket {
        Some(socket) => server.listener(socket),
        None => server,
    }
    .start()
    .await
}

/// Puts a platform behind a server.
pub(crate) async fn serve(
    server: &MockServer,
    name: &'static str,
    platform: &'static str,
    links: Arc<Links>,
    now: Now,
) {
    let socket = Socket { name, base: server.uri(), platform, links, now };
    Mock::given(matchers::any()).respond_with(socket).mount(server).await;
}

struct Socket {
    name: &'static str,
    base: String,
    platform: &'static str,
    links: Arc<Links>,
    now: Now,
}

impl Respond for Socket {
    fn respond(&self, incoming: &wiremock::Request) -> ResponseTemplate {
        let header = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = incoming.headers.iter();
        let request = Request {
            server: self.name,
            base: self.base.clone(),
            method: incoming.method.to_string(),
            path: incoming.url.path().to_owned(),
            query_text: incoming.url.query().unwrap_or_default().to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_string(), header(value.as_bytes())))
                .collect(),
            body: incoming.body.clone(),
        };
        let now = (self.now)();
        let answer = self.links.with(self.platform, now, |cell| cell.answer(&request, now));
        template(answer.unwrap_or_else(|| Response::empty(501).with("x-mock", "no-platform")))
    }
}

fn template(answer: Response) -> ResponseTemplate {
    let mut template = ResponseTemplate::new(answer.status);
    let mut mime = String::new();
    for (name, value) in answer.headers {
        if name.eq_ignore_ascii_case("content-type") {
            mime = value;
        } else {
            template = template.append_header(name, value);
        }
    }
    if mime.is_empty() { template } else { template.set_body_raw(answer.body, &mime) }
}
