//! One request, from its description and the values that fill it to what is sent.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value as JsonValue};

use super::http::Outgoing;
use super::sign::{self, AwsKey, Unsigned};
use super::talk::mtls::Shown;
use super::wallet::Values;
use crate::platform::schema::{Auth, Json, Request, SigV4, SignedJwt, Totp};
use crate::platform::template::{Template, Unfilled};
use crate::secret::Secret;

/// What fills a request.
#[derive(Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) values: &'a Values,
    /// The way to authenticate where the request names none.
    pub(crate) default_auth: Option<&'a Auth>,
    /// Send no credential at all: the empty control.
    pub(crate) strip_auth: bool,
}

/// A request that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unbuilt {
    /// A placeholder without a value.
    #[error(transparent)]
    Unfilled(#[from] Unfilled),
    /// What it is to be signed with does not sign.
    #[error(transparent)]
    Unsigned(#[from] Unsigned),
}

/// Fills a request in and signs it.
pub(crate) fn build(
    request: &Request,
    filling: Filling<'_>,
    now: Timestamp,
) -> Result<Outgoing, Unbuilt> {
    let mut values = Cow::Borrowed(filling.values);
    if !(request.sign.is_empty() && request.totp.is_empty()) {
        let mut computed = filling.values.clone();
        for (name, totp) in &request.totp {
            let code = match filling.strip_auth {
                true => String::new(),
                false => second_factor(totp, filling.values, now)?,
            };
            computed.set_secret(name.clone(), Secret::new(code));
        }
        for (name, jwt) in &request.sign {
            // Without a credential there is nothing to sign with, and nothing is sent in its place.
            let signed = match filling.strip_auth {
                true => String::new(),
                false => signed(jwt, filling.values, now)?,
            };
            computed.set_secret(name.clone(), Secret::new(signed));
        }
        values = Cow::Owned(computed);
    }
    let values = &*values;
    let auth = request.auth.as_ref().or(filling.default_auth).filter(|_| !filling.strip_auth);
    let (method, url) = target(request, values)?;
    let accepted = match request.submits {
        Some(_) => "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        None => "application/json",
    };
    let mut headers = vec![("accept".to_owned(), accepted.to_owned())];
    for (name, value) in &request.headers {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.to_ascii_lowercase(), fill(value, values)?));
    }
    let body = body(request, auth, values)?;
    let mut outgoing = Outgoing { method, url, headers, body, shows: None };
    match auth {
        // A form carries its credential in the body.
        None | Some(Auth::None | Auth::Form(_)) => {}
        Some(Auth::Basic([user, password])) => {
            let pair = format!("{}:{}", fill(user, values)?, fill(password, values)?);
            outgoing.header("authorization", format!("Basic {}", STANDARD.encode(pair)));
        }
        Some(Auth::Bearer(token)) => {
            outgoing.header("authorization", format!("Bearer {}", fill(token, values)?));
        }
        Some(Auth::Header(fields)) => {
            for (name, value) in fields {
                outgoing.header(name, fill(value, values)?);
            }
        }
        Some(Auth::Cookie(fields)) => {
            let mut cookies = Vec::new();
            for (name, value) in fields {
                cookies.push(format!("{}={}", named(name, values)?, fill(value, values)?));
            }
            outgoing.header("cookie", cookies.join("; "));
        }
        Some(Auth::Sigv4(key)) => {
            let headers = sign::aws(&outgoing, aws_key(key, values)?, now)?;
            outgoing.headers.extend(headers);
        }
        Some(Auth::Mtls(shown)) => {
            outgoing.shows = Some(Shown {
                certificate: Secret::new(fill(&shown.certificate, values)?),
                key: Secret::new(fill(&shown.key, values)?),
            });
        }
        Some(Auth::Signature(signature)) => {
            let text = outgoing.body.as_ref().map_or("", |(_, text)| text.as_str());
            let secret = fill(&signature.secret, values)?;
            let headers = sign::body(signature.style, &secret, text, now);
            outgoing.headers.extend(headers);
        }
    }
    Ok(outgoing)
}

