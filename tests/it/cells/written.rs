//! What the features of the platforms say: which rows of effects stand below which action.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cucumber::feature::Ext as _;
use cucumber::gherkin::{Feature, GherkinEnv, Scenario, Step};
use doornail::platform::Catalogue;
use regex::Regex;

use super::Book;

/// What a row says of its credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Kill,
    Spare,
    /// It was dead and works again: of no cell.
    Back,
}

impl Effect {
    pub(super) fn of(text: &str) -> Option<Self> {
        let ends = ["stops working within ", "is contained within "];
        match text {
            "still works" => Some(Self::Spare),
            "comes back" => Some(Self::Back),
            _ if ends.iter().any(|words| text.starts_with(words)) => Some(Self::Kill),
            _ => None,
        }
    }
}

/// One row of a table of effects, with the action it belongs to.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) file: String,
    pub(super) place: String,
    pub(super) scenario: (usize, String),
    pub(super) platform: String,
    pub(super) action: String,
    /// What the action is taken on; nothing stands for everything it fits.
    pub(super) object: Option<String>,
    pub(super) credential: String,
    said: String,
    /// Whether nothing was done before its action, which could make the action do more.
    pub(super) alone: bool,
    pub(super) effect: Effect,
}

/// A scenario's line and name, the action, and the claim's words.
pub(super) type Key = (usize, String, String, String);

impl Row {
    pub(super) fn text(&self) -> String {
        format!("{} {}", self.credential, self.said)
    }

    /// Whether it says no more than that everything in reach is refused.
    pub(super) fn is_contained(&self) -> bool {
        self.said.starts_with("is contained")
    }

    pub(super) fn key(&self) -> Key {
        let (line, name) = self.scenario.clone();
        let action = format!("{}.{}", self.platform, self.action);
        // Two files can have a scenario of the same line and name.
        (line, format!("{}: {name}", self.file), action, self.text())
    }
}

pub(super) fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("features/platforms");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "feature")).collect();
    let catalogue = Catalogue::built_in().unwrap();
    files.retain(|file| {
        !catalogue.left_out().iter().any(|one| file.file_stem() == Some(one.as_str().as_ref()))
    });
    files.sort();
    files
}

pub(super) fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

pub(super) fn read(file: &Path, book: &mut Book) {
    let text = std::fs::read_to_string(file).unwrap();
    let feature = Feature::parse(&text, GherkinEnv::default()).unwrap();
    if feature.description.as_ref().is_none_or(|text| text.trim().len() < 40) {
        book.untold.insert(name(file));
    }
    let feature = feature.expand_examples().unwrap();
    assert!(feature.rules.is_empty(), "{}: this test reads no rules", file.display());
    for scenario in &feature.scenarios {
        of_scenario(&name(file), scenario, book);
    }
}

/// What was done last.
struct Done {
    platform: String,
    action: String,
    object: Option<String>,
}

fn of_scenario(file: &str, scenario: &Scenario, book: &mut Book) {
    let mut done: Option<Done> = None;
    let mut taken = 0;
    // What an earlier action ended cannot be ended by a later one, unless it came back in between.
    let mut dead: BTreeMap<String, bool> = BTreeMap::new();
    for step in &scenario.steps {
        let place = format!("{file}:{}", step.position.line);
        if let Some(next) = action(step, &place, book) {
            book.actions.insert((next.platform.clone(), next.action.clone()));
            done = Some(next);
            taken += 1;
            continue;
        }
        let Some(table) = &step.table else { continue };
        assert_eq!(step.value, "it has these effects", "{place}: no table was looked for here");
        let done = done.as_ref().unwrap_or_else(|| panic!("{place}: effects of no action"));
        for cells in table.rows.iter().skip(1) {
            let [credential, said] = cells.as_slice() else { panic!("{place}: {cells:?}") };
            let effect = Effect::of(said).unwrap_or_else(|| panic!("{place}: {said:?}"));
            let was_dead = dead.insert(credential.clone(), effect == Effect::Kill);
            assert!(
                effect != Effect::Kill || was_dead != Some(true),
                "{place}: {credential} had ended before {} was taken",
                done.action
            );
            book.rows.push(Row {
                file: file.to_owned(),
                place: place.clone(),
                scenario: (scenario.position.line, scenario.name.clone()),
                platform: done.platform.clone(),
                action: done.action.clone(),
                object: done.object.clone(),
                credential: credential.clone(),
                said: said.clone(),
                alone: taken == 1,
                effect,
            });
        }
    }
}

static TAKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^the action "([^"]+)" of "([^"]+)" is taken(?: on "([^"]+)")?$"#).unwrap()
});
static REVOKED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^the [a-z]+ "([^"]+)" is revoked with the action "([^"]+)" of "([^"]+)"$"#)
        .unwrap()
});
static RESET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^the shared login "([^"]+)" is reset$"#).unwrap());

/// The action of a `When`; none of any other step.
fn action(step: &Step, place: &str, book: &Book) -> Option<Done> {
    let text = step.value.as_str();
    let (platform, action, object) = if let Some(found) = TAKEN.captures(text) {
        let object = found.get(3).map(|object| object.as_str().to_owned());
        (found[2].to_owned(), found[1].to_owned(), object.filter(|on| !on.starts_with("every ")))
    } else if let Some(found) = REVOKED.captures(text) {
        (found[3].to_owned(), found[2].to_owned(), Some(found[1].to_owned()))
    } else if let Some(found) = RESET.captures(text) {
        let login = book.root(&found[1]);
        let platform = login.platform.to_string();
        let action = book.description(&platform).actions.iter().find(|(_, action)| {
            action.resets.is_some() && !action.without_step_up && action.of.contains(&login.kind)
        });
        let name = action.unwrap_or_else(|| panic!("{place}: {platform} resets no login")).0;
        (platform, name.to_string(), Some(found[1].to_owned()))
    } else {
        assert_ne!(step.keyword.trim(), "When", "{place}: this test does not know `{text}`");
        return None;
    };
    let known = &book.description(&platform).actions;
    assert!(known.contains_key(action.as_str()), "{place}: {platform} has no action {action}");
    Some(Done { platform, action, object })
}
