//! The command `whose`: who did what, in which session, and what it cost, from a store of
//! `whose-store`.

mod answer;
mod backup;
mod cli;
mod erase;
mod failure;
mod json;
mod layout;
mod output;
mod run;
mod site;
mod size;
mod table;
mod text;
mod time_arg;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match run::run(&cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("whose: {failure}");
            failure.exit_code()
        }
    }
}
