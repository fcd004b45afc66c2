//! An answer of a platform as the rules see it: status, headers and a bounded, parsed body.

use serde_json::Value;

/// One answer, read to its end or to the bound.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status; 0 where no HTTP is spoken.
    pub status: u16,
    /// Headers, names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// What a body turned out to be.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON without duplicate keys.
    Json(Value),
    /// XML, read as a tree like JSON's.
    Xml(Value),
    /// HTML, by content type or by its first bytes.
    Html(String),
    /// Any other text.
    Text(String),
    /// Longer than the bound.
    TooLarge,
    /// Cut off, not UTF-8, or not the JSON it claims to be; says what.
    Unreadable(String),
}

impl Answer {
    /// Reads the raw parts of an answer.
    pub fn new(status: u16, headers: Vec<(String, String)>, body: &[u8]) -> Self {
        let all = |wanted: &str| {
            let of_name = headers.iter().filter(|(name, _)| name == wanted);
            let values: Vec<&str> = of_name.map(|(_, value)| value.trim()).collect();
            values.join(", ").to_ascii_lowercase()
        };
        // None was asked for, so its bytes are not what they seem.
        let encoded = Some(all("content-encoding")).filter(|it| !matches!(&**it, "" | "identity"));
        let framed = Some(all("transfer-encoding")).filter(|it| !matches!(&**it, "" | "chunked"));
        let body = match encoded.or(framed) {
            Some(coding) if !body.is_empty() => Body::Unreadable(format!("encoded as {coding:?}")),
            Some(_) | None => read(&all("content-type"), body),
        };
        Self { status, headers, body }
    }

    /// What was said where no HTTP is spoken.
    pub fn spoken(said: Value) -> Self {
        Self { status: 0, headers: Vec::new(), body: Body::Json(said) }
    }

    /// Whether it was said where no HTTP is spoken.
    pub fn is_spoken(&self) -> bool {
        self.status == 0
    }

    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All headers of one name, as the text a rule is matched against.
    pub(crate) fn header_text(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, v)| v.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The body as a tree, if it is JSON or XML.
    pub fn tree(&self) -> Option<&Value> {
        match &self.body {
            Body::Json(value) | Body::Xml(value) => Some(value),
            Body::Empty | Body::Html(_) | Body::Text(_) | Body::TooLarge | Body::Unreadable(_) => {
                None
            }
        }
    }

    /// The machine-readable code of a refusal, wherever platforms put it.
    pub fn code(&self) -> Option<String> {
        const PLACES: [&str; 12] = [
            "/error",
            "/errorCode",
            "/0/errorCode",
            "/error/code",
            "/error/type",
            "/code",
            "/Errors/description",
            "/ErrorResponse/Error/Code",
            "/Error/Code",
            "/Envelope/Body/Fault/faultcode",
            "/sqlstate",
            "/alert",
        ];
        let in_body = self
            .tree()
            .and_then(|body| PLACES.iter().find_map(|place| body.pointer(place)?.as_str()))
            .map(str::to_owned);
        in_body.or_else(|| {
            let challenge = self.header("www-authenticate")?;
            let from = challenge.find("error=\"")? + 7;
            let length = challenge[from..].find('"')?;
            Some(challenge[from..from + length].to_owned())
        })
    }

    /// The beginning of the body, unscrubbed.
    pub(crate) fn excerpt(&self) -> String {
        let text = match &self.body {
            Body::Empty => String::new(),
            Body::Json(value) | Body::Xml(value) => value.to_string(),
            Body::Html(text) | Body::Text(text) => text.clone(),
            Body::TooLarge => "(longer than the bound)".to_owned(),
            Body::Unreadable(why) => format!("({why})"),
        };
        text.chars().take(2_000).collect()
    }
}

/// A text without blanks and byte order marks around it.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || c.is_whitespace())
}

fn read(kind: &str, bytes: &[u8]) -> Body {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Body::Unreadable("not UTF-8".to_owned());
    };
    let trimmed = trimmed(text);
    if trimmed.is_empty() {
        return Body::Empty;
    }
    if kind.contains("text/html") || kind.contains("application/xhtml") || is_page(trimmed) {
        return Body::Html(text.to_owned());
    }
    if kind.contains("xml") || trimmed.starts_with("<?xml") {
        return match super::xml::read(trimmed) {
            Ok(value) => Body::Xml(value),
            Err(error) => Body::Unreadable(error),
        };
    }
    match super::json::strict(trimmed) {
        Ok(value) => Body::Json(value),
        Err(error) if kind.contains("json") || trimmed.starts_with(['{', '[']) => {
            Body::Unreadable(error)
        }
        Err(_) => Body::Text(text.to_owned()),
    }
}

