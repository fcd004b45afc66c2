//! Signing in by SSH, and a connection that stays open: new channels over it ask nobody for a credential again.

mod key;
mod uses;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse as Asked};
use russh::{Disconnect, MethodKind, MethodSet, Preferred, SshId};
use serde_json::{Map, Value as Json};
use tokio::time::timeout;

use self::key::{Listed, Pin, Proof};
use self::uses::{Failed, Use};
use self::watch::{End, Seen, Watch, doubtful};
use super::{Open, PATIENCE, Permits, SignedIn, doubt, filled, filled_in_public};
use crate::platform::answer::Answer;
use crate::platform::schema::Ssh;
use crate::probe::wallet::Values;
use crate::verdict::{Doubt, DoubtReason};

/// How long a connection that failed may take to say why.
const GRACE: Duration = Duration::from_secs(2);
/// Messages of the server between a password and its answer.
const ROUNDS: usize = 4;

/// What is known of one sign-in before anything is sent.
struct Form {
    address: String,
    user: String,
    pin: Pin,
    proof: Proof,
    then: Use,
    patience: Duration,
    stays: bool,
}

/// A connection, and what the server said on it.
pub(super) struct Line {
    handle: Handle<Watch>,
    seen: Arc<Seen>,
}

pub(super) async fn sign_in(form: &Ssh, values: &Values, permits: &Permits) -> SignedIn {
    let form = match fill(form, values) {
        Ok(form) => form,
        Err(doubt) => return SignedIn::failed(doubt),
    };
    let late = || SignedIn::failed(doubt(DoubtReason::Timeout, "no answer in time"));
    timeout(form.patience, play(&form, permits)).await.unwrap_or_else(|_| late())
}

fn fill(form: &Ssh, values: &Values) -> Result<Form, Doubt> {
    let public =
        |text: &Option<_>| text.as_ref().map(|text| filled_in_public(text, values)).transpose();
    let secret = |text: &Option<_>| text.as_ref().map(|text| filled(text, values)).transpose();
    let address = match public(&form.at)? {
        Some(address) => address,
        None => values.lookup("base_url").unwrap_or_default().into_owned(),
    };
    let user = filled_in_public(&form.user, values)?;
    if user.is_empty() {
        return Err(doubt(DoubtReason::FlowBroken, "nobody's name was given"));
    }
    let proof = Proof::read(
        secret(&form.password)?,
        secret(&form.private_key)?,
        secret(&form.passphrase)?,
        secret(&form.certificate)?,
        secret(&form.public_key)?,
    )?;
    Ok(Form {
        address,
        user,
        pin: Pin::read(&public(&form.host_key)?.unwrap_or_default())?,
        proof,
        then: Use::fill(form.then.as_ref(), values)?,
        patience: form.timeout.map_or(PATIENCE, |span| span.0),
        stays: form.stays,
    })
}

async fn play(form: &Form, permits: &Permits) -> SignedIn {
    let mut line = match connect(form, permits).await {
        Ok(line) => line,
        Err(doubt) => return SignedIn::failed(doubt),
    };
    let said = match authenticate(&mut line.handle, form).await {
        Ok(said) => said,
        Err(doubt) => return SignedIn::failed(doubt),
    };
    let mut answer = Map::new();
    answer.insert("method".to_owned(), said.method.into());
    match said.outcome {
        Outcome::Success => {}
        Outcome::Failure { methods, partial } => {
            let ended = if methods.is_empty() { end(line.handle, &line.seen).await } else { None };
            // The library calls a connection that is gone a failure that nothing can follow.
            match ended {
                None if methods.is_empty() => {
                    return SignedIn::failed(doubt(DoubtReason::Connection, "no answer came"));
                }
                None | Some(End::NoMethod) => {
                    let word = if partial { "partial" } else { "failure" };
                    answer.insert("auth".to_owned(), word.into());
                    answer.insert("methods".to_owned(), names(&methods).into());
                }
                Some(ended) => return hung_up(answer, ended, &line.seen),
            }
            return told(answer, &line.seen);
        }
        Outcome::Listed => {
            answer.insert("auth".to_owned(), "listed".into());
            answer.insert("user".to_owned(), form.user.as_str().into());
            return told(answer, &line.seen);
        }
    }
    answer.insert("auth".to_owned(), "success".into());
    answer.insert("user".to_owned(), form.user.as_str().into());
    match form.then.once(&line.handle).await {
        Ok(used) => answer.extend(used),
        Err(Failed::Doubt(doubt)) => return SignedIn::failed(doubt),
        Err(Failed::TooLarge) => return SignedIn { answer: Ok(uses::too_large()), open: None },
        Err(Failed::Gone) => {
            answer.insert("closed".to_owned(), true.into());
            return told(answer, &line.seen);
        }
    }
    let mut signed_in = told(answer, &line.seen);
    if form.stays {
        let (then, user) = (form.then.clone(), form.user.clone());
        let patience = form.patience;
        signed_in.open = Some(Box::new(Live { line, then, user, patience, over: None }));
    } else {
        // Nobody waits for it: what was to be known is known.
        let _ = line.handle.disconnect(Disconnect::ByApplication, "", "").await;
    }
    signed_in
}

