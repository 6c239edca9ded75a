//! The build time of an attribute: the same functions with the attributes of `whose`, `tracing` and
//! `fastrace`, and without an attribute.
//!
//! `contenders` lists the attributes, `functions` has the annotated functions, `workspace` writes and
//! builds a crate for each contender, `rounds` measures the times, and `report` prints them.

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

/// Measures the build time of an attribute.
///
/// Writes a crate for each contender below the target folder. The crates have the same functions:
/// synchronous and asynchronous, free functions and methods, with one to three arguments, some with
/// `?`. Only their attribute differs. The dependencies are built first. Then every round compiles
/// each crate once with `cargo build` and once with `cargo check`, in the dev profile and not
/// incrementally.
///
/// All functions are compiled to machine code: they are public, and a public function boxes the
/// future of each asynchronous one, so that polling and dropping are compiled too.
///
/// Prints the medians as a table in Markdown. Exits with 1 if `whose::trace` with a user builds
/// slower than `tracing::instrument` with the user as a field, or if a build fails. The first run
/// downloads missing dependencies; later runs need no network. Run on an idle machine.
#[derive(Debug, Parser)]
#[command(name = "compile_time", max_term_width = 100)]
struct Options {
    /// Number of functions with the attribute, in each crate
    #[arg(long, value_name = "N", default_value = "1000")]
    functions: NonZeroU32,
    /// Number of compilations of each crate
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

/// Returns whether `whose` builds at most as long as its rival.
fn run(options: &Options) -> Result<bool, String> {
    let program = env::current_exe()
        .map_err(|error| format!("cannot find the path of this program: {error}"))?;
    // Beside the program, which is in the target folder.
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
