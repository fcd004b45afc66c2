//! What a `Then` demands, and what was ruled on it.
//!
//! A claim never stops a scenario: it is journalled with its ruling, so that the first survivor does not
//! hide the rest.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::CredentialId;

/// One demand: subjects, expectation, deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its number in the scenario, from 1.
    pub id: u32,
    /// The step as it was written.
    pub text: String,
    /// What is demanded of each subject.
    pub expects: Expectation,
    /// Of whom. Empty is never a pass, unless the inventory says there are none.
    pub subjects: Vec<Subject>,
    /// The inventory's word that there is nothing of this kind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub none_declared: bool,
    /// When the demand was made.
    pub made: Moment,
}

/// One credential under a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Which.
    pub credential: CredentialId,
    /// By when, or until when, by the expectation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Moment>,
}

/// What is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// It is proven to work: the positive control. With a moment, since then.
    Proven,
    /// It stops working on every channel by the deadline.
    Dead,
    /// The same, and seen by its use: no weaker proof will do.
    DeadByUse,
    /// It stays dead until the deadline.
    NoReturn,
    /// It works on: a bystander, a colleague who stays.
    Unharmed,
    /// Everything it reaches is refused by the deadline, whether or not it still authenticates.
    Contained,
    /// It never works: the secret of an attempt that had to be refused.
    NeverWorks,
    /// The new secret works.
    Works,
    /// Rehearsal: it still works.
    StillWorks,
    /// Rehearsal: it was dead, and works again.
    Returns,
    /// No access of the supplier that the inventory lacks.
    NothingUnrecorded,
    /// Rehearsal: a listing shows what was made behind the inventory's back.
    FoundUnrecorded,
    /// Before the day: a procedure is documented to end it.
    Planned,
    /// A way back to it is guarded: nothing is changed without a step-up, no reset mail reaches the supplier.
    Guarded,
}

impl Expectation {
    /// Whether it demands that access ends.
    pub fn demands_an_end(self) -> bool {
        match self {
            Self::Dead | Self::DeadByUse | Self::Contained | Self::NoReturn => true,
            Self::Proven
            | Self::Unharmed
            | Self::NeverWorks
            | Self::Works
            | Self::StillWorks
            | Self::Returns
            | Self::NothingUnrecorded
            | Self::FoundUnrecorded
            | Self::Planned
            | Self::Guarded => false,
        }
    }

    /// Whether it documents a platform and proves no death.
    pub fn is_rehearsal(self) -> bool {
        match self {
            Self::StillWorks | Self::Returns | Self::FoundUnrecorded | Self::Planned => true,
            Self::Proven
            | Self::Dead
            | Self::DeadByUse
            | Self::NoReturn
            | Self::Unharmed
            | Self::Contained
            | Self::NeverWorks
            | Self::Works
            | Self::Guarded
            | Self::NothingUnrecorded => false,
        }
    }
}

/// What was ruled on one subject of one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The finding, with its stable code.
    pub finding: Finding,
    /// In words: what was seen, and when.
    pub why: String,
}

/// Every kind of ruling; its code never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The demand is met.
    Holds,
    /// The demand is not met, and the inventory accepts that until a date.
    AcceptedRisk,
    /// Alive at or after the deadline.
    Survivor,
    /// Confirmed dead, then alive again.
    Revenant,
    /// Access of the supplier that the inventory lacks.
    Leftover,
    /// A change went through without the step-up that must guard it.
    StepUpMissing,
    /// A mail that sets a new password reaches the supplier.
    WayBack,
    /// What had to work does not.
    DoesNotWork,
    /// A platform behaves otherwise than a rehearsal says.
    RehearsalDiffers,
    /// A bystander stopped working.
    BystanderHarmed,
    /// Never proven alive, so its silence proves nothing.
    Unproven,
    /// No bystander of its platform, channel and kind.
    Uncontrolled,
    /// A control failed, which voids the verdicts of its channel.
    ControlFailed,
    /// Dead before any action that could cause it.
    DiedBefore,
    /// A claim about nothing.
    EmptyClaim,
    /// No definitive answer by the time it was given up.
    NotConfirmed,
    /// The platform could not be listed to its end.
    NotListed,
    /// The procedure is not documented to end it.
    NotPlanned,
    /// Its end is shown, but not as strongly as demanded.
    WeakProof,
}

