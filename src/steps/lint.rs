//! Checks of feature text: what the framework would swallow in silence is said here, before anything runs.

use std::path::Path;
use std::sync::LazyLock;

use cucumber::gherkin::{Feature, Scenario, Step, StepType, Table};
use cucumber::step::Collection;

use super::effects;
use super::vocabulary::{all, collection, keyword};
use super::world::DrillWorld;
use crate::error::{FileError, did_you_mean};

/// What is wrong with features.
#[derive(Debug, Default)]
pub struct Lint {
    /// Mistakes of form: unreadable input.
    pub problems: Vec<FileError>,
    /// Steps that no definition, or more than one, matches: nothing they demand would be proven.
    pub undefined: Vec<FileError>,
}

const KEYWORDS: [&str; 10] = [
    "Scenario",
    "Background",
    "Rule",
    "Examples",
    "Given",
    "When",
    "Then",
    "And",
    "But",
    "Scenario Outline",
];

/// The one step with a table.
const EFFECTS: &str = "it has these effects";

/// Made once: every step's pattern is compiled.
static COLLECTION: LazyLock<Collection<DrillWorld>> = LazyLock::new(collection);

/// What a feature looks like as written, before its examples take the place of its outlines.
pub(super) fn form(path: &Path, feature: &Feature, lint: &mut Lint) {
    if let Some(description) = &feature.description {
        for line in description.lines() {
            let head = line.trim().split_once(':').map_or("", |(head, _)| head);
            if near_keyword(head).is_some() {
                misspelt(path, feature.position.line, line, lint);
            }
        }
    }
    for rule in &feature.rules {
        if let Some(text) = &rule.description {
            misspelt(path, rule.position.line + 1, text, lint);
        }
    }
    let backdrops = feature.rules.iter().filter_map(|rule| rule.background.as_ref());
    for backdrop in feature.background.iter().chain(backdrops) {
        if let Some(text) = &backdrop.description {
            misspelt(path, backdrop.position.line, text, lint);
        }
    }
    for scenario in scenarios(feature) {
        shape(path, scenario, lint);
    }
}

fn scenarios(feature: &Feature) -> impl Iterator<Item = &Scenario> {
    feature.scenarios.iter().chain(feature.rules.iter().flat_map(|rule| &rule.scenarios))
}

/// Whether each step that would run has exactly one definition.
pub(super) fn steps(path: &Path, feature: &Feature, lint: &mut Lint) {
    let background: Vec<&Step> = feature
        .background
        .iter()
        .chain(feature.rules.iter().filter_map(|rule| rule.background.as_ref()))
        .flat_map(|background| &background.steps)
        .collect();
    let steps = &*COLLECTION;
    for scenario in scenarios(feature) {
        for step in background.iter().copied().chain(&scenario.steps) {
            match steps.find(step) {
                Ok(Some(_)) => table_of(path, step, lint),
                Ok(None) => lint.undefined.push(undefined(path, step)),
                Err(ambiguous) => lint.undefined.push(at(
                    path,
                    step.position.line,
                    step.position.col,
                    &format!("ambiguous step: {ambiguous}"),
                )),
            }
        }
    }
    lint.undefined.dedup();
}

/// A table stands only where one is read, and there it must be readable.
fn table_of(path: &Path, step: &Step, lint: &mut Lint) {
    let mut wrong = |what: &str, hint: &str| {
        let found = at(path, step.position.line, step.position.col, what).hint(hint);
        if !lint.problems.contains(&found) {
            lint.problems.push(found);
        }
    };
    match (step.value == EFFECTS, &step.table) {
        (true, table) => {
            let table = table.as_ref().map_or(&[][..], |table| table.rows.as_slice());
            if let Err(what) = effects::rows(table) {
                wrong(&what, "below it: | credential | effect |, then a row for each credential");
            }
        }
        (false, Some(_)) => wrong(
            "a table below a step that reads none: what it says would not be looked at",
            "remove it, or use `Then it has these effects`",
        ),
        (false, None) => {}
    }
}

