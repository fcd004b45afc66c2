//! Short ways to write down what a server answers.

use std::time::Duration;

use super::wire::{Begin, Deed, Reply};

/// The principal's own answer on the torture platform.
pub(super) const ME: &str = r#"{"user":{"id":"u-1","email":"maya@acme.example"}}"#;
/// The refusal that the torture platform documents.
pub(super) const REFUSED: &str = r#"{"error":"invalid_token"}"#;
/// A login page.
pub(super) const LOGIN: &str =
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>";

/// An answer in good order.
pub(super) fn http(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = head(status, headers);
    bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
    bytes.extend_from_slice(body);
    deeds([Deed::Send(bytes)])
}

/// The same with a JSON body.
pub(super) fn json(status: u16, body: impl AsRef<[u8]>) -> Reply {
    http(status, &[("content-type", "application/json")], body)
}

/// JSON with further headers.
pub(super) fn json_with(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    http(status, &all, body)
}

/// A page.
pub(super) fn html(status: u16, body: &str) -> Reply {
    http(status, &[("content-type", "text/html; charset=utf-8")], body)
}

/// Plain text.
pub(super) fn text(status: u16, body: &str) -> Reply {
    http(status, &[("content-type", "text/plain")], body)
}

/// No body at all.
pub(super) fn bare(status: u16, headers: &[(&str, &str)]) -> Reply {
    http(status, headers, "")
}

/// These bytes, whatever they are, and the end of the connection.
pub(super) fn raw(bytes: impl AsRef<[u8]>) -> Reply {
    deeds([send(bytes), Deed::Close])
}

pub(super) fn send(bytes: impl AsRef<[u8]>) -> Deed {
    Deed::Send(bytes.as_ref().to_vec())
}

pub(super) fn deeds(deeds: impl IntoIterator<Item = Deed>) -> Reply {
    Reply { begin: Begin::WhenAsked, deeds: deeds.into_iter().collect() }
}

/// Status line and headers, without the empty line after them.
pub(super) fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} x\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.into_bytes()
}

/// A JSON answer in chunks, which are given as they go over the wire.
pub(super) fn chunked(status: u16, chunks: &str) -> Vec<u8> {
    let headers = [("content-type", "application/json"), ("transfer-encoding", "chunked")];
    [head(status, &headers), b"\r\n".to_vec(), chunks.as_bytes().to_vec()].concat()
}

/// One whole body in one chunk.
pub(super) fn one_chunk(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

pub(super) fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A gzip stream of so many megabytes of zeros, about a four-hundredth of them on the wire: fixed Huffman codes
/// (RFC 1951 section 3.2.6), one literal zero, then copies of 258 bytes at distance 1.
pub(super) fn gzip_bomb(megabytes: usize) -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], free: 0 };
    bits.least_first(0b011, 3);
    bits.most_first(0b0011_0000, 8);
    for _ in 0..megabytes * 1024 * 1024 / 258 {
        bits.most_first(0b1100_0101, 8);
        bits.most_first(0, 5);
    }
    bits.most_first(0, 7);
    bits.bytes
}

struct Bits {
    bytes: Vec<u8>,
    free: u8,
}

impl Bits {
    fn push(&mut self, bit: u32) {
        if self.free == 0 {
            self.bytes.push(0);
            self.free = 8;
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit & 1 == 1) << (8 - self.free);
        }
        self.free -= 1;
    }

    fn least_first(&mut self, value: u32, count: u8) {
        (0..count).for_each(|at| self.push(value >> at));
    }

    fn most_first(&mut self, value: u32, count: u8) {
        (0..count).rev().for_each(|at| self.push(value >> at));
    }
}
