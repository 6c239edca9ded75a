//! What an attribute costs to compile: the same functions under the attributes of `whose`,
//! `tracing` and `fastrace`, and under none.
//!
//! `contenders` says who takes part, `functions` which functions there are, `workspace` writes a
//! crate for each contender and builds it, `rounds` takes the times, and `report` shows them.

mod contenders;
mod functions;
mod report;
mod rounds;
mod workspace;

use std::env;
use std::num::NonZeroU32;
use std::process::ExitCode;

use clap::Parser;

use workspace::Workspace;

/// Measures what an attribute costs to compile.
///
/// Writes a crate for each contender below the target folder, with the same functions in each:
/// synchronous and asynchronous, free and methods, of one to three arguments, some with `?`. Only
/// the attribute on them differs. The dependencies are built beforehand. Then each crate alone is
/// compiled again in every round, one after the other, by `cargo build` and by `cargo check`, in
/// the dev profile and not incrementally.
///
/// All functions reach machine code: they are public, and for each asynchronous one there is a
/// public function that puts its future into a box, so that polling and dropping are compiled too.
///
/// Prints the medians as a table in Markdown. Ends with 1 if building with `whose::trace` and a
/// user takes longer than with `tracing::instrument` and the user as a field, or if something
/// does not build. The first run fetches what is not there yet; later ones need no network.
/// Times mean something only on a machine that does nothing else.
#[derive(Debug, Parser)]
#[command(name = "compile_time", max_term_width = 100)]
struct Options {
    /// How many functions have the attribute, in each crate
    #[arg(long, value_name = "N", default_value = "1000")]
    functions: NonZeroU32,
    /// How often each crate is compiled
    #[arg(long, value_name = "N", default_value = "5")]
    rounds: NonZeroU32,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("compile_time: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Whether `whose` costs no more than its rival.
fn run(options: &Options) -> Result<bool, String> {
    let program = env::current_exe().map_err(|error| format!("where is this program: {error}"))?;
    // Beside the program, so below the target folder, whichever that is.
    let workspace = Workspace::write(
        &program.with_file_name("compile-time"),
        options.functions.get(),
    )?;
    eprintln!("building the dependencies");
    workspace.build_all()?;
    let times = rounds::take(&workspace, options.rounds.get())?;
    println!("{}", workspace.versions()?);
    println!(
        "{} functions, medians of {} rounds\n",
        options.functions, options.rounds
    );
    print!("{}", report::table(&times));
    let verdict = report::verdict(&times);
    println!("\n{}", verdict.message);
    Ok(verdict.holds)
}
