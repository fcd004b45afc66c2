//! Reading features: the bundled ones, or the user's; filtered by tags, examples expanded.

use std::path::{Path, PathBuf};

use cucumber::feature::Ext as _;
use cucumber::gherkin::tagexpr::TagOperation;
use cucumber::gherkin::{Feature, GherkinEnv};
use cucumber::tag::Ext as _;
use include_dir::{Dir, include_dir};

use super::lint::{self, Lint};
use crate::error::{FileError, Problems};
use crate::id::PlatformId;
use crate::platform::catalogue::left_out;

static BUNDLED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/features");

/// Where features come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The bundled drills, embedded in the program.
    Bundled,
    /// Files and folders.
    Paths(Vec<PathBuf>),
}

/// Features, read and checked.
#[derive(Debug, Default)]
pub struct Features {
    pub(crate) features: Vec<Feature>,
    /// Name and text of every file.
    pub files: Vec<(PathBuf, String)>,
    /// What is wrong with them.
    pub lint: Lint,
}

impl Features {
    /// Reads and checks features.
    ///
    /// # Errors
    /// If a path does not exist or a file cannot be read or parsed.
    pub fn read(origin: &Origin) -> Result<Self, Problems> {
        let files = match origin {
            Origin::Bundled => bundled("drills"),
            Origin::Paths(paths) => {
                let mut files = Vec::new();
                for path in paths {
                    collect(path, &mut files)?;
                }
                files
            }
        };
        Self::of(files)
    }

    /// Checks features given by name and text.
    ///
    /// # Errors
    /// If a text cannot be parsed.
    pub fn of(files: Vec<(PathBuf, String)>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut features = Vec::new();
        let mut lint = Lint::default();
        for (path, text) in &files {
            let expanded = parse(path, text).and_then(|feature| {
                lint::tables(path, text, &feature, &mut lint);
                lint::form(path, &feature, &mut lint);
                expand(path, feature)
            });
            match expanded {
                Ok(feature) => {
                    lint::steps(path, &feature, &mut lint);
                    features.push(feature);
                }
                Err(error) => problems.push(error),
            }
        }
        problems.into_result(Self { features, files, lint })
    }

    /// Keeps only scenarios that the tag expression selects; without one, all but those tagged `@demo`.
    ///
    /// # Errors
    /// If the expression cannot be read.
    pub fn select(mut self, tags: Option<&str>) -> Result<Self, FileError> {
        let expression: TagOperation = tags.unwrap_or("not @demo").parse().map_err(|error| {
            FileError::new(
                Path::new("--tags"),
                format!("{:?} is no tag expression: {error}", tags.unwrap_or("")),
            )
            .hint("write @quarterly, \"not @demo\", or \"@a and (@b or @c)\"")
        })?;
        for feature in &mut self.features {
            let of_feature = feature.tags.clone();
            let selected = |own: &[String], of_rule: &[String]| {
                expression.eval(own.iter().chain(of_rule).chain(&of_feature))
            };
            feature.scenarios.retain(|scenario| selected(&scenario.tags, &[]));
            for rule in &mut feature.rules {
                let of_rule = rule.tags.clone();
                rule.scenarios.retain(|scenario| selected(&scenario.tags, &of_rule));
            }
        }
        self.features.retain(|feature| feature.count_scenarios() > 0);
        Ok(self)
    }

    /// How many scenarios there are.
    pub fn count(&self) -> usize {
        self.features.iter().map(cucumber::gherkin::Feature::count_scenarios).sum()
    }

    /// All tags, of features and scenarios, with their `@`.
    pub fn tags(&self) -> std::collections::BTreeSet<String> {
        let of_features = self.features.iter().flat_map(|feature| &feature.tags);
        let of_scenarios =
            self.features.iter().flat_map(|feature| &feature.scenarios).flat_map(|one| &one.tags);
        of_features.chain(of_scenarios).map(|tag| format!("@{tag}")).collect()
    }

    /// The steps of all scenarios, for looking up what they name.
    pub fn step_texts(&self) -> impl Iterator<Item = &str> {
        self.features.iter().flat_map(|feature| {
            let background = feature.background.iter().flat_map(|background| &background.steps);
            let scenarios = feature.scenarios.iter();
            let of_rules = feature.rules.iter().flat_map(|rule| &rule.scenarios);
            let steps = scenarios.chain(of_rules).flat_map(|scenario| &scenario.steps);
            background.chain(steps).map(|step| step.value.as_str())
        })
    }
}

/// The bundled files of one folder, by name and text; but for those named after a platform that needs a protocol
/// this doornail does not speak.
pub(crate) fn bundled(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files: Vec<(PathBuf, String)> = BUNDLED
        .get_dir(folder)
        .into_iter()
        .flat_map(Dir::files)
        .filter_map(|file| {
            Some((Path::new("features").join(file.path()), file.contents_utf8()?.to_owned()))
        })
        .collect();
    let missing = left_out();
    files.retain(|(path, _)| !missing.iter().any(|platform| is_of(path, platform)));
    files.sort();
    files
}

