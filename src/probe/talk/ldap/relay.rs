//! What stands between the server and the LDAP client: it counts what is said, lets through only what has the form of
//! a message, and hears the server's last words, which the client throws away.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

use crate::probe::talk::line::{Line, Meter};
use crate::probe::talk::net::is_closed;

/// More than this is no single message.
const LARGEST: usize = 1024 * 1024;
/// Messages nest no deeper; the client would follow them to the end of its stack.
const DEEPEST: usize = 12;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const ENUMERATED: u8 = 0x0a;
const OCTETS: u8 = 0x04;
const EXTENDED_RESPONSE: u8 = 0x78;

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// With a notice of disconnection (RFC 4511 section 4.4.1).
    Notice {
        /// Its result code.
        code: u64,
        /// Its text.
        text: String,
    },
    /// By the other end, without a word.
    Closed,
    /// Because too much was said.
    TooLarge,
    /// Because what was said is no LDAP.
    Nonsense,
    /// By something on the way.
    Broken(String),
}

/// What the relay has seen.
pub(super) struct Watch {
    over: Arc<Mutex<Option<Over>>>,
    meter: Meter,
}

impl Watch {
    /// How the connection ended; none while it has not.
    pub(super) fn over(&self) -> Option<Over> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something new is asked.
    pub(super) fn refill(&self) {
        self.meter.refill();
    }
}

/// Gives the client an end of its own.
pub(super) fn start(line: Line) -> io::Result<(UnixStream, Watch)> {
    let (ours, theirs) = tokio::net::UnixStream::pair()?;
    let over: Arc<Mutex<Option<Over>>> = Arc::default();
    let meter = line.meter();
    let watch = Watch { over: over.clone(), meter: meter.clone() };
    tokio::spawn(async move {
        let (mut from_server, mut to_server) = tokio::io::split(line);
        let (mut from_client, mut to_client) = tokio::io::split(ours);
        let mut notice = None;
        let down = async {
            loop {
                let message = match read_pdu(&mut from_server).await {
                    Ok(message) => message,
                    Err(error) => return Some(error),
                };
                if !is_shallow(&message) {
                    return Some(io::ErrorKind::InvalidData.into());
                }
                if let Some(said) = spoken_result(&message).filter(|said| said.id == 0) {
                    notice = Some(Over::Notice { code: said.code, text: said.text });
                }
                // That our own client has let go says nothing about the server.
                to_client.write_all(&message).await.ok()?;
            }
        };
        let up = async {
            // Encrypted or not, what is written has to be sent.
            let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
            let _ = to_server.shutdown().await;
        };
        let ended = tokio::select! {
            biased;
            error = down => error,
            () = up => None,
        };
        let Some(error) = ended else { return };
        let how = match notice {
            _ if meter.is_spent() => Over::TooLarge,
            Some(notice) => notice,
            None if is_closed(&error) => Over::Closed,
            None if error.kind() == io::ErrorKind::InvalidData => Over::Nonsense,
            None => Over::Broken(error.to_string()),
        };
        // Before the client is let go, so that whoever sees it fail finds the reason.
        *over.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
        drop(to_client);
    });
    Ok((theirs.into_std()?, watch))
}

/// Reads one message, whole.
pub(super) async fn read_pdu(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let nonsense = || io::Error::from(io::ErrorKind::InvalidData);
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let mut message = head.to_vec();
    if head[0] != SEQUENCE {
        return Err(nonsense());
    }
    let length = match head[1] {
        short @ 0..=0x7f => usize::from(short),
        long @ 0x81..=0x84 => {
            let mut bytes = vec![0; usize::from(long & 0x7f)];
            stream.read_exact(&mut bytes).await?;
            message.extend(&bytes);
            bytes.iter().fold(0, |all, byte| all << 8 | usize::from(*byte))
        }
        _ => return Err(nonsense()),
    };
    if length > LARGEST {
        return Err(nonsense());
    }
    let start = message.len();
    message.resize(start + length, 0);
    stream.read_exact(&mut message[start..]).await?;
    Ok(message)
}

/// A value and what it is, taken from the front of what is left.
fn take<'b>(left: &mut &'b [u8]) -> Option<(u8, &'b [u8])> {
    let (tag, rest) = left.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    // Tags of more than one byte do not occur.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let length = match first {
        short @ 0..=0x7f => usize::from(*short),
        long @ 0x81..=0x84 => {
            let (bytes, after) = rest.split_at_checked(usize::from(long & 0x7f))?;
            rest = after;
            bytes.iter().fold(0, |all, byte| all << 8 | usize::from(*byte))
        }
        _ => return None,
    };
    let (value, after) = rest.split_at_checked(length)?;
    *left = after;
    Some((*tag, value))
}

