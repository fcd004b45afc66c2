//! Why something survived, from the descriptions: what was done is documented to spare it, or nothing
//! was done to it at all.

use std::collections::BTreeSet;

use super::Drill;
use super::expand::remedy;
use crate::claim::Finding;
use crate::id::{ActionId, CredentialId, KindId, PlatformId};
use crate::journal::ScenarioView;
use crate::journal::event::{Event, Judged};

impl Drill {
    /// Records an explanation for every survivor and revenant among the rulings.
    pub(super) fn explain(&self, rulings: &[Judged]) {
        for judged in rulings {
            let survived = match judged.ruling.finding {
                Finding::Survivor | Finding::Revenant | Finding::AcceptedRisk => true,
                Finding::Holds
                | Finding::Leftover
                | Finding::StepUpMissing
                | Finding::DoesNotWork
                | Finding::RehearsalDiffers
                | Finding::BystanderHarmed
                | Finding::Unproven
                | Finding::Uncontrolled
                | Finding::ControlFailed
                | Finding::DiedBefore
                | Finding::EmptyClaim
                | Finding::NotConfirmed
                | Finding::NotListed
                | Finding::WayBack
                | Finding::NotPlanned
                | Finding::WeakProof => false,
            };
            if survived && let Some(event) = self.explanation(&CredentialId::new(&*judged.subject))
            {
                self.ledger.record(event);
            }
        }
    }

    fn explanation(&self, credential: &CredentialId) -> Option<Event> {
        let (platform, kind, taken): (PlatformId, KindId, BTreeSet<ActionId>) =
            self.ledger.view(|view| {
                let facts = &view.subject(credential)?.facts;
                let taken = view
                    .actions
                    .iter()
                    .filter(|action| action.intended.platform.as_ref() == Some(&facts.platform))
                    .filter_map(|action| action.intended.name.clone())
                    .collect();
                Some((facts.platform.clone(), facts.kind.clone(), taken))
            })?;
        let description = self.shared.catalogue.get(&platform)?;
        if let Some(step) = self.ledger.view(|view| meant(view, &format!("{platform}.{kind}"))) {
            return Some(Event::Explained {
                credential: credential.clone(),
                why: format!("{step} was to end it, and did not"),
                remedy: "correct that step of the procedure".to_owned(),
                source: "the procedure's `kills`".to_owned(),
            });
        }
        let spared = taken.iter().find_map(|name| {
            let spare = description.actions.get(name)?.spares.get(&kind)?;
            Some((name, spare))
        });
        let credential = credential.clone();
        Some(match spared {
            Some((name, spare)) => Event::Explained {
                credential,
                why: format!("{name} spares it: {}", spare.why),
                remedy: spare.remedy.clone(),
                source: description.address_of(&spare.source).to_owned(),
            },
            None => {
                let (remedy, source) = remedy(description, &kind)?;
                let why = if taken.is_empty() {
                    format!("nothing was done at {platform}")
                } else {
                    format!("nothing that was done at {platform} is documented to end it")
                };
                Event::Explained { credential, why, remedy, source }
            }
        })
    }
}

/// The steps that were to end a kind, as the procedure says.
fn meant(view: &ScenarioView, kind: &str) -> Option<String> {
    let all =
        view.actions.iter().filter(|action| action.intended.kills.iter().any(|one| one == kind));
    let steps: Vec<String> = all
        .map(|action| format!("step {} (`{}`)", action.intended.action, action.intended.title))
        .collect();
    (!steps.is_empty()).then(|| steps.join(", "))
}
