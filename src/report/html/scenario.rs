//! One scenario: how it ran, the time line, the claims.

use std::fmt::{self, Write as _};

use super::super::leftovers;
use super::super::summary::{ClaimSummary, RulingSummary, Scenario};
use super::super::words::{offset, when};
use super::{Cell, Safe, badge, safe, tables, timeline, tone};
use crate::claim::{Finding, Severity};

pub(super) fn section(out: &mut String, scenario: &Scenario) -> fmt::Result {
    writeln!(
        out,
        "<section id=\"s{}\">\n<h2><span class=\"badge {}\">{}</span> {}</h2>",
        scenario.number,
        tone(scenario.severity),
        scenario.word(),
        safe(&scenario.title())
    )?;
    write!(out, "<p class=\"soft small\">{}", safe(&scenario.place))?;
    for tag in &scenario.tags {
        write!(out, " {}", safe(tag))?;
    }
    writeln!(out, "</p>")?;
    if let Some(termination) = &scenario.termination {
        write!(out, "<p>Terminated by <b>{}</b>", safe(&termination.by))?;
        match termination.took_us {
            Some(took) => writeln!(out, ", which took {}.</p>", offset(took))?,
            None => writeln!(out, ", <b>which did not come to its end.</b></p>")?,
        }
    }
    if let Some(warning) = scenario.course.warning() {
        writeln!(out, "<p class=\"warn-text\"><b>Incomplete:</b> {warning}.</p>")?;
    }
    for failure in &scenario.failures {
        writeln!(
            out,
            "<div class=\"why\"><b>Step failed:</b> {}<br>{}</div>",
            safe(&failure.step),
            safe(&failure.why)
        )?;
    }
    for harm in &scenario.harms {
        let at = offset(harm.at_us);
        writeln!(
            out,
            "<div class=\"why\"><b>The procedure, {at}:</b> {}</div>",
            safe(&harm.words)
        )?;
    }
    timeline::section(out, scenario)?;
    claims(out, scenario)?;
    listings(out, scenario)?;
    tables::credentials(out, scenario)?;
    tables::actions(out, scenario)?;
    tables::lock_outs(out, scenario)?;
    tables::canaries(out, scenario)?;
    tables::listings(out, scenario)?;
    tables::controls(out, scenario)?;
    tables::population(out, scenario)?;
    tables::steps(out, scenario)?;
    writeln!(out, "</section>")
}

/// Failing ones first; among equals as written.
fn claims(out: &mut String, scenario: &Scenario) -> fmt::Result {
    writeln!(out, "<h3>Claims</h3>")?;
    if scenario.claims.is_empty() {
        return writeln!(
            out,
            "<p class=\"warn-text\">It claims nothing, so it proves nothing.</p>"
        );
    }
    let mut claims: Vec<&ClaimSummary> = scenario.claims.iter().collect();
    claims.sort_by_key(|claim| std::cmp::Reverse(claim.severity));
    writeln!(out, "<div class=\"card\"><table class=\"rulings\">")?;
    for claim in claims {
        let word = if claim.severity == Severity::Fine { "met" } else { "not met" };
        let tone = tone(claim.severity);
        writeln!(
            out,
            "<tbody><tr class=\"claim\"><td class=\"word\"><span class=\"badge {tone}\">{word}</span></td>"
        )?;
        write!(out, "<td colspan=\"2\">{}", Cell(&claim.text))?;
        if claim.rehearsal {
            write!(out, " <span class=\"badge plain\">rehearsal: proves no death</span>")?;
        }
        writeln!(out, "</td></tr>")?;
        if claim.rulings.is_empty() {
            writeln!(out, "<tr><td></td><td colspan=\"2\">never judged</td></tr>")?;
        }
        let mut rulings: Vec<&RulingSummary> = claim.rulings.iter().collect();
        rulings.sort_by_key(|ruling| std::cmp::Reverse(weight(ruling.finding)));
        for ruling in rulings {
            self::ruling(out, scenario, ruling)?;
        }
        writeln!(out, "</tbody>")?;
    }
    writeln!(out, "</table></div>")?;
    taken_up(out, scenario)?;
    not_claimed(out, scenario)
}

fn taken_up(out: &mut String, scenario: &Scenario) -> fmt::Result {
    for (credential, why) in &scenario.not_kept {
        let credential = safe(credential);
        writeln!(
            out,
            "<p class=\"soft small\">Cannot be rechecked: {credential}: {}</p>",
            safe(why)
        )?;
    }
    for one in &scenario.taken_up {
        write!(out, "<p>Taken up again {}", one.wall.strftime("%Y-%m-%d %H:%M:%S UTC"))?;
        for (index, (credential, why)) in one.without.iter().enumerate() {
            let before = if index == 0 { ", without" } else { "," };
            write!(out, "{before} <span class=\"id\">{}</span> ({})", safe(credential), safe(why))?;
        }
        writeln!(out, ".</p>")?;
    }
    Ok(())
}

/// What the platforms know and the inventory does not, and what they cannot tell.
fn listings(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if let Some(block) = leftovers::block(scenario)? {
        writeln!(out, "<p class=\"bad-text\"><b>Leftovers.</b> {}</p>", leftovers::HEAD)?;
        writeln!(out, "<pre class=\"card\">{}</pre>", Safe(&block))?;
    }
    let unlisted = leftovers::unlisted(scenario);
    if unlisted.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<p class=\"warn-text\"><b>{}</b></p>\n<ul class=\"small\">",
        leftovers::UNLISTED
    )?;
    for listing in unlisted {
        let (platform, kind) = (safe(&listing.platform), safe(&listing.kind));
        write!(out, "<li>{platform} {kind}: {}", listing.result.words())?;
        if let Some(why) = &listing.why {
            write!(out, ": {}", safe(why))?;
        }
        writeln!(out, "</li>")?;
    }
    writeln!(out, "</ul>")
}

fn weight(finding: Finding) -> (Severity, bool) {
    (finding.severity(), finding != Finding::Holds)
}

fn ruling(out: &mut String, scenario: &Scenario, ruling: &RulingSummary) -> fmt::Result {
    let (subject, why) = (Cell(&ruling.subject), Cell(&ruling.why));
    let badge = badge(ruling.finding);
    write!(
        out,
        "<tr><td class=\"word\">{badge}</td><td><span class=\"id\">{subject}</span></td><td>{why}"
    )?;
    if ruling.finding != Finding::Holds
        && let Some(outcome) = scenario.credential(&ruling.subject)
        && outcome.survives()
    {
        if let Some(last) = outcome.last_alive_us() {
            let last = when(last, scenario.termination.is_some());
            write!(out, "<div class=\"small soft\">Last proof of life: {last}.</div>")?;
        }
        for known in &outcome.explanations {
            write!(
                out,
                "<div class=\"why\"><b>Why it survives:</b> {}<br><b>What ends it:</b> {}\
                 <br><span class=\"soft small\">Source: {}</span></div>",
                safe(&known.why),
                safe(&known.remedy),
                safe(&known.source)
            )?;
        }
    }
    writeln!(out, "</td></tr>")
}

fn not_claimed(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.not_claimed.is_empty() {
        return Ok(());
    }
    write!(out, "<p class=\"warn-text\"><b>Not claimed:</b> no claim demands the end of")?;
    for (index, name) in scenario.not_claimed.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma} <span class=\"id\">{}</span>", safe(name))?;
    }
    writeln!(out, ".</p>")
}
