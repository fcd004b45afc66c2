//! Signing in to mailboxes and to servers that take mail.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::platform::template::Template;
use crate::span::Span;

/// A mailbox (RFC 3501). Nothing is fetched: after signing in, the messages of INBOX are counted.
///
/// It is answered by `/result` (`OK`, `NO`, `BAD` or `BYE`), `/code` (the word in brackets, such as
/// `AUTHENTICATIONFAILED`) and `/text`; where it let in, by `/user`, the name that was sent, and `/status`: the
/// `result` of counting, and `messages`. A session that is asked again answers counting with `/result`, `/code`,
/// `/text` and, where it was done, `/user` and `/messages`; one that is gone with `/closed` (true).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Imap {
    /// Its address: `imaps://host`, or `imap://host` for one that is encrypted by STARTTLS (default: the
    /// platform's `base_url`).
    pub at: Option<Template>,
    /// The name.
    pub user: Template,
    /// The password, or the access token for `xoauth2`.
    pub password: Template,
    /// How (default: by LOGIN, or by PLAIN where the server offers that alone). Only what the server offers is
    /// used.
    pub mechanism: Option<Mechanism>,
    /// The longest signing in may take, and the longest an answer may take later (default 45 s: servers delay
    /// refusals, and whatever comes from an address after them).
    pub timeout: Option<Span>,
    /// It is kept open, idling where the server offers that, and asked again later: a live session.
    #[serde(default)]
    pub stays: bool,
}

/// A server that takes mail (RFC 5321, RFC 4954). No mail is begun by signing in.
///
/// It is answered by `/code` (a number), `/enhanced` (such as `5.7.8`) and `/text`; where it let in, by `/user`,
/// the name that was sent. A session that is asked again names a sender and `to`, and takes both back: it answers
/// in the same way, with `/at` beside it (`mail`, `rcpt`, or `data` where something is really sent), or with
/// `/closed` (true) where it is gone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its address: `smtps://host`, or `smtp://host` for one that is encrypted by STARTTLS (default: the
    /// platform's `base_url`).
    pub at: Option<Template>,
    /// The name.
    pub user: Template,
    /// The password, or the access token for `xoauth2`.
    pub password: Template,
    /// How (default: by PLAIN, or by LOGIN where the server offers that alone). Only what the server offers is
    /// used.
    pub mechanism: Option<Mechanism>,
    /// The longest signing in may take, and the longest an answer may take later (default 45 s: servers delay
    /// refusals).
    pub timeout: Option<Span>,
    /// It is kept open and asked again later whether it still takes mail: a live session.
    #[serde(default)]
    pub stays: bool,
    /// From whom a session that stays would send (default: the name).
    pub from: Option<Template>,
    /// To whom it would send: a mailbox of yours.
    pub to: Option<Template>,
    /// It really sends, each time it is asked: one short mail to `to`, marked with the `{{ nonce }}`.
    #[serde(default)]
    pub send: bool,
}

/// A way of proving who one is (RFC 4422).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// PLAIN (RFC 4616).
    Plain,
    /// The command LOGIN of IMAP, the mechanism LOGIN of SMTP.
    Login,
    /// XOAUTH2: an access token in the password's place.
    Xoauth2,
}
