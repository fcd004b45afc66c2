//! The HTML report of a run whose every text is hostile: the page has the tags and attributes it has with
//! harmless text, and no others.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use doornail::report::inert::Inert;
use doornail::report::{Html, Report as _};
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

use super::story;

const TAGS: &[&str] = &[
    "a", "b", "body", "br", "circle", "code", "dd", "defs", "details", "div", "dl", "dt", "footer",
    "h1", "h2", "h3", "head", "header", "html", "li", "line", "main", "meta", "ol", "p", "path",
    "pattern", "pre", "rect", "section", "span", "strong", "style", "summary", "svg", "table",
    "tbody", "td", "text", "th", "thead", "title", "tr", "ul",
];

/// None of them loads or runs anything; `href` and `style` are looked at in [`attribute`].
const ATTRIBUTES: &[&str] = &[
    "aria-hidden",
    "aria-label",
    "charset",
    "class",
    "colspan",
    "content",
    "cx",
    "cy",
    "d",
    "height",
    "href",
    "http-equiv",
    "id",
    "lang",
    "name",
    "open",
    "overflow",
    "patterntransform",
    "patternunits",
    "r",
    "role",
    "style",
    "text-anchor",
    "title",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
];

const VOID: [&str; 2] = ["meta", "br"];

/// How often each tag stands there, with its attributes.
type Shape = BTreeMap<String, usize>;

struct Page {
    shape: Shape,
    said: String,
}

static HARMLESS: LazyLock<Shape> =
    LazyLock::new(|| read(&render(&|original, _| format!("x{original}"))).shape);

pub(crate) fn run(data: &[u8]) {
    let hostile = story::hostile(data);
    let page = read(&render(&hostile));
    assert_eq!(page.shape, *HARMLESS, "other tags than with harmless text");
    for (text, number) in story::texts() {
        if ["Planned end of contract", "it is account-wide", "ticket-sync"].contains(&text) {
            let whole = Inert::new(hostile(text, number));
            // What the tokenizer says is normalised as a browser would: nothing of it may be lost.
            assert!(page.said.contains(whole.as_str()), "{whole} is not to be read");
        }
    }
}

fn render(hostile: &dyn Fn(&str, usize) -> String) -> String {
    let bytes = Html.render(&story::run(hostile)).unwrap_or_else(|error| panic!("{error}"));
    String::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn read(page: &str) -> Page {
    let acts = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2066}'..='\u{2069}' | '\u{2028}'..='\u{2029}' | '\u{feff}')
    };
    assert!(!page.contains(acts), "a character that acts");
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let (mut shape, mut said, mut open) = (Shape::new(), String::new(), Vec::new());
    for token in Tokenizer::new_with_emitter(page, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                assert!(TAGS.contains(&name.as_str()), "<{name}>");
                let mut form = name.clone();
                for (key, value) in &tag.attributes {
                    let (key, value) =
                        (String::from_utf8_lossy(key), String::from_utf8_lossy(value));
                    attribute(&name, &key, &value);
                    form.push_str(&format!(" {key}"));
                    said.push_str(&value);
                }
                *shape.entry(form).or_default() += 1;
                if !tag.self_closing && !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                assert_eq!(open.pop(), Some(name), "a tag is closed that was not open");
            }
            Token::String(text) => said.push_str(&String::from_utf8_lossy(&text)),
            Token::Doctype(_) => *shape.entry("!doctype".to_owned()).or_default() += 1,
            Token::Comment(text) => panic!("a comment: {text:?}"),
            Token::Error(error) => panic!("not well-formed: {error:?}"),
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    Page { shape, said }
}

fn attribute(tag: &str, name: &str, value: &str) {
    assert!(ATTRIBUTES.contains(&name), "<{tag} {name}>");
    match name {
        "href" => {
            let place = value.strip_prefix("#s").is_some_and(|n| n.parse::<u32>().is_ok());
            assert!(place, "a link to {value}");
        }
        "style" => assert_eq!(value, "position:absolute"),
        "http-equiv" => assert_eq!(value, "Content-Security-Policy"),
        _ => {}
    }
}
