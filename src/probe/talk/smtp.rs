//! Servers that take mail (RFC 5321, RFC 4954). Signing in begins no mail; a session that is asked again names a
//! sender and a recipient and takes both back, unless it is to send.

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::Address;
use lettre::transport::smtp::authentication::Mechanism as Offered;
use lettre::transport::smtp::commands::{Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, ServerInfo};
use lettre::transport::smtp::response::Response;
use serde_json::Value as Json;
use tokio::time::timeout;

use super::mail::{Broken, Cover, Lines, Login, PATIENCE, cover, gone, late, offers_no, told};
use super::{Open, Permits, SignedIn, doubt, filled, filled_in_public};
use crate::platform::answer::Answer;
use crate::platform::schema::{Mechanism, Smtp};
use crate::probe::wallet::Values;
use crate::verdict::{Doubt, DoubtReason};

const SCHEMES: [(&str, u16); 2] = [("smtps", 465), ("smtp", 587)];
/// More lines than these are no answer.
const MOST: usize = 200;
/// The server goes away: nothing can be asked any more.
const GOES: u16 = 421;

pub(super) async fn sign_in(form: &Smtp, values: &Values, permits: &Permits) -> SignedIn {
    let patience = form.timeout.map_or(PATIENCE, |span| span.0);
    match timeout(patience, enter(form, values, permits)).await {
        Err(_) => SignedIn::failed(late()),
        Ok(Err(doubt)) => SignedIn::failed(doubt),
        Ok(Ok((answer, open))) => SignedIn { answer: Ok(answer), open },
    }
}

async fn enter(
    form: &Smtp,
    values: &Values,
    permits: &Permits,
) -> Result<(Answer, Option<Box<dyn Open>>), Doubt> {
    let login = Login::fill(form.at.as_ref(), &form.user, &form.password, values)?;
    let sending = Sending::fill(form, &login, values)?;
    let peer = permits.wire.peer(&login.at, &SCHEMES)?;
    let at_once = peer.scheme == "smtps";
    let lines = Lines::open(&permits.wire, &peer, at_once).await?;
    let mut server = Server { lines, owed: 1 };
    let greeting = server.reply().await?;
    if greeting.code != 220 {
        return Err(doubt(DoubtReason::Connection, format!("greeted with {}", greeting.seen())));
    }
    let mut offered = server.hello().await?;
    match cover(&peer, at_once, offered.supports_feature(Extension::StartTls))? {
        Cover::Stands | Cover::Spared => {}
        Cover::Begins => {
            let reply = server.ask("STARTTLS").await?;
            if reply.code != 220 {
                return Err(doubt(DoubtReason::Tls, "STARTTLS is offered and refused"));
            }
            server.lines = server.lines.encrypt(&permits.wire, &peer).await?;
            offered = server.hello().await?;
        }
    }
    let (reply, challenge) = server.log_in(form.mechanism, &login, &offered).await?;
    let is_in = reply.code == 235;
    let answer = reply.told(None, is_in.then_some(&*login.user), challenge);
    match sending {
        Some(sending) if is_in => {
            let patience = form.timeout.map_or(PATIENCE, |span| span.0);
            let session = Session { server, sending, user: login.user, patience, over: None };
            Ok((answer, Some(Box::new(session))))
        }
        Some(_) | None => {
            let _ = server.lines.say(b"QUIT\r\n").await;
            Ok((answer, None))
        }
    }
}

/// What the server said to one command.
struct Reply {
    code: u16,
    enhanced: Option<String>,
    text: String,
}

impl Reply {
    fn is_good(&self) -> bool {
        (200..300).contains(&self.code)
    }

    fn seen(&self) -> String {
        format!("{} {}", self.code, self.text)
    }

    fn told(self, at: Option<&str>, user: Option<&str>, challenge: Option<Json>) -> Answer {
        told([
            ("at", at.map(Json::from)),
            ("code", Some(self.code.into())),
            ("enhanced", self.enhanced.map(Json::from)),
            ("text", Some(self.text.into())),
            ("user", user.map(Json::from)),
            ("challenge", challenge),
        ])
    }
}

