//! Bodies: too large, compressed, mislabelled, empty.

use crate::torture::case::*;
use crate::torture::say::*;
use crate::torture::wire::Deed;

/// What may be on its way in the buffers of two kernels, beside the half megabyte that is read.
const BOUND: u64 = 16 * 1024 * 1024;

fn endless(status: u16, start: &str) -> crate::torture::wire::Reply {
    let begin =
        [head(status, &[("content-type", "application/json")]), b"\r\n".to_vec(), start.into()]
            .concat();
    deeds([Deed::Send(begin), Deed::Endless(vec![b' '; 64 * 1024])])
}

pub(super) fn cases() -> Vec<Case> {
    let labelled = |name: &str, demand: Demand, kind: &str| {
        Case::new(name, demand, http(401, &[("content-type", kind)], REFUSED))
    };
    let padded = |length: usize| format!("{REFUSED}{}", " ".repeat(length - REFUSED.len()));
    let coded = |name: &str, demand: Demand, coding: &str, body: &[u8]| {
        Case::new(name, demand, json_with(401, &[("content-encoding", coding)], body))
    };
    vec![
        Case::new("endless after a whole refusal", TOO_LARGE, endless(401, REFUSED)).bounded(BOUND),
        Case::new("endless after the principal's own answer", TOO_LARGE, endless(200, ME))
            .bounded(BOUND),
        Case::new(
            "endless within a text",
            TOO_LARGE,
            endless(401, "{\"error\":\"invalid_token\",\"x\":\""),
        )
        .bounded(BOUND),
        Case::new(
            "endless in chunks",
            TOO_LARGE,
            deeds([
                send(chunked(401, &format!("{:x}\r\n{REFUSED}\r\n", REFUSED.len()))),
                Deed::Endless(
                    [b"10000\r\n".to_vec(), vec![b' '; 65_536], b"\r\n".to_vec()].concat(),
                ),
            ]),
        )
        .bounded(BOUND),
        Case::new(
            "a length of a terabyte",
            TOO_LARGE,
            deeds([
                Deed::Send(
                    [
                        head(401, &[("content-length", "1099511627776")]),
                        b"\r\n".to_vec(),
                        REFUSED.into(),
                    ]
                    .concat(),
                ),
                Deed::Endless(vec![b' '; 65_536]),
            ]),
        )
        .bounded(BOUND),
        Case::new("just below the bound", DEAD, json(401, padded(512 * 1024))),
        Case::new("just above the bound", TOO_LARGE, json(401, padded(512 * 1024 + 1))),
        coded("a gzip bomb of a gigabyte", TOO_LARGE, "gzip", &gzip_bomb(1024)).bounded(BOUND),
        coded("a small gzip bomb", UNPARSABLE, "gzip", &gzip_bomb(16)),
        // Nobody asked for a coding, so the bytes are not what the header says, or not what they seem.
        coded("plain JSON that claims to be gzip", UNPARSABLE, "gzip", REFUSED.as_bytes()),
        coded("plain JSON that claims to be brotli", UNPARSABLE, "br", REFUSED.as_bytes()),
        coded("plain JSON of an unheard-of coding", UNPARSABLE, "x-secret", REFUSED.as_bytes()),
        coded("plain JSON that says it is not encoded", DEAD, "identity", REFUSED.as_bytes()),
        Case::new(
            "the principal in JSON that claims to be gzip",
            UNPARSABLE,
            json_with(200, &[("content-encoding", "gzip")], ME),
        ),
        labelled("JSON labelled as text", DEAD, "text/plain"),
        labelled("JSON labelled as a problem", DEAD, "application/problem+json"),
        labelled("JSON labelled as bytes", DEAD, "application/octet-stream"),
        labelled("JSON labelled in capitals", DEAD, "Application/JSON; Charset=UTF-8"),
        labelled("JSON labelled as HTML", HTML, "text/html"),
        labelled("JSON labelled as XHTML", HTML, "application/xhtml+xml"),
        Case::new("JSON without a label", DEAD, http(401, &[], REFUSED)),
        Case::new("an empty refusal", UNRECOGNISED, json(401, "")),
        Case::new("an empty welcome", UNRECOGNISED, json(200, "")),
        Case::new("blanks only", UNRECOGNISED, json(401, "  \r\n ")),
        Case::new("a byte order mark only", UNRECOGNISED, json(401, "\u{feff}")),
        Case::new("a null byte only", UNPARSABLE, json(401, "\0")),
        Case::new(
            "XML with the code",
            UNRECOGNISED,
            http(
                401,
                &[("content-type", "application/xml")],
                "<?xml version=\"1.0\"?><error>invalid_token</error>",
            ),
        ),
        Case::new(
            "a form with the code",
            UNRECOGNISED,
            http(
                401,
                &[("content-type", "application/x-www-form-urlencoded")],
                "error=invalid_token",
            ),
        ),
        Case::new(
            "the documented text within another",
            UNRECOGNISED,
            text(410, "the token gone through is fine"),
        ),
        Case::new(
            "the documented text with a mark before it",
            DEAD,
            text(410, "\u{feff}token gone"),
        ),
        Case::new("the documented text as HTML", HTML, html(410, "token gone")),
    ]
}
