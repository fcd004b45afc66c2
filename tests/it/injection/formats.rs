//! Each format of the hostile run, read back by a parser: nothing from outside has become structure, and
//! everything is still there to be read.

use std::collections::BTreeSet;

use comrak::nodes::NodeValue;
use doornail::report::inert::Inert;
use html5gum::{DefaultEmitter, Token, Tokenizer};
use serde_json::Value;

use super::payloads::{PAYLOADS, acts, demand_quiet, mark, marked};
use super::project::HOSTILE;
use super::twin::TWINS;

/// A format's two texts: of the hostile record and of its harmless twin.
fn both(format: &str) -> [String; 2] {
    let twins = &*TWINS;
    assert!(twins.replaced > 200, "only {} texts were replaced", twins.replaced);
    ["hostile", "harmless"].map(|which| twins.printed(which, format))
}

/// Every payload must be readable in these texts, in its inert form: by itself, or within another text.
fn demand_readable<'t>(texts: impl IntoIterator<Item = &'t str>) {
    let blanks = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let all = blanks(&texts.into_iter().collect::<Vec<_>>().join("\n"));
    for number in 0..PAYLOADS.len() {
        assert!(all.contains(&mark(number)), "payload {number} is nowhere");
        let alone = blanks(Inert::new(marked(number)).as_str());
        let within = Inert::new(format!("x {}", marked(number)));
        let within = blanks(within.as_str().strip_prefix("x ").unwrap());
        let is_there = all.contains(&alone) || all.contains(&within);
        assert!(is_there, "payload {number} is not as it was: {alone}");
    }
}

fn first_difference(hostile: &[String], harmless: &[String]) {
    let at = hostile.iter().zip(harmless).position(|(one, other)| one != other);
    let at = at.unwrap_or(hostile.len().min(harmless.len()));
    let around = |all: &[String]| all[at.saturating_sub(4)..all.len().min(at + 4)].join("\n  ");
    assert!(
        hostile == harmless,
        "at {at} of {} and {}:\n  {}\n--- without payloads:\n  {}",
        hostile.len(),
        harmless.len(),
        around(hostile),
        around(harmless)
    );
}

/// What a browser's tokenizer makes of a page: tags with their attributes, and all text.
fn html(page: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let (mut tags, mut texts, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    let mut cell: Option<String> = None;
    for token in Tokenizer::new_with_emitter(page, emitter) {
        match token.unwrap() {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                if name == "td" || name == "th" {
                    cell = Some(String::new());
                } else if (name == "br" || name == "div")
                    && let Some(cell) = &mut cell
                {
                    // A sheet makes a cell of its own of it.
                    cells.push(std::mem::take(cell));
                }
                let mut shape = name;
                for (name, value) in &tag.attributes {
                    let (name, value) =
                        (String::from_utf8_lossy(name), String::from_utf8_lossy(&value.value));
                    // The one attribute that repeats what comes from outside.
                    if name == "aria-label" {
                        texts.push(value.into_owned());
                        shape.push_str(" aria-label");
                    } else {
                        shape.push_str(&format!(" {name}={value}"));
                    }
                }
                tags.push(shape);
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                if name == "td" || name == "th" {
                    cells.extend(cell.take());
                }
                tags.push(format!("/{name}"));
            }
            Token::String(text) => {
                let text = String::from_utf8_lossy(&text.value).into_owned();
                if let Some(cell) = &mut cell {
                    cell.push_str(&text);
                }
                texts.push(text);
            }
            Token::Comment(text) => panic!("a comment: {:?}", text.value),
            Token::Doctype(_) => tags.push("doctype".to_owned()),
            Token::Error(error) => panic!("the page is no HTML: {}", error.value),
        }
    }
    (tags, texts, cells)
}

