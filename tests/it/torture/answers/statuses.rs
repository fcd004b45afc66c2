//! Status codes: what each proves by itself, and what it takes away from a body that looks like proof.

use crate::torture::case::*;
use crate::torture::say::*;

const GONE: &str = r#"{"error":"token_not_found"}"#;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("200 that names the principal", ALIVE, json(200, ME)),
        Case::new("401 with the documented code", DEAD, json(401, REFUSED)),
        Case::new(
            "200 with the documented code",
            REVOKED,
            json(200, r#"{"ok":false,"error":"token_revoked"}"#),
        ),
        Case::new("404 with the documented code", DEAD, json(404, GONE)),
        Case::new("500 with the documented code", DEAD, json(500, r#"{"error":"user_deleted"}"#)),
        Case::new("410 with the documented text", DEAD, text(410, "token gone\n")),
        Case::new("401 whose code is old age", EXPIRED, json(401, r#"{"error":"token_expired"}"#)),
        Case::new(
            "403 whose code is a disabled user",
            DISABLED,
            json(403, r#"{"error":"user_disabled"}"#),
        ),
        Case::new(
            "403 whose code is a missing scope",
            NOT_PERMITTED,
            json(403, r#"{"error":"insufficient_scope"}"#),
        ),
        Case::new(
            "204 that names the principal in a documented header",
            ALIVE,
            bare(204, &[("x-user", "u-1")]),
        ),
        Case::new("204 that names nobody", UNRECOGNISED, bare(204, &[])),
        Case::new("200 with the refusal of another status", UNRECOGNISED, json(200, REFUSED)),
        Case::new("404 with the refusal of another status", UNRECOGNISED, json(404, REFUSED)),
        Case::new("403 with the refusal of another status", UNRECOGNISED, json(403, REFUSED)),
        Case::new("401 with the principal's own answer", UNRECOGNISED, json(401, ME)),
        Case::new("403 with the principal's own answer", UNRECOGNISED, json(403, ME)),
        Case::new("503 with the principal's own answer", SERVER_ERROR, json(503, ME)),
        Case::new("500 with the refusal of another status", SERVER_ERROR, json(500, REFUSED)),
        Case::new(
            "503 with a documented wish",
            UNAVAILABLE,
            json(503, r#"{"error":"maintenance"}"#),
        ),
        Case::new("423 locked out", LOCKED_OUT, json(423, r#"{"error":"account_locked"}"#)),
        Case::new("403 from an address list", POLICY, json(403, r#"{"error":"ip_not_allowed"}"#)),
        Case::new(
            "401 of the client beside the credential",
            CLIENT_REFUSED,
            json(401, r#"{"error":"invalid_client"}"#),
        ),
        Case::new("408 with the refusal", TRY_AGAIN, json(408, REFUSED)),
        Case::new("425 with the refusal", TRY_AGAIN, json(425, REFUSED)),
        Case::new("429 with the refusal", RATE_LIMITED, json(429, REFUSED)),
        Case::new("429 with the principal's own answer", RATE_LIMITED, json(429, ME)),
        Case::new("203 altered on the way", UNRECOGNISED, json(203, ME)),
        Case::new(
            "206 a part of an answer",
            UNRECOGNISED,
            json_with(206, &[("content-range", "bytes 0-48/90")], ME),
        ),
        Case::new("207 of many minds", UNRECOGNISED, json(207, ME)),
        Case::new("999 as some gateways have it", UNRECOGNISED, json(999, REFUSED)),
        Case::new("600 beyond all classes", UNRECOGNISED, json(600, REFUSED)),
    ];
    // A status alone proves nothing: any gateway can answer it.
    for status in [
        400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 412, 415, 418, 421, 422, 426, 431, 440,
        444, 451, 498, 499,
    ] {
        cases.push(Case::new(format!("{status} without a body"), UNRECOGNISED, bare(status, &[])));
    }
    for status in [500, 501, 502, 503, 504, 507, 511, 520, 521, 525, 529, 530, 599] {
        cases.push(Case::new(format!("{status} without a body"), SERVER_ERROR, bare(status, &[])));
    }
    for status in [300, 301, 302, 303, 304, 307, 308] {
        let reply = json_with(status, &[("location", "/login")], REFUSED);
        cases.push(Case::new(format!("{status} with the refusal in its body"), REDIRECT, reply));
    }
    cases
}