/// Whether a bundled file is about one platform: `mailbox.feature`, `acme-mailbox.yaml`.
fn is_of(path: &Path, platform: &PlatformId) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let before = stem.strip_suffix(platform.as_str());
    before.is_some_and(|before| before.is_empty() || before.ends_with('-'))
}

fn collect(path: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<(), FileError> {
    let read = |error: std::io::Error| FileError::new(path, format!("cannot be read: {error}"));
    let facts = std::fs::metadata(path)
        .map_err(|error| read(error).hint("name a .feature file, or a folder that holds some"))?;
    if facts.is_file() {
        let text = std::fs::read_to_string(path).map_err(read)?;
        files.push((path.to_owned(), text));
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(read)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|entry| {
            entry.is_dir() || entry.extension().is_some_and(|extension| extension == "feature")
        })
        .collect();
    entries.sort();
    for entry in entries {
        collect(&entry, files)?;
    }
    Ok(())
}

fn parse(path: &Path, text: &str) -> Result<Feature, FileError> {
    let mut feature = Feature::parse(text, GherkinEnv::default()).map_err(|error| {
        // What else the parser would have taken is a set without order, and of no help.
        let mut problem = FileError::new(path, "not a feature: nothing that may stand here")
            .hint("keywords are Feature, Background, Scenario, Given, When, Then, And, But");
        problem.place = place(&error.to_string());
        problem
    })?;
    feature.path = Some(path.to_owned());
    Ok(feature)
}

fn expand(path: &Path, feature: Feature) -> Result<Feature, FileError> {
    let steps = expanded(&feature);
    if steps > MOST_STEPS {
        let what = format!("its examples make {steps} steps of it, at most {MOST_STEPS} are run");
        return Err(FileError::new(path, what).hint("spread them over several files"));
    }
    feature.expand_examples().map_err(|error| {
        let what = format!("no column of the examples is named <{}>", error.name);
        let mut problem = FileError::new(path, what).hint("add the column, or mend the name");
        problem.place = Some((error.pos.line as u64, error.pos.col as u64));
        problem
    })
}

/// The parser keeps its place to itself, save in its message: `Error at 3:7: ...`.
fn place(message: &str) -> Option<(u64, u64)> {
    let mut numbers = message.strip_prefix("Error at ")?.split(':');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// A small file can ask for very many: each row of examples repeats every step.
const MOST_STEPS: usize = 100_000;

fn expanded(feature: &Feature) -> usize {
    let of_rules = feature.rules.iter().flat_map(|rule| &rule.scenarios);
    let counts = feature.scenarios.iter().chain(of_rules).map(|scenario| {
        let tables = scenario.examples.iter().filter_map(|examples| examples.table.as_ref());
        let rows: usize = tables.map(|table| table.rows.len()).sum();
        scenario.steps.len().max(1).saturating_mul(rows.max(1))
    });
    counts.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> FileError {
        let problems = Features::of(vec![("a.feature".into(), text.to_owned())]).unwrap_err();
        problems.0[0].clone()
    }

    #[test]
    fn a_bundled_file_is_of_the_platform_it_is_named_after() {
        let is = |path: &str| is_of(Path::new(path), &PlatformId::new("mailbox"));
        assert!(is("features/platforms/mailbox.feature"));
        assert!(is("features/estate/suppliers/globex-mailbox.yaml"));
        assert!(!is("features/estate/suppliers/acme.yaml"));
        assert!(!is("features/drills/our-othermailbox.feature"));
    }

    #[test]
    fn what_is_no_feature_is_told_with_its_place_and_the_same_each_time() {
        let text = "Feature: F\n  Scenario: S\n    Given x\n  Nonsense: y\n    Given z\n";
        let found = problem(text);
        // The parser says how far it came, which may be the line after.
        assert!(matches!(found.place, Some((4 | 5, _))), "{found}");
        assert!((0..20).all(|_| problem(text) == found));
        let outline = "Feature: F\n  Scenario Outline: S\n    When <b>\n    Examples:\n      | a |\n      | 1 |\n";
        let found = problem(outline);
        assert_eq!(found.place.unwrap().0, 3, "{found}");
        assert!(found.problem.contains("<b>"), "{found}");
    }

    #[test]
    fn a_small_file_cannot_ask_for_millions_of_steps() {
        let steps = "    When x\n".repeat(400);
        let rows = "      | 1 |\n".repeat(400);
        let text =
            format!("Feature: F\n  Scenario Outline: S\n{steps}    Examples:\n      | a |\n{rows}");
        assert!(problem(&text).problem.contains("at most 100000"), "{}", problem(&text));
    }
}
