//! Signing in to a directory by LDAP.

mod relay;

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use ldap3::controls::RawControl;
use ldap3::exop::WhoAmI;
use ldap3::{
    Ldap as Client, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchEntry,
    StdStream, ldap_escape,
};
use serde_json::{Map, Value as Json, json};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use self::relay::{Over, Watch, read_pdu, spoken_result};
use super::line::Line;
use super::net::Peer;
use super::{Open, PATIENCE, Permits, SignedIn, doubt, filled, filled_in_public};
use crate::platform::answer::{Answer, Body};
use crate::platform::schema::{Ldap, Reaches};
use crate::probe::wallet::Values;
use crate::verdict::{Doubt, DoubtReason};

const SCHEMES: [(&str, u16); 2] = [("ldap", 389), ("ldaps", 636)];
/// Asks for encryption (RFC 4511 section 4.14): message 1, an extended request with the name of that operation.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// Asks for what a password policy says, which no server has to know.
const POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// Values of one attribute that are told.
const VALUES: usize = 8;

pub(super) async fn sign_in(form: &Ldap, values: &Values, permits: &Permits) -> SignedIn {
    let patience = form.timeout.map_or(PATIENCE, |span| span.0);
    let attempt = attempt(form, values, permits, patience);
    match timeout(patience, attempt).await {
        Err(_) => SignedIn::failed(doubt(DoubtReason::Timeout, "the directory did not answer")),
        Ok(Err(doubt)) => SignedIn::failed(doubt),
        Ok(Ok((answer, session))) => {
            let open = session.filter(|_| form.stays);
            SignedIn { answer: Ok(answer), open: open.map(|open| Box::new(open) as Box<dyn Open>) }
        }
    }
}

async fn attempt(
    form: &Ldap,
    values: &Values,
    permits: &Permits,
    patience: Duration,
) -> Result<(Answer, Option<Session>), Doubt> {
    let at = match &form.at {
        Some(at) => filled_in_public(at, values)?,
        None => values.lookup("base_url").unwrap_or_default().into_owned(),
    };
    let peer = permits.wire.peer(&at, &SCHEMES)?;
    let question = Question::new(form, values)?;
    let password = not_empty("password", filled(&form.password, values)?)?;
    let line = connect(permits, &peer).await?;
    let (stream, watch) = relay::start(line)
        .map_err(|error| doubt(DoubtReason::FlowBroken, format!("no relay: {error}")))?;
    let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(stream));
    let within = "ldapi:///"
        .parse()
        .map_err(|error: url::ParseError| doubt(DoubtReason::FlowBroken, error.to_string()))?;
    let (connection, mut client) =
        LdapConnAsync::from_url_with_settings(settings, &within)
            .await
            .map_err(|error| doubt(DoubtReason::FlowBroken, error.to_string()))?;
    tokio::spawn(connection.drive());
    let mut session = Session { client: client.clone(), watch, question, patience };
    let dn = session.question.dn.clone();
    let bound = apart(async move {
        let policy = RawControl { ctype: POLICY.to_owned(), crit: false, val: None };
        client.with_controls(policy).simple_bind(&dn, &password).await
    })
    .await;
    let bound = match bound {
        Ok(bound) => bound,
        Err(failure) => return Ok((session.failed(failure, false)?, None)),
    };
    let mut said = Map::new();
    said.insert("code".to_owned(), bound.rc.into());
    if bound.rc != 0 {
        explain(&bound, &mut said);
        return Ok((Answer::spoken(Json::Object(said)), None));
    }
    match session.ask().await {
        Ok(more) => said.extend(more),
        Err(failure) => return Ok((session.failed(failure, false)?, None)),
    }
    Ok((Answer::spoken(Json::Object(said)), Some(session)))
}

fn not_empty(what: &str, text: String) -> Result<String, Doubt> {
    if text.is_empty() {
        return Err(doubt(DoubtReason::FlowBroken, format!("an empty {what} is never sent")));
    }
    Ok(text)
}

