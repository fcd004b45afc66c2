//! A procedure file: the offboarding under test, step by step.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::error::{FileError, Problems, did_you_mean};
use crate::id::{ActionId, PlatformId, ProcedureId};
use crate::platform::Catalogue;
use crate::platform::template::Template;
use crate::span::Span;

/// The offboarding under test.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Its id.
    pub procedure: ProcedureId,
    /// What it is, for people.
    pub about: Option<String>,
    /// Its commands touch nothing but the supplier they are given.
    #[serde(default)]
    pub drill_safe: bool,
    /// Its steps, in order.
    #[schemars(with = "Vec<StepForm>")]
    pub steps: Vec<Spanned<StepForm>>,
}

/// A step as written: exactly one of `action`, `command`, `ask` and `wait`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepForm {
    /// A platform action: at which platform.
    pub platform: Option<PlatformId>,
    /// Which action.
    pub action: Option<ActionId>,
    /// On what: `every principal`, `every grant`, `every credential`, or an id. By default everything
    /// of the supplier that the action's scope fits.
    #[serde(rename = "for")]
    pub on: Option<String>,
    /// A command and its arguments, started without a shell.
    pub command: Option<Vec<Template>>,
    /// How long the command may take.
    pub timeout: Option<Span>,
    /// A question to a person.
    pub ask: Option<Template>,
    /// A pause, in which the chase may confirm what was done so far.
    pub wait: Option<Span>,
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub enum Step<'p> {
    /// A platform action.
    Action {
        /// At which platform.
        platform: &'p PlatformId,
        /// Which.
        action: &'p ActionId,
        /// On what.
        on: Option<&'p str>,
    },
    /// A command.
    Command {
        /// The program and its arguments.
        words: &'p [Template],
        /// How long it may take.
        timeout: Span,
    },
    /// A question to a person.
    Ask(&'p Template),
    /// A pause.
    Wait(Span),
}

/// How long a command may take that does not say so itself.
const COMMAND_TIMEOUT: Span = Span(std::time::Duration::from_secs(600));

impl Procedure {
    /// Whether it can be rehearsed: nothing in it can touch more than the supplier it is given.
    pub fn is_drill_safe(&self) -> bool {
        let foreign = |step: &Spanned<StepForm>| match step.value.step() {
            Some(Step::Command { .. }) => true,
            Some(Step::Action { .. } | Step::Ask(_) | Step::Wait(_)) | None => false,
        };
        self.drill_safe || !self.steps.iter().any(foreign)
    }
}

impl StepForm {
    /// The step, if the form is one.
    pub fn step(&self) -> Option<Step<'_>> {
        match (&self.platform, &self.action, &self.command, &self.ask, self.wait) {
            (Some(platform), Some(action), None, None, None) => {
                Some(Step::Action { platform, action, on: self.on.as_deref() })
            }
            (None, None, Some(words), None, None) if !words.is_empty() => {
                Some(Step::Command { words, timeout: self.timeout.unwrap_or(COMMAND_TIMEOUT) })
            }
            (None, None, None, Some(text), None) => Some(Step::Ask(text)),
            (None, None, None, None, Some(length)) => Some(Step::Wait(length)),
            _ => None,
        }
    }
}

pub(super) fn check(
    file: &Path,
    procedure: &Procedure,
    catalogue: &Catalogue,
    problems: &mut Problems,
) {
    if procedure.steps.is_empty() {
        problems.push(
            FileError::new(file, "the procedure has no steps").hint("add one under `steps:`"),
        );
    }
    for step in &procedure.steps {
        let mut wrong = |what: String, hint: String| {
            problems.push(FileError::new(file, what).at(step.referenced).hint(hint));
        };
        match step.value.step() {
            None => wrong(
                "a step is a platform action, a command, a question or a pause, and exactly one of them".into(),
                "write {platform: okta, action: deactivate_user}, {command: [./offboard.sh]} or {ask: \"...\"}".into(),
            ),
            Some(Step::Action { platform, action, .. }) => match catalogue.get(platform) {
                None => {
                    let known = catalogue.iter().map(|description| description.platform.as_str());
                    let hint = did_you_mean(platform.as_str(), known)
                        .unwrap_or_else(|| "`doornail platforms` lists them".into());
                    wrong(format!("unknown platform `{platform}`"), hint);
                }
                Some(description) if !description.actions.contains_key(action) => {
                    let known = description.actions.keys().map(ActionId::as_str);
                    let hint = did_you_mean(action.as_str(), known)
                        .unwrap_or_else(|| format!("`doornail platforms {platform}` lists them"));
                    wrong(format!("{platform} has no action `{action}`"), hint);
                }
                Some(_) => {}
            },
            Some(Step::Command { .. } | Step::Ask(_) | Step::Wait(_)) => {}
        }
    }
}
