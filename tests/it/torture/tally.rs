//! The counts of the torture set, and what differs.

use std::collections::BTreeMap;
use std::fmt;

use doornail::claim::{Expectation, Finding, Severity};
use doornail::verdict::Verdict;

use super::case::Demand;

/// What is said or demanded, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Alive,
    Dead,
    Inconclusive,
}

impl Said {
    pub(super) fn demanded(demand: Demand) -> Self {
        match demand {
            Demand::Alive(_) => Self::Alive,
            Demand::Dead(_) => Self::Dead,
            Demand::Inconclusive(_) => Self::Inconclusive,
        }
    }

    pub(super) fn of_verdict(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Alive(_) => Self::Alive,
            Verdict::Dead(_) => Self::Dead,
            Verdict::Inconclusive(_) => Self::Inconclusive,
        }
    }

    /// What a ruling amounts to.
    pub(super) fn of_finding(expects: Expectation, finding: Finding) -> Self {
        let is_to_live = expects == Expectation::Unharmed;
        match finding.severity() {
            Severity::Fine if is_to_live => Self::Alive,
            Severity::Fine => Self::Dead,
            Severity::StillWorks => Self::Alive,
            Severity::Harmed => Self::Dead,
            Severity::Inconclusive | Severity::NothingProven | Severity::Unclean => {
                Self::Inconclusive
            }
        }
    }
}

/// Counts by group.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    cases: usize,
    alive: usize,
    dead: usize,
    inconclusive: usize,
}

/// The whole count.
#[derive(Debug, Default)]
pub(super) struct Tally {
    groups: BTreeMap<&'static str, Counts>,
    /// Called dead where something else was demanded.
    pub(super) false_dead: usize,
    /// Called alive where something else was demanded.
    pub(super) false_alive: usize,
    /// Cases that end without a decision.
    inconclusive: usize,
    /// Everything that differs from what is demanded.
    pub(super) wrong: Vec<String>,
}

impl Tally {
    /// Takes in one case: what was demanded and said in turn, what was wrong with it, and what else was wrong.
    pub(super) fn count(
        &mut self,
        group: &'static str,
        name: &str,
        said: &[(Said, Said, Option<String>)],
        besides: Vec<String>,
    ) {
        let counts = self.groups.entry(group).or_default();
        counts.cases += 1;
        // What the last probe or claim demands is what the case is about.
        match said.last().map(|(demanded, _, _)| *demanded) {
            Some(Said::Alive) => counts.alive += 1,
            Some(Said::Dead) => counts.dead += 1,
            Some(Said::Inconclusive) | None => counts.inconclusive += 1,
        }
        self.inconclusive +=
            usize::from(said.last().is_some_and(|(_, said, _)| *said == Said::Inconclusive));
        let differs =
            |word: Said| said.iter().any(|(demanded, said, _)| *said == word && *demanded != word);
        self.false_dead += usize::from(differs(Said::Dead));
        self.false_alive += usize::from(differs(Said::Alive));
        let wrong: Vec<String> =
            said.iter().filter_map(|(_, _, wrong)| wrong.clone()).chain(besides).collect();
        if !wrong.is_empty() || said.is_empty() {
            self.wrong.push(format!("{group}: {name}: {}", wrong.join("; ")));
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<24} {:>5} {:>6} {:>5} {:>13}",
            "demanded", "cases", "alive", "dead", "inconclusive"
        )?;
        for (group, counts) in &self.groups {
            let Counts { cases, alive, dead, inconclusive } = counts;
            writeln!(f, "{group:<24} {cases:>5} {alive:>6} {dead:>5} {inconclusive:>13}")?;
        }
        let cases: usize = self.groups.values().map(|counts| counts.cases).sum();
        let demanded = match self.wrong.len() {
            0 => "all of them demanded".to_owned(),
            count => format!("{count} cases NOT as demanded"),
        };
        write!(
            f,
            "torture: {cases} cases, {} false dead, {} false alive, {} inconclusive, {demanded}",
            self.false_dead, self.false_alive, self.inconclusive
        )
    }
}
