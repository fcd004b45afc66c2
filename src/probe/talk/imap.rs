//! Mailboxes (RFC 3501, RFC 5530, RFC 2177). Nothing is fetched: the messages of INBOX are counted.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use imap_codec::decode::Decoder as _;
use imap_codec::encode::{Encoder as _, Fragment};
use imap_codec::imap_types::command::{Command, CommandBody};
use imap_codec::imap_types::core::Vec1;
use imap_codec::imap_types::response::{
    Capability, Code, Data, GreetingKind, Response, Status, StatusBody, StatusKind,
};
use imap_codec::imap_types::status::StatusDataItem;
use imap_codec::{CommandCodec, GreetingCodec, ResponseCodec};
use serde_json::Value as Json;
use tokio::time::timeout;

use super::mail::{Broken, Cover, Lines, Login, PATIENCE, cover, gone, late, offers_no, told};
use super::{Open, Permits, SignedIn, doubt};
use crate::platform::answer::Answer;
use crate::platform::schema::{Imap, Mechanism};
use crate::probe::wallet::Values;
use crate::verdict::{Doubt, DoubtReason};

const SCHEMES: [(&str, u16); 2] = [("imaps", 993), ("imap", 143)];
/// More lines than these are no answer.
const MOST: usize = 1_000;
/// Beginning to idle is no part of the answer.
const IDLE_WITHIN: Duration = Duration::from_secs(5);

pub(super) async fn sign_in(form: &Imap, values: &Values, permits: &Permits) -> SignedIn {
    let patience = form.timeout.map_or(PATIENCE, |span| span.0);
    match timeout(patience, enter(form, values, permits)).await {
        Err(_) => SignedIn::failed(late()),
        Ok(Err(doubt)) => SignedIn::failed(doubt),
        Ok(Ok((answer, mailbox))) => {
            let open: Option<Box<dyn Open>> = match mailbox {
                Some(mailbox) => Some(Box::new(Session { mailbox, patience, over: None })),
                None => None,
            };
            SignedIn { answer: Ok(answer), open }
        }
    }
}

async fn enter(
    form: &Imap,
    values: &Values,
    permits: &Permits,
) -> Result<(Answer, Option<Mailbox>), Doubt> {
    let login = Login::fill(form.at.as_ref(), &form.user, &form.password, values)?;
    let peer = permits.wire.peer(&login.at, &SCHEMES)?;
    let at_once = peer.scheme == "imaps";
    let lines = Lines::open(&permits.wire, &peer, at_once).await?;
    let mut mailbox = Mailbox::new(lines, &login.user);
    mailbox.greeting().await?;
    mailbox.look().await?;
    match cover(&peer, at_once, mailbox.offers("STARTTLS"))? {
        Cover::Stands | Cover::Spared => {}
        Cover::Begins => {
            let reply = mailbox.command("STARTTLS").await?;
            if reply.result != "OK" {
                return Err(doubt(DoubtReason::Tls, "STARTTLS is offered and refused"));
            }
            mailbox.lines = mailbox.lines.encrypt(&permits.wire, &peer).await?;
            mailbox.look().await?;
        }
    }
    let reply = mailbox.log_in(form.mechanism, &login).await?;
    if reply.result != "OK" {
        return Ok((reply.told(None), None));
    }
    // The password was right, whatever becomes of counting.
    let counted = mailbox.command("STATUS INBOX (MESSAGES)").await;
    let alive = matches!(&counted, Ok(counted) if counted.result != "BYE");
    let status = counted.ok().and_then(|counted| counted.told(None).tree().cloned());
    let answer = reply.told(Some((&login.user, status)));
    if alive && form.stays {
        mailbox.idle().await;
        return Ok((answer, Some(mailbox)));
    }
    if alive {
        let _ = mailbox.lines.say(b"z LOGOUT\r\n").await;
    }
    Ok((answer, None))
}

/// What a command came to.
struct Reply {
    result: &'static str,
    code: Option<String>,
    text: String,
    messages: Option<u32>,
    challenge: Option<Json>,
}

impl Reply {
    fn told(self, let_in: Option<(&str, Option<Json>)>) -> Answer {
        let (user, status) = let_in.map_or((None, None), |(user, status)| (Some(user), status));
        told([
            ("result", Some(self.result.into())),
            ("code", self.code.map(Json::from)),
            ("text", Some(self.text.into())),
            ("user", user.map(Json::from)),
            ("messages", self.messages.map(Json::from)),
            ("challenge", self.challenge),
            ("status", status),
        ])
    }
}

/// What is said until a command is over.
enum Said {
    Over(Reply),
    GoOn(Vec<u8>),
}

/// A connection to a server of mailboxes.
struct Mailbox {
    lines: Lines,
    user: String,
    tags: u32,
    offered: BTreeSet<String>,
    messages: Option<u32>,
    /// The tag of the IDLE it waits in.
    idling: Option<String>,
}

impl Mailbox {
    fn new(lines: Lines, user: &str) -> Self {
        let (offered, user) = (BTreeSet::new(), user.to_owned());
        Self { lines, user, tags: 0, offered, messages: None, idling: None }
    }

