//! Counts the instructions of the benchmarks, and compares the counts with the baseline.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use whose_benches::benchmark::Role;
use whose_benches::failure::Failure;
use whose_benches::instructions::{
    Baseline, Verdict, benchmarks, count, count_again, environment, run_one, table,
};

/// Counts the instructions per operation with valgrind's callgrind.
///
/// Prints a table. With the feature `peers`, the table includes the peers.
#[derive(Debug, Parser)]
#[command(name = "instructions", max_term_width = 100)]
struct Options {
    /// Count only benchmarks whose keys contain this text, such as `scopes` or `whose guard`
    #[arg(default_value = "")]
    filter: String,
    /// Compare with the baseline; exit with 1 if a count is more than 5 % above it
    #[arg(long, conflicts_with_all = ["bless", "filter"])]
    check: bool,
    /// Write the counts as the new baseline
    #[arg(long, conflicts_with = "filter")]
    bless: bool,
    /// Run one benchmark without counting: the command that valgrind runs
    #[arg(long, value_name = "KEY", hide = true)]
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

/// Returns whether the gate passes.
fn run(options: &Options) -> Result<bool, Failure> {
    if let Some(key) = &options.run_one {
        run_one(key)?;
        return Ok(true);
    }
    let path = Path::new(BASELINE);
    let mut benchmarks = benchmarks(&options.filter);
    if options.check || options.bless {
        // The baseline does not include the peers and the floors.
        benchmarks.retain(|benchmark| benchmark.role == Role::Ours);
    }
    let baseline = options.check.then(|| Baseline::read(path)).transpose()?;
    if let Some(baseline) = baseline
        .as_ref()
        .filter(|baseline| baseline.made_with != environment())
    {
        println!(
            "\n*** The gate for speed did NOT run: the baseline is from {}, and this is {}. ***\n",
            baseline.made_with,
            environment()
        );
        return Ok(true);
    }
    let program = env::current_exe()?;
    let mut counts = count(&program, &benchmarks)?;
    if options.bless {
        Baseline::write(path, &counts)?;
    }
    if let Some(baseline) = &baseline {
        count_again(&program, &benchmarks, &mut counts, &baseline.counts)?;
    }
    print!("{}", table(&benchmarks, &counts));
    let Some(baseline) = baseline else {
        return Ok(true);
    };
    let verdict = Verdict::of(&counts, &baseline.counts);
    print_list("more instructions than the baseline allows", &verdict.worse);
    print_list(
        "missing in the baseline or in the benchmarks (--bless)",
        &verdict.unknown,
    );
    print_list(
        "fewer instructions than the baseline (--bless)",
        &verdict.better,
    );
    if verdict.passes() {
        println!(
            "\n{} counts are within 5 % of the baseline, or below it",
            counts.len()
        );
    }
    Ok(verdict.passes())
}

fn print_list(title: &str, lines: &[String]) {
    if !lines.is_empty() {
        println!("\n{title}:");
        lines.iter().for_each(|line| println!("  {line}"));
    }
}
