//! `doornail platforms`: what is known of each platform, from its description.

use std::path::Path;

use doornail::id::{ActionId, KindId, PlatformId};
use doornail::platform::schema::{Channel, Class, Corroborate, Description, Kind, Reach};

use super::load;
use super::options::PlatformsOptions;
use super::output::Output;

mod full;
mod page;

pub(crate) fn platforms(
    options: &PlatformsOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let project = load::project(root)?;
    let catalogue = &project.catalogue;
    if options.markdown {
        output.data(page::page(catalogue));
        return Ok(0);
    }
    let Some(name) = &options.name else {
        let mut text = String::new();
        let all: Vec<[String; 8]> = catalogue.iter().map(|one| Figures::of(one).cells()).collect();
        let heads = Figures::HEADS.map(str::to_owned);
        let widest = all.iter().map(|row| row[0].len()).max().unwrap_or(0);
        for row in std::iter::once(&heads).chain(&all) {
            text.push_str(&format!("{:<widest$}", row[0]));
            for (head, cell) in heads.iter().zip(row).skip(1) {
                text.push_str(&format!("  {cell:>width$}", width = head.len()));
            }
            text.push('\n');
        }
        text.push_str("\n`doornail platforms NAME` prints one of them in full.\n");
        output.data(text);
        return Ok(0);
    };
    let Some(description) = catalogue.get(&PlatformId::new(name.as_str())) else {
        let known: Vec<&str> = catalogue.names().collect();
        anyhow::bail!("unknown platform `{name}`\n  hint: known: {}", known.join(", "));
    };
    output.data(full::full(description));
    Ok(0)
}

/// How much is known of a platform.
struct Figures<'d> {
    name: &'d str,
    kinds: usize,
    doors: usize,
    actions: usize,
    kills: usize,
    spares: usize,
    /// Rules, samples, kills and spares that say where they are documented.
    confirmed: usize,
    /// Questions the vendor leaves open.
    unknown: usize,
}

impl<'d> Figures<'d> {
    const HEADS: [&'static str; 8] =
        ["platform", "kinds", "doors", "actions", "kills", "spares", "confirmed", "unknown"];

    fn of(one: &'d Description) -> Self {
        let doors = || one.credentials.values().flat_map(|kind| kind.probe.values());
        let kills = || one.actions.values().flat_map(|action| action.kills.values());
        let spares = || one.actions.values().flat_map(|action| action.spares.values());
        let effects = kills().map(|kill| &kill.source).chain(spares().map(|spare| &spare.source));
        let effects = effects.filter(|source| !source.trim().is_empty()).count();
        let questions: usize = one.credentials.values().map(|kind| kind.unknown.len()).sum();
        Self {
            name: one.platform.as_str(),
            kinds: one.credentials.len(),
            doors: doors().count(),
            actions: one.actions.len(),
            kills: kills().count(),
            spares: spares().count(),
            confirmed: doors().map(confirmed).sum::<usize>() + effects,
            unknown: one.unknown.len() + questions,
        }
    }

    fn cells(&self) -> [String; 8] {
        let Self { name, kinds, doors, actions, kills, spares, confirmed, unknown } = self;
        let [kinds, doors, actions, kills, spares, confirmed, unknown] =
            [kinds, doors, actions, kills, spares, confirmed, unknown].map(ToString::to_string);
        [(*name).to_owned(), kinds, doors, actions, kills, spares, confirmed, unknown]
    }
}

/// Rules and samples of one door that say where they are documented.
fn confirmed(channel: &Channel) -> usize {
    let Channel { alive, dead, not_permitted, inconclusive, reach, corroborate, samples, .. } =
        channel;
    let mut sources: Vec<Option<&String>> = Vec::new();
    sources.extend(alive.iter().map(|rule| rule.value.source.as_ref()));
    sources.extend(dead.iter().map(|rule| rule.value.source.as_ref()));
    sources.extend(not_permitted.iter().map(|rule| rule.value.source.as_ref()));
    sources.extend(inconclusive.iter().map(|rule| rule.value.source.as_ref()));
    for Reach { allowed, refused, .. } in reach {
        sources.extend(allowed.iter().chain(refused).map(|rule| rule.value.source.as_ref()));
    }
    if let Some(Corroborate { dead, inconclusive, .. }) = corroborate {
        sources.extend(dead.iter().map(|rule| rule.value.source.as_ref()));
        sources.extend(inconclusive.iter().map(|rule| rule.value.source.as_ref()));
    }
    sources.extend(samples.iter().map(|sample| Some(&sample.value.source)));
    sources.into_iter().flatten().filter(|source| !source.trim().is_empty()).count()
}

/// What an action does to a kind.
fn mark(description: &Description, action: &ActionId, kind: &KindId) -> Option<char> {
    let action = &description.actions[action];
    match (action.kills.get(kind), action.spares.get(kind)) {
        (Some(kill), _) if kill.reversible => Some('x'),
        (Some(_), _) => Some('X'),
        (None, Some(_)) => Some('.'),
        (None, None) => None,
    }
}

/// Why no listing shows a kind; none if one does.
fn unlisted(kind: &Kind) -> Option<&str> {
    kind.list.cannot.as_deref().or(kind.list.request.is_none().then_some("no listing is described"))
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