#[test]
fn html_has_the_same_tags_and_attributes_whatever_the_texts_say() {
    let [hostile, harmless] = both("html");
    let (tags, texts, cells) = html(&hostile);
    let (other_tags, _, other_cells) = html(&harmless);
    assert!(tags.len() > 3_000, "{}", tags.len());
    first_difference(&tags, &other_tags);
    demand_readable(texts.iter().map(String::as_str));
    assert_eq!(cells.len(), other_cells.len());
    for cell in &cells {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "a formula: {cell:.80}");
    }
    assert!(
        cells.iter().any(|cell| cell.starts_with("'=1+1")),
        "no formula was there to be quoted"
    );
    let known: BTreeSet<&str> = tags
        .iter()
        .filter_map(|tag| tag.split(' ').next())
        .filter(|tag| !tag.starts_with('/'))
        .collect();
    for active in
        ["script", "iframe", "img", "base", "form", "input", "object", "embed", "plaintext"]
    {
        assert!(!known.contains(active), "{active}");
    }
    let inline = tags.iter().find(|tag| tag.contains(" on") || tag.contains(" style="));
    assert_eq!(inline, None, "what the policy forbids");
    demand_quiet("html", &hostile);
}

/// The kinds of Markdown's nodes from the first to the last, and all text.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's own; any other kind is told by its name"
)]
fn markdown(page: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let arena = comrak::Arena::new();
    let mut options = comrak::Options::default();
    let more = &mut options.extension;
    (more.strikethrough, more.table, more.autolink, more.tasklist) = (true, true, true, true);
    (more.footnotes, more.alerts, more.math_dollars, more.math_code) = (true, true, true, true);
    let root = comrak::parse_document(&arena, page, &options);
    let (mut nodes, mut texts, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for node in root.descendants() {
        let value = &node.data.borrow().value;
        match value {
            NodeValue::Text(text) => {
                if let (Some(cell), Some(parent)) = (cells.last_mut(), node.parent())
                    && matches!(parent.data.borrow().value, NodeValue::TableCell)
                {
                    String::push_str(cell, text);
                }
                texts.push(text.to_string());
            }
            // What keeps addresses and mentions apart.
            NodeValue::HtmlInline(html) if html == "<!-- -->" => {}
            NodeValue::HtmlInline(html) => panic!("HTML in a line: {html:.200}"),
            NodeValue::Heading(heading) => nodes.push(format!("heading {}", heading.level)),
            NodeValue::HtmlBlock(html) => nodes.push(format!("html {}", html.literal)),
            NodeValue::Code(code) => nodes.push(format!("code {}", code.literal)),
            NodeValue::Link(link) | NodeValue::Image(link) => panic!("a link to {:.200}", link.url),
            NodeValue::SoftBreak | NodeValue::LineBreak => panic!("a line break in a text"),
            NodeValue::TableCell => {
                cells.push(String::new());
                nodes.push("cell".to_owned());
            }
            other => {
                let shape = format!("{other:?}");
                let name = shape.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap();
                nodes.push(name.to_owned());
            }
        }
    }
    (nodes, texts, cells)
}

#[test]
fn markdown_has_the_same_structure_whatever_the_texts_say() {
    let [hostile, harmless] = both("markdown");
    let (nodes, texts, cells) = markdown(&hostile);
    let (other_nodes, _, other_cells) = markdown(&harmless);
    assert!(nodes.len() > 1_000, "{}", nodes.len());
    first_difference(&nodes, &other_nodes);
    assert_eq!(cells.len(), other_cells.len());
    for cell in &cells {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "a formula: {cell:.80}");
    }
    assert!(
        cells.iter().any(|cell| cell.starts_with("'=1+1")),
        "no formula was there to be quoted"
    );
    // Consecutive texts are one text: the comment between them is gone.
    let text = texts.concat();
    demand_readable([text.as_str()]);
    demand_quiet("markdown", &hostile);
}

