//! The person who does what no API does.

use async_trait::async_trait;

/// What a person answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is done.
    Done,
    /// It is not.
    NotDone,
    /// Nobody is there to ask.
    Nobody,
}

/// Asks a person.
#[async_trait]
pub trait Person: Send + Sync {
    /// Asks for something to be done, and waits for the answer.
    async fn ask(&self, what: &str) -> Reply;

    /// Asks for something to be tried, and which of some words say what was seen; none if nobody is there.
    async fn choose(&self, what: &str, words: &[&str]) -> Option<usize> {
        let _ = (what, words);
        None
    }

    /// Who it is, for the record.
    fn name(&self) -> String {
        "nobody".to_owned()
    }

    /// Asks whether something that may do harm goes on: done means yes, everything else no.
    async fn agree(&self, question: &str) -> Reply {
        self.ask(question).await
    }
}

/// Nobody: a run without a terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

#[async_trait]
impl Person for Nobody {
    async fn ask(&self, _what: &str) -> Reply {
        Reply::Nobody
    }
}
