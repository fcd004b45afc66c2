//! The record of the hostile run again, word for word, with every text from outside replaced by a
//! harmless one: what a format makes of the two may differ in words only.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use doornail::journal::chain::digest;
use serde_json::Value;

use super::project::HOSTILE;
use crate::desk::Desk;

/// Both records, each in a folder of its own below `doornail-runs/`.
pub(crate) static TWINS: LazyLock<Twins> = LazyLock::new(Twins::make);

pub(crate) struct Twins {
    desk: Desk,
    pub(crate) replaced: usize,
}

impl Twins {
    fn make() -> Self {
        let (hostile, _) = &*HOSTILE;
        let journal = std::fs::read_to_string(hostile.run_folder().join("journal.ndjson")).unwrap();
        let desk = Desk::new();
        desk.write("doornail-runs/hostile/journal.ndjson", &journal);
        let mut harmless = String::new();
        let mut chain = "doornail".to_owned();
        let mut names = BTreeMap::new();
        for line in journal.lines() {
            let mut entry: Value = serde_json::from_str(line).unwrap();
            entry.as_object_mut().unwrap().remove("chain");
            let text = tame(entry, &mut names).to_string();
            chain = digest(format!("{chain}{text}").as_bytes());
            let open = text.strip_suffix('}').unwrap();
            harmless.push_str(&format!("{open},\"chain\":\"{chain}\"}}\n"));
        }
        desk.write("doornail-runs/harmless/journal.ndjson", &harmless);
        Self { desk, replaced: names.len() }
    }

    /// The record in one format, as the program prints it.
    pub(crate) fn printed(&self, which: &str, format: &str) -> String {
        let ran = self.desk.run(&["report", which, "--format", format]);
        assert_eq!(ran.code, Some(0), "{which} {format}: {}", ran.stderr);
        ran.stdout
    }

    pub(crate) fn journal(&self, which: &str) -> PathBuf {
        self.desk.path().join("doornail-runs").join(which).join("journal.ndjson")
    }
}

/// Everything that stands in marks of its own, or is odd, becomes a plain word, the same for the same.
fn tame(value: Value, names: &mut BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(tame_text(text, names)),
        Value::Array(items) => items.into_iter().map(|item| tame(item, names)).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            fields.map(|(name, value)| (tame_text(name, names), tame(value, names))).collect()
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}

fn tame_text(text: String, names: &mut BTreeMap<String, String>) -> String {
    // Words of our own, times, ids and addresses have none of these.
    let odd = |c: char| !c.is_ascii_alphanumeric() && !" -_.,:;()/'\"+".contains(c);
    let begins = text.trim_start().starts_with(['=', '+', '-', '@', ':', '\'', '"', ' ']);
    if !text.contains("zq") && !text.contains(odd) && !begins {
        return text;
    }
    let next = names.len();
    names.entry(text).or_insert_with(|| format!("word{next:04}")).clone()
}
