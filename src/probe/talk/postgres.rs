//! Signing in to a database by the protocol of PostgreSQL.

use std::error::Error as _;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt as _;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::{Map, Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::Severity;
use tokio_postgres::{Client, Config, Error, NoTls, SimpleQueryMessage, SimpleQueryRow};
use tokio_rustls::TlsConnector;

use super::line::{Line, Meter};
use super::net::{Peer, is_closed};
use super::{Open, PATIENCE, Permits, SignedIn, doubt, filled, filled_in_public};
use crate::platform::answer::{Answer, Body};
use crate::platform::schema::Postgres;
use crate::probe::wallet::Values;
use crate::verdict::{Doubt, DoubtReason};

const SCHEMES: [(&str, u16); 1] = [("postgres", 5432)];
/// Asks for an encrypted connection before anything else is said.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const IDENTITY: &str = "SELECT session_user, current_user";
/// How long the end of a connection may take to be told.
const GRACE: Duration = Duration::from_secs(1);
/// What is kept of a query's answer: it shows that there is one.
const ROWS: usize = 3;
const CELL: usize = 80;

pub(super) async fn sign_in(form: &Postgres, values: &Values, permits: &Permits) -> SignedIn {
    let patience = form.timeout.map_or(PATIENCE, |span| span.0);
    let attempt = bounded(patience, attempt(form, values, permits, patience)).await;
    match attempt {
        Err(doubt) => SignedIn::failed(doubt),
        Ok((answer, None)) => SignedIn { answer: Ok(answer), open: None },
        Ok((answer, Some(session))) => {
            let open: Option<Box<dyn Open>> =
                if form.stays { Some(Box::new(session)) } else { None };
            SignedIn { answer: Ok(answer), open }
        }
    }
}

async fn bounded<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, Doubt>>,
) -> Result<T, Doubt> {
    match timeout(patience, work).await {
        Ok(done) => done,
        Err(_) => Err(doubt(DoubtReason::Timeout, "the database did not answer")),
    }
}

async fn attempt(
    form: &Postgres,
    values: &Values,
    permits: &Permits,
    patience: Duration,
) -> Result<(Answer, Option<Session>), Doubt> {
    let at = match &form.at {
        Some(at) => filled_in_public(at, values)?,
        None => values.lookup("base_url").unwrap_or_default().into_owned(),
    };
    let peer = permits.wire.peer(&at, &SCHEMES)?;
    let mut config = Config::new();
    config.user(filled_in_public(&form.user, values)?);
    config.dbname(filled_in_public(&form.database, values)?);
    config.application_name("doornail");
    if let Some(password) = &form.password {
        config.password(not_empty("password", filled(password, values)?)?);
    }
    let query = form.query.as_ref().map(|query| filled_in_public(query, values)).transpose()?;
    let tls = tls_config(form, values, permits)?;
    let shows_certificate = form.certificate.is_some();
    let line = match connect(permits, &peer, tls, shows_certificate).await? {
        Ok(line) => line,
        Err(alert) => return Ok((alert, None)),
    };
    let meter = line.meter();
    let (client, connection) = match config.connect_raw(line, NoTls).await {
        Ok(both) => both,
        Err(error) => return said(&error, "sign-in", &meter).map(|answer| (answer, None)),
    };
    let connection = tokio::spawn(connection);
    let mut session = Session { client, connection, meter, query, patience, over: None };
    let answer = session.ask().await?;
    // One that ended meanwhile is none.
    let open = session.over.is_none().then_some(session);
    Ok((answer, open))
}

fn not_empty(what: &str, text: String) -> Result<String, Doubt> {
    if text.is_empty() {
        return Err(doubt(DoubtReason::FlowBroken, format!("an empty {what} is never sent")));
    }
    Ok(text)
}