/// A connection on which signing in can begin.
async fn connect(permits: &Permits, peer: &Peer) -> Result<Line, Doubt> {
    let broken = |error: std::io::Error| doubt(DoubtReason::Connection, error.to_string());
    let mut stream = permits.wire.dial(peer).await?;
    if peer.scheme == "ldaps" {
        return Ok(Line::new(permits.wire.secure(stream, peer).await?));
    }
    stream.write_all(START_TLS).await.map_err(broken)?;
    let answer = read_pdu(&mut stream).await.map_err(broken)?;
    match spoken_result(&answer) {
        Some(said) if said.code == 0 => Ok(Line::new(permits.wire.secure(stream, peer).await?)),
        Some(_) if peer.loopback => Ok(Line::new(stream)),
        Some(said) => {
            let why = format!("the server refuses encryption: {} {}", said.code, said.text);
            Err(doubt(DoubtReason::Tls, why))
        }
        None => Err(doubt(DoubtReason::Unparsable, "the server speaks another protocol")),
    }
}

/// What the server says beside the code of a refusal.
fn explain(result: &LdapResult, said: &mut Map<String, Json>) {
    if !result.text.is_empty() {
        said.insert("text".to_owned(), result.text.clone().into());
    }
    if let Some(sub) = sub_code(&result.text) {
        said.insert("sub".to_owned(), sub.into());
    }
    let policy = result.ctrls.iter().find(|control| control.1.ctype == POLICY);
    let error = policy.and_then(|control| relay::policy_error(control.1.val.as_deref()?));
    if let Some(error) = error {
        said.insert("policy".to_owned(), error.into());
    }
}

/// The hexadecimal code in the text of an Active Directory: `... AcceptSecurityContext error, data 52e, v4563`.
fn sub_code(text: &str) -> Option<String> {
    let (_, after) = text.split_once("AcceptSecurityContext error, data ")?;
    let code = after.split(|c: char| !c.is_ascii_hexdigit()).next()?;
    (!code.is_empty()).then(|| code.to_ascii_lowercase())
}

/// Whether two distinguished names are one, however they are spaced and capitalized.
fn same_name(one: &str, other: &str) -> bool {
    fn plain(name: &str) -> String {
        let parts = name
            .split([',', '+'])
            .map(|part| part.split('=').map(str::trim).collect::<Vec<_>>().join("="));
        parts.collect::<Vec<_>>().join(",").to_lowercase()
    }
    plain(one) == plain(other)
}

/// What is asked of a directory, once and again.
#[derive(Clone)]
struct Question {
    dn: String,
    base: String,
    scope: Scope,
    filter: String,
    attributes: Vec<String>,
}

impl Question {
    fn new(form: &Ldap, values: &Values) -> Result<Self, Doubt> {
        // An administrator's name is kept with his password.
        let dn = not_empty("name", filled(&form.dn, values)?)?;
        let search = &form.search;
        let base = match &search.base {
            Some(base) => filled_in_public(base, values)?,
            None => dn.clone(),
        };
        let filter = match &search.filter {
            None => "(objectClass=*)".to_owned(),
            Some(filter) => {
                // Whether a secret is in it is checked there; what fills it must stay one value here.
                filled_in_public(filter, values)?;
                filter
                    .render_with(
                        |name| values.lookup(name),
                        |_, value| ldap_escape(value).into_owned(),
                    )
                    .map_err(|unfilled| doubt(DoubtReason::FlowBroken, unfilled.to_string()))?
            }
        };
        let scope = match search.scope {
            Reaches::Base => Scope::Base,
            Reaches::One => Scope::OneLevel,
            Reaches::Sub => Scope::Subtree,
        };
        Ok(Self { dn, base, scope, filter, attributes: search.attributes.clone() })
    }

    /// Who the directory says it is talking to, and what it finds for it.
    async fn ask(self, mut client: Client) -> Result<Map<String, Json>, LdapError> {
        let mut said = Map::new();
        let who = client.extended(WhoAmI).await?;
        let name = who.0.val.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        match (who.1.rc, &*name) {
            (0, "") => said.insert("anonymous".to_owned(), true.into()),
            (0, name) => said.insert("user".to_owned(), self.named(name).into()),
            (code, _) => said.insert("whoami".to_owned(), code.into()),
        };
        let asked = match &*self.attributes {
            // No attributes at all (RFC 4511 section 4.5.1.8).
            [] => &["1.1".to_owned()],
            asked => asked,
        };
        let found = client.search(&self.base, self.scope, &self.filter, asked).await?;
        said.insert("search".to_owned(), found.1.rc.into());
        if found.1.rc != 0 {
            if !found.1.matched.is_empty() {
                said.insert("matched".to_owned(), found.1.matched.into());
            }
            if !found.1.text.is_empty() {
                said.insert("text".to_owned(), found.1.text.into());
            }
            return Ok(said);
        }
        said.insert("entries".to_owned(), found.0.len().into());
        if let Some(first) = found.0.into_iter().next() {
            said.insert("entry".to_owned(), self.shown(&SearchEntry::construct(first)));
        }
        Ok(said)
    }

