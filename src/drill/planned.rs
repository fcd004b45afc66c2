//! Before the day: what the chosen procedure is documented to end, and what it leaves standing.

use std::collections::BTreeSet;

use super::expand::{Fate, Part, expand, predict};
use super::{Drill, DrillError, unknown};
use crate::claim::{Expectation, Finding, Ruling, Subject};
use crate::id::CredentialId;
use crate::journal::event::{Event, Judged};

impl Drill {
    /// Makes sure that nothing was ended.
    ///
    /// # Errors
    /// If something was.
    pub fn nothing_ended(&self) -> Result<(), DrillError> {
        match self.ledger.view(|view| view.termination.is_some()) {
            false => Ok(()),
            true => {
                Err(DrillError::OutOfOrder("something was ended before: this step comes first"))
            }
        }
    }

    /// Demands that a procedure is documented to end every credential of the supplier, but for those that are
    /// named. Nothing is carried out, and nothing is proven of any death.
    ///
    /// # Errors
    /// If the procedure or a credential is unknown.
    pub fn demand_planned(
        &mut self,
        step: &str,
        procedure: &str,
        but: &BTreeSet<CredentialId>,
    ) -> Result<(), DrillError> {
        self.check_stop()?;
        let form = self.procedure(procedure)?;
        let supplier = self.supplier()?;
        let (planned, empty) = expand(&form, supplier, &Part::default(), &self.shared.catalogue);
        if let Some(step) = empty.first() {
            return Err(DrillError::Nothing(format!("procedure `{procedure}`: {step}")));
        }
        let fates = predict(&planned, supplier, &self.shared.catalogue);
        if let Some(name) = but.iter().find(|name| !fates.iter().any(|(id, _)| id == *name)) {
            let known = fates.iter().map(|(id, _)| id.as_str());
            return Err(unknown("the credential", name.as_str(), known));
        }
        let subjects =
            fates.iter().map(|(id, _)| Subject { credential: id.clone(), deadline: None });
        let claim = self.claim(step, Expectation::Planned, subjects.collect(), false);
        let id = claim.id;
        self.ledger.record(Event::Claimed(claim));
        let judged = |(id, fate): &(CredentialId, Fate)| Judged {
            subject: id.to_string(),
            ruling: ruling(fate, but.contains(id)),
        };
        let mut rulings: Vec<Judged> = fates.iter().map(judged).collect();
        if rulings.is_empty() {
            let why = "the inventory has no credentials".to_owned();
            let ruling = Ruling { finding: Finding::EmptyClaim, why };
            rulings.push(Judged { subject: "(nothing)".to_owned(), ruling });
        }
        self.ledger.record(Event::Judged { claim: id, rulings });
        Ok(())
    }
}

fn ruling(fate: &Fate, excepted: bool) -> Ruling {
    let ruled = |finding, why| Ruling { finding, why };
    match (fate, excepted) {
        (Fate::Killed { by, .. }, true) => ruled(
            Finding::RehearsalDiffers,
            format!("it is excepted, and {by} is documented to end it: take it off the exceptions"),
        ),
        (Fate::Killed { by, reversible: false, .. }, false) => {
            ruled(Finding::Holds, format!("{by} is documented to end it"))
        }
        (Fate::Killed { by, reversible: true, .. }, false) => {
            ruled(Finding::Holds, format!("{by} is documented to end it, until a re-activation"))
        }
        (Fate::Spared { by, why, .. }, true) => {
            ruled(Finding::Holds, format!("left standing as excepted; {by} spares it: {why}"))
        }
        (Fate::Unknown { .. } | Fate::Untouched, true) => {
            ruled(Finding::Holds, "left standing as excepted".to_owned())
        }
        (Fate::Spared { by, why, remedy, .. }, false) => {
            ruled(Finding::NotPlanned, format!("{by} spares it: {why}; what ends it: {remedy}"))
        }
        (Fate::Untouched, false) => ruled(Finding::NotPlanned, "no step touches it".to_owned()),
        (Fate::Unknown { by }, false) => ruled(
            Finding::NotConfirmed,
            format!("the vendor does not say what {by} does to it: only a drill can tell"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_documented_to_end_or_excepted_is_planned() {
        let killed = |reversible| Fate::Killed {
            by: "end".into(),
            within: None,
            reversible,
            source: "api".into(),
        };
        let spared = Fate::Spared {
            by: "end".into(),
            why: "w".into(),
            remedy: "r".into(),
            source: "api".into(),
        };
        let unknown = Fate::Unknown { by: "end".into() };
        for (fate, excepted, finding) in [
            (killed(false), false, Finding::Holds),
            (killed(true), false, Finding::Holds),
            (killed(false), true, Finding::RehearsalDiffers),
            (spared.clone(), false, Finding::NotPlanned),
            (spared, true, Finding::Holds),
            (Fate::Untouched, false, Finding::NotPlanned),
            (Fate::Untouched, true, Finding::Holds),
            (unknown.clone(), false, Finding::NotConfirmed),
            (unknown, true, Finding::Holds),
        ] {
            assert_eq!(ruling(&fate, excepted).finding, finding, "{fate:?} {excepted}");
        }
    }
}
