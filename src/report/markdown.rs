//! Markdown: for people in a repository, and as a GitHub job summary.

use std::fmt::{self, Write as _};

use super::inert::Inert;
use super::summary::{ChannelOutcome, Course, Outcome, Part, Scenario, Summary};
use super::words::{self, offset};
use super::{Report, ReportError, leftovers, text};
use crate::claim::{Finding, Severity};
use crate::journal::RunView;

/// GitHub-flavoured Markdown.
#[derive(Clone, Copy, Debug)]
pub struct Markdown;

impl Report for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn file_name(&self) -> &'static str {
        "report.md"
    }

    fn render(&self, run: &RunView) -> Result<Vec<u8>, ReportError> {
        let summary = Summary::of(run);
        let mut out = String::new();
        page(&mut out, &summary)?;
        Ok(out.into_bytes())
    }
}

/// Text in which nothing is markup, a link, a mention or a workflow command.
struct Plain<'t>(&'t str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What makes a list, a heading or code of a line at its beginning.
        let text = self.0.trim_start();
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &text[..text.len() - rest.len()];
        f.write_str(digits)?;
        let makes_a_list = match digits {
            "" => rest.starts_with(['-', '+', '=']),
            _ => {
                rest.strip_prefix(['.', ')']).is_some_and(|after| !after.starts_with(|c| c != ' '))
            }
        };
        if makes_a_list {
            f.write_char('\\')?;
        }
        let mut before = ' ';
        for character in rest.chars() {
            match character {
                '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '|' => write!(f, "\\{character}")?,
                // As entities: a backslash does not keep these from GitHub's own extensions.
                '<' | '>' | '&' | '$' => write!(f, "&#{};", u32::from(character))?,
                // Nor does an entity keep this one from making an address or a mention; an empty comment
                // between the two halves does.
                '@' => f.write_str("@<!-- -->")?,
                ':' if before == ':' => f.write_str("&#58;")?,
                '/' if before == '/' => f.write_str("&#47;")?,
                '.' if before.eq_ignore_ascii_case(&'w') => f.write_str("&#46;")?,
                _ => f.write_char(character)?,
            }
            before = character;
        }
        Ok(())
    }
}

/// Text as Markdown in which nothing of it is markup.
pub fn markdown_text(text: &str) -> String {
    plain(&Inert::new(text)).to_string()
}

fn plain(text: &Inert) -> Plain<'_> {
    Plain(text.as_str())
}

/// Text at the start of a table's cell. Tables are pasted into sheets, where it must not become a formula.
struct Cell<'t>(&'t Inert);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.0.is_formula() { "'" } else { "" };
        write!(f, "{quote}{}", plain(self.0))
    }
}

fn page(out: &mut String, summary: &Summary) -> fmt::Result {
    writeln!(out, "# doornail: {}\n", Plain(summary.exit.meaning.as_str()))?;
    if let Some(caveat) = &summary.caveat {
        writeln!(out, "> **{}**\n", plain(caveat))?;
    }
    writeln!(
        out,
        "**Exit {}.** Offboarding revocation window: **{}** ({}).\n",
        summary.exit.code,
        summary.window.figure(),
        plain(&summary.window.words)
    )?;
    if let Some(by) = &summary.interrupted {
        writeln!(out, "Interrupted by {}.\n", plain(by))?;
    }
    if summary.never_began() > 0 {
        let missing = words::many(summary.never_began(), "scenario", "scenarios");
        writeln!(out, "**{missing} never began.**\n")?;
    }
    writeln!(out, "| | |\n|---|---|")?;
    for (name, figure) in text::figures(summary) {
        writeln!(out, "| {name} | {} |", Plain(&figure))?;
    }
    for scenario in &summary.scenarios {
        section(out, scenario)?;
    }
    facts(out, summary)
}

