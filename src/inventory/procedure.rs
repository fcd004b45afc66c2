//! A procedure file: the offboarding under test, step by step.

use std::borrow::Cow;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::secret_ref::SecretRef;
use crate::error::{FileError, Problems, did_you_mean};
use crate::id::{ActionId, KindId, PlatformId, ProcedureId};
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
    /// Whether it ends a contract in good order, or ends access at once.
    #[serde(default)]
    pub end: Occasion,
    /// What becomes of it when a bystander is refused while it is at work. By default a rehearsal stops, a planned
    /// end asks, and an adverse end goes on.
    pub on_harm: Option<OnHarm>,
    /// Its steps, in order.
    #[schemars(with = "Vec<StepForm>")]
    pub steps: Vec<Spanned<StepForm>>,
}

/// Why access is ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Occasion {
    /// In good order: nothing is deleted before what is to be kept is kept.
    #[default]
    Planned,
    /// At once, against a supplier that is not trusted any more: nothing holds containment up.
    Adverse,
}

/// What becomes of a procedure when a bystander is refused while it is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnHarm {
    /// A first refusal pauses it, refusals in a row stop it, an answer resumes it.
    Stop,
    /// As `stop`, but a person is asked whether it goes on; where nobody is, it stops.
    Ask,
    /// It goes on, and says so.
    Continue,
}

/// A kind of credentials, with its platform: `zendesk.api_token`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct KindOf(String);

impl JsonSchema for KindOf {
    fn schema_name() -> Cow<'static, str> {
        "KindOf".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A kind of credentials, with its platform: `zendesk.api_token`.",
            "pattern": r"^[a-z][^.]*\..+$",
        })
    }
}

impl KindOf {
    /// Its platform and its name there.
    pub fn parts(&self) -> (PlatformId, KindId) {
        let (platform, kind) = self.0.split_once('.').unwrap_or((&self.0, ""));
        (PlatformId::new(platform), KindId::new(kind))
    }
}

impl TryFrom<String> for KindOf {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('.') {
            Some((platform, kind))
                if platform.starts_with(|first: char| first.is_ascii_lowercase())
                    && !kind.is_empty() =>
            {
                Ok(Self(text))
            }
            Some(_) | None => {
                Err(format!("{text:?} is no kind, expected one such as zendesk.api_token"))
            }
        }
    }
}

impl std::fmt::Display for KindOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A step as written: exactly one of `action`, `command`, `webhook`, `ask` and `wait`.
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
    /// The platforms whose `act` secrets the command is given, as variables such as `OKTA_ADMIN_TOKEN`.
    #[serde(default)]
    pub secrets: Vec<PlatformId>,
    /// An address that is told whom to offboard, such as an ITSM's or SOAR's: POST, with a JSON body.
    pub webhook: Option<Template>,
    /// What the webhook's body is signed with: HMAC-SHA256 in `X-Hub-Signature-256`.
    pub sign: Option<SecretRef>,
    /// The kinds of credentials that the step is to end, as `platform.kind`. The report names the step where one
    /// of them lives on.
    #[serde(default)]
    pub kills: Vec<KindOf>,
    /// What the step keeps before anything is deleted, such as `legal hold on her mailbox`. It has to come before
    /// every step that deletes; in a planned end, nothing is deleted if it fails.
    pub preserve: Option<String>,
    /// Whether the step deletes something that cannot be had back. Of a platform's action that is known, of anything
    /// else it has to be said in a procedure that preserves.
    pub deletes: Option<bool>,
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
        /// The platforms whose `act` secrets it is given.
        secrets: &'p [PlatformId],
    },
    /// An address that is told.
    Webhook {
        /// The address.
        url: &'p Template,
        /// What the body is signed with.
        sign: Option<&'p SecretRef>,
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
            Some(Step::Command { .. } | Step::Webhook { .. }) => true,
            Some(Step::Action { .. } | Step::Ask(_) | Step::Wait(_)) | None => false,
        };
        self.drill_safe || !self.steps.iter().any(foreign)
    }
}

impl StepForm {
    /// Whether it deletes: as it says itself, or as its action is described; none if nobody says.
    pub fn deletes(&self, catalogue: &Catalogue) -> Option<bool> {
        self.deletes.or_else(|| match self.step()? {
            Step::Action { platform, action, .. } => {
                Some(catalogue.get(platform)?.actions.get(action)?.deletes(action.as_str()))
            }
            Step::Wait(_) => Some(false),
            Step::Command { .. } | Step::Webhook { .. } | Step::Ask(_) => None,
        })
    }

