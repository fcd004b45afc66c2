//! What is signed rather than sent: JWTs, AWS requests, webhook bodies.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Map, Value};

use super::http::Outgoing;
use crate::platform::schema::{Algorithm, SignatureStyle, TotpAlgorithm};

/// A signature that cannot be made; never says with what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsigned {
    /// The key is not of the algorithm's kind.
    #[error("the key cannot be used with {0:?}: expected a PEM private key for RS256 and ES256")]
    Key(Algorithm),
    /// The request cannot be signed for AWS.
    #[error("the request cannot be signed for AWS: {0}")]
    Aws(String),
    /// The seed of a second factor is none.
    #[error("the seed of the second factor is no Base32")]
    Seed,
}

/// A second factor of this time (RFC 6238); the seed as authenticator apps take it.
pub(crate) fn totp(
    seed: &str,
    digits: u8,
    step: u64,
    algorithm: TotpAlgorithm,
    now: Timestamp,
) -> Result<String, Unsigned> {
    // It is shown to people in groups, and padded or not.
    let seed: String = seed
        .chars()
        .filter(|c| !(c.is_whitespace() || matches!(c, '-' | '=')))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let seed = totp_rs::Secret::try_from_base32(seed).map_err(|_| Unsigned::Seed)?;
    if seed.as_bytes().is_empty() || step == 0 {
        return Err(Unsigned::Seed);
    }
    let algorithm = match algorithm {
        TotpAlgorithm::Sha1 => totp_rs::Algorithm::SHA1,
        TotpAlgorithm::Sha256 => totp_rs::Algorithm::SHA256,
        TotpAlgorithm::Sha512 => totp_rs::Algorithm::SHA512,
    };
    let totp = totp_rs::Builder::new()
        .with_algorithm(algorithm)
        .with_digits(digits)
        .with_secret(seed)
        .with_step_duration(step)
        // Whether a seed is long enough is the platform's affair.
        .build_noncompliant();
    Ok(totp.generate(now.as_second().try_into().unwrap_or(0)).to_string())
}

/// Signs claims (RFC 7515), adding `iat`, `exp` and `jti`.
pub(crate) fn jwt(
    algorithm: Algorithm,
    key: &str,
    kid: Option<String>,
    mut claims: Map<String, Value>,
    lifetime: Duration,
    now: Timestamp,
    nonce: &str,
) -> Result<String, Unsigned> {
    let unusable = |_| Unsigned::Key(algorithm);
    let (alg, key) = match algorithm {
        Algorithm::Hs256 => {
            (jsonwebtoken::Algorithm::HS256, EncodingKey::from_secret(key.as_bytes()))
        }
        Algorithm::Rs256 => (
            jsonwebtoken::Algorithm::RS256,
            EncodingKey::from_rsa_pem(key.as_bytes()).map_err(unusable)?,
        ),
        Algorithm::Es256 => (
            jsonwebtoken::Algorithm::ES256,
            EncodingKey::from_ec_pem(key.as_bytes()).map_err(unusable)?,
        ),
    };
    let issued = now.as_second();
    let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    claims.entry("iat").or_insert_with(|| issued.into());
    claims.entry("exp").or_insert_with(|| issued.saturating_add(lifetime).into());
    claims.entry("jti").or_insert_with(|| nonce.into());
    let header = Header { kid, ..Header::new(alg) };
    jsonwebtoken::encode(&header, &claims, &key).map_err(unusable)
}

/// What an AWS request is signed with.
pub(crate) struct AwsKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) region: String,
    pub(crate) service: String,
}

