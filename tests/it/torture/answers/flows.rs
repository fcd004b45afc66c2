//! Probes of several requests: refreshing a grant, signing in by form, reaching for data, asking an administrator.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::torture::case::*;
use crate::torture::say::*;
use crate::torture::wire::{Asked, Deed, Reply};

const GRANT: [&str; 3] = ["desk", "grant", "redemption"];
const FORM: [&str; 3] = ["desk", "login", "form"];
const DATA: [&str; 3] = ["desk", "token", "data"];
const BACKED: [&str; 3] = ["desk", "token", "backed"];

fn tokens(rest: &str) -> Reply {
    json(200, format!("{{\"access_token\":\"a-1\",\"token_type\":\"Bearer\"{rest}}}"))
}

/// The second refresh sends this token.
fn second_refresh<const NEW: bool>(asked: &[Asked]) -> Result<(), String> {
    let sent: Vec<&str> =
        asked.iter().filter(|one| one.path() == "/token").map(|one| one.body.as_str()).collect();
    let expected = if NEW { "refresh_token=r-2" } else { "refresh_token=s3cret-token-of-c" };
    match sent.as_slice() {
        [_, second] if second.ends_with(expected) => Ok(()),
        other => Err(format!("expected …{expected}, got {other:?}")),
    }
}

fn last_cookie_counts(asked: &[Asked]) -> Result<(), String> {
    let cookies: Vec<_> = asked.iter().filter_map(|one| one.header("cookie")).collect();
    if cookies == ["sid=fresh"] { Ok(()) } else { Err(format!("{cookies:?}")) }
}

fn jwt(expires: i64) -> String {
    let claims = URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{expires}}}"));
    format!("eyJhbGciOiJub25lIn0.{claims}.c2lnbmF0dXJl")
}

