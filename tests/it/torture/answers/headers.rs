//! Headers: challenges in all their forms, and what a proxy or an attacker puts beside them.

use crate::torture::case::*;
use crate::torture::say::*;

const CHALLENGE: [&str; 3] = ["desk", "token", "challenge"];

pub(super) fn cases() -> Vec<Case> {
    let challenged = |name: &str, demand: Demand, value: &str| {
        Case::new(name, demand, bare(401, &[("www-authenticate", value)])).of(CHALLENGE)
    };
    let me_with = |name: &str, header: &str, value: &str| {
        Case::new(name, ALIVE, json_with(200, &[(header, value)], ME))
    };
    let long = "h".repeat(60_000);
    let many: Vec<(String, String)> =
        (0..90).map(|n| (format!("x-{n}"), "v".repeat(100))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let swarm: Vec<(String, String)> = (0..2_000).map(|n| (format!("x-{n}"), "v".into())).collect();
    let swarm: Vec<(&str, &str)> = swarm.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    vec![
        challenged(
            "a challenge with the code",
            DEAD,
            "Bearer realm=\"x\", error=\"invalid_token\"",
        ),
        challenged("a challenge without a code", UNRECOGNISED, "Bearer realm=\"x\""),
        challenged("a bare scheme", UNRECOGNISED, "Bearer"),
        challenged("another scheme altogether", UNRECOGNISED, "Basic realm=\"x\""),
        challenged("Negotiate, as a proxy in between has it", UNRECOGNISED, "Negotiate"),
        challenged("an empty challenge", UNRECOGNISED, ""),
        challenged("the code only in the realm", UNRECOGNISED, "Bearer realm=\"invalid_token\""),
        challenged(
            "the code quoted within the realm",
            UNRECOGNISED,
            "Bearer realm=\"error=\\\"invalid_token\\\"\"",
        ),
        challenged(
            "the code only in the description",
            UNRECOGNISED,
            "Bearer error=\"invalid_request\", error_description=\"invalid_token\"",
        ),
        challenged("a code that begins so", UNRECOGNISED, "Bearer error=\"invalid_token_type\""),
        challenged(
            "two challenges in one header, one of policy",
            AMBIGUOUS,
            "Bearer error=\"invalid_token\", DPoP error=\"use_dpop_nonce\"",
        ),
        Case::new(
            "two challenges in two headers, one of policy",
            AMBIGUOUS,
            bare(
                401,
                &[
                    ("www-authenticate", "Bearer error=\"invalid_token\""),
                    ("www-authenticate", "DPoP error=\"use_dpop_nonce\""),
                ],
            ),
        )
        .of(CHALLENGE),
        Case::new(
            "the code in the second of two headers",
            DEAD,
            bare(
                401,
                &[
                    ("www-authenticate", "Basic realm=\"x\""),
                    ("WWW-Authenticate", "Bearer error=\"invalid_token\""),
                ],
            ),
        )
        .of(CHALLENGE),
        Case::new(
            "a proxy's own challenge",
            UNRECOGNISED,
            bare(407, &[("proxy-authenticate", "Bearer error=\"invalid_token\"")]),
        )
        .of(CHALLENGE),
        Case::new(
            "the challenge in a header of another name",
            UNRECOGNISED,
            bare(401, &[("x-www-authenticate", "Bearer error=\"invalid_token\"")]),
        )
        .of(CHALLENGE),
        Case::new(
            "the challenge under another status",
            UNRECOGNISED,
            bare(403, &[("www-authenticate", "Bearer error=\"invalid_token\"")]),
        )
        .of(CHALLENGE),
        Case::new(
            "the challenge of a server in trouble",
            SERVER_ERROR,
            bare(503, &[("www-authenticate", "Bearer error=\"invalid_token\"")]),
        )
        .of(CHALLENGE),
        Case::new(
            "the challenge with a page",
            HTML,
            http(
                401,
                &[
                    ("www-authenticate", "Bearer error=\"invalid_token\""),
                    ("content-type", "text/html"),
                ],
                LOGIN,
            ),
        )
        .of(CHALLENGE),
        Case::new(
            "a scope that is missing",
            NOT_PERMITTED,
            bare(
                403,
                &[("www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"a b\"")],
            ),
        )
        .of(CHALLENGE),
        me_with("a date in 1970", "date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        me_with("a date in 9999", "date", "Fri, 31 Dec 9999 23:59:59 GMT"),
        me_with("a date that is none", "date", "yesterday"),
        me_with("a cookie that is taken back", "set-cookie", "sid=; Max-Age=0"),
        me_with("a refresh to a login page", "refresh", "0; url=/login"),
        me_with("a location without a redirect", "location", "/login"),
        me_with("a header that is not UTF-8", "x-name", "\u{fc}"),
        Case::new(
            "a refusal with a location",
            DEAD,
            json_with(401, &[("location", "/login")], REFUSED),
        ),
        Case::new("a header of 60 kilobytes", DEAD, json_with(401, &[("x-long", &long)], REFUSED)),
        Case::new("ninety headers", DEAD, json_with(401, &many, REFUSED)),
        Case::new("two thousand headers", CONNECTION, json_with(401, &swarm, REFUSED)),
        Case::new(
            "headers without end",
            CONNECTION,
            deeds([
                send(head(401, &[])),
                crate::torture::wire::Deed::Endless(
                    [b"x-more: ".to_vec(), vec![b'h'; 65_536], b"\r\n".to_vec()].concat(),
                ),
            ]),
        )
        .bounded(16 * 1024 * 1024),
        Case::new(
            "one header without end",
            CONNECTION,
            deeds([
                send("HTTP/1.1 401 x\r\nx-long: "),
                crate::torture::wire::Deed::Endless(vec![b'h'; 65_536]),
            ]),
        )
        .bounded(16 * 1024 * 1024),
        Case::new(
            "a folded header",
            CONNECTION,
            raw(
                "HTTP/1.1 401 x\r\nx-a: b\r\n c\r\ncontent-length: 25\r\n\r\n{\"error\":\"invalid_token\"}",
            ),
        ),
        Case::new(
            "a blank before the colon",
            CONNECTION,
            raw("HTTP/1.1 401 x\r\ncontent-length : 25\r\n\r\n{\"error\":\"invalid_token\"}"),
        ),
        Case::new(
            "a null byte in a header",
            CONNECTION,
            raw(
                "HTTP/1.1 401 x\r\nx-a: b\0c\r\ncontent-length: 25\r\n\r\n{\"error\":\"invalid_token\"}",
            ),
        ),
        Case::new(
            "a header without a name",
            CONNECTION,
            raw("HTTP/1.1 401 x\r\n: b\r\ncontent-length: 25\r\n\r\n{\"error\":\"invalid_token\"}"),
        ),
        Case::new(
            "a header without a colon",
            CONNECTION,
            raw(
                "HTTP/1.1 401 x\r\nnonsense\r\ncontent-length: 25\r\n\r\n{\"error\":\"invalid_token\"}",
            ),
        ),
        Case::new(
            "two labels that differ",
            HTML,
            http(
                401,
                &[("content-type", "application/json"), ("content-type", "text/html")],
                REFUSED,
            ),
        ),
    ]
}
