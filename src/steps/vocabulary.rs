//! The one registry of steps: pattern, meaning, example and body stand side by side.

use cucumber::gherkin::StepType;
use cucumber::step::{Collection, Context, Step};
use futures::future::LocalBoxFuture;
use regex::Regex;

use super::world::{DrillWorld, StepError};
use super::{given, then, when};
use crate::drill::Drill;

/// One step of the vocabulary.
pub struct StepDef {
    /// `Given`, `When` or `Then`.
    pub keyword: &'static str,
    /// The pattern its text must match as a whole.
    pub pattern: &'static str,
    /// What it means.
    pub about: &'static str,
    /// An example of it.
    pub example: &'static str,
    pub(crate) run: Step<DrillWorld>,
    pub(crate) body: Body,
}

impl std::fmt::Debug for StepDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.keyword, self.pattern)
    }
}

/// What a step's body is given beside the drill.
pub(crate) struct Args {
    /// The step as written.
    pub(crate) text: String,
    /// The table below it; empty if there is none.
    pub(crate) table: Vec<Vec<String>>,
    captures: Vec<String>,
}

impl Args {
    /// What the pattern's group captured, counted from 1; empty if it took no part.
    pub(crate) fn get(&self, group: usize) -> &str {
        self.captures.get(group).map_or("", String::as_str)
    }

    /// The same, or none if it took no part.
    pub(crate) fn maybe(&self, group: usize) -> Option<&str> {
        Some(self.get(group)).filter(|text| !text.is_empty())
    }
}

/// The body of a step.
pub(crate) type Body =
    for<'a> fn(&'a mut Drill, &'a Args) -> LocalBoxFuture<'a, Result<(), StepError>>;

/// Runs a body; a failure is recorded and ends the scenario, as the framework wants it, by a panic.
pub(crate) fn perform(
    world: &mut DrillWorld,
    context: Context,
    body: Body,
) -> LocalBoxFuture<'_, ()> {
    Box::pin(async move {
        let args = Args {
            text: context.step.value.clone(),
            table: context.step.table.map(|table| table.rows).unwrap_or_default(),
            captures: context.matches.into_iter().map(|(_, text)| text).collect(),
        };
        let outcome = match world.drill() {
            Ok(drill) => body(drill, &args).await,
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            if let Some(drill) = &world.drill {
                drill.step_failed(&args.text, &error.0);
            }
            // The framework knows a failed step only by its panic, which it catches.
            std::panic::panic_any(error.0);
        }
    })
}

/// Writes a table of steps.
macro_rules! steps {
    ($(
        $(#[doc = $about:literal])+
        $keyword:ident $pattern:literal, $example:literal,
        |$drill:ident, $args:ident| $body:expr;
    )*) => {
        &[$({
            const BODY: $crate::steps::vocabulary::Body =
                |$drill, $args| Box::pin(async move { $body });
            $crate::steps::vocabulary::StepDef {
                keyword: stringify!($keyword),
                pattern: concat!("^", $pattern, "$"),
                about: concat!($($about),+),
                example: $example,
                run: |world, context| $crate::steps::vocabulary::perform(world, context, BODY),
                body: BODY,
            }
        }),*]
    };
}
pub(crate) use steps;

/// Every step there is.
pub fn all() -> impl Iterator<Item = &'static StepDef> {
    [given::STEPS, when::STEPS, then::STEPS].into_iter().flatten()
}

/// Plays one `Then` without the framework.
pub(crate) async fn demand(drill: &mut Drill, text: &str) -> Result<(), StepError> {
    let found = all().filter(|step| step.keyword == "Then").find_map(|step| {
        let regex = compiled(step);
        let captures = regex.captures(text)?;
        let group =
            |found: Option<regex::Match<'_>>| found.map_or("", |found| found.as_str()).to_owned();
        Some((step, captures.iter().map(group).collect()))
    });
    let Some((step, captures)) = found else {
        return Err(StepError("it is undefined: no definition matches it".to_owned()));
    };
    let args = Args { text: text.to_owned(), table: Vec::new(), captures };
    (step.body)(drill, &args).await
}

/// The vocabulary as the framework takes it.
pub(crate) fn collection() -> Collection<DrillWorld> {
    all().fold(Collection::new(), |collection, step| {
        let regex = compiled(step);
        match step.keyword {
            "Given" => collection.given(None, regex, step.run),
            "When" => collection.when(None, regex, step.run),
            _ => collection.then(None, regex, step.run),
        }
    })
}

fn compiled(step: &StepDef) -> Regex {
    Regex::new(step.pattern).unwrap_or_else(|error| panic!("step pattern: {error}"))
}

/// The keyword of a parsed step.
pub(crate) fn keyword(of: StepType) -> &'static str {
    match of {
        StepType::Given => "Given",
        StepType::When => "When",
        StepType::Then => "Then",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_matches_its_own_step_and_no_other() {
        for step in all() {
            let matching: Vec<_> = all()
                .filter(|other| other.keyword == step.keyword)
                .filter(|other| compiled(other).is_match(step.example))
                .map(|other| other.pattern)
                .collect();
            assert_eq!(matching, [step.pattern], "{}", step.example);
        }
    }

    #[test]
    fn every_step_is_described() {
        for step in all() {
            assert!(step.about.len() > 20, "{}", step.pattern);
        }
    }
}
