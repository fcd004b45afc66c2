//! Pages as a person sees them: the text that is shown, the forms and their inputs. What stands in scripts,
//! comments, attributes or hidden parts is not shown and names nobody.
//!
//! A page is read token by token, in one pass and without a tree, so that no nesting can cost more than its
//! length. Where sloppy markup leaves open what is shown, it is taken as hidden: what is not seen proves nothing.

use std::collections::BTreeMap;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{EndTag, StartTag, Token, Tokenizer};
use serde_json::{Map, Value, json};

/// More of anything is no login page.
const MOST: usize = 1_000;
/// More elements with an id, one in another, are not followed.
const MOST_OPEN: usize = 16;
/// Longer texts of one element are not kept.
const LONGEST: usize = 2_000;

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    title: String,
    text: Shown,
    /// The text of each element with an id; none where two share it or it is too long.
    ids: BTreeMap<String, Option<String>>,
    inputs: Vec<Input>,
    metas: Vec<(String, String)>,
    forms: Vec<Form>,
}

/// A form.
#[derive(Clone, Debug, Default)]
struct Form {
    id: String,
    action: String,
}

/// A named part of a form.
#[derive(Clone, Debug)]
struct Input {
    of: Owner,
    kind: String,
    name: String,
    value: String,
}

/// Which form an input is sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owner {
    Nobody,
    Around(usize),
    Named(String),
}

/// What is sent with a form, whatever a person types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Submission {
    /// Where it says it is sent to; empty for the page's own address.
    pub(crate) action: String,
    /// Its hidden inputs, in order.
    pub(crate) hidden: Vec<(String, String)>,
}

/// Why a form cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoForm {
    /// None has the input.
    #[error("no form of the page has the input")]
    Missing,
    /// Several have it.
    #[error("several forms of the page have the input")]
    Several,
}

impl Page {
    /// Reads a page; anything is one.
    pub(crate) fn read(source: &str) -> Self {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut reading = Reading::default();
        for token in Tokenizer::new_with_emitter(source, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => reading.starts(&tag),
                Token::EndTag(tag) => reading.ends(&tag),
                Token::String(text) => reading.says(&String::from_utf8_lossy(&text.value)),
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        reading.finish()
    }

    /// The text that is shown, its blanks reduced to single ones.
    pub(crate) fn text(&self) -> &str {
        &self.text.0
    }

    /// What rules are matched against: `/title`, `/text`, `/ids/ID`, `/inputs/NAME`, `/passwords`, `/forms`.
    pub(crate) fn tree(&self) -> Value {
        let mut inputs = Map::new();
        for input in &self.inputs {
            inputs.entry(input.name.clone()).or_insert_with(|| input.value.clone().into());
        }
        let ids: Map<String, Value> = self
            .ids
            .iter()
            .filter_map(|(id, text)| Some((id.clone(), text.clone()?.into())))
            .collect();
        let passwords = self.inputs.iter().filter(|input| input.kind == "password").count();
        json!({
            "title": self.title.trim(),
            "text": self.text().trim(),
            "ids": ids,
            "inputs": inputs,
            "passwords": passwords,
            "forms": self.forms.len(),
        })
    }

    /// The value of the first of these inputs that the page has; none where it has two of one name that differ.
    pub(crate) fn input(&self, names: &[String]) -> Option<String> {
        let all = self.inputs.iter().map(|input| (&input.name, &input.value));
        first_of(all, names)
    }

    /// The content of the first of these `meta` elements that the page has.
    pub(crate) fn meta(&self, names: &[String]) -> Option<String> {
        first_of(self.metas.iter().map(|(name, content)| (name, content)), names)
    }

    /// The text of the one element with this id.
    pub(crate) fn of_id(&self, id: &str) -> Option<&str> {
        self.ids.get(id)?.as_deref()
    }

    /// What is sent with the one form that has an input of this name to fill in.
    pub(crate) fn form_with(&self, name: &str) -> Result<Submission, NoForm> {
        let belongs = |input: &Input| match &input.of {
            Owner::Nobody => None,
            Owner::Around(form) => Some(*form),
            Owner::Named(id) => self.forms.iter().position(|form| form.id == *id),
        };
        let to_fill = |input: &&Input| input.name == name && input.kind != "hidden";
        let mut with: Vec<usize> = self.inputs.iter().filter(to_fill).filter_map(belongs).collect();
        with.sort_unstable();
        with.dedup();
        let form = match with.as_slice() {
            [] => return Err(NoForm::Missing),
            [one] => *one,
            [..] => return Err(NoForm::Several),
        };
        let hidden = self
            .inputs
            .iter()
            .filter(|input| input.kind == "hidden" && belongs(input) == Some(form))
            .map(|input| (input.name.clone(), input.value.clone()))
            .collect();
        let action = self.forms.get(form).map(|form| form.action.clone()).unwrap_or_default();
        Ok(Submission { action, hidden })
    }
}

fn first_of<'a>(
    all: impl Iterator<Item = (&'a String, &'a String)> + Clone,
    names: &[String],
) -> Option<String> {
    let mut found = names.iter().filter_map(|name| {
        let mut values = all.clone().filter(|(known, _)| *known == name).map(|(_, value)| value);
        let first = values.next()?;
        Some(values.all(|other| other == first).then(|| first.clone()))
    });
    found.next()?
}