async fn connect(form: &Form, permits: &Permits) -> Result<Line, Doubt> {
    let peer = permits.wire.peer(&form.address, &[("ssh", 22)])?;
    if form.pin.is_none() && !peer.loopback {
        let why = "the server's own key is not known: give it as `host_key`";
        return Err(doubt(DoubtReason::Tls, why));
    }
    let stream = permits.wire.dial(&peer).await?;
    let seen = Arc::new(Seen::default());
    let watch = Watch { pin: form.pin.clone(), seen: seen.clone() };
    let mut preferred = Preferred::default();
    if let Some(algorithms) = form.pin.algorithms() {
        preferred.key = algorithms.into();
    }
    let config = client::Config {
        client_id: SshId::Standard(concat!("SSH-2.0-doornail_", env!("CARGO_PKG_VERSION")).into()),
        preferred,
        ..client::Config::default()
    };
    let connected = client::connect_stream(Arc::new(config), stream, watch).await;
    match connected {
        Ok(handle) => Ok(Line { handle, seen }),
        Err(error) => Err(seen.doubt().unwrap_or_else(|| doubtful(&error))),
    }
}

struct Said {
    method: &'static str,
    outcome: Outcome,
}

enum Outcome {
    Success,
    Failure { methods: MethodSet, partial: bool },
    Listed,
}

impl From<AuthResult> for Outcome {
    fn from(result: AuthResult) -> Self {
        match result {
            AuthResult::Success => Self::Success,
            AuthResult::Failure { remaining_methods, partial_success } => {
                Self::Failure { methods: remaining_methods, partial: partial_success }
            }
        }
    }
}

/// Asks once.
async fn authenticate(handle: &mut Handle<Watch>, form: &Form) -> Result<Said, Doubt> {
    let user = form.user.as_str();
    let lost = |error: russh::Error| doubtful(&error);
    let by_key = |outcome| Said { method: "publickey", outcome };
    match &form.proof {
        Proof::Password(password) => by_password(handle, user, password).await,
        Proof::Key(key) => {
            let key = key::for_signing(handle, key.clone()).await.map_err(lost)?;
            let result = handle.authenticate_publickey(user, key).await.map_err(lost)?;
            Ok(by_key(result.into()))
        }
        Proof::Certificate(key, certificate) => {
            let asked = handle.authenticate_openssh_cert(user, key.clone(), *certificate.clone());
            Ok(by_key(asked.await.map_err(lost)?.into()))
        }
        Proof::PublicKey(key) => {
            let hash = key::hash(handle, &key.algorithm()).await.map_err(lost)?;
            let mut nobody = key::Nobody;
            let asked =
                handle.authenticate_publickey_with(user, *key.clone(), hash, &mut nobody).await;
            listed(asked).map(by_key)
        }
        Proof::PublicCertificate(certificate) => {
            let mut nobody = key::Nobody;
            let asked = handle
                .authenticate_certificate_with(user, *certificate.clone(), None, &mut nobody)
                .await;
            listed(asked).map(by_key)
        }
    }
}

fn listed(asked: Result<AuthResult, Listed>) -> Result<Outcome, Doubt> {
    match asked {
        Ok(result) => Ok(result.into()),
        Err(Listed::Asked) => Ok(Outcome::Listed),
        Err(Listed::Lost) => Err(doubt(DoubtReason::Connection, "closed before an answer")),
    }
}

