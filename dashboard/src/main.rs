//! The command `whose`: queries a store of `whose-store` for who did what, in which session, at
//! what cost.

mod args;
mod backup;
mod byte_size;
mod call_site;
mod cli;
mod erase;
mod error;
mod format;
mod gate;
mod json;
mod output;
mod printer;
mod runner;
mod table;
mod table_layout;
mod time_arg;
mod views;
mod wrap;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match runner::run(&cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("whose: {failure}");
            failure.exit_code()
        }
    }
}
