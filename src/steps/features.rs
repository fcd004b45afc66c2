//! Reading features: the bundled ones, or the user's; filtered by tags, examples expanded.

use std::path::{Path, PathBuf};

use cucumber::feature::Ext as _;
use cucumber::gherkin::tagexpr::TagOperation;
use cucumber::gherkin::{Feature, GherkinEnv};
use cucumber::tag::Ext as _;
use include_dir::{Dir, include_dir};

use super::lint::{self, Lint};
use crate::error::{FileError, Problems};

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
        let mut problems = Problems::default();
        let mut features = Vec::new();
        let mut lint = Lint::default();
        for (path, text) in &files {
            lint::tables(path, text, &mut lint);
            match parse(path, text) {
                Ok(feature) => {
                    lint::feature(path, &feature, &mut lint);
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

/// The bundled files of one folder, by name and text.
pub(crate) fn bundled(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files: Vec<(PathBuf, String)> = BUNDLED
        .get_dir(folder)
        .into_iter()
        .flat_map(Dir::files)
        .filter_map(|file| {
            Some((Path::new("features").join(file.path()), file.contents_utf8()?.to_owned()))
        })
        .collect();
    files.sort();
    files
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
        let mut why = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(current) = cause {
            why = format!("{why}: {current}");
            cause = current.source();
        }
        FileError::new(path, format!("not a feature: {}", why.replace('\n', " ")))
            .hint("keywords are Feature, Background, Scenario, Given, When, Then, And, But")
    })?;
    feature.path = Some(path.to_owned());
    feature.expand_examples().map_err(|error| FileError::new(path, error.to_string()))
}
