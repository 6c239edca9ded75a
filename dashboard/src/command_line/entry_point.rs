//! The entry point of the command.

use std::process::ExitCode;

use clap::Parser;

use crate::command_line::cli::Cli;
use crate::command_line::runner;

/// Runs the command `whose` with the arguments of the process.
///
/// The binary `whose` calls this function. Prints answers to stdout and errors to stderr, and
/// returns the exit code that `whose --help` describes.
#[must_use]
pub fn run_command_line() -> ExitCode {
    match runner::run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("whose: {failure}");
            failure.exit_code()
        }
    }
}