    fn offers(&self, name: &str) -> bool {
        self.offered.contains(name)
    }

    fn learn(&mut self, offered: &Vec1<Capability<'_>>) {
        self.offered = offered.as_ref().iter().map(|it| it.to_string().to_uppercase()).collect();
    }

    async fn greeting(&mut self) -> Result<(), Doubt> {
        let line = self.lines.line().await?;
        let greeting = match GreetingCodec::default().decode(&line) {
            Ok((_, greeting)) => greeting,
            Err(_) => return Err(unreadable("the greeting")),
        };
        match greeting.kind {
            GreetingKind::Ok => Ok(()),
            GreetingKind::PreAuth => {
                Err(doubt(DoubtReason::FlowBroken, "the server lets everybody in (PREAUTH)"))
            }
            GreetingKind::Bye => {
                let why = format!("greeted with BYE {}", greeting.text.as_ref());
                Err(doubt(DoubtReason::Connection, why))
            }
        }
    }

    /// Asks what is offered: it changes with TLS, and what was heard before it counts for nothing.
    async fn look(&mut self) -> Result<(), Doubt> {
        self.offered.clear();
        let reply = self.command("CAPABILITY").await?;
        match reply.result {
            "OK" => Ok(()),
            _ => Err(doubt(DoubtReason::FlowBroken, format!("CAPABILITY: {}", reply.text))),
        }
    }

    fn tag(&mut self) -> String {
        self.tags += 1;
        format!("d{}", self.tags)
    }

    /// Says a command that needs nothing more.
    async fn command(&mut self, command: &str) -> Result<Reply, Broken> {
        let tag = self.tag();
        self.lines.say(format!("{tag} {command}\r\n").as_bytes()).await?;
        match self.until(&tag).await? {
            Said::Over(reply) => Ok(reply),
            Said::GoOn(_) => Err(doubt(DoubtReason::FlowBroken, "more was asked for").into()),
        }
    }

    /// Listens until the command of this tag is over, or more is wanted for it.
    async fn until(&mut self, tag: &str) -> Result<Said, Broken> {
        self.messages = None;
        for _ in 0..MOST {
            let line = self.lines.line().await?;
            let mine = line.starts_with(format!("{tag} ").as_bytes());
            match ResponseCodec::default().decode(&line) {
                Ok((_, Response::CommandContinuationRequest(_))) => {
                    let text = String::from_utf8_lossy(&line);
                    let data = BASE64_STANDARD.decode(text.trim_start_matches('+').trim());
                    return Ok(Said::GoOn(data.unwrap_or_default()));
                }
                Ok((_, Response::Data(Data::Capability(offered)))) => self.learn(&offered),
                Ok((_, Response::Data(Data::Status { items, .. }))) => {
                    self.messages = items.iter().find_map(|item| match item {
                        StatusDataItem::Messages(count) => Some(*count),
                        StatusDataItem::Recent(_)
                        | StatusDataItem::UidNext(_)
                        | StatusDataItem::UidValidity(_)
                        | StatusDataItem::Unseen(_)
                        | StatusDataItem::Deleted(_)
                        | StatusDataItem::DeletedStorage(_) => None,
                    });
                }
                Ok((_, Response::Data(_) | Response::Status(Status::Untagged(_)))) => {}
                Ok((_, Response::Status(Status::Bye(bye)))) => {
                    return Ok(Said::Over(Reply {
                        result: "BYE",
                        code: bye.code.as_ref().and_then(word),
                        text: bye.text.to_string(),
                        messages: None,
                        challenge: None,
                    }));
                }
                Ok((_, Response::Status(Status::Tagged(tagged)))) if mine => {
                    return Ok(Said::Over(self.reply(&tagged.body)));
                }
                // What was asked before and answered too late.
                Ok((_, Response::Status(Status::Tagged(_)))) => {}
                // Data of an extension, in which nothing else can hide.
                Err(_) if line.starts_with(b"* ") && !line.ends_with(b"}\r\n") => {}
                Err(_) => return Err(unreadable("a line").into()),
            }
        }
        Err(doubt(DoubtReason::TooLarge, format!("more than {MOST} lines")).into())
    }

    fn reply(&mut self, body: &StatusBody<'_>) -> Reply {
        if let Some(Code::Capability(offered)) = &body.code {
            self.learn(offered);
        }
        let result = match body.kind {
            StatusKind::Ok => "OK",
            StatusKind::No => "NO",
            StatusKind::Bad => "BAD",
        };
        Reply {
            result,
            code: body.code.as_ref().and_then(word),
            text: body.text.to_string(),
            messages: self.messages,
            challenge: None,
        }
    }

