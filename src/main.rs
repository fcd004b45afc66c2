//! The `doornail` program: what was typed is handed to the library, and its exit code to the shell.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
