//! Signature Version 4, verified in full: header signatures and pre-signed URLs.
//!
//! The canonical request is rebuilt from what arrived, so a client that signs something else than it
//! sends is refused as the real service refuses it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::http::Request;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What a signed request says about its signature.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    /// The access key's id.
    pub(super) key_id: String,
    /// The session token that came with it.
    pub(super) token: Option<String>,
    /// When it was signed.
    pub(super) at: SystemTime,
    /// How long a pre-signed URL may be used; `None` for a signature in a header.
    pub(super) lifetime: Option<Duration>,
    /// The service it was signed for.
    pub(super) service: String,
    stamp: String,
    scope: String,
    headers: String,
    signature: String,
}

impl Signed {
    /// Reads the signature of a request; `None` where there is none, or not a whole one.
    pub(super) fn read(request: &Request) -> Option<Self> {
        if let Some(rest) = request.authorization(ALGORITHM) {
            let part = |name: &str| {
                let mut parts = rest.split(',').map(str::trim);
                parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
            };
            let stamp = request.header("x-amz-date")?.to_owned();
            let token = request.header("x-amz-security-token").map(str::to_owned);
            let (headers, signature) = (part("SignedHeaders")?, part("Signature")?);
            return Self::assemble(part("Credential")?, stamp, headers, signature, token, None);
        }
        let given = |name: &str| request.query(&format!("X-Amz-{name}"));
        if given("Algorithm")? != ALGORITHM {
            return None;
        }
        let seconds = given("Expires").and_then(|text| text.parse().ok()).unwrap_or(900);
        let (headers, signature) = (given("SignedHeaders")?, given("Signature")?);
        Self::assemble(
            &given("Credential")?,
            given("Date")?,
            &headers,
            &signature,
            given("Security-Token"),
            Some(Duration::from_secs(seconds)),
        )
    }

    fn assemble(
        credential: &str,
        stamp: String,
        headers: &str,
        signature: &str,
        token: Option<String>,
        lifetime: Option<Duration>,
    ) -> Option<Self> {
        let (key_id, scope) = credential.split_once('/')?;
        let service = scope.split('/').nth(2)?.to_owned();
        Some(Self {
            key_id: key_id.to_owned(),
            token,
            at: instant(&stamp)?,
            lifetime,
            service,
            stamp,
            scope: scope.to_owned(),
            headers: headers.to_owned(),
            signature: signature.to_owned(),
        })
    }

    /// Tells whether `secret` gives this signature for what arrived.
    pub(super) fn fits(&self, request: &Request, secret: &str) -> bool {
        let hashed = hex(&Sha256::digest(self.canonical(request).as_bytes()));
        let text = format!("{ALGORITHM}\n{}\n{}\n{hashed}", self.stamp, self.scope);
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in self.scope.split('/') {
            key = mac(&key, part);
        }
        let body = request.header("x-amz-content-sha256").filter(|it| *it != UNSIGNED);
        let whole = body.is_none_or(|it| it == hex(&Sha256::digest(&request.body)));
        whole && hex(&mac(&key, &text)) == self.signature
    }

    fn canonical(&self, request: &Request) -> String {
        // Every service but S3 encodes the path once more than it is sent.
        let path =
            if self.service == "s3" { request.path.clone() } else { encode_path(&request.path) };
        let mut headers = String::new();
        for name in self.headers.split(';') {
            let values = request.headers.iter().filter(|(key, _)| key == name);
            let values: Vec<String> = values.map(|(_, value)| squeezed(value)).collect();
            headers.push_str(&format!("{name}:{}\n", values.join(",")));
        }
        let payload = match request.header("x-amz-content-sha256") {
            Some(given) => given.to_owned(),
            None if self.lifetime.is_some() && self.service == "s3" => UNSIGNED.to_owned(),
            None => hex(&Sha256::digest(&request.body)),
        };
        let query = canonical_query(&request.query_text);
        format!("{}\n{path}\n{query}\n{headers}\n{}\n{payload}", request.method, self.headers)
    }
}

fn canonical_query(text: &str) -> String {
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    let pairs = pairs.filter(|(name, _)| name != "X-Amz-Signature");
    let mut pairs: Vec<(String, String)> =
        pairs.map(|(name, value)| (encode(&name), encode(&value))).collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn squeezed(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Renders bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads `20260131T093000Z`, and `2026-01-31T09:30:00Z` as policies write it.
pub(super) fn instant(text: &str) -> Option<SystemTime> {
    let whole = text.split('.').next().unwrap_or(text);
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 14 {
        return None;
    }
    let number = |from: usize, to: usize| digits[from..to].parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
    // Howard Hinnant's days-from-civil, for years after 1970 only.
    let shifted = if month > 2 { year } else { year.checked_sub(1)? };
    let (era, of_era) = (shifted / 400, shifted % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let days = days.checked_sub(719_468)?;
    Some(UNIX_EPOCH + Duration::from_secs(days * 86_400 + hour * 3600 + minute * 60 + second))
}

#[cfg(test)]
impl Signed {
    /// Signs a test request as a client does, with host and date.
    pub(super) fn sign(
        request: Request,
        keys: (&str, &str, Option<&str>),
        service: &str,
        now: SystemTime,
    ) -> Request {
        let stamp: String = crate::times::iso(now)[..19].replace(['-', ':'], "") + "Z";
        let scope = format!("{}/us-east-1/{service}/aws4_request", &stamp[..8]);
        let mut request = request.with("host", "mock.test").with("x-amz-date", &stamp);
        let mut names = "host;x-amz-date".to_owned();
        if let Some(token) = keys.2 {
            request = request.with("x-amz-security-token", token);
            names.push_str(";x-amz-security-token");
        }
        let credential = format!("{}/{scope}", keys.0);
        let parts = |signature: &str| {
            format!("Credential={credential}, SignedHeaders={names}, Signature={signature}")
        };
        let unsigned = request.clone().auth(ALGORITHM, &parts("x"));
        let signed = Self::read(&unsigned).unwrap();
        let hashed = hex(&Sha256::digest(signed.canonical(&unsigned).as_bytes()));
        let text = format!("{ALGORITHM}\n{stamp}\n{scope}\n{hashed}");
        let mut key = format!("AWS4{}", keys.1).into_bytes();
        for part in scope.split('/') {
            key = mac(&key, part);
        }
        let signature = hex(&mac(&key, &text));
        request.auth(ALGORITHM, &parts(&signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::times::from_epoch;

    /// The worked example of the vendor's documentation on signing (GET ListUsers).
    #[test]
    fn the_documented_example_is_verified() {
        let request = Request::new("GET", "/?Action=ListUsers&Version=2010-05-08")
            .with("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
            .with("Host", "iam.amazonaws.com")
            .with("X-Amz-Date", "20150830T123600Z")
            .auth(
                ALGORITHM,
                "Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, Signature=\
                 5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            );
        let signed = Signed::read(&request).unwrap();
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        assert!(signed.fits(&request, secret));
        assert!(!signed.fits(&request, "another"));
        let mut altered = request;
        altered.query_text = "Action=ListUsers&Version=2010-05-09".into();
        assert!(!signed.fits(&altered, secret));
    }

    #[test]
    fn both_ways_of_writing_an_instant_are_read() {
        assert_eq!(instant("20240229T000000Z"), Some(from_epoch(1_709_164_800)));
        assert_eq!(instant("2026-12-31T23:59:59Z"), Some(from_epoch(1_798_761_599)));
        assert_eq!(instant("yesterday"), None);
    }
}