/// A connection to a server that takes mail.
struct Server {
    lines: Lines,
    /// Replies that are still to come, in order: what comes late must not answer the next question.
    owed: u32,
}

impl Server {
    async fn ask(&mut self, command: &str) -> Result<Reply, Broken> {
        while self.owed > 0 {
            let late = self.reply().await?;
            if late.code == GOES {
                return Ok(late);
            }
        }
        self.owed += 1;
        self.lines.say(format!("{command}\r\n").as_bytes()).await?;
        self.reply().await
    }

    async fn reply(&mut self) -> Result<Reply, Broken> {
        let mut whole = Vec::new();
        for _ in 0..MOST {
            let line = self.lines.line().await?;
            let is_last = line.get(3) != Some(&b'-');
            whole.extend(line);
            if is_last {
                self.owed = self.owed.saturating_sub(1);
                return read(&whole).ok_or_else(|| unreadable().into());
            }
        }
        Err(doubt(DoubtReason::TooLarge, format!("more than {MOST} lines")).into())
    }

    /// Introduces us by our address, and hears what is offered.
    async fn hello(&mut self) -> Result<ServerInfo, Doubt> {
        let name = match self.lines.local {
            Some(IpAddr::V4(address)) => format!("[{address}]"),
            Some(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
            None => "[127.0.0.1]".to_owned(),
        };
        let reply = self.ask(&format!("EHLO {name}")).await?;
        if reply.code != 250 {
            let why = format!("EHLO is answered with {}", reply.seen());
            return Err(doubt(DoubtReason::Connection, why));
        }
        let lines: String = reply.text.lines().map(|line| format!("250-{line}\r\n")).collect();
        let offered: Result<Response, _> = format!("{lines}250 HELP\r\n").parse();
        offered.ok().and_then(|it| ServerInfo::from_response(&it).ok()).ok_or_else(unreadable)
    }

    async fn log_in(
        &mut self,
        mechanism: Option<Mechanism>,
        login: &Login,
        offered: &ServerInfo,
    ) -> Result<(Reply, Option<Json>), Doubt> {
        let offers = |one| offered.supports_feature(Extension::Authentication(one));
        let wanted = match mechanism {
            Some(one) => one,
            None if offers(Offered::Plain) || !offers(Offered::Login) => Mechanism::Plain,
            None => Mechanism::Login,
        };
        let (of, name, mut said) = match wanted {
            Mechanism::Plain => (Offered::Plain, "PLAIN", vec![login.plain()]),
            Mechanism::Xoauth2 => (Offered::Xoauth2, "XOAUTH2", vec![login.xoauth2()]),
            Mechanism::Login => {
                let words = [&login.password, &login.user].map(|word| BASE64_STANDARD.encode(word));
                (Offered::Login, "LOGIN", words.into())
            }
        };
        if !offers(of) {
            return Err(offers_no(&format!("AUTH {name}")));
        }
        let first = match wanted {
            Mechanism::Login => format!("AUTH {name}"),
            Mechanism::Plain | Mechanism::Xoauth2 => {
                format!("AUTH {name} {}", said.pop().unwrap_or_default())
            }
        };
        let mut reply = self.ask(&first).await?;
        let mut challenge = None;
        while reply.code == 334 {
            let next = match said.pop() {
                Some(next) => next,
                // XOAUTH2 says why before it refuses, and waits for an empty line.
                None if challenge.is_none() => {
                    let data = BASE64_STANDARD.decode(reply.text.trim()).unwrap_or_default();
                    challenge = Some(serde_json::from_slice(&data).unwrap_or(Json::Null));
                    String::new()
                }
                None => return Err(doubt(DoubtReason::FlowBroken, "it asks for ever more")),
            };
            reply = self.ask(&next).await?;
        }
        Ok((reply, challenge))
    }
}

/// Takes a whole reply apart.
fn read(whole: &[u8]) -> Option<Reply> {
    let text = std::str::from_utf8(whole).ok()?;
    let response: Response = text.parse().ok()?;
    let class = text.get(..1)?;
    let mut enhanced = None;
    let lines = response.message().map(|line| {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if is_enhanced(word, class) {
            enhanced = Some(word.to_owned());
            rest.to_owned()
        } else {
            line.to_owned()
        }
    });
    let text = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
    Some(Reply { code: response.code().into(), enhanced, text })
}

/// Whether it is an enhanced status code (RFC 3463) of the reply's own class.
fn is_enhanced(word: &str, class: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let is_number =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && parts[0] == class && parts.iter().all(is_number)
}

/// What a session that stays would send.
struct Sending {
    from: Address,
    to: Address,
    really: bool,
}

impl Sending {
    fn fill(form: &Smtp, login: &Login, values: &Values) -> Result<Option<Self>, Doubt> {
        let Some(to) = form.to.as_ref().filter(|_| form.stays) else { return Ok(None) };
        let from = match &form.from {
            Some(from) => filled(from, values)?,
            None => login.user.clone(),
        };
        let to = filled_in_public(to, values)?;
        let address = |text: &str| {
            text.parse::<Address>().map_err(|_| {
                doubt(DoubtReason::FlowBroken, format!("`{text}` is no address of mail"))
            })
        };
        Ok(Some(Self { from: address(&from)?, to: address(&to)?, really: form.send }))
    }

