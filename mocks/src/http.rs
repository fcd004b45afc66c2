//! Requests and answers as plain values, so that a platform can be tested without a socket.
//!
//! Not an HTTP implementation: only what a mock needs to read from a request and to say in reply.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::Value;

/// One request, whole, as a platform sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// The logical server it came to, named by its variable (`"OKTA_URL"`).
    pub(crate) server: &'static str,
    /// The address the caller used, without a trailing slash; pagination links are built on it.
    pub(crate) base: String,
    /// Upper case, as on the wire.
    pub(crate) method: String,
    /// The path without the query, still percent-encoded.
    pub(crate) path: String,
    /// The query as it came, without the question mark.
    pub(crate) query_text: String,
    /// Names in lower case, in the order of arrival.
    pub(crate) headers: Vec<(String, String)>,
    /// The body as it came.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Gives method and path segments, the thing to `match` a route on.
    pub(crate) fn route(&self) -> (&str, Vec<&str>) {
        let segments = self.path.split('/').filter(|s| !s.is_empty()).collect();
        (&self.method, segments)
    }

    /// Gives the first header of that (lower-case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Gives the first query parameter of that name, decoded.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        first_pair(self.query_text.as_bytes(), name)
    }

    /// Gives the first form field of that name, decoded.
    pub(crate) fn form(&self, name: &str) -> Option<String> {
        first_pair(&self.body, name)
    }

    /// Gives the body as JSON, or `Null` where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Gives a top-level text field of the body, whether it was sent as JSON or as a form.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        if let Value::Object(fields) = self.json() {
            return fields.get(name).and_then(Value::as_str).map(str::to_owned);
        }
        self.form(name)
    }

    /// Gives what follows `scheme` in the `Authorization` header; the scheme's case is ignored.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (given, rest) = self.header("authorization")?.split_once(' ')?;
        given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    /// Gives the bearer token.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.authorization("Bearer")
    }

    /// Gives user and password of HTTP Basic; the split is at the first colon (RFC 7617).
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let packed = self.authorization("Basic")?;
        let bytes = STANDARD.decode(packed).or_else(|_| STANDARD_NO_PAD.decode(packed)).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// Gives the value of a cookie, percent-decoded nothing: cookies are compared as sent.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let headers = self.headers.iter().filter(|(key, _)| key == "cookie");
        headers.flat_map(|(_, value)| value.split(';')).find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then_some(value)
        })
    }

    /// Tells whether the caller sent anything that looks like a credential in a header.
    pub(crate) fn has_authorization(&self) -> bool {
        self.header("authorization").is_some()
    }
}

/// Decodes a percent-encoded path segment; `+` stays a plus, unlike in a query.
pub(crate) fn decode_segment(segment: &str) -> String {
    let escaped = segment.replace('+', "%2B");
    let pair = url::form_urlencoded::parse(escaped.as_bytes()).next();
    pair.map_or_else(String::new, |(key, _)| key.into_owned())
}

fn first_pair(text: &[u8], name: &str) -> Option<String> {
    let found = url::form_urlencoded::parse(text).find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

/// One answer. The content type is an ordinary header here.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// The status code.
    pub(crate) status: u16,
    /// Names in the vendor's own case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; empty means none.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Makes an answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Makes a JSON answer.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    /// Makes an answer of any content type.
    pub(crate) fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut answer = Self::empty(status).with("Content-Type", content_type);
        answer.body = body.into();
        answer
    }

    /// Makes an HTML page.
    pub(crate) fn html(status: u16, body: &str) -> Self {
        Self::text(status, "text/html; charset=utf-8", body)
    }

    /// Makes a 302.
    pub(crate) fn redirect(location: &str) -> Self {
        Self::empty(302).with("Location", location)
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

#[cfg(test)]
impl Request {
    /// Starts a test request; `target` may carry a query.
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            base: "http://mock.test".into(),
            method: method.into(),
            path: path.into(),
            query_text: query.into(),
            ..Self::default()
        }
    }

    /// Sends it to another of the platform's servers.
    pub(crate) fn on(mut self, server: &'static str) -> Self {
        self.server = server;
        self
    }

    /// Adds a header; the name is lowered as the socket would.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// Adds `Authorization: {scheme} {value}`.
    pub(crate) fn auth(self, scheme: &str, value: &str) -> Self {
        self.with("authorization", &format!("{scheme} {value}"))
    }

    /// Adds HTTP Basic.
    pub(crate) fn with_basic(self, user: &str, password: &str) -> Self {
        let packed = STANDARD.encode(format!("{user}:{password}"));
        self.auth("Basic", &packed)
    }

    /// Sets a JSON body.
    pub(crate) fn with_json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with("content-type", "application/json")
    }

    /// Sets a form body.
    pub(crate) fn with_form(mut self, fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.body = form.finish().into_bytes();
        self.with("content-type", "application/x-www-form-urlencoded")
    }
}

#[cfg(test)]
impl Response {
    /// Reads the body back as JSON, `Null` where it is none.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Reads a header back, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_split_at_the_first_colon() {
        let request = Request::new("GET", "/").with_basic("maya@acme.example/token", "a:b");
        assert_eq!(request.basic(), Some(("maya@acme.example/token".into(), "a:b".into())));
    }

    #[test]
    fn cookies_are_found_among_others() {
        let request = Request::new("GET", "/").with("Cookie", "a=1; sid=x=y; b=2");
        assert_eq!(request.cookie("sid"), Some("x=y"));
        assert_eq!(request.cookie("s"), None);
    }

    #[test]
    fn a_field_is_read_from_json_and_from_a_form_alike() {
        let json = Request::new("POST", "/").with_json(&serde_json::json!({"token": "a b"}));
        let form = Request::new("POST", "/").with_form(&[("token", "a b")]);
        assert_eq!(json.field("token"), form.field("token"));
    }

    #[test]
    fn a_path_segment_keeps_its_plus() {
        assert_eq!(decode_segment("maya%40acme.example"), "maya@acme.example");
        assert_eq!(decode_segment("a+b"), "a+b");
    }
}
