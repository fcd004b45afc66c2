//! An XML answer read like JSON, so that the same rules fit both.
//!
//! Element names are keys, without their namespaces; repeated elements are a list; an element without
//! children is its text; attributes are `@name`. The root element is the one key of the whole.

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};

/// Nothing a platform documents is nested as deep.
const DEEPEST: usize = 64;

/// Reads XML; entities other than the five predefined ones are refused with the DTD that would define
/// them.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 100_000, ..Default::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let mut whole = Map::new();
    whole.insert(root.tag_name().name().to_owned(), value(root, 0)?);
    Ok(Value::Object(whole))
}

fn value(element: Node<'_, '_>, depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err(format!("XML nested deeper than {DEEPEST}"));
    }
    let mut fields = Map::new();
    for attribute in element.attributes() {
        fields.insert(format!("@{}", attribute.name()), attribute.value().into());
    }
    let mut text = String::new();
    for child in element.children() {
        if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
        if !child.is_element() {
            continue;
        }
        let found = value(child, depth + 1)?;
        match fields.get_mut(child.tag_name().name()) {
            None => {
                fields.insert(child.tag_name().name().to_owned(), found);
            }
            // A list in a list cannot come from XML, so a list here is one of repeated elements.
            Some(Value::Array(several)) => several.push(found),
            Some(first) => *first = Value::Array(vec![first.take(), found]),
        }
    }
    let text = text.trim();
    if fields.is_empty() {
        return Ok(text.into());
    }
    if !text.is_empty() {
        fields.insert("#text".to_owned(), text.into());
    }
    Ok(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, pointer: &str) -> Option<Value> {
        read(text).unwrap().pointer(pointer).cloned()
    }

    #[test]
    fn elements_are_keys_and_repeated_ones_a_list() {
        let text = "<?xml version='1.0'?><r xmlns='urn:x'><a>1</a><b><c> x </c></b><a>2</a></r>";
        assert_eq!(at(text, "/r/a/1").unwrap(), "2");
        assert_eq!(at(text, "/r/b/c").unwrap(), "x");
        assert_eq!(at("<r><a k='v'>t</a></r>", "/r/a/@k").unwrap(), "v");
        assert_eq!(at("<r><a k='v'>t</a></r>", "/r/a/#text").unwrap(), "t");
        assert_eq!(at("<r/>", "/r").unwrap(), "");
    }

    #[test]
    fn what_could_hide_something_is_not_read() {
        assert!(read("<!DOCTYPE r [<!ENTITY e 'x'>]><r>&e;</r>").is_err());
        assert!(read("<r><a>").is_err());
        assert!(read(&format!("{}{}", "<a>".repeat(200), "</a>".repeat(200))).is_err());
    }
}
