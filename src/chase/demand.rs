//! A claim put to the chase: its deadlines are probed to the moment, and it is driven until every subject is
//! ruled. The ruling itself is the journal's.

use std::time::Duration;

use super::{Chase, Progress};
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
            | Expectation::Planned => patience.max(self.rarest(claim) + MARGIN),
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

    /// The longest that manners let anything of the claim wait.
    fn rarest(&self, claim: &Claim) -> Duration {
        let subjects = self.slots.iter().filter(|slot| {
            claim.subjects.iter().any(|subject| subject.credential == slot.credential)
        });
        subjects.map(|slot| slot.manners.polite).max().unwrap_or_default()
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
            | Expectation::Planned => {
                let all: Vec<CredentialId> =
                    claim.subjects.iter().map(|subject| subject.credential.clone()).collect();
                self.probe_at(&all, now);
            }
        }
    }
}
