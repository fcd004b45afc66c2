//! The report for an auditor: one self-contained page, without script, readable on paper and on a phone.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::inert::Inert;
use super::summary::{Scenario, Summary, WindowState};
use super::words::{self, offset};
use super::{Report, ReportError};
use crate::claim::{Finding, Severity};
use crate::journal::RunView;

mod scenario;
mod tables;
mod timeline;

/// One HTML page.
#[derive(Clone, Copy, Debug)]
pub struct Html;

impl Report for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn file_name(&self) -> &'static str {
        "report.html"
    }

    fn render(&self, run: &RunView) -> Result<Vec<u8>, ReportError> {
        let summary = Summary::of(run);
        let mut out = String::new();
        page(&mut out, &summary)?;
        Ok(out.into_bytes())
    }
}

const STYLE: &str = include_str!("html/style.css");

/// Nothing is loaded from anywhere, nothing runs, and no style but the page's own applies: should escaping
/// ever fail, what came through could only be read.
fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}

/// Text that is neither tag nor attribute's end.
struct Safe<'t>(&'t str);

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

fn safe(text: &Inert) -> Safe<'_> {
    Safe(text.as_str())
}

/// Text at the start of a table's cell. Tables are pasted into sheets, where it must not become a formula.
struct Cell<'t>(&'t Inert);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.0.is_formula() { "&#39;" } else { "" };
        write!(f, "{quote}{}", safe(self.0))
    }
}

/// The class of a severity's colour; its word always stands beside it.
fn tone(severity: Severity) -> &'static str {
    match severity {
        Severity::Fine => "good",
        Severity::Inconclusive | Severity::NothingProven | Severity::Unclean => "warn",
        Severity::StillWorks | Severity::Harmed => "bad",
    }
}

fn badge(finding: Finding) -> String {
    let tone = if finding == Finding::AcceptedRisk { "warn" } else { tone(finding.severity()) };
    format!(
        "<span class=\"badge {tone}\" title=\"{}\">{}</span>",
        finding.describe(),
        finding.code()
    )
}

fn page(out: &mut String, summary: &Summary) -> fmt::Result {
    let title = title(summary);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        policy(),
        safe(&title)
    )?;
    if let Some(caveat) = summary.caveat.as_ref().map(safe) {
        writeln!(out, "<div class=\"caveat\" role=\"note\">{caveat}</div>")?;
        writeln!(out, "<div class=\"every-page\" aria-hidden=\"true\">{caveat}</div>")?;
    }
    timeline::patterns(out)?;
    writeln!(out, "<header>\n<div class=\"kicker\">doornail offboarding drill report</div>")?;
    writeln!(out, "<h1>{}</h1>", safe(&title))?;
    if let Some(run) = &summary.run {
        writeln!(
            out,
            "<p class=\"soft\">Run <code>{}</code> on {}, environment {}, from {}</p>",
            safe(&run.id),
            run.began.strftime("%-d %B %Y, %H:%M UTC"),
            safe(&run.environment),
            safe(&run.vantage)
        )?;
    }
    banner(out, summary)?;
    figures(out, summary)?;
    writeln!(out, "</header>\n<main>")?;
    if summary.scenarios.len() > 1 {
        contents(out, summary)?;
    }
    for scenario in &summary.scenarios {
        scenario::section(out, scenario)?;
    }
    run_facts(out, summary)?;
    writeln!(out, "</main>\n<footer>{}</footer>\n</body>\n</html>", summary.evidence)
}

fn title(summary: &Summary) -> Inert {
    let mut names: Vec<&Inert> = Vec::new();
    for supplier in summary.scenarios.iter().filter_map(|scenario| scenario.supplier.as_ref()) {
        if !names.contains(&&supplier.name) {
            names.push(&supplier.name);
        }
    }
    if names.is_empty() {
        return Inert::new("Offboarding drill");
    }
    let names = words::names(names.into_iter().map(Inert::as_str));
    Inert::new(format!("Offboarding drill: {names}"))
}

fn banner(out: &mut String, summary: &Summary) -> fmt::Result {
    let tone = match summary.exit.code {
        0 if summary.exit.by_rulings == 0 && summary.exit.finished => "good",
        1 | 5 => "bad",
        _ => "warn",
    };
    let meaning = sentence(summary.exit.meaning.as_str());
    writeln!(out, "<div class=\"verdict {tone}\"><strong>{}</strong>", Safe(&meaning))?;
    let state = if summary.exit.finished { "Exit code" } else { "Not final: exit code so far" };
    writeln!(out, "{state} {}.", summary.exit.code)?;
    if let Some(by) = &summary.interrupted {
        writeln!(out, "Interrupted by {}.", safe(by))?;
    }
    if summary.never_began() > 0 {
        let missing = words::many(summary.never_began(), "scenario", "scenarios");
        writeln!(out, "{missing} never began.")?;
    }
    writeln!(out, "</div>")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).chain(std::iter::once('.')).collect()
    })
}