    async fn log_in(
        &mut self,
        mechanism: Option<Mechanism>,
        login: &Login,
    ) -> Result<Reply, Doubt> {
        let disabled = self.offers("LOGINDISABLED");
        let wanted = match mechanism {
            Some(one) => one,
            None if disabled && self.offers("AUTH=PLAIN") => Mechanism::Plain,
            None => Mechanism::Login,
        };
        let (name, said) = match wanted {
            Mechanism::Login if disabled => return Err(offers_no("LOGIN (LOGINDISABLED)")),
            Mechanism::Login => return Ok(self.by_command(login).await?),
            Mechanism::Plain => ("PLAIN", login.plain()),
            Mechanism::Xoauth2 => ("XOAUTH2", login.xoauth2()),
        };
        if !self.offers(&format!("AUTH={name}")) {
            return Err(offers_no(&format!("AUTH={name}")));
        }
        let tag = self.tag();
        let mut next = format!("{tag} AUTHENTICATE {name}\r\n");
        let mut said = Some(said);
        let mut challenge = None;
        loop {
            self.lines.say(next.as_bytes()).await?;
            match self.until(&tag).await? {
                Said::Over(reply) => return Ok(Reply { challenge, ..reply }),
                Said::GoOn(data) => match said.take() {
                    Some(said) => next = format!("{said}\r\n"),
                    // XOAUTH2 says why before it refuses, and waits for an empty line.
                    None if challenge.is_none() => {
                        challenge = Some(serde_json::from_slice(&data).unwrap_or(Json::Null));
                        next = "\r\n".to_owned();
                    }
                    None => {
                        return Err(doubt(DoubtReason::FlowBroken, "it asks for ever more"));
                    }
                },
            }
        }
    }

    /// The command LOGIN. Names and passwords that cannot be quoted go as literals, once the server asks for them.
    async fn by_command(&mut self, login: &Login) -> Result<Reply, Broken> {
        let broken = || doubt(DoubtReason::FlowBroken, "the name or the password cannot be sent");
        let tag = self.tag();
        let body = CommandBody::login(login.user.as_str(), login.password.as_str())
            .map_err(|_| broken())?;
        let command = Command::new(tag.as_str(), body).map_err(|_| broken())?;
        for fragment in CommandCodec::default().encode(&command) {
            match fragment {
                Fragment::Line { data } => self.lines.say(&data).await?,
                Fragment::Literal { data, .. } => match self.until(&tag).await? {
                    Said::Over(reply) => return Ok(reply),
                    Said::GoOn(_) => self.lines.say(&data).await?,
                },
            }
        }
        match self.until(&tag).await? {
            Said::Over(reply) => Ok(reply),
            Said::GoOn(_) => Err(doubt(DoubtReason::FlowBroken, "more was asked for").into()),
        }
    }

    /// Waits as mail programs do, if the server offers it: such a session is not ended for being quiet.
    async fn idle(&mut self) {
        if !self.offers("IDLE") {
            return;
        }
        let tag = self.tag();
        self.idling = Some(tag.clone());
        let begun = async {
            self.lines.say(format!("{tag} IDLE\r\n").as_bytes()).await?;
            self.until(&tag).await
        };
        if let Ok(Ok(Said::Over(_))) = timeout(IDLE_WITHIN, begun).await {
            self.idling = None;
            self.offered.remove("IDLE");
        }
    }

    /// Counts once more.
    async fn count(&mut self) -> Result<Reply, Broken> {
        if let Some(tag) = self.idling.take() {
            self.lines.say(b"DONE\r\n").await?;
            loop {
                match self.until(&tag).await? {
                    Said::Over(reply) if reply.result == "BYE" => return Ok(reply),
                    Said::Over(_) => break,
                    // It begins to idle only now.
                    Said::GoOn(_) => {}
                }
            }
        }
        self.command("STATUS INBOX (MESSAGES)").await
    }
}

/// A mailbox that was signed in to.
struct Session {
    mailbox: Mailbox,
    patience: Duration,
    /// How it ended: that does not change any more.
    over: Option<Answer>,
}

#[async_trait]
impl Open for Session {
    async fn again(&mut self, _: &Values) -> Result<Answer, Doubt> {
        if let Some(over) = &self.over {
            return Ok(over.clone());
        }
        match timeout(self.patience, self.mailbox.count()).await {
            Err(_) => Err(late()),
            Ok(Err(Broken::Doubtful(doubt))) => Err(doubt),
            Ok(Err(Broken::Closed)) => Ok(self.over.insert(gone()).clone()),
            Ok(Ok(reply)) if reply.result == "BYE" => {
                Ok(self.over.insert(reply.told(None)).clone())
            }
            Ok(Ok(reply)) if reply.result == "OK" => {
                self.mailbox.idle().await;
                Ok(reply.told(Some((&self.mailbox.user, None))))
            }
            Ok(Ok(reply)) => Ok(reply.told(None)),
        }
    }
}

fn unreadable(what: &str) -> Doubt {
    doubt(DoubtReason::Unparsable, format!("{what} is no IMAP"))
}

/// The word of a code that says why; those about mailboxes say nothing of who may use them.
fn word(code: &Code<'_>) -> Option<String> {
    if let Code::Other(other) = code {
        let text = String::from_utf8_lossy(other.inner()).to_uppercase();
        return text.split_whitespace().next().map(str::to_owned);
    }
    matches!(code, Code::Alert).then(|| "ALERT".to_owned())
}
