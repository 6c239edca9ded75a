//! The command `whose`: who did what, in which session, and what it cost, from a store of
//! `whose-store`.

mod cli;
mod coverage;
mod erase;
mod errors;
mod gaps;
mod json;
mod report;
mod run;
mod search;
mod site;
mod table;
mod text;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match run::run(&cli::Cli::parse(), &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("whose: {failure}");
            failure.exit_code()
        }
    }
}
