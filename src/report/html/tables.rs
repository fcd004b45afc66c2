//! What stands behind the claims: credentials, actions, listings, controls, population, steps.

use std::fmt::{self, Write as _};

use super::super::inert::Inert;
use super::super::summary::{ActionState, ControlState, ListingState, Outcome, Part, Scenario};
use super::super::words::{self, offset};
use super::{Cell, safe};
use crate::journal::event::Hand;

fn open(out: &mut String, title: &str, heads: &[&str]) -> fmt::Result {
    writeln!(
        out,
        "<details open><summary><h3>{title}</h3></summary>\n<div class=\"card\"><table>"
    )?;
    write!(out, "<thead><tr>")?;
    for head in heads {
        write!(out, "<th>{head}</th>")?;
    }
    writeln!(out, "</tr></thead>")
}

fn close(out: &mut String) -> fmt::Result {
    writeln!(out, "</table></div></details>")
}

/// What a credential is, in a few words.
pub(super) fn part(outcome: &Outcome) -> String {
    let of = outcome.of.as_ref().map(safe);
    match (outcome.part, of) {
        (Part::Bystander, _) => "bystander, must stay alive".to_owned(),
        (Part::Derived, Some(of)) => format!("derived from {of}"),
        (Part::Renewed, Some(of)) => format!("new secret of {of}"),
        (Part::Attempted, Some(of)) => format!("attempt on {of}"),
        (Part::Suspect | Part::Derived | Part::Renewed | Part::Attempted, _) => {
            "suspect".to_owned()
        }
    }
}

pub(super) fn credentials(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.credentials.is_empty() {
        return Ok(());
    }
    let heads = ["Credential", "Belongs to", "Fingerprints", "Proof and last answer"];
    open(out, "Credentials", &heads)?;
    for outcome in &scenario.credentials {
        writeln!(
            out,
            "<tr><td><span class=\"id\">{}</span><div class=\"small soft\">{}, {} at {}<br>{}</div></td>",
            Cell(&outcome.credential),
            Cell(&outcome.class),
            safe(&outcome.kind),
            safe(&outcome.platform),
            part(outcome)
        )?;
        write!(
            out,
            "<td class=\"small\">{}, {}",
            Cell(&outcome.supplier),
            safe(&outcome.owned_by)
        )?;
        if let Some(principal) = &outcome.principal {
            write!(out, " <span class=\"id\">{}</span>", safe(principal))?;
        }
        write!(out, "<br>authority: {}", safe(&outcome.authority))?;
        if let Some(expires) = outcome.expires {
            write!(out, "<br>expires {}", expires.strftime("%Y-%m-%d %H:%M UTC"))?;
        }
        if let Some(accepted) = &outcome.accepted {
            write!(out, "<br><span class=\"warn-text\">{}</span>", Cell(accepted))?;
        }
        if outcome.under_test() && outcome.bystanders.is_empty() {
            write!(out, "<br><span class=\"warn-text\">no bystander</span>")?;
        }
        write!(out, "</td><td class=\"small\">")?;
        for (field, print) in &outcome.fingerprints {
            write!(out, "{} <code>{}</code><br>", Cell(field), safe(print))?;
        }
        write!(out, "</td><td class=\"small\">")?;
        answers(out, outcome)?;
        writeln!(out, "</td></tr>")?;
    }
    close(out)
}

fn answers(out: &mut String, outcome: &Outcome) -> fmt::Result {
    for channel in &outcome.channels {
        write!(
            out,
            "<div>{}, by {}, {} probes: <b>{}</b>",
            Cell(&channel.channel),
            safe(&channel.proof),
            channel.probes,
            safe(&channel.standing)
        )?;
        if let Some(last) = &channel.last {
            write!(
                out,
                "<br><span class=\"soft\">{} at {}",
                Cell(&last.verdict),
                offset(last.received_us)
            )?;
            if let Some(status) = last.status {
                write!(out, ", status {status}")?;
            }
            if !last.vantage.is_empty() {
                write!(out, ", from {}", safe(&last.vantage))?;
            }
            if let Some(by) = &last.by {
                write!(out, ", says {}", safe(by))?;
            }
            for (name, text) in [("code", &last.code), ("rule", &last.rule)] {
                if let Some(text) = text {
                    write!(out, ", {name} <code>{}</code>", safe(text))?;
                }
            }
            write!(out, "</span>")?;
        }
        writeln!(out, "</div>")?;
    }
    Ok(())
}

pub(super) fn actions(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.actions.is_empty() {
        return Ok(());
    }
    let title = "Actions of the procedure (their answers are no evidence)";
    open(out, title, &["At", "Action", "On", "By", "Answer", "Refused from then on"])?;
    for action in &scenario.actions {
        let by = match action.by {
            Hand::Api => "API",
            Hand::Person => "a person",
            Hand::SimulatedHand => "the mock, in a person's stead",
            Hand::Command => "a command",
            Hand::Webhook => "a webhook",
        };
        let tone = match action.result {
            ActionState::Accepted => "soft",
            ActionState::Refused | ActionState::NotDone | ActionState::NoAnswer => "warn-text",
        };
        write!(
            out,
            "<tr><td class=\"word\">{}</td><td>{}",
            offset(action.at_us),
            Cell(&action.title)
        )?;
        if let Some(platform) = &action.platform {
            write!(out, " <span class=\"soft small\">at {}</span>", safe(platform))?;
        }
        write!(
            out,
            "</td><td><span class=\"id\">{}</span></td><td>{by}</td><td class=\"{tone}\">{}: {}</td><td>{}",
            Cell(&action.object),
            action.result.words(),
            safe(&action.answer),
            names(&action.ended),
        )?;
        if !action.kills.is_empty() {
            let kills = names(&action.kills);
            write!(out, " <span class=\"soft small\">was to end: {kills}</span>")?;
        }
        writeln!(out, "</td></tr>")?;
    }
    close(out)
}