impl Finding {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Holds,
        Self::AcceptedRisk,
        Self::Survivor,
        Self::Revenant,
        Self::Leftover,
        Self::StepUpMissing,
        Self::WayBack,
        Self::DoesNotWork,
        Self::RehearsalDiffers,
        Self::BystanderHarmed,
        Self::Unproven,
        Self::Uncontrolled,
        Self::ControlFailed,
        Self::DiedBefore,
        Self::EmptyClaim,
        Self::NotConfirmed,
        Self::NotListed,
        Self::NotPlanned,
        Self::WeakProof,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::AcceptedRisk => "accepted-risk",
            Self::Survivor => "survivor",
            Self::Revenant => "revenant",
            Self::Leftover => "leftover",
            Self::StepUpMissing => "step-up-missing",
            Self::WayBack => "way-back",
            Self::DoesNotWork => "does-not-work",
            Self::RehearsalDiffers => "rehearsal-differs",
            Self::BystanderHarmed => "bystander-harmed",
            Self::Unproven => "unproven",
            Self::Uncontrolled => "uncontrolled",
            Self::ControlFailed => "control-failed",
            Self::DiedBefore => "died-before",
            Self::EmptyClaim => "empty-claim",
            Self::NotConfirmed => "not-confirmed",
            Self::NotListed => "not-listed",
            Self::NotPlanned => "not-planned",
            Self::WeakProof => "weak-proof",
        }
    }

    /// What it means, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Holds => "the demand is met",
            Self::AcceptedRisk => "still works, accepted in the inventory until a date",
            Self::Survivor => "still works at its deadline",
            Self::Revenant => "was dead, and works again",
            Self::Leftover => "access of the supplier that the inventory lacks",
            Self::StepUpMissing => "a change went through without step-up verification",
            Self::WayBack => "a mail that sets a new password reaches the supplier",
            Self::DoesNotWork => "what had to work does not",
            Self::RehearsalDiffers => "the platform behaves otherwise than the rehearsal says",
            Self::BystanderHarmed => "somebody else's access stopped working",
            Self::Unproven => "never proven alive, so its refusal proves nothing",
            Self::Uncontrolled => "no bystander of its platform, channel and kind",
            Self::ControlFailed => "a control failed, so verdicts of its channel are void",
            Self::DiedBefore => "dead before any action that could cause it",
            Self::EmptyClaim => "a claim about nothing proves nothing",
            Self::NotConfirmed => "no definitive answer",
            Self::NotListed => "could not be listed to its end",
            Self::NotPlanned => "the procedure is not known to end it",
            Self::WeakProof => "its end is shown, but not as strongly as demanded",
        }
    }

    /// Which exit code it asks for; none where the demand is met.
    pub fn severity(self) -> Severity {
        match self {
            Self::Holds | Self::AcceptedRisk => Severity::Fine,
            Self::Survivor
            | Self::Revenant
            | Self::Leftover
            | Self::StepUpMissing
            | Self::WayBack
            | Self::DoesNotWork
            | Self::RehearsalDiffers
            | Self::NotPlanned => Severity::StillWorks,
            Self::BystanderHarmed => Severity::Harmed,
            Self::Unproven
            | Self::Uncontrolled
            | Self::ControlFailed
            | Self::DiedBefore
            | Self::EmptyClaim
            | Self::WeakProof => Severity::NothingProven,
            Self::NotConfirmed | Self::NotListed => Severity::Inconclusive,
        }
    }
}

/// How bad, in the order in which the worst wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// As demanded.
    Fine,
    /// Inconclusive left.
    Inconclusive,
    /// Nothing proven.
    NothingProven,
    /// Clean-up incomplete.
    Unclean,
    /// Something still works, or came back.
    StillWorks,
    /// A bystander was harmed.
    Harmed,
}

impl Severity {
    /// The process exit code (design section 7).
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::StillWorks => 1,
            Self::Inconclusive => 3,
            Self::NothingProven => 4,
            Self::Harmed => 5,
            Self::Unclean => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_do_not_change() {
        let mut codes: Vec<_> = Finding::ALL
            .iter()
            .map(|finding| format!("{} {}", finding.code(), finding.severity().exit_code()))
            .collect();
        insta::assert_snapshot!(codes.join("\n"), @r"
        holds 0
        accepted-risk 0
        survivor 1
        revenant 1
        leftover 1
        step-up-missing 1
        way-back 1
        does-not-work 1
        rehearsal-differs 1
        bystander-harmed 5
        unproven 4
        uncontrolled 4
        control-failed 4
        died-before 4
        empty-claim 4
        not-confirmed 3
        not-listed 3
        not-planned 1
        weak-proof 4
        ");
        let mut words: Vec<_> = Finding::ALL.iter().map(|finding| finding.describe()).collect();
        words.sort_unstable();
        words.dedup();
        assert!(words.len() == Finding::ALL.len() && words.iter().all(|text| text.len() > 10));
        assert!(Expectation::Returns.is_rehearsal() && Expectation::StillWorks.is_rehearsal());
        assert!(!Expectation::Dead.is_rehearsal());
        codes.dedup();
        assert_eq!(codes.len(), Finding::ALL.len());
    }

    #[test]
    fn the_worst_exit_code_wins_in_the_order_of_the_design() {
        let mut order: Vec<_> = Finding::ALL
            .iter()
            .map(|finding| finding.severity())
            .chain([Severity::Unclean])
            .collect();
        order.sort();
        order.dedup();
        let codes: Vec<_> = order.iter().rev().map(|severity| severity.exit_code()).collect();
        assert_eq!(codes, [5, 1, 6, 4, 3, 0]);
    }
}
