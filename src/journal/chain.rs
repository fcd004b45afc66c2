//! The hash chain over the lines of a journal, and reading one back.
//!
//! Each line ends with `"chain"`: SHA-256 over the chain of the line before and the line's own text. It
//! detects accidents and careless edits; only a signature or an anchored head resists rewriting.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::event::{Entry, VERSION};
use crate::secret::hex;

/// The chain before the first line.
pub(crate) const GENESIS: &str = "doornail";

/// The chain value after a line.
pub(crate) fn link(before: &str, line: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(before.as_bytes());
    hash.update(line.as_bytes());
    hex(&hash.finalize())
}

/// SHA-256 of some bytes, in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Adds the chain to a line: `{...}` becomes `{...,"chain":"..."}`.
pub(crate) fn seal(before: &str, line: &str) -> (String, String) {
    let chain = link(before, line);
    let open = line.strip_suffix('}').unwrap_or(line);
    (format!("{open},\"chain\":\"{chain}\"}}\n"), chain)
}

/// A journal read back.
#[derive(Debug)]
pub struct Replay {
    /// Its entries, in order.
    pub entries: Vec<Entry>,
    /// The chain after the last whole line.
    pub head: String,
    /// A torn last line: the process was killed while writing it.
    pub torn: Option<String>,
}

/// A journal that cannot be read, or was changed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read.
    #[error("{file}: cannot be read")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is not an entry of this version.
    #[error("{file}:{line}: not a journal entry: {why}")]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        why: String,
    },
    /// A line does not follow from the one before: something was changed, removed or added.
    #[error("{file}:{line}: the chain is broken: this line or the one before it was changed")]
    BrokenChain {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Another process writes it.
    #[error("{file}: another doornail is writing it\n  hint: wait until that run is over")]
    InUse {
        /// The file.
        file: PathBuf,
    },
    /// The journal cannot be written.
    #[error("{file}: cannot be written")]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Reads a journal and checks its chain.
///
/// # Errors
/// If the file cannot be read, a whole line is no entry, or the chain is broken. A torn last line is no
/// error.
pub fn replay(file: &Path) -> Result<Replay, JournalError> {
    let bytes = fs::read(file)
        .map_err(|source| JournalError::Unreadable { file: file.to_owned(), source })?;
    replay_bytes(file, &bytes)
}

/// Reads the text of a journal and checks its chain; `file` is its name in errors.
///
/// # Errors
/// If a whole line is no entry, or the chain is broken. A torn last line is no error.
pub fn replay_bytes(file: &Path, bytes: &[u8]) -> Result<Replay, JournalError> {
    let mut entries = Vec::new();
    let mut head = GENESIS.to_owned();
    let mut torn = None;
    for (index, raw) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let malformed =
            |why: String| JournalError::Malformed { file: file.to_owned(), line: index + 1, why };
        let Some(line) = raw.strip_suffix(b"\n") else {
            torn = Some(String::from_utf8_lossy(raw).into_owned());
            break;
        };
        let line = std::str::from_utf8(line).map_err(|error| malformed(error.to_string()))?;
        let (body, chain) = line
            .rsplit_once(",\"chain\":\"")
            .and_then(|(body, tail)| Some((format!("{body}}}"), tail.strip_suffix("\"}")?)))
            .ok_or_else(|| malformed("no chain".to_owned()))?;
        head = link(&head, &body);
        if head != chain {
            return Err(JournalError::BrokenChain { file: file.to_owned(), line: index + 1 });
        }
        let entry: Entry =
            serde_json::from_str(&body).map_err(|error| malformed(error.to_string()))?;
        if entry.v != VERSION || entry.n != index as u64 {
            return Err(malformed(format!("version {} number {}", entry.v, entry.n)));
        }
        entries.push(entry);
    }
    Ok(Replay { entries, head, torn })
}
