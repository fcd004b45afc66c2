//! All platforms as one page of Markdown: `docs/platforms.md` is this, word for word.

use doornail::platform::Catalogue;
use doornail::platform::schema::Description;
use doornail::report::markdown_text;

use super::{Figures, class, mark, unlisted};

const HEAD: &str = "\
# Platforms

<!-- Made by `doornail platforms --markdown`. Do not edit: change the descriptions, then make it anew. -->

What doornail knows of each platform: the kinds of credentials it hands out, the doors each of them opens, and \
what each action there kills and spares. Every mark below is a statement of the description with its source; a test \
asks for a scenario of `features/platforms/` that plays it, wherever an end can be shown at all; the directories and databases \
of `ldap` and `postgres` are tried on real servers instead. `doornail platforms NAME` prints one of them in full: why something is \
spared, what does end it, and what the vendor leaves open.

*Confirmed* counts rules, samples, kills and spares that say where they are documented; *unknown* counts questions the \
vendor's documentation leaves open.

";

const LEGEND: &str = "\
In the tables of the platforms, **X** kills, **x** kills until re-activation, **.** spares, and nothing means that \
the vendor says nothing of it.
";

pub(super) fn page(catalogue: &Catalogue) -> String {
    let mut text = HEAD.to_owned();
    text.push_str(&format!("| {} |\n", Figures::HEADS.join(" | ")));
    text.push_str(&format!("|---|{}\n", "--:|".repeat(Figures::HEADS.len() - 1)));
    let mut sums = [0; 7];
    for one in catalogue.iter() {
        let figures = Figures::of(one);
        let Figures { kinds, doors, actions, kills, spares, confirmed, unknown, name: _ } = figures;
        let numbers = [kinds, doors, actions, kills, spares, confirmed, unknown];
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
        let [name, cells @ ..] = figures.cells();
        text.push_str(&format!("| [{name}](#{name}) | {} |\n", cells.join(" | ")));
    }
    let sums = sums.map(|sum| format!("**{sum}**"));
    text.push_str(&format!("| **all {}** | {} |\n\n", catalogue.iter().count(), sums.join(" | ")));
    text.push_str(LEGEND);
    for one in catalogue.iter() {
        section(&mut text, one);
    }
    text
}

fn section(text: &mut String, one: &Description) {
    let title = markdown_text(&one.title);
    text.push_str(&format!("\n## {}\n\n{title}\n\n", one.platform));
    text.push_str("| kind | what it is | class | doors |\n|---|---|---|--:|\n");
    for (name, kind) in &one.credentials {
        let title = markdown_text(&kind.title);
        let (class, doors) = (class(kind.class), kind.probe.len());
        text.push_str(&format!("| `{name}` | {title} | {class} | {doors} |\n"));
    }
    if !one.actions.is_empty() {
        let kinds: Vec<String> = one.credentials.keys().map(|kind| format!("`{kind}`")).collect();
        text.push_str(&format!("\n| action | {} |\n", kinds.join(" | ")));
        text.push_str(&format!("|---|{}\n", ":-:|".repeat(kinds.len())));
        for name in one.actions.keys() {
            text.push_str(&format!("| `{name}` |"));
            for kind in one.credentials.keys() {
                match mark(one, name, kind) {
                    Some(mark) => text.push_str(&format!(" {mark} |")),
                    None => text.push_str("  |"),
                }
            }
            text.push('\n');
        }
    }
    let unlisted: Vec<(&str, &str)> = one
        .credentials
        .iter()
        .filter_map(|(name, kind)| Some((name.as_str(), unlisted(kind)?)))
        .collect();
    text.push('\n');
    if unlisted.is_empty() {
        text.push_str("A listing shows every kind.\n");
    } else {
        text.push_str("What no listing shows, so that an unrecorded one stays unseen:\n\n");
        for (why, names) in by_reason(unlisted.into_iter()) {
            text.push_str(&format!("- {names}: {}\n", markdown_text(why)));
        }
    }
    let undying = one
        .credentials
        .iter()
        .flat_map(|(name, kind)| kind.probe.values().map(move |channel| (name, channel)))
        .filter_map(|(name, channel)| Some((name.as_str(), channel.no_dead.as_deref()?)));
    let undying = by_reason(undying);
    if !undying.is_empty() {
        text.push_str("\nWhose death cannot be proven by use:\n\n");
        for (why, names) in undying {
            text.push_str(&format!("- {names}: {}\n", markdown_text(why)));
        }
    }
}

/// Reasons in order, each with the names it holds for.
fn by_reason<'d>(all: impl Iterator<Item = (&'d str, &'d str)>) -> Vec<(&'d str, String)> {
    let mut reasons: Vec<(&str, String)> = Vec::new();
    for (name, why) in all {
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push_str(&format!(", `{name}`")),
            None => reasons.push((why, format!("`{name}`"))),
        }
    }
    reasons
}