fn section(out: &mut String, scenario: &Scenario) -> fmt::Result {
    writeln!(out, "\n## {}: {}\n", scenario.word(), plain(&scenario.title()))?;
    writeln!(out, "{}\n", plain(&scenario.place))?;
    for failure in &scenario.failures {
        let (step, why) = (plain(&failure.step), plain(&failure.why));
        writeln!(out, "- **step failed:** {step}: {why}")?;
    }
    if scenario.course != Course::Completed
        && let Some(warning) = scenario.course.warning()
    {
        writeln!(out, "- {warning}")?;
    }
    if scenario.claims.is_empty() {
        writeln!(out, "- it claims nothing, so it proves nothing")?;
    }
    claims(out, scenario)?;
    listings(out, scenario)?;
    credentials(out, scenario)?;
    actions(out, scenario)?;
    population(out, scenario)
}

fn claims(out: &mut String, scenario: &Scenario) -> fmt::Result {
    for claim in scenario.claims.iter().filter(|claim| claim.severity != Severity::Fine) {
        writeln!(out, "- **not met:** {}", plain(&claim.text))?;
        if claim.rulings.is_empty() {
            writeln!(out, "  - never judged")?;
        }
        for ruling in claim.rulings.iter().filter(|ruling| ruling.finding != Finding::Holds) {
            let code = ruling.finding.code();
            writeln!(out, "  - `{code}` **{}**: {}", plain(&ruling.subject), plain(&ruling.why))?;
        }
    }
    let met = |claim: &&super::summary::ClaimSummary| claim.severity == Severity::Fine;
    for claim in scenario.claims.iter().filter(met) {
        let rehearsal = if claim.rehearsal { " (rehearsal: proves no death)" } else { "" };
        writeln!(out, "- met: {}{rehearsal}", plain(&claim.text))?;
        let accepted = |finding: Finding| finding == Finding::AcceptedRisk;
        for ruling in claim.rulings.iter().filter(|ruling| accepted(ruling.finding)) {
            let code = ruling.finding.code();
            writeln!(out, "  - `{code}` **{}**: {}", plain(&ruling.subject), plain(&ruling.why))?;
        }
    }
    for one in &scenario.taken_up {
        writeln!(out, "- taken up again {}", one.wall.strftime("%Y-%m-%d %H:%M:%S UTC"))?;
        for (credential, why) in &one.without {
            writeln!(out, "  - without {}: {}", plain(credential), plain(why))?;
        }
    }
    if !scenario.not_claimed.is_empty() {
        let list = words::names(scenario.not_claimed.iter().map(Inert::as_str));
        writeln!(out, "- **not claimed to end:** {}", Plain(&list))?;
    }
    Ok(())
}

