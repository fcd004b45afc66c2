//! A host between doornail and a mock: writes down what is sent, passes it on, and can answer in the mock's
//! place.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

/// A request, the beginning of its answer, and when each passed.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) asked: Instant,
    pub(crate) request: String,
    pub(crate) answer: String,
}

pub(crate) struct Tap {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    answered: Arc<Mutex<Vec<Exchange>>>,
    yes: Arc<Mutex<String>>,
}

impl Tap {
    /// Before the host at this address.
    pub(crate) fn before(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, yes) = (Arc::new(Mutex::new(Vec::new())), Arc::default());
        let tap = Self { port, seen, answered: Arc::default(), yes };
        let (seen, yes, address) = (tap.seen.clone(), tap.yes.clone(), address.to_owned());
        let answered = tap.answered.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (seen, yes, address) = (seen.clone(), yes.clone(), address.clone());
                let answered = answered.clone();
                thread::spawn(move || pass(client, &address, (&seen, &answered), &yes));
            }
        });
        tap
    }

    /// Every piece that was sent, in order: a request, or a part of one.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Every request with its answer, and when that came, in order.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.answered.lock().unwrap().clone()
    }

    /// Requests that begin so are answered with 204 and go no further.
    pub(crate) fn say_yes_to(&self, beginning: &str) {
        beginning.clone_into(&mut self.yes.lock().unwrap());
    }
}

fn pass(
    mut client: TcpStream,
    address: &str,
    (seen, answered): (&Mutex<Vec<String>>, &Arc<Mutex<Vec<Exchange>>>),
    yes: &Mutex<String>,
) -> Option<()> {
    let mut host = TcpStream::connect(address).ok()?;
    let (mut back, mut from) = (client.try_clone().ok()?, host.try_clone().ok()?);
    let open: Arc<Mutex<Option<(Instant, String)>>> = Arc::default();
    let (asked, answered) = (open.clone(), answered.clone());
    thread::spawn(move || {
        let mut piece = [0; 65_536];
        while let Some(length) = from.read(&mut piece).ok().filter(|length| *length > 0) {
            let begun = asked.lock().unwrap().take();
            if let Some((asked, request)) = begun {
                let answer = String::from_utf8_lossy(&piece[..length]).into_owned();
                answered.lock().unwrap().push(Exchange { asked, request, answer });
            }
            if back.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut piece = [0; 65_536];
    loop {
        let length = client.read(&mut piece).ok().filter(|length| *length > 0);
        let Some(length) = length else {
            let _ = host.shutdown(Shutdown::Both);
            return None;
        };
        let text = String::from_utf8_lossy(&piece[..length]).into_owned();
        let answered = {
            let yes = yes.lock().unwrap();
            !yes.is_empty() && text.starts_with(yes.as_str())
        };
        {
            let mut open = open.lock().unwrap();
            let (asked, so_far) = open.take().unwrap_or_else(|| (Instant::now(), String::new()));
            *open = Some((asked, so_far + &text));
        }
        seen.lock().unwrap().push(text);
        match answered {
            true => client.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()?,
            false => host.write_all(&piece[..length]).ok()?,
        }
    }
}