pub(super) fn cases() -> Vec<Case> {
    let grant = |name: &str, demand: Demand, reply: Reply| Case::new(name, demand, reply).of(GRANT);
    let me = || json(200, ME);
    let invalid = || json(400, r#"{"error":"invalid_grant"}"#);
    let form = |name: &str, demand: Demand, headers: &[(&str, &str)]| {
        let mut all = vec![("location", "/home")];
        all.extend_from_slice(headers);
        Case::new(name, demand, bare(302, &all)).of(FORM)
    };
    let home = || html(200, "<p>Signed in as maya@acme.example</p>");
    let data = |name: &str, demand: Demand, first: Reply, second: Reply| {
        Case::new(name, demand, me()).of(DATA).then(first).then(second)
    };
    let no_access = || json(403, r#"{"error":"no_access"}"#);
    let backed = |name: &str, demand: Demand, readback: Reply| {
        Case::new(name, demand, json(401, REFUSED)).of(BACKED).then(readback)
    };
    vec![
        grant("a grant that mints, and what it mints works", ALIVE, tokens("")).then(me()),
        grant("a grant that is refused", DEAD, invalid()),
        grant(
            "a grant that is limited, in words of refusal",
            RATE_LIMITED,
            json(429, r#"{"error":"invalid_grant"}"#),
        ),
        grant(
            "a grant whose client is refused",
            CLIENT_REFUSED,
            json(401, r#"{"error":"invalid_client"}"#),
        ),
        grant("a grant that mints what is refused", UNRECOGNISED, tokens(""))
            .then(json(401, REFUSED)),
        grant(
            "a refusal in the words of the first request, at the second",
            UNRECOGNISED,
            tokens(""),
        )
        .then(invalid()),
        grant("a grant that mints for another principal", OTHER_PRINCIPAL, tokens(""))
            .then(json(200, r#"{"user":{"id":"u-2"}}"#)),
        grant("a grant that answers without a token", FLOW_BROKEN, json(200, "{}")),
        grant(
            "a grant that answers with a token of null",
            FLOW_BROKEN,
            json(200, r#"{"access_token":null}"#),
        ),
        grant(
            "a grant that answers with an empty token",
            FLOW_BROKEN,
            json(200, r#"{"access_token":""}"#),
        )
        .then(json(401, REFUSED)),
        grant("a grant that mints, and a wall comes after", HTML, tokens(""))
            .then(html(403, LOGIN)),
        grant("a grant that mints, and silence comes after", TIMEOUT, tokens(""))
            .then(deeds([Deed::Hold])),
        grant("a grant that mints, and a reset comes after", CONNECTION, tokens(""))
            .then(deeds([Deed::Reset])),
        grant("a grant that mints, and a limit comes after", RATE_LIMITED, tokens(""))
            .then(bare(429, &[])),
        grant("a token endpoint behind a login page", HTML, html(200, LOGIN)),
        grant("a token endpoint that has moved", REDIRECT, bare(308, &[("location", "/v2/token")])),
        grant("a rotated token is used next", ALIVE, tokens(r#","refresh_token":"r-2""#))
            .then(me())
            .then(tokens(""))
            .then(me())
            .and_then(ALIVE)
            .requests(second_refresh::<true>),
        grant("a token that is not rotated is used again", ALIVE, tokens(""))
            .then(me())
            .then(tokens(""))
            .then(me())
            .and_then(ALIVE)
            .requests(second_refresh::<false>),
        // "None" in the words of several frameworks. Whoever keeps these kills the grant by his own hand.
        grant("a rotation to nothing is none", ALIVE, tokens(r#","refresh_token":"""#))
            .then(me())
            .then(tokens(""))
            .then(me())
            .and_then(ALIVE)
            .requests(second_refresh::<false>),
        grant("a rotation to null is none", ALIVE, tokens(r#","refresh_token":null"#))
            .then(me())
            .then(tokens(""))
            .then(me())
            .and_then(ALIVE)
            .requests(second_refresh::<false>),
        grant("a rotation to false is none", ALIVE, tokens(r#","refresh_token":false"#))
            .then(me())
            .then(tokens(""))
            .then(me())
            .and_then(ALIVE)
            .requests(second_refresh::<false>),
        grant(
            "a token in a refusal is no rotation",
            DEAD,
            json(400, r#"{"error":"invalid_grant","refresh_token":"r-9"}"#),
        )
        .then(tokens(""))
        .then(me())
        .and_then(ALIVE)
        .requests(second_refresh::<false>),
        grant(
            "a rotation is kept though what follows fails",
            TIMEOUT,
            tokens(r#","refresh_token":"r-2""#),
        )
        .then(deeds([Deed::Hold]))
        .then(tokens(""))
        .then(me())
        .and_then(ALIVE)
        .requests(second_refresh::<true>),
        form("a form that signs in", ALIVE, &[("set-cookie", "sid=fresh; Path=/; HttpOnly")])
            .then(home()),
        form(
            "a form that sets a cookie twice: the last one counts",
            ALIVE,
            &[("set-cookie", "sid=anonymous; Path=/"), ("set-cookie", "sid=fresh; Path=/")],
        )
        .then(home())
        .requests(last_cookie_counts),
        form(
            "a form that takes the cookie back",
            FLOW_BROKEN,
            &[("set-cookie", "sid=deleted; Max-Age=0")],
        )
        .then(home()),
        form(
            "a form that lets the cookie expire in 1970",
            FLOW_BROKEN,
            &[("set-cookie", "sid=deleted; expires=Thu, 01 Jan 1970 00:00:00 GMT")],
        )
        .then(home()),
        form("a form that sets an empty cookie", FLOW_BROKEN, &[("set-cookie", "sid=; Path=/")])
            .then(home()),
        form("a form that sets another cookie", FLOW_BROKEN, &[("set-cookie", "sid2=fresh")])
            .then(home()),
        form("a form that signs in somebody else", UNRECOGNISED, &[("set-cookie", "sid=fresh")])
            .then(html(200, "<p>Signed in as leo@acme.example</p>")),
        form("a form that signs in a longer name", UNRECOGNISED, &[("set-cookie", "sid=fresh")])
            .then(html(200, "<p>Signed in as maya@acme.example.org</p>")),
        form(
            "a form that sends home, where the login page is",
            UNRECOGNISED,
            &[("set-cookie", "sid=fresh")],
        )
        .then(html(200, LOGIN)),
        form("a form whose home says wrong password", UNRECOGNISED, &[("set-cookie", "sid=fresh")])
            .then(html(200, "<p>Wrong e-mail or password</p>")),
        data(
            "identity and data",
            ALIVE,
            json(200, r#"{"tickets":[]}"#),
            json(200, r#"{"customers":[]}"#),
        ),
        data(
            "identity, and one of two data calls",
            ALIVE,
            no_access(),
            json(200, r#"{"customers":[]}"#),
        ),
        data("identity, and no data call at all", CONTAINED, no_access(), no_access()),
        data("identity, and walls before the data", ALIVE, html(403, LOGIN), html(403, LOGIN)),
        data(
            "identity, and limits before the data",
            ALIVE,
            json(429, r#"{"error":"no_access"}"#),
            json(429, r#"{"error":"no_access"}"#),
        ),
        data("identity, and silence of the data", ALIVE, deeds([Deed::Reset]), no_access()),
        data("identity, and refusals without a code", ALIVE, bare(403, &[]), bare(403, &[])),
        backed(
            "a refusal that the administrator confirms",
            DEAD,
            json(200, r#"{"id":"u-1","suspended":false}"#),
        ),
        backed(
            "a refusal that the administrator explains",
            DISABLED,
            json(200, r#"{"id":"u-1","suspended":true}"#),
        ),
        backed(
            "a refusal that was a lock-out",
            LOCKED_OUT,
            json(200, r#"{"id":"u-1","suspended":false,"locked":true}"#),
        ),
        backed("an administrator who is refused himself", POLICY, json(401, REFUSED)),
        backed(
            "an administrator who finds somebody else",
            POLICY,
            json(200, r#"{"id":"u-2","suspended":false}"#),
        ),
        backed("an administrator who is limited", RATE_LIMITED, bare(429, &[("retry-after", "9")])),
        backed("an administrator behind a wall", HTML, html(200, LOGIN)),
        backed("an administrator who gets no answer", CONNECTION, deeds([Deed::Reset])),
        backed("an administrator who waits in vain", TIMEOUT, deeds([Deed::Hold])),
        backed(
            "an administrator who reads the answer twice",
            UNPARSABLE,
            json(200, r#"{"id":"u-1","suspended":false,"suspended":true}"#),
        ),
        // Notes, never verdicts: the platform decides, the claim only tells old age from revocation.
        Case::new("a JWT past its time that still works", ALIVE, me()).token(jwt(1_000_000)),
        Case::new("a JWT past its time that is refused", EXPIRED, json(401, REFUSED))
            .token(jwt(1_000_000)),
        Case::new("a JWT with years to live that is refused", DEAD, json(401, REFUSED))
            .token(jwt(32_000_000_000)),
        Case::new("a JWT whose time is beyond any calendar", DEAD, json(401, REFUSED))
            .token(jwt(i64::MAX)),
        Case::new("a JWT whose claims are torn", DEAD, json(401, REFUSED))
            .token("eyJ.e30x.abcdefgh"),
        Case::new("a JWT past its time, and a limit", RATE_LIMITED, bare(429, &[]))
            .token(jwt(1_000_000)),
        // One of three replicas has not heard yet: each probe says what it saw, and no more.
        Case::new("replicas that disagree", DEAD, json(401, REFUSED))
            .then(me())
            .and_then(ALIVE)
            .then(json(401, REFUSED))
            .and_then(DEAD),
    ]
}
