//! What is done over a connection that was let in: a command, a tunnel, files.

use russh::client::Handle;
use russh::{Channel, ChannelMsg, ChannelOpenFailure, client};
use serde_json::{Map, Value as Json};

use super::super::{doubt, filled_in_public};
use super::watch::Watch;
use crate::platform::answer::{Answer, Body};
use crate::platform::schema::Then;
use crate::probe::wallet::Values;
use crate::verdict::{Doubt, DoubtReason};

/// More than this of a stream is not read.
const LARGEST: usize = 64 * 1024;
/// What a client of the file protocol says first: its version, which is 3.
const HELLO: &[u8] = &[0, 0, 0, 5, 1, 0, 0, 0, 3];
/// What the server's answer starts with after its length.
const VERSION: u8 = 2;

/// One use of a connection.
#[derive(Clone, Debug)]
pub(super) enum Use {
    Command(String),
    Forward { host: String, port: u32 },
    Sftp,
}

/// Why nothing can be said of a use.
pub(super) enum Failed {
    Gone,
    TooLarge,
    Doubt(Doubt),
}

pub(super) fn too_large() -> Answer {
    Answer { status: 0, headers: Vec::new(), body: Body::TooLarge }
}

/// What was said over a channel.
#[derive(Default)]
struct Said {
    accepted: bool,
    refused: bool,
    closed: bool,
    exit: Option<u32>,
    signal: Option<String>,
    out: Vec<u8>,
    err: Vec<u8>,
}

impl Use {
    pub(super) fn fill(then: Option<&Then>, values: &Values) -> Result<Self, Doubt> {
        match then {
            None => Ok(Self::Command("true".to_owned())),
            Some(Then::Command(text)) => Ok(Self::Command(filled_in_public(text, values)?)),
            Some(Then::Sftp) => Ok(Self::Sftp),
            Some(Then::Forward(text)) => {
                let text = filled_in_public(text, values)?;
                let parts = text.rsplit_once(':').and_then(|(host, port)| {
                    let host = host.trim_start_matches('[').trim_end_matches(']');
                    Some((host.to_owned(), port.parse::<u16>().ok()?))
                });
                let Some((host, port)) = parts.filter(|(host, _)| !host.is_empty()) else {
                    let why = "`then.forward` is no host and port, such as 127.0.0.1:22";
                    return Err(doubt(DoubtReason::FlowBroken, why));
                };
                Ok(Self::Forward { host, port: port.into() })
            }
        }
    }

    /// Does it over a channel of its own.
    pub(super) async fn once(&self, handle: &Handle<Watch>) -> Result<Map<String, Json>, Failed> {
        let opened = match self {
            Self::Command(_) | Self::Sftp => handle.channel_open_session().await,
            Self::Forward { host, port } => {
                handle.channel_open_direct_tcpip(host.as_str(), *port, "127.0.0.1", 0).await
            }
        };
        let mut channel = match opened {
            Ok(channel) => channel,
            Err(russh::Error::ChannelOpenFailure(why)) => return Ok(refused(reason(&why))),
            Err(_) => return Err(Failed::Gone),
        };
        let used = match self {
            Self::Command(command) => run(&mut channel, command).await,
            Self::Sftp => files(&mut channel).await,
            Self::Forward { .. } => Ok(word("done")),
        };
        // It may be closed already.
        let _ = channel.close().await;
        used
    }
}

async fn run(
    channel: &mut Channel<client::Msg>,
    command: &str,
) -> Result<Map<String, Json>, Failed> {
    channel.exec(true, command).await.map_err(|_| Failed::Gone)?;
    let said = listen(channel, |_| false).await?;
    if said.refused {
        return Ok(refused("request-refused"));
    }
    let mut used = match (said.exit, &said.signal) {
        (Some(0), None) => word("done"),
        (Some(_), _) | (None, Some(_)) => word("failed"),
        (None, None) if said.closed => word("ended"),
        (None, None) => return Err(Failed::Gone),
    };
    said.tell(&mut used)?;
    Ok(used)
}