/// Signs a request for AWS, version 4, and gives the headers to add.
pub(crate) fn aws(
    outgoing: &Outgoing,
    key: AwsKey,
    now: Timestamp,
) -> Result<Vec<(String, String)>, Unsigned> {
    fn unusable(error: impl std::fmt::Display) -> Unsigned {
        Unsigned::Aws(error.to_string())
    }
    let identity = Credentials::new(key.id, key.secret, key.token, None, "doornail").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::Headers;
    if key.service == "s3" {
        // S3 alone takes the path as it is, and wants to know the body's digest.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let time = SystemTime::UNIX_EPOCH
        + Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default());
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&key.region)
        .name(&key.service)
        .time(time)
        .settings(settings)
        .build()
        .map_err(unusable)?
        .into();
    let body = outgoing.body.as_ref().map_or("", |(_, text)| text.as_str());
    let headers = outgoing
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-amz-"))
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let request = SignableRequest::new(
        outgoing.method.as_str(),
        outgoing.url.as_str(),
        headers,
        SignableBody::Bytes(body.as_bytes()),
    )
    .map_err(unusable)?;
    let (instructions, _) =
        aws_sigv4::http_request::sign(request, &parameters).map_err(unusable)?.into_parts();
    let (headers, _) = instructions.into_parts();
    Ok(headers
        .into_iter()
        .map(|header| (header.name().to_owned(), header.value().to_owned()))
        .collect())
}

/// Signs a body with a shared secret, the way of one vendor, and gives the headers to add.
pub(crate) fn body(
    style: SignatureStyle,
    secret: &str,
    body: &str,
    now: Timestamp,
) -> Vec<(String, String)> {
    let time = now.as_second();
    let one = |name: &str, value: String| vec![(name.to_owned(), value)];
    match style {
        SignatureStyle::Stripe => {
            let mac = hex(&digest(secret, &format!("{time}.{body}")));
            one("stripe-signature", format!("t={time},v1={mac}"))
        }
        SignatureStyle::Github => {
            one("x-hub-signature-256", format!("sha256={}", hex(&digest(secret, body))))
        }
        SignatureStyle::Shopify => {
            one("x-shopify-hmac-sha256", STANDARD.encode(digest(secret, body)))
        }
        SignatureStyle::Slack => vec![
            ("x-slack-request-timestamp".to_owned(), time.to_string()),
            (
                "x-slack-signature".to_owned(),
                format!("v0={}", hex(&digest(secret, &format!("v0:{time}:{body}")))),
            ),
        ],
    }
}

fn digest(secret: &str, text: &str) -> Vec<u8> {
    match Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        // HMAC takes keys of any length (RFC 2104 section 3).
        Err(_) => Vec::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_body_is_signed_as_its_vendor_documents() {
        // The example of GitHub's page on validating deliveries.
        let github =
            body(SignatureStyle::Github, "It's a Secret to Everybody", "Hello, World!", at(0));
        assert_eq!(
            github[0].1,
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
        // The example of Slack's page on verifying requests.
        let slack = body(
            SignatureStyle::Slack,
            "8f742231b10e8888abcd99yyyzzz85a5",
            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
            at(1_531_420_618),
        );
        assert_eq!(
            slack[1].1,
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        );
    }

    #[test]
    fn a_request_is_signed_as_aws_documents() {
        // The `get-vanilla` case of the published test suite of Signature Version 4.
        let outgoing = Outgoing {
            method: reqwest::Method::GET,
            url: "https://example.amazonaws.com/".parse().unwrap(),
            headers: Vec::new(),
            body: None,
            shows: None,
        };
        let key = AwsKey {
            id: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            token: None,
            region: "us-east-1".into(),
            service: "service".into(),
        };
        let headers = aws(&outgoing, key, at(1_440_938_160)).unwrap();
        let authorization = headers.iter().find(|(name, _)| name == "authorization").unwrap();
        assert!(authorization.1.ends_with(
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ));
    }

    #[test]
    fn a_jwt_carries_its_time_and_never_its_key() {
        let token = jwt(
            Algorithm::Hs256,
            "s3cret",
            Some("k1".into()),
            Map::new(),
            Duration::from_secs(60),
            at(1_000),
            "n1",
        )
        .unwrap();
        let part = |index: usize| -> Value {
            use base64::engine::general_purpose::URL_SAFE_NO_PAD;
            let text = token.split('.').nth(index).unwrap();
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
        };
        assert_eq!(part(0)["kid"], "k1");
        assert_eq!((&part(1)["exp"], &part(1)["jti"]), (&Value::from(1060), &Value::from("n1")));
        let error = jwt(Algorithm::Rs256, "s3cret", None, Map::new(), Duration::ZERO, at(0), "n");
        assert!(!error.unwrap_err().to_string().contains("s3cret"));
    }
}