fn fill(template: &Template, values: &Values) -> Result<String, Unfilled> {
    template.render(|name| values.lookup(name))
}

/// Method and address.
fn target(request: &Request, values: &Values) -> Result<(reqwest::Method, url::Url), Unfilled> {
    let broken = |name: &str| Unfilled { name: name.to_owned() };
    let (method, address) = request.address().ok_or_else(|| broken("address"))?;
    let base = values.lookup("base_url").unwrap_or_default();
    let in_path = |name: &str, value: Cow<'_, str>| {
        // Whole addresses and paths stay as they are; anything else is one segment.
        if name.ends_with("url") || name.ends_with("endpoint") || name.ends_with("path") {
            value.into_owned()
        } else {
            percent(&value)
        }
    };
    let address = address.render_with(|name| values.lookup(name), in_path)?;
    let address = if address.starts_with('/') { format!("{base}{address}") } else { address };
    let mut url = url::Url::parse(&address).map_err(|_| broken("base_url"))?;
    for (name, value) in &request.query {
        url.query_pairs_mut().append_pair(name, &fill(value, values)?);
    }
    let method = reqwest::Method::from_bytes(method.as_bytes()).map_err(|_| broken("method"))?;
    Ok((method, url))
}

/// The body and its content type; the form that carries a credential is one even if it carries nothing
/// else.
fn body(
    request: &Request,
    auth: Option<&Auth>,
    values: &Values,
) -> Result<Option<(&'static str, String)>, Unfilled> {
    let of_auth = match auth {
        Some(Auth::Form(fields)) => Some(fields),
        Some(
            Auth::Basic(_)
            | Auth::Bearer(_)
            | Auth::Header(_)
            | Auth::Cookie(_)
            | Auth::Sigv4(_)
            | Auth::Signature(_)
            | Auth::Mtls(_)
            | Auth::None,
        )
        | None => None,
    };
    if request.form.is_some() || of_auth.is_some() {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in request.form.iter().chain(of_auth).flatten() {
            form.append_pair(&named(name, values)?, &fill(value, values)?);
        }
        return Ok(Some(("application/x-www-form-urlencoded", form.finish())));
    }
    if let Some(json) = &request.json {
        return Ok(Some(("application/json", json_body(json, values)?.to_string())));
    }
    if let Some(xml) = &request.xml {
        let text = xml.render_with(|name| values.lookup(name), |_, value| escaped(&value))?;
        return Ok(Some(("text/xml; charset=utf-8", text)));
    }
    match &request.text {
        Some(text) => Ok(Some(("text/plain; charset=utf-8", fill(text, values)?))),
        None => Ok(None),
    }
}

/// The name of a cookie or an input: it may differ by installation, so it may be a placeholder.
fn named(name: &str, values: &Values) -> Result<String, Unfilled> {
    match name.parse::<Template>() {
        Ok(template) => fill(&template, values),
        Err(_) => Ok(name.to_owned()),
    }
}

fn second_factor(totp: &Totp, values: &Values, now: Timestamp) -> Result<String, Unbuilt> {
    let seed = fill(&totp.seed, values)?;
    let step = totp.every.0.as_secs();
    Ok(sign::totp(&seed, totp.digits, step, totp.algorithm, now)?)
}

fn signed(jwt: &SignedJwt, values: &Values, now: Timestamp) -> Result<String, Unbuilt> {
    let kid = jwt.kid.as_ref().map(|kid| fill(kid, values)).transpose()?;
    let mut claims = Map::new();
    for (name, value) in &jwt.claims {
        claims.insert(name.clone(), json_body(value, values)?);
    }
    let nonce = values.lookup("nonce").unwrap_or_default();
    let key = fill(&jwt.key, values)?;
    Ok(sign::jwt(jwt.alg, &key, kid, claims, jwt.lifetime.0, now, &nonce)?)
}