/// Text with single blanks.
#[derive(Clone, Debug, Default)]
struct Shown(String);

impl Shown {
    fn push(&mut self, text: &str) {
        for c in text.chars() {
            if !c.is_whitespace() {
                self.0.push(c);
            } else if !self.0.is_empty() && !self.0.ends_with(' ') {
                self.0.push(' ');
            }
        }
    }
}

/// An element whose end is awaited.
#[derive(Debug)]
struct Open {
    name: Vec<u8>,
    /// Elements of the same name in it.
    nested: usize,
}

impl Open {
    fn new(name: &[u8]) -> Self {
        Self { name: name.to_owned(), nested: 0 }
    }

    fn starts(&mut self, name: &[u8]) {
        self.nested += usize::from(self.name == name);
    }

    /// Whether this tag ends it.
    fn ends(&mut self, name: &[u8]) -> bool {
        if self.name != name {
            return false;
        }
        match self.nested.checked_sub(1) {
            Some(left) => {
                self.nested = left;
                false
            }
            None => true,
        }
    }
}

/// Where in a page the reading is.
#[derive(Debug, Default)]
struct Reading {
    page: Page,
    /// The outermost element that is not shown.
    hidden: Option<Open>,
    /// The outermost element that is not there at all, without scripts.
    inert: Option<Open>,
    /// Elements with an id, with the text in them so far.
    with_id: Vec<(Open, String, Shown)>,
    in_title: bool,
    form: Option<usize>,
}

/// Nothing stands in these.
const VOID: [&[u8]; 14] = [
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"param",
    b"source", b"track", b"wbr",
];
/// What stands in these is not there.
const INERT: [&[u8]; 8] =
    [b"script", b"style", b"template", b"noscript", b"noframes", b"noembed", b"iframe", b"svg"];
/// What stands in these is there, but is not what the page says.
const UNSAID: [&[u8]; 7] =
    [b"select", b"datalist", b"textarea", b"audio", b"video", b"canvas", b"object"];
/// Words go on over these.
const INLINE: [&[u8]; 22] = [
    b"a", b"abbr", b"b", b"bdi", b"bdo", b"cite", b"code", b"data", b"dfn", b"em", b"font", b"i",
    b"kbd", b"mark", b"q", b"s", b"samp", b"small", b"span", b"strong", b"u", b"wbr",
];

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(&value.value).into_owned())
}

/// Whether an element says of itself that it is not shown.
fn hides_itself(tag: &StartTag<()>) -> bool {
    let style = attribute(tag, "style").unwrap_or_default().to_ascii_lowercase();
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    let has = |name: &str| tag.attributes.contains_key(name.as_bytes());
    has("hidden")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
        || (&**tag.name == b"dialog" && !has("open"))
}

impl Reading {
    fn starts(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        if let Some(inert) = &mut self.inert {
            return inert.starts(name);
        }
        if INERT.contains(&name) {
            self.inert = Some(Open::new(name));
            return;
        }
        self.note(tag);
        if VOID.contains(&name) {
            return self.breaks(name);
        }
        if name == b"p" {
            // The one paragraph ends where the next begins.
            self.ends_element(name);
        }
        match &mut self.hidden {
            Some(hidden) => hidden.starts(name),
            None if UNSAID.contains(&name) || hides_itself(tag) => {
                self.hidden = Some(Open::new(name));
            }
            None => {}
        }
        self.with_id.iter_mut().for_each(|(open, _, _)| open.starts(name));
        self.breaks(name);
        if name == b"title" {
            self.in_title = self.page.title.is_empty();
        }
        if self.hidden.is_none()
            && let Some(id) = attribute(tag, "id").filter(|id| !id.is_empty())
        {
            self.opens(id, name);
        }
    }

