//! The terminal: a line per scenario, what is not met, and the figures. The text reads the same without
//! colour.

use std::fmt::{self, Write as _};

use super::summary::{ActionState, ClaimSummary, Explained, Scenario, Summary};
use super::{Report, ReportError, leftovers, words};
use crate::claim::{Finding, Severity};
use crate::journal::RunView;
use crate::journal::event::Hand;

/// Plain text, for a terminal or a mail. A run writes no file of it.
#[derive(Clone, Copy, Debug)]
pub struct Text;

impl Report for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn file_name(&self) -> &'static str {
        "report.txt"
    }

    fn render(&self, run: &RunView) -> Result<Vec<u8>, ReportError> {
        render_coloured(run, false).map(String::into_bytes)
    }
}

/// Renders a run for a terminal, with colour if asked for.
///
/// # Errors
/// Never in practice: writing to a string does not fail.
pub fn render_coloured(run: &RunView, colour: bool) -> Result<String, ReportError> {
    let summary = Summary::of(run);
    let mut page = Page { out: String::new(), colour };
    page.render(&summary)?;
    Ok(page.out)
}

#[derive(Clone, Copy)]
enum Ink {
    Red,
    Yellow,
    Green,
    Bold,
    Dim,
}

impl Ink {
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Fine => Self::Green,
            Severity::Inconclusive | Severity::NothingProven | Severity::Unclean => Self::Yellow,
            Severity::StillWorks | Severity::Harmed => Self::Red,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Red => "1;31",
            Self::Yellow => "1;33",
            Self::Green => "32",
            Self::Bold => "1",
            Self::Dim => "2",
        }
    }
}

struct Page {
    out: String,
    colour: bool,
}

impl Page {
    fn paint(&self, ink: Ink, text: impl fmt::Display) -> String {
        if self.colour { format!("\x1b[{}m{text}\x1b[0m", ink.code()) } else { text.to_string() }
    }

    fn render(&mut self, summary: &Summary) -> fmt::Result {
        if let Some(caveat) = &summary.caveat {
            let caveat = self.paint(Ink::Bold, caveat.as_str());
            writeln!(self.out, "{caveat}\n")?;
        }
        for scenario in &summary.scenarios {
            self.scenario(scenario)?;
        }
        if !summary.scenarios.is_empty() {
            self.out.push('\n');
        }
        self.figures(summary)
    }

    fn scenario(&mut self, scenario: &Scenario) -> fmt::Result {
        let word = self.paint(Ink::of(scenario.severity), scenario.word());
        let place = self.paint(Ink::Dim, format!("({})", scenario.place));
        writeln!(self.out, "{word}  {} {place}", scenario.title())?;
        for failure in &scenario.failures {
            writeln!(self.out, "  step failed: {}\n    {}", failure.step, failure.why)?;
        }
        if let Some(warning) = scenario.course.warning() {
            writeln!(self.out, "  {warning}")?;
        }
        if scenario.claims.is_empty() {
            writeln!(self.out, "  it claims nothing, so it proves nothing")?;
        }
        for harm in &scenario.harms {
            let at = words::offset(harm.at_us);
            writeln!(self.out, "  the procedure, {at}: {}", harm.words)?;
        }
        let mut explained = Vec::new();
        for claim in &scenario.claims {
            self.claim(scenario, claim, &mut explained)?;
        }
        for one in &scenario.taken_up {
            writeln!(self.out, "  taken up again {}", one.wall.strftime("%Y-%m-%d %H:%M:%S UTC"))?;
            for (credential, why) in &one.without {
                writeln!(self.out, "    without {}: {}", credential.as_str(), why.as_str())?;
            }
        }
        // What a platform refuses can be what a drill demands; what others were to do is not.
        let undone = scenario.actions.iter().filter(|action| match (action.result, action.by) {
            (ActionState::Accepted, _)
            | (ActionState::Refused | ActionState::NoAnswer, Hand::Api | Hand::SimulatedHand) => {
                false
            }
            (ActionState::NotDone, _)
            | (
                ActionState::Refused | ActionState::NoAnswer,
                Hand::Command | Hand::Webhook | Hand::Person,
            ) => true,
        });
        for action in undone {
            let (title, object) = (action.title.as_str(), action.object.as_str());
            let (result, answer) = (action.result.words(), action.answer.as_str());
            writeln!(self.out, "  {result}: {title} ({object}): {answer}")?;
        }
        if !scenario.not_kept.is_empty() {
            let list = words::names(scenario.not_kept.keys().map(|name| name.as_str()));
            writeln!(self.out, "  cannot be rechecked, as the reports say: {list}")?;
        }
        for canary in scenario.canaries.iter().filter(|canary| canary.state.is_left()) {
            let (platform, name, what) =
                (canary.platform.as_str(), canary.name.as_str(), canary.what.as_str());
            let why = canary.why.as_ref().map(|why| format!(": {}", why.as_str()));
            let (state, why) = (canary.state.words(), why.unwrap_or_default());
            writeln!(self.out, "  {platform} {name} ({what}) {state}{why}")?;
        }
        for lock_out in &scenario.lock_outs {
            let (account, platform) = (lock_out.account.as_str(), lock_out.platform.as_str());
            writeln!(self.out, "  {account} at {platform}: {}", lock_out.seen())?;
            writeln!(self.out, "    {}", lock_out.to_do())?;
        }
        self.listings(scenario)?;
        if !scenario.not_claimed.is_empty() {
            let list = words::names(scenario.not_claimed.iter().map(|name| name.as_str()));
            writeln!(self.out, "  not claimed to end: {list}")?;
        }
        Ok(())
    }