/// What the platforms know and the inventory does not, and what they cannot tell.
fn listings(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if let Some(block) = leftovers::block(scenario)? {
        // Longer than any fence in it.
        let mut longest = 0;
        for run in block.split(|c| c != '`') {
            longest = longest.max(run.len());
        }
        let fence = "`".repeat(longest.max(2) + 1);
        writeln!(out, "\n{}\n\n{fence}yaml\n{block}{fence}", leftovers::HEAD)?;
    }
    let unlisted = leftovers::unlisted(scenario);
    if !unlisted.is_empty() {
        writeln!(out, "\n{}\n", leftovers::UNLISTED)?;
    }
    for listing in unlisted {
        let (platform, kind) = (plain(&listing.platform), plain(&listing.kind));
        write!(out, "- {platform} {kind}: {}", listing.result.words())?;
        match &listing.why {
            Some(why) => writeln!(out, ": {}", plain(why))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

fn credentials(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.credentials.is_empty() {
        return Ok(());
    }
    let since = if scenario.termination.is_some() { "termination" } else { "beginning" };
    writeln!(out, "\nTimes count from the {since}.\n")?;
    writeln!(out, "| Credential | Kind | Channel | Proof | Outcome | Last alive | First dead |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for outcome in &scenario.credentials {
        for channel in &outcome.channels {
            let time = |at: Option<i64>| at.map_or_else(|| "–".to_owned(), offset);
            writeln!(
                out,
                "| {}{} | {} ({}) | {} | {} | {} | {} | {} |",
                Cell(&outcome.credential),
                part(outcome),
                Cell(&outcome.title),
                plain(&outcome.platform),
                Cell(&channel.channel),
                Cell(&channel.proof),
                Plain(&outcome_words(outcome)),
                time(channel.last_alive_us),
                first_dead(channel),
            )?;
        }
    }
    let survivors = scenario.credentials.iter().filter(|outcome| outcome.survives());
    for outcome in survivors {
        for known in &outcome.explanations {
            writeln!(
                out,
                "\n**Why {} survives:** {}. **What ends it:** {}. Source: {}",
                plain(&outcome.credential),
                plain(&known.why),
                plain(&known.remedy),
                plain(&known.source)
            )?;
        }
    }
    Ok(())
}

fn first_dead(channel: &ChannelOutcome) -> String {
    let now = channel.first_dead_us.map(offset);
    let past = channel.past.iter().map(|death| {
        let back = death.returned_us.map(offset).unwrap_or_default();
        format!("{}, back {back}", offset(death.first_dead_us))
    });
    let all: Vec<String> = past.chain(now).collect();
    if all.is_empty() { "–".to_owned() } else { all.join("; ") }
}

fn part(outcome: &Outcome) -> String {
    let of = outcome.of.as_ref().map(plain);
    match (outcome.part, of) {
        (Part::Bystander, _) => " (bystander)".to_owned(),
        (Part::Derived, Some(of)) => format!(" (derived from {of})"),
        (Part::Renewed, Some(of)) => format!(" (new secret of {of})"),
        (Part::Attempted, Some(of)) => format!(" (attempt on {of})"),
        (Part::Suspect | Part::Derived | Part::Renewed | Part::Attempted, _) => String::new(),
    }
}

fn outcome_words(outcome: &Outcome) -> String {
    let reversible = if outcome.reversible { ", reversible" } else { "" };
    format!("{}{reversible}", outcome.words())
}

/// The first few of them, in a cell.
fn names(all: &[Inert]) -> String {
    let all: Vec<String> = all.iter().map(|name| Cell(name).to_string()).collect();
    match all.is_empty() {
        true => "none".to_owned(),
        false => words::names(all.iter().map(String::as_str)),
    }
}

fn actions(out: &mut String, scenario: &Scenario) -> fmt::Result {
    for harm in &scenario.harms {
        writeln!(out, "\n**The procedure, {}:** {}", offset(harm.at_us), plain(&harm.words))?;
    }
    if scenario.actions.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n<details><summary>Actions (their answers are no evidence)</summary>\n")?;
    writeln!(out, "| At | Action | On | Answer | Refused from then on |\n|---|---|---|---|---|")?;
    for action in &scenario.actions {
        let at = offset(action.at_us);
        let (title, object) = (Cell(&action.title), Cell(&action.object));
        let (result, answer) = (action.result.words(), plain(&action.answer));
        let mut ended = names(&action.ended);
        if !action.kills.is_empty() {
            let kills = names(&action.kills);
            ended.push_str(&format!(" (was to end: {kills})"));
        }
        writeln!(out, "| {at} | {title} | {object} | {result}: {answer} | {ended} |")?;
    }
    writeln!(out, "\n</details>")
}

fn population(out: &mut String, scenario: &Scenario) -> fmt::Result {
    writeln!(out, "\n<details><summary>Population, listings and controls</summary>\n")?;
    if let Some(supplier) = &scenario.supplier {
        let (name, contract) = (plain(&supplier.name), plain(&supplier.contract));
        let (count, source) = (supplier.population, plain(&supplier.source));
        writeln!(out, "- {name}, contract {contract}: {count} credentials in {source}")?;
        for (role, owner) in &supplier.owners {
            writeln!(out, "- {} owner: {}", plain(role), plain(owner))?;
        }
        for (credential, why) in &supplier.not_tested {
            writeln!(out, "- not tested: {}: {}", plain(credential), plain(why))?;
        }
        for (credential, why) in &scenario.not_kept {
            writeln!(out, "- cannot be rechecked: {}: {}", plain(credential), plain(why))?;
        }
        for none in &supplier.none {
            writeln!(out, "- declared to be none: {}", plain(none))?;
        }
    }
    for canary in &scenario.canaries {
        let (platform, what) = (plain(&canary.platform), plain(&canary.what));
        let (name, state) = (plain(&canary.name), canary.state.words());
        write!(out, "- made for this drill: {platform} {name} ({what}): {state}")?;
        if let Some(why) = &canary.why {
            write!(out, ": {}", plain(why))?;
        }
        writeln!(out)?;
    }
    for lock_out in &scenario.lock_outs {
        let (account, platform) = (plain(&lock_out.account), plain(&lock_out.platform));
        writeln!(out, "- {account} at {platform}: {}; {}", lock_out.seen(), lock_out.to_do())?;
    }
    for listing in &scenario.listings {
        let (platform, kind) = (plain(&listing.platform), plain(&listing.kind));
        write!(out, "- listing {platform} {kind}: {}", listing.result.words())?;
        if let Some(why) = &listing.why {
            write!(out, ": {}", plain(why))?;
        }
        writeln!(out)?;
        for left in &listing.leftovers {
            writeln!(out, "  - leftover {} of {}", plain(&left.id), plain(&left.owner))?;
        }
    }
    for control in &scenario.controls {
        let (platform, kind) = (plain(&control.platform), plain(&control.kind));
        let (name, channel) = (control.control, plain(&control.channel));
        write!(
            out,
            "- {name} control, {platform} {kind} on {channel}: {}",
            control.result.words()
        )?;
        if let Some(why) = &control.why {
            write!(out, ": {}", plain(why))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "\n</details>")
}

fn facts(out: &mut String, summary: &Summary) -> fmt::Result {
    writeln!(out, "\n## The run and its evidence\n")?;
    if let Some(run) = &summary.run {
        writeln!(out, "- run {}, doornail {}", plain(&run.id), plain(&run.version))?;
        writeln!(out, "- began {}", run.began.strftime("%Y-%m-%d %H:%M:%S UTC"))?;
        writeln!(out, "- environment {}, from {}", plain(&run.environment), plain(&run.vantage))?;
        if let Some(vantages) = summary.vantages() {
            writeln!(out, "- seen from {}", Plain(&vantages))?;
        }
        writeln!(out, "- selection: {}", plain(&run.selection))?;
        if let Some(change) = &run.change {
            writeln!(out, "- change: {}", plain(change))?;
        }
        for remark in &run.remarks {
            writeln!(out, "- {}", plain(remark))?;
        }
        let time = if run.simulated { "simulated" } else { "real" };
        let spread = offset(i64::try_from(run.spread_us).unwrap_or(i64::MAX));
        writeln!(
            out,
            "- {time} time; a death is confirmed by {} refusals in a row over at least {spread}, \
             with a bystander let in meanwhile",
            run.refusals
        )?;
    }
    writeln!(out, "- {}", summary.evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_plain_text_is_markup() {
        for (text, markdown) in [
            ("a|b", "a\\|b"),
            ("`x` *y* _z_", "\\`x\\` \\*y\\* \\_z\\_"),
            ("<img src=x>", "&#60;img src=x&#62;"),
            ("::warning::x", ":&#58;warning:&#58;x"),
            ("[a](https://b.example)", "\\[a\\](https:/&#47;b.example)"),
            ("www.b.example @team $x$", "www&#46;b.example @<!-- -->team &#36;x&#36;"),
            ("- a", "\\- a"),
            ("  12. a", "12\\. a"),
            ("0.1.0", "0.1.0"),
            ("===", "\\==="),
        ] {
            assert_eq!(Plain(text).to_string(), markdown);
        }
    }

    #[test]
    fn names_in_a_cell_are_no_formula_and_no_cell_is_empty() {
        assert!(names(&[Inert::new("=1+1"), Inert::new("b")]).starts_with('\''));
        assert_eq!(names(&[]), "none");
    }
}