    /// Remembers forms, inputs and metadata, shown or not: a browser sends them all the same.
    fn note(&mut self, tag: &StartTag<()>) {
        let named = || attribute(tag, "name").filter(|name| !name.is_empty());
        match &**tag.name {
            b"form" if self.form.is_none() && self.page.forms.len() < MOST => {
                self.form = Some(self.page.forms.len());
                self.page.forms.push(Form {
                    id: attribute(tag, "id").unwrap_or_default(),
                    action: attribute(tag, "action").unwrap_or_default().trim().to_owned(),
                });
            }
            name @ (b"input" | b"select" | b"textarea" | b"button")
                if self.page.inputs.len() < MOST =>
            {
                let disabled = tag.attributes.contains_key(b"disabled".as_slice());
                let (Some(named), false) = (named(), disabled) else { return };
                let kind = match name {
                    b"input" => attribute(tag, "type").unwrap_or_default().trim().to_lowercase(),
                    other => String::from_utf8_lossy(other).into_owned(),
                };
                let of = match (attribute(tag, "form"), self.form) {
                    (Some(id), _) => Owner::Named(id),
                    (None, Some(around)) => Owner::Around(around),
                    (None, None) => Owner::Nobody,
                };
                let value = attribute(tag, "value").unwrap_or_default();
                self.page.inputs.push(Input { of, kind, name: named, value });
            }
            b"meta" if self.page.metas.len() < MOST => {
                if let (Some(name), Some(content)) = (named(), attribute(tag, "content")) {
                    self.page.metas.push((name, content));
                }
            }
            _ => {}
        }
    }

    fn opens(&mut self, id: String, name: &[u8]) {
        if self.page.ids.contains_key(&id) || self.with_id.iter().any(|(_, known, _)| *known == id)
        {
            // Two elements of one id are nobody's: neither is the one that is meant.
            self.with_id.retain(|(_, known, _)| *known != id);
            self.page.ids.insert(id, None);
        } else if self.with_id.len() < MOST_OPEN && self.page.ids.len() < MOST {
            self.with_id.push((Open::new(name), id, Shown::default()));
        }
    }

    fn ends(&mut self, tag: &EndTag<()>) {
        let name: &[u8] = &tag.name;
        if let Some(inert) = &mut self.inert {
            if inert.ends(name) {
                self.inert = None;
            }
            return;
        }
        if name == b"form" {
            self.form = None;
        }
        if name == b"title" {
            self.in_title = false;
        }
        self.ends_element(name);
        self.breaks(name);
    }

    fn ends_element(&mut self, name: &[u8]) {
        if self.hidden.as_mut().is_some_and(|hidden| hidden.ends(name)) {
            self.hidden = None;
        }
        let page = &mut self.page;
        self.with_id.retain_mut(|(open, id, text)| {
            let ended = open.ends(name);
            if ended {
                keep(page, id, text);
            }
            !ended
        });
    }

    /// Words end at anything but inline elements.
    fn breaks(&mut self, name: &[u8]) {
        if !INLINE.contains(&name) {
            self.shows(" ");
        }
    }

    fn says(&mut self, text: &str) {
        if self.inert.is_some() {
            return;
        }
        if self.in_title {
            self.page.title.push_str(text);
            return;
        }
        self.shows(text);
    }

    fn shows(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        self.page.text.push(text);
        for (_, _, shown) in &mut self.with_id {
            if shown.0.len() <= LONGEST {
                shown.push(text);
            }
        }
    }

    fn finish(mut self) -> Page {
        for (_, id, text) in std::mem::take(&mut self.with_id) {
            keep(&mut self.page, &id, &text);
        }
        self.page
    }
}

fn keep(page: &mut Page, id: &str, text: &Shown) {
    let whole = (text.0.len() <= LONGEST).then(|| text.0.trim().to_owned());
    page.ids.insert(id.to_owned(), whole);
}

#[cfg(test)]
mod tests;
