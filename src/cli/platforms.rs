//! `doornail platforms`: what is known of each platform, from its description.

use std::path::Path;

use doornail::id::PlatformId;
use doornail::platform::schema::{Class, Description, OwnedBy, Proof, Scope};

use super::load;
use super::options::PlatformsOptions;
use super::output::Output;
use super::steps::wrapped;

pub(crate) fn platforms(
    options: &PlatformsOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let project = load::project(root)?;
    let catalogue = &project.catalogue;
    let Some(name) = &options.name else {
        let mut text = format!(
            "{:<14} {:>6} {:>6} {:>8} {:>6} {:>7} {:>8}\n",
            "platform", "kinds", "doors", "actions", "kills", "spares", "unknown"
        );
        for one in catalogue.iter() {
            let doors: usize = one.credentials.values().map(|kind| kind.probe.len()).sum();
            let kills: usize = one.actions.values().map(|action| action.kills.len()).sum();
            let spares: usize = one.actions.values().map(|action| action.spares.len()).sum();
            let unknown = one.unknown.len()
                + one.credentials.values().map(|kind| kind.unknown.len()).sum::<usize>();
            text.push_str(&format!(
                "{:<14} {:>6} {doors:>6} {:>8} {kills:>6} {spares:>7} {unknown:>8}\n",
                one.platform.as_str(),
                one.credentials.len(),
                one.actions.len(),
            ));
        }
        text.push_str("\n`doornail platforms NAME` prints one of them in full.\n");
        output.data(text);
        return Ok(0);
    };
    let Some(description) = catalogue.get(&PlatformId::new(name.as_str())) else {
        let known: Vec<&str> = catalogue.names().collect();
        anyhow::bail!("unknown platform `{name}`\n  hint: known: {}", known.join(", "));
    };
    output.data(full(description));
    Ok(0)
}

fn full(description: &Description) -> String {
    let mut text = format!("{} ({})\n", description.title, description.platform);
    if !description.parameters.is_empty() {
        text.push_str("\nParameters of an environment\n");
        for (name, parameter) in &description.parameters {
            let default = match &parameter.default {
                Some(default) => format!(" (default {default})"),
                None => String::new(),
            };
            text.push_str(&format!("  {name}{default}\n{}", wrapped(&parameter.about, 92)));
        }
    }
    text.push_str("\nCredentials and their doors\n");
    for (name, kind) in &description.credentials {
        let owner = match kind.owned_by {
            OwnedBy::Principal => "its principal",
            OwnedBy::Client => "its client or app",
            OwnedBy::Account => "the whole account",
        };
        text.push_str(&format!(
            "  {name}: {}, a {}, belongs to {owner}\n",
            kind.title,
            class(kind.class)
        ));
        for (channel, door) in &kind.probe {
            let proof = match door.proof {
                Proof::Listing => "by listing",
                Proof::Introspection => "by introspection",
                Proof::Use => "by use",
            };
            let about = door.about.as_deref().unwrap_or_default();
            let consumes = if door.consumes { ", the probe rotates it" } else { "" };
            text.push_str(&format!("    door {channel} ({proof}{consumes}) {about}\n"));
        }
        for derivation in &kind.derives {
            text.push_str(&format!(
                "    mints {} through {}\n",
                derivation.kind, derivation.channel
            ));
        }
        match &kind.list.cannot {
            Some(why) => text.push_str(&format!("    cannot be listed: {why}\n")),
            None => text.push_str("    can be listed\n"),
        }
        match &kind.mint.cannot {
            Some(why) => text.push_str(&format!("    no canary can be made: {why}\n")),
            None => text.push_str("    a canary can be made\n"),
        }
        for question in &kind.unknown {
            text.push_str(&format!("    unknown: {question}\n"));
        }
    }
    text.push_str(&matrix(description));
    text.push_str("\nActions\n");
    for (name, action) in &description.actions {
        let scope = match action.scope {
            Scope::Credential => "one credential",
            Scope::Principal => "one principal",
            Scope::Grant => "one grant",
            Scope::Client => "one client",
            Scope::Account => "the whole account",
        };
        let hand = if action.manual { ", by a person" } else { "" };
        text.push_str(&format!("  {name}: {} ({scope}{hand})\n", action.title));
        for (kind, kill) in &action.kills {
            let within = kill.within.map(|span| format!(" within {span}")).unwrap_or_default();
            let back = if kill.reversible { ", comes back on re-activation" } else { "" };
            text.push_str(&format!("    kills {kind}{within}{back}\n"));
        }
        for (kind, spare) in &action.spares {
            let line = format!("spares {kind}: {}. Remedy: {}.", spare.why, spare.remedy);
            text.push_str(&wrapped(&line.replace("..", "."), 92));
        }
    }
    if !description.unknown.is_empty() {
        text.push_str("\nUnknown: questions the vendor leaves open\n");
        for question in &description.unknown {
            text.push_str(&wrapped(&format!("- {question}"), 92));
        }
    }
    text
}

/// Which action does what to which kind.
fn matrix(description: &Description) -> String {
    let kinds: Vec<_> = description.credentials.keys().collect();
    let mut text =
        String::from("\nKills (X), kills until re-activation (x), spares (.), not stated ( )\n");
    let widest = description.actions.keys().map(|name| name.as_str().len()).max().unwrap_or(0);
    for (index, kind) in kinds.iter().enumerate() {
        text.push_str(&format!("  {:widest$} {}+ {kind}\n", "", "| ".repeat(index)));
    }
    for (name, action) in &description.actions {
        text.push_str(&format!("  {:<widest$}", name.as_str()));
        for kind in &kinds {
            let mark = match (action.kills.get(*kind), action.spares.get(*kind)) {
                (Some(kill), _) if kill.reversible => 'x',
                (Some(_), _) => 'X',
                (None, Some(_)) => '.',
                (None, None) => ' ',
            };
            text.push_str(&format!(" {mark}"));
        }
        text.push('\n');
    }
    text
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Token => "token",
        Class::Key => "key",
        Class::Grant => "grant",
        Class::Login => "login",
        Class::Session => "session",
        Class::Outflow => "outflow",
    }
}
