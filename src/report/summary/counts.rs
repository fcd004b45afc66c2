//! The figures of a run.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{ControlState, Course, Outcome, Part, Scenario, State};
use crate::claim::{Finding, Severity};
use crate::report::inert::Inert;

/// The figures of a run. A credential of two scenarios counts twice: each scenario has its own estate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Scenarios.
    pub scenarios: usize,
    /// Scenarios that did not run to their end.
    pub incomplete_scenarios: usize,
    /// Steps that could not be carried out.
    pub failed_steps: usize,
    /// Credentials under test: suspects and what was derived from them.
    pub credentials: usize,
    /// Of them proven to work on every channel.
    pub proven_alive: usize,
    /// Of them dead, every channel proven by use.
    pub dead_by_use: usize,
    /// Of them dead, a channel proven by introspection only.
    pub dead_by_introspection: usize,
    /// Of them dead, a channel proven by listing only.
    pub dead_by_listing: usize,
    /// Of them not used from here, and gone by introspection.
    pub gone_by_introspection: usize,
    /// Of them gone by the platform's listing.
    pub gone_by_listing: usize,
    /// Of them gone by what the supplier signed.
    pub gone_by_witness: usize,
    /// Of them gone by a person's word.
    pub gone_by_attestation: usize,
    /// Of the dead, those that re-activation of a principal may bring back.
    pub reversible: usize,
    /// Of them dead because their time was up.
    pub expired: usize,
    /// Of them contained: they authenticate and reach nothing.
    pub contained: usize,
    /// Of them working when last seen, whatever was claimed.
    pub working: usize,
    /// Of them ruled survivors.
    pub survivors: usize,
    /// Of them dead, then alive again, whatever was claimed.
    pub revenants: usize,
    /// Of them without a definitive answer.
    pub inconclusive: usize,
    /// Of them never proven to work.
    pub unproven: usize,
    /// Of them without a bystander.
    pub uncontrolled: usize,
    /// Of them void, because a control failed.
    pub void: usize,
    /// Of them dead before the termination began.
    pub died_before: usize,
    /// Of them with an accepted risk that still work.
    pub accepted: usize,
    /// Of them named by no claim that demands their end.
    pub not_claimed: usize,
    /// In the inventory, and not tested in some scenario; each counts once.
    pub not_tested: usize,
    /// Bystanders.
    pub bystanders: usize,
    /// Of them harmed.
    pub harmed: usize,
    /// Access found on platforms that the inventory lacks.
    pub leftovers: usize,
    /// Claims met, rehearsals apart.
    pub claims_met: usize,
    /// Claims not met, or never judged, rehearsals apart.
    pub claims_not_met: usize,
    /// Rehearsals that hold: they document a platform and prove no death.
    pub rehearsals_met: usize,
    /// Rehearsals that do not.
    pub rehearsals_not_met: usize,
    /// Controls that held.
    pub controls_held: usize,
    /// Controls that failed.
    pub controls_failed: usize,
    /// Controls left open.
    pub controls_open: usize,
    /// Controls skipped.
    pub controls_skipped: usize,
}

impl Counts {
    pub(super) fn of(scenarios: &[Scenario]) -> Self {
        let mut counts = Self { scenarios: scenarios.len(), ..Self::default() };
        for scenario in scenarios {
            counts.add(scenario);
        }
        let not_tested: BTreeSet<(&Inert, &Inert)> = scenarios
            .iter()
            .filter_map(|scenario| scenario.supplier.as_ref())
            .flat_map(|supplier| supplier.not_tested.keys().map(|name| (&supplier.id, name)))
            .collect();
        counts.not_tested = not_tested.len();
        counts
    }

    /// Dead by the platform's doing, however strongly proven.
    pub fn dead(&self) -> usize {
        self.dead_by_use + self.dead_by_introspection + self.dead_by_listing
    }

