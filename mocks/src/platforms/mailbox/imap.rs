//! The mailboxes.

use std::time::SystemTime;

use super::{Asked, IMAP_SESSION, Mailbox, Refused, bearer, last, nothing, plain, say};
use crate::http::Response;

pub(super) fn capability(tag: &str) -> Response {
    say(&format!(
        "* CAPABILITY IMAP4rev1 SASL-IR IDLE AUTH=PLAIN AUTH=XOAUTH2\r\n{tag} OK Pre-login capabilities listed."
    ))
}

pub(super) fn refusal(tag: &str, refused: &Refused) -> Response {
    match refused {
        Refused::Wrong => say(&format!("{tag} NO [AUTHENTICATIONFAILED] Authentication failed.")),
        Refused::Disabled => say(&format!("{tag} NO [CONTACTADMIN] Login disabled for this user")),
    }
}

/// Takes the next word off a line: quoted or bare.
fn word(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(' ').unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut word = String::new();
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Some((word, &quoted[at + 1..])),
            _ => {
                word.push(c);
                escaped = false;
            }
        }
    }
    None
}

impl Mailbox {
    pub(super) fn imap(&mut self, id: &str, line: &str, now: SystemTime) -> Response {
        if self.is_ended(id, now) {
            return last("* BYE Server shutting down.");
        }
        let connection = self.connections.entry(id.to_owned()).or_default();
        if let Some(asked) = connection.asked.take() {
            let tag = connection.tag.clone();
            return self.imap_more(id, (&asked, &tag), line, now);
        }
        let signed_in = connection.user.is_some();
        let (tag, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        connection.tag = tag.to_owned();
        match (verb.to_uppercase().as_str(), signed_in) {
            ("CAPABILITY", _) => capability(tag),
            ("NOOP", _) => say(&format!("{tag} OK NOOP completed.")),
            ("LOGOUT", _) => last(&format!("* BYE Logging out\r\n{tag} OK Logout completed.")),
            ("LOGIN", false) => match word(rest).and_then(|(user, rest)| Some((user, word(rest)?)))
            {
                Some((user, (password, _))) => {
                    let came = self.sign_in(&user, &password, now);
                    self.let_in(id, tag, &user, came, now)
                }
                None => say(&format!("{tag} BAD Error in IMAP command LOGIN: Invalid arguments.")),
            },
            ("AUTHENTICATE", false) => {
                connection.asked = match rest {
                    "PLAIN" => Some(Asked::Plain),
                    "XOAUTH2" => Some(Asked::Token),
                    _ => None,
                };
                if connection.asked.is_some() {
                    say("+ ")
                } else {
                    say(&format!("{tag} NO [ALERT] Unsupported authentication mechanism."))
                }
            }
            ("STATUS", true) => {
                say(&format!("* STATUS INBOX (MESSAGES 3)\r\n{tag} OK Status completed."))
            }
            ("IDLE", true) => {
                connection.asked = Some(Asked::Done);
                say("+ idling")
            }
            _ => say(&format!("{tag} BAD Error in IMAP command received by server.")),
        }
    }

    fn imap_more(
        &mut self,
        id: &str,
        (asked, tag): (&Asked, &str),
        line: &str,
        now: SystemTime,
    ) -> Response {
        let given = match asked {
            Asked::Plain => plain(line),
            Asked::Token => bearer(line),
            Asked::Done => return say(&format!("{tag} OK Idle completed.")),
            Asked::Refused => return refusal(tag, &Refused::Wrong),
            Asked::Name | Asked::Password(_) | Asked::Mail => return nothing(),
        };
        let Some((user, secret)) = given else {
            return say(&format!("{tag} NO [AUTHENTICATIONFAILED] Authentication failed."));
        };
        let came = match asked {
            Asked::Token => self.sign_in_by_token(&user, &secret, now),
            Asked::Plain
            | Asked::Name
            | Asked::Password(_)
            | Asked::Refused
            | Asked::Done
            | Asked::Mail => self.sign_in(&user, &secret, now),
        };
        if matches!((asked, &came), (Asked::Token, Err(_))) {
            let connection = self.connections.entry(id.to_owned()).or_default();
            connection.asked = Some(Asked::Refused);
            // {"status":"invalid_token"}
            return say("+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=");
        }
        self.let_in(id, tag, &user, came, now)
    }

    fn let_in(
        &mut self,
        id: &str,
        tag: &str,
        user: &str,
        came: Result<(), Refused>,
        now: SystemTime,
    ) -> Response {
        match came {
            Ok(()) => {
                self.open(id, IMAP_SESSION, user, now);
                say(&format!("{tag} OK [CAPABILITY IMAP4rev1 IDLE] Logged in"))
            }
            Err(refused) => refusal(tag, &refused),
        }
    }
}