/// Whether a text begins as a page does, whatever its label says.
fn is_page(text: &str) -> bool {
    const TAGS: [&str; 8] =
        ["<!doctype html", "<html", "<head", "<body", "<title", "<script", "<meta", "<style"];
    let mut rest = text;
    // Comments and declarations may stand before it.
    for (open, close) in [("<?xml", "?>"), ("<!--", "-->"), ("<!--", "-->")] {
        if let Some((_, after)) =
            rest.strip_prefix(open).and_then(|inside| inside.split_once(close))
        {
            rest = after.trim_start();
        }
    }
    TAGS.iter().any(|tag| {
        rest.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag))
            && !rest[tag.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: &str, body: &str) -> Answer {
        Answer::new(200, vec![("content-type".into(), kind.into())], body.as_bytes())
    }

    #[test]
    fn html_is_html_whatever_it_claims() {
        let body = answer("application/json", "<!DOCTYPE html><html>").body;
        assert!(matches!(body, Body::Html(_)));
    }

    #[test]
    fn a_page_is_known_by_its_first_tag() {
        for page in
            ["<!-- a -->\n<html>", "<?xml version='1.0'?><!DOCTYPE HTML>", "<SCRIPT>", "<body\nx>"]
        {
            assert!(matches!(answer("text/plain", page).body, Body::Html(_)), "{page}");
        }
        for other in ["<header>", "<!-- a", "\u{e9}\u{e9}"] {
            assert!(matches!(answer("text/plain", other).body, Body::Text(_)), "{other}");
        }
    }

    #[test]
    fn a_coding_nobody_asked_for_is_not_looked_through() {
        for (name, value) in [("content-encoding", "gzip"), ("transfer-encoding", "vanilla")] {
            let headers = |value: &str| vec![(name.to_owned(), value.to_owned())];
            let body = Answer::new(401, headers(value), b"{}").body;
            assert!(matches!(body, Body::Unreadable(_)), "{name}");
            assert!(matches!(Answer::new(401, headers(value), b"").body, Body::Empty));
        }
        let plain = vec![("content-encoding".to_owned(), "identity".to_owned())];
        assert!(matches!(Answer::new(401, plain, b"{}").body, Body::Json(_)));
    }

    #[test]
    fn xml_is_read_like_json_and_torn_xml_not_at_all() {
        let text = "<?xml version='1.0'?><ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>";
        assert_eq!(answer("text/plain", text).code().unwrap(), "InvalidClientTokenId");
        assert!(matches!(answer("text/xml", "<a><b>").body, Body::Unreadable(_)));
    }

    #[test]
    fn torn_json_is_unreadable_not_text() {
        assert!(matches!(answer("application/json", "{\"ok\":tr").body, Body::Unreadable(_)));
        assert!(matches!(answer("text/plain", "{\"ok\":tr").body, Body::Unreadable(_)));
        assert!(matches!(answer("text/plain", "no_text").body, Body::Text(_)));
    }

    #[test]
    fn finds_the_code_in_body_or_challenge() {
        assert_eq!(answer("x", "{\"error\":\"token_revoked\"}").code().unwrap(), "token_revoked");
        let mut bare = answer("x", "");
        bare.headers.push((
            "www-authenticate".into(),
            "Bearer error=\"invalid_token\", error_description=\"x\"".into(),
        ));
        assert_eq!(bare.code().unwrap(), "invalid_token");
    }

    #[test]
    fn a_label_alone_makes_a_page() {
        for kind in ["text/html; charset=utf-8", "application/xhtml+xml"] {
            assert!(matches!(answer(kind, "just words").body, Body::Html(_)), "{kind}");
        }
        assert!(matches!(answer("text/plain", "just words").body, Body::Text(_)));
    }

    #[test]
    fn blanks_and_marks_around_a_body_are_nothing() {
        assert_eq!(trimmed("\u{feff} \n x y \u{feff}"), "x y");
        assert!(matches!(answer("application/json", " \u{feff}\n").body, Body::Empty));
        assert!(matches!(answer("application/json", "\u{feff}{}\n").body, Body::Json(_)));
    }

    #[test]
    fn the_beginning_of_every_body_can_be_shown() {
        for (body, shown) in [
            ("", ""),
            ("{\"a\": 1}", "{\"a\":1}"),
            ("<html>x", "<html>x"),
            ("words", "words"),
            ("{torn", "(key must be a string at line 1 column 2)"),
        ] {
            assert_eq!(answer("text/plain", body).excerpt(), shown);
        }
        assert_eq!(answer("text/plain", &"x".repeat(9_000)).excerpt().len(), 2_000);
        let long = Answer { status: 200, headers: Vec::new(), body: Body::TooLarge };
        assert_eq!(long.excerpt(), "(longer than the bound)");
    }
}
