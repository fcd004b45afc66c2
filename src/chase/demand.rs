//! A claim put to the chase: its deadlines are probed to the moment, and it is driven until every subject is
//! ruled. The ruling itself is the journal's.

use std::time::Duration;

use super::{Chase, Progress, Slot};
use crate::claim::{Claim, Expectation};
use crate::clock::Moment;
use crate::id::CredentialId;
use crate::journal::ScenarioView;
use crate::journal::judge::{Judgement, judge};

/// For the answer to what is asked at the last moment.
const MARGIN: Duration = Duration::from_secs(60);

impl Chase {
    /// Drives the chase until `claim`, already recorded, is ruled for every subject, or until `patience`
    /// after its last deadline.
    pub async fn settle_claim(&mut self, claim: &Claim, patience: Duration) {
        let now = self.clock.now();
        self.probe_for(claim, now);
        let last = claim.subjects.iter().filter_map(|subject| subject.deadline).max();
        // What may be asked rarely is not given up before it was asked once more; only arming is never drawn
        // out, since containment waits for it.
        let patience = match claim.expects {
            Expectation::Proven => patience,
            Expectation::Dead
            | Expectation::DeadByUse
            | Expectation::NoReturn
            | Expectation::Unharmed
            | Expectation::Contained
            | Expectation::NeverWorks
            | Expectation::Works
            | Expectation::StillWorks
            | Expectation::Returns
            | Expectation::NothingUnrecorded
            | Expectation::FoundUnrecorded
            | Expectation::Planned
            | Expectation::Guarded => {
                let subjects = claim.subjects.iter();
                let all: Vec<_> = subjects.map(|subject| subject.credential.clone()).collect();
                self.patient(&all, patience)
            }
        };
        let give_up = last.unwrap_or(now).max(now) + patience;
        let question = |view: &ScenarioView, _: Moment| {
            let answered = claim
                .subjects
                .iter()
                .all(|subject| matches!(judge(claim, subject, view), Judgement::Ruled(_)));
            if answered { Progress::Answered } else { Progress::Open { until: Some(give_up) } }
        };
        self.drive(question, None).await;
    }

    /// As long as these can take to be asked often enough, at least.
    pub(super) fn patient(&self, credentials: &[CredentialId], patience: Duration) -> Duration {
        patience.max(self.rarest(credentials) + self.drawn_out(credentials) + MARGIN)
    }

    /// The longest that manners let anything of these wait.
    fn rarest(&self, credentials: &[CredentialId]) -> Duration {
        let slots = self.slots.iter().filter(|slot| credentials.contains(&slot.credential));
        slots.map(|slot| slot.manners.polite).max().unwrap_or_default()
    }

    /// How long the caps on wrong passwords can draw a confirmation out: an account's passwords and channels share
    /// its cap.
    fn drawn_out(&self, credentials: &[CredentialId]) -> Duration {
        let refusals = self.ledger.view(|view| view.confirmation().refusals.max(1));
        let asked = |slot: &&Slot| credentials.contains(&slot.credential);
        let accounts = self.slots.iter().filter(asked).filter_map(|slot| slot.account.as_ref());
        let lengths = accounts.map(|account| {
            let sharing = self.slots.iter().filter(|slot| slot.account.as_ref() == Some(account));
            let sharing = u32::try_from(sharing.count()).unwrap_or(u32::MAX);
            self.budgets.passwords.drawn_out(account, sharing.saturating_mul(refusals))
        });
        lengths.max().unwrap_or_default()
    }

    fn probe_for(&mut self, claim: &Claim, now: Moment) {
        match claim.expects {
            Expectation::Proven => {}
            Expectation::Dead
            | Expectation::DeadByUse
            | Expectation::NoReturn
            | Expectation::Contained => {
                for subject in &claim.subjects {
                    let Some(deadline) = subject.deadline else { continue };
                    self.probe_at(std::slice::from_ref(&subject.credential), deadline);
                    if claim.expects == Expectation::NoReturn {
                        // At the end of a watch somebody must be seen to be let in.
                        let bystanders = self.ledger.view(|view| {
                            let seen = view.subject(&subject.credential);
                            seen.map(|seen| seen.facts.bystanders.clone()).unwrap_or_default()
                        });
                        self.probe_at(&bystanders, deadline);
                    }
                }
            }
            Expectation::Unharmed
            | Expectation::NeverWorks
            | Expectation::Works
            | Expectation::StillWorks
            | Expectation::Returns
            | Expectation::NothingUnrecorded
            | Expectation::FoundUnrecorded
            | Expectation::Planned
            | Expectation::Guarded => {
                let all: Vec<CredentialId> =
                    claim.subjects.iter().map(|subject| subject.credential.clone()).collect();
                self.probe_at(&all, now);
            }
        }
    }
}
