//! Connections: slow, silent, half closed, reset, answered too early, shared, and what clings to them.

use crate::torture::case::*;
use crate::torture::say::*;
use crate::torture::wire::{Asked, Begin, Deed, Reply};

fn answer(body: &str) -> Vec<u8> {
    [
        head(401, &[("content-type", "application/json"), ("content-length", "25")]),
        b"\r\n".to_vec(),
        body.into(),
    ]
    .concat()
}

fn cut_after(count: usize, end: Deed) -> Reply {
    deeds([send(&answer(REFUSED)[..count]), end])
}

fn begins(begin: Begin, reply: Reply) -> Reply {
    Reply { begin, ..reply }
}

/// State that a server ties to a connection must not reach the next probe, for good or ill.
fn each_on_its_own(asked: &[Asked]) -> Result<(), String> {
    match asked.iter().find(|one| one.on_connection > 0) {
        Some(one) => Err(format!("request {} came on a connection used before", one.number)),
        None => Ok(()),
    }
}

fn no_cookie(asked: &[Asked]) -> Result<(), String> {
    match asked.iter().find_map(|one| one.header("cookie")) {
        Some(cookie) => Err(format!("a cookie was sent: {cookie}")),
        None => Ok(()),
    }
}

fn only_one(asked: &[Asked]) -> Result<(), String> {
    if asked.len() == 1 { Ok(()) } else { Err(format!("{} requests", asked.len())) }
}

fn asks_past_caches(asked: &[Asked]) -> Result<(), String> {
    let fresh = |one: &Asked| one.header("cache-control").is_some_and(|value| value == "no-cache");
    if asked.iter().all(fresh) { Ok(()) } else { Err("a cache may answer".to_owned()) }
}

fn asks_for_no_coding(asked: &[Asked]) -> Result<(), String> {
    let plain = |one: &Asked| one.header("accept-encoding") == Some("identity");
    if asked.iter().all(plain) { Ok(()) } else { Err("a coding may be chosen".to_owned()) }
}

