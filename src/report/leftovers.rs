//! Leftovers as an inventory takes them in: YAML to paste below `credentials:`.
//!
//! All quoting is the serializer's. What was made inert on the way stays so: an id that would act is
//! pasted as it is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::summary::{LeftoverSummary, ListingState, ListingSummary, Scenario};
use crate::journal::event::NO_ID;

/// Said above what can be pasted.
pub(super) const HEAD: &str = "Ready to be pasted under `credentials:` of the supplier's file:";

/// Said above what no listing shows.
pub(super) const UNLISTED: &str = "Not looked at, which is not a pass:";

/// One credential as a supplier's file has it.
#[derive(Serialize)]
struct Found<'s> {
    id: String,
    platform: &'s str,
    kind: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_id: Option<&'s str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    with: BTreeMap<&'s str, &'s str>,
    /// Whoever has its secret, it is not known to be us; and "nobody" would be a claim.
    held_by: &'static str,
}

/// What a scenario found beyond the inventory, indented as an item of it; none if there is nothing.
pub(super) fn block(scenario: &Scenario) -> Result<Option<String>, fmt::Error> {
    let mut seen = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let mut text = String::new();
    for listing in &scenario.listings {
        for left in &listing.leftovers {
            // A scenario may list twice.
            if seen.insert((&listing.platform, &listing.kind, &left.id, &left.owner)) {
                item(&mut text, scenario, listing, left, &mut ids)?;
            }
        }
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn item(
    text: &mut String,
    scenario: &Scenario,
    listing: &ListingSummary,
    left: &LeftoverSummary,
    ids: &mut BTreeSet<String>,
) -> fmt::Result {
    let has_id = left.id.as_str() != NO_ID;
    let shown = if has_id { left.id.as_str() } else { "without-id" };
    let found = Found {
        id: id(&["found", listing.platform.as_str(), listing.kind.as_str(), shown], ids),
        platform: listing.platform.as_str(),
        kind: listing.kind.as_str(),
        principal: left.principal.as_ref().map(|name| name.as_str()),
        grant: left.grant.as_ref().map(|name| name.as_str()),
        remote_id: has_id.then_some(left.id.as_str()),
        with: listing.needs.iter().map(|name| (name.as_str(), "unknown")).collect(),
        held_by: "supplier",
    };
    let mut say = |line: &str| text.push_str(&format!("  {}\n", line.trim_end()));
    let date = scenario.began.map(|began| began.strftime("%Y-%m-%d").to_string());
    let date = date.map(|date| format!(" on {date}")).unwrap_or_default();
    say(&format!(
        "# Found{date} by run {}, absent from this inventory. Who holds it?",
        scenario.run
    ));
    if !has_id {
        say("# The platform gives it no id: it will be found again until it is gone.");
    }
    // One line a value: no text from outside begins a line of its own.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let yaml = serde_saphyr::to_string_with_options(&[&found], options).map_err(|_| fmt::Error)?;
    for line in yaml.lines() {
        say(line);
    }
    let variable = found.id.to_uppercase().replace('-', "_");
    say("  # If it is us: `held_by: us`, an `authorization:`, and");
    say("  # secret:");
    for field in &listing.secret {
        let name = words(field.as_str()).to_uppercase().replace('-', "_");
        say(&format!("  #   {field}: env:{variable}_{name}"));
    }
    Ok(())
}

/// Letters and digits of a text, other characters as single dashes.
fn words(text: &str) -> String {
    let small = text.chars().map(|c| c.to_ascii_lowercase());
    let text: String = small.map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    text.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// An id that no other item of the block has.
fn id(parts: &[&str], ids: &mut BTreeSet<String>) -> String {
    let part = |part: &&str| words(part).chars().take(40).collect::<String>();
    let parts: Vec<String> = parts.iter().map(part).filter(|part| !part.is_empty()).collect();
    let id = parts.join("-");
    let numbers = (2_usize..).map(|number| format!("{id}-{number}"));
    let mut candidates = std::iter::once(id.clone()).chain(numbers);
    let free = candidates.find(|candidate| !ids.contains(candidate)).unwrap_or(id);
    ids.insert(free.clone());
    free
}

/// What no listing shows, each once: platform, kind, and why.
pub(super) fn unlisted(scenario: &Scenario) -> Vec<&ListingSummary> {
    let mut seen = BTreeSet::new();
    scenario
        .listings
        .iter()
        .filter(|listing| listing.result == ListingState::Impossible)
        .filter(|listing| seen.insert((&listing.platform, &listing.kind)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_and_differ() {
        let mut ids = BTreeSet::new();
        assert_eq!(
            id(&["found", "zendesk", "api_token", "Tok 1"], &mut ids),
            "found-zendesk-api-token-tok-1"
        );
        assert_eq!(
            id(&["found", "zendesk", "api_token", "tok-1"], &mut ids),
            "found-zendesk-api-token-tok-1-2"
        );
        assert_eq!(id(&["found", "z", "k", "\": &x\n- ✓"], &mut ids), "found-z-k-x");
    }
}
