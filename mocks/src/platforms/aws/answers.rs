//! How each kind of AWS service words its answers: Query XML, EC2 XML, S3 XML and JSON.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{IAM, S3, SSO, STS};
use crate::http::{Request, Response};
use crate::times::iso;

/// Request ids prove nothing here; one is enough.
const REQUEST_ID: &str = "7d0c1a52-0000-4000-8000-6d6f636b6564";

/// Why a caller is not let in at all; each service has its own words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nothing was signed.
    Unsigned,
    /// No such key, or one that is deleted or inactive: nobody can tell which.
    UnknownKey,
    /// A temporary credential past its end.
    Expired,
    /// Signature and secret do not fit.
    Signature,
    /// Signed too long ago, or in the future.
    Skewed,
    /// A pre-signed URL past its time.
    Lapsed,
}

/// Renders an instant without fractions.
pub(super) fn stamp(at: SystemTime) -> String {
    let text = iso(at);
    format!("{}Z", text.get(..19).unwrap_or(&text))
}

/// Renders a value as XML: an object's fields are elements, a list's items are `member`s.
pub(super) fn element(name: &str, value: &Value) -> String {
    let inner = match value {
        Value::Null => return String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => escaped(text),
        Value::Array(items) => items.iter().map(|item| element("member", item)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| element(name, value)).collect(),
    };
    format!("<{name}>{inner}</{name}>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn namespace(request: &Request) -> &'static str {
    if request.server == STS {
        "https://sts.amazonaws.com/doc/2011-06-15/"
    } else {
        "https://iam.amazonaws.com/doc/2010-05-08/"
    }
}

/// Answers a Query action; one without a result has only metadata.
pub(super) fn query(request: &Request, action: &str, result: &Value) -> Response {
    let metadata = json!({"RequestId": REQUEST_ID});
    if request.header("accept").is_some_and(|accept| accept.contains("application/json")) {
        let body = json!({format!("{action}Response"): {
            format!("{action}Result"): result, "ResponseMetadata": metadata,
        }});
        return Response::json(200, &body);
    }
    let name = format!("{action}Response");
    let result = element(&format!("{action}Result"), result);
    let metadata = element("ResponseMetadata", &metadata);
    let body = format!("<{name} xmlns=\"{}\">{result}{metadata}</{name}>", namespace(request));
    Response::text(200, "text/xml", body).with("x-amzn-RequestId", REQUEST_ID)
}

/// Refuses a Query action.
pub(super) fn query_error(request: &Request, status: u16, code: &str, why: &str) -> Response {
    let error = element("Error", &json!({"Type": "Sender", "Code": code, "Message": why}));
    let body = format!(
        "<ErrorResponse xmlns=\"{}\">{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>",
        namespace(request)
    );
    Response::text(status, "text/xml", body).with("x-amzn-RequestId", REQUEST_ID)
}

/// Answers a JSON action.
pub(super) fn json_body(body: &Value) -> Response {
    Response::text(200, "application/x-amz-json-1.1", body.to_string())
        .with("x-amzn-RequestId", REQUEST_ID)
}

/// Refuses a JSON action. That dead keys give 400 here, and not 403, is unconfirmed.
pub(super) fn json_error(status: u16, code: &str, why: &str) -> Response {
    let body = json!({"__type": code, "message": why});
    Response::text(status, "application/x-amz-json-1.1", body.to_string())
        .with("x-amzn-RequestId", REQUEST_ID)
}

/// Answers an EC2 action; `inner` is the XML between request id and end.
pub(super) fn ec2(action: &str, inner: &str) -> Response {
    let name = format!("{action}Response");
    let body = format!(
        "<{name} xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>{REQUEST_ID}</requestId>{inner}</{name}>"
    );
    Response::text(200, "text/xml;charset=UTF-8", body)
}

/// Refuses an EC2 action.
pub(super) fn ec2_error(status: u16, code: &str, why: &str) -> Response {
    let error = element("Error", &json!({"Code": code, "Message": why}));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors>{error}</Errors>\
         <RequestID>{REQUEST_ID}</RequestID></Response>"
    );
    Response::text(status, "text/xml;charset=UTF-8", body)
}

