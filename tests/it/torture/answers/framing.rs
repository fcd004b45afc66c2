//! HTTP/1.1 framing: lengths, chunks, status lines and interim answers that are wrong, late or missing.

use crate::torture::case::*;
use crate::torture::say::*;
use crate::torture::wire::{Deed, Reply};

fn with_length(length: &str, body: &str) -> Reply {
    raw([
        head(401, &[("content-type", "application/json"), ("content-length", length)]),
        b"\r\n".to_vec(),
        body.into(),
    ]
    .concat())
}

fn to_the_end(status: u16, body: &str, end: Deed) -> Reply {
    let bytes = [head(status, &[("connection", "close")]), b"\r\n".to_vec(), body.into()].concat();
    deeds([Deed::Send(bytes), end])
}

pub(super) fn cases() -> Vec<Case> {
    let line = |name: &str, demand: Demand, line: &str| {
        Case::new(name, demand, raw(format!("{line}\r\ncontent-length: 25\r\n\r\n{REFUSED}")))
    };
    let chunks =
        |name: &str, demand: Demand, body: &str| Case::new(name, demand, raw(chunked(401, body)));
    let whole = one_chunk(REFUSED);
    let after = |interim: &str, reply: Reply| {
        let mut all = vec![send(interim)];
        all.extend(reply.deeds);
        deeds(all)
    };
    vec![
        Case::new("a length too large", CONNECTION, with_length("26", REFUSED)),
        // Cut where it says, what is left is no JSON.
        Case::new("a length too small", UNPARSABLE, with_length("24", REFUSED)),
        Case::new("a length of nothing", UNRECOGNISED, with_length("0", REFUSED)),
        Case::new("two lengths alike in one header", CONNECTION, with_length("24, 25", REFUSED)),
        Case::new("two lengths that differ", CONNECTION, raw(format!("HTTP/1.1 401 x\r\ncontent-length: 25\r\ncontent-length: 3\r\n\r\n{REFUSED}"))),
        Case::new("a negative length", CONNECTION, with_length("-1", REFUSED)),
        Case::new("a length in hexadecimal", CONNECTION, with_length("0x19", REFUSED)),
        Case::new("a length that is no number", CONNECTION, with_length("many", REFUSED)),
        Case::new("a length longer than any", CONNECTION, with_length("99999999999999999999", REFUSED)),
        chunks("chunks in good order", DEAD, &whole),
        chunks("many small chunks", DEAD, &format!("{}0\r\n\r\n", REFUSED.chars().map(|c| format!("1\r\n{c}\r\n")).collect::<String>())),
        chunks("chunks with an extension", DEAD, &whole.replacen("\r\n", ";name=value\r\n", 1)),
        chunks("a chunk size that is no number", CONNECTION, "xyz\r\nabc\r\n0\r\n\r\n"),
        chunks("a chunk that is too short", CONNECTION, "20\r\n{\"error\":\"invalid_token\"}"),
        chunks("a chunk without its end", CONNECTION, &format!("19\r\n{REFUSED}0\r\n\r\n")),
        chunks("a whole body, but no last chunk", CONNECTION, &format!("19\r\n{REFUSED}\r\n")),
        chunks("a chunk larger than any", CONNECTION, &format!("ffffffffffffffffff\r\n{REFUSED}")),
        chunks("trailers that look like a principal", DEAD, &format!("19\r\n{REFUSED}\r\n0\r\nx-user: u-1\r\n\r\n")),
        Case::new("trailers with the challenge", UNRECOGNISED, raw("HTTP/1.1 401 x\r\ntransfer-encoding: chunked\r\ntrailer: www-authenticate\r\n\r\n2\r\n{}\r\n0\r\nwww-authenticate: Bearer error=\"invalid_token\"\r\n\r\n")).of(["desk", "token", "challenge"]),
        Case::new("a coding nobody knows", UNPARSABLE, raw(format!("HTTP/1.1 401 x\r\ntransfer-encoding: vanilla\r\ncontent-length: 25\r\n\r\n{REFUSED}"))),
        Case::new("neither length nor chunks, and a whole body", DEAD, to_the_end(401, REFUSED, Deed::Close)),
        Case::new("neither length nor chunks, and a torn body", UNPARSABLE, to_the_end(401, "{\"error\":\"inval", Deed::Close)),
        Case::new("neither length nor chunks, and a reset", TORN, to_the_end(401, REFUSED, Deed::Reset)),
        line("HTTP/1.0", DEAD, "HTTP/1.0 401 Unauthorized"),
        line("no reason phrase", DEAD, "HTTP/1.1 401"),
        line("a reason phrase that is not ASCII", DEAD, "HTTP/1.1 401 d\u{e9}sol\u{e9}"),
        line("HTTP/2 in words", CONNECTION, "HTTP/2 401 Unauthorized"),
        line("HTTP/1.2", CONNECTION, "HTTP/1.2 401 Unauthorized"),
        line("a status of two digits", CONNECTION, "HTTP/1.1 41 Unauthorized"),
        line("a status of four digits", CONNECTION, "HTTP/1.1 4010 Unauthorized"),
        line("a status of zero", CONNECTION, "HTTP/1.1 000 Unauthorized"),
        line("a status in words", CONNECTION, "HTTP/1.1 OK"),
        line("a protocol of another name", CONNECTION, "ICY 401 Unauthorized"),
        line("a protocol in small letters", CONNECTION, "http/1.1 401 Unauthorized"),
        Case::new("HTTP/0.9: a body and nothing else", CONNECTION, raw(REFUSED)),
        Case::new("a greeting of SSH", CONNECTION, raw("SSH-2.0-OpenSSH_9.2\r\n")),
        Case::new("a greeting of SMTP", CONNECTION, raw("220 mail.example ESMTP\r\n")),
        Case::new("a TLS alert in the clear", CONNECTION, raw([21, 3, 3, 0, 2, 2, 40])),
        Case::new("zeros", CONNECTION, raw(vec![0; 4096])),
        Case::new("100, then the refusal", DEAD, after("HTTP/1.1 100 Continue\r\n\r\n", json(401, REFUSED))),
        Case::new("103 with a name, then the refusal", DEAD, after("HTTP/1.1 103 Early Hints\r\nx-user: u-1\r\nlink: </x>\r\n\r\n", json(401, REFUSED))),
        Case::new("102 many times, then the refusal", DEAD, after(&"HTTP/1.1 102 Processing\r\n\r\n".repeat(20), json(401, REFUSED))),
        Case::new("100 without end", TIMEOUT, deeds([Deed::Drip("HTTP/1.1 100 Continue\r\n\r\n".repeat(2_000).into_bytes(), millis(1)), Deed::Hold])),
        Case::new("101 that nobody asked for", NOT_HTTP, raw(format!("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n{REFUSED}"))),
        Case::new("199 and nothing more", CONNECTION, raw("HTTP/1.1 199 x\r\n\r\n")),
        Case::new("204 with a body that must not be", UNRECOGNISED, raw(format!("HTTP/1.1 204 x\r\ncontent-length: 25\r\n\r\n{REFUSED}"))),
        Case::new("304 with a body that must not be", REDIRECT, raw(format!("HTTP/1.1 304 x\r\ncontent-length: 25\r\n\r\n{REFUSED}"))),
    ]
}
