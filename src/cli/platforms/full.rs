//! One platform in full, for a terminal.

use doornail::drill::canary::Way;
use doornail::platform::schema::{
    Action, Audit, Channel, Description, Kind, OwnedBy, Proof, Request, Scope,
};

use super::super::steps::indented;
use super::{class, mark, unlisted};

/// Where a line breaks, without its indentation.
const WIDTH: usize = 92;

pub(super) fn full(description: &Description) -> String {
    let mut text = format!("{} ({})\n", description.title, description.platform);
    if !description.parameters.is_empty() {
        text.push_str("\nParameters of an environment\n");
        for (name, parameter) in &description.parameters {
            let default = match &parameter.default {
                Some(default) => format!(" (default {default})"),
                None => String::new(),
            };
            text.push_str(&format!("  {name}{default}\n"));
            text.push_str(&indented(&parameter.about, WIDTH, "    "));
        }
    }
    text.push_str("\nCredentials and their doors\n");
    for (name, one) in &description.credentials {
        let owner = match one.owned_by {
            OwnedBy::Principal => "its principal",
            OwnedBy::Client => "its client or app",
            OwnedBy::Account => "the whole account",
        };
        let class = class(one.class);
        let head = format!("{name}: {}, a {class}, belongs to {owner}", one.title);
        text.push_str(&hanging(&head, "  "));
        kind(&mut text, description, one);
    }
    matrix(&mut text, description);
    text.push_str("\nActions\n");
    for (name, one) in &description.actions {
        let scope = match one.scope {
            Scope::Credential => "one credential",
            Scope::Principal => "one principal",
            Scope::Grant => "one grant",
            Scope::Client => "one client",
            Scope::Account => "the whole account",
        };
        let hand = if one.manual { ", by a person" } else { "" };
        let head = format!("{name}: {} ({scope}{hand})", one.title);
        text.push_str(&hanging(&head, "  "));
        action(&mut text, one);
    }
    text.push_str("\nAudit log\n");
    text.push_str(&hanging(&audit(description), "  "));
    if !description.unknown.is_empty() {
        text.push_str("\nUnknown: questions the vendor leaves open\n");
        for question in &description.unknown {
            text.push_str(&hanging(&format!("- {question}"), "  "));
        }
    }
    text
}

/// Text broken at words, further lines indented further.
fn hanging(text: &str, indent: &str) -> String {
    let all = indented(text, WIDTH, indent);
    let mut lines = all.lines();
    let mut broken = String::new();
    if let Some(first) = lines.next() {
        broken.push_str(&format!("{first}\n"));
    }
    for line in lines {
        broken.push_str(&format!("  {line}\n"));
    }
    broken
}

fn kind(text: &mut String, description: &Description, kind: &Kind) {
    let mut say = |line: &str| text.push_str(&hanging(line, "    "));
    for (name, channel) in &kind.probe {
        door(name.as_str(), channel, &mut say);
    }
    for derivation in &kind.derives {
        say(&format!("mints {} through {}", derivation.kind, derivation.channel));
    }
    match unlisted(kind) {
        Some(why) => say(&format!("cannot be listed here: {why}")),
        None => say("can be listed"),
    }
    match Way::of(description, kind).map(|way| way.seats(kind)) {
        Err(why) => say(&format!("no canary can be made: {why}")),
        Ok(0) => say("a canary can be made"),
        Ok(seats) => say(&format!("a canary can be made, paid seats it takes: {seats}")),
    }
    for question in &kind.unknown {
        say(&format!("unknown: {question}"));
    }
}

fn door(name: &str, channel: &Channel, say: &mut impl FnMut(&str)) {
    let proof = match channel.proof {
        Proof::Listing => "by listing",
        Proof::Introspection => "by introspection",
        Proof::Use => "by use",
    };
    let about = channel.about.as_deref().unwrap_or_default();
    let consumes = if channel.consumes { ", the probe rotates it" } else { "" };
    say(format!("door {name} ({proof}{consumes}) {about}").trim_end());
    if let Some(why) = &channel.no_dead {
        say(&format!("  {name}: death cannot be proven: {why}"));
    }
    if let Some(why) = &channel.no_bogus {
        say(&format!("  {name}: no fake can be tried: {why}"));
    }
    if let Some(lockout) = channel.lockout {
        let (most, per) = (lockout.refusals, lockout.per);
        say(&format!(
            "  {name}: could lock out: at most {most} refusals in {per}, and no fake is tried"
        ));
        if let Some(cap) = lockout.address {
            let (most, per) = (cap.refusals, cap.per);
            say(&format!("  {name}: of all accounts together at most {most} refusals in {per}"));
        }
    }
    if channel.corroborate.is_some() {
        say(&format!("  {name}: a refusal counts once an administrator's read-back confirms it"));
    }
}

fn action(text: &mut String, action: &Action) {
    for (kind, kill) in &action.kills {
        let within = kill.within.map(|span| format!(" within {span}")).unwrap_or_default();
        let back = if kill.reversible { ", comes back on re-activation" } else { "" };
        text.push_str(&format!("    kills {kind}{within}{back}\n"));
    }
    for (kind, spare) in &action.spares {
        let line = format!("spares {kind}: {}. Remedy: {}.", spare.why, spare.remedy);
        text.push_str(&hanging(&line.replace("..", "."), "    "));
    }
}

/// Where the platform itself writes down who did what.
fn audit(description: &Description) -> String {
    let Some(audit) = &description.audit else {
        return "none is described: what died before its time has no name to it".to_owned();
    };
    if let Some(why) = &audit.cannot {
        return format!("cannot be read: {why}");
    }
    let Audit { request, at, actor, what, about, source, .. } = audit;
    let request = request.as_ref().map(line).unwrap_or_default();
    let about = about.join(", ");
    let source = source.as_deref().map(|source| description.address_of(source));
    let source = source.map(|source| format!(", see {source}")).unwrap_or_default();
    format!("{request}: when {at}, who {actor}, did what {what}, to what {about}{source}")
}

/// A request's method and path.
fn line(request: &Request) -> String {
    let Request { get, post, put, patch, delete, .. } = request;
    [("GET", get), ("POST", post), ("PUT", put), ("PATCH", patch), ("DELETE", delete)]
        .into_iter()
        .find_map(|(method, path)| Some(format!("{method} {}", path.as_ref()?)))
        .unwrap_or_default()
}

/// Which action does what to which kind.
fn matrix(text: &mut String, description: &Description) {
    text.push_str("\nKills (X), kills until re-activation (x), spares (.), not stated ( )\n");
    let widest = description.actions.keys().map(|name| name.as_str().len()).max().unwrap_or(0);
    for (index, kind) in description.credentials.keys().enumerate() {
        text.push_str(&format!("  {:widest$} {}+ {kind}\n", "", "| ".repeat(index)));
    }
    for name in description.actions.keys() {
        let mut row = format!("  {:<widest$}", name.as_str());
        for kind in description.credentials.keys() {
            row.push_str(&format!(" {}", mark(description, name, kind).unwrap_or(' ')));
        }
        text.push_str(&format!("{}\n", row.trim_end()));
    }
}
