//! Listings: access of the supplier that the inventory does not know.

use std::collections::BTreeSet;

use serde_json::Value as JsonValue;

use super::{Drill, DrillError};
use crate::claim::{Claim, Expectation, Finding, Ruling};
use crate::inventory::Supplier;
use crate::inventory::supplier::Principal;
use crate::journal::event::{Event, Judged, Leftover, Listed, ListingResult};
use crate::platform::matcher::Found;
use crate::platform::schema::{Description, Kind, Listing, Next, Request};
use crate::platform::template::Template;
use crate::probe::Identity;
use crate::probe::wallet::Values;

/// A listing that does not end is no listing.
const MOST_PAGES: usize = 200;

impl Drill {
    /// Demands that no platform that can be listed knows access of the supplier that the inventory lacks.
    ///
    /// # Errors
    /// If no supplier is bound, or the drill was stopped.
    pub async fn demand_nothing_unrecorded(&mut self, step: &str) -> Result<(), DrillError> {
        self.check_stop()?;
        let supplier = self.supplier()?.clone();
        self.claims += 1;
        let claim = Claim {
            id: self.claims,
            text: step.to_owned(),
            expects: Expectation::NothingUnrecorded,
            subjects: Vec::new(),
            none_declared: false,
            made: self.clock.now(),
        };
        self.ledger.record(Event::Claimed(claim.clone()));
        let catalogue = self.shared.catalogue.clone();
        let mut rulings = Vec::new();
        for description in catalogue.iter() {
            let present =
                supplier.principals.iter().any(|item| item.value.platform == description.platform);
            if !present || !self.prober.stage.platforms.contains_key(&description.platform) {
                continue;
            }
            for (name, kind) in &description.credentials {
                let result = self.list(description, kind, name.as_str(), &supplier).await;
                let subject = format!("{} {}", description.platform, kind.title);
                rulings.extend(ruling(&result).map(|ruling| Judged { subject, ruling }));
                self.ledger.record(Event::Listed(Listed {
                    platform: description.platform.clone(),
                    kind: name.clone(),
                    result,
                }));
            }
        }
        if rulings.is_empty() {
            let why = "no platform of this supplier can be listed".to_owned();
            let ruling = Ruling { finding: Finding::EmptyClaim, why };
            rulings.push(Judged { subject: "(nothing)".to_owned(), ruling });
        }
        self.check_stop()?;
        self.ledger.record(Event::Judged { claim: claim.id, rulings });
        Ok(())
    }

    async fn list(
        &self,
        description: &Description,
        kind: &Kind,
        name: &str,
        supplier: &Supplier,
    ) -> ListingResult {
        let Some(request) = &kind.list.request else {
            let why = kind.list.cannot.clone().unwrap_or_default();
            return ListingResult::Impossible { why };
        };
        let here: Vec<&Principal> = supplier
            .principals
            .iter()
            .map(|item| &item.value)
            .filter(|principal| principal.platform == description.platform)
            .collect();
        let rounds: Vec<Values> = if kind.list.per_principal {
            here.iter().map(|principal| of_principal(principal)).collect()
        } else {
            vec![Values::default()]
        };
        let mut items = Vec::new();
        for values in rounds {
            match self.pages(description, &kind.list, request, &values).await {
                Ok(found) => items.extend(found),
                Err(why) => return ListingResult::Incomplete { why },
            }
        }
        let owners = owners(supplier, description, &here);
        let recorded: BTreeSet<&str> = supplier
            .credentials
            .iter()
            .map(|item| &item.value)
            .filter(|credential| {
                credential.platform == description.platform && credential.kind.as_str() == name
            })
            .filter_map(|credential| credential.remote_id.as_deref())
            // A client is recorded as a grant.
            .chain(supplier.grants.iter().filter_map(|item| item.value.remote_id.as_deref()))
            .collect();
        let live: Vec<&JsonValue> = items
            .iter()
            .filter(|item| {
                kind.list.live.iter().all(|(pointer, matcher)| {
                    matcher.test(item.pointer(pointer), &|_| None) == Found::Match
                })
            })
            .collect();
        let mut leftovers = Vec::new();
        for item in &live {
            let Some(owner) = owner_of(item, &kind.list, &owners) else { continue };
            let remote_id = text_at(item, &kind.list.id).unwrap_or_else(|| "(no id)".to_owned());
            if !recorded.contains(remote_id.as_str()) {
                // A platform may take the secret itself for an id.
                let clean = |text: &str| self.prober.wallet.scrubber().scrub(text);
                let (remote_id, owner) = (clean(&remote_id), clean(&owner));
                leftovers.push(Leftover { remote_id, owner });
            }
        }
        ListingResult::Complete { items: live.len(), leftovers }
    }

