//! A journal with an event of every kind, in which every text from outside is hostile.
//!
//! Which texts come from outside is not a list that could be forgotten: every string and every key that
//! can be another one, and is still read back, is taken.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use doornail::journal::{Entry, RunView};
use serde_json::Value;

const STORY: &str = include_str!("story.ndjson");
const PROBE: &str = "probe-of-a-free-text";

/// Where a text stands: as a value, or as the key of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Value,
    Key,
}

/// The story, and every text of it that is free, numbered: one text has one number wherever it stands,
/// or a key would no longer be the one that a value names.
struct Story {
    lines: Vec<Value>,
    free: BTreeMap<(Place, String), usize>,
}

static STORY_READ: LazyLock<Story> = LazyLock::new(|| {
    let lines: Vec<Value> = STORY
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let (mut free, mut numbers) = (BTreeMap::new(), BTreeMap::new());
    for line in &lines {
        let mut texts = Vec::new();
        collect(line, &mut texts);
        for text in texts {
            let mut changed = line.clone();
            let probe = |place: Place, known: &str| {
                (place == text.0 && known == text.1).then(|| PROBE.to_owned())
            };
            rename(&mut changed, &probe);
            let read: Option<Entry> = serde_json::from_value(changed).ok();
            let written = read.and_then(|entry| serde_json::to_string(&entry).ok());
            if written.is_some_and(|written| written.contains(PROBE)) {
                let count = numbers.len();
                let number = *numbers.entry(text.1.clone()).or_insert(count);
                free.insert(text, number);
            }
        }
    }
    Story { lines, free }
});

/// Every string and every key.
fn collect(value: &Value, texts: &mut Vec<(Place, String)>) {
    match value {
        Value::String(text) => texts.push((Place::Value, text.clone())),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.iter().for_each(|(key, field)| {
            texts.push((Place::Key, key.clone()));
            collect(field, texts);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn rename(value: &mut Value, to: &dyn Fn(Place, &str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = to(Place::Value, text) {
                *text = new;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, to)),
        Value::Object(fields) => {
            for (key, mut field) in std::mem::take(fields) {
                rename(&mut field, to);
                fields.insert(to(Place::Key, &key).unwrap_or(key), field);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every free value of the story, with its number.
pub(crate) fn texts() -> impl Iterator<Item = (&'static str, usize)> {
    let values = STORY_READ.free.iter().filter(|((place, _), _)| *place == Place::Value);
    values.map(|((_, text), number)| (text.as_str(), *number))
}

/// The run in which every free text is what `hostile` makes of it.
pub(crate) fn run(hostile: impl Fn(&str, usize) -> String) -> RunView {
    let story = &*STORY_READ;
    let to = |place: Place, text: &str| {
        let number = story.free.get(&(place, text.to_owned()))?;
        Some(hostile(text, *number))
    };
    let entries: Vec<Entry> = story
        .lines
        .iter()
        .map(|line| {
            let mut line = line.clone();
            rename(&mut line, &to);
            serde_json::from_value(line.clone()).unwrap_or_else(|error| panic!("{error}: {line}"))
        })
        .collect();
    RunView::of(&entries)
}

/// From the bytes of an input to one text per free text of the story: its lines by turns, before or after
/// the original, which keeps different texts different.
pub(crate) fn hostile(data: &[u8]) -> impl Fn(&str, usize) -> String {
    let text = String::from_utf8_lossy(data).into_owned();
    let after = data.first().is_some_and(|byte| byte % 2 == 1);
    move |original, number| {
        let chunks: Vec<&str> = text.split("\n\n").collect();
        let chunk = chunks[number % chunks.len()];
        if after { format!("{original}{chunk}") } else { format!("{chunk}{original}") }
    }
}