    /// A name as it was given, where the directory writes the same one in another way.
    fn named(&self, name: &str) -> String {
        let name = name.strip_prefix("dn:").or_else(|| name.strip_prefix("u:")).unwrap_or(name);
        if same_name(name, &self.dn) { self.dn.clone() } else { name.to_owned() }
    }

    /// The attributes that were asked for, by the names they were asked for by.
    fn shown(&self, entry: &SearchEntry) -> Json {
        let mut shown = Map::new();
        for wanted in &self.attributes {
            let found = entry.attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            let value = match found.map(|(_, values)| &**values) {
                None | Some([]) => continue,
                Some([one]) => Json::from(one.as_str()),
                Some(several) => several.iter().take(VALUES).map(String::as_str).collect(),
            };
            shown.insert(wanted.clone(), value);
        }
        Json::Object(shown)
    }
}

/// Why an operation has no result.
enum Failure {
    /// The connection or the client gave up.
    Client(LdapError),
    /// What the server said made no sense.
    Nonsense,
}

/// Runs an operation by itself: the client panics over an answer that is none.
async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, LdapError>> + Send + 'static,
) -> Result<T, Failure> {
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(work);
    match tasks.join_next().await {
        Some(Ok(done)) => done.map_err(Failure::Client),
        Some(Err(_)) | None => Err(Failure::Nonsense),
    }
}

/// A connection that somebody signed in on.
struct Session {
    client: Client,
    watch: Watch,
    question: Question,
    patience: Duration,
}

impl Session {
    async fn ask(&mut self) -> Result<Map<String, Json>, Failure> {
        apart(self.question.clone().ask(self.client.clone())).await
    }

    /// What is known of a connection on which an operation failed. Only one that has been `open` can end.
    fn failed(&self, failure: Failure, open: bool) -> Result<Answer, Doubt> {
        match (self.watch.over(), failure) {
            (Some(Over::TooLarge), _) => {
                Ok(Answer { status: 0, headers: Vec::new(), body: Body::TooLarge })
            }
            (Some(Over::Notice { code, text }), _) if open => {
                Ok(Answer::spoken(json!({"notice": code, "text": text})))
            }
            (Some(Over::Notice { code, text }), _) => {
                let why = format!("the server ended the connection: {code} {text}");
                Err(doubt(DoubtReason::Connection, why))
            }
            (Some(Over::Closed), _) if open => Ok(Answer::spoken(json!({"closed": true}))),
            (Some(Over::Closed), _) => {
                Err(doubt(DoubtReason::Connection, "the server closed the connection"))
            }
            (Some(Over::Broken(why)), _) => Err(doubt(DoubtReason::Connection, why)),
            (Some(Over::Nonsense), _) | (None, Failure::Nonsense) => {
                Err(doubt(DoubtReason::Unparsable, "what the server said is no LDAP"))
            }
            (None, Failure::Client(error)) => {
                Err(doubt(DoubtReason::FlowBroken, error.to_string()))
            }
        }
    }
}

#[async_trait]
impl Open for Session {
    async fn again(&mut self, _values: &Values) -> Result<Answer, Doubt> {
        if self.watch.over().is_some() {
            return self.failed(Failure::Client(LdapError::EndOfStream), true);
        }
        self.watch.refill();
        let patience = self.patience;
        match timeout(patience, self.ask()).await {
            Err(_) => Err(doubt(DoubtReason::Timeout, "the directory did not answer")),
            Ok(Ok(said)) => Ok(Answer::spoken(Json::Object(said))),
            Ok(Err(failure)) => self.failed(failure, true),
        }
    }
}

#[cfg(test)]
mod tests;
