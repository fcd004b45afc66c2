//! What a browser would remember within one flow: the cookies that were set, and the page that was shown.
//! Nothing of it outlives the flow.

use url::Url;

use super::http::Outgoing;
use super::wallet::Values;
use crate::platform::answer::{Answer, Body};
use crate::platform::html::{NoForm, Page};
use crate::platform::schema::Request;
use crate::secret::Secret;

/// More cookies than this are no login.
const MOST_COOKIES: usize = 100;

/// One flow's browser.
#[derive(Debug, Default)]
pub(super) struct Browser {
    cookies: Vec<Cookie>,
    shown: Option<(Url, Page)>,
}

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    /// Only to the host that set it.
    host: String,
    path: String,
    secure: bool,
}

/// A form that cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    /// No page was shown.
    #[error("no page was shown whose form could be sent")]
    NoPage,
    /// The form is not what it was.
    #[error("{why} {input:?}: the form has changed")]
    Changed {
        /// What is wrong.
        why: NoForm,
        /// The input it was looked for by.
        input: String,
    },
    /// It would be sent to somebody else.
    #[error("the form is sent to another site")]
    Elsewhere,
}

/// The hidden part of a form that is about to be sent.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    pairs: Vec<(String, String)>,
    page: Option<Url>,
}

impl Browser {
    /// Remembers what an answer sets and shows.
    pub(super) fn remember(&mut self, asked: &Url, answer: &Answer) {
        for (_, header) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            self.set(asked, header);
        }
        match &answer.body {
            Body::Html(source) => self.shown = Some((asked.clone(), Page::read(source))),
            // A redirect is not shown: what it leads to is fetched by the description, or not at all.
            Body::Empty
            | Body::Json(_)
            | Body::Xml(_)
            | Body::Text(_)
            | Body::TooLarge
            | Body::Unreadable(_) => self.shown = None,
        }
    }

    fn set(&mut self, asked: &Url, header: &str) {
        let (pair, attributes) = header.split_once(';').unwrap_or((header, ""));
        let Some((name, value)) = pair.trim().split_once('=') else { return };
        let of = |wanted: &str| {
            attributes.split(';').map(str::trim).find_map(|attribute| {
                let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
                name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
            })
        };
        let cookie = Cookie {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            host: host_of(asked),
            path: match of("path") {
                Some(path) if path.starts_with('/') => path.to_owned(),
                Some(_) | None => default_path(asked.path()),
            },
            secure: of("secure").is_some(),
        };
        self.cookies.retain(|known| {
            (&known.name, &known.host, &known.path) != (&cookie.name, &cookie.host, &cookie.path)
        });
        if !super::flow::is_taken_back(attributes) && self.cookies.len() < MOST_COOKIES {
            self.cookies.push(cookie);
        }
    }

    /// The cookies that go to an address, those of the longest path first (RFC 6265 section 5.4).
    fn cookies_for(&self, url: &Url) -> Vec<(&str, &str)> {
        let private = url.scheme() == "https" || super::stage::is_loopback(url);
        let mut all: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.host == host_of(url) && (private || !cookie.secure))
            .filter(|cookie| is_below(url.path(), &cookie.path))
            .collect();
        all.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        all.into_iter().map(|cookie| (cookie.name.as_str(), cookie.value.as_str())).collect()
    }

    /// Finds the form that a request sends, and fills in what it says of itself.
    pub(super) fn find_form(
        &self,
        request: &Request,
        values: &mut Values,
    ) -> Result<Hidden, Unsent> {
        let Some(wanted) = &request.submits else { return Ok(Hidden::default()) };
        let input = wanted.render(|name| values.lookup(name)).unwrap_or_default();
        let (at, page) = self.shown.as_ref().ok_or(Unsent::NoPage)?;
        let form = page.form_with(&input).map_err(|why| Unsent::Changed { why, input })?;
        let target = at.join(&form.action).map_err(|_| Unsent::Elsewhere)?;
        if target.origin() != at.origin() {
            return Err(Unsent::Elsewhere);
        }
        // It may hold the key of this very sign-in.
        values.set_secret("form_url", Secret::new(target.to_string()));
        Ok(Hidden { pairs: form.hidden, page: Some(at.clone()) })
    }

    /// Adds to a request what a browser would send of its own.
    pub(super) fn dress(&self, request: &Request, hidden: Hidden, outgoing: &mut Outgoing) {
        if let Some(page) = hidden.page {
            let given: Vec<String> = match &outgoing.body {
                Some((_, body)) => url::form_urlencoded::parse(body.as_bytes())
                    .map(|(name, _)| name.into())
                    .collect(),
                None => Vec::new(),
            };
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(hidden.pairs.iter().filter(|(name, _)| !given.contains(name)));
            let mut body = form.finish();
            if let Some((_, own)) = &outgoing.body {
                body.push_str(if body.is_empty() || own.is_empty() { "" } else { "&" });
                body.push_str(own);
            }
            outgoing.body = Some(("application/x-www-form-urlencoded", body));
            let mut referer = page.clone();
            referer.set_fragment(None);
            for (name, value) in
                [("origin", page.origin().ascii_serialization()), ("referer", referer.into())]
            {
                if !request.headers.keys().any(|known| known.eq_ignore_ascii_case(name)) {
                    outgoing.header(name, value);
                }
            }
        }
        if request.cookies || request.submits.is_some() {
            self.add_cookies(outgoing);
        }
    }

    /// What a request sends as a cookie of its own wins over what was set.
    fn add_cookies(&self, outgoing: &mut Outgoing) {
        let own = outgoing.headers.iter().position(|(name, _)| name == "cookie");
        let own = own.map(|at| outgoing.headers.remove(at).1).unwrap_or_default();
        let is_own = |name: &str| {
            own.split(';').any(|pair| pair.trim().split_once('=').is_some_and(|(it, _)| it == name))
        };
        let set: Vec<String> = self
            .cookies_for(&outgoing.url)
            .into_iter()
            .filter(|(name, _)| !is_own(name))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let all: Vec<&str> =
            set.iter().map(String::as_str).chain((!own.is_empty()).then_some(&*own)).collect();
        if !all.is_empty() {
            outgoing.header("cookie", all.join("; "));
        }
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// RFC 6265 section 5.1.4.
fn default_path(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/".to_owned(),
        Some((parent, _)) => parent.to_owned(),
    }
}

fn is_below(path: &str, parent: &str) -> bool {
    match path.strip_prefix(parent) {
        Some(rest) => rest.is_empty() || parent.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests;
