//! All known platforms: the built-in descriptions, and the user's own beside or over them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::check;
use super::schema::{Budget, Description, Protocol};
use crate::error::{FileError, Problems, from_yaml};
use crate::id::PlatformId;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/platforms");

/// The descriptions in force, by name.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    platforms: BTreeMap<PlatformId, Description>,
    left_out: BTreeSet<PlatformId>,
}

/// The names and texts of the built-in descriptions, in one text: whoever has the same has the same descriptions.
pub fn built_in_texts() -> String {
    let mut files: Vec<_> = BUILT_IN.files().collect();
    files.sort_by_key(|file| file.path());
    let text = |file: &include_dir::File<'_>| {
        format!("{}\n{}\n", file.path().display(), file.contents_utf8().unwrap_or_default())
    };
    files.into_iter().map(text).collect()
}

impl Catalogue {
    /// The built-in descriptions, but for those that need a protocol this doornail does not speak.
    ///
    /// # Errors
    /// What is wrong with them, place by place. A test keeps this from happening.
    pub fn built_in() -> Result<Self, Problems> {
        let mut catalogue = Self::default();
        let mut problems = Problems::default();
        for file in BUILT_IN.files() {
            let text = file.contents_utf8().unwrap_or_default();
            match from_yaml::<Description>(file.path(), text) {
                Ok(description) if !description.can_be_spoken() => {
                    catalogue.left_out.insert(description.platform);
                }
                parsed => catalogue.insert(file.path(), parsed, &mut problems),
            }
        }
        problems.into_result(catalogue)
    }

    /// The built-in platforms that need a protocol this doornail does not speak.
    pub fn left_out(&self) -> &BTreeSet<PlatformId> {
        &self.left_out
    }

    /// Adds the user's own descriptions; one of a built-in's name takes its place.
    ///
    /// # Errors
    /// What is wrong with them, place by place.
    pub fn add_user_folder(mut self, folder: &Path) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        for file in yaml_files(folder)? {
            let text = std::fs::read_to_string(&file)
                .map_err(|error| FileError::new(&file, format!("cannot be read: {error}")))?;
            self.add(&file, &text, &mut problems);
        }
        problems.into_result(self)
    }

    /// Adds one description, given by name and text.
    ///
    /// # Errors
    /// What is wrong with it, place by place.
    pub fn add_text(mut self, file: &Path, text: &str) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        self.add(file, text, &mut problems);
        problems.into_result(self)
    }

    fn add(&mut self, file: &Path, text: &str, problems: &mut Problems) {
        self.insert(file, from_yaml(file, text), problems);
    }

    fn insert(
        &mut self,
        file: &Path,
        parsed: Result<Description, FileError>,
        problems: &mut Problems,
    ) {
        match parsed {
            Ok(description) => {
                check::check(file, &description, problems);
                self.platforms.insert(description.platform.clone(), description);
            }
            Err(error) => problems.push(error),
        }
    }

    /// The same, with other budgets.
    #[must_use]
    pub fn with_budgets(&self, budgets: impl IntoIterator<Item = (PlatformId, Budget)>) -> Self {
        let mut catalogue = self.clone();
        for (platform, budget) in budgets {
            if let Some(description) = catalogue.platforms.get_mut(&platform) {
                description.polite.budget = budget;
            }
        }
        catalogue
    }

    /// A platform by name.
    pub fn get(&self, name: &PlatformId) -> Option<&Description> {
        self.platforms.get(name)
    }

    /// The names of all platforms.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.platforms.keys().map(PlatformId::as_str)
    }

    /// All platforms, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Description> {
        self.platforms.values()
    }
}

/// The built-in platforms that need a protocol this doornail does not speak; usually none.
pub(crate) fn left_out() -> BTreeSet<PlatformId> {
    if Protocol::ALL.into_iter().all(Protocol::is_built_in) {
        return BTreeSet::new();
    }
    Catalogue::built_in().map(|catalogue| catalogue.left_out).unwrap_or_default()
}

/// The YAML files of a folder in order of their names; none if there is no such folder.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn yaml_files(folder: &Path) -> Result<Vec<std::path::PathBuf>, FileError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::new(folder, format!("cannot be read: {error}"))),
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
        })
        .collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::super::rules::{Place, classify};
    use super::super::schema::SampleVerdict;
    use super::*;
    use crate::platform::answer::Answer;
    use crate::verdict::{AliveReason, Verdict};

    #[test]
    fn every_sample_of_every_description_gives_its_verdict() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|problems| panic!("{problems}"));
        let mut count = 0;
        for description in catalogue.iter() {
            for (kind_name, kind) in &description.credentials {
                let mut seen = std::collections::BTreeSet::new();
                for (channel_name, channel) in &kind.probe {
                    for sample in &channel.samples {
                        let place = sample.defined;
                        let sample = &sample.value;
                        let body = match (&sample.json, &sample.text) {
                            (Some(json), _) => json.to_string(),
                            (None, Some(text)) => text.clone(),
                            (None, None) => String::new(),
                        };
                        let mut headers: Vec<_> = sample
                            .headers
                            .iter()
                            .map(|(name, value)| (name.to_lowercase(), value.clone()))
                            .collect();
                        if sample.json.is_some() {
                            headers.push(("content-type".into(), "application/json".into()));
                        }
                        let answer =
                            Answer::new(sample.status.unwrap_or(0), headers, body.as_bytes());
                        let of = channel.steps();
                        let step = sample.at.unwrap_or(of);
                        let lookup = |name: &str| {
                            let value = sample.with.get(name).cloned();
                            Some(value.unwrap_or_else(|| format!("<{name}>")).into())
                        };
                        let name = format!("{}/{kind_name}/{channel_name}", description.platform);
                        let verdict =
                            classify(&name, channel, &answer, Place { step, of }, &lookup);
                        let given = match &verdict {
                            Verdict::Alive(life) => match life.reason {
                                AliveReason::Identified | AliveReason::Contained => {
                                    SampleVerdict::Alive
                                }
                                AliveReason::NotPermitted => SampleVerdict::NotPermitted,
                            },
                            Verdict::Dead(_) => SampleVerdict::Dead,
                            Verdict::Inconclusive(_) => SampleVerdict::Inconclusive,
                        };
                        assert_eq!(
                            given,
                            sample.verdict,
                            "{name}, sample in line {}: {verdict}",
                            place.line()
                        );
                        seen.insert(given);
                        count += 1;
                    }
                }
                assert!(
                    (seen.contains(&SampleVerdict::Alive)
                        || kind.probe.values().all(|channel| channel.alive.is_empty()))
                        && (seen.contains(&SampleVerdict::Dead)
                            || kind.probe.values().all(|channel| channel.no_dead.is_some()))
                        && (seen.contains(&SampleVerdict::NotPermitted)
                            || seen.contains(&SampleVerdict::Inconclusive)),
                    "{}/{kind_name} needs samples: alive, dead, and not-permitted or inconclusive; has {seen:?}",
                    description.platform
                );
            }
        }
        assert!(count > 0, "no samples at all");
    }
}
