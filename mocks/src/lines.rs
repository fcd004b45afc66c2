//! The socket in front of a platform that speaks lines and no HTTP.
//!
//! A line is a request like any other: its word is the method, the line itself the body, and the header
//! `x-connection` tells connections apart; a connection begins with the method `OPEN`. What the platform answers is
//! written as it is. So faults, log and panics are those of every platform; what a fault makes of an answer that is
//! no whole line any more ends the connection, as does the header `x-mock: close`.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};

use crate::Now;
use crate::http::{Request, Response};
use crate::links::Links;

/// A longer line ends the connection.
const LONGEST: u64 = 16 * 1024;

/// A server that is listening. It ends with its connections when it is dropped.
pub(crate) struct Server {
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The scheme of a server that speaks lines, which its variable ends with; none for one of the web.
pub(crate) fn scheme(variable: &str) -> Option<&'static str> {
    match variable.rsplit_once('_')?.1 {
        "IMAP" => Some("imap"),
        "SMTP" => Some("smtp"),
        _ => None,
    }
}

/// Takes a socket somebody has bound, or else a free loopback port; gives it with its address.
pub(crate) fn listen(
    socket: Option<TcpListener>,
    scheme: &str,
) -> std::io::Result<(TcpListener, String)> {
    let socket = match socket {
        Some(socket) => socket,
        None => TcpListener::bind("127.0.0.1:0")?,
    };
    socket.set_nonblocking(true)?;
    let address = format!("{scheme}://{}", socket.local_addr()?);
    Ok((socket, address))
}

/// Puts a platform behind a socket.
pub(crate) fn serve(
    socket: TcpListener,
    name: &'static str,
    platform: &'static str,
    links: Arc<Links>,
    now: Now,
) -> std::io::Result<Server> {
    let socket = tokio::net::TcpListener::from_std(socket)?;
    let task = tokio::spawn(async move {
        // They end with the task.
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = socket.accept().await {
            let talk = Talk { name, platform, links: Arc::clone(&links), now: Arc::clone(&now) };
            connections.spawn(async move {
                // A connection that breaks is the other side's business.
                let _ = talk.go_on(stream).await;
            });
            while connections.try_join_next().is_some() {}
        }
    });
    Ok(Server { task })
}

/// Numbers connections across all servers of all estates; nobody sees them.
static CONNECTIONS: AtomicU64 = AtomicU64::new(0);

struct Talk {
    name: &'static str,
    platform: &'static str,
    links: Arc<Links>,
    now: Now,
}

impl Talk {
    async fn go_on(&self, stream: TcpStream) -> std::io::Result<()> {
        let connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed).to_string();
        let mut stream = BufReader::new(stream);
        let mut said = Some(self.answer("OPEN", &connection, Vec::new()));
        while let Some(answer) = said.take() {
            stream.write_all(&answer.body).await?;
            let whole = answer.body.is_empty() || answer.body.ends_with(b"\r\n");
            let closes =
                answer.headers.iter().any(|(name, value)| name == "x-mock" && value != "quiet");
            let silent = answer.body.is_empty() && !is_quiet(&answer);
            if !whole || closes || silent {
                break;
            }
            let mut line = Vec::new();
            (&mut stream).take(LONGEST).read_until(b'\n', &mut line).await?;
            if line.ends_with(b"\n") {
                said = Some(self.answer(&word(&line), &connection, line));
            }
        }
        self.answer("GONE", &connection, Vec::new());
        stream.into_inner().shutdown().await
    }

    fn answer(&self, method: &str, connection: &str, line: Vec<u8>) -> Response {
        let request = Request {
            server: self.name,
            method: method.to_owned(),
            path: "/".to_owned(),
            headers: vec![("x-connection".to_owned(), connection.to_owned())],
            body: line,
            ..Request::default()
        };
        let now = (self.now)();
        let answer = self.links.with(self.platform, now, |cell| cell.answer(&request, now));
        answer.unwrap_or_else(|| Response::empty(501))
    }
}

/// Whether the platform means to say nothing, and to hear more.
fn is_quiet(answer: &Response) -> bool {
    answer.headers.iter().any(|(name, value)| name == "x-mock" && value == "quiet")
}

/// The word that says what a line is about: its first, or its second where a tag comes before it. What people type
/// into logins stays out of the log.
fn word(line: &[u8]) -> String {
    const KNOWN: [&str; 15] = [
        "CAPABILITY",
        "LOGIN",
        "AUTHENTICATE",
        "STATUS",
        "IDLE",
        "DONE",
        "NOOP",
        "LOGOUT",
        "EHLO",
        "AUTH",
        "MAIL",
        "RCPT",
        "RSET",
        "DATA",
        "QUIT",
    ];
    let text = String::from_utf8_lossy(line).to_uppercase();
    let found = text.split_whitespace().take(2).find(|word| KNOWN.contains(word));
    found.unwrap_or("LINE").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_logged_by_its_word_alone() {
        assert_eq!(word(b"d1 LOGIN support hush\r\n"), "LOGIN");
        assert_eq!(word(b"MAIL FROM:<a@b>\r\n"), "MAIL");
        assert_eq!(word(b"aHVzaA==\r\n"), "LINE");
    }

    #[test]
    fn servers_of_lines_are_known_by_their_variables() {
        assert_eq!(scheme("MAILBOX_IMAP"), Some("imap"));
        assert_eq!(scheme("OKTA_URL"), None);
    }
}