    /// Follows the pages to the end.
    async fn pages(
        &self,
        description: &Description,
        list: &Listing,
        first: &Request,
        values: &Values,
    ) -> Result<Vec<JsonValue>, String> {
        let mut items = Vec::new();
        let mut request = first.clone();
        let site = self.prober.stage.platforms.get(&description.platform);
        let base = site.and_then(|site| site.parameters.lookup("base_url")).unwrap_or_default();
        for _ in 0..MOST_PAGES {
            self.budgets.wait_for(&description.platform, description.polite.budget).await;
            let end = self
                .prober
                .administrate(
                    description,
                    Identity::Observe,
                    std::slice::from_ref(&request),
                    values,
                )
                .await;
            let answer = end.answer.map_err(|doubt| doubt.reason.to_string())?;
            let body = answer.json().filter(|_| end.complete);
            let Some(body) = body else { return Err(format!("answered {}", answer.status)) };
            match body.pointer(&list.items) {
                Some(JsonValue::Array(found)) => items.extend(found.iter().cloned()),
                Some(_) | None => return Err(format!("no list at {:?}", list.items)),
            }
            let next = match &list.next {
                None => None,
                Some(Next::Link) => answer.header_text("link").and_then(|link| next_link(&link)),
                Some(Next::Url(pointer)) => text_at(body, pointer),
                Some(Next::Cursor { at, query }) => match text_at(body, at) {
                    Some(cursor) if !cursor.is_empty() => {
                        request = first.clone();
                        let literal = literal(&cursor).ok_or("a cursor with braces")?;
                        request.query.insert(query.clone(), literal);
                        continue;
                    }
                    Some(_) | None => None,
                },
            };
            let Some(next) = next else { return Ok(items) };
            // The next page is asked for where the first one was, and nowhere else.
            let Some(path) = next.strip_prefix(&*base) else {
                if next.starts_with('/') {
                    request = page(first, &next).ok_or("a page address with braces")?;
                    continue;
                }
                return Err("the next page is on another host".to_owned());
            };
            request = page(first, path).ok_or("a page address with braces")?;
        }
        Err(format!("more than {MOST_PAGES} pages"))
    }
}

fn page(first: &Request, path: &str) -> Option<Request> {
    let address = literal(path)?;
    let mut request = first.clone();
    request.query.clear();
    match (&mut request.get, &mut request.post) {
        (Some(get), _) => *get = address,
        (None, Some(post)) => *post = address,
        (None, None) => return None,
    }
    Some(request)
}

fn literal(text: &str) -> Option<Template> {
    text.parse::<Template>().ok().filter(Template::is_literal)
}

/// The address with `rel="next"` of a `Link` header (RFC 8288).
fn next_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.split_once(';')?;
        let is_next = parameters.split(';').any(|parameter| {
            let parameter = parameter.trim().replace('"', "");
            parameter.eq_ignore_ascii_case("rel=next")
        });
        let address = address.trim().strip_prefix('<')?.strip_suffix('>')?;
        is_next.then(|| address.to_owned())
    })
}

fn of_principal(principal: &Principal) -> Values {
    let mut values = Values::default();
    values.set("principal.login", &*principal.login);
    if let Some(remote_id) = &principal.remote_id {
        values.set("principal.id", &**remote_id);
    }
    values
}

/// Everything that names the supplier at a platform.
fn owners(supplier: &Supplier, description: &Description, here: &[&Principal]) -> BTreeSet<String> {
    let principals = here
        .iter()
        .flat_map(|principal| [Some(principal.login.clone()), principal.remote_id.clone()]);
    let grants = supplier
        .grants
        .iter()
        .map(|item| &item.value)
        .filter(|grant| grant.platform == description.platform)
        .flat_map(|grant| [Some(grant.client_id.clone()), grant.remote_id.clone()]);
    principals.chain(grants).flatten().collect()
}

fn owner_of(item: &JsonValue, list: &Listing, owners: &BTreeSet<String>) -> Option<String> {
    list.owner
        .iter()
        .filter_map(|pointer| text_at(item, pointer))
        .find(|owner| owners.contains(owner))
}

fn text_at(value: &JsonValue, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        JsonValue::String(text) => Some(text.clone()),
        JsonValue::Number(number) => Some(number.to_string()),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Array(_) | JsonValue::Object(_) => None,
    }
}

/// What cannot be listed is no pass and no failure: the report says so.
fn ruling(result: &ListingResult) -> Option<Ruling> {
    match result {
        ListingResult::Impossible { .. } => None,
        ListingResult::Incomplete { why } => {
            Some(Ruling { finding: Finding::NotListed, why: why.clone() })
        }
        ListingResult::Complete { items, leftovers } if leftovers.is_empty() => Some(Ruling {
            finding: Finding::Holds,
            why: format!("listed to the end: {items} live, none of them unrecorded"),
        }),
        ListingResult::Complete { leftovers, .. } => {
            let named: Vec<String> = leftovers
                .iter()
                .map(|leftover| format!("{} of {}", leftover.remote_id, leftover.owner))
                .collect();
            Some(Ruling {
                finding: Finding::Leftover,
                why: format!("not in the inventory: {}", named.join(", ")),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_several_links() {
        let header = r#"<https://x/a?after=1>; rel="self", <https://x/a?after=2>; rel="next""#;
        assert_eq!(next_link(header).unwrap(), "https://x/a?after=2");
        assert!(next_link(r#"<https://x/a>; rel="self""#).is_none());
    }

    #[test]
    fn a_leftover_is_a_finding_and_what_cannot_be_listed_is_no_pass() {
        let complete = |leftovers| ListingResult::Complete { items: 3, leftovers };
        assert_eq!(ruling(&complete(vec![])).unwrap().finding, Finding::Holds);
        let leftover = Leftover { remote_id: "9".into(), owner: "maya".into() };
        assert_eq!(ruling(&complete(vec![leftover])).unwrap().finding, Finding::Leftover);
        let impossible = ListingResult::Impossible { why: "no endpoint".into() };
        assert!(ruling(&impossible).is_none());
        let torn = ListingResult::Incomplete { why: "429".into() };
        assert_eq!(ruling(&torn).unwrap().finding, Finding::NotListed);
    }
}