pub(super) fn cases() -> Vec<Case> {
    let full = answer(REFUSED);
    let length = full.len();
    let mut cases = vec![
        Case::new("nobody listens", CONNECTION, json(401, REFUSED)).over(Over::Nobody),
        Case::new("only on IPv6, and refused", DEAD, json(401, REFUSED)).over(Over::PlainV6),
        Case::new("only on IPv6, and let in", ALIVE, json(200, ME)).over(Over::PlainV6),
        Case::new("closed without a word", CONNECTION, deeds([Deed::Close])),
        Case::new("reset without a word", CONNECTION, deeds([Deed::Reset])),
        Case::new("silence", TIMEOUT, deeds([Deed::Hold])),
        Case::new("a status line and then silence", TIMEOUT, cut_after(18, Deed::Hold)),
        Case::new(
            "a body of which the last byte never comes",
            TIMEOUT,
            cut_after(length - 1, Deed::Hold),
        ),
        Case::new(
            "a header drop by drop",
            TIMEOUT,
            deeds([Deed::Drip(full.clone(), millis(60)), Deed::Close]),
        ),
        Case::new(
            "a body drop by drop",
            TIMEOUT,
            deeds([
                send(&full[..length - 24]),
                Deed::Drip(full[length - 24..].to_vec(), millis(200)),
                Deed::Close,
            ]),
        ),
        Case::new(
            "a body drop by drop without end",
            TIMEOUT,
            deeds([
                send(head(200, &[("connection", "close")])),
                send("\r\n"),
                Deed::Drip(vec![b' '; 10_000], millis(20)),
            ]),
        ),
        Case::new(
            "slow, but in time: refused",
            DEAD,
            deeds([Deed::Pause(millis(400)), Deed::Send(full.clone())]),
        ),
        Case::new("slow, but in time: let in", ALIVE, {
            let mut reply = json(200, ME);
            reply.deeds.insert(0, Deed::Pause(millis(400)));
            reply
        }),
        Case::new(
            "in small pieces, in time",
            DEAD,
            deeds([Deed::Drip(full.clone(), millis(2)), Deed::Close]),
        ),
        Case::new(
            "half closed after the answer",
            DEAD,
            deeds([Deed::Send(full.clone()), Deed::HalfClose]),
        ),
        Case::new("half closed before the answer", CONNECTION, deeds([Deed::HalfClose])),
        Case::new("half closed in the middle", CONNECTION, cut_after(length - 5, Deed::HalfClose)),
        Case::new(
            "an answer and a reset",
            CONNECTION,
            deeds([send(&full[..length - 3]), Deed::Reset]),
        ),
        Case::new(
            "an answer before the question is read",
            DEAD,
            begins(Begin::AtFirstByte, deeds([Deed::Send(full.clone()), Deed::Hold])),
        ),
        // As idle connections are ended: nobody had asked anything yet.
        Case::new(
            "an answer before there is a question",
            EARLY,
            begins(
                Begin::AtOnce,
                raw("HTTP/1.1 408 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
            ),
        ),
        // Whoever puts a second answer on the wire must not answer the next probe with it.
        Case::new(
            "a refusal left over for the next probe",
            ALIVE,
            deeds([send([json(200, ME).deeds_bytes(), full.clone()].concat())]),
        )
        .then(json(200, ME))
        .and_then(ALIVE),
        Case::new(
            "a welcome left over for the next probe",
            DEAD,
            deeds([send([full.clone(), json(200, ME).deeds_bytes()].concat())]),
        )
        .then(json(401, REFUSED))
        .and_then(DEAD),
        Case::new("each probe on a connection of its own", DEAD, json(401, REFUSED))
            .and_then(DEAD)
            .and_then(DEAD)
            .and_then(DEAD)
            .requests(each_on_its_own),
        Case::new(
            "a cookie that is offered is not kept",
            ALIVE,
            json_with(200, &[("set-cookie", "sid=1; Path=/")], ME),
        )
        .then(json(401, REFUSED))
        .and_then(DEAD)
        .requests(no_cookie),
        Case::new(
            "an alternative service that is offered is not used",
            ALIVE,
            json_with(200, &[("alt-svc", "h2=\":1\"; ma=86400")], ME),
        )
        .then(json(401, REFUSED))
        .and_then(DEAD),
        Case::new("a redirect is not followed", REDIRECT, bare(307, &[("location", "/elsewhere")]))
            .then(json(200, ME))
            .requests(only_one),
        Case::new(
            "a redirect by header is not followed",
            UNRECOGNISED,
            json_with(201, &[("location", "/elsewhere")], "{}"),
        )
        .then(json(200, ME))
        .requests(only_one),
        Case::new(
            "an answer that is lost is not asked for again in silence",
            CONNECTION,
            deeds([Deed::Reset]),
        )
        .then(json(401, REFUSED))
        .requests(only_one),
        Case::new(
            "a connection is lost, and the next probe has its own",
            CONNECTION,
            deeds([Deed::Reset]),
        )
        .then(json(401, REFUSED))
        .and_then(DEAD),
        Case::new("caches in between are asked to ask", DEAD, json(401, REFUSED))
            .requests(asks_past_caches),
        Case::new("no coding is asked for", DEAD, json(401, REFUSED)).requests(asks_for_no_coding),
        Case::new("a host that is not on the list", HOST_NOT_ALLOWED, json(200, ME))
            .over(Over::Forbidden("http://127.0.0.2:PORT")),
        Case::new("a host that only looks like one on the list", HOST_NOT_ALLOWED, json(200, ME))
            .over(Over::Forbidden("https://desk.example.evil.example:PORT")),
        Case::new("a listed host without TLS", HOST_NOT_ALLOWED, json(200, ME))
            .over(Over::Forbidden("http://desk.example:PORT")),
        Case::new("a listed name before an at sign", HOST_NOT_ALLOWED, json(200, ME))
            .over(Over::Forbidden("https://desk.example@other.example:PORT")),
    ];
    for count in [1, 12, 30, length - 26, length - 1] {
        cases.push(Case::new(
            format!("cut after {count} of {length} bytes"),
            CONNECTION,
            cut_after(count, Deed::Cut),
        ));
    }
    cases
}
