//! The framework's events, watched so that nothing it does goes unseen; the journal is what is shown.

use cucumber::event::{self, Cucumber, Feature, Hook, Rule, Scenario};
use cucumber::{Event, Writer, cli, parser, writer};

use super::world::DrillWorld;

/// Counts what the framework says happened.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Scenarios that ended.
    pub(crate) finished: usize,
    /// What went wrong outside any step.
    pub(crate) errors: Vec<String>,
}

impl Writer<DrillWorld> for Watch {
    type Cli = cli::Empty;

    async fn handle_event(
        &mut self,
        event: parser::Result<Event<Cucumber<DrillWorld>>>,
        _cli: &cli::Empty,
    ) {
        let scenario = match event.map(Event::into_inner) {
            Err(error) => {
                self.errors.push(error.to_string());
                return;
            }
            Ok(
                Cucumber::Feature(_, Feature::Scenario(_, scenario))
                | Cucumber::Feature(_, Feature::Rule(_, Rule::Scenario(_, scenario))),
            ) => scenario,
            Ok(Cucumber::Started | Cucumber::Finished | Cucumber::ParsingFinished { .. })
            | Ok(Cucumber::Feature(_, Feature::Started | Feature::Finished))
            | Ok(Cucumber::Feature(_, Feature::Rule(_, Rule::Started | Rule::Finished))) => return,
        };
        match scenario.event {
            Scenario::Finished => self.finished += 1,
            Scenario::Hook(_, Hook::Failed(_, info)) => {
                self.errors.push(format!("a hook failed: {}", panic_text(&info)));
            }
            Scenario::Hook(_, Hook::Started | Hook::Passed)
            | Scenario::Started
            | Scenario::Background(..)
            | Scenario::Step(..)
            | Scenario::Log(_) => {}
        }
    }
}

impl writer::Normalized for Watch {}

/// The text of a panic, if it has one.
pub(crate) fn panic_text(info: &event::Info) -> String {
    info.downcast_ref::<String>()
        .cloned()
        .or_else(|| info.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "no message".to_owned())
}