/// The first few of them, in a cell.
fn names(all: &[Inert]) -> String {
    let all: Vec<String> = all.iter().map(|name| Cell(name).to_string()).collect();
    words::names(all.iter().map(String::as_str))
}

pub(super) fn canaries(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.canaries.is_empty() {
        return Ok(());
    }
    open(out, "Made for this drill", &["Name at the platform", "What", "At", "Now"])?;
    for canary in &scenario.canaries {
        let tone = if canary.state.is_left() { "warn-text" } else { "soft" };
        let why = canary.why.as_ref().map(|why| format!(": {}", safe(why))).unwrap_or_default();
        writeln!(
            out,
            "<tr><td><span class=\"id\">{}</span></td><td>{}</td><td>{}</td><td class=\"{tone}\">{}{why}</td></tr>",
            Cell(&canary.name),
            Cell(&canary.what),
            safe(&canary.platform),
            canary.state.words(),
        )?;
    }
    close(out)
}

pub(super) fn lock_outs(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.lock_outs.is_empty() {
        return Ok(());
    }
    open(out, "Accounts locked out", &["Account", "At", "What was seen", "What to do"])?;
    for lock_out in &scenario.lock_outs {
        writeln!(
            out,
            "<tr><td><span class=\"id\">{}</span></td><td>{}</td><td class=\"warn-text\">{}</td><td>{}</td></tr>",
            Cell(&lock_out.account),
            safe(&lock_out.platform),
            Inert::new(lock_out.seen()),
            Inert::new(lock_out.to_do()),
        )?;
    }
    close(out)
}

pub(super) fn listings(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.listings.is_empty() {
        return Ok(());
    }
    open(
        out,
        "Listings: access that the inventory lacks",
        &["Platform", "Kind", "Result", "Leftovers"],
    )?;
    for listing in &scenario.listings {
        let tone = match listing.result {
            ListingState::Complete => "",
            ListingState::Incomplete | ListingState::Impossible => "warn-text",
        };
        write!(
            out,
            "<tr><td>{}</td><td>{}</td><td class=\"{tone}\">{}",
            Cell(&listing.platform),
            Cell(&listing.kind),
            listing.result.words()
        )?;
        if let Some(items) = listing.items {
            write!(out, ", {items} live items of anybody")?;
        }
        because(out, listing.why.as_ref())?;
        write!(out, "</td><td>")?;
        if listing.leftovers.is_empty() {
            let none = if listing.result == ListingState::Complete { "none" } else { "unknown" };
            write!(out, "{none}")?;
        }
        for left in &listing.leftovers {
            let (id, owner) = (Cell(&left.id), safe(&left.owner));
            write!(out, "<div class=\"bad-text\"><span class=\"id\">{id}</span> of {owner}</div>")?;
        }
        writeln!(out, "</td></tr>")?;
    }
    close(out)
}

fn because(out: &mut String, why: Option<&Inert>) -> fmt::Result {
    match why {
        Some(why) => write!(out, ": {}", safe(why)),
        None => Ok(()),
    }
}

pub(super) fn controls(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.controls.is_empty() {
        return Ok(());
    }
    let title = "Controls: a refused fake, no entry without a credential, the right identity";
    open(out, title, &["Control", "Platform", "Kind", "Channel", "Result"])?;
    for control in &scenario.controls {
        let tone = match control.result {
            ControlState::Held => "good-text",
            ControlState::Failed => "bad-text",
            ControlState::Open | ControlState::Skipped => "warn-text",
        };
        write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"{tone}\">{}",
            control.control,
            Cell(&control.platform),
            Cell(&control.kind),
            Cell(&control.channel),
            control.result.words()
        )?;
        because(out, control.why.as_ref())?;
        writeln!(out, "</td></tr>")?;
    }
    close(out)
}

pub(super) fn population(out: &mut String, scenario: &Scenario) -> fmt::Result {
    let Some(supplier) = &scenario.supplier else { return Ok(()) };
    writeln!(out, "<details open><summary><h3>Population</h3></summary>\n<dl>")?;
    let (name, id) = (safe(&supplier.name), safe(&supplier.id));
    writeln!(out, "<dt>Supplier</dt><dd>{name} (<span class=\"id\">{id}</span>)</dd>")?;
    writeln!(out, "<dt>Contract</dt><dd>{}</dd>", safe(&supplier.contract))?;
    for (role, owner) in &supplier.owners {
        writeln!(out, "<dt>Owner, {}</dt><dd>{}</dd>", safe(role), safe(owner))?;
    }
    let (count, source) = (supplier.population, safe(&supplier.source));
    writeln!(out, "<dt>Inventory</dt><dd>{count} credentials in {source}</dd>")?;
    for (credential, why) in &supplier.not_tested {
        let (credential, why) = (safe(credential), safe(why));
        writeln!(out, "<dt>Not tested</dt><dd><span class=\"id\">{credential}</span>: {why}</dd>")?;
    }
    for none in &supplier.none {
        writeln!(out, "<dt>Declared to be none</dt><dd>{}</dd>", safe(none))?;
    }
    writeln!(out, "</dl></details>")
}

pub(super) fn steps(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.steps.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details open><summary><h3>Steps as written</h3></summary>\n<ol class=\"steps\">"
    )?;
    for step in &scenario.steps {
        writeln!(out, "<li>{}</li>", safe(step))?;
    }
    writeln!(out, "</ol></details>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_cell_are_no_formula() {
        assert_eq!(names(&[Inert::new("=1+1"), Inert::new("b")]), "&#39;=1+1, b");
    }
}
