//! Harm to bystanders while a procedure is at work, and what becomes of it.

use serde::{Deserialize, Serialize};

use crate::id::{ChannelId, CredentialId};

/// A bystander was refused while a procedure was at work, or was let in again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Harm {
    /// Whom.
    pub bystander: CredentialId,
    /// On which channel.
    pub channel: ChannelId,
    /// Refusals in a row so far.
    pub refusals: u32,
    /// What became of the procedure.
    pub course: HarmCourse,
}

/// What became of a procedure that may harm a bystander.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HarmCourse {
    /// No further step, until more is known.
    Paused,
    /// It went on: the bystander was let in again.
    Resumed,
    /// It went on: a person said so.
    Allowed,
    /// It went on: harm does not hold it up.
    Continued,
    /// What was left of it was not carried out.
    Stopped,
}

impl std::fmt::Display for Harm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { bystander, channel, refusals, course } = self;
        let refused =
            format!("the bystander {bystander} was refused {refusals} times in a row on {channel}");
        match course {
            HarmCourse::Paused => {
                write!(f, "paused: the bystander {bystander} was refused on {channel}")
            }
            HarmCourse::Resumed => {
                write!(f, "resumed: the bystander {bystander} is let in again on {channel}")
            }
            HarmCourse::Allowed => write!(f, "{refused}, and a person let the procedure go on"),
            HarmCourse::Continued => write!(f, "{refused}, and the procedure goes on"),
            HarmCourse::Stopped => f.write_str(&refused),
        }
    }
}