fn taken<'b>(left: &mut &'b [u8], wanted: u8) -> Option<&'b [u8]> {
    take(left).filter(|(tag, _)| *tag == wanted).map(|(_, value)| value)
}

/// Whether everything in it is whole, and nested no deeper than messages are.
fn is_shallow(message: &[u8]) -> bool {
    let mut open = vec![(message, 0)];
    while let Some((mut left, depth)) = open.pop() {
        if depth > DEEPEST {
            return false;
        }
        while !left.is_empty() {
            let Some((tag, value)) = take(&mut left) else { return false };
            if tag & 0x20 != 0 {
                open.push((value, depth + 1));
            }
        }
    }
    true
}

fn number(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)))
}

/// The answer to an extended operation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) id: u64,
    pub(super) code: u64,
    pub(super) text: String,
}

/// Reads a message as such an answer; none if it is another.
pub(super) fn spoken_result(mut message: &[u8]) -> Option<Spoken> {
    let mut envelope = taken(&mut message, SEQUENCE)?;
    let id = number(taken(&mut envelope, INTEGER)?)?;
    let mut answer = taken(&mut envelope, EXTENDED_RESPONSE)?;
    let code = number(taken(&mut answer, ENUMERATED)?)?;
    taken(&mut answer, OCTETS)?;
    let text = String::from_utf8_lossy(taken(&mut answer, OCTETS)?).into_owned();
    Some(Spoken { id, code, text })
}

/// The error in the answer of a password policy: `SEQUENCE { [0] warning, [1] error }`, both optional.
pub(super) fn policy_error(mut value: &[u8]) -> Option<u64> {
    const ERROR: u8 = 0x81;
    let mut inner = taken(&mut value, SEQUENCE)?;
    loop {
        let (tag, value) = take(&mut inner)?;
        if tag == ERROR {
            return number(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value with its head.
    fn ber(tag: u8, value: &[u8]) -> Vec<u8> {
        let length = u8::try_from(value.len()).unwrap();
        assert!(length < 128);
        [&[tag, length], value].concat()
    }

    fn extended(id: u8, code: u8, text: &str) -> Vec<u8> {
        let answer =
            [ber(ENUMERATED, &[code]), ber(OCTETS, b""), ber(OCTETS, text.as_bytes())].concat();
        ber(SEQUENCE, &[ber(INTEGER, &[id]), ber(EXTENDED_RESPONSE, &answer)].concat())
    }

    #[test]
    fn a_notice_of_disconnection_is_read() {
        let notice = extended(0, 52, "shutting down");
        let read = spoken_result(&notice).unwrap();
        assert_eq!(read, Spoken { id: 0, code: 52, text: "shutting down".to_owned() });
        for length in 0..notice.len() {
            assert_eq!(spoken_result(&notice[..length]), None);
        }
    }

    #[test]
    fn the_error_of_a_password_policy_is_read() {
        assert_eq!(policy_error(&[0x30, 0x03, 0x81, 0x01, 0x01]), Some(1));
        assert_eq!(policy_error(&[0x30, 0x08, 0xa0, 0x03, 0x80, 0x01, 9, 0x81, 0x01, 0]), Some(0));
        for nothing in [&[][..], &[0x30, 0], &[0x30, 3, 0x80, 1, 1], &[0x31, 3, 0x81, 1, 1]] {
            assert_eq!(policy_error(nothing), None);
        }
    }

    #[test]
    fn what_nests_too_deep_or_is_cut_short_is_no_message() {
        let mut nested = Vec::new();
        for depth in 0..DEEPEST + 3 {
            assert_eq!(is_shallow(&nested), depth <= DEEPEST, "{depth}");
            nested = ber(SEQUENCE, &nested);
        }
        assert!(!is_shallow(&[0x30, 5, 1]));
        assert!(!is_shallow(&[0x3f, 0]));
        assert!(!is_shallow(&[0x30, 0x80]));
    }

    #[tokio::test]
    async fn only_what_begins_like_a_message_is_waited_for() {
        let whole = extended(1, 0, "");
        assert_eq!(read_pdu(&mut &*whole).await.unwrap(), whole);
        let kind = async |bytes: &[u8]| read_pdu(&mut &*bytes).await.unwrap_err().kind();
        assert_eq!(kind(b"HTTP/1.1 400").await, io::ErrorKind::InvalidData);
        assert_eq!(kind(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).await, io::ErrorKind::InvalidData);
        assert_eq!(kind(&[0x30, 0x85]).await, io::ErrorKind::InvalidData);
        assert_eq!(kind(&whole[..5]).await, io::ErrorKind::UnexpectedEof);
    }
}