    fn claim<'s>(
        &mut self,
        scenario: &'s Scenario,
        claim: &ClaimSummary,
        explained: &mut Vec<&'s Explained>,
    ) -> fmt::Result {
        let noted: Vec<_> =
            claim.rulings.iter().filter(|ruling| ruling.finding != Finding::Holds).collect();
        if claim.severity == Severity::Fine && noted.is_empty() {
            return Ok(());
        }
        let head = if claim.severity == Severity::Fine { "met" } else { "not met" };
        writeln!(self.out, "  {head}: {}", claim.text)?;
        if claim.rulings.is_empty() {
            writeln!(self.out, "    never judged")?;
        }
        for ruling in noted {
            let code = self.paint(Ink::of(ruling.finding.severity()), ruling.finding.code());
            writeln!(self.out, "    {code}  {}: {}", ruling.subject, ruling.why)?;
            let Some(outcome) = scenario.credential(&ruling.subject) else { continue };
            if !outcome.survives() {
                continue;
            }
            for known in &outcome.explanations {
                if !explained.contains(&known) {
                    explained.push(known);
                    let Explained { why, remedy, source } = known;
                    writeln!(self.out, "      why it survives: {why}")?;
                    writeln!(self.out, "      what ends it: {remedy}")?;
                    writeln!(self.out, "      source: {source}")?;
                }
            }
        }
        Ok(())
    }

    /// What the platforms know and the inventory does not, and what they cannot tell.
    fn listings(&mut self, scenario: &Scenario) -> fmt::Result {
        if let Some(block) = leftovers::block(scenario)? {
            writeln!(self.out, "  {}", leftovers::HEAD)?;
            write!(self.out, "{block}")?;
        }
        let unlisted = leftovers::unlisted(scenario);
        if !unlisted.is_empty() {
            writeln!(self.out, "  {}", leftovers::UNLISTED)?;
        }
        for listing in unlisted {
            let (platform, kind, words) =
                (&listing.platform, &listing.kind, listing.result.words());
            write!(self.out, "    {platform} {kind}: {words}")?;
            match &listing.why {
                Some(why) => writeln!(self.out, ": {why}")?,
                None => writeln!(self.out)?,
            }
        }
        Ok(())
    }

    fn figures(&mut self, summary: &Summary) -> fmt::Result {
        if let Some(run) = &summary.run {
            writeln!(
                self.out,
                "Run {} of doornail {}, {} in environment {}, from {}",
                run.id,
                run.version,
                run.began.strftime("%Y-%m-%d %H:%M:%S UTC"),
                run.environment,
                run.vantage,
            )?;
        }
        for (name, figure) in figures(summary) {
            writeln!(self.out, "  {name:<18} {figure}")?;
        }
        if let Some(change) = summary.run.as_ref().and_then(|run| run.change.as_ref()) {
            writeln!(self.out, "  {:<18} {change}", "Change")?;
        }
        if let Some(by) = &summary.interrupted {
            writeln!(self.out, "Interrupted by {by}.")?;
        }
        if summary.never_began() > 0 {
            let missing = words::many(summary.never_began(), "scenario", "scenarios");
            writeln!(self.out, "{missing} never began.")?;
        }
        let severity = if summary.exit.code == 0 { Severity::Fine } else { worst(summary) };
        let exit = self.paint(Ink::of(severity), format!("Exit {}", summary.exit.code));
        writeln!(self.out, "{exit}: {}.", summary.exit.meaning)
    }
}

