//! JSON as it is really sent: twice the same key, too deep, torn, prefixed, in the wrong encoding.

use crate::torture::case::*;
use crate::torture::say::*;

fn utf16(text: &str, mark: bool, big_end: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    let order = |unit: u16| if big_end { unit.to_be_bytes() } else { unit.to_le_bytes() };
    mark.into_iter().chain(text.encode_utf16()).flat_map(order).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let dead = |name: &str, demand: Demand, body: &str| Case::new(name, demand, json(401, body));
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    vec![
        dead(
            "the code twice, alike",
            UNPARSABLE,
            r#"{"error":"invalid_token","error":"invalid_token"}"#,
        ),
        dead(
            "the code twice, dead last",
            UNPARSABLE,
            r#"{"error":"slow_down","error":"invalid_token"}"#,
        ),
        dead(
            "the code twice, dead first",
            UNPARSABLE,
            r#"{"error":"invalid_token","error":"slow_down"}"#,
        ),
        dead(
            "the code twice, once written with an escape",
            UNPARSABLE,
            r#"{"\u0065rror":"slow_down","error":"invalid_token"}"#,
        ),
        dead(
            "another key twice, deep inside",
            UNPARSABLE,
            r#"{"error":"invalid_token","trace":{"a":[{"b":1,"b":2}]}}"#,
        ),
        Case::new(
            "the principal twice",
            UNPARSABLE,
            json(200, r#"{"account":"u-2","account":"u-1"}"#),
        ),
        Case::new(
            "active twice",
            UNPARSABLE,
            json(200, r#"{"ok":true,"ok":false,"error":"token_revoked"}"#),
        ),
        dead(
            "nested a thousand deep",
            UNPARSABLE,
            &format!(r#"{{"error":"invalid_token","x":{}}}"#, deep(1_000)),
        ),
        dead(
            "nested a hundred thousand deep",
            UNPARSABLE,
            &format!(r#"{{"error":"invalid_token","x":{}}}"#, deep(100_000)),
        ),
        dead(
            "nested fifty deep",
            DEAD,
            &format!(r#"{{"error":"invalid_token","x":{}}}"#, deep(50)),
        ),
        dead("torn in the middle", UNPARSABLE, r#"{"error":"invalid_tok"#),
        dead("torn before the last brace", UNPARSABLE, r#"{"error":"invalid_token""#),
        dead("something after the end", UNPARSABLE, r#"{"error":"invalid_token"} trailing"#),
        dead(
            "two documents",
            UNPARSABLE,
            "{\"error\":\"invalid_token\"}\n{\"error\":\"slow_down\"}",
        ),
        dead("a prefix against inclusion", UNPARSABLE, ")]}',\n{\"error\":\"invalid_token\"}"),
        dead("a prefix of endless loop", UNPARSABLE, "for(;;);{\"error\":\"invalid_token\"}"),
        dead("JSONP", UNPARSABLE, "callback({\"error\":\"invalid_token\"})"),
        Case::new(
            "JSONP as a script",
            UNRECOGNISED,
            http(
                401,
                &[("content-type", "application/javascript")],
                "callback({\"error\":\"invalid_token\"});",
            ),
        ),
        dead("a comment inside", UNPARSABLE, r#"{"error":"invalid_token" /* revoked */}"#),
        dead("a comma too many", UNPARSABLE, r#"{"error":"invalid_token",}"#),
        dead("single quotes", UNPARSABLE, "{'error':'invalid_token'}"),
        dead("not a number", UNPARSABLE, r#"{"error":"invalid_token","n":NaN}"#),
        dead(
            "a number too large for anything",
            UNPARSABLE,
            r#"{"error":"invalid_token","n":1e999}"#,
        ),
        dead("half a surrogate pair", UNPARSABLE, r#"{"error":"invalid_token","x":"\ud800"}"#),
        dead("a null byte in a string", UNPARSABLE, "{\"error\":\"invalid_token\",\"x\":\"a\0b\"}"),
        dead("a byte order mark before it", DEAD, "\u{feff}{\"error\":\"invalid_token\"}"),
        dead("blanks and line ends around it", DEAD, "\r\n \t {\"error\":\"invalid_token\"} \r\n"),
        dead("a text in quotes", UNRECOGNISED, r#""invalid_token""#),
        dead("only null", UNRECOGNISED, "null"),
        dead("a list of errors", UNRECOGNISED, r#"[{"error":"invalid_token"}]"#),
        Case::new(
            "not UTF-8",
            UNPARSABLE,
            json(401, b"{\"error\":\"invalid_token\",\"x\":\"\xff\xfe\"}"),
        ),
        Case::new(
            "Latin-1 that says so",
            UNPARSABLE,
            http(
                401,
                &[("content-type", "application/json; charset=iso-8859-1")],
                b"{\"error\":\"invalid_token\",\"x\":\"caf\xe9\"}",
            ),
        ),
        Case::new("UTF-16 with a mark", UNPARSABLE, json(401, utf16(REFUSED, true, false))),
        Case::new("UTF-16 without a mark", UNPARSABLE, json(401, utf16(REFUSED, false, false))),
        Case::new("UTF-16 the other way round", UNPARSABLE, json(401, utf16(REFUSED, true, true))),
        Case::new(
            "an overlong encoding of a quote",
            UNPARSABLE,
            json(401, b"{\"error\":\"invalid_token\",\"x\":\"\xc0\xa2\"}"),
        ),
        // The same number, however it is written.
        Case::new("an id as a number", ALIVE, json(200, r#"{"sub":70001}"#))
            .of(["desk", "numbered", "rest"]),
        Case::new("an id as digits", ALIVE, json(200, r#"{"sub":"70001"}"#))
            .of(["desk", "numbered", "rest"]),
        Case::new("an id as a whole number with a point", ALIVE, json(200, r#"{"sub":70001.0}"#))
            .of(["desk", "numbered", "rest"]),
        Case::new("an id as another number", OTHER_PRINCIPAL, json(200, r#"{"sub":70002}"#))
            .of(["desk", "numbered", "rest"]),
        Case::new(
            "an id that is no whole number",
            OTHER_PRINCIPAL,
            json(200, r#"{"sub":70001.5}"#),
        )
        .of(["desk", "numbered", "rest"]),
        // Read as a floating number it would lose its last digits, and could be anybody's.
        Case::new(
            "an id too long for a number",
            UNRECOGNISED,
            json(200, r#"{"sub":70001000000000000000001}"#),
        )
        .of(["desk", "numbered", "rest"]),
    ]
}
