//! Instructions an operation, and whether they are still what they were.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use whose_benches::failure::Failure;
use whose_benches::instructions::{
    Verdict, baseline, bless, count, count_again, made_with, operations, run_one, table,
};
use whose_benches::op::{Op, Role};

/// Counts the instructions of one operation each, by valgrind's callgrind.
///
/// Prints a table. With the feature `peers`, the peers are in it.
#[derive(Debug, Parser)]
#[command(name = "instructions", max_term_width = 100)]
struct Options {
    /// Count only what has this in its name, such as `scopes` or `whose guard`
    #[arg(default_value = "")]
    filter: String,
    /// Compare our own with the baseline; end with 1 if one is more than 5 % above it
    #[arg(long, conflicts_with_all = ["bless", "filter"])]
    check: bool,
    /// Make our own the baseline
    #[arg(long, conflicts_with = "filter")]
    bless: bool,
    /// Run one operation and count nothing: what valgrind is given
    #[arg(long, value_name = "NAME", hide = true)]
    run_one: Option<String>,
}

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.json");

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("instructions: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the baseline holds.
fn run(options: &Options) -> Result<bool, Failure> {
    if let Some(key) = &options.run_one {
        run_one(key)?;
        return Ok(true);
    }
    let path = Path::new(BASELINE);
    let mut ops = operations(&options.filter);
    if options.check || options.bless {
        // What others and the standard library cost is not ours to keep.
        ops.retain(|op: &Op| op.role == Role::Ours);
    }
    let known = options.check.then(|| baseline(path)).transpose()?;
    if let Some(known) = known
        .as_ref()
        .filter(|known| known.made_with != made_with())
    {
        println!(
            "\n*** The gate for speed did NOT run: the baseline is from {}, and this is {}. ***\n",
            known.made_with,
            made_with()
        );
        return Ok(true);
    }
    let program = env::current_exe()?;
    let mut counts = count(&program, &ops)?;
    if options.bless {
        bless(path, &counts)?;
    }
    if let Some(known) = &known {
        count_again(&program, &ops, &mut counts, &known.counts)?;
    }
    print!("{}", table(&ops, &counts));
    let Some(known) = known else {
        return Ok(true);
    };
    let verdict = Verdict::of(&counts, &known.counts);
    tell("more instructions than the baseline allows", &verdict.worse);
    tell(
        "measured or in the baseline, and not both (--bless)",
        &verdict.unknown,
    );
    tell("better than the baseline: run --bless", &verdict.better);
    if verdict.holds() {
        println!(
            "\n{} counts are within 5 % of the baseline, or below it",
            counts.len()
        );
    }
    Ok(verdict.holds())
}

fn tell(what: &str, lines: &[String]) {
    if !lines.is_empty() {
        println!("\n{what}:");
        lines.iter().for_each(|line| println!("  {line}"));
    }
}
