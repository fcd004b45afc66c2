//! Whose credential it is, what kind, and how Twilio says no: nearly always with the same code.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{ACCESS, API_KEY, AUTH_TOKEN, Twilio};
use crate::http::{Request, Response};
use crate::identity::{Key, Standing, State};

/// What a credential may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    /// An Auth Token or a Main key.
    Full,
    /// A Standard key, an OAuth token: all but accounts and keys.
    Standard,
    /// A Restricted key, with the one permission of the population: messages.
    Restricted,
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The account the credential belongs to, or stands for where the parent's token was used.
    pub(super) account: String,
    /// What it may do.
    pub(super) power: Power,
}

impl Twilio {
    /// Authenticates by Basic or bearer.
    pub(super) fn caller(&self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        if let Some(token) = request.bearer() {
            let key = self.standing_of(self.kernel.lookup(ACCESS, token), now)?;
            let account = self.kernel.credential(key).principal.clone().unwrap_or_default();
            return Ok(Caller { account, power: Power::Standard });
        }
        let (user, value) = request.basic().ok_or_else(unauthenticated)?;
        if user.starts_with("SK") {
            let key = self.kernel.find(API_KEY, &user);
            let key = key.filter(|key| self.kernel.credential(*key).secret == value);
            let key = self.standing_of(key, now)?;
            let stored = self.kernel.credential(key);
            let power = match stored.text("type") {
                "main" => Power::Full,
                "restricted" => Power::Restricted,
                _ => Power::Standard,
            };
            return Ok(Caller { account: stored.principal.clone().unwrap_or_default(), power });
        }
        // The parent's token is also good for the name of a subaccount.
        let key = self.kernel.lookup(AUTH_TOKEN, &value).filter(|key| {
            let owner = self.kernel.credential(*key).principal.as_deref();
            owner == Some(user.as_str()) || owner == Some(self.parent_of(&user).as_str())
        });
        self.standing_of(key, now)?;
        Ok(Caller { account: user, power: Power::Full })
    }

    fn standing_of(&self, key: Option<Key>, now: SystemTime) -> Result<Key, Response> {
        let key = key.ok_or_else(unauthenticated)?;
        match self.kernel.standing(key, now) {
            Standing::Alive => Ok(key),
            Standing::Masked(State::Suspended) => Err(suspended()),
            Standing::Unknown
            | Standing::Revoked
            | Standing::Expired
            | Standing::Disabled
            | Standing::Masked(_) => Err(unauthenticated()),
        }
    }

    pub(super) fn parent_of(&self, account: &str) -> String {
        self.kernel.principal(account).map(|p| p.text("parent").to_owned()).unwrap_or_default()
    }

    /// Demands a credential of full power over `account`. A lesser one is refused as if it were dead.
    pub(super) fn full(
        &self,
        request: &Request,
        account: Option<&str>,
        now: SystemTime,
    ) -> Result<String, Response> {
        let caller = self.caller(request, now)?;
        let account = account.unwrap_or(&caller.account).to_owned();
        let own = caller.account == account || self.parent_of(&account) == caller.account;
        if caller.power == Power::Full && own { Ok(account) } else { Err(unauthenticated()) }
    }
}

fn error(status: u16, code: u64, message: &str) -> Response {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({"code": code, "message": message, "more_info": more, "status": status});
    Response::json(status, &body)
}

/// The answer to anything that does not authenticate, and to keys where they are not allowed.
pub(super) fn unauthenticated() -> Response {
    let challenge = "Basic realm=\"Twilio API\"";
    error(401, 20003, "Authenticate").with("WWW-Authenticate", challenge)
}

/// A restricted key without the permission: alive.
pub(super) fn not_permitted() -> Response {
    error(403, 70051, "Authorization Failed")
}

fn suspended() -> Response {
    error(403, 20403, "Forbidden: the account is not active")
}

pub(super) fn not_found(path: &str) -> Response {
    error(404, 20404, &format!("The requested resource {path} was not found"))
}

/// Cuts a listing the way of the 2010 API: two a page without `PageSize`.
pub(super) fn page(request: &Request, name: &str, items: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
    let (size, at) = (number("PageSize").unwrap_or(2).max(1), number("Page").unwrap_or(0));
    let start = (at * size).min(items.len());
    let end = (start + size).min(items.len());
    let next = (end < items.len())
        .then(|| format!("{}?PageSize={size}&Page={}&PageToken=P{end}", request.path, at + 1));
    let body = json!({
        (name): items[start..end], "page": at, "page_size": size, "start": start, "end": end,
        "uri": request.path, "next_page_uri": next,
    });
    Response::json(200, &body)
}

/// Cuts a listing the way of the newer APIs, with the links in `meta`.
pub(super) fn meta_page(request: &Request, name: &str, items: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
    let (size, at) = (number("PageSize").unwrap_or(2).max(1), number("Page").unwrap_or(0));
    let start = (at * size).min(items.len());
    let end = (start + size).min(items.len());
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let kept = url::form_urlencoded::parse(request.query_text.as_bytes());
    query.extend_pairs(kept.filter(|(name, _)| name != "Page" && name != "PageSize"));
    query.append_pair("PageSize", &size.to_string()).append_pair("Page", &(at + 1).to_string());
    let next =
        (end < items.len()).then(|| format!("{}{}?{}", request.base, request.path, query.finish()));
    let meta = json!({"page": at, "page_size": size, "key": name, "next_page_url": next});
    Response::json(200, &json!({(name): items[start..end], "meta": meta}))
}
