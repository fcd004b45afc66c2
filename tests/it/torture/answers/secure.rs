//! TLS, host names and HTTP/2: no verdict comes from a server that is not proven to be the platform.

use crate::torture::case::*;
use crate::torture::http2::Manner;
use crate::torture::say::*;
use crate::torture::wire::Deed;

pub(super) fn cases() -> Vec<Case> {
    let shows = |name: &str, demand: Demand, certificate: Certificate| {
        Case::new(name, demand, json(401, REFUSED)).over(Over::Tls(certificate))
    };
    let begins = |name: &str, demand: Demand, handshake: Handshake| {
        Case::new(name, demand, json(401, REFUSED)).over(Over::Handshake(handshake))
    };
    let named = |name: &str, demand: Demand, resolves: Resolves| {
        Case::new(name, demand, json(401, REFUSED)).over(Over::Name(resolves))
    };
    let http2 = |name: &str, demand: Demand, manner: Manner| {
        Case::new(name, demand, json(401, REFUSED)).over(Over::Http2(manner))
    };
    let unbounded = |end: Deed| {
        let open =
            [head(401, &[("connection", "close")]), b"\r\n".to_vec(), REFUSED.into()].concat();
        deeds([Deed::Send(open), end])
    };
    // Reasons of RFC 9113 section 7.
    let (protocol_error, internal_error, refused_stream, cancel, calm) = (1, 2, 7, 8, 11);
    vec![
        shows("a good certificate, and refused", DEAD, Certificate::Good),
        shows("a certificate of another name", TLS, Certificate::WrongName),
        shows("an expired certificate", TLS, Certificate::Expired),
        shows("a certificate of tomorrow", TLS, Certificate::NotYetValid),
        shows("a certificate signed by itself", TLS, Certificate::SelfSigned),
        shows("a certificate of an unknown authority", TLS, Certificate::UnknownAuthority),
        shows("a certificate that is not for servers", TLS, Certificate::NotForServers),
        shows("a server that wants our certificate", CUT_OFF, Certificate::WantsClients),
        Case::new("a good certificate, and let in", ALIVE, json(200, ME))
            .over(Over::Tls(Certificate::Good)),
        Case::new("a bad certificate, and let in", TLS, json(200, ME))
            .over(Over::Tls(Certificate::WrongName)),
        begins("TLS 1.1", TLS, Handshake::TooOld),
        begins("no TLS at all", TLS, Handshake::PlainText),
        begins("a handshake that never begins", TIMEOUT, Handshake::Silence),
        begins("a handshake cut off", CUT_OFF, Handshake::Cut),
        begins("a handshake refused", TLS, Handshake::Alert),
        // Only a close-notify shows that nothing was cut off (RFC 8446 section 6.1).
        Case::new("an open-ended body that TLS ends in good order", DEAD, unbounded(Deed::Close))
            .over(Over::Tls(Certificate::Good)),
        Case::new("an open-ended body that somebody else cuts", CUT_OFF, unbounded(Deed::Cut))
            .over(Over::Tls(Certificate::Good)),
        Case::new(
            "a body of known length, cut after its end",
            DEAD,
            deeds([json(401, REFUSED).deeds.remove(0), Deed::Cut]),
        )
        .over(Over::Tls(Certificate::Good)),
        Case::new("a reset within TLS", CUT_OFF, deeds([send("HTTP/1.1 401 x\r\n"), Deed::Reset]))
            .over(Over::Tls(Certificate::Good)),
        named("a name that leads to the platform", DEAD, Resolves::Right),
        named("a name of which the second address works", DEAD, Resolves::SecondWorks),
        named("a name that does not exist", DNS, Resolves::Nowhere),
        named("a resolver in trouble", DNS, Resolves::Broken),
        named("a name without an address", NO_ADDRESS, Resolves::Empty),
        named("a resolver that says nothing", TIMEOUT, Resolves::Never),
        http2("HTTP/2, and refused", DEAD, Manner::Answers(401, REFUSED)),
        http2("HTTP/2, and let in", ALIVE, Manner::Answers(200, ME)),
        http2("HTTP/2, a limit", RATE_LIMITED, Manner::Answers(429, REFUSED)),
        http2("HTTP/2, a misdirected request", UNRECOGNISED, Manner::Answers(421, REFUSED)),
        http2("HTTP/2, hints first", DEAD, Manner::EarlyHints(401, REFUSED)),
        http2("a stream refused", CONNECTION, Manner::ResetsStream(refused_stream)),
        http2("a stream cancelled", CONNECTION, Manner::ResetsStream(cancel)),
        http2(
            "a stream reset as a protocol error",
            CONNECTION,
            Manner::ResetsStream(protocol_error),
        ),
        http2("a stream reset to calm us", CONNECTION, Manner::ResetsStream(calm)),
        http2(
            "a stream reset for an unheard-of reason",
            CONNECTION,
            Manner::ResetsStream(4_000_000),
        ),
        http2(
            "a stream reset without an error, and no answer",
            CONNECTION,
            Manner::ResetsStream(0),
        ),
        http2("a reset in the middle of a refusal", CONNECTION, Manner::ResetsInBody(401, REFUSED)),
        http2("a reset in the middle of a welcome", CONNECTION, Manner::ResetsInBody(200, ME)),
        http2(
            "a whole answer, and a reset without an error",
            DEAD,
            Manner::ResetsAfterAnswer(401, REFUSED),
        ),
        http2("gone away in trouble", CONNECTION, Manner::GoesAway(internal_error)),
        http2("gone away to calm us", CONNECTION, Manner::GoesAway(calm)),
        http2("going away, but answering first", DEAD, Manner::AnswersThenGoesAway(401, REFUSED)),
        http2(
            "HTTP/2, a body shorter than announced",
            CONNECTION,
            Manner::FallsShort(401, REFUSED),
        ),
        http2("HTTP/2, a body without end", TOO_LARGE, Manner::Endless).bounded(16 * 1024 * 1024),
        http2("HTTP/2, headers too large", CONNECTION, Manner::HugeHeader),
        http2("HTTP/2, the challenge in the trailers", UNRECOGNISED, Manner::Trailers(401, "{}"))
            .of(["desk", "token", "challenge"]),
        http2("HTTP/2, silence", TIMEOUT, Manner::Silent),
        http2("HTTP/2 agreed on, HTTP/1.1 spoken", CONNECTION, Manner::SpeaksOtherwise),
    ]
}