fn shape(path: &Path, scenario: &Scenario, lint: &mut Lint) {
    let line = scenario.position.line;
    if let Some(description) = &scenario.description {
        // A misspelt keyword turns its line, and all after it, into a description that nobody runs.
        misspelt(path, line + 1, description, lint);
    }
    for examples in &scenario.examples {
        if let Some(text) = &examples.description {
            misspelt(path, examples.position.line + 1, text, lint);
        }
    }
    let mut wrong = |what: &str, hint: &str| {
        let what = format!("scenario {:?} {what}", scenario.name);
        lint.problems.push(at(path, line, scenario.position.col, &what).hint(hint));
    };
    if scenario.steps.is_empty() {
        wrong("has no steps", "add Given, When and Then");
        return;
    }
    let rows = |table: &Table| table.rows.len().saturating_sub(1);
    let mut examples = scenario.examples.iter().map(|one| one.table.as_ref().map_or(0, rows));
    if examples.any(|rows| rows == 0) {
        wrong("has examples without a row: none of it would be run", "add rows under `Examples:`");
    }
    let has = |wanted: StepType| scenario.steps.iter().any(|step| step.ty == wanted);
    if !has(StepType::When) {
        wrong("has no When: nothing would happen", "say what is done to the supplier");
    }
    if !has(StepType::Then) {
        wrong("has no Then: nothing would be demanded", "say what must be so afterwards");
    }
}

fn misspelt(path: &Path, line: usize, text: &str, lint: &mut Lint) {
    let first = text.trim().lines().next().unwrap_or_default();
    let word = first.split([' ', ':']).next().unwrap_or_default();
    let hint = near_keyword(word).unwrap_or_else(|| {
        "descriptions of scenarios are not allowed: write a comment with `#`".to_owned()
    });
    let what = format!("{first:?} is no step, and would be skipped in silence");
    lint.problems.push(at(path, line, 1, &what).hint(hint));
}

fn near_keyword(word: &str) -> Option<String> {
    did_you_mean(word, KEYWORDS).filter(|_| word.chars().next().is_some_and(char::is_uppercase))
}

fn undefined(path: &Path, step: &Step) -> FileError {
    let examples =
        all().filter(|known| known.keyword == keyword(step.ty)).map(|known| known.example);
    let what = format!("undefined step: {} {}", keyword(step.ty), step.value);
    let error = at(path, step.position.line, step.position.col, &what);
    match did_you_mean(&step.value, examples) {
        Some(hint) => error.hint(hint),
        None => error.hint("`doornail steps` lists every step there is"),
    }
}

/// Rows of a table must have as many cells as its first one: the framework cuts what is over.
///
/// The parsed feature has lost them, so this reads the text. Quotes before the first step are a
/// description's, and hide no table.
pub(super) fn tables(path: &Path, text: &str, feature: &Feature, lint: &mut Lint) {
    let first_step = first_step(feature);
    let mut first: Option<usize> = None;
    let mut quoted: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(quote) = quoted {
            quoted = Some(quote).filter(|quote| !line.contains(quote));
            continue;
        }
        if index + 1 > first_step
            && let Some(quote) = ["\"\"\"", "```"].into_iter().find(|quote| line.starts_with(quote))
        {
            quoted = Some(quote).filter(|quote| !line[quote.len()..].contains(quote));
            first = None;
            continue;
        }
        if !line.starts_with('|') {
            first = None;
            continue;
        }
        let cells = cells(line);
        match first {
            None => first = Some(cells),
            Some(expected) if expected != cells => {
                let what = format!("the table row has {cells} cells, its first row has {expected}");
                lint.problems.push(
                    at(path, index + 1, 1, &what).hint("give every row the same number of cells"),
                );
            }
            Some(_) => {}
        }
    }
}

/// The line of the first step; behind every line if there is none.
fn first_step(feature: &Feature) -> usize {
    let of_rules = feature.rules.iter().filter_map(|rule| rule.background.as_ref());
    let backdrops = feature.background.iter().chain(of_rules).flat_map(|one| &one.steps);
    let steps = backdrops.chain(scenarios(feature).flat_map(|scenario| &scenario.steps));
    steps.map(|step| step.position.line).min().unwrap_or(usize::MAX)
}

/// The cells of a row: a bar behind a backslash is part of a cell, unless that backslash is one too.
fn cells(row: &str) -> usize {
    let mut escaped = false;
    let ends = row.chars().filter(|character| {
        let ends = *character == '|' && !escaped;
        escaped = *character == '\\' && !escaped;
        ends
    });
    ends.count().saturating_sub(1)
}

fn at(path: &Path, line: usize, column: usize, what: &str) -> FileError {
    let mut error = FileError::new(path, what);
    error.place = Some((line as u64, column as u64));
    error
}

#[cfg(test)]
mod tests {
    use cucumber::gherkin::GherkinEnv;

    use super::*;
    use crate::steps::Features;