    fn mail(&self, nonce: &str) -> String {
        let (from, to) = (&self.from, &self.to);
        format!(
            "From: <{from}>\r\nTo: <{to}>\r\nSubject: {nonce}\r\n\r\n\
             An offboarding drill sent this to see whether an old session still can.\r\n."
        )
    }
}

/// A server that was signed in to.
struct Session {
    server: Server,
    sending: Sending,
    user: String,
    patience: Duration,
    /// How it ended: that does not change any more.
    over: Option<Answer>,
}

impl Session {
    /// Whether it would still send, or whether it does.
    async fn send(&mut self, nonce: &str) -> Result<(&'static str, Reply), Broken> {
        let Sending { from, to, really } = &self.sending;
        let (mail, rcpt) = (Mail::new(Some(from.clone()), vec![]), Rcpt::new(to.clone(), vec![]));
        // An answer that came too late may have left a mail begun.
        let clean = self.server.ask("RSET").await?;
        if !clean.is_good() {
            return Ok(("rset", clean));
        }
        let first = self.server.ask(mail.to_string().trim_end()).await?;
        if !first.is_good() {
            return Ok(("mail", first));
        }
        let second = self.server.ask(rcpt.to_string().trim_end()).await?;
        if !second.is_good() || !really {
            self.take_back(&second).await;
            return Ok(("rcpt", second));
        }
        let third = self.server.ask("DATA").await?;
        if third.code != 354 {
            self.take_back(&third).await;
            return Ok(("data", third));
        }
        Ok(("data", self.server.ask(&self.sending.mail(nonce)).await?))
    }

    /// What was begun is not sent.
    async fn take_back(&mut self, after: &Reply) {
        if after.code != GOES {
            // What was answered before is what counts.
            let _ = self.server.ask("RSET").await;
        }
    }
}

#[async_trait]
impl Open for Session {
    async fn again(&mut self, values: &Values) -> Result<Answer, Doubt> {
        if let Some(over) = &self.over {
            return Ok(over.clone());
        }
        let nonce = values.lookup("nonce").unwrap_or_default().into_owned();
        match timeout(self.patience, self.send(&nonce)).await {
            Err(_) => Err(late()),
            Ok(Err(Broken::Doubtful(doubt))) => Err(doubt),
            Ok(Err(Broken::Closed)) => Ok(self.over.insert(gone()).clone()),
            Ok(Ok((at, reply))) if reply.code == GOES => {
                Ok(self.over.insert(reply.told(Some(at), None, None)).clone())
            }
            Ok(Ok((at, reply))) => {
                let user = reply.is_good().then(|| self.user.clone());
                Ok(reply.told(Some(at), user.as_deref(), None))
            }
        }
    }
}

fn unreadable() -> Doubt {
    doubt(DoubtReason::Unparsable, "a reply is no SMTP")
}
