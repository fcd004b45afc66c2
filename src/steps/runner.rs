//! Running features through the framework, with everything that could turn green by itself closed.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cucumber::event::{ScenarioFinished, StepError as StepFailure};
use cucumber::gherkin::{Feature, Rule, Scenario, Step};
use cucumber::parser::Result as ParserResult;
use cucumber::{Cucumber, Parser, cli, runner};
use futures::stream;

use super::features::Features;
use super::vocabulary::{collection, keyword};
use super::world::DrillWorld;
use super::writer::{Watch, panic_text};
use crate::drill::{Drill, Ground, Shared};
use crate::journal::event::{ScenarioResult, ScenarioStarted};

/// Features that were read before: the framework's own parser knows no embedded ones.
struct Parsed(Vec<Feature>);

impl Parser<()> for Parsed {
    type Cli = cli::Empty;
    type Output = stream::Iter<std::vec::IntoIter<ParserResult<Feature>>>;

    fn parse(self, _input: (), _cli: cli::Empty) -> Self::Output {
        let features: Vec<ParserResult<Feature>> = self.0.into_iter().map(Ok).collect();
        stream::iter(features)
    }
}

/// Runs every scenario: one at a time on real platforms, a few at once on mocks. Everything that happens is in the journal afterwards.
///
/// What the framework could not run is returned: the run is not whole then.
pub async fn run(features: Features, shared: Arc<Shared>) -> Vec<String> {
    let expected = features.count();
    let numbers = Arc::new(Mutex::new(numbers(&features.features)));
    let at_once = match shared.ground {
        // Each has its own mocks and clock, so they cannot disturb one another.
        Ground::Mocks { .. } => AT_ONCE_ON_MOCKS,
        Ground::Real(_) => 1,
    };
    let stop = shared.stop.clone();
    let watch = Cucumber::<DrillWorld, _, (), _, _>::custom(
        Parsed(features.features),
        runner::Basic::default().steps(collection()),
        Watch::default(),
    )
    .max_concurrent_scenarios(Some(at_once))
    // A retry would turn a survivor into a pass.
    .retry_options(|_, _, _, _| None)
    .before(move |feature, rule, scenario, world| {
        let (shared, numbers) = (shared.clone(), numbers.clone());
        Box::pin(async move {
            let place = place(feature, scenario);
            let number = numbers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_mut(&place)
                .and_then(VecDeque::pop_front)
                .unwrap_or(u32::MAX);
            let facts = facts(feature, rule, scenario);
            match Drill::begin(shared, number, facts).await {
                Ok(drill) => world.drill = Some(drill),
                Err(error) => world.failure = Some(error),
            }
        })
    })
    .after(|_, _, _, finished, world| {
        Box::pin(async move {
            let Some(drill) = world.and_then(|world| world.drill.take()) else { return };
            let result = match finished {
                ScenarioFinished::StepPassed => ScenarioResult::Completed,
                ScenarioFinished::StepSkipped => {
                    drill.step_failed("(a step)", "it is undefined: no definition matches it");
                    ScenarioResult::Broken
                }
                ScenarioFinished::BeforeHookFailed(info) => {
                    drill.step_failed("(the beginning)", &panic_text(info));
                    ScenarioResult::Broken
                }
                ScenarioFinished::StepFailed(_, _, failure) => {
                    if drill.has_no_failure() {
                        drill.step_failed("(a step)", &failure_text(failure));
                    }
                    ScenarioResult::Broken
                }
            };
            drill.end(result).await;
        })
    })
    .with_cli(cli::Opts {
        re_filter: None,
        tags_filter: None,
        parser: cli::Empty,
        runner: runner::basic::Cli::default(),
        writer: cli::Empty,
        custom: cli::Empty,
    })
    .filter_run((), move |_, _, _| !stop.is_stopped())
    .await;
    let mut errors = watch.errors;
    if watch.finished < expected {
        errors.push(format!("only {} of {expected} scenarios were run", watch.finished));
    }
    errors
}

/// More would not be faster: one thread plays them all.
const AT_ONCE_ON_MOCKS: usize = 4;

/// Scenarios are numbered as they stand in the features, whichever begins first.
type Numbers = HashMap<Place, VecDeque<u32>>;

/// Where a scenario stands. Expanded examples share it, and are taken in their order.
type Place = (Option<PathBuf>, usize, String);

fn place(feature: &Feature, scenario: &Scenario) -> Place {
    (feature.path.clone(), scenario.position.line, scenario.name.clone())
}

fn numbers(features: &[Feature]) -> Numbers {
    let mut numbers = Numbers::new();
    let mut next = 0;
    for feature in features {
        let of_rules = feature.rules.iter().flat_map(|rule| &rule.scenarios);
        for scenario in feature.scenarios.iter().chain(of_rules) {
            next += 1;
            numbers.entry(place(feature, scenario)).or_default().push_back(next);
        }
    }
    numbers
}

/// A step and the rows of its table, as they stand in the feature.
fn as_written(step: &Step) -> Vec<String> {
    let first = format!("{} {}", keyword(step.ty), step.value);
    let rows = step.table.iter().flat_map(|table| &table.rows);
    std::iter::once(first).chain(rows.map(|cells| format!("  | {} |", cells.join(" | ")))).collect()
}

fn failure_text(failure: &StepFailure) -> String {
    match failure {
        StepFailure::NotFound => "it is undefined: no definition matches it".to_owned(),
        StepFailure::AmbiguousMatch(error) => error.to_string(),
        StepFailure::Panic(info) => panic_text(info),
    }
}

fn facts(feature: &Feature, rule: Option<&Rule>, scenario: &Scenario) -> ScenarioStarted {
    let background = feature
        .background
        .iter()
        .chain(rule.and_then(|rule| rule.background.as_ref()))
        .flat_map(|background| &background.steps);
    let steps = background.chain(&scenario.steps);
    let tags =
        feature.tags.iter().chain(rule.iter().flat_map(|rule| &rule.tags)).chain(&scenario.tags);
    ScenarioStarted {
        feature: feature.name.clone(),
        name: scenario.name.clone(),
        file: feature.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
        line: scenario.position.line,
        tags: tags.cloned().collect(),
        steps: steps.flat_map(as_written).collect(),
        // The drill's clock knows; it begins with the scenario.
        began: jiff::Timestamp::UNIX_EPOCH,
    }
}