/// By the method that the server offers for a password. Asking for none first costs no attempt.
async fn by_password(
    handle: &mut Handle<Watch>,
    user: &str,
    password: &str,
) -> Result<Said, Doubt> {
    let lost = |error: russh::Error| doubtful(&error);
    let methods = match handle.authenticate_none(user).await.map_err(lost)? {
        AuthResult::Success => {
            let why = "the server lets this account in without any credential";
            return Err(doubt(DoubtReason::Anonymous, why));
        }
        AuthResult::Failure { remaining_methods, .. } => remaining_methods,
    };
    if methods.is_empty() {
        return Ok(Said { method: "none", outcome: Outcome::Failure { methods, partial: false } });
    }
    if methods.contains(&MethodKind::Password) {
        let result = handle.authenticate_password(user, password).await.map_err(lost)?;
        return Ok(Said { method: "password", outcome: result.into() });
    }
    if !methods.contains(&MethodKind::KeyboardInteractive) {
        let why = format!("no password is asked for here, but {}", names(&methods));
        return Err(doubt(DoubtReason::Policy, why));
    }
    let mut asked =
        handle.authenticate_keyboard_interactive_start(user, None).await.map_err(lost)?;
    let mut password = Some(password);
    for _ in 0..ROUNDS {
        let outcome = match asked {
            Asked::Success => Outcome::Success,
            Asked::Failure { remaining_methods, partial_success } => {
                Outcome::Failure { methods: remaining_methods, partial: partial_success }
            }
            Asked::InfoRequest { prompts, .. } => {
                let answers = match (prompts.as_slice(), password.take()) {
                    ([], unused) => {
                        password = unused;
                        Vec::new()
                    }
                    ([hidden], Some(password)) if !hidden.echo => vec![password.to_owned()],
                    _ => {
                        let why = "more than a password is asked for";
                        return Err(doubt(DoubtReason::Policy, why));
                    }
                };
                asked = handle
                    .authenticate_keyboard_interactive_respond(answers)
                    .await
                    .map_err(lost)?;
                continue;
            }
        };
        // An answer to nothing says nothing about the password.
        return match (&outcome, password) {
            (_, None) => Ok(Said { method: "keyboard-interactive", outcome }),
            (Outcome::Success, Some(_)) => {
                let why = "the server lets this account in without a password";
                Err(doubt(DoubtReason::Anonymous, why))
            }
            (Outcome::Failure { .. } | Outcome::Listed, Some(_)) => {
                Err(doubt(DoubtReason::Policy, "refused before the password was asked for"))
            }
        };
    }
    Err(doubt(DoubtReason::Policy, "the server asks on and on"))
}

fn names(methods: &MethodSet) -> String {
    methods.iter().map(<&str>::from).collect::<Vec<_>>().join(",")
}

/// How the connection ended, if it is over or soon is.
async fn end(handle: Handle<Watch>, seen: &Seen) -> Option<End> {
    let over = timeout(GRACE, handle).await.ok()?;
    Some(seen.end().unwrap_or_else(|| End::of(over.err().as_ref())))
}

/// The server closed the connection in the place of an answer.
fn hung_up(mut answer: Map<String, Json>, ended: End, seen: &Seen) -> SignedIn {
    match ended {
        End::Told { code, said } => {
            answer.insert("disconnect".to_owned(), code.into());
            answer.insert("said".to_owned(), said.into());
        }
        End::Gone | End::NoMethod if seen.banner().is_empty() => {
            let why = "closed by the server before it answered";
            return SignedIn::failed(doubt(DoubtReason::Connection, why));
        }
        End::Gone | End::NoMethod => {}
        End::Broken(why) => return SignedIn::failed(doubt(DoubtReason::Tls, why)),
    }
    answer.insert("auth".to_owned(), "closed".into());
    told(answer, seen)
}

fn told(mut answer: Map<String, Json>, seen: &Seen) -> SignedIn {
    let banner = seen.banner();
    if !banner.is_empty() {
        answer.insert("banner".to_owned(), banner.into());
    }
    SignedIn { answer: Ok(Answer::spoken(Json::Object(answer))), open: None }
}

/// A connection that was let in once.
struct Live {
    line: Line,
    then: Use,
    user: String,
    patience: Duration,
    /// How it ended: that does not change any more.
    over: Option<Result<Answer, Doubt>>,
}

#[async_trait]
impl Open for Live {
    async fn again(&mut self, _: &Values) -> Result<Answer, Doubt> {
        if let Some(over) = &self.over {
            return over.clone();
        }
        match timeout(self.patience, self.then.once(&self.line.handle)).await {
            Err(_) => Err(doubt(DoubtReason::Timeout, "no answer in time")),
            Ok(Ok(used)) => {
                let mut answer = Map::new();
                answer.insert("user".to_owned(), self.user.as_str().into());
                answer.extend(used);
                Ok(Answer::spoken(Json::Object(answer)))
            }
            Ok(Err(Failed::Doubt(doubt))) => Err(doubt),
            Ok(Err(Failed::TooLarge)) => Ok(uses::too_large()),
            Ok(Err(Failed::Gone)) => self.ended().await,
        }
    }
}

impl Live {
    async fn ended(&mut self) -> Result<Answer, Doubt> {
        let Ok(over) = timeout(GRACE, &mut self.line.handle).await else {
            return Err(doubt(DoubtReason::Connection, "it broke off and is not closed"));
        };
        let mut answer = Map::new();
        answer.insert("closed".to_owned(), true.into());
        let over = match self.line.seen.end().unwrap_or_else(|| End::of(over.err().as_ref())) {
            End::Told { code, said } => {
                answer.insert("disconnect".to_owned(), code.into());
                answer.insert("said".to_owned(), said.into());
                Ok(Answer::spoken(Json::Object(answer)))
            }
            End::Gone | End::NoMethod => Ok(Answer::spoken(Json::Object(answer))),
            // What broke here, and not there, says nothing about the session.
            End::Broken(why) => Err(doubt(DoubtReason::Connection, why)),
        };
        self.over.insert(over).clone()
    }
}

#[cfg(test)]
mod tests;