    /// How many ends were shown, by what: `3 dead by use, 1 gone by listing, 2 unproven`.
    pub fn proofs(&self) -> String {
        let dead = [
            (self.dead_by_use, "dead by use"),
            (self.dead_by_introspection, "dead by introspection"),
            (self.dead_by_listing, "dead by listing"),
        ];
        let dead = dead.into_iter().filter(|(count, proof)| *count > 0 || *proof == "dead by use");
        let dead = dead.map(|(count, proof)| format!("{count} {proof}"));
        let gone = self.gone().into_iter().map(|(count, by)| format!("{count} gone by {by}"));
        let rest = (self.unproven > 0).then(|| format!("{} unproven", self.unproven));
        dead.chain(gone).chain(rest).collect::<Vec<_>>().join(", ")
    }

    /// Gone by other proof than use, the strongest first: how many by what.
    pub fn gone(&self) -> Vec<(usize, &'static str)> {
        let all = [
            (self.gone_by_introspection, "introspection"),
            (self.gone_by_listing, "listing"),
            (self.gone_by_witness, "witness"),
            (self.gone_by_attestation, "attestation"),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).collect()
    }

    fn add(&mut self, scenario: &Scenario) {
        self.incomplete_scenarios += usize::from(scenario.course != Course::Completed);
        self.failed_steps += scenario.failures.len();
        self.not_claimed += scenario.not_claimed.len();
        self.leftovers +=
            scenario.listings.iter().map(|listing| listing.leftovers.len()).sum::<usize>();
        for claim in &scenario.claims {
            let count = match (claim.rehearsal, claim.severity == Severity::Fine) {
                (false, true) => &mut self.claims_met,
                (false, false) => &mut self.claims_not_met,
                (true, true) => &mut self.rehearsals_met,
                (true, false) => &mut self.rehearsals_not_met,
            };
            *count += 1;
        }
        for control in &scenario.controls {
            match control.result {
                ControlState::Held => self.controls_held += 1,
                ControlState::Failed => self.controls_failed += 1,
                ControlState::Open => self.controls_open += 1,
                ControlState::Skipped => self.controls_skipped += 1,
            }
        }
        for outcome in &scenario.credentials {
            match outcome.part {
                Part::Suspect | Part::Derived => self.add_outcome(scenario, outcome),
                Part::Bystander => {
                    self.bystanders += 1;
                    self.harmed += usize::from(outcome.state == State::Harmed);
                }
                Part::Renewed | Part::Attempted => {}
            }
        }
    }

    fn add_outcome(&mut self, scenario: &Scenario, outcome: &Outcome) {
        let ruled = |finding: Finding| {
            let mut rulings = scenario.rulings();
            rulings.any(|ruling| ruling.finding == finding && ruling.subject == outcome.credential)
        };
        self.credentials += 1;
        self.proven_alive += usize::from(outcome.proven);
        self.reversible += usize::from(outcome.reversible);
        self.survivors += usize::from(ruled(Finding::Survivor));
        self.accepted += usize::from(ruled(Finding::AcceptedRisk));
        let proof = outcome.proof.as_ref().map_or("", Inert::as_str);
        let by = |other: &str| proof == other;
        let count = match outcome.state {
            State::Gone if by("introspection") => &mut self.gone_by_introspection,
            State::Gone if by("listing") => &mut self.gone_by_listing,
            State::Gone if by("witness") => &mut self.gone_by_witness,
            State::Gone => &mut self.gone_by_attestation,
            State::Dead if by("listing") => &mut self.dead_by_listing,
            State::Dead if by("introspection") => &mut self.dead_by_introspection,
            State::Dead => &mut self.dead_by_use,
            State::Expired => &mut self.expired,
            State::Contained => &mut self.contained,
            State::Alive => &mut self.working,
            State::CameBack => &mut self.revenants,
            State::Unproven => &mut self.unproven,
            State::Uncontrolled => &mut self.uncontrolled,
            State::Void => &mut self.void,
            State::DiedBefore => &mut self.died_before,
            State::Inconclusive | State::Harmed => &mut self.inconclusive,
        };
        *count += 1;
    }
}