    fn lint(text: &str) -> Lint {
        let mut found = Lint::default();
        let path = Path::new("a.feature");
        let parsed = Feature::parse(text, GherkinEnv::default()).unwrap();
        tables(path, text, &parsed, &mut found);
        form(path, &parsed, &mut found);
        steps(path, &parsed, &mut found);
        found
    }

    const SOUND: &str = "Feature: F
  Scenario: S
    Given the supplier \"acme\"
    When the supplier's users are re-activated
    Then nothing of theirs works
";

    #[test]
    fn a_sound_feature_lints_clean() {
        let found = lint(SOUND);
        assert!(found.problems.is_empty() && found.undefined.is_empty(), "{found:?}");
    }

    #[test]
    fn a_misspelt_keyword_is_an_error_not_a_description() {
        let found = lint(&SOUND.replace("Given the", "Givn the"));
        let text = found.problems[0].to_string();
        assert!(text.contains("skipped in silence") && text.contains("`Given`"), "{text}");
        let found = lint("Feature: F\n  Scenaro: S\n  Scenario: T\n    When x\n    Then y\n");
        assert!(found.problems[0].to_string().contains("`Scenario`"), "{found:?}");
    }

    #[test]
    fn quotes_and_backslashes_hide_no_uneven_row() {
        let with = |about: &str, after: &str, row: &str| {
            lint(&format!(
                "Feature: F\n{about}  Scenario: S\n    When x\n{after}    Then y\n      | a |\n      {row}\n"
            ))
            .problems
            .iter()
            .any(|problem| problem.problem.contains("cells"))
        };
        assert!(!with("", "", "| 1 |"));
        assert!(!with("", "", "| 1\\|2 |"));
        assert!(with("", "", "| 1\\\\|2 |"));
        assert!(with("  \"\"\"\n", "", "| 1 | 2 |"));
        assert!(with("", "    ```\n    q\"\"\"\n    ```\n", "| 1 | 2 |"));
        assert!(with("", "    ``` q ```\n", "| 1 | 2 |"));
        assert!(!with("", "    ```\n    | 1 |\n    | 1 | 2 |\n    ```\n", "| 1 |"));
    }

    #[test]
    fn no_description_swallows_what_was_meant_to_run() {
        let rule = "Feature: F\n  Rule: R\n    Scenaro: S\n      When x\n    Scenario: T\n      When x\n      Then y\n";
        let outline = "Feature: F\n  Scenario Outline: S\n    When x\n    Then y\n    Examples: E\n      Thn z\n      | a |\n      | 1 |\n";
        let backdrop = "Feature: F\n  Rule: R\n    Background:\n      Givn z\n    Scenario: T\n      When x\n      Then y\n";
        for (text, line) in
            [(rule, "\"Scenaro: S\""), (outline, "\"Thn z\""), (backdrop, "\"Givn z\"")]
        {
            let found = lint(text);
            let told = found.problems.iter().any(|problem| {
                problem.problem.contains(line) && problem.problem.contains("skipped in silence")
            });
            assert!(told, "{found:?}");
        }
    }

    #[test]
    fn an_outline_that_would_play_nothing_is_an_error() {
        for table in ["", "      | a |\n"] {
            let text = format!(
                "Feature: F\n  Scenario Outline: S\n    When x\n    Then y\n    Examples:\n{table}"
            );
            let found = Features::of(vec![("a.feature".into(), text)]).unwrap().lint;
            assert!(found.problems[0].to_string().contains("without a row"), "{found:?}");
        }
    }

    #[test]
    fn an_undefined_step_is_found_with_the_nearest_one() {
        let found = lint(&SOUND.replace("nothing of theirs works", "nothing of their works"));
        let text = found.undefined[0].to_string();
        assert!(text.starts_with("a.feature:5:"), "{text}");
        assert!(text.contains("nothing of theirs works"), "{text}");
    }

    #[test]
    fn an_uneven_table_and_a_scenario_without_demand_are_errors() {
        let text = "Feature: F\n  Scenario Outline: S\n    When the shared login \"<a>\" is reset\n    Examples:\n      | a |\n      | 1 | 2 |\n";
        let found = lint(text);
        assert!(found.problems[0].to_string().contains("2 cells"), "{found:?}");
        let found =
            lint("Feature: F\n  Scenario: S\n    When the supplier's users are re-activated\n");
        assert!(found.problems[0].to_string().contains("no Then"), "{found:?}");
        let found = lint("Feature: F\n  Scenario: S\n");
        assert!(found.problems[0].to_string().contains("no steps"), "{found:?}");
    }
}