fn aws_key(key: &SigV4, values: &Values) -> Result<AwsKey, Unfilled> {
    Ok(AwsKey {
        id: fill(&key.access_key_id, values)?,
        secret: fill(&key.secret_access_key, values)?,
        token: key.session_token.as_ref().map(|token| fill(token, values)).transpose()?,
        region: fill(&key.region, values)?,
        service: fill(&key.service, values)?,
    })
}

fn json_body(json: &Json, values: &Values) -> Result<JsonValue, Unfilled> {
    Ok(match json {
        Json::Bool(value) => JsonValue::Bool(*value),
        Json::Number(value) => (*value).into(),
        Json::Text(template) => fill(template, values)?.into(),
        Json::List(items) => JsonValue::Array(
            items.iter().map(|item| json_body(item, values)).collect::<Result<_, _>>()?,
        ),
        Json::Object(fields) => {
            let mut object = Map::new();
            for (name, value) in fields {
                object.insert(name.clone(), json_body(value, values)?);
            }
            JsonValue::Object(object)
        }
    })
}

fn percent(value: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    encoded.replace('+', "%20")
}

/// A value as the text of an XML element or attribute.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(yaml: &str, strip_auth: bool) -> Outgoing {
        let request: Request = serde_saphyr::from_str(yaml).unwrap();
        let mut values = Values::default();
        values.set("base_url", "http://127.0.0.1:9");
        values.set("id", "a/b?c");
        values.set("email", "maya@acme.example");
        values.set_secret("token", Secret::new("s3cret&token"));
        build(
            &request,
            Filling { values: &values, default_auth: None, strip_auth },
            Timestamp::UNIX_EPOCH,
        )
        .unwrap()
    }

    #[test]
    fn values_cannot_break_out_of_their_place() {
        let out = outgoing("{get: '/users/{{ id }}', query: {q: '{{ token }}'}}", false);
        assert_eq!(out.url.as_str(), "http://127.0.0.1:9/users/a%2Fb%3Fc?q=s3cret%26token");
        let out = outgoing("{post: /t, form: {token: '{{ token }}', x: y}}", false);
        assert_eq!(out.body.unwrap().1, "token=s3cret%26token&x=y");
        let out = outgoing("{post: /t, json: {a: ['{{ id }}', 7, true]}}", false);
        assert_eq!(out.body.unwrap().1, r#"{"a":["a/b?c",7,true]}"#);
    }

    #[test]
    fn the_empty_control_sends_no_credential() {
        let yaml = "{get: /me, auth: {basic: ['{{ email }}/token', '{{ token }}']}}";
        let with = outgoing(yaml, false);
        assert!(with.headers.iter().any(|(name, _)| name == "authorization"));
        let without = outgoing(yaml, true);
        assert!(!without.headers.iter().any(|(name, _)| name == "authorization"));
    }

    #[test]
    fn values_cannot_break_out_of_xml() {
        let out = outgoing("{post: /soap, xml: '<a>{{ token }}</a>'}", false);
        assert_eq!(
            out.body.unwrap(),
            ("text/xml; charset=utf-8", "<a>s3cret&amp;token</a>".into())
        );
    }

    #[test]
    fn the_empty_control_signs_nothing() {
        let jwt = "{assertion: {alg: HS256, key: '{{ token }}', claims: {iss: x}, lifetime: 5m}}";
        let yaml = format!("{{post: /t, sign: {jwt}, form: {{assertion: '{{{{ assertion }}}}'}}}}");
        assert_eq!(outgoing(&yaml, true).body.unwrap().1, "assertion=");
        assert!(outgoing(&yaml, false).body.unwrap().1.starts_with("assertion=eyJ"));
        let yaml = "{get: /me, auth: {sigv4: {access_key_id: '{{ id }}', secret_access_key: '{{ token }}', region: r, service: s}}}";
        assert!(!outgoing(yaml, true).headers.iter().any(|(name, _)| name == "authorization"));
    }
}