fn tls_config(
    form: &Postgres,
    values: &Values,
    permits: &Permits,
) -> Result<Arc<ClientConfig>, Doubt> {
    let (Some(certificate), Some(key)) = (&form.certificate, &form.key) else {
        return permits.wire.config();
    };
    // What is wrong with a key is not repeated: it may be in it.
    let broken = |what: &str| doubt(DoubtReason::FlowBroken, format!("the {what} is no PEM"));
    let certificate = not_empty("certificate", filled(certificate, values)?)?;
    let key = not_empty("key", filled(key, values)?)?;
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(certificate.as_bytes()).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| broken("certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| broken("key"))?;
    let mut config = permits.wire.trust()?.with_client_auth_cert(chain, key).map_err(|_| {
        doubt(DoubtReason::FlowBroken, "the certificate and the key cannot be used together")
    })?;
    // A session that is resumed shows no certificate.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// A connection on which signing in can begin, or the server's refusal of the client's certificate.
async fn connect(
    permits: &Permits,
    peer: &Peer,
    tls: Arc<ClientConfig>,
    shows_certificate: bool,
) -> Result<Result<Line, Answer>, Doubt> {
    let failed = |reason: DoubtReason| move |error: io::Error| doubt(reason, error.to_string());
    let mut stream = permits.wire.dial(peer).await?;
    stream.write_all(&SSL_REQUEST).await.map_err(failed(DoubtReason::Connection))?;
    match stream.read_u8().await.map_err(failed(DoubtReason::Connection))? {
        b'S' => {}
        b'N' if peer.loopback && !shows_certificate => return Ok(Ok(Line::new(stream))),
        b'N' => return Err(doubt(DoubtReason::Tls, "the server offers no encryption")),
        _ => return Err(doubt(DoubtReason::Unparsable, "the server speaks another protocol")),
    }
    let name = ServerName::try_from(peer.host.clone())
        .map_err(|error| doubt(DoubtReason::Tls, error.to_string()))?;
    match TlsConnector::from(tls).connect(name, stream).await {
        Ok(secured) => Ok(Ok(Line::new(secured))),
        Err(error) => match refused_certificate(&error).filter(|_| shows_certificate) {
            Some(alert) => Ok(Err(alert)),
            None => Err(doubt(DoubtReason::Tls, error.to_string())),
        },
    }
}

/// An alert that the server sent. The handshake is over for the client before the server has looked at its
/// certificate (RFC 8446 section 4.4.2.4), so that it comes in answer to what is sent next.
fn refused_certificate(error: &io::Error) -> Option<Answer> {
    let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::AlertReceived(alert) = inner else { return None };
    let name = format!("{alert:?}");
    Some(Answer::spoken(json!({"alert": u8::from(*alert), "message": name, "at": "sign-in"})))
}

/// What went wrong, in the server's own words where it said any.
fn said(error: &Error, at: &str, meter: &Meter) -> Result<Answer, Doubt> {
    if meter.is_spent() {
        return Ok(Answer { status: 0, headers: Vec::new(), body: Body::TooLarge });
    }
    if let Some(words) = words(error, at) {
        return Ok(Answer::spoken(Json::Object(words)));
    }
    if error.is_closed() {
        return Err(doubt(DoubtReason::Connection, "the server closed the connection"));
    }
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    match io {
        Some(io) => match refused_certificate(io) {
            Some(alert) => Ok(alert),
            None if io.kind() == io::ErrorKind::InvalidInput => {
                Err(doubt(DoubtReason::Unparsable, cause))
            }
            None => Err(doubt(DoubtReason::Connection, cause)),
        },
        None => Err(doubt(DoubtReason::FlowBroken, format!("{error}: {cause}"))),
    }
}

fn words(error: &Error, at: &str) -> Option<Map<String, Json>> {
    let error = error.as_db_error()?;
    let mut said = Map::new();
    said.insert("sqlstate".to_owned(), error.code().code().into());
    said.insert("severity".to_owned(), error.severity().into());
    said.insert("message".to_owned(), error.message().into());
    if let Some(routine) = error.routine() {
        said.insert("routine".to_owned(), routine.into());
    }
    said.insert("at".to_owned(), at.into());
    Some(said)
}

/// Whether the server has ended the session with these words.
fn is_last(error: &Error) -> bool {
    let severity = error.as_db_error().and_then(tokio_postgres::error::DbError::parsed_severity);
    matches!(severity, Some(Severity::Fatal | Severity::Panic))
}

/// A session that somebody signed in to.
struct Session {
    client: Client,
    connection: JoinHandle<Result<(), Error>>,
    meter: Meter,
    query: Option<String>,
    patience: Duration,
    /// How it ended: that does not change any more.
    over: Option<Result<Answer, Doubt>>,
}

impl Session {
    /// Who it is, and whether it may do what it is to do.
    async fn ask(&mut self) -> Result<Answer, Doubt> {
        let who = match rows(&self.client, IDENTITY).await {
            Ok(rows) => rows,
            Err(error) => return self.refused(&error, "identity").await,
        };
        let cell = |column| who.first().and_then(|row: &SimpleQueryRow| row.get(column));
        let mut said = Map::new();
        if let Some(user) = cell(0) {
            said.insert("user".to_owned(), user.into());
        }
        if let Some(user) = cell(1) {
            said.insert("current_user".to_owned(), user.into());
        }
        if let Some(query) = self.query.clone() {
            match self.only_read(&query).await {
                Ok(rows) => said.insert("rows".to_owned(), shown(&rows)),
                Err(error) => return self.refused(&error, "query").await,
            };
        }
        Ok(Answer::spoken(Json::Object(said)))
    }

    async fn only_read(&self, query: &str) -> Result<Vec<SimpleQueryRow>, Error> {
        rows(&self.client, "BEGIN READ ONLY").await?;
        let answer = rows(&self.client, query).await;
        let undone = rows(&self.client, "ROLLBACK").await;
        let answer = answer?;
        undone?;
        Ok(answer)
    }

    /// A refusal that does not end the session leaves it able to act.
    async fn refused(&mut self, error: &Error, at: &str) -> Result<Answer, Doubt> {
        if is_last(error) || error.is_closed() || self.connection.is_finished() {
            return self.end(Some(error), at).await;
        }
        let Some(mut words) = words(error, at) else { return said(error, at, &self.meter) };
        match rows(&self.client, "SELECT 1").await {
            Ok(_) => words.insert("usable".to_owned(), true.into()),
            Err(error) => return self.end(Some(&error), at).await,
        };
        Ok(Answer::spoken(Json::Object(words)))
    }

    /// How it ended: by the server's last words, by the other end's silent closing, or by something that shows no
    /// end of it.
    async fn end(&mut self, last: Option<&Error>, at: &str) -> Result<Answer, Doubt> {
        let over = match last.filter(|error| is_last(error)) {
            Some(error) => said(error, at, &self.meter),
            None => match timeout(GRACE, &mut self.connection).await {
                Err(_) => return Err(doubt(DoubtReason::Connection, "the connection hangs")),
                Ok(Ok(Err(error))) if !self.meter.is_spent() && was_closed(&error) => {
                    Ok(Answer::spoken(json!({"closed": true})))
                }
                Ok(Ok(Err(error))) => said(&error, at, &self.meter),
                Ok(Ok(Ok(())) | Err(_)) => {
                    Err(doubt(DoubtReason::FlowBroken, "the connection was given up"))
                }
            },
        };
        self.over.insert(over).clone()
    }
}

fn was_closed(error: &Error) -> bool {
    let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    error.is_closed() || io.is_some_and(is_closed)
}

async fn rows(client: &Client, query: &str) -> Result<Vec<SimpleQueryRow>, Error> {
    let mut rows = Vec::new();
    let mut answer = std::pin::pin!(client.simple_query_raw(query).await?);
    while let Some(message) = answer.try_next().await? {
        if let SimpleQueryMessage::Row(row) = message
            && rows.len() < ROWS
        {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn shown(rows: &[SimpleQueryRow]) -> Json {
    let cell = |row: &SimpleQueryRow, column| match row.get(column) {
        Some(text) => Json::from(text.chars().take(CELL).collect::<String>()),
        None => Json::Null,
    };
    rows.iter()
        .map(|row| (0..row.len().min(ROWS)).map(|at| cell(row, at)).collect::<Json>())
        .collect()
}

#[async_trait]
impl Open for Session {
    async fn again(&mut self, _values: &Values) -> Result<Answer, Doubt> {
        if let Some(over) = &self.over {
            return over.clone();
        }
        let patience = self.patience;
        if self.connection.is_finished() {
            return bounded(patience, self.end(None, "session")).await;
        }
        self.meter.refill();
        bounded(patience, self.ask()).await
    }
}

#[cfg(test)]
mod tests;