    /// The step, if the form is one.
    pub fn step(&self) -> Option<Step<'_>> {
        let webhook = self.webhook.as_ref();
        if (webhook.is_none() && self.sign.is_some())
            || (self.command.is_none() && !self.secrets.is_empty())
        {
            return None;
        }
        match (&self.platform, &self.action, &self.command, webhook, &self.ask, self.wait) {
            (Some(platform), Some(action), None, None, None, None) => {
                Some(Step::Action { platform, action, on: self.on.as_deref() })
            }
            (None, None, Some(words), None, None, None) if !words.is_empty() => {
                let timeout = self.timeout.unwrap_or(COMMAND_TIMEOUT);
                Some(Step::Command { words, timeout, secrets: &self.secrets })
            }
            (None, None, None, Some(url), None, None) => {
                Some(Step::Webhook { url, sign: self.sign.as_ref() })
            }
            (None, None, None, None, Some(text), None) => Some(Step::Ask(text)),
            (None, None, None, None, None, Some(length)) => Some(Step::Wait(length)),
            _ => None,
        }
    }
}

/// What is to be kept is kept before anything is deleted.
fn check_order(file: &Path, procedure: &Procedure, catalogue: &Catalogue, problems: &mut Problems) {
    if !procedure.steps.iter().any(|step| step.value.preserve.is_some()) {
        return;
    }
    let mut deleted = None;
    for (number, step) in procedure.steps.iter().enumerate() {
        let mut wrong = |what: String, hint: &str| {
            problems.push(FileError::new(file, what).at(step.referenced).hint(hint));
        };
        let deletes = step.value.deletes(catalogue);
        if let Some(kept) = &step.value.preserve {
            if step.value.deletes == Some(true) {
                wrong(
                    format!("the step is to preserve `{kept}`, and deletes"),
                    "make two steps of it, and the one that preserves the first",
                );
            }
            if let Some(first) = deleted {
                wrong(
                    format!("`{kept}` would be preserved after step {first} has deleted"),
                    "put it before every step that deletes, or write `deletes: false` beside one that does not",
                );
            }
            continue;
        }
        match deletes {
            Some(true) => deleted = deleted.or(Some(number + 1)),
            Some(false) => {}
            // What is no step at all is told elsewhere.
            None if step.value.step().is_none() => {}
            None if matches!(step.value.step(), Some(Step::Action { .. })) => {}
            None => wrong(
                "the procedure preserves, and nothing says whether this step deletes".to_owned(),
                "add `deletes: true` or `deletes: false`",
            ),
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
    check_order(file, procedure, catalogue, problems);
    for step in &procedure.steps {
        let mut wrong = |what: String, hint: String| {
            problems.push(FileError::new(file, what).at(step.referenced).hint(hint));
        };
        match step.value.step() {
            None => wrong(
                "a step is a platform action, a command, a webhook, a question or a pause, and exactly one of them".into(),
                "write {platform: okta, action: deactivate_user}, {command: [./offboard.sh]} or {ask: \"...\"}; `secrets` goes with \
                 a command, `sign` with a webhook".into(),
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
            Some(Step::Command { secrets, .. }) => {
                for platform in secrets.iter().filter(|platform| catalogue.get(platform).is_none()) {
                    let hint = did_you_mean(platform.as_str(), catalogue.names())
                        .unwrap_or_else(|| "`doornail platforms` lists them".into());
                    wrong(format!("secrets: unknown platform `{platform}`"), hint);
                }
            }
            Some(Step::Webhook { .. } | Step::Ask(_) | Step::Wait(_)) => {}
        }
        for kind in &step.value.kills {
            let (platform, name) = kind.parts();
            let described = catalogue.get(&platform);
            if !described.is_some_and(|known| known.credentials.contains_key(&name)) {
                let kinds = described.into_iter().flat_map(|known| known.credentials.keys());
                let hint = did_you_mean(name.as_str(), kinds.map(KindId::as_str))
                    .unwrap_or_else(|| format!("`doornail platforms {platform}` lists its kinds"));
                wrong(format!("kills: unknown kind `{kind}`"), hint);
            }
        }
    }
}