fn worst(summary: &Summary) -> Severity {
    let worst = summary.scenarios.iter().map(|scenario| scenario.severity).max();
    worst.unwrap_or(Severity::NothingProven).max(Severity::Inconclusive)
}

/// The figures worth a line, as name and text; what is zero and unremarkable is left out.
pub(super) fn figures(summary: &Summary) -> Vec<(&'static str, String)> {
    let counts = &summary.counts;
    let mut lines = vec![
        ("Scenarios", counts.scenarios.to_string()),
        ("Claims", format!("{} met, {} not met", counts.claims_met, counts.claims_not_met)),
        (
            "Under test",
            format!("{}, {} proven to work first", counts.credentials, counts.proven_alive),
        ),
        (
            "Dead",
            format!(
                "{} by use, {} by introspection, {} by listing",
                counts.dead_by_use, counts.dead_by_introspection, counts.dead_by_listing
            ),
        ),
    ];
    if !counts.gone().is_empty() {
        let gone: Vec<String> =
            counts.gone().iter().map(|(count, by)| format!("{count} by {by}")).collect();
        lines.push(("Gone", format!("{}, not used from here", gone.join(", "))));
    }
    let rehearsals = counts.rehearsals_met + counts.rehearsals_not_met;
    for (name, count, text) in [
        ("Rehearsals", rehearsals, "documenting a platform, no proof of death"),
        ("Reversible", counts.reversible, "dead only while the principal is disabled"),
        ("Expired", counts.expired, "by age, which proves no revocation"),
        ("Contained", counts.contained, "authenticating, with everything in reach refused"),
        ("Survivors", counts.survivors, "working at the deadline"),
        ("Came back", counts.revenants, "dead, then working again"),
        ("Still working", counts.working, "when last seen, whatever was claimed"),
        ("Inconclusive", counts.inconclusive, "without a definitive answer"),
        ("Unproven", counts.unproven, "never proven to work, so silence proves nothing"),
        ("Uncontrolled", counts.uncontrolled, "without a bystander"),
        ("Void", counts.void, "because a control failed"),
        ("Died before", counts.died_before, "refused before the termination began"),
        ("Accepted risks", counts.accepted, "still working, accepted in the inventory"),
        ("Leftovers", counts.leftovers, "found on platforms, absent from the inventory"),
        ("Not claimed", counts.not_claimed, "without a claim that demands the end"),
        ("Not tested", counts.not_tested, "in the inventory, with a reason"),
        ("Failed controls", counts.controls_failed, "voiding verdicts of the channel"),
    ] {
        if count > 0 {
            lines.push((name, format!("{count}, {text}")));
        }
    }
    lines.push(("Bystanders", format!("{}, {} harmed", counts.bystanders, counts.harmed)));
    let (figure, whose) = (summary.window.figure(), &summary.window.words);
    lines.push(("Revocation window", format!("{figure}: {whose}")));
    if let Some(figure) = summary.window.from_first_action() {
        lines.push(("From first action", figure));
    }
    if let Some(vantages) = summary.vantages() {
        lines.push(("Seen from", vantages));
    }
    lines
}
