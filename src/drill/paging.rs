//! Pages of a listing, followed to the end.

use serde_json::Value as JsonValue;

use super::Drill;
use crate::platform::answer::Body;
use crate::platform::rules::{Outcome, matches};
use crate::platform::schema::{Description, Listing, Never, Next, Request, Rule};
use crate::platform::template::Template;
use crate::probe::Identity;
use crate::probe::wallet::Values;

/// A listing that does not end is no listing.
const MOST_PAGES: usize = 200;

/// What is listed, page by page.
#[derive(Clone, Copy)]
pub(super) struct Pages<'p> {
    /// The first page.
    pub(super) first: &'p Request,
    /// Pointer to the list of items.
    pub(super) items: &'p str,
    /// Answers that mean there is nothing.
    pub(super) none: &'p [Rule<Never>],
    /// How to get the next page.
    pub(super) next: Option<&'p Next>,
}

impl<'p> Pages<'p> {
    /// Those of a listing, if it can be asked for.
    pub(super) fn of(listing: &'p Listing) -> Option<Self> {
        let first = listing.request.as_ref()?;
        let next = listing.next.as_ref();
        Some(Self { first, items: &listing.items, none: &listing.none, next })
    }
}

impl Drill {
    /// Follows the pages to the end.
    pub(super) async fn pages(
        &self,
        identity: Identity,
        description: &Description,
        Pages { first, items: items_at, none, next }: Pages<'_>,
        values: &Values,
    ) -> Result<Vec<JsonValue>, String> {
        let mut items = Vec::new();
        let mut page_number = 0;
        let mut request = match next {
            Some(Next::Page { query, from } | Next::Offset { query, from }) => {
                numbered(first, query, u64::from(*from))
            }
            Some(Next::Link | Next::Url(_) | Next::Cursor { .. }) | None => first.clone(),
        };
        let site = self.prober.stage.platforms.get(&description.platform);
        let base = site.and_then(|site| site.parameters.lookup("base_url")).unwrap_or_default();
        for _ in 0..MOST_PAGES {
            self.budgets.wait_for(&description.platform, description.polite.budget).await;
            let end = self
                .prober
                .administrate(description, identity, std::slice::from_ref(&request), values)
                .await;
            let answer = end.answer.map_err(|doubt| doubt.reason.to_string())?;
            let is_none =
                |rule| matches(rule, &answer, &|name| values.lookup(name)) == Outcome::Match;
            if none.iter().any(is_none) {
                return Ok(items);
            }
            let body = answer.tree().filter(|_| end.complete);
            let Some(body) = body else { return Err(format!("answered {}", answer.status)) };
            let before = items.len();
            match list_at(body, items_at, matches!(answer.body, Body::Xml(_))) {
                Some(found) => items.extend(found.iter().cloned()),
                None => return Err(format!("no list at {items_at:?}")),
            }
            let next = match next {
                None => None,
                Some(Next::Link) => answer.header_text("link").and_then(|link| next_link(&link)),
                Some(Next::Url(pointer)) => text_at(body, pointer),
                Some(Next::Page { query, from }) => {
                    if items.len() == before {
                        return Ok(items);
                    }
                    page_number += 1;
                    request = numbered(first, query, u64::from(*from) + page_number);
                    continue;
                }
                Some(Next::Offset { query, from }) => {
                    if items.len() == before {
                        return Ok(items);
                    }
                    request = numbered(first, query, u64::from(*from) + items.len() as u64);
                    continue;
                }
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

/// A list. XML writes a list of one as the one, and an empty list as an empty element, with or without
/// the name its items would have; elsewhere neither is a list.
fn list_at<'b>(body: &'b JsonValue, pointer: &str, is_xml: bool) -> Option<&'b [JsonValue]> {
    let around = pointer.rsplit_once('/').and_then(|(around, _)| body.pointer(around));
    let is_empty = |found: &JsonValue| found.as_str() == Some("");
    match body.pointer(pointer) {
        Some(JsonValue::Array(several)) => Some(several),
        Some(one @ JsonValue::Object(_)) if is_xml => Some(std::slice::from_ref(one)),
        Some(found) if is_xml && is_empty(found) => Some(&[]),
        None if is_xml && around.is_some_and(is_empty) => Some(&[]),
        Some(_) | None => None,
    }
}

fn numbered(first: &Request, query: &str, number: u64) -> Request {
    let mut request = first.clone();
    if let Some(number) = literal(&number.to_string()) {
        request.query.insert(query.to_owned(), number);
    }
    request
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

pub(super) fn text_at(value: &JsonValue, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        JsonValue::String(text) => Some(text.clone()),
        JsonValue::Number(number) => Some(number.to_string()),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Array(_) | JsonValue::Object(_) => None,
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
    fn a_list_of_one_and_an_empty_list_of_xml_are_lists() {
        let count = |value: JsonValue| list_at(&value, "", true).map(<[_]>::len);
        assert_eq!(count(serde_json::json!([1, 2])), Some(2));
        assert_eq!(count(serde_json::json!({"a": 1})), Some(1));
        assert_eq!(count("".into()), Some(0));
        for other in [serde_json::json!("x"), 7.into(), true.into(), JsonValue::Null] {
            assert_eq!(count(other), None);
        }
        let count = |value: JsonValue| list_at(&value, "/a/member", true).map(<[_]>::len);
        assert_eq!(count(serde_json::json!({"a": ""})), Some(0));
        assert_eq!(count(serde_json::json!({"a": {"member": {"id": 1}}})), Some(1));
        assert_eq!(count(serde_json::json!({"a": {}})), None);
        assert_eq!(count(serde_json::json!({"b": ""})), None);
    }

    #[test]
    fn an_object_where_a_list_was_due_is_no_empty_listing() {
        for body in [serde_json::json!({"ok": true}), "".into(), serde_json::json!({"a": ""})] {
            assert_eq!(list_at(&body, "", false), None, "{body}");
            assert_eq!(list_at(&body, "/a/member", false), None, "{body}");
        }
    }
}
