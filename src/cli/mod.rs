//! The command line: the only place that prints, reads the process environment and decides on colour.

mod again;
mod arm;
mod change;
mod check;
mod clean;
mod connect;
mod ground;
mod hold;
mod load;
mod mock;
mod options;
mod output;
mod person;
mod plan;
mod platforms;
mod probe;
mod progress;
mod rehearsal;
mod report;
mod run;
mod schema;
mod session;
mod status;
mod steps;
mod witness;

use std::process::ExitCode;

use clap::Parser as _;

use self::options::{Cli, Command};
use self::output::Output;

/// An error that ends the program with code 2: usage, configuration, unreadable input.
const USAGE: u8 = 2;

pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe must not turn help into a failure.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let output = Output::new(cli.color);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.error(&anyhow::Error::new(error).context("no runtime"));
            return ExitCode::from(USAGE);
        }
    };
    let result = match cli.command {
        Command::Run(options) => runtime.block_on(run::run(&options, &cli.project, &output)),
        Command::Check(options) => runtime.block_on(check::check(&options, &cli.project, &output)),
        Command::Plan(options) => runtime.block_on(plan::plan(&options, &cli.project, &output)),
        Command::Approve(options) => runtime.block_on(change::approve(&options, &output)),
        Command::Probe(options) => runtime.block_on(probe::probe(&options, &cli.project, &output)),
        Command::Mock(options) => runtime.block_on(mock::mock(&options, &output)),
        Command::Steps => Ok(steps::steps(&output)),
        Command::Schema(options) => schema::schema(&options, &output),
        Command::Platforms(options) => platforms::platforms(&options, &cli.project, &output),
        Command::Arm(options) => runtime.block_on(arm::arm(&options, &cli.project, &output)),
        Command::Verify(options) => {
            runtime.block_on(again::verify(&options, &cli.project, &output))
        }
        Command::Witness(options) => {
            runtime.block_on(witness::witness(&options, &cli.project, &output))
        }
        Command::Recheck(options) => {
            runtime.block_on(again::recheck(&options, &cli.project, &output))
        }
        Command::Resume(options) => {
            runtime.block_on(again::resume(&options, &cli.project, &output))
        }
        Command::Clean(options) => runtime.block_on(clean::clean(&options, &cli.project, &output)),
        Command::Status(options) => status::status(&options, &output),
        Command::Report(options) => report::report(&options, &output),
        Command::VerifyJournal(options) => report::verify(&options, &output),
    };
    let code = match result {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            USAGE
        }
    };
    // Mocks and probes that are still going are cut off, not waited for.
    runtime.shutdown_timeout(std::time::Duration::from_millis(50));
    ExitCode::from(code)
}