/// The elements and the names of their attributes, from the first to the last, and all text.
fn xml(page: &str) -> (Vec<String>, Vec<String>) {
    // Refuses whatever XML 1.0 does, as far as it is about well-formedness and characters.
    let document = roxmltree::Document::parse(page).unwrap();
    let (mut elements, mut texts) = (Vec::new(), Vec::new());
    for node in document.descendants() {
        assert!(!node.is_comment() && !node.is_pi(), "{node:?}");
        if node.is_element() {
            let mut shape = node.tag_name().name().to_owned();
            for attribute in node.attributes() {
                shape.push_str(&format!(" {}", attribute.name()));
                texts.push(attribute.value().to_owned());
            }
            elements.push(shape);
        }
        texts.extend(node.text().map(str::to_owned));
    }
    (elements, texts)
}

#[test]
fn junit_is_well_formed_xml_with_the_same_elements_whatever_the_texts_say() {
    let [hostile, harmless] = both("junit");
    let (elements, texts) = xml(&hostile);
    let (other_elements, _) = xml(&harmless);
    assert!(elements.len() > 100, "{}", elements.len());
    first_difference(&elements, &other_elements);
    demand_readable(texts.iter().map(String::as_str));
    assert!(!texts.iter().any(|text| text.chars().any(acts)), "a reference brings a control back");
    demand_quiet("junit", &hostile);
}

/// A JSON value with its texts taken out, and these.
fn shape(value: &Value, texts: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) => {
            texts.push(text.clone());
            Value::Null
        }
        Value::Array(items) => items.iter().map(|item| shape(item, texts)).collect(),
        Value::Object(fields) => {
            let known =
                |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || "_-".contains(c));
            let fields = fields.iter().map(|(name, value)| {
                let shape = shape(value, texts);
                let is_ours = known(name) && !name.starts_with("word") && !name.contains("zq");
                if is_ours {
                    return (name.clone(), shape);
                }
                texts.push(name.clone());
                ("(a name from outside)".to_owned(), shape)
            });
            fields.collect()
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain.clone(),
    }
}

#[test]
fn json_has_the_same_fields_and_figures_whatever_the_texts_say() {
    let [hostile, harmless] = both("json");
    let (mut texts, mut others) = (Vec::new(), Vec::new());
    let hostile_shape = shape(&hostile.parse().unwrap(), &mut texts);
    let harmless_shape = shape(&harmless.parse().unwrap(), &mut others);
    assert_eq!(hostile_shape, harmless_shape);
    assert_eq!(texts.len(), others.len());
    demand_readable(texts.iter().map(String::as_str));
    let acting = texts.iter().find(|text| text.chars().any(acts) || text.starts_with("::"));
    assert_eq!(acting, None, "what a program prints of it would act");
    demand_quiet("json", &hostile);
}

#[test]
fn text_has_the_same_lines_whatever_the_texts_say() {
    let [hostile, harmless] = both("text");
    demand_quiet("text", &hostile);
    let indents = |text: &str| -> Vec<String> {
        let code = |line: &str| {
            let indent = line.len() - line.trim_start().len();
            // The finding's code and what else of ours stands before the first text from outside.
            let head: String =
                line.trim_start().chars().take_while(|c| c.is_ascii_lowercase()).collect();
            format!("{indent} {}", if indent == 4 { head } else { String::new() })
        };
        text.lines().map(code).collect()
    };
    let (lines, others) = (indents(&hostile), indents(&harmless));
    assert!(lines.len() > 60, "{}", lines.len());
    assert_eq!(lines.len(), others.len());
    demand_readable([hostile.as_str()]);
}

#[test]
fn a_run_writes_the_very_files_that_are_read_here() {
    let (desk, ran) = &*HOSTILE;
    assert_eq!(ran.code, Some(1), "leftovers remain: {}", &ran.stdout[..2_000]);
    for (format, file) in [
        ("html", "report.html"),
        ("markdown", "report.md"),
        ("junit", "junit.xml"),
        ("json", "summary.json"),
    ] {
        let written = std::fs::read_to_string(desk.run_folder().join(file)).unwrap();
        assert_eq!(TWINS.printed("hostile", format), written, "{format}");
    }
    assert!(ran.stdout.starts_with(&TWINS.printed("hostile", "text")));
}
