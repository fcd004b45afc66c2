//! Old and new passwords of one account: the new one waits until the old one's end is known, and then the old one is
//! left alone. A cache that still takes the old one would be cured by the first use of the new one, and nobody would
//! see the leak.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Chase, Progress};
use crate::clock::Moment;
use crate::id::CredentialId;
use crate::journal::ScenarioView;
use crate::track::{Standing, Track};

/// What is not to be used now, or only when a claim wants it.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    held_back: BTreeSet<CredentialId>,
    quiet: BTreeSet<CredentialId>,
}

impl Quiet {
    pub(super) fn is_held_back(&self, id: &CredentialId) -> bool {
        self.held_back.contains(id)
    }

    pub(super) fn is_quiet(&self, id: &CredentialId) -> bool {
        self.quiet.contains(id)
    }

    /// Whether nothing more is asked of its own accord: it is seen to work, or confirmed dead.
    pub(super) fn is_settled(&self, id: &CredentialId, track: &Track) -> bool {
        let settled = match track.standing() {
            Standing::Alive { .. } | Standing::Dead { .. } => true,
            Standing::Unknown
            | Standing::Refused { .. }
            | Standing::CameBack { .. }
            | Standing::Doubtful { .. } => false,
        };
        self.is_quiet(id) && settled
    }
}

impl Chase {
    /// Nothing is sent of this credential until it is released.
    pub fn hold_back(&mut self, id: CredentialId) {
        self.quiet.held_back.insert(id);
    }

    /// A new password may be used from now on.
    pub fn release(&mut self, id: &CredentialId) {
        if !self.quiet.held_back.remove(id) {
            return;
        }
        let now = self.clock.now();
        for place in 0..self.slots.len() {
            if self.slots[place].credential == *id {
                self.reschedule(place, now);
            }
        }
    }

    /// Once it is known to work, or confirmed dead, it is asked only when a claim wants it.
    pub fn quieten(&mut self, id: CredentialId) {
        self.quiet.quiet.insert(id);
    }

    /// Drives the chase until each of these is confirmed dead, or seen to work at `by` or later.
    pub async fn settle_ends(
        &mut self,
        credentials: &[CredentialId],
        by: Moment,
        patience: Duration,
    ) {
        self.probe_at(credentials, by);
        let give_up = by.max(self.clock.now()) + self.patient(credentials, patience);
        let question = |view: &ScenarioView, _: Moment| {
            let mut tracks = credentials
                .iter()
                .filter_map(|id| view.subject(id))
                .flat_map(|subject| subject.tracks.values());
            let settled = tracks.all(|track| {
                track.confirmed_at().is_some() || track.last_alive().is_some_and(|last| last >= by)
            });
            if settled { Progress::Answered } else { Progress::Open { until: Some(give_up) } }
        };
        self.drive(question, None).await;
    }
}
