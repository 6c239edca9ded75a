//! The entry point of the command.

use std::process::ExitCode;

use clap::Parser;

use crate::command_line::{self, Cli, CommandError};

/// Runs the command `whose` with the arguments of the process.
///
/// The binary `whose` calls this function. Prints answers to stdout and errors to stderr, and
/// returns the exit code that `whose --help` describes.
#[must_use]
pub fn run_command_line() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("whose: {failure}");
            failure.exit_code()
        }
    }
}

fn run(cli: &Cli) -> Result<(), CommandError> {
    #[cfg(feature = "mcp")]
    if let command_line::Command::Mcp(arguments) = &cli.command {
        let store = command_line::open_for_mcp(cli, arguments)?;
        return Ok(crate::mcp::serve(store, crate::access::Viewer::account())?);
    }
    command_line::run(cli)
}
