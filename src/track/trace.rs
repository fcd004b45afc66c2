//! One credential that is not used from here, by one other means: from single looks to a dated end.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Confirmation, Exposure};
use crate::clock::Moment;
use crate::verdict::Means;

/// What one look showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shows {
    /// It is there: listed, let in.
    There,
    /// It is gone: listed no more, refused.
    Gone,
    /// Neither.
    Nothing,
}

/// One look.
#[derive(Clone, Debug)]
pub struct Look<'l> {
    /// By what.
    pub means: Means,
    /// When it was begun.
    pub sent: Moment,
    /// When it was answered.
    pub received: Moment,
    /// From where.
    pub vantage: &'l str,
    /// What it showed.
    pub shows: Shows,
    /// In words.
    pub why: &'l str,
}

/// What is known by one means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    looks: u32,
    first_there: Option<Moment>,
    last_there: Option<Moment>,
    there_from: BTreeSet<String>,
    run: Option<Run>,
    confirmed: Option<(Moment, Exposure)>,
    returned: Option<Moment>,
    unclear: Option<String>,
}

/// An unbroken run of looks by which it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: Moment,
    last: Moment,
    count: u32,
}

/// A listing may be behind: what it lacks once it may show again.
const LISTINGS: u32 = 2;

impl Trace {
    /// Takes in one look. One that shows nothing breaks a run that is not confirmed yet.
    pub fn observe(&mut self, look: &Look<'_>, confirmation: Confirmation) {
        self.looks += 1;
        match look.shows {
            Shows::There => {
                self.first_there.get_or_insert(look.sent);
                self.last_there = Some(look.sent);
                self.there_from.insert(look.vantage.to_owned());
                if self.confirmed.take().is_some() {
                    self.returned.get_or_insert(look.sent);
                }
                self.run = None;
                self.unclear = None;
            }
            Shows::Gone if self.is_elsewhere(look) => {
                let from: Vec<&str> = self.there_from.iter().map(String::as_str).collect();
                self.nothing(format!(
                    "refused from {}, and it was let in from {} only",
                    look.vantage,
                    from.join(", ")
                ));
            }
            Shows::Gone => {
                self.unclear = None;
                let fresh = Run { first: look.received, last: look.received, count: 0 };
                let run = self.run.get_or_insert(fresh);
                run.count += 1;
                run.last = look.received;
                let run = *run;
                let enough = match look.means {
                    Means::Attestation | Means::Witness => true,
                    Means::Listing | Means::Introspection => {
                        run.count >= LISTINGS && run.last.since(run.first) >= confirmation.spread
                    }
                };
                if enough && self.confirmed.is_none() {
                    let exposure = Exposure { last_alive: self.last_there, first_dead: run.first };
                    self.confirmed = Some((look.received, exposure));
                }
            }
            Shows::Nothing => self.nothing(look.why.to_owned()),
        }
    }

    fn nothing(&mut self, why: String) {
        self.unclear = Some(why);
        if self.confirmed.is_none() {
            self.run = None;
        }
    }

    /// What a person or the supplier saw is a use of it, from one place.
    fn is_elsewhere(&self, look: &Look<'_>) -> bool {
        match look.means {
            Means::Attestation | Means::Witness => {
                !self.there_from.is_empty() && !self.there_from.contains(look.vantage)
            }
            Means::Listing | Means::Introspection => false,
        }
    }

    /// The termination begins: what was gone and there again before it is no access regained.
    pub fn termination_began(&mut self) {
        self.returned = None;
    }

    /// When it was first there.
    pub fn first_there(&self) -> Option<Moment> {
        self.first_there
    }

    /// When it was last there.
    pub fn last_there(&self) -> Option<Moment> {
        self.last_there
    }

    /// When it was first gone, in the present run.
    pub fn gone_since(&self) -> Option<Moment> {
        self.run.map(|run| run.first)
    }

    /// When it was last seen to be gone, in the present run.
    pub fn last_gone(&self) -> Option<Moment> {
        self.run.map(|run| run.last)
    }

    /// When that was certain, and the interval in which it ended.
    pub fn confirmed(&self) -> Option<(Moment, Exposure)> {
        self.confirmed
    }

    /// When it was there again, having been gone for certain.
    pub fn returned(&self) -> Option<Moment> {
        self.returned
    }

    /// Why the last look showed nothing, if it did not.
    pub fn unclear(&self) -> Option<&str> {
        self.unclear.as_deref()
    }

    /// How often it was looked at.
    pub fn looks(&self) -> u32 {
        self.looks
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Looks ten seconds apart: `t`here, `g`one, `?` nothing; in capitals from elsewhere.
    fn trace(means: Means, looks: &str) -> Trace {
        let mut trace = Trace::default();
        for (index, what) in looks.chars().enumerate() {
            let at = Moment::after_start(Duration::from_secs(10 * index as u64));
            let vantage = if what.is_ascii_uppercase() { "there" } else { "here" };
            let shows = match what.to_ascii_lowercase() {
                't' => Shows::There,
                'g' => Shows::Gone,
                _ => Shows::Nothing,
            };
            let look = Look { means, sent: at, received: at, vantage, shows, why: "503" };
            trace.observe(&look, Confirmation::default());
        }
        trace
    }

    #[test]
    fn a_listing_that_lacks_it_once_or_not_in_a_row_proves_nothing() {
        for looks in ["tg", "tgtg", "tg?g", "t?", ""] {
            assert_eq!(trace(Means::Listing, looks).confirmed(), None, "{looks}");
        }
        let (_, exposure) = trace(Means::Listing, "tgg").confirmed().unwrap();
        assert_eq!(exposure.last_alive, Some(Moment::START));
        assert_eq!(exposure.first_dead.since(Moment::START), Duration::from_secs(10));
    }

    #[test]
    fn two_listings_at_once_are_one() {
        let mut trace = trace(Means::Listing, "tg");
        let at = trace.gone_since().unwrap();
        let (means, vantage) = (Means::Listing, "here");
        let look = Look { means, sent: at, received: at, vantage, shows: Shows::Gone, why: "" };
        trace.observe(&look, Confirmation::default());
        assert_eq!(trace.confirmed(), None);
    }

    #[test]
    fn what_is_there_again_came_back() {
        assert!(trace(Means::Listing, "tggt").returned().is_some());
        assert!(trace(Means::Listing, "tgt").returned().is_none());
        assert!(trace(Means::Listing, "tgg?").confirmed().is_some(), "doubt undoes no end");
    }

    #[test]
    fn a_use_from_where_it_was_never_let_in_proves_nothing() {
        for means in [Means::Witness, Means::Attestation] {
            assert!(trace(means, "tg").confirmed().is_some());
            let elsewhere = trace(means, "tG");
            assert_eq!(elsewhere.confirmed(), None);
            assert!(elsewhere.unclear().unwrap().contains("let in from here only"));
            assert!(trace(means, "TG").confirmed().is_some());
        }
        // Whoever asks, a platform's list is the same.
        assert!(trace(Means::Listing, "tGG").confirmed().is_some());
    }
}
