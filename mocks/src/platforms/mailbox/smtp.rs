//! The submission of mail. What is sent goes nowhere.

use std::time::SystemTime;

use super::{Asked, Mailbox, Refused, SMTP_SESSION, bearer, decoded, last, nothing, plain, say};
use crate::http::Response;

pub(super) fn hello() -> Response {
    say(
        "250-mail.example\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN XOAUTH2\r\n250 ENHANCEDSTATUSCODES",
    )
}

pub(super) fn refusal(refused: &Refused) -> Response {
    match refused {
        Refused::Wrong => say("535 5.7.8 Authentication failed."),
        Refused::Disabled => say("525 5.7.13 Login disabled for this user"),
    }
}

impl Mailbox {
    pub(super) fn smtp(&mut self, id: &str, line: &str, now: SystemTime) -> Response {
        if self.is_ended(id, now) {
            return last("421 4.3.2 Server shutting down.");
        }
        let connection = self.connections.entry(id.to_owned()).or_default();
        if let Some(asked) = connection.asked.take() {
            return self.smtp_more(id, asked, line, now);
        }
        let signed_in = connection.user.is_some();
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (verb.to_uppercase().as_str(), signed_in) {
            ("EHLO", _) => hello(),
            ("QUIT", _) => last("221 2.0.0 Bye"),
            ("RSET" | "NOOP", _) => say("250 2.0.0 OK"),
            ("AUTH", false) => {
                let (mechanism, first) = rest.split_once(' ').unwrap_or((rest, ""));
                let asked = match mechanism {
                    "PLAIN" => Asked::Plain,
                    "XOAUTH2" => Asked::Token,
                    "LOGIN" => Asked::Name,
                    _ => return say("504 5.5.4 Unsupported authentication mechanism."),
                };
                if first.is_empty() {
                    // Username:
                    let ask = if mechanism == "LOGIN" { "334 VXNlcm5hbWU6" } else { "334 " };
                    connection.asked = Some(asked);
                    return say(ask);
                }
                self.smtp_more(id, asked, first, now)
            }
            ("AUTH", true) => say("503 5.5.1 Already authenticated"),
            (_, false) => say("530 5.7.0 Authentication required."),
            ("MAIL", true) => say("250 2.1.0 OK"),
            ("RCPT", true) => say("250 2.1.5 OK"),
            ("DATA", true) => {
                connection.asked = Some(Asked::Mail);
                say("354 OK")
            }
            _ => say("502 5.5.1 Unknown command"),
        }
    }

    fn smtp_more(&mut self, id: &str, asked: Asked, line: &str, now: SystemTime) -> Response {
        let connection = self.connections.entry(id.to_owned()).or_default();
        let (user, came) = match asked {
            Asked::Plain => match plain(line) {
                Some((user, password)) => {
                    let came = self.sign_in(&user, &password, now);
                    (user, came)
                }
                None => return say("501 5.5.2 Invalid base64 data"),
            },
            Asked::Name => {
                connection.asked = Some(Asked::Password(decoded(line).unwrap_or_default()));
                // Password:
                return say("334 UGFzc3dvcmQ6");
            }
            Asked::Password(user) => {
                let password = decoded(line).unwrap_or_default();
                let came = self.sign_in(&user, &password, now);
                (user, came)
            }
            Asked::Token => match bearer(line) {
                Some((user, token)) => match self.sign_in_by_token(&user, &token, now) {
                    Ok(()) => (user, Ok(())),
                    Err(_) => {
                        let connection = self.connections.entry(id.to_owned()).or_default();
                        connection.asked = Some(Asked::Refused);
                        // {"status":"invalid_token"}
                        return say("334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=");
                    }
                },
                None => return say("501 5.5.2 Invalid base64 data"),
            },
            Asked::Mail if line == "." => return say("250 2.0.0 OK"),
            Asked::Mail => {
                connection.asked = Some(Asked::Mail);
                return nothing();
            }
            Asked::Refused | Asked::Done => return refusal(&Refused::Wrong),
        };
        match came {
            Ok(()) => {
                self.open(id, SMTP_SESSION, &user, now);
                say("235 2.7.0 Logged in.")
            }
            Err(refused) => refusal(&refused),
        }
    }
}