/// Refuses an S3 request.
pub(super) fn s3_error(status: u16, code: &str, why: &str, more: &Value) -> Response {
    let mut fields = json!({"Code": code, "Message": why});
    if let (Some(all), Some(more)) = (fields.as_object_mut(), more.as_object()) {
        all.extend(more.clone());
        all.insert("RequestId".into(), REQUEST_ID.into());
    }
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", element("Error", &fields));
    Response::text(status, "application/xml", body).with("x-amz-request-id", REQUEST_ID)
}

/// Refuses a request of the single sign-on portal.
pub(super) fn portal_error(status: u16, code: &str, why: &str) -> Response {
    Response::json(status, &json!({"message": why})).with("x-amzn-ErrorType", code)
}

/// Refuses a token request of the single sign-on service.
pub(super) fn oidc_error(status: u16, exception: &str, error: &str, why: &str) -> Response {
    Response::json(status, &json!({"error": error, "error_description": why}))
        .with("x-amzn-ErrorType", exception)
}

/// Says which shape of error a request expects: by its server, and by its body at the regional one.
fn is_json(request: &Request) -> bool {
    request.header("x-amz-target").is_some()
}

const INVALID: &str = "The security token included in the request is invalid.";
const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult \
                        the service documentation for details.";

/// Refuses a caller in the words of the service that was called.
pub(super) fn refuse(request: &Request, refusal: Refusal) -> Response {
    match request.server {
        S3 => refuse_s3(request, refusal),
        IAM | STS => {
            let (code, why) = query_words(refusal);
            query_error(request, 403, code, why)
        }
        SSO if request.path == "/token" => {
            let why = "Invalid grant provided";
            oidc_error(400, "InvalidGrantException", "invalid_grant", why)
        }
        SSO => portal_error(401, "UnauthorizedException", "Session token not found or invalid"),
        _ if request.path.starts_with("/v1/repos/") => Response::empty(403),
        _ if is_json(request) => {
            let (code, why) = match refusal {
                Refusal::Unsigned => ("MissingAuthenticationTokenException", "Missing token"),
                Refusal::UnknownKey => ("UnrecognizedClientException", INVALID),
                Refusal::Expired => ("ExpiredTokenException", query_words(refusal).1),
                Refusal::Signature | Refusal::Skewed | Refusal::Lapsed => {
                    ("InvalidSignatureException", query_words(refusal).1)
                }
            };
            json_error(400, code, why)
        }
        _ => {
            let failed = "AWS was not able to validate the provided access credentials";
            match refusal {
                Refusal::Skewed | Refusal::Lapsed => {
                    ec2_error(400, "RequestExpired", "Request has expired.")
                }
                Refusal::Unsigned | Refusal::UnknownKey | Refusal::Expired | Refusal::Signature => {
                    ec2_error(401, "AuthFailure", failed)
                }
            }
        }
    }
}

fn query_words(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::Unsigned => {
            ("MissingAuthenticationToken", "Request is missing Authentication Token")
        }
        Refusal::UnknownKey => ("InvalidClientTokenId", INVALID),
        Refusal::Expired => {
            ("ExpiredToken", "The security token included in the request is expired")
        }
        Refusal::Signature => ("SignatureDoesNotMatch", MISMATCH),
        Refusal::Skewed | Refusal::Lapsed => {
            ("SignatureDoesNotMatch", "Signature expired or not yet current")
        }
    }
}

fn refuse_s3(request: &Request, refusal: Refusal) -> Response {
    let id = super::sigv4::Signed::read(request).map(|signed| signed.key_id);
    match refusal {
        Refusal::Unsigned => s3_error(403, "AccessDenied", "Access Denied", &Value::Null),
        Refusal::UnknownKey => {
            let why = "The AWS Access Key Id you provided does not exist in our records.";
            s3_error(403, "InvalidAccessKeyId", why, &json!({"AWSAccessKeyId": id}))
        }
        // The status is unconfirmed.
        Refusal::Expired => {
            s3_error(400, "ExpiredToken", "The provided token has expired.", &json!({}))
        }
        Refusal::Lapsed => s3_error(403, "AccessDenied", "Request has expired", &json!({})),
        Refusal::Signature => s3_error(403, "SignatureDoesNotMatch", MISMATCH, &json!({})),
        Refusal::Skewed => {
            let why = "The difference between the request time and the current time is too large.";
            s3_error(403, "RequestTimeTooSkewed", why, &json!({}))
        }
    }
}
