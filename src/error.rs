//! Errors of files people write: where, what was found, what was expected, and what to type next.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// One thing wrong with one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file, as the user named it.
    pub file: PathBuf,
    /// Line and column, counted from 1, where they are known.
    pub place: Option<(u64, u64)>,
    /// What was found and what was expected.
    pub problem: String,
    /// What to type next.
    pub hint: Option<String>,
}

impl FileError {
    pub(crate) fn new(file: &Path, problem: impl Into<String>) -> Self {
        Self { file: file.to_owned(), place: None, problem: problem.into(), hint: None }
    }

    pub(crate) fn at(mut self, location: serde_saphyr::Location) -> Self {
        self.place = Some((location.line(), location.column()));
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.problem)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

/// Everything wrong with the files of a project, so that one pass mends them all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<FileError>);

impl Problems {
    pub(crate) fn push(&mut self, error: FileError) {
        self.0.push(error);
    }

    pub(crate) fn extend(&mut self, errors: impl IntoIterator<Item = FileError>) {
        self.0.extend(errors);
    }

    pub(crate) fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<FileError> for Problems {
    fn from(error: FileError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Reads one YAML document strictly.
pub(crate) fn from_yaml<T: DeserializeOwned>(file: &Path, text: &str) -> Result<T, FileError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let plain = error.without_snippet();
        let message = plain.to_string();
        // The message ends with its own place; the place is printed once, in front.
        let message = match message.find(" at line ") {
            Some(end) => message[..end].to_owned(),
            None => message,
        };
        let hint = unknown_field_hint(&message);
        let message = if hint.is_none() { without_found(message) } else { message };
        let mut problem = FileError::new(file, message);
        if let Some(location) = plain.location() {
            problem = problem.at(location);
        }
        match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    })
}

/// What stands where one of a few words is due may be anything, even a secret: unless it is nearly one of
/// them, it is not repeated.
fn without_found(message: String) -> String {
    match message
        .strip_prefix("unknown variant `")
        .and_then(|rest| rest.rsplit_once("`, expected "))
    {
        Some((_, known)) => format!("expected {known}, found something else"),
        None => message,
    }
}

/// `unknown field `x`, expected one of `a`, `b`` becomes "did you mean".
fn unknown_field_hint(message: &str) -> Option<String> {
    if !message.contains("unknown field") && !message.contains("unknown variant") {
        return None;
    }
    let (found, known) = message.split_once("expected")?;
    let found = found.split('`').nth(1)?;
    did_you_mean(found, known.trim_start_matches(" one of").split([',', '`', ' ']))
}

/// Names longer than this, and more of them, are not compared: nobody mistypes such, and comparing is
/// quadratic.
const LONGEST_NAME: usize = 120;
const MOST_NAMES: usize = 300;

/// The nearest known name, as a hint.
pub(crate) fn did_you_mean<'a>(
    found: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    if found.len() > LONGEST_NAME {
        return None;
    }
    let nearest = known
        .into_iter()
        .take(MOST_NAMES)
        .filter(|name| name.len() <= LONGEST_NAME)
        .map(|name| (strsim::jaro_winkler(found, name), name))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(format!("did you mean `{}`?", nearest.1))
}

/// The nearest of the known names as a hint, or some of them.
pub(crate) fn nearest_or_known<'a>(
    found: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> String {
    did_you_mean(found, known.clone()).unwrap_or_else(|| known_names(&known.collect::<Vec<_>>()))
}

/// The known names as a hint, not more of them than fit a glance.
pub(crate) fn known_names(known: &[&str]) -> String {
    const SHOWN: usize = 12;
    if known.is_empty() {
        return "there are none".to_owned();
    }
    let names: Vec<&str> =
        known.iter().copied().filter(|name| name.len() <= LONGEST_NAME).take(SHOWN).collect();
    let more = match known.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("known: {}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its name matters")]
        supplier: String,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Way {
        Bearer,
        Cookie,
    }

    #[test]
    fn a_word_is_repeated_only_if_it_is_nearly_a_known_one() {
        let told =
            |text: &str| from_yaml::<Way>(Path::new("a.yaml"), text).unwrap_err().to_string();
        let typo = told("barer");
        assert!(typo.contains("`barer`") && typo.contains("did you mean `bearer`"), "{typo}");
        let secret = told("hunter2-5f3c9b");
        assert!(!secret.contains("hunter2") && secret.contains("bearer"), "{secret}");
        assert!(matches!(from_yaml(Path::new("a.yaml"), "cookie").unwrap(), Way::Cookie));
        assert!(matches!(from_yaml(Path::new("a.yaml"), "bearer").unwrap(), Way::Bearer));
    }

    #[test]
    fn known_names_fit_a_glance_however_many_there_are() {
        let long = "x".repeat(1_000);
        let names: Vec<&str> = std::iter::once(long.as_str()).chain(vec!["name"; 5_000]).collect();
        let told = known_names(&names);
        assert!(told.ends_with(" and 4989 more") && told.len() < 200, "{told}");
        assert_eq!(known_names(&["a", "b"]), "known: a, b");
        assert_eq!(did_you_mean(&long, [long.as_str()]), None);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_the_nearest_known_one() {
        let error =
            from_yaml::<Sample>(Path::new("a.yaml"), "supplier: x\nsuplier: y\n").unwrap_err();
        assert_eq!(error.place.unwrap().0, 2);
        assert_eq!(error.hint.as_deref(), Some("did you mean `supplier`?"), "{error}");
    }
}
