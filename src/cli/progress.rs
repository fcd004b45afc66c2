//! What is shown while a run goes on: a line on a terminal, events with `--verbose`, nothing otherwise.

use std::time::Duration;

use doornail::journal::event::{Entry, Event};
use doornail::report::inert::Inert;
use indicatif::{ProgressBar, ProgressStyle};

use super::output::Output;

/// Shows events as they are recorded.
pub(crate) struct Progress {
    output: Output,
    verbose: u8,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(crate) fn new(output: Output, verbose: u8, scenarios: usize) -> Self {
        let bar = (verbose == 0 && output.is_terminal()).then(|| {
            let bar = ProgressBar::new(scenarios as u64);
            let style = ProgressStyle::with_template("{spinner} {pos}/{len} {wide_msg}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { output, verbose, bar }
    }

    pub(crate) fn see(&self, entry: &Entry) {
        if let Some(bar) = &self.bar {
            if let Event::ScenarioStarted(started) = &entry.event {
                bar.set_message(Inert::new(&started.name).to_string());
            } else if let Event::ScenarioEnded { .. } = &entry.event {
                bar.inc(1);
            }
        }
        // Whoever watches must know at once.
        if let Event::Harm(harm) = &entry.event {
            self.output.note(format!("HARM: {}", Inert::new(harm)));
        }
        let level = match &entry.event {
            Event::Probed(_)
            | Event::Controlled(_)
            | Event::Enlisted(_)
            | Event::NotHeld(_)
            | Event::Looked(_)
            | Event::Withheld(_)
            | Event::Explained { .. } => 2,
            Event::RunStarted(_)
            | Event::ScenarioStarted(_)
            | Event::SupplierBound(_)
            | Event::WitnessAsked(_)
            | Event::CanaryIntended(_)
            | Event::CanaryMade { .. }
            | Event::CanaryEnded { .. }
            | Event::LockedOut(_)
            | Event::TerminationBegan { .. }
            | Event::ActionIntended(_)
            | Event::ActionEnded { .. }
            | Event::Harm(_)
            | Event::TerminationEnded
            | Event::Listed(_)
            | Event::Claimed(_)
            | Event::Judged { .. }
            | Event::StepFailed { .. }
            | Event::TakenUp { .. }
            | Event::Kept { .. }
            | Event::ScenarioEnded { .. }
            | Event::Interrupted { .. }
            | Event::RunEnded { .. }
            | Event::Recovered { .. } => 1,
        };
        if self.verbose >= level {
            let text = serde_json::to_string(&entry).unwrap_or_default();
            self.output.note(Inert::json(&text));
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