fn figures(out: &mut String, summary: &Summary) -> fmt::Result {
    let counts = &summary.counts;
    let claims = counts.claims_met + counts.claims_not_met;
    writeln!(out, "<div class=\"figures\">")?;
    let tone = match summary.window.state {
        WindowState::Closed => "good",
        WindowState::OpenEnded => "bad",
        WindowState::AtLeast | WindowState::NotMeasured => "warn",
    };
    let (figure, text) = (summary.window.figure(), &summary.window.words);
    writeln!(
        out,
        "<div class=\"figure wide {tone}\"><b>{figure}</b><span>offboarding revocation window: {}</span></div>",
        safe(text)
    )?;
    let always = [
        (format!("{}/{claims}", counts.claims_met), "claims met", claims > counts.claims_met),
        (
            format!("{}/{}", counts.proven_alive, counts.credentials),
            "under test, proven to work first",
            counts.proven_alive < counts.credentials,
        ),
        (counts.dead_by_use.to_string(), "dead, proven by use", false),
        (
            format!("{}/{}", counts.bystanders - counts.harmed, counts.bystanders),
            "bystanders unharmed",
            counts.harmed > 0 || counts.bystanders == 0,
        ),
    ];
    for (figure, text, bad) in always {
        let tone = if bad { "bad" } else { "" };
        writeln!(out, "<div class=\"figure {tone}\"><b>{figure}</b><span>{text}</span></div>")?;
    }
    for (count, text, tone) in [
        (counts.survivors, "survivors: worked at their deadline", "bad"),
        (counts.revenants, "came back after death", "bad"),
        (counts.leftovers, "leftovers the inventory lacks", "bad"),
        (counts.dead_by_introspection, "dead, proven by introspection", ""),
        (counts.dead_by_listing, "dead, proven by listing", ""),
        (counts.gone_by_introspection, "gone by introspection, not used from here", ""),
        (counts.gone_by_listing, "gone by listing, not used from here", ""),
        (counts.gone_by_witness, "gone by witness, not used from here", ""),
        (counts.gone_by_attestation, "gone by attestation, not used from here", ""),
        (counts.reversible, "of the dead reversible: principal disabled", "warn"),
        (counts.expired, "expired by themselves", "warn"),
        (counts.contained, "contained", "warn"),
        (counts.inconclusive, "inconclusive", "warn"),
        (counts.unproven, "never proven to work", "warn"),
        (counts.uncontrolled, "without a bystander", "warn"),
        (counts.void, "void: a control failed", "warn"),
        (counts.died_before, "died before the termination", "warn"),
        (counts.accepted, "accepted risks still working", "warn"),
        (counts.not_claimed, "not claimed to end", "warn"),
        (counts.not_tested, "in the inventory, not tested", "warn"),
        (counts.controls_failed, "controls failed", "bad"),
        (counts.failed_steps, "steps failed", "warn"),
        (counts.rehearsals_met + counts.rehearsals_not_met, "rehearsals: prove no death", ""),
    ] {
        if count > 0 {
            writeln!(out, "<div class=\"figure {tone}\"><b>{count}</b><span>{text}</span></div>")?;
        }
    }
    writeln!(out, "</div>")
}

fn contents(out: &mut String, summary: &Summary) -> fmt::Result {
    writeln!(out, "<h2>Scenarios</h2>\n<div class=\"card\"><table>")?;
    for scenario in &summary.scenarios {
        let (word, tone) = (scenario.word(), tone(scenario.severity));
        writeln!(
            out,
            "<tr><td class=\"word\"><span class=\"badge {tone}\">{word}</span></td>\
             <td><a href=\"#s{}\">{}</a></td><td class=\"soft small\">{}</td></tr>",
            scenario.number,
            Cell(&scenario.title()),
            Safe(&tally(scenario))
        )?;
    }
    writeln!(out, "</table></div>")
}

fn tally(scenario: &Scenario) -> String {
    let met = scenario.claims.iter().filter(|claim| claim.severity == Severity::Fine).count();
    format!("{met} of {} met", words::many(scenario.claims.len(), "claim", "claims"))
}

fn run_facts(out: &mut String, summary: &Summary) -> fmt::Result {
    writeln!(out, "<h2>The run</h2>")?;
    let Some(run) = &summary.run else {
        return writeln!(out, "<p>The journal has lost the facts of its run.</p>");
    };
    let time = if run.simulated { "simulated: a day passes in an instant" } else { "real" };
    let platforms = if run.mocked { "mocks" } else { "real platforms" };
    let spread = offset(i64::try_from(run.spread_us).unwrap_or(i64::MAX));
    writeln!(out, "<dl>")?;
    for (name, text) in [
        ("Run", run.id.to_string()),
        ("doornail", run.version.to_string()),
        ("Began", run.began.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
        ("Environment", format!("{}: {platforms}", run.environment)),
        ("Vantage", run.vantage.to_string()),
        (
            "From first action",
            summary.window.from_first_action().unwrap_or_else(|| {
                "the same as the revocation window, which counts from the decision".to_owned()
            }),
        ),
        ("Seen from", summary.vantages().unwrap_or_else(|| "not recorded".to_owned())),
        ("Time", time.to_owned()),
        (
            "Selection",
            format!(
                "{}, {} to play",
                run.selection,
                words::many(run.scenarios, "scenario", "scenarios")
            ),
        ),
        (
            "Death is confirmed by",
            format!(
                "{} refusals in a row over at least {spread}, with a bystander let in meanwhile; \
                 the first of them dates it",
                run.refusals
            ),
        ),
    ] {
        writeln!(out, "<dt>{name}</dt><dd>{}</dd>", Safe(&text))?;
    }
    if let Some(change) = &run.change {
        writeln!(out, "<dt>Change</dt><dd>{}</dd>", safe(change))?;
    }
    for remark in &run.remarks {
        writeln!(out, "<dt>Remark</dt><dd>{}</dd>", safe(remark))?;
    }
    writeln!(out, "</dl>")?;
    if !run.files.is_empty() {
        writeln!(
            out,
            "<details open><summary><h3>Files that shaped the run (SHA-256)</h3></summary>"
        )?;
        writeln!(out, "<div class=\"card\"><table>")?;
        for (file, digest) in &run.files {
            let (file, digest) = (Cell(file), safe(digest));
            writeln!(out, "<tr><td>{file}</td><td><code>{digest}</code></td></tr>")?;
        }
        writeln!(out, "</table></div></details>")?;
    }
    Ok(())
}
