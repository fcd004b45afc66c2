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

/// `unknown field `x`, expected one of `a`, `b`` becomes "did you mean".
fn unknown_field_hint(message: &str) -> Option<String> {
    if !message.contains("unknown field") && !message.contains("unknown variant") {
        return None;
    }
    let (found, known) = message.split_once("expected")?;
    let found = found.split('`').nth(1)?;
    did_you_mean(found, known.trim_start_matches(" one of").split([',', '`', ' ']))
}

/// The nearest known name, as a hint.
pub(crate) fn did_you_mean<'a>(
    found: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let nearest = known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(found, name), name))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(format!("did you mean `{}`?", nearest.1))
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

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_the_nearest_known_one() {
        let error =
            from_yaml::<Sample>(Path::new("a.yaml"), "supplier: x\nsuplier: y\n").unwrap_err();
        assert_eq!(error.place.unwrap().0, 2);
        assert_eq!(error.hint.as_deref(), Some("did you mean `supplier`?"), "{error}");
    }
}
