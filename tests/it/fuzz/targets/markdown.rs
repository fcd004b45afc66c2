//! The Markdown report of a run whose every text is hostile, read as GitHub does: the document has the
//! nodes it has with harmless text, and no link, picture, raw HTML or workflow command among them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};
use doornail::report::inert::Inert;
use doornail::report::{Markdown, Report as _};

use super::sections::bars;
use super::story;

/// The report's own HTML; the comment keeps mentions from being made.
const OWN: [&str; 2] = ["</details>", "<!-- -->"];

/// How often each kind of node stands there, and each number of bars in a table's row: cells beyond the
/// last column are no nodes, they are lost.
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
    assert_eq!(page.shape, *HARMLESS, "other nodes than with harmless text");
    for (text, number) in story::texts() {
        if ["Planned end of contract", "it is account-wide", "ticket-sync"].contains(&text) {
            let whole = dense(Inert::new(hostile(text, number)).as_str());
            assert!(page.said.contains(&whole), "{whole} is not to be read");
        }
    }
}

/// Without the blanks, which Markdown drops and joins.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn render(hostile: &dyn Fn(&str, usize) -> String) -> String {
    let bytes = Markdown.render(&story::run(hostile)).unwrap_or_else(|error| panic!("{error}"));
    String::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}"))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's enum; the others are counted by name"
)]
fn read(page: &str) -> Page {
    let mut shape = Shape::new();
    for line in page.lines() {
        assert!(!line.trim_start().starts_with("::"), "a workflow command: {line}");
        assert!(!line.contains("##["), "an older workflow command: {line}");
        if line.starts_with('|') {
            *shape.entry(format!("row of {} bars", bars(line))).or_default() += 1;
        }
    }
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.math_dollars = true;
    options.extension.math_code = true;
    let arena = Arena::new();
    let mut said = String::new();
    for node in parse_document(&arena, page, &options).descendants() {
        let kind = match &node.data.borrow().value {
            // How often text is split says nothing; and where text begins or ends with a blank, the
            // report's own asterisks around it are shown as such.
            NodeValue::Text(text) => {
                said.push_str(text);
                continue;
            }
            NodeValue::Strong => continue,
            NodeValue::HtmlInline(html) if OWN.contains(&html.as_str()) => continue,
            NodeValue::HtmlBlock(block) => {
                let html = block.literal.trim();
                let own = html.starts_with("<details><summary>") && html.ends_with("</summary>");
                let inside = html.matches('<').count() == 3 && html.lines().count() == 1;
                assert!(own && inside || OWN.contains(&html), "raw HTML: {html}");
                "details".to_owned()
            }
            NodeValue::HtmlInline(html) => panic!("raw HTML: {html}"),
            NodeValue::Link(link) => panic!("a link: {link:?}"),
            NodeValue::Image(link) => panic!("a picture: {link:?}"),
            NodeValue::Table(table) => format!("table of {}", table.num_columns),
            NodeValue::Heading(heading) => format!("heading {}", heading.level),
            other => format!("{other:?}").split(['(', ' ', '{']).next().unwrap_or_default().into(),
        };
        *shape.entry(kind).or_default() += 1;
    }
    Page { shape, said: dense(&said) }
}