async fn files(channel: &mut Channel<client::Msg>) -> Result<Map<String, Json>, Failed> {
    channel.request_subsystem(true, "sftp").await.map_err(|_| Failed::Gone)?;
    let said = listen(channel, |said| said.accepted).await?;
    if said.refused {
        return Ok(refused("request-refused"));
    }
    let said = if said.accepted && !said.closed && said.exit.is_none() {
        channel.data_bytes(HELLO).await.map_err(|_| Failed::Gone)?;
        listen(channel, |said| said.out.len() >= 9).await?
    } else {
        said
    };
    if let [_, _, _, _, VERSION, a, b, c, d, ..] = said.out[..] {
        let mut used = word("done");
        used.insert("version".to_owned(), u32::from_be_bytes([a, b, c, d]).into());
        return Ok(used);
    }
    let mut used = match (said.exit, said.closed) {
        (Some(_), _) => word("failed"),
        (None, true) => word("ended"),
        (None, false) => return Err(Failed::Gone),
    };
    said.tell(&mut used)?;
    Ok(used)
}

/// Listens until enough was said, or the channel is closed.
async fn listen(
    channel: &mut Channel<client::Msg>,
    enough: impl Fn(&Said) -> bool,
) -> Result<Said, Failed> {
    let mut said = Said::default();
    while let Some(message) = channel.wait().await {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the library may learn more of what only concerns the channel itself"
        )]
        match message {
            ChannelMsg::Success => said.accepted = true,
            ChannelMsg::Failure => {
                said.refused = true;
                return Ok(said);
            }
            ChannelMsg::Data { data } => said.out.extend_from_slice(&data),
            ChannelMsg::ExtendedData { data, .. } => said.err.extend_from_slice(&data),
            ChannelMsg::ExitStatus { exit_status } => said.exit = Some(exit_status),
            ChannelMsg::ExitSignal { signal_name, .. } => {
                said.signal = Some(format!("{signal_name:?}"));
            }
            ChannelMsg::Close => {
                said.closed = true;
                return Ok(said);
            }
            other => drop(other),
        }
        if said.out.len() > LARGEST || said.err.len() > LARGEST {
            return Err(Failed::TooLarge);
        }
        if enough(&said) {
            return Ok(said);
        }
    }
    Ok(said)
}

impl Said {
    fn tell(&self, used: &mut Map<String, Json>) -> Result<(), Failed> {
        let read = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).map(|text| text.trim().to_owned());
            text.map_err(|_| Failed::Doubt(doubt(DoubtReason::Unparsable, "not UTF-8")))
        };
        if let Some(exit) = self.exit {
            used.insert("exit".to_owned(), exit.into());
        }
        if let Some(signal) = &self.signal {
            used.insert("signal".to_owned(), signal.as_str().into());
        }
        used.insert("stdout".to_owned(), read(&self.out)?.into());
        used.insert("stderr".to_owned(), read(&self.err)?.into());
        Ok(())
    }
}

fn word(word: &str) -> Map<String, Json> {
    Map::from_iter([("use".to_owned(), word.into())])
}

fn refused(reason: &str) -> Map<String, Json> {
    let mut used = word("refused");
    used.insert("reason".to_owned(), reason.into());
    used
}

/// The reasons of RFC 4254 section 5.1.
fn reason(why: &ChannelOpenFailure) -> &'static str {
    match why {
        ChannelOpenFailure::AdministrativelyProhibited => "prohibited",
        ChannelOpenFailure::ConnectFailed => "connect-failed",
        ChannelOpenFailure::UnknownChannelType => "unknown-channel-type",
        ChannelOpenFailure::ResourceShortage => "resource-shortage",
        ChannelOpenFailure::Other { .. } => "other",
    }
}
